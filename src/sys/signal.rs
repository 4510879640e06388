//! Signals by number, and the mask of a child.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::OnceLock;

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

/// What rt_sigaction(2) takes, of all architectures: the action comes first, and all zeroes are the default one.
#[repr(C)]
#[derive(Default)]
struct Action {
    handler: usize,
    flags_restorer_mask: [u64; 3],
}

/// The signals that this process ignores, looked up once: by a process that forks others, so that they need not.
pub fn ignored() -> &'static [i32] {
    static IGNORED: OnceLock<Vec<i32>> = OnceLock::new();
    let is_ignored = |signal: &i32| {
        let mut action = Action::default();
        let nothing = std::ptr::null::<Action>();
        // SAFETY: nothing is set, and the answer has a place of its size. By the system call, as the library hides two signals.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, *signal, nothing, &raw mut action, MASK) };
        action.handler == libc::SIG_IGN
    };
    IGNORED.get_or_init(|| (1..=libc::SIGRTMAX()).filter(is_ignored).collect())
}

/// Bytes of the kernel's signal mask.
const MASK: usize = 8;

/// Gives every signal its default action and blocks none, as a new program expects. Called before an exec, which itself resets what
/// has a handler: what this process ignores, or what its caller did (nohup, the Rust runtime's SIGPIPE), must not be inherited.
pub fn reset_all() -> nix::Result<()> {
    let nothing = std::ptr::null_mut::<Action>();
    for signal in ignored() {
        // SAFETY: the default action runs no code of ours.
        unsafe { libc::syscall(libc::SYS_rt_sigaction, *signal, &raw const DEFAULT, nothing, MASK) };
    }
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::empty()), None)
}

static DEFAULT: Action = Action { handler: libc::SIG_DFL, flags_restorer_mask: [0; 3] };
