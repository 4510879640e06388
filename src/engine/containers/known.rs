//! What the files of a container say.

use std::sync::Arc;

use super::inspect_mounts;
use super::remembered::{Remembered, Text, TextKey};
use super::status::{Liveness, liveness_by};
use crate::container::{ContainerConfig, ContainerDir, ContainerState};
use crate::error::Result;
use crate::netns::Record;
use crate::state::{Lock, LockView, Mark};

/// What the files of a container say.
#[derive(Debug)]
pub(super) struct Known {
    pub config: Arc<ContainerConfig>,
    /// As it was written down.
    pub state: Arc<ContainerState>,
    /// Its places on networks, if it is active.
    pub record: Option<Record>,
    /// It may be paused: its cgroup is to be asked.
    pub is_marked: bool,
    /// What there is beside with a server.
    pub remembered: Option<Remembered>,
}

impl Known {
    /// For a look that needs no more of an active container.
    pub fn new(config: ContainerConfig, state: ContainerState, record: Option<Record>) -> Self {
        Self { config: config.into(), state: state.into(), record, is_marked: false, remembered: None }
    }

    /// Reads all of it.
    pub fn read(dir: &ContainerDir, state: ContainerState) -> Result<Self> {
        let known = Self::new(dir.config()?, state, None);
        if !known.state.status.is_active() {
            return Ok(known);
        }
        let is_marked = dir.paused_path().exists();
        Ok(Self { record: Record::read(&dir.run)?, is_marked, ..known })
    }

    pub fn liveness(&self, dir: &ContainerDir) -> Result<Liveness> {
        let is_held = || match self.lock() {
            Some(lock) => lock.is_held(),
            None => Lock::is_held(&dir.lock_path()),
        };
        liveness_by(&self.state, is_held, || self.is_marked)
    }

    /// Whether its monitor says that programs of `exec` run.
    pub fn has_programs(&self, dir: &ContainerDir) -> Result<bool> {
        match self.lock() {
            Some(lock) => lock.is_marked(),
            None => Mark::is_set(&dir.lock_path()),
        }
    }

    /// Whether its files are mounted on the host.
    pub fn is_mounted(&self, dir: &ContainerDir) -> bool {
        let watched = self.remembered.as_ref().and_then(Remembered::is_mounted);
        watched.unwrap_or_else(|| inspect_mounts::is_mounted(dir, &self.config))
    }

    fn lock(&self) -> Option<&LockView> {
        self.remembered.as_ref()?.lock()
    }

    /// What is written down, and what isn't.
    pub fn state(&self, liveness: Liveness) -> Arc<ContainerState> {
        match liveness {
            Liveness::Paused => ContainerState { paused: true, ..(*self.state).clone() }.into(),
            _ => self.state.clone(),
        }
    }

    /// The text of that key, if there is one.
    pub fn recall_text(&self, key: TextKey) -> Option<Text> {
        self.remembered.as_ref()?.text(key)
    }

    /// The text of that key, made anew if there is none.
    pub fn text(&self, key: TextKey, make: impl FnOnce() -> Result<Text>) -> Result<Text> {
        if let Some(text) = self.recall_text(key) {
            return Ok(text);
        }
        let text = make()?;
        if let Some(remembered) = &self.remembered {
            remembered.keep_text(key, &text);
        }
        Ok(text)
    }
}
