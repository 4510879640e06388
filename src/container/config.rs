//! What a container was created with. Written once, durable, never changed but for the name.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::cdi::CdiDevices;
use super::devices::DeviceMapping;
use super::external::ExternalRuntime;
use super::health::HealthConfig;
use super::links::ContainerLink;
use super::log::LogConfig;
use super::resources::Resources;
use super::tuning::Tuning;
use crate::cgroups::Driver;
use crate::error::{Context, Error, Kind, Result};
use crate::namespaces::Mapping;
use crate::netns::{ExtraHost, NetworkMode, PublishMode, Published};
use crate::state::{ContainerId, Digest};
use crate::volumes::{MountPoint, TmpfsMount};

/// `containers/<id>/config.json`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ContainerConfig {
    pub id: ContainerId,
    pub name: String,
    pub created: Timestamp,
    /// The image as it was typed; empty with `--rootfs`.
    pub image: String,
    /// Digest of the image's configuration.
    pub image_id: Option<Digest>,
    /// Diff IDs, bottom first. The image store counts these as references.
    pub layers: Vec<Digest>,
    /// A directory of the host that serves as root instead of an image.
    pub rootfs: Option<PathBuf>,
    pub process: ProcessConfig,
    pub labels: BTreeMap<String, String>,
    pub exposed_ports: Vec<String>,
    pub hostname: Option<String>,
    pub network: NetworkMode,
    #[serde(default)]
    pub networking: Networking,
    pub extra_hosts: Vec<ExtraHost>,
    pub dns: Vec<IpAddr>,
    #[serde(default)]
    pub mounts: Vec<MountPoint>,
    pub tmpfs: Vec<TmpfsMount>,
    /// Destinations of volumes without a name: the image's and those that were asked for.
    #[serde(default)]
    pub volumes: Vec<String>,
    /// As it was asked for: `CONTAINER[:MODE]`.
    #[serde(default)]
    pub volumes_from: Vec<String>,
    pub readonly_rootfs: bool,
    /// File systems in memory where programs want to write although the root is read-only.
    #[serde(default)]
    pub read_only_tmpfs: bool,
    /// How the container's own layer is kept.
    #[serde(default)]
    pub layer: OwnLayer,
    /// Bytes of /dev/shm.
    pub shm_size: u64,
    pub namespaces: NamespaceModes,
    /// The user namespace as it was asked for, and the ids that it got; none: as root the host's, else one with this user's ids.
    #[serde(default)]
    pub userns_mode: String,
    #[serde(default)]
    pub id_mapping: Option<Mapping>,
    pub security: SecurityConfig,
    pub ulimits: Vec<Ulimit>,
    pub sysctls: BTreeMap<String, String>,
    pub init: bool,
    /// What runs the container instead of the built-in runtime.
    #[serde(default)]
    pub runtime: Option<ExternalRuntime>,
    #[serde(default)]
    pub tuning: Tuning,
    #[serde(default)]
    pub resources: Resources,
    /// The cgroup that the container's own goes into, from the mount of the hierarchy.
    #[serde(default)]
    pub cgroup_parent: Option<PathBuf>,
    /// Where the systemd answers that makes the cgroup; none: dhow makes it.
    #[serde(default)]
    pub systemd: Option<PathBuf>,
    #[serde(default)]
    pub devices: Vec<DeviceMapping>,
    #[serde(default)]
    pub cdi: CdiDevices,
    /// Further rules for devices, as `c 10:* rw`.
    #[serde(default)]
    pub device_cgroup_rules: Vec<String>,
    /// As a signal number.
    pub stop_signal: i32,
    /// Seconds between the stop signal and SIGKILL; negative: no SIGKILL.
    pub stop_timeout: i32,
    pub log: LogConfig,
    #[serde(default)]
    pub restart: RestartPolicy,
    #[serde(default)]
    pub health: Option<HealthConfig>,
    /// Containers that run before this one is started.
    #[serde(default)]
    pub requires: Vec<ContainerId>,
    /// Remove the container when it ends.
    pub auto_remove: bool,
}

/// What goes with the network, beside where it comes from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Networking {
    pub published: Vec<Published>,
    /// All exposed ports were to be published.
    pub publish_all: bool,
    pub publish_mode: PublishMode,
    pub dns_search: Vec<String>,
    pub dns_options: Vec<String>,
    /// The image's own /etc/hosts and /etc/hostname stay.
    pub no_hosts: bool,
    pub no_hostname: bool,
    /// To containers on the default network.
    pub links: Vec<ContainerLink>,
    /// An ordinary user's container may reach the host by the address for that (`--add-host NAME:host-gateway`).
    pub reaches_host: bool,
}

impl ContainerConfig {
    /// The container's cgroup as it is asked for: where, and who makes it.
    pub fn cgroup(&self) -> (Option<PathBuf>, Driver<'_>) {
        match &self.systemd {
            None => (self.cgroup_parent.as_ref().map(|p| p.join(self.id.as_str())), Driver::Cgroupfs),
            Some(socket) => {
                let slice = self.cgroup_parent.as_ref().map(|p| p.display().to_string()).unwrap_or_default();
                (Some(format!("{slice}:dhow:{}", self.id).into()), Driver::Systemd(socket))
            }
        }
    }
}

/// What becomes of the changes to the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OwnLayer {
    /// `--rootfs DIR:O`: they go to the container's own directory, DIR stays as it is.
    pub over_rootfs: bool,
    /// They stay in memory and go with the container's processes (`--ephemeral`).
    pub ephemeral: bool,
    /// Bytes that they may be (`--storage-opt size=`).
    pub size: Option<u64>,
}

impl ContainerConfig {
    /// Whether the root is an overlay: only a plain `--rootfs` is none.
    pub fn has_layer(&self) -> bool {
        self.rootfs.is_none() || self.layer.over_rootfs
    }
}

/// The program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessConfig {
    pub entrypoint: Vec<String>,
    pub command: Vec<String>,
    pub env: Vec<String>,
    pub cwd: PathBuf,
    /// `USER[:GROUP]`, names or numbers.
    pub user: String,
    pub groups: Vec<String>,
    pub tty: bool,
    /// Of the terminal when the program begins, if whoever starts it has none of his own: rows and columns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console_size: Option<(u16, u16)>,
    /// Keep standard input open even when nobody is attached.
    pub open_stdin: bool,
    /// Close standard input when the first client that was attached goes.
    pub stdin_once: bool,
    /// Which streams the creating client wanted.
    pub attach: Attach,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attach {
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
}

impl Attach {
    pub fn any(self) -> bool {
        self.stdin || self.stdout || self.stderr
    }
}

impl ProcessConfig {
    /// Entry point and command in one.
    pub fn args(&self) -> Vec<String> {
        self.entrypoint.iter().chain(&self.command).cloned().collect()
    }
}

/// Whether a namespace is the container's own or the host's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NamespaceMode {
    #[default]
    Private,
    Host,
    /// Another container's.
    Container(ContainerId),
}

/// `--ipc`: whose System V objects, message queues and /dev/shm the container has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IpcMode {
    #[default]
    Private,
    /// Its own, which other containers may join.
    Shareable,
    /// Its own, without a /dev/shm.
    None,
    Host,
    Container(ContainerId),
}

impl IpcMode {
    /// Whether the container has a new IPC namespace.
    pub fn is_own(&self) -> bool {
        matches!(self, Self::Private | Self::Shareable | Self::None)
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamespaceModes {
    pub pid: NamespaceMode,
    pub ipc: IpcMode,
    pub uts: NamespaceMode,
    #[serde(default)]
    pub cgroup: NamespaceMode,
}

/// Which of the paths that are hidden or read-only usually are neither.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unmasked {
    #[default]
    None,
    All,
    Paths(Vec<String>),
}

impl Unmasked {
    pub fn has(&self, path: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Paths(paths) => paths.iter().any(|p| p == path),
        }
    }
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecurityConfig {
    pub privileged: bool,
    /// As `CAP_…` or `ALL`.
    pub cap_add: Vec<String>,
    pub cap_drop: Vec<String>,
    /// What these two start from, instead of docker's set.
    #[serde(default)]
    pub capabilities: Option<Vec<String>>,
    pub no_new_privileges: bool,
    /// Name of an AppArmor profile.
    #[serde(default)]
    pub apparmor: Option<String>,
    /// SELinux label of the processes.
    #[serde(default)]
    pub selinux: Option<String>,
    /// Paths to hide beside the usual ones, and of the usual ones those to show after all.
    #[serde(default)]
    pub masked: Vec<String>,
    #[serde(default)]
    pub unmasked: Unmasked,
    /// All paths that can be seen, but not written, where a client has listed them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub readonly: Option<Vec<String>>,
    pub seccomp: SeccompProfile,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SeccompProfile {
    #[default]
    Default,
    Unconfined,
    /// The text of a profile in docker's format.
    Custom(String),
}

/// A resource limit by its name in setrlimit(2), lower case, without `RLIMIT_`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ulimit {
    pub name: String,
    pub soft: u64,
    pub hard: u64,
}

impl FromStr for Ulimit {
    type Err = Error;

    /// `NAME=SOFT[:HARD]`
    fn from_str(text: &str) -> Result<Self> {
        const NAMES: [&str; 15] = [
            "core",
            "cpu",
            "data",
            "fsize",
            "locks",
            "memlock",
            "msgqueue",
            "nice",
            "nofile",
            "nproc",
            "rss",
            "rtprio",
            "rttime",
            "sigpending",
            "stack",
        ];
        let invalid = |why: &str| Kind::Invalid.error(format!("invalid ulimit argument: {text:?}: {why}"));
        let Some((name, values)) = text.split_once('=') else { return Err(invalid("use NAME=SOFT[:HARD]")) };
        if !NAMES.contains(&name) {
            return Err(invalid(&format!("unknown limit (known: {})", NAMES.join(", "))));
        }
        let number = |v: &str| match v {
            "-1" | "unlimited" => Ok(u64::MAX),
            v => v.parse::<u64>().map_err(|_| invalid("not a number")),
        };
        let (soft, hard) = values.split_once(':').unwrap_or((values, values));
        let (soft, hard) = (number(soft)?, number(hard)?);
        if soft > hard {
            return Err(invalid("ulimit soft limit must be less than or equal to hard limit"));
        }
        Ok(Ulimit { name: name.into(), soft, hard })
    }
}

/// Whether a container that has ended is started again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RestartPolicy {
    #[default]
    No,
    /// If its exit code isn't 0, at most this often.
    OnFailure {
        max: Option<u32>,
    },
    Always,
    /// As `Always`, but one that was stopped stays so when the machine is started.
    UnlessStopped,
}

impl RestartPolicy {
    /// As docker names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::OnFailure { .. } => "on-failure",
            Self::Always => "always",
            Self::UnlessStopped => "unless-stopped",
        }
    }

    /// How often at most, 0 for any number.
    pub fn max_retries(self) -> u32 {
        match self {
            Self::OnFailure { max } => max.unwrap_or(0),
            _ => 0,
        }
    }
}

impl FromStr for RestartPolicy {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (name, count) = text.split_once(':').map_or((text, None), |(n, c)| (n, Some(c)));
        let policy = match name {
            "" | "no" => Self::No,
            "always" => Self::Always,
            "unless-stopped" => Self::UnlessStopped,
            "on-failure" => {
                let max = count.map(|c| {
                    c.parse::<u32>().ok().with_context(|| {
                        Kind::Invalid
                            .error("invalid restart policy format: maximum retry count must be an integer")
                    })
                });
                return Ok(Self::OnFailure { max: max.transpose()?.filter(|m| *m > 0) });
            }
            _ => {
                return Kind::Invalid.err(format!(
                    "invalid restart policy: unknown policy '{name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"
                ));
            }
        };
        match count {
            None => Ok(policy),
            Some(_) => Kind::Invalid
                .err("invalid restart policy: maximum retry count can only be used with 'on-failure'"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ulimits() {
        assert_eq!(
            "nofile=10:20".parse::<Ulimit>().unwrap(),
            Ulimit { name: "nofile".into(), soft: 10, hard: 20 }
        );
        assert_eq!("core=-1".parse::<Ulimit>().unwrap().hard, u64::MAX);
        for bad in ["nofile", "nope=1", "nofile=2:1", "nofile=x"] {
            assert!(bad.parse::<Ulimit>().is_err(), "{bad}");
        }
    }
}
