//! The devices of this host that a container is given, and the numbers of those that it is limited on.

use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use oci_spec::runtime::{LinuxDevice, LinuxDeviceBuilder, LinuxDeviceType, LinuxResources};

use super::cdi;
use crate::container::cdi::Edits;
use crate::container::config::ContainerConfig;
use crate::container::devices::{self, DeviceMapping, GivenDevice};
use crate::error::{Context, Kind, Result};

/// All that the container is given; privileged ones get the whole of /dev.
pub fn given(config: &ContainerConfig, edits: &Edits, rootless: bool) -> Result<Vec<GivenDevice>> {
    let mut found = Vec::new();
    if config.security.privileged {
        for node in of_directory(Path::new("/dev")) {
            found.push(GivenDevice { source: node.path().clone(), node, access: "rwm".into() });
        }
    }
    for mapping in &config.devices {
        let nodes = resolve(mapping).with_context(|| {
            format!(
                "error gathering device information while adding custom device {:?}",
                mapping.host.display()
            )
        })?;
        add(&mut found, nodes);
    }
    add(&mut found, cdi::nodes(edits)?);
    // The node is bound for an ordinary user's container, as it is on the host. A read-only mount doesn't keep from writing to a device,
    // and rules for devices are root's.
    let less = |g: &&GivenDevice| !(g.access.contains('r') && g.access.contains('w'));
    match found.iter().find(less).filter(|_| rootless) {
        Some(device) => Kind::Unsupported.err(format!(
            "{}: an ordinary user's container can have a device only with all rights that the user has, not {:?} (use rwm)",
            device.source.display(),
            device.access
        )),
        None => Ok(found),
    }
}

/// What was asked takes the place of what is there anyhow.
fn add(found: &mut Vec<GivenDevice>, nodes: Vec<GivenDevice>) {
    found.retain(|f| nodes.iter().all(|n| n.node.path() != f.node.path()));
    found.extend(nodes);
}

/// The container's limits and rules as a Spec has them.
pub fn resources(config: &ContainerConfig, given: &[GivenDevice]) -> Result<LinuxResources> {
    let mut resources = config.resources.to_spec(block_number)?;
    let rules = devices::rules(config.security.privileged, given, &config.device_cgroup_rules)?;
    resources.set_devices(Some(rules));
    Ok(resources)
}

/// Major and minor number of a block device.
pub fn block_number(path: &Path) -> Result<(i64, i64)> {
    let meta = std::fs::metadata(path).with_context(|| format!("{}", path.display()))?;
    if !meta.file_type().is_block_device() {
        return Kind::Invalid.err(format!("{} is not a block device", path.display()));
    }
    Ok((libc::major(meta.rdev()) as i64, libc::minor(meta.rdev()) as i64))
}

/// One node, or all in a directory.
fn resolve(mapping: &DeviceMapping) -> Result<Vec<GivenDevice>> {
    let host = std::fs::canonicalize(&mapping.host)?;
    let mut nodes = if host.is_dir() { of_directory(&host) } else { node(&host).into_iter().collect() };
    if nodes.is_empty() {
        return Kind::Invalid.err("not a device node");
    }
    let mut given = Vec::new();
    for node in &mut nodes {
        let source = node.path().clone();
        let below = source.strip_prefix(&host).unwrap_or(Path::new(""));
        // Joining an empty path would add a slash.
        let place = if below.as_os_str().is_empty() {
            mapping.container.clone()
        } else {
            mapping.container.join(below)
        };
        node.set_path(place);
        given.push(GivenDevice { node: node.clone(), source, access: mapping.access.clone() });
    }
    Ok(given)
}

/// Every device node below a directory, but those that are made for each container anyhow.
fn of_directory(dir: &Path) -> Vec<LinuxDevice> {
    const OWN: [&str; 10] =
        ["pts", "shm", "mqueue", "console", "null", "zero", "full", "random", "urandom", "tty"];
    let mut devices = Vec::new();
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let path = entry.path();
        let own = dir == Path::new("/dev") && OWN.iter().any(|o| entry.file_name() == *o);
        let Ok(kind) = entry.file_type() else { continue };
        if own || kind.is_symlink() {
            continue;
        }
        if kind.is_dir() {
            devices.extend(of_directory(&path));
        } else {
            devices.extend(node(&path));
        }
    }
    devices
}

fn node(path: &Path) -> Option<LinuxDevice> {
    let meta = std::fs::metadata(path).ok()?;
    let kind = meta.file_type();
    let typ = if kind.is_block_device() {
        LinuxDeviceType::B
    } else if kind.is_char_device() {
        LinuxDeviceType::C
    } else {
        return None;
    };
    LinuxDeviceBuilder::default()
        .path(path)
        .typ(typ)
        .major(libc::major(meta.rdev()) as i64)
        .minor(libc::minor(meta.rdev()) as i64)
        .file_mode(meta.mode() & 0o7777)
        .uid(meta.uid())
        .gid(meta.gid())
        .build()
        .ok()
}
