//! Images: names, documents and the store.

pub mod reference;

pub use reference::ImageReference;
