//! The container's view of its cgroups: one file system on a host with version 2 alone, a directory for each hierarchy elsewhere.
//!
//! Only the container's own directories are shown, as binds: a hierarchy in which it has none would show it the host's.

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use super::plan::PlannedMount;
use super::root::Root;
use super::{file_systems, mounts};
use crate::cgroups::{self, Saved};
use crate::error::{Context, Result};
use crate::namespaces::is_nested;
use crate::sys::mount as m;

/// The mount, detached: of version 2, or a small file system for the hierarchies' directories.
pub fn make(own: Option<&Saved>) -> Result<OwnedFd> {
    match own {
        own if is_filled(own) => {
            file_systems::make("tmpfs", "cgroup", &["mode=755".into(), "size=64k".into()])
        }
        _ => match file_systems::make("cgroup2", "cgroup", &[]) {
            // In a user namespace it takes a cgroup namespace that belongs to it (as for podman's containers that share the host's).
            Err(_) if is_nested() => instead(own),
            other => other,
        },
    }
}

/// Its own directory alone, or nothing: the whole of the host's could be writable to its user (CVE-2023-25809).
fn instead(own: Option<&Saved>) -> Result<OwnedFd> {
    match own.and_then(|own| own.v2.as_ref()) {
        Some(dir) => m::clone_path(dir, false).with_context(|| format!("opening {}", dir.display())),
        None => file_systems::make("tmpfs", "cgroup", &["mode=755".into(), "size=64k".into()]),
    }
}

/// Fills the small file system at the mount's destination. Its attributes come last: it may be read-only.
pub fn fill(root: &Root, planned: &PlannedMount, own: &Saved) -> Result<()> {
    for (name, dir) in hierarchies(own) {
        let bound = m::clone_path(&dir, false).with_context(|| format!("opening {}", dir.display()))?;
        mounts::set(bound.as_fd(), &planned.options)?;
        let place = root.mount_point(&planned.destination.join(&name), true)?;
        m::attach(bound.as_fd(), place.as_fd()).with_context(|| format!("attaching {name}"))?;
    }
    Ok(())
}

/// Directories by their names below /sys/fs/cgroup.
fn hierarchies(own: &Saved) -> BTreeMap<String, PathBuf> {
    let mut found = own.v1.clone();
    if let Some(dir) = &own.v2 {
        found.insert("unified".into(), dir.clone());
    }
    found
}

/// Whether [`fill`] is for this host.
pub fn is_filled(own: Option<&Saved>) -> bool {
    own.is_some() && !cgroups::is_unified()
}
