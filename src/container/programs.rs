//! Which programs run in a container beside its own (`exec`, checks of its health), so that nobody need ask its monitor: an empty file for
//! each, named as the program is, in a directory of the container's run-time state. The monitor alone makes and removes them.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

use super::ContainerDir;
use crate::error::{Context, Kind, Result};
use crate::state::{file, id};

impl ContainerDir {
    /// There as soon as the container has run such a program once.
    pub fn programs_path(&self) -> PathBuf {
        self.run.join("programs")
    }

    /// Notes that a program runs. Its name comes from a client, and becomes a file's.
    pub fn note_program(&self, name: &str) -> Result<()> {
        if name.is_empty() || !id::is_lower_hex(name) {
            return Kind::Invalid.err(format!("{name:?} is not the name of a program of exec"));
        }
        let path = self.programs_path().join(name);
        let make = || OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let made = match make() {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                file::make_dirs(&self.programs_path(), 0o700)?;
                make()
            }
            other => other,
        };
        made.map(drop).with_context(|| format!("making {}", path.display()))
    }

    /// It has ended.
    pub fn forget_program(&self, name: &str) -> Result<()> {
        file::remove_file(&self.programs_path().join(name))
    }

    /// The names of those that run, which is the truth only while the container's monitor lives.
    pub fn programs(&self) -> Result<Vec<String>> {
        let path = self.programs_path();
        let entries = match std::fs::read_dir(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.with_context(|| format!("reading {}", path.display()))?,
        };
        let mut names: Vec<String> =
            entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect();
        names.sort_unstable();
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use crate::container::ContainerStore;
    use crate::state::Roots;
    use crate::state::file::Durability;

    #[test]
    fn what_runs_is_noted_until_it_has_ended() {
        let base = tempfile::tempdir().unwrap();
        let roots = Roots { root: base.path().join("r"), runroot: base.path().join("s"), rootless: false };
        let dir = ContainerStore::new(&roots).begin(Durability::Ephemeral).unwrap().publish(&()).unwrap();
        assert!(dir.programs().unwrap().is_empty());
        for name in ["", "../lock", "a/b", "x"] {
            assert!(dir.note_program(name).is_err(), "{name:?}");
        }
        dir.note_program("bb").unwrap();
        dir.note_program("aa").unwrap();
        assert_eq!(dir.programs().unwrap(), ["aa", "bb"]);
        dir.forget_program("bb").unwrap();
        dir.forget_program("bb").unwrap();
        assert_eq!(dir.programs().unwrap(), ["aa"]);
    }
}
