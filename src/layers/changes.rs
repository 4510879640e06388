//! What an overlay's upper directory changes in the layers below it, in docker's sense: a directory counts as changed for its own
//! attributes, not for its time; whatever is changed makes the directories above it changed, too.

use std::ffi::OsStr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::{FileStat, fstatat};
use serde::{Deserialize, Serialize};

use super::pack::xattrs_of;
use super::walk::{self, Step, Walk};
use crate::error::{Context, Result};
use crate::sys::xattr;

/// How a path differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ChangeKind {
    Changed,
    Added,
    Deleted,
}

impl ChangeKind {
    /// The letter by which docker tells it.
    pub fn letter(self) -> char {
        match self {
            Self::Changed => 'C',
            Self::Added => 'A',
            Self::Deleted => 'D',
        }
    }
}

/// One path that differs; bytes, from `/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    pub path: Vec<u8>,
    pub kind: ChangeKind,
}

/// What there is to say of something in an upper directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Added,
    Changed,
    /// A whiteout of something.
    Deleted,
    /// As below; a directory may hold changes.
    Same,
    /// Made for a mount of every container, not by it.
    MountPoint,
    /// A whiteout of nothing.
    Nothing,
}

/// The file system below an upper directory.
#[derive(Debug)]
pub struct Below<'a> {
    root: BorrowedFd<'a>,
    /// Paths, without a slash at the beginning, on which every container has mounts.
    mount_points: &'a [Vec<u8>],
    /// Whether overlayfs keeps its marks under `user.`.
    user_namespace: bool,
    /// The directory of the last question.
    parent: Option<(Vec<u8>, Option<OwnedFd>)>,
}

impl<'a> Below<'a> {
    pub fn new(root: BorrowedFd<'a>, mount_points: &'a [Vec<u8>], user_namespace: bool) -> Self {
        Self { root, mount_points, user_namespace, parent: None }
    }

    /// Compares what the walk through the upper directory has found.
    pub fn judge(&mut self, walk: &Walk, stat: &FileStat) -> Result<Verdict> {
        let path = walk.path();
        let old = self.look(path)?;
        if is_whiteout(stat) {
            return Ok(if old.is_some() { Verdict::Deleted } else { Verdict::Nothing });
        }
        let Some(old) = old else {
            let stub = is_directory(stat) || stat.st_size == 0;
            let known = stub && self.mount_points.iter().any(|m| m == path);
            return Ok(if known { Verdict::MountPoint } else { Verdict::Added });
        };
        if differ(&old, stat) {
            return Ok(Verdict::Changed);
        }
        let before = match self.parent_of(path)? {
            Some(parent) => xattrs_of(parent, walk.name())?,
            None => Vec::new(),
        };
        let same = before == xattrs_of(walk.dir(), walk.name())?;
        Ok(if same { Verdict::Same } else { Verdict::Changed })
    }

    /// Whether the directory that was found hides all that is below.
    pub fn is_opaque(&self, walk: &Walk) -> Result<bool> {
        let name = if self.user_namespace { c"user.overlay.opaque" } else { c"trusted.overlay.opaque" };
        let path = PathBuf::from(format!("/proc/self/fd/{}", walk.dir().as_raw_fd())).join(walk.name());
        let value = xattr::get_no_follow(&path, name).context("reading extended attributes")?;
        Ok(value.as_deref() == Some(b"y"))
    }

    /// Whether there is a directory with something in it.
    pub fn hides_something(&mut self, path: &[u8]) -> Result<bool> {
        Ok(self.directory(path)?.is_some_and(|dir| walk::names(&dir).is_ok_and(|names| !names.is_empty())))
    }

    /// Everything that `upper` changes, sorted by path.
    pub fn changes(&mut self, upper: BorrowedFd<'_>) -> Result<Vec<Change>> {
        let mut found = Found::default();
        let mut walk = Walk::new(upper)?;
        while let Some(step) = walk.step()? {
            let Step::Found(stat) = step else { continue };
            let path = walk.path().to_vec();
            let kind = match self.judge(&walk, &stat)? {
                Verdict::Added => Some(ChangeKind::Added),
                Verdict::Changed => Some(ChangeKind::Changed),
                Verdict::Deleted => Some(ChangeKind::Deleted),
                Verdict::Same | Verdict::MountPoint | Verdict::Nothing => None,
            };
            if let Some(kind) = kind {
                found.add(&path, kind);
            }
            if is_directory(&stat) {
                let own = if self.is_opaque(&walk)? { self.directory(&path)? } else { None };
                walk.enter()?;
                if let Some(below) = own {
                    Self::hidden(&path, walk.dir(), &below, &mut found)?;
                }
            }
        }
        Ok(found.finish())
    }

    /// What an opaque directory hides: each name below that it doesn't have itself.
    fn hidden(path: &[u8], own: BorrowedFd<'_>, below: &OwnedFd, found: &mut Found) -> Result<()> {
        for name in walk::names(below).context("reading a directory of the layers")? {
            if fstatat(own, name.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW) == Err(Errno::ENOENT) {
                found.add(&[path, b"/", name.as_bytes()].concat(), ChangeKind::Deleted);
            }
        }
        Ok(())
    }

    fn look(&mut self, path: &[u8]) -> Result<Option<FileStat>> {
        let name = path.rsplit(|&b| b == b'/').next().unwrap_or_default().to_vec();
        let Some(parent) = self.parent_of(path)? else { return Ok(None) };
        match fstatat(parent, OsStr::from_bytes(&name), AtFlags::AT_SYMLINK_NOFOLLOW) {
            // With a single layer that is the layer itself, whose whiteouts show.
            Ok(stat) => Ok(Some(stat).filter(|stat| !is_whiteout(stat))),
            Err(Errno::ENOENT) => Ok(None),
            Err(e) => Err(e).context("looking at the layers below"),
        }
    }

    fn parent_of(&mut self, path: &[u8]) -> Result<Option<BorrowedFd<'_>>> {
        let parent = path.iter().rposition(|&b| b == b'/').map_or(b"".as_slice(), |slash| &path[..slash]);
        if self.parent.as_ref().is_none_or(|(known, _)| known != parent) {
            let opened = self.directory(parent)?;
            self.parent = Some((parent.to_vec(), opened));
        }
        Ok(self.parent.as_ref().and_then(|(_, fd)| fd.as_ref()).map(AsFd::as_fd))
    }

    fn directory(&self, path: &[u8]) -> Result<Option<OwnedFd>> {
        let path = if path.is_empty() { b".".as_slice() } else { path };
        let how = OpenHow::new()
            .flags(OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC)
            .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS);
        match openat2(self.root, OsStr::from_bytes(path), how) {
            Ok(dir) => Ok(Some(dir)),
            Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => Ok(None),
            Err(e) => Err(e).context("opening a directory of the layers below"),
        }
    }
}

/// Changes in the order of a walk, completed by the directories above them.
#[derive(Debug, Default)]
pub struct Found {
    changes: Vec<Change>,
    known: std::collections::HashSet<Vec<u8>>,
}

impl Found {
    /// Takes note of a change; `path` has no slash at its beginning.
    pub fn add(&mut self, path: &[u8], kind: ChangeKind) {
        if let Some(slash) = path.iter().rposition(|&b| b == b'/') {
            let parent = &path[..slash];
            if !self.known.contains(parent) {
                self.add(parent, ChangeKind::Changed);
            }
        }
        if self.known.insert(path.to_vec()) {
            self.changes.push(Change { path: [b"/", path].concat(), kind });
        }
    }

    /// Them all, sorted.
    pub fn finish(mut self) -> Vec<Change> {
        self.changes.sort_unstable_by(|a, b| a.path.cmp(&b.path));
        self.changes
    }
}

/// Compares two whole trees: what has to be done to make `old` into `new`, sorted by path.
pub fn between(old: BorrowedFd<'_>, new: BorrowedFd<'_>) -> Result<Vec<Change>> {
    let mut found = Found::default();
    let mut below = Below::new(old, &[], false);
    let mut walk = Walk::new(new)?;
    while let Some(step) = walk.step()? {
        let Step::Found(stat) = step else { continue };
        let path = walk.path().to_vec();
        match below.judge(&walk, &stat)? {
            Verdict::Added => found.add(&path, ChangeKind::Added),
            Verdict::Changed => found.add(&path, ChangeKind::Changed),
            _ => {}
        }
        if is_directory(&stat) {
            walk.enter()?;
            if let Some(before) = below.directory(&path)? {
                Below::hidden(&path, walk.dir(), &before, &mut found)?;
            }
        }
    }
    let (top, root) = (old.try_clone_to_owned()?, new);
    for name in walk::names(&top).context("reading the root")? {
        if fstatat(root, name.as_c_str(), AtFlags::AT_SYMLINK_NOFOLLOW) == Err(Errno::ENOENT) {
            found.add(name.as_bytes(), ChangeKind::Deleted);
        }
    }
    Ok(found.finish())
}

/// Whether docker would call it changed: the time counts for everything but directories, the size too.
fn differ(old: &FileStat, new: &FileStat) -> bool {
    let attributes = |s: &FileStat| (s.st_mode, s.st_uid, s.st_gid, s.st_rdev);
    if attributes(old) != attributes(new) {
        return true;
    }
    // Layers have whole seconds, as they are in archives.
    let content = |s: &FileStat| (s.st_size, s.st_mtime);
    let nanoseconds =
        old.st_mtime_nsec != new.st_mtime_nsec && old.st_mtime_nsec != 0 && new.st_mtime_nsec != 0;
    !is_directory(new) && (content(old) != content(new) || nanoseconds)
}

fn is_directory(stat: &FileStat) -> bool {
    stat.st_mode & libc::S_IFMT == libc::S_IFDIR
}

fn is_whiteout(stat: &FileStat) -> bool {
    stat.st_mode & libc::S_IFMT == libc::S_IFCHR && stat.st_rdev == 0
}
