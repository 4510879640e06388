//! How containers come into the store and go out of it: under temporary names, which tell everybody what a dead process has left.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{CONFIG, ContainerDir, ContainerStore};
use crate::container::names;
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::state::{ContainerId, Lock};

/// A container that is being made: its directory has a temporary name, and dropping it removes it.
#[derive(Debug)]
pub struct Draft {
    store: ContainerStore,
    id: ContainerId,
    path: PathBuf,
    /// Tells others that the maker lives.
    _lock: Lock,
    name: Option<String>,
    durability: Durability,
    done: bool,
}

/// A directory to be deleted, locked by the one who does it.
#[derive(Debug)]
pub struct Leftover {
    path: PathBuf,
    _lock: Option<Lock>,
}

impl ContainerStore {
    /// Begins a new container: an empty directory that nobody sees yet.
    pub fn begin(&self, durability: Durability) -> Result<Draft> {
        let mode = if durability == Durability::Durable { 0o711 } else { file::EPHEMERAL_DIR };
        loop {
            let id = ContainerId::random()?;
            let path = self.temporary(&id);
            if let Err(e) = std::fs::DirBuilder::new().mode(mode).create(&path) {
                if e.kind() != ErrorKind::NotFound {
                    return Err(e).with_context(|| format!("making {}", path.display()));
                }
                // In this order: whoever finds the first directory, made by another, counts on the second.
                self.index.make()?;
                file::make_dirs(&self.containers, 0o711)?;
                file::make_dirs(&path, mode)?;
            }
            // Whoever cleans up may take it for a leftover until it is locked: then another is made.
            if let Some(lock) = lock_draft(&path)? {
                return Ok(Draft {
                    store: self.clone(),
                    id,
                    path,
                    _lock: lock,
                    name: None,
                    durability,
                    done: false,
                });
            }
        }
    }

    pub(super) fn temporary(&self, id: &ContainerId) -> PathBuf {
        self.containers.join(format!("{}{id}", file::TEMPORARY))
    }

    /// Takes a container out of the store: nobody finds it any more. What remains to be deleted is returned.
    pub fn take_out(&self, dir: &ContainerDir, name: &str, durability: Durability) -> Result<Leftover> {
        let doomed = self.temporary(&dir.id);
        // Locked before it has its temporary name, or others would help deleting it.
        let lock = Lock::try_existing(&dir.path)?;
        file::rename(&dir.path, &doomed, Durability::Ephemeral)?;
        self.index.withdraw(name, &dir.id, &doomed)?;
        if durability == Durability::Durable {
            file::sync_dir(&self.containers)?;
            self.index.sync()?;
        }
        Ok(Leftover { path: doomed, _lock: lock })
    }

    /// What a power loss has left of containers that were to remove themselves: nobody can read their configs.
    fn lost(&self) -> Result<Vec<ContainerDir>> {
        let mut lost = self.list()?;
        lost.retain(|dir| {
            let is_lost = || dir.config().is_err_and(|e| crate::error::is(&e, Kind::NotFound));
            file::is_ephemeral(&dir.path) && is_lost() && dir.exists()
        });
        Ok(lost)
    }

    /// Makes leftovers of what a power loss has left of containers that were to remove themselves.
    pub fn give_up_lost(&self) -> Result<()> {
        for dir in self.lost()? {
            file::rename(&dir.path, &self.temporary(&dir.id), Durability::Ephemeral)?;
        }
        Ok(())
    }

    /// Directories that dead processes left behind half-made or half-deleted.
    pub fn leftovers(&self) -> Result<Vec<Leftover>> {
        let entries = match std::fs::read_dir(&self.containers) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| format!("listing {}", self.containers.display())),
        };
        let temporary =
            entries.flatten().filter(|e| e.file_name().to_string_lossy().starts_with(file::TEMPORARY));
        let mut dead = Vec::new();
        for entry in temporary {
            // Locked by its maker, or by somebody who deletes it already: not ours.
            let Some(lock) = Lock::try_existing(&entry.path())? else { continue };
            dead.extend(Leftover::locked(entry.path(), lock)?);
        }
        Ok(dead)
    }

    /// Has them deleted. Their names go first: without the directory nobody would look for them.
    pub fn sweep(&self, delete: impl Fn(&Path) -> Result<()>) -> Result<()> {
        for leftover in self.leftovers()? {
            let name = leftover.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            if let Some(Ok(id)) = name.strip_prefix(file::TEMPORARY).map(ContainerId::parse) {
                self.index.release_all(&id)?;
            }
            delete(&leftover.path)?;
        }
        Ok(())
    }
}

fn lock_draft(path: &Path) -> Result<Option<Lock>> {
    let dir = match File::open(path) {
        Ok(dir) => dir,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(e).with_context(|| format!("opening {}", path.display())),
    };
    let lock = Lock::exclusive_on(dir)?;
    Ok(path.exists().then_some(lock))
}

impl Leftover {
    /// `None` if the maker has given it its final name, and let go of it, since it was opened: then it lives, and so does its name.
    fn locked(path: PathBuf, lock: Lock) -> Result<Option<Self>> {
        Ok(lock.is_on(&path)?.then_some(Self { path, _lock: Some(lock) }))
    }

    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Draft {
    pub fn id(&self) -> &ContainerId {
        &self.id
    }

    /// The directory while it is being made.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Where it will be.
    pub fn final_path(&self) -> PathBuf {
        self.store.containers.join(self.id.as_str())
    }

    /// Takes the name, or a random one that is free.
    pub fn claim(&mut self, name: Option<&str>) -> Result<String> {
        let mut attempt = 0;
        let name = loop {
            let candidate = name.map_or_else(|| names::random(attempt), |n| Ok(n.to_string()))?;
            match self.store.claim(&candidate, &self.id) {
                Ok(()) => break candidate,
                Err(e) if name.is_none() && attempt < 10 && crate::error::is(&e, Kind::Conflict) => {
                    attempt += 1;
                }
                Err(e) => return Err(e),
            }
        };
        self.name = Some(name.clone());
        Ok(name)
    }

    /// Writes its config, and makes it visible.
    pub fn publish(mut self, config: &impl Serialize) -> Result<ContainerDir> {
        let dir = self.store.dir(&self.id);
        file::write_json(&self.path.join(CONFIG), config, self.durability)?;
        if self.durability == Durability::Durable {
            self.store.index.sync()?;
        }
        file::rename(&self.path, &dir.path, self.durability)?;
        self.done = true;
        Ok(dir)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        // What can't be undone here is found by the next command, by its temporary name.
        if let Some(name) = &self.name {
            let _ = self.store.index.release(name, &self.id);
        }
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::store;
    use super::*;

    #[test]
    fn what_became_whole_before_it_was_locked_is_no_leftover() {
        let base = tempfile::tempdir().unwrap();
        let store = store(base.path());
        let draft = store.begin(Durability::Ephemeral).unwrap();
        let path = draft.path().to_path_buf();
        let dir = draft.publish(&()).unwrap();
        // Whoever has opened it under its first name locks the same directory.
        let lock = Lock::try_existing(&dir.path).unwrap().unwrap();
        assert!(Leftover::locked(path, lock).unwrap().is_none());
    }

    #[test]
    fn what_a_dead_maker_left_blocks_nobody() {
        let base = tempfile::tempdir().unwrap();
        let store = store(base.path());
        let mut draft = store.begin(Durability::Ephemeral).unwrap();
        draft.claim(Some("web")).unwrap();
        assert!(
            store.begin(Durability::Ephemeral).unwrap().claim(Some("web")).is_err(),
            "while the maker lives"
        );
        // As if killed: the lock is gone, the rest stays.
        let path = draft.path().to_path_buf();
        draft.done = true;
        drop(draft);
        assert_eq!(store.leftovers().unwrap()[0].path(), path);
        let mut second = store.begin(Durability::Ephemeral).unwrap();
        assert_eq!(second.claim(Some("web")).unwrap(), "web");
    }

    #[test]
    fn what_a_power_loss_left_of_a_container_that_removes_itself_counts_for_nothing() {
        let base = tempfile::tempdir().unwrap();
        let store = store(base.path());
        let [lost, damaged] = [Durability::Ephemeral, Durability::Durable].map(|durability| {
            let dir = store.begin(durability).unwrap().publish(&()).unwrap();
            file::write(&dir.path.join(CONFIG), b"", Durability::Ephemeral).unwrap();
            dir
        });
        assert!(crate::error::is(&lost.config().unwrap_err(), Kind::NotFound));
        assert!(crate::error::is(&damaged.config().unwrap_err(), Kind::Corrupt), "that is a loss");
        assert_eq!(store.lost().unwrap(), std::slice::from_ref(&lost));
        store.give_up_lost().unwrap();
        assert_eq!(store.list().unwrap(), [damaged]);
        assert_eq!(store.leftovers().unwrap()[0].path(), store.temporary(&lost.id));
    }
}
