//! Descriptors in an event loop of tokio.

use std::io;
use std::os::fd::OwnedFd;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// A descriptor whose readiness can be waited for. To be called in the event loop.
pub fn watch(fd: OwnedFd, interest: Interest) -> io::Result<AsyncFd<OwnedFd>> {
    // SAFETY: the descriptor is owned by the answer, which takes it out of the event loop before it closes it; an `OwnedFd` doesn't change
    // its number.
    unsafe { AsyncFd::register_with_interest(fd, interest) }.map_err(Into::into)
}
