//! Descriptors: adopting those a parent handed over, letting one through an exec, closing all others.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, OwnedFd, RawFd};
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, FdFlag, OFlag, fcntl};
use nix::sys::stat::Mode;

/// Takes ownership of a descriptor that a parent left open for this process, and makes it close-on-exec.
///
/// Call it once for a number, before anything that could own the number runs.
pub fn adopt(fd: RawFd) -> nix::Result<OwnedFd> {
    if fd < 0 {
        return Err(Errno::EBADF);
    }
    // SAFETY: borrowed only to ask whether it is open.
    let borrowed = unsafe { BorrowedFd::borrow_raw(fd) };
    fcntl(borrowed, FcntlArg::F_SETFD(FdFlag::FD_CLOEXEC))?;
    // SAFETY: open (just checked), and by this function's contract owned by nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// Whether a descriptor of this number is open.
pub fn is_open(fd: RawFd) -> bool {
    // SAFETY: asks for the flags of a number, whatever it is.
    unsafe { libc::fcntl(fd, libc::F_GETFD) != -1 }
}

/// Opens /dev/null under those of the numbers 0, 1 and 2 that are closed. Without it nothing here is safe to run, so its failure ends the
/// process.
pub fn fill_standard() {
    while let Ok(null) = nix::fcntl::open("/dev/null", OFlag::O_RDWR, Mode::empty()) {
        if null.as_raw_fd() > 2 {
            return;
        }
        let _ = null.into_raw_fd(); // It stays.
    }
    std::process::abort();
}

/// Lets the child of `command`, and only it, inherit the descriptor under its present number.
pub fn inherit(command: &mut Command, fd: OwnedFd) {
    // SAFETY: the closure runs between fork and exec and makes a single async-signal-safe call (fcntl).
    unsafe {
        command.pre_exec(move || {
            fcntl(fd.as_fd(), FcntlArg::F_SETFD(FdFlag::empty()))?;
            Ok(())
        });
    }
}

/// Makes every descriptor from `first` on close-on-exec, however it came to be open (CVE-2024-21626).
pub fn close_on_exec_from(first: RawFd) -> nix::Result<()> {
    // SAFETY: only sets a flag on descriptors; none is closed before the exec.
    let result = unsafe { libc::syscall(libc::SYS_close_range, first, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    Errno::result(result).map(drop)
}

/// Closes every descriptor from `first` on but those in `kept`, in a child that was just forked. As for [`close_in_child`], the owners of
/// the others must never be used or dropped again.
pub fn close_all_in_child(first: RawFd, kept: &[BorrowedFd<'_>]) -> nix::Result<()> {
    let mut numbers: Vec<RawFd> = kept.iter().map(AsRawFd::as_raw_fd).filter(|n| *n >= first).collect();
    numbers.sort_unstable();
    let mut from = first as u32;
    for (next, after) in numbers.iter().map(|n| (*n as u32, *n as u32 + 1)).chain([(u32::MAX, u32::MAX)]) {
        let last = if next == u32::MAX { u32::MAX } else { next.wrapping_sub(1) };
        if last >= from && next > from {
            // SAFETY: by this function's contract nobody owns what is closed.
            Errno::result(unsafe { libc::syscall(libc::SYS_close_range, from, last, 0) })?;
        }
        from = after.max(from);
    }
    Ok(())
}

/// The `count` descriptors from 3 on that a caller left open, as copies. Call it before this process opens anything of its own.
pub fn inherited(count: u32) -> nix::Result<Vec<OwnedFd>> {
    let copy = |number| {
        // SAFETY: duplicates whatever has the number; the answer is a new descriptor that nobody else owns.
        unsafe {
            Errno::result(libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 3 + count as RawFd))
                .map(|fd| OwnedFd::from_raw_fd(fd))
        }
    };
    (3..3 + count as RawFd).map(copy).collect()
}

/// A copy at a number from `floor` on.
pub fn above(fd: BorrowedFd<'_>, floor: RawFd) -> nix::Result<OwnedFd> {
    // SAFETY: fcntl makes a new descriptor, which nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fcntl(fd, FcntlArg::F_DUPFD_CLOEXEC(floor))?) })
}

/// Lets descriptors survive an exec under their numbers, in a child that was just forked.
pub fn keep_in_child(numbers: &[RawFd]) -> nix::Result<()> {
    for number in numbers {
        // SAFETY: clears a flag of a descriptor of this child's own table.
        Errno::result(unsafe { libc::fcntl(*number, libc::F_SETFD, 0) })?;
    }
    Ok(())
}

/// Puts descriptors at the numbers `first`, `first + 1`, … where they survive an exec. As for [`close_in_child`], the owners of what was
/// there must never be used or dropped again.
pub fn place_in_child(numbers: &[RawFd], first: RawFd) -> nix::Result<()> {
    let floor = first + numbers.len() as RawFd;
    let mut staged = Vec::with_capacity(numbers.len());
    for number in numbers {
        // SAFETY: duplicates a descriptor of this child's own table, above all targets.
        staged.push(Errno::result(unsafe { libc::fcntl(*number, libc::F_DUPFD_CLOEXEC, floor) })?);
    }
    for (from, to) in staged.iter().zip(first..) {
        // SAFETY: by this function's contract nobody owns what is replaced.
        Errno::result(unsafe { libc::dup2(*from, to) })?;
    }
    Ok(())
}

/// Puts `fd` at the number `target`, which then survives an exec.
pub fn place(fd: BorrowedFd<'_>, target: RawFd) -> nix::Result<()> {
    if fd.as_raw_fd() == target {
        return fcntl(fd, FcntlArg::F_SETFD(FdFlag::empty())).map(drop);
    }
    // SAFETY: replaces the descriptor `target`, which the caller gives up; dup2 touches no memory.
    Errno::result(unsafe { libc::dup2(fd.as_raw_fd(), target) }).map(drop)
}

/// Closes, in a child that was just forked, a descriptor that only the parent needs. The child's copy of its owner must never be
/// dropped: the child ends in an exec or in `_exit`.
pub fn close_in_child(fd: BorrowedFd<'_>) {
    // SAFETY: by this function's contract the owner in this process is never used or dropped again.
    unsafe { libc::close(fd.as_raw_fd()) };
}

/// Begins to write `length` bytes of a file from `offset` on to the disk (all up to its end if 0), and doesn't wait for them. A hint: file
/// systems that can't are left alone, and nothing is durable for it (sync_file_range(2)).
pub fn start_write_back(file: BorrowedFd<'_>, offset: i64, length: i64) {
    // SAFETY: takes numbers only; the descriptor is borrowed for the call.
    unsafe { libc::sync_file_range(file.as_raw_fd(), offset, length, libc::SYNC_FILE_RANGE_WRITE) };
}
