//! Noticing changes in a directory, by inotify. A user has few inotify descriptors (fs.inotify.max_user_instances, usually 128): a process in
//! which many wait for the same directory shares one among them.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use nix::sys::eventfd::{EfdFlags, EventFd};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use crate::error::{Context, Result};

/// Whether descriptors are shared.
static SHARING: AtomicBool = AtomicBool::new(false);

/// From now on those who wait for the same directory share a descriptor, and a thread that reads it.
pub fn share() {
    SHARING.store(true, Ordering::Relaxed);
}

/// Readable when something has happened in a directory.
#[derive(Debug)]
pub enum Signal {
    Own(Inotify),
    Shared(Arc<EventFd>),
}

impl AsFd for Signal {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Own(notify) => notify.as_fd(),
            Self::Shared(event) => event.as_fd(),
        }
    }
}

impl Signal {
    /// What has happened so far is known.
    pub fn clear(&self) -> Result<()> {
        match self {
            Self::Own(notify) => notify.read_events().map(drop).context("reading inotify events"),
            Self::Shared(event) => event.read().map(drop).context("reading an event descriptor"),
        }
    }
}

/// A signal for a directory. In a process that shares, a directory is always watched for the same.
pub fn signal(dir: &Path, flags: AddWatchFlags) -> Result<Signal> {
    if SHARING.load(Ordering::Relaxed) {
        return shared(dir, flags).map(Signal::Shared);
    }
    Ok(Signal::Own(inotify(dir, flags)?))
}

fn inotify(dir: &Path, flags: AddWatchFlags) -> Result<Inotify> {
    let notify = Inotify::init(InitFlags::IN_CLOEXEC).context("making an inotify descriptor")?;
    notify.add_watch(dir, flags).with_context(|| format!("watching {}", dir.display()))?;
    Ok(notify)
}

/// Who waits, by directory.
type Waiting = HashMap<PathBuf, Vec<Weak<EventFd>>>;
static WAITING: Mutex<Option<Waiting>> = Mutex::new(None);

fn shared(dir: &Path, flags: AddWatchFlags) -> Result<Arc<EventFd>> {
    let event = EventFd::from_flags(EfdFlags::EFD_CLOEXEC).context("making an event descriptor")?;
    let event = Arc::new(event);
    let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
    let waiting = waiting.get_or_insert_default();
    if let Some(those) = waiting.get_mut(dir) {
        those.push(Arc::downgrade(&event));
        return Ok(event);
    }
    let notify = inotify(dir, flags)?;
    waiting.insert(dir.into(), vec![Arc::downgrade(&event)]);
    let dir = dir.to_path_buf();
    std::thread::Builder::new()
        .stack_size(64 << 10)
        .spawn(move || tell(&notify, &dir))
        .context("starting a thread")?;
    Ok(event)
}

/// Wakes all who wait for the directory, as long as the process lives.
fn tell(notify: &Inotify, dir: &Path) {
    while notify.read_events().is_ok() {
        let mut waiting = WAITING.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(those) = waiting.as_mut().and_then(|w| w.get_mut(dir)) else { return };
        those.retain(|event| event.upgrade().is_some_and(|event| event.write(1).is_ok()));
    }
}
