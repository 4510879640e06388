//! The device nodes of a Spec.

use std::path::{Component, Path, PathBuf};

use nix::unistd::geteuid;
use oci_spec::runtime::Linux;

use super::{DeviceNode, Devices, MountKind, PlannedMount};
use crate::cgroups::{self, devices};
use crate::error::{Kind, Result};
use crate::namespaces::is_nested;

pub(super) fn plan(
    linux: &Linux,
    mounts: &[PlannedMount],
    closed: bool,
    sources: &[(PathBuf, PathBuf)],
) -> Result<Devices> {
    // Whoever binds a /dev of his own into the container has his reasons, and it may be the host's.
    let own =
        mounts.iter().any(|m| m.destination == Path::new("/dev") && matches!(m.kind, MountKind::Bind { .. }));
    Ok(Devices { defaults: !own, nodes: nodes(linux, sources)?, closed })
}

/// Whether mounts without devices are all that keeps the container to its own; rules that say more are its cgroup's business.
pub(super) fn are_closed(linux: &Linux, host_nodes: bool) -> Result<bool> {
    let rules = linux.resources().as_ref().and_then(|r| r.devices().as_deref());
    Ok(devices::policy(rules, linux.devices().as_deref(), host_nodes)? == devices::Policy::Closed)
}

/// Whether the container gets nodes of the host's with these files and directories (`-v /dev/null:/etc/x`, `-v /:/host`), of which it may
/// use those that it has itself: then its cgroup has to have the rules for that ([`super::Extras::host_nodes`]).
pub fn come_with<'a>(sources: impl IntoIterator<Item = &'a Path>) -> bool {
    sources.into_iter().any(has_nodes) && can_have_rules() && cgroups::can_rule_devices()
}

/// Only root of the host may set rules. Nobody else's containers can use more of the host's nodes than whoever runs them: theirs need
/// none, nor mounts without devices.
pub(super) fn can_have_rules() -> bool {
    geteuid().is_root() && !is_nested()
}

/// Judged by name: `/dev`, what is in it, and what it is in.
pub(super) fn has_nodes(source: &Path) -> bool {
    let dev = Path::new("/dev");
    let memory = ["/dev/shm", "/dev/mqueue"].iter().any(|place| source.starts_with(place));
    (source.starts_with(dev) || dev.starts_with(source)) && !memory
}

fn nodes(linux: &Linux, sources: &[(PathBuf, PathBuf)]) -> Result<Vec<DeviceNode>> {
    use oci_spec::runtime::LinuxDeviceType as T;
    let mut nodes = Vec::new();
    for device in linux.devices().iter().flatten() {
        let path = device.path().clone();
        if !path.is_absolute() || path.components().any(|c| c == Component::ParentDir) {
            return Kind::Invalid
                .err(format!("the device path {} must be absolute and plain", path.display()));
        }
        let kind = match device.typ() {
            T::B => libc::S_IFBLK,
            T::C | T::U => libc::S_IFCHR,
            T::P => libc::S_IFIFO,
            T::A => {
                return Kind::Invalid
                    .err(format!("{}: a device node can't be of type \"a\"", path.display()));
            }
        };
        let source = sources.iter().find(|(place, _)| *place == path).map_or(&path, |(_, host)| host).clone();
        nodes.push(DeviceNode {
            path,
            source,
            kind,
            major: device.major() as u64,
            minor: device.minor() as u64,
            mode: device.file_mode().unwrap_or(0o666) & 0o7777,
            uid: device.uid().unwrap_or(0),
            gid: device.gid().unwrap_or(0),
        });
    }
    Ok(nodes)
}
