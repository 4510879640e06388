//! The monitor's one loop: it waits for the container's end, its output, and its clients, and moves data between them. A container that is
//! to be restarted goes through it again.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use nix::sys::socket::{AddressFamily, Backlog, SockFlag, SockType, UnixAddr, bind, listen, socket};
use oci_spec::runtime::Spec;

use super::external::{ClientCall, Operation};
use super::fanout::Fanout;
use super::health::Health;
use super::names::Names;
use super::poller::{ClientPart, Poller, Token};
use super::prepare::{self, Passed, Prepared, Ready};
use super::protocol::{self, Event, Request};
use super::restart::{self, Backoff};
use super::run::Run;
use super::sessions::{Session, Sessions};
use super::upkeep::Rules;
use super::{spawn, survivors, teardown};
use crate::container::config::ContainerConfig;
use crate::container::events;
use crate::container::log::Writer;
use crate::container::{ContainerDir, ContainerState, ContainerStore, Status, volumes};
use crate::error::{Context, Result};
use crate::netns::{Endpoint, Proxy};
use crate::runtime::{Plan, Running};
use crate::state::Roots;
use crate::state::events::{Event as HostEvent, EventLog};
use crate::state::file::Durability;
use crate::state::process::ProcessIdentity;
use crate::sys::pidfd;
use crate::sys::pty::Size;

pub(super) struct Client {
    pub(super) id: u64,
    pub(super) socket: OwnedFd,
}

/// Where a monitor can be reached.
pub struct Door {
    poller: Poller,
    listener: OwnedFd,
    /// Scratch space.
    buffer: Vec<u8>,
}

impl Door {
    /// Nobody is let in before the container runs.
    pub fn open(dir: &ContainerDir) -> Result<Self> {
        let poller = Poller::new()?;
        let listener = listen_at(dir)?;
        poller.watch(listener.as_fd(), Token::Listener)?;
        Ok(Self { poller, listener, buffer: vec![0; Fanout::BUFFER] })
    }
}

/// The container and everybody who is connected to it.
pub struct Monitor {
    pub(super) roots: Roots,
    pub(super) dir: ContainerDir,
    pub(super) config: ContainerConfig,
    pub(super) state: ContainerState,
    pub(super) poller: Poller,
    pub(super) listener: OwnedFd,
    pub(super) run: Run,
    pub(super) sessions: Sessions,
    pub(super) rules: Rules,
    pub(super) health: Option<Health>,
    /// When the first process is killed, if it hasn't ended by then.
    pub(super) kill_at: Option<Instant>,
    /// Clients that wait for the result of a check.
    pub(super) awaiting_probe: Vec<u64>,
    /// Start the container again whatever its restart policy says.
    pub(super) restart_wanted: bool,
    /// Somebody has asked the container to end.
    pub(super) ending: bool,
    /// It would be removed then, but is to be started again.
    pub(super) kept: bool,
    pub(super) log: Option<Writer>,
    pub(super) clients: Vec<Client>,
    /// What another runtime does for clients.
    pub(super) calls: Vec<ClientCall>,
    /// The next number of a client or session.
    pub(super) next_id: u64,
    /// Of the container's terminal, for the next run.
    pub(super) size: Option<Size>,
    /// The starter's standard streams, which the program has as they are.
    pub(super) passed: Vec<OwnedFd>,
    /// What the program has open from 3 on.
    pub(super) extra: Vec<OwnedFd>,
    pub(super) backoff: Backoff,
    pub(super) buffer: Vec<u8>,
    pub(super) warnings: Vec<String>,
    /// Nobody needs it: see [`Prepared::spent`].
    spent: Option<Box<(Spec, Plan)>>,
}

impl Monitor {
    pub fn new(
        roots: Roots,
        dir: ContainerDir,
        config: ContainerConfig,
        log: Option<Writer>,
        prepared: &mut Prepared,
        door: Door,
    ) -> Result<Self> {
        let Door { poller, listener, buffer } = door;
        let state = ContainerState {
            status: Status::Running,
            cgroup: prepared.cgroup.as_ref().map(|c| c.saved().clone()),
            namespaces: prepared.namespaces,
            // Of the last time it ran, until it ends again.
            finished: dir.recorded_state().ok().and_then(|before| before.finished),
            ..ContainerState::default()
        };
        let run = Run::new(&config, prepared, &poller)?;
        let health = Health::new(&dir, &config, prepared.filter.take())?;
        Ok(Self {
            roots,
            sessions: Sessions::of(&dir),
            dir,
            config,
            state,
            poller,
            listener,
            run,
            rules: Rules::default(),
            health,
            kill_at: None,
            awaiting_probe: Vec::new(),
            restart_wanted: false,
            ending: false,
            kept: false,
            log,
            clients: Vec::new(),
            calls: Vec::new(),
            next_id: 1,
            size: None,
            passed: Vec::new(),
            extra: Vec::new(),
            backoff: Backoff::default(),
            buffer,
            warnings: Vec::new(),
            spent: prepared.spent.take(),
        })
    }

    /// Connects the client that has asked for the start, before there is any output.
    pub fn attach_first(&mut self, request: &Request, fds: Vec<OwnedFd>) -> Result<()> {
        self.remember_size(request);
        self.run.attach(0, request, fds, &self.poller)
    }

    /// Lets the program start, and runs the hooks for that moment; it ends if one of them fails.
    pub fn start_program(&self, created: Ready) -> Result<Running> {
        let running = match created {
            Ready::BuiltIn(created) => created.start()?,
            Ready::External { process, .. } => {
                self.run.external().context("the container's runtime")?.start()?;
                Running { pid: process.pid, pidfd: process.pidfd, warnings: Vec::new() }
            }
        };
        let hooks = self.run.hooks();
        let done = hooks.run(&hooks.poststart, "running", running.pid);
        if done.is_err() {
            let _ = pidfd::send_signal(running.pidfd.as_fd(), libc::SIGKILL);
        }
        done.map(|()| running)
    }

    /// Writes down that the program runs.
    pub fn started(&mut self, mut running: Running) -> Result<()> {
        self.state.status = Status::Running;
        self.state.health = self.health.as_ref().map(|h| h.state.clone());
        self.state.init = ProcessIdentity::of(running.pid).ok();
        self.state.monitor = Some(ProcessIdentity::of(std::process::id() as i32)?);
        self.state.started = Some(jiff::Timestamp::now());
        self.dir.write_state(&self.state, self.config.restart)?;
        self.warnings = std::mem::take(&mut running.warnings);
        self.run.started(running, &self.poller)?;
        if self.run.is_on_a_network() {
            self.rules.expect();
        }
        let timeout = self.config.tuning.timeout.map(|s| Duration::from_secs(s.into()));
        self.kill_at = timeout.map(|t| Instant::now() + t);
        let mut told = events::arrival(&self.config, self.endpoints());
        told.push(self.event("start"));
        EventLog::new(&self.roots).tell_all(&told);
        Ok(())
    }

    /// What whoever attaches is told.
    pub(super) fn started_event(&self) -> Event {
        Event::Started { pid: self.state.init.map_or(0, |p| p.pid), warnings: self.warnings.clone() }
    }

    pub fn remove_cgroup(&mut self) {
        self.run.remove_cgroup();
    }

    /// Serves until the container has ended for good and its output is delivered. `first` has asked for the start.
    pub fn serve(&mut self, first: OwnedFd) {
        // A starter that is gone doesn't matter to the container any more.
        let _ = protocol::send(first.as_fd(), &self.started_event(), &[]);
        // Those who were attached with him.
        self.clients.iter().for_each(|c| self.tell(c.id, &self.started_event(), &[]));
        self.spent = None;
        self.add_client(0, first);
        loop {
            let code = self.serve_run();
            match self.restart_delay(code) {
                None => return self.finish(code),
                Some(delay) => {
                    self.tell_all(code);
                    if !self.restart_after(delay) {
                        return self.finish(self.state.exit_code.unwrap_or(code));
                    }
                }
            }
        }
    }

    /// One run, to its end; the exit code.
    fn serve_run(&mut self) -> u8 {
        self.tell_linked();
        let mut exit = None;
        while exit.is_none() || self.run.is_delivering() || !self.sessions.is_empty() {
            let Ok(tokens) = self.poller.wait(self.deadline()) else { break };
            for token in tokens {
                if token != Token::Init {
                    self.dispatch(token);
                } else if let Some(code) = self.run.reap(&self.poller) {
                    exit = Some(code);
                    self.ended(code);
                    if self.run.is_delivering() {
                        self.tell_waiting(code);
                    }
                }
            }
            self.tick();
        }
        exit.unwrap_or(255)
    }

    /// When there is something to do though nothing happens.
    fn deadline(&self) -> Option<Instant> {
        self.run.pidfd()?;
        let health = self.health.as_ref().and_then(Health::deadline);
        let names = self.run.names().and_then(Names::deadline);
        let proxy = self.run.proxy().and_then(Proxy::deadline);
        [self.kill_at, health, names, proxy, self.rules.deadline()].into_iter().flatten().min()
    }

    /// Does what is due by now.
    fn tick(&mut self) {
        let now = Instant::now();
        if self.run.pidfd().is_none() {
            return;
        }
        if self.kill_at.is_some_and(|at| now >= at) {
            self.kill_at = None;
            self.signal(libc::SIGKILL);
        }
        if let Some(proxy) = self.run.proxy_mut().filter(|p| p.deadline().is_some_and(|at| now >= at)) {
            proxy.turn();
        }
        if let Some(names) = self.run.names_mut() {
            names.expire(now, &self.poller);
        }
        if let Err(error) = self.rules.begin(now, &self.roots, &self.poller) {
            log::debug!("keeping the rules in force: {}", crate::error::one_line(&error));
        }
        self.check_health(now);
    }

    /// Sends a signal to the container's first process.
    pub(super) fn signal(&mut self, signal: i32) {
        match (self.run.external(), self.run.pidfd()) {
            (Some(_), _) => self.operate(None, Operation::Signal(signal)),
            // One that has ended is noticed by its descriptor.
            (None, Some(process)) => drop(pidfd::send_signal(process, signal)),
            (None, None) => {}
        }
    }

    fn dispatch(&mut self, token: Token) {
        self.dispatch_token(token);
        if let Some(helper) = self.log.as_ref().and_then(Writer::helper) {
            let _ = self.poller.watch(helper, Token::Log);
        }
    }

    fn dispatch_token(&mut self, token: Token) {
        let Self { poller, log, buffer, run, .. } = self;
        match token {
            Token::Init => {}
            Token::Listener => self.accept(),
            Token::Output(index) => run.pump(index, poller, log, buffer),
            Token::Input => run.input_writable(poller),
            Token::Log => log.iter_mut().for_each(Writer::reap),
            Token::Client(id, ClientPart::Socket) => self.client_message(id),
            Token::Client(id, ClientPart::Input) => run.pump_input(id, poller, buffer),
            Token::Client(id, ClientPart::Output(index)) => {
                run.room(id, index, poller);
                run.pump(index, poller, log, buffer);
            }
            Token::Session(id, part) => self.session_event(id, part),
            // Nobody is there to be told if it fails; the next start of a container tries it again.
            Token::Network => drop(run.revive_network(poller)),
            Token::Rules => drop(self.rules.turn(poller)),
            Token::Children => self.reap_orphans(),
            Token::Call(id) => self.call_event(id),
            Token::Ports => run.proxy_mut().into_iter().for_each(Proxy::turn),
            Token::Names(id) => {
                if let Some(names) = run.names_mut() {
                    names.event(id, poller, buffer);
                }
            }
        }
    }

    /// The program has ended: takes the rest of its output and records the end.
    fn ended(&mut self, code: u8) {
        if survivors::are_possible(&self.state) {
            // Before the last of the output is taken, which they may still write. Tried again by every later command that fails.
            let _ = survivors::kill(&self.dir);
        }
        self.state.oom_killed = self.run.cgroup().is_some_and(|c| c.oom_kills() > 0);
        self.run.remove_cgroup();
        // Without a pid namespace of the container's own the kernel leaves them.
        self.sessions.iter().for_each(Session::kill);
        self.run.close(&self.poller, &mut self.log, &mut self.buffer);
        let hooks = self.run.hooks();
        hooks.run_all(&hooks.poststop, "stopped", 0);
        self.kill_at = None;
        if let Some(health) = self.health.take() {
            self.state.health = Some(health.state);
        }
        self.state = ContainerState {
            status: Status::Exited,
            init: None,
            // Its own identity stays: it may have to wait for clients that don't read, and be ended by `rm`.
            finished: Some(jiff::Timestamp::now()),
            exit_code: Some(code),
            cgroup: None,
            frozen: false,
            networks: self.run.network().map(|n| n.record.networks()).unwrap_or_default(),
            ..self.state.clone()
        };
        if self.restart_is_due(code) {
            self.state.status = Status::Restarting;
        } else {
            // Before anybody can see that it has ended.
            self.run.release_ports();
        }
        self.record();
        let ran = self.ran().as_secs();
        let mut told: Vec<HostEvent> = self.state.oom_killed.then(|| self.event("oom")).into_iter().collect();
        told.push(self.event("die").with("exitCode", code).with("execDuration", ran));
        told.extend(events::departure(&self.config, self.endpoints()));
        EventLog::new(&self.roots).tell_all(&told);
    }

    /// Those of the container on its networks.
    fn endpoints(&self) -> &[Endpoint] {
        self.run.network().map_or(&[], |network| &network.record.endpoints)
    }

    /// How long the last run took.
    fn ran(&self) -> Duration {
        let times = self.state.started.zip(self.state.finished);
        let ran = times.and_then(|(start, end)| Duration::try_from(end.duration_since(start)).ok());
        ran.unwrap_or_default()
    }

    /// Tells of an event of this container.
    pub(super) fn event(&self, action: &str) -> HostEvent {
        events::event(&self.config, action)
    }

    pub(super) fn publish(&self, event: &HostEvent) {
        EventLog::new(&self.roots).tell(event);
    }

    pub(super) fn record(&self) {
        if !self.config.auto_remove {
            // With a full disk the next command finds the lock free and the state running, and tells that.
            let _ = self.dir.write_state(&self.state, self.config.restart);
        }
    }

    fn restart_is_due(&self, code: u8) -> bool {
        let wanted = restart::is_due(self.config.restart, code, false, self.state.restart_count);
        !self.ending && (self.restart_wanted || wanted)
    }

    /// How long to wait before the container is started again, if it is. Somebody may have asked it to end while its output was delivered.
    fn restart_delay(&mut self, code: u8) -> Option<Duration> {
        if self.state.status != Status::Restarting || !self.restart_is_due(code) {
            return None;
        }
        Some(self.backoff.after(self.ran()))
    }

    /// Waits, then starts the container again. Not if somebody asks it to end meanwhile, or it can't be started.
    fn restart_after(&mut self, delay: Duration) -> bool {
        let deadline = Instant::now() + delay;
        while Instant::now() < deadline && !self.ending {
            let Ok(tokens) = self.poller.wait(Some(deadline)) else { break };
            tokens.for_each(|token| self.dispatch(token));
        }
        if self.ending {
            self.state.status = Status::Exited;
            self.record();
            return false;
        }
        self.state.restart_count += 1;
        let Err(error) = self.start_again() else { return true };
        self.run.remove_cgroup();
        self.state = ContainerState {
            status: Status::Exited,
            init: None,
            exit_code: Some(protocol::start_failure_code(&error)),
            error: Some(crate::error::one_line(&error)),
            cgroup: None,
            ..self.state.clone()
        };
        self.record();
        false
    }

    fn start_again(&mut self) -> Result<()> {
        self.restart_wanted = false;
        self.run.disconnect(self.dir.id.as_str())?;
        if self.config.auto_remove {
            teardown::unmark_overlay(&self.dir)?;
        }
        let passed = Passed { streams: &self.passed, extra: &self.extra };
        let mut prepared =
            prepare::prepare((&self.roots, &self.dir), &self.config, self.size, passed, &|| Ok(()))?;
        self.state.cgroup = prepared.cgroup.as_ref().map(|c| c.saved().clone());
        self.run = Run::new(&self.config, &mut prepared, &self.poller)?;
        self.health = Health::new(&self.dir, &self.config, prepared.filter.take())?;
        let running = self.start_program(prepared.created)?;
        self.state.error = None;
        self.started(running)
    }

    /// Removes what the container needed while it ran, and the container itself if it was asked to go, and tells of the end. Nobody waits
    /// for the deletion of a container that is out of sight; whatever of it fails, or isn't reached, is done by the next command.
    fn finish(&mut self, code: u8) {
        self.log = None;
        // Of one that was to be started again, and isn't.
        self.run.release_ports();
        let mut doomed = None;
        if self.config.auto_remove {
            let store = ContainerStore::new(&self.roots);
            doomed = store.take_out(&self.dir, &self.config.name, Durability::Ephemeral).ok();
            if let Some(doomed) = &doomed {
                if self.config.mounts.iter().any(|m| m.anonymous_volume().is_some()) {
                    // Whoever hears of the end may look for them.
                    let _ = volumes::remove_with(&self.roots, doomed.path());
                }
                self.publish(&self.event("destroy"));
                self.tell_all(code);
            }
        }
        self.run.leave_networks();
        let _ = teardown::clean(&self.roots, &self.dir, &self.state);
        // The next start tells if that has failed.
        let _ = self.kept.then(|| teardown::unmark_overlay(&self.dir));
        self.tell_all(code);
        if let Some(doomed) = doomed {
            // Its volumes are gone already.
            let _ = teardown::delete_tree(doomed.path());
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
