//! What a container uses, read from its cgroups. Where a controller isn't there (version 1 without a limit, version 2 without delegation)
//! the processes themselves are asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::Cgroup;
use crate::error::Result;

/// What a container uses now, and has used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    pub cpu: CpuStats,
    pub memory: MemoryStats,
    /// Processes and threads.
    pub pids: u64,
    /// `None`: no limit.
    pub pids_limit: Option<u64>,
    /// By device; 0:0 stands for what isn't known by device.
    pub io: Vec<DeviceIo>,
    /// By page size, as `2MB`.
    pub hugetlb: BTreeMap<String, HugetlbStats>,
}

/// Times in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CpuStats {
    pub usage: u64,
    pub user: u64,
    pub system: u64,
    pub periods: u64,
    pub throttled_periods: u64,
    pub throttled: u64,
}

/// In bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryStats {
    pub usage: u64,
    /// `None`: no limit.
    pub limit: Option<u64>,
    pub peak: Option<u64>,
    /// How often the limit was hit.
    pub failures: u64,
    pub swap: u64,
    pub swap_limit: Option<u64>,
    /// memory.stat as the kernel has it.
    pub fields: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct DeviceIo {
    pub major: u32,
    pub minor: u32,
    pub read_bytes: u64,
    pub write_bytes: u64,
    pub reads: u64,
    pub writes: u64,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HugetlbStats {
    pub usage: u64,
    pub peak: u64,
    pub failures: u64,
}

impl MemoryStats {
    /// Without the page cache that can be dropped at once, as docker shows it.
    pub fn used(&self) -> u64 {
        let cache = ["total_inactive_file", "inactive_file"].iter().find_map(|k| self.fields.get(*k));
        match cache {
            Some(cache) if *cache < self.usage => self.usage - cache,
            _ => self.usage,
        }
    }
}

impl Cgroup {
    pub fn stats(&self) -> Result<Stats> {
        let mut stats = Stats { cpu: self.cpu(), ..Stats::default() };
        let memory = self.memory();
        let count = self.directory("pids").and_then(|dir| number(&dir.join("pids.current")));
        let io = self.io();
        if memory.is_none() || count.is_none() || io.is_none() {
            stats.ask_processes(&self.pids()?);
        }
        if let Some(memory) = memory {
            stats.memory = memory;
        }
        if let Some(count) = count {
            stats.pids = count;
            stats.pids_limit = self.directory("pids").and_then(|dir| limit(&dir.join("pids.max")));
        }
        if let Some(io) = io {
            stats.io = io;
        }
        stats.hugetlb = self.hugetlb();
        Ok(stats)
    }

    /// How many of its processes the kernel has killed because the container hit its limit of memory. One that died when the whole
    /// machine was short of memory does not count.
    pub fn oom_kills(&self) -> u64 {
        if let Some(dir) = self.saved().v1.get("memory") {
            // Newer kernels don't count how often the limit was hit, but note the most that was used.
            let of = |file: &str| number(&dir.join(file));
            let hit = of("memory.failcnt").is_some_and(|n| n > 0)
                || of("memory.max_usage_in_bytes") >= of("memory.limit_in_bytes");
            return if hit { field(&read(&dir.join("memory.oom_control")), "oom_kill") } else { 0 };
        }
        let Some(dir) = &self.saved().v2 else { return 0 };
        let events = read(&dir.join("memory.events"));
        if field(&events, "oom") > 0 { field(&events, "oom_kill") } else { 0 }
    }

    /// The directory that a controller's files are in.
    fn directory(&self, controller: &str) -> Option<&PathBuf> {
        self.saved().v1.get(controller).or(self.saved().v2.as_ref())
    }

    fn cpu(&self) -> CpuStats {
        let mut cpu = CpuStats::default();
        if let Some(dir) = &self.saved().v2 {
            let text = read(&dir.join("cpu.stat"));
            cpu.usage = field(&text, "usage_usec") * 1000;
            cpu.user = field(&text, "user_usec") * 1000;
            cpu.system = field(&text, "system_usec") * 1000;
            cpu.throttle(&text, "throttled_usec", 1000);
        }
        if let Some(dir) = self.saved().v1.get("cpu") {
            cpu.throttle(&read(&dir.join("cpu.stat")), "throttled_time", 1);
        }
        if let (None, Some(dir)) = (&self.saved().v2, self.saved().v1.get("cpuacct")) {
            let of = |file: &str| number(&dir.join(file)).unwrap_or(0);
            (cpu.usage, cpu.user, cpu.system) =
                (of("cpuacct.usage"), of("cpuacct.usage_user"), of("cpuacct.usage_sys"));
        }
        cpu
    }

    fn memory(&self) -> Option<MemoryStats> {
        if let Some(dir) = self.saved().v1.get("memory") {
            let of = |file: &str| number(&dir.join(format!("memory.{file}")));
            // Version 1 counts swap together with memory.
            let usage = of("usage_in_bytes")?;
            return Some(MemoryStats {
                usage,
                limit: of("limit_in_bytes").filter(|l| *l < UNLIMITED),
                peak: of("max_usage_in_bytes"),
                failures: of("failcnt").unwrap_or(0),
                swap: of("memsw.usage_in_bytes").map_or(0, |both| both.saturating_sub(usage)),
                swap_limit: of("memsw.limit_in_bytes").filter(|l| *l < UNLIMITED),
                fields: fields(&read(&dir.join("memory.stat"))),
            });
        }
        let dir = self.saved().v2.as_ref()?;
        Some(MemoryStats {
            usage: number(&dir.join("memory.current"))?,
            limit: limit(&dir.join("memory.max")),
            peak: number(&dir.join("memory.peak")),
            failures: field(&read(&dir.join("memory.events")), "max"),
            swap: number(&dir.join("memory.swap.current")).unwrap_or(0),
            swap_limit: limit(&dir.join("memory.swap.max")),
            fields: fields(&read(&dir.join("memory.stat"))),
        })
    }

    fn io(&self) -> Option<Vec<DeviceIo>> {
        if let Some(dir) = self.saved().v1.get("blkio") {
            let text = |file: &str| std::fs::read_to_string(dir.join(format!("blkio.throttle.{file}"))).ok();
            return Some(io_of_v1(
                &text("io_service_bytes_recursive").or_else(|| text("io_service_bytes"))?,
                &text("io_serviced_recursive").or_else(|| text("io_serviced")).unwrap_or_default(),
            ));
        }
        let dir = self.saved().v2.as_ref()?;
        std::fs::read_to_string(dir.join("io.stat")).ok().map(|text| io_of_v2(&text))
    }

    fn hugetlb(&self) -> BTreeMap<String, HugetlbStats> {
        let (Some(dir), v1) = (self.directory("hugetlb"), self.saved().v1.contains_key("hugetlb")) else {
            return BTreeMap::new();
        };
        let suffix = if v1 { ".usage_in_bytes" } else { ".current" };
        let names = std::fs::read_dir(dir).into_iter().flatten().flatten();
        let sizes = names.filter_map(|e| {
            let name = e.file_name().into_string().ok()?;
            let size = name.strip_prefix("hugetlb.")?.strip_suffix(suffix)?.to_string();
            (!size.contains("rsvd")).then_some(size)
        });
        let one = |size: String| {
            let of = |file: &str| number(&dir.join(format!("hugetlb.{size}.{file}"))).unwrap_or(0);
            let stats = if v1 {
                HugetlbStats {
                    usage: of("usage_in_bytes"),
                    peak: of("max_usage_in_bytes"),
                    failures: of("failcnt"),
                }
            } else {
                let events = read(&dir.join(format!("hugetlb.{size}.events")));
                HugetlbStats { usage: of("current"), peak: 0, failures: field(&events, "max") }
            };
            (size, stats)
        };
        sizes.map(one).collect()
    }
}

/// Version 1 writes "no limit" as the largest number of pages that fits.
const UNLIMITED: u64 = 0x7fff_ffff_ffff_0000;

impl CpuStats {
    fn throttle(&mut self, text: &str, time: &str, unit: u64) {
        self.periods = field(text, "nr_periods");
        self.throttled_periods = field(text, "nr_throttled");
        self.throttled = field(text, time) * unit;
    }
}

impl Stats {
    /// Of these processes, for a container that has no cgroup.
    pub fn of_processes(pids: &[i32]) -> Self {
        let mut stats = Self::default();
        stats.ask_processes(pids);
        // Clock ticks, which are 100 a second on every architecture that containers run on.
        let times = pids.iter().flat_map(|pid| {
            let stat = read(&PathBuf::from(format!("/proc/{pid}/stat")));
            let rest: Vec<u64> = stat
                .rsplit(')')
                .next()
                .unwrap_or_default()
                .split_whitespace()
                .map(|f| f.parse().unwrap_or(0))
                .collect();
            // utime and stime, and those of children that were waited for
            rest.get(11..15).map(<[u64]>::to_vec).unwrap_or_default()
        });
        stats.cpu.usage = times.sum::<u64>() * 10_000_000;
        stats
    }

    /// Sums up what living processes use. Of those that have ended nothing is known here.
    fn ask_processes(&mut self, pids: &[i32]) {
        let page =
            nix::unistd::sysconf(nix::unistd::SysconfVar::PAGE_SIZE).ok().flatten().unwrap_or(4096) as u64;
        let mut io = DeviceIo::default();
        for pid in pids {
            let dir = PathBuf::from(format!("/proc/{pid}"));
            let statm = read(&dir.join("statm"));
            let pages =
                |at: usize| statm.split(' ').nth(at).and_then(|n| n.trim().parse::<u64>().ok()).unwrap_or(0);
            // Without what is shared with a file, which every container of the image would count again.
            self.memory.usage += pages(1).saturating_sub(pages(2)) * page;
            self.pids += read(&dir.join("stat"))
                .rsplit(')')
                .next()
                .and_then(|rest| rest.split_whitespace().nth(17)?.parse::<u64>().ok())
                .unwrap_or(0);
            let text = read(&dir.join("io"));
            io.read_bytes += field(&text, "read_bytes:");
            io.write_bytes += field(&text, "write_bytes:");
        }
        if io != DeviceIo::default() {
            self.io = vec![io];
        }
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_default()
}

fn number(path: &Path) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

/// `max` is none.
fn limit(path: &Path) -> Option<u64> {
    number(path)
}

/// The number behind a name, in a file of `name number` lines.
fn field(text: &str, name: &str) -> u64 {
    let value = |line: &str| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok();
    text.lines().find_map(value).unwrap_or(0)
}

fn fields(text: &str) -> BTreeMap<String, u64> {
    let pair = |line: &str| {
        let (name, value) = line.split_once(' ')?;
        Some((name.to_string(), value.trim().parse().ok()?))
    };
    text.lines().filter_map(pair).collect()
}

fn device(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once(':')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0`
fn io_of_v2(text: &str) -> Vec<DeviceIo> {
    let line = |line: &str| {
        let (number, rest) = line.split_once(' ')?;
        let (major, minor) = device(number)?;
        let of = |key: &str| {
            let value = |pair: &str| pair.strip_prefix(key)?.strip_prefix('=')?.parse().ok();
            rest.split(' ').find_map(value).unwrap_or(0)
        };
        let (read_bytes, write_bytes) = (of("rbytes"), of("wbytes"));
        Some(DeviceIo { major, minor, read_bytes, write_bytes, reads: of("rios"), writes: of("wios") })
    };
    text.lines().filter_map(line).collect()
}

/// `8:0 Read 1`, a line for each kind.
fn io_of_v1(bytes: &str, operations: &str) -> Vec<DeviceIo> {
    let mut devices: BTreeMap<(u32, u32), DeviceIo> = BTreeMap::new();
    for (text, is_bytes) in [(bytes, true), (operations, false)] {
        for line in text.lines() {
            let words: Vec<&str> = line.split(' ').collect();
            let [number, kind, value] = words[..] else { continue };
            let (Some(number), Ok(value)) = (device(number), value.parse::<u64>()) else { continue };
            let entry = devices.entry(number).or_insert(DeviceIo {
                major: number.0,
                minor: number.1,
                ..DeviceIo::default()
            });
            match (kind, is_bytes) {
                ("Read", true) => entry.read_bytes = value,
                ("Write", true) => entry.write_bytes = value,
                ("Read", false) => entry.reads = value,
                ("Write", false) => entry.writes = value,
                _ => {}
            }
        }
    }
    devices.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn io_is_read_from_both_versions() {
        let expected = [DeviceIo { major: 8, minor: 16, read_bytes: 1, write_bytes: 2, reads: 3, writes: 4 }];
        assert_eq!(io_of_v2("8:16 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n"), expected);
        let bytes = "8:16 Read 1\n8:16 Write 2\n8:16 Sync 3\n8:16 Total 3\nTotal 3\n";
        assert_eq!(io_of_v1(bytes, "8:16 Read 3\n8:16 Write 4\nTotal 7\n"), expected);
    }

    #[test]
    fn cache_that_can_go_is_not_used() {
        let fields = fields("cache 5\ninactive_file 30\nactive_file 4\n");
        assert_eq!(MemoryStats { usage: 100, fields, ..MemoryStats::default() }.used(), 70);
        assert_eq!(field("oom 1\noom_kill 2\n", "oom_kill"), 2);
    }
}
