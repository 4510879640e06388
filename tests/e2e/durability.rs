//! What happens to the store when a command is killed, the disk is full, or many commands work on the same images at once.

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::sys::statvfs::statvfs;

use crate::fixtures;
use crate::harness::Dhow;
use crate::injection::killed_at;
use crate::registry::{Options, Registry};
use crate::store::is_clean;

/// Calls by which the store changes. Each is counted by itself, in each process.
const CHANGES: [&str; 9] = [
    "mkdir,mkdirat",
    "rename,renameat,renameat2",
    "link,linkat",
    "symlink,symlinkat",
    "unlink,unlinkat",
    "rmdir",
    "fsync,fdatasync",
    "flock",
    "write,pwrite64",
];

/// The first of each kind, and some of those that come later.
const WHICH: [usize; 6] = [1, 2, 3, 4, 6, 9];

/// For an ordinary user, whose commands start more processes and so take longer: what they do is the same.
const WHICH_OF_USER: [usize; 2] = [1, 3];

/// The command for a tracer that is root. (One with an ordinary user's rights could not follow newuidmap: set-uid programs don't work
/// under it.)
fn traceable(dhow: &Dhow, args: &[&str]) -> Command {
    let inner = dhow.command(args);
    if !dhow.is_rootless() {
        return inner;
    }
    let mut command = dhow.environment("setpriv");
    command.args(["--reuid", &dhow.uid.to_string(), "--regid", &dhow.gid.to_string(), "--clear-groups"]);
    command.arg(inner.get_program()).args(inner.get_args());
    command
}

/// Kills a command at every change, and sees to it that the next ones work and that the store is whole.
fn at_every_change(dhow: &Dhow, before: &[&[&str]], args: &[&str], after: &[&[&str]]) {
    let mut kills = 0;
    for call in CHANGES {
        for nth in if dhow.is_rootless() { &WHICH_OF_USER[..] } else { &WHICH[..] } {
            for command in before {
                dhow.run(*command).ok();
            }
            let killed = killed_at(dhow, call, *nth, traceable(dhow, args));
            let at = format!("{args:?} killed at {call} {nth}");
            let checked = dhow.run(["system", "check"]);
            assert_eq!(checked.code, 0, "{at}: {checked:?}");
            for command in after {
                let next = dhow.run(*command);
                assert_eq!(next.code, 0, "{at}: {next:?}");
            }
            dhow.run(["image", "prune", "-f"]).ok();
            dhow.run(["container", "prune", "-f", "--filter", "label!=keep"]).ok();
            dhow.run(["volume", "prune", "-f"]).ok();
            is_clean(dhow, &at);
            if !killed {
                break;
            }
            kills += 1;
        }
    }
    assert!(kills > 3, "only {kills} kills: is strace at work?");
}

both! {
    fn killed_pulls(dhow) {
        let registry = Registry::start(Options::default());
        let name = registry.push_busybox("app:1");
        let pull: &[&str] = &["pull", "-q", &name];
        at_every_change(dhow, &[], pull, &[pull, &["run", "--rm", &name, "true"], &["rmi", &name]]);
    }

    fn killed_runs(dhow) {
        dhow.load_busybox();
        let run = &["run", "-d", "--name", "c", "-v", "vol:/v", "-v", "/own", "busybox", "true"];
        let again = &["run", "--rm", "-v", "vol:/v", "busybox", "true"];
        at_every_change(dhow, &[], run, &[&["rm", "-fv", "c"], again, &["volume", "rm", "-f", "vol"]]);
    }

    fn killed_removals(dhow) {
        dhow.load_busybox();
        let create: &[&str] = &["create", "--name", "c", "-v", "/own", "busybox", "true"];
        at_every_change(dhow, &[create], &["rm", "-v", "c"], &[&["rm", "-fv", "c"], create, &["rm", "-v", "c"]]);
    }

    fn killed_commits(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "--name", "c", "--label", "keep", "busybox", "sh", "-c", "echo new >/new"]).ok();
        let commit: &[&str] = &["commit", "c", "made"];
        let look: &[&str] = &["run", "--rm", "made", "cat", "/new"];
        at_every_change(dhow, &[], commit, &[commit, look, &["rmi", "made"], &["start", "-a", "c"]]);
    }

    fn killed_makers_and_removers_of_volumes(dhow) {
        let (create, remove): (&[&str], &[&str]) = (&["volume", "create", "vol"], &["volume", "rm", "-f", "vol"]);
        at_every_change(dhow, &[], create, &[create, remove]);
        at_every_change(dhow, &[create], remove, &[remove, create, remove]);
    }

    fn killed_prunes_of_images(dhow) {
        let archive = fixtures::busybox_archive().to_str().unwrap();
        let load: &[&str] = &["load", "-q", "-i", archive];
        let run: &[&str] = &["run", "--rm", "busybox", "true"];
        at_every_change(dhow, &[load], &["image", "prune", "-af"], &[&["image", "prune", "-af"], load, run]);
    }
}

/// A small file system as the root of a user, gone when dropped.
struct Small<'a> {
    dhow: &'a Dhow,
}

impl<'a> Small<'a> {
    fn new(dhow: &'a Dhow, limits: &str) -> Self {
        let dir = dhow.root_dir();
        if !dir.exists() {
            std::fs::create_dir(&dir).unwrap();
        }
        let options = format!("{limits},mode=711,uid={},gid={}", dhow.uid, dhow.gid);
        let mut mount = Command::new("mount");
        let mounted = mount.args(["-t", "tmpfs", "-o", &options, "dhow-small"]).arg(&dir).status().unwrap();
        assert!(mounted.success());
        Self { dhow }
    }

    /// Bytes and inodes in use.
    fn used(&self) -> (u64, u64) {
        let stat = statvfs(&self.dhow.root_dir()).unwrap();
        ((stat.blocks() - stat.blocks_free()) * stat.fragment_size(), stat.files() - stat.files_free())
    }

    /// Leaves only so many bytes.
    fn fill_to(&self, left: u64) {
        let stat = statvfs(&self.dhow.root_dir()).unwrap();
        let free = stat.blocks_free() * stat.fragment_size();
        let zeros = vec![0; free.saturating_sub(left) as usize];
        #[allow(clippy::disallowed_methods)] // a file of the test
        std::fs::write(self.dhow.root_dir().join("filler"), zeros).unwrap();
    }

    /// Leaves only so many inodes.
    fn fill_inodes_to(&self, left: u64) {
        let dir = self.dhow.root_dir().join("filler");
        std::fs::create_dir(&dir).unwrap();
        let free = statvfs(&dir).unwrap().files_free();
        for n in 0..free.saturating_sub(left) {
            std::fs::File::create(dir.join(n.to_string())).unwrap();
        }
    }

    fn make_room(&self) {
        let filler = self.dhow.root_dir().join("filler");
        if filler.is_dir() {
            std::fs::remove_dir_all(filler).unwrap();
        } else {
            std::fs::remove_file(filler).unwrap();
        }
    }
}

impl Drop for Small<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.dhow.root_dir()).status();
    }
}

/// A command on a disk that is too small either works, or says in one line what is missing. Whether it worked.
fn works_or_says_why(dhow: &Dhow, args: &[&str], at: &str) -> bool {
    let out = dhow.run(args);
    if out.code == 0 {
        return true;
    }
    let said = out.stderr();
    let clear = said.contains("No space left on device") && !said.contains("panicked");
    assert!(clear && said.lines().filter(|l| l.starts_with("dhow: ")).count() == 1, "{at}: {out:?}");
    false
}

/// Loads or pulls on file systems of growing size; how often it failed.
fn grow(dhow: &Dhow, args: &[&str], limits: impl Iterator<Item = String>) -> usize {
    let mut failures = 0;
    for limit in limits {
        let small = Small::new(dhow, &limit);
        dhow.run(["images"]);
        let before = small.used();
        let worked = works_or_says_why(dhow, args, &limit);
        if worked {
            dhow.run(["rmi", "-f", dhow.run(["images", "-q"]).ok().trimmed().as_str()]).ok();
        }
        failures += usize::from(!worked);
        assert_eq!(dhow.run(["images", "-q"]).ok().trimmed(), "", "{limit}");
        let after = small.used();
        // A few directories, index.json and locks stay.
        assert!(
            after.0 <= before.0 + (64 << 10) && after.1 <= before.1 + 16,
            "{limit}: {before:?}, then {after:?}"
        );
        is_clean(dhow, &limit);
        drop(small);
        if worked {
            return failures;
        }
    }
    panic!("{args:?} never worked");
}

fn sizes() -> impl Iterator<Item = String> {
    [64, 128, 200, 400, 700, 1000, 1500, 2000, 2500, 3000, 4000, 6000, 16_000, 64_000]
        .map(|kib| format!("size={kib}k"))
        .into_iter()
}

fn inodes() -> impl Iterator<Item = String> {
    [6, 8, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 23, 30, 50, 100, 1000]
        .map(|n| format!("size=64m,nr_inodes={n}"))
        .into_iter()
}

both! {
    fn a_full_disk_at_each_stage_of_a_load(dhow) {
        let archive = fixtures::busybox_archive().to_str().unwrap();
        assert!(grow(dhow, &["load", "-q", "-i", archive], sizes()) > 3);
        assert!(grow(dhow, &["load", "-q", "-i", archive], inodes()) > 3);
    }

    fn a_full_disk_at_each_stage_of_a_pull(dhow) {
        let registry = Registry::start(Options::default());
        let name = registry.push_busybox("app:1");
        assert!(grow(dhow, &["pull", "-q", &name], sizes()) > 3);
        assert!(grow(dhow, &["pull", "-q", &name], inodes()) > 3);
    }

    fn a_full_disk_at_each_stage_of_a_run_and_a_commit(dhow) {
        let small = Small::new(dhow, "size=64m,nr_inodes=4000");
        dhow.load_busybox();
        dhow.run(["run", "--name", "c", "busybox", "sh", "-c", "head -c 300000 /dev/urandom >/new"]).ok();
        let mut failures = 0;
        let stages = (0..14).map(|n| (true, n * 4096)).chain([100, 200, 300, 500, 700].map(|n| (true, n << 10))).chain((0..14).map(|n| (false, n)));
        for (bytes, left) in stages {
            for args in [&["run", "-d", "--name", "r", "busybox", "true"][..], &["commit", "c", "made"]] {
                let at = format!("{args:?} with {left} {}", if bytes { "bytes" } else { "inodes" });
                dhow.run(["volume", "ls"]).ok();
                let before = small.used();
                if bytes { small.fill_to(left) } else { small.fill_inodes_to(left) }
                let worked = works_or_says_why(dhow, args, &at);
                // What could not be started stays as it was created, as with docker. To remove it needs no room.
                dhow.run(["rm", "-f", "r"]);
                if worked {
                    dhow.run(["rmi", "-f", "made"]);
                }
                failures += usize::from(!worked);
                small.make_room();
                assert_eq!(dhow.run(["ps", "-a", "--format", "{{.Names}}"]).ok().trimmed(), "c", "{at}");
                dhow.run(["image", "prune", "-f"]).ok();
                let after = small.used();
                assert!(after.0 <= before.0 + (32 << 10) && after.1 <= before.1 + 8, "{at}: {before:?}, then {after:?}");
                is_clean(dhow, &at);
            }
        }
        assert!(failures > 6, "{failures}");
        dhow.run(["rm", "c"]).ok();
        drop(small);
    }
}

/// What may go wrong when others take away what a command works on.
const CONFLICTS: [&str; 6] =
    ["No such image", "No such container", "conflict", "Conflict", "is being used", "not known to"];

/// For how long.
const BUSY: Duration = Duration::from_secs(60);

both! {
    fn two_dozen_at_the_same_images(dhow) {
        let registry = Registry::start(Options::default());
        let names = [registry.push_busybox("app:1"), registry.push_busybox("app:2")];
        let archive = fixtures::busybox_archive().to_str().unwrap();
        let end = Instant::now() + BUSY;
        let done = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for worker in 0..24 {
                let (names, done) = (&names, &done);
                scope.spawn(move || {
                    let mut round = worker;
                    while Instant::now() < end {
                        let name = names[round % 2].as_str();
                        let tag = format!("t{}", round % 5);
                        let args: Vec<&str> = match (worker + round) % 8 {
                            0 => vec!["pull", "-q", name],
                            1 => vec!["run", "--rm", name, "true"],
                            2 => vec!["tag", name, &tag],
                            3 => vec!["rmi", "-f", &tag],
                            4 => vec!["image", "prune", if round % 3 == 0 { "-af" } else { "-f" }],
                            5 => vec!["load", "-q", "-i", archive],
                            6 => vec!["run", "--rm", "--pull", "never", &tag, "true"],
                            _ => vec!["system", "df"],
                        };
                        let out = dhow.run(&args);
                        let said = out.stderr();
                        let is_conflict = CONFLICTS.iter().any(|c| said.contains(c));
                        assert!(out.code == 0 || is_conflict, "{args:?}: {out:?}");
                        done.fetch_add(1, Ordering::Relaxed);
                        round += 1;
                    }
                });
            }
        });
        assert!(done.into_inner() > 48);
        dhow.run(["image", "prune", "-af"]).ok();
        is_clean(dhow, "afterwards");
        assert_eq!(dhow.run(["images", "-q"]).ok().trimmed(), "");
        assert!(is_empty(&dhow.root_dir().join("layers")) && is_empty(&dhow.root_dir().join("images/blobs/sha256")));
    }
}

fn is_empty(dir: &Path) -> bool {
    std::fs::read_dir(dir).unwrap().count() == 0
}

/// The version is read on every command: with the file, one open, read and close more.
#[test]
fn a_command_pays_one_small_read_for_the_version() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    let log = dhow.file("strace.log", "");
    let inner = dhow.command(["ps"]);
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-e", "trace=open,openat,stat,newfstatat,statx", "-o"]).arg(&log);
    command.arg(inner.get_program()).args(inner.get_args());
    assert!(command.stdout(Stdio::null()).status().unwrap().success());
    let text = std::fs::read_to_string(&log).unwrap();
    assert_eq!(text.lines().filter(|l| l.contains("/r/version")).count(), 1, "{text}");
}

/// The calls by which a command flushes, in their order, with the files that they are about, of it and all processes that it starts.
fn flushes(dhow: &Dhow, args: &[&str]) -> Vec<String> {
    let log = dhow.file("flushes.log", "");
    let inner = traceable(dhow, args);
    let mut command = Command::new("strace");
    command.args([
        "-f",
        "-qq",
        "-y",
        "-e",
        "trace=fsync,fdatasync,syncfs,sync,sync_file_range",
        "-e",
        "signal=none",
        "-o",
    ]);
    command.arg(&log).arg(inner.get_program()).args(inner.get_args()).env_clear();
    for (key, value) in inner.get_envs() {
        command.env(key, value.unwrap_or_default());
    }
    assert!(command.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap().success(), "{args:?}");
    let text = std::fs::read_to_string(&log).unwrap();
    let id = |part: &str| {
        part.trim_start_matches(".tmp-").len() > 15
            && part.bytes().all(|b| b.is_ascii_hexdigit() || b".tmp-".contains(&b))
    };
    let call = |line: &str| {
        let (call, rest) = line.split_once(' ')?.1.trim().split_once('(')?;
        let path = rest.split_once('<')?.1.split_once('>')?.0.strip_prefix(dhow.root_dir().to_str()?)?;
        let path: Vec<&str> = path.split('/').map(|part| if id(part) { "*" } else { part }).collect();
        Some(format!("{call} {}", path.join("/")))
    };
    text.lines().filter_map(call).collect()
}

both! {
    fn what_a_command_makes_durable(dhow) {
        let archive = fixtures::busybox_archive().to_str().unwrap();
        dhow.run(["images"]).ok();
        // Layer and blob before the layer has its name, everything before the list names the image; then the list.
        let listed = ["syncfs /images", "fdatasync /images/*", "fsync /images"];
        let loaded = flushes(dhow, &["load", "-q", "-i", archive]);
        let loaded: Vec<&str> = loaded.iter().map(String::as_str).filter(|l| !l.contains("version") && *l != "fsync ").collect();
        // Of files that are large enough, the disk has begun with while others were unpacked.
        let (begun, loaded): (Vec<&str>, Vec<&str>) =
            loaded.into_iter().partition(|call| call.starts_with("sync_file_range "));
        assert_eq!(begun, ["sync_file_range /layers/*/fs/bin/busybox"]);
        let first = ["syncfs /layers/*", "fsync /layers", "fdatasync /images/*", "fsync /images"];
        assert_eq!(loaded, [&first[..], &listed].concat(), "the first command writes oci-layout, too");
        assert_eq!(flushes(dhow, &["tag", "busybox", "other"]), listed[1..]);
        // Nothing of a container that removes itself.
        assert!(flushes(dhow, &["run", "--rm", "busybox", "true"]).is_empty());
        assert!(flushes(dhow, &["run", "--rm", "-v", "/own", "busybox", "true"]).is_empty());
        // One that stays: its config and its name. What it does is gone with the machine.
        let created = ["fdatasync /containers/*/*", "fsync /containers/*", "fsync /names", "fsync /containers"];
        assert_eq!(flushes(dhow, &["create", "--name", "c", "busybox", "true"]), created);
        assert!(flushes(dhow, &["start", "-a", "c"]).is_empty());
        assert_eq!(flushes(dhow, &["rename", "c", "d"]).len(), 4, "the names, the config, the names");
        assert_eq!(flushes(dhow, &["rm", "d"]), ["fsync /containers", "fsync /names"]);
        // Whether it is to run after the next boot.
        dhow.run(["create", "--name", "c", "--restart", "on-failure", "busybox", "true"]).ok();
        assert_eq!(flushes(dhow, &["start", "-a", "c"]).iter().filter(|l| l.starts_with("fdatasync")).count(), 2);
        dhow.run(["rm", "c"]).ok();
        // A volume that has a name outlives the container that it is made for.
        let volume = ["fdatasync /volumes/*/*", "fsync /volumes/*", "fsync /volumes"];
        let made = flushes(dhow, &["run", "--rm", "-v", "vol:/v", "busybox", "true"]);
        assert!(volume.iter().all(|call| made.iter().any(|m| m == call)), "{made:?}");
        assert_eq!(flushes(dhow, &["volume", "rm", "vol"]), ["fsync /volumes"]);
    }

    fn what_a_power_loss_left_of_a_container_that_removes_itself(dhow) {
        dhow.load_busybox();
        dhow.run(["create", "--name", "stays", "busybox", "true"]).ok();
        for damage in ["config.json", "state.json"] {
            let id = if damage == "config.json" { "c0".repeat(32) } else { "57".repeat(32) };
            // As it was when the machine went down: the directory is there, what was in the file isn't.
            let dir = dhow.root_dir().join("containers").join(&id);
            std::fs::create_dir(&dir).unwrap();
            std::os::unix::fs::chown(&dir, Some(dhow.uid), Some(dhow.gid)).unwrap();
            std::fs::set_permissions(&dir, std::os::unix::fs::PermissionsExt::from_mode(0o1711)).unwrap();
            let config = dhow.root_dir().join("containers");
            let config = std::fs::read_dir(config).unwrap().flatten().map(|e| e.path().join("config.json")).find(|p| p.exists()).unwrap();
            let text = std::fs::read_to_string(config).unwrap().replace("\"auto_remove\":false", "\"auto_remove\":true").replace("\"stays\"", "\"lost\"");
            for name in ["config.json", "state.json"] {
                let text = if name == damage { String::new() } else if name == "config.json" { text.clone() } else { continue };
                dhow.file(&format!("r/containers/{id}/{name}"), text);
            }
            // Nothing that reads all containers stumbles over it, and the first that lists them removes it.
            dhow.run(["volume", "prune", "-f"]).ok();
            dhow.run(["image", "prune", "-f"]).ok();
            assert_eq!(dhow.run(["ps", "-a", "--format", "{{.Names}}"]).ok().trimmed(), "stays", "{damage}");
            assert!(!dir.exists(), "{damage}");
            is_clean(dhow, damage);
        }
    }
}
