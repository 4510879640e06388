//! A part of what is mounted (`volume-subpath`, `image-subpath`): found below the mount by the kernel (openat2(2) RESOLVE_BENEATH) and held
//! by descriptor, so that no link in it, whoever plants it and whenever, leads out (CVE-2023-2728, kubernetes' subpaths).

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use nix::sched::{CloneFlags, setns};

use super::mounts::{self, Lender};
use super::plan::PlannedMount;
use crate::error::{Context, Kind, Result};
use crate::sys::mount as m;

/// Only the part of a detached mount that is wanted. This process has mounts of its own, where one can be put for a moment.
pub fn narrow(mounted: OwnedFd, planned: &PlannedMount) -> Result<OwnedFd> {
    let Some(path) = &planned.subpath else { return Ok(mounted) };
    let found = open(&mounted, path)?;
    let mut lender = Lender::new(mounted);
    let copy = lender.copy(found.as_fd()).with_context(|| format!("taking {} of it", path.display()))?;
    lender.finish()?;
    Ok(copy)
}

/// The same in a process whose mounts are the host's.
pub fn narrow_in_passing(mounted: OwnedFd, planned: &PlannedMount) -> Result<OwnedFd> {
    let Some(path) = &planned.subpath else { return Ok(mounted) };
    let found = open(&mounted, path)?;
    match m::clone_fd(found.as_fd(), false) {
        // Before Linux 6.15 only what is attached can be copied.
        Err(Errno::EINVAL) => {}
        other => return other.with_context(|| format!("taking {} of it", path.display())),
    }
    let home = File::open("/proc/self/ns/mnt").context("opening this process's mount namespace")?;
    nix::sched::unshare(CloneFlags::CLONE_NEWNS).context("making a mount namespace")?;
    let taken = mounts::cut_propagation(libc::MS_PRIVATE).and_then(|()| narrow(mounted, planned));
    setns(&home, CloneFlags::CLONE_NEWNS).context("returning to this process's mount namespace")?;
    taken
}

/// What is at a path below an open directory.
pub fn open(mounted: &OwnedFd, path: &Path) -> Result<OwnedFd> {
    let how = OpenHow::new()
        .flags(OFlag::O_PATH | OFlag::O_CLOEXEC)
        .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    loop {
        return match openat2(mounted, path, how) {
            // A rename elsewhere raced with a "..": the kernel asks to try again.
            Err(Errno::EAGAIN | Errno::EINTR) => continue,
            Err(Errno::ENOENT | Errno::ENOTDIR) => {
                Kind::NotFound.err(format!("cannot access path {}: it does not exist there", path.display()))
            }
            Err(Errno::EXDEV | Errno::ELOOP) => Kind::Forbidden
                .err(format!("path concatenation escapes the base directory, subpath: {:?}", path.display())),
            other => other.with_context(|| format!("opening the subpath {}", path.display())),
        };
    }
}
