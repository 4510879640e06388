//! Who uses which volumes: asked of the configs of the containers themselves, never of a counter; and the removal of those that nobody
//! uses any more.
//!
//! The volumes without a name that go with a container stand in a file of its directory, `volumes`, written before they are made:
//! whoever deletes the directory, half-made or whole, removes them first. A container that is removed without its volumes loses that file
//! before.

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{ContainerDir, ContainerStore};
use crate::error::{Context, Kind, Result, is};
use crate::namespaces::mapped;
use crate::state::events::{Event, EventLog};
use crate::state::file::{self, Durability};
use crate::state::process::ProcessIdentity;
use crate::state::{ContainerId, Lock, Roots};
use crate::volumes::{MountPoint, Volume, VolumeLock, VolumeStore};

/// The file with the names of the volumes that go with the container.
const GOING_ALONG: &str = "volumes";

/// A container that has a volume.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: ContainerId,
    pub name: String,
}

/// The part of config.json that is read here.
#[derive(Deserialize)]
struct ConfigFile {
    id: ContainerId,
    name: String,
    #[serde(default)]
    mounts: Vec<MountFile>,
}

#[derive(Deserialize)]
struct MountFile {
    source: SourceFile,
}

#[derive(Deserialize)]
struct SourceFile {
    #[serde(default)]
    volume: Option<VolumeFile>,
}

#[derive(Deserialize)]
struct VolumeFile {
    name: String,
}

/// The volumes that containers have, and which containers those are.
pub fn users(roots: &Roots) -> Result<BTreeMap<String, Vec<User>>> {
    let dir = roots.containers();
    let mut users: BTreeMap<String, Vec<User>> = BTreeMap::new();
    let entries = match std::fs::read_dir(&dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(users),
        Err(e) => return Err(e).with_context(|| format!("listing {}", dir.display())),
    };
    for entry in entries.flatten() {
        // Half-made ones hold their volumes by locks, half-deleted ones need none.
        if entry.file_name().to_str().is_none_or(|name| ContainerId::parse(name).is_err()) {
            continue;
        }
        // One that is damaged must stop a removal: its volumes would be lost.
        let Some(config) = file::read_json_in::<ConfigFile>(&entry.path(), "config.json")? else { continue };
        let mut names: Vec<_> = config.mounts.into_iter().filter_map(|m| m.source.volume).collect();
        names.dedup_by(|a, b| a.name == b.name);
        for volume in names {
            let of_volume = users.entry(volume.name).or_default();
            if of_volume.last().is_none_or(|last| last.id != config.id) {
                of_volume.push(User { id: config.id.clone(), name: config.name.clone() });
            }
        }
    }
    Ok(users)
}

/// A container that runs and has a volume.
#[derive(Debug)]
pub struct Holder {
    pub user: User,
    /// Its first process.
    pub init: ProcessIdentity,
    /// Where it has mounted it, if it has mounted all of it.
    pub place: Option<PathBuf>,
    /// It can only read what is there.
    pub readonly: bool,
}

/// The containers that run and have a volume.
pub fn holders(roots: &Roots, name: &str) -> Result<Vec<Holder>> {
    let store = ContainerStore::new(roots);
    let mut found = Vec::new();
    for user in users(roots)?.remove(name).unwrap_or_default() {
        let dir = store.dir(&user.id);
        if !Lock::is_held(&dir.lock_path())? {
            continue;
        }
        let Some(init) = dir.recorded_state()?.init.filter(|init| init.is_alive()) else { continue };
        let is_whole = |point: &MountPoint| point.volume() == Some(name) && point.subpath().is_none();
        let mounts = dir.config()?.mounts.into_iter().filter(is_whole);
        let (place, readonly) = match mounts.min_by_key(|point| point.readonly.is_set()) {
            Some(point) => (Some(point.destination), point.readonly.is_set()),
            None => (None, true),
        };
        found.push(Holder { user, init, place, readonly });
    }
    Ok(found)
}

/// Removes a volume that nobody uses; [`Kind::Conflict`] names those who do. The caller has locked it, so that nobody can begin to.
pub fn remove(roots: &Roots, lock: VolumeLock, durability: Durability) -> Result<()> {
    let name = &lock.volume.name;
    if let Some(users) = users(roots)?.get(name) {
        let ids: Vec<&str> = users.iter().map(|u| u.id.as_str()).collect();
        return Kind::Conflict.err(format!("remove {name}: volume is in use - [{}]", ids.join(", ")));
    }
    let doomed = VolumeStore::new(roots).take_out(&lock, durability)?;
    EventLog::new(roots).tell(&event(&lock.volume, "destroy"));
    delete(&doomed)
}

/// Something that happens to a volume now.
pub fn event(volume: &Volume, action: &str) -> Event {
    Event::new("volume", action, &volume.name).with("driver", "local")
}

/// Deletes a volume's directory, in which there may be files of other ids.
pub fn delete(path: &Path) -> Result<()> {
    if nix::unistd::geteuid().is_root() {
        return crate::layers::remove::tree(path);
    }
    let mut role = mapped::spawn("remove", &[path], |_| {})?;
    let status = role.child.wait().context("waiting for the role remove")?;
    anyhow::ensure!(status.success(), "deleting {} failed", path.display());
    Ok(())
}

/// Writes down which volumes are to go with a container that is being made.
pub fn note(draft: &Path, names: &[&str], durability: Durability) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    file::write_json(&draft.join(GOING_ALONG), &names, durability)
}

/// Leaves a container's volumes as they are when it is removed.
pub fn keep(dir: &ContainerDir) -> Result<()> {
    file::remove_file(&dir.path.join(GOING_ALONG))
}

/// Removes the volumes that go with a container whose directory this is, now out of the store: those that no other container has.
pub fn remove_with(roots: &Roots, directory: &Path) -> Result<()> {
    let names: Option<Vec<String>> = match file::read_json_opt(&directory.join(GOING_ALONG)) {
        // Not flushed: after a power loss the volumes are there, without a container, for `volume prune`.
        Err(e) if is(&e, Kind::Corrupt) => None,
        other => other?,
    };
    let store = VolumeStore::new(roots);
    for name in names.into_iter().flatten() {
        let Some(lock) = store.lock(&name)? else { continue };
        match remove(roots, lock, Durability::Ephemeral) {
            Err(e) if is(&e, Kind::Conflict) => {}
            other => other?,
        }
    }
    Ok(())
}
