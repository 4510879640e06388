//! Every operation once: typed requests, typed answers, progress as events. The command line and the API share it.
//!
//! The engine never forks, unshares or joins a namespace itself: it spawns single-threaded roles of the binary.

pub mod boot;
pub mod configuration;
pub mod containers;
mod distribution;
pub mod doctor;
pub mod events;
pub mod files;
pub mod images;
pub mod info;
pub mod login;
pub mod networks;
pub mod progress;
mod pull;
mod push;
pub mod search;
pub mod serving;
pub mod serving_units;
pub mod system;
pub mod time;
pub(crate) mod unshare;
pub mod volumes;

pub use pull::{PullRequest, Pulled};
pub use push::{PushRequest, Pushed};

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use crate::error::Result;
use crate::state::Roots;
use configuration::Settings;

/// All operations on one pair of roots.
#[derive(Debug, Clone)]
pub struct Engine {
    pub(crate) roots: Roots,
    /// The configuration file to read instead of the usual ones.
    config_file: Option<PathBuf>,
    /// Read when something asks for it.
    settings: OnceLock<Settings>,
    /// What a server remembers of containers.
    memory: Option<Arc<containers::Memory>>,
}

impl Engine {
    /// The engine on the given roots, or on those that the configuration names, or on those of this user.
    pub fn open(root: Option<&Path>, runroot: Option<&Path>, config_file: Option<PathBuf>) -> Result<Self> {
        let engine = Self::open_any_version(root, runroot, config_file)?;
        system::check_version(&engine.roots)?;
        Ok(engine)
    }

    /// The same for roots that an older dhow wrote: for [`Self::migrate`] only.
    pub fn open_any_version(
        root: Option<&Path>,
        runroot: Option<&Path>,
        config_file: Option<PathBuf>,
    ) -> Result<Self> {
        if root.is_some() && runroot.is_some() {
            return Ok(Self {
                roots: Roots::locate(root, runroot)?,
                config_file,
                settings: OnceLock::new(),
                memory: None,
            });
        }
        let settings = Settings::load(config_file.as_deref())?;
        let roots =
            Roots::locate(root.or(settings.root.as_deref()), runroot.or(settings.runroot.as_deref()))?;
        Ok(Self { roots, config_file, settings: settings.into(), memory: None })
    }

    /// The same for a server, which is asked for the same containers again and again.
    #[must_use]
    pub fn remembering(self) -> Self {
        Self { memory: Some(Arc::default()), ..self }
    }

    /// The defaults of the configuration files.
    pub fn settings(&self) -> Result<&Settings> {
        if let Some(settings) = self.settings.get() {
            return Ok(settings);
        }
        let loaded = Settings::load(self.config_file.as_deref())?;
        Ok(self.settings.get_or_init(|| loaded))
    }

    /// Whether this is an ordinary user's.
    pub fn is_rootless(&self) -> bool {
        self.roots.rootless
    }
}
