//! Walks a tree in the order of its names, by descriptors: no link is ever followed, and a tree that changes meanwhile can't lead out.
//!
//! Only the directories near the present one are held open; the others are opened again by their path, without links, when the walk
//! comes back to them. So neither depth nor width of a tree exhausts descriptors or the stack.

use std::ffi::{CString, OsStr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;

use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat2};
use nix::sys::stat::{FileStat, Mode, fstatat};

use super::entries::printable;
use crate::error::{Context, Result};

/// How many directories are held open at once.
const MAX_OPEN: usize = 64;

/// A walk in progress.
#[derive(Debug)]
pub struct Walk {
    root: OwnedFd,
    frames: Vec<Frame>,
    /// Of what was found last, from the root, without a slash at either end.
    path: Vec<u8>,
}

#[derive(Debug)]
struct Frame {
    dir: Option<OwnedFd>,
    /// Whether the directory says that it is a plain file is kept with each.
    names: std::vec::IntoIter<(CString, bool)>,
    /// Length of the directory's own path.
    length: usize,
}

/// What a step of the walk came to.
#[derive(Debug)]
pub enum Step {
    /// Something in the directory whose descriptor [`Walk::dir`] is, under the name [`Walk::name`].
    Found(FileStat),
    /// The end of a directory that was entered.
    Left,
}

/// The same before anything but its directory was looked at.
#[derive(Debug, PartialEq, Eq)]
pub enum Name {
    /// The directory says that it is a plain file: whoever opens it sees whether it still is.
    File,
    Other,
    Left,
}

impl Walk {
    /// Begins in the directory `root`.
    pub fn new(root: BorrowedFd<'_>) -> Result<Self> {
        let root = root.try_clone_to_owned().context("duplicating a descriptor")?;
        let mut walk = Self { root, frames: Vec::new(), path: Vec::new() };
        walk.enter()?;
        Ok(walk)
    }

    /// The next thing, `None` after the last. Directories are found, and entered only by [`Self::enter`].
    pub fn step(&mut self) -> Result<Option<Step>> {
        loop {
            match self.next_name()? {
                None => return Ok(None),
                Some(Name::Left) => return Ok(Some(Step::Left)),
                Some(Name::File | Name::Other) => {}
            }
            // Gone since the directory was read, if there is none.
            if let Some(stat) = self.look()? {
                return Ok(Some(Step::Found(stat)));
            }
        }
    }

    /// The next name, for who has to open each file anyway: that spares a call for each.
    pub fn next_name(&mut self) -> Result<Option<Name>> {
        let Some(frame) = self.frames.last_mut() else { return Ok(None) };
        self.path.truncate(frame.length);
        let Some((name, is_file)) = frame.names.next() else {
            self.frames.pop();
            return Ok(if self.frames.is_empty() { None } else { Some(Name::Left) });
        };
        if !self.path.is_empty() {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(name.as_bytes());
        self.reopen()?;
        Ok(Some(if is_file { Name::File } else { Name::Other }))
    }

    /// Looks at what was found last; `None` if it is gone.
    pub fn look(&self) -> Result<Option<FileStat>> {
        match fstatat(self.dir(), self.name(), AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::ENOENT) => Ok(None),
            Err(e) => {
                Err(e).with_context(|| format!("looking at {}", printable(OsStr::from_bytes(&self.path))))
            }
        }
    }

    /// Enters the directory that was found last: what is in it comes next. One that has become something else has nothing in it.
    pub fn enter(&mut self) -> Result<()> {
        let opened = if self.frames.is_empty() { self.open(b".") } else { self.open_last() };
        let (dir, names) = match opened {
            Ok(dir) => {
                let names = names_and_files(&dir)
                    .with_context(|| format!("reading {}", printable(OsStr::from_bytes(&self.path))))?;
                (Some(dir), names)
            }
            Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) if !self.frames.is_empty() => {
                (None, Vec::new())
            }
            Err(e) => {
                return Err(e)
                    .with_context(|| format!("opening {}", printable(OsStr::from_bytes(&self.path))));
            }
        };
        if let Some(far) = self.frames.len().checked_sub(MAX_OPEN) {
            self.frames[far].dir = None;
        }
        self.frames.push(Frame { dir, names: names.into_iter(), length: self.path.len() });
        Ok(())
    }

    /// Leaves out what is in the directory that was entered last.
    pub fn skip(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.names = Vec::new().into_iter();
        }
    }

    /// The path of what was found last.
    pub fn path(&self) -> &[u8] {
        &self.path
    }

    /// Its last component.
    pub fn name(&self) -> &OsStr {
        let start = self.path.iter().rposition(|&b| b == b'/').map_or(0, |slash| slash + 1);
        OsStr::from_bytes(&self.path[start..])
    }

    /// The directory that it is in.
    pub fn dir(&self) -> BorrowedFd<'_> {
        self.frames.last().and_then(|f| f.dir.as_ref()).unwrap_or(&self.root).as_fd()
    }

    fn open_last(&self) -> nix::Result<OwnedFd> {
        nix::fcntl::openat(self.dir(), self.name(), flags() | OFlag::O_NOFOLLOW, Mode::empty())
    }

    fn open(&self, path: &[u8]) -> nix::Result<OwnedFd> {
        let resolve = ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_SYMLINKS;
        openat2(&self.root, OsStr::from_bytes(path), OpenHow::new().flags(flags()).resolve(resolve))
    }

    /// Opens the present directory again if it was closed meanwhile.
    fn reopen(&mut self) -> Result<()> {
        let Some(frame) = self.frames.last().filter(|f| f.dir.is_none()) else { return Ok(()) };
        let path = &self.path[..frame.length];
        let dir =
            self.open(path).with_context(|| format!("opening {}", printable(OsStr::from_bytes(path))))?;
        if let Some(frame) = self.frames.last_mut() {
            frame.dir = Some(dir);
        }
        Ok(())
    }
}

fn flags() -> OFlag {
    OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC
}

/// The names in a directory, sorted as bytes.
pub fn names(dir: &OwnedFd) -> nix::Result<Vec<CString>> {
    Ok(names_and_files(dir)?.into_iter().map(|(name, _)| name).collect())
}

/// The same, and whether the directory says that they are plain files.
fn names_and_files(dir: &OwnedFd) -> nix::Result<Vec<(CString, bool)>> {
    let again = nix::fcntl::openat(dir, ".", flags(), Mode::empty())?;
    let mut names = Vec::new();
    for entry in Dir::from_fd(again)?.iter() {
        let entry = entry?;
        if !matches!(entry.file_name().to_bytes(), b"." | b"..") {
            names.push((entry.file_name().to_owned(), entry.file_type() == Some(Type::File)));
        }
    }
    names.sort_unstable();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::unix::fs::symlink;

    use super::*;

    fn all(root: &std::path::Path) -> Vec<String> {
        let root = File::open(root).unwrap();
        let mut walk = Walk::new(root.as_fd()).unwrap();
        let mut found = Vec::new();
        while let Some(step) = walk.step().unwrap() {
            if let Step::Found(stat) = step {
                found.push(String::from_utf8(walk.path().to_vec()).unwrap());
                if stat.st_mode & libc::S_IFMT == libc::S_IFDIR {
                    walk.enter().unwrap();
                }
            }
        }
        found
    }

    #[test]
    fn in_order_and_without_links() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("b/x")).unwrap();
        std::fs::create_dir(dir.path().join("a")).unwrap();
        std::fs::create_dir(dir.path().join("b.c")).unwrap();
        symlink("/", dir.path().join("a/out")).unwrap();
        assert_eq!(all(dir.path()), ["a", "a/out", "b", "b/x", "b.c"]);
    }

    #[test]
    fn deeper_than_directories_are_held_open() {
        let dir = tempfile::tempdir().unwrap();
        let mut path = dir.path().to_path_buf();
        for _ in 0..200 {
            path.push("d");
            std::fs::create_dir_all(path.join("e")).unwrap();
        }
        let found = all(dir.path());
        assert_eq!(found.len(), 400);
        assert_eq!(found.last().unwrap(), "d/e");
    }
}
