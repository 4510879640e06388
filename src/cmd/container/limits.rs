//! The options that limit a container, for `run`, `create` and `update`; and `dhow pause`, `unpause`, `update`.

use std::path::PathBuf;

use clap::Args;

use super::{each, parse};
use crate::cmd::{App, Verb};
use crate::engine::containers::{
    CdiDevices, CgroupManager, DeviceMapping, DeviceName, DeviceRate, Resources, RestartPolicy, cdi, quantity,
};
use crate::error::{Kind, Result};

/// What `update` can change, too. As typed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Args)]
pub struct LimitOptions {
    /// Limit of memory
    #[arg(short = 'm', long, value_name = "SIZE")]
    memory: Option<String>,
    /// Memory to be left to the container when the host is short of it
    #[arg(long, value_name = "SIZE")]
    memory_reservation: Option<String>,
    /// Limit of memory and swap together, -1 for any amount of swap
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    memory_swap: Option<String>,
    /// Not supported: the kernel has no such limit any more
    #[arg(long, value_name = "SIZE", hide = true)]
    kernel_memory: Option<String>,
    /// How many CPUs' time it may use, as 1.5
    #[arg(long, value_name = "NUMBER")]
    cpus: Option<String>,
    /// Share of the CPUs when they are contended, relative to other containers' (1024 is usual)
    #[arg(short = 'c', long, value_name = "SHARES")]
    cpu_shares: Option<u64>,
    /// Period of the CPU quota in microseconds
    #[arg(long, value_name = "MICROSECONDS")]
    cpu_period: Option<u64>,
    /// CPU time in each period in microseconds
    #[arg(long, value_name = "MICROSECONDS", allow_hyphen_values = true)]
    cpu_quota: Option<i64>,
    /// Period of the real-time quota in microseconds
    #[arg(long, value_name = "MICROSECONDS")]
    cpu_rt_period: Option<u64>,
    /// Real-time CPU time in each period in microseconds
    #[arg(long, value_name = "MICROSECONDS", allow_hyphen_values = true)]
    cpu_rt_runtime: Option<i64>,
    /// CPUs to run on, as 0-3,8
    #[arg(long, value_name = "LIST")]
    cpuset_cpus: Option<String>,
    /// Memory nodes to take memory from, as 0-1
    #[arg(long, value_name = "LIST")]
    cpuset_mems: Option<String>,
    /// How many processes and threads there may be, -1 for any number
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pids_limit: Option<i64>,
    /// Share of the disks when they are contended, 10 to 1000
    #[arg(long, value_name = "WEIGHT")]
    blkio_weight: Option<u16>,
}

/// What is decided when a container is made. As typed.
#[derive(Debug, Args)]
pub struct ResourceOptions {
    #[command(flatten)]
    limits: LimitOptions,
    /// Readiness to swap, 0 to 100
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    memory_swappiness: Option<i64>,
    /// Let processes wait instead of killing one when the limit of memory is reached
    #[arg(long)]
    oom_kill_disable: bool,
    /// Share of one disk
    #[arg(long, value_name = "DEVICE:WEIGHT")]
    blkio_weight_device: Vec<String>,
    /// Limit of bytes read from a device in a second
    #[arg(long, value_name = "DEVICE:SIZE")]
    device_read_bps: Vec<String>,
    /// Limit of bytes written to a device in a second
    #[arg(long, value_name = "DEVICE:SIZE")]
    device_write_bps: Vec<String>,
    /// Limit of reads from a device in a second
    #[arg(long, value_name = "DEVICE:NUMBER")]
    device_read_iops: Vec<String>,
    /// Limit of writes to a device in a second
    #[arg(long, value_name = "DEVICE:NUMBER")]
    device_write_iops: Vec<String>,
    /// Write a value to a file of the container's cgroup (version 2), as memory.high=1073741824
    #[arg(long, value_name = "FILE=VALUE")]
    cgroup_conf: Vec<String>,
    /// Cgroup to make the container's own in
    #[arg(long, value_name = "PATH")]
    cgroup_parent: Option<String>,
    /// Add a device of the host, all in a directory, or one that a CDI file describes (VENDOR/CLASS=NAME)
    #[arg(long, value_name = "HOST[:CONTAINER[:rwm]]")]
    device: Vec<String>,
    /// Add graphics processors: all, how many, or device=ID[,ID...] (through CDI)
    #[arg(long, value_name = "GPUS")]
    gpus: Vec<String>,
    /// Directory of CDI files, instead of /etc/cdi and /var/run/cdi; a later one counts more
    #[arg(long, value_name = "DIR")]
    cdi_spec_dir: Vec<PathBuf>,
    /// Allow more devices, as "c 10:* rw"
    #[arg(long, value_name = "RULE")]
    device_cgroup_rule: Vec<String>,
}

fn bytes(text: Option<&str>) -> Result<i64> {
    match text {
        None => Ok(0),
        Some("-1") => Ok(-1),
        Some(text) => Ok(quantity::size(text)?.min(i64::MAX as u64) as i64),
    }
}

/// A decimal number of CPUs, in billionths.
fn nano_cpus(text: &str) -> Result<i64> {
    let invalid =
        || Kind::Invalid.error(format!("invalid argument {text:?} for \"--cpus\": not a decimal number"));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !digits(whole) || !digits(fraction) {
        return Err(invalid());
    }
    if fraction.len() > 9 {
        return Kind::Invalid.err(format!("invalid argument {text:?} for \"--cpus\": value is too precise"));
    }
    format!("{whole}{fraction:0<9}").parse().map_err(|_| invalid())
}

impl LimitOptions {
    fn resources(&self) -> Result<Resources> {
        if self.kernel_memory.is_some() {
            return Kind::Unsupported.err(
                "--kernel-memory: the kernel has no such limit any more; --memory counts the kernel's memory, too",
            );
        }
        Ok(Resources {
            memory: bytes(self.memory.as_deref())?,
            memory_reservation: bytes(self.memory_reservation.as_deref())?,
            memory_swap: bytes(self.memory_swap.as_deref())?,
            nano_cpus: self.cpus.as_deref().map_or(Ok(0), nano_cpus)?,
            cpu_shares: self.cpu_shares.unwrap_or(0),
            cpu_period: self.cpu_period.unwrap_or(0),
            cpu_quota: self.cpu_quota.unwrap_or(0),
            cpu_rt_period: self.cpu_rt_period.unwrap_or(0),
            cpu_rt_runtime: self.cpu_rt_runtime.unwrap_or(0),
            cpuset_cpus: self.cpuset_cpus.clone().unwrap_or_default(),
            cpuset_mems: self.cpuset_mems.clone().unwrap_or_default(),
            pids_limit: self.pids_limit.map_or(0, |limit| if limit <= 0 { -1 } else { limit }),
            blkio_weight: self.blkio_weight.unwrap_or(0),
            ..Resources::default()
        })
    }
}

impl ResourceOptions {
    pub fn resources(&self) -> Result<Resources> {
        let list = |given: &[String], number: fn(&str) -> Option<u64>, what: &str| {
            given.iter().map(|text| device_rate(text, number, what)).collect::<Result<Vec<_>>>()
        };
        const BYTES: &str = "The correct format is <device-path>:<number>[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb";
        const COUNT: &str = "The correct format is <device-path>:<number>. Number must be a positive integer";
        let size: fn(&str) -> Option<u64> = |t| quantity::size(t).ok();
        let count: fn(&str) -> Option<u64> = |t| t.parse().ok();
        let weight: fn(&str) -> Option<u64> =
            |t| t.parse().ok().filter(|w| *w == 0 || (10..=1000).contains(w));
        let swappiness = self.memory_swappiness.filter(|s| *s != -1);
        if let Some(value) = swappiness.filter(|s| !(0..=100).contains(s)) {
            return Kind::Invalid
                .err(format!("Invalid value: {value}, valid memory swappiness range is 0-100"));
        }
        Ok(Resources {
            memory_swappiness: swappiness.map(|s| s as u64),
            oom_kill_disable: self.oom_kill_disable,
            blkio_weight_device: list(&self.blkio_weight_device, weight, "The weight must be 10 to 1000")?,
            device_read_bps: list(&self.device_read_bps, size, BYTES)?,
            device_write_bps: list(&self.device_write_bps, size, BYTES)?,
            device_read_iops: list(&self.device_read_iops, count, COUNT)?,
            device_write_iops: list(&self.device_write_iops, count, COUNT)?,
            unified: parse::pairs("cgroup setting", &self.cgroup_conf)?,
            ..self.limits.resources()?
        })
    }

    /// A slice of systemd's; else from the mount of the hierarchy, as docker has it also for a path that doesn't begin with a slash.
    pub fn parent(&self, manager: Option<CgroupManager>) -> Result<Option<PathBuf>> {
        let Some(path) = self.cgroup_parent.as_deref().filter(|p| !p.is_empty()) else { return Ok(None) };
        if manager == Some(CgroupManager::Systemd) {
            return Ok(Some(path.into()));
        }
        let path = PathBuf::from("/").join(path);
        if path.components().any(|c| c == std::path::Component::ParentDir) {
            return Kind::Invalid.err(format!("--cgroup-parent {}: \"..\" is not allowed", path.display()));
        }
        Ok(Some(path))
    }

    pub fn devices(&self) -> Result<(Vec<DeviceMapping>, CdiDevices)> {
        let mut mappings = Vec::new();
        let mut named = CdiDevices::default();
        for text in &self.device {
            if DeviceName::is_meant(text) {
                named.devices.push(text.parse()?);
            } else {
                mappings.push(text.parse()?);
            }
        }
        self.gpus.iter().try_for_each(|text| named.add_gpus(text))?;
        named.directories = if self.cdi_spec_dir.is_empty() {
            cdi::DIRECTORIES.iter().map(PathBuf::from).collect()
        } else {
            self.cdi_spec_dir.iter().map(std::path::absolute).collect::<std::io::Result<_>>()?
        };
        Ok((mappings, named))
    }

    pub fn device_rules(&self) -> Vec<String> {
        self.device_cgroup_rule.clone()
    }
}

fn device_rate(text: &str, number: fn(&str) -> Option<u64>, format: &str) -> Result<DeviceRate> {
    let Some((path, rate)) = text.split_once(':') else {
        return Kind::Invalid.err(format!("bad format: {text}"));
    };
    if !path.starts_with("/dev/") {
        return Kind::Invalid.err(format!("bad format for device path: {text}"));
    }
    match number(rate) {
        Some(rate) => Ok(DeviceRate { path: path.into(), rate }),
        None => Kind::Invalid.err(format!("invalid rate for device: {text}. {format}")),
    }
}

/// Change the limits and the restart policy of containers
#[derive(Debug, Args)]
pub(crate) struct Update {
    #[command(flatten)]
    limits: LimitOptions,
    /// Whether to start the container again when it ends: no, on-failure[:N], always, unless-stopped
    #[arg(long, value_name = "POLICY")]
    restart: Option<RestartPolicy>,
    #[arg(required = true, value_name = "CONTAINER")]
    containers: Vec<String>,
}

impl Verb for Update {
    const NAME: &'static str = "update";
    const ABOUT: &'static str = "Change the limits and the restart policy of containers";

    fn run(self, app: &App) -> Result<u8> {
        if self.limits == LimitOptions::default() && self.restart.is_none() {
            return Kind::Invalid.err("you must provide one or more flags when using this command");
        }
        let change = self.limits.resources()?;
        let engine = app.engine()?;
        Ok(each(&self.containers, |name| {
            engine.update(name, &change, self.restart)?;
            println!("{name}");
            Ok(())
        }))
    }
}

/// Freeze all processes of containers
#[derive(Debug, Args)]
pub(crate) struct Pause {
    /// All running containers
    #[arg(short = 'a', long)]
    all: bool,
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

impl Verb for Pause {
    const NAME: &'static str = "pause";
    const ABOUT: &'static str = "Freeze all processes of containers";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let mut names = super::lifecycle::names(&engine, self.all, true, self.containers, Self::NAME)?;
        if self.all {
            names.retain(|name| engine.find(name).is_ok_and(|(_, state)| !state.paused));
        }
        Ok(each(&names, |name| {
            engine.pause(name)?;
            println!("{name}");
            Ok(())
        }))
    }
}

/// Let the processes of paused containers go on
#[derive(Debug, Args)]
pub(crate) struct Unpause {
    /// All paused containers
    #[arg(short = 'a', long)]
    all: bool,
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

impl Verb for Unpause {
    const NAME: &'static str = "unpause";
    const ABOUT: &'static str = "Let the processes of paused containers go on";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let mut names = super::lifecycle::names(&engine, self.all, true, self.containers, Self::NAME)?;
        if self.all {
            names.retain(|name| engine.find(name).is_ok_and(|(_, state)| state.paused));
        }
        Ok(each(&names, |name| {
            engine.unpause(name)?;
            println!("{name}");
            Ok(())
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_cpus() {
        for (text, nano) in
            [("1", 1_000_000_000), ("0.5", 500_000_000), (".25", 250_000_000), ("2.", 2_000_000_000)]
        {
            assert_eq!(nano_cpus(text).unwrap(), nano, "{text}");
        }
        for bad in ["", ".", "-1", "x", "1e3", "0.1234567891", "99999999999"] {
            assert!(nano_cpus(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn rates() {
        let size: fn(&str) -> Option<u64> = |t| quantity::size(t).ok();
        assert_eq!(
            device_rate("/dev/sda:1mb", size, "").unwrap(),
            DeviceRate { path: "/dev/sda".into(), rate: 1 << 20 }
        );
        for bad in ["/dev/sda", "sda:1", "/dev/sda:-1", "/dev/sda:x"] {
            assert!(device_rate(bad, size, "").is_err(), "{bad}");
        }
    }
}
