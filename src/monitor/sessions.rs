//! Further programs in the container: those of `exec`, which belong to a client, and probes of its health, which belong to nobody.
//!
//! They are children of the monitor, so that their exit codes are known whatever becomes of their client, and they end with the container.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use super::external::ExecCall;
use super::poller::{Poller, SessionPart, Token};
use super::{run, streams};
use crate::cgroups::{Cgroup, Saved};
use crate::container::ContainerDir;
use crate::error::{Error, Result};
use crate::runtime::join::Entering;
use crate::runtime::shortcut::Known;
use crate::runtime::{FromInit, Sync};
use crate::state::Mark;
use crate::sys::clone::Cloned;
use crate::sys::pidfd;
use crate::sys::pty::{self, Size};

/// Something became of a session.
#[derive(Debug)]
pub enum Change {
    Nothing,
    /// The program runs.
    Started(Started),
    /// It could not be executed; the session is gone.
    Failed(Error),
    /// The program has ended; the session is gone.
    Ended(u8),
}

/// What a client needs to have of its program.
#[derive(Debug)]
pub struct Started {
    pub pid: i32,
    pub process: Option<OwnedFd>,
    pub terminal: Option<OwnedFd>,
    pub warnings: Vec<String>,
}

#[derive(Debug)]
pub struct Session {
    pub id: u64,
    /// As users know it: 64 hex digits.
    pub name: String,
    /// The client that it belongs to and that is still there.
    pub client: Option<u64>,
    /// What becomes of it is written down.
    pub recorded: bool,
    sync: Option<Sync>,
    /// Another runtime, which starts the program.
    call: Option<ExecCall>,
    process: Option<Cloned>,
    helper: Option<Cloned>,
    /// Cgroups that the process has to be put into when it is known.
    cgroup: Option<Saved>,
    terminal: Option<OwnedFd>,
    collected: Option<Collected>,
    /// What the program's process told of its user.
    pub known: Option<Box<Known>>,
    warnings: Vec<String>,
}

/// A program on its way into the container.
#[derive(Debug)]
pub enum Starting {
    Joining(Entering),
    /// All there is to say comes with its end.
    Short(Cloned),
    Called(ExecCall),
}

/// The first bytes of the output of a program that nobody is attached to.
#[derive(Debug)]
struct Collected {
    pipe: Option<OwnedFd>,
    text: Vec<u8>,
}

/// As many bytes as docker keeps of the output of a probe.
const COLLECTED: usize = 4096;

impl Session {
    pub fn new(
        id: u64,
        name: String,
        client: Option<u64>,
        starting: Starting,
        poller: &Poller,
    ) -> Result<Self> {
        let mut session = Self {
            id,
            name,
            client,
            recorded: false,
            sync: None,
            call: None,
            process: None,
            helper: None,
            cgroup: None,
            terminal: None,
            collected: None,
            known: None,
            warnings: Vec::new(),
        };
        match starting {
            Starting::Joining(entering) => {
                poller.watch(entering.sync.as_fd(), Token::Session(id, SessionPart::Sync))?;
                if let Some(process) = &entering.process {
                    poller.watch(process.pidfd.as_fd(), Token::Session(id, SessionPart::Process))?;
                }
                let Entering { sync, process, helper, cgroup } = entering;
                session = Self { sync: Some(sync), process, helper, cgroup, ..session };
            }
            Starting::Short(process) => {
                poller.watch(process.pidfd.as_fd(), Token::Session(id, SessionPart::Process))?;
                session.process = Some(process);
            }
            Starting::Called(call) => {
                poller.watch(call.runtime().pidfd.as_fd(), Token::Session(id, SessionPart::Sync))?;
                session.call = Some(call);
            }
        }
        Ok(session)
    }

    /// Whether another runtime hasn't yet told which process the program is.
    pub fn is_starting(&self) -> bool {
        self.call.is_some()
    }

    /// Keeps what the program writes to the pipe.
    pub fn collect(&mut self, pipe: OwnedFd, poller: &Poller) -> Result<()> {
        streams::non_blocking(&pipe)?;
        poller.watch(pipe.as_fd(), Token::Session(self.id, SessionPart::Output))?;
        self.collected = Some(Collected { pipe: Some(pipe), text: Vec::new() });
        Ok(())
    }

    /// What was collected, after the end.
    pub fn take_output(&mut self, poller: &Poller) -> String {
        let mut buffer = [0; COLLECTED];
        self.drain(poller, &mut buffer);
        let text = self.collected.take().map(|c| c.text).unwrap_or_default();
        String::from_utf8_lossy(&text).into_owned()
    }

    /// Whether its output is kept: a check of the container's health.
    pub fn is_probe(&self) -> bool {
        self.collected.is_some()
    }

    /// Gives its terminal, if it has one, another size.
    pub fn resize(&self, size: Size) {
        if let Some(terminal) = &self.terminal {
            // One that is gone needs no size.
            let _ = pty::set_size(terminal.as_fd(), size);
        }
    }

    pub fn process(&self) -> Option<&Cloned> {
        self.process.as_ref()
    }

    pub fn pid(&self) -> i32 {
        self.process.as_ref().map_or(0, |p| p.pid)
    }

    pub fn event(&mut self, part: SessionPart, poller: &Poller, buffer: &mut [u8]) -> Change {
        match part {
            SessionPart::Sync if self.call.is_some() => self.called(poller),
            SessionPart::Sync => self.heard(poller),
            SessionPart::Process => self.ended(poller),
            SessionPart::Output => {
                self.drain(poller, buffer);
                Change::Nothing
            }
        }
    }

    fn heard(&mut self, poller: &Poller) -> Change {
        let Some(sync) = &self.sync else { return Change::Nothing };
        match sync.next() {
            Ok(FromInit::Warning(text)) => self.warnings.push(text),
            Ok(FromInit::Terminal(master)) => self.terminal = Some(master),
            Ok(FromInit::Process(process)) => {
                let moved = self.cgroup.as_ref().map_or(Ok(()), |c| Cgroup::reopen(c)?.add(process.pid));
                let watched =
                    poller.watch(process.pidfd.as_fd(), Token::Session(self.id, SessionPart::Process));
                self.process = Some(process);
                if let Err(error) = moved.and(watched).and_then(|()| sync.go()) {
                    return self.failed(error);
                }
            }
            Ok(FromInit::Known(known)) => self.known = Some(known),
            // Closed by the execution of the program.
            Ok(FromInit::Gone) => {
                self.sync = None;
                self.reap_helper();
                return self.started();
            }
            Ok(FromInit::Failed(error)) | Err(error) => return self.failed(error),
            // The word for which it says so is on its way since it was put into its cgroups.
            Ok(FromInit::Ready) => {}
            Ok(FromInit::Hooks | FromInit::Listener(_)) => {
                return self.failed(Error::msg(
                    "a program that joins a container can have neither hooks nor a seccomp listener",
                ));
            }
        }
        Change::Nothing
    }

    /// Another runtime has started the program, or couldn't.
    fn called(&mut self, poller: &Poller) -> Change {
        let Some(call) = self.call.take() else { return Change::Nothing };
        // Closed with the call.
        poller.unwatch(call.runtime().pidfd.as_fd());
        let waiting = match call.finish() {
            Ok(Ok(waiting)) => waiting,
            Ok(Err(error)) => return self.failed(error),
            Err(call) => {
                let part = Token::Session(self.id, SessionPart::Sync);
                let _ = poller.watch(call.runtime().pidfd.as_fd(), part);
                self.call = Some(*call);
                return Change::Nothing;
            }
        };
        let part = Token::Session(self.id, SessionPart::Process);
        if let Err(error) = poller.watch(waiting.process.pidfd.as_fd(), part) {
            return self.failed(error);
        }
        self.process = Some(waiting.process);
        self.terminal = waiting.terminal;
        self.started()
    }

    fn started(&mut self) -> Change {
        if self.process.is_none() {
            return Change::Failed(Error::msg("the program's process died before it was made"));
        }
        let copy = |fd: BorrowedFd<'_>| fd.try_clone_to_owned().ok();
        Change::Started(Started {
            pid: self.pid(),
            process: self.process.as_ref().and_then(|p| copy(p.pidfd.as_fd())),
            terminal: self.terminal.as_ref().and_then(|t| copy(t.as_fd())),
            warnings: std::mem::take(&mut self.warnings),
        })
    }

    fn failed(&mut self, error: Error) -> Change {
        self.kill();
        self.sync = None;
        for process in [self.process.take(), self.helper.take()].into_iter().flatten() {
            let _ = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(process.pid), None);
        }
        Change::Failed(error)
    }

    fn ended(&mut self, poller: &Poller) -> Change {
        // What it said before it ended comes first: the event after this one may be the same news.
        while self.sync.is_some() {
            match self.heard(poller) {
                Change::Nothing => {}
                // Told next, when this event comes again.
                change => return change,
            }
        }
        let Some(process) = &self.process else { return Change::Nothing };
        let Some(code) = run::exit_code(process.pidfd.as_fd()) else { return Change::Nothing };
        // The client has a copy: closing ours would leave it in the epoll set, ready for ever.
        poller.unwatch(process.pidfd.as_fd());
        Change::Ended(code)
    }

    fn reap_helper(&mut self) {
        if let Some(helper) = self.helper.take() {
            // It ends right after it has let go of the socket.
            let _ = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(helper.pid), None);
        }
    }

    pub fn kill(&self) {
        let runtime = self.call.as_ref().map(ExecCall::runtime);
        for process in self.process.iter().chain(&self.helper).chain(runtime) {
            let _ = pidfd::send_signal(process.pidfd.as_fd(), libc::SIGKILL);
        }
    }

    /// The client is gone. Its program goes on, as with docker, and must not wait for a reader.
    pub fn abandon(&mut self, poller: &Poller) {
        self.client = None;
        if let Some(terminal) = &self.terminal
            && streams::non_blocking(terminal).is_ok()
        {
            let _ = poller.watch(terminal.as_fd(), Token::Session(self.id, SessionPart::Output));
        }
    }

    /// Takes output that nobody reads, and keeps the beginning of a probe's.
    fn drain(&mut self, poller: &Poller, buffer: &mut [u8]) {
        let source = match &mut self.collected {
            Some(collected) => &mut collected.pipe,
            None => &mut self.terminal,
        };
        let Some(fd) = source else { return };
        match nix::unistd::read(&*fd, buffer) {
            Ok(n) if n > 0 => {
                if let Some(collected) = &mut self.collected {
                    let room = COLLECTED - collected.text.len();
                    collected.text.extend_from_slice(&buffer[..n.min(room)]);
                }
            }
            Err(nix::errno::Errno::EAGAIN | nix::errno::Errno::EINTR) => {}
            // The end, or a terminal that all its users have closed.
            Ok(_) | Err(_) => {
                poller.unwatch(fd.as_fd());
                *source = None;
            }
        }
    }
}

/// All of them. That there are any is marked on the container's lock, so that nobody need ask if there are none.
#[derive(Debug)]
pub struct Sessions {
    /// The container's.
    lock: PathBuf,
    mark: Option<Mark>,
    list: Vec<Session>,
}

impl Sessions {
    pub fn of(container: &ContainerDir) -> Self {
        Self { lock: container.lock_path(), mark: None, list: Vec::new() }
    }

    pub fn add(&mut self, session: Session) {
        if self.list.is_empty() {
            self.mark(true);
        }
        self.list.push(session);
    }

    /// Programs run whether that is marked or not.
    fn mark(&mut self, set: bool) {
        let marked = match &self.mark {
            Some(mark) => mark.set(set),
            None => Mark::on(&self.lock).and_then(|mark| self.mark.insert(mark).set(set)),
        };
        if let Err(error) = marked {
            log::warn!("{}", crate::error::one_line(&error));
        }
    }

    pub fn get(&mut self, id: u64) -> Option<&mut Session> {
        self.list.iter_mut().find(|s| s.id == id)
    }

    pub fn remove(&mut self, id: u64) -> Option<Session> {
        let at = self.list.iter().position(|s| s.id == id)?;
        let session = self.list.remove(at);
        if self.list.is_empty() {
            self.mark(false);
        }
        Some(session)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Session> {
        self.list.iter()
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn abandon(&mut self, client: u64, poller: &Poller) {
        self.list.iter_mut().filter(|s| s.client == Some(client)).for_each(|s| s.abandon(poller));
    }
}
