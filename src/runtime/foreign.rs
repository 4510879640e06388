//! Mounts that another container has, shared with this one (`/dev/shm` of a joined IPC namespace): the kernel lets a mount be copied only
//! by a process in its mount namespace, so this process goes there for the moment of the copy.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use nix::fcntl::OFlag;
use nix::sched::{CloneFlags, setns};

use super::mounts::open_path;
use super::root::Root;
use crate::error::{Context, Kind, Result};
use crate::sys::mount as m;

/// A detached copy of the mount that is at `path` in a mount namespace. This process has one thread.
pub fn copy(namespace: &Path, path: &Path) -> Result<OwnedFd> {
    let there = File::open(namespace).with_context(|| format!("opening {}", namespace.display()))?;
    let home = File::open("/proc/self/ns/mnt").context("opening this process's mount namespace")?;
    setns(&there, CloneFlags::CLONE_NEWNS).context("entering the other container's mount namespace")?;
    let copied = copy_here(path);
    setns(&home, CloneFlags::CLONE_NEWNS).context("returning to this process's mount namespace")?;
    copied
}

/// What is there belongs to a container: nothing but the mount may be meant, no link to elsewhere and no magic link of /proc, which would
/// lead to our own descriptors.
fn copy_here(path: &Path) -> Result<OwnedFd> {
    let root = Root::new(open_path(Path::new("/"))?);
    let found = root.open(path, OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW);
    let found = match found {
        Err(nix::errno::Errno::ENOENT | nix::errno::Errno::ENOTDIR) => {
            return Kind::Conflict.err(format!("the other container has no {}", path.display()));
        }
        other => other.with_context(|| format!("opening the other container's {}", path.display()))?,
    };
    m::clone_fd(found.as_fd(), false)
        .with_context(|| format!("copying the other container's mount {}", path.display()))
}
