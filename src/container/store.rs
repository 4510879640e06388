//! Where containers are kept: `containers/<id>/{config.json,state.json,upper/,work/,…}` and the name index `names/<name> → id`.
//!
//! The name index is its own lock ([`index`]). A container comes into being under a temporary name, locked by its maker, and goes away by
//! being renamed to one: whatever a dead process left is recognisable ([`turnover`]).
//!
//! What survives a power loss: a container is on the disk, config and name, before the command that makes it ends, and gone from there
//! before the one that removes it does. A container that removes itself at its end is never flushed: its directory says so
//! ([`file::EPHEMERAL_DIR`]), and if its config can't be read after a power loss it counts for nothing and is swept. state.json is flushed
//! only where it decides what runs after the next boot, see [`ContainerDir::write_state`]; without it a container looks as if it had never
//! been started, or as ended.

mod index;
mod turnover;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use index::NameIndex;
pub use turnover::{Draft, Leftover};

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
    index: NameIndex,
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

impl ContainerStore {
    pub fn new(roots: &Roots) -> Self {
        Self {
            containers: roots.containers(),
            index: NameIndex::new(roots.names()),
            run: roots.run_containers(),
        }
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
        // What another container calls it on the default network.
        if let Some((by, alias)) = bare.split_once('/')
            && let Ok(by) = self.find(by)
            && let Some(link) = by.config()?.networking.links.into_iter().find(|link| link.alias == alias)
        {
            return Some(self.dir(&link.container)).filter(ContainerDir::exists).with_context(missing);
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
            Err(_) if id::is_name(bare) => self.index.target(bare)?,
            Err(_) => None,
        };
        Ok(id.map(|id| self.dir(&id)))
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

    /// Takes a name for a container, see [`NameIndex::claim`].
    fn claim(&self, name: &str, id: &ContainerId) -> Result<()> {
        self.index.claim(name, id, &|id| self.is_in_use(id))
    }

    fn is_in_use(&self, id: &ContainerId) -> Result<bool> {
        let draft = self.temporary(id);
        // The draft first: it becomes the container between two looks, not the other way round.
        Ok(Lock::is_held(&draft)? || self.dir(id).exists())
    }

    /// Names that stand for no container, nor for one that is being made.
    pub fn dangling_names(&self) -> Result<Vec<String>> {
        self.index.dangling(&|id| self.is_in_use(id))
    }

    /// Removes a name if it still stands for nothing.
    pub fn remove_dangling(&self, name: &str) -> Result<()> {
        self.index.remove_dangling(name, &|id| self.is_in_use(id))
    }

    /// Renames a container. The caller holds its lock or is its only user.
    pub fn rename(&self, dir: &ContainerDir, name: &str) -> Result<()> {
        let mut config = dir.config()?;
        if config.name == name {
            return Kind::Invalid.err("Renaming a container with the same name as its current name");
        }
        self.claim(name, &dir.id).context("Error when allocating new name")?;
        self.index.sync()?;
        let old = std::mem::replace(&mut config.name, name.to_string());
        if let Err(error) = dir.write_config(&config, Durability::Durable) {
            self.index.release(name, &dir.id)?;
            return Err(error);
        }
        self.index.release(&old, &dir.id)?;
        self.index.sync()
    }
}

impl ContainerDir {
    pub fn exists(&self) -> bool {
        self.path.symlink_metadata().is_ok()
    }

    /// Tells those who watch it of a change that they can't see: something was mounted in it, or isn't any longer.
    pub fn touch(&self) -> Result<()> {
        file::touch_dir(&self.path)
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

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn store(base: &Path) -> ContainerStore {
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
