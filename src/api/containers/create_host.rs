//! The host's part of a request to make a container (Engine API, HostConfig), and limits (Resources).

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Deserializer};

use super::create_mounts::MountBody;
use super::lifecycle::RestartBody;
use crate::api::json::{Both, or_default};
use crate::engine::containers::{CdiDevices, DeviceMapping, DeviceName, DeviceRate, Resources, Ulimit, cdi};
use crate::error::{Kind, Result};

/// Limits. What isn't there is no limit.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct ResourcesBody {
    #[serde(deserialize_with = "or_default")]
    memory: i64,
    #[serde(deserialize_with = "or_default")]
    memory_reservation: i64,
    #[serde(deserialize_with = "or_default")]
    memory_swap: i64,
    memory_swappiness: Option<i64>,
    oom_kill_disable: Option<bool>,
    #[serde(deserialize_with = "or_default")]
    nano_cpus: i64,
    #[serde(deserialize_with = "or_default")]
    cpu_shares: u64,
    #[serde(deserialize_with = "or_default")]
    cpu_period: u64,
    #[serde(deserialize_with = "or_default")]
    cpu_quota: i64,
    #[serde(deserialize_with = "or_default")]
    cpu_realtime_period: u64,
    #[serde(deserialize_with = "or_default")]
    cpu_realtime_runtime: i64,
    #[serde(deserialize_with = "or_default")]
    cpuset_cpus: String,
    #[serde(deserialize_with = "or_default")]
    cpuset_mems: String,
    pub(super) pids_limit: Option<i64>,
    #[serde(deserialize_with = "or_default")]
    blkio_weight: u16,
    #[serde(deserialize_with = "or_default")]
    blkio_weight_device: Vec<WeightDevice>,
    #[serde(deserialize_with = "or_default")]
    blkio_device_read_bps: Vec<ThrottleDevice>,
    #[serde(deserialize_with = "or_default")]
    blkio_device_write_bps: Vec<ThrottleDevice>,
    #[serde(rename = "BlkioDeviceReadIOps", deserialize_with = "or_default")]
    blkio_device_read_iops: Vec<ThrottleDevice>,
    #[serde(rename = "BlkioDeviceWriteIOps", deserialize_with = "or_default")]
    blkio_device_write_iops: Vec<ThrottleDevice>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct WeightDevice {
    path: PathBuf,
    weight: u64,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ThrottleDevice {
    path: PathBuf,
    rate: u64,
}

impl ResourcesBody {
    pub fn resources(self) -> Result<Resources> {
        let rates = |list: Vec<ThrottleDevice>| {
            list.into_iter().map(|d| DeviceRate { path: d.path, rate: d.rate }).collect()
        };
        let memory_swappiness = match self.memory_swappiness {
            None | Some(-1) => None,
            Some(value @ 0..=100) => Some(value as u64),
            Some(value) => {
                return Kind::Invalid
                    .err(format!("Invalid value: {value}, valid memory swappiness range is 0-100"));
            }
        };
        Ok(Resources {
            memory: self.memory,
            memory_reservation: self.memory_reservation,
            // Every number below 0 is none.
            memory_swap: self.memory_swap.max(-1),
            memory_swappiness,
            oom_kill_disable: self.oom_kill_disable.unwrap_or(false),
            nano_cpus: self.nano_cpus,
            cpu_shares: self.cpu_shares,
            cpu_period: self.cpu_period,
            cpu_quota: self.cpu_quota,
            cpu_rt_period: self.cpu_realtime_period,
            cpu_rt_runtime: self.cpu_realtime_runtime,
            cpuset_cpus: self.cpuset_cpus,
            cpuset_mems: self.cpuset_mems,
            pids_limit: self.pids_limit.map_or(0, |limit| limit.max(-1)),
            blkio_weight: self.blkio_weight,
            blkio_weight_device: self
                .blkio_weight_device
                .into_iter()
                .map(|d| DeviceRate { path: d.path, rate: d.weight })
                .collect(),
            device_read_bps: rates(self.blkio_device_read_bps),
            device_write_bps: rates(self.blkio_device_write_bps),
            device_read_iops: rates(self.blkio_device_read_iops),
            device_write_iops: rates(self.blkio_device_write_iops),
            unified: BTreeMap::new(),
        })
    }
}

/// `HostConfig`
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct HostBody {
    /// Written among the others.
    #[serde(skip)]
    pub resources: ResourcesBody,
    #[serde(deserialize_with = "or_default")]
    pub binds: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub mounts: Vec<MountBody>,
    #[serde(deserialize_with = "or_default")]
    pub tmpfs: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub volumes_from: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub volume_driver: String,
    #[serde(deserialize_with = "or_default")]
    pub log_config: LogBody,
    #[serde(deserialize_with = "or_default")]
    pub network_mode: String,
    #[serde(deserialize_with = "or_default")]
    pub port_bindings: BTreeMap<String, Option<Vec<PortBody>>>,
    #[serde(deserialize_with = "or_default")]
    pub publish_all_ports: bool,
    #[serde(deserialize_with = "or_default")]
    pub restart_policy: RestartBody,
    #[serde(deserialize_with = "or_default")]
    pub auto_remove: bool,
    #[serde(deserialize_with = "or_default")]
    pub cap_add: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub cap_drop: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub cgroupns_mode: String,
    #[serde(deserialize_with = "or_default")]
    pub dns: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub dns_options: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub dns_search: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub extra_hosts: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub group_add: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub ipc_mode: String,
    #[serde(deserialize_with = "or_default")]
    pub links: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub oom_score_adj: i32,
    pub console_size: Option<[u16; 2]>,
    #[serde(deserialize_with = "or_default")]
    pub pid_mode: String,
    #[serde(deserialize_with = "or_default")]
    pub privileged: bool,
    #[serde(deserialize_with = "or_default")]
    pub readonly_rootfs: bool,
    #[serde(deserialize_with = "or_default")]
    pub security_opt: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub storage_opt: BTreeMap<String, String>,
    #[serde(rename = "UTSMode", deserialize_with = "or_default")]
    pub uts_mode: String,
    #[serde(deserialize_with = "or_default")]
    pub userns_mode: String,
    #[serde(deserialize_with = "or_default")]
    pub shm_size: i64,
    #[serde(deserialize_with = "or_default")]
    pub sysctls: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub runtime: String,
    pub init: Option<bool>,
    #[serde(deserialize_with = "or_default")]
    pub cgroup_parent: String,
    #[serde(deserialize_with = "or_default")]
    pub annotations: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    devices: Vec<DeviceBody>,
    #[serde(deserialize_with = "or_default")]
    pub device_cgroup_rules: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    device_requests: Vec<DeviceRequestBody>,
    #[serde(deserialize_with = "or_default")]
    ulimits: Vec<UlimitBody>,
    pub masked_paths: Option<Vec<String>>,
    pub readonly_paths: Option<Vec<String>>,
    #[serde(deserialize_with = "or_default")]
    pub isolation: String,
    #[serde(rename = "IOMaximumIOps", deserialize_with = "or_default")]
    io_maximum_iops: u64,
    #[serde(rename = "IOMaximumBandwidth", deserialize_with = "or_default")]
    io_maximum_bandwidth: u64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct LogBody {
    #[serde(rename = "Type", deserialize_with = "or_default")]
    pub driver: String,
    #[serde(deserialize_with = "or_default")]
    pub config: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct PortBody {
    #[serde(deserialize_with = "or_default")]
    pub host_ip: String,
    #[serde(deserialize_with = "or_default")]
    pub host_port: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct DeviceBody {
    path_on_host: String,
    path_in_container: String,
    cgroup_permissions: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct DeviceRequestBody {
    #[serde(deserialize_with = "or_default")]
    driver: String,
    #[serde(deserialize_with = "or_default")]
    count: i64,
    #[serde(rename = "DeviceIDs", deserialize_with = "or_default")]
    device_ids: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    capabilities: Vec<Vec<String>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UlimitBody {
    name: String,
    soft: i64,
    hard: i64,
}

impl HostBody {
    /// Of a field that may be null.
    pub fn read<'de, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let Both(host, resources): Both<Self, ResourcesBody> = or_default(deserializer)?;
        Ok(Self { resources, ..host })
    }

    /// What can't be had here is refused, not left out.
    pub fn check(&self) -> Result<()> {
        if !matches!(self.volume_driver.as_str(), "" | "local") {
            return Kind::NotFound.err(format!("plugin {:?} not found", self.volume_driver));
        }
        if !(-1000..=1000).contains(&self.oom_score_adj) {
            return Kind::Invalid.err(format!(
                "Invalid value {}, range for oom score adj is [-1000, 1000]",
                self.oom_score_adj
            ));
        }
        if self.shm_size < 0 {
            return Kind::Invalid.err("SHM size can not be less than 0");
        }
        if self.annotations.contains_key("") {
            return Kind::Invalid
                .err("invalid Annotations: the empty string is not permitted as an annotation key");
        }
        for (amount, what) in [(self.io_maximum_iops, "IOPs"), (self.io_maximum_bandwidth, "bandwidth")] {
            if amount != 0 {
                return Kind::Invalid.err(format!(
                    "invalid QoS settings: linux does not support configuration of maximum {what}"
                ));
            }
        }
        if !matches!(self.isolation.as_str(), "" | "default") {
            return Kind::Invalid.err(format!("invalid isolation ({}): it is for Windows", self.isolation));
        }
        Ok(())
    }

    pub fn devices(&self) -> Result<(Vec<DeviceMapping>, CdiDevices)> {
        let mut mappings = Vec::new();
        let mut named = CdiDevices::default();
        for device in &self.devices {
            let DeviceBody { path_on_host, path_in_container, cgroup_permissions } = device;
            if DeviceName::is_meant(path_on_host) {
                named.devices.push(path_on_host.parse()?);
                continue;
            }
            let inside = if path_in_container.is_empty() { path_on_host } else { path_in_container };
            let access = if cgroup_permissions.is_empty() { "rwm" } else { cgroup_permissions };
            mappings.push(format!("{path_on_host}:{inside}:{access}").parse()?);
        }
        for request in &self.device_requests {
            request.add_to(&mut named)?;
        }
        named.directories = cdi::DIRECTORIES.iter().map(PathBuf::from).collect();
        Ok((mappings, named))
    }

    pub fn ulimits(&self) -> Result<Vec<Ulimit>> {
        self.ulimits.iter().map(|u| format!("{}={}:{}", u.name, u.soft, u.hard).parse()).collect()
    }
}

impl DeviceRequestBody {
    fn add_to(&self, named: &mut CdiDevices) -> Result<()> {
        if self.driver == "cdi" {
            for id in &self.device_ids {
                named.devices.push(id.parse()?);
            }
            return Ok(());
        }
        let gpus = self.capabilities.iter().any(|all| all.iter().any(|c| c == "gpu"));
        if !matches!(self.driver.as_str(), "" | "nvidia") || !gpus {
            return Kind::Invalid.err(format!(
                "could not select device driver {:?} with capabilities: {:?}",
                self.driver, self.capabilities
            ));
        }
        let wanted = match (self.count, self.device_ids.as_slice()) {
            (_, ids) if !ids.is_empty() => format!("device={}", ids.join(",")),
            (-1, _) => "all".into(),
            (count, _) => count.to_string(),
        };
        named.add_gpus(&wanted)
    }
}
