//! Which copies of its layers a container needs: the usual ones, or such with owners for its user namespace.

use super::config::ContainerConfig;
use crate::layers::owners::{OwnerMap, OwnerRange};
use crate::layers::store::LayerStore;
use crate::namespaces::{IdRange, Mapping};
use crate::state::Roots;

/// The store that the container's layers are in.
pub fn layers(roots: &Roots, config: &ContainerConfig) -> LayerStore {
    layers_for(roots, config.id_mapping.as_ref())
}

/// The store for containers with these ids. Root's have the usual layers, seen through an idmapped mount.
pub fn layers_for(roots: &Roots, mapping: Option<&Mapping>) -> LayerStore {
    match mapping.filter(|_| roots.rootless).map(owners) {
        Some(owners) if !owners.is_identity() => LayerStore::shifted(roots, owners),
        _ => LayerStore::new(roots),
    }
}

/// From the owners of the files that the container has written to those that a layer is to name; `None` where they are the same.
pub fn to_image(roots: &Roots, config: &ContainerConfig) -> Option<OwnerMap> {
    let mapping = config.id_mapping.as_ref().filter(|_| roots.rootless)?;
    Some(owners(mapping).inverse()).filter(|map| !map.is_identity())
}

/// The container's id is what a layer names, the id in the user namespace around it what is stored.
fn owners(mapping: &Mapping) -> OwnerMap {
    let ranges = |list: &[IdRange]| {
        list.iter().map(|r| OwnerRange { from: r.inside, to: r.outside, size: r.size }).collect()
    };
    OwnerMap { uids: ranges(&mapping.uids), gids: ranges(&mapping.gids) }
}
