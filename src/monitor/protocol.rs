//! What clients and a monitor say to each other: JSON messages on a SOCK_SEQPACKET socket, `RUN/containers/<id>/monitor.sock`.
//!
//! Data does not go through the socket: a client sends the pipe ends that it wants connected along with its request, so that streams stay
//! apart, binary data stays as it is, and the end of input is the end of a pipe.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::socket::MsgFlags;
use oci_spec::runtime::LinuxResources;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::external::Operation;
use crate::container::config::RestartPolicy;
use crate::container::health::HealthState;
use crate::container::links::ContainerLink;
use crate::container::resources::Resources;
use crate::error::{Context, Error, Kind, Result};
use crate::netns::Attachment;
use crate::sys::pty::Size;
use crate::sys::socket;

/// From client to monitor.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Request {
    /// The first message. With it come, in this order and as far as named: the end of a pipe to read input from, and the ends to write
    /// output and errors to. The very first one asks for the start: the container's lock comes before all others.
    /// With `passed` the first client's own standard streams come instead: the program gets them as they are. `extra`: so many
    /// descriptors come after them that the program is to have open from 3 on. `further`: so many come last that are connections of further
    /// clients, each with its own request to attach sent, which may bring further ones in turn: they, too, are attached before the program starts.
    Attach {
        stdin: bool,
        stdout: bool,
        stderr: bool,
        size: Option<Size>,
        passed: bool,
        extra: usize,
        #[serde(default)]
        further: usize,
    },
    /// The client's terminal has a new size.
    Resize(Size),
    /// The terminal of a program of `exec` gets one.
    ResizeSession { name: String, size: Size },
    /// The container gets another restart policy and, with `spec`, new limits.
    Update { resources: Box<Resources>, restart: RestartPolicy, spec: Option<Box<LinuxResources>> },
    /// The container has another name now, under which its events are to be told.
    Rename { name: String },
    /// Connect the container to a further network.
    Join(Box<Attachment>),
    /// Disconnect it from one.
    Leave { network: String },
    /// A container that it is linked to has started. Nobody waits for an answer.
    Relink,
    /// It is linked to that one no longer.
    Unlink(ContainerLink),
    /// The client goes, which is not the end of the input.
    Detach,
    /// Run another program in the container. With it come the plan (see `runtime::handover`) and, unless it gets a terminal of its own, its
    /// three standard streams.
    Exec(ExecMessage),
    /// How is the container's health?
    Health,
    /// Check the health now.
    Probe,
    /// Which programs run in the container beside its own? To be asked if the container's lock is marked.
    Sessions,
    /// To be done by the runtime that the container has instead of the built-in.
    Operate(Operation),
    /// Somebody asks the container to end: it is not to be started again now, and, with `lasting`, not at the machine's next start either.
    Stop {
        lasting: bool,
        /// One that is removed when it ends isn't removed this time.
        #[serde(default)]
        keep: bool,
    },
}

/// What the monitor must know of a program that it is to run.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExecMessage {
    /// 64 hex digits.
    pub name: String,
    /// For people to read.
    pub command: String,
    pub tty: bool,
    pub size: Option<Size>,
    /// Put it under the container's seccomp filter.
    pub filtered: bool,
    /// Somebody may ask for it later: what becomes of it is written down (`container::execs`).
    pub recorded: bool,
}

/// From monitor to client.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Event {
    /// The program runs (told at once to whoever attaches later; pid 0: it is about to be started again). With it come, for a program of
    /// `exec`, its pidfd and the master side of its terminal.
    Started {
        pid: i32,
        warnings: Vec<String>,
    },
    /// It could not be started; with the exit code that this has by convention.
    Failed {
        code: Option<u8>,
        message: String,
        /// What kind of failure it was. (Monitors of older versions say nothing of it.)
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Kind>,
    },
    /// It has ended, and all its output has been delivered.
    Exited {
        code: u8,
    },
    Sessions {
        names: Vec<String>,
    },
    /// `None`: the container has no health check.
    Health {
        state: Option<HealthState>,
    },
    /// The new limits hold.
    Updated,
    /// The other runtime has done it, and printed this.
    Done {
        output: String,
    },
}

pub fn send<T: Serialize>(socket: BorrowedFd<'_>, message: &T, fds: &[BorrowedFd<'_>]) -> Result<()> {
    let text = serde_json::to_vec(message).context("encoding a message")?;
    socket::send(socket, &text, fds).context("sending a message")
}

/// The next message and its descriptors, `None` if the other side is gone.
pub fn receive<T: DeserializeOwned>(
    socket: BorrowedFd<'_>,
    flags: MsgFlags,
) -> Result<Option<(T, Vec<OwnedFd>)>> {
    let (text, fds) = socket::receive(socket, flags).context("receiving a message")?;
    if text.is_empty() {
        return Ok(None);
    }
    match serde_json::from_slice(&text) {
        Ok(message) => Ok(Some((message, fds))),
        Err(error) => Kind::Invalid.err(format!("a message can't be understood: {error}")),
    }
}

/// What the other side is told when something could not be started.
pub fn failed(error: &crate::error::Error) -> Event {
    let kind = crate::error::kind_of(error);
    let code = match kind {
        Some(Kind::CannotStart(code)) => Some(code),
        _ => None,
    };
    Event::Failed { code, message: crate::error::one_line(error), kind }
}

/// The failure that the other side has told.
fn told(code: Option<u8>, message: String, kind: Option<Kind>) -> Error {
    match code.map(Kind::CannotStart).or(kind) {
        Some(kind) => kind.error(message),
        None => Error::msg(message),
    }
}

/// The exit code of a container that could not be started.
pub fn start_failure_code(error: &crate::error::Error) -> u8 {
    match crate::error::kind_of(error) {
        Some(Kind::CannotStart(code)) => code,
        _ => 128,
    }
}

/// A program that has started.
#[derive(Debug)]
pub struct Started {
    pub pid: i32,
    pub warnings: Vec<String>,
    pub fds: Vec<OwnedFd>,
}

/// Waits for the program to have started.
pub fn wait_started(socket: &OwnedFd) -> Result<Started> {
    match receive::<Event>(socket.as_fd(), MsgFlags::empty())? {
        Some((Event::Started { pid, warnings }, fds)) => Ok(Started { pid, warnings, fds }),
        Some((Event::Failed { code, message, kind }, _)) => Err(told(code, message, kind)),
        Some(_) | None => {
            anyhow::bail!("the container's monitor died")
        }
    }
}

/// Has the monitor of a running container take on what is new.
pub fn update(
    socket: &OwnedFd,
    resources: &Resources,
    restart: RestartPolicy,
    spec: Option<LinuxResources>,
) -> Result<()> {
    let (resources, spec) = (Box::new(resources.clone()), spec.map(Box::new));
    change(socket, &Request::Update { resources, restart, spec })
}

/// Has the monitor of a running container change something of it.
pub fn change(socket: &OwnedFd, request: &Request) -> Result<()> {
    send(socket.as_fd(), request, &[])?;
    match receive::<Event>(socket.as_fd(), MsgFlags::empty())? {
        Some((Event::Updated, _)) => Ok(()),
        Some((Event::Failed { code, message, kind }, _)) => Err(told(code, message, kind)),
        _ => Kind::Conflict.err("the container has ended"),
    }
}

/// Has the container's runtime do something; what that printed.
pub fn operate(socket: &OwnedFd, operation: Operation) -> Result<String> {
    send(socket.as_fd(), &Request::Operate(operation), &[])?;
    match receive::<Event>(socket.as_fd(), MsgFlags::empty())? {
        Some((Event::Done { output }, _)) => Ok(output),
        Some((Event::Failed { code, message, kind }, _)) => Err(told(code, message, kind)),
        _ => Kind::Conflict.err("the container has ended"),
    }
}
