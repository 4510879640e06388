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
use crate::image::ImageStore;
use crate::layers::LayerStore;

impl Engine {
    pub(crate) fn images(&self) -> ImageStore {
        ImageStore::new(&self.roots)
    }

    pub(crate) fn layers(&self) -> LayerStore {
        LayerStore::new(&self.roots)
    }
}
