//! What a container is to be: what the command line and the API ask for.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::create::CgroupManager;
use super::mounting::{ImageVolumes, VolumesFrom};
use super::networking::ContainerNetwork;
use crate::container::cdi::CdiDevices;
use crate::container::config::{Attach, NamespaceModes, OwnLayer, RestartPolicy, SecurityConfig, Ulimit};
use crate::container::devices::DeviceMapping;
use crate::container::health::HealthOptions;
use crate::container::log::LogDriver;
use crate::container::resources::Resources;
use crate::container::tuning::Tuning;
use crate::engine::images::PullPolicy;
use crate::image::Platform;
use crate::namespaces::UserMode;
use crate::volumes::{MountPoint, TmpfsMount};

/// What a container is to be. `None` leaves it to the image, or to the default.
#[derive(Debug, Clone, Default)]
pub struct CreateRequest {
    pub name: Option<String>,
    /// Name or id of an image; empty with `rootfs`.
    pub image: String,
    pub rootfs: Option<PathBuf>,
    pub pull: Option<PullPolicy>,
    pub platform: Option<Platform>,
    pub command: Vec<String>,
    /// Replaces the image's, and with it the image's command.
    pub entrypoint: Option<Vec<String>>,
    /// `NAME=VALUE`, or `NAME` to take it away.
    pub env: Vec<String>,
    pub cwd: Option<PathBuf>,
    pub user: Option<String>,
    pub groups: Vec<String>,
    pub tty: bool,
    /// Rows and columns of the terminal.
    pub console_size: Option<(u16, u16)>,
    pub open_stdin: bool,
    pub stdin_once: bool,
    pub attach: Attach,
    pub labels: BTreeMap<String, String>,
    pub hostname: Option<String>,
    pub network: ContainerNetwork,
    pub files: FilesRequest,
    pub shm_size: Option<u64>,
    pub namespaces: NamespaceModes,
    pub userns_mode: String,
    pub user_namespace: UserMode,
    pub security: SecurityConfig,
    pub ulimits: Vec<Ulimit>,
    pub sysctls: BTreeMap<String, String>,
    pub init: Option<bool>,
    /// Name or path of an OCI runtime.
    pub runtime: Option<String>,
    pub tuning: Tuning,
    /// The container whose processes this one is to see.
    pub pid_of: Option<String>,
    /// The container whose IPC namespace and /dev/shm this one shares.
    pub ipc_of: Option<String>,
    pub resources: Resources,
    pub cgroup_parent: Option<PathBuf>,
    /// Who makes its cgroup; none: what is usual for this user.
    pub cgroup_manager: Option<CgroupManager>,
    pub devices: Vec<DeviceMapping>,
    pub cdi: CdiDevices,
    pub device_cgroup_rules: Vec<String>,
    pub stop_signal: Option<i32>,
    pub stop_timeout: Option<i32>,
    pub log_driver: Option<LogDriver>,
    pub log_options: Vec<(String, String)>,
    pub restart: RestartPolicy,
    /// Containers, by name or id.
    pub requires: Vec<String>,
    pub health: HealthOptions,
    pub auto_remove: bool,
}

/// The part of a [`CreateRequest`] that is about files.
#[derive(Debug, Clone, Default)]
pub struct FilesRequest {
    pub mounts: Vec<MountPoint>,
    pub tmpfs: Vec<TmpfsMount>,
    pub volumes_from: Vec<VolumesFrom>,
    pub image_volumes: ImageVolumes,
    pub readonly_rootfs: bool,
    pub read_only_tmpfs: bool,
    pub layer: OwnLayer,
}
