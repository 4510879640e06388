//! File discipline: where things are, and the only ways in which they change.
//!
//! Owns the roots, atomic files, locks, ids and process identity. Knows nothing of what the files mean.

pub mod digest;
pub mod events;
pub mod file;
pub mod id;
pub mod lock;
pub mod process;
pub mod process_table;
pub mod roots;
pub mod session;
pub mod stamp;
pub mod unchanged;
pub mod version;
pub mod watch;

pub use digest::Digest;
pub use id::ContainerId;
pub use lock::{Lock, LockView, Mark};
pub use roots::Roots;
pub use stamp::Stamp;
