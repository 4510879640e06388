//! Removes trees that others have written: by directory descriptors, never following a link, however deep they are.

use std::ffi::{CString, OsStr};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::ffi::OsStrExt;
use std::panic::resume_unwind;
use std::path::Path;
use std::thread::available_parallelism;

use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::{OFlag, renameat};
use nix::sys::stat::Mode;
use nix::unistd::{UnlinkatFlags, unlinkat};

use super::entries::printable;
use crate::error::{Context, Result};
use crate::state::file::TEMPORARY;
use crate::state::id;

/// How many directories are held open at once; deeper ones are moved up first, so that neither descriptors nor stack run out.
const MAX_DEPTH: usize = 64;

/// From this many names on a directory is emptied by several threads. The kernel frees a file after it has let go of its directory: two
/// threads take 120 ms for 10,000 files where one takes 210.
const SHARED: usize = 512;
/// More threads only wait for one another's journal.
const MAX_THREADS: usize = 4;

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
    let context = || format!("removing {}", printable(name));
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
    for name in unlink(own.as_fd(), names)? {
        match unlinkat(own.as_fd(), name.as_c_str(), UnlinkatFlags::RemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => continue,
            Err(Errno::ENOTEMPTY | Errno::EEXIST) => {}
            Err(e) => {
                return Err(e).with_context(|| printable(OsStr::from_bytes(name.as_bytes())));
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

/// Unlinks all that are no directories; answers those that are.
fn unlink(dir: BorrowedFd<'_>, names: Vec<(CString, Option<Type>)>) -> Result<Vec<CString>> {
    let threads = if names.len() < SHARED { 1 } else { available_parallelism().map_or(1, usize::from) };
    let share = names.len().div_ceil(threads.min(MAX_THREADS)).max(1);
    if share >= names.len() {
        return unlink_some(dir, names);
    }
    let mut rest = names;
    let mut shares = Vec::new();
    while !rest.is_empty() {
        shares.push(rest.split_off(rest.len().saturating_sub(share)));
    }
    let directories: Vec<Result<Vec<CString>>> = std::thread::scope(|scope| {
        let others: Vec<_> =
            shares.drain(1..).map(|share| scope.spawn(move || unlink_some(dir, share))).collect();
        let own = shares.pop().map_or(Ok(Vec::new()), |share| unlink_some(dir, share));
        let joined = others.into_iter().map(|other| other.join().unwrap_or_else(|e| resume_unwind(e)));
        std::iter::once(own).chain(joined).collect()
    });
    directories.into_iter().try_fold(Vec::new(), |mut all, some| {
        all.extend(some?);
        Ok(all)
    })
}

fn unlink_some(dir: BorrowedFd<'_>, names: Vec<(CString, Option<Type>)>) -> Result<Vec<CString>> {
    let mut directories = Vec::new();
    for (name, kind) in names {
        if matches!(name.as_bytes(), b"." | b"..") {
            continue;
        }
        if kind == Some(Type::Directory) {
            directories.push(name);
            continue;
        }
        match unlinkat(dir, name.as_c_str(), UnlinkatFlags::NoRemoveDir) {
            Ok(()) | Err(Errno::ENOENT) => {}
            Err(Errno::EISDIR) => directories.push(name),
            Err(e) => {
                return Err(e).with_context(|| printable(OsStr::from_bytes(name.as_bytes())));
            }
        }
    }
    Ok(directories)
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
    fn empties_large_directories_with_several_threads() {
        let dir = tempfile::tempdir().unwrap();
        let top = dir.path().join("top");
        std::fs::create_dir(&top).unwrap();
        for i in 0..2 * SHARED {
            if i % 7 == 0 {
                std::fs::create_dir_all(top.join(i.to_string()).join("below")).unwrap();
            } else {
                std::fs::File::create(top.join(i.to_string())).unwrap();
            }
        }
        tree(&top).unwrap();
        assert!(!top.exists());
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
