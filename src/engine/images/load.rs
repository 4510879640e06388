//! `load`: the images of an archive or an OCI directory.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::{Nowhere, assemble};
use crate::engine::Engine;
use crate::engine::progress::Progress;
use crate::error::{Context, Result};
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

impl Engine {
    /// Loads the images of an archive, which is read to its end.
    pub fn load(
        &self,
        archive: impl Read,
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
        if path.is_dir() {
            return self
                .load_from(Archive::Directory(path.to_path_buf()), platform, progress)
                .with_context(|| format!("loading {}", path.display()));
        }
        let file = File::open(path).with_context(|| format!("opening {}", path.display()))?;
        self.load(file, platform, progress).with_context(|| format!("loading {}", path.display()))
    }

    fn load_from(
        &self,
        mut archive: Archive,
        platform: Option<&Platform>,
        progress: &dyn Progress,
    ) -> Result<Vec<Loaded>> {
        let host = Platform::host();
        let found = archive.images(platform.unwrap_or(&host))?;
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
        let mut stored = std::collections::HashSet::new();
        for (layer, name) in image.manifest.layers.iter().zip(&image.layer_files) {
            if stored.insert(&layer.digest) && !store.blobs.contains(layer) {
                archive.store(name, &layer.digest, &store.blobs)?;
            }
        }
        self.ensure_layers(&image.manifest, &config, &Nowhere, progress)?;
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
