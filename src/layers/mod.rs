//! Layers: root file system changesets as tar streams, unpacked once per diff ID and shared by every image that has them.
//!
//! Owns ROOT/layers. Never knows of images, registries or containers, never follows a path out of the directory that it unpacks into.

pub mod apply;
pub mod aside;
pub mod changes;
pub mod chunks;
pub mod compare;
pub mod entries;
pub mod header;
mod holes;
pub mod owners;
pub mod pack;
pub mod pax;
pub mod remove;
pub mod shown;
pub mod sparse;
pub mod store;
pub mod unpack;
pub mod walk;
mod write_back;

pub use store::LayerStore;
