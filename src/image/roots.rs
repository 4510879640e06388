//! What the store still needs: the blobs and layers that images, containers and leases reference; everything else may be collected.

use std::collections::HashSet;
use std::io::{ErrorKind, Read};
use std::path::PathBuf;

use serde::Deserialize;

use super::store::ImageStore;
use crate::error::{Context, Result};
use crate::namespaces::Mapping;
use crate::state::{Digest, Lock, Roots, file};

/// Digests of blobs and diff IDs of layers that are in use. (They can't be mistaken for each other: a plain layer's blob and the unpacked
/// layer have the same digest and go together.)
pub type InUse = HashSet<Digest>;

/// A container as far as images are concerned.
#[derive(Debug, Clone)]
pub struct ContainerUse {
    pub id: String,
    pub image_id: Option<Digest>,
    /// Of that and of the images that it has mounted.
    pub layers: Vec<Digest>,
    /// The images that it has mounted.
    pub mounted: Vec<Digest>,
    /// The ids of its user namespace, if other than the usual ones.
    pub id_mapping: Option<Mapping>,
    pub running: bool,
}

impl ContainerUse {
    /// Whether it needs an image, as its root or as a mount.
    pub fn needs(&self, id: &Digest) -> bool {
        self.image_id.as_ref() == Some(id) || self.mounted.contains(id)
    }
}

/// The part of ROOT/containers/ID/config.json that is read here.
#[derive(Debug, Deserialize)]
struct ContainerFile {
    #[serde(default)]
    image_id: Option<String>,
    #[serde(default)]
    layers: Vec<Digest>,
    #[serde(default)]
    id_mapping: Option<Mapping>,
    #[serde(default)]
    mounts: Vec<MountFile>,
}

#[derive(Debug, Deserialize)]
struct MountFile {
    source: SourceFile,
}

#[derive(Debug, Deserialize)]
struct SourceFile {
    #[serde(default)]
    image: Option<MountedImage>,
}

#[derive(Debug, Deserialize)]
struct MountedImage {
    id: Option<Digest>,
    layers: Vec<Digest>,
}

/// The containers of these roots and what they use.
pub fn containers(roots: &Roots) -> Result<Vec<ContainerUse>> {
    let dir = roots.containers();
    let mut found = Vec::new();
    for path in entries(&dir)? {
        let id = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if id.starts_with(file::TEMPORARY) {
            // Half-deleted, so that nothing of it is needed, or half-made: whoever makes it holds off all collections.
            continue;
        }
        // A damaged container must stop a collection: its layers would be lost.
        let Some(file) = file::read_json_in::<ContainerFile>(&path, "config.json")? else { continue };
        let mounted: Vec<MountedImage> = file.mounts.into_iter().filter_map(|m| m.source.image).collect();
        found.push(ContainerUse {
            image_id: file.image_id.and_then(|id| id.parse().ok()),
            layers: file.layers.into_iter().chain(mounted.iter().flat_map(|m| m.layers.clone())).collect(),
            mounted: mounted.into_iter().filter_map(|m| m.id).collect(),
            id_mapping: file.id_mapping,
            running: Lock::is_held(&roots.run_containers().join(&id).join("lock"))?,
            id,
        });
    }
    Ok(found)
}

/// Everything in use. Taken under the exclusive collection lock, which the answer holds.
pub fn in_use(store: &ImageStore, roots: &Roots) -> Result<(Lock, InUse)> {
    // Made by the first update or lease; without it there is nothing to collect.
    file::make_dirs(store.dir(), 0o755)?;
    let lock = Lock::exclusive(&store.collect_lock())?;
    let mut used = InUse::new();
    // First: whoever drops one has listed its image by then, so that what it kept is found below.
    for path in entries(&store.leases())? {
        if let Some(digests) = lease(&path)? {
            used.extend(digests);
        }
    }
    for record in store.records()? {
        used.insert(record.manifest().clone());
        match store.documents(record.manifest()) {
            Ok((id, manifest, config)) => {
                used.insert(id);
                used.extend(manifest.layers.into_iter().map(|layer| layer.digest));
                used.extend(config.diff_ids);
            }
            // It can't be run any more, so nothing is lost with its layers.
            Err(error) => log::warn!("image {}: {error:#}", record.manifest()),
        }
    }
    for container in containers(roots)? {
        used.extend(container.layers);
    }
    Ok((lock, used))
}

/// What a lease names; one of a process that died is removed.
fn lease(path: &std::path::Path) -> Result<Option<Vec<Digest>>> {
    if !Lock::is_held(path)? {
        file::remove_file(path)?;
        return Ok(None);
    }
    let mut text = Vec::new();
    match std::fs::File::open(path).and_then(|mut f| f.read_to_end(&mut text)) {
        Ok(_) => {
            Ok(Some(serde_json::from_slice(&text).with_context(|| format!("reading {}", path.display()))?))
        }
        // Dropped in this moment.
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("reading {}", path.display())),
    }
}

/// The leases of processes that died.
pub fn dead_leases(store: &ImageStore) -> Result<Vec<PathBuf>> {
    let mut dead = Vec::new();
    for path in entries(&store.leases())? {
        if !Lock::is_held(&path)? && path.exists() {
            dead.push(path);
        }
    }
    Ok(dead)
}

fn entries(dir: &std::path::Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).with_context(|| format!("listing {}", dir.display())),
    };
    let paths = entries.map(|e| e.map(|e| e.path()));
    paths.collect::<std::io::Result<_>>().with_context(|| format!("listing {}", dir.display()))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::document::Descriptor;
    use super::super::media;
    use super::super::store::NewImage;
    use super::*;

    /// As a pull does it in the middle of a collection: it lists its image, and then drops its lease.
    #[test]
    fn what_is_listed_while_it_is_looked_around_is_in_use() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path();
        let roots = Roots { root: base.join("r"), runroot: base.join("s"), rootless: false };
        let store = ImageStore::new(&roots);
        let manifest = Descriptor::of(media::OCI_MANIFEST, b"a manifest");
        let digest = manifest.digest.clone();
        let lease = store.lease(std::slice::from_ref(&digest)).unwrap();
        // A container at which the collector waits until it is given something to read.
        let container = roots.containers().join("c");
        file::make_dirs(&container, 0o700).unwrap();
        let config = container.join("config.json");
        nix::unistd::mkfifo(&config, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let used = std::thread::scope(|scope| {
            let collector = scope.spawn(|| in_use(&store, &roots).unwrap().1);
            let mut pipe = std::fs::File::options().write(true).open(&config).unwrap();
            let id = Digest::of(b"its configuration");
            store.add(NewImage { manifest, id, names: &[], repo_digest: None }).unwrap();
            drop(lease);
            pipe.write_all(b"{}").unwrap();
            drop(pipe);
            collector.join().unwrap()
        });
        assert!(used.contains(&digest));
    }
}
