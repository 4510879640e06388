//! setrlimit(2) by number (nix's enum does not convert from one), and the limit on descriptors of a process that needs many.

use std::sync::OnceLock;

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// Sets a resource limit of this process.
pub fn set(resource: u32, soft: u64, hard: u64) -> nix::Result<()> {
    let limit = libc::rlimit { rlim_cur: soft, rlim_max: hard };
    // SAFETY: the kernel reads one rlimit.
    Errno::result(unsafe { libc::setrlimit(resource, &raw const limit) }).map(drop)
}

/// What the limit was before this process raised it: soft and hard.
static DESCRIPTORS: OnceLock<(u64, u64)> = OnceLock::new();

/// Lets this process have as many descriptors as it may. Programs that it starts are not to have that from it.
pub fn raise_descriptors() -> nix::Result<()> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    DESCRIPTORS.get_or_init(|| (soft, hard));
    setrlimit(Resource::RLIMIT_NOFILE, hard, hard)
}

/// The limit that programs are to have which this process starts, soft and hard, if it isn't its own.
pub fn descriptors_before() -> Option<(u64, u64)> {
    DESCRIPTORS.get().copied()
}

/// Puts it back in such a program.
pub fn lower_descriptors(soft: u64) -> nix::Result<()> {
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    setrlimit(Resource::RLIMIT_NOFILE, soft.min(hard), hard)
}
