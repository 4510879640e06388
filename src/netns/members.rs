//! Who is on a network, and under which names: one file a container, which its monitor writes and the monitors of the others read.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::seen::Seen;
use crate::error::Result;
use crate::state::file::{self, Durability};

/// `networks/<network id>/members/<container id>` below the run-time root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The first is the container's name.
    pub names: Vec<String>,
    pub addresses: Vec<IpAddr>,
}

/// The members of one network.
#[derive(Debug, Clone)]
pub struct Members {
    dir: PathBuf,
}

impl Members {
    pub fn at(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub fn add(&self, container: &str, member: &Member) -> Result<()> {
        file::make_dirs(&self.dir, 0o700)?;
        file::write_json(&self.dir.join(container), member, Durability::Ephemeral)
    }

    pub fn remove(&self, container: &str) -> Result<()> {
        file::remove_file(&self.dir.join(container))
    }

    /// The members, to be read with [`read`].
    pub fn seen(&self) -> Seen<Vec<Member>> {
        Seen::new(self.dir.clone())
    }
}

/// The members that a directory tells of.
pub fn read(dir: &Path) -> Vec<Member> {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    let named = entries.map(|e| e.path()).filter(|path| !is_temporary(path));
    // One that is gone by now, or can't be read, has no names.
    named.filter_map(|path| file::read_json_opt(&path).ok()?).collect()
}

fn is_temporary(path: &Path) -> bool {
    path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(file::TEMPORARY.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_seen_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let members = Members::at(dir.path().join("members"));
        let mut seen = members.seen();
        assert_eq!(*seen.refresh(read), []);
        let member = |n: u8| Member { names: vec![format!("c{n}")], addresses: vec![[10, 0, 0, n].into()] };
        for n in 1..100 {
            members.add("one", &member(n)).unwrap();
            assert_eq!(*seen.refresh(read), [member(n)]);
        }
        std::fs::File::create(dir.path().join("members/.tmp-1")).unwrap();
        members.add("two", &member(200)).unwrap();
        assert_eq!(seen.refresh(read).len(), 2);
        members.remove("one").unwrap();
        members.remove("one").unwrap();
        assert_eq!(*seen.refresh(read), [member(200)]);
    }
}
