//! The limits of a container as docker words them: what may be combined, and the OCI Spec's `linux.resources` that follows (pure).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use oci_spec::runtime::{
    LinuxBlockIo, LinuxCpu, LinuxMemory, LinuxPids, LinuxResources, LinuxThrottleDevice,
    LinuxThrottleDeviceBuilder, LinuxWeightDeviceBuilder,
};
use serde::{Deserialize, Serialize};

use crate::error::{Kind, Result};

/// Zero, empty or `None`: not limited. Sizes are bytes, times microseconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Resources {
    pub memory: i64,
    pub memory_reservation: i64,
    /// Memory and swap together; -1: any amount of swap.
    pub memory_swap: i64,
    pub memory_swappiness: Option<u64>,
    pub oom_kill_disable: bool,
    /// Billionths of a CPU.
    pub nano_cpus: i64,
    pub cpu_shares: u64,
    pub cpu_period: u64,
    pub cpu_quota: i64,
    pub cpu_rt_period: u64,
    pub cpu_rt_runtime: i64,
    pub cpuset_cpus: String,
    pub cpuset_mems: String,
    /// -1: any number, and said so.
    pub pids_limit: i64,
    pub blkio_weight: u16,
    pub blkio_weight_device: Vec<DeviceRate>,
    pub device_read_bps: Vec<DeviceRate>,
    pub device_write_bps: Vec<DeviceRate>,
    pub device_read_iops: Vec<DeviceRate>,
    pub device_write_iops: Vec<DeviceRate>,
    /// Files of version 2 by name.
    pub unified: BTreeMap<String, String>,
}

/// A weight or a rate for one device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceRate {
    pub path: PathBuf,
    pub rate: u64,
}

/// What the host can do, as far as the checks need it.
#[derive(Debug, Clone, Default)]
pub struct HostCpus {
    /// Lists as in cpuset(7), `0-3,8`.
    pub cpus: String,
    pub mems: String,
}

const MIN_MEMORY: i64 = 6 * 1024 * 1024;
/// Microseconds; what a share of a CPU is measured by.
const PERIOD: u64 = 100_000;

impl Resources {
    /// Refuses what docker refuses, in its words.
    pub fn check(&self, host: &HostCpus) -> Result<()> {
        let bad = |text: &str| Kind::Invalid.err(text);
        if self.memory != 0 && self.memory < MIN_MEMORY {
            return bad("Minimum memory limit allowed is 6MB");
        }
        if self.memory > 0 && self.memory_swap > 0 && self.memory_swap < self.memory {
            return bad("Minimum memoryswap limit should be larger than memory limit, see usage");
        }
        if self.memory == 0 && self.memory_swap > 0 {
            return bad("You should always set the Memory limit when using Memoryswap limit, see usage");
        }
        if let Some(value) = self.memory_swappiness.filter(|s| *s > 100) {
            return bad(&format!("Invalid value: {value}, valid memory swappiness range is 0-100"));
        }
        if self.memory_reservation != 0 && self.memory_reservation < MIN_MEMORY {
            return bad("Minimum memory reservation allowed is 6MB");
        }
        if self.memory > 0 && self.memory_reservation > self.memory {
            return bad("Minimum memory limit can not be less than memory reservation limit, see usage");
        }
        if self.blkio_weight > 0 && !(10..=1000).contains(&self.blkio_weight) {
            return bad("Range of blkio weight is from 10 to 1000");
        }
        self.check_cpu(host)
    }

    fn check_cpu(&self, host: &HostCpus) -> Result<()> {
        let bad = |text: &str| Kind::Invalid.err(text);
        if self.nano_cpus > 0 && self.cpu_period > 0 {
            return bad("Conflicting options: Nano CPUs and CPU Period cannot both be set");
        }
        if self.nano_cpus > 0 && self.cpu_quota != 0 {
            return bad("Conflicting options: Nano CPUs and CPU Quota cannot both be set");
        }
        let count = list(&host.cpus).unwrap_or_default().len() as i64;
        if self.nano_cpus < 0 || (count > 0 && self.nano_cpus > count * 1_000_000_000) {
            return bad(&format!(
                "range of CPUs is from 0.01 to {count}.00, as there are only {count} CPUs available"
            ));
        }
        if self.cpu_period != 0 && !(1000..=1_000_000).contains(&self.cpu_period) {
            return bad(
                "CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)",
            );
        }
        if self.cpu_quota > 0 && self.cpu_quota < 1000 {
            return bad("CPU cfs quota can not be less than 1ms (i.e. 1000)");
        }
        if self.cpu_rt_period != 0 && self.cpu_rt_runtime > self.cpu_rt_period as i64 {
            return bad("cpu real-time runtime cannot be higher than cpu real-time period");
        }
        let sets = [
            (&self.cpuset_cpus, &host.cpus, "cpuset cpus", "CPUs"),
            (&self.cpuset_mems, &host.mems, "cpuset mems", "memory nodes"),
        ];
        for (wanted, available, option, what) in sets {
            let Some(numbers) = list(wanted) else {
                return bad(&format!("Invalid value {wanted} for {option}"));
            };
            let there = list(available).unwrap_or_default();
            if !there.is_empty() && numbers.iter().any(|n| !there.contains(n)) {
                return bad(&format!(
                    "Requested {what} are not available - requested {wanted}, available: {available}"
                ));
            }
        }
        Ok(())
    }

    /// With what docker fills in: swap as large as memory.
    #[must_use]
    pub fn completed(mut self, can_limit_swap: bool) -> Self {
        if self.memory > 0 && self.memory_swap == 0 && can_limit_swap {
            self.memory_swap = self.memory * 2;
        }
        self
    }

    /// As a Spec has it. `number` tells the major and minor number of a block device.
    pub fn to_spec(&self, number: impl Fn(&Path) -> Result<(i64, i64)>) -> Result<LinuxResources> {
        let mut spec = LinuxResources::default();
        let memory = self.memory();
        if memory != LinuxMemory::default() {
            spec.set_memory(Some(memory));
        }
        let cpu = self.cpu();
        if cpu != LinuxCpu::default() {
            spec.set_cpu(Some(cpu));
        }
        if self.pids_limit != 0 {
            let mut pids = LinuxPids::default();
            pids.set_limit(self.pids_limit);
            spec.set_pids(Some(pids));
        }
        spec.set_block_io(self.block_io(number)?);
        if !self.unified.is_empty() {
            spec.set_unified(Some(self.unified.clone().into_iter().collect()));
        }
        Ok(spec)
    }

    fn memory(&self) -> LinuxMemory {
        let some = |n: i64| (n != 0).then_some(n);
        let mut memory = LinuxMemory::default();
        memory
            .set_limit(some(self.memory))
            .set_reservation(some(self.memory_reservation))
            .set_swap(some(self.memory_swap))
            .set_swappiness(self.memory_swappiness)
            .set_disable_oom_killer(self.oom_kill_disable.then_some(true));
        memory
    }

    fn cpu(&self) -> LinuxCpu {
        let unsigned = |n: u64| (n != 0).then_some(n);
        let signed = |n: i64| (n != 0).then_some(n);
        let text = |t: &str| (!t.is_empty()).then(|| t.to_string());
        let (mut quota, mut period) = (signed(self.cpu_quota), unsigned(self.cpu_period));
        if self.nano_cpus > 0 {
            period = Some(PERIOD);
            quota = Some(self.nano_cpus * PERIOD as i64 / 1_000_000_000);
        }
        let mut cpu = LinuxCpu::default();
        cpu.set_shares(unsigned(self.cpu_shares))
            .set_quota(quota)
            .set_period(period)
            .set_realtime_period(unsigned(self.cpu_rt_period))
            .set_realtime_runtime(signed(self.cpu_rt_runtime))
            .set_cpus(text(&self.cpuset_cpus))
            .set_mems(text(&self.cpuset_mems));
        cpu
    }

    fn block_io(&self, number: impl Fn(&Path) -> Result<(i64, i64)>) -> Result<Option<LinuxBlockIo>> {
        let rates = |list: &[DeviceRate]| -> Result<Option<Vec<LinuxThrottleDevice>>> {
            let one = |entry: &DeviceRate| {
                let (major, minor) = number(&entry.path)?;
                Ok(LinuxThrottleDeviceBuilder::default()
                    .major(major)
                    .minor(minor)
                    .rate(entry.rate)
                    .build()?)
            };
            let devices = list.iter().map(one).collect::<Result<Vec<_>>>()?;
            Ok(Some(devices).filter(|d| !d.is_empty()))
        };
        let weight = |entry: &DeviceRate| {
            let (major, minor) = number(&entry.path)?;
            let device =
                LinuxWeightDeviceBuilder::default().major(major).minor(minor).weight(entry.rate as u16);
            Ok(device.build()?)
        };
        let weights = self.blkio_weight_device.iter().map(weight).collect::<Result<Vec<_>>>()?;
        let mut io = LinuxBlockIo::default();
        io.set_weight((self.blkio_weight != 0).then_some(self.blkio_weight))
            .set_weight_device(Some(weights).filter(|w| !w.is_empty()))
            .set_throttle_read_bps_device(rates(&self.device_read_bps)?)
            .set_throttle_write_bps_device(rates(&self.device_write_bps)?)
            .set_throttle_read_iops_device(rates(&self.device_read_iops)?)
            .set_throttle_write_iops_device(rates(&self.device_write_iops)?);
        Ok(Some(io).filter(|io| *io != LinuxBlockIo::default()))
    }

    /// These limits with those of `change` that are set in their place, as docker's `update` has it.
    pub fn updated(&self, change: &Self) -> Result<Self> {
        let bad = |text: &str| Kind::Invalid.err(text);
        if change.memory > 0
            && change.memory_swap == 0
            && self.memory_swap > 0
            && change.memory > self.memory_swap
        {
            return bad(
                "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time",
            );
        }
        for (name, set, before) in [
            ("Period", change.cpu_period != 0, self.cpu_period != 0),
            ("Quota", change.cpu_quota != 0, self.cpu_quota != 0),
        ] {
            if set && self.nano_cpus > 0 {
                return bad(&format!(
                    "Conflicting options: CPU {name} cannot be updated as NanoCPUs has already been set"
                ));
            }
            if before && change.nano_cpus > 0 {
                return bad(&format!(
                    "Conflicting options: Nano CPUs cannot be updated as CPU {name} has already been set"
                ));
            }
        }
        let mut new = self.clone();
        fn replace<T: PartialEq + Default + Clone>(old: &mut T, new: &T) {
            if *new != T::default() {
                old.clone_from(new);
            }
        }
        replace(&mut new.memory, &change.memory);
        replace(&mut new.memory_reservation, &change.memory_reservation);
        replace(&mut new.memory_swap, &change.memory_swap);
        replace(&mut new.nano_cpus, &change.nano_cpus);
        replace(&mut new.cpu_shares, &change.cpu_shares);
        replace(&mut new.cpu_period, &change.cpu_period);
        replace(&mut new.cpu_quota, &change.cpu_quota);
        replace(&mut new.cpu_rt_period, &change.cpu_rt_period);
        replace(&mut new.cpu_rt_runtime, &change.cpu_rt_runtime);
        replace(&mut new.cpuset_cpus, &change.cpuset_cpus);
        replace(&mut new.cpuset_mems, &change.cpuset_mems);
        replace(&mut new.pids_limit, &change.pids_limit);
        replace(&mut new.blkio_weight, &change.blkio_weight);
        Ok(new)
    }
}

/// The numbers of a list like `0-2,7`; `None` if it is none.
fn list(text: &str) -> Option<Vec<u32>> {
    let mut numbers = Vec::new();
    for part in text.trim().split(',').filter(|p| !p.is_empty()) {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to): (u32, u32) = (from.parse().ok()?, to.parse().ok()?);
        if from > to || to > 1 << 16 {
            return None;
        }
        numbers.extend(from..=to);
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(resources: Resources) -> String {
        let host = HostCpus { cpus: "0-3".into(), mems: "0".into() };
        resources.check(&host).map_err(|e| e.to_string()).err().unwrap_or_default()
    }

    #[test]
    fn contradictions_are_refused_in_dockers_words() {
        let mb = 1024 * 1024;
        let base = Resources::default;
        for (resources, text) in [
            (Resources { memory: mb, ..base() }, "6MB"),
            (Resources { memory: 8 * mb, memory_swap: 7 * mb, ..base() }, "larger than memory limit"),
            (Resources { memory_swap: 7 * mb, ..base() }, "always set the Memory limit"),
            (Resources { memory: 8 * mb, memory_reservation: 9 * mb, ..base() }, "memory reservation"),
            (Resources { memory_swappiness: Some(101), ..base() }, "range is 0-100"),
            (Resources { nano_cpus: 1, cpu_quota: 1, ..base() }, "Nano CPUs and CPU Quota"),
            (Resources { nano_cpus: 5_000_000_000, ..base() }, "only 4 CPUs"),
            (Resources { cpu_period: 10, ..base() }, "cfs period"),
            (Resources { cpu_quota: 10, ..base() }, "cfs quota"),
            (
                Resources { cpuset_cpus: "0,9".into(), ..base() },
                "Requested CPUs are not available - requested 0,9",
            ),
            (Resources { cpuset_mems: "x".into(), ..base() }, "Invalid value x for cpuset mems"),
            (Resources { blkio_weight: 5, ..base() }, "from 10 to 1000"),
        ] {
            assert!(
                refused(resources.clone()).contains(text),
                "{resources:?}: {}",
                refused(resources.clone())
            );
        }
        assert_eq!(
            refused(Resources { memory: 8 * mb, memory_swap: -1, cpuset_cpus: "1-2".into(), ..base() }),
            ""
        );
    }

    #[test]
    fn cpus_become_quota_and_period() {
        let resources = Resources { nano_cpus: 1_500_000_000, memory: 100, ..Resources::default() };
        let spec = resources.completed(true).to_spec(|_| Ok((0, 0))).unwrap();
        let cpu = spec.cpu().clone().unwrap();
        assert_eq!((cpu.quota(), cpu.period()), (Some(150_000), Some(100_000)));
        assert_eq!(spec.memory().unwrap().swap(), Some(200));
        assert_eq!(Resources::default().to_spec(|_| Ok((0, 0))).unwrap(), LinuxResources::default());
    }

    #[test]
    fn updates_keep_the_rest() {
        let before = Resources { memory: 100, memory_swap: 200, cpu_quota: 5000, ..Resources::default() };
        let after =
            before.updated(&Resources { memory: 150, pids_limit: -1, ..Resources::default() }).unwrap();
        assert_eq!(
            (after.memory, after.memory_swap, after.pids_limit, after.cpu_quota),
            (150, 200, -1, 5000)
        );
        assert!(before.updated(&Resources { memory: 300, ..Resources::default() }).is_err());
        assert!(before.updated(&Resources { nano_cpus: 1, ..Resources::default() }).is_err());
    }
}
