//! `--init`: the role that is process 1 of a container in the program's place. It starts the program, passes signals on to it, reaps
//! whoever is left to it, and ends with the program's exit code. It runs with the container's rights and from the sealed binary.

use std::ffi::OsString;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::errno::Errno;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, kill, pthread_sigmask};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;

use crate::error::{Context, Kind, Result};

/// What comes before the program's path and arguments where this role is executed by name.
pub fn head() -> [&'static str; 2] {
    ["init", "-"]
}

/// The role `init`: program path, then its argument vector.
pub fn role(args: &[OsString]) -> Result<u8> {
    let [path, name, rest @ ..] = args else {
        return Kind::Invalid.err("the role init takes a program and its arguments");
    };
    let all = SigSet::all();
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&all), None).context("blocking signals")?;
    let mut command = Command::new(path);
    command.arg0(name).args(rest).process_group(0);
    crate::sys::signal::unblock_in_child(&mut command);
    let child = match command.spawn() {
        Ok(child) => Pid::from_raw(child.id() as i32),
        Err(e) => {
            let code = if e.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
            eprintln!("dhow: exec {}: {e}", String::from_utf8_lossy(path.as_bytes()));
            return Ok(code);
        }
    };
    // On a terminal the program must be in the foreground to read from it. Without one this fails, and nothing is needed.
    let _ = nix::unistd::tcsetpgrp(std::io::stdin(), child);
    let signals = SignalFd::with_flags(&all, SfdFlags::SFD_CLOEXEC).context("making a signal descriptor")?;
    loop {
        let Some(info) = signals.read_signal().context("reading a signal")? else { continue };
        match Signal::try_from(info.ssi_signo as i32) {
            Ok(Signal::SIGCHLD) => {
                if let Some(code) = reap(child) {
                    return Ok(code);
                }
            }
            // A stopped init would leave its children unreaped.
            Ok(Signal::SIGTTIN | Signal::SIGTTOU) => {}
            Ok(signal) => {
                let _ = kill(child, signal);
            }
            Err(_) => crate::sys::signal::send_number(child, info.ssi_signo as i32),
        }
    }
}

/// Reaps everybody who has ended; the exit code once the program is among them.
fn reap(child: Pid) -> Option<u8> {
    let mut code = None;
    loop {
        match waitpid(None, Some(WaitPidFlag::WNOHANG)) {
            Ok(WaitStatus::Exited(pid, status)) if pid == child => code = Some(status as u8),
            Ok(WaitStatus::Signaled(pid, signal, _)) if pid == child => code = Some(128 + signal as u8),
            Ok(WaitStatus::StillAlive) | Err(Errno::ECHILD) => return code,
            Ok(_) | Err(Errno::EINTR) => {}
            Err(_) => return code,
        }
    }
}
