//! The image store: ROOT/images, an OCI image layout (image specification, image-layout.md) that other tools can read.
//!
//! `index.json` lists the images: one descriptor for each name, and one without a name for an image that has none. It changes under the
//! lock on `.lock`, by rename. Readers take no lock. What must not be collected before it is listed there is named in a lease.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::blob::Blobs;
use super::config::{self, ImageConfig};
use super::document::{self, Descriptor, Index, MAX_CONFIG, MAX_DOCUMENT, Manifest};
use super::media;
use super::reference::ImageReference;
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::state::{Digest, Lock, Roots, id};

/// The annotation by which skopeo and others find an image in a layout.
pub const REF_NAME: &str = "org.opencontainers.image.ref.name";
/// The same for containerd.
const CONTAINERD_NAME: &str = "io.containerd.image.name";
/// Digest of the configuration: the image ID.
const IMAGE_ID: &str = "io.dhow.image.id";
/// `NAME@DIGEST` of each registry that gave the image, separated by blanks. The digest may be that of an index.
const REPO_DIGESTS: &str = "io.dhow.image.repo-digests";
/// When the name was given, RFC 3339.
const TAGGED: &str = "io.dhow.image.tagged";

/// An image under one name, or under none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record(pub Descriptor);

impl Record {
    fn annotation(&self, key: &str) -> Option<&str> {
        self.0.annotations.get(key).map(String::as_str)
    }

    /// The whole normalised name, `docker.io/library/busybox:latest`.
    pub fn name(&self) -> Option<&str> {
        self.annotation(REF_NAME)
    }

    /// The name as a reference, if it is one. (Other tools may write other names.)
    pub fn reference(&self) -> Option<ImageReference> {
        ImageReference::parse(self.name()?).ok()
    }

    pub fn manifest(&self) -> &Digest {
        &self.0.digest
    }

    /// The image ID; `None` if another tool has made the entry.
    pub fn id(&self) -> Option<Digest> {
        self.annotation(IMAGE_ID)?.parse().ok()
    }

    /// `NAME@DIGEST` as registries know the image.
    pub fn repo_digests(&self) -> impl Iterator<Item = &str> {
        self.annotation(REPO_DIGESTS).unwrap_or_default().split_ascii_whitespace()
    }

    /// When the name was given.
    pub fn tagged(&self) -> Option<&str> {
        self.annotation(TAGGED)
    }

    /// Gives or takes the name.
    pub fn set_name(&mut self, name: Option<&ImageReference>) {
        let annotations = &mut self.0.annotations;
        match name {
            Some(name) => {
                annotations.insert(REF_NAME.into(), name.to_string());
                annotations.insert(CONTAINERD_NAME.into(), name.to_string());
                annotations.insert(TAGGED.into(), jiff::Timestamp::now().to_string());
            }
            None => {
                for key in [REF_NAME, CONTAINERD_NAME, TAGGED] {
                    annotations.remove(key);
                }
            }
        }
    }

    fn add_repo_digest(&mut self, repo_digest: &str) {
        let mut all: Vec<&str> = self.repo_digests().collect();
        if !all.contains(&repo_digest) {
            all.push(repo_digest);
        }
        let all = all.join(" ");
        self.0.annotations.insert(REPO_DIGESTS.into(), all);
    }
}

/// A new image, complete in the store but not yet listed.
#[derive(Debug)]
pub struct NewImage<'a> {
    pub manifest: Descriptor,
    pub id: Digest,
    /// With tags; without a name the image is listed as nameless.
    pub names: &'a [ImageReference],
    /// `NAME@DIGEST` if a registry gave it.
    pub repo_digest: Option<String>,
}

/// An image with its documents.
#[derive(Debug, Clone)]
pub struct Image {
    pub record: Record,
    pub id: Digest,
    pub manifest: Manifest,
    pub config: ImageConfig,
}

/// The images of one root.
#[derive(Debug, Clone)]
pub struct ImageStore {
    dir: PathBuf,
    pub blobs: Blobs,
}

impl ImageStore {
    pub fn new(roots: &Roots) -> Self {
        Self::at(roots.images())
    }

    /// The image layout in a directory.
    pub fn at(dir: PathBuf) -> Self {
        Self { blobs: Blobs::new(dir.join("blobs")), dir }
    }

    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// All images, in the order in which they came.
    pub fn records(&self) -> Result<Vec<Record>> {
        let index: Option<Index> = file::read_json_opt(&self.dir.join("index.json"))?;
        let manifests = index.map(|index| index.manifests).unwrap_or_default();
        // What other tools may have put beside the images is none of ours.
        Ok(manifests.into_iter().filter(|d| media::is_manifest(&d.media_type)).map(Record).collect())
    }

    /// Changes the list of images: the closure gets it, and what it leaves is written if it differs.
    pub fn update<T>(&self, change: impl FnOnce(&mut Vec<Record>) -> Result<T>) -> Result<T> {
        self.make_layout()?;
        let _lock = Lock::exclusive(&self.dir.join(".lock"))?;
        let before = self.records()?;
        let mut records = before.clone();
        let answer = change(&mut records)?;
        if records != before {
            let index = Index {
                schema_version: 2,
                media_type: Some(media::OCI_INDEX.to_string()),
                manifests: records.into_iter().map(|record| record.0).collect(),
                annotations: None,
            };
            let text = serde_json::to_vec(&index).context("encoding index.json")?;
            file::write_mode(&self.dir.join("index.json"), &text, 0o644, Durability::Durable)?;
        }
        Ok(answer)
    }

    fn make_layout(&self) -> Result<()> {
        let layout = self.dir.join("oci-layout");
        if !layout.exists() {
            file::make_dirs(&self.dir, 0o755)?;
            let text = json!({"imageLayoutVersion": "1.0.0"}).to_string();
            file::write_mode(&layout, text.as_bytes(), 0o644, Durability::Durable)?;
        }
        Ok(())
    }

    /// Lists a new image. A name that another image had is taken from it; that image stays, nameless if it had no other.
    ///
    /// All that it consists of is on the disk before the list names it: the file system is flushed, once for documents, blobs and names.
    pub fn add(&self, new: NewImage<'_>) -> Result<()> {
        self.make_layout()?;
        file::sync_file_system(&self.dir)?;
        self.update(|records| {
            let mut record =
                Record(Descriptor { annotations: std::collections::BTreeMap::default(), ..new.manifest });
            // What is known of the same image under other names holds for this one, too.
            let manifest = record.manifest().clone();
            for known in records.iter().filter(|r| *r.manifest() == manifest) {
                known.repo_digests().for_each(|d| record.add_repo_digest(d));
            }
            record.0.annotations.insert(IMAGE_ID.into(), new.id.to_string());
            if let Some(repo_digest) = &new.repo_digest {
                record.add_repo_digest(repo_digest);
            }
            if new.names.is_empty() {
                name_record(records, record.clone(), None);
            }
            for name in new.names {
                name_record(records, record.clone(), Some(name));
            }
            Ok(())
        })
    }

    /// Gives a listed image one more name.
    pub fn tag(&self, record: &Record, name: &ImageReference) -> Result<Record> {
        self.update(|records| {
            // Removed since it was looked up: what it consists of may be gone, and must not be listed again.
            if !records.iter().any(|r| r.manifest() == record.manifest()) {
                let shown = record.reference().map(|name| name.familiar());
                let shown = shown.unwrap_or_else(|| record.manifest().to_string());
                return Kind::NotFound.err(format!("No such image: {shown}"));
            }
            Ok(name_record(records, record.clone(), Some(name)))
        })
    }

    /// Reads the documents of an image.
    pub fn image(&self, record: &Record) -> Result<Image> {
        let (id, manifest, config) = self.documents(record.manifest())?;
        Ok(Image { record: record.clone(), id, manifest, config })
    }

    /// The documents behind a manifest's digest: image ID, manifest, configuration.
    pub fn documents(&self, manifest: &Digest) -> Result<(Digest, Manifest, ImageConfig)> {
        let text = self.blobs.read(manifest, MAX_DOCUMENT)?;
        let manifest = document::parse_manifest(&text).with_context(|| format!("manifest {manifest}"))?;
        let id = manifest.config.digest.clone();
        let text = self.blobs.read(&id, MAX_CONFIG)?;
        let config = config::parse(&text).with_context(|| format!("image {id}"))?;
        Ok((id, manifest, config))
    }

    /// The image ID of a record, from its manifest if the record doesn't say.
    pub fn id_of(&self, record: &Record) -> Result<Digest> {
        match record.id() {
            Some(id) => Ok(id),
            None => Ok(document::parse_manifest(&self.blobs.read(record.manifest(), MAX_DOCUMENT)?)?
                .config
                .digest),
        }
    }

    /// Keeps everything from being collected while the answer is held. For the moment between looking an image up and recording its use;
    /// what takes long takes a [`Lease`].
    pub fn hold(&self) -> Result<Lock> {
        let path = self.collect_lock();
        if let Ok(lock) = Lock::shared(&path) {
            return Ok(lock);
        }
        // The store's first use.
        self.make_layout()?;
        Lock::shared(&path)
    }

    pub(super) fn collect_lock(&self) -> PathBuf {
        self.dir.join(".collect")
    }

    pub(super) fn leases(&self) -> PathBuf {
        self.dir.join("leases")
    }

    /// Keeps these blobs and layers, present or to come, from being collected until the answer is dropped or this process dies.
    pub fn lease(&self, digests: &[Digest]) -> Result<Lease> {
        file::make_dirs(&self.leases(), 0o755)?;
        // A collector, which holds this lock exclusively, sees the lease with its content or not at all.
        let _hold = self.hold()?;
        let path = self.leases().join(id::random_hex(8)?);
        let lock = Lock::exclusive(&path)?;
        let lease = Lease { path, _lock: lock };
        let text = serde_json::to_vec(digests)?;
        std::fs::OpenOptions::new()
            .write(true)
            .open(&lease.path)
            .and_then(|mut f| std::io::Write::write_all(&mut f, &text))
            .with_context(|| format!("writing {}", lease.path.display()))?;
        Ok(lease)
    }
}

/// Puts `record` into the list under `name`, taking the name from whoever has it, and keeps the list tidy: an image is nameless only as
/// long as it has no name.
fn name_record(records: &mut Vec<Record>, mut record: Record, name: Option<&ImageReference>) -> Record {
    record.set_name(name);
    if let Some(name) = name.map(ToString::to_string) {
        take_name(records, &name);
    }
    records.retain(|r| r.name().is_some() || r.manifest() != record.manifest());
    let has_name = records.iter().any(|r| r.manifest() == record.manifest());
    if record.name().is_some() || !has_name {
        records.push(record.clone());
    }
    record
}

/// Takes a name from the image that has it; an image without another name stays as a nameless one. Answers whether the name was there,
/// and with which image.
pub fn take_name(records: &mut Vec<Record>, name: &str) -> Option<Record> {
    let position = records.iter().position(|r| r.name() == Some(name))?;
    let found = records[position].clone();
    if records.iter().filter(|r| r.manifest() == found.manifest()).count() > 1 {
        records.remove(position);
    } else {
        records[position].set_name(None);
    }
    Some(found)
}

/// See [`ImageStore::lease`].
#[derive(Debug)]
pub struct Lease {
    path: PathBuf,
    _lock: Lock,
}

impl Drop for Lease {
    fn drop(&mut self) {
        let _ = file::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> ImageReference {
        ImageReference::parse(text).unwrap()
    }

    fn add(store: &ImageStore, content: &str, name: Option<&ImageReference>) {
        let manifest = Descriptor::of(media::OCI_MANIFEST, content.as_bytes());
        let id = Digest::of(format!("id of {content}").as_bytes());
        let names = name.map_or(&[][..], std::slice::from_ref);
        store.add(NewImage { manifest, id, names, repo_digest: None }).unwrap();
    }

    fn names(store: &ImageStore) -> Vec<Option<String>> {
        store.records().unwrap().iter().map(|r| r.name().map(str::to_string)).collect()
    }

    #[test]
    fn an_image_that_was_removed_meanwhile_gets_no_name() {
        let dir = tempfile::tempdir().unwrap();
        let store = ImageStore::at(dir.path().join("images"));
        add(&store, "image", Some(&name("busybox")));
        let record = store.records().unwrap().remove(0);
        store.tag(&record, &name("other")).unwrap();
        let clear = |records: &mut Vec<Record>| {
            records.clear();
            Ok(())
        };
        store.update(clear).unwrap();
        let error = store.tag(&record, &name("late")).unwrap_err();
        assert_eq!(error.to_string(), "No such image: busybox:latest");
        assert!(store.records().unwrap().is_empty());
    }

    #[test]
    fn a_name_moves_and_its_former_image_becomes_nameless() {
        let dir = tempfile::tempdir().unwrap();
        let store = ImageStore::at(dir.path().join("images"));
        assert!(store.records().unwrap().is_empty());
        add(&store, "old", Some(&name("busybox")));
        add(&store, "new", Some(&name("busybox")));
        let full = "docker.io/library/busybox:latest".to_string();
        assert_eq!(names(&store), [None, Some(full.clone())]);
        add(&store, "old", Some(&name("old")));
        assert_eq!(names(&store), [Some(full.clone()), Some("docker.io/library/old:latest".into())]);
        let record = store.records().unwrap()[0].clone();
        store.tag(&record, &name("other:1")).unwrap();
        store.tag(&record, &name("other:1")).unwrap();
        store.update(|records| Ok(take_name(records, &full))).unwrap().unwrap();
        add(&store, "new", None);
        assert_eq!(names(&store).len(), 2, "{:?}", names(&store));
        assert_eq!(names(&store)[1].as_deref(), Some("docker.io/library/other:1"));
    }

    #[test]
    fn concurrent_changes_are_all_kept() {
        let dir = tempfile::tempdir().unwrap();
        let store = ImageStore::at(dir.path().join("images"));
        std::thread::scope(|scope| {
            for i in 0..8 {
                let store = &store;
                scope.spawn(move || add(store, &i.to_string(), Some(&name(&format!("image:{i}")))));
            }
        });
        assert_eq!(names(&store).len(), 8);
        let left: Vec<_> = std::fs::read_dir(store.dir()).unwrap().flatten().map(|e| e.file_name()).collect();
        assert_eq!(left.len(), 3, "oci-layout, index.json, .lock: {left:?}");
    }

    #[test]
    fn registries_digests_are_remembered_once() {
        let mut record = Record(Descriptor::of(media::OCI_MANIFEST, b"x"));
        record.add_repo_digest("a@sha256:1");
        record.add_repo_digest("b@sha256:1");
        record.add_repo_digest("a@sha256:1");
        assert_eq!(record.repo_digests().collect::<Vec<_>>(), ["a@sha256:1", "b@sha256:1"]);
    }
}
