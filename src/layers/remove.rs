//! Removes trees that others have written: by directory descriptors, never following a link, however deep they are.

use std::ffi::{CString, OsStr};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::{OFlag, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, unlinkat};

use crate::error::{Context, Result};
use crate::state::file::TEMPORARY;
use crate::state::id;

/// How many directories are held open at once; deeper ones are moved up first, so that neither descriptors nor stack run out.
const MAX_DEPTH: usize = 64;

/// Removes the file or tree at `path`; one that is gone already is no error.
pub fn tree(path: &Path) -> Result<()> {
    let (Some(parent), Some(name)) = (path.parent(), path.file_name()) else {
        anyhow::bail!("{} can't be removed", path.display());
    };
    match Dir::open(parent, open_flags(), Mode::empty()) {
        Ok(parent) => tree_at(parent.as_fd(), name).with_context(|| format!("removing {}", path.display())),
        Err(Errno::ENOENT) => Ok(()),
        Err(e) => Err(e).with_context(|| format!("removing {}", path.display())),
    }
}

/// Removes the file or tree `name` of an open directory; one that is gone already is no error.
pub fn tree_at(dir: BorrowedFd<'_>, name: &OsStr) -> Result<()> {
    let context = || format!("removing {}", super::entries::printable(name));
    match unlinkat(dir, name, UnlinkatFlags::NoRemoveDir) {
        Ok(()) | Err(Errno::ENOENT) => return Ok(()),
        Err(Errno::EISDIR | Errno::EPERM) => {}
        Err(e) => return Err(e).with_context(context),
    }
    let mut top = match Dir::openat(dir, name, open_flags(), Mode::empty()) {
        Ok(top) => top,
        Err(Errno::ENOENT) => return Ok(()),
        Err(e) => return Err(e).with_context(context),
    };
    // Moving deep directories to the top gives it new entries: go on until a pass has moved nothing.
    while empty(&mut top, None, 0).with_context(context)? {}
    drop(top);
    match unlinkat(dir, name, UnlinkatFlags::RemoveDir) {
        Ok(()) | Err(Errno::ENOENT) => Ok(()),
        Err(e) => Err(e).with_context(context),
    }
}

fn open_flags() -> OFlag {
    OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC
}

/// Removes what is in `dir`; the answer is whether something was moved to `top` instead.
fn empty(dir: &mut Dir, top: Option<BorrowedFd<'_>>, depth: usize) -> Result<bool> {
    let own = dir.as_fd().try_clone_to_owned()?;
    let top = top.unwrap_or(own.as_fd());
    // Read whole before anything is removed: what readdir gives while entries vanish is left to the file system.
    let names: Vec<(CString, Option<Type>)> = dir
        .iter()
        .map(|entry| entry.map(|e| (e.file_name().to_owned(), e.file_type())))
        .collect::<nix::Result<_>>()?;
    let mut moved = false;
    for (name, kind) in names {
        if matches!(name.as_bytes(), b"." | b"..") {
            continue;
        }
        if kind != Some(Type::Directory) {
            match unlinkat(own.as_fd(), name.as_c_str(), UnlinkatFlags::NoRemoveDir) {
                Ok(()) | Err(Errno::ENOENT) => continue,
                Err(Errno::EISDIR) => {}
                Err(e) => return Err(e.into()),
            }
        }
        match unlinkat(own.as_fd(), name.as_c_str(), UnlinkatFlags::RemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => continue,
            Err(Errno::ENOTEMPTY | Errno::EEXIST) => {}
            Err(e) => {
                return Err(e).with_context(|| super::entries::printable(OsStr::from_bytes(name.as_bytes())));
            }
        }
        if depth >= MAX_DEPTH {
            let aside = format!("{TEMPORARY}{}", id::random_hex(8)?);
            renameat(own.as_fd(), name.as_c_str(), top, aside.as_str())?;
            moved = true;
            continue;
        }
        let mut child = match Dir::openat(own.as_fd(), name.as_c_str(), open_flags(), Mode::empty()) {
            Ok(child) => child,
            Err(Errno::ENOENT) => continue,
            Err(e) => return Err(e.into()),
        };
        moved |= empty(&mut child, Some(top), depth + 1)?;
        drop(child);
        match unlinkat(own.as_fd(), name.as_c_str(), UnlinkatFlags::RemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_trees_deeper_than_descriptors_and_paths_allow() {
        let dir = tempfile::tempdir().unwrap();
        let mut at = Dir::open(dir.path(), open_flags(), Mode::empty()).unwrap();
        nix::sys::stat::mkdirat(at.as_fd(), "top", Mode::S_IRWXU).unwrap();
        at = Dir::openat(at.as_fd(), "top", open_flags(), Mode::empty()).unwrap();
        for _ in 0..3000 {
            nix::sys::stat::mkdirat(at.as_fd(), "deep", Mode::S_IRWXU).unwrap();
            at = Dir::openat(at.as_fd(), "deep", open_flags(), Mode::empty()).unwrap();
        }
        tree(&dir.path().join("top")).unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        tree(&dir.path().join("top")).unwrap();
    }

    #[test]
    fn does_not_follow_links() {
        let dir = tempfile::tempdir().unwrap();
        let (kept, gone) = (dir.path().join("kept"), dir.path().join("gone"));
        std::fs::create_dir_all(kept.join("x")).unwrap();
        std::fs::create_dir(&gone).unwrap();
        std::os::unix::fs::symlink(&kept, gone.join("link")).unwrap();
        tree(&gone).unwrap();
        assert!(kept.join("x").is_dir() && !gone.exists());
        std::os::unix::fs::symlink(&kept, &gone).unwrap();
        tree(&gone).unwrap();
        assert!(kept.join("x").is_dir());
    }
}
