//! The mounts of a container that is being made: what was asked becomes what is, and the volumes that are missing are made.

use std::collections::{BTreeMap, HashSet};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::request::FilesRequest;
use crate::container::config::ContainerConfig;
use crate::container::store::Draft;
use crate::container::{owners, volumes};
use crate::engine::Engine;
use crate::engine::images::{PullPolicy, RunImage};
use crate::engine::progress::Progress;
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::state::id;
use crate::volumes::point::container_path;
use crate::volumes::{Given, MountPoint, MountSource, Readonly, Relabel, Volume, VolumeLock, VolumeStore};

/// What becomes of the places that an image declares as volumes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ImageVolumes {
    /// Volumes without a name.
    #[default]
    #[value(alias = "bind")]
    Anonymous,
    /// File systems in memory.
    Tmpfs,
    /// Nothing.
    Ignore,
}

/// `--volumes-from CONTAINER[:MODE]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VolumesFrom {
    /// As it was given.
    pub text: String,
    pub container: String,
    pub readonly: Option<Readonly>,
    pub relabel: Option<Relabel>,
}

impl std::str::FromStr for VolumesFrom {
    type Err = crate::error::Error;

    fn from_str(text: &str) -> Result<Self> {
        let (container, modes) = text.split_once(':').unwrap_or((text, ""));
        if container.is_empty() {
            return Kind::Invalid.err(format!("malformed volumes-from specification: {text}"));
        }
        let mut parsed =
            Self { text: text.into(), container: container.into(), readonly: None, relabel: None };
        for mode in modes.split(',').filter(|m| !m.is_empty()) {
            match mode {
                "ro" if parsed.readonly.is_none() => parsed.readonly = Some(Readonly::Yes),
                "rw" if parsed.readonly.is_none() => parsed.readonly = Some(Readonly::No),
                "z" if parsed.relabel.is_none() => parsed.relabel = Some(Relabel::Shared),
                "Z" if parsed.relabel.is_none() => parsed.relabel = Some(Relabel::Private),
                _ => return Kind::Invalid.err(format!("invalid mode: {modes}")),
            }
        }
        Ok(parsed)
    }
}

/// The volumes of a container that is being made: locked until others can see that it has them. Dropping it takes new ones away again.
#[derive(Debug)]
pub(in crate::engine) struct ClaimedVolumes {
    store: VolumeStore,
    locks: Vec<VolumeLock>,
    new: Vec<String>,
}

impl ClaimedVolumes {
    pub fn is_new(&self, name: &str) -> bool {
        self.new.iter().any(|n| n == name)
    }

    /// The container is there.
    pub fn keep(mut self, engine: &Engine) {
        let new = std::mem::take(&mut self.new);
        for lock in self.locks.iter().filter(|l| new.contains(&l.volume.name)) {
            engine.events_log().tell(&volumes::event(&lock.volume, "create"));
        }
    }
}

impl Drop for ClaimedVolumes {
    fn drop(&mut self) {
        for lock in self.locks.iter().filter(|l| self.new.contains(&l.volume.name)) {
            // What fails here is found by its temporary name, or by `volume prune`.
            if let Ok(doomed) = self.store.take_out(lock, Durability::Ephemeral) {
                let _ = volumes::delete(&doomed);
            }
        }
    }
}

impl Engine {
    /// All mounts of a container, the image's and those of other containers among them; the images among them are held.
    pub(super) fn mounts(
        &self,
        request: &mut FilesRequest,
        image: Option<&RunImage>,
        progress: &dyn Progress,
    ) -> Result<Vec<RunImage>> {
        let declared = image.and_then(|i| i.config.config().as_ref()?.volumes().clone()).unwrap_or_default();
        if request.mounts.is_empty() && request.volumes_from.is_empty() && declared.is_empty() {
            return Ok(Vec::new());
        }
        let mut mounts = without_repetition(std::mem::take(&mut request.mounts), &request.tmpfs)?;
        let is_taken = |mounts: &[MountPoint], place: &Path, request: &FilesRequest| {
            mounts.iter().any(|m| m.destination == place)
                || request.tmpfs.iter().any(|t| t.destination == place)
        };
        for from in &request.volumes_from {
            for point in self.mounts_of(from).or_else(super::create::referred)? {
                if !is_taken(&mounts, &point.destination, request) {
                    mounts.push(point);
                }
            }
        }
        for place in &declared {
            let place = container_path(place).context("the image's volumes")?;
            if is_taken(&mounts, &place, request) {
                continue;
            }
            match request.image_volumes {
                ImageVolumes::Ignore => {}
                ImageVolumes::Anonymous => mounts.push(MountPoint::anonymous(place, Given::Image)),
                ImageVolumes::Tmpfs => {
                    let options = ["exec", "dev", "suid", "rw"].map(String::from).into();
                    mounts.push(MountPoint::new(place, MountSource::Tmpfs { options }, Given::Image));
                }
            }
        }
        request.mounts = mounts;
        self.complete(&mut request.mounts, progress)
    }

    /// What another container has mounted.
    fn mounts_of(&self, from: &VolumesFrom) -> Result<Vec<MountPoint>> {
        let (dir, _) = self.find(&from.container)?;
        let config = dir.config()?;
        let mut mounts = config.mounts;
        mounts.retain(|m| !matches!(m.source, MountSource::Tmpfs { .. } | MountSource::Devpts { .. }));
        for point in &mut mounts {
            point.given = Given::From;
            // What the other has done once is done.
            (point.chown, point.copy) = (false, false);
            point.relabel = from.relabel;
            if let Some(readonly) = from.readonly.filter(|_| !point.readonly.is_set()) {
                point.readonly = readonly;
            }
        }
        Ok(mounts)
    }

    /// Finds what the mounts name, and makes missing directories of the host that may be made.
    fn complete(&self, mounts: &mut [MountPoint], progress: &dyn Progress) -> Result<Vec<RunImage>> {
        let mut held = Vec::new();
        for point in mounts {
            match &mut point.source {
                MountSource::Bind { path, create } => bind_source(path, *create, self.roots.rootless)?,
                MountSource::Volume { name, .. } if name.is_empty() => *name = id::random_hex(32)?,
                MountSource::Image { image, id, layers, .. } => {
                    let found = self.image_for_run(image, PullPolicy::Missing, None, progress)?;
                    *id = Some(found.id.clone());
                    layers.clone_from(&found.layers);
                    held.push(found);
                }
                _ => {}
            }
            if let (Some(_), MountSource::Bind { path, .. }) = (&point.overlay, &point.source)
                && !path.is_dir()
            {
                return Kind::Invalid
                    .err(format!("the option O needs a directory, and {} is none", path.display()));
            }
        }
        Ok(held)
    }

    /// Locks the volumes of a container, and makes those that are not there yet.
    pub(super) fn claim_volumes(
        &self,
        draft: &Draft,
        config: &mut ContainerConfig,
        durability: Durability,
    ) -> Result<ClaimedVolumes> {
        self.sweep_volumes()?;
        let store = VolumeStore::new(&self.roots);
        let mut claimed = ClaimedVolumes { store, locks: Vec::new(), new: Vec::new() };
        let anonymous: Vec<&str> = config.mounts.iter().filter_map(MountPoint::anonymous_volume).collect();
        volumes::note(draft.path(), &anonymous, durability)?;
        // In the order of their names: two who want the same ones don't wait for each other.
        let mut wanted = BTreeMap::new();
        for point in &config.mounts {
            if let MountSource::Volume { name, anonymous, labels, driver, .. } = &point.source {
                wanted.entry(name.clone()).or_insert_with(|| Volume {
                    name: name.clone(),
                    created: jiff::Timestamp::now(),
                    labels: labels.clone(),
                    options: driver.clone(),
                    anonymous: *anonymous,
                });
            }
        }
        for (name, volume) in wanted {
            let size = volume.options.size()?;
            let limit =
                |data: &Path| size.map_or(Ok(()), |size| crate::engine::volumes::limit(data, size).map(drop));
            let one = claimed.store.claim(&volume, lasting(durability, &volume), &limit)?;
            if one.is_new {
                claimed.new.push(name);
            } else if !volume.options.is_empty() && volume.options != one.lock.volume.options {
                return Kind::Conflict.err(format!("a volume {name} exists already, with other options"));
            }
            claimed.locks.push(one.lock);
        }
        for point in &mut config.mounts {
            if let MountSource::Volume { name, driver, .. } = &mut point.source
                && let Some(lock) = claimed.locks.iter().find(|l| l.volume.name == *name)
            {
                driver.clone_from(&lock.volume.options);
                if let Some(device) = driver.device().filter(|_| self.roots.rootless) {
                    device.check_for_users(name)?;
                }
            }
        }
        let durable = claimed.locks.iter().any(|l| lasting(durability, &l.volume) == Durability::Durable);
        self.fill_volumes(config, &claimed, Durability::durable_if(durable))?;
        Ok(claimed)
    }

    /// Sees to it that the layers of mounted images can be mounted with the container's ids.
    pub(super) fn shift_mounted(
        &self,
        images: &[RunImage],
        config: &ContainerConfig,
        progress: &dyn Progress,
    ) -> Result<()> {
        let store = owners::layers(&self.roots, config);
        images.iter().try_for_each(|image| self.shift_layers(image, &store, progress))
    }
}

/// A volume that has a name stays when a container that removes itself goes, and with it what its program has flushed.
fn lasting(of_container: Durability, volume: &Volume) -> Durability {
    if volume.anonymous { of_container } else { Durability::Durable }
}

/// Docker takes the very same `--volume` twice, and else one mount for each place.
fn without_repetition(
    mounts: Vec<MountPoint>,
    tmpfs: &[crate::volumes::TmpfsMount],
) -> Result<Vec<MountPoint>> {
    let mut kept: Vec<MountPoint> = Vec::with_capacity(mounts.len());
    let mut places: HashSet<PathBuf> = tmpfs.iter().map(|t| t.destination.clone()).collect();
    if places.len() < tmpfs.len() {
        return Kind::Invalid.err("Duplicate mount point: two tmpfs for one place");
    }
    for point in mounts {
        if kept.contains(&point) {
            continue;
        }
        if !places.insert(point.destination.clone()) {
            return Kind::Invalid.err(format!("Duplicate mount point: {}", point.destination.display()));
        }
        kept.push(point);
    }
    Ok(kept)
}

/// Checks that a file or directory of the host is there and can be reached.
fn bind_source(path: &Path, create: bool, rootless: bool) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(e) if e.kind() == ErrorKind::NotFound && create && path.symlink_metadata().is_err() => {
            file::make_dirs(path, 0o755).with_context(|| format!("the volume's source {}", path.display()))
        }
        Err(e) if e.kind() == ErrorKind::NotFound => Kind::Invalid.err(format!(
            "invalid mount config for type \"bind\": bind source path does not exist: {}",
            path.display()
        )),
        Err(e) if e.kind() == ErrorKind::PermissionDenied && rootless => {
            Err(e).with_context(|| format!("the bind source {}: {}", path.display(), unreachable(path)))
        }
        Err(e) => Err(e).with_context(|| format!("the bind source {}", path.display())),
    }
}

/// Why an ordinary user can't get at a path.
fn unreachable(path: &Path) -> String {
    let closed = path.ancestors().skip(1).find_map(|dir| Some((dir, dir.metadata().ok()?)));
    let own = nix::unistd::geteuid();
    match closed {
        Some((dir, meta)) => format!(
            "{} belongs to uid {} and has mode {:o}, the container runs with the rights of uid {own}; have its owner open it (chmod o+x, setfacl -m u:{own}:rx)",
            dir.display(),
            meta.uid(),
            meta.mode() & 0o7777
        ),
        None => format!("uid {own} may not look there"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn volumes_from_has_docker_modes() {
        let from: VolumesFrom = "c1:ro,z".parse().unwrap();
        assert_eq!((from.container.as_str(), from.readonly), ("c1", Some(Readonly::Yes)));
        assert_eq!(from.relabel, Some(Relabel::Shared));
        for (bad, says) in [(":ro", "malformed"), ("c1:zz", "invalid mode: zz"), ("c1:ro,rw", "invalid mode")]
        {
            assert!(format!("{:#}", bad.parse::<VolumesFrom>().unwrap_err()).contains(says), "{bad}");
        }
    }

    #[test]
    fn a_place_is_mounted_once() {
        let parse = |list: &[&str]| list.iter().map(|t| t.parse().unwrap()).collect::<Vec<MountPoint>>();
        assert_eq!(without_repetition(parse(&["v1:/x", "v1:/x"]), &[]).unwrap().len(), 1);
        let error = without_repetition(parse(&["v1:/x", "v2:/x"]), &[]).unwrap_err();
        assert_eq!(format!("{error:#}"), "Duplicate mount point: /x");
        let tmpfs = ["/x".parse().unwrap()];
        assert!(without_repetition(parse(&["v1:/x"]), &tmpfs).is_err());
    }
}
