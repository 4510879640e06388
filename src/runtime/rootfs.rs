//! The root file system of a container: made, or taken from where `mount` has put it.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use super::mounts::{make, open_path, set};
use super::plan::{MountKind, PlannedMount, Rootfs};
use super::root::Root;
use super::{ephemeral, file_systems};
use crate::error::{Context, Kind, Result};
use crate::sys::mount as m;

/// The root of a container that has no mounts of its own.
pub fn bare_root(rootfs: &Rootfs) -> Result<Root> {
    open_path(&rootfs.path).map(Root::new)
}

/// Puts the root that the creator made over our present one: any place that this process can reach serves until the pivot.
pub fn given_root(mounted: OwnedFd) -> Result<Root> {
    let place = open_path(Path::new("/"))?;
    m::attach(mounted.as_fd(), place.as_fd()).context("mounting the root")?;
    Ok(Root::new(mounted))
}

pub fn root_mount(rootfs: &Rootfs) -> Result<Root> {
    let path = &rootfs.path;
    let place = open_path(path)?;
    let mounted = match &rootfs.mount {
        Some(planned) if overlay_source(planned).is_some() && m::is_mounted(place.as_fd())? => {
            // By `mount`: one upper directory can't be in two overlays.
            let mounted =
                m::clone_fd(place.as_fd(), false).context("taking the root file system that is mounted")?;
            m::set_attributes(mounted.as_fd(), 0, m::ATTR_NOSUID | m::ATTR_NODEV, 0, false)
                .context("setting a mount's attributes")?;
            set(mounted.as_fd(), &planned.options)?;
            mounted
        }
        Some(planned) if rootfs.in_memory.is_some() => {
            let mounted =
                ephemeral::overlay(path, planned, rootfs.in_memory.as_deref().unwrap_or_default(), None)
                    .context("mounting the root file system")?;
            set(mounted.as_fd(), &planned.options)?;
            mounted
        }
        Some(planned) => {
            let made = match overlay_source(planned) {
                Some(source) => file_systems::overlay(source, &planned.options.data),
                None => make(planned).map(Some),
            };
            let Some(mounted) = made.context("mounting the root file system")? else {
                file_systems::old_overlay(path, &planned.options.data)?;
                let mounted = open_path(path)?;
                set(mounted.as_fd(), &planned.options)?;
                return Ok(Root::new(mounted));
            };
            set(mounted.as_fd(), &planned.options)?;
            mounted
        }
        // pivot_root(2) wants a mount point.
        None => m::clone_path(path, true)
            .with_context(|| format!("binding the root directory {}", path.display()))?,
    };
    m::attach(mounted.as_fd(), place.as_fd())
        .with_context(|| format!("mounting the root on {}", path.display()))?;
    Ok(Root::new(mounted))
}

/// The root file system as a mount that isn't anywhere yet.
pub fn made_root(rootfs: &Rootfs) -> Result<OwnedFd> {
    let path = &rootfs.path;
    match &rootfs.mount {
        Some(planned) => match overlay_source(planned) {
            Some(source) => super::sources::overlay_here(path, source, &planned.options.data),
            None => make(planned),
        }
        .context("mounting the root file system"),
        None => m::clone_path(path, true)
            .with_context(|| format!("binding the root directory {}", path.display())),
    }
}

/// Refuses what `mount` has mounted, for a container whose root is made with other ids.
pub fn refuse_mounted(rootfs: &Rootfs) -> Result<()> {
    let overlay = rootfs.mount.as_ref().is_some_and(|m| overlay_source(m).is_some());
    if overlay && m::is_mounted(open_path(&rootfs.path)?.as_fd())? {
        return Kind::Conflict.err(format!(
            "the container's files are mounted on {}, which it can't have with its user namespace: unmount them first",
            rootfs.path.display()
        ));
    }
    Ok(())
}

fn overlay_source(planned: &PlannedMount) -> Option<&str> {
    match &planned.kind {
        MountKind::FileSystem { kind, source } if kind == "overlay" => Some(source),
        _ => None,
    }
}
