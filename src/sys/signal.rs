//! Signals by number, and the mask of a child.

use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};
use nix::unistd::Pid;

/// Lets the child start with no signal blocked, whatever this process blocks.
pub fn unblock_in_child(command: &mut Command) {
    // SAFETY: the closure runs between fork and exec and makes a single async-signal-safe call.
    unsafe {
        command.pre_exec(|| Ok(pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)?));
    }
}

/// Sends any signal, real-time ones included. A process that is gone is no error.
pub fn send_number(pid: Pid, signal: i32) {
    // SAFETY: two integers.
    unsafe { libc::kill(pid.as_raw(), signal) };
}

/// Gives every signal its default action and blocks none, as a new program expects. Called before an exec: what this process
/// ignores, or what its caller did (nohup, the Rust runtime's SIGPIPE), must not be inherited.
pub fn reset_all() -> nix::Result<()> {
    for signal in 1..=libc::SIGRTMAX() {
        // SAFETY: the default action runs no code of ours. Signals that can't be changed answer with an error, and need none.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
}
