//! What the root of a user namespace may not reach itself: host directories and image layers, opened by the creator with its own rights
//! and handed to the container's first process as detached mounts.
//!
//! Only a creator that is root on the host has such rights. An ordinary user's container reaches what the user reaches; where its ids are not
//! the usual ones ([`Plan::outer`]), a process with all ids of that user opens them.

use std::collections::VecDeque;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sched::{CloneFlags, setns};
use nix::unistd::{Gid, Uid, chown};

use super::mount_options::{Idmap, MountOptions};
use super::overlay::prepare_upper;
use super::plan::{MountKind, Plan, PlannedMount, Rootfs};
use super::{ephemeral, file_systems, mounts, rootfs, subpath};
use crate::error::{Context, Kind, Result};
use crate::namespaces::{Mapping, mapped};
use crate::sys::credentials::FileIds;
use crate::sys::mount as m;

/// Detached mounts, in the plan's order: the root, then each bind mount.
#[derive(Debug, Default)]
pub struct Sources {
    root: Option<OwnedFd>,
    binds: VecDeque<OwnedFd>,
    /// There is nothing else than what only the creator reaches.
    devices_only: bool,
}

impl Sources {
    /// Whether the creator has to open the sources of this plan.
    pub fn are_needed(plan: &Plan) -> bool {
        let any = !devices_only(plan) || plan.mounts.iter().any(|m| m.device.is_some());
        any && plan.outer.is_none() && nix::unistd::geteuid().is_root()
    }

    /// Opens them all. `user_namespace` is the container's.
    pub fn open(plan: &Plan, user_namespace: BorrowedFd<'_>) -> Result<Self> {
        let root = if devices_only(plan) {
            None
        } else {
            rootfs::refuse_mounted(&plan.rootfs)?;
            Some(root(plan, user_namespace).context("preparing the root file system")?)
        };
        Self::with_binds(root, plan, |mount| bind(plan, mount, user_namespace))
    }

    /// Opens them all as root of the user namespace `plan.outer`, in a mount namespace of its own. `mapping` is the container's.
    pub fn open_nested(plan: &Plan, mapping: &Mapping) -> Result<Self> {
        rootfs::refuse_mounted(&plan.rootfs)?;
        nix::sched::unshare(CloneFlags::CLONE_NEWNS).context("making a mount namespace")?;
        mounts::cut_propagation(libc::MS_PRIVATE)?;
        let root_ids = (Mapping::to_outside(&mapping.uids, 0), Mapping::to_outside(&mapping.gids, 0));
        let (Some(uid), Some(gid)) = root_ids else {
            return Kind::Invalid.err("the container's id 0 is not mapped");
        };
        for path in &plan.roots_own {
            // What the user made for the container belongs to the container's root.
            chown(path, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)))
                .with_context(|| format!("giving {} to the container's root", path.display()))?;
        }
        let root = match &plan.rootfs.mount {
            Some(planned) => nested_root(&plan.rootfs, planned, (uid, gid)),
            None => m::clone_path(&plan.rootfs.path, true)
                .with_context(|| format!("opening {}", plan.rootfs.path.display())),
        };
        Self::with_binds(Some(root.context("preparing the root file system")?), plan, |mount| {
            subpath::narrow(nested(mount)?, mount)
        })
    }

    fn with_binds(
        root: Option<OwnedFd>,
        plan: &Plan,
        open: impl Fn(&PlannedMount) -> Result<OwnedFd>,
    ) -> Result<Self> {
        let mut all = Self { root, binds: VecDeque::new(), devices_only: devices_only(plan) };
        for mount in plan.mounts.iter().filter(|m| is_given(m, all.devices_only)) {
            let opened = open(mount).with_context(|| format!("mounting {}", mount.destination.display()))?;
            all.binds.push_back(opened);
        }
        Ok(all)
    }

    /// As descriptors came from the creator. None: the creator had nothing to give.
    pub fn receive(&mut self, plan: &Plan, fds: Vec<OwnedFd>) {
        if !fds.is_empty() {
            let (mut binds, devices_only) = (VecDeque::from(fds), devices_only(plan));
            let root = if devices_only { None } else { binds.pop_front() };
            *self = Self { root, binds, devices_only };
        }
    }

    /// In the order in which they are sent.
    pub fn as_fds(&self) -> Vec<BorrowedFd<'_>> {
        self.root.iter().chain(&self.binds).map(AsFd::as_fd).collect()
    }

    pub fn take_root(&mut self) -> Option<OwnedFd> {
        self.root.take()
    }

    /// The next mount of the plan, if it was opened by the creator.
    pub fn take_for(&mut self, mount: &PlannedMount) -> Option<OwnedFd> {
        if is_given(mount, self.devices_only) { self.binds.pop_front() } else { None }
    }
}

/// Whether the container's first process can make all other mounts itself.
fn devices_only(plan: &Plan) -> bool {
    let mapped = plan.mounts.iter().any(|m| m.mapping.is_some());
    !plan.in_user_namespace() && !mapped && plan.outer.is_none()
}

fn is_given(mount: &PlannedMount, devices_only: bool) -> bool {
    if devices_only { mount.device.is_some() } else { is_bind(mount) }
}

fn is_bind(mount: &PlannedMount) -> bool {
    mount.device.is_some()
        || mount.outside
        || matches!(mount.kind, MountKind::Bind { .. } | MountKind::Foreign { .. })
}

/// A bind mount with its ids mapped as asked, the other attributes not yet set.
fn bind(plan: &Plan, mount: &PlannedMount, user_namespace: BorrowedFd<'_>) -> Result<OwnedFd> {
    if let (MountKind::FileSystem { .. }, Some(_)) = (&mount.kind, &mount.options.idmap) {
        let mapping = plan.mapping.as_ref().context("a container without a user namespace")?;
        prepare_upper(&mount.options.data)?;
        return subpath::narrow_in_passing(overlay(mount, mapping, user_namespace)?, mount);
    }
    let mounted = subpath::narrow_in_passing(mounts::make(mount)?, mount)?;
    let recursive = mount.options.idmap == Some(Idmap::Recursive);
    if let Some(mapping) = &mount.mapping {
        // Its own mapping, not the container's: a user namespace serves to name it.
        map_ids(mounted.as_fd(), mapped::user_namespace(mapping)?.as_fd(), recursive)?;
    } else if mount.options.idmap.is_some() {
        map_ids(mounted.as_fd(), user_namespace, recursive)?;
    }
    Ok(mounted)
}

fn map_ids(mount: BorrowedFd<'_>, user_namespace: BorrowedFd<'_>, recursive: bool) -> Result<()> {
    m::map_ids(mount, user_namespace, recursive).map_err(|errno| match errno {
        Errno::EINVAL | Errno::EOPNOTSUPP | Errno::ENOSYS => Kind::Unsupported.error(
            "this kernel or file system can't map ids (idmapped mounts: ext4, xfs and btrfs since Linux 5.12, tmpfs since 6.3)",
        ),
        other => anyhow::anyhow!("mapping the ids of a mount: {}", other.desc()),
    })
}

fn root(plan: &Plan, user_namespace: BorrowedFd<'_>) -> Result<OwnedFd> {
    let rootfs = &plan.rootfs;
    if rootfs.in_memory.is_some() {
        return Kind::Unsupported
            .err("--ephemeral goes with no user namespace of root's: leave --userns out");
    }
    let mounted = match &rootfs.mount {
        Some(planned) if planned.options.idmap.is_some() => {
            let mapping = plan.mapping.as_ref().context("a container without a user namespace")?;
            overlay(planned, mapping, user_namespace)?
        }
        Some(planned) => mounts::make(planned)?,
        None => {
            m::clone_path(&rootfs.path, true).with_context(|| format!("opening {}", rootfs.path.display()))?
        }
    };
    if let Some(planned) = &rootfs.mount {
        mounts::set(mounted.as_fd(), &planned.options)?;
    }
    Ok(mounted)
}

/// An overlay whose layers appear with the container's ids. The overlay itself belongs to the host's user namespace.
fn overlay(planned: &PlannedMount, mapping: &Mapping, user_namespace: BorrowedFd<'_>) -> Result<OwnedFd> {
    let MountKind::FileSystem { kind, source } = &planned.kind else {
        return Kind::Invalid.err("only an overlay can have the option idmap on /");
    };
    let layers = MappedLayers::open(&planned.options, user_namespace)?;
    let root = |ranges: &[_]| Mapping::to_outside(ranges, 0).context("the container's id 0 is not mapped");
    // Overlay works on its layers with the ids of whoever makes it, and the host's root has none in them.
    let _ids =
        FileIds::take(root(&mapping.uids)?, root(&mapping.gids)?).context("changing the file system ids")?;
    match file_systems::make(kind, source, &layers.options) {
        // Before Linux 6.15 layers have to be attached in the caller's mount namespace.
        Err(_) => layers.mount_attached(source),
        mounted => mounted,
    }
}

/// The directories of an overlay below as few idmapped mounts as possible.
struct MappedLayers {
    lower: OwnedFd,
    /// The options with paths that lead through the mounts.
    options: Vec<String>,
    upper: Option<OwnedFd>,
}

impl MappedLayers {
    fn open(options: &MountOptions, user_namespace: BorrowedFd<'_>) -> Result<Self> {
        let value = |key: &str| {
            let found = options.data.iter().find_map(|o| o.strip_prefix(key)?.strip_prefix('='));
            found.with_context(|| format!("an overlay with mapped ids needs {key}"))
        };
        let lowers: Vec<&Path> = value("lowerdir")?.split(':').map(Path::new).collect();
        // An image that is mounted has none.
        let uppers = match value("upperdir") {
            Ok(upper) => vec![Path::new(upper), Path::new(value("workdir")?)],
            Err(_) => Vec::new(),
        };
        let below = common_parent(&lowers);
        let above = if uppers.is_empty() { None } else { Some(common_parent(&uppers)) };
        let open = |path: &Path| -> Result<OwnedFd> {
            let mount = m::clone_path(path, false).with_context(|| format!("opening {}", path.display()))?;
            map_ids(mount.as_fd(), user_namespace, false).with_context(|| path.display().to_string())?;
            Ok(mount)
        };
        let (lower, upper) = (open(&below)?, above.as_ref().map(|above| open(above)).transpose()?);
        let through = |fd: &OwnedFd, base: &Path, path: &Path| {
            let rest = path.strip_prefix(base).expect("the base is its parent");
            format!("/proc/self/fd/{}/{}", fd.as_raw_fd(), rest.display())
        };
        let lowerdir: Vec<String> = lowers.iter().map(|p| through(&lower, &below, p)).collect();
        let mut mapped = vec![format!("lowerdir={}", lowerdir.join(":"))];
        if let (Some(fd), Some(above)) = (&upper, &above) {
            mapped.push(format!("upperdir={}", through(fd, above, uppers[0])));
            mapped.push(format!("workdir={}", through(fd, above, uppers[1])));
        }
        let directory =
            |o: &&String| !["lowerdir=", "upperdir=", "workdir="].iter().any(|d| o.starts_with(d));
        mapped.extend(options.data.iter().filter(directory).cloned());
        Ok(Self { lower, options: mapped, upper })
    }

    /// Makes the overlay in a passing mount namespace of this process, where the layers can be attached.
    fn mount_attached(&self, source: &str) -> Result<OwnedFd> {
        let home = File::open("/proc/self/ns/mnt").context("opening this process's mount namespace")?;
        nix::sched::unshare(CloneFlags::CLONE_NEWNS).context("making a mount namespace")?;
        let made = self.attach_all().and_then(|()| {
            // Any directory serves.
            overlay_here(Path::new("/proc"), source, &self.options)
        });
        setns(&home, CloneFlags::CLONE_NEWNS).context("returning to this process's mount namespace")?;
        made
    }

    fn attach_all(&self) -> Result<()> {
        mounts::cut_propagation(libc::MS_PRIVATE)?;
        for mount in [Some(&self.lower), self.upper.as_ref()].into_iter().flatten() {
            // Where it is attached doesn't matter: it is reached by its descriptor.
            let place = mounts::open_path(Path::new("/"))?;
            m::attach(mount.as_fd(), place.as_fd()).context("attaching the layers")?;
        }
        Ok(())
    }
}

/// An overlay, in a mount namespace that nobody else sees.
pub fn overlay_here(place: &Path, source: &str, options: &[String]) -> Result<OwnedFd> {
    if let Some(mounted) = file_systems::overlay(source, options)? {
        return Ok(mounted);
    }
    file_systems::old_overlay(place, options)?;
    let taken = m::clone_path(place, false).context("taking the overlay");
    nix::mount::umount2(place, nix::mount::MntFlags::MNT_DETACH)
        .context("letting go of the overlay's place")?;
    taken
}

/// A mount that the container's root can't make.
fn nested(mount: &PlannedMount) -> Result<OwnedFd> {
    match &mount.kind {
        MountKind::FileSystem { kind, source } if kind == "overlay" => {
            prepare_upper(&mount.options.data)?;
            overlay_here(Path::new("/proc"), source, &mount.options.data)
        }
        _ => mounts::make(mount),
    }
}

fn nested_root(rootfs: &Rootfs, planned: &PlannedMount, owner: (u32, u32)) -> Result<OwnedFd> {
    let place = &rootfs.path;
    let mounted = match &planned.kind {
        _ if rootfs.in_memory.is_some() => {
            let tmpfs = rootfs.in_memory.as_deref().unwrap_or_default();
            ephemeral::overlay(place, planned, tmpfs, Some(owner))?
        }
        MountKind::FileSystem { kind, source } if kind == "overlay" => {
            overlay_here(place, source, &planned.options.data)?
        }
        _ => mounts::make(planned)?,
    };
    mounts::set(mounted.as_fd(), &planned.options)?;
    Ok(mounted)
}

/// The deepest directory that all paths are in, and none is.
fn common_parent(paths: &[&Path]) -> PathBuf {
    let mut common = paths[0].parent().unwrap_or(Path::new("/")).to_path_buf();
    for path in paths {
        while path.parent().is_none_or(|p| !p.starts_with(&common)) {
            if !common.pop() {
                break;
            }
        }
    }
    common
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_share_the_deepest_directory_above_them() {
        let common = |paths: &[&str]| {
            let paths: Vec<&Path> = paths.iter().map(Path::new).collect();
            common_parent(&paths).display().to_string()
        };
        assert_eq!(common(&["/r/layers/a/fs", "/r/layers/b/fs"]), "/r/layers");
        assert_eq!(common(&["/r/layers/a/fs"]), "/r/layers/a");
        assert_eq!(common(&["/r/c/1/upper", "/r/c/1/work"]), "/r/c/1");
        assert_eq!(common(&["/a", "/b/c"]), "/");
    }
}
