//! All of an image: its blobs stored, its layers unpacked, its record listed. Pull, load, import and `hello` meet here.

use std::collections::HashSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::new_layer::NewLayer;
use super::{Nowhere, Source};
use crate::engine::Engine;
use crate::engine::progress::{Event, LayerState, Progress};
use crate::error::{Context, Error, Kind, Result};
use crate::image::config::ImageConfig;
use crate::image::document::{Descriptor, Manifest};
use crate::image::store::NewImage;
use crate::image::{ImageReference, config, media};
use crate::layers::store::LayerStore;
use crate::state::Digest;

/// Layers under way at once, as docker has it.
const PARALLEL: usize = 3;

impl Engine {
    /// Sees to it that every layer of the image is stored and unpacked. The caller holds a lease on them.
    pub(crate) fn ensure_layers(
        &self,
        manifest: &Manifest,
        config: &ImageConfig,
        source: &dyn Source,
        progress: &dyn Progress,
    ) -> Result<()> {
        self.ensure_layers_in(&self.layers(), manifest, config, source, progress)
    }

    /// The same for another store of layers than the usual one.
    pub(crate) fn ensure_layers_in(
        &self,
        store: &LayerStore,
        manifest: &Manifest,
        config: &ImageConfig,
        source: &dyn Source,
        progress: &dyn Progress,
    ) -> Result<()> {
        let layers = pair(manifest, config)?;
        for (blob, _) in &layers {
            progress.event(Event::Layer(&blob.digest, LayerState::Pending));
        }
        let next = AtomicUsize::new(0);
        let failure: Mutex<Option<Error>> = Mutex::new(None);
        let work = || {
            while let Some((blob, diff_id)) = layers.get(next.fetch_add(1, Ordering::Relaxed)) {
                if let Err(error) = self.ensure_layer(blob, diff_id, store, source, progress) {
                    // No new layers are begun; those under way end by themselves.
                    next.store(layers.len(), Ordering::Relaxed);
                    let mut failure = failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    failure.get_or_insert(error);
                }
            }
        };
        if layers.len() <= 1 {
            work();
        } else {
            std::thread::scope(|scope| {
                for _ in 0..PARALLEL.min(layers.len()) {
                    scope.spawn(work);
                }
            });
        }
        match failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
            Some(error) => Err(error),
            None => Ok(()),
        }
    }
}

/// An image that was made here.
pub(super) struct Made<'a> {
    pub manifest: &'a Manifest,
    /// Its configuration.
    pub document: &'a [u8],
    /// The layer that is new, if one is.
    pub layer: Option<NewLayer>,
    pub name: Option<&'a ImageReference>,
}

impl Engine {
    /// Stores and lists an image that was made here; answers its ID. Nothing of it stays if that fails.
    pub(super) fn add_made(&self, made: Made<'_>, progress: &dyn Progress) -> Result<Digest> {
        let store = self.images();
        let bytes = serde_json::to_vec(made.manifest).context("encoding the manifest")?;
        let media_type = made.manifest.media_type.as_deref().unwrap_or(media::OCI_MANIFEST);
        let descriptor = Descriptor::of(media_type, &bytes);
        let config = config::parse(made.document)?;
        let lease = store.lease(&parts(&descriptor.digest, made.manifest, Some(&config)))?;
        let id = made.manifest.config.digest.clone();
        let listed = (|| {
            if let Some(layer) = made.layer {
                self.put_into_place(layer)?;
            }
            self.ensure_layers(made.manifest, &config, &Nowhere, progress)?;
            store.blobs.put(made.document)?;
            store.blobs.put(&bytes)?;
            let names = made.name.map_or(&[][..], std::slice::from_ref);
            self.list_image(NewImage { manifest: descriptor, id: id.clone(), names, repo_digest: None })
        })();
        self.give_back_unless(listed, lease)?;
        Ok(id)
    }

    /// Lists an image that is whole in the store: from here on it survives a power loss.
    pub(in crate::engine) fn list_image(&self, new: NewImage<'_>) -> Result<()> {
        self.layers().flush_names()?;
        self.images().add(new)
    }
}

/// Blobs and their diff IDs, each once. What can't be unpacked is refused before anything is fetched.
fn pair<'a>(manifest: &'a Manifest, config: &'a ImageConfig) -> Result<Vec<(&'a Descriptor, &'a Digest)>> {
    if manifest.layers.len() != config.diff_ids.len() {
        return Kind::Corrupt.err(format!(
            "the manifest has {} layers but the configuration {}: they don't belong together",
            manifest.layers.len(),
            config.diff_ids.len()
        ));
    }
    let mut seen = HashSet::new();
    let mut layers = Vec::new();
    for (blob, diff_id) in manifest.layers.iter().zip(&config.diff_ids) {
        media::check_layer(&blob.media_type)?;
        if seen.insert((&blob.digest, diff_id)) {
            layers.push((blob, diff_id));
        }
    }
    Ok(layers)
}

/// Everything that an image consists of, for a lease.
pub(crate) fn parts(
    manifest_digest: &Digest,
    manifest: &Manifest,
    config: Option<&ImageConfig>,
) -> Vec<Digest> {
    let mut parts = vec![manifest_digest.clone(), manifest.config.digest.clone()];
    parts.extend(manifest.layers.iter().map(|layer| layer.digest.clone()));
    parts.extend(config.into_iter().flat_map(|config| config.diff_ids.iter().cloned()));
    parts
}
