//! Writes images as a docker-archive, an oci-archive or an OCI directory.
//!
//! A docker-archive is what `docker save` writes today: an OCI layout with a `manifest.json`, so that old and new tools read it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use serde_json::json;

use super::document::{Descriptor, Index, Manifest};
use super::media;
use super::reference::ImageReference;
use super::store::{ImageStore, REF_NAME};
use crate::error::{Context, Kind, Result};
use crate::state::Digest;
use crate::state::file::{self, Durability};

/// An image and the names under which it is written.
#[derive(Debug, Clone)]
pub struct SavedImage {
    pub manifest_descriptor: Descriptor,
    pub manifest: Manifest,
    pub names: Vec<ImageReference>,
}

/// Where the files go.
trait Sink {
    fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<()>;
    fn blob(&mut self, name: &str, blob: File, size: u64) -> Result<()>;
}

/// Writes a tar archive; with a `manifest.json` if it is to be a docker-archive.
pub fn archive(store: &ImageStore, images: &[SavedImage], docker: bool, out: impl Write) -> Result<()> {
    let mut builder = tar::Builder::new(out);
    write(store, images, docker, &mut Tar(&mut builder))?;
    builder.into_inner().and_then(|mut out| out.flush()).context("writing the archive")
}

/// Writes an OCI directory, which must not exist or be empty.
pub fn directory(store: &ImageStore, images: &[SavedImage], dir: &Path) -> Result<()> {
    if dir.read_dir().is_ok_and(|mut entries| entries.next().is_some()) {
        return Kind::Conflict.err(format!("{} exists and is not empty", dir.display()));
    }
    file::make_dirs(dir, 0o755)?;
    write(store, images, false, &mut Directory(dir))
}

fn write(store: &ImageStore, images: &[SavedImage], docker: bool, sink: &mut dyn Sink) -> Result<()> {
    let mut done: BTreeSet<&Digest> = BTreeSet::new();
    for image in images {
        let parts = [&image.manifest_descriptor, &image.manifest.config];
        for blob in parts.into_iter().chain(&image.manifest.layers) {
            if done.insert(&blob.digest) {
                sink.blob(&blob_name(&blob.digest), store.blobs.open(&blob.digest)?, blob.size)?;
            }
        }
    }
    let index = Index {
        schema_version: 2,
        media_type: Some(media::OCI_INDEX.to_string()),
        manifests: images.iter().flat_map(|image| entries(image, docker)).collect(),
        annotations: None,
    };
    sink.bytes("index.json", &serde_json::to_vec(&index).context("encoding index.json")?)?;
    if docker {
        let list: Vec<_> = images
            .iter()
            .map(|image| {
                json!({
                    "Config": blob_name(&image.manifest.config.digest),
                    "RepoTags": image.names.iter().map(ImageReference::familiar).collect::<Vec<_>>(),
                    "Layers": image.manifest.layers.iter().map(|l| blob_name(&l.digest)).collect::<Vec<_>>(),
                })
            })
            .collect();
        sink.bytes("manifest.json", &serde_json::to_vec(&list).context("encoding manifest.json")?)?;
    }
    sink.bytes("oci-layout", json!({"imageLayoutVersion": "1.0.0"}).to_string().as_bytes())
}

/// One entry of the index for each name.
fn entries(image: &SavedImage, docker: bool) -> Vec<Descriptor> {
    let plain = Descriptor { annotations: BTreeMap::new(), ..image.manifest_descriptor.clone() };
    if image.names.is_empty() {
        return vec![plain];
    }
    let named = |name: &ImageReference| {
        let mut entry = plain.clone();
        let whole = name.to_string();
        // Docker writes the tag alone; skopeo finds an image by the whole name.
        let short = if docker { name.tag().unwrap_or_default().to_string() } else { whole.clone() };
        entry.annotations.insert("io.containerd.image.name".into(), whole);
        entry.annotations.insert(REF_NAME.into(), short);
        entry
    };
    image.names.iter().map(named).collect()
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().name(), digest.hex())
}

struct Tar<'a, W: Write>(&'a mut tar::Builder<W>);

impl<W: Write> Tar<'_, W> {
    fn append(&mut self, name: &str, size: u64, content: impl Read) -> Result<()> {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(0o644);
        header.set_mtime(0);
        self.0.append_data(&mut header, name, content.take(size)).with_context(|| format!("writing {name}"))
    }
}

impl<W: Write> Sink for Tar<'_, W> {
    fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        self.append(name, bytes.len() as u64, bytes)
    }

    fn blob(&mut self, name: &str, blob: File, size: u64) -> Result<()> {
        // A header that promises more than there is would make an archive that nobody can read.
        if blob.metadata().with_context(|| format!("looking at {name}"))?.len() != size {
            return Kind::Corrupt.err(format!("{name} in the image store is damaged; pull the image again"));
        }
        self.append(name, size, blob)
    }
}

struct Directory<'a>(&'a Path);

impl Sink for Directory<'_> {
    fn bytes(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        file::write_mode(&self.0.join(name), bytes, 0o644, Durability::Ephemeral)
    }

    fn blob(&mut self, name: &str, mut blob: File, _size: u64) -> Result<()> {
        let path = self.0.join(name);
        file::make_dirs(path.parent().unwrap_or(self.0), 0o755)?;
        let copied = File::create(&path).and_then(|mut to| std::io::copy(&mut blob, &mut to));
        copied.map(drop).with_context(|| format!("writing {}", path.display()))
    }
}
