//! Removing containers, one or all that have ended.

use crate::container::{ContainerDir, ContainerState, Status};
use crate::engine::Engine;
use crate::error::{Kind, Result, is};
use crate::monitor::teardown;
use crate::state::Lock;
use crate::state::file::Durability;

use super::list::ContainerFilter;
use super::status::kill_and_wait;

#[derive(Debug, Clone, Copy, Default)]
pub struct RemoveRequest {
    /// Kill it first if it runs.
    pub force: bool,
}

impl Engine {
    /// Removes a container with all that it wrote.
    pub fn remove(&self, wanted: &str, request: RemoveRequest) -> Result<()> {
        self.sweep()?;
        let (dir, state) = match self.find(wanted) {
            // Found running without a monitor and meant to remove itself: that is done now.
            Err(e) if is(&e, Kind::NotFound) && self.containers().find(wanted).is_err() => return Err(e),
            other => other?,
        };
        if state.status == Status::Running {
            if !request.force {
                return Kind::Conflict.err(format!(
                    "cannot remove container {wanted:?}: container is running: stop the container before removing or force remove"
                ));
            }
            if let Some(init) = state.init {
                kill_and_wait(init)?;
            }
        }
        self.remove_ended(&dir, &state)
    }

    fn remove_ended(&self, dir: &ContainerDir, state: &ContainerState) -> Result<()> {
        let Some(_lock) = Self::lock_against_monitor(dir, state)? else { return Ok(()) };
        let config = match dir.config() {
            // A container that removes itself, or somebody who was faster.
            Err(e) if is(&e, Kind::NotFound) => return teardown::clean(dir, &ContainerState::default()),
            other => other?,
        };
        let state = dir.recorded_state()?;
        let removed = teardown::remove(&self.containers(), dir, &config.name, Durability::Durable);
        removed.and(teardown::clean(dir, &state))
    }

    /// Waits for the monitor of a container that has ended to let go of the lock. One that is held up by a client that doesn't read is
    /// ended: its container is going away. `None` if the container is gone by then.
    fn lock_against_monitor(dir: &ContainerDir, state: &ContainerState) -> Result<Option<Lock>> {
        if let Some(lock) = Self::try_lock(dir)? {
            return Ok(Some(lock));
        }
        if let Some(monitor) = state.monitor.and_then(|m| m.open().ok().flatten()) {
            use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
            use std::os::fd::AsFd;
            // It needs a moment to write down the end. A second is far more than that.
            let mut fds = [PollFd::new(monitor.as_fd(), PollFlags::POLLIN)];
            if poll(&mut fds, PollTimeout::from(1000u16)).is_ok_and(|n| n == 0) {
                crate::sys::pidfd::send_signal(monitor.as_fd(), libc::SIGKILL)?;
            }
        }
        if !dir.run.exists() && !dir.exists() {
            return Ok(None);
        }
        crate::state::file::make_dirs(&dir.run, 0o700)?;
        Lock::exclusive(&dir.lock_path()).map(Some)
    }

    /// Removes every container that isn't running and fits the filter; their ids.
    pub fn prune_containers(&self, filter: &ContainerFilter) -> Result<Vec<String>> {
        self.sweep()?;
        let mut removed = Vec::new();
        for summary in self.list_containers(filter)? {
            if summary.state.status == Status::Running {
                continue;
            }
            match self.remove(summary.config.id.as_str(), RemoveRequest::default()) {
                Ok(()) => removed.push(summary.config.id.to_string()),
                // Started or removed by somebody meanwhile.
                Err(e) if is(&e, Kind::Conflict) || is(&e, Kind::NotFound) => {}
                Err(e) => return Err(e),
            }
        }
        Ok(removed)
    }
}
