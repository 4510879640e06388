//! Images: names, documents and the store.
//!
//! Owns ROOT/images, an OCI image layout. Knows what references a layer, but never unpacks one and never talks to a registry.

pub mod archive;
pub mod blob;
pub mod config;
pub mod document;
pub mod lookup;
pub mod media;
pub mod platform;
pub mod reference;
pub mod roots;
pub mod save;
pub mod store;
pub mod words;

pub use platform::Platform;
pub use reference::ImageReference;
pub use store::ImageStore;
