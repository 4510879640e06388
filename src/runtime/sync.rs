//! What a container's first process and its creator say to each other: messages on a SOCK_SEQPACKET pair, a tag byte first.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::socket::MsgFlags;

use crate::error::{self, Context, Error, Kind, Result};
use crate::sys::pty::Size;
use crate::sys::socket;

/// What the program gets as its standard streams.
#[derive(Debug)]
pub enum Stdio {
    /// Standard input, output and error.
    Streams([OwnedFd; 3]),
    /// A new terminal of the container's own, of this size.
    Terminal(Option<Size>),
}

/// A message of the first process.
#[derive(Debug)]
pub enum FromInit {
    /// Something this host lacks; the container starts without it.
    Warning(String),
    /// The master side of the terminal.
    Terminal(OwnedFd),
    Ready,
    Failed(Error),
    /// Its end is closed: it has executed the program, or died.
    Gone,
}

const GIVEN: u8 = b'D';
const GO: u8 = b'G';
const WARNING: u8 = b'W';
const TERMINAL: u8 = b'T';
const READY: u8 = b'R';
const FAILED: u8 = b'F';

/// The creator's end.
#[derive(Debug)]
pub struct Sync {
    socket: OwnedFd,
}

impl Sync {
    pub fn new(socket: OwnedFd) -> Self {
        Self { socket }
    }

    /// Lets the other side go on.
    pub fn go(&self) -> Result<()> {
        socket::send(self.socket.as_fd(), &[GO], &[]).context("the container's first process is gone")
    }

    /// Hands descriptors over; they are there when [`wait_go`] returns.
    pub fn give(&self, fds: &[BorrowedFd<'_>]) -> Result<()> {
        for some in fds.chunks(socket::MAX_FDS) {
            socket::send(self.socket.as_fd(), &[GIVEN], some)
                .context("the container's first process is gone")?;
        }
        Ok(())
    }

    pub fn next(&self) -> Result<FromInit> {
        let (message, mut fds) = socket::receive(self.socket.as_fd(), MsgFlags::empty())
            .context("hearing the container's first process")?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(match message.as_slice() {
            [] => FromInit::Gone,
            [WARNING, rest @ ..] => FromInit::Warning(text(rest)),
            [TERMINAL] => FromInit::Terminal(fds.pop().context("a terminal was announced but not sent")?),
            [READY] => FromInit::Ready,
            [FAILED, 0, rest @ ..] => FromInit::Failed(Error::msg(text(rest))),
            [FAILED, code, rest @ ..] => FromInit::Failed(Kind::CannotStart(*code).error(text(rest))),
            _ => anyhow::bail!("a message of the container's first process can't be understood"),
        })
    }
}

/// Waits for the creator's word and takes what it hands over. If it is gone there is nobody to run for.
pub fn wait_go(socket: BorrowedFd<'_>) -> Result<Vec<OwnedFd>> {
    let mut given = Vec::new();
    loop {
        let (message, fds) = socket::receive(socket, MsgFlags::empty()).context("waiting for the creator")?;
        given.extend(fds);
        match message.as_slice() {
            [] => return Kind::Unavailable.err("the creator is gone"),
            [GIVEN] => {}
            _ => return Ok(given),
        }
    }
}

pub fn ready(socket: BorrowedFd<'_>) -> Result<()> {
    socket::send(socket, &[READY], &[]).context("telling the creator")
}

pub fn terminal(socket: BorrowedFd<'_>, master: BorrowedFd<'_>) -> Result<()> {
    socket::send(socket, &[TERMINAL], &[master]).context("sending the terminal")
}

pub fn warn(socket: BorrowedFd<'_>, text: &str) {
    // The creator is the only one to be warned.
    let _ = socket::send(socket, &[&[WARNING], text.as_bytes()].concat(), &[]);
}

/// Reports the failure with the exit code it carries, if any.
pub fn fail(socket: BorrowedFd<'_>, error: &Error) {
    let code = match error::kind_of(error) {
        Some(Kind::CannotStart(code)) => code,
        _ => 0,
    };
    let mut text = error::one_line(error);
    text.truncate(text.floor_char_boundary(socket::MAX_MESSAGE - 2));
    // Nobody is left to report to if this fails.
    let _ = socket::send(socket, &[&[FAILED, code], text.as_bytes()].concat(), &[]);
}
