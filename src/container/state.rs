//! What became of a container. Written by its monitor while that lives, by whoever finds the monitor gone afterwards.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::health::HealthState;
use crate::cgroups::Saved;
use crate::state::process::ProcessIdentity;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    #[default]
    Created,
    Running,
    /// Ended, and about to be started again.
    Restarting,
    Exited,
}

impl Status {
    /// Whether there is a monitor, if the state is true.
    pub fn is_active(self) -> bool {
        matches!(self, Self::Running | Self::Restarting)
    }

    /// As docker names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Restarting => "restarting",
            Self::Exited => "exited",
        }
    }
}

/// `containers/<id>/state.json`. Without the file the container was created and never started.
///
/// `Running` (or `Restarting`) is true only while the monitor holds the container's lock; a free lock means that machine or monitor died.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerState {
    pub status: Status,
    /// The container's first process while it runs.
    pub init: Option<ProcessIdentity>,
    pub monitor: Option<ProcessIdentity>,
    pub started: Option<Timestamp>,
    pub finished: Option<Timestamp>,
    pub exit_code: Option<u8>,
    /// Why it could not be started, or died with its monitor.
    pub error: Option<String>,
    /// How often it was started again since somebody has started it.
    #[serde(default)]
    pub restart_count: u32,
    /// Somebody has asked it to end, and nobody has started it since.
    #[serde(default)]
    pub stopped: bool,
    /// With a health check: brought up to date when its status changes and at the end.
    #[serde(default)]
    pub health: Option<HealthState>,
    pub cgroup: Option<Saved>,
    /// The kernel killed a process of it because it hit its limit of memory.
    #[serde(default)]
    pub oom_killed: bool,
    /// All its processes are frozen. The kernel knows; it is not written down.
    #[serde(skip)]
    pub paused: bool,
    /// Another runtime has frozen them, in its own way.
    #[serde(default)]
    pub frozen: bool,
    /// The networks on which it ended, and their ids: a client that finds it stopped wants to know whether they are still the same.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub networks: BTreeMap<String, String>,
    /// `CLONE_NEW…` flags of the namespaces that the container does not share with the host.
    pub namespaces: i32,
}

impl ContainerState {
    /// As docker names it.
    pub fn status_name(&self) -> &'static str {
        if self.paused { "paused" } else { self.status.name() }
    }
}
