//! What the files of a container say, and what a server remembers of it between requests.
//!
//! Files are changed by others at any time, so nothing is taken from memory but what was checked, in the same request, to be what the files
//! still say. As they are only ever replaced, none has changed if neither of the container's two directories has ([`Stamp`]). What isn't in
//! these directories (does the monitor live, is the container frozen) is never remembered. A server that is killed loses nothing but time.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::status::{Liveness, liveness};
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
    /// It may be paused, and may run further programs.
    pub marks: Marks,
    remembered: Option<Remembered>,
}

/// What may be true of an active container, to be asked of others than files.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks {
    pub paused: bool,
    pub programs: bool,
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
    /// For a look that needs no more of an active container.
    pub fn new(config: ContainerConfig, state: ContainerState, record: Option<Record>) -> Self {
        let marks = Marks::default();
        Self { config: config.into(), state: state.into(), record, marks, remembered: None }
    }

    /// Reads all of it.
    pub fn read(dir: &ContainerDir, state: ContainerState) -> Result<Self> {
        let known = Self::new(dir.config()?, state, None);
        if !known.state.status.is_active() {
            return Ok(known);
        }
        let marks = Marks { paused: dir.paused_path().exists(), programs: dir.programs_path().exists() };
        Ok(Self { record: Record::read(&dir.run)?, marks, ..known })
    }

    pub fn liveness(&self, dir: &ContainerDir) -> Result<Liveness> {
        liveness(dir, &self.state, || self.marks.paused)
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

/// What the container's directories were.
#[derive(Debug, PartialEq, Eq)]
struct Stamps {
    /// With config and state. `None`: the container is about to be gone.
    dir: Option<Stamp>,
    /// Of an active container: with its place on networks, and what marks it as paused or running further programs.
    run: Option<Stamp>,
}

impl Stamps {
    fn of(dir: &ContainerDir, is_active: bool) -> Result<Self> {
        let run = if is_active { Stamp::of(&dir.run)? } else { None };
        Ok(Self { dir: Stamp::of(&dir.path)?, run })
    }

    fn are_settled(&self, when: SystemTime) -> bool {
        self.dir.is_some() && [&self.dir, &self.run].into_iter().flatten().all(|stamp| stamp.is_settled(when))
    }
}

/// Bytes of memory, more or less, that the files of a container become.
fn cost(dir: &ContainerDir) -> usize {
    let files = [dir.config_path(), dir.state_path(), Record::path(&dir.run)];
    let size = |path: &PathBuf| path.symlink_metadata().map_or(0, |meta| meta.len());
    (FIXED + files.iter().map(size).sum::<u64>() * GROWTH) as usize
}

/// What the directories were before the files were read, and when that was.
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
        Ok(Some(known).filter(|known| known.remembered.as_ref().is_some_and(|r| r.stamps == stamps)))
    }

    /// Remembers what was read since `before`, if nothing has changed meanwhile.
    fn keep(&self, dir: &ContainerDir, known: Known, before: Before, room: Room) -> Result<Arc<Known>> {
        let is_active = known.state.status.is_active();
        let Before { mut stamps, when } = before;
        stamps.run = stamps.run.filter(|_| is_active);
        let is_same = Stamps::of(dir, is_active)? == stamps;
        let is_lasting = is_same && stamps.are_settled(when);
        let cost = cost(dir);
        let mut all = lock(&self.known);
        all.remove(&dir.id);
        if !is_lasting || !self.has_room(&mut all, cost, room) {
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
            let Some(one) = all.keys().next().filter(|_| room == Room::OfOthers).cloned() else {
                return false;
            };
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
        // Both: whether it is active is yet to be read.
        Ok(Some(Before { stamps: Stamps::of(dir, true)?, when }))
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
