//! What a container mounts beside what every container has, as mounts of the Spec, and what the Spec has no word for (pure).

use std::path::{Path, PathBuf};

use oci_spec::runtime::Mount;

use super::config::ContainerConfig;
use super::spec::{Host, mount, overlay_path};
use crate::error::{Kind, Result};
use crate::runtime::SourceDetail;
use crate::volumes::driver::DeviceMount;
use crate::volumes::point::OverlayDirs;
use crate::volumes::{MountPoint, MountSource, Recursion};

/// The mounts that were asked for, in no order.
pub fn asked(config: &ContainerConfig, host: &Host) -> Result<Vec<Mount>> {
    let mut all = Vec::new();
    for (number, point) in config.mounts.iter().enumerate() {
        let mut one = one(host, number, point)?;
        one.set_destination(point.destination.clone());
        all.push(one);
    }
    all.extend(config.tmpfs.iter().map(|t| tmpfs(t.destination.clone(), &t.options)));
    if config.read_only_tmpfs {
        for place in ["/run", "/tmp", "/var/tmp"] {
            let place = PathBuf::from(place);
            if !all.iter().any(|m| *m.destination() == place) {
                let mode = if place.ends_with("tmp") { "mode=1777" } else { "mode=755" };
                let options = ["rw", "exec", mode].map(String::from);
                all.push(tmpfs(place, &options));
            }
        }
    }
    Ok(all)
}

fn one(host: &Host, number: usize, point: &MountPoint) -> Result<Mount> {
    if let Some(dirs) = &point.overlay {
        return overlay_over(host, number, point, dirs);
    }
    Ok(match &point.source {
        MountSource::Bind { path, .. } => bind(point, path, point.idmap),
        MountSource::Volume { name, driver, .. } => match driver.device() {
            None => bind(point, &data(host, name), point.idmap || host.ids_differ),
            Some(device) if device.is_bind() => device_bind(point, &device),
            Some(device) => device_mount(point, &device),
        },
        MountSource::Tmpfs { options } => with_flags(tmpfs(PathBuf::new(), options), point),
        MountSource::Ramfs { options } => {
            let options: Vec<&str> = options.iter().map(String::as_str).collect();
            with_flags(mount("/", "ramfs", Path::new("ramfs"), &options), point)
        }
        MountSource::Devpts { options } => with_flags(devpts(options), point),
        MountSource::Image { .. } => image(host, number, point)?,
    })
}

/// The directory of a volume of the store's own.
fn data(host: &Host, name: &str) -> PathBuf {
    host.volumes.join(name).join("_data")
}

fn bind(point: &MountPoint, source: &Path, idmap: bool) -> Mount {
    let recursive = point.recursion != Recursion::Disabled;
    let mut options = vec![if recursive { "rbind" } else { "bind" }];
    if point.readonly.is_set() {
        options.push(match point.recursion {
            Recursion::Enabled | Recursion::Readonly => "rro",
            Recursion::Disabled | Recursion::Writable => "ro",
        });
    }
    options.push(if point.propagation.is_empty() { "rprivate" } else { &point.propagation });
    if idmap {
        options.push("idmap");
    }
    options.extend(point.flags.iter().map(String::as_str));
    mount("/", "bind", source, &options)
}

fn device_bind(point: &MountPoint, device: &DeviceMount) -> Mount {
    let recursive = device.options.iter().any(|o| o == "rbind");
    let mut options = vec![if recursive { "rbind" } else { "bind" }, "rprivate"];
    options.extend(device.options.iter().map(String::as_str).filter(|o| !matches!(*o, "bind" | "rbind")));
    with_flags(mount("/", "bind", Path::new(&device.device), &options), point)
}

fn device_mount(point: &MountPoint, device: &DeviceMount) -> Mount {
    let options: Vec<&str> = device.options.iter().map(String::as_str).collect();
    with_flags(mount("/", &device.kind, Path::new(&device.device), &options), point)
}

/// Adds what the mount itself is to be, whatever its file system.
fn with_flags(mut mount: Mount, point: &MountPoint) -> Mount {
    let mut options = mount.options().clone().unwrap_or_default();
    if point.readonly.is_set() {
        options.push("ro".into());
    }
    options.extend(point.flags.iter().cloned());
    mount.set_options(Some(options));
    mount
}

/// An empty file system in memory, with what the image has at its place.
pub fn tmpfs(destination: PathBuf, given: &[String]) -> Mount {
    let mut options: Vec<&str> = vec!["nosuid", "nodev", "noexec", "tmpcopyup"];
    for option in given {
        match option.as_str() {
            "notmpcopyup" => options.retain(|o| *o != "tmpcopyup"),
            other => options.push(other),
        }
    }
    let mut mount = mount("/", "tmpfs", Path::new("tmpfs"), &options);
    mount.set_destination(destination);
    mount
}

fn devpts(given: &[String]) -> Mount {
    let usual = ["nosuid", "noexec", "newinstance", "ptmxmode=0666"];
    let mode = if given.iter().any(|o| o.starts_with("mode=")) { None } else { Some("mode=0620") };
    let options: Vec<&str> = usual.into_iter().chain(mode).chain(given.iter().map(String::as_str)).collect();
    mount("/", "devpts", Path::new("devpts"), &options)
}

/// Where the changes of an overlay go that has no place of its own: `upper` and `work` below it.
pub fn overlay_dir(directory: &Path, number: usize) -> PathBuf {
    directory.join("overlays").join(number.to_string())
}

/// Options that lead the changes away.
fn upper(host: &Host, number: usize, dirs: &OverlayDirs) -> Result<Vec<String>> {
    let own = overlay_dir(&host.directory, number);
    let place = |given: &Option<PathBuf>, name: &str| overlay_path(given.as_ref().unwrap_or(&own.join(name)));
    let (upper, work) = (place(&dirs.upper, "upper")?, place(&dirs.work, "work")?);
    Ok(vec![format!("upperdir={upper}"), format!("workdir={work}")])
}

fn overlay_over(host: &Host, number: usize, point: &MountPoint, dirs: &OverlayDirs) -> Result<Mount> {
    let lower = match &point.source {
        MountSource::Bind { path, .. } => vec![path.clone()],
        MountSource::Volume { name, driver, subpath: None, .. } => match driver.device() {
            None => vec![data(host, name)],
            Some(device) if device.is_bind() => vec![device.device.into()],
            Some(_) => {
                return Kind::Unsupported
                    .err(format!("an overlay can't be put over the volume {name}: it is mounted itself"));
            }
        },
        MountSource::Image { .. } => image_layers(host, number),
        other => {
            return Kind::Invalid
                .err(format!("an overlay can't be put over a {} with a subpath", other.kind()));
        }
    };
    let mut options = lowerdir(&lower)?;
    options.extend(upper(host, number, dirs)?);
    Ok(with_flags(overlay(host, options), point))
}

fn image_layers(host: &Host, number: usize) -> Vec<PathBuf> {
    match host.images.iter().find(|(mount, _)| *mount == number) {
        Some((_, layers)) if !layers.is_empty() => layers.clone(),
        // Overlay wants one.
        _ => vec![overlay_dir(&host.directory, number).join("empty")],
    }
}

/// The root file system of an image, of which nothing can be changed.
fn image(host: &Host, number: usize, point: &MountPoint) -> Result<Mount> {
    let mut layers = image_layers(host, number);
    // Without a directory for changes overlay wants two.
    layers.insert(0, overlay_dir(&host.directory, number).join("empty"));
    Ok(with_flags(overlay(host, lowerdir(&layers)?), point))
}

/// From the lowest directory up.
fn lowerdir(layers: &[PathBuf]) -> Result<Vec<String>> {
    let paths: Vec<String> = layers.iter().rev().map(|l| overlay_path(l)).collect::<Result<_>>()?;
    Ok(vec![format!("lowerdir={}", paths.join(":"))])
}

fn overlay(host: &Host, mut options: Vec<String>) -> Mount {
    if host.ids_differ {
        options.push("idmap".into());
    } else if host.mapping.is_some() {
        // trusted.* attributes are out of reach in a user namespace.
        options.push("userxattr".into());
    }
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    mount("/", "overlay", Path::new("overlay"), &options)
}

/// What the Spec can't say of them.
pub fn details(config: &ContainerConfig) -> Vec<SourceDetail> {
    let detail = |point: &MountPoint| {
        let device = match &point.source {
            MountSource::Volume { driver, .. } => driver.device().filter(|d| !d.is_bind()),
            _ => None,
        };
        let overlay = point.overlay.is_some() || matches!(point.source, MountSource::Image { .. });
        SourceDetail {
            destination: point.destination.clone(),
            subpath: point.subpath().map(Into::into),
            outside: overlay || device.is_some(),
            device: device.filter(|d| !d.is_passing()),
        }
    };
    config.mounts.iter().map(detail).filter(|d| d.outside || d.subpath.is_some()).collect()
}
