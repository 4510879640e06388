//! A volume's files as an archive, in both directions, wherever they are.

use std::ffi::OsString;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStringExt;
use std::path::Path;

use super::archive::PutOptions;
use super::role::{Answer, Work};
use super::streams::{PutStream, Running, Streams};
use crate::error::{Kind, Result};
use crate::runtime::View;
use crate::state::process::ProcessIdentity;
use crate::volumes::VolumeLock;

/// Where the files of a volume are.
#[derive(Debug)]
pub(in crate::engine) struct VolumeFiles {
    view: View,
    /// From the view's root, as the role has paths: a dot at the end means what is in the directory.
    path: Vec<u8>,
    in_container: bool,
}

impl VolumeFiles {
    /// They are all that the view shows.
    pub fn alone(view: View) -> Self {
        Self { view, path: b"/.".to_vec(), in_container: false }
    }

    /// A running container has them.
    pub fn in_container(process: ProcessIdentity, place: &Path) -> Self {
        let path = OsString::from(place.join(".")).into_vec();
        Self { view: View::Running { process, mounts: true }, path, in_container: true }
    }

    pub fn are_in_container(&self) -> bool {
        self.in_container
    }

    /// An archive of all files to `out`.
    pub fn get(self, lock: &VolumeLock, out: OwnedFd) -> Result<()> {
        let work = Work::Get { view: self.view, path: self.path };
        let mut role = Running::on_volume(lock, self.in_container, &work, Streams::Into(out))?;
        match role.answer()? {
            Answer::Stat(_) => role.finish(),
            other => Kind::Corrupt.err(format!("an answer that was not asked for: {other:?}")),
        }
    }

    /// Takes an archive that is not compressed.
    pub fn put(self, lock: &VolumeLock) -> Result<PutStream> {
        let (options, user) = (PutOptions::default(), String::new());
        let work = Work::Put { view: self.view, path: self.path, options, user, readonly_root: false };
        PutStream::new(Running::on_volume(lock, self.in_container, &work, Streams::In)?)
    }
}
