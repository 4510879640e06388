//! `flock(2)` on a borrowed descriptor. (nix's wrapper owns the file, and unlocks even when the descriptor was shared.)

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Exclusive,
    Shared,
    TryExclusive,
    TryShared,
}

/// Takes the lock; the `Try` modes answer `EWOULDBLOCK` at once where the others wait.
pub fn lock(fd: BorrowedFd<'_>, mode: Mode) -> nix::Result<()> {
    let operation = match mode {
        Mode::Exclusive => libc::LOCK_EX,
        Mode::Shared => libc::LOCK_SH,
        Mode::TryExclusive => libc::LOCK_EX | libc::LOCK_NB,
        Mode::TryShared => libc::LOCK_SH | libc::LOCK_NB,
    };
    operate(fd, operation)
}

/// Gives it back, also for those who share the descriptor.
pub fn unlock(fd: BorrowedFd<'_>) -> nix::Result<()> {
    operate(fd, libc::LOCK_UN)
}

fn operate(fd: BorrowedFd<'_>, operation: libc::c_int) -> nix::Result<()> {
    loop {
        // SAFETY: the descriptor is open for as long as it is borrowed; flock touches no memory.
        match Errno::result(unsafe { libc::flock(fd.as_raw_fd(), operation) }) {
            Err(Errno::EINTR) => {}
            other => return other.map(drop),
        }
    }
}
