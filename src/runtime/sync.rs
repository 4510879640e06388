//! What a container's first process and its creator say to each other: messages on a SOCK_SEQPACKET pair, a tag byte first.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::socket::MsgFlags;

use super::shortcut::Known;
use crate::error::{self, Context, Error, Kind, Result};
use crate::sys::clone::Cloned;
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

impl Stdio {
    /// The descriptors, if they are there already.
    pub fn as_fds(&self) -> Vec<BorrowedFd<'_>> {
        match self {
            Self::Streams(fds) => fds.iter().map(AsFd::as_fd).collect(),
            Self::Terminal(_) => Vec::new(),
        }
    }
}

/// A message of the first process.
#[derive(Debug)]
pub enum FromInit {
    /// Something this host lacks; the container starts without it.
    Warning(String),
    /// The master side of the terminal.
    Terminal(OwnedFd),
    /// It waits for hooks to be run.
    Hooks,
    /// The process that will be the program, when another had to make it.
    Process(Cloned),
    /// The seccomp filter's notifications.
    Listener(OwnedFd),
    /// What it has found out about its user.
    Known(Box<Known>),
    Ready,
    Failed(Error),
    /// Its end is closed: it has executed the program, or died.
    Gone,
}

const GIVEN: u8 = b'D';
const GO: u8 = b'G';
const WARNING: u8 = b'W';
const TERMINAL: u8 = b'T';
const HOOKS: u8 = b'H';
const PROCESS: u8 = b'P';
const LISTENER: u8 = b'L';
const KNOWN: u8 = b'K';
const READY: u8 = b'R';
const FAILED: u8 = b'F';

/// The creator's end.
#[derive(Debug)]
pub struct Sync {
    socket: OwnedFd,
}

impl AsFd for Sync {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
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

    /// Waits until the program is executed, and its end of the socket closed by that. A seccomp filter that notifies may come before.
    pub fn wait_exec(&self, listener: impl Fn(&OwnedFd) -> Result<()>) -> Result<()> {
        loop {
            match self.next()? {
                FromInit::Gone => return Ok(()),
                FromInit::Failed(error) => return Err(error),
                FromInit::Listener(notifications) => listener(&notifications)?,
                other => anyhow::bail!("unexpected message of the container's first process: {other:?}"),
            }
        }
    }

    pub fn next(&self) -> Result<FromInit> {
        let (message, mut fds) = socket::receive(self.socket.as_fd(), MsgFlags::empty())
            .context("hearing the container's first process")?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Ok(match message.as_slice() {
            [] => FromInit::Gone,
            [WARNING, rest @ ..] => FromInit::Warning(text(rest)),
            [TERMINAL] => FromInit::Terminal(fds.pop().context("a terminal was announced but not sent")?),
            [HOOKS] => FromInit::Hooks,
            [LISTENER] => FromInit::Listener(fds.pop().context("a listener was announced but not sent")?),
            [PROCESS, pid @ ..] if pid.len() == 4 => FromInit::Process(Cloned {
                pid: i32::from_ne_bytes([pid[0], pid[1], pid[2], pid[3]]),
                pidfd: fds.pop().context("a process was announced but not sent")?,
            }),
            [KNOWN, rest @ ..] => {
                FromInit::Known(serde_json::from_slice(rest).context("a user was announced but not sent")?)
            }
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

pub fn process(socket: BorrowedFd<'_>, process: &Cloned) -> Result<()> {
    let message = [&[PROCESS][..], &process.pid.to_ne_bytes()].concat();
    socket::send(socket, &message, &[process.pidfd.as_fd()]).context("sending the process")
}

pub fn terminal(socket: BorrowedFd<'_>, master: BorrowedFd<'_>) -> Result<()> {
    socket::send(socket, &[TERMINAL], &[master]).context("sending the terminal")
}

/// Has the creator run its hooks, and waits for it.
pub fn hooks(socket: BorrowedFd<'_>) -> Result<()> {
    socket::send(socket, &[HOOKS], &[]).context("telling the creator")?;
    wait_go(socket).map(drop)
}

pub fn listener(socket: BorrowedFd<'_>, notifications: BorrowedFd<'_>) -> Result<()> {
    socket::send(socket, &[LISTENER], &[notifications]).context("sending the seccomp listener")
}

pub fn known(socket: BorrowedFd<'_>, known: &Known) -> Result<()> {
    let message = [&[KNOWN][..], &serde_json::to_vec(known).context("writing the user down")?].concat();
    socket::send(socket, &message, &[]).context("telling of the user")
}

/// Waits for somebody to connect and say go; answers the connection. Who connects and goes away without a word is nobody.
pub fn wait_start(listener: BorrowedFd<'_>) -> Result<OwnedFd> {
    loop {
        let connection = socket::accept(listener).context("waiting to be started")?;
        let (message, _) =
            socket::receive(connection.as_fd(), MsgFlags::empty()).context("waiting to be started")?;
        if !message.is_empty() {
            return Ok(connection);
        }
    }
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
