//! What clients ask of a monitor: to be attached, to run programs in the container, to let it end.

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::sched::CloneFlags;
use nix::sys::socket::{MsgFlags, SockFlag};

use super::event_loop::{Client, Monitor};
use super::limits;
use super::poller::{ClientPart, SessionPart, Token};
use super::protocol::{self, Event, ExecMessage, Request};
use super::sessions::{Change, Session, Starting};
use crate::container::Status;
use crate::container::execs::{ExecState, ExecStore};
use crate::error::{Context, Kind, Result};
use crate::runtime::join::{self, Program};
use crate::runtime::{Stdio, handover};
use crate::state::events::EventLog;
use crate::sys::fd;

impl Monitor {
    pub(super) fn next_id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id - 1
    }

    pub(super) fn accept(&mut self) {
        let accepted = nix::sys::socket::accept4(self.listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC);
        let Some(socket) = accepted.ok().and_then(|fd| fd::adopt(fd).ok()) else { return };
        let id = self.next_id();
        self.add_client(id, socket);
    }

    pub(super) fn add_client(&mut self, id: u64, socket: OwnedFd) {
        if self.poller.watch(socket.as_fd(), Token::Client(id, ClientPart::Socket)).is_ok() {
            self.clients.push(Client { id, socket });
        }
    }

    /// Tells of the end whoever waits for nothing else, while others still take the output.
    pub(super) fn tell_waiting(&mut self, code: u8) {
        let run = &self.run;
        self.clients.retain(|client| {
            let takes_output = run.serves(client.id);
            if !takes_output {
                let _ = protocol::send(client.socket.as_fd(), &Event::Exited { code }, &[]);
            }
            takes_output
        });
    }

    /// Tells everybody of the end, and lets them go.
    pub(super) fn tell_all(&mut self, code: u8) {
        for client in self.clients.drain(..) {
            let _ = protocol::send(client.socket.as_fd(), &Event::Exited { code }, &[]);
        }
    }

    /// Sends to a client that may be gone.
    pub(super) fn tell(&self, id: u64, event: &Event, fds: &[OwnedFd]) {
        if let Some(client) = self.clients.iter().find(|c| c.id == id) {
            let fds: Vec<_> = fds.iter().map(AsFd::as_fd).collect();
            let _ = protocol::send(client.socket.as_fd(), event, &fds);
        }
    }

    pub(super) fn client_message(&mut self, id: u64) {
        let Some(client) = self.clients.iter().find(|c| c.id == id) else { return };
        match protocol::receive::<Request>(client.socket.as_fd(), MsgFlags::MSG_DONTWAIT) {
            Ok(Some((request, fds))) => self.answer(id, request, fds),
            // Gone, or talking nonsense.
            Ok(None) | Err(_) => self.drop_client(id, false),
        }
    }

    /// Somebody is about to end the container; with `keep` it is to be started again, whatever becomes of it at its end.
    fn is_asked_to_end(&mut self, lasting: bool, keep: bool) {
        self.ending = true;
        // Of this monitor's memory only: it stays so for the next one.
        self.kept |= self.config.auto_remove && keep;
        self.config.auto_remove &= !keep;
        self.state.stopped |= lasting;
        self.record();
    }

    /// Tells a client whether what it wanted changed was.
    fn tell_done(&mut self, id: u64, done: Result<()>) {
        self.tell(id, &done.map_or_else(|e| protocol::failed(&e), |()| Event::Updated), &[]);
    }

    fn answer(&mut self, id: u64, request: Request, fds: Vec<OwnedFd>) {
        match request {
            Request::Resize(size) => {
                self.size = Some(size);
                self.run.resize(size);
            }
            Request::ResizeSession { name, size } => {
                self.sessions.iter().filter(|s| s.name == name).for_each(|s| s.resize(size));
            }
            Request::Attach { .. } => self.answer_attach(id, &request, fds),
            Request::Operate(operation) => self.operate(Some(id), operation),
            Request::Update { resources, restart, spec: Some(spec) } if self.run.external().is_some() => {
                self.update_by_runtime(id, (resources, restart), &spec);
            }
            Request::Update { resources, restart, spec } => {
                let event = spec.map_or(Event::Updated, |spec| {
                    limits::update(self.run.cgroup_mut(), &spec, &self.dir, &mut self.state)
                });
                if matches!(event, Event::Updated) {
                    // For when it ends, and is started again.
                    self.config.resources = *resources;
                    self.config.restart = restart;
                }
                self.tell(id, &event, &[]);
            }
            Request::Rename { name } => {
                self.config.name = name;
                self.tell(id, &Event::Updated, &[]);
            }
            Request::Join(attachment) => {
                let done = self.join(*attachment);
                self.tell_done(id, done);
            }
            Request::Leave { network } => {
                let done = self.leave(&network);
                self.tell_done(id, done);
            }
            Request::Unlink(link) => {
                let done = self.unlink(&link);
                self.tell_done(id, done);
            }
            // What it can't find out it has as it was.
            Request::Relink => drop(self.relink()),
            Request::Detach => self.drop_client(id, true),
            Request::Stop { lasting, keep } => {
                self.is_asked_to_end(lasting, keep);
                self.tell(id, &self.started_event(), &[]);
            }
            Request::Exec(message) => {
                if let Err(error) = self.exec(id, message, fds) {
                    self.tell(id, &protocol::failed(&error), &[]);
                }
            }
            Request::Health => {
                self.tell(id, &Event::Health { state: self.health.as_ref().map(|h| h.state.clone()) }, &[]);
            }
            Request::Probe => self.probe_for(id),
            Request::Sessions => {
                let names = self.sessions.iter().map(|s| s.name.clone()).collect();
                self.tell(id, &Event::Sessions { names }, &[]);
            }
        }
    }

    fn answer_attach(&mut self, id: u64, request: &Request, fds: Vec<OwnedFd>) {
        let event = match self.attach(id, request, fds) {
            Ok(()) => self.started_event(),
            Err(error) => protocol::failed(&error),
        };
        self.tell(id, &event, &[]);
        // Who came for the end alone, while others still take the output, has it.
        if let (Status::Exited, Some(code)) = (self.state.status, self.state.exit_code)
            && !self.run.serves(id)
        {
            self.tell(id, &Event::Exited { code }, &[]);
        }
    }

    /// Connects a further client before the program starts. Its request is there already; the answer comes with the start.
    pub(super) fn attach_further(&mut self, socket: OwnedFd) {
        let request = protocol::receive::<Request>(socket.as_fd(), MsgFlags::MSG_DONTWAIT);
        // One that is gone, or talks nonsense, is let go.
        let Ok(Some((request, mut fds))) = request else { return };
        let Request::Attach { further, .. } = &request else { return };
        let brought = fds.split_off(fds.len().saturating_sub(*further));
        let id = self.next_id();
        self.add_client(id, socket);
        if self.attach(id, &request, fds).is_err() {
            self.drop_client(id, true);
        }
        for socket in brought {
            self.attach_further(socket);
        }
    }

    fn attach(&mut self, id: u64, request: &Request, fds: Vec<OwnedFd>) -> Result<()> {
        if self.run.pidfd().is_none() && self.state.status == Status::Restarting && !fds.is_empty() {
            return Kind::Conflict
                .err("You cannot attach to a restarting container, wait until it is running");
        }
        self.remember_size(request);
        self.run.attach(id, request, fds, &self.poller)
    }

    pub(super) fn remember_size(&mut self, request: &Request) {
        if let Request::Attach { size: Some(size), .. } = request {
            self.size = Some(*size);
        }
    }

    fn drop_client(&mut self, id: u64, detached: bool) {
        self.clients.retain(|c| c.id != id);
        self.sessions.abandon(id, &self.poller);
        self.awaiting_probe.retain(|c| *c != id);
        let Self { poller, log, buffer, run, .. } = self;
        run.remove(id, detached, poller, buffer);
        (0..2).for_each(|index| run.pump(index, poller, log, buffer));
    }

    /// Starts a program that a client wants in the container.
    fn exec(&mut self, client: u64, message: ExecMessage, fds: Vec<OwnedFd>) -> Result<()> {
        let not_running = || Kind::Conflict.error(format!("container {} is not running", self.dir.id));
        let mut fds = fds.into_iter();
        let plan = fds.next().context("the plan is missing")?;
        let stdio = if message.tty {
            Stdio::Terminal(message.size)
        } else {
            let (Some(a), Some(b), Some(c)) = (fds.next(), fds.next(), fds.next()) else {
                return Kind::Invalid.err("a standard stream is missing");
            };
            Stdio::Streams([a, b, c])
        };
        let passed: Vec<OwnedFd> = fds.collect();
        let filter = message.filtered.then(|| self.dir.seccomp_path());
        let first = self.run.pidfd().ok_or_else(not_running)?;
        let starting = if let Some(external) = self.run.external() {
            Starting::Called(external.exec(&handover::read(plan.as_fd())?, &stdio, &passed)?)
        } else {
            let program = Program::Packed { plan: plan.as_fd(), filter: filter.as_deref(), passed: &passed };
            let namespaces = CloneFlags::from_bits_truncate(self.state.namespaces);
            Starting::Joining(join::enter(first, namespaces, program, self.run.cgroup(), &stdio)?)
        };
        let id = self.next_id();
        let event = |action: &str| {
            self.event(&format!("{action}: {}", message.command)).with("execID", &message.name)
        };
        EventLog::new(&self.roots).tell_all(&[event("exec_create"), event("exec_start")]);
        let mut session = Session::new(id, message.name, Some(client), starting, &self.poller)?;
        session.recorded = message.recorded;
        self.sessions.add(session);
        Ok(())
    }

    /// Writes down what has become of a program that somebody may ask for.
    fn record_exec(&mut self, id: u64, state: ExecState) {
        let Some(session) = self.sessions.get(id).filter(|s| s.recorded) else { return };
        if let Err(error) = ExecStore::new(&self.roots).write_state(&session.name, &state) {
            log::warn!("{}", crate::error::one_line(&error));
        }
    }

    pub(super) fn session_event(&mut self, id: u64, part: SessionPart) {
        let Some(session) = self.sessions.get(id) else { return };
        let change = session.event(part, &self.poller, &mut self.buffer);
        let client = session.client;
        let (event, fds) = match change {
            Change::Nothing => return,
            Change::Started(started) => {
                self.record_exec(id, ExecState { pid: started.pid, exit_code: None });
                let fds = started.process.into_iter().chain(started.terminal).collect();
                (Event::Started { pid: started.pid, warnings: started.warnings }, fds)
            }
            Change::Failed(error) => {
                let session = self.sessions.remove(id);
                self.probe_ended(session, Err(crate::error::one_line(&error)));
                (protocol::failed(&error), Vec::new())
            }
            Change::Ended(code) => {
                let pid = self.sessions.get(id).map_or(0, |s| s.pid());
                self.record_exec(id, ExecState { pid, exit_code: Some(code) });
                let session = self.sessions.remove(id);
                if let Some(session) = session.as_ref().filter(|s| !s.is_probe()) {
                    // First: whoever hears of the end may tell of something himself, which comes after it.
                    self.publish(
                        &self.event("exec_die").with("execID", &session.name).with("exitCode", code),
                    );
                }
                self.probe_ended(session, Ok(code));
                (Event::Exited { code }, Vec::new())
            }
        };
        if let Some(client) = client {
            self.tell(client, &event, &fds);
        }
    }
}
