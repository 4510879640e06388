//! The OCI runtime: containers that another engine made a bundle for and drives from outside (OCI runtime specification, runtime.md).
//!
//! Owns the state of such containers, a directory each, which is all that one command knows of what another did. No process of dhow stays:
//! the container's first process belongs to whoever called. Knows nothing of images, of `dhow run`'s containers or of monitors.

pub mod console;
pub mod control;
pub mod create;
pub mod exec;
pub mod features;
mod foreground;
pub mod id;
pub mod lifecycle;
pub mod process_file;
pub mod store;
pub mod template;

pub use create::CreateRequest;
pub use exec::ExecRequest;
pub use id::Id;
pub use store::{Instance, Status, Store};

pub use crate::container::quantity;
pub use crate::state::process_table;

/// The version of the specification that is implemented.
pub const SPEC_VERSION: &str = "1.3.0";
