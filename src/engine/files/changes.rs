//! What a container has changed in its image, and what one image has of another.

use std::path::PathBuf;

use super::role::{Answer, Work};
use super::streams::{Running, Streams};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};
use crate::image::lookup;
use crate::layers::changes::Change;

impl Engine {
    /// Every path that the container has changed, sorted.
    pub fn changes(&self, container: &str) -> Result<Vec<Change>> {
        let (dir, _) = self.find(container)?;
        let own = self.own_layer(&dir, &dir.config()?)?;
        changes(&Work::Changes { own })
    }

    /// What the first image has that the second, or the image without its top layer, has not, sorted by path.
    pub fn image_changes(&self, image: &str, other: Option<&str>) -> Result<Vec<Change>> {
        let images = self.images();
        // Nothing is collected while it is being read.
        let _hold = images.hold()?;
        let new = self.layer_dirs(image)?;
        let old = match other {
            Some(other) => self.layer_dirs(other)?,
            None => new[..new.len().saturating_sub(1)].to_vec(),
        };
        changes(&Work::Between { old, new, user_namespace: self.roots.rootless })
    }

    /// The directories of an image's layers, the lowest first.
    pub(crate) fn layer_dirs(&self, image: &str) -> Result<Vec<PathBuf>> {
        let images = self.images();
        let found = lookup::find(&images, &images.records()?, image)?;
        let (_, _, config) = images.documents(found.record.manifest())?;
        let layers = self.layers();
        let dirs = config.diff_ids.iter().map(|id| {
            let dir = layers.fs_dir(id);
            layers
                .contains(id)
                .then_some(dir)
                .with_context(|| format!("layer {id} of {image} is not unpacked"))
        });
        dirs.collect()
    }
}

fn changes(work: &Work) -> Result<Vec<Change>> {
    let mut role = Running::on_layers(work, Streams::None)?;
    let Answer::Changes(changes) = role.answer()? else {
        return Kind::Corrupt.err("an answer that was not asked for");
    };
    role.finish()?;
    Ok(changes)
}
