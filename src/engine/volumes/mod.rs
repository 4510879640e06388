//! Operations on volumes.

mod archive;
mod fill;
mod list;
mod owners;
mod quota;

use std::collections::BTreeMap;

pub(crate) use fill::{FILL, fill_role};
pub use list::{VolumeFilter, VolumeSummary};
pub(crate) use quota::{limit, share};

use super::Engine;
use crate::container::volumes;
use crate::error::{Kind, Result};
use crate::state::file::Durability;
use crate::state::id;
use crate::volumes::{DriverOptions, Volume, VolumeLock, VolumeStore, check_name};

/// A volume to be made.
#[derive(Debug, Clone, Default)]
pub struct VolumeCreateRequest {
    /// `None`: a random one.
    pub name: Option<String>,
    pub driver: Option<String>,
    /// Of the driver, `KEY=VALUE`.
    pub options: Vec<String>,
    pub labels: BTreeMap<String, String>,
}

/// Changes of a volume.
#[derive(Debug, Clone, Default)]
pub struct VolumeUpdateRequest {
    pub add_labels: BTreeMap<String, String>,
    pub remove_labels: Vec<String>,
}

/// What `volume prune` has removed.
#[derive(Debug, Clone, Default)]
pub struct VolumePruneReport {
    pub volumes: Vec<String>,
    /// Bytes of their files.
    pub reclaimed: u64,
}

impl Engine {
    pub(crate) fn volumes(&self) -> VolumeStore {
        VolumeStore::new(&self.roots)
    }

    /// Makes a volume. One of this name that is there already, and is what was asked for, is the answer, as with docker.
    pub fn create_volume(&self, request: VolumeCreateRequest) -> Result<VolumeSummary> {
        self.sweep_volumes()?;
        let anonymous = request.name.is_none();
        let name = match request.name {
            Some(name) => name,
            None => id::random_hex(32)?,
        };
        check_name(&name)?;
        let options = DriverOptions::parse(request.driver.as_deref(), &request.options)
            .map_err(|e| annotate(&name, &e))?;
        let wanted =
            Volume { name, created: jiff::Timestamp::now(), labels: request.labels, options, anonymous };
        let size = wanted.options.size()?;
        let claimed = self.volumes().claim(&wanted, Durability::Durable, &|data| match size {
            Some(size) => limit(data, size).map(drop).map_err(|e| annotate(&wanted.name, &e)),
            None => Ok(()),
        })?;
        let volume = &claimed.lock.volume;
        if claimed.is_new {
            self.events_log().tell(&volumes::event(volume, "create"));
        } else if !wanted.options.is_empty() && wanted.options != volume.options {
            return Kind::Conflict
                .err(format!("a volume {} exists already, with other options", wanted.name));
        }
        Ok(self.volume_summary(volume.clone(), Vec::new()))
    }

    /// Whether there is a volume of this name.
    pub fn volume_exists(&self, name: &str) -> Result<bool> {
        Ok(self.volumes().get(name)?.is_some())
    }

    fn lock_volume(&self, name: &str) -> Result<VolumeLock> {
        let missing = || Kind::NotFound.error(format!("get {name}: no such volume"));
        if !id::is_name(name) {
            return Err(missing());
        }
        self.volumes().lock(name)?.ok_or_else(missing)
    }

    /// Removes a volume that no container has. `force`: no error if there is none of this name.
    pub fn remove_volume(&self, name: &str, force: bool) -> Result<()> {
        self.sweep_volumes()?;
        match self.lock_volume(name) {
            Err(e) if force && crate::error::is(&e, Kind::NotFound) => Ok(()),
            lock => volumes::remove(&self.roots, lock?, Durability::Durable),
        }
    }

    /// Removes the volumes that no container has and that fit: without `all` those without a name.
    pub fn prune_volumes(&self, filter: &VolumeFilter, all: bool) -> Result<VolumePruneReport> {
        self.sweep_volumes()?;
        let mut report = VolumePruneReport::default();
        for volume in self.list_volumes(filter)? {
            if !volume.users.is_empty() || !(all || volume.volume.anonymous) {
                continue;
            }
            let name = volume.volume.name;
            let Some(lock) = self.volumes().lock(&name)? else { continue };
            let size = self.volume_size(&name);
            match volumes::remove(&self.roots, lock, Durability::Durable) {
                // Taken into use in this moment.
                Err(e) if crate::error::is(&e, Kind::Conflict) => continue,
                other => other?,
            }
            report.reclaimed += size;
            report.volumes.push(name);
        }
        self.tell_prune("volume", report.reclaimed);
        Ok(report)
    }

    /// Changes the labels of a volume.
    pub fn update_volume(&self, name: &str, request: &VolumeUpdateRequest) -> Result<()> {
        let mut lock = self.lock_volume(name)?;
        self.volumes().update(&mut lock, |volume| {
            volume.labels.retain(|key, _| !request.remove_labels.contains(key));
            volume.labels.extend(request.add_labels.clone());
        })
    }

    /// Deletes what commands that were killed have left half-made or half-deleted.
    pub(crate) fn sweep_volumes(&self) -> Result<()> {
        for (path, _lock) in self.volumes().leftovers()? {
            volumes::delete(&path)?;
        }
        Ok(())
    }

    /// Bytes of a volume's files. What can't be read counts nothing.
    fn volume_size(&self, name: &str) -> u64 {
        super::containers::tree_size(&self.volumes().data(name), &mut std::collections::HashSet::new())
    }
}

/// Refuses a driver that nobody has; the one of dhow's own needs no name.
pub fn check_driver(name: Option<&str>) -> Result<()> {
    DriverOptions::parse(name, &[]).map(drop)
}

/// In docker's words.
fn annotate(name: &str, error: &crate::error::Error) -> crate::error::Error {
    let kind = crate::error::kind_of(error).unwrap_or(Kind::Invalid);
    kind.error(format!("create {name}: {error:#}"))
}
