//! Pausing, and changing limits.

use crate::cgroups::{self, Cgroup};
use crate::container::config::RestartPolicy;
use crate::container::resources::{HostCpus, Resources};
use crate::container::{ContainerDir, ContainerState, Status};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};
use crate::monitor::external::Operation;
use crate::monitor::{self, host_devices, protocol};
use crate::state::file::{self, Durability};

impl Engine {
    /// Freezes all processes of a running container.
    pub fn pause(&self, wanted: &str) -> Result<()> {
        let (dir, state) = self.require_running(wanted)?;
        if state.paused {
            return Kind::Conflict.err(format!("Container {} is already paused", dir.id));
        }
        let config = dir.config()?;
        if config.runtime.is_some() {
            protocol::operate(&monitor::connect(&dir)?, Operation::Pause)?;
        } else {
            let cgroup = cgroup(&dir, &state)?;
            file::write(&dir.paused_path(), &[], Durability::Ephemeral)?;
            cgroup.freeze()?;
        }
        self.tell(&config, "pause");
        Ok(())
    }

    /// Lets them go on.
    pub fn unpause(&self, wanted: &str) -> Result<()> {
        let (dir, state) = self.find(wanted)?;
        if state.status != Status::Running || !state.paused {
            return Kind::Conflict.err(format!("Container {} is not paused", dir.id));
        }
        let config = dir.config()?;
        if config.runtime.is_some() {
            protocol::operate(&monitor::connect(&dir)?, Operation::Resume)?;
        } else {
            cgroup(&dir, &state)?.thaw()?;
            file::remove_file(&dir.paused_path())?;
        }
        self.tell(&config, "unpause");
        Ok(())
    }

    /// Replaces the limits that `change` has, and the restart policy. They hold at once if the container runs, and for all its later starts.
    pub fn update(&self, wanted: &str, change: &Resources, restart: Option<RestartPolicy>) -> Result<()> {
        let (dir, state) = self.find(wanted)?;
        let mut config = dir.config()?;
        let mut resources = config.resources.updated(change)?;
        if change.memory > 0 && config.resources.memory == 0 {
            resources = resources.completed(cgroups::can_limit_swap());
        }
        check(&resources)?;
        config.resources = resources;
        if let Some(restart) = restart {
            if config.auto_remove && restart != RestartPolicy::No {
                return Kind::Conflict
                    .err("Restart policy cannot be updated because AutoRemove is enabled for the container");
            }
            config.restart = restart;
        }
        if state.status.is_active() {
            let mut spec = config.resources.to_spec(host_devices::block_number)?;
            // Decided when the container was made, and the same as then.
            spec.set_unified(None);
            let socket = monitor::connect(&dir)?;
            // A container that waits to be started again gets them then.
            let limits = *change != Resources::default() && state.status == Status::Running;
            protocol::update(&socket, &config.resources, config.restart, limits.then_some(spec))
                .with_context(|| format!("Cannot update container {}", dir.id.short()))?;
        }
        dir.write_config(&config, Durability::Durable)?;
        self.tell(&config, "update");
        Ok(())
    }
}

fn cgroup(dir: &ContainerDir, state: &ContainerState) -> Result<Cgroup> {
    match &state.cgroup {
        Some(saved) => Cgroup::reopen(saved),
        None => Kind::Unsupported.err(format!(
            "container {} can't be paused: it has no cgroup, because this user can't have one here; see `dhow doctor`",
            dir.id.short()
        )),
    }
}

/// Lets a container that was paused go on after a signal that is to end it.
pub(super) fn thaw(state: &ContainerState) {
    if let Some(saved) = state.cgroup.as_ref().filter(|saved| saved.is_frozen()) {
        // Gone already if the signal has ended it.
        let _ = Cgroup::reopen(saved).and_then(|c| c.thaw());
    }
}

/// Refuses limits that contradict each other or this host.
pub(super) fn check(resources: &Resources) -> Result<()> {
    if *resources == Resources::default() {
        return Ok(());
    }
    let list = |path: &str| std::fs::read_to_string(path).map(|t| t.trim().to_string()).unwrap_or_default();
    resources.check(&HostCpus {
        cpus: list("/sys/devices/system/cpu/online"),
        mems: list("/sys/devices/system/node/online"),
    })
}
