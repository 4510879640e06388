//! Containers with what they need, names, volumes, networks, and what killed processes have left.

use super::Check;
use super::repair::Remedy;
use crate::container::config::ContainerConfig;
use crate::container::{ContainerDir, owners};
use crate::error::{Kind, Result, is, one_line};
use crate::image::roots;
use crate::state::{Digest, Lock, file};
use crate::volumes::MountPoint;

impl Check<'_> {
    /// Looks at what each container needs.
    pub fn containers(&mut self) -> Result<()> {
        for dir in self.engine.containers().list()? {
            match dir.config() {
                Ok(config) => {
                    self.report.containers += 1;
                    self.container(&dir, &config)?;
                }
                // Removed in this moment.
                Err(e) if is(&e, Kind::NotFound) && !dir.exists() => {}
                Err(e) if is(&e, Kind::NotFound) && file::is_ephemeral(&dir.path) => {
                    let object = format!("directory {}", dir.path.display());
                    let problem = "what a power loss left of a container that was to remove itself";
                    self.leftover(object, problem, Remedy::SweepContainers);
                }
                Err(e) => {
                    let advice = format!(
                        "put a backup of it in its place; or give the container up and remove {}",
                        dir.path.display()
                    );
                    self.damage(
                        format!("container {}", dir.id.short()),
                        one_line(&e),
                        Remedy::Advise(advice),
                    );
                }
            }
        }
        Ok(())
    }

    fn container(&mut self, dir: &ContainerDir, config: &ContainerConfig) -> Result<()> {
        let object = || format!("container {}", config.name);
        let store = owners::layers(self.roots(), config);
        for diff_id in &config.layers {
            // Those of images were looked at already.
            if store.contains(diff_id)
                || self.known.layers.contains_key(diff_id) && store.dir() == self.engine.layers().dir()
            {
                continue;
            }
            let remedy = self.unpack_into(&store, diff_id);
            self.damage(object(), format!("its layer {diff_id} is not unpacked"), remedy);
        }
        if config.has_layer() && config.rootfs.is_none() && !dir.path.join("upper").is_dir() {
            let advice = "what it had written is lost; remove the container";
            self.damage(object(), "its own layer is missing", Remedy::Advise(advice.into()));
        }
        let known: Vec<String> = self.engine.volumes().list()?.into_iter().map(|v| v.name).collect();
        for name in config.mounts.iter().filter_map(MountPoint::volume) {
            if !known.iter().any(|n| n == name) {
                let advice = format!("restore it, or make an empty one: dhow volume create {name}");
                self.damage(object(), format!("its volume {name} is missing"), Remedy::Advise(advice));
            }
        }
        if self.engine.containers().named(&config.name)?.is_some_and(|found| found.id == dir.id) {
            return Ok(());
        }
        let advice = format!("give it a name: dhow rename {} NAME", dir.id.short());
        self.damage(object(), "its name does not lead to it", Remedy::Advise(advice));
        Ok(())
    }

    fn unpack_into(&self, store: &crate::layers::LayerStore, diff_id: &Digest) -> Remedy {
        match self.known.layers.get(diff_id).filter(|layer| layer.has_blob) {
            Some(layer) => {
                Remedy::Unpack { blob: layer.blob.clone(), diff_id: diff_id.clone(), into: store.clone() }
            }
            None => Remedy::Advise("pull its image again, or remove the container".into()),
        }
    }

    /// Names that stand for no container.
    pub fn names(&mut self) -> Result<()> {
        for name in self.engine.containers().dangling_names()? {
            let remedy = Remedy::RemoveName(name.clone());
            self.leftover(format!("name {name}"), "no container has it", remedy);
        }
        Ok(())
    }

    pub fn volumes(&mut self) -> Result<()> {
        let store = self.engine.volumes();
        for name in store.all_names()? {
            let object = || format!("volume {name}");
            match store.get(&name) {
                Ok(Some(_)) => {
                    self.report.volumes += 1;
                    let data = store.data(&name);
                    if !data.is_dir() && store.path(&name).is_dir() {
                        self.damage(object(), "its files are gone", Remedy::MakeDirectory(data));
                    }
                }
                // Removed in this moment.
                Ok(None) if !store.path(&name).exists() => {}
                Ok(None) => {
                    let advice = format!(
                        "put a backup of its meta.json in its place, or remove {}",
                        store.path(&name).display()
                    );
                    self.damage(object(), "what was noted of it is gone", Remedy::Advise(advice));
                }
                Err(e) => {
                    let advice = "put a backup of it in its place";
                    self.damage(object(), one_line(&e), Remedy::Advise(advice.into()));
                }
            }
        }
        Ok(())
    }

    pub fn networks(&mut self) -> Result<()> {
        if let Err(e) = self.engine.network_store()?.list() {
            let advice = "put a backup of it in its place, or remove it and make the network again";
            self.damage("networks".into(), one_line(&e), Remedy::Advise(advice.into()));
        }
        Ok(())
    }

    /// What killed processes have left half-made or half-deleted.
    pub fn leftovers(&mut self) -> Result<()> {
        for left in self.engine.containers().leftovers()? {
            let object = format!("directory {}", left.path().display());
            self.leftover(object, "half-made or half-deleted", Remedy::SweepContainers);
        }
        let store = self.engine.containers();
        for id in store.run_ids()? {
            let dir = store.dir(&id);
            // Whoever cleans up holds the lock until the directory is gone.
            let lock = Lock::try_existing(&dir.lock_path())?;
            if lock.is_some() && !dir.exists() && dir.run.exists() {
                let object = format!("directory {}", dir.run.display());
                self.leftover(object, "run-time state of a container that is gone", Remedy::SweepContainers);
            }
        }
        for (path, _lock) in self.engine.volumes().leftovers()? {
            let object = format!("directory {}", path.display());
            self.leftover(object, "half-made or half-deleted", Remedy::SweepVolumes);
        }
        for path in self.engine.left_of_images()? {
            let object = format!("{}", path.display());
            self.leftover(object, "half-made or half-deleted", Remedy::SweepImages);
        }
        Ok(())
    }
}

impl crate::engine::Engine {
    /// Temporary files and directories of blobs and layers, and leases, whose makers are dead.
    pub(super) fn left_of_images(&self) -> Result<Vec<std::path::PathBuf>> {
        let mut left = self.images().blobs.leftovers()?;
        left.extend(roots::dead_leases(&self.images())?);
        left.extend(self.layers().leftovers()?);
        for store in crate::layers::LayerStore::all_shifted(&self.roots)? {
            left.extend(store.leftovers()?);
        }
        Ok(left)
    }

    /// Removes them.
    pub(super) fn sweep_images(&self) -> Result<()> {
        let remover = self.remover();
        self.images().blobs.sweep()?;
        for lease in roots::dead_leases(&self.images())? {
            crate::state::file::remove_file(&lease)?;
        }
        self.layers().sweep(&remover)?;
        for store in crate::layers::LayerStore::all_shifted(&self.roots)? {
            store.sweep(&remover)?;
        }
        Ok(())
    }
}
