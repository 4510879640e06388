//! Containers that need others (`--requires`): those are started first, and not removed while they are needed.
//!
//! A container that is needed has an empty file for each that needs it, `required-by/<id>`, so that `rm` need not read every config. One
//! whose container is gone means nothing.

use crate::container::ContainerDir;
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};
use crate::state::ContainerId;
use crate::state::file::{self, Durability};

const DIRECTORY: &str = "required-by";

/// Notes that `by` needs the container.
pub(super) fn add(dir: &ContainerDir, by: &ContainerId, durability: Durability) -> Result<()> {
    let notes = dir.path.join(DIRECTORY);
    file::make_dirs(&notes, 0o700)?;
    file::write(&notes.join(by.as_str()), b"", durability)
}

impl Engine {
    pub(super) fn find_all(&self, wanted: &[String]) -> Result<Vec<ContainerDir>> {
        wanted.iter().map(|name| Ok(self.find(name)?.0)).collect()
    }

    /// The containers that need this one.
    pub(super) fn dependents(&self, dir: &ContainerDir) -> Result<Vec<ContainerDir>> {
        let notes = dir.path.join(DIRECTORY);
        let entries = match std::fs::read_dir(&notes) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.with_context(|| format!("reading {}", notes.display()))?,
        };
        let ids = entries.flatten().filter_map(|e| ContainerId::parse(e.file_name().to_str()?).ok());
        Ok(ids.map(|id| self.containers().dir(&id)).filter(ContainerDir::exists).collect())
    }

    /// Starts the containers that one needs, and those that they need. Each was there before the one that needs it: there is no circle.
    pub(super) fn start_required(&self, required: &[ContainerId]) -> Result<()> {
        for id in required {
            let dir = self.containers().dir(id);
            if !dir.exists() {
                return Kind::Conflict
                    .err(format!("the required container {} does not exist any more", id.short()));
            }
            self.start_detached(&dir)
                .with_context(|| format!("starting the required container {}", id.short()))?;
        }
        Ok(())
    }
}
