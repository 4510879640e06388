//! Operations on containers.

mod attach;
mod connecting;
mod create;
mod dependents;
mod exec;
mod exec_later;
mod healthcheck;
mod inspect;
mod inspect_limits;
mod inspect_mounts;
mod inspect_network;
mod kill;
mod known;
mod limits;
mod list;
mod logs;
mod memory;
mod modes;
mod mounting;
mod networking;
mod remembered;
mod remove;
mod request;
mod size;
mod start;
mod stats;
mod status;
mod summary;
mod top;
mod userns;
mod wait;

pub use attach::{AttachStreams, Attached, RawStreams};
pub use create::CgroupManager;
pub use exec::ExecRequest;
pub use exec_later::{ExecConfig, ExecInspect, ExecState};
pub use inspect::Inspection;
pub use inspect_network::{endpoint_id, names as network_names};
pub use kill::parse_signal;
pub(crate) use kill::signal_name;
pub use list::{ContainerFilter, ContainerSummary, Listing};
pub use logs::LogsRequest;
pub(in crate::engine) use memory::Memory;
pub use modes::{ipc_mode, masked_paths, namespace_mode, readonly_paths, security_options};
pub use remembered::{Form, Text};
pub use remove::{ContainerPruneReport, RemoveRequest};
pub use request::{CreateRequest, FilesRequest};
pub use stats::{InterfaceUsage, Usage};
pub use summary::SummaryParts;
pub use top::{ProcessTable, process_table};
pub use wait::{Condition, Ending, Waited};

// What requests and answers are made of. The front ends see the engine only.
pub use crate::cgroups::DeviceIo;
pub use crate::container::capability::normalize as capability_name;
pub use crate::container::cdi::{self, CdiDevices, DeviceName};
pub use crate::container::config::OwnLayer;
pub use crate::container::config::{
    Attach, ContainerConfig, IpcMode, NamespaceMode, NamespaceModes, RestartPolicy, SeccompProfile,
    SecurityConfig, Ulimit, Unmasked,
};
pub use crate::container::devices::DeviceMapping;
pub use crate::container::health::{HealthOptions, HealthStatus, OnFailure};
pub use crate::container::log::{Entry, LogConfig, LogDriver, Stream};
pub use crate::container::quantity;
pub use crate::container::resources::{DeviceRate, Resources};
pub use crate::container::tuning::{self, Tuning};
pub use crate::container::{ContainerDir, ContainerState, Status};
pub use crate::monitor::relay::{Options as RelayOptions, Outcome, hold_signals};
pub use crate::monitor::{Waiting as MonitorWaiting, detach};
pub use crate::namespaces::{IdRange, UserMode, mode as user_mode};
pub use crate::netns::{
    Binding, ExtraHost, Link, Mac, NetworkMode, NetworkOption, PortSpec, PublishMode, Published,
    exposed as published_port,
};
pub use crate::state::ContainerId;
pub use crate::volumes::{MountPoint, MountSource, TmpfsMount, parse_mount};
pub(in crate::engine) use mounting::ClaimedVolumes;
pub use mounting::{ImageVolumes, VolumesFrom};
pub use networking::ContainerNetwork;
pub(in crate::engine) use size::tree_size;

use super::Engine;
use crate::container::ContainerStore;

impl Engine {
    pub(crate) fn containers(&self) -> ContainerStore {
        ContainerStore::new(&self.roots)
    }
}

/// Bytes of the host's memory.
pub(crate) fn memory_total() -> u64 {
    let text = std::fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let kib =
        text.lines().find_map(|l| l.strip_prefix("MemTotal:")?.trim().split(' ').next()?.parse::<u64>().ok());
    kib.unwrap_or(0) * 1024
}
