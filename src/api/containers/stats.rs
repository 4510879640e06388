//! `GET /containers/{id}/stats`

use std::os::fd::AsFd;

use serde_json::{Map, Value, json};

use super::attach::has_gone;
use crate::api::call::Call;
use crate::api::reply::{JSON, Reply};
use crate::api::version::ApiVersion;
use crate::engine::containers::{DeviceIo, Usage};
use crate::error::{Context, Result};

/// Milliseconds between two looks.
const INTERVAL: u16 = 1000;

pub fn stats(call: &mut Call) -> Result<Reply> {
    let once = call.version >= ApiVersion(41) && call.query.flag("one-shot");
    let stream = call.query.flag_or("stream", true);
    let name = call.engine().find(call.name())?.0.id.to_string();
    let (server, gone) = (call.server.clone(), call.gone.clone());
    Ok(Reply::stream(JSON, move |out| {
        let look = || -> Result<Look> {
            let usage =
                server.engine.stats(std::slice::from_ref(&name), true)?.pop().context("no statistics")?;
            Ok(Look { usage, system: system_cpu(), at: jiff::Timestamp::now() })
        };
        let mut before: Option<Look> = None;
        if !stream && !once {
            // For a share of the processors there must be two.
            before = Some(look()?);
            if has_gone(gone.as_fd(), INTERVAL) {
                return Ok(());
            }
        }
        loop {
            let now = look()?;
            out.line(&describe(&now, before.as_ref()))?;
            if !stream || has_gone(gone.as_fd(), INTERVAL) {
                return Ok(());
            }
            before = Some(now);
        }
    }))
}

/// What was seen at a time.
struct Look {
    usage: Usage,
    /// Nanoseconds that all processors have worked.
    system: u64,
    at: jiff::Timestamp,
}

/// The first line of /proc/stat, without what is counted twice (proc_stat(5)), in nanoseconds.
fn system_cpu() -> u64 {
    let text = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    let ticks: u64 = first.split_whitespace().skip(1).take(7).filter_map(|n| n.parse::<u64>().ok()).sum();
    // 100 ticks a second, for every program (time(7)).
    ticks * 10_000_000
}

fn describe(now: &Look, before: Option<&Look>) -> Value {
    let usage = &now.usage;
    let zero = "0001-01-01T00:00:00Z";
    let mut value = json!({
        "name": format!("/{}", usage.name),
        "id": usage.id.as_str(),
        "read": if usage.running { now.at.to_string() } else { zero.into() },
        "preread": before.map_or_else(|| zero.to_string(), |b| b.at.to_string()),
        "num_procs": 0,
        "storage_stats": {},
        "cpu_stats": cpu(Some(now).filter(|n| n.usage.running)),
        "precpu_stats": cpu(before.filter(|b| b.usage.running)),
        "pids_stats": {},
        "memory_stats": {},
        "blkio_stats": blkio(&usage.stats.io),
    });
    if usage.running {
        value["pids_stats"] = pids(usage);
        value["memory_stats"] = memory(usage);
        value["networks"] = networks(usage);
    }
    value
}

fn cpu(look: Option<&Look>) -> Value {
    let Some(look) = look else {
        return json!({
            "cpu_usage": {"total_usage": 0, "usage_in_kernelmode": 0, "usage_in_usermode": 0},
            "throttling_data": {"periods": 0, "throttled_periods": 0, "throttled_time": 0},
        });
    };
    let cpu = &look.usage.stats.cpu;
    json!({
        "cpu_usage": {
            "total_usage": cpu.usage,
            "usage_in_kernelmode": cpu.system,
            "usage_in_usermode": cpu.user,
        },
        "system_cpu_usage": look.system,
        "online_cpus": std::thread::available_parallelism().map_or(1, usize::from),
        "throttling_data": {
            "periods": cpu.periods,
            "throttled_periods": cpu.throttled_periods,
            "throttled_time": cpu.throttled,
        },
    })
}

fn pids(usage: &Usage) -> Value {
    // As dockerd writes Go's largest number where there is no limit.
    json!({"current": usage.stats.pids, "limit": usage.stats.pids_limit.unwrap_or(u64::MAX)})
}

fn memory(usage: &Usage) -> Value {
    let memory = &usage.stats.memory;
    let mut value = json!({
        "usage": memory.usage,
        "stats": memory.fields,
        "limit": memory.limit.unwrap_or(usage.memory_total),
    });
    if let Some(peak) = memory.peak {
        value["max_usage"] = peak.into();
    }
    if memory.failures > 0 {
        value["failcnt"] = memory.failures.into();
    }
    value
}

fn networks(usage: &Usage) -> Value {
    let mut all = Map::new();
    for interface in &usage.interfaces {
        all.insert(
            interface.name.clone(),
            json!({
                "rx_bytes": interface.rx_bytes,
                "rx_packets": interface.rx_packets,
                "rx_errors": interface.rx_errors,
                "rx_dropped": interface.rx_dropped,
                "tx_bytes": interface.tx_bytes,
                "tx_packets": interface.tx_packets,
                "tx_errors": interface.tx_errors,
                "tx_dropped": interface.tx_dropped,
            }),
        );
    }
    all.into()
}

fn blkio(devices: &[DeviceIo]) -> Value {
    let table = |read: fn(&DeviceIo) -> u64, write: fn(&DeviceIo) -> u64| -> Value {
        let rows = devices.iter().flat_map(|d| {
            [("read", read(d)), ("write", write(d))]
                .map(|(op, value)| json!({"major": d.major, "minor": d.minor, "op": op, "value": value}))
        });
        let rows: Vec<Value> = rows.collect();
        if rows.is_empty() { Value::Null } else { rows.into() }
    };
    json!({
        "io_service_bytes_recursive": table(|d| d.read_bytes, |d| d.write_bytes),
        "io_serviced_recursive": table(|d| d.reads, |d| d.writes),
        "io_queue_recursive": null,
        "io_service_time_recursive": null,
        "io_wait_time_recursive": null,
        "io_merged_recursive": null,
        "io_time_recursive": null,
        "sectors_recursive": null,
    })
}
