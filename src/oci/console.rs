//! `--console-socket`: a terminal's master side, sent to whoever listens there (runc's docs/terminals.md).

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use crate::error::{Context, Kind, Result};
use crate::sys::pty::Size;
use crate::sys::socket;

/// Checks that terminal and socket go together, before anything is started, and connects.
pub fn connect(socket: Option<&Path>, terminal: bool, detach: bool) -> Result<Option<OwnedFd>> {
    match (socket, terminal, detach) {
        (None, true, true) => {
            Kind::Invalid.err("cannot allocate tty if runc will detach without setting console socket")
        }
        (Some(_), false, _) | (Some(_), _, false) => {
            Kind::Invalid.err("cannot use console socket if runc will not detach or allocate tty")
        }
        (None, _, _) => Ok(None),
        (Some(path), true, true) => socket::connect_stream(path)
            .with_context(|| format!("connecting to the console socket {}", path.display()))
            .map(Some),
    }
}

/// Sends the master side. What it is called matters to nobody, but the message can't be empty.
pub fn send(socket: BorrowedFd<'_>, master: &OwnedFd) -> Result<()> {
    socket::send(socket, b"/dev/ptmx", &[master.as_fd()])
        .context("sending the terminal to the console socket")
}

/// `process.consoleSize`.
pub fn size(process: &oci_spec::runtime::Process) -> Option<Size> {
    let asked = process.console_size()?;
    Some(Size { rows: asked.height() as u16, columns: asked.width() as u16 })
}
