//! What images have in common, and who uses them: what a list of them leaves out unless it is asked for, as it takes time to find out.

use std::collections::{BTreeMap, HashSet};

use super::list::ImageSummary;
use crate::engine::Engine;
use crate::error::Result;
use crate::image::roots;
use crate::state::Digest;

impl Engine {
    /// Counts the containers that need each image.
    pub(super) fn count_users(&self, images: &mut [ImageSummary]) -> Result<()> {
        let containers = roots::containers(&self.roots)?;
        for image in images {
            image.containers = containers.iter().filter(|c| c.needs(&image.id)).count() as i64;
        }
        Ok(())
    }

    /// Sums up the layers of each image that another one has, too.
    pub(super) fn measure_shared(&self, images: &mut [ImageSummary]) -> Result<()> {
        let store = self.layers();
        let layers = self.layers_of_images()?;
        for image in images {
            let others: HashSet<&Digest> =
                layers.iter().filter(|(id, _)| **id != image.id).flat_map(|(_, theirs)| theirs).collect();
            let own = layers.get(&image.id).into_iter().flatten().filter(|layer| others.contains(layer));
            // Removed in this moment, or damaged: then `system check` tells.
            let size = |layer: &Digest| store.meta(layer).ok().flatten().map_or(0, |meta| meta.summary.size);
            image.shared_size = own.map(size).sum::<u64>() as i64;
        }
        Ok(())
    }

    /// The layers of each image, each once.
    fn layers_of_images(&self) -> Result<BTreeMap<Digest, HashSet<Digest>>> {
        let store = self.images();
        let mut layers = BTreeMap::new();
        for record in store.records()? {
            // One that is damaged is told of by the listing.
            if let Ok(image) = store.image(&record) {
                layers.insert(image.id, image.config.diff_ids.into_iter().collect());
            }
        }
        Ok(layers)
    }
}
