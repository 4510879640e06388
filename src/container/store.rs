//! Where containers are kept: `containers/<id>/{config.json,state.json,upper/,work/,…}` and the name index `names/<name> → id`.
//!
//! The name index is its own lock: a name is taken by making a symlink, which exactly one process can. A container comes into being
//! under a temporary name, locked by its maker, and goes away by being renamed to one: whatever a dead process left is recognisable.
//!
//! What survives a power loss: a container is on the disk, config and name, before the command that makes it ends, and gone from there
//! before the one that removes it does. A container that removes itself at its end is never flushed: its directory says so
//! ([`file::EPHEMERAL_DIR`]), and if its config can't be read after a power loss it counts for nothing and is swept. state.json is flushed
//! only where it decides what runs after the next boot, see [`ContainerDir::write_state`]; without it a container looks as if it had never
//! been started, or as ended.

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, symlink};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::config::{ContainerConfig, RestartPolicy};
use super::state::{ContainerState, Status};
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::state::{ContainerId, Lock, Roots, id};

/// What it was created with.
const CONFIG: &str = "config.json";
/// What became of it.
const STATE: &str = "state.json";

/// All containers of a root.
#[derive(Debug, Clone)]
pub struct ContainerStore {
    containers: PathBuf,
    names: PathBuf,
    run: PathBuf,
}

/// One container's place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerDir {
    pub id: ContainerId,
    /// `ROOT/containers/<id>`
    pub path: PathBuf,
    /// `RUN/containers/<id>`
    pub run: PathBuf,
}

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

impl ContainerStore {
    pub fn new(roots: &Roots) -> Self {
        Self { containers: roots.containers(), names: roots.names(), run: roots.run_containers() }
    }

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
                for dir in [&self.names, &self.containers] {
                    file::make_dirs(dir, 0o711)?;
                }
                file::make_dirs(&path, mode)?;
            }
            // Whoever cleans up may take it for a leftover until it is locked: then another is made.
            if let Some(lock) = Self::lock_draft(&path)? {
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

    fn temporary(&self, id: &ContainerId) -> PathBuf {
        self.containers.join(format!("{}{id}", file::TEMPORARY))
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

    pub fn dir(&self, id: &ContainerId) -> ContainerDir {
        ContainerDir {
            id: id.clone(),
            path: self.containers.join(id.as_str()),
            run: self.run.join(id.as_str()),
        }
    }

    /// All containers, in no order. Ones that vanish meanwhile are left out by whoever opens them.
    pub fn list(&self) -> Result<Vec<ContainerDir>> {
        let entries = match std::fs::read_dir(&self.containers) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| format!("listing {}", self.containers.display())),
        };
        let ids = entries.flatten().filter_map(|e| ContainerId::parse(e.file_name().to_str()?).ok());
        Ok(ids.map(|id| self.dir(&id)).collect())
    }

    /// The container that a user means: a name, a whole id, or the beginning of one.
    pub fn find(&self, wanted: &str) -> Result<ContainerDir> {
        let missing = || Kind::NotFound.error(format!("No such container: {wanted}"));
        let bare = wanted.strip_prefix('/').unwrap_or(wanted);
        if let Some(dir) = self.named(bare)?.filter(ContainerDir::exists) {
            return Ok(dir);
        }
        if bare.is_empty() || !id::is_lower_hex(bare) || ContainerId::parse(bare).is_ok() {
            return Err(missing());
        }
        let mut found = self.list()?.into_iter().filter(|d| d.id.as_str().starts_with(bare));
        match (found.next(), found.next()) {
            (Some(dir), None) => Ok(dir),
            (None, _) => Err(missing()),
            (Some(_), Some(_)) => {
                Kind::Invalid.err(format!("Multiple IDs found with provided prefix: {wanted}"))
            }
        }
    }

    /// Where the container of that name or whole id is, if it is there.
    pub fn named(&self, bare: &str) -> Result<Option<ContainerDir>> {
        let id = match ContainerId::parse(bare) {
            Ok(id) => Some(id),
            Err(_) if id::is_name(bare) => self.target(bare)?,
            Err(_) => None,
        };
        Ok(id.map(|id| self.dir(&id)))
    }

    /// The id that a name stands for.
    fn target(&self, name: &str) -> Result<Option<ContainerId>> {
        match std::fs::read_link(self.names.join(name)) {
            Ok(target) => Ok(target.to_str().and_then(|t| ContainerId::parse(t).ok())),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::InvalidInput) => Ok(None),
            Err(e) => Err(e).with_context(|| format!("reading the name {name}")),
        }
    }

    /// Takes a name for a container. Fails with [`Kind::Conflict`] if a container, or one that is being made, has it.
    fn claim(&self, name: &str, id: &ContainerId) -> Result<()> {
        check_name(name)?;
        let link = self.names.join(name);
        match symlink(id.as_str(), &link) {
            Ok(()) => return Ok(()),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
            Err(e) => return Err(e).with_context(|| format!("taking the name {name}")),
        }
        // Taken: by a living container, or left by a dead process? Names go away only under this lock.
        let _lock = Lock::exclusive(&self.names)?;
        if let Some(owner) = self.target(name)?
            && self.is_in_use(&owner)?
        {
            return Kind::Conflict.err(format!(
                "Conflict. The container name \"/{name}\" is already in use by container \"{owner}\". You have to remove (or rename) that \
                 container to be able to reuse that name."
            ));
        }
        file::remove_file(&link)?;
        symlink(id.as_str(), &link).with_context(|| format!("taking the name {name}"))
    }

    fn is_in_use(&self, id: &ContainerId) -> Result<bool> {
        let draft = self.temporary(id);
        // The draft first: it becomes the container between two looks, not the other way round.
        Ok(Lock::is_held(&draft)? || self.dir(id).exists())
    }

    /// Gives a name up, if it is this container's.
    fn release(&self, name: &str, id: &ContainerId) -> Result<()> {
        let _lock = Lock::exclusive(&self.names)?;
        if self.target(name)?.as_ref() == Some(id) {
            file::remove_file(&self.names.join(name))?;
        }
        Ok(())
    }

    /// Moves the name of a container that is gone to what is left of it, to be deleted together: freeing a block takes a file system
    /// longer than the move, and somebody waits for this container's end.
    fn withdraw(&self, name: &str, id: &ContainerId, doomed: &Path) -> Result<()> {
        let _lock = Lock::exclusive(&self.names)?;
        if self.target(name)?.as_ref() == Some(id) {
            file::rename(&self.names.join(name), &doomed.join("name"), Durability::Ephemeral)?;
        }
        Ok(())
    }

    /// Names that stand for no container, nor for one that is being made.
    pub fn dangling_names(&self) -> Result<Vec<String>> {
        let entries = match std::fs::read_dir(&self.names) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| format!("listing {}", self.names.display())),
        };
        let _lock = Lock::exclusive(&self.names)?;
        let mut dangling = Vec::new();
        for name in entries.flatten().filter_map(|e| e.file_name().into_string().ok()) {
            let in_use = match self.target(&name)? {
                Some(id) => self.is_in_use(&id)?,
                None => self.names.join(&name).symlink_metadata().is_err(),
            };
            if !in_use {
                dangling.push(name);
            }
        }
        dangling.sort();
        Ok(dangling)
    }

    /// Removes the names of what a dead process left, before it is deleted: without it nobody would look for them.
    pub fn forget(&self, leftover: &Leftover) -> Result<()> {
        let name = leftover.path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let id = name.strip_prefix(file::TEMPORARY).map(ContainerId::parse);
        let Some(Ok(id)) = id else { return Ok(()) };
        let entries = match std::fs::read_dir(&self.names) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            Err(e) => return Err(e).with_context(|| format!("listing {}", self.names.display())),
        };
        for name in entries.flatten().filter_map(|e| e.file_name().into_string().ok()) {
            if self.target(&name)?.as_ref() == Some(&id) {
                self.release(&name, &id)?;
            }
        }
        Ok(())
    }

    /// Removes a name if it still stands for nothing.
    pub fn remove_dangling(&self, name: &str) -> Result<()> {
        let _lock = Lock::exclusive(&self.names)?;
        if let Some(id) = self.target(name)?
            && self.is_in_use(&id)?
        {
            return Ok(());
        }
        file::remove_file(&self.names.join(name))
    }

    /// The ids under which there is run-time state.
    pub fn run_ids(&self) -> Result<Vec<ContainerId>> {
        let entries = match std::fs::read_dir(&self.run) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| format!("listing {}", self.run.display())),
        };
        Ok(entries.flatten().filter_map(|e| ContainerId::parse(e.file_name().to_str()?).ok()).collect())
    }

    /// Renames a container. The caller holds its lock or is its only user.
    pub fn rename(&self, dir: &ContainerDir, name: &str) -> Result<()> {
        let mut config = dir.config()?;
        if config.name == name {
            return Kind::Invalid.err("Renaming a container with the same name as its current name");
        }
        self.claim(name, &dir.id).context("Error when allocating new name")?;
        file::sync_dir(&self.names)?;
        let old = std::mem::replace(&mut config.name, name.to_string());
        if let Err(error) = dir.write_config(&config, Durability::Durable) {
            self.release(name, &dir.id)?;
            return Err(error);
        }
        self.release(&old, &dir.id)?;
        file::sync_dir(&self.names)
    }

    /// Takes a container out of the store: nobody finds it any more. What remains to be deleted is returned.
    pub fn take_out(&self, dir: &ContainerDir, name: &str, durability: Durability) -> Result<Leftover> {
        let doomed = self.temporary(&dir.id);
        // Locked before it has its temporary name, or others would help deleting it.
        let lock = Lock::try_existing(&dir.path)?;
        file::rename(&dir.path, &doomed, Durability::Ephemeral)?;
        self.withdraw(name, &dir.id, &doomed)?;
        if durability == Durability::Durable {
            file::sync_dir(&self.containers)?;
            file::sync_dir(&self.names)?;
        }
        Ok(Leftover { path: doomed, _lock: lock })
    }

    /// What a power loss has left of containers that were to remove themselves: nobody can read their configs.
    pub fn lost(&self) -> Result<Vec<ContainerDir>> {
        let mut lost = self.list()?;
        lost.retain(|dir| {
            let is_lost = || dir.config().is_err_and(|e| crate::error::is(&e, Kind::NotFound));
            file::is_ephemeral(&dir.path) && is_lost() && dir.exists()
        });
        Ok(lost)
    }

    /// Makes leftovers of them.
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
}

/// A directory to be deleted, locked by the one who does it.
#[derive(Debug)]
pub struct Leftover {
    path: PathBuf,
    _lock: Option<Lock>,
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
            let candidate = name.map_or_else(|| super::names::random(attempt), |n| Ok(n.to_string()))?;
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
            file::sync_dir(&self.store.names)?;
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
            let _ = self.store.release(name, &self.id);
        }
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

impl ContainerDir {
    pub fn exists(&self) -> bool {
        self.path.symlink_metadata().is_ok()
    }

    pub fn config_path(&self) -> PathBuf {
        self.path.join(CONFIG)
    }

    pub fn state_path(&self) -> PathBuf {
        self.path.join(STATE)
    }

    /// What it was created with. [`Kind::NotFound`] if it has been removed meanwhile.
    pub fn config(&self) -> Result<ContainerConfig> {
        match file::read_json_in(&self.path, CONFIG)? {
            Some(config) => Ok(config),
            None => Kind::NotFound.err(format!("No such container: {}", self.id.short())),
        }
    }

    /// Another container's.
    #[must_use]
    pub fn sibling(&self, id: &ContainerId) -> Self {
        let beside = |path: &Path| path.with_file_name(id.as_str());
        Self { id: id.clone(), path: beside(&self.path), run: beside(&self.run) }
    }

    pub fn write_config(&self, config: &ContainerConfig, durability: Durability) -> Result<()> {
        file::write_json(&self.config_path(), config, durability)
    }

    /// The state as the file has it, which is the truth only while somebody holds the lock or for one that doesn't say `Running`.
    pub fn recorded_state(&self) -> Result<ContainerState> {
        match file::read_json_opt(&self.state_path()) {
            // Not flushed to disk, on purpose: after a power loss it may be damaged, and then the container had run.
            Err(e) if crate::error::is(&e, Kind::Corrupt) => Ok(ContainerState {
                // One that removes itself is removed by whoever finds that nobody runs it.
                status: if file::is_ephemeral(&self.path) { Status::Running } else { Status::Exited },
                exit_code: Some(255),
                ..ContainerState::default()
            }),
            other => Ok(other?.unwrap_or_default()),
        }
    }

    /// Notes what became of it. With a restart policy it must last: whether it was started and stopped decides what runs after the next boot.
    pub fn write_state(&self, state: &ContainerState, restart: RestartPolicy) -> Result<()> {
        let durability = Durability::durable_if(restart != RestartPolicy::No);
        file::write_json(&self.state_path(), state, durability)
    }
}

fn check_name(name: &str) -> Result<()> {
    if id::is_name(name) {
        return Ok(());
    }
    Kind::Invalid.err(format!("Invalid container name ({name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(base: &Path) -> ContainerStore {
        let roots = Roots { root: base.join("r"), runroot: base.join("s"), rootless: false };
        ContainerStore::new(&roots)
    }

    #[test]
    fn of_many_who_want_a_name_exactly_one_gets_it() {
        let base = tempfile::tempdir().unwrap();
        let store = store(base.path());
        let winners = std::thread::scope(|scope| {
            let claims: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        let mut draft = store.begin(Durability::Ephemeral).unwrap();
                        let won = draft.claim(Some("web")).is_ok();
                        won.then(|| draft.publish(&()).unwrap())
                    })
                })
                .collect();
            claims.into_iter().filter_map(|c| c.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(winners.len(), 1);
        assert_eq!(store.find("web").unwrap(), winners[0]);
        assert_eq!(store.list().unwrap(), winners);
        assert!(store.leftovers().unwrap().is_empty());
    }

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

    #[test]
    fn prefixes_names_and_nonsense() {
        let base = tempfile::tempdir().unwrap();
        let store = store(base.path());
        let mut draft = store.begin(Durability::Ephemeral).unwrap();
        draft.claim(Some("web")).unwrap();
        let dir = draft.publish(&()).unwrap();
        for wanted in ["web", "/web", dir.id.as_str(), dir.id.short(), &dir.id.as_str()[..3]] {
            assert_eq!(store.find(wanted).unwrap(), dir, "{wanted}");
        }
        for wanted in ["", "we", "../names", "zzz"] {
            assert!(crate::error::is(&store.find(wanted).unwrap_err(), Kind::NotFound), "{wanted}");
        }
        for bad in ["-ab", "a b", "ab/c", ""] {
            assert!(store.begin(Durability::Ephemeral).unwrap().claim(Some(bad)).is_err(), "{bad}");
        }
    }
}
