//! What the files of a container say, and what a server remembers of it between requests.
//!
//! Files are changed by others at any time, so nothing is taken from memory but what was checked, in the same request, to be what the files
//! still say. As they are only ever replaced, none has changed if neither of the container's two directories has: by a look at each ([`Stamp`]),
//! and from the second time on by what the kernel has told of them ([`Unchanged`]). What isn't in these directories (does the monitor live, is
//! the container frozen) is never remembered. A server that is killed loses nothing but time.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::inspect_mounts;
use super::status::{Liveness, liveness_by};
use crate::container::{ContainerConfig, ContainerDir, ContainerState};
use crate::engine::Engine;
use crate::error::Result;
use crate::netns::Record;
use crate::state::unchanged::{Unchanged, Watcher};
use crate::state::{ContainerId, Lock, LockView, Mark, Stamp};

/// So long the kernel's word is taken for it, of a place that may have come to be somewhere else: a directory above it was moved, or something
/// is mounted there.
const TRUST: Duration = Duration::from_secs(1);

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
    remembered: Option<Remembered>,
}

/// What there is beside with a server.
#[derive(Debug)]
struct Remembered {
    dir: Arc<ContainerDir>,
    stamps: Stamps,
    /// Since it was asked for again.
    watched: Mutex<Option<Watched>>,
    /// Of an active container. It is the file that is at the lock's path for as long as the stamps are these.
    lock: Option<LockView>,
    texts: Mutex<Vec<(TextKey, Text)>>,
    cost: Cost,
    /// Of all that is remembered.
    total: Arc<AtomicUsize>,
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

impl Remembered {
    /// Whether its files are what they were. Watches them from now on if they are.
    fn is_same(&self, config: &ContainerConfig, is_active: bool, watcher: Option<&Watcher>) -> Result<bool> {
        let mut watched = lock(&self.watched);
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
}

/// Bytes of memory, more or less.
#[derive(Debug, Clone, Copy)]
struct Cost {
    all: usize,
    /// So much of it is for texts.
    texts: usize,
}

impl Drop for Remembered {
    fn drop(&mut self) {
        self.total.fetch_sub(self.cost.all, Ordering::Relaxed);
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
        let watched = self.remembered.as_ref().and_then(|r| lock(&r.watched).as_ref().map(|w| w.is_mounted));
        watched.unwrap_or_else(|| inspect_mounts::is_mounted(dir, &self.config))
    }

    fn lock(&self) -> Option<&LockView> {
        self.remembered.as_ref()?.lock.as_ref()
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
        let size = |text: &Text| text.iter().map(|piece| piece.len()).sum::<usize>();
        let mut texts = lock(&remembered.texts);
        let taken: usize = texts.iter().map(|(_, text)| size(text)).sum();
        if taken + size(&text) <= remembered.cost.texts {
            texts.push((key, text.clone()));
        }
        Ok(text)
    }
}

/// Nobody's panic leaves one of these half-changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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
    /// `None`: the user has as many as he may have.
    watcher: OnceLock<Option<Watcher>>,
}

impl Memory {
    /// Bytes, more or less: three hundred containers with usual configs.
    const ROOM: usize = 8 << 20;

    fn watcher(&self) -> Option<&Watcher> {
        let made =
            || Watcher::new().inspect_err(|e| log::debug!("containers are looked at each time: {e}")).ok();
        self.watcher.get_or_init(made).as_ref()
    }

    /// What is known of a container, if that is still what its files say.
    fn recall(&self, id: &ContainerId) -> Result<Option<(Arc<ContainerDir>, Arc<Known>)>> {
        let Some(known) = lock(&self.known).get(id).cloned() else { return Ok(None) };
        let Some(remembered) = &known.remembered else { return Ok(None) };
        let is_same = remembered.is_same(&known.config, known.state.status.is_active(), self.watcher())?;
        Ok(is_same.then(|| (remembered.dir.clone(), known.clone())))
    }

    /// Remembers what was read since `before`, if nothing has changed meanwhile.
    fn keep(&self, dir: &ContainerDir, known: Known, before: Before, room: Room) -> Result<Arc<Known>> {
        let is_active = known.state.status.is_active();
        let Before { mut stamps, when } = before;
        stamps.run = stamps.run.filter(|_| is_active);
        // If that fails it is opened for each look, as others are.
        let lock_file = if is_active { LockView::of(&dir.lock_path()).ok().flatten() } else { None };
        let is_same = Stamps::of(dir, is_active)? == stamps;
        let is_lasting = is_same && stamps.are_settled(when);
        let cost = Cost::at(dir);
        let mut all = lock(&self.known);
        all.remove(&dir.id);
        if !is_lasting || !self.has_room(&mut all, cost.all, room) {
            return Ok(known.into());
        }
        self.total.fetch_add(cost.all, Ordering::Relaxed);
        let total = self.total.clone();
        let remembered = Remembered {
            dir: Arc::new(dir.clone()),
            stamps,
            watched: Mutex::default(),
            lock: lock_file,
            texts: Mutex::default(),
            cost,
            total,
        };
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
    /// To be called by each request before it [recalls](Self::recall) what it remembers.
    pub(super) fn learn(&self) {
        if let Some(watcher) = self.memory.as_ref().and_then(|memory| memory.watcher()) {
            watcher.learn();
        }
    }

    /// What is remembered of a container, if its files haven't changed since, as far as was [learnt](Self::learn).
    pub(super) fn recall(&self, id: &ContainerId) -> Result<Option<(Arc<ContainerDir>, Arc<Known>)>> {
        self.memory.as_ref().map_or(Ok(None), |memory| memory.recall(id))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::ContainerStore;
    use crate::state::Roots;
    use crate::state::file::{self, Durability};

    /// As `dhow create busybox true` writes it.
    const CONFIG: &str = r#"{
        "id": "6530aed7916191dfaab9fff907f7be253e592cb0454cd2d9b921f89082b43013", "name": "swift_gama", "created": "2026-11-29T16:58:43Z",
        "image": "busybox", "image_id": "sha256:136303ecaebf313246ef4eaadbce3e032afe73a85ebf5d0e4ccdd4c07b0f5582", "layers": [], "rootfs": null,
        "process": {"entrypoint": [], "command": ["true"], "env": [], "cwd": "/", "user": "", "groups": [], "tty": false, "open_stdin": false,
            "stdin_once": false, "attach": {"stdin": false, "stdout": true, "stderr": true}},
        "labels": {}, "exposed_ports": [], "hostname": null, "network": "none",
        "networking": {"published": [], "publish_all": false, "publish_mode": "dnat", "dns_search": [], "dns_options": [], "no_hosts": false,
            "no_hostname": false, "links": [], "reaches_host": false},
        "extra_hosts": [], "dns": [], "mounts": [], "tmpfs": [], "volumes": [], "volumes_from": [], "readonly_rootfs": false,
        "read_only_tmpfs": false, "layer": {"over_rootfs": false, "ephemeral": false, "size": null}, "shm_size": 67108864,
        "namespaces": {"pid": "private", "ipc": "private", "uts": "private", "cgroup": "private"}, "userns_mode": "", "id_mapping": null,
        "security": {"privileged": false, "cap_add": [], "cap_drop": [], "capabilities": null, "no_new_privileges": false, "apparmor": null,
            "selinux": null, "masked": [], "unmasked": "none", "seccomp": "default"},
        "ulimits": [], "sysctls": {}, "init": false, "runtime": null,
        "tuning": {"oom_score_adj": null, "domainname": null, "umask": null, "annotations": {}, "timeout": null, "localtime": null, "passwd": [],
            "keep_groups": false},
        "resources": {"memory": 0, "memory_reservation": 0, "memory_swap": 0, "memory_swappiness": null, "oom_kill_disable": false,
            "nano_cpus": 0, "cpu_shares": 0, "cpu_period": 0, "cpu_quota": 0, "cpu_rt_period": 0, "cpu_rt_runtime": 0, "cpuset_cpus": "",
            "cpuset_mems": "", "pids_limit": 0, "blkio_weight": 0, "blkio_weight_device": [], "device_read_bps": [], "device_write_bps": [],
            "device_read_iops": [], "device_write_iops": [], "unified": {}},
        "cgroup_parent": null, "systemd": null, "devices": [], "cdi": {"devices": [], "gpus": [], "directories": []}, "device_cgroup_rules": [],
        "stop_signal": 15, "stop_timeout": 10,
        "log": {"driver": "json-file", "max_size": 10485760, "max_file": 3, "compress": false, "buffer": null, "attributes": {}, "given": {}},
        "restart": "no", "health": null, "requires": [], "auto_remove": false
    }"#;

    /// An engine that remembers, and containers that have had their configs for a while.
    fn containers(base: &std::path::Path, count: usize, label: usize) -> (Engine, Vec<ContainerDir>) {
        let roots = Roots { root: base.join("r"), runroot: base.join("s"), rootless: false };
        let engine = Engine::open(Some(&roots.root), Some(&roots.runroot), None).unwrap().remembering();
        let store = ContainerStore::new(&roots);
        let mut config: ContainerConfig = serde_json::from_str(CONFIG).unwrap();
        config.labels.insert("x".into(), "x".repeat(label));
        let dirs: Vec<ContainerDir> = (0..count)
            .map(|_| store.begin(Durability::Ephemeral).unwrap().publish(&config).unwrap())
            .collect();
        let last = Stamp::of(&dirs[count - 1].path).unwrap().unwrap();
        while !last.is_settled(SystemTime::now()) {
            std::thread::yield_now();
        }
        (engine, dirs)
    }

    fn recalled(engine: &Engine, dir: &ContainerDir) -> Option<(Arc<ContainerDir>, Arc<Known>)> {
        engine.learn();
        engine.recall(&dir.id).unwrap()
    }

    fn look(engine: &Engine, dir: &ContainerDir, room: Room) -> bool {
        let recalled = recalled(engine, dir);
        if recalled.is_none() {
            let before = engine.before(dir).unwrap().unwrap();
            let known = Known::read(dir, dir.recorded_state().unwrap()).unwrap();
            drop(engine.keep(dir, known, before, room).unwrap());
        }
        recalled.is_some()
    }

    fn total(engine: &Engine) -> usize {
        engine.memory.as_ref().unwrap().total.load(Ordering::Relaxed)
    }

    #[test]
    fn no_more_is_remembered_than_there_is_room_for() {
        let base = tempfile::tempdir().unwrap();
        let (engine, dirs) = containers(base.path(), 40, 100 << 10);
        for _ in 0..3 {
            let recalled = dirs.iter().filter(|dir| look(&engine, dir, Room::Free)).count();
            assert!(recalled < 20 && total(&engine) <= Memory::ROOM);
        }
        // Those that are listed again and again stay.
        assert!(dirs.iter().filter(|dir| look(&engine, dir, Room::Free)).count() > 5);
        let last = dirs.iter().find(|dir| !look(&engine, dir, Room::Free)).unwrap();
        assert!(!look(&engine, last, Room::OfOthers) && look(&engine, last, Room::OfOthers));
        assert!(total(&engine) <= Memory::ROOM);
        engine.memory.as_ref().unwrap().keep_only(std::slice::from_ref(last));
        assert!(look(&engine, last, Room::Free) && total(&engine) < 1 << 20);
        engine.memory.as_ref().unwrap().keep_only(&[]);
        assert_eq!(total(&engine), 0);
    }

    #[test]
    fn what_is_too_large_or_too_young_is_not_remembered() {
        let base = tempfile::tempdir().unwrap();
        let (engine, dirs) = containers(base.path(), 1, 300 << 10);
        assert!(!look(&engine, &dirs[0], Room::OfOthers) && !look(&engine, &dirs[0], Room::OfOthers));
        assert_eq!(total(&engine), 0);
        let (engine, dirs) = containers(base.path(), 1, 10);
        file::write(&dirs[0].path.join("x"), b"", Durability::Ephemeral).unwrap();
        assert!(!look(&engine, &dirs[0], Room::Free));
        assert_eq!(total(&engine), 0);
    }

    /// From the second time on the kernel's word is taken, for a while; without it each directory is looked at each time.
    #[test]
    #[allow(clippy::disallowed_methods)] // nothing of a state file is moved
    fn what_was_asked_for_again_is_watched() {
        for is_watched in [true, false] {
            let base = tempfile::tempdir().unwrap();
            let (engine, dirs) = containers(base.path(), 1, 10);
            if !is_watched {
                engine.memory.as_ref().unwrap().watcher.set(None).unwrap();
            }
            let recalled = || recalled(&engine, &dirs[0]);
            look(&engine, &dirs[0], Room::Free);
            let (dir, known) = recalled().unwrap();
            assert_eq!(*dir, dirs[0]);
            assert_eq!(lock(&known.remembered.as_ref().unwrap().watched).is_some(), is_watched);
            // Of what happens above nothing is told.
            let begun = Instant::now();
            std::fs::rename(&engine.roots.root, base.path().join("away")).unwrap();
            let (is_there, spent) = (recalled().is_some(), begun.elapsed());
            assert!(is_there == is_watched || spent >= TRUST, "{is_there} {spent:?}");
            while recalled().is_some() {
                assert!(begun.elapsed() < 10 * TRUST);
            }
            std::fs::rename(base.path().join("away"), &engine.roots.root).unwrap();
            assert!(recalled().is_some());
            dirs[0].touch().unwrap();
            assert!(recalled().is_none());
        }
    }

    #[test]
    fn texts_last_as_long_as_the_files_and_have_their_room() {
        let base = tempfile::tempdir().unwrap();
        let (engine, dirs) = containers(base.path(), 1, 10);
        look(&engine, &dirs[0], Room::Free);
        let (_, known) = recalled(&engine, &dirs[0]).unwrap();
        let key = |variant| TextKey { form: ("a", variant), paused: false };
        let text = |size: usize| -> Text { Arc::from([Box::from("x".repeat(size))]) };
        assert_eq!(known.text(key(0), || Ok(text(5))).unwrap()[0].len(), 5);
        assert_eq!(known.text(key(0), || Ok(text(6))).unwrap()[0].len(), 5, "it is remembered");
        assert_eq!(known.text(TextKey { paused: true, ..key(0) }, || Ok(text(7))).unwrap()[0].len(), 7);
        assert_eq!(known.text(key(1), || Ok(text(1 << 20))).unwrap()[0].len(), 1 << 20);
        assert!(known.recall_text(key(1)).is_none(), "there is no room for it");
        file::write(&dirs[0].config_path(), CONFIG.as_bytes(), Durability::Ephemeral).unwrap();
        assert!(recalled(&engine, &dirs[0]).is_none());
    }
}
