//! Power loss: a machine of its own (user-mode Linux) with a disk of its own is killed at random moments while it works, and booted again. What
//! a command had acknowledged is there, what it had removed is gone, and the store is clean.
//!
//! The disk is a file. What the machine's kernel has not written to it yet goes with the machine, as with a plug that is pulled. Its ext4
//! is mounted without `auto_da_alloc`, which would hide a missing flush, and writes nothing by itself in the short life of such a machine.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use crate::harness::{self, Dhow};
use crate::registry::{self, Registry};

/// How often the machine is killed.
const KILLS: usize = 50;
/// How long a boot and the look at everything may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// What is prepared for one life of the machine: more than it gets done.
const STEPS: usize = 20;

/// Random numbers that a seed repeats (xorshift64*).
struct Random(u64);

impl Random {
    fn seeded() -> Self {
        let given = std::env::var("DHOW_SEED").ok().and_then(|seed| seed.parse().ok());
        let now = || std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
        let seed = given.unwrap_or_else(now) | 1;
        println!("DHOW_SEED={seed} repeats what is done, and about when");
        Self(seed)
    }

    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % limit
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// What there is, or should be.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct World {
    /// The IDs of images by their names.
    images: BTreeMap<String, String>,
    containers: BTreeSet<String>,
    volumes: BTreeSet<String>,
}

/// An image that can be had from an archive and from the machine's registry.
struct Source {
    archive: PathBuf,
    name: String,
    remote: String,
    id: String,
}

/// Where docker-registry listens in the machine.
const REGISTRY: &str = "127.0.0.1:5000";

/// One command, and what it does to the world.
#[derive(Debug, Clone)]
struct Step {
    args: String,
    change: Change,
}

#[derive(Debug, Clone)]
enum Change {
    Nothing,
    /// The image named first gets this ID; an empty one is told by the command.
    Image(String, String),
    Tag(String, String),
    Untag(String),
    Container(String),
    NoContainer(String),
    Renamed(String, String),
    Volume(String),
    NoVolume(String),
}

impl Change {
    /// What it is about.
    fn names(&self) -> Vec<&str> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Image(name, _)
            | Self::Untag(name)
            | Self::Container(name)
            | Self::NoContainer(name)
            | Self::Volume(name)
            | Self::NoVolume(name) => vec![name],
            Self::Tag(from, to) | Self::Renamed(from, to) => vec![from, to],
        }
    }
}

impl Step {
    /// Whether it can be done whatever became of the other.
    fn is_free_of(&self, other: &Step) -> bool {
        let about = self.change.names();
        let mut words = self.args.split_whitespace().chain(about);
        let others = other.change.names();
        !words.any(|word| others.contains(&word))
    }
}

impl World {
    fn apply(&mut self, change: &Change, said: &str) {
        match change {
            Change::Nothing => {}
            Change::Image(name, id) => {
                let id = if id.is_empty() { said } else { id };
                self.images.insert(name.clone(), id.to_string());
            }
            Change::Tag(from, to) => {
                let id = self.images[from].clone();
                self.images.insert(to.clone(), id);
            }
            Change::Untag(name) => {
                self.images.remove(name);
            }
            Change::Container(name) => {
                self.containers.insert(name.clone());
            }
            Change::NoContainer(name) => {
                self.containers.remove(name);
            }
            Change::Renamed(from, to) => {
                self.containers.remove(from);
                self.containers.insert(to.clone());
            }
            Change::Volume(name) => {
                self.volumes.insert(name.clone());
            }
            Change::NoVolume(name) => {
                self.volumes.remove(name);
            }
        }
    }

    /// Something that can be done now.
    fn next(&self, random: &mut Random, sources: &[Source]) -> Step {
        let step = |args: String, change| Step { args, change };
        let number = random.below(4);
        let images: Vec<String> = self.images.keys().cloned().collect();
        let containers: Vec<String> = self.containers.iter().cloned().collect();
        let (container, volume) = (format!("c{number}"), format!("vol{number}"));
        loop {
            match random.below(11) {
                0 | 1 => {
                    let source = random.pick(sources);
                    let (args, name) = match random.below(2) {
                        0 => (format!("load -q -i {}", source.archive.display()), &source.name),
                        _ => (format!("pull -q {}", source.remote), &source.remote),
                    };
                    return step(args, Change::Image(name.clone(), source.id.clone()));
                }
                2 if !images.is_empty() => {
                    let (from, to) = (random.pick(&images).clone(), format!("localhost/tag:{number}"));
                    return step(format!("tag {from} {to}"), Change::Tag(from, to));
                }
                3 if images.len() > 2 => {
                    let name = random.pick(&images).clone();
                    return step(format!("rmi -f {name}"), Change::Untag(name));
                }
                4 | 5 if !images.is_empty() && !self.containers.contains(&container) => {
                    let image = random.pick(&images);
                    // Also one that runs when the machine dies, and one that is to start again.
                    let how = *random.pick(&[
                        "create",
                        "run -d",
                        "run -d --restart always -v own:/own",
                        "create -v /own",
                    ]);
                    let args = format!("{how} --network none --name {container} {image} sleep 1000");
                    return step(args, Change::Container(container));
                }
                6 if !containers.is_empty() => {
                    let name = random.pick(&containers).clone();
                    return step(format!("rm -f -v {name}"), Change::NoContainer(name));
                }
                7 if !containers.is_empty() && !self.containers.contains(&container) => {
                    let from = random.pick(&containers).clone();
                    return step(format!("rename {from} {container}"), Change::Renamed(from, container));
                }
                8 if !containers.is_empty() => {
                    let (from, to) = (random.pick(&containers), format!("localhost/made:{number}"));
                    return step(
                        format!("commit --pause=false {from} {to}"),
                        Change::Image(to, String::new()),
                    );
                }
                9 if !images.is_empty() => {
                    let image = random.pick(&images);
                    return step(format!("run --rm --network none {image} true"), Change::Nothing);
                }
                10 if self.volumes.contains(&volume) => {
                    return step(format!("volume rm {volume}"), Change::NoVolume(volume));
                }
                10 => return step(format!("volume create {volume}"), Change::Volume(volume)),
                _ => {}
            }
        }
    }
}

/// The machine while it lives. Dropping it pulls the plug.
struct Machine {
    child: Child,
    console: Receiver<String>,
    heard: Vec<String>,
}

impl Machine {
    fn boot(dhow: &Dhow, disk: &Path, init: &Path) -> Self {
        let mut command = Command::new("/usr/bin/linux.uml");
        command
            .args(["mem=192M", "root=/dev/root", "rootfstype=hostfs", "rootflags=/", "ro", "quiet"])
            // It would measure for a second which way of computing RAID 6 is the fastest.
            .arg("initcall_blacklist=raid6_select_algo")
            .args([
                "con=null",
                "con0=null,fd:1",
                "ssl=null",
                "console=tty0",
                "panic=1",
                "random.trust_cpu=on",
            ])
            .arg(format!("ubd0={}", disk.display()))
            .arg(format!("uml_dir={}", dhow.base.join("w").display()))
            .arg(format!("init={}", init.display()))
            .env("TMPDIR", "/dev/shm");
        command.process_group(0).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("linux.uml, of user-mode-linux: use tests/run");
        let (send, console) = channel();
        let out = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                let _ = send.send(line.trim_end().to_string());
            }
        });
        Self { child, console, heard: Vec::new() }
    }

    /// Listens until a line that begins so, or for as long as that; whether it came.
    fn listen(&mut self, until: &str, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while let Ok(line) = self.console.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            self.heard.push(line);
            if self.heard.last().is_some_and(|line| line.starts_with(until)) {
                return true;
            }
        }
        false
    }

    /// Kills it, and answers all that it said.
    fn kill(mut self) -> Vec<String> {
        self.end();
        let mut heard = std::mem::take(&mut self.heard);
        heard.extend(self.console.iter());
        heard
    }

    fn end(&mut self) {
        let _ = killpg(Pid::from_raw(self.child.id() as i32), Signal::SIGKILL);
        let _ = self.child.wait();
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        self.end();
    }
}

/// Process 1 of the machine: tells what is there, then does the steps, acknowledging each.
fn script(program: &Path, registry: &Path, steps: &[Step]) -> String {
    let overlay =
        Command::new("find").args(["/usr/lib/uml/modules", "-name", "overlay.ko"]).output().unwrap();
    let overlay = String::from_utf8(overlay.stdout).unwrap();
    let mut text = format!(
        r#"#!/bin/busybox sh
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sys /sys
$b mount -t tmpfs run /run
$b mount -t cgroup2 cgroup2 /sys/fs/cgroup
$b insmod {}
$b mount -t ext4 -o noauto_da_alloc,commit=300 /dev/ubda /mnt || echo "@failed to mount"
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root
$b ip link set lo up
docker-registry serve {} >/dev/null 2>&1 &
listens() {{ until $b wget -q -O /dev/null http://{REGISTRY}/v2/ 2>/dev/null; do $b usleep 10000; done; }}
d() {{ {} --root /mnt/r --runroot /run/dhow "$@" 2>/run/err; }}
look() {{ echo "@look $1"; shift; d "$@" || echo "@failed $*: $($b cat /run/err)"; }}
look images images --no-trunc --format '{{{{.Repository}}}}:{{{{.Tag}}}} {{{{.ID}}}}' --filter dangling=false
look containers ps -a --format '{{{{.Names}}}}'
look volumes volume ls -q
look check system check --repair --format json
echo @ready
"#,
        overlay.trim(),
        registry.display(),
        program.display(),
    );
    for (number, step) in steps.iter().enumerate() {
        if step.args.starts_with("pull ") {
            text += "listens\n";
        }
        text += &format!(
            "said=$(d {}); code=$?; : ${{said:=-}}; echo \"@done {number} $code $said\"; [ $code = 0 ] || $b cat /run/err\n",
            step.args
        );
    }
    text + "echo @end\n$b sleep 1000\n"
}

/// What the machine told of what is there.
fn looked(heard: &[String], at: &str) -> World {
    assert!(!heard.iter().any(|l| l.starts_with("@failed")), "{at}: {heard:#?}");
    let section = |name: &str| {
        let start = heard.iter().position(|l| *l == format!("@look {name}"));
        let start = start.unwrap_or_else(|| panic!("{at}: no {name}: {heard:#?}"));
        heard[start + 1..].iter().take_while(|l| !l.starts_with('@')).filter(|l| !l.is_empty()).cloned()
    };
    let check: Vec<String> = section("check").collect();
    let report: serde_json::Value = serde_json::from_str(&check.join("\n")).unwrap();
    // What was begun and not acknowledged may have left something, which is recognised and removed.
    let is_leftover = |f: &serde_json::Value| f["Damage"] == false && f["Repaired"] == true;
    assert!(report["Findings"].as_array().unwrap().iter().all(is_leftover), "{at}: {report:#}");
    let pair =
        |line: String| line.split_once(' ').map(|(name, id)| (name.to_string(), id.to_string())).unwrap();
    World {
        images: section("images").map(pair).collect(),
        containers: section("containers").collect(),
        volumes: section("volumes").filter(|name| name.starts_with("vol")).collect(),
    }
}

/// Images with two layers, made on this machine: their archives, and a registry's configuration.
fn sources(dhow: &Dhow) -> (Vec<Source>, PathBuf) {
    dhow.load_busybox();
    let registry = Registry::start(registry::Options::default());
    let make = |number: usize| {
        let name = format!("localhost/app{number}:latest");
        let files = format!(
            "for n in $(seq {}); do head -c $((n * 400)) /dev/urandom >/file$n; done",
            20 * (number + 1)
        );
        dhow.run(["run", "--name", "c", "busybox", "sh", "-c", &files]).ok();
        let id = dhow.run(["commit", "-q", "c", &name]).ok().trimmed();
        dhow.run(["rm", "c"]).ok();
        let archive = dhow.file(&format!("w/app{number}.tar"), "");
        dhow.run(["save", "-o", archive.to_str().unwrap(), &name]).ok();
        dhow.run(["push", "-q", &name, &format!("{}/app{number}:latest", registry.host())]).ok();
        Source { archive, name, remote: format!("{REGISTRY}/app{number}:latest"), id }
    };
    let sources = (0..3).map(make).collect();
    let data = dhow.base.join("w/registry");
    let copied = Command::new("cp").arg("-r").arg(registry.data()).arg(&data).status();
    assert!(copied.unwrap().success());
    let text = format!(
        "version: 0.1\nlog: {{ level: error }}\nstorage:\n  filesystem: {{ rootdirectory: {} }}\n  maintenance: {{ readonly: {{ enabled: true }} }}\nhttp: {{ addr: {REGISTRY} }}\n",
        data.display()
    );
    (sources, dhow.file("w/registry.yml", text))
}

/// A disk with an empty ext4.
fn disk(dhow: &Dhow) -> PathBuf {
    let path = dhow.file("w/disk", "");
    std::fs::File::options().write(true).open(&path).unwrap().set_len(400 << 20).unwrap();
    let made =
        Command::new("/sbin/mkfs.ext4").args(["-q", "-F", "-E", "lazy_itable_init=1"]).arg(&path).status();
    assert!(made.expect("mkfs.ext4, of e2fsprogs").success());
    path
}

/// What can be done one after the other, beginning with this world, in which one step may have been done or not.
fn plan(world: &World, open: Option<&Step>, random: &mut Random, sources: &[Source]) -> Vec<Step> {
    let mut planned = world.clone();
    let next = |_| {
        let step = loop {
            let step = planned.next(random, sources);
            if open.is_none_or(|open| step.is_free_of(open)) {
                break step;
            }
        };
        planned.apply(&step.change, "");
        step
    };
    (0..STEPS).map(next).collect()
}

/// The world after the step that was not acknowledged, if it was done.
fn with_open(world: &World, open: Option<&Step>, found: &World) -> World {
    let mut done = world.clone();
    if let Some(step) = open {
        // The ID of an image that was being made is its own secret.
        let new = match &step.change {
            Change::Image(name, _) => found.images.get(name).cloned().unwrap_or_default(),
            _ => String::new(),
        };
        done.apply(&step.change, &new);
    }
    done
}

/// Applies what was acknowledged; answers how many steps that were.
fn acknowledged(heard: &[String], steps: &[Step], world: &mut World, at: &str) -> usize {
    let mut next = 0;
    for line in heard.iter().filter_map(|l| l.strip_prefix("@done ")) {
        let mut words = line.splitn(3, ' ');
        let (number, code) = (words.next().unwrap(), words.next());
        // The last one may be cut off.
        let (Some(code), Some(said)) = (code, words.next()) else { break };
        let step = &steps[next];
        // The image of a container may have been removed: then nothing can be made of it.
        let is_gone = code == "1" && matches!(&step.change, Change::Image(_, id) if id.is_empty());
        let is_right = number == next.to_string() && (code == "0" || is_gone);
        assert!(is_right, "{at}: {step:?}: {heard:#?}");
        if !is_gone {
            world.apply(&step.change, said);
        }
        next += 1;
    }
    next
}

#[test]
fn the_plug_is_pulled() {
    let dhow = &Dhow::root();
    let mut random = Random::seeded();
    let (sources, registry) = sources(dhow);
    let (disk, init) = (disk(dhow), dhow.base.join("w/init"));
    let program = dhow.file("w/dhow", "");
    let strip = Command::new("strip").arg("-o").arg(&program).arg(harness::binary()).status();
    assert!(strip.expect("strip, of binutils").success());
    let mut world = World::default();
    // What was not acknowledged when the machine died: done or not.
    let mut open: Option<Step> = None;
    let (mut done, mut cut_off) = (0, 0);
    for life in 0..=KILLS {
        let at = format!("life {life}, after {done} steps, open: {open:?}");
        let steps = plan(&world, open.as_ref(), &mut random, &sources);
        dhow.file("w/init", script(&program, &registry, &steps));
        std::fs::set_permissions(&init, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let mut machine = Machine::boot(dhow, &disk, &init);
        assert!(machine.listen("@ready", PATIENCE), "{at}: {:#?}", machine.kill());
        let found = looked(&std::mem::take(&mut machine.heard), &at);
        if found != world {
            assert_eq!(found, with_open(&world, open.as_ref(), &found), "{at}");
            world = found;
            cut_off += 1;
        }
        if life == KILLS {
            break;
        }
        // In the middle of a step, or right at its end.
        let step = random.below(6);
        let came = step == 0 || machine.listen(&format!("@done {} ", step - 1), PATIENCE);
        assert!(came, "{at}: {:#?}", machine.kill());
        machine.listen("@end", Duration::from_millis(random.below(300) as u64));
        let count = acknowledged(&machine.kill(), &steps, &mut world, &at);
        open = steps.get(count).cloned();
        done += count;
    }
    println!("{KILLS} kills, {done} steps acknowledged, {cut_off} done but not acknowledged");
    assert!(done > KILLS, "only {done} steps in {KILLS} lives");
}
