//! What a server remembers of all containers: of as many as there is room for.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use super::known::Known;
use super::remembered::{Before, Remembered, locked};
use crate::container::ContainerDir;
use crate::engine::Engine;
use crate::error::Result;
use crate::state::ContainerId;
use crate::state::unchanged::Watcher;

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
        let Some(known) = locked(&self.known).get(id).cloned() else { return Ok(None) };
        let Some(remembered) = &known.remembered else { return Ok(None) };
        let is_same = remembered.is_same(&known.config, known.state.status.is_active(), self.watcher())?;
        Ok(is_same.then(|| (remembered.dir().clone(), known.clone())))
    }

    /// Remembers what was read since `before`, if nothing has changed meanwhile.
    fn keep(&self, dir: &ContainerDir, known: Known, before: Before, room: Room) -> Result<Arc<Known>> {
        let remembered = Remembered::since(before, dir, known.state.status.is_active())?;
        let mut all = locked(&self.known);
        all.remove(&dir.id);
        let Some(remembered) = remembered.filter(|one| self.has_room(&mut all, one.cost(), room)) else {
            return Ok(known.into());
        };
        let remembered = Some(remembered.counted(&self.total));
        let known = Arc::new(Known { remembered, ..known });
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
        let mut all = locked(&self.known);
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
        Before::of(dir).map(Some)
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
    use std::time::{Instant, SystemTime};

    use super::super::remembered::{TRUST, Text, TextKey};
    use super::*;
    use crate::container::{ContainerConfig, ContainerStore};
    use crate::state::file::{self, Durability};
    use crate::state::{Roots, Stamp};

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
            assert_eq!(known.remembered.as_ref().unwrap().is_watched(), is_watched);
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
