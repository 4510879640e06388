//! Containers that need others (`--requires`): those are started first, and not removed while they are needed.

use crate::container::ContainerDir;
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};
use crate::state::ContainerId;

impl Engine {
    pub(super) fn find_all(&self, wanted: &[String]) -> Result<Vec<ContainerDir>> {
        wanted.iter().map(|name| Ok(self.find(name)?.0)).collect()
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
