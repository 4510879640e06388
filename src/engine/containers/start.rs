//! Starting a container: its monitor is spawned, and answers when the program runs.

use std::os::fd::{AsFd, OwnedFd};

use crate::container::config::{Attach, ContainerConfig};
use crate::container::log::LogDriver;
use crate::container::{ContainerDir, Status};
use crate::engine::Engine;
use crate::engine::files::wait_for_files;
use crate::error::{Context, Kind, Result};
use crate::monitor::relay;
use crate::monitor::{self, Waiting};
use crate::state::Lock;
use crate::sys::pidfd;
use crate::sys::pty::Size;
use crate::sys::{fd, socket};

use super::attach::{AttachStreams, Attached, Pending};

/// How many clients are attached with the start of a container: their sockets must fit into one message with the first one's streams and
/// the container's lock.
const MAX_CLIENTS: usize = socket::MAX_FDS - 5;
/// With the standard streams, a plan and a lock they must fit into one message.
const MAX_INHERITED: u32 = socket::MAX_FDS as u32 - 5;

/// Milliseconds in which a monitor that has nothing more to do ends.
const ENDING: u16 = 2000;

/// A container that was started for clients.
#[derive(Debug)]
pub struct StartedFor {
    /// What it does without on this host.
    pub warnings: Vec<String>,
    /// The streams of each client in turn; `None` for one whose connection was lost.
    pub attached: Vec<Option<Attached>>,
}

impl Engine {
    /// Starts a container with the streams attached, so that nothing of its output is missed. `None` if it runs already.
    pub fn start(&self, dir: &ContainerDir, wanted: Attach) -> Result<Option<Attached>> {
        self.start_with(dir, None, wanted, Vec::new())
    }

    /// The same by a monitor that is there already, for a program that has `extra` open from 3 on.
    pub fn start_with(
        &self,
        dir: &ContainerDir,
        monitor: Option<Waiting>,
        wanted: Attach,
        extra: Vec<OwnedFd>,
    ) -> Result<Option<Attached>> {
        let size = || if wanted.any() { relay::terminal_size() } else { None };
        let streams = |config: &ContainerConfig| match config.log.driver {
            LogDriver::Passthrough => AttachStreams::passed(),
            _ => AttachStreams::new(wanted, config.process.tty),
        };
        self.start_by(dir, monitor, size, |config| Ok(streams(config)?.with_extra(extra)))
    }

    /// Starts a container for clients that are not this process's caller: each has the program's streams from the first byte on.
    pub fn start_for(&self, dir: &ContainerDir, clients: &[Attach]) -> Result<Option<StartedFor>> {
        let (first, further) = clients.split_first().map_or((Attach::default(), clients), |(f, r)| (*f, r));
        let mut pending = Vec::new();
        let started = self.start_by(dir, None, || None, |config| {
            if config.log.driver == LogDriver::Passthrough {
                return Kind::Unsupported.err(
                    "the container was made with the log driver passthrough: it has the streams of whoever starts it, which a server has not to give; use dhow start",
                );
            }
            let sockets = connect(further, config.process.tty, &mut pending)?;
            Ok(AttachStreams::new(first, config.process.tty)?.with_further(sockets))
        })?;
        let Some(mut first) = started else { return Ok(None) };
        let warnings = std::mem::take(&mut first.warnings);
        let attached = [Some(first)].into_iter().chain(pending.into_iter().map(|p| p.wait().ok()));
        Ok(Some(StartedFor { warnings, attached: attached.take(clients.len()).collect() }))
    }

    /// The lock of a container that is to be started; `None` if it runs. Who holds it may start the container right now, or have been killed
    /// at that, or be a monitor that has only to end: that is waited for.
    fn lock_to_start(&self, dir: &ContainerDir) -> Result<Option<Lock>> {
        loop {
            if let Some(lock) = Self::try_lock(dir)? {
                return Ok(Some(lock));
            }
            let state = self.settled(dir, self.status(dir)?)?;
            if state.status.is_active() || !dir.exists() {
                return Ok(None);
            }
            if let Some(monitor) = state.monitor.and_then(|m| m.open().ok().flatten())
                && !pidfd::ends_within(monitor.as_fd(), ENDING)?
            {
                return Kind::Conflict.err(format!(
                    "container {} has ended, but a client has yet to read its last output",
                    dir.id.short()
                ));
            }
        }
    }

    fn start_by(
        &self,
        dir: &ContainerDir,
        monitor: Option<Waiting>,
        size: impl FnOnce() -> Option<Size>,
        streams: impl FnOnce(&ContainerConfig) -> Result<AttachStreams>,
    ) -> Result<Option<Attached>> {
        let Some(mut lock) = self.lock_to_start(dir)? else { return Ok(None) };
        if dir.recorded_state()?.status.is_active() {
            // Its monitor was killed: the truth first.
            drop(lock);
            self.status(dir)?;
            let Some(again) = Self::try_lock(dir)? else { return Ok(None) };
            lock = again;
        }
        let config = match dir.config() {
            Ok(config) => config,
            Err(error) => {
                // Removed meanwhile; the run-time directory was made by us.
                let _ = monitor::teardown::remove_run(dir);
                return Err(error);
            }
        };
        self.start_required(&config.requires)?;
        super::networking::reachable(&config.network)?;
        dir.check_sessions()?;
        wait_for_files(dir)?;
        let asked = config.process.console_size.map(|(rows, columns)| Size { rows, columns });
        let size = if config.process.tty { size().or(asked) } else { None };
        let streams = streams(&config)?;
        let monitor = monitor.map_or_else(|| monitor::spawn(&self.roots, &dir.id), Ok)?;
        streams.start(monitor, lock, size)?.wait().map(Some)
    }

    /// Copies of the descriptors 3, 4, … that the caller left open for a program. To be called before anything is opened.
    pub fn inherited_fds(count: u32) -> Result<Vec<OwnedFd>> {
        if count > MAX_INHERITED {
            return Kind::Invalid
                .err(format!("--preserve-fds {count}: at most {MAX_INHERITED} can be passed"));
        }
        fd::inherited(count).map_err(|_| {
            Kind::Invalid
                .error(format!("--preserve-fds {count}: the descriptors 3 to {} are not all open", 2 + count))
        })
    }

    /// Starts a container in the background. One that runs already is left as it is.
    pub fn start_detached(&self, dir: &ContainerDir) -> Result<Vec<String>> {
        Ok(self.start(dir, Attach::default())?.map(|a| a.warnings).unwrap_or_default())
    }

    /// Refuses for a container that isn't running, in docker's words.
    pub(super) fn require_running(
        &self,
        wanted: &str,
    ) -> Result<(ContainerDir, crate::container::ContainerState)> {
        let (dir, state) = self.find(wanted)?;
        if state.status == Status::Running {
            return Ok((dir, state));
        }
        if state.status == Status::Restarting {
            return Kind::Conflict
                .err(format!("Container {} is restarting, wait until the container is running", dir.id));
        }
        Kind::Conflict.err(format!("container {} is not running", dir.id))
    }
}

/// Connections of clients, each with its request sent: the monitor's ends. One message has room for few of them, so each brings along its share
/// of the rest. What is pending comes in the order of the clients.
fn connect(clients: &[Attach], tty: bool, pending: &mut Vec<Pending>) -> Result<Vec<OwnedFd>> {
    let share = clients.len().div_ceil(MAX_CLIENTS - 1).max(1);
    let bringing = |some: &[Attach]| -> Result<Option<OwnedFd>> {
        let Some((first, rest)) = some.split_first() else { return Ok(None) };
        let mut others = Vec::new();
        let brought = connect(rest, tty, &mut others)?;
        let (ours, theirs) = socket::pair().context("making a socket pair")?;
        pending.push(AttachStreams::new(*first, tty)?.with_further(brought).request(ours, None)?);
        pending.extend(others);
        Ok(Some(theirs))
    };
    clients.chunks(share).map(bringing).filter_map(Result::transpose).collect()
}
