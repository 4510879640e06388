//! What the files of a container say, and what a server remembers of it between requests.
//!
//! Files are changed by others at any time, so nothing is taken from memory but what was checked, in the same request, to be what the files
//! still say: each of them must be the very one that was read ([`Stamp`]). What isn't in files (does the monitor live, is the container
//! frozen) is never remembered. A server that is killed loses nothing but time.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::status::Liveness;
use crate::container::{ContainerConfig, ContainerDir, ContainerState};
use crate::engine::Engine;
use crate::error::Result;
use crate::netns::Record;
use crate::state::{ContainerId, Stamp};

/// What the files of a container say.
#[derive(Debug)]
pub(super) struct Known {
    pub config: Arc<ContainerConfig>,
    /// As it was written down.
    pub state: Arc<ContainerState>,
    /// Its places on networks, if it is active.
    pub record: Option<Record>,
    remembered: Option<Remembered>,
}

/// What there is beside with a server.
#[derive(Debug)]
struct Remembered {
    stamps: Stamps,
    texts: Mutex<Vec<(TextKey, Text)>>,
    /// Bytes of its memory, more or less.
    cost: AtomicUsize,
    /// Of all that is remembered.
    total: Arc<AtomicUsize>,
}

impl Drop for Remembered {
    fn drop(&mut self) {
        self.total.fetch_sub(*self.cost.get_mut(), Ordering::Relaxed);
    }
}

/// What a text about a container depends on beside its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TextKey {
    pub form: Form,
    pub paused: bool,
}

/// What it is, for a front end to choose: its name, and in which of its variants.
pub type Form = (&'static str, u8);

/// What a front end has made of a container's files, in as many pieces as it likes.
pub type Text = Arc<[Box<str>]>;

impl Known {
    /// With what isn't to be remembered, or can't be.
    pub fn new(config: ContainerConfig, state: ContainerState, record: Option<Record>) -> Self {
        Self { config: config.into(), state: state.into(), record, remembered: None }
    }

    /// Reads all of it.
    pub fn read(dir: &ContainerDir, state: ContainerState) -> Result<Self> {
        let config = dir.config()?;
        let record = if state.status.is_active() { Record::read(&dir.run)? } else { None };
        Ok(Self::new(config, state, record))
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
        let texts = lock(&self.remembered.as_ref()?.texts);
        texts.iter().find(|(known, _)| *known == key).map(|(_, text)| text.clone())
    }

    /// The text of that key, made anew if there is none.
    pub fn text(&self, key: TextKey, make: impl FnOnce() -> Result<Text>) -> Result<Text> {
        if let Some(text) = self.recall_text(key) {
            return Ok(text);
        }
        let text = make()?;
        let Some(remembered) = &self.remembered else { return Ok(text) };
        let size: usize = text.iter().map(|piece| piece.len()).sum();
        let mut texts = lock(&remembered.texts);
        if texts.len() < MAX_TEXTS && remembered.total.load(Ordering::Relaxed) + size <= Memory::ROOM {
            remembered.total.fetch_add(size, Ordering::Relaxed);
            remembered.cost.fetch_add(size, Ordering::Relaxed);
            texts.push((key, text.clone()));
        }
        Ok(text)
    }

    #[cfg(test)]
    fn is_remembered(&self) -> bool {
        self.remembered.is_some()
    }
}

/// So many texts of one container: clients of one machine speak one or two versions of the API.
const MAX_TEXTS: usize = 6;
/// Bytes beside the contents of a container's files, and what one byte of JSON becomes in memory.
const FIXED: u64 = 2048;
const GROWTH: u64 = 3;

/// Nobody's panic leaves one of these half-changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Which files they were.
#[derive(Debug, PartialEq, Eq)]
struct Stamps {
    config: Stamp,
    state: Option<Stamp>,
    /// Of an active container.
    record: Option<Stamp>,
}

impl Stamps {
    /// `None` without a config: the container is about to be gone.
    fn of(dir: &ContainerDir, is_active: bool) -> Result<Option<Self>> {
        let Some(config) = Stamp::of(&dir.config_path())? else { return Ok(None) };
        let state = Stamp::of(&dir.state_path())?;
        let record = if is_active { Stamp::of(&Record::path(&dir.run))? } else { None };
        Ok(Some(Self { config, state, record }))
    }

    fn all(&self) -> impl Iterator<Item = &Stamp> {
        [Some(&self.config), self.state.as_ref(), self.record.as_ref()].into_iter().flatten()
    }

    fn cost(&self) -> usize {
        (FIXED + self.all().map(Stamp::size).sum::<u64>() * GROWTH) as usize
    }
}

/// Which files there were before they were read, and when that was.
#[derive(Debug)]
pub(super) struct Before {
    stamps: Stamps,
    when: SystemTime,
}

/// Where what is to be remembered finds its place when there is none left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    /// Nowhere: of more containers than can be remembered, each list would displace those that the next one asks for first.
    Free,
    /// In place of others.
    OfOthers,
}

/// What a server remembers, up to [`Memory::ROOM`].
#[derive(Debug, Default)]
pub(in crate::engine) struct Memory {
    known: Mutex<HashMap<ContainerId, Arc<Known>>>,
    total: Arc<AtomicUsize>,
}

impl Memory {
    /// Bytes, more or less. Some six hundred containers with usual configs.
    const ROOM: usize = 6 << 20;

    /// What is known of a container, if that is still what its files say.
    fn recall(&self, dir: &ContainerDir) -> Result<Option<Arc<Known>>> {
        let Some(known) = lock(&self.known).get(&dir.id).cloned() else { return Ok(None) };
        let stamps = Stamps::of(dir, known.state.status.is_active())?;
        Ok(Some(known).filter(|known| known.remembered.as_ref().map(|r| &r.stamps) == stamps.as_ref()))
    }

    /// Remembers what was read since `before`, if the files are still the same.
    fn keep(&self, dir: &ContainerDir, known: Known, before: Before, room: Room) -> Result<Arc<Known>> {
        let is_active = known.state.status.is_active();
        let Before { mut stamps, when } = before;
        stamps.record = stamps.record.filter(|_| is_active);
        let is_same = Stamps::of(dir, is_active)?.as_ref() == Some(&stamps);
        let is_settled = stamps.all().all(|stamp| stamp.is_settled(when));
        let cost = stamps.cost();
        let mut all = lock(&self.known);
        all.remove(&dir.id);
        if !is_same || !is_settled || !self.has_room(&mut all, cost, room) {
            return Ok(known.into());
        }
        self.total.fetch_add(cost, Ordering::Relaxed);
        let total = self.total.clone();
        let remembered = Remembered { stamps, texts: Mutex::default(), cost: cost.into(), total };
        let known = Arc::new(Known { remembered: Some(remembered), ..known });
        all.insert(dir.id.clone(), known.clone());
        Ok(known)
    }

    /// Whether something of that size can be remembered, if need be in place of others.
    fn has_room(&self, all: &mut HashMap<ContainerId, Arc<Known>>, cost: usize, room: Room) -> bool {
        // One that is larger than many others together isn't worth it.
        if cost > Self::ROOM / 8 {
            return false;
        }
        while self.total.load(Ordering::Relaxed) + cost > Self::ROOM {
            let Some(one) = all.keys().next().filter(|_| room == Room::OfOthers).cloned() else { return false };
            all.remove(&one);
        }
        true
    }

    /// Forgets containers that aren't there any more.
    pub(super) fn keep_only(&self, there: &[ContainerDir]) {
        let mut all = lock(&self.known);
        if all.len() < there.len() && self.total.load(Ordering::Relaxed) < Self::ROOM / 2 {
            return;
        }
        let there: HashSet<&ContainerId> = there.iter().map(|dir| &dir.id).collect();
        all.retain(|id, _| there.contains(id));
    }
}

impl Engine {
    /// What is remembered of a container, checked.
    pub(super) fn recall(&self, dir: &ContainerDir) -> Result<Option<Arc<Known>>> {
        self.memory.as_ref().map_or(Ok(None), |memory| memory.recall(dir))
    }

    /// To be called before a container's files are read, if what they say is to be remembered.
    pub(super) fn before(&self, dir: &ContainerDir) -> Result<Option<Before>> {
        if self.memory.is_none() {
            return Ok(None);
        }
        let when = SystemTime::now();
        // With the file that only an active container has: whether it is one is yet to be read.
        Ok(Stamps::of(dir, true)?.map(|stamps| Before { stamps, when }))
    }

    /// Remembers what was read since.
    pub(super) fn keep(
        &self,
        dir: &ContainerDir,
        known: Known,
        before: Before,
        room: Room,
    ) -> Result<Arc<Known>> {
        match &self.memory {
            Some(memory) => memory.keep(dir, known, before, room),
            None => Ok(known.into()),
        }
    }
}
