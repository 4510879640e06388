//! Operations on images.

mod assemble;
mod collect;
mod commit;
mod hello;
mod history;
mod import;
mod inspect;
mod instructions;
mod layer;
mod list;
mod load;
mod merge;
mod new_layer;
mod prune;
mod remove;
mod run;
mod save;
mod sharing;
mod tag;
mod tree;
pub(crate) mod unpack_role;

pub use crate::image::Platform;
pub use commit::{CommitFormat, CommitRequest};
pub use history::HistoryStep;
pub use import::ImportRequest;
pub use inspect::ImageInspect;
pub use list::{ImageFilter, ImageSummary, ListRequest};
pub use load::Loaded;
pub use prune::{PruneReport, PruneRequest};
pub use remove::{RemoveRequest, Removed};
pub use run::{PullPolicy, RunImage};
pub(crate) use save::to_new_file;
pub use save::{SaveFormat, SaveTarget};
pub use tree::{ImageTree, TreeLayer};

// What requests and answers are made of.
pub use crate::image::ImageReference;
pub use crate::state::Digest;

pub(crate) use assemble::parts;
pub(crate) use layer::{Nowhere, Source};

use super::Engine;
use crate::error::{Kind, Result};
use crate::image::ImageStore;
use crate::image::config::ImageConfig;
use crate::layers::LayerStore;

/// Refuses an image that isn't for the platform that was asked for. (The store has one image under a name: a name that is pulled for another
/// platform stands for that one from then on.)
pub(crate) fn check_platform(name: &str, config: &ImageConfig, wanted: Option<&Platform>) -> Result<()> {
    let has = config.platform();
    match wanted {
        Some(wanted) if wanted.rank(&has).is_none() => Kind::NotFound.err(format!(
            "image with reference {name} was found but does not match the specified platform: wanted {wanted}, actual: {has} (dhow pull --platform {wanted} gets the other one, if there is one)"
        )),
        _ => Ok(()),
    }
}

impl Engine {
    pub(crate) fn images(&self) -> ImageStore {
        ImageStore::new(&self.roots)
    }

    pub(crate) fn layers(&self) -> LayerStore {
        LayerStore::new(&self.roots)
    }
}
