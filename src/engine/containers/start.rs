//! Starting a container: its monitor is spawned, and answers when the program runs.

use std::os::fd::{AsFd, OwnedFd};

use crate::container::config::{Attach, ContainerConfig};
use crate::container::log::LogDriver;
use crate::container::{ContainerDir, Status};
use crate::engine::Engine;
use crate::engine::files::wait_for_files;
use crate::error::{Context, Kind, Result};
use crate::monitor;
use crate::monitor::relay;
use crate::state::Lock;
use crate::sys::pidfd;
use crate::sys::pty::Size;
use crate::sys::{fd, socket};

use super::attach::{AttachStreams, Attached};

/// With the standard streams and a plan they must fit into one message.
const MAX_INHERITED: u32 = socket::MAX_FDS as u32 - 4;

/// Milliseconds in which a monitor that has nothing more to do ends.
const ENDING: u16 = 2000;

impl Engine {
    /// Starts a container with the streams attached, so that nothing of its output is missed. `None` if it runs already.
    pub fn start(&self, dir: &ContainerDir, wanted: Attach) -> Result<Option<Attached>> {
        self.start_with(dir, wanted, Vec::new())
    }

    /// The same for a program that has `extra` open from 3 on.
    pub fn start_with(
        &self,
        dir: &ContainerDir,
        wanted: Attach,
        extra: Vec<OwnedFd>,
    ) -> Result<Option<Attached>> {
        let size = || if wanted.any() { relay::terminal_size() } else { None };
        let streams = |config: &ContainerConfig| match config.log.driver {
            LogDriver::Passthrough => AttachStreams::passed(),
            _ => AttachStreams::new(wanted, config.process.tty),
        };
        self.start_by(dir, size, |config| Ok(streams(config)?.with_extra(extra)))
    }

    /// Starts a container for a client that is not this process's caller.
    pub fn start_for(&self, dir: &ContainerDir, wanted: Attach) -> Result<Option<Attached>> {
        self.start_by(dir, || None, |config| match config.log.driver {
            LogDriver::Passthrough => Kind::Unsupported.err(
                "the container was made with --log-driver passthrough: it has the streams of whoever starts it, which a server has not to give; use dhow start",
            ),
            _ => AttachStreams::new(wanted, config.process.tty),
        })
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
                let _ = std::fs::remove_dir_all(&dir.run);
                return Err(error);
            }
        };
        self.start_required(&config.requires)?;
        super::networking::reachable(&config.network)?;
        dir.check_sessions()?;
        wait_for_files(dir)?;
        let (ours, theirs) = socket::pair().context("making a socket pair")?;
        let size = if config.process.tty { size() } else { None };
        let pending = streams(&config)?.request(ours, size)?;
        monitor::spawn(&self.roots, dir, lock, theirs)?;
        pending.wait().map(Some)
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
