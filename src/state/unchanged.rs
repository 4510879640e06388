//! Whether directories are as they were, for a process that asks again and again: one system call ([`Watcher::learn`]) however many there
//! are, where a look at each ([`super::Stamp`]) has to find its way through a path. The kernel tells of each change before the call that makes
//! it returns.

use std::collections::HashMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use nix::errno::Errno;
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};

use crate::error::{Context, Result};

/// What changes a directory's [`super::Stamp`]: its entries, itself, and whether it is where it was. Told once: then it has changed.
const CHANGES: AddWatchFlags = AddWatchFlags::IN_CREATE
    .union(AddWatchFlags::IN_DELETE)
    .union(AddWatchFlags::IN_MOVED_FROM)
    .union(AddWatchFlags::IN_MOVED_TO)
    .union(AddWatchFlags::IN_ATTRIB)
    .union(AddWatchFlags::IN_DELETE_SELF)
    .union(AddWatchFlags::IN_MOVE_SELF)
    .union(AddWatchFlags::IN_ONLYDIR)
    .union(AddWatchFlags::IN_DONT_FOLLOW)
    .union(AddWatchFlags::IN_ONESHOT);

/// Watches directories.
#[derive(Debug, Clone)]
pub struct Watcher {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    notify: Inotify,
    /// Whom a change of a directory concerns.
    watched: Mutex<HashMap<WatchDescriptor, Arc<AtomicBool>>>,
}

/// Some directories, watched for as long as this lives.
#[derive(Debug)]
pub struct Unchanged {
    shared: Arc<Shared>,
    watched: Vec<WatchDescriptor>,
    changed: Arc<AtomicBool>,
}

impl Watcher {
    /// Fails if the user has too many of these already (inotify(7), max_user_instances).
    pub fn new() -> Result<Self> {
        let notify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)
            .context("making an inotify descriptor")?;
        Ok(Self { shared: Arc::new(Shared { notify, watched: Mutex::default() }) })
    }

    /// Learns what has happened so far. The lock is held meanwhile: nobody may ask between the reading of an event and what follows from it.
    pub fn learn(&self) {
        let mut watched = self.shared.watched();
        loop {
            let events = match self.shared.notify.read_events() {
                Ok(events) => events,
                Err(Errno::EINTR) => continue,
                Err(Errno::EAGAIN) => return,
                // Of what isn't known nothing is unchanged.
                Err(_) => return all_changed(&mut watched),
            };
            for event in events {
                if event.mask.contains(AddWatchFlags::IN_Q_OVERFLOW) {
                    all_changed(&mut watched);
                } else if let Some(changed) = watched.remove(&event.wd) {
                    changed.store(true, Ordering::Relaxed);
                }
            }
        }
    }

    /// Watches directories from now on. What was watched of them before counts as changed. Fails if one isn't there, or the user watches too
    /// many already.
    pub fn watch(&self, dirs: &[&Path]) -> Result<Unchanged> {
        let changed = Arc::new(AtomicBool::new(false));
        let mut unchanged =
            Unchanged { shared: self.shared.clone(), watched: Vec::with_capacity(dirs.len()), changed };
        let mut watched = self.shared.watched();
        for dir in dirs {
            let added = self.shared.notify.add_watch(*dir, CHANGES);
            let descriptor = match added.with_context(|| format!("watching {}", dir.display())) {
                Ok(descriptor) => descriptor,
                Err(error) => {
                    drop(watched);
                    return Err(error);
                }
            };
            unchanged.watched.push(descriptor);
            if let Some(other) = watched.insert(descriptor, unchanged.changed.clone()) {
                other.store(true, Ordering::Relaxed);
            }
        }
        drop(watched);
        Ok(unchanged)
    }
}

impl Shared {
    /// Nobody's panic leaves it half-changed.
    fn watched(&self) -> MutexGuard<'_, HashMap<WatchDescriptor, Arc<AtomicBool>>> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn all_changed(watched: &mut HashMap<WatchDescriptor, Arc<AtomicBool>>) {
    for (_, changed) in watched.drain() {
        changed.store(true, Ordering::Relaxed);
    }
}

impl Unchanged {
    /// Whether that was so when it was last [learnt](Watcher::learn) what has happened.
    pub fn held(&self) -> bool {
        !self.changed.load(Ordering::Relaxed)
    }
}

impl Drop for Unchanged {
    fn drop(&mut self) {
        let mut watched = self.shared.watched();
        for descriptor in &self.watched {
            // Another may have come to watch the same directory, which has one descriptor only.
            if watched.get(descriptor).is_some_and(|changed| Arc::ptr_eq(changed, &self.changed)) {
                watched.remove(descriptor);
                // Fails if it was told meanwhile: then it is gone.
                let _ = self.shared.notify.rm_watch(*descriptor);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::state::file::touch_dir;

    fn holds(watcher: &Watcher, unchanged: &Unchanged) -> bool {
        watcher.learn();
        unchanged.held()
    }

    #[test]
    #[allow(clippy::disallowed_methods)] // each change by itself
    fn what_changes_is_told_of() {
        let base = tempfile::tempdir().unwrap();
        let [dir, other, away] = ["dir", "other", "away"].map(|name| base.path().join(name));
        let (watcher, file) = (Watcher::new().unwrap(), dir.join("file"));
        let changes: [(&str, &dyn Fn()); 8] = [
            ("a file comes", &|| fs::write(&file, "1").unwrap()),
            ("a file is replaced", &|| {
                fs::write(other.join("new"), "2").unwrap();
                fs::rename(other.join("new"), &file).unwrap();
            }),
            ("a file goes elsewhere", &|| fs::rename(&file, other.join("gone")).unwrap()),
            ("it is touched", &|| touch_dir(&dir).unwrap()),
            ("a directory comes", &|| fs::create_dir(dir.join("sub")).unwrap()),
            ("a directory goes", &|| fs::remove_dir(dir.join("sub")).unwrap()),
            ("it goes elsewhere", &|| fs::rename(&dir, &away).unwrap()),
            ("it is removed", &|| fs::remove_dir(&dir).unwrap()),
        ];
        fs::create_dir(&other).unwrap();
        for (what, change) in changes {
            if !dir.exists() {
                fs::create_dir(&dir).unwrap();
            }
            let (unchanged, bystander) = (watcher.watch(&[&dir]).unwrap(), watcher.watch(&[&other]));
            assert!(holds(&watcher, &unchanged), "before {what}");
            assert!(
                fs::read_dir(&dir).unwrap().count() < 2 && holds(&watcher, &unchanged),
                "{what}: who looks changes nothing"
            );
            change();
            assert!(!holds(&watcher, &unchanged) && !holds(&watcher, &unchanged), "{what}");
            drop(bystander);
        }
        assert!(watcher.watch(&[&dir]).is_err(), "it isn't there");
        assert!(watcher.shared.watched().is_empty());
    }

    #[test]
    fn each_change_concerns_those_who_watch() {
        let base = tempfile::tempdir().unwrap();
        let [one, two, three] = ["one", "two", "three"].map(|name| base.path().join(name));
        for dir in [&one, &two, &three] {
            fs::create_dir(dir).unwrap();
        }
        let watcher = Watcher::new().unwrap();
        let (both, last) = (watcher.watch(&[&one, &two]).unwrap(), watcher.watch(&[&three]).unwrap());
        fs::create_dir(two.join("x")).unwrap();
        assert!(!holds(&watcher, &both) && holds(&watcher, &last));
        // Watched anew, by somebody who outlives who watched before.
        let first = watcher.watch(&[&one]).unwrap();
        drop(both);
        let second = watcher.watch(&[&one]).unwrap();
        assert!(!holds(&watcher, &first) && holds(&watcher, &second));
        drop(first);
        assert!(holds(&watcher, &second));
        fs::create_dir(one.join("x")).unwrap();
        assert!(!holds(&watcher, &second) && holds(&watcher, &last));
        drop((second, last));
        fs::create_dir(three.join("x")).unwrap();
        assert!(watcher.shared.watched().is_empty());
    }

    /// As many changes as the kernel keeps in mind, and more: from then on nothing is known.
    #[test]
    fn what_was_lost_is_a_change() {
        let base = tempfile::tempdir().unwrap();
        let (quiet, dirs) = (base.path().join("quiet"), base.path().join("dirs"));
        fs::create_dir(&quiet).unwrap();
        let watcher = Watcher::new().unwrap();
        let unchanged = watcher.watch(&[&quiet]).unwrap();
        let most: usize =
            fs::read_to_string("/proc/sys/fs/inotify/max_queued_events").unwrap().trim().parse().unwrap();
        // Two events each: what happened, and that it is not watched any longer.
        for n in 0..=most / 2 {
            let dir = dirs.join(n.to_string());
            fs::create_dir_all(&dir).unwrap();
            watcher.shared.notify.add_watch(&dir, CHANGES).unwrap();
            fs::remove_dir(&dir).unwrap();
        }
        assert!(!holds(&watcher, &unchanged));
    }
}
