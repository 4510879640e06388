//! A client's connection to a running container.

use std::io::IsTerminal;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::fcntl::OFlag;
use nix::sys::socket::MsgFlags;

use crate::container::config::Attach;
use crate::container::log::LogDriver;
use crate::container::{ContainerDir, Status};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};
use crate::monitor::detach;
use crate::monitor::protocol::{self, Event, Request, Started};
use crate::monitor::relay::{self, Options, Outcome, Peer, Streams};
use crate::monitor::{self, Waiting};
use crate::state::Lock;
use crate::state::process::ProcessIdentity;
use crate::sys::pty::{self, Size};

/// The client's ends of the pipes that it asked for.
#[derive(Debug)]
pub struct AttachStreams {
    streams: Streams,
    theirs: Vec<OwnedFd>,
    wanted: Attach,
    passed: bool,
    /// How many of the last descriptors are the program's from 3 on.
    extra: usize,
    /// The monitor's ends of connections of further clients.
    further: Vec<OwnedFd>,
}

impl AttachStreams {
    /// Makes the pipes. With a terminal errors come with the output.
    pub fn new(wanted: Attach, tty: bool) -> Result<Self> {
        let wanted = Attach {
            stderr: wanted.stderr && !tty,
            stdout: wanted.stdout || (tty && wanted.stderr),
            ..wanted
        };
        let pipe = || nix::unistd::pipe2(OFlag::O_CLOEXEC).context("making a pipe");
        let mut theirs = Vec::new();
        let mut streams = Streams { input: None, output: None, errors: None };
        if wanted.stdin {
            let (read, write) = pipe()?;
            theirs.push(read);
            streams.input = Some(write);
        }
        if wanted.stdout {
            let (read, write) = pipe()?;
            theirs.push(write);
            streams.output = Some(read);
        }
        if wanted.stderr {
            let (read, write) = pipe()?;
            theirs.push(write);
            streams.errors = Some(read);
        }
        Ok(Self { streams, theirs, wanted, passed: false, extra: 0, further: Vec::new() })
    }

    /// This process's own standard streams, for the program to have as they are.
    pub fn passed() -> Result<Self> {
        use std::io::{stderr, stdin, stdout};
        let own = [
            stdin().as_fd().try_clone_to_owned(),
            stdout().as_fd().try_clone_to_owned(),
            stderr().as_fd().try_clone_to_owned(),
        ];
        let theirs: Vec<OwnedFd> =
            own.into_iter().collect::<Result<_, _>>().context("duplicating a standard stream")?;
        if theirs.iter().any(IsTerminal::is_terminal) {
            return Kind::Invalid.err("the '--log-driver passthrough' option cannot be used on a TTY: the container could type into it");
        }
        let streams = Streams { input: None, output: None, errors: None };
        let wanted = Attach::default();
        Ok(Self { streams, theirs, wanted, passed: true, extra: 0, further: Vec::new() })
    }

    /// The program gets these from 3 on.
    #[must_use]
    pub fn with_extra(mut self, extra: Vec<OwnedFd>) -> Self {
        self.extra = extra.len();
        self.theirs.extend(extra);
        self
    }

    /// With the program's start these clients are attached, too: the monitor's ends of their connections, each with its request sent.
    #[must_use]
    pub(super) fn with_further(self, further: Vec<OwnedFd>) -> Self {
        Self { further, ..self }
    }

    fn message(&self, size: Option<Size>) -> (Request, Vec<BorrowedFd<'_>>) {
        let Attach { stdin, stdout, stderr } = self.wanted;
        let (passed, extra, further) = (self.passed, self.extra, self.further.len());
        let request = Request::Attach { stdin, stdout, stderr, size, passed, extra, further };
        (request, self.theirs.iter().chain(&self.further).map(AsFd::as_fd).collect())
    }

    /// Asks a monitor to start its container with these streams.
    pub(super) fn start(self, monitor: Waiting, lock: Lock, size: Option<Size>) -> Result<Pending> {
        let (request, fds) = self.message(size);
        let socket = monitor.ask(&request, lock, &fds)?;
        Ok(Pending { socket, streams: self.streams })
    }

    /// Has them connected to a container that runs.
    pub(super) fn request(self, socket: OwnedFd, size: Option<Size>) -> Result<Pending> {
        let (request, fds) = self.message(size);
        protocol::send(socket.as_fd(), &request, &fds)?;
        Ok(Pending { socket, streams: self.streams })
    }
}

/// Asked for, not yet answered.
pub(super) struct Pending {
    socket: OwnedFd,
    streams: Streams,
}

impl Pending {
    /// An answer to another request than to attach.
    pub(super) fn without_streams(socket: OwnedFd) -> Self {
        Self { socket, streams: Streams { input: None, output: None, errors: None } }
    }

    /// Waits for the answer.
    pub(super) fn wait(self) -> Result<Attached> {
        let Started { pid, warnings, .. } = protocol::wait_started(&self.socket)?;
        // By the time we look it may have ended: then there is nobody to signal.
        let process = ProcessIdentity::of(pid).ok().and_then(|p| p.open().ok().flatten());
        Ok(Attached { socket: self.socket, streams: self.streams, process, terminal: None, warnings })
    }
}

/// A connection to a container that has started.
#[derive(Debug)]
pub struct Attached {
    pub(super) socket: OwnedFd,
    pub(super) streams: Streams,
    pub(super) process: Option<OwnedFd>,
    /// The program's terminal, if it isn't the monitor that relays it.
    pub(super) terminal: Option<OwnedFd>,
    /// What the container does without on this host.
    pub warnings: Vec<String>,
}

impl Attached {
    /// Relays between this process's standard streams and the container until it ends or the user detaches.
    pub fn relay(self, options: &Options) -> Result<Outcome> {
        let mut peer = Remote { socket: self.socket, process: self.process, terminal: self.terminal };
        let outcome = relay::relay(self.streams, &mut peer, options)?;
        if outcome == Outcome::Detached {
            // If the monitor is gone meanwhile there is nothing to detach from.
            let _ = protocol::send(peer.socket.as_fd(), &Request::Detach, &[]);
        }
        Ok(outcome)
    }

    /// Waits for the end; the exit code.
    pub fn wait(self) -> Result<u8> {
        match protocol::receive::<Event>(self.socket.as_fd(), MsgFlags::empty())? {
            Some((Event::Exited { code }, _)) => Ok(code),
            _ => anyhow::bail!("the container's monitor died"),
        }
    }
}

struct Remote {
    socket: OwnedFd,
    process: Option<OwnedFd>,
    terminal: Option<OwnedFd>,
}

impl Peer for Remote {
    fn news(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }

    fn exit_code(&mut self) -> Result<Option<u8>> {
        match protocol::receive::<Event>(self.socket.as_fd(), MsgFlags::empty())? {
            Some((Event::Exited { code }, _)) => Ok(Some(code)),
            Some(_) => Ok(None),
            None => anyhow::bail!("the container's monitor was killed, and the container with it"),
        }
    }

    fn resize(&mut self, size: Size) {
        if let Some(terminal) = &self.terminal {
            // One that is gone needs no size.
            let _ = pty::set_size(terminal.as_fd(), size);
            return;
        }
        // A monitor that is gone is noticed by its socket.
        let _ = protocol::send(self.socket.as_fd(), &Request::Resize(size), &[]);
    }

    fn process(&self) -> Option<BorrowedFd<'_>> {
        self.process.as_ref().map(AsFd::as_fd)
    }
}

/// The ends of a program's streams, for somebody who relays them in a way of his own.
#[derive(Debug)]
pub struct RawStreams {
    /// To its monitor: readable when the program has ended.
    pub socket: OwnedFd,
    pub input: Option<OwnedFd>,
    pub output: Option<OwnedFd>,
    pub errors: Option<OwnedFd>,
}

impl RawStreams {
    /// The client goes, which is not the end of the program's input.
    pub fn detach(socket: BorrowedFd<'_>) -> Result<()> {
        protocol::send(socket, &Request::Detach, &[])
    }
}

impl Attached {
    /// With a terminal that nobody relays yet its input, if it is wanted, and output are the terminal itself.
    pub fn into_raw(self, stdin: bool) -> Result<RawStreams> {
        let Streams { mut input, mut output, errors } = self.streams;
        if let Some(terminal) = self.terminal {
            let copy = terminal.try_clone().context("duplicating the terminal")?;
            input = stdin.then_some(copy);
            output = Some(terminal);
        }
        Ok(RawStreams { socket: self.socket, input, output, errors })
    }
}

impl Engine {
    /// The keys that were asked for, else the configuration's, else the usual ones.
    pub fn detach_keys(&self, given: Option<&str>) -> Result<Vec<u8>> {
        match given {
            Some(keys) => detach::parse(keys),
            None => detach::parse(self.settings()?.detach_keys.as_deref().unwrap_or(detach::DEFAULT)),
        }
    }

    /// Connects to a running container. Its terminal gets the size of this process's.
    pub fn attach(&self, dir: &ContainerDir, wanted: Attach, tty: bool) -> Result<Attached> {
        self.attach_with(dir, wanted, tty, if tty { relay::terminal_size() } else { None })
    }

    /// The same for somebody else's terminal, whose size he tells.
    pub fn attach_with(
        &self,
        dir: &ContainerDir,
        wanted: Attach,
        tty: bool,
        size: Option<Size>,
    ) -> Result<Attached> {
        let status = self.status(dir)?.status;
        if status == Status::Restarting {
            return Kind::Conflict
                .err("You cannot attach to a restarting container, wait until it is running");
        }
        if status != Status::Running {
            return Kind::Conflict.err("You cannot attach to a stopped container, start it first");
        }
        let config = dir.config()?;
        if wanted.any() && config.log.driver == LogDriver::Passthrough {
            return Kind::Unsupported
                .err("this container is using the 'passthrough' log driver, cannot attach");
        }
        self.tell(&config, "attach");
        AttachStreams::new(wanted, tty)?.request(monitor::connect(dir)?, size)?.wait()
    }

    /// Tells of a client that will have the streams as soon as there are any.
    pub fn tell_attached(&self, config: &super::ContainerConfig) {
        self.tell(config, "attach");
    }

    /// Gives the terminal of a running container another size.
    pub fn resize(&self, wanted: &str, rows: u16, columns: u16) -> Result<()> {
        let (dir, _) = self.require_running(wanted)?;
        let socket = monitor::connect(&dir)?;
        protocol::send(socket.as_fd(), &Request::Resize(Size { rows, columns }), &[])
    }
}
