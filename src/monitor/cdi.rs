//! The devices of a container that are described by the Container Device Interface: the files of this host are read, and what they leave
//! open is looked up at the host's device nodes. At every start: what is described may change.

use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

use oci_spec::runtime::{LinuxDevice, LinuxDeviceBuilder, LinuxDeviceType};

use crate::container::cdi::{DeviceNode, Edits, Registry};
use crate::container::config::ContainerConfig;
use crate::container::devices::GivenDevice;
use crate::error::{Context, Kind, Result};

/// What the descriptions make of the container's devices.
pub fn edits(config: &ContainerConfig) -> Result<Edits> {
    if config.cdi.is_empty() {
        return Ok(Edits::default());
    }
    let registry = registry(&config.cdi.directories);
    let devices = config.cdi.names(&registry);
    registry.resolve(&devices, &config.cdi.directories)
}

/// Everything that is described in these directories.
fn registry(directories: &[impl AsRef<Path>]) -> Registry {
    let mut registry = Registry::default();
    for (priority, directory) in directories.iter().enumerate() {
        // One that doesn't exist describes nothing.
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            let path = entry.path();
            match std::fs::read(&path) {
                Ok(text) => registry.add(&path, priority, &text),
                Err(_) if path.is_dir() => {}
                Err(e) => registry.add_broken(&path, e.into()),
            }
        }
    }
    registry
}

/// The device nodes of the edits.
pub fn nodes(edits: &Edits) -> Result<Vec<GivenDevice>> {
    edits
        .device_nodes
        .iter()
        .map(|node| given(node).with_context(|| format!("CDI device node {}", node.path.display())))
        .collect()
}

fn given(described: &DeviceNode) -> Result<GivenDevice> {
    let source = described.host_path.as_ref().unwrap_or(&described.path);
    let asked = described.kind.as_deref().filter(|k| !k.is_empty());
    let (kind, major, minor) = match (asked, described.major, described.minor) {
        (Some(kind), Some(major), Some(minor)) if major != 0 => (letter(kind), major, minor),
        (Some("p"), ..) => (LinuxDeviceType::P, 0, 0),
        _ => {
            let meta = std::fs::metadata(source).with_context(|| source.display().to_string())?;
            let kind = kind_of(meta.file_type())
                .with_context(|| Kind::Invalid.error(format!("{} is not a device node", source.display())))?;
            if asked.is_some_and(|asked| letter(asked) != kind) {
                return Kind::Invalid.err(format!("{} is of another type", source.display()));
            }
            let rdev = meta.rdev();
            (kind, libc::major(rdev) as i64, libc::minor(rdev) as i64)
        }
    };
    let access = described.permissions.clone().filter(|p| !p.is_empty()).unwrap_or_else(|| "rwm".into());
    Ok(GivenDevice { node: node(described, kind, major, minor)?, source: source.clone(), access })
}

fn node(described: &DeviceNode, kind: LinuxDeviceType, major: i64, minor: i64) -> Result<LinuxDevice> {
    Ok(LinuxDeviceBuilder::default()
        .path(described.path.clone())
        .typ(kind)
        .major(major)
        .minor(minor)
        .file_mode(described.file_mode.unwrap_or(0o666) & 0o7777)
        .uid(described.uid.unwrap_or(0))
        .gid(described.gid.unwrap_or(0))
        .build()?)
}

fn letter(text: &str) -> LinuxDeviceType {
    match text {
        "b" => LinuxDeviceType::B,
        "p" => LinuxDeviceType::P,
        _ => LinuxDeviceType::C,
    }
}

fn kind_of(kind: std::fs::FileType) -> Option<LinuxDeviceType> {
    if kind.is_block_device() {
        Some(LinuxDeviceType::B)
    } else if kind.is_char_device() {
        Some(LinuxDeviceType::C)
    } else {
        kind.is_fifo().then_some(LinuxDeviceType::P)
    }
}
