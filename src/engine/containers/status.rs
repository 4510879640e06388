//! What is true of a container now, also after its monitor was killed or the machine went down; and the clean-up after them.

use std::io::ErrorKind;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::cgroups::{Cgroup, Driver, Saved};
use crate::container::events::event;
use crate::container::{ContainerDir, ContainerState, Status};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result, is};
use crate::monitor::{external, teardown};
use crate::netns::Record;
use crate::state::Lock;
use crate::state::file::{self, Durability};
use crate::state::process::ProcessIdentity;
use crate::sys::pidfd;

impl Engine {
    /// The state of a container. One that is recorded as running without a monitor is cleaned up first; if it was to be removed at its
    /// end it is, and [`Kind::NotFound`] says so.
    pub fn status(&self, dir: &ContainerDir) -> Result<ContainerState> {
        match seen(dir)? {
            Some(state) => Ok(state),
            None => self.bury(dir),
        }
    }

    /// Cleans up after a container whose monitor is gone.
    fn bury(&self, dir: &ContainerDir) -> Result<ContainerState> {
        let rebooted = !dir.run.is_dir();
        let Some(_lock) = Self::try_lock(dir)? else {
            // Somebody else does it, or has started it again.
            return dir.recorded_state();
        };
        let state = dir.recorded_state()?;
        if !state.status.is_active() {
            return Ok(state);
        }
        if let Some(init) = state.init {
            // What version 1 has frozen can't even die.
            super::limits::thaw(&state);
            kill_and_wait(init)?;
        }
        let (code, error) = if rebooted {
            (255, "the machine was restarted while the container ran")
        } else {
            (137, "the container's monitor was killed, and the container with it")
        };
        let config = dir.config()?;
        external::forget(dir, &config);
        let networks = Record::read(&dir.run).ok().flatten().map(|record| record.networks());
        teardown::poststop(dir, &config);
        if config.auto_remove {
            teardown::remove(&self.roots, dir, &config.name, Durability::Ephemeral)?;
        }
        teardown::clean(&self.roots, dir, &state)?;
        if config.auto_remove {
            return Kind::NotFound.err(format!("No such container: {}", dir.id.short()));
        }
        let state = ContainerState {
            status: Status::Exited,
            init: None,
            monitor: None,
            finished: Some(jiff::Timestamp::now()),
            exit_code: Some(code),
            error: Some(error.into()),
            cgroup: None,
            networks: networks.unwrap_or_default(),
            ..state
        };
        match dir.write_state(&state, config.restart) {
            Ok(()) => self.events_log().tell(&event(&config, "die").with("exitCode", code)),
            // What is true is told all the same, and `rm` must work: it is what makes room again.
            Err(e) if is_io(&e, ErrorKind::StorageFull) => log::debug!("{e:#}"),
            Err(e) => return Err(e),
        }
        Ok(state)
    }

    /// The container's lock, `None` if its monitor lives.
    pub(super) fn try_lock(dir: &ContainerDir) -> Result<Option<Lock>> {
        loop {
            match file::make_dirs(&dir.run, 0o700) {
                // It was there when we made it, and gone when we looked.
                Err(e) if is_io(&e, ErrorKind::AlreadyExists) && !dir.run.exists() => continue,
                other => other?,
            }
            match Lock::try_exclusive(&dir.lock_path()) {
                // Between the two calls a monitor has cleaned up after the container's last run.
                Err(e) if is_io(&e, ErrorKind::NotFound) => {}
                other => return other,
            }
        }
    }

    /// Removes what a power loss has left of containers that were to remove themselves.
    pub(crate) fn sweep_lost(&self) -> Result<()> {
        self.containers().give_up_lost()?;
        self.sweep()
    }

    /// Removes what commands and monitors that were killed left half-made or half-deleted.
    pub(crate) fn sweep(&self) -> Result<()> {
        let store = self.containers();
        store.sweep(|leftover| teardown::delete(&self.roots, leftover))?;
        for id in store.run_ids()? {
            let dir = store.dir(&id);
            if !dir.exists() && !Lock::is_held(&dir.lock_path())? {
                self.sweep_run(&dir)?;
            }
        }
        Ok(())
    }

    /// Run-time state of a container that is gone.
    fn sweep_run(&self, dir: &ContainerDir) -> Result<()> {
        let lock = Lock::try_existing(&dir.lock_path())?;
        if dir.exists() {
            return Ok(());
        }
        if lock.is_none() {
            // Held by another who does this, or gone already; a directory without a lock is empty.
            let _ = std::fs::remove_dir(&dir.run);
            return Ok(());
        }
        let path = cgroup_of_bundle(dir);
        let left = Cgroup::leftover(path.as_deref(), dir.id.as_str(), Driver::Cgroupfs)?;
        let cgroup = left.map(|c| c.saved().clone());
        teardown::clean(&self.roots, dir, &ContainerState { cgroup, ..ContainerState::default() })
    }

    /// Finds a container. `CONTAINER/ALIAS`, a link of another one, is a name of it, too.
    pub(super) fn locate(&self, wanted: &str) -> Result<ContainerDir> {
        let store = self.containers();
        let by_link = || {
            let (container, alias) = wanted.trim_start_matches('/').split_once('/')?;
            let dir = store.find(container).ok()?;
            let links = dir.config().ok()?.networking.links;
            let link = links.iter().find(|link| link.alias == alias)?;
            Some(dir.sibling(&link.container))
        };
        match store.find(wanted) {
            Err(e) if is(&e, Kind::NotFound) => by_link().ok_or(e),
            found => found,
        }
    }

    /// Finds a container and its state in one.
    pub fn find(&self, wanted: &str) -> Result<(ContainerDir, ContainerState)> {
        let dir = self.locate(wanted)?;
        match self.status(&dir) {
            Err(e) if is(&e, Kind::NotFound) => Kind::NotFound.err(format!("No such container: {wanted}")),
            other => Ok((dir, other?)),
        }
    }
}

/// The state of a container as it is told on disk, and by what of it lives; `None`: its monitor is gone, and what is recorded is not true.
pub(super) fn seen(dir: &ContainerDir) -> Result<Option<ContainerState>> {
    let state = dir.recorded_state()?;
    Ok(match liveness(dir, &state, || dir.paused_path().exists())? {
        Liveness::WithoutMonitor => None,
        Liveness::AsRecorded => Some(state),
        Liveness::Paused => Some(ContainerState { paused: true, ..state }),
    })
}

/// What isn't written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Liveness {
    AsRecorded,
    Paused,
    /// What is recorded is not true.
    WithoutMonitor,
}

/// `is_marked` says whether it may be paused: the cgroup, which knows, is asked only then.
pub(super) fn liveness(
    dir: &ContainerDir,
    state: &ContainerState,
    is_marked: impl FnOnce() -> bool,
) -> Result<Liveness> {
    liveness_by(state, || Lock::is_held(&dir.lock_path()), is_marked)
}

/// The same if whether its lock is held is found out in another way.
pub(super) fn liveness_by(
    state: &ContainerState,
    is_held: impl FnOnce() -> Result<bool>,
    is_marked: impl FnOnce() -> bool,
) -> Result<Liveness> {
    if !state.status.is_active() {
        return Ok(Liveness::AsRecorded);
    }
    if !is_held()? {
        return Ok(Liveness::WithoutMonitor);
    }
    let is_frozen = || is_marked() && state.cgroup.as_ref().is_some_and(Saved::is_frozen);
    let paused = state.status == Status::Running && (state.frozen || is_frozen());
    Ok(if paused { Liveness::Paused } else { Liveness::AsRecorded })
}

/// Where the cgroup of a container is whose config is gone, if in a place of the user's choice.
fn cgroup_of_bundle(dir: &ContainerDir) -> Option<PathBuf> {
    let spec: serde_json::Value = file::read_json_opt(&dir.run.join("bundle/config.json")).ok()??;
    let path = PathBuf::from(spec.pointer("/linux/cgroupsPath")?.as_str()?);
    let usual = Path::new("/dhow").join(dir.id.as_str());
    Some(path).filter(|path| *path != usual && path.is_absolute())
}

fn is_io(error: &crate::error::Error, kind: ErrorKind) -> bool {
    error.root_cause().downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == kind)
}

/// Kills a process that may not be our child and waits until it is gone, and with it its namespaces and mounts.
pub(super) fn kill_and_wait(process: ProcessIdentity) -> Result<()> {
    let Some(fd) = process.open()? else { return Ok(()) };
    pidfd::send_signal(fd.as_fd(), libc::SIGKILL).context("killing the container")?;
    let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
    while matches!(poll(&mut fds, PollTimeout::NONE), Err(nix::errno::Errno::EINTR)) {}
    Ok(())
}
