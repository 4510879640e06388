//! Layers on their way: ones that are made, and ones that are taken out. Both have a temporary name, and a lock that tells whether somebody
//! works on them.

use std::fmt::{Display, Formatter};
use std::fs::{DirBuilder, File};
use std::io::BufRead;
use std::os::fd::AsFd;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::PathBuf;

use super::{LayerMeta, LayerStore, Remover};
use crate::error::{Context, Result};
use crate::layers::owners::OwnerMap;
use crate::layers::remove;
use crate::layers::unpack::{Options, Summary, unpack};
use crate::state::file::{self, Durability};
use crate::state::{Digest, Lock};

/// A layer in the making. Dropping it without [`Staged::publish`] removes it as far as this process may.
#[derive(Debug)]
pub struct Staged {
    /// A number drawn at random until it is known.
    diff_id: Digest,
    is_known: bool,
    owners: Option<OwnerMap>,
    path: PathBuf,
    target: PathBuf,
    lock: Option<LayerLock>,
}

/// The lock on a layer; its file goes with it.
#[derive(Debug)]
pub(super) struct LayerLock {
    _lock: Lock,
    path: PathBuf,
}

impl LayerLock {
    pub fn wait(path: PathBuf) -> Result<Self> {
        Ok(Self { _lock: Lock::exclusive(&path)?, path })
    }

    /// `None` if somebody has it.
    pub fn try_take(path: PathBuf) -> Result<Option<Self>> {
        Ok(Lock::try_exclusive(&path)?.map(|lock| Self { _lock: lock, path }))
    }
}

impl Drop for LayerLock {
    fn drop(&mut self) {
        // While it is held: whoever waits for it notices that the file was replaced (see state::lock).
        let _ = file::remove_file(&self.path);
    }
}

impl Staged {
    /// An empty one at `path`, which is to become `target`.
    pub(super) fn make(
        diff_id: &Digest,
        owners: Option<OwnerMap>,
        (path, target): (PathBuf, PathBuf),
        lock: LayerLock,
    ) -> Result<Self> {
        DirBuilder::new().mode(0o700).create(&path).with_context(|| format!("making {}", path.display()))?;
        let staged =
            Self { diff_id: diff_id.clone(), is_known: true, owners, target, path, lock: Some(lock) };
        let fs = staged.fs_dir();
        DirBuilder::new().mode(0o755).create(&fs).with_context(|| format!("making {}", fs.display()))?;
        // Neither the umask nor a setgid bit of the directory above may show in containers.
        std::fs::set_permissions(&fs, PermissionsExt::from_mode(0o755))?;
        Ok(staged)
    }

    /// The same without its diff ID: only its end tells that, see [`Staged::publish_as`].
    pub(super) fn without_diff_id(self) -> Self {
        // (It can't be taken apart, as dropping it does something.)
        let mut staged = self;
        staged.is_known = false;
        staged
    }

    pub fn diff_id(&self) -> &Digest {
        &self.diff_id
    }

    /// The owners to unpack with, if others than the layer's.
    pub fn owners(&self) -> Option<&OwnerMap> {
        self.owners.as_ref()
    }

    /// Where to unpack to: an empty directory, `0755`.
    pub fn fs_dir(&self) -> PathBuf {
        self.path.join("fs")
    }

    /// Unpacks the tar stream in this process. The stream is read to its end.
    pub fn unpack<R: BufRead>(&self, reader: R, options: Options) -> Result<Summary> {
        let dir = self.fs_dir();
        let root = File::open(&dir).with_context(|| format!("opening {}", dir.display()))?;
        unpack(reader, root.as_fd(), options).with_context(|| self.to_string())
    }

    /// Notes what it is, and sees to it that all of it is on the disk.
    fn seal(&self, summary: Summary) -> Result<()> {
        let meta = LayerMeta { diff_id: self.diff_id.clone(), summary };
        file::write_json(&self.path.join("meta.json"), &meta, Durability::Ephemeral)?;
        file::sync_file_system(&self.path)
    }

    /// Puts the layer into place. The caller has checked the diff ID of what was unpacked.
    pub fn publish(mut self, summary: Summary) -> Result<()> {
        self.seal(summary)?;
        file::rename(&self.path, &self.target, Durability::Ephemeral)?;
        self.lock = None;
        Ok(())
    }

    /// Puts a layer that was begun without its diff ID into place, unless there is one like it.
    pub fn publish_as(
        mut self,
        store: &LayerStore,
        diff_id: &Digest,
        summary: Summary,
        remover: Remover<'_>,
    ) -> Result<()> {
        (self.diff_id, self.is_known) = (diff_id.clone(), true);
        let _lock = store.lock(diff_id)?;
        if store.contains(diff_id) {
            return self.discard(remover);
        }
        self.target = store.layer_dir(diff_id);
        self.publish(summary)
    }

    /// Puts the layer in the place of the one that is there, in one step, and removes that.
    pub fn replace(mut self, summary: Summary, remover: Remover<'_>) -> Result<()> {
        self.seal(summary)?;
        file::exchange(&self.path, &self.target)?;
        // Or the next boot might find the old one, half-removed.
        file::sync_dir(self.target.parent().unwrap_or(&self.target))?;
        // Under the temporary name there is the old one now.
        remover(&self.path)?;
        self.lock = None;
        Ok(())
    }

    /// Removes what was unpacked.
    pub fn discard(mut self, remover: Remover<'_>) -> Result<()> {
        remover(&self.path)?;
        self.lock = None;
        Ok(())
    }
}

impl Display for Staged {
    fn fmt(&self, f: &mut Formatter<'_>) -> std::fmt::Result {
        if self.is_known { write!(f, "layer {}", self.diff_id) } else { f.write_str("the new layer") }
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if self.lock.is_some() {
            // Best effort: what this process may not remove is recognised and swept later.
            let _ = remove::tree(&self.path);
        }
    }
}

/// A layer that was taken out of the store and whose files are still to be removed.
#[derive(Debug)]
pub struct Retired {
    path: PathBuf,
    lock: LayerLock,
    /// Where the layer still is, when the leftover of a killed process stood in the way.
    again: Option<PathBuf>,
}

impl Retired {
    /// Takes `layer` out by its new name `path`.
    pub(super) fn of(layer: PathBuf, path: PathBuf, lock: LayerLock) -> Result<Self> {
        if path.exists() {
            return Ok(Self { path, lock, again: Some(layer) });
        }
        file::rename(&layer, &path, Durability::Ephemeral)?;
        Ok(Self { path, lock, again: None })
    }

    /// Removes its files.
    pub fn remove(self, remover: Remover<'_>) -> Result<()> {
        remover(&self.path)?;
        if let Some(layer) = &self.again {
            file::rename(layer, &self.path, Durability::Ephemeral)?;
            remover(&self.path)?;
        }
        drop(self.lock);
        Ok(())
    }
}
