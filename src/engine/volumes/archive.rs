//! Volumes as tar archives: out of one, and into one. Roles of the binary read and write the files, with mapped ids.

use std::ffi::OsString;
use std::io::{BufReader, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};

use super::Engine;
use crate::engine::images::{to_new_file, unpack_role};
use crate::error::{Context, Kind, Result};
use crate::image::archive;
use crate::layers::pack::{PackOptions, Packer};
use crate::layers::store::unpack_dir;
use crate::layers::unpack::{Files, Options};
use crate::namespaces::mapped;

/// `export-volume DIR`: the archive on standard output.
pub(crate) const EXPORT: &str = "export-volume";
/// `import-volume DIR`: the archive, not compressed, on standard input.
pub(crate) const IMPORT: &str = "import-volume";

/// Bytes that are moved at once.
const BUFFER: usize = 256 << 10;

/// The role `export-volume`.
pub(crate) fn export_role(args: &[OsString]) -> Result<u8> {
    let [dir] = args else { return Kind::Invalid.err("export-volume DIR") };
    let dir = std::fs::File::open(dir).with_context(|| format!("opening {}", dir.display()))?;
    let options = PackOptions::default();
    let out = std::io::stdout().as_fd().try_clone_to_owned().context("the archive's descriptor")?;
    let mut packer = Packer::new(std::fs::File::from(out), &options);
    packer.add_directory(dir.as_fd(), b".")?;
    packer.finish()?;
    Ok(0)
}

/// The role `import-volume`.
pub(crate) fn import_role(args: &[OsString]) -> Result<u8> {
    let [dir] = args else { return Kind::Invalid.err("import-volume DIR") };
    let stdin = BufReader::with_capacity(BUFFER, std::io::stdin().lock());
    let options = Options { files: Some(Files::default()), ..unpack_role::options() };
    unpack_dir(Path::new(dir), stdin, options)?;
    Ok(0)
}

impl Engine {
    /// Writes what is in a volume to `out`, as a tar archive.
    pub fn export_volume(&self, name: &str, out: OwnedFd) -> Result<()> {
        let lock = self.lock_volume(name)?;
        let dir = self.files_of(&lock.volume)?;
        let role = mapped::spawn(EXPORT, &[dir], |command| {
            command.stdin(Stdio::null()).stdout(out).stderr(Stdio::piped());
        })?;
        finish(role.child).with_context(|| format!("exporting the volume {name}"))
    }

    /// The same to a file, whole or not at all.
    pub fn export_volume_to(&self, name: &str, path: &Path) -> Result<()> {
        to_new_file(path, |file| self.export_volume(name, file.into()))
    }

    /// Puts what is in a tar archive, compressed or not, into a volume, over what is there.
    pub fn import_volume(&self, name: &str, archive: impl Read + Send) -> Result<()> {
        let lock = self.lock_volume(name)?;
        let dir = self.files_of(&lock.volume)?;
        let mut plain = archive::decompressed(BufReader::with_capacity(BUFFER, archive))?;
        let mut role = mapped::spawn(IMPORT, &[dir], |command| {
            command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
        })?;
        let mut pipe = role.child.stdin.take().context("the role's standard input")?;
        let copied = copy(&mut plain, &mut pipe);
        drop(pipe);
        // What the role says is the cause, if it has gone before the end.
        finish(role.child)
            .and_then(|()| copied.context("reading the archive"))
            .with_context(|| format!("importing into the volume {name}"))
    }

    /// Where a volume's files are on the host.
    fn files_of(&self, volume: &crate::volumes::Volume) -> Result<PathBuf> {
        match volume.options.device() {
            None => Ok(self.volumes().data(&volume.name)),
            Some(device) if device.is_bind() => Ok(device.device.into()),
            Some(device) => Kind::Unsupported.err(format!(
                "the volume {} is a {} that only containers mount: run one with it and use tar there",
                volume.name, device.kind
            )),
        }
    }
}

fn copy(from: &mut impl Read, to: &mut impl Write) -> std::io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            n => to.write_all(&buffer[..n])?,
        }
    }
}

fn finish(child: Child) -> Result<()> {
    let output = child.wait_with_output().context("waiting for the role")?;
    if output.status.success() {
        return Ok(());
    }
    Err(anyhow::anyhow!("{}", String::from_utf8_lossy(&output.stderr).trim()))
}
