//! The limits and devices of a container, as `inspect` shows them in `HostConfig`.

use serde_json::{Map, Value, json};

use crate::container::config::{ContainerConfig, NamespaceMode};
use crate::container::resources::DeviceRate;

/// Docker writes `null` for a list that wasn't given.
fn nullable(list: Vec<Value>) -> Value {
    if list.is_empty() { Value::Null } else { list.into() }
}

fn rates(list: &[DeviceRate], key: &str) -> Value {
    let one = |r: &DeviceRate| json!({"Path": r.path.display().to_string(), key: r.rate});
    nullable(list.iter().map(one).collect())
}

/// Devices by name, as docker shows them.
fn device_requests(config: &ContainerConfig) -> Value {
    let one = |driver: &str, ids: Vec<String>| json!({"Driver": driver, "Count": 0, "DeviceIDs": ids, "Capabilities": null, "Options": null});
    let mut requests = Vec::new();
    if !config.cdi.devices.is_empty() {
        requests.push(one("cdi", config.cdi.devices.iter().map(ToString::to_string).collect()));
    }
    if !config.cdi.gpus.is_empty() {
        let mut gpus = one("", config.cdi.gpus.clone());
        gpus["Capabilities"] = json!([["gpu"]]);
        requests.push(gpus);
    }
    nullable(requests)
}

pub(super) fn fields(config: &ContainerConfig) -> Map<String, Value> {
    let r = &config.resources;
    let devices = config.devices.iter().map(|d| {
        json!({
            "PathOnHost": d.host.display().to_string(),
            "PathInContainer": d.container.display().to_string(),
            "CgroupPermissions": d.access,
        })
    });
    let value = json!({
        "Memory": r.memory,
        "MemoryReservation": r.memory_reservation,
        "MemorySwap": r.memory_swap,
        "MemorySwappiness": r.memory_swappiness,
        "KernelMemory": 0,
        "OomKillDisable": r.oom_kill_disable,
        "NanoCpus": r.nano_cpus,
        "CpuShares": r.cpu_shares,
        "CpuPeriod": r.cpu_period,
        "CpuQuota": r.cpu_quota,
        "CpuRealtimePeriod": r.cpu_rt_period,
        "CpuRealtimeRuntime": r.cpu_rt_runtime,
        "CpusetCpus": r.cpuset_cpus,
        "CpusetMems": r.cpuset_mems,
        // 0 where a limit was taken away.
        "PidsLimit": if r.pids_limit == 0 { Value::Null } else { r.pids_limit.max(0).into() },
        "BlkioWeight": r.blkio_weight,
        "BlkioWeightDevice": rates(&r.blkio_weight_device, "Weight"),
        "BlkioDeviceReadBps": rates(&r.device_read_bps, "Rate"),
        "BlkioDeviceWriteBps": rates(&r.device_write_bps, "Rate"),
        "BlkioDeviceReadIOps": rates(&r.device_read_iops, "Rate"),
        "BlkioDeviceWriteIOps": rates(&r.device_write_iops, "Rate"),
        "CgroupParent": config.cgroup_parent.as_ref().map(|p| p.display().to_string()).unwrap_or_default(),
        "CgroupConf": r.unified,
        "CgroupnsMode": if config.namespaces.cgroup == NamespaceMode::Host { "host" } else { "private" },
        "Devices": devices.collect::<Vec<_>>(),
        "DeviceRequests": device_requests(config),
        "DeviceCgroupRules": nullable(config.device_cgroup_rules.iter().map(|r| r.clone().into()).collect()),
    });
    match value {
        Value::Object(fields) => fields,
        _ => unreachable!("written as an object"),
    }
}
