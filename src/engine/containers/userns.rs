//! Ids for containers in user namespaces of root: each gets a range that no other container has.

use crate::container::config::ContainerConfig;
use crate::engine::Engine;
use crate::error::Result;
use crate::namespaces::mode::{self, Auto, UserMode};
use crate::state::Lock;

impl Engine {
    /// Sets the container's id mapping. The lock that is returned keeps the ids until others can see the config.
    pub(super) fn map_ids(&self, mode: &UserMode, config: &mut ContainerConfig) -> Result<Option<Lock>> {
        let auto = match mode {
            UserMode::Mapped(mapping) => {
                config.id_mapping = Some(mapping.clone());
                return Ok(None);
            }
            UserMode::Auto(auto) => auto.clone(),
            UserMode::Private if !self.roots.rootless => Auto::default(),
            UserMode::Usual | UserMode::Host | UserMode::Private => return Ok(None),
        };
        let lock = Lock::exclusive(&self.roots.root)?;
        let mut used = Vec::new();
        for dir in self.containers().list()? {
            // One that goes away meanwhile has none any more.
            used.extend(dir.config().ok().and_then(|c| c.id_mapping));
        }
        config.id_mapping = Some(mode::allocate(&auto, &used)?);
        Ok(Some(lock))
    }
}
