//! How the kernel schedules a process and where it takes memory for it: what libc has no calls for, or only for threads.

use nix::errno::Errno;

/// `struct sched_attr` of linux/sched/types.h, its first version.
#[repr(C)]
#[derive(Debug, Clone, Copy, Default)]
struct SchedAttr {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime: u64,
    deadline: u64,
    period: u64,
}

/// A scheduling policy with its parameters (sched_setattr(2)); times in nanoseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Scheduling {
    pub policy: u32,
    pub flags: u64,
    pub nice: i32,
    pub priority: u32,
    pub runtime: u64,
    pub deadline: u64,
    pub period: u64,
}

/// Sets the scheduling policy of this process.
pub fn set_scheduling(s: Scheduling) -> nix::Result<()> {
    let attr = SchedAttr {
        size: size_of::<SchedAttr>() as u32,
        policy: s.policy,
        flags: s.flags,
        nice: s.nice,
        priority: s.priority,
        runtime: s.runtime,
        deadline: s.deadline,
        period: s.period,
    };
    // SAFETY: the kernel reads as many bytes as `size` says from the live structure.
    Errno::result(unsafe { libc::syscall(libc::SYS_sched_setattr, 0, &raw const attr, 0) }).map(drop)
}

/// Sets the I/O priority of this process: class (1 real time, 2 best effort, 3 idle) and level.
pub fn set_io_priority(class: u32, level: u32) -> nix::Result<()> {
    const WHO_PROCESS: i32 = 1;
    let value = class << 13 | level;
    // SAFETY: integers only.
    Errno::result(unsafe { libc::syscall(libc::SYS_ioprio_set, WHO_PROCESS, 0, value) }).map(drop)
}

/// Sets the execution domain of this process (personality(2)).
pub fn set_personality(persona: u64) -> nix::Result<()> {
    // SAFETY: an integer.
    Errno::result(unsafe { libc::personality(persona) }).map(drop)
}

/// Sets from which nodes this process gets memory (set_mempolicy(2)); `nodes` is a bit each, 64 to a word.
pub fn set_memory_policy(mode: u32, nodes: &[u64]) -> nix::Result<()> {
    // The kernel takes one bit less than it is told.
    let (mask, bits) =
        if nodes.is_empty() { (std::ptr::null(), 0) } else { (nodes.as_ptr(), nodes.len() * 64 + 1) };
    // SAFETY: the mask is null or holds at least as many bits as the kernel reads.
    Errno::result(unsafe { libc::syscall(libc::SYS_set_mempolicy, mode, mask, bits) }).map(drop)
}

/// Sets the processors that this process may run on, by number.
pub fn set_affinity(processors: &[u32]) -> nix::Result<()> {
    let words = processors.iter().max().map_or(1, |m| *m as usize / 64 + 1);
    let mut mask = vec![0u64; words];
    for processor in processors {
        mask[*processor as usize / 64] |= 1 << (processor % 64);
    }
    // SAFETY: pointer and length describe the live mask.
    Errno::result(unsafe { libc::syscall(libc::SYS_sched_setaffinity, 0, words * 8, mask.as_ptr()) })
        .map(drop)
}
