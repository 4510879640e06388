//! The monitor's timer of health checks: when the next one is due, and the one that runs.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use nix::fcntl::OFlag;
use nix::sched::CloneFlags;
use oci_spec::runtime::Linux;

use super::event_loop::Monitor;
use super::protocol::Event;
use super::sessions::{Session, Starting};
use crate::cgroups::Cgroup;
use crate::container::external::Joining;
use crate::container::health::{HealthConfig, HealthState, HealthStatus, OnFailure, ProbeResult};
use crate::container::spec;
use crate::container::{ContainerConfig, ContainerDir};
use crate::error::{Context, Kind, Result, one_line};
use crate::runtime::join::{self, Program};
use crate::runtime::shortcut::{Known, Shortcut};
use crate::runtime::{Extras, PlannedProcess, SeccompProgram, Stdio, UserSpec};
use crate::state::ContainerId;
use crate::sys::clone::Cloned;
use crate::sys::script::Running;

/// So many that lead nowhere, one after the other, are enough.
const SHORTCUTS: u8 = 5;

/// The checks of one container.
pub struct Health {
    config: HealthConfig,
    /// The program of a check, ready to be started.
    process: PlannedProcess,
    /// The same for another runtime.
    joining: Joining,
    pub state: HealthState,
    /// When the container was started.
    since: Instant,
    due: Instant,
    probe: Option<Probe>,
    shortcut: Option<Shortcut>,
    /// How often one may still be laid out.
    tries: u8,
}

/// A check that runs.
struct Probe {
    session: u64,
    /// What a program shares with us that took the shortcut.
    short: Option<Running>,
    start: Timestamp,
    deadline: Instant,
    in_start_period: bool,
    late: bool,
}

impl Health {
    pub fn new(
        dir: &ContainerDir,
        config: &ContainerConfig,
        filter: Option<SeccompProgram>,
    ) -> Result<Option<Self>> {
        let Some(health) = &config.health else { return Ok(None) };
        let mut container = config.clone();
        container.process.tty = false;
        container.process.env = dir.environment(config)?;
        container.process.entrypoint = Vec::new();
        container.process.command = health.command();
        let lookup = UserSpec { user: config.process.user.clone(), groups: config.process.groups.clone() };
        let extras = Extras { lookup: Some(lookup.clone()), ..Extras::default() };
        let joining = Joining { process: spec::joining(&container)?, user: lookup };
        let mut process = PlannedProcess::new(&joining.process, &Linux::default(), extras)?;
        process.dies_with_parent = false;
        process.seccomp = filter;
        process.tells_user = process.is_plain() && nix::unistd::geteuid().is_root();
        let now = Instant::now();
        let mut health = Self {
            config: health.clone(),
            process,
            joining,
            state: HealthState::default(),
            since: now,
            due: now,
            probe: None,
            shortcut: None,
            tries: SHORTCUTS,
        };
        health.due = now + health.interval(now);
        Ok(Some(health))
    }

    pub fn process(&self) -> &PlannedProcess {
        &self.process
    }

    pub fn config(&self) -> &HealthConfig {
        &self.config
    }

    fn is_starting(&self, now: Instant) -> bool {
        self.state.status == HealthStatus::Starting && now < self.since + self.config.start_period
    }

    fn interval(&self, now: Instant) -> Duration {
        if self.is_starting(now) { self.config.start_interval } else { self.config.interval }
    }

    /// When there is something to do: a check to be started, or one that takes too long.
    pub fn deadline(&self) -> Option<Instant> {
        match &self.probe {
            Some(probe) if probe.late => None,
            Some(probe) => Some(probe.deadline),
            None => Some(self.due),
        }
    }

    pub fn is_due(&self, now: Instant) -> bool {
        self.probe.is_none() && now >= self.due
    }

    /// The session of a check that takes too long. Told once.
    pub fn overdue(&mut self, now: Instant) -> Option<u64> {
        let probe = self.probe.as_mut().filter(|p| !p.late && now >= p.deadline)?;
        probe.late = true;
        Some(probe.session)
    }

    fn begin(&mut self, (session, short): (u64, Option<Running>)) {
        let now = Instant::now();
        let in_start_period = now < self.since + self.config.start_period;
        let deadline = now + self.config.timeout;
        self.probe =
            Some(Probe { session, short, start: Timestamp::now(), deadline, in_start_period, late: false });
    }

    pub fn runs(&self, session: u64) -> bool {
        self.probe.as_ref().is_some_and(|p| p.session == session)
    }

    pub fn is_running(&self) -> bool {
        self.probe.is_some()
    }

    /// Whether the check that has ended came to its program. If not, the next one goes the long way.
    fn arrived(&mut self, session: &Session) -> bool {
        let Some(running) = self.probe.as_mut().and_then(|p| p.short.take()) else { return true };
        let failure = session.process().and_then(|process| running.ended(process));
        match failure {
            None => self.tries = SHORTCUTS,
            Some(errno) => {
                log::debug!("a health check didn't come to its program by the shortcut: {errno}");
                self.shortcut = None;
            }
        }
        failure.is_none()
    }

    /// Keeps what a check has found out on its way in.
    fn learn(&mut self, first: BorrowedFd<'_>, namespaces: CloneFlags, known: Known) {
        match Shortcut::new(first, namespaces, &self.process, known) {
            Ok(shortcut) => self.shortcut = shortcut,
            Err(error) => log::warn!("{}", one_line(&error)),
        }
        self.tries -= 1;
        self.process.tells_user &= self.tries > 0 && self.shortcut.is_some();
    }

    /// A check has ended, or (`Err`) could not be run. Whether the status has changed.
    pub fn end(&mut self, outcome: std::result::Result<u8, String>, output: String) -> bool {
        let now = Instant::now();
        let (start, starting, late) = match self.probe.take() {
            Some(probe) => (probe.start, probe.in_start_period, probe.late),
            None => (Timestamp::now(), now < self.since + self.config.start_period, false),
        };
        let (exit_code, output) = match outcome {
            _ if late => {
                let said = if output.is_empty() { output } else { format!(": {output}") };
                (-1, format!("Health check exceeded timeout ({:?}){said}", self.config.timeout))
            }
            Ok(code) => (i32::from(code), output),
            Err(error) => (-1, error),
        };
        let result = ProbeResult { start, end: Timestamp::now(), exit_code, output };
        let changed = self.state.record(result, self.config.retries, starting);
        // Counted from the end of the last, as docker does.
        self.due = now + self.interval(now);
        changed
    }
}

impl Monitor {
    /// Starts the check that is due, and ends one that takes too long.
    pub(super) fn check_health(&mut self, now: Instant) {
        let Some(health) = &mut self.health else { return };
        if let Some(session) = health.overdue(now).and_then(|id| self.sessions.get(id)) {
            session.kill();
        }
        if health.is_due(now) {
            self.begin_probe();
        }
    }

    fn begin_probe(&mut self) {
        let started = self.start_probe();
        match (&mut self.health, started) {
            (Some(health), Ok(started)) => health.begin(started),
            (_, Err(error)) => self.probe_result(Err(one_line(&error)), String::new()),
            (None, _) => {}
        }
    }

    /// Starts a check; the number of its session, and what it shares with us.
    fn start_probe(&mut self) -> Result<(u64, Option<Running>)> {
        let id = self.next_id();
        let name = ContainerId::random()?.to_string();
        let (Some(health), Some(first)) = (&self.health, self.run.pidfd()) else {
            return Kind::Conflict.err("the container has no health check, or is not running");
        };
        let (output, theirs) = nix::unistd::pipe2(OFlag::O_CLOEXEC).context("making a pipe")?;
        let mut short = None;
        let starting = match self.take_shortcut(theirs.as_fd()) {
            Some((process, running)) => {
                short = Some(running);
                Starting::Short(process)
            }
            None => self.take_long_way(health, first, theirs)?,
        };
        let mut session = Session::new(id, name, None, starting, &self.poller)?;
        session.collect(output, &self.poller)?;
        self.sessions.add(session);
        Ok((id, short))
    }

    fn take_shortcut(&self, output: BorrowedFd<'_>) -> Option<(Cloned, Running)> {
        let shortcut = self.health.as_ref()?.shortcut.as_ref()?;
        let cgroup = self.run.cgroup();
        if cgroup.is_some_and(Cgroup::needs_add) || self.memory_is_limited() {
            return None;
        }
        // Whatever was in the way, the long one says it.
        shortcut.enter(output, cgroup).ok()
    }

    /// What the kernel kills for lack of memory it kills with all that share it, which we would be. Where nothing limits the container
    /// alone it chooses among all processes, and we are one of them anyway.
    fn memory_is_limited(&self) -> bool {
        let resources = &self.config.resources;
        resources.memory > 0 || !resources.unified.is_empty() || self.config.cgroup_parent.is_some()
    }

    fn take_long_way(&self, health: &Health, first: BorrowedFd<'_>, output: OwnedFd) -> Result<Starting> {
        let errors = output.try_clone().context("duplicating a pipe")?;
        let null = File::open("/dev/null").context("opening /dev/null")?;
        let stdio = Stdio::Streams([null.into(), output, errors]);
        if let Some(external) = self.run.external() {
            return Ok(Starting::Called(external.exec(&health.joining, &stdio, &[])?));
        }
        let namespaces = CloneFlags::from_bits_truncate(self.state.namespaces);
        let program = Program::Planned(health.process());
        Ok(Starting::Joining(join::enter(first, namespaces, program, self.run.cgroup(), &stdio)?))
    }

    /// A session is gone. If it was the check, its result counts.
    pub(super) fn probe_ended(&mut self, session: Option<Session>, outcome: std::result::Result<u8, String>) {
        let Some(mut session) = session else { return };
        let Some(health) = self.health.as_mut().filter(|h| h.runs(session.id)) else { return };
        let arrived = health.arrived(&session);
        // A check that was cut off by the container's end says nothing.
        let Some(first) = self.run.pidfd() else { return };
        if !arrived {
            return self.begin_probe();
        }
        if let Some(known) = session.known.take() {
            health.learn(first, CloneFlags::from_bits_truncate(self.state.namespaces), *known);
        }
        let output = session.take_output(&self.poller);
        self.probe_result(outcome, output);
    }

    fn probe_result(&mut self, outcome: std::result::Result<u8, String>, output: String) {
        let Some(health) = &mut self.health else { return };
        let changed = health.end(outcome, output);
        let (status, action) = (health.state.status, health.config().on_failure);
        for client in std::mem::take(&mut self.awaiting_probe) {
            self.tell(client, &Event::Health { state: self.health.as_ref().map(|h| h.state.clone()) }, &[]);
        }
        if !changed {
            return;
        }
        self.state.health = self.health.as_ref().map(|h| h.state.clone());
        self.record();
        self.publish(&self.event(&format!("health_status: {}", status.name())));
        if status == HealthStatus::Unhealthy {
            self.became_unhealthy(action);
        }
    }

    fn became_unhealthy(&mut self, action: OnFailure) {
        let signal = match action {
            OnFailure::None => return,
            OnFailure::Kill => libc::SIGKILL,
            OnFailure::Restart | OnFailure::Stop => {
                let grace = u64::try_from(self.config.stop_timeout).ok().map(Duration::from_secs);
                self.kill_at = grace.map(|g| Instant::now() + g);
                self.config.stop_signal
            }
        };
        self.signal(signal);
        self.restart_wanted = action == OnFailure::Restart;
        self.ending |= action == OnFailure::Stop;
        self.state.stopped |= self.ending;
    }

    /// A client wants a check now.
    pub(super) fn probe_for(&mut self, client: u64) {
        match &self.health {
            Some(health) if self.run.pidfd().is_some() => {
                let running = health.is_running();
                self.awaiting_probe.push(client);
                if !running {
                    self.begin_probe();
                }
            }
            _ => self.tell(client, &Event::Health { state: None }, &[]),
        }
    }
}
