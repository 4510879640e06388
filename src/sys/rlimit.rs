//! setrlimit(2) by number. (nix's enum does not convert from one.)

use nix::errno::Errno;

/// Sets a resource limit of this process.
pub fn set(resource: u32, soft: u64, hard: u64) -> nix::Result<()> {
    let limit = libc::rlimit { rlim_cur: soft, rlim_max: hard };
    // SAFETY: the kernel reads one rlimit.
    Errno::result(unsafe { libc::setrlimit(resource, &raw const limit) }).map(drop)
}
