//! Where volumes are kept: `volumes/<name>/{meta.json,_data/}`.
//!
//! A volume comes into being whole, under a temporary name, and is renamed to its own, which exactly one process can; it goes away by being
//! renamed to a temporary name before anything is deleted. The lock of a volume is flock on its directory: whoever makes a container with
//! it holds it until others can see the container's config, whoever removes it looks for such configs under it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::driver::DriverOptions;
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::state::{Lock, Roots, id};

/// `volumes/<name>/meta.json`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    pub name: String,
    pub created: Timestamp,
    pub labels: BTreeMap<String, String>,
    /// As they were given.
    pub options: DriverOptions,
    /// It was made for a container, without a name of its own.
    pub anonymous: bool,
}

/// All volumes of a root.
#[derive(Debug, Clone)]
pub struct VolumeStore {
    dir: PathBuf,
}

/// The lock of a volume that exists.
#[derive(Debug)]
pub struct VolumeLock {
    pub volume: Volume,
    lock: Lock,
}

impl AsFd for VolumeLock {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.lock.as_fd()
    }
}

/// A volume that was asked for.
#[derive(Debug)]
pub struct Claimed {
    pub lock: VolumeLock,
    /// It was not there before.
    pub is_new: bool,
}

impl VolumeStore {
    pub fn new(roots: &Roots) -> Self {
        Self { dir: roots.volumes() }
    }

    /// `volumes/<name>`
    pub fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Where its files are, unless it is something that is mounted.
    pub fn data(&self, name: &str) -> PathBuf {
        self.path(name).join("_data")
    }

    /// The volume, `None` if there is none of this name.
    pub fn get(&self, name: &str) -> Result<Option<Volume>> {
        if !id::is_name(name) {
            return Ok(None);
        }
        file::read_json_opt(&self.path(name).join("meta.json"))
    }

    /// All volumes by their names.
    pub fn list(&self) -> Result<Vec<Volume>> {
        let mut found = Vec::new();
        for name in file::names_in(&self.dir)? {
            // Removed meanwhile, or not a volume: then it isn't ours to judge.
            found.extend(self.get(&name)?);
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// The names of all directories that are no temporaries and none of our own beside the volumes, also of volumes that are damaged. (No
    /// volume's name begins with a dot.)
    pub fn all_names(&self) -> Result<Vec<String>> {
        let mut names = file::names_in(&self.dir)?;
        names.retain(|name| !name.starts_with('.'));
        names.sort();
        Ok(names)
    }

    /// The volume of this name, made if there is none, and locked. `prepare` is given the directory of files of a new one before others
    /// can see it.
    pub fn claim(
        &self,
        wanted: &Volume,
        durability: Durability,
        prepare: &dyn Fn(&Path) -> Result<()>,
    ) -> Result<Claimed> {
        loop {
            if let Some(lock) = self.lock(&wanted.name)? {
                return Ok(Claimed { lock, is_new: false });
            }
            if let Some(lock) = self.make(wanted, durability, prepare)? {
                return Ok(Claimed { lock: VolumeLock { volume: wanted.clone(), lock }, is_new: true });
            }
        }
    }

    /// The lock of a volume, waited for; `None` if there is none of this name.
    pub fn lock(&self, name: &str) -> Result<Option<VolumeLock>> {
        let path = self.path(name);
        loop {
            let dir = match File::open(&path) {
                Ok(dir) => dir,
                Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
                Err(e) => return Err(e).with_context(|| format!("opening the volume {name}")),
            };
            let lock = Lock::exclusive_on(dir)?;
            // It may have been removed, and made anew, while we waited.
            if lock.is_on(&path)? {
                return Ok(self.get(name)?.map(|volume| VolumeLock { volume, lock }));
            }
        }
    }

    /// `None`: somebody was faster.
    fn make(
        &self,
        volume: &Volume,
        durability: Durability,
        prepare: &dyn Fn(&Path) -> Result<()>,
    ) -> Result<Option<Lock>> {
        // Closed: with mapped ids a container can make files there that belong to root, set-uid ones, too.
        file::make_dirs(&self.dir, 0o700)?;
        let make = |path: &Path, mode| {
            std::fs::create_dir(path)
                .and_then(|()| {
                    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
                })
                .with_context(|| format!("making {}", path.display()))
        };
        let (draft, lock) = self.begin()?;
        let data = draft.path.join("_data");
        make(&data, 0o755)?;
        prepare(&data)?;
        file::write_json(&draft.path.join("meta.json"), volume, durability)?;
        if durability == Durability::Durable {
            file::sync_dir(&draft.path)?;
        }
        let path = self.path(&volume.name);
        match file::rename(&draft.path, &path, durability) {
            Ok(()) => {
                std::mem::forget(draft);
                Ok(Some(lock))
            }
            // A directory with something in it isn't replaced.
            Err(_) if path.exists() => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// An empty directory with a temporary name, locked. Whoever sweeps may take it for a leftover until it is: then another is made.
    fn begin(&self) -> Result<(Draft, Lock)> {
        loop {
            let path = file::temporary_in(&self.dir)?;
            std::fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
            let dir = match File::open(&path) {
                Ok(dir) => dir,
                Err(e) if e.kind() == ErrorKind::NotFound => continue,
                Err(e) => return Err(e).with_context(|| format!("opening {}", path.display())),
            };
            let draft = Draft { path };
            let lock = Lock::exclusive_on(dir)?;
            if !lock.is_on(&draft.path)? {
                continue;
            }
            std::fs::set_permissions(&draft.path, std::os::unix::fs::PermissionsExt::from_mode(0o711))
                .with_context(|| format!("making {}", draft.path.display()))?;
            return Ok((draft, lock));
        }
    }

    /// Takes a volume out of the store: nobody finds it any more. What remains to be deleted is returned.
    pub fn take_out(&self, lock: &VolumeLock, durability: Durability) -> Result<PathBuf> {
        let doomed = file::temporary_in(&self.dir)?;
        file::rename(&self.path(&lock.volume.name), &doomed, durability)?;
        Ok(doomed)
    }

    /// Directories that dead processes have left half-made or half-deleted, each with its lock.
    pub fn leftovers(&self) -> Result<Vec<(PathBuf, Lock)>> {
        let mut dead = Vec::new();
        for name in file::names_in(&self.dir)?.into_iter().filter(|n| n.starts_with(file::TEMPORARY)) {
            let path = self.path(&name);
            if let Some(lock) = Lock::try_existing(&path)?
                && is_left(&path, &lock)?
            {
                dead.push((path, lock));
            }
        }
        Ok(dead)
    }

    /// Changes what is known of a volume.
    pub fn update(&self, lock: &mut VolumeLock, change: impl FnOnce(&mut Volume)) -> Result<()> {
        change(&mut lock.volume);
        file::write_json(&self.path(&lock.volume.name).join("meta.json"), &lock.volume, Durability::Durable)
    }
}

/// Whether it is still what was locked. Not if its maker has given it its name, and let go of it, since it was opened: then it is a volume.
fn is_left(path: &Path, lock: &Lock) -> Result<bool> {
    lock.is_on(path)
}

/// A volume that is being made; dropping it removes it.
struct Draft {
    path: PathBuf,
}

impl Drop for Draft {
    fn drop(&mut self) {
        // What can't be removed is found by its temporary name later.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

/// Refuses what can't be the name of a volume, in docker's words.
pub fn check_name(name: &str) -> Result<()> {
    if name.len() == 1 && id::is_name(name) {
        return Kind::Invalid.err(format!(
            "create {name}: volume name is too short, names should be at least two alphanumeric characters"
        ));
    }
    if id::is_name(name) {
        return Ok(());
    }
    Kind::Invalid.err(format!(
        "create {name}: \"{name}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn store(base: &Path) -> VolumeStore {
        VolumeStore::new(&Roots { root: base.join("r"), runroot: base.join("s"), rootless: false })
    }

    fn volume(name: &str) -> Volume {
        Volume {
            name: name.into(),
            created: Timestamp::UNIX_EPOCH,
            labels: BTreeMap::new(),
            options: DriverOptions::default(),
            anonymous: false,
        }
    }

    #[test]
    fn of_many_who_want_a_volume_one_makes_it_and_all_have_it() {
        let base = tempfile::tempdir().unwrap();
        let store = store(base.path());
        let new = std::thread::scope(|scope| {
            let claims: Vec<_> = (0..8)
                .map(|_| {
                    scope.spawn(|| {
                        store.claim(&volume("vol"), Durability::Ephemeral, &|_| Ok(())).unwrap().is_new
                    })
                })
                .collect();
            claims.into_iter().filter_map(|c| c.join().unwrap().then_some(())).count()
        });
        assert_eq!(new, 1);
        assert_eq!(store.list().unwrap(), [volume("vol")]);
        assert!(store.leftovers().unwrap().is_empty() && store.data("vol").is_dir());
        // What is made beside the volumes, for them to be filled, is none of them.
        std::fs::create_dir(base.path().join("r/volumes/.empty")).unwrap();
        assert_eq!(store.all_names().unwrap(), ["vol"]);
    }

    #[test]
    fn what_is_half_made_is_nobodys_volume() {
        let base = tempfile::tempdir().unwrap();
        let store = store(base.path());
        let failed = store.claim(&volume("vol"), Durability::Ephemeral, &|_| Kind::Unavailable.err("no"));
        assert!(failed.is_err());
        assert_eq!(std::fs::read_dir(store.dir).unwrap().count(), 0);
    }

    #[test]
    fn what_became_whole_before_it_was_locked_is_no_leftover() {
        let base = tempfile::tempdir().unwrap();
        let store = store(base.path());
        let early = std::cell::RefCell::new(None);
        let made = store.claim(&volume("vol"), Durability::Ephemeral, &|data| {
            let draft = data.parent().unwrap().to_path_buf();
            *early.borrow_mut() = Some((draft.clone(), File::open(&draft).unwrap()));
            Ok(())
        });
        drop(made.unwrap());
        let (draft, opened) = early.into_inner().unwrap();
        let lock = Lock::exclusive_on(opened).unwrap();
        assert!(lock.is_on(&store.path("vol")).unwrap());
        assert!(!is_left(&draft, &lock).unwrap());
    }

    #[test]
    fn a_volume_goes_away_in_one_step() {
        let base = tempfile::tempdir().unwrap();
        let store = store(base.path());
        let claimed = store.claim(&volume("vol"), Durability::Ephemeral, &|_| Ok(())).unwrap();
        let doomed = store.take_out(&claimed.lock, Durability::Ephemeral).unwrap();
        assert!(store.get("vol").unwrap().is_none() && store.leftovers().unwrap().is_empty(), "locked");
        drop(claimed);
        assert_eq!(store.leftovers().unwrap()[0].0, doomed);
    }

    #[test]
    fn names_are_dockers() {
        assert!(check_name("a1").is_ok());
        for bad in ["a", "x!", "../up", "", ".tmp-1"] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
