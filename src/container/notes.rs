//! What a container has to know of others whose configs name it, so that nobody need read every config: an empty file for each, named by its id,
//! in a directory of the container's own. One whose container is gone means nothing.

use std::io::ErrorKind;

use super::ContainerDir;
use crate::error::{Context, Result};
use crate::state::ContainerId;
use crate::state::file::{self, Durability};

/// In which way another container's config names this one: the directory.
#[derive(Debug, Clone, Copy)]
pub enum Note {
    /// It needs it (`--requires`).
    RequiredBy,
    /// It has names for it on the default network (`--link`).
    LinkedBy,
}

impl Note {
    fn directory(self) -> &'static str {
        match self {
            Self::RequiredBy => "required-by",
            Self::LinkedBy => "linked-by",
        }
    }
}

impl ContainerDir {
    pub fn note(&self, note: Note, by: &ContainerId, durability: Durability) -> Result<()> {
        let notes = self.path.join(note.directory());
        file::make_dirs(&notes, 0o700)?;
        file::write(&notes.join(by.as_str()), b"", durability)
    }

    /// Those that are noted and there.
    pub fn noted(&self, note: Note) -> Result<Vec<Self>> {
        let notes = self.path.join(note.directory());
        let entries = match std::fs::read_dir(&notes) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.with_context(|| format!("reading {}", notes.display()))?,
        };
        let ids = entries.flatten().filter_map(|e| ContainerId::parse(e.file_name().to_str()?).ok());
        Ok(ids.map(|id| self.sibling(&id)).filter(Self::exists).collect())
    }
}
