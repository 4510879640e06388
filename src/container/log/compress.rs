//! Compressing a file of a log that was rotated, in a process of its own: the monitor has neither the time nor the memory.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io::Read;
use std::os::fd::AsFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use flate2::GzBuilder;

use super::{files, with_suffix};
use crate::error::{Context, Kind, Result};
use crate::runtime::seal;
use crate::state::file::{self, Durability};
use crate::sys::clone::{self, Cloned, ExecStrings};

/// The name of the role.
pub const ROLE: &str = "compress-log";

/// Which file it was before it was renamed and compressed. An inode's number alone is given again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    inode: u64,
    /// Nanoseconds; 0 where the file system doesn't know.
    born: u64,
}

impl Identity {
    pub fn of(file: &File) -> std::io::Result<Self> {
        let meta = file.metadata()?;
        let born = meta.created().ok().and_then(|t| t.duration_since(std::time::UNIX_EPOCH).ok());
        Ok(Self { inode: meta.ino(), born: born.map_or(0, |d| d.as_nanos() as u64) })
    }

    /// As a field of a gzip header (RFC 1952, 2.3.1.1).
    fn to_extra(self) -> Vec<u8> {
        [b"dh\x10\0".as_slice(), &self.inode.to_le_bytes(), &self.born.to_le_bytes()].concat()
    }

    pub fn from_extra(extra: &[u8]) -> Option<Self> {
        let (inode, born) = extra.strip_prefix(b"dh\x10\0")?.split_at_checked(8)?;
        let number = |bytes: &[u8]| Some(u64::from_le_bytes(bytes.try_into().ok()?));
        Some(Self { inode: number(inode)?, born: number(born)? })
    }
}

/// The name of a file once it is compressed.
pub fn name(path: &Path) -> PathBuf {
    with_suffix(path, ".gz")
}

/// A process that compresses. Dropping it waits for its end.
#[derive(Debug)]
pub struct Compression {
    pub process: Cloned,
}

impl Compression {
    pub fn start(path: &Path) -> Result<Self> {
        let binary = seal::running_binary()?;
        let null = File::options().read(true).write(true).open("/dev/null").context("opening /dev/null")?;
        let args: [&[u8]; 4] = [seal::ROLE.as_bytes(), ROLE.as_bytes(), b"-", path.as_os_str().as_bytes()];
        let args = ExecStrings::new(args).context("the log has a NUL byte in its name")?;
        let env = ExecStrings::new::<&str>([]).context("no environment")?;
        let null = null.as_fd();
        let process = clone::spawn_fd(binary.as_fd(), &args, &env, &[(null, 0), (null, 1), (null, 2)])
            .context("starting the compression of a log")?;
        Ok(Self { process })
    }
}

impl Drop for Compression {
    fn drop(&mut self) {
        let _ = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(self.process.pid), None);
    }
}

/// Entry of the role: the file.
pub fn role(args: &[OsString]) -> Result<u8> {
    let [path] = args else { return Kind::Invalid.err("the role takes a file") };
    compress(Path::new(path))?;
    Ok(0)
}

/// Puts `PATH.gz` in the place of `path`.
pub fn compress(path: &Path) -> Result<()> {
    let name = name(path);
    let draft = files::draft(&name);
    let packed = pack(path, &draft).and_then(|()| file::rename(&draft, &name, Durability::Ephemeral));
    if packed.is_err() {
        // A full disk: the file stays as it is.
        let _ = file::remove_file(&draft);
    }
    packed?;
    file::remove_file(path)
}

fn pack(from: &Path, to: &Path) -> Result<()> {
    let mut source = File::open(from).with_context(|| format!("opening {}", from.display()))?;
    let target = OpenOptions::new().write(true).create(true).truncate(true).mode(0o640).open(to);
    let target = target.with_context(|| format!("making {}", to.display()))?;
    let extra = Identity::of(&source).context("looking at the log")?.to_extra();
    let mut encoder = GzBuilder::new().extra(extra).write(target, flate2::Compression::fast());
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let n = source.read(&mut buffer).with_context(|| format!("reading {}", from.display()))?;
        if n == 0 {
            break;
        }
        std::io::Write::write_all(&mut encoder, &buffer[..n])
            .with_context(|| format!("writing {}", to.display()))?;
    }
    encoder.finish().map(drop).with_context(|| format!("writing {}", to.display()))
}
