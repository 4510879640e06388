//! A program in the foreground of its caller: signals go to it, its terminal is ours, its exit code is the answer.

use std::os::fd::OwnedFd;

use crate::error::Result;
use crate::monitor::relay::{self, Child, Options, Outcome, Streams};

pub fn options(tty: bool) -> Options {
    Options { tty, detach_keys: Vec::new(), signals: true }
}

/// Waits for the program's end, a child of ours. `terminal` is the master side of its terminal. Signals are held already.
pub fn relay(process: OwnedFd, terminal: Option<OwnedFd>) -> Result<u8> {
    let streams = match &terminal {
        Some(master) => {
            Streams { input: Some(master.try_clone()?), output: Some(master.try_clone()?), errors: None }
        }
        None => Streams { input: None, output: None, errors: None },
    };
    let options = options(terminal.is_some());
    match relay::relay(streams, &mut Child { process, terminal }, &options)? {
        Outcome::Exited(code) => Ok(code),
        Outcome::Detached => Ok(0),
    }
}
