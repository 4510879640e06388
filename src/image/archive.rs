//! Image archives: docker-archive (`docker save`), oci-archive and OCI directories.
//!
//! An archive that is a file is read where it lies: what is needed of it, when it is needed. One that comes as a stream, or compressed, is
//! read once: large files go straight into nameless blobs. Small ones are kept in memory until it is known what they are. Names inside an
//! archive are only keys: nothing is ever created under them.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bzip2::bufread::MultiBzDecoder;
use flate2::bufread::MultiGzDecoder;
use lzma_rust2::XzReader;
use serde::Deserialize;

use super::blob::{BlobWriter, Blobs};
use super::config;
use super::document::{self, Descriptor, Document, Index, MAX_CONFIG, MAX_DOCUMENT, Manifest};
use super::media::{self, Compression};
use super::platform::Platform;
use super::reference::ImageReference;
use super::store::REF_NAME;
use crate::error::{Context, Error, Kind, Result};
use crate::layers::entries::{Entries, Entry, EntryError, EntryKind};
use crate::state::Digest;
use crate::state::digest::Algorithm;

mod extent;

use extent::Extent;

/// Files up to this size stay in memory: documents mostly.
const SMALL: u64 = 64 << 10;
/// Limits on an archive: more is no image.
const MAX_FILES: usize = 20_000;
const MAX_LARGE: usize = 800;
const TOO_MANY: &str = "the archive has too many files for an image";

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

/// The files of an archive.
#[derive(Debug)]
pub enum Archive {
    Files(Files),
    Directory(PathBuf),
}

/// The files of an archive by their names, and the links among them.
#[derive(Debug)]
pub struct Files {
    files: HashMap<String, Content>,
    links: HashMap<String, String>,
}

/// A file of an archive.
#[derive(Debug)]
enum Content {
    Small(Vec<u8>),
    Large(Box<BlobWriter>),
    /// It is in the blob store by now.
    Stored(Digest, u64),
    Within(Extent),
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
        let mut entries = Entries::new(decompressed(reader)?);
        let mut large = 0;
        Self::collect(&mut entries, |entries, entry| {
            let content = spool_file(entries, entry, blobs)?;
            large += usize::from(matches!(content, Content::Large(_)));
            if large > MAX_LARGE {
                return Kind::Corrupt.err(TOO_MANY);
            }
            Ok(content)
        })
    }

    /// Takes note of what an archive has that is a file, from where it is read to; `None` if it is none, or compressed.
    pub fn index(file: &Arc<File>) -> Result<Option<Self>> {
        let Some(mut reader) = extent::plain(file)? else { return Ok(None) };
        let mut entries = Entries::new(&mut reader);
        let found = Self::collect(&mut entries, |entries, entry| {
            if entry.stored <= SMALL {
                return small(entries, entry);
            }
            let offset = entries.pass().map_err(read_error)?;
            Extent::new(file, offset, entry.stored).map(Content::Within)
        });
        found.map(Some)
    }

    fn collect<R: BufRead>(
        entries: &mut Entries<R>,
        mut content: impl FnMut(&mut Entries<R>, &Entry) -> Result<Content>,
    ) -> Result<Self> {
        let (mut files, mut links) = (HashMap::new(), HashMap::new());
        while let Some(entry) = entries.next_entry().map_err(read_error)? {
            let name = key(&entry.name.to_string_lossy());
            if files.len() + links.len() >= MAX_FILES {
                return Kind::Corrupt.err(TOO_MANY);
            }
            match entry.kind {
                EntryKind::Regular if entry.sparse.is_some() => {
                    return Kind::Unsupported.err("image archives with sparse files are not supported");
                }
                EntryKind::Regular => {
                    files.insert(name, content(entries, &entry)?);
                }
                // docker-archives of old share layers by links.
                EntryKind::Symlink => {
                    let parent = name.rsplit_once('/').map_or("", |(parent, _)| parent);
                    let target = key(&format!("{parent}/{}", entry.link.to_string_lossy()));
                    links.insert(name, target);
                }
                EntryKind::HardLink => {
                    links.insert(name, key(&entry.link.to_string_lossy()));
                }
                _ => {}
            }
        }
        Ok(Self::Files(Files { files, links }))
    }

    /// The images in the archive, those for `platform` where it has several.
    pub fn images(&mut self, platform: &Platform) -> Result<Vec<ArchivedImage>> {
        if let Some(text) = self.read("manifest.json", MAX_CONFIG)? {
            let list: Vec<DockerImage> = serde_json::from_slice(&text)
                .map_err(|e| Kind::Corrupt.error(format!("the archive's manifest.json is damaged: {e}")))?;
            return list.into_iter().map(|image| self.docker_image(image)).collect();
        }
        if let Some(text) = self.read("index.json", MAX_DOCUMENT)? {
            let Document::Index(index) = document::parse(&text, None).context("index.json")? else {
                return Kind::Corrupt.err("the archive's index.json is no index");
            };
            return self.oci_images(index, platform);
        }
        Kind::Corrupt.err(
            "this is no image archive: it has neither a manifest.json nor an index.json (for a root file system use `import`)",
        )
    }

    /// Blob descriptor of a layer's file as it is. Where it lies in the archive and isn't compressed it will be what its diff ID says, or be
    /// refused when it is read.
    fn describe(&self, name: &str, diff_id: Option<&Digest>) -> Result<Descriptor> {
        match self.file(name)? {
            Content::Small(bytes) => {
                let media_type = Compression::detect(bytes).layer_type();
                Ok(Descriptor::of(media_type, bytes))
            }
            Content::Large(writer) => {
                let start = writer.start(Compression::MAGIC).context("reading the archive")?;
                Ok(Descriptor::new(Compression::detect(&start).layer_type(), writer.digest(), writer.size()))
            }
            Content::Stored(digest, size) => Ok(Descriptor::new(media::OCI_LAYER, digest.clone(), *size)),
            Content::Within(extent) => {
                let start = extent.start(Compression::MAGIC).context("reading the archive")?;
                let compression = Compression::detect(&start);
                let digest = match diff_id {
                    Some(diff_id) if compression == Compression::Plain => diff_id.clone(),
                    _ => extent.digest().context("reading the archive")?,
                };
                Ok(Descriptor::new(compression.layer_type(), digest, extent.size()))
            }
        }
    }

    /// A file that lies where it can be read; `None` for one that [`Self::store`] stores.
    pub fn open(&self, name: &str) -> Result<Option<Box<dyn Read + Send>>> {
        if let Self::Directory(dir) = self {
            return Ok(Some(Box::new(open_in(dir, name)?)));
        }
        match self.file(name)? {
            Content::Within(extent) => Ok(Some(Box::new(extent.reader()))),
            _ => Ok(None),
        }
    }

    /// Puts a file that was read with the archive into the blob store, where it must have the digest `expected`.
    pub fn store(&mut self, name: &str, expected: &Digest, blobs: &Blobs) -> Result<()> {
        let (resolved, Self::Files(Files { files, .. })) = (self.resolve(name), self) else { return Ok(()) };
        let Some(content) = files.remove(&resolved) else { return missing(name) };
        let stored = match content {
            Content::Small(bytes) => {
                let mut writer = blobs.create(expected.algorithm())?;
                writer.write_all(&bytes).context("writing to the image store")?;
                writer.finish(Some(expected)).map(|(digest, size)| Content::Stored(digest, size))?
            }
            Content::Large(writer) => {
                writer.finish(Some(expected)).map(|(digest, size)| Content::Stored(digest, size))?
            }
            Content::Stored(digest, _) if digest != *expected => return missing(name),
            there @ (Content::Stored(..) | Content::Within(_)) => there,
        };
        files.insert(resolved, stored);
        Ok(())
    }

    fn docker_image(&mut self, image: DockerImage) -> Result<ArchivedImage> {
        let config_bytes = self.need(&image.config, MAX_CONFIG)?;
        let layer_files = image.layers.unwrap_or_default();
        // One that is damaged is refused where it is used.
        let diff_ids = config::parse(&config_bytes).map(|config| config.diff_ids).unwrap_or_default();
        let layers = layer_files.iter().enumerate().map(|(i, name)| self.describe(name, diff_ids.get(i)));
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

    fn oci_images(&mut self, index: Index, platform: &Platform) -> Result<Vec<ArchivedImage>> {
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
            return Kind::NotFound.err(format!("the archive has no image for {platform}"));
        }
        Ok(images)
    }

    fn oci_image(
        &mut self,
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
    fn checked(&mut self, digest: &Digest, limit: u64) -> Result<Vec<u8>> {
        let bytes = self.need(&blob_name(digest), limit)?;
        let mut hasher = crate::state::digest::Hasher::new(digest.algorithm());
        hasher.update(&bytes);
        if hasher.finish() != *digest {
            return Kind::Corrupt.err(format!("the archive's blob {digest} has another content"));
        }
        Ok(bytes)
    }

    fn need(&mut self, name: &str, limit: u64) -> Result<Vec<u8>> {
        match self.read(name, limit)? {
            Some(bytes) => Ok(bytes),
            None => missing(name),
        }
    }

    fn read(&mut self, name: &str, limit: u64) -> Result<Option<Vec<u8>>> {
        if let Self::Directory(dir) = self {
            let mut bytes = Vec::new();
            let file = match open_in(dir, name) {
                Ok(file) => file,
                Err(e) if crate::error::is(&e, Kind::NotFound) => return Ok(None),
                Err(e) => return Err(e),
            };
            file.take(limit + 1).read_to_end(&mut bytes).with_context(|| format!("reading {name}"))?;
            return too_large(name, bytes, limit).map(Some);
        }
        match self.file(name) {
            Ok(Content::Small(bytes)) => Ok(Some(bytes.clone())),
            Ok(Content::Large(writer)) => {
                let bytes = writer.start(limit as usize + 1).with_context(|| format!("reading {name}"))?;
                too_large(name, bytes, limit).map(Some)
            }
            Ok(Content::Within(extent)) => {
                let bytes = extent.start(limit as usize + 1).with_context(|| format!("reading {name}"))?;
                too_large(name, bytes, limit).map(Some)
            }
            Ok(Content::Stored(..)) | Err(_) => Ok(None),
        }
    }

    fn file(&self, name: &str) -> Result<&Content> {
        match self {
            Self::Files(Files { files, .. }) => match files.get(&self.resolve(name)) {
                Some(content) => Ok(content),
                None => missing(name),
            },
            Self::Directory(_) => missing(name),
        }
    }

    fn resolve(&self, name: &str) -> String {
        let mut name = key(name);
        if let Self::Files(Files { links, .. }) = self {
            // A chain of links that is longer goes in circles.
            for _ in 0..8 {
                match links.get(&name) {
                    Some(target) => name.clone_from(target),
                    None => break,
                }
            }
        }
        name
    }
}

fn spool_file<R: BufRead>(entries: &mut Entries<R>, entry: &Entry, blobs: &Blobs) -> Result<Content> {
    if entry.stored <= SMALL {
        return small(entries, entry);
    }
    let mut writer = blobs.create(Algorithm::Sha256)?;
    let copied = entries.copy(entry.stored, |piece| writer.write_all(piece)).map_err(read_error)?;
    copied.context("writing to the image store")?;
    Ok(Content::Large(Box::new(writer)))
}

fn small<R: BufRead>(entries: &mut Entries<R>, entry: &Entry) -> Result<Content> {
    let mut bytes = Vec::with_capacity(entry.stored as usize);
    let copied = entries.copy(entry.stored, |piece| bytes.write_all(piece)).map_err(read_error)?;
    copied.context("reading the archive")?;
    Ok(Content::Small(bytes))
}

fn read_error(error: EntryError) -> Error {
    match error {
        EntryError::Malformed(_) => Kind::Corrupt.error(error).context("the image archive"),
        EntryError::Io(error) => Error::new(error).context("reading the archive"),
    }
}

fn too_large(name: &str, bytes: Vec<u8>, limit: u64) -> Result<Vec<u8>> {
    if bytes.len() as u64 > limit {
        return Kind::Corrupt.err(format!("the archive's {name} is larger than it may be"));
    }
    Ok(bytes)
}

fn missing<T>(name: &str) -> Result<T> {
    Kind::NotFound.err(format!("the archive has no file {name:?}, to which it refers"))
}

/// Opens a file of an OCI directory; nothing outside, even through links.
fn open_in(dir: &Path, name: &str) -> Result<std::fs::File> {
    use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
    let root = std::fs::File::open(dir).with_context(|| format!("opening {}", dir.display()))?;
    let how = OpenHow::new()
        .flags(OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)
        .resolve(ResolveFlag::RESOLVE_BENEATH | ResolveFlag::RESOLVE_NO_MAGICLINKS);
    match openat2(&root, name, how) {
        Ok(fd) => Ok(fd.into()),
        Err(nix::errno::Errno::ENOENT | nix::errno::Errno::ENOTDIR) => missing(name),
        Err(e) => Err(e).with_context(|| format!("opening {name} in {}", dir.display())),
    }
}

fn blob_name(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().name(), digest.hex())
}

/// The name without `.`, `..` and repeated slashes.
fn key(name: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
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
    fn names_in_archives_are_keys() {
        assert_eq!(key("./a//b/../c"), "a/c");
        assert_eq!(key("/../../etc/passwd"), "etc/passwd");
    }

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
        let mut empty = Archive::spool([0u8; 1024].as_slice(), &blobs).unwrap();
        let error = empty.images(&Platform::host()).unwrap_err();
        assert!(error.to_string().contains("no image archive"), "{error:#}");
        let manifest = br#"[{"Config":"../../etc/passwd","Layers":["x"]}]"#;
        let mut builder = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(manifest.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, "manifest.json", manifest.as_slice()).unwrap();
        let mut archive = Archive::spool(builder.into_inner().unwrap().as_slice(), &blobs).unwrap();
        let error = archive.images(&Platform::host()).unwrap_err();
        assert!(error.to_string().contains("has no file \"../../etc/passwd\""), "{error:#}");
    }
}
