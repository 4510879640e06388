//! What containers use now: their cgroups' files, read by this process.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use crate::cgroups::{Cgroup, Stats};
use crate::container::{ContainerDir, ContainerState, Status};
use crate::engine::Engine;
use crate::error::{Kind, Result, is};
use crate::state::ContainerId;

use super::list::ContainerFilter;

/// What one container uses.
#[derive(Debug, Clone)]
pub struct Usage {
    pub id: ContainerId,
    pub name: String,
    /// As it was asked for.
    pub wanted: Option<String>,
    pub running: bool,
    /// Zero if it isn't running.
    pub running_for: Duration,
    pub stats: Stats,
    /// Bytes of the host's memory: what a container without a limit can use.
    pub memory_total: u64,
    /// Of its own network namespace, without the loopback.
    pub interfaces: Vec<InterfaceUsage>,
}

/// What has gone through a network interface, as the container sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InterfaceUsage {
    pub name: String,
    pub rx_bytes: u64,
    pub rx_packets: u64,
    pub rx_errors: u64,
    pub rx_dropped: u64,
    pub tx_bytes: u64,
    pub tx_packets: u64,
    pub tx_errors: u64,
    pub tx_dropped: u64,
}

/// Processes by pid namespace, for containers without a cgroup. Looked up once, when it is needed.
type ByNamespace = HashMap<PathBuf, Vec<i32>>;

impl Engine {
    /// Of the containers named, or of all that run.
    pub fn stats(&self, wanted: &[String], all: bool) -> Result<Vec<Usage>> {
        let memory_total = super::memory_total();
        let mut processes = None;
        let mut found = Vec::new();
        let mut add = |id, name, wanted, state: &ContainerState| -> Result<()> {
            let stats = if state.status == Status::Running {
                measure(state, &mut processes)?
            } else {
                Stats::default()
            };
            let started = state.started.filter(|_| state.status == Status::Running);
            let running_for = started.map_or(Duration::ZERO, |t| {
                Duration::try_from(jiff::Timestamp::now().duration_since(t)).unwrap_or_default()
            });
            let running = state.status == Status::Running;
            let interfaces =
                state.init.filter(|_| running).map(|init| interfaces(init.pid)).unwrap_or_default();
            found.push(Usage { id, name, wanted, running, running_for, stats, memory_total, interfaces });
            Ok(())
        };
        if wanted.is_empty() {
            for c in self.list_containers(&ContainerFilter::new(all))? {
                add(c.config.id.clone(), c.config.name.clone(), None, &c.state)?;
            }
        } else {
            for name in wanted {
                let (dir, state): (ContainerDir, _) = self.find(name)?;
                let config = dir.config()?;
                add(dir.id, config.name, Some(name.clone()), &state)?;
            }
        }
        Ok(found)
    }
}

fn measure(state: &ContainerState, processes: &mut Option<ByNamespace>) -> Result<Stats> {
    if let Some(saved) = &state.cgroup {
        return match Cgroup::reopen(saved).and_then(|c| c.stats()) {
            // Ended meanwhile.
            Err(e) if is(&e, Kind::NotFound) => Ok(Stats::default()),
            other => other,
        };
    }
    let processes = processes.get_or_insert_with(by_namespace);
    let of_init = state.init.and_then(|init| namespace(init.pid));
    let pids = of_init.and_then(|ns| processes.get(&ns)).cloned().unwrap_or_default();
    Ok(Stats::of_processes(&pids))
}

/// Those of a process's network namespace, unless that is the host's.
fn interfaces(pid: i32) -> Vec<InterfaceUsage> {
    let of = |pid: &str| std::fs::read_link(format!("/proc/{pid}/ns/net")).ok();
    if of(&pid.to_string()) == of("self") {
        return Vec::new();
    }
    parse_interfaces(&std::fs::read_to_string(format!("/proc/{pid}/net/dev")).unwrap_or_default())
}

/// /proc/net/dev (proc_net(5)): two lines of titles, then eight columns of what came in, and eight of what went out.
fn parse_interfaces(text: &str) -> Vec<InterfaceUsage> {
    let one = |line: &str| -> Option<InterfaceUsage> {
        let (name, numbers) = line.split_once(':')?;
        let n: Vec<u64> = numbers.split_whitespace().filter_map(|n| n.parse().ok()).collect();
        let [
            rx_bytes,
            rx_packets,
            rx_errors,
            rx_dropped,
            _,
            _,
            _,
            _,
            tx_bytes,
            tx_packets,
            tx_errors,
            tx_dropped,
            ..,
        ] = n[..]
        else {
            return None;
        };
        let name = name.trim().to_string();
        (name != "lo").then_some(InterfaceUsage {
            name,
            rx_bytes,
            rx_packets,
            rx_errors,
            rx_dropped,
            tx_bytes,
            tx_packets,
            tx_errors,
            tx_dropped,
        })
    };
    text.lines().skip(2).filter_map(one).collect()
}

fn namespace(pid: i32) -> Option<PathBuf> {
    std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok()
}

fn by_namespace() -> ByNamespace {
    let mut found = ByNamespace::new();
    let own = namespace(std::process::id() as i32);
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else { continue };
        // A container that shares the host's has no processes that could be told from it.
        if let Some(ns) = namespace(pid).filter(|ns| Some(ns) != own.as_ref()) {
            found.entry(ns).or_default().push(pid);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interfaces_of_proc() {
        let text = "Inter-|   Receive |  Transmit\n face |bytes packets\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n  eth0: 10 2 3 4 0 0 0 0 20 5 6 7 0 0 0 0\n";
        let [eth0] = &parse_interfaces(text)[..] else { panic!() };
        assert_eq!((eth0.name.as_str(), eth0.rx_bytes, eth0.rx_dropped), ("eth0", 10, 4));
        assert_eq!((eth0.tx_bytes, eth0.tx_packets, eth0.tx_errors), (20, 5, 6));
    }
}
