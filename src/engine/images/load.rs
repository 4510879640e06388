//! `load`: the images of an archive or an OCI directory.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use super::{Nowhere, Source, assemble};
use crate::engine::Engine;
use crate::engine::progress::{LayerState, Progress};
use crate::error::{Context, Kind, Result};
use crate::image::archive::{Archive, ArchivedImage};
use crate::image::document::Descriptor;
use crate::image::store::NewImage;
use crate::image::{ImageReference, Platform, config};
use crate::state::{Digest, file};

/// A loaded image: its names, and its ID for those that have none.
#[derive(Debug)]
pub struct Loaded {
    pub names: Vec<ImageReference>,
    pub id: Digest,
}

/// Layers that are read where they lie in an archive or directory.
struct Lying<'a> {
    archive: &'a Archive,
    names: HashMap<&'a Digest, &'a str>,
}

impl Source for Lying<'_> {
    fn open(&self, blob: &Descriptor) -> Result<Box<dyn Read + Send>> {
        match self.names.get(&blob.digest).map(|name| self.archive.open(name)).transpose()?.flatten() {
            Some(reader) => Ok(reader),
            None => Nowhere.open(blob),
        }
    }

    fn under_way(&self, come: u64, size: u64) -> LayerState {
        LayerState::Loading(come, size)
    }
}

impl Engine {
    /// Loads the images of an archive, which is read to its end.
    pub fn load(
        &self,
        archive: impl Read + Send,
        platform: Option<&Platform>,
        progress: &dyn Progress,
    ) -> Result<Vec<Loaded>> {
        let images = self.images();
        file::make_dirs(&images.dir().join("blobs"), 0o755)?;
        let reader = BufReader::with_capacity(256 << 10, archive);
        self.load_from(Archive::spool(reader, &images.blobs)?, platform, progress)
    }

    /// Loads the images of a file or of an OCI directory.
    pub fn load_path(
        &self,
        path: &Path,
        platform: Option<&Platform>,
        progress: &dyn Progress,
    ) -> Result<Vec<Loaded>> {
        let loaded = if path.is_dir() {
            self.load_from(Archive::directory(path.to_path_buf()), platform, progress)
        } else {
            let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
            self.load_file(file, platform, progress)
        };
        loaded.with_context(|| format!("loading {}", path.display()))
    }

    /// Loads the images of whatever is open: a file is read where it lies.
    pub fn load_file(
        &self,
        archive: File,
        platform: Option<&Platform>,
        progress: &dyn Progress,
    ) -> Result<Vec<Loaded>> {
        let archive = Arc::new(archive);
        match Archive::index(&archive)? {
            Some(files) => {
                file::make_dirs(&self.images().dir().join("blobs"), 0o755)?;
                self.load_from(files, platform, progress)
            }
            None => self.load(&*archive, platform, progress),
        }
    }

    fn load_from(
        &self,
        mut archive: Archive,
        platform: Option<&Platform>,
        progress: &dyn Progress,
    ) -> Result<Vec<Loaded>> {
        let host = Platform::host();
        let found = wanted(archive.images(platform.unwrap_or(&host))?, platform)?;
        let mut loaded = Vec::new();
        for image in found {
            let done = self.load_image(&mut archive, image, progress);
            if done.is_err() {
                // What was stored of it is referenced by nothing; the first failure is the one to report.
                if let Err(error) = self.collect_images() {
                    log::debug!("{error:#}");
                }
            }
            loaded.push(done?);
        }
        Ok(loaded)
    }

    fn load_image(
        &self,
        archive: &mut Archive,
        image: ArchivedImage,
        progress: &dyn Progress,
    ) -> Result<Loaded> {
        let config = config::parse(&image.config_bytes)?;
        let descriptor = Descriptor::of(&image.manifest_type, &image.manifest_bytes);
        let store = self.images();
        let _lease = store.lease(&assemble::parts(&descriptor.digest, &image.manifest, Some(&config)))?;
        let mut lying = HashMap::new();
        for (layer, name) in image.manifest.layers.iter().zip(&image.layer_files) {
            if lying.insert(&layer.digest, name.as_str()).is_none() && !store.blobs.contains(layer) {
                archive.store(name, &layer.digest, &store.blobs)?;
            }
        }
        self.ensure_layers(&image.manifest, &config, &Lying { archive, names: lying }, progress)?;
        store.blobs.put(&image.config_bytes)?;
        store.blobs.put(&image.manifest_bytes)?;
        let id = image.manifest.config.digest.clone();
        self.list_image(NewImage {
            manifest: descriptor,
            id: id.clone(),
            names: &image.names,
            repo_digest: None,
        })?;
        self.tell_image("load", &id.to_string(), &id.to_string());
        Ok(Loaded { names: image.names, id })
    }
}

/// Those that are for the platform that was asked for, at least one.
fn wanted(found: Vec<ArchivedImage>, platform: Option<&Platform>) -> Result<Vec<ArchivedImage>> {
    let Some(wanted) = platform else { return Ok(found) };
    let (mut kept, mut others) = (Vec::new(), Vec::new());
    for image in found {
        let has = config::parse(&image.config_bytes)?.platform();
        if wanted.rank(&has).is_some() {
            kept.push(image);
        } else {
            others.push(has.to_string());
        }
    }
    if kept.is_empty() && !others.is_empty() {
        return Kind::NotFound.err(format!(
            "requested platform ({wanted}) not found: the archive has images for {} only",
            others.join(", ")
        ));
    }
    Ok(kept)
}
