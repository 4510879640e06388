//! docker's command line at `dhow serve`, command by command: what `api_docker` has not. With each docker that this machine has: Debian's, and
//! a later one if somebody has put it beside it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::Value;

use crate::api_server::Server;
use crate::harness::{Dhow, Output, Stdin, TIMEOUT, finish};
use crate::registry::{Options, PASSWORD, Registry, USER};
use crate::terminal::Terminal;

/// One of the programs, and the server that it talks to.
pub struct Docker<'a> {
    program: PathBuf,
    pub server: &'a Server<'a>,
}

impl Docker<'_> {
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = self.server.client(self.program.to_str().unwrap());
        command.args(args);
        command
    }

    #[track_caller]
    pub fn run(&self, args: &[&str]) -> Output {
        self.input(args, Stdin::Empty)
    }

    #[track_caller]
    pub fn input(&self, args: &[&str], stdin: Stdin) -> Output {
        let command = self.command(args);
        let what = format!("{command:?}");
        finish(command, what, stdin, TIMEOUT)
    }

    /// What it prints.
    #[track_caller]
    pub fn says(&self, args: &[&str]) -> String {
        self.run(args).ok().trimmed()
    }

    fn terminal(&self, args: &[&str]) -> Terminal {
        Terminal::of(self.server.dhow, &self.command(args))
    }

    /// The lines of one that goes on.
    fn lines(&self, args: &[&str]) -> (Child, Receiver<String>) {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let (told, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|l| told.send(l).ok()));
        (child, lines)
    }

    fn sleeper(&self, name: &str, more: &[&str]) {
        self.says(
            &[&["run", "-d", "--name", name, "--net", "none"], more, &["busybox", "sleep", "1000"]].concat(),
        );
    }
}

/// The same with each of them, one after another.
pub fn each(dhow: &Dhow, test: impl Fn(&Docker<'_>)) {
    dhow.load_busybox();
    let server = Server::start(dhow);
    for program in ["/usr/bin/docker", "/usr/local/bin/docker"].map(PathBuf::from) {
        if program.exists() {
            test(&Docker { program, server: &server });
        }
    }
}

both! {
    fn events_while_they_happen(dhow) {
        each(dhow, |docker| {
            let filters = ["--filter", "type=container", "--filter", "event=start", "--filter", "label=seen"];
            let format = ["--format", "{{.Type}} {{.Action}} {{.Actor.Attributes.name}}"];
            let (mut child, lines) = docker.lines(&[&["events"], &filters[..], &format].concat());
            // Until it listens.
            let first = (0..100).find_map(|n| {
                docker.says(&["run", "--rm", "--name", "other", "--net", "none", "busybox", "true"]);
                docker.says(&["run", "--rm", "--name", &format!("n{n}"), "--label", "seen", "--net", "none", "busybox", "true"]);
                lines.recv_timeout(Duration::from_millis(300)).ok()
            });
            assert!(first.as_ref().is_some_and(|l| l.starts_with("container start n")), "{first:?}");
            child.kill().unwrap();
            child.wait().unwrap();
            // Of the past, as JSON.
            let until = (jiff::Timestamp::now().as_second() + 1).to_string();
            let past = docker.says(&["events", "--since", "10m", "--until", &until, "--filter", "container=other", "--format", "{{json .}}"]);
            let events: Vec<Value> = past.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
            let actions: Vec<&str> = events.iter().filter_map(|e| e["Action"].as_str()).collect();
            for action in ["create", "start", "die", "destroy"] {
                assert!(actions.contains(&action), "{action}: {actions:?}");
            }
            assert_eq!(docker.says(&["events", "--since", "10m", "--until", &until, "--filter", "event=nope"]), "");
            docker.run(&["events", "--until", "yesterday or so"]).fails(1);
        });
    }

    fn statistics(dhow) {
        each(dhow, |docker| {
            docker.sleeper("c", &[]);
            docker.says(&["create", "--name", "d", "--net", "none", "busybox"]);
            let table = docker.says(&["stats", "--no-stream", "c"]);
            assert!(table.starts_with("CONTAINER ID   NAME") && table.lines().nth(1).unwrap().contains('%'), "{table}");
            let all = docker.says(&["stats", "--no-stream", "--all", "--format", "{{.Name}} {{.PIDs}} {{.NetIO}}"]);
            assert!(all.lines().any(|l| l == "c 1 0B / 0B") && all.lines().any(|l| l.starts_with("d ")), "{all}");
            let mut terminal = docker.terminal(&["stats"]);
            for _ in 0..2 {
                terminal.expect("MEM USAGE");
                terminal.expect("c ");
            }
            terminal.send("\x03");
            terminal.wait();
            docker.run(&["stats", "--no-stream", "nope"]).fails(1).says("No such container: nope");
            docker.says(&["rm", "-f", "c", "d"]);
        });
    }

    fn contexts(dhow) {
        each(dhow, |docker| {
            let plain = |args: &[&str]| {
                let mut command = docker.command(args);
                command.env_remove("DOCKER_HOST");
                let what = format!("{command:?}");
                finish(command, what, Stdin::Empty, TIMEOUT)
            };
            let host = format!("host=unix://{}", docker.server.socket.display());
            plain(&["context", "create", "there", "--description", "dhow's", "--docker", &host]).ok();
            docker.says(&["create", "--name", "c", "--net", "none", "busybox"]);
            assert_eq!(plain(&["--context", "there", "ps", "-a", "--format", "{{.Names}}"]).ok().trimmed(), "c");
            plain(&["context", "use", "there"]).ok();
            assert_eq!(plain(&["context", "show"]).stdout().lines().next().unwrap_or("there"), "there");
            assert_eq!(plain(&["rm", "c"]).ok().trimmed(), "c");
            let exported = docker.server.dhow.base.join("w/there.tar");
            let _ = std::fs::remove_file(&exported);
            plain(&["context", "export", "there", exported.to_str().unwrap()]).ok();
            plain(&["context", "import", "again", exported.to_str().unwrap()]).ok();
            assert_eq!(plain(&["--context", "again", "version", "--format", "{{.Server.APIVersion}}"]).ok().trimmed(), "1.51");
            plain(&["context", "use", "default"]).ok();
            plain(&["context", "rm", "there", "again"]).ok();
        });
    }

    fn terminals_detach_and_come_back(dhow) {
        each(dhow, |docker| {
            let mut terminal = docker.terminal(&["run", "-it", "--detach-keys", "ctrl-x,x", "--name", "c", "--net", "none", "busybox", "sh"]);
            terminal.expect("#");
            terminal.send("x=kept; stty size\n");
            terminal.expect("24 80");
            terminal.send("\x18x");
            terminal.wait();
            assert_eq!(docker.says(&["ps", "--format", "{{.Names}}"]), "c");
            let mut terminal = docker.terminal(&["attach", "c"]);
            terminal.send("echo $x$((40+2))\n");
            terminal.expect("kept42");
            terminal.send("\x10\x11");
            terminal.wait();
            let mut terminal = docker.terminal(&["exec", "-it", "c", "sh"]);
            terminal.expect("#");
            terminal.send("tty; exit 3\n");
            terminal.expect("/dev/pts/1");
            assert_eq!(terminal.wait().0, 3);
            let mut terminal = docker.terminal(&["attach", "c"]);
            terminal.send("exit 9\n");
            assert_eq!(terminal.wait().0, 9);
            assert_eq!(docker.says(&["wait", "c"]), "9");
            assert_eq!(docker.says(&["rm", "c"]), "c");
            // Input that isn't a terminal, with its end.
            let out = docker.input(&["run", "-i", "--rm", "--net", "none", "busybox", "wc", "-c"], Stdin::Bytes(vec![0; 100_000])).ok();
            assert_eq!(out.trimmed(), "100000");
        });
    }

    fn logs(dhow) {
        each(dhow, |docker| {
            let script = "echo one; sleep 1.2; echo two >&2; while ! test -e /go; do sleep 0.05; done; echo three";
            docker.says(&["run", "-d", "--name", "c", "--net", "none", "busybox", "sh", "-c", script]);
            let (mut child, lines) = docker.lines(&["logs", "-f", "--tail", "1", "c"]);
            docker.says(&["exec", "c", "touch", "/go"]);
            let last = std::iter::from_fn(|| lines.recv_timeout(TIMEOUT).ok()).last();
            assert_eq!((last.as_deref(), child.wait().unwrap().code()), (Some("three"), Some(0)));
            let both = docker.run(&["logs", "c"]).ok();
            assert_eq!((both.stdout().as_str(), both.stderr().as_str()), ("one\nthree\n", "two\n"));
            let stamped = docker.says(&["logs", "-t", "--tail", "1", "c"]);
            let (time, text) = stamped.split_once(' ').unwrap();
            let time: jiff::Timestamp = time.parse().unwrap();
            assert_eq!(text, "three");
            let second = (time.as_second() + 1).to_string();
            assert_eq!(docker.says(&["logs", "--since", &second, "c"]), "");
            assert_eq!(docker.says(&["logs", "--since", "1h", "c"]), "one\nthree");
            let first = docker.says(&["logs", "-t", "c"]);
            let begun: jiff::Timestamp = first.split(' ').next().unwrap().parse().unwrap();
            let until = format!("{}.{:09}", begun.as_second(), begun.subsec_nanosecond() + 1_000_000);
            assert_eq!(docker.says(&["logs", "--until", &until, "c"]), "one");
            docker.run(&["logs", "nope"]).fails(1).says("No such container: nope");
            docker.says(&["rm", "-f", "c"]);
        });
    }

    fn what_is_looked_at(dhow) {
        each(dhow, |docker| {
            docker.sleeper("c", &["--label", "a=b", "-v", "vol:/v", "-e", "X=1"]);
            let of = |args: &[&str]| docker.says(&[&["inspect"], args].concat());
            assert_eq!(of(&["--type", "container", "-f", "{{.Name}} {{.Config.Image}} {{.HostConfig.NetworkMode}}", "c"]), "/c busybox none");
            let size: i64 = of(&["--size", "-f", "{{.SizeRootFs}}", "c"]).parse().unwrap();
            assert!(size > 500_000, "{size}");
            assert_eq!(of(&["--type", "volume", "-f", "{{.Name}}", "vol"]), "vol");
            assert_eq!(of(&["--type", "network", "-f", "{{.Driver}}", "none"]), "null");
            assert_eq!(of(&["-f", "{{index .RepoTags 0}}", "busybox"]), "busybox:latest");
            docker.run(&["inspect", "--type", "image", "c"]).fails(1).says("No such image: c");
            docker.run(&["inspect", "nope"]).fails(1).says("No such object: nope");
            assert!(docker.says(&["top", "c", "-o", "pid,args"]).contains("sleep 1000"));
            docker.says(&["exec", "c", "touch", "/made"]);
            assert_eq!(docker.says(&["diff", "c"]), "A /made\nA /v");
            assert_eq!(docker.says(&["port", "c"]), "");
            let ps = |args: &[&str]| docker.says(&[&["ps", "--format", "{{.Names}}"], args].concat());
            assert_eq!((ps(&["-f", "volume=vol"]), ps(&["-f", "ancestor=busybox"]), ps(&["-f", "name=^c$"])), ("c".into(), "c".into(), "c".into()));
            assert_eq!((ps(&["-f", "label=a=c"]), ps(&["-f", "status=exited"]), ps(&["-l"]), ps(&["-n", "1"])), (String::new(), String::new(), "c".into(), "c".into()));
            assert!(docker.says(&["ps", "-s", "--format", "{{.Size}}"]).contains("virtual"));
            assert_eq!(docker.says(&["ps", "--no-trunc", "-q"]).len(), 64);
            docker.run(&["ps", "-f", "nope=x"]).fails(1).says("invalid filter");
            docker.says(&["update", "--restart", "on-failure:3", "c"]);
            assert_eq!(of(&["-f", "{{.HostConfig.RestartPolicy.Name}} {{.HostConfig.RestartPolicy.MaximumRetryCount}}", "c"]), "on-failure 3");
            if !docker.server.dhow.is_rootless() {
                docker.says(&["update", "--memory", "64m", "--memory-swap", "128m", "c"]);
                assert_eq!(of(&["-f", "{{.HostConfig.Memory}}", "c"]), (64 << 20).to_string());
                docker.says(&["pause", "c"]);
                assert_eq!(docker.says(&["ps", "--format", "{{.State}}"]), "paused");
                docker.run(&["exec", "c", "true"]).fails(1).says("is paused");
                docker.says(&["unpause", "c"]);
            }
            docker.says(&["rename", "c", "d"]);
            docker.says(&["kill", "-s", "KILL", "d"]);
            assert_eq!(docker.says(&["wait", "d"]), "137");
            assert_eq!(docker.says(&["container", "ls", "-aq"]).lines().count(), 1);
            docker.says(&["restart", "-t", "0", "d"]);
            docker.says(&["stop", "-t", "0", "d"]);
            docker.says(&["rm", "-v", "d"]);
            docker.says(&["volume", "rm", "vol"]);
        });
    }

    fn the_whole_of_it(dhow) {
        each(dhow, |docker| {
            assert_eq!(docker.says(&["version", "--format", "{{.Server.Os}} {{.Server.MinAPIVersion}}"]), "linux 1.24");
            assert!(docker.says(&["version"]).contains("Server: dhow"));
            assert_eq!(docker.says(&["info", "--format", "{{.OSType}} {{.Driver}} {{.Swarm.LocalNodeState}} {{.Images}}"]), "linux overlay2 inactive 1");
            let info = docker.run(&["info"]).ok();
            assert!(info.stdout().contains("Storage Driver: overlay2") && !info.stdout().contains("ERROR"), "{info:?}");
            docker.sleeper("c", &["-v", "vol:/v"]);
            docker.says(&["create", "--name", "d", "--net", "none", "busybox"]);
            let usage = docker.says(&["system", "df", "--format", "{{.Type}} {{.TotalCount}} {{.Active}}"]);
            assert_eq!(usage.lines().take(3).collect::<Vec<_>>(), ["Images 1 1", "Containers 2 1", "Local Volumes 1 1"]);
            let detailed = docker.says(&["system", "df", "-v"]);
            assert!(detailed.contains("busybox") && detailed.contains("vol"), "{detailed}");
            let until = (jiff::Timestamp::now().as_second() + 1).to_string();
            assert!(docker.says(&["system", "events", "--since", "1h", "--until", &until]).contains("container create"));
            docker.says(&["tag", "busybox", "second"]);
            let pruned = docker.says(&["system", "prune", "-f"]);
            assert!(pruned.contains("Deleted Containers") && pruned.contains("Total reclaimed space"), "{pruned}");
            assert_eq!(docker.says(&["ps", "-a", "--format", "{{.Names}}"]), "c");
            docker.says(&["rm", "-f", "c"]);
            assert!(docker.says(&["container", "prune", "-f", "--filter", "until=1h"]).contains("0B"));
            docker.says(&["create", "--name", "e", "--label", "keep", "--net", "none", "busybox"]);
            docker.says(&["container", "prune", "-f", "--filter", "label!=keep"]);
            assert_eq!(docker.says(&["ps", "-aq"]).lines().count(), 1);
            docker.says(&["rm", "e"]);
            docker.says(&["image", "prune", "-f"]);
            assert_eq!(docker.says(&["images", "-q"]).lines().count(), 2);
            assert!(docker.says(&["image", "prune", "-a", "-f", "--filter", "until=1s"]).contains("untagged: second:latest"));
            docker.server.dhow.load_busybox();
            docker.says(&["volume", "rm", "vol"]);
        });
    }

    fn registries(dhow) {
        let registry = Registry::start(Options { auth: true, ..Options::default() });
        each(dhow, |docker| {
            let host = registry.host();
            let name = format!("{host}/team/app");
            docker.says(&["tag", "busybox", &format!("{name}:1")]);
            docker.says(&["tag", "busybox", &format!("{name}:2")]);
            docker.run(&["push", &format!("{name}:1")]).fails(1);
            let login = |password: &str| docker.input(&["login", "-u", USER, "--password-stdin", &host], Stdin::Bytes(password.into()));
            login("wrong").fails(1);
            assert!(login(PASSWORD).ok().stdout().contains("Login Succeeded"));
            let pushed = docker.says(&["push", &format!("{name}:1")]);
            assert!(pushed.contains("1: digest: sha256:"), "{pushed}");
            docker.says(&["push", "-q", "-a", &name]);
            docker.says(&["rmi", &format!("{name}:1"), &format!("{name}:2")]);
            let pulled = docker.says(&["pull", &format!("{name}:1")]);
            assert!(pulled.contains("Status: Downloaded newer image") && pulled.ends_with(&format!("{name}:1")), "{pulled}");
            let digest = docker.says(&["images", "--digests", "--format", "{{.Digest}}", &name]);
            assert!(digest.starts_with("sha256:"), "{digest}");
            assert_eq!(docker.says(&["pull", "-q", &format!("{name}@{digest}")]), format!("{name}@{digest}"));
            docker.says(&["pull", "-q", "-a", &name]);
            assert_eq!(docker.says(&["images", "-q", &name]).lines().count(), 2);
            assert_eq!(docker.says(&["run", "--rm", "--pull", "always", "--net", "none", &format!("{name}:2"), "echo", "it runs"]).lines().last(), Some("it runs"));
            assert!(docker.says(&["search", "--format", "{{.Name}}", &format!("{host}/app")]).contains(&name));
            docker.says(&["rmi", "-f", &format!("{name}:1"), &format!("{name}:2")]);
            docker.run(&["pull", &format!("{name}:3")]).fails(1);
            assert!(docker.says(&["logout", &host]).contains("Removing login credentials"));
            docker.run(&["pull", &format!("{name}:1")]).fails(1).says("pull access denied for");
        });
    }

    fn files_and_archives(dhow) {
        each(dhow, |docker| {
            let w = docker.server.dhow.base.join("w");
            let path = |name: &str| w.join(name).to_str().unwrap().to_string();
            docker.sleeper("c", &[]);
            docker.server.dhow.file("w/in", "given");
            docker.says(&["cp", &path("in"), "c:/tmp/in"]);
            docker.says(&["cp", "c:/tmp/in", &path("out")]);
            assert_eq!(std::fs::read_to_string(w.join("out")).unwrap(), "given");
            docker.says(&["commit", "-m", "why", "c", "made:1"]);
            assert!(docker.says(&["history", "--no-trunc", "made:1"]).contains("why"));
            docker.says(&["export", "-o", &path("root.tar"), "c"]);
            assert!(docker.says(&["import", "-m", "of a file", &path("root.tar"), "im:1"]).starts_with("sha256:"));
            assert_eq!(docker.says(&["run", "--rm", "--net", "none", "im:1", "/bin/cat", "/tmp/in"]), "given");
            docker.says(&["save", "-o", &path("two.tar"), "made:1", "busybox"]);
            docker.says(&["rmi", "made:1"]);
            let loaded = docker.says(&["load", "-i", &path("two.tar")]);
            assert!(loaded.contains("Loaded image: made:1") && loaded.contains("Loaded image: busybox:latest"), "{loaded}");
            assert_eq!(docker.says(&["run", "--rm", "--net", "none", "made:1", "cat", "/tmp/in"]), "given");
            docker.run(&["load", "-i", &path("in")]).fails(1);
            docker.run(&["save", "nope"]).fails(1).says("No such image");
            docker.says(&["rm", "-f", "c"]);
            docker.says(&["rmi", "made:1", "im:1"]);
            for name in ["root.tar", "two.tar", "out"] {
                std::fs::remove_file(Path::new(&path(name))).unwrap();
            }
        });
    }
}
