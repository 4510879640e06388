//! Limits as version 2 has them (Documentation/admin-guide/cgroup-v2.rst). The Spec speaks version 1's language; the conversions are
//! the ones that other runtimes use, so that the same Spec means the same.

use oci_spec::runtime::{LinuxBlockIo, LinuxCpu, LinuxMemory, LinuxThrottleDevice};

use super::plan::{Missing, Version, Write};
use crate::error::{Kind, Result};

/// Version 1's shares of 2 to 262144, on the scale of 1 to 10000.
pub fn weight_of_shares(shares: u64) -> u64 {
    1 + (shares.clamp(2, 262_144) - 2) * 9999 / 262_142
}

/// Version 1's weights of 10 to 1000, on the scale of 1 to 10000.
pub fn io_weight(weight: u16) -> u64 {
    1 + (u64::from(weight).clamp(10, 1000) - 10) * 9999 / 990
}

/// A limit of memory: 0 is none given, -1 is no limit.
fn limit(number: i64) -> Option<String> {
    match number {
        0 => None,
        n if n < 0 => Some("max".into()),
        n => Some(n.to_string()),
    }
}

/// Version 1 counts swap together with memory, version 2 alone.
fn swap(memory: &LinuxMemory) -> Result<Option<String>> {
    let (limit, swap) = (memory.limit().unwrap_or(0), memory.swap().unwrap_or(0));
    match (limit, swap) {
        // Without any limit of memory a limit of swap left from before makes no sense.
        (-1, 0) | (_, -1) => Ok(Some("max".into())),
        (_, 0) => Ok(None),
        (0 | -1, _) => {
            Kind::Invalid.err("linux.resources.memory.swap: a limit of swap needs a limit of memory")
        }
        (l, s) if l < 0 || s < 0 => {
            Kind::Invalid.err(format!("linux.resources.memory: invalid limit {}", l.min(s)))
        }
        (l, s) if s < l => Kind::Invalid.err(format!(
            "linux.resources.memory.swap: {s} is memory and swap, and less than the limit of memory {l}"
        )),
        (l, s) => Ok(Some((s - l).to_string())),
    }
}

pub fn memory(memory: &LinuxMemory, writes: &mut Vec<Write>) -> Result<()> {
    let set = |number: Option<i64>| number.is_some_and(|n| n > 0);
    let lacking = [
        ("kernel", set(memory.kernel())),
        ("kernelTCP", set(memory.kernel_tcp())),
        ("swappiness", memory.swappiness().is_some()),
        ("disableOOMKiller", memory.disable_oom_killer() == Some(true)),
    ];
    if let Some((name, _)) = lacking.iter().find(|(_, asked)| *asked) {
        return Kind::Unsupported
            .err(format!("linux.resources.memory.{name}: cgroup v2 has no such setting"));
    }
    let write = |file: &str, value: String| Write::new(Version::V2, "memory", file, value);
    if let Some(value) = swap(memory)? {
        // A kernel without swap has no file for it: then no limit, and none at all, are what is there anyhow.
        let missing = if value == "max" || value == "0" { Missing::Fine } else { Missing::Fails };
        writes.push(write("memory.swap.max", value).or(missing));
    }
    if let Some(value) = limit(memory.limit().unwrap_or(0)) {
        writes.push(write("memory.max", value));
    }
    if let Some(value) = limit(memory.reservation().unwrap_or(0)) {
        writes.push(write("memory.low", value));
    }
    Ok(())
}

pub fn cpu(cpu: &LinuxCpu, writes: &mut Vec<Write>) -> Result<()> {
    if cpu.realtime_runtime().is_some_and(|n| n != 0) || cpu.realtime_period().is_some_and(|n| n != 0) {
        return Kind::Unsupported
            .err("linux.resources.cpu.realtimeRuntime, realtimePeriod: cgroup v2 has no real-time limits");
    }
    let write = |file: &str, value: String| Write::new(Version::V2, "cpu", file, value);
    // A group that is idle has no weight, so it becomes idle last.
    let idle = cpu.idle().map(|idle| write("cpu.idle", idle.to_string()));
    let becomes_idle = cpu.idle() == Some(1);
    if !becomes_idle {
        writes.extend(idle.clone());
    }
    if let Some(shares) = cpu.shares().filter(|s| *s != 0) {
        writes.push(write("cpu.weight", weight_of_shares(shares).to_string()));
    }
    let (quota, period) = (cpu.quota().unwrap_or(0), cpu.period().unwrap_or(0));
    if quota != 0 || period != 0 {
        let quota = if quota > 0 { quota.to_string() } else { "max".into() };
        let period = if period == 0 { 100_000 } else { period };
        writes.push(write("cpu.max", format!("{quota} {period}")));
    }
    if let Some(burst) = cpu.burst() {
        writes.push(write("cpu.max.burst", burst.to_string()));
    }
    if becomes_idle {
        writes.extend(idle);
    }
    Ok(())
}

pub fn block_io(io: &LinuxBlockIo, writes: &mut Vec<Write>) -> Result<()> {
    let leaf = io.leaf_weight().is_some_and(|w| w != 0)
        || io.weight_device().iter().flatten().any(|d| d.leaf_weight().is_some_and(|w| w != 0));
    if leaf {
        return Kind::Unsupported.err("linux.resources.blockIO.leafWeight: cgroup v2 has no such setting");
    }
    let write = |file: &str, value: String| Write::new(Version::V2, "io", file, value);
    // The BFQ scheduler takes version 1's weights; without it the cost model's take the others. Where both are, both know.
    if let Some(weight) = io.weight().filter(|w| *w != 0) {
        writes.push(write("io.bfq.weight", weight.to_string()).or(Missing::NextDoes));
        writes.push(write("io.weight", io_weight(weight).to_string()));
    }
    for device in io.weight_device().iter().flatten() {
        let Some(weight) = device.weight().filter(|w| *w != 0) else { continue };
        let number = format!("{}:{}", device.major(), device.minor());
        writes.push(write("io.bfq.weight", format!("{number} {weight}")).or(Missing::NextDoes));
        writes.push(write("io.weight", format!("{number} {}", io_weight(weight))));
    }
    let limits: [(&str, &Option<Vec<LinuxThrottleDevice>>); 4] = [
        ("rbps", io.throttle_read_bps_device()),
        ("wbps", io.throttle_write_bps_device()),
        ("riops", io.throttle_read_iops_device()),
        ("wiops", io.throttle_write_iops_device()),
    ];
    for (key, devices) in limits {
        for d in devices.iter().flatten() {
            let rate = if d.rate() == 0 { "max".into() } else { d.rate().to_string() };
            writes.push(write("io.max", format!("{}:{} {key}={rate}", d.major(), d.minor())));
        }
    }
    Ok(())
}
