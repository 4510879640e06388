//! Who is on a network, and under which names: one file a container, which its monitor writes and the monitors of the others read.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

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

    fn list(&self) -> Vec<Member> {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let named = entries.map(|e| e.path()).filter(|path| !is_temporary(path));
        // One that is gone by now, or can't be read, has no names.
        named.filter_map(|path| file::read_json_opt(&path).ok()?).collect()
    }
}

fn is_temporary(path: &Path) -> bool {
    path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(file::TEMPORARY.as_bytes()))
}

/// Older kernels' time stamps stand still for up to 10 ms: of a directory that has just been changed they don't tell a further change.
const RECENT: Duration = Duration::from_millis(50);

/// A network's members as they were read last. An inotify instance would be simpler, but a user has no more than 128 of them.
#[derive(Debug)]
pub struct Seen {
    source: Members,
    /// The directory's time stamp.
    modified: Option<SystemTime>,
    members: Vec<Member>,
}

impl Seen {
    pub fn new(source: Members) -> Self {
        Self { source, modified: None, members: Vec::new() }
    }

    /// The members as they are now.
    pub fn refresh(&mut self) -> &[Member] {
        let modified = std::fs::metadata(&self.source.dir).and_then(|m| m.modified()).ok();
        if modified.is_none() || modified != self.modified {
            self.members = self.source.list();
            let age = modified.and_then(|m| SystemTime::now().duration_since(m).ok());
            self.modified = modified.filter(|_| age.is_some_and(|age| age > RECENT));
        }
        &self.members
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_is_seen_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let members = Members::at(dir.path().join("members"));
        let mut seen = Seen::new(members.clone());
        assert_eq!(seen.refresh(), []);
        let member = |n: u8| Member { names: vec![format!("c{n}")], addresses: vec![[10, 0, 0, n].into()] };
        for n in 1..100 {
            members.add("one", &member(n)).unwrap();
            assert_eq!(seen.refresh(), [member(n)]);
        }
        std::fs::File::create(dir.path().join("members/.tmp-1")).unwrap();
        members.add("two", &member(200)).unwrap();
        assert_eq!(seen.refresh().len(), 2);
        members.remove("one").unwrap();
        members.remove("one").unwrap();
        assert_eq!(seen.refresh(), [member(200)]);
    }
}
