//! Waiting for a container to be in a certain state, by inotify on its files.

use std::os::fd::{AsFd, BorrowedFd};
use std::str::FromStr;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use super::attach::Attached;
use super::kill::listen_for_end;
use crate::container::health::HealthStatus;
use crate::container::{ContainerDir, ContainerState, Status};
use crate::engine::Engine;
use crate::error::{Context, Error, Kind, Result, is};
use crate::state::events::End;

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

/// Which end of a container is waited for (Engine API, ContainerWait).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It doesn't run: at once if it doesn't now.
    NotRunning,
    /// The next one, of a container that may yet have to be started.
    NextExit,
    /// The next one, and then until it is gone.
    Removed,
}

/// How a wait for a container's end has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waited {
    Exited(u8),
    /// The caller had enough.
    HungUp,
}

impl Engine {
    /// Waits for a container's end. `ready` is called when none can be missed any more. `hangup` is readable when the caller has enough.
    pub fn wait_for_end(
        &self,
        wanted: &str,
        ending: Ending,
        hangup: BorrowedFd<'_>,
        ready: impl FnOnce() -> Result<()>,
    ) -> Result<Waited> {
        let log = self.events_log();
        // From before the look at the state: an end that comes in between is in there.
        let mut tail = log.tail()?;
        let (dir, state) = self.find(wanted)?;
        ready()?;
        if ending == Ending::NotRunning && !state.status.is_active() {
            return Ok(Waited::Exited(state.exit_code.unwrap_or(0)));
        }
        let mut code = None;
        let mut active = state.status.is_active();
        loop {
            // Its monitor's connection closes with it, and one that is killed tells of nothing.
            let monitor = if active { listen_for_end(&dir).ok() } else { None };
            let mut hangups = vec![hangup];
            hangups.extend(monitor.as_ref().map(|m| m.socket.as_fd()));
            let mut gone = false;
            let end = tail.run(None, Some(&hangups), &mut |event| {
                if event.kind != "container" || event.actor.id != dir.id.as_str() {
                    return Ok(true);
                }
                match event.action.as_str() {
                    "die" => {
                        code = event.actor.attributes.get("exitCode").and_then(|c| c.parse().ok()).or(code);
                        return Ok(ending == Ending::Removed);
                    }
                    "destroy" => {
                        gone = true;
                        return Ok(false);
                    }
                    // Now it has a monitor.
                    "start" if monitor.is_none() => return Ok(false),
                    _ => {}
                }
                Ok(true)
            })?;
            if end == End::Hangup(0) {
                return Ok(Waited::HungUp);
            }
            let ended = code.is_some() && ending != Ending::Removed;
            if gone || ended {
                return Ok(Waited::Exited(code.unwrap_or(0)));
            }
            let had_monitor = monitor.is_some();
            if let (End::Hangup(_), Some(monitor)) = (end, monitor) {
                // One that was killed tells nothing: then the state does.
                code = monitor.wait().ok().or(code);
            }
            match self.status(&dir) {
                Ok(state) => {
                    active = state.status.is_active() && code.is_none();
                    if !active && had_monitor {
                        code = code.or(state.exit_code);
                    }
                    if code.is_some() && ending != Ending::Removed {
                        return Ok(Waited::Exited(code.unwrap_or(0)));
                    }
                }
                Err(e) if is(&e, Kind::NotFound) => return Ok(Waited::Exited(code.unwrap_or(137))),
                Err(e) => return Err(e),
            }
        }
    }

    /// Waits until a container runs that was seen in the state `before`; `false` if it is gone, has run meanwhile, or `hangup` is readable
    /// before.
    pub fn wait_for_start(
        &self,
        dir: &ContainerDir,
        before: &ContainerState,
        hangup: BorrowedFd<'_>,
    ) -> Result<bool> {
        let log = self.events_log();
        // From before the look at the state: a start that comes in between is in there.
        let mut tail = log.tail()?;
        let state = self.status(dir)?;
        if state.status == Status::Running {
            return Ok(true);
        }
        if state.finished != before.finished {
            return Ok(false);
        }
        let mut runs = false;
        tail.run(None, Some(&[hangup]), &mut |event| {
            let is_its = event.kind == "container" && event.actor.id == dir.id.as_str();
            runs = is_its && event.action == "start";
            Ok(!(is_its && matches!(event.action.as_str(), "start" | "destroy")))
        })?;
        Ok(runs)
    }

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
