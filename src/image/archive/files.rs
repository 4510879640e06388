//! The files of an archive, wherever they are: a map from names to contents. Names are only keys.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::decompressed;
use super::extent::{self, Extent};
use crate::error::{Context, Error, Kind, Result};
use crate::image::blob::{BlobWriter, Blobs};
use crate::image::document::Descriptor;
use crate::image::media::Compression;
use crate::layers::entries::{Entries, Entry, EntryError, EntryKind};
use crate::state::Digest;
use crate::state::digest::Algorithm;

/// Files up to this size stay in memory: documents mostly.
const SMALL: u64 = 64 << 10;
/// Limits on an archive: more is no image.
const MAX_FILES: usize = 20_000;
const MAX_LARGE: usize = 800;
const TOO_MANY: &str = "the archive has too many files for an image";

/// The files of an archive by their names.
#[derive(Debug)]
pub(super) enum ArchiveFiles {
    /// With the links among them.
    Read {
        files: HashMap<String, Content>,
        links: HashMap<String, String>,
    },
    Directory(PathBuf),
}

/// A file of an archive.
#[derive(Debug)]
pub(super) enum Content {
    Small(Vec<u8>),
    Large(Box<BlobWriter>),
    /// It is in the blob store by now, under this digest.
    Stored(Box<Descriptor>),
    Within(Extent),
}

impl Content {
    /// What it is as the blob of a layer. Where it lies in the archive and isn't compressed it will be what its diff ID says, or be refused
    /// when it is read.
    fn describe(&self, diff_id: Option<&Digest>) -> Result<Descriptor> {
        let reading = "reading the archive";
        match self {
            Self::Small(bytes) => Ok(Descriptor::of(Compression::detect(bytes).layer_type(), bytes)),
            Self::Large(writer) => {
                let start = writer.start(Compression::MAGIC).context(reading)?;
                Ok(Descriptor::new(Compression::detect(&start).layer_type(), writer.digest(), writer.size()))
            }
            Self::Stored(descriptor) => Ok(descriptor.as_ref().clone()),
            Self::Within(extent) => {
                let compression = Compression::detect(&extent.start(Compression::MAGIC).context(reading)?);
                let digest = match diff_id {
                    Some(diff_id) if compression == Compression::Plain => diff_id.clone(),
                    _ => extent.digest().context(reading)?,
                };
                Ok(Descriptor::new(compression.layer_type(), digest, extent.size()))
            }
        }
    }
}

impl ArchiveFiles {
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
        Ok(Self::Read { files, links })
    }

    /// Blob descriptor of a layer's file as it is.
    pub fn describe(&self, name: &str, diff_id: Option<&Digest>) -> Result<Descriptor> {
        self.file(name)?.describe(diff_id)
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
        let (resolved, Self::Read { files, .. }) = (self.resolve(name), self) else { return Ok(()) };
        let Some(content) = files.remove(&resolved) else { return missing(name) };
        let described = |content: &Content| {
            let as_layer = content.describe(None)?;
            Ok::<_, Error>(Descriptor::new(&as_layer.media_type, expected.clone(), as_layer.size))
        };
        let stored = match content {
            Content::Small(ref bytes) => {
                let mut writer = blobs.create(expected.algorithm())?;
                writer.write_all(bytes).context("writing to the image store")?;
                writer.finish(Some(expected))?;
                Content::Stored(Box::new(described(&content)?))
            }
            Content::Large(_) => {
                let descriptor = Box::new(described(&content)?);
                let Content::Large(writer) = content else { return missing(name) };
                writer.finish(Some(expected))?;
                Content::Stored(descriptor)
            }
            Content::Stored(there) if there.digest != *expected => return missing(name),
            there @ (Content::Stored(_) | Content::Within(_)) => there,
        };
        files.insert(resolved, stored);
        Ok(())
    }

    /// A file that has to be there and is no larger than `limit`.
    pub fn need(&self, name: &str, limit: u64) -> Result<Vec<u8>> {
        match self.read(name, limit)? {
            Some(bytes) => Ok(bytes),
            None => missing(name),
        }
    }

    /// `None` if there is none of this name.
    pub fn read(&self, name: &str, limit: u64) -> Result<Option<Vec<u8>>> {
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
            Ok(Content::Stored(_)) | Err(_) => Ok(None),
        }
    }

    fn file(&self, name: &str) -> Result<&Content> {
        match self {
            Self::Read { files, .. } => match files.get(&self.resolve(name)) {
                Some(content) => Ok(content),
                None => missing(name),
            },
            Self::Directory(_) => missing(name),
        }
    }

    fn resolve(&self, name: &str) -> String {
        let mut name = key(name);
        if let Self::Read { links, .. } = self {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_archives_are_keys() {
        assert_eq!(key("./a//b/../c"), "a/c");
        assert_eq!(key("/../../etc/passwd"), "etc/passwd");
    }

    #[test]
    fn what_is_stored_is_still_known_for_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(dir.path().join("blobs")).unwrap();
        let blobs = Blobs::new(dir.path().join("blobs"));
        let compressed = |length: usize| [&[0x1f, 0x8b, 8, 0][..], &vec![7; length]].concat();
        let mut tar = tar::Builder::new(Vec::new());
        for (name, length) in [("small", 600), ("large", 100 << 10)] {
            let bytes = compressed(length);
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, bytes.as_slice()).unwrap();
        }
        let mut files = ArchiveFiles::spool(tar.into_inner().unwrap().as_slice(), &blobs).unwrap();
        for name in ["small", "large"] {
            let before = files.describe(name, None).unwrap();
            assert_eq!(before.media_type, Compression::Gzip.layer_type());
            files.store(name, &before.digest, &blobs).unwrap();
            assert_eq!(files.describe(name, None).unwrap(), before, "{name}");
            assert!(blobs.contains(&before));
        }
    }
}
