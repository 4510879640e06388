//! Copies what the image has at a mount's destination into the file system that is about to cover it (docker's `--tmpfs`, volumes).

use std::ffi::CStr;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, UtimensatFlags, fchmod, fstatat, mkdirat, mknodat, utimensat};
use nix::sys::time::TimeSpec;
use nix::unistd::{Gid, Uid, fchownat, symlinkat};

use super::root::Root;
use crate::error::{Context, Result};

/// Copies the directory at `path` in the root, if there is one, into the root directory of `target`.
pub fn copy(root: &Root, path: &Path, target: BorrowedFd<'_>) -> Result<()> {
    let source = match root.open(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY) {
        Ok(fd) => fd,
        Err(Errno::ENOENT | Errno::ENOTDIR) => return Ok(()),
        Err(e) => return Err(e).with_context(|| format!("opening {} in the container", path.display())),
    };
    let stat = fstatat(&source, c"", AtFlags::AT_EMPTY_PATH).context("looking at the directory")?;
    let target = openat(target, c".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
        .context("opening the new file system")?;
    directory(source, &target, 0)
        .with_context(|| format!("copying {} into the new file system", path.display()))?;
    fchownat(
        &target,
        c"",
        Some(Uid::from_raw(stat.st_uid)),
        Some(Gid::from_raw(stat.st_gid)),
        AtFlags::AT_EMPTY_PATH,
    )
    .context("setting the owner")?;
    Ok(())
}

/// Deeper trees than the kernel's longest path can't come from an image.
const MAX_DEPTH: usize = 2048;

fn directory(source: OwnedFd, target: &OwnedFd, depth: usize) -> Result<()> {
    anyhow::ensure!(depth < MAX_DEPTH, "directories are nested too deeply");
    let mut dir = Dir::from_fd(source).context("reading a directory")?;
    let mut names = Vec::new();
    for entry in dir.iter() {
        let entry = entry.context("reading a directory")?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push(entry.file_name().to_owned());
        }
    }
    for name in names {
        entry(&dir, target, &name, depth).with_context(|| name.to_string_lossy().into_owned())?;
    }
    Ok(())
}

fn entry(source: &Dir, target: &OwnedFd, name: &CStr, depth: usize) -> Result<()> {
    let stat = fstatat(source, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
    let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
    let permissions = Mode::from_bits_truncate(stat.st_mode & 0o7777);
    let reading = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
    match kind {
        SFlag::S_IFDIR => {
            mkdirat(target, name, Mode::S_IRWXU)?;
            let from = openat(source, name, reading | OFlag::O_DIRECTORY, Mode::empty())?;
            let to = openat(target, name, reading | OFlag::O_DIRECTORY, Mode::empty())?;
            directory(from, &to, depth + 1)?;
            own(target, name, &stat)?;
            fchmod(&to, permissions)?;
        }
        SFlag::S_IFREG => {
            let mut from = File::from(openat(source, name, reading, Mode::empty())?);
            let making =
                OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            let mut to = File::from(openat(target, name, making, Mode::S_IRUSR | Mode::S_IWUSR)?);
            std::io::copy(&mut from, &mut to)?;
            own(target, name, &stat)?;
            fchmod(to.as_fd(), permissions)?;
        }
        SFlag::S_IFLNK => {
            symlinkat(readlinkat(source, name)?.as_os_str(), target, name)?;
            own(target, name, &stat)?;
        }
        SFlag::S_IFIFO => {
            mknodat(target, name, kind, permissions, 0)?;
            own(target, name, &stat)?;
        }
        // Sockets have no meaning without their process; device nodes of an image are not usable in a container anyhow.
        _ => return Ok(()),
    }
    let times =
        [TimeSpec::new(stat.st_atime, stat.st_atime_nsec), TimeSpec::new(stat.st_mtime, stat.st_mtime_nsec)];
    utimensat(target, name, &times[0], &times[1], UtimensatFlags::NoFollowSymlink)?;
    Ok(())
}

fn own(target: &OwnedFd, name: &CStr, stat: &FileStat) -> nix::Result<()> {
    let (uid, gid) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    fchownat(target, name, Some(uid), Some(gid), AtFlags::AT_SYMLINK_NOFOLLOW)
}
