//! The root file system and the mounts of a Spec.

use std::path::{Path, PathBuf};

use oci_spec::runtime::{Linux, Mount, Spec};

use super::devices;
use super::namespaces::ranges;
use super::{MountKind, PlannedMount, Rootfs, SourceDetail};
use crate::error::{Context, Kind, Result};
use crate::namespaces::Mapping;
use crate::runtime::mount_options::{Bind, MountOptions};

/// The root and the other mounts. `closed` as in [`super::Devices`].
pub(super) fn plan(
    spec: &Spec,
    linux: &Linux,
    bundle: &Path,
    closed: bool,
) -> Result<(Rootfs, Vec<PlannedMount>)> {
    let mut mounts =
        spec.mounts().iter().flatten().map(|m| planned_mount(m, bundle)).collect::<Result<Vec<_>>>()?;
    let root_mount = match mounts.first() {
        Some(first) if first.destination == Path::new("/") => Some(mounts.remove(0)),
        _ => None,
    };
    if closed {
        mounts.iter_mut().for_each(close_devices);
    }
    if let Some(label) = linux.mount_label().as_ref().filter(|l| !l.is_empty()) {
        for mount in &mut mounts {
            label_files(mount, label);
        }
    }
    Ok((rootfs(spec, linux, bundle, root_mount, closed)?, mounts))
}

fn rootfs(
    spec: &Spec,
    linux: &Linux,
    bundle: &Path,
    mut mount: Option<PlannedMount>,
    closed: bool,
) -> Result<Rootfs> {
    let root = spec.root().as_ref().context("the Spec has no root")?;
    if closed && let Some(mount) = &mut mount {
        close_devices(mount);
    }
    let propagation = match linux.rootfs_propagation().as_deref() {
        None | Some("") => 0,
        Some("private" | "rprivate") => libc::MS_PRIVATE,
        Some("slave" | "rslave") => libc::MS_SLAVE,
        Some("shared" | "rshared") => libc::MS_SHARED,
        Some("unbindable" | "runbindable") => libc::MS_UNBINDABLE,
        Some(other) => return Kind::Invalid.err(format!("linux.rootfsPropagation: unknown value {other:?}")),
    };
    Ok(Rootfs {
        path: bundle.join(root.path()),
        mount,
        readonly: root.readonly().unwrap_or(false),
        in_memory: None,
        propagation,
    })
}

/// A bind mount from `/proc/PID/root` can't be made from there: only who is in that mount namespace may copy its mounts.
pub(super) fn take_from(process: &Path, mount: &mut PlannedMount) {
    if let MountKind::Bind { source, .. } = &mount.kind
        && let Ok(path) = source.strip_prefix(process.join("root"))
    {
        let path = Path::new("/").join(path);
        mount.kind = MountKind::Foreign { namespace: process.join("ns/mnt"), path };
    }
}

/// Adds what the Spec can't say.
pub(super) fn detail(
    mounts: &mut [PlannedMount],
    details: &[SourceDetail],
    shared: &[(PathBuf, PathBuf, PathBuf)],
) {
    for mount in mounts {
        if let Some(detail) = details.iter().find(|d| d.destination == mount.destination) {
            mount.subpath.clone_from(&detail.subpath);
            mount.outside = detail.outside;
            mount.device.clone_from(&detail.device);
        }
        if let Some((_, namespace, path)) = shared.iter().find(|(d, _, _)| *d == mount.destination) {
            mount.kind = MountKind::Foreign { namespace: namespace.clone(), path: path.clone() };
            mount.options.data.clear();
            // What the other container may not change this one may, if it was not told otherwise.
            if mount.options.set & crate::sys::mount::ATTR_RDONLY == 0 {
                mount.options.clear |= crate::sys::mount::ATTR_RDONLY;
            }
        }
    }
}

/// `linux.mountLabel`. The kernel labels the files of its own interfaces itself.
fn label_files(mount: &mut PlannedMount, label: &str) {
    if let MountKind::FileSystem { kind, .. } = &mount.kind
        && !["proc", "sysfs", "mqueue", "cgroup2"].contains(&kind.as_str())
    {
        mount.options.data.push(format!("context={label}"));
    }
}

fn close_devices(mount: &mut PlannedMount) {
    let stays_open = match &mount.kind {
        // devpts serves only the terminals of its own instance.
        MountKind::FileSystem { kind, .. } => kind == "devpts",
        MountKind::Bind { source, .. } => devices::has_nodes(source) && !devices::can_have_rules(),
        _ => false,
    };
    if !stays_open {
        mount.options.set_recursive |= crate::sys::mount::ATTR_NODEV;
        mount.options.clear &= !crate::sys::mount::ATTR_NODEV;
    }
}

fn planned_mount(mount: &Mount, bundle: &Path) -> Result<PlannedMount> {
    let destination = mount.destination().clone();
    let named = || format!("the mount on {}", destination.display());
    if !destination.is_absolute() {
        return Kind::Invalid.err(format!("{}: the destination must be absolute", named()));
    }
    let options = MountOptions::parse(mount.options().as_deref().unwrap_or_default()).with_context(named)?;
    let source = mount.source().clone().unwrap_or_default();
    let kind = match (mount.typ().as_deref(), options.bind) {
        (_, Some(bind)) => {
            MountKind::Bind { source: bundle.join(source), recursive: bind == Bind::Recursive }
        }
        (Some("bind"), None) => MountKind::Bind { source: bundle.join(source), recursive: false },
        (Some("cgroup"), None) => MountKind::Cgroup,
        (Some("") | None, None) => {
            return Kind::Invalid.err(format!("{}: the type is missing", named()));
        }
        (Some(kind), None) => {
            let source = source.into_os_string().into_string().ok().filter(|s| !s.is_empty());
            MountKind::FileSystem {
                kind: kind.to_string(),
                source: source.unwrap_or_else(|| kind.to_string()),
            }
        }
    };
    if !matches!(kind, MountKind::FileSystem { .. }) && !options.data.is_empty() && kind != MountKind::Cgroup
    {
        return Kind::Invalid.err(format!("{}: unknown option {:?}", named(), options.data[0]));
    }
    let mapping = mapping(mount, &kind, &options).with_context(named)?;
    Ok(PlannedMount { destination, kind, options, mapping, subpath: None, outside: false, device: None })
}

/// `uidMappings` and `gidMappings` of a mount.
fn mapping(mount: &Mount, kind: &MountKind, options: &MountOptions) -> Result<Option<Mapping>> {
    let mapping =
        Mapping { uids: ranges(mount.uid_mappings().as_ref()), gids: ranges(mount.gid_mappings().as_ref()) };
    let given = !mapping.uids.is_empty() || !mapping.gids.is_empty();
    // The root's layers are binds of a kind.
    let bind = matches!(kind, MountKind::Bind { .. })
        || matches!(kind, MountKind::FileSystem { kind, .. } if kind == "overlay")
        || mount.destination() == Path::new("/");
    if (given || options.idmap.is_some()) && !bind {
        return Kind::Unsupported.err("only bind mounts can have their ids mapped");
    }
    match (given, mapping.uids.is_empty() || mapping.gids.is_empty()) {
        (true, true) => Kind::Invalid.err("mapped ids need both uidMappings and gidMappings"),
        (true, false) => Ok(Some(mapping)),
        (false, _) => Ok(None),
    }
}
