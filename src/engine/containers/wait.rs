//! Waiting for a container to be in a certain state, by inotify on its files.

use std::os::fd::AsFd;
use std::str::FromStr;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use super::attach::Attached;
use super::kill::listen_for_end;
use crate::container::health::HealthStatus;
use crate::container::{ContainerState, Status};
use crate::engine::Engine;
use crate::error::{Context, Error, Kind, Result, is};

/// What is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// It is in this state.
    Is(Status),
    /// It doesn't run (docker's `not-running`, podman's `stopped`).
    NotRunning,
    /// It runs and ends; one that doesn't run is waited for to be started.
    NextExit,
    Removed,
    Health(HealthStatus),
}

impl FromStr for Condition {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        Ok(match text {
            "created" | "configured" => Self::Is(Status::Created),
            "running" => Self::Is(Status::Running),
            "restarting" => Self::Is(Status::Restarting),
            "exited" => Self::Is(Status::Exited),
            "not-running" | "stopped" => Self::NotRunning,
            "next-exit" => Self::NextExit,
            "removed" | "removing" => Self::Removed,
            "healthy" => Self::Health(HealthStatus::Healthy),
            "unhealthy" => Self::Health(HealthStatus::Unhealthy),
            other => {
                return Kind::Invalid.err(format!(
                    "invalid condition {other:?}: use created, running, restarting, exited, stopped, not-running, next-exit, removed, healthy or unhealthy"
                ));
            }
        })
    }
}

impl Condition {
    /// `before`: the state when the waiting began.
    fn is_met(self, state: Option<&ContainerState>, before: &ContainerState) -> bool {
        let Some(state) = state else { return self == Self::Removed || self == Self::NotRunning };
        match self {
            Self::Is(status) => state.status == status,
            Self::NotRunning => !state.status.is_active(),
            Self::NextExit => state.finished.is_some() && state.finished != before.finished,
            Self::Removed => false,
            Self::Health(wanted) => {
                state.status == Status::Running && state.health.as_ref().is_some_and(|h| h.status == wanted)
            }
        }
    }
}

impl Engine {
    /// Waits until a container isn't running; its exit code.
    pub fn wait(&self, wanted: &str) -> Result<u8> {
        let (dir, state) = self.find(wanted)?;
        if state.status.is_active() {
            return match listen_for_end(&dir).and_then(Attached::wait) {
                Ok(code) => Ok(code),
                // It ended between the two looks, or its monitor was killed: then the state says how.
                Err(_) => Ok(self.status(&dir)?.exit_code.unwrap_or(0)),
            };
        }
        Ok(state.exit_code.unwrap_or(0))
    }

    /// Waits until one of the conditions is met; the exit code, `None` if it has none then.
    pub fn wait_until(&self, wanted: &str, conditions: &[Condition]) -> Result<Option<u8>> {
        let (dir, before) = self.find(wanted)?;
        let notify = Inotify::init(InitFlags::IN_CLOEXEC).context("making an inotify descriptor")?;
        let own = AddWatchFlags::IN_MOVED_TO | AddWatchFlags::IN_MOVE_SELF | AddWatchFlags::IN_DELETE_SELF;
        notify.add_watch(&dir.path, own).with_context(|| format!("watching {}", dir.path.display()))?;
        let parent = dir.run.parent().unwrap_or(&dir.run);
        // A monitor that is killed changes no file but closes its lock; one that ends removes its directory.
        let watch_run = || {
            let _ = notify.add_watch(&dir.run, AddWatchFlags::IN_CLOSE);
            let _ = notify.add_watch(parent, AddWatchFlags::IN_CREATE | AddWatchFlags::IN_DELETE);
        };
        loop {
            watch_run();
            let state = match self.status(&dir) {
                Ok(_) if !dir.exists() => None,
                Err(e) if is(&e, Kind::NotFound) => None,
                other => Some(other?),
            };
            if conditions.iter().any(|c| c.is_met(state.as_ref(), &before)) {
                return Ok(state.unwrap_or(before).exit_code);
            }
            if state.is_none() {
                return Kind::NotFound.err(format!("No such container: {wanted}"));
            }
            let mut fds = [PollFd::new(notify.as_fd(), PollFlags::POLLIN)];
            while matches!(poll(&mut fds, PollTimeout::NONE), Err(nix::errno::Errno::EINTR)) {}
            notify.read_events().context("reading inotify events")?;
        }
    }
}
