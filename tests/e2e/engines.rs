//! Other engines with dhow as their OCI runtime: podman, dockerd and containerd of Debian, each on directories of its own.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::fixtures::busybox_archive;
use crate::harness::{Dhow, Output, Stdin, TIMEOUT, binary, finish, wait};
use crate::terminal::Terminal;

/// How many containers are started side by side.
const MANY: usize = 50;

pub struct Engine<'a> {
    dhow: &'a Dhow,
    client: Vec<String>,
    pub env: Vec<(&'static str, PathBuf)>,
    daemon: Option<Child>,
}

impl<'a> Engine<'a> {
    pub fn new(dhow: &'a Dhow, client: &[&str]) -> Self {
        Self { dhow, client: client.iter().map(ToString::to_string).collect(), env: Vec::new(), daemon: None }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.dhow.bare_command(&self.client[0]);
        command.args(&self.client[1..]).args(args).envs(self.env.iter().map(|(k, v)| (k, v)));
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        let command = self.command(args);
        let what = format!("{command:?}");
        finish(command, what, Stdin::Empty, TIMEOUT)
    }

    /// Starts the daemon and waits until it answers the client command `probe`.
    pub fn start(&mut self, mut daemon: Command, probe: &[&str]) {
        let log = self.dhow.base.join("w/daemon.log");
        let file = File::create(&log).unwrap();
        daemon.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        self.daemon = Some(daemon.spawn().unwrap());
        let deadline = Instant::now() + TIMEOUT;
        while self.run(probe).code != 0 {
            assert!(Instant::now() < deadline, "{daemon:?}: {}", std::fs::read_to_string(&log).unwrap());
        }
    }

    /// Runs many at once; all must print their number.
    fn many(&self, args: impl Fn(usize) -> Vec<String>) {
        let spawn = |n: usize| {
            let args = args(n);
            let args: Vec<&str> = args.iter().map(String::as_str).collect();
            self.command(&args)
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let children: Vec<Child> = (0..MANY).map(spawn).collect();
        for (n, child) in children.into_iter().enumerate() {
            let out = child.wait_with_output().unwrap();
            assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), n.to_string(), "{out:?}");
        }
    }
}

impl Drop for Engine<'_> {
    fn drop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let _ = kill(Pid::from_raw(daemon.id() as i32), Signal::SIGTERM);
            if !wait(&daemon, Duration::from_secs(15)) {
                let _ = daemon.kill();
            }
            let _ = daemon.wait();
        }
        // What the engines keep mounted is theirs, not dhow's.
        let mountinfo = std::fs::read_to_string("/proc/self/mountinfo").unwrap_or_default();
        let base = self.dhow.base.to_str().unwrap();
        for place in mountinfo.lines().filter_map(|l| l.split(' ').nth(4)).filter(|p| p.starts_with(base)) {
            let _ = nix::mount::umount2(place, nix::mount::MntFlags::MNT_DETACH);
        }
    }
}

/// dhow under the name by which it is an OCI runtime.
fn runtime(dhow: &Dhow) -> PathBuf {
    let link = dhow.base.join("w/dhow-oci");
    std::os::unix::fs::symlink(binary(), &link).unwrap();
    link
}

/// What podman and docker have in common; `run` holds further options of their `run`.
fn life_of_a_container(engine: &Engine<'_>, run: &[&str]) {
    let run = |args: &[&str]| engine.run(&[&["run"], run, args].concat());
    assert_eq!(run(&["--rm", "busybox", "echo", "hello"]).ok().stdout(), "hello\n");
    let out = run(&["--rm", "busybox", "sh", "-c", "echo $HOME; exit 3"]);
    assert_eq!((out.code, out.trimmed().as_str()), (3, "/root"), "{out:?}");
    run(&["--rm", "busybox", "nope"]).fails(127).says("executable file not found in $PATH");
    run(&["-d", "--name", "cc", "busybox", "sleep", "1000"]).ok();
    assert_eq!(
        engine
            .run(&["exec", "-e", "A=b", "cc", "sh", "-c", "echo $A; hostname > /h; cat /h | wc -c"])
            .ok()
            .lines()[0],
        "b"
    );
    assert_eq!(engine.run(&["exec", "cc", "sh", "-c", "exit 4"]).code, 4);
    // Both engines give exec a terminal when asked, whatever their own input is; docker's client refuses that.
    let terminal = engine.command(&["exec", "-t", "cc", "tty"]).stdin(Stdio::null()).output().unwrap();
    assert!(String::from_utf8_lossy(&terminal.stdout).contains("/dev/pts/0"), "{terminal:?}");
    assert!(run(&["--rm", "-t", "busybox", "tty"]).ok().stdout().contains("/dev/"));
    assert!(engine.run(&["top", "cc"]).ok().stdout().contains("sleep 1000"));
    if !engine.dhow.is_rootless() {
        counted_and_paused(engine);
    }
    engine.run(&["restart", "-t", "0", "cc"]).ok();
    engine.run(&["exec", "cc", "cat", "/h"]).ok();
    engine.run(&["kill", "-s", "KILL", "cc"]).ok();
    assert_eq!(engine.run(&["wait", "cc"]).ok().trimmed(), "137");
    engine.run(&["start", "cc"]).ok();
    engine.run(&["stop", "-t", "0", "cc"]).ok();
    engine.run(&["rm", "cc"]).ok();
    assert_eq!(engine.run(&["ps", "-a", "-q"]).ok().stdout(), "");
}

/// What takes a cgroup, which an ordinary user has none of here.
fn counted_and_paused(engine: &Engine<'_>) {
    let format = "{{.PIDs}} {{.MemPerc}}";
    assert_eq!(engine.run(&["stats", "--no-stream", "--format", format, "cc"]).ok().trimmed(), "1 0.00%");
    engine.run(&["pause", "cc"]).ok();
    assert_ne!(engine.run(&["exec", "cc", "true"]).code, 0);
    assert_eq!(
        engine.run(&["ps", "--filter", "status=paused", "--format", "{{.Names}}"]).ok().trimmed(),
        "cc"
    );
    engine.run(&["unpause", "cc"]).ok();
    engine.run(&["update", "--memory", "64m", "--memory-swap", "64m", "cc"]).ok();
    let pid = engine.run(&["inspect", "-f", "{{.State.Pid}}", "cc"]).ok().trimmed();
    let cgroups = std::fs::read_to_string(format!("/proc/{pid}/cgroup")).unwrap();
    let (mount, file, line) = match cgroups.lines().find(|l| l.contains(":memory:")) {
        Some(line) => ("/memory", "memory.limit_in_bytes", line),
        None => ("", "memory.max", cgroups.trim()),
    };
    let dir = line.split(':').nth(2).unwrap();
    let limit = std::fs::read_to_string(format!("/sys/fs/cgroup{mount}{dir}/{file}")).unwrap();
    assert_eq!(limit.trim(), (64 << 20).to_string());
}

/// Which the shim learns from the container's own cgroup.
fn the_kernels_kill_is_told(engine: &Engine<'_>) {
    let run = |script: &str| {
        let limit = ["--name", "oom", "--network", "none", "-m", "20m"];
        let out = engine.run(&[&["run"], &limit[..], &["busybox", "sh", "-c", script]].concat());
        assert_eq!(out.code, 137, "{out:?}");
        let killed = engine.run(&["inspect", "-f", "{{.State.OOMKilled}}", "oom"]).ok().trimmed();
        engine.run(&["rm", "oom"]).ok();
        killed
    };
    assert_eq!(run("exec dd if=/dev/zero of=/dev/null bs=200M count=1"), "true");
    assert_eq!(run("kill -9 $$; exit 137"), "false");
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(ToString::to_string).collect()
}

both! {
    fn podman(dhow) {
        podman_runs_everything(dhow);
    }
}

fn podman_runs_everything(dhow: &Dhow) {
    let runtime = runtime(dhow);
    // Debian's defaults raise limits, which a machine without CAP_SYS_RESOURCE doesn't allow.
    let conf = "[containers]\ndefault_ulimits=[\"nofile=20000:20000\",\"nproc=32768:32768\"]\n[engine]\nruntime_supports_json=[\"dhow-oci\"]\n";
    let conf = dhow.file("w/containers.conf", conf);
    let (root, run) = (dhow.base.join("p"), dhow.base.join("q"));
    let mut engine = Engine::new(
        dhow,
        &[
            "podman",
            "--root",
            root.to_str().unwrap(),
            "--runroot",
            run.to_str().unwrap(),
            "--storage-driver",
            "vfs",
            "--cgroup-manager",
            "cgroupfs",
            "--events-backend",
            "file",
            "--tmpdir",
            dhow.base.join("t").to_str().unwrap(),
            "--runtime",
            runtime.to_str().unwrap(),
        ],
    );
    engine.env.push(("CONTAINERS_CONF", conf));
    engine.run(&["load", "-q", "-i", busybox_archive().to_str().unwrap()]).ok();
    life_of_a_container(&engine, &["--network", "none"]);
    engine.many(|n| words(&["run", "--rm", "--network", "none", "busybox", "echo", &n.to_string()]));
    a_pod_lives(&engine);
    // An ordinary user's podman leaves a process that holds its namespaces.
    if let Ok(pause) = std::fs::read_to_string(dhow.base.join("t/pause.pid")) {
        let pid: i32 = pause.trim().parse().unwrap();
        kill(Pid::from_raw(pid), Signal::SIGKILL).unwrap();
        assert!(crate::leftovers::wait_pid(pid, TIMEOUT));
    }
}

/// Containers that share the namespaces of one that does nothing.
fn a_pod_lives(podman: &Engine<'_>) {
    let infra = ["--infra-image", "busybox", "--infra-command", "sleep 1000"];
    podman.run(&[&["pod", "create", "--name", "pod", "--network", "none"], &infra[..]].concat()).ok();
    for name in ["first", "second"] {
        podman.run(&["run", "-d", "--pod", "pod", "--name", name, "busybox", "sleep", "1000"]).ok();
    }
    let ipc = |name| podman.run(&["exec", name, "readlink", "/proc/self/ns/ipc"]).ok().trimmed();
    assert_eq!(ipc("first"), ipc("second"));
    let status = || podman.run(&["pod", "inspect", "pod", "--format", "{{.State}}"]).ok().trimmed();
    if !podman.dhow.is_rootless() {
        podman.run(&["pod", "pause", "pod"]).ok();
        assert_eq!(status(), "Paused");
        podman.run(&["pod", "unpause", "pod"]).ok();
    }
    assert_eq!(status(), "Running");
    podman.run(&["pod", "stop", "-t", "0", "pod"]).ok();
    podman.run(&["pod", "rm", "pod"]).ok();
}

#[test]
fn dockerd() {
    let dhow = Dhow::root();
    let runtime = format!("dhow={}", runtime(&dhow).display());
    let path = |name: &str| dhow.base.join(name).to_str().unwrap().to_string();
    let socket = format!("unix://{}", path("d.sock"));
    let mut engine = Engine::new(&dhow, &["docker", "-H", &socket]);
    let mut daemon = dhow.bare_command("dockerd");
    daemon.args([
        "-H",
        &socket,
        "--data-root",
        &path("p"),
        "--exec-root",
        &path("x/d"),
        "--pidfile",
        &path("d.pid"),
        "--bridge=none",
        "--iptables=false",
        "--storage-driver",
        "vfs",
        "--add-runtime",
        &runtime,
        "--default-runtime",
        "dhow",
    ]);
    engine.start(daemon, &["version"]);
    engine.run(&["load", "-q", "-i", busybox_archive().to_str().unwrap()]).ok();
    life_of_a_container(&engine, &[]);
    the_kernels_kill_is_told(&engine);
    let check = ["--health-cmd", "test -e /well", "--health-interval", "200ms", "--health-retries", "1"];
    engine.run(&[&["run", "-d", "--name", "hc"], &check[..], &["busybox", "sleep", "1000"]].concat()).ok();
    let becomes = |health: &str| {
        let deadline = Instant::now() + TIMEOUT;
        while engine.run(&["inspect", "-f", "{{.State.Health.Status}}", "hc"]).ok().trimmed() != health {
            assert!(Instant::now() < deadline, "never {health}");
        }
    };
    becomes("unhealthy");
    engine.run(&["exec", "hc", "touch", "/well"]).ok();
    becomes("healthy");
    engine.run(&["rm", "-f", "hc"]).ok();
    engine.many(|n| words(&["run", "--rm", "busybox", "echo", &n.to_string()]));
    images_travel(&engine, &dhow);
}

/// What docker saves runs here, for root and for an ordinary user; what is saved here, docker loads.
fn images_travel(docker: &Engine<'_>, dhow: &Dhow) {
    docker.run(&["run", "--name", "made", "busybox", "sh", "-c", "echo made > /f; rm -r /tmp"]).ok();
    docker.run(&["commit", "-c", "ENV A=b", "made", "by/docker:1"]).ok();
    docker.run(&["rm", "made"]).ok();
    let script = "cat /f; ls -d /tmp; echo $A";
    let user = Dhow::user();
    for instance in [dhow, &user] {
        let archive = instance.base.join("w/docker.tar");
        docker.run(&["save", "-o", archive.to_str().unwrap(), "by/docker:1", "busybox"]).ok();
        std::os::unix::fs::chown(&archive, Some(instance.uid), Some(instance.gid)).unwrap();
        let loaded = instance.run(["load", "-i", archive.to_str().unwrap()]).ok().lines();
        assert_eq!(loaded.len(), 2, "{loaded:?}");
        let output = instance.run(["run", "--rm", "by/docker:1", "sh", "-c", script]);
        assert_eq!(output.stdout(), "made\nb\n", "{output:?}");
        docker.run(&["rmi", "by/docker:1"]).ok();
        instance.run(["save", "-o", archive.to_str().unwrap(), "by/docker:1"]).ok();
        docker.run(&["load", "-i", archive.to_str().unwrap()]).ok();
        assert_eq!(docker.run(&["run", "--rm", "by/docker:1", "sh", "-c", script]).stdout(), "made\nb\n");
    }
}

#[test]
fn containerd() {
    let dhow = Dhow::root();
    let runtime = runtime(&dhow);
    let socket = dhow.base.join("c.sock");
    let config = format!(
        "version = 2\nroot = \"{0}/p\"\nstate = \"{0}/q\"\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\naddress = \"{1}\"\n[ttrpc]\naddress = \"{1}.ttrpc\"\n",
        dhow.base.display(),
        socket.display()
    );
    let config = dhow.file("w/containerd.toml", config);
    // A namespace of this test's own: the shim keeps the state of containers under its name in /run.
    let namespace = dhow.base.file_name().unwrap().to_str().unwrap();
    let mut engine = Engine::new(&dhow, &["ctr", "-a", socket.to_str().unwrap(), "-n", namespace]);
    let mut daemon = dhow.bare_command("containerd");
    daemon.arg("--config").arg(config);
    engine.start(daemon, &["version"]);
    engine.run(&["image", "import", "--snapshotter", "native", busybox_archive().to_str().unwrap()]).ok();
    let image = "docker.io/library/busybox:latest";
    let options = [
        "--snapshotter",
        "native",
        "--runtime",
        "io.containerd.runc.v2",
        "--runc-binary",
        runtime.to_str().unwrap(),
    ];
    let run = |args: &[&str]| engine.run(&[&["run"], &options[..], args].concat());
    assert_eq!(run(&["--rm", image, "a", "echo", "hello"]).ok().stdout(), "hello\n");
    assert_eq!(run(&["--rm", image, "b", "sh", "-c", "exit 3"]).code, 3);
    run(&["--rm", image, "n", "nope"]).fails(1).says("executable file not found in $PATH");
    run(&["-d", image, "c", "sleep", "1000"]).ok();
    assert_eq!(
        engine.run(&["task", "exec", "--exec-id", "e", "c", "echo", "inside"]).ok().stdout(),
        "inside\n"
    );
    assert!(engine.run(&["task", "ls"]).ok().stdout().contains("RUNNING"));
    assert!(!engine.run(&["task", "ps", "c"]).ok().lines()[1].is_empty());
    let metrics = engine.run(&["task", "metrics", "c"]).ok().stdout();
    assert!(metrics.lines().any(|l| l.split_whitespace().eq(["pids.current", "1"])), "{metrics}");
    engine.run(&["task", "pause", "c"]).ok();
    assert!(engine.run(&["task", "ls"]).ok().stdout().contains("PAUSED"));
    engine.run(&["task", "resume", "c"]).ok();
    assert_eq!(engine.run(&["task", "exec", "--exec-id", "f", "c", "sh", "-c", "exit 7"]).code, 7);
    engine.run(&["task", "checkpoint", "c"]).fails(1).says("checkpoint is not supported");
    engine.run(&["task", "kill", "-s", "KILL", "c"]).ok();
    stopped(&engine);
    let tty = engine.command(&[&["run", "-t", "--rm"], &options[..], &[image, "t", "sh"]].concat());
    let mut terminal = Terminal::of(&dhow, &tty);
    terminal.expect("# ");
    terminal.send("tty; exit 5\n");
    terminal.expect("/dev/pts/0");
    assert_eq!(terminal.wait().0, 5);
    // Some versions of ctr answer with the exit code of the task.
    assert!([0, 137].contains(&engine.run(&["task", "rm", "c"]).code));
    engine.run(&["task", "start", "-d", "c"]).ok();
    engine.run(&["task", "rm", "-f", "c"]);
    engine.run(&["container", "rm", "c"]).ok();
    engine.many(|n| {
        let name = format!("m{n}");
        words(&[&["run", "--rm"], &options[..], &[image, &name, "echo", &n.to_string()]].concat())
    });
    // The shim makes it and leaves it.
    let _ = std::fs::remove_dir(Path::new("/run/containerd/runc").join(namespace));
}

/// Waits until no task runs.
fn stopped(engine: &Engine<'_>) {
    let deadline = Instant::now() + TIMEOUT;
    while engine.run(&["task", "ls"]).ok().stdout().contains("RUNNING") {
        assert!(Instant::now() < deadline, "the task goes on");
    }
}

/// Whether Debian's packages are there is not asked: tests/run installs them.
#[test]
fn the_engines_are_installed() {
    for program in ["podman", "dockerd", "docker", "containerd", "ctr", "conmon"] {
        let found = ["/usr/bin", "/usr/sbin"].iter().any(|d| Path::new(d).join(program).exists());
        assert!(found, "{program} is not installed (see tests/run)");
    }
}
