//! Every operation once: typed requests, typed answers, progress as events. The command line and the API share it.
//!
//! The engine never forks, unshares or joins a namespace itself: it spawns single-threaded roles of the binary.

pub mod boot;
pub mod containers;
pub mod doctor;
pub mod events;
pub mod images;
pub mod info;
pub mod login;
pub mod networks;
pub mod progress;
mod pull;
pub mod time;

pub use pull::{PullRequest, Pulled};

use std::path::Path;

use crate::error::Result;
use crate::state::Roots;

/// All operations on one pair of roots.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(crate) roots: Roots,
}

impl Engine {
    /// The engine on the given roots, or on those of this user.
    pub fn open(root: Option<&Path>, runroot: Option<&Path>) -> Result<Self> {
        Ok(Self { roots: Roots::locate(root, runroot)? })
    }

    /// Whether this is an ordinary user's.
    pub fn is_rootless(&self) -> bool {
        self.roots.rootless
    }
}
