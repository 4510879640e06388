//! `save`: images as an archive or a directory.

use std::io::Write;
use std::path::Path;

use crate::engine::Engine;
use crate::error::{Kind, Result};
use crate::image::save::{self, SavedImage};
use crate::image::{ImageReference, lookup};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum SaveFormat {
    /// A tar archive for `docker load` and everything else
    #[default]
    DockerArchive,
    /// A tar archive with an OCI image layout
    OciArchive,
    /// A directory with an OCI image layout
    OciDir,
}

/// Where the archive goes.
pub enum SaveTarget<'a> {
    Stream(&'a mut dyn Write),
    Directory(&'a Path),
}

impl Engine {
    /// Writes images; one that was given by a name is written with that name only.
    pub fn save(&self, names: &[String], format: SaveFormat, target: SaveTarget<'_>) -> Result<()> {
        let store = self.images();
        // Nothing is collected while it is being written.
        let lease_free = store.hold()?;
        let records = store.records()?;
        let mut images: Vec<SavedImage> = Vec::new();
        for name in names {
            let found = lookup::find(&store, &records, name)?;
            let image = store.image(&found.record)?;
            let given: Option<ImageReference> =
                if found.by_id || name.contains('@') { None } else { found.record.reference() };
            match images.iter_mut().find(|i| i.manifest_descriptor.digest == found.record.0.digest) {
                Some(known) => known.names.extend(given.filter(|n| !known.names.contains(n))),
                None => images.push(SavedImage {
                    manifest_descriptor: found.record.0,
                    manifest: image.manifest,
                    names: given.into_iter().collect(),
                }),
            }
        }
        let digests: Vec<_> = images
            .iter()
            .flat_map(|i| super::assemble::parts(&i.manifest_descriptor.digest, &i.manifest, None))
            .collect();
        let _lease = store.lease(&digests)?;
        drop(lease_free);
        match (format, target) {
            (SaveFormat::OciDir, SaveTarget::Directory(dir)) => save::directory(&store, &images, dir),
            (SaveFormat::DockerArchive, SaveTarget::Stream(out)) => save::archive(&store, &images, true, out),
            (SaveFormat::OciArchive, SaveTarget::Stream(out)) => save::archive(&store, &images, false, out),
            _ => Kind::Invalid
                .err("an OCI directory is written to a directory, an archive to a file or a pipe"),
        }
    }
}
