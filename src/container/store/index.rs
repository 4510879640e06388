//! The name index, `names/<name> → id`: which container a name stands for.
//!
//! It is its own lock: a name is taken by making a symlink, which exactly one process can. Names go away only under the lock of their
//! directory. What is true of ids only the caller knows: each question that needs it is given `is_in_use`, whether an id is that of a
//! container or of one that is being made.

use std::io::ErrorKind;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::state::{ContainerId, Lock, id};

/// Whether an id is in use.
type IsInUse<'a> = &'a dyn Fn(&ContainerId) -> Result<bool>;

#[derive(Debug, Clone)]
pub(super) struct NameIndex {
    dir: PathBuf,
}

impl NameIndex {
    pub fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub fn make(&self) -> Result<()> {
        file::make_dirs(&self.dir, 0o711)
    }

    /// Puts on the disk what has become of names.
    pub fn sync(&self) -> Result<()> {
        file::sync_dir(&self.dir)
    }

    /// The id that a name stands for.
    pub fn target(&self, name: &str) -> Result<Option<ContainerId>> {
        match std::fs::read_link(self.dir.join(name)) {
            Ok(target) => Ok(target.to_str().and_then(|t| ContainerId::parse(t).ok())),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput) => Ok(None),
            Err(e) => Err(e).with_context(|| format!("reading the name {name}")),
        }
    }

    /// Takes a name for a container. Fails with [`Kind::Conflict`] if a container, or one that is being made, has it.
    pub fn claim(&self, name: &str, id: &ContainerId, is_in_use: IsInUse<'_>) -> Result<()> {
        check_name(name)?;
        let link = self.dir.join(name);
        match symlink(id.as_str(), &link) {
            Ok(()) => return Ok(()),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e).with_context(|| format!("taking the name {name}")),
        }
        // Taken: by a living container, or left by a dead process?
        let _lock = Lock::exclusive(&self.dir)?;
        if let Some(owner) = self.target(name)?
            && is_in_use(&owner)?
        {
            return Kind::Conflict.err(format!(
                "Conflict. The container name \"/{name}\" is already in use by container \"{owner}\". You have to remove (or rename) that \
                 container to be able to reuse that name."
            ));
        }
        file::remove_file(&link)?;
        symlink(id.as_str(), &link).with_context(|| format!("taking the name {name}"))
    }

    /// Gives a name up, if it is this container's.
    pub fn release(&self, name: &str, id: &ContainerId) -> Result<()> {
        let _lock = Lock::exclusive(&self.dir)?;
        if self.target(name)?.as_ref() == Some(id) {
            file::remove_file(&self.dir.join(name))?;
        }
        Ok(())
    }

    /// Gives all names up that are this container's.
    pub fn release_all(&self, id: &ContainerId) -> Result<()> {
        for name in file::names_in(&self.dir)? {
            if self.target(&name)?.as_ref() == Some(id) {
                self.release(&name, id)?;
            }
        }
        Ok(())
    }

    /// Moves the name of a container that is gone to what is left of it, to be deleted together: freeing a block takes a file system
    /// longer than the move, and somebody waits for this container's end.
    pub fn withdraw(&self, name: &str, id: &ContainerId, doomed: &Path) -> Result<()> {
        let _lock = Lock::exclusive(&self.dir)?;
        if self.target(name)?.as_ref() == Some(id) {
            file::rename(&self.dir.join(name), &doomed.join("name"), Durability::Ephemeral)?;
        }
        Ok(())
    }

    /// Names that stand for no id that is in use.
    pub fn dangling(&self, is_in_use: IsInUse<'_>) -> Result<Vec<String>> {
        let names = file::names_in(&self.dir)?;
        if names.is_empty() {
            return Ok(names);
        }
        let _lock = Lock::exclusive(&self.dir)?;
        let mut dangling = Vec::new();
        for name in names {
            let stands = match self.target(&name)? {
                Some(id) => is_in_use(&id)?,
                None => self.dir.join(&name).symlink_metadata().is_err(),
            };
            if !stands {
                dangling.push(name);
            }
        }
        dangling.sort();
        Ok(dangling)
    }

    /// Removes a name if it still stands for nothing.
    pub fn remove_dangling(&self, name: &str, is_in_use: IsInUse<'_>) -> Result<()> {
        let _lock = Lock::exclusive(&self.dir)?;
        if let Some(id) = self.target(name)?
            && is_in_use(&id)?
        {
            return Ok(());
        }
        file::remove_file(&self.dir.join(name))
    }
}

fn check_name(name: &str) -> Result<()> {
    if id::is_name(name) {
        return Ok(());
    }
    Kind::Invalid.err(format!("Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"))
}
