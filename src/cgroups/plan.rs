//! From the limits of a Spec to the files that have to be written, in order (OCI runtime specification, config-linux.md "Control
//! groups"). Pure: what this host can't do is refused here, by its name in the Spec, before anything was made.

use std::collections::BTreeSet;

use oci_spec::runtime::LinuxResources;

use super::devices::{Policy, Rule};
use super::layout::Layout;
use super::{v1, v2};
use crate::error::{Kind, Result};

/// Which hierarchy a file is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    V1,
    V2,
}

/// One value for one file of the container's cgroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    pub controller: String,
    pub version: Version,
    pub file: String,
    pub value: String,
    pub missing: Missing,
}

/// What it means when the kernel doesn't have the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The limit can't be had.
    Fails,
    /// It is as good as set.
    Fine,
    /// The next write in the list does it; where this one can be made the next may be missing.
    NextDoes,
}

/// What a container's limits come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// In this order; one that the kernel finds invalid is tried again after the others (the new values of two files may contradict the
    /// old value of either).
    pub writes: Vec<Write>,
    /// The rules for a BPF program, where version 2 has the device controller.
    pub devices: Option<Vec<Rule>>,
}

impl Plan {
    /// Controllers that the container must be under, of one version.
    pub fn controllers(&self, version: Version) -> BTreeSet<&str> {
        let ours = self.writes.iter().filter(|w| w.version == version);
        ours.map(|w| w.controller.as_str()).filter(|c| *c != "cgroup").collect()
    }

    pub fn is_empty(&self) -> bool {
        self.writes.is_empty() && self.devices.is_none()
    }
}

/// Which controllers a host has, and of which version.
#[derive(Debug, Clone, Default)]
pub struct Controllers {
    pub v1: BTreeSet<String>,
    pub v2: BTreeSet<String>,
    pub has_v2: bool,
}

impl Controllers {
    pub fn of(layout: &Layout) -> Self {
        Self {
            v1: layout.v1.keys().cloned().collect(),
            v2: layout.v2_controllers(),
            has_v2: layout.v2.is_some(),
        }
    }

    /// Where the controller is; `name` is version 2's where they differ.
    pub fn find(&self, controller: &str, what: &str) -> Result<Version> {
        let old = if controller == "io" { "blkio" } else { controller };
        if self.v2.contains(controller) {
            Ok(Version::V2)
        } else if self.v1.contains(old) {
            Ok(Version::V1)
        } else {
            Kind::Unsupported
                .err(format!("{what}: this host has no {controller} controller (see /proc/cgroups)"))
        }
    }
}

/// Whether anything is asked for at all.
pub fn asks(resources: &LinuxResources, devices: &Policy) -> bool {
    let r = resources;
    r.memory().is_some()
        || r.cpu().is_some()
        || r.pids().is_some()
        || r.block_io().is_some()
        || r.network().is_some()
        || r.hugepage_limits().as_ref().is_some_and(|l| !l.is_empty())
        || r.rdma().as_ref().is_some_and(|m| !m.is_empty())
        || r.unified().as_ref().is_some_and(|m| !m.is_empty())
        || matches!(devices, Policy::Rules(_))
}

/// Works the writes out.
pub fn plan(resources: &LinuxResources, devices: &Policy, host: &Controllers) -> Result<Plan> {
    let mut plan = Plan::default();
    let writes = &mut plan.writes;
    if let Some(memory) = resources.memory() {
        match host.find("memory", "linux.resources.memory") {
            Ok(Version::V1) => v1::memory(memory, writes)?,
            Ok(Version::V2) => v2::memory(memory, writes)?,
            Err(error) => {
                // An empty table asks for nothing.
                let mut asked = Vec::new();
                v2::memory(memory, &mut asked)?;
                if !asked.is_empty() {
                    return Err(error);
                }
            }
        }
    }
    if let Some(cpu) = resources.cpu() {
        cpu_writes(cpu, host, writes)?;
    }
    if let Some(limit) =
        resources.pids().as_ref().map(oci_spec::runtime::LinuxPids::limit).filter(|l| *l != 0)
    {
        let version = host.find("pids", "linux.resources.pids.limit")?;
        let value = if limit < 0 { "max".into() } else { limit.to_string() };
        writes.push(Write::new(version, "pids", "pids.max", value));
    }
    if let Some(io) = resources.block_io() {
        match host.find("io", "linux.resources.blockIO")? {
            Version::V1 => v1::block_io(io, writes),
            Version::V2 => v2::block_io(io, writes)?,
        }
    }
    hugetlb(resources, host, writes)?;
    rdma(resources, host, writes)?;
    if let Some(network) = resources.network() {
        v1::network(network, host, writes)?;
    }
    unified(resources, host, writes)?;
    if let Policy::Rules(rules) = devices {
        if host.v1.contains("devices") {
            v1::devices(rules, writes);
        } else if host.has_v2 {
            plan.devices = Some(rules.clone());
        } else {
            return Kind::Unsupported
                .err("linux.resources.devices: this host has neither the devices controller nor cgroup v2");
        }
    }
    Ok(plan)
}

fn cpu_writes(cpu: &oci_spec::runtime::LinuxCpu, host: &Controllers, writes: &mut Vec<Write>) -> Result<()> {
    let mut time = Vec::new();
    // Where the controller isn't, what a version has to say of the values shows whether anything is asked for.
    match host.find("cpu", "linux.resources.cpu") {
        Ok(Version::V1) => v1::cpu(cpu, &mut time)?,
        Ok(Version::V2) => v2::cpu(cpu, &mut time)?,
        Err(error) => {
            v1::cpu(cpu, &mut time)?;
            if !time.is_empty() {
                return Err(error);
            }
        }
    }
    writes.append(&mut time);
    for (file, value) in [("cpuset.cpus", cpu.cpus()), ("cpuset.mems", cpu.mems())] {
        if let Some(list) = value.as_ref().filter(|l| !l.is_empty()) {
            let version = host.find("cpuset", &format!("linux.resources.cpu.{}", &file[7..]))?;
            writes.push(Write::new(version, "cpuset", file, list.clone()));
        }
    }
    Ok(())
}

fn hugetlb(resources: &LinuxResources, host: &Controllers, writes: &mut Vec<Write>) -> Result<()> {
    for limit in resources.hugepage_limits().iter().flatten() {
        let size = limit.page_size();
        if size.is_empty() || !size.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Kind::Invalid
                .err(format!("linux.resources.hugepageLimits: {size:?} is no page size, as 2MB or 1GB"));
        }
        let version = host.find("hugetlb", "linux.resources.hugepageLimits")?;
        let suffix = if version == Version::V2 { "max" } else { "limit_in_bytes" };
        // Oddly typed in the crate: the specification has an unsigned number.
        let value = (limit.limit() as u64).to_string();
        writes.push(Write::new(version, "hugetlb", &format!("hugetlb.{size}.{suffix}"), value.clone()));
        // Reservations are limited with the same number, where the kernel (5.7) does that.
        writes.push(
            Write::new(version, "hugetlb", &format!("hugetlb.{size}.rsvd.{suffix}"), value).or(Missing::Fine),
        );
    }
    Ok(())
}

fn rdma(resources: &LinuxResources, host: &Controllers, writes: &mut Vec<Write>) -> Result<()> {
    let mut devices: Vec<_> = resources.rdma().iter().flatten().collect();
    devices.sort_by_key(|(name, _)| *name);
    for (name, limit) in devices {
        let version = host.find("rdma", "linux.resources.rdma")?;
        let mut value = name.clone();
        for (key, number) in [("hca_handle", limit.hca_handles()), ("hca_object", limit.hca_objects())] {
            if let Some(number) = number {
                value.push_str(&format!(" {key}={number}"));
            }
        }
        writes.push(Write::new(version, "rdma", "rdma.max", value));
    }
    Ok(())
}

/// Files of version 2 by name. The name decides the controller; what it can be is the kernel's to say.
fn unified(resources: &LinuxResources, host: &Controllers, writes: &mut Vec<Write>) -> Result<()> {
    let mut entries: Vec<_> = resources.unified().iter().flatten().collect();
    entries.sort();
    for (file, value) in entries {
        if file.contains('/') || file.contains('\0') {
            return Kind::Invalid.err(format!("unified resource {file:?} must be a file name (no slashes)"));
        }
        let Some((controller, _)) = file.split_once('.').filter(|(c, p)| !c.is_empty() && !p.is_empty())
        else {
            return Kind::Invalid
                .err(format!("unified resource {file:?} must be in the form CONTROLLER.PARAMETER"));
        };
        if !host.has_v2 {
            return Kind::Unsupported.err(format!("unified resource {file:?}: this host has no cgroup v2"));
        }
        if controller != "cgroup" && !host.v2.contains(controller) {
            return Kind::Unsupported.err(format!(
                "unified resource {file:?} can't be set: controller {controller:?} not available in cgroup v2"
            ));
        }
        writes.push(Write::new(Version::V2, controller, file, value.clone()));
    }
    Ok(())
}

impl Write {
    pub fn new(version: Version, controller: &str, file: &str, value: impl Into<String>) -> Self {
        Self {
            controller: controller.into(),
            version,
            file: file.into(),
            value: value.into(),
            missing: Missing::Fails,
        }
    }

    pub fn or(self, missing: Missing) -> Self {
        Self { missing, ..self }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn host(v1: &[&str], v2: &[&str]) -> Controllers {
        let set = |list: &[&str]| list.iter().map(|c| (*c).to_string()).collect();
        Controllers { v1: set(v1), v2: set(v2), has_v2: !v2.is_empty() }
    }

    fn planned(resources: serde_json::Value, host: &Controllers) -> Result<Vec<String>> {
        let resources: LinuxResources = serde_json::from_value(resources).unwrap();
        let plan = plan(&resources, &Policy::Closed, host)?;
        Ok(plan.writes.iter().map(|w| format!("{}={}", w.file, w.value)).collect())
    }

    fn all() -> serde_json::Value {
        json!({
            "memory": {"limit": 100, "reservation": 50, "swap": 150},
            "cpu": {"shares": 1024, "quota": 5000, "period": 10000, "burst": 7, "cpus": "0-1", "mems": "0"},
            "pids": {"limit": 9},
            "blockIO": {
                "weight": 500,
                "throttleReadBpsDevice": [{"major": 8, "minor": 0, "rate": 1024}],
                "throttleWriteIOPSDevice": [{"major": 8, "minor": 16, "rate": 7}],
            },
            "hugepageLimits": [{"pageSize": "2MB", "limit": 4_194_304}],
            "rdma": {"mlx5_1": {"hcaHandles": 3}},
        })
    }

    const NEW: &[&str] = &["cpu", "cpuset", "hugetlb", "io", "memory", "pids", "rdma"];
    const OLD: &[&str] =
        &["blkio", "cpu", "cpuset", "devices", "hugetlb", "memory", "net_cls", "net_prio", "pids", "rdma"];

    #[test]
    fn version_2() {
        assert_eq!(
            planned(all(), &host(&[], NEW)).unwrap(),
            [
                "memory.swap.max=50",
                "memory.max=100",
                "memory.low=50",
                "cpu.weight=39",
                "cpu.max=5000 10000",
                "cpu.max.burst=7",
                "cpuset.cpus=0-1",
                "cpuset.mems=0",
                "pids.max=9",
                "io.bfq.weight=500",
                "io.weight=4950",
                "io.max=8:0 rbps=1024",
                "io.max=8:16 wiops=7",
                "hugetlb.2MB.max=4194304",
                "hugetlb.2MB.rsvd.max=4194304",
                "rdma.max=mlx5_1 hca_handle=3",
            ]
        );
    }

    #[test]
    fn version_1() {
        assert_eq!(
            planned(all(), &host(OLD, &[])).unwrap(),
            [
                "memory.limit_in_bytes=100",
                "memory.memsw.limit_in_bytes=150",
                "memory.soft_limit_in_bytes=50",
                "cpu.shares=1024",
                "cpu.cfs_period_us=10000",
                "cpu.cfs_quota_us=5000",
                "cpu.cfs_burst_us=7",
                "cpuset.cpus=0-1",
                "cpuset.mems=0",
                "pids.max=9",
                "blkio.bfq.weight=500",
                "blkio.weight=500",
                "blkio.throttle.read_bps_device=8:0 1024",
                "blkio.throttle.write_iops_device=8:16 7",
                "hugetlb.2MB.limit_in_bytes=4194304",
                "hugetlb.2MB.rsvd.limit_in_bytes=4194304",
                "rdma.max=mlx5_1 hca_handle=3",
            ]
        );
        let network = json!({"network": {"classID": 5, "priorities": [{"name": "eth0", "priority": 2}]}});
        assert_eq!(
            planned(network, &host(OLD, &[])).unwrap(),
            ["net_cls.classid=5", "net_prio.ifpriomap=eth0 2"]
        );
    }

    #[test]
    fn a_hybrid_host_has_each_controller_once() {
        let both = host(&["memory", "devices"], &["pids"]);
        let asked = json!({"memory": {"limit": -1}, "pids": {"limit": -1}, "unified": {"pids.max": "5"}});
        assert_eq!(
            planned(asked, &both).unwrap(),
            ["memory.limit_in_bytes=-1", "memory.memsw.limit_in_bytes=-1", "pids.max=max", "pids.max=5"]
        );
    }

    #[test]
    fn swap_is_counted_apart_on_version_2() {
        let memory = |table| planned(json!({"memory": table}), &host(&[], NEW));
        assert_eq!(memory(json!({"limit": -1})).unwrap(), ["memory.swap.max=max", "memory.max=max"]);
        assert_eq!(memory(json!({"limit": 7, "swap": -1})).unwrap(), ["memory.swap.max=max", "memory.max=7"]);
        assert_eq!(memory(json!({"limit": 7, "swap": 7})).unwrap(), ["memory.swap.max=0", "memory.max=7"]);
        for bad in [json!({"swap": 7}), json!({"limit": 9, "swap": 7}), json!({"limit": -1, "swap": 7})] {
            assert!(memory(bad.clone()).is_err(), "{bad}");
        }
    }

    #[test]
    fn weights_are_converted_as_others_do() {
        for (shares, weight) in [(2, 1), (1024, 39), (262_144, 10000), (512, 20), (1, 1)] {
            assert_eq!(v2::weight_of_shares(shares), weight);
        }
        for (old, new) in [(10, 1), (1000, 10000), (100, 910)] {
            assert_eq!(v2::io_weight(old), new);
        }
    }

    #[test]
    fn what_a_version_lacks_is_refused_by_name() {
        let (new, old) = (host(&[], NEW), host(OLD, &[]));
        for (resources, host, text) in [
            (json!({"memory": {"swappiness": 10}}), &new, "swappiness"),
            (json!({"memory": {"disableOOMKiller": true}}), &new, "disableOOMKiller"),
            (json!({"memory": {"kernel": 10}}), &new, "kernel"),
            (json!({"cpu": {"realtimeRuntime": 10}}), &new, "realtimeRuntime"),
            (json!({"network": {"classID": 10}}), &new, "net_cls"),
            (json!({"blockIO": {"leafWeight": 10}}), &new, "leafWeight"),
            (json!({"unified": {"memory.high": "1"}}), &old, "no cgroup v2"),
            (json!({"unified": {"misc.max": "1"}}), &new, "\"misc\" not available"),
            (json!({"unified": {"../x.y": "1"}}), &new, "no slashes"),
            (json!({"unified": {"memory": "1"}}), &new, "CONTROLLER.PARAMETER"),
            (json!({"pids": {"limit": 1}}), &host(&[], &["cpu"]), "no pids controller"),
            (json!({"memory": {"swappiness": 101}}), &old, "0 to 100"),
            (json!({"cpu": {"shares": 1}}), &old, "minimum of 2"),
            (json!({"hugepageLimits": [{"pageSize": "../x", "limit": 1}]}), &new, "no page size"),
        ] {
            let error = planned(resources.clone(), host).expect_err(&resources.to_string());
            assert!(error.to_string().contains(text), "{resources}: {error}");
        }
        // Empty tables ask for nothing, also of a host that has nothing.
        let nothing =
            json!({"memory": {}, "cpu": {}, "pids": {"limit": 0}, "unified": {}, "hugepageLimits": []});
        assert_eq!(planned(nothing, &host(&[], &[])).unwrap(), [""; 0]);
        assert!(!asks(&LinuxResources::default(), &Policy::Open));
    }

    #[test]
    fn rules_for_devices_go_where_they_can() {
        let rules = Policy::Rules(vec![Rule::everything(false)]);
        let resources = LinuxResources::default();
        let plan = |host: &Controllers| super::plan(&resources, &rules, host);
        assert!(plan(&host(&[], NEW)).unwrap().devices.is_some());
        assert_eq!(plan(&host(OLD, NEW)).unwrap().writes[0].file, "devices.deny");
        assert!(plan(&host(&[], &[])).is_err());
        assert!(asks(&resources, &rules));
    }
}
