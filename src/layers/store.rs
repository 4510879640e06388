//! The unpacked layers: ROOT/layers/HEX/{fs/,meta.json}, HEX being the digits of the diff ID.
//!
//! A layer is made as `.tmp-HEX` by whoever holds the lock on `.lock-HEX`, and renamed into place when it is whole. So a `.tmp-HEX` whose
//! lock is free was left by a process that died, and nobody unpacks the same layer twice at once. Layers never change afterwards.
//!
//! The file system is flushed once before that rename: a layer under its name is whole on the disk, too, whoever has made it and whatever
//! became of him, so that a later pull may count on it. (A flush of each file would take a hundred times as long.) Its name is flushed
//! before an image or a container that needs it is recorded, see [`LayerStore::flush_names`]. A layer that is given up has lost its name
//! on the disk before the first of its files goes.

mod staged;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use staged::LayerLock;
pub use staged::{Retired, Staged};

use super::owners::OwnerMap;
use super::unpack::Summary;
use crate::error::{Context, Result};
use crate::state::file::{self, TEMPORARY};
use crate::state::{Digest, Lock, Roots, id};

const LOCK: &str = ".lock-";

/// Removes a tree. An ordinary user's layers hold files of other ids, which only a process in the user namespace can remove; the caller
/// knows how to start one.
pub type Remover<'a> = &'a (dyn Fn(&Path) -> Result<()> + Sync);

/// The layers of one root.
#[derive(Debug, Clone)]
pub struct LayerStore {
    dir: PathBuf,
    /// What becomes of the owners in all its layers.
    owners: Option<OwnerMap>,
}

/// What is known about a layer without walking it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct LayerMeta {
    pub diff_id: Digest,
    #[serde(flatten)]
    pub summary: Summary,
}

/// Whether a layer has to be unpacked.
#[derive(Debug)]
pub enum Claim {
    /// It is there.
    Present,
    /// It is to be unpacked by the caller, and by nobody else.
    Mine(Staged),
}

impl LayerStore {
    pub fn new(roots: &Roots) -> Self {
        Self { dir: roots.layers(), owners: None }
    }

    /// The layers with other owners: ROOT/layers-shifted/KEY/…, the key telling the map.
    pub fn shifted(roots: &Roots, owners: OwnerMap) -> Self {
        let text = serde_json::to_vec(&owners).expect("plain numbers");
        let key = Digest::of(&text);
        Self { dir: roots.shifted_layers().join(&key.hex()[..16]), owners: Some(owners) }
    }

    /// Those of them that are there, whatever their owners. They can be looked at and removed.
    pub fn all_shifted(roots: &Roots) -> Result<Vec<Self>> {
        let dir = roots.shifted_layers();
        let entries = match std::fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| format!("listing {}", dir.display())),
        };
        let paths = entries.map(|e| e.map(|e| Self { dir: e.path(), owners: None }));
        paths.collect::<std::io::Result<_>>().with_context(|| format!("listing {}", dir.display()))
    }

    /// Its directory, as a name for it.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The root of the layer's file tree, for the `lowerdir` of an overlay mount.
    pub fn fs_dir(&self, diff_id: &Digest) -> PathBuf {
        self.layer_dir(diff_id).join("fs")
    }

    /// Whether the layer is unpacked.
    pub fn contains(&self, diff_id: &Digest) -> bool {
        self.layer_dir(diff_id).is_dir()
    }

    /// What was noted when the layer was unpacked; `None` if there is no such layer.
    pub fn meta(&self, diff_id: &Digest) -> Result<Option<LayerMeta>> {
        file::read_json_opt(&self.layer_dir(diff_id).join("meta.json"))
    }

    /// Claims a layer for unpacking. If another process is at it, `waiting` is called and its end is awaited.
    pub fn claim(&self, diff_id: &Digest, remover: Remover<'_>, waiting: impl FnOnce()) -> Result<Claim> {
        if self.contains(diff_id) {
            return Ok(Claim::Present);
        }
        // 0700: a host user must not run the setuid programs of an image.
        file::make_dirs(&self.dir, 0o700)?;
        let lock = if let Some(lock) = self.try_lock(diff_id)? {
            lock
        } else {
            waiting();
            self.lock(diff_id)?
        };
        if self.contains(diff_id) {
            return Ok(Claim::Present);
        }
        self.stage(diff_id, lock, remover).map(Claim::Mine)
    }

    /// Claims a layer that is there for unpacking beside it; `None` if it isn't. What is made is either discarded, or put in its place by
    /// [`Staged::replace`].
    pub fn claim_again(&self, diff_id: &Digest, remover: Remover<'_>) -> Result<Option<Staged>> {
        if !self.contains(diff_id) {
            return Ok(None);
        }
        let lock = self.lock(diff_id)?;
        if !self.contains(diff_id) {
            return Ok(None);
        }
        self.stage(diff_id, lock, remover).map(Some)
    }

    /// Begins a layer that only its end tells the diff ID of, see [`Staged::publish_as`].
    pub fn begin(&self) -> Result<Staged> {
        file::make_dirs(&self.dir, 0o700)?;
        let number: Digest = format!("sha256:{}", id::random_hex(32)?).parse()?;
        let lock = self.lock(&number)?;
        Ok(self.make(&number, lock)?.without_diff_id())
    }

    fn stage(&self, diff_id: &Digest, lock: LayerLock, remover: Remover<'_>) -> Result<Staged> {
        let path = self.temporary(diff_id);
        if path.exists() {
            remover(&path)?;
        }
        self.make(diff_id, lock)
    }

    fn make(&self, diff_id: &Digest, lock: LayerLock) -> Result<Staged> {
        let paths = (self.temporary(diff_id), self.layer_dir(diff_id));
        Staged::make(diff_id, self.owners.clone(), paths, lock)
    }

    /// The diff IDs of all unpacked layers. (Only SHA-256 is ever used for diff IDs that are stored under their digits.)
    pub fn list(&self) -> Result<Vec<Digest>> {
        Ok(self.names()?.iter().filter_map(|name| digest_of(name)).collect())
    }

    /// Takes a layer out of the store at once; its files go when the answer's [`Retired::remove`] is called. `None` if it is gone, or in
    /// the hands of another process.
    pub fn retire(&self, diff_id: &Digest) -> Result<Option<Retired>> {
        let layer = self.layer_dir(diff_id);
        if !layer.is_dir() {
            return Ok(None);
        }
        let Some(lock) = self.try_lock(diff_id)? else { return Ok(None) };
        Retired::of(layer, self.temporary(diff_id), lock).map(Some)
    }

    /// Makes the names of layers durable: those of new ones, or that retired ones are gone.
    pub fn flush_names(&self) -> Result<()> {
        if self.dir.is_dir() { file::sync_dir(&self.dir) } else { Ok(()) }
    }

    /// What killed processes have left, a directory each.
    pub fn leftovers(&self) -> Result<Vec<PathBuf>> {
        let mut left = Vec::new();
        for name in self.names()? {
            let Some(diff_id) = name.strip_prefix(TEMPORARY).and_then(digest_of) else { continue };
            if !Lock::is_held(&self.lock_path(&diff_id))? {
                left.push(self.dir.join(name));
            }
        }
        Ok(left)
    }

    /// Removes what killed processes have left.
    pub fn sweep(&self, remover: Remover<'_>) -> Result<()> {
        for name in self.names()? {
            let Some(hex) = name.strip_prefix(TEMPORARY).or_else(|| name.strip_prefix(LOCK)) else {
                continue;
            };
            let Some(diff_id) = digest_of(hex) else { continue };
            // Held: somebody works on it.
            let Some(lock) = self.try_lock(&diff_id)? else { continue };
            let path = self.temporary(&diff_id);
            if path.exists() {
                remover(&path)?;
            }
            drop(lock);
        }
        Ok(())
    }

    fn names(&self) -> Result<Vec<String>> {
        let entries = match std::fs::read_dir(&self.dir) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| format!("listing {}", self.dir.display())),
        };
        let names = entries.map(|e| e.map(|e| e.file_name().to_string_lossy().into_owned()));
        names.collect::<std::io::Result<_>>().with_context(|| format!("listing {}", self.dir.display()))
    }

    fn layer_dir(&self, diff_id: &Digest) -> PathBuf {
        self.dir.join(diff_id.hex())
    }

    fn temporary(&self, diff_id: &Digest) -> PathBuf {
        self.dir.join(format!("{TEMPORARY}{}", diff_id.hex()))
    }

    fn lock_path(&self, diff_id: &Digest) -> PathBuf {
        self.dir.join(format!("{LOCK}{}", diff_id.hex()))
    }

    fn lock(&self, diff_id: &Digest) -> Result<LayerLock> {
        LayerLock::wait(self.lock_path(diff_id))
    }

    fn try_lock(&self, diff_id: &Digest) -> Result<Option<LayerLock>> {
        LayerLock::try_take(self.lock_path(diff_id))
    }
}

fn digest_of(hex: &str) -> Option<Digest> {
    let algorithm = if hex.len() == 128 { "sha512" } else { "sha256" };
    format!("{algorithm}:{hex}").parse().ok()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::layers::remove;
    use crate::state::file::Durability;

    fn store(dir: &Path) -> LayerStore {
        LayerStore { dir: dir.join("layers"), owners: None }
    }

    #[test]
    fn one_unpacks_and_the_others_wait() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let id = Digest::of(b"layer");
        let made = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| match store.claim(&id, &remove::tree, || {}).unwrap() {
                    Claim::Present => {}
                    Claim::Mine(staged) => {
                        made.fetch_add(1, Ordering::SeqCst);
                        file::write(&staged.fs_dir().join("a"), b"x", Durability::Ephemeral).unwrap();
                        staged.publish(Summary::default()).unwrap();
                    }
                });
            }
        });
        assert_eq!(made.into_inner(), 1);
        assert!(store.fs_dir(&id).join("a").is_file());
        assert_eq!(store.names().unwrap(), [id.hex()], "no lock and no temporary stays");
        assert_eq!(store.meta(&id).unwrap().unwrap().diff_id, id);
    }

    #[test]
    fn leftovers_of_the_dead_are_swept_and_work_of_the_living_is_not() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let (dead, alive) = (Digest::of(b"dead"), Digest::of(b"alive"));
        std::fs::create_dir_all(store.temporary(&dead).join("fs/x")).unwrap();
        let Claim::Mine(staged) = store.claim(&alive, &remove::tree, || {}).unwrap() else { panic!() };
        store.sweep(&remove::tree).unwrap();
        assert!(!store.temporary(&dead).exists() && staged.fs_dir().is_dir());
        drop(staged);
        assert!(store.names().unwrap().is_empty());
        let Claim::Mine(staged) = store.claim(&dead, &remove::tree, || {}).unwrap() else { panic!() };
        assert_eq!(std::fs::read_dir(staged.fs_dir()).unwrap().count(), 0);
    }

    #[test]
    fn a_layer_is_replaced_by_one_that_is_made_anew() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let id = Digest::of(b"layer");
        assert!(store.claim_again(&id, &remove::tree).unwrap().is_none());
        for content in [&b"old"[..], b"new"] {
            let staged = match store.claim_again(&id, &remove::tree).unwrap() {
                Some(staged) => staged,
                None => match store.claim(&id, &remove::tree, || {}).unwrap() {
                    Claim::Mine(staged) => staged,
                    Claim::Present => panic!(),
                },
            };
            file::write(&staged.fs_dir().join("a"), content, Durability::Ephemeral).unwrap();
            if store.contains(&id) {
                assert!(store.leftovers().unwrap().is_empty(), "it is being worked on");
                staged.replace(Summary { size: 3, ..Summary::default() }, &remove::tree).unwrap();
            } else {
                staged.publish(Summary::default()).unwrap();
            }
        }
        assert_eq!(file::read_opt(&store.fs_dir(&id).join("a")).unwrap().unwrap(), b"new");
        assert_eq!(store.meta(&id).unwrap().unwrap().summary.size, 3);
        assert_eq!(store.names().unwrap(), [id.hex()]);
        std::fs::create_dir_all(store.temporary(&id)).unwrap();
        assert_eq!(store.leftovers().unwrap(), [store.temporary(&id)]);
    }

    #[test]
    fn a_layer_begun_without_its_diff_id_gets_it_at_the_end() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let id = Digest::of(b"layer");
        // The second one finds the first in its place.
        for content in ["first", "second"] {
            let staged = store.begin().unwrap();
            assert_eq!(staged.to_string(), "the new layer");
            file::write(&staged.fs_dir().join("a"), content.as_bytes(), Durability::Ephemeral).unwrap();
            staged.publish_as(&store, &id, Summary::default(), &remove::tree).unwrap();
            assert_eq!(store.names().unwrap(), [id.hex()]);
        }
        assert_eq!(file::read_opt(&store.fs_dir(&id).join("a")).unwrap().unwrap(), b"first");
        assert_eq!(store.meta(&id).unwrap().unwrap().diff_id, id);
        // One that is given up, or whose process dies.
        drop(store.begin().unwrap());
        assert_eq!(store.names().unwrap(), [id.hex()]);
        std::fs::create_dir_all(store.temporary(&Digest::of(b"number")).join("fs")).unwrap();
        store.sweep(&remove::tree).unwrap();
        assert_eq!(store.names().unwrap(), [id.hex()]);
    }

    #[test]
    fn a_retired_layer_is_gone_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let store = store(dir.path());
        let id = Digest::of(b"layer");
        let Claim::Mine(staged) = store.claim(&id, &remove::tree, || {}).unwrap() else { panic!() };
        staged.publish(Summary::default()).unwrap();
        assert_eq!(store.list().unwrap(), std::slice::from_ref(&id));
        let retired = store.retire(&id).unwrap().unwrap();
        assert!(!store.contains(&id) && store.list().unwrap().is_empty());
        retired.remove(&remove::tree).unwrap();
        assert!(store.names().unwrap().is_empty());
        assert!(store.retire(&id).unwrap().is_none());
    }
}
