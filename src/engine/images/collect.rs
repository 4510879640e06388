//! Removes blobs and layers that nothing references any more, and what killed processes have left.

use std::path::PathBuf;

use crate::container::owners;
use crate::engine::Engine;
use crate::error::Result;
use crate::image::roots::{self, ContainerUse, in_use};
use crate::image::store::Lease;
use crate::layers::LayerStore;
use crate::state::Digest;

/// What a collection removed.
#[derive(Debug, Default)]
pub struct Collected {
    pub blobs: Vec<Digest>,
    pub layers: Vec<Digest>,
    /// Bytes of the blobs and of the layers' files.
    pub reclaimed: u64,
}

impl Engine {
    pub(crate) fn collect_images(&self) -> Result<Collected> {
        let (images, layers, remover) = (self.images(), self.layers(), self.remover());
        let mut collected = Collected::default();
        let mut retired = Vec::new();
        let (lock, used) = in_use(&images, &self.roots)?;
        for digest in images.blobs.list()?.into_iter().filter(|d| !used.contains(d)) {
            collected.reclaimed += images.blobs.path(&digest).metadata().map_or(0, |m| m.len());
            images.blobs.remove(&digest)?;
            collected.blobs.push(digest);
        }
        for diff_id in layers.list()?.into_iter().filter(|d| !used.contains(d)) {
            let size = layers.meta(&diff_id).ok().flatten().map_or(0, |m| m.summary.size);
            if let Some(layer) = layers.retire(&diff_id)? {
                collected.reclaimed += size;
                retired.push(layer);
                collected.layers.push(diff_id);
            }
        }
        let shifted = self.shifted_in_use()?;
        for store in LayerStore::all_shifted(&self.roots)? {
            for diff_id in store.list()? {
                if shifted.iter().any(|(dir, layers)| dir == store.dir() && layers.contains(&diff_id)) {
                    continue;
                }
                let size = store.meta(&diff_id).ok().flatten().map_or(0, |m| m.summary.size);
                if let Some(layer) = store.retire(&diff_id)? {
                    collected.reclaimed += size;
                    retired.push(layer);
                }
            }
            if !retired.is_empty() {
                store.flush_names()?;
            }
        }
        if !retired.is_empty() {
            // Else a power loss might bring back a name whose files are half gone.
            layers.flush_names()?;
        }
        // From here on nobody can find them; to remove their files may take its time.
        drop(lock);
        for layer in retired {
            layer.remove(&remover)?;
        }
        layers.sweep(&remover)?;
        for store in LayerStore::all_shifted(&self.roots)? {
            store.sweep(&remover)?;
            // Not if anything is left in it.
            let _ = std::fs::remove_dir(store.dir());
        }
        images.blobs.sweep()?;
        Ok(collected)
    }

    /// Gives back what was stored for something that failed: it is referenced by nothing. That failure is the one to report.
    pub(crate) fn give_back_unless<T>(&self, done: Result<T>, lease: Lease) -> Result<T> {
        drop(lease);
        if done.is_err()
            && let Err(error) = self.collect_images()
        {
            // On a disk that is full to the last byte; the next collection does it.
            log::debug!("{error:#}");
        }
        done
    }

    /// The stores of layers with other owners, and which of their layers containers have.
    pub(in crate::engine) fn shifted_in_use(&self) -> Result<Vec<(PathBuf, Vec<Digest>)>> {
        let store = |c: &ContainerUse| owners::layers_for(&self.roots, c.id_mapping.as_ref());
        let used = roots::containers(&self.roots)?;
        Ok(used.into_iter().map(|c| (store(&c).dir().to_path_buf(), c.layers)).collect())
    }
}
