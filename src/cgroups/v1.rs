//! Limits as version 1 has them (Documentation/admin-guide/cgroup-v1/), whose language is the Spec's own.

use oci_spec::runtime::{LinuxBlockIo, LinuxCpu, LinuxMemory, LinuxNetwork, LinuxThrottleDevice};

use super::devices::Rule;
use super::plan::{Controllers, Missing, Version, Write};
use crate::error::{Kind, Result};

pub fn memory(memory: &LinuxMemory, writes: &mut Vec<Write>) -> Result<()> {
    let write = |file: &str, value: String| Write::new(Version::V1, "memory", file, value);
    let limit = memory.limit().unwrap_or(0);
    // Without any limit of memory a limit of memory and swap left from before makes no sense.
    let swap = if limit == -1 && memory.swap().unwrap_or(0) == 0 { -1 } else { memory.swap().unwrap_or(0) };
    if limit > 0 && swap > 0 && swap < limit {
        return Kind::Invalid.err(format!(
            "linux.resources.memory.swap: {swap} is memory and swap, and less than the limit of memory {limit}"
        ));
    }
    let sizes = [
        ("memory.limit_in_bytes", limit),
        ("memory.memsw.limit_in_bytes", swap),
        ("memory.soft_limit_in_bytes", memory.reservation().unwrap_or(0)),
        ("memory.kmem.limit_in_bytes", memory.kernel().unwrap_or(0)),
        ("memory.kmem.tcp.limit_in_bytes", memory.kernel_tcp().unwrap_or(0)),
    ];
    for (file, size) in sizes.into_iter().filter(|(_, size)| *size != 0) {
        // No limit is what a file that isn't there stands for.
        let missing = if size == -1 { Missing::Fine } else { Missing::Fails };
        writes.push(write(file, size.to_string()).or(missing));
    }
    if memory.disable_oom_killer() == Some(true) {
        writes.push(write("memory.oom_control", "1".into()));
    }
    match memory.swappiness() {
        // What a signed -1 became on its way: not given.
        None | Some(u64::MAX) => {}
        Some(value @ 0..=100) => writes.push(write("memory.swappiness", value.to_string())),
        Some(value) => {
            return Kind::Invalid
                .err(format!("linux.resources.memory.swappiness: {value} is not in the range of 0 to 100"));
        }
    }
    Ok(())
}

pub fn cpu(cpu: &LinuxCpu, writes: &mut Vec<Write>) -> Result<()> {
    let mut add = |file: &str, value: Option<String>| {
        writes.extend(value.map(|value| Write::new(Version::V1, "cpu", file, value)));
    };
    let unsigned = |number: Option<u64>| number.filter(|n| *n != 0).map(|n| n.to_string());
    let signed = |number: Option<i64>| number.filter(|n| *n != 0).map(|n| n.to_string());
    let idle = cpu.idle().map(|n| n.to_string());
    // A group that is idle takes no shares, so it becomes idle last.
    let becomes_idle = cpu.idle() == Some(1);
    if !becomes_idle {
        add("cpu.idle", idle.clone());
    }
    if let Some(shares @ 1) = cpu.shares() {
        return Kind::Invalid.err(format!("linux.resources.cpu.shares: {shares} is below the minimum of 2"));
    }
    add("cpu.shares", unsigned(cpu.shares()));
    add("cpu.cfs_period_us", unsigned(cpu.period()));
    add("cpu.cfs_quota_us", signed(cpu.quota()));
    add("cpu.cfs_burst_us", cpu.burst().map(|n| n.to_string()));
    add("cpu.rt_period_us", unsigned(cpu.realtime_period()));
    add("cpu.rt_runtime_us", signed(cpu.realtime_runtime()));
    if becomes_idle {
        add("cpu.idle", idle);
    }
    Ok(())
}

pub fn block_io(io: &LinuxBlockIo, writes: &mut Vec<Write>) {
    let write = |file: &str, value: String| Write::new(Version::V1, "blkio", file, value);
    // The BFQ scheduler's since Linux 5.0, CFQ's before; whichever there is.
    let mut both = |file: &str, value: String| {
        writes.push(write(&format!("blkio.bfq.{file}"), value.clone()).or(Missing::NextDoes));
        writes.push(write(&format!("blkio.{file}"), value));
    };
    if let Some(weight) = io.weight().filter(|w| *w != 0) {
        both("weight", weight.to_string());
    }
    for device in io.weight_device().iter().flatten() {
        if let Some(weight) = device.weight().filter(|w| *w != 0) {
            both("weight_device", format!("{}:{} {weight}", device.major(), device.minor()));
        }
    }
    if let Some(weight) = io.leaf_weight().filter(|w| *w != 0) {
        writes.push(write("blkio.leaf_weight", weight.to_string()));
    }
    for device in io.weight_device().iter().flatten() {
        if let Some(weight) = device.leaf_weight().filter(|w| *w != 0) {
            let value = format!("{}:{} {weight}", device.major(), device.minor());
            writes.push(write("blkio.leaf_weight_device", value));
        }
    }
    let limits: [(&str, &Option<Vec<LinuxThrottleDevice>>); 4] = [
        ("read_bps", io.throttle_read_bps_device()),
        ("write_bps", io.throttle_write_bps_device()),
        ("read_iops", io.throttle_read_iops_device()),
        ("write_iops", io.throttle_write_iops_device()),
    ];
    for (name, devices) in limits {
        for d in devices.iter().flatten() {
            let value = format!("{}:{} {}", d.major(), d.minor(), d.rate());
            writes.push(write(&format!("blkio.throttle.{name}_device"), value));
        }
    }
}

/// Only version 1 knows classes and priorities of packets.
pub fn network(network: &LinuxNetwork, host: &Controllers, writes: &mut Vec<Write>) -> Result<()> {
    let mut add = |controller: &str, what: &str, file: &str, value: String| {
        if !host.v1.contains(controller) {
            return Kind::Unsupported.err(format!(
                "linux.resources.network.{what}: this host has no {controller} controller (cgroup v2 has none)"
            ));
        }
        writes.push(Write::new(Version::V1, controller, file, value));
        Ok(())
    };
    if let Some(class) = network.class_id().filter(|c| *c != 0) {
        add("net_cls", "classID", "net_cls.classid", class.to_string())?;
    }
    for entry in network.priorities().iter().flatten() {
        let value = format!("{} {}", entry.name(), entry.priority());
        add("net_prio", "priorities", "net_prio.ifpriomap", value)?;
    }
    Ok(())
}

/// Rule by rule, the first always the one for everything.
pub fn devices(rules: &[Rule], writes: &mut Vec<Write>) {
    for rule in rules {
        let file = if rule.allow { "devices.allow" } else { "devices.deny" };
        writes.push(Write::new(Version::V1, "devices", file, rule.to_string()));
    }
}
