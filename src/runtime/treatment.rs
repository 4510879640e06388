//! How the kernel is to treat a process beside its rights: scheduling, I/O priority, processors, memory, execution domain, and the labels
//! of security modules.
//!
//! Planned from the Spec here (pure), set by the process on itself.

use std::io::Write;

use nix::errno::Errno;
use oci_spec::runtime::{
    IOPriorityClass, Linux, LinuxPersonalityDomain, LinuxSchedulerFlag as Flag,
    LinuxSchedulerPolicy as Policy, MemoryPolicyFlagType as MemoryFlag, MemoryPolicyModeType as MemoryMode,
    Process,
};
use serde::{Deserialize, Serialize};

use crate::error::{Context, Kind, Result};
use crate::sys::sched::{self, Scheduling};

/// All of it; what is `None` stays as it was inherited.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Treatment {
    pub scheduling: Option<Scheduling>,
    /// Class and level.
    pub io_priority: Option<(u32, u32)>,
    pub personality: Option<u64>,
    /// Mode with flags, and the nodes as bits.
    pub memory_policy: Option<(u32, Vec<u64>)>,
    /// The processors for a process that joins a container, before it is in the container's cgroup and after.
    pub affinity: [Option<Vec<u32>>; 2],
    pub apparmor: Option<String>,
    pub selinux: Option<String>,
}

impl Treatment {
    pub fn plan(process: &Process, linux: &Linux) -> Result<Self> {
        let label = |text: &Option<String>| text.clone().filter(|t| !t.is_empty());
        let affinity = process.exec_cpu_affinity().as_ref();
        let processors = |list: Option<&String>| {
            list.filter(|l| !l.is_empty())
                .map(|l| numbers(l).with_context(|| format!("process.execCPUAffinity: {l:?}")))
                .transpose()
        };
        Ok(Self {
            scheduling: scheduling(process)?,
            io_priority: io_priority(process)?,
            personality: personality(linux)?,
            memory_policy: memory_policy(linux)?,
            affinity: [
                processors(affinity.and_then(|a| a.initial().as_ref()))?,
                processors(affinity.and_then(|a| a.cpu_affinity_final().as_ref()))?,
            ],
            apparmor: label(process.apparmor_profile()),
            selinux: label(process.selinux_label()),
        })
    }

    /// Sets what takes privileges that the program may not have.
    pub fn apply(&self) -> Result<()> {
        if let Some(scheduling) = self.scheduling {
            sched::set_scheduling(scheduling).context("setting process.scheduler")?;
        }
        if let Some((class, level)) = self.io_priority {
            sched::set_io_priority(class, level).context("setting process.ioPriority")?;
        }
        if let Some((mode, nodes)) = &self.memory_policy {
            sched::set_memory_policy(*mode, nodes).map_err(|errno| match errno {
                Errno::ENOSYS => {
                    Kind::Unsupported.error("linux.memoryPolicy: this kernel has no NUMA policies")
                }
                other => anyhow::anyhow!("setting linux.memoryPolicy: {}", other.desc()),
            })?;
        }
        if let Some(persona) = self.personality {
            sched::set_personality(persona).context("setting linux.personality")?;
        }
        Ok(())
    }

    /// Has the next exec change to the labels. `/proc` must be the host's: no container can have put anything there (CVE-2025-52881).
    pub fn label(&self) -> Result<()> {
        if let Some(profile) = self.apparmor.as_ref().filter(|p| *p != "unconfined" || has_apparmor()) {
            let text = format!("exec {profile}");
            // The second name is that of kernels before 5.8.
            let written = match write("self/attr/apparmor/exec", &text) {
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => write("self/attr/exec", &text),
                other => other,
            };
            written.with_context(|| format!("process.apparmorProfile: applying the profile {profile:?}"))?;
        }
        if let Some(label) = &self.selinux {
            write("self/attr/exec", label)
                .with_context(|| format!("process.selinuxLabel: applying the label {label:?}"))?;
        }
        Ok(())
    }

    /// Refuses by name what this kernel doesn't have.
    pub fn check(&self) -> Result<()> {
        let lacking = |field: &str, module: &str| {
            Kind::Unsupported.err(format!("{field}: {module} is not enabled on this host"))
        };
        if self.apparmor.as_ref().is_some_and(|p| p != "unconfined") && !has_apparmor() {
            return lacking("process.apparmorProfile", "AppArmor");
        }
        if self.selinux.is_some() && !has_selinux() {
            return lacking("process.selinuxLabel", "SELinux");
        }
        Ok(())
    }
}

pub fn has_apparmor() -> bool {
    std::fs::read("/sys/module/apparmor/parameters/enabled").is_ok_and(|text| text.starts_with(b"Y"))
}

pub fn has_selinux() -> bool {
    std::path::Path::new("/sys/fs/selinux/enforce").exists()
}

fn write(path: &str, text: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).open(format!("/proc/{path}"))?;
    // In one piece: the kernel takes each write as a whole value.
    let written = file.write(text.as_bytes())?;
    if written == text.len() { Ok(()) } else { Err(std::io::ErrorKind::WriteZero.into()) }
}

fn scheduling(process: &Process) -> Result<Option<Scheduling>> {
    let Some(asked) = process.scheduler() else { return Ok(None) };
    let policy = match asked.policy() {
        Policy::SchedOther => 0,
        Policy::SchedFifo => 1,
        Policy::SchedRr => 2,
        Policy::SchedBatch => 3,
        Policy::SchedIso => 4,
        Policy::SchedIdle => 5,
        Policy::SchedDeadline => 6,
    };
    let bit = |flag: &Flag| match flag {
        Flag::SchedResetOnFork => 0x01,
        Flag::SchedFlagReclaim => 0x02,
        Flag::SchedFlagDLOverrun => 0x04,
        Flag::SchedFlagKeepPolicy => 0x08,
        Flag::SchedFlagKeepParams => 0x10,
        Flag::SchedFlagUtilClampMin => 0x20,
        Flag::SchedFlagUtilClampMax => 0x40,
    };
    let priority = asked.priority().unwrap_or(0);
    let Ok(priority) = u32::try_from(priority) else {
        return Kind::Invalid.err(format!("process.scheduler: the priority {priority} is below zero"));
    };
    Ok(Some(Scheduling {
        policy,
        flags: asked.flags().iter().flatten().map(bit).fold(0, |all, bit| all | bit),
        nice: asked.nice().unwrap_or(0),
        priority,
        runtime: asked.runtime().unwrap_or(0),
        deadline: asked.deadline().unwrap_or(0),
        period: asked.period().unwrap_or(0),
    }))
}

fn io_priority(process: &Process) -> Result<Option<(u32, u32)>> {
    let Some(asked) = process.io_priority() else { return Ok(None) };
    let class = match asked.class() {
        IOPriorityClass::IoprioClassRt => 1,
        IOPriorityClass::IoprioClassBe => 2,
        IOPriorityClass::IoprioClassIdle => 3,
    };
    match u32::try_from(asked.priority()) {
        Ok(level) if level < 8 => Ok(Some((class, level))),
        _ => Kind::Invalid
            .err(format!("process.ioPriority: the priority {} is not from 0 to 7", asked.priority())),
    }
}

fn personality(linux: &Linux) -> Result<Option<u64>> {
    let Some(asked) = linux.personality() else { return Ok(None) };
    if let Some(flag) = asked.flags().iter().flatten().next() {
        // The specification has none so far.
        return Kind::Unsupported.err(format!("linux.personality: unknown flag {flag:?}"));
    }
    Ok(Some(match asked.domain() {
        LinuxPersonalityDomain::PerLinux => 0x0000,
        LinuxPersonalityDomain::PerLinux32 => 0x0008,
    }))
}

fn memory_policy(linux: &Linux) -> Result<Option<(u32, Vec<u64>)>> {
    let Some(asked) = linux.memory_policy() else { return Ok(None) };
    // Of linux/mempolicy.h.
    let mode = match asked.mode() {
        MemoryMode::MpolDefault => 0,
        MemoryMode::MpolPreferred => 1,
        MemoryMode::MpolBind => 2,
        MemoryMode::MpolInterleave => 3,
        MemoryMode::MpolLocal => 4,
        MemoryMode::MpolPreferredMany => 5,
        MemoryMode::MpolWeightedInterleave => 6,
    };
    let bit = |flag: &MemoryFlag| match flag {
        MemoryFlag::MpolFStaticNodes => 1 << 15,
        MemoryFlag::MpolFRelativeNodes => 1 << 14,
        MemoryFlag::MpolFNumaBalancing => 1 << 13,
    };
    let mode = asked.flags().iter().flatten().map(bit).fold(mode, |all, bit| all | bit);
    let list = asked.nodes().as_deref().unwrap_or_default();
    let nodes = numbers(list).with_context(|| format!("linux.memoryPolicy: the nodes {list:?}"))?;
    let mut mask = vec![0u64; nodes.iter().max().map_or(0, |m| *m as usize / 64 + 1)];
    for node in nodes {
        mask[node as usize / 64] |= 1 << (node % 64);
    }
    Ok(Some((mode, mask)))
}

/// A list of numbers and ranges, `0-3,7` (cpuset(7) "List format"), none over 4095.
fn numbers(list: &str) -> Result<Vec<u32>> {
    let invalid = || Kind::Invalid.error("not a list of numbers and ranges such as 0-3,7");
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|n| *n < 4096).ok_or_else(invalid);
    let mut found = Vec::new();
    for item in list.split(',').map(str::trim).filter(|i| !i.is_empty()) {
        let (first, last) = match item.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(item)?, number(item)?),
        };
        if first > last {
            return Err(invalid());
        }
        found.extend(first..=last);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    fn plan(process: serde_json::Value, linux: serde_json::Value) -> Result<Treatment> {
        let mut whole = json!({"user": {"uid": 0, "gid": 0}, "cwd": "/"});
        for (key, value) in process.as_object().unwrap() {
            whole[key] = value.clone();
        }
        Treatment::plan(&from_value(whole).unwrap(), &from_value(linux).unwrap())
    }

    #[test]
    fn fields_become_what_the_kernel_takes() {
        let planned = plan(
            json!({
                "scheduler": {"policy": "SCHED_RR", "priority": 5, "flags": ["SCHED_RESET_ON_FORK"]},
                "ioPriority": {"class": "IOPRIO_CLASS_BE", "priority": 6},
                "execCPUAffinity": {"initial": "0-2,5", "final": "1"},
                "apparmorProfile": "p", "selinuxLabel": "",
            }),
            json!({
                "personality": {"domain": "LINUX32"},
                "memoryPolicy": {"mode": "MPOL_BIND", "nodes": "0,64", "flags": ["MPOL_F_STATIC_NODES"]},
            }),
        )
        .unwrap();
        let scheduling = planned.scheduling.unwrap();
        assert_eq!((scheduling.policy, scheduling.priority, scheduling.flags), (2, 5, 1));
        assert_eq!(planned.io_priority, Some((2, 6)));
        assert_eq!(planned.affinity, [Some(vec![0, 1, 2, 5]), Some(vec![1])]);
        assert_eq!(planned.personality, Some(8));
        assert_eq!(planned.memory_policy, Some((2 | 1 << 15, vec![1, 1])));
        assert_eq!((planned.apparmor.as_deref(), planned.selinux), (Some("p"), None));
    }

    #[test]
    fn nonsense_is_refused_by_name() {
        for (process, name) in [
            (json!({"scheduler": {"policy": "SCHED_FIFO", "priority": -1}}), "process.scheduler"),
            (json!({"ioPriority": {"class": "IOPRIO_CLASS_RT", "priority": 8}}), "process.ioPriority"),
            (json!({"execCPUAffinity": {"initial": "3-1"}}), "process.execCPUAffinity"),
        ] {
            let error = plan(process, json!({})).unwrap_err();
            assert!(format!("{error:#}").contains(name), "{error:#}");
        }
    }
}
