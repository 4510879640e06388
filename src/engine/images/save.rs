//! `save`: images as an archive or a directory.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use crate::engine::Engine;
use crate::error::{Context, Kind, Result};
use crate::image::save::{self, SavedImage};
use crate::image::{ImageReference, Platform, lookup};
use crate::state::file::{self, Durability};

const BUFFER: usize = 256 << 10;

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
    /// A file for an archive, a directory for an OCI directory.
    Path(&'a Path),
}

impl Engine {
    /// Writes images; one that was given by a name is written with that name only, and by a name without a tag with all its tags.
    ///
    /// With a platform each has to be for that.
    pub fn save(
        &self,
        names: &[String],
        platform: Option<&Platform>,
        format: SaveFormat,
        target: SaveTarget<'_>,
    ) -> Result<()> {
        let store = self.images();
        // Nothing is collected while it is being written.
        let lease_free = store.hold()?;
        let records = store.records()?;
        let mut images: Vec<SavedImage> = Vec::new();
        let mut ids = BTreeSet::new();
        for name in names.iter().flat_map(|name| lookup::tags_of(&records, name)) {
            let name = &name;
            let found = lookup::find(&store, &records, name)?;
            let image = store.image(&found.record)?;
            ids.insert(image.id.to_string());
            super::check_platform(name, &image.config, platform)?;
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
        let docker = format == SaveFormat::DockerArchive;
        let saved = match (format, target) {
            (SaveFormat::OciDir, SaveTarget::Path(dir)) => save::directory(&store, &images, dir),
            (SaveFormat::OciDir, SaveTarget::Stream(_)) => {
                Kind::Invalid.err("an OCI directory needs a place: use -o DIR")
            }
            (_, SaveTarget::Stream(out)) => save::archive(&store, &images, docker, out),
            (_, SaveTarget::Path(path)) => to_file(path, |out| save::archive(&store, &images, docker, out)),
        };
        saved?;
        for id in &ids {
            self.tell_image("save", id, id);
        }
        Ok(())
    }
}

/// Writes a file, see [`to_new_file`].
fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> Result<()>) -> Result<()> {
    to_new_file(path, |file| {
        let mut out = BufWriter::with_capacity(BUFFER, file);
        write(&mut out)?;
        out.flush().with_context(|| format!("writing {}", path.display()))
    })
}

/// Under a temporary name first: a failure leaves neither half an archive nor ruins an older one.
pub(crate) fn to_new_file(path: &Path, write: impl FnOnce(File) -> Result<()>) -> Result<()> {
    let context = || format!("writing {}", path.display());
    if path.symlink_metadata().is_ok_and(|meta| !meta.is_file()) {
        // A device or a pipe, which can't be replaced, or a link, which must not be.
        return write(File::options().write(true).truncate(true).open(path).with_context(context)?);
    }
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let temporary = file::temporary_in(dir)?;
    let file = File::create_new(&temporary).with_context(context)?;
    let saved = write(file).and_then(|()| file::rename(&temporary, path, Durability::Ephemeral));
    if saved.is_err() {
        file::remove_file(&temporary)?;
    }
    saved
}
