//! Locks are `flock(2)` on the object's own file or directory: the kernel drops them when the holder dies, however it dies.
//!
//! Order, for those who need two: name → container → network → image store.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};

use crate::error::{Context, Result};
use crate::sys::flock::{self, Mode};

/// A held lock; dropping it releases it. The descriptor may be handed to another process, which then holds the lock too.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

impl Lock {
    /// Waits for the exclusive lock on `path`, a file that is made if missing.
    pub fn exclusive(path: &Path) -> Result<Self> {
        Self::take(path, Mode::Exclusive).map(|lock| lock.expect("a waiting lock is always granted"))
    }

    /// Waits for a shared lock on `path`, a file that is made if missing.
    pub fn shared(path: &Path) -> Result<Self> {
        Self::take(path, Mode::Shared).map(|lock| lock.expect("a waiting lock is always granted"))
    }

    /// The exclusive lock on `path`, or `None` at once if somebody holds it.
    pub fn try_exclusive(path: &Path) -> Result<Option<Self>> {
        Self::take(path, Mode::TryExclusive)
    }

    /// The same for a file that is there already: `None` also if it isn't.
    pub fn try_existing(path: &Path) -> Result<Option<Self>> {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
            Err(e) => return Err(e).with_context(|| format!("opening the lock {}", path.display())),
        };
        match flock::lock(file.as_fd(), Mode::TryExclusive) {
            Ok(()) => Ok(Some(Self { file })),
            Err(Errno::EWOULDBLOCK) => Ok(None),
            Err(e) => Err(e).with_context(|| format!("locking {}", path.display())),
        }
    }

    /// Waits for the exclusive lock on an open file or directory.
    pub fn exclusive_on(file: File) -> Result<Self> {
        flock::lock(file.as_fd(), Mode::Exclusive).context("locking")?;
        Ok(Self { file })
    }

    /// Waits for a shared lock on an open file or directory.
    pub fn shared_on(file: File) -> Result<Self> {
        flock::lock(file.as_fd(), Mode::Shared).context("locking")?;
        Ok(Self { file })
    }

    /// Whether what is locked is still what is at `path`.
    pub fn is_on(&self, path: &Path) -> Result<bool> {
        let ours = self.file.metadata().context("looking at a lock")?;
        match std::fs::metadata(path) {
            Ok(now) => Ok((now.dev(), now.ino()) == (ours.dev(), ours.ino())),
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
            Err(e) => Err(e).with_context(|| format!("looking at {}", path.display())),
        }
    }

    /// Whether somebody holds the lock on `path` now. A missing file is not locked.
    pub fn is_held(path: &Path) -> Result<bool> {
        LockView::of(path)?.map_or(Ok(false), |view| view.is_held())
    }

    fn take(path: &Path, mode: Mode) -> Result<Option<Self>> {
        loop {
            let file = open(path).with_context(|| format!("opening the lock {}", path.display()))?;
            match flock::lock(file.as_fd(), mode) {
                Ok(()) => {}
                Err(Errno::EWOULDBLOCK) => return Ok(None),
                Err(e) => return Err(e).with_context(|| format!("locking {}", path.display())),
            }
            // The object may have been removed or replaced while we waited: then this lock protects nothing.
            let ours = file.metadata().with_context(|| format!("looking at {}", path.display()))?;
            match std::fs::metadata(path) {
                Ok(now) if (now.dev(), now.ino()) == (ours.dev(), ours.ino()) => {
                    return Ok(Some(Self { file }));
                }
                Ok(_) => {}
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(e).with_context(|| format!("looking at {}", path.display())),
            }
        }
    }
}

/// Opens a lock file, making it if missing; a directory is opened as it is.
fn open(path: &Path) -> std::io::Result<File> {
    match File::open(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => {
            OpenOptions::new().read(true).write(true).create(true).truncate(false).mode(0o600).open(path)
        }
        other => other,
    }
}

/// A mark beside the lock on a file, for those who look: it takes a system call to set and goes with its holder, as the lock does. (An open
/// file description's lock on the first byte, fcntl_locking(2), of which locks on the whole file know nothing.)
#[derive(Debug)]
pub struct Mark {
    file: File,
}

impl Mark {
    /// A mark on a file that is there, not set yet.
    pub fn on(path: &Path) -> Result<Self> {
        let file = File::open(path).with_context(|| format!("opening the lock {}", path.display()))?;
        Ok(Self { file })
    }

    pub fn set(&self, set: bool) -> Result<()> {
        let kind = if set { libc::F_RDLCK } else { libc::F_UNLCK };
        fcntl(&self.file, FcntlArg::F_OFD_SETLK(&first_byte(kind))).context("marking a lock")?;
        Ok(())
    }

    /// Whether somebody has set it. There is none on a missing file.
    pub fn is_set(path: &Path) -> Result<bool> {
        LockView::of(path)?.map_or(Ok(false), |view| view.is_marked())
    }
}

/// A lock file that is kept open to be looked at again and again. Whoever keeps it knows by other means that it is the one at its path still.
#[derive(Debug)]
pub struct LockView {
    file: File,
}

impl LockView {
    /// `None` if there is no such file.
    pub fn of(path: &Path) -> Result<Option<Self>> {
        match File::open(path) {
            Ok(file) => Ok(Some(Self { file })),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(e) => Err(e).with_context(|| format!("opening the lock {}", path.display())),
        }
    }

    /// Whether somebody holds the lock now.
    pub fn is_held(&self) -> Result<bool> {
        match flock::lock(self.file.as_fd(), Mode::TryShared) {
            // Given back by name, as a process that was just forked may have the descriptor, too.
            Ok(()) => flock::unlock(self.file.as_fd()).context("unlocking").map(|()| false),
            Err(Errno::EWOULDBLOCK) => Ok(true),
            Err(e) => Err(e).context("looking at a lock"),
        }
    }

    /// Whether somebody has set a [`Mark`] now.
    pub fn is_marked(&self) -> Result<bool> {
        let mut there = first_byte(libc::F_WRLCK);
        fcntl(&self.file, FcntlArg::F_OFD_GETLK(&mut there)).context("looking at the mark on a lock")?;
        Ok(i32::from(there.l_type) != libc::F_UNLCK)
    }
}

fn first_byte(kind: libc::c_int) -> libc::flock {
    libc::flock { l_type: kind as i16, l_whence: libc::SEEK_SET as i16, l_start: 0, l_len: 1, l_pid: 0 }
}

impl AsFd for Lock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

impl From<Lock> for OwnedFd {
    fn from(lock: Lock) -> Self {
        lock.file.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_seen_and_is_no_lock() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert!(!Mark::is_set(&path).unwrap() && Mark::on(&path).is_err());
        let lock = Lock::exclusive(&path).unwrap();
        let mark = Mark::on(&path).unwrap();
        assert!(!Mark::is_set(&path).unwrap());
        for _ in 0..2 {
            mark.set(true).unwrap();
            assert!(Mark::is_set(&path).unwrap());
            mark.set(false).unwrap();
            assert!(!Mark::is_set(&path).unwrap());
        }
        mark.set(true).unwrap();
        drop(lock);
        assert!(!Lock::is_held(&path).unwrap());
        drop(mark);
        assert!(!Mark::is_set(&path).unwrap());
    }

    #[test]
    fn excludes_and_releases() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert!(!Lock::is_held(&path).unwrap());
        let lock = Lock::exclusive(&path).unwrap();
        assert!(Lock::is_held(&path).unwrap());
        assert!(Lock::try_exclusive(&path).unwrap().is_none());
        drop(lock);
        assert!(Lock::try_exclusive(&path).unwrap().is_some());
    }

    #[test]
    fn a_view_shows_what_others_do() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        assert!(LockView::of(&path).unwrap().is_none());
        drop(Lock::exclusive(&path).unwrap());
        let view = LockView::of(&path).unwrap().unwrap();
        for _ in 0..2 {
            assert!(!view.is_held().unwrap() && !view.is_marked().unwrap());
            let lock = Lock::try_exclusive(&path).unwrap().expect("whoever has looked holds nothing");
            let mark = Mark::on(&path).unwrap();
            mark.set(true).unwrap();
            assert!(view.is_held().unwrap() && view.is_marked().unwrap());
            drop((lock, mark));
        }
    }

    #[test]
    fn a_replaced_file_is_locked_anew() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let old = Lock::exclusive(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(Lock::try_exclusive(&path).unwrap().is_some(), "the lock on a removed file binds nobody");
        drop(old);
    }
}
