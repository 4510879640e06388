//! What has to be so in a process before anything else runs, and after: what Rust's start-up code would have done (std::rt).

use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::{SigHandler, Signal, signal};

/// What a process finds in `argv[0]` that is to be one of the hidden roles of the binary.
pub const ROLE: &str = "dhow-role";

/// This binary once more, as the role `name`. What follows is the number of the descriptor by which it gets a user namespace, or `-`, and
/// the role's arguments.
pub fn role(name: &str) -> Command {
    let mut command = Command::new("/proc/self/exe");
    command.arg0(ROLE).arg(name);
    command
}

/// Opens the standard streams that the caller left closed, so that no file gets their numbers, and lets a write to a closed pipe be an
/// error that is told and not a signal.
pub fn prepare() {
    let (stdin, stdout, stderr) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
    let mut streams =
        [stdin.as_fd(), stdout.as_fd(), stderr.as_fd()].map(|fd| PollFd::new(fd, PollFlags::empty()));
    let asked = poll(&mut streams, PollTimeout::ZERO);
    let closed = |fd: &PollFd<'_>| fd.revents().is_none_or(|r| r.contains(PollFlags::POLLNVAL));
    if asked.is_err() || streams.iter().any(closed) {
        super::fd::fill_standard();
    }
    // SAFETY: ignoring a signal runs no code.
    let _ = unsafe { signal(Signal::SIGPIPE, SigHandler::SigIgn) };
}

/// Writes out what was printed without a newline at its end.
pub fn finish() {
    // Nobody is left to be told.
    let _ = std::io::stdout().flush();
}
