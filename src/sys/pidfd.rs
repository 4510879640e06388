//! Process descriptors: pidfd_open(2), pidfd_send_signal(2).

use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// A descriptor of the process `pid` (a thread group leader), `None` if there is none.
pub fn open(pid: i32) -> nix::Result<Option<OwnedFd>> {
    // SAFETY: takes two integers; a non-negative result is a new descriptor that nobody else owns (close-on-exec by default).
    match Errno::result(unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) }) {
        Ok(fd) => Ok(Some(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })),
        Err(Errno::ESRCH) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Sends a signal; `false` if the process is gone.
pub fn send_signal(pidfd: BorrowedFd<'_>, signal: i32) -> nix::Result<bool> {
    // SAFETY: the descriptor is open while borrowed; a null siginfo asks for the default one.
    let sent = unsafe {
        libc::syscall(
            libc::SYS_pidfd_send_signal,
            pidfd.as_raw_fd(),
            signal,
            std::ptr::null::<libc::siginfo_t>(),
            0,
        )
    };
    match Errno::result(sent) {
        Ok(_) => Ok(true),
        Err(Errno::ESRCH) => Ok(false),
        Err(e) => Err(e),
    }
}

/// Whether a process ends within so many milliseconds.
pub fn ends_within(pidfd: BorrowedFd<'_>, milliseconds: u16) -> nix::Result<bool> {
    let mut fds = [PollFd::new(pidfd, PollFlags::POLLIN)];
    match poll(&mut fds, PollTimeout::from(milliseconds)) {
        Err(Errno::EINTR) => Ok(false),
        ended => ended.map(|n| n > 0),
    }
}
