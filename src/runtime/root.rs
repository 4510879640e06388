//! A container's root directory by descriptor. Every path that the container controls is resolved inside it by the kernel
//! (openat2(2) RESOLVE_IN_ROOT), so that a symlink or `..` planted there can't lead out (CVE-2021-30465).

use std::ffi::OsStr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Component, Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2, readlinkat};
use nix::sys::stat::{Mode, fchmod, mkdirat};

use crate::error::{Context, Kind, Result};

/// The root of a container while it is being put together, or of one that runs.
#[derive(Debug)]
pub struct Root {
    fd: OwnedFd,
}

impl Root {
    pub fn new(fd: OwnedFd) -> Self {
        Self { fd }
    }

    /// Opens a path of the container; symlinks are followed inside the root, magic links of /proc are not.
    pub fn open(&self, path: &Path, flags: OFlag) -> nix::Result<OwnedFd> {
        self.open_mode(path, flags, Mode::empty())
    }

    /// The same, for files that may have to be made.
    pub fn open_mode(&self, path: &Path, flags: OFlag, mode: Mode) -> nix::Result<OwnedFd> {
        let how = OpenHow::new()
            .flags(flags | OFlag::O_CLOEXEC)
            .mode(mode)
            .resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
        let path = if path.as_os_str().is_empty() { Path::new("/") } else { path };
        loop {
            match openat2(&self.fd, path, how) {
                // A rename elsewhere on the host raced with "..": the kernel asks to try again.
                Err(Errno::EAGAIN | Errno::EINTR) => {}
                other => return other,
            }
        }
    }

    /// A reference to the file or directory at `path`, as a place to mount on; made first if missing.
    pub fn mount_point(&self, path: &Path, directory: bool) -> Result<OwnedFd> {
        match self.open(path, OFlag::O_PATH) {
            Ok(fd) => return Ok(fd),
            Err(Errno::ENOENT) => {}
            Err(e) => return Err(e).with_context(|| format!("opening {} in the container", path.display())),
        }
        if directory {
            return self.make_dirs(path, 0o755);
        }
        let (parent, name) = split(path)?;
        let parent = self.make_dirs(parent, 0o755)?;
        let flags = OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_WRONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        nix::fcntl::openat(&parent, name, flags, Mode::from_bits_truncate(0o644))
            .with_context(|| format!("making the mount point {} in the container", path.display()))?;
        nix::fcntl::openat(&parent, name, OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())
            .with_context(|| format!("opening {} in the container", path.display()))
    }

    /// The directory at `path`, made with its missing parents.
    pub fn make_dirs(&self, path: &Path, mode: u32) -> Result<OwnedFd> {
        self.make_dirs_through(path, mode, MAX_LINKS)
    }

    fn make_dirs_through(&self, path: &Path, mode: u32, links: usize) -> Result<OwnedFd> {
        let flags = OFlag::O_PATH | OFlag::O_DIRECTORY;
        match self.open(path, flags) {
            Err(Errno::ENOENT) => {}
            other => {
                return other
                    .with_context(|| format!("opening the directory {} in the container", path.display()));
            }
        }
        let mut so_far = PathBuf::from("/");
        let mut current = self.open(&so_far, flags).context("opening the container's root")?;
        for component in path.components() {
            let Component::Normal(name) = component else {
                if component == Component::ParentDir {
                    return Kind::Invalid
                        .err(format!("{}: a path to be made can't hold \"..\"", path.display()));
                }
                continue;
            };
            so_far.push(name);
            current = match self.open(&so_far, flags) {
                Ok(fd) => fd,
                Err(Errno::ENOENT) => match readlinkat(&current, name) {
                    // A link to what doesn't exist yet: that is made, inside the root like everything.
                    Ok(target) if links > 0 => {
                        let target = plain(&so_far.parent().unwrap_or(Path::new("/")).join(target));
                        self.make_dirs_through(&target, mode, links - 1)?
                    }
                    _ => make_dir(current.as_fd(), name, &so_far, mode)?,
                },
                Err(e) => {
                    return Err(e).with_context(|| {
                        format!("opening the directory {} in the container", so_far.display())
                    });
                }
            };
        }
        Ok(current)
    }
}

fn make_dir(parent: BorrowedFd<'_>, name: &OsStr, so_far: &Path, mode: u32) -> Result<OwnedFd> {
    let made = mkdirat(parent, name, Mode::from_bits_truncate(mode));
    if let Err(e) = made
        && e != Errno::EEXIST
    {
        return Err(e).with_context(|| format!("making the directory {} in the container", so_far.display()));
    }
    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    let fd = nix::fcntl::openat(parent, name, flags, Mode::empty())
        .with_context(|| format!("opening the directory {} in the container", so_far.display()))?;
    if made.is_ok() {
        // mkdir takes the umask away.
        fchmod(&fd, Mode::from_bits_truncate(mode))
            .with_context(|| format!("setting the mode of {}", so_far.display()))?;
    }
    Ok(fd)
}

/// As many links as the kernel follows in one path.
const MAX_LINKS: usize = 40;

/// The path without `.` and `..`, absolute.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir => drop(plain.pop()),
            _ => {}
        }
    }
    plain
}

impl AsFd for Root {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

/// Parent and last name of a path.
pub fn split(path: &Path) -> Result<(&Path, &OsStr)> {
    match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => Ok((parent, name)),
        _ => Kind::Invalid.err(format!("{} is not the path of a file", path.display())),
    }
}
