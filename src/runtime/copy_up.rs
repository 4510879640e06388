//! Copies what the image has at a mount's destination into the file system that is about to cover it (docker's `--tmpfs`, volumes).

use std::collections::HashMap;
use std::ffi::{CStr, OsStr};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::dir::Dir;
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat, readlinkat};
use nix::sys::stat::{FileStat, Mode, SFlag, UtimensatFlags, fchmod, fstatat, mkdirat, mknodat, utimensat};
use nix::sys::time::TimeSpec;
use nix::unistd::{Gid, Uid, fchownat, linkat, symlinkat};

use super::root::Root;
use crate::error::{Context, Result};
use crate::sys::xattr;

/// Copies the directory at `path` in the root, if there is one, into the root directory of `target`, and its owner. Its mode, too, with
/// `whole`. Whether there is one.
pub fn copy(root: &Root, path: &Path, target: BorrowedFd<'_>, whole: bool) -> Result<bool> {
    let source = match root.open(path, OFlag::O_RDONLY | OFlag::O_DIRECTORY) {
        Ok(fd) => fd,
        Err(Errno::ENOENT | Errno::ENOTDIR) => return Ok(false),
        Err(e) => return Err(e).with_context(|| format!("opening {} in the container", path.display())),
    };
    let stat = fstatat(&source, c"", AtFlags::AT_EMPTY_PATH).context("looking at the directory")?;
    let target = openat(target, c".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
        .context("opening the new file system")?;
    let mut copier = Copier { root: target.as_fd(), links: HashMap::new() };
    copier
        .directory(source, &target, Path::new(""), 0)
        .with_context(|| format!("copying {} into the new file system", path.display()))?;
    fchownat(
        &target,
        c"",
        Some(Uid::from_raw(stat.st_uid)),
        Some(Gid::from_raw(stat.st_gid)),
        AtFlags::AT_EMPTY_PATH,
    )
    .context("setting the owner")?;
    if whole {
        fchmod(&target, Mode::from_bits_truncate(stat.st_mode & 0o7777)).context("setting the mode")?;
    }
    Ok(true)
}

/// Deeper trees than the kernel's longest path can't come from an image.
const MAX_DEPTH: usize = 2048;

/// A copy under way.
struct Copier<'a> {
    /// What is copied into.
    root: BorrowedFd<'a>,
    /// Where files with several names are, by device and inode of the source.
    links: HashMap<(u64, u64), PathBuf>,
}

impl Copier<'_> {
    fn directory(&mut self, source: OwnedFd, target: &OwnedFd, at: &Path, depth: usize) -> Result<()> {
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
            let below = at.join(OsStr::from_bytes(name.to_bytes()));
            self.entry(&dir, target, &name, &below, depth)
                .with_context(|| name.to_string_lossy().into_owned())?;
        }
        Ok(())
    }

    fn entry(&mut self, source: &Dir, target: &OwnedFd, name: &CStr, at: &Path, depth: usize) -> Result<()> {
        let stat = fstatat(source, name, AtFlags::AT_SYMLINK_NOFOLLOW)?;
        let kind = SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT;
        let permissions = Mode::from_bits_truncate(stat.st_mode & 0o7777);
        let reading = OFlag::O_RDONLY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        if kind != SFlag::S_IFDIR && stat.st_nlink > 1 {
            if let Some(first) = self.links.get(&(stat.st_dev, stat.st_ino)) {
                linkat(self.root, first, target, name, AtFlags::empty())?;
                return Ok(());
            }
            self.links.insert((stat.st_dev, stat.st_ino), at.to_path_buf());
        }
        match kind {
            SFlag::S_IFDIR => {
                mkdirat(target, name, Mode::S_IRWXU)?;
                let from = openat(source, name, reading | OFlag::O_DIRECTORY, Mode::empty())?;
                let to = openat(target, name, reading | OFlag::O_DIRECTORY, Mode::empty())?;
                self.directory(from, &to, at, depth + 1)?;
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
        // After the owner: a change of that takes capabilities away.
        attributes(source, target, name)?;
        let times = [
            TimeSpec::new(stat.st_atime, stat.st_atime_nsec),
            TimeSpec::new(stat.st_mtime, stat.st_mtime_nsec),
        ];
        utimensat(target, name, &times[0], &times[1], UtimensatFlags::NoFollowSymlink)?;
        Ok(())
    }
}

/// Copies extended attributes, as far as the target can have them.
fn attributes(source: &Dir, target: &OwnedFd, name: &CStr) -> Result<()> {
    let path = |fd: i32| format!("/proc/self/fd/{fd}/{}", name.to_string_lossy());
    let (from, to) = (path(source.as_raw_fd()), path(target.as_raw_fd()));
    // A name that is no text, or no /proc.
    let Ok(names) = xattr::list_no_follow(Path::new(&from)) else { return Ok(()) };
    let ours =
        |n: &&std::ffi::CString| n.to_bytes().starts_with(b"user.") || n.as_c_str() == c"security.capability";
    for key in names.iter().filter(ours) {
        let Some(value) = xattr::get_no_follow(Path::new(&from), key)? else { continue };
        match xattr::set_no_follow(Path::new(&to), key, &value) {
            Ok(()) | Err(Errno::ENOTSUP | Errno::EPERM) => {}
            Err(e) => return Err(e).with_context(|| key.to_string_lossy().into_owned()),
        }
    }
    Ok(())
}

fn own(target: &OwnedFd, name: &CStr, stat: &FileStat) -> nix::Result<()> {
    let (uid, gid) = (Uid::from_raw(stat.st_uid), Gid::from_raw(stat.st_gid));
    fchownat(target, name, Some(uid), Some(gid), AtFlags::AT_SYMLINK_NOFOLLOW)
}
