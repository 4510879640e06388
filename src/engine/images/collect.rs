//! Removes blobs and layers that nothing references any more, and what killed processes have left.

use crate::engine::Engine;
use crate::error::Result;
use crate::image::roots::in_use;
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
        // From here on nobody can find them; to remove their files may take its time.
        drop(lock);
        for layer in retired {
            layer.remove(&remover)?;
        }
        layers.sweep(&remover)?;
        images.blobs.sweep()?;
        Ok(collected)
    }
}
