//! What a server remembers of a container between requests.
//!
//! Files are changed by others at any time, so nothing is taken from memory but what was checked, in the same request, to be what the files
//! still say. As they are only ever replaced, none has changed if neither of the container's two directories has: by a look at each ([`Stamp`]),
//! and from the second time on by what the kernel has told of them ([`Unchanged`]). What isn't in these directories (does the monitor live, is
//! the container frozen) is never remembered. A server that is killed loses nothing but time.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::inspect_mounts;
use crate::container::{ContainerConfig, ContainerDir};
use crate::error::Result;
use crate::netns::Record;
use crate::state::unchanged::{Unchanged, Watcher};
use crate::state::{LockView, Stamp};

/// So long the kernel's word is taken for it, of a place that may have come to be somewhere else: a directory above it was moved, or something
/// is mounted there.
pub(super) const TRUST: Duration = Duration::from_secs(1);

/// What there is of a container with a server, beside what its files say.
#[derive(Debug)]
pub(super) struct Remembered {
    dir: Arc<ContainerDir>,
    stamps: Stamps,
    /// Since it was asked for again.
    watched: Mutex<Option<Watched>>,
    /// Of an active container. It is the file that is at the lock's path for as long as the stamps are these.
    lock: Option<LockView>,
    texts: Mutex<Vec<(TextKey, Text)>>,
    cost: Cost,
    /// Of all that is remembered, if this is counted.
    total: Option<Arc<AtomicUsize>>,
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

impl Remembered {
    /// Of what was read since `before`, if nothing has changed meanwhile, nor could without being seen.
    pub fn since(before: Before, dir: &ContainerDir, is_active: bool) -> Result<Option<Self>> {
        let Before { mut stamps, when } = before;
        stamps.run = stamps.run.filter(|_| is_active);
        // If that fails it is opened for each look, as others are.
        let lock = if is_active { LockView::of(&dir.lock_path()).ok().flatten() } else { None };
        let is_same = Stamps::of(dir, is_active)? == stamps;
        if !is_same || !stamps.are_settled(when) {
            return Ok(None);
        }
        let (watched, texts) = (Mutex::default(), Mutex::default());
        let cost = Cost::at(dir);
        Ok(Some(Self { dir: Arc::new(dir.clone()), stamps, watched, lock, texts, cost, total: None }))
    }

    /// Bytes of memory, more or less.
    pub fn cost(&self) -> usize {
        self.cost.all
    }

    /// Counts what it costs there, for as long as it lives.
    pub fn counted(mut self, total: &Arc<AtomicUsize>) -> Self {
        total.fetch_add(self.cost.all, Ordering::Relaxed);
        self.total = Some(total.clone());
        self
    }

    pub fn dir(&self) -> &Arc<ContainerDir> {
        &self.dir
    }

    pub fn lock(&self) -> Option<&LockView> {
        self.lock.as_ref()
    }

    /// Whether its files are what they were. Watches them from now on if they are.
    pub fn is_same(
        &self,
        config: &ContainerConfig,
        is_active: bool,
        watcher: Option<&Watcher>,
    ) -> Result<bool> {
        let mut watched = locked(&self.watched);
        if watched.as_ref().is_some_and(Watched::held) {
            return Ok(true);
        }
        *watched = None;
        let (dir, since) = (&self.dir, Instant::now());
        // Before the look: nothing can change between the two.
        let dirs = [&*dir.path, &*dir.run];
        let unchanged = watcher.and_then(|watcher| watcher.watch(&dirs[..=usize::from(is_active)]).ok());
        let is_same = Stamps::of(dir, is_active)? == self.stamps;
        if let Some(unchanged) = unchanged.filter(|_| is_same) {
            let is_mounted = inspect_mounts::is_mounted(dir, config);
            *watched = Some(Watched { unchanged, since, is_mounted });
        }
        Ok(is_same)
    }

    /// Whether its files are mounted on the host, if that is watched.
    pub fn is_mounted(&self) -> Option<bool> {
        locked(&self.watched).as_ref().map(|watched| watched.is_mounted)
    }

    #[cfg(test)]
    pub fn is_watched(&self) -> bool {
        locked(&self.watched).is_some()
    }

    /// The text of that key, if there is one.
    pub fn text(&self, key: TextKey) -> Option<Text> {
        locked(&self.texts).iter().find(|(known, _)| *known == key).map(|(_, text)| text.clone())
    }

    /// Remembers a text, if there is room for it.
    pub fn keep_text(&self, key: TextKey, text: &Text) {
        let size = |text: &Text| text.iter().map(|piece| piece.len()).sum::<usize>();
        let mut texts = locked(&self.texts);
        let taken: usize = texts.iter().map(|(_, text)| size(text)).sum();
        if taken + size(text) <= self.cost.texts {
            texts.push((key, text.clone()));
        }
    }
}

impl Drop for Remembered {
    fn drop(&mut self) {
        if let Some(total) = &self.total {
            total.fetch_sub(self.cost.all, Ordering::Relaxed);
        }
    }
}

/// Nobody's panic leaves one of these half-changed.
pub(super) fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A container's directories are what they are remembered as for as long as nothing is told of them.
#[derive(Debug)]
struct Watched {
    unchanged: Unchanged,
    since: Instant,
    /// Its files are mounted on the host. Who mounts them, or takes that away, touches the directory.
    is_mounted: bool,
}

impl Watched {
    fn held(&self) -> bool {
        self.since.elapsed() < TRUST && self.unchanged.held()
    }
}

/// What the directories were before the files were read, and when that was.
#[derive(Debug)]
pub(super) struct Before {
    stamps: Stamps,
    when: SystemTime,
}

impl Before {
    pub fn of(dir: &ContainerDir) -> Result<Self> {
        let when = SystemTime::now();
        // Both: whether it is active is yet to be read.
        Ok(Self { stamps: Stamps::of(dir, true)?, when })
    }
}

/// What the container's directories were.
#[derive(Debug, PartialEq, Eq)]
struct Stamps {
    /// With config and state. `None`: the container is about to be gone.
    dir: Option<Stamp>,
    /// Of an active container: with its place on networks, and what marks it as paused.
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

/// Bytes of memory, more or less.
#[derive(Debug, Clone, Copy)]
struct Cost {
    all: usize,
    /// So much of it is for texts.
    texts: usize,
}

impl Cost {
    /// Of a container whose files have so many bytes: a byte of JSON becomes some three, and is written into texts for two kinds of clients.
    fn of(files: u64) -> Self {
        let files = usize::try_from(files).unwrap_or(usize::MAX);
        let texts = files.saturating_mul(2).saturating_add(12 << 10);
        Self { all: files.saturating_mul(3).saturating_add(2 << 10).saturating_add(texts), texts }
    }

    fn at(dir: &ContainerDir) -> Self {
        let files = [dir.config_path(), dir.state_path(), Record::path(&dir.run)];
        let size = |path: &PathBuf| path.symlink_metadata().map_or(0, |meta| meta.len());
        Self::of(files.iter().map(size).sum())
    }
}
