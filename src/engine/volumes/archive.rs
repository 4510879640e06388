//! Volumes as tar archives: out of one, and into one. The role that works on containers' files does it, with mapped ids: in the store's
//! directory, in what the volume's options have mounted, which it mounts for the occasion, or in a running container, if that has mounted
//! what is nowhere else.
//!
//! The volume is locked as long as the role works: no container is started with it, and it isn't removed. A mount of the role's is gone
//! with it, however it ends.

use std::io::{BufReader, Read};
use std::os::fd::OwnedFd;
use std::path::Path;

use super::Engine;
use crate::container::{servers, volumes};
use crate::engine::files::VolumeFiles;
use crate::engine::images::to_new_file;
use crate::error::{self, Context, Kind, Result};
use crate::image::archive;
use crate::runtime::View;
use crate::volumes::Volume;

/// Bytes that are moved at once.
const BUFFER: usize = 256 << 10;

impl Engine {
    /// Writes what is in a volume to `out`, as a tar archive.
    pub fn export_volume(&self, name: &str, out: OwnedFd) -> Result<()> {
        let lock = self.lock_volume(name)?;
        let context = || format!("exporting the volume {name}");
        self.files_of(&lock.volume).and_then(|files| files.get(&lock, out)).with_context(context)
    }

    /// The same to a file, whole or not at all.
    pub fn export_volume_to(&self, name: &str, path: &Path) -> Result<()> {
        to_new_file(path, |file| self.export_volume(name, file.into()))
    }

    /// Puts what is in a tar archive, compressed or not, into a volume, over what is there.
    pub fn import_volume(&self, name: &str, archive: impl Read + Send) -> Result<()> {
        let lock = self.lock_volume(name)?;
        let into = || -> Result<()> {
            let files = self.files_of(&lock.volume)?;
            check_keeps(&lock.volume, &files)?;
            let mut plain = archive::decompressed(BufReader::with_capacity(BUFFER, archive))?;
            let mut stream = files.put(&lock)?;
            let written = std::io::copy(&mut plain, &mut stream).map(drop).map_err(error::from_io);
            stream.finish(written)
        };
        into().with_context(|| format!("importing into the volume {name}"))
    }

    /// Where a volume's files are.
    fn files_of(&self, volume: &Volume) -> Result<VolumeFiles> {
        let directory = |path| VolumeFiles::alone(View::Layers { layers: vec![path], user_namespace: false });
        let Some(device) = volume.options.device() else {
            return Ok(directory(self.volumes().data(&volume.name)));
        };
        if device.is_bind() {
            return Ok(directory(device.device.into()));
        }
        if self.roots.rootless {
            device.check_for_users(&volume.name)?;
        }
        if device.is_passing() {
            let mut holders = volumes::holders(&self.roots, &volume.name)?;
            // One that may write, if there is one.
            holders.sort_by_key(|holder| holder.readonly);
            if let Some((process, place)) = holders.into_iter().find_map(|h| Some((h.init, h.place?))) {
                return Ok(VolumeFiles::in_container(process, &place));
            }
        }
        Ok(VolumeFiles::alone(View::Device { device: device.with_address(servers::address)? }))
    }
}

/// Refuses to put files where they may not be, or don't stay.
fn check_keeps(volume: &Volume, files: &VolumeFiles) -> Result<()> {
    let Some(device) = volume.options.device() else { return Ok(()) };
    if device.is_readonly() {
        return Kind::Forbidden.err("the volume is read-only (--opt o=ro)");
    }
    if device.is_in_memory() && !files.are_in_container() {
        return Kind::Conflict.err(format!(
            "it is a {}, which is there only while a container runs that has it: start one, and import then",
            device.kind
        ));
    }
    Ok(())
}
