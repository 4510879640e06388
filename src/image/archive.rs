//! Image archives: docker-archive (`docker save`), oci-archive and OCI directories.
//!
//! An archive that is a file is read where it lies: what is needed of it, when it is needed. One that comes as a stream, or compressed, is
//! read once: large files go straight into nameless blobs. Small ones are kept in memory until it is known what they are. Names inside an
//! archive are only keys: nothing is ever created under them.

mod extent;
mod files;

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;
use std::sync::Arc;

use bzip2::bufread::MultiBzDecoder;
use files::ArchiveFiles;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use serde::Deserialize;

use super::blob::Blobs;
use super::config;
use super::document::{self, Descriptor, Document, Index, MAX_CONFIG, MAX_DOCUMENT, Manifest};
use super::media::{self, Compression};
use super::platform::Platform;
use super::reference::ImageReference;
use super::store::REF_NAME;
use crate::error::{Context, Kind, Result};
use crate::state::Digest;

/// How a stream of bzip2 begins.
const BZIP2: &[u8] = b"BZh";
/// How one of xz begins (The .xz File Format, 2.1.1.1).
const XZ: &[u8] = b"\xfd7zXZ\0";
/// KiB that the archive may make us use: `xz -9` needs half of it, and its header could ask for 4 GiB.
const XZ_MEMORY: u32 = 128 << 10;

/// An image in an archive.
#[derive(Debug)]
pub struct ArchivedImage {
    pub names: Vec<ImageReference>,
    /// The manifest's bytes: the archive's own, or made here for a docker-archive.
    pub manifest_bytes: Vec<u8>,
    pub manifest: Manifest,
    pub manifest_type: String,
    pub config_bytes: Vec<u8>,
    /// The layers' names in the archive, as in the manifest.
    pub layer_files: Vec<String>,
}

/// An archive, or a directory that is laid out like one.
#[derive(Debug)]
pub struct Archive {
    files: ArchiveFiles,
}

/// An element of a docker-archive's `manifest.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DockerImage {
    config: String,
    #[serde(default)]
    repo_tags: Option<Vec<String>>,
    #[serde(default)]
    layers: Option<Vec<String>>,
}

/// Undoes whatever compression the stream has: one of those of layers, or bzip2 or xz, which docker takes for archives.
pub fn decompressed<'a>(mut reader: impl BufRead + Send + 'a) -> Result<Box<dyn BufRead + Send + 'a>> {
    let start = reader.fill_buf().context("reading the archive")?;
    if start.starts_with(BZIP2) {
        let decoder = MultiBzDecoder::new(reader);
        return Ok(Box::new(BufReader::with_capacity(256 << 10, decoder)));
    }
    if start.starts_with(XZ) {
        let decoder = XzReader::new_mem_limit(reader, true, XZ_MEMORY);
        return Ok(Box::new(BufReader::with_capacity(256 << 10, decoder)));
    }
    Ok(match Compression::detect(&start[..start.len().min(Compression::MAGIC)]) {
        Compression::Plain => Box::new(reader),
        Compression::Gzip => Box::new(BufReader::with_capacity(256 << 10, MultiGzDecoder::new(reader))),
        Compression::Zstd => {
            let decoder = zstd::Decoder::with_buffer(reader).context("reading the archive")?;
            Box::new(BufReader::with_capacity(256 << 10, decoder))
        }
    })
}

impl Archive {
    /// Reads an archive to its end.
    pub fn spool(reader: impl BufRead + Send, blobs: &Blobs) -> Result<Self> {
        Ok(Self { files: ArchiveFiles::spool(reader, blobs)? })
    }

    /// Takes note of what an archive has that is a file, from where it is read to; `None` if it is none, or compressed.
    pub fn index(file: &Arc<File>) -> Result<Option<Self>> {
        Ok(ArchiveFiles::index(file)?.map(|files| Self { files }))
    }

    /// An OCI directory.
    pub fn directory(path: PathBuf) -> Self {
        Self { files: ArchiveFiles::Directory(path) }
    }

    /// A file that lies where it can be read; `None` for one that [`Self::store`] stores.
    pub fn open(&self, name: &str) -> Result<Option<Box<dyn Read + Send>>> {
        self.files.open(name)
    }

    /// Puts a file that was read with the archive into the blob store, where it must have the digest `expected`.
    pub fn store(&mut self, name: &str, expected: &Digest, blobs: &Blobs) -> Result<()> {
        self.files.store(name, expected, blobs)
    }

    /// The images in the archive, those for `platform` where it has several.
    pub fn images(&self, platform: &Platform) -> Result<Vec<ArchivedImage>> {
        if let Some(text) = self.files.read("manifest.json", MAX_CONFIG)? {
            let list: Vec<DockerImage> = serde_json::from_slice(&text)
                .map_err(|e| Kind::Corrupt.error(format!("the archive's manifest.json is damaged: {e}")))?;
            return list.into_iter().map(|image| self.docker_image(image)).collect();
        }
        if let Some(text) = self.files.read("index.json", MAX_DOCUMENT)? {
            let Document::Index(index) = document::parse(&text, None).context("index.json")? else {
                return Kind::Corrupt.err("the archive's index.json is no index");
            };
            return self.oci_images(index, platform);
        }
        Kind::Corrupt.err(
            "this is no image archive: it has neither a manifest.json nor an index.json (for a root file system use `import`)",
        )
    }

    fn docker_image(&self, image: DockerImage) -> Result<ArchivedImage> {
        let config_bytes = self.files.need(&image.config, MAX_CONFIG)?;
        let layer_files = image.layers.unwrap_or_default();
        // One that is damaged is refused where it is used.
        let diff_ids = config::parse(&config_bytes).map(|config| config.diff_ids).unwrap_or_default();
        let layers =
            layer_files.iter().enumerate().map(|(i, name)| self.files.describe(name, diff_ids.get(i)));
        let layers = layers.collect::<Result<_>>()?;
        let manifest = Manifest::new(Descriptor::of(media::OCI_CONFIG, &config_bytes), layers);
        let names = image.repo_tags.unwrap_or_default();
        Ok(ArchivedImage {
            names: names.iter().map(|name| ImageReference::parse(name)).collect::<Result<_>>()?,
            manifest_bytes: serde_json::to_vec(&manifest).context("encoding the manifest")?,
            manifest,
            manifest_type: media::OCI_MANIFEST.to_string(),
            config_bytes,
            layer_files,
        })
    }

    fn oci_images(&self, index: Index, platform: &Platform) -> Result<Vec<ArchivedImage>> {
        let mut images: Vec<ArchivedImage> = Vec::new();
        for descriptor in index.manifests {
            let names: Vec<ImageReference> = name_of(&descriptor).into_iter().collect();
            let Some(image) = self.oci_image(descriptor, platform, 0)? else { continue };
            match images.iter_mut().find(|i| i.manifest_bytes == image.manifest_bytes) {
                // One entry for each name.
                Some(known) => known.names.extend(names),
                None => images.push(ArchivedImage { names, ..image }),
            }
        }
        if images.is_empty() {
            return Kind::NotFound
                .err(format!("requested platform ({platform}) not found: the archive has no image for it"));
        }
        Ok(images)
    }

    fn oci_image(
        &self,
        descriptor: Descriptor,
        platform: &Platform,
        depth: u32,
    ) -> Result<Option<ArchivedImage>> {
        if !media::is_manifest(&descriptor.media_type) && !media::is_index(&descriptor.media_type) {
            return Ok(None);
        }
        let bytes = self.checked(&descriptor.digest, MAX_DOCUMENT)?;
        let parsed = document::parse(&bytes, Some(&descriptor.media_type))
            .with_context(|| format!("manifest {}", descriptor.digest))?;
        let manifest = match parsed {
            Document::Manifest(manifest) => manifest,
            Document::Index(index) if depth < 2 => {
                let Some(chosen) = index.select(platform).cloned() else { return Ok(None) };
                return self.oci_image(chosen, platform, depth + 1);
            }
            Document::Index(_) => return Kind::Corrupt.err("indexes inside indexes inside indexes"),
        };
        let config_bytes = self.checked(&manifest.config.digest, MAX_CONFIG)?;
        if let Err(error) = config::parse(&config_bytes) {
            // Signatures and attestations stand beside images.
            log::debug!("{}: {error:#}", descriptor.digest);
            return Ok(None);
        }
        Ok(Some(ArchivedImage {
            names: Vec::new(),
            layer_files: manifest.layers.iter().map(|layer| blob_name(&layer.digest)).collect(),
            manifest,
            manifest_bytes: bytes,
            manifest_type: descriptor.media_type,
            config_bytes,
        }))
    }

    /// A document under its digest, checked against it.
    fn checked(&self, digest: &Digest, limit: u64) -> Result<Vec<u8>> {
        let bytes = self.files.need(&blob_name(digest), limit)?;
        let mut hasher = crate::state::digest::Hasher::new(digest.algorithm());
        hasher.update(&bytes);
        if hasher.finish() != *digest {
            return Kind::Corrupt.err(format!("the archive's blob {digest} has another content"));
        }
        Ok(bytes)
    }
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().name(), digest.hex())
}

/// What an entry of an index.json is to be called. A bare word is a tag without a repository: it names nothing.
fn name_of(descriptor: &Descriptor) -> Option<ImageReference> {
    let whole = descriptor.annotations.get("io.containerd.image.name").map(String::as_str);
    let short = descriptor.annotations.get(REF_NAME).map(String::as_str).filter(|n| n.contains([':', '/']));
    ImageReference::parse(whole.or(short)?).ok().filter(|name| name.tag().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_image_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(dir.path().join("blobs"));
        std::fs::create_dir_all(dir.path().join("blobs")).unwrap();
        assert!(
            Archive::spool(
                b"not a tar archive at all, although it is long enough".repeat(20).as_slice(),
                &blobs
            )
            .is_err()
        );
        let empty = Archive::spool([0u8; 1024].as_slice(), &blobs).unwrap();
        let error = empty.images(&Platform::host()).unwrap_err();
        assert!(error.to_string().contains("no image archive"), "{error:#}");
        let manifest = br#"[{"Config":"../../etc/passwd","Layers":["x"]}]"#;
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(manifest.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, "manifest.json", manifest.as_slice()).unwrap();
        let archive = Archive::spool(builder.into_inner().unwrap().as_slice(), &blobs).unwrap();
        let error = archive.images(&Platform::host()).unwrap_err();
        assert!(error.to_string().contains("has no file \"../../etc/passwd\""), "{error:#}");
    }
}
