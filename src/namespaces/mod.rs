//! User namespaces and their mappings, and joining the namespaces of another process.
//!
//! Owns how ids of this user map into a container. Never mounts, never starts the program of a container.

pub mod idmap;
pub mod mapped;
pub mod mode;
pub mod subid;

pub use idmap::{IdRange, Mapping, groups_here, is_nested};
pub use mode::UserMode;
