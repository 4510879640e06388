//! What is done to a container's cgroup while it runs: pause, resume, new limits, statistics.

use std::io::Write;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use oci_spec::runtime::{LinuxIntelRdt, LinuxResources};
use serde_json::{Value, json};

use super::store::{Instance, Record, Status, Store};
use crate::cgroups::resctrl::Wanted;
use crate::cgroups::{Cgroup, Stats};
use crate::error::{Context, Kind, Result};

/// Stops all processes of a container.
pub fn pause(store: &Store, id: &str) -> Result<()> {
    let (instance, record) = open(store, id)?;
    match instance.status(&record) {
        Status::Running | Status::Created => require_cgroup(&record)?.freeze(),
        _ => Kind::Conflict.err("container not running"),
    }
}

/// Lets them go on.
pub fn resume(store: &Store, id: &str) -> Result<()> {
    let (instance, record) = open(store, id)?;
    match instance.status(&record) {
        Status::Paused => require_cgroup(&record)?.thaw(),
        _ => Kind::Conflict.err("container not paused"),
    }
}

/// Changes limits; what isn't given stays.
pub fn update(
    store: &Store,
    id: &str,
    resources: &LinuxResources,
    bandwidth: Option<&LinuxIntelRdt>,
) -> Result<()> {
    let instance = store.find(id)?;
    let _lock = instance.lock()?;
    let mut record = instance.record()?;
    if instance.status(&record) == Status::Stopped {
        return Kind::Conflict.err("container not running");
    }
    match (bandwidth, &record.resctrl) {
        (Some(asked), Some(group)) => group.change(&Wanted::plan(asked)?)?,
        (Some(_), None) => {
            return Kind::Conflict.err("Intel RDT: the container was created without linux.intelRdt");
        }
        (None, _) => {}
    }
    let mut cgroup = require_cgroup(&record)?;
    cgroup.apply(resources)?;
    // It may be in more hierarchies now.
    record.cgroup = Some(cgroup.saved().clone());
    instance.write_record(&record)
}

/// Prints statistics: once, or every `interval` until the container has ended, and then tells too when the kernel kills a process of it
/// for want of memory.
pub fn events(store: &Store, id: &str, interval: Option<Duration>, out: &mut dyn Write) -> Result<()> {
    let (instance, record) = open(store, id)?;
    if instance.status(&record) == Status::Stopped {
        return Kind::Conflict.err(format!("container with id {id} is not running"));
    }
    let cgroup = require_cgroup(&record)?;
    let mut print = |event: &Value| writeln!(out, "{event}").context("writing to standard output");
    let Some(interval) = interval else { return print(&stats_event(id, &cgroup.stats()?)) };
    let Some(process) = record.init.open()? else { return Ok(()) };
    let timeout = PollTimeout::try_from(interval.as_millis()).unwrap_or(PollTimeout::MAX);
    let mut kills = cgroup.oom_kills();
    loop {
        let ended = match poll(&mut [PollFd::new(process.as_fd(), PollFlags::POLLIN)], timeout) {
            Ok(0) => false,
            Err(Errno::EINTR) => continue,
            Ok(_) => true,
            Err(e) => return Err(e).context("waiting for the container"),
        };
        // Also when it has ended: it may be of that.
        let now = cgroup.oom_kills();
        if now > kills {
            print(&json!({"type": "oom", "id": id}))?;
        }
        if ended {
            return Ok(());
        }
        kills = now;
        print(&stats_event(id, &cgroup.stats()?))?;
    }
}

fn open(store: &Store, id: &str) -> Result<(Instance, Record)> {
    let instance = store.find(id)?;
    let record = instance.record()?;
    Ok((instance, record))
}

fn require_cgroup(record: &Record) -> Result<Cgroup> {
    match Instance::cgroup(record)? {
        Some(cgroup) => Ok(cgroup),
        None => Kind::Unsupported.err("the container has no cgroup: this user can't make one on this host"),
    }
}

/// As runc prints it (its types/events.go); the numbers that the kernel doesn't give are left out.
fn stats_event(id: &str, stats: &Stats) -> Value {
    let memory = &stats.memory;
    let limit = |limit: Option<u64>| limit.unwrap_or(u64::MAX);
    let by_device = |read: fn(&crate::cgroups::DeviceIo) -> [u64; 2]| {
        let entries = stats.io.iter().flat_map(|io| {
            let [reads, writes] = read(io);
            [("Read", reads), ("Write", writes)]
                .map(|(op, value)| json!({"major": io.major, "minor": io.minor, "op": op, "value": value}))
        });
        Value::from(entries.collect::<Vec<_>>())
    };
    let hugetlb: serde_json::Map<String, Value> = stats
        .hugetlb
        .iter()
        .map(|(size, h)| (size.clone(), json!({"usage": h.usage, "max": h.peak, "failcnt": h.failures})))
        .collect();
    json!({
        "type": "stats",
        "id": id,
        "data": {
            "cpu": {
                "usage": {"total": stats.cpu.usage, "kernel": stats.cpu.system, "user": stats.cpu.user},
                "throttling": {
                    "periods": stats.cpu.periods,
                    "throttledPeriods": stats.cpu.throttled_periods,
                    "throttledTime": stats.cpu.throttled,
                },
            },
            "memory": {
                "usage": {
                    "limit": limit(memory.limit),
                    "usage": memory.usage,
                    "max": memory.peak.unwrap_or(memory.usage),
                    "failcnt": memory.failures,
                },
                "swap": {"limit": limit(memory.swap_limit), "usage": memory.swap, "failcnt": 0},
                "raw": memory.fields,
            },
            "pids": {"current": stats.pids, "limit": stats.pids_limit.unwrap_or(0)},
            "blkio": {
                "ioServiceBytesRecursive": by_device(|io| [io.read_bytes, io.write_bytes]),
                "ioServicedRecursive": by_device(|io| [io.reads, io.writes]),
            },
            "hugetlb": hugetlb,
            "intel_rdt": {},
            "network_interfaces": null,
        },
    })
}

/// A duration as Go programs write it: `5s`, `500ms`, `1m30s`.
pub fn parse_duration(text: &str) -> Result<Duration> {
    let invalid = || Kind::Invalid.error(format!("invalid duration {text:?}: write it as 5s or 500ms"));
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(invalid)?;
        let number: f64 = rest[..digits].parse().map_err(|_| invalid())?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let unit = match &rest[..letters] {
            "h" => 3600.0,
            "m" => 60.0,
            "s" => 1.0,
            "ms" => 1e-3,
            "us" | "µs" => 1e-6,
            "ns" => 1e-9,
            _ => return Err(invalid()),
        };
        total += Duration::try_from_secs_f64(number * unit).map_err(|_| invalid())?;
        rest = &rest[letters..];
    }
    if total.is_zero() {
        return Kind::Invalid.err(format!("duration interval must be greater than 0: {text:?}"));
    }
    Ok(total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_gos() {
        assert_eq!(parse_duration("5s").unwrap(), Duration::from_secs(5));
        assert_eq!(parse_duration("1m30s").unwrap(), Duration::from_secs(90));
        assert_eq!(parse_duration("1.5s").unwrap(), Duration::from_millis(1500));
        for bad in ["", "5", "0s", "x", "-1s", "5y"] {
            assert!(parse_duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn statistics_have_runcs_shape() {
        let event = stats_event("a", &Stats { pids: 3, ..Stats::default() });
        assert_eq!(
            (event["type"].as_str(), event["data"]["pids"]["current"].as_u64()),
            (Some("stats"), Some(3))
        );
    }
}
