//! What a start does for the container's volumes and other mounts before they can be mounted.

use std::path::PathBuf;

use crate::container::config::ContainerConfig;
use crate::container::mounts::overlay_dir;
use crate::container::{ContainerDir, owners, volumes};
use crate::error::{Context, Kind, Result};
use crate::state::{Roots, file};
use crate::volumes::driver::DeviceMount;
use crate::volumes::{MountPoint, MountSource, VolumeLock, VolumeStore, propagation};

/// What is known of the mounts at a start.
#[derive(Debug, Default)]
pub struct Mounts {
    /// Held until others can see that the container runs.
    pub locks: Vec<VolumeLock>,
    /// Layers of mounted images, by the number of the mount.
    pub images: Vec<(usize, Vec<PathBuf>)>,
    pub shared: Vec<Shared>,
}

/// A mount that another container has: destination, mount namespace, path in there.
pub type Shared = (PathBuf, PathBuf, PathBuf);

impl Mounts {
    /// Locks the volumes and makes the places where changes go.
    pub fn prepare(roots: &Roots, dir: &ContainerDir, config: &ContainerConfig) -> Result<Self> {
        if config.mounts.is_empty() {
            return Ok(Self::default());
        }
        let mut mounts = Self { locks: lock(roots, config)?, ..Self::default() };
        check_propagation(roots, config)?;
        let layers = owners::layers(roots, config);
        for (number, point) in config.mounts.iter().enumerate() {
            make_places(dir, number, point)?;
            if let MountSource::Image { layers: diff_ids, .. } = &point.source {
                mounts.images.push((number, diff_ids.iter().map(|l| layers.fs_dir(l)).collect()));
            }
        }
        mounts.shared = shared(roots, config)?;
        Ok(mounts)
    }
}

/// The mounts that running containers have already.
pub fn shared(roots: &Roots, config: &ContainerConfig) -> Result<Vec<Shared>> {
    let mut shared = Vec::new();
    for point in &config.mounts {
        if let Some((namespace, path)) = elsewhere(roots, config, point)? {
            shared.push((point.destination.clone(), namespace, path));
        }
    }
    Ok(shared)
}

/// An ordinary user's container shares nothing with the host, whatever is asked: the kernel makes its mounts slaves of the host's.
fn check_propagation(roots: &Roots, config: &ContainerConfig) -> Result<()> {
    let plain = |point: &MountPoint| matches!(point.propagation.as_str(), "" | "private" | "rprivate");
    if roots.rootless || config.mounts.iter().all(plain) {
        return Ok(());
    }
    let mounts = std::fs::read("/proc/self/mountinfo").context("reading the mounts")?;
    for point in &config.mounts {
        if let MountSource::Bind { path, .. } = &point.source {
            // One that is missing is told of when it is to be mounted.
            let path = path.canonicalize().unwrap_or_else(|_| path.clone());
            propagation::check(&mounts, &path, &point.propagation)?;
        }
    }
    Ok(())
}

/// In the order of their names, as everybody who locks several does.
fn lock(roots: &Roots, config: &ContainerConfig) -> Result<Vec<VolumeLock>> {
    for point in &config.mounts {
        if let MountSource::Volume { name, driver, .. } = &point.source
            && let Some(device) = driver.device().filter(|_| roots.rootless)
        {
            device.check_for_users(name)?;
        }
    }
    let mut names: Vec<&str> = config.mounts.iter().filter_map(MountPoint::volume).collect();
    names.sort_unstable();
    names.dedup();
    let store = VolumeStore::new(roots);
    let lock = |name: &&str| {
        store.lock(name)?.with_context(|| {
            Kind::NotFound.error(format!("get {name}: no such volume; the container needs it"))
        })
    };
    names.iter().map(lock).collect()
}

/// Directories for an overlay. What an earlier run has changed is gone, unless the user has given the place.
fn make_places(dir: &ContainerDir, number: usize, point: &MountPoint) -> Result<()> {
    let image = matches!(point.source, MountSource::Image { .. });
    if point.overlay.is_none() && !image {
        return Ok(());
    }
    let place = overlay_dir(&dir.path, number);
    super::teardown::delete_tree(&place)?;
    for name in ["upper", "work", "empty"] {
        file::make_dirs(&place.join(name), 0o755)?;
    }
    Ok(())
}

/// A running container that has mounted the same: a volume that is a file system of its own is mounted once, by the first container, and
/// shared by the others, until the last ends. Ones that are files of the host, or of a server, are the same wherever they are mounted.
fn elsewhere(
    roots: &Roots,
    config: &ContainerConfig,
    point: &MountPoint,
) -> Result<Option<(PathBuf, PathBuf)>> {
    let MountSource::Volume { name, driver, .. } = &point.source else { return Ok(None) };
    let Some(device) = driver.device().filter(DeviceMount::is_passing) else { return Ok(None) };
    for holder in volumes::holders(roots, name)?.into_iter().filter(|h| h.user.id != config.id) {
        if roots.rootless {
            return Kind::Conflict.err(format!(
                "the volume {name} is a {} that container {} has mounted: containers of an ordinary user can't share one; stop that container first, or use a volume without --opt type",
                device.kind, holder.user.name
            ));
        }
        let Some(place) = holder.place else { continue };
        return Ok(Some((format!("/proc/{}/ns/mnt", holder.init.pid).into(), place)));
    }
    Ok(None)
}

/// The options of the tmpfs that the container's own layer is in, if it is in memory.
pub fn in_memory(config: &ContainerConfig) -> Option<Vec<String>> {
    let size = config.layer.size.map(|size| format!("size={size}"));
    config.layer.ephemeral.then(|| ["mode=0700".into()].into_iter().chain(size).collect())
}
