//! The monitor's one loop: it waits for the container's end, its output, and its clients, and moves data between them.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::{
    AddressFamily, Backlog, MsgFlags, SockFlag, SockType, UnixAddr, bind, listen, socket,
};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};

use super::fanout::{Fanout, Moved};
use super::input::Input;
use super::prepare::{self, Prepared};
use super::protocol::{self, Event, Request};
use super::{limits, spawn, survivors, teardown};
use crate::container::config::ContainerConfig;
use crate::container::log::{Stream, Writer};
use crate::container::{ContainerDir, ContainerState, ContainerStore, Status};
use crate::error::{Context, Kind, Result};
use crate::runtime::Running;
use crate::state::Roots;
use crate::state::file::Durability;
use crate::state::process::ProcessIdentity;
use crate::sys::fd;
use crate::sys::pty::{self, Size};

/// Who an event is for.
const INIT: u64 = 0;
const LISTENER: u64 = 1;
const STDOUT: u64 = 2;
const STDERR: u64 = 3;
const STDIN: u64 = 4;
const CLIENTS: u64 = 8;
/// Each client has four: its socket, its input, its output and its errors.
const PER_CLIENT: u64 = 4;

fn token(client: u64, part: u64) -> u64 {
    CLIENTS + client * PER_CLIENT + part
}

struct Client {
    id: u64,
    socket: OwnedFd,
}

/// The container and everybody who is connected to it.
pub struct Monitor {
    roots: Roots,
    dir: ContainerDir,
    config: ContainerConfig,
    state: ContainerState,
    epoll: Epoll,
    listener: OwnedFd,
    pidfd: Option<OwnedFd>,
    cgroup: Option<crate::cgroups::Cgroup>,
    terminal: Option<OwnedFd>,
    outputs: [Option<Fanout>; 2],
    input: Input,
    log: Option<Writer>,
    clients: Vec<Client>,
    next_client: u64,
    buffer: Vec<u8>,
    warnings: Vec<String>,
}

impl Monitor {
    pub fn new(
        roots: Roots,
        dir: ContainerDir,
        config: ContainerConfig,
        log: Option<Writer>,
        terminal: Option<OwnedFd>,
        prepared: &mut Prepared,
    ) -> Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).context("making an epoll descriptor")?;
        let listener = listen_at(&dir)?;
        let copy = |fd: &OwnedFd| fd.try_clone().context("duplicating a descriptor");
        let (outputs, input) = if let Some(master) = &terminal {
            prepare::non_blocking(master)?;
            let output = Fanout::new(copy(master)?, Stream::Stdout, false);
            let sink = config.process.open_stdin.then(|| copy(master)).transpose()?;
            ([Some(output), None], Input::new(sink, false))
        } else {
            let output = |fd: Option<OwnedFd>, stream| fd.map(|fd| Fanout::new(fd, stream, true));
            let outputs = [
                output(prepared.stdout.take(), Stream::Stdout),
                output(prepared.stderr.take(), Stream::Stderr),
            ];
            (outputs, Input::new(prepared.stdin.take(), true))
        };
        let state = ContainerState {
            status: Status::Running,
            cgroup: prepared.cgroup.as_ref().map(|c| c.saved().clone()),
            namespaces: prepared.namespaces,
            ..ContainerState::default()
        };
        let monitor = Self {
            roots,
            dir,
            config,
            state,
            epoll,
            listener,
            pidfd: None,
            cgroup: prepared.cgroup.take(),
            terminal,
            outputs,
            input,
            log,
            clients: Vec::new(),
            next_client: 1,
            buffer: vec![0; Fanout::BUFFER],
            warnings: Vec::new(),
        };
        monitor.watch(monitor.listener.as_fd(), LISTENER, EpollFlags::EPOLLIN)?;
        for (index, output) in monitor.outputs.iter().enumerate() {
            if let Some(source) = output.as_ref().and_then(Fanout::source) {
                monitor.watch(source, STDOUT + index as u64, EpollFlags::EPOLLIN)?;
            }
        }
        Ok(monitor)
    }

    pub fn started(&mut self, running: Running, socket: &OwnedFd, warnings: Vec<String>) -> Result<()> {
        self.state.init = ProcessIdentity::of(running.pid).ok();
        self.state.monitor = Some(ProcessIdentity::of(std::process::id() as i32)?);
        self.state.started = Some(jiff::Timestamp::now());
        self.dir.write_state(&self.state)?;
        self.watch(running.pidfd.as_fd(), INIT, EpollFlags::EPOLLIN)?;
        self.pidfd = Some(running.pidfd);
        self.warnings.clone_from(&warnings);
        // A starter that is gone doesn't matter to the container any more.
        let _ = protocol::send(socket.as_fd(), &Event::Started { pid: running.pid, warnings }, &[]);
        Ok(())
    }

    pub fn remove_cgroup(&mut self) {
        if let Some(cgroup) = self.cgroup.take() {
            // Found and removed by a later command if it fails now.
            let _ = cgroup.kill().and_then(|()| cgroup.remove());
        }
    }

    fn watch(&self, fd: BorrowedFd<'_>, token: u64, flags: EpollFlags) -> Result<()> {
        match self.epoll.add(fd, EpollEvent::new(flags, token)) {
            Ok(()) | Err(nix::errno::Errno::EEXIST) => Ok(()),
            Err(e) => Err(e).context("watching a descriptor"),
        }
    }

    fn unwatch(&self, fd: BorrowedFd<'_>) {
        // Not watched at the moment is what is wanted.
        let _ = self.epoll.delete(fd);
    }

    /// Serves until the container has ended and its output is delivered.
    pub fn run(&mut self, first: OwnedFd) {
        self.add_client(0, first);
        let mut exit = None;
        let mut events = [EpollEvent::empty(); 16];
        while exit.is_none() || self.is_delivering() {
            let n = match self.epoll.wait(&mut events, EpollTimeout::NONE) {
                Ok(n) => n,
                Err(nix::errno::Errno::EINTR) => continue,
                Err(_) => break,
            };
            for event in &events[..n] {
                match event.data() {
                    INIT => {
                        if let Some(code) = self.reap() {
                            exit = Some(code);
                            self.ended(code);
                            if self.is_delivering() {
                                self.tell_waiting(code);
                            }
                        }
                    }
                    LISTENER => self.accept(),
                    STDOUT | STDERR => self.pump((event.data() - STDOUT) as usize),
                    STDIN => self.input_writable(),
                    data => self.client_event((data - CLIENTS) / PER_CLIENT, (data - CLIENTS) % PER_CLIENT),
                }
            }
        }
        let code = exit.unwrap_or(255);
        self.finish();
        for client in &self.clients {
            let _ = protocol::send(client.socket.as_fd(), &Event::Exited { code }, &[]);
        }
    }

    fn reap(&mut self) -> Option<u8> {
        let pidfd = self.pidfd.as_ref()?;
        let code = match waitid(Id::PIDFd(pidfd.as_fd()), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG) {
            Ok(WaitStatus::Exited(_, status)) => status as u8,
            Ok(WaitStatus::Signaled(_, signal, _)) => 128 + signal as u8,
            Ok(_) => return None,
            Err(_) => 255,
        };
        self.unwatch(pidfd.as_fd());
        self.pidfd = None;
        Some(code)
    }

    /// The program has ended: takes the rest of its output and records the end.
    fn ended(&mut self, code: u8) {
        if survivors::are_possible(&self.state) {
            // Before the last of the output is taken, which they may still write. Tried again by every later command that fails.
            let _ = survivors::kill(&self.dir);
        }
        self.state.oom_killed = self.cgroup.as_ref().is_some_and(|c| c.oom_kills() > 0);
        self.remove_cgroup();
        self.input.close();
        for index in 0..2 {
            self.pump(index);
            // Without a pid namespace of its own somebody may still hold the other end: what isn't there now doesn't count.
            if let Some(output) = &mut self.outputs[index]
                && !output.is_blocked()
            {
                output.close(self.log.as_mut());
            }
        }
        self.state = ContainerState {
            status: Status::Exited,
            init: None,
            // Its own identity stays: it may have to wait for clients that don't read, and be ended by `rm`.
            finished: Some(jiff::Timestamp::now()),
            exit_code: Some(code),
            cgroup: None,
            ..self.state.clone()
        };
        if !self.config.auto_remove {
            // With a full disk the next command finds the lock free and the state running, and tells that.
            let _ = self.dir.write_state(&self.state);
        }
    }

    /// Tells of the end whoever waits for nothing else, while others still take the output.
    fn tell_waiting(&mut self, code: u8) {
        let outputs = &self.outputs;
        self.clients.retain(|client| {
            let takes_output = outputs.iter().flatten().any(|o| o.serves(client.id));
            if !takes_output {
                let _ = protocol::send(client.socket.as_fd(), &Event::Exited { code }, &[]);
            }
            takes_output
        });
    }

    fn is_delivering(&self) -> bool {
        self.outputs.iter().flatten().any(Fanout::is_blocked)
    }

    /// Removes what the container needed while it ran, and the container itself if it was asked to go.
    fn finish(&mut self) {
        self.log = None;
        if self.config.auto_remove {
            // Whatever fails is found by the next command.
            let store = ContainerStore::new(&self.roots);
            let _ = teardown::remove(&store, &self.dir, &self.config.name, Durability::Ephemeral);
        }
        let _ = teardown::clean(&self.dir, &self.state);
    }

    /// Moves one of the output streams as far as it goes now.
    fn pump(&mut self, index: usize) {
        let Some(output) = &mut self.outputs[index] else { return };
        // In a bounded number of steps, so that other events get their turn, except at the end.
        let mut steps = if self.pidfd.is_some() { 16 } else { usize::MAX };
        let moved = loop {
            let moved = output.pump(self.log.as_mut(), &mut self.buffer);
            if moved == Moved::End {
                // Closing the source has taken it out of the epoll set.
                break moved;
            }
            steps -= 1;
            if moved != Moved::Some || steps == 0 {
                break moved;
            }
        };
        let Some(output) = &self.outputs[index] else { return };
        let part = 2 + index as u64;
        match (moved, output.source()) {
            (Moved::Blocked, source) => {
                if let Some(source) = source {
                    self.unwatch(source);
                }
                for (client, fd) in output.waiting() {
                    let _ = self.watch(fd, token(client, part), EpollFlags::EPOLLOUT);
                }
            }
            (_, Some(source)) => {
                let _ = self.watch(source, STDOUT + index as u64, EpollFlags::EPOLLIN);
            }
            (_, None) => {}
        }
    }

    fn accept(&mut self) {
        let accepted = nix::sys::socket::accept4(self.listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC);
        let Some(socket) = accepted.ok().and_then(|fd| fd::adopt(fd).ok()) else { return };
        let id = self.next_client;
        self.next_client += 1;
        self.add_client(id, socket);
    }

    fn add_client(&mut self, id: u64, socket: OwnedFd) {
        if self.watch(socket.as_fd(), token(id, 0), EpollFlags::EPOLLIN).is_ok() {
            self.clients.push(Client { id, socket });
        }
    }

    fn client_event(&mut self, id: u64, part: u64) {
        match part {
            0 => self.client_message(id),
            1 => self.pump_input(id),
            part => {
                let index = (part - 2) as usize;
                if let Some(output) = &self.outputs[index] {
                    output.waiting().filter(|(client, _)| *client == id).for_each(|(_, fd)| self.unwatch(fd));
                }
                self.pump(index);
            }
        }
    }

    fn client_message(&mut self, id: u64) {
        let Some(client) = self.clients.iter().find(|c| c.id == id) else { return };
        match protocol::receive::<Request>(client.socket.as_fd(), MsgFlags::MSG_DONTWAIT) {
            Ok(Some((Request::Resize(size), _))) => self.resize(size),
            Ok(Some((request @ Request::Attach { .. }, fds))) => {
                let pid = self.state.init.map_or(0, |p| p.pid);
                let event = match self.attach(id, request, fds) {
                    Ok(()) => Event::Started { pid, warnings: self.warnings.clone() },
                    Err(error) => protocol::failed(&error),
                };
                if let Some(client) = self.clients.iter().find(|c| c.id == id) {
                    let _ = protocol::send(client.socket.as_fd(), &event, &[]);
                }
            }
            Ok(Some((Request::Update { resources }, _))) => {
                let event = limits::update(self.cgroup.as_mut(), &resources, &self.dir, &mut self.state);
                let _ = protocol::send(client.socket.as_fd(), &event, &[]);
            }
            Ok(Some((Request::Detach, _))) => self.drop_client(id, true),
            // Gone, or talking nonsense.
            Ok(None) | Err(_) => self.drop_client(id, false),
        }
    }

    fn drop_client(&mut self, id: u64, detached: bool) {
        if !detached && self.config.process.stdin_once && self.input.inlets().any(|(client, _)| client == id)
        {
            // What it sent before it went still counts.
            self.pump_input(id);
        }
        self.clients.retain(|c| c.id != id);
        self.input.remove(id);
        for index in 0..2 {
            if let Some(output) = &mut self.outputs[index] {
                output.remove(id);
                self.pump(index);
            }
        }
    }

    fn resize(&mut self, size: Size) {
        if let Some(terminal) = &self.terminal {
            let _ = pty::set_size(terminal.as_fd(), size);
        }
    }

    /// Connects a client's pipes.
    pub fn attach(&mut self, id: u64, request: Request, fds: Vec<OwnedFd>) -> Result<()> {
        let Request::Attach { stdin, stdout, stderr, size } = request else {
            return Kind::Invalid.err("expected a request to attach");
        };
        let mut fds = fds.into_iter();
        let mut next = || fds.next().context("a stream was named without its pipe");
        if let Some(size) = size {
            self.resize(size);
        }
        if stdin {
            let fd = next()?;
            prepare::non_blocking(&fd)?;
            if self.input.is_open() {
                self.watch(fd.as_fd(), token(id, 1), EpollFlags::EPOLLIN)?;
                self.input.add(id, fd);
            }
        }
        for (index, wanted) in [stdout, stderr].into_iter().enumerate() {
            if wanted {
                let fd = next()?;
                prepare::non_blocking(&fd)?;
                if let Some(output) = &mut self.outputs[index] {
                    output.add(id, fd);
                }
            }
        }
        Ok(())
    }

    fn pump_input(&mut self, id: u64) {
        match self.input.pump(id, &mut self.buffer) {
            Moved::Some | Moved::Empty => {}
            Moved::Blocked => {
                let inlets: Vec<_> = self.input.inlets().collect();
                for (_, fd) in inlets {
                    self.unwatch(fd);
                }
                if let Some(sink) = self.input.sink() {
                    let _ = self.watch(sink, STDIN, EpollFlags::EPOLLOUT);
                }
            }
            Moved::End => {
                self.input.remove(id);
                // The end of a client's input is the end of the container's, unless others may come; a terminal has no end.
                if self.config.process.stdin_once && self.terminal.is_none() {
                    self.input.close();
                }
            }
        }
    }

    fn input_writable(&mut self) {
        if !self.input.deliver() {
            return;
        }
        if let Some(sink) = self.input.sink() {
            self.unwatch(sink);
        }
        for (client, fd) in self.input.inlets() {
            let _ = self.watch(fd, token(client, 1), EpollFlags::EPOLLIN);
        }
    }
}

fn listen_at(dir: &ContainerDir) -> Result<OwnedFd> {
    let socket = socket(
        AddressFamily::Unix,
        SockType::SeqPacket,
        SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK,
        None,
    )
    .context("making a socket")?;
    let (_dir, path): (File, PathBuf) =
        spawn::short_path(&dir.run, "monitor.sock").context("the container's run-time directory")?;
    let address = UnixAddr::new(&path).context("the monitor's address")?;
    // Left by a monitor that was killed.
    let _ = std::fs::remove_file(dir.socket_path());
    bind(socket.as_raw_fd(), &address).with_context(|| format!("binding {}", dir.socket_path().display()))?;
    listen(&socket, Backlog::new(64).expect("a valid backlog")).context("listening")?;
    Ok(socket)
}
