//! Archives of a container's files, as the Engine API has them: `archive_stat`, `archive_get` and `archive_put`; and the whole root
//! file system.

use std::io::{BufReader, Read};
use std::os::fd::OwnedFd;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::place::{Ground, Wanted};
use super::role::{Answer, Work};
use super::stat::PathStat;
use super::streams::{GetStream, PutStream, Running, Streams};
use crate::engine::Engine;
use crate::engine::images::to_new_file;
use crate::error::{self, Error, Kind, Result};
use crate::image::archive::decompressed;
use crate::layers::aside::Aside;

const BUFFER: usize = 256 << 10;

/// How files are put into a container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PutOptions {
    /// No directory becomes something else, and nothing else becomes a directory.
    pub no_overwrite_dir_non_dir: bool,
    /// Everything belongs to the user that the container's program runs as, if one was given for it.
    pub copy_uid_gid: bool,
    /// The first component that names have in the archive, and the one that they get.
    #[serde(default)]
    pub rename: Option<(Vec<u8>, Vec<u8>)>,
}

impl Engine {
    /// What is at a path of a container. A link at its end is told of, not followed.
    pub fn archive_stat(&self, container: &str, path: &[u8]) -> Result<PathStat> {
        let ground = self.ground(container, Wanted::All)?;
        let work = Work::Stat { view: ground.view.clone(), path: path.to_vec() };
        let mut role = Running::start(&ground, &work, Streams::None)?;
        let stat = stat_of(&mut role, container)?;
        role.finish()?;
        Ok(stat)
    }

    /// What is at a path of a container, with all below, as a tar stream; names begin with the path's last component.
    pub fn archive_get(&self, container: &str, path: &[u8]) -> Result<(PathStat, GetStream)> {
        let ground = self.ground(container, Wanted::All)?;
        let role = Running::start(&ground, &getting(&ground, path), Streams::Out)?;
        self.begin_get(&ground, role, container)
    }

    /// The same between two of our processes: large files come beside the stream.
    pub(super) fn get_with_aside(
        &self,
        container: &str,
        path: &[u8],
    ) -> Result<(PathStat, GetStream, Aside)> {
        let ground = self.ground(container, Wanted::All)?;
        let (role, aside) = Running::with_aside(&ground, &getting(&ground, path), Streams::Out)?;
        let (stat, stream) = self.begin_get(&ground, role, container)?;
        Ok((stat, stream, aside))
    }

    fn begin_get(
        &self,
        ground: &Ground,
        mut role: Running,
        container: &str,
    ) -> Result<(PathStat, GetStream)> {
        let stat = stat_of(&mut role, container)?;
        self.tell(&ground.config, "archive-path");
        Ok((stat, GetStream::new(role)?))
    }

    /// Unpacks a tar stream, which is written to the answer, in a directory of a container.
    pub fn archive_put(&self, container: &str, path: &[u8], options: PutOptions) -> Result<Putting> {
        let ground = self.ground(container, Wanted::All)?;
        let role = Running::start(&ground, &putting(&ground, path, options), Streams::In)?;
        self.begin_put(&ground, role, container)
    }

    /// The same between two of our processes: large files go beside the stream.
    pub(super) fn put_with_aside(
        &self,
        container: &str,
        path: &[u8],
        options: PutOptions,
    ) -> Result<(Putting, Aside)> {
        let ground = self.ground(container, Wanted::All)?;
        let (role, aside) = Running::with_aside(&ground, &putting(&ground, path, options), Streams::In)?;
        Ok((self.begin_put(&ground, role, container)?, aside))
    }

    fn begin_put(&self, ground: &Ground, role: Running, container: &str) -> Result<Putting> {
        self.tell(&ground.config, "extract-to-dir");
        Ok(Putting { stream: PutStream::new(role)?, container: container.to_string() })
    }

    /// A container's whole root file system as a tar stream, without what is mounted in it.
    pub fn export(&self, container: &str) -> Result<GetStream> {
        GetStream::new(self.exporting(container, Streams::Out)?)
    }

    /// The same to an open file or pipe.
    pub fn export_into(&self, container: &str, out: OwnedFd) -> Result<()> {
        self.exporting(container, Streams::Into(out))?.finish()
    }

    /// The same to a file, whole or not at all.
    pub fn export_to(&self, container: &str, path: &Path) -> Result<()> {
        to_new_file(path, |file| self.export_into(container, file.into()))
    }

    fn exporting(&self, container: &str, streams: Streams) -> Result<Running> {
        let ground = self.ground(container, Wanted::RootOnly)?;
        let work = Work::Export { view: ground.view.clone() };
        let role = Running::start(&ground, &work, streams)?;
        self.tell(&ground.config, "export");
        Ok(role)
    }
}

fn getting(ground: &Ground, path: &[u8]) -> Work {
    Work::Get { view: ground.view.clone(), path: path.to_vec() }
}

fn putting(ground: &Ground, path: &[u8], options: PutOptions) -> Work {
    Work::Put {
        view: ground.view.clone(),
        path: path.to_vec(),
        options,
        user: ground.config.process.user.clone(),
        readonly_root: ground.config.readonly_rootfs,
    }
}

/// Files on their way into a container.
#[derive(Debug)]
pub struct Putting {
    pub stream: PutStream,
    container: String,
}

impl Putting {
    /// Writes all of an archive, which may be compressed.
    pub fn copy(mut self, archive: impl Read + Send) -> Result<()> {
        let written = decompressed(BufReader::with_capacity(BUFFER, archive)).and_then(|mut plain| {
            std::io::copy(&mut plain, &mut self.stream).map(drop).map_err(error::from_io)
        });
        self.finish(written)
    }

    /// Waits until everything is in the container; `written` tells whether the whole archive was written.
    pub fn finish(self, written: Result<()>) -> Result<()> {
        let container = self.container;
        self.stream.finish(written).map_err(|e| in_container(e, &container))
    }
}

fn stat_of(role: &mut Running, container: &str) -> Result<PathStat> {
    match role.answer().map_err(|e| in_container(e, container))? {
        Answer::Stat(stat) => Ok(stat),
        other => Kind::Corrupt.err(format!("an answer that was not asked for: {other:?}")),
    }
}

/// What is missing is missing in this container: docker's words have its name at their end.
fn in_container(error: Error, container: &str) -> Error {
    if error::is(&error, Kind::NotFound) {
        return Kind::NotFound.error(format!("{} in container {container}", error::one_line(&error)));
    }
    error
}
