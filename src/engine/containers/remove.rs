//! Removing containers, one or all that have ended.

use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use crate::cgroups::Cgroup;
use crate::container::notes::Note;
use crate::container::{ContainerDir, ContainerState, Status, volumes};
use crate::engine::Engine;
use crate::error::{Kind, Result, is};
use crate::monitor::teardown;
use crate::state::Lock;
use crate::state::file::Durability;
use crate::state::process::ProcessIdentity;

use super::list::ContainerFilter;
use super::status::kill_and_wait;

#[derive(Debug, Clone, Copy, Default)]
pub struct RemoveRequest {
    /// Kill it first if it runs.
    pub force: bool,
    /// First those that need it.
    pub depend: bool,
    /// With the volumes that have no name.
    pub volumes: bool,
}

/// What `container prune` has removed.
#[derive(Debug, Clone, Default)]
pub struct ContainerPruneReport {
    /// Ids.
    pub containers: Vec<String>,
    /// Bytes that they had written.
    pub reclaimed: u64,
}

impl Engine {
    /// Removes a container with all that it wrote.
    pub fn remove(&self, wanted: &str, request: RemoveRequest) -> Result<()> {
        self.sweep()?;
        self.sweep_volumes()?;
        let (dir, mut state) = self.find(wanted)?;
        let dependents = dir.noted(Note::RequiredBy)?;
        if request.depend {
            for dependent in dependents {
                match self.remove(dependent.id.as_str(), request) {
                    // By another way already.
                    Err(e) if is(&e, Kind::NotFound) => {}
                    other => other?,
                }
            }
        } else if let Some(dependent) = dependents.first().filter(|_| !request.force) {
            return Kind::Conflict.err(format!(
                "container {wanted:?} is required by {}: remove that first, or both with rm --depend",
                dependent.config()?.name
            ));
        }
        // Again if somebody has started it between our look and our lock.
        while !self.try_remove(&dir, state, wanted, request)? {
            state = match self.status(&dir) {
                // It was meant to remove itself at its end.
                Err(e) if is(&e, Kind::NotFound) => return Ok(()),
                other => other?,
            };
        }
        Ok(())
    }

    /// Whether it is gone; not if somebody else holds its lock.
    fn try_remove(
        &self,
        dir: &ContainerDir,
        state: ContainerState,
        wanted: &str,
        request: RemoveRequest,
    ) -> Result<bool> {
        let state = if state.status.is_active() { state } else { self.settled(dir, state)? };
        if state.status.is_active() {
            if !request.force && state.paused {
                return Kind::Conflict.err(format!(
                    "You cannot remove a paused container {}. Unpause and then stop the container before attempting removal or force remove",
                    dir.id
                ));
            }
            if !request.force {
                return Kind::Conflict.err(format!(
                    "cannot remove container {wanted:?}: container is running: stop the container before removing or force remove"
                ));
            }
            Self::let_end(dir, super::kill::Afterwards::FOR_GOOD);
            let config = dir.config();
            if state.paused || config.as_ref().is_ok_and(|c| c.runtime.is_some()) {
                // One that has ended meanwhile is what is wanted.
                let _ = self.kill(wanted, libc::SIGKILL);
            } else if let (Ok(config), Status::Running) = (&config, state.status) {
                self.tell_signal(config, libc::SIGKILL);
            }
            if let Some(init) = state.init {
                kill_and_wait(init)?;
            }
        }
        self.remove_ended(dir, &state, request)
    }

    /// The state of a container that isn't running once nobody works on it: if somebody is starting it now, when that is done.
    pub(crate) fn settled(&self, dir: &ContainerDir, state: ContainerState) -> Result<ContainerState> {
        let mut state = state;
        let mut notify = None;
        // A monitor that still delivers the last output of a container that has ended is waited for elsewhere.
        let delivers = |s: &ContainerState| {
            s.status == Status::Exited && s.monitor.is_some_and(ProcessIdentity::is_alive)
        };
        while !state.status.is_active()
            && !delivers(&state)
            && dir.exists()
            && Lock::is_held(&dir.lock_path())?
        {
            let notify = notify.get_or_insert_with(|| watch(dir));
            let mut fds: Vec<_> = notify.iter().map(|n| PollFd::new(n.as_fd(), PollFlags::POLLIN)).collect();
            // The kernel tells of the close a moment before it lets go of the lock.
            let _ = poll(&mut fds, PollTimeout::from(50u8));
            let _ = notify.as_ref().map(Inotify::read_events);
            state = match self.status(dir) {
                Err(e) if is(&e, Kind::NotFound) => return Ok(state),
                other => other?,
            };
        }
        Ok(state)
    }

    fn remove_ended(
        &self,
        dir: &ContainerDir,
        state: &ContainerState,
        request: RemoveRequest,
    ) -> Result<bool> {
        let Some(_lock) = Self::lock_against_monitor(dir, state)? else {
            return Ok(!dir.run.exists() && !dir.exists());
        };
        let config = match dir.config() {
            // A container that removes itself, or somebody who was faster.
            Err(e) if is(&e, Kind::NotFound) => {
                return teardown::clean(&self.roots, dir, &ContainerState::default()).map(|()| true);
            }
            other => other?,
        };
        let mut state = dir.recorded_state()?;
        if state.cgroup.is_none() {
            // Of a start whose monitor was killed before it could write down where it is.
            let (path, driver) = config.cgroup();
            let left = Cgroup::leftover(path.as_deref(), dir.id.as_str(), driver)?;
            state.cgroup = left.map(|cgroup| cgroup.saved().clone());
        }
        if !request.volumes {
            volumes::keep(dir)?;
        }
        let removed = teardown::remove(&self.roots, dir, &config.name, Durability::Durable);
        if removed.is_ok() {
            self.tell(&config, "destroy");
        }
        removed.and(teardown::clean(&self.roots, dir, &state)).map(|()| true)
    }

    /// Waits for the monitor of a container that has ended to let go of the lock. One that is held up by a client that doesn't read is
    /// ended: its container is going away. `None` if the container is gone by then,
    /// or somebody else has taken the lock.
    fn lock_against_monitor(dir: &ContainerDir, state: &ContainerState) -> Result<Option<Lock>> {
        if let Some(lock) = Self::try_lock(dir)? {
            return Ok(Some(lock));
        }
        if let Some(monitor) = state.monitor.and_then(|m| m.open().ok().flatten()) {
            // It needs a moment to write down the end. A second is far more than that.
            let mut fds = [PollFd::new(monitor.as_fd(), PollFlags::POLLIN)];
            if poll(&mut fds, PollTimeout::from(1000u16)).is_ok_and(|n| n == 0) {
                crate::sys::pidfd::send_signal(monitor.as_fd(), libc::SIGKILL)?;
            }
        }
        if !dir.run.exists() && !dir.exists() {
            return Ok(None);
        }
        // The monitor lets go of it as its very last act.
        Self::try_lock(dir)
    }

    /// Removes every container that isn't running and fits the filter.
    pub fn prune_containers(&self, filter: &ContainerFilter) -> Result<ContainerPruneReport> {
        self.sweep_lost()?;
        let mut report = ContainerPruneReport::default();
        let mut ended = self.list_containers(filter)?;
        ended.retain(|summary| !summary.state.status.is_active());
        let written = self.written_sizes(&ended)?;
        for (summary, written) in ended.into_iter().zip(written) {
            match self.remove(summary.config.id.as_str(), RemoveRequest::default()) {
                Ok(()) => {
                    report.containers.push(summary.config.id.to_string());
                    report.reclaimed += written;
                }
                // Started or removed by somebody meanwhile.
                Err(e) if is(&e, Kind::Conflict) || is(&e, Kind::NotFound) => {}
                Err(e) => return Err(e),
            }
        }
        self.tell_prune("container", report.reclaimed);
        Ok(report)
    }
}

/// Tells of a container's changes: its own directory shows a new state, the run-time one a lock that is let go. `None` if this user has no
/// descriptor left for it, or the container is gone: then the lock tells.
fn watch(dir: &ContainerDir) -> Option<Inotify> {
    let notify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).ok()?;
    for path in [&dir.path, &dir.run] {
        let _ = notify.add_watch(path, AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_CLOSE);
    }
    Some(notify)
}
