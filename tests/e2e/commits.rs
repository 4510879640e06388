//! `diff`, `export` and `commit`: what is told and written of a container's changes, and that other tools read it as it was.

use std::process::Command;

use crate::engines::Engine;
use crate::harness::{Dhow, Stdin, TIMEOUT, finish};

/// What a container does, and what docker 20.10 says of it.
const CHANGES: &[(&str, &str)] = &[
    ("true", ""),
    ("echo new >/var/new", "C /var,A /var/new"),
    ("rm /etc/group", "C /etc,D /etc/group"),
    ("rm -r /home/app", "C /home,D /home/app"),
    ("rm -r /home; mkdir /home", "C /home,D /home/app"),
    ("rm -r /home; mkdir -p /home/app/x", "C /home,C /home/app,A /home/app/x"),
    ("touch /etc/group", "C /etc,C /etc/group"),
    ("chmod 700 /var", "C /var"),
    ("mkdir -p /a/b; echo x >/a/b/c", "A /a,A /a/b,A /a/b/c"),
    ("rm /etc/group; mkdir /etc/group; echo x >/etc/group/y", "C /etc,C /etc/group,A /etc/group/y"),
    ("rm -r /home; echo f >/home", "C /home"),
    ("mv /etc/group /etc/g2", "C /etc,A /etc/g2,D /etc/group"),
    ("echo x >/x; ln -s x /y; mkfifo /p; ln /x /z", "A /p,A /x,A /y,A /z"),
    ("echo x >/tmp/x; rm /tmp/x", ""),
    ("echo x >/home/app/f", "C /home,C /home/app,A /home/app/f"),
];

/// Everything that a layer can hold.
const RICH: &str = "mkdir -p /r/deep/er; echo one >/r/f; ln /r/f /r/deep/hard; ln -s ../f /r/deep/link; chmod 4751 /r/f; \
    mkfifo -m 640 /r/pipe; dd if=/dev/zero of=/r/sparse bs=1 count=1 seek=3000000 2>/dev/null; chown 1000:100 /r/deep; \
    chmod 2775 /r/deep/er; touch -d '2001-02-03 04:05:06' /r/deep/er; rm -r /home/app; rm -r /var; mkdir /var; echo v >/var/v; \
    n=$(printf '%0120d' 0); echo long >/r/$n; ln -s $n$n /r/longlink; rm /etc/group";
/// Tells all of it, times but of those that were just made.
const LISTING: &str = "cd /; find r var home etc -mindepth 0 ! -name resolv.conf ! -name hosts ! -name hostname | sort | while read p; do \
    echo \"$p $(stat -c '%F %a %u:%g %s %h %Y' $p) $(if [ -f $p ]; then md5sum <$p; fi) $(readlink $p)\" | \
    sed -E 's/^([^ ]+ directory [0-9]+ [0-9:]+) [0-9]+ [0-9]+/\\1/'; done; [ $(stat -c %b /r/sparse) -gt 100 ] || echo sparse";

/// The listing without what differs with the runtime: mount points in /etc.
fn listing(text: &str) -> Vec<String> {
    text.lines()
        .filter(|l| !l.starts_with("etc directory") && !l.contains("mtab"))
        .map(str::to_string)
        .collect()
}

both! {
    fn without_its_topmost_layer_a_container_does_not_start(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "--name", "c", "busybox", "touch", "/mine"]).ok();
        dhow.run(["commit", "-q", "c", "made"]).ok();
        dhow.run(["create", "--name", "d", "made", "true"]).ok();
        let layers = dhow.run(["image", "inspect", "-f", "{{join .RootFS.Layers \" \"}}", "made"]).ok().trimmed();
        let top = layers.split(' ').next_back().unwrap().strip_prefix("sha256:").unwrap().to_string();
        std::fs::remove_dir_all(dhow.root_dir().join("layers").join(top).join("fs")).unwrap();
        dhow.run(["start", "d"]).fails(1).says("the overlay file system");
        dhow.run(["rm", "c", "d"]).ok();
    }

    fn diff_tells_what_docker_tells(dhow) {
        dhow.load_busybox();
        for (script, wanted) in CHANGES {
            dhow.run(["run", "--name", "cc", "busybox", "sh", "-ec", script]).ok();
            let wanted: Vec<&str> = wanted.split(',').filter(|w| !w.is_empty()).collect();
            assert_eq!(dhow.run(["diff", "cc"]).ok().lines(), wanted, "{script}");
            dhow.run(["rm", "cc"]).ok();
        }
        dhow.run(["run", "-d", "--name", "cc", "busybox", "sh", "-c", "echo >/x; rm /etc/group; sleep 1000"]).ok();
        dhow.run(["exec", "cc", "sh", "-c", "while [ -e /etc/group ]; do :; done"]).ok();
        let json = dhow.run(["container", "diff", "--format", "json", "cc"]).ok().json();
        let wanted = serde_json::json!({"changed": ["/etc"], "added": ["/x"], "deleted": ["/etc/group"]});
        assert_eq!(json, wanted);
        dhow.run(["diff", "--format", "xml", "cc"]).fails(1).says("'json'");
        dhow.run(["diff", "nope"]).fails(1).says("No such container: nope");
        dhow.run(["rm", "-f", "cc"]).ok();
    }

    fn export_writes_the_root_without_mounts(dhow) {
        dhow.load_busybox();
        dhow.file("w/vol/v", "volume");
        let args = ["run", "-d", "--name", "cc", "-v", "./vol:/vol", "busybox", "sh", "-c"];
        dhow.run(args.iter().copied().chain(["rm /etc/group; echo x >/etc/new; touch /done; sleep 1000"])).ok();
        dhow.run(["exec", "cc", "sh", "-c", "while [ ! -e /done ]; do :; done"]).ok();
        let running = dhow.run(["export", "cc"]).ok().out;
        dhow.run(["stop", "-t", "0", "cc"]).ok();
        dhow.run(["export", "-o", "stopped.tar", "cc"]).ok();
        assert!(running == std::fs::read(dhow.base.join("w/stopped.tar")).unwrap(), "the same, running or not");
        let mut names = Vec::new();
        for entry in tar::Archive::new(running.as_slice()).entries().unwrap() {
            names.push(entry.unwrap().path().unwrap().display().to_string());
        }
        assert!(names.is_sorted_by_key(|n| n.trim_end_matches('/').split('/').map(str::to_string).collect::<Vec<_>>()));
        let has = |name: &str| names.iter().any(|n| n == name);
        assert!(has("etc/new") && has("vol/") && has("bin/busybox") && has("proc/"), "{names:?}");
        assert!(!has("etc/group") && !has("vol/v") && !names.iter().any(|n| n.starts_with("proc/") && n != "proc/"));
        dhow.run(["import", "-q", "stopped.tar", "again"]).ok();
        assert_eq!(dhow.run(["run", "--rm", "again", "cat", "/etc/new"]).ok().trimmed(), "x");
        dhow.run(["export", "nope"]).fails(1).says("No such container: nope");
        dhow.run(["export", "-o", "/nonexistent/x", "cc"]).fails(1);
        dhow.run(["rm", "cc"]).ok();
    }

    fn commit_makes_an_image_of_a_container(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "--name", "cc", "-e", "X=1", "-w", "/tmp", "-l", "k=v", "-u", "app", "--health-cmd", "a b",
            "busybox", "sh", "-c", "echo mine >/tmp/file"]).ok();
        let before = dhow.run(["image", "inspect", "busybox"]).ok().json();
        let id = dhow.run(["commit", "-a", "Me <me@x>", "-m", "a message", "-c", "CMD [\"cat\", \"/tmp/file\"]", "-c", "ENV A=b X=2",
            "--change", "ONBUILD RUN x", "-c", "EXPOSE 80", "-c", "STOPSIGNAL SIGINT", "cc", "mine:1"]).ok().trimmed();
        let image = &dhow.run(["image", "inspect", "mine:1"]).ok().json()[0];
        assert_eq!((image["Id"].as_str().unwrap(), &image["Author"]), (id.as_str(), &"Me <me@x>".into()));
        let config = &image["Config"];
        assert_eq!(config["Cmd"], serde_json::json!(["cat", "/tmp/file"]));
        assert_eq!(config["WorkingDir"], "/tmp");
        assert_eq!(config["User"], "app");
        assert_eq!(config["Labels"], serde_json::json!({"k": "v"}));
        assert_eq!(config["ExposedPorts"], serde_json::json!({"80/tcp": {}}));
        assert_eq!(config["StopSignal"], "SIGINT");
        let env = config["Env"].as_array().unwrap();
        assert!(env.contains(&"X=2".into()) && env.contains(&"A=b".into()) && !env.contains(&"X=1".into()));
        assert_eq!(image["RootFS"]["Layers"].as_array().unwrap().len(), 2);
        assert_eq!(before[0]["RootFS"]["Layers"][0], image["RootFS"]["Layers"][0]);
        assert_eq!(dhow.run(["run", "--rm", "mine:1"]).ok().trimmed(), "mine");
        let history = dhow.run(["history", "--no-trunc", "mine:1"]).ok();
        assert!(history.lines()[1].contains("sh -c echo mine >/tmp/file") && history.lines()[1].contains("a message"));
        // One layer of everything; one that nothing was changed in adds none.
        dhow.run(["commit", "--squash", "cc", "one"]).ok();
        assert_eq!(dhow.run(["image", "inspect", "one"]).ok().json()[0]["RootFS"]["Layers"].as_array().unwrap().len(), 1);
        assert_eq!(dhow.run(["run", "--rm", "one", "cat", "/tmp/file"]).ok().trimmed(), "mine");
        dhow.run(["create", "--name", "c2", "busybox"]).ok();
        dhow.run(["commit", "c2", "same"]).ok();
        assert_eq!(dhow.run(["image", "inspect", "same"]).ok().json()[0]["RootFS"], before[0]["RootFS"]);
        for (args, error) in [
            (["-c", "RUN x", "cc"], "run is not a valid change command"),
            (["-c", "FROM x", "cc"], "from is not a valid change command"),
            (["-c", "", "cc"], "file with no instructions"),
            (["-c", "CMD x", "nope"], "No such container: nope"),
        ] {
            dhow.run(["commit"].iter().chain(&args)).fails(1).says(error);
        }
        dhow.run(["commit", "cc", "BAD:x"]).fails(1).says("must be lower-case");
        dhow.run(["rm", "cc", "c2"]).ok();
    }

    fn images_are_compared(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "--name", "cc", "busybox", "sh", "-c", "echo x >/x; rm /etc/group; chmod 700 /var"]).ok();
        dhow.run(["commit", "cc", "mine"]).ok();
        let changes = ["C /etc", "D /etc/group", "C /var", "A /x"];
        assert_eq!(dhow.run(["image", "diff", "mine"]).ok().lines(), changes);
        assert_eq!(dhow.run(["image", "diff", "mine", "busybox"]).ok().lines(), changes);
        let back = ["C /etc", "A /etc/group", "C /var", "D /x"];
        assert_eq!(dhow.run(["image", "diff", "busybox", "mine"]).ok().lines(), back);
        let whole = dhow.run(["image", "diff", "busybox"]).ok().lines();
        assert!(whole.contains(&"A /bin/busybox".to_string()) && whole.iter().all(|l| l.starts_with('A')), "{whole:?}");
        assert_eq!(dhow.run(["image", "diff", "--format", "json", "mine"]).ok().json()["added"], serde_json::json!(["/x"]));
        dhow.run(["image", "diff", "nope"]).fails(1);
        dhow.run(["rm", "cc"]).ok();
    }

    fn a_running_container_is_frozen_while_it_is_committed(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "--name", "cc", "busybox", "sh", "-c", "echo x >/x; sleep 1000"]).ok();
        dhow.run(["exec", "cc", "sh", "-c", "while [ ! -e /x ]; do :; done"]).ok();
        let can_pause = dhow.run(["pause", "cc"]).code == 0;
        if can_pause {
            dhow.run(["unpause", "cc"]).ok();
        }
        let committed = dhow.run(["commit", "cc", "paused"]).ok();
        assert_eq!(committed.stderr().contains("runs on"), !can_pause, "{committed:?}");
        let asked = dhow.run(["commit", "--pause=true", "cc", "paused"]);
        if can_pause { asked.ok() } else { asked.fails(1).says("can't be paused") };
        let quiet = dhow.run(["commit", "--pause=false", "cc", "not-paused"]).ok();
        assert_eq!(quiet.stderr(), "");
        assert_eq!(dhow.run(["inspect", "-f", "{{.State.Status}}", "cc"]).ok().trimmed(), "running");
        assert_eq!(dhow.run(["run", "--rm", "paused", "cat", "/x"]).ok().trimmed(), "x");
        dhow.run(["rm", "-f", "cc"]).ok();
    }

    fn committed_layers_come_back_as_they_were(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "--name", "cc", "busybox", "sh", "-ec", RICH]).ok();
        dhow.run(["commit", "--timestamp", "1700000000", "cc", "rich"]).ok();
        let first = dhow.run(["image", "inspect", "rich"]).ok().json()[0]["RootFS"]["Layers"].clone();
        let listed = listing(&dhow.run(["run", "--rm", "rich", "sh", "-c", LISTING]).ok().stdout());
        assert!(listed.contains(&"sparse".to_string()) && !listed.iter().any(|l| l.starts_with("home/app")), "{listed:#?}");
        // Made once more, by another container of the same content, it is the same layer.
        dhow.run(["run", "--name", "c2", "busybox", "sh", "-ec", RICH]).ok();
        dhow.run(["commit", "--timestamp", "1700000000", "c2", "twin"]).ok();
        assert_eq!(dhow.run(["image", "inspect", "twin"]).ok().json()[0]["RootFS"]["Layers"], first);
        dhow.run(["rm", "-f", "cc", "c2"]).ok();
    }
}

#[test]
fn root_and_a_user_make_the_same_layer() {
    let layers = [Dhow::root(), Dhow::user()].map(|dhow| {
        dhow.load_busybox();
        dhow.run(["run", "--name", "cc", "busybox", "sh", "-ec", RICH]).ok();
        dhow.run(["commit", "--timestamp", "1700000000", "cc", "rich"]).ok();
        let layers = dhow.run(["image", "inspect", "rich"]).ok().json()[0]["RootFS"]["Layers"].clone();
        dhow.run(["rm", "cc"]).ok();
        layers
    });
    assert_eq!(layers[0], layers[1]);
}

#[test]
fn a_container_of_other_ids_makes_the_same_layer() {
    let script = "mkdir -p /a/b; echo x >/a/b/c; chown 5:6 /a/b/c; rm /etc/group";
    let mut layers = Vec::new();
    for (dhow, options) in [
        (Dhow::root(), vec![]),
        (Dhow::root(), vec!["--userns", "auto"]),
        (Dhow::user(), vec!["--userns", "keep-id", "-u", "0"]),
    ] {
        dhow.load_busybox();
        let args = [&["run", "--name", "cc"], options.as_slice(), &["busybox", "sh", "-ec", script]].concat();
        dhow.run(args).ok();
        dhow.run(["commit", "--timestamp", "1700000000", "cc", "own"]).ok();
        layers.push(dhow.run(["image", "inspect", "own"]).ok().json()[0]["RootFS"]["Layers"].clone());
        dhow.run(["rm", "cc"]).ok();
    }
    assert_eq!(layers[0], layers[1]);
    assert_eq!(layers[0], layers[2]);
}

/// The listing without the line about holes, which other tools don't make of zeros.
fn without_holes(lines: &[String]) -> Vec<String> {
    lines.iter().filter(|line| *line != "sparse").cloned().collect()
}

#[test]
fn other_tools_read_a_committed_layer_as_it_was() {
    let dhow = Dhow::root();
    dhow.load_busybox();
    dhow.run(["run", "--name", "cc", "busybox", "sh", "-ec", RICH]).ok();
    dhow.run(["commit", "cc", "rich:1"]).ok();
    dhow.run(["commit", "-f", "docker", "cc", "rich:docker"]).ok();
    let wanted = listing(&dhow.run(["run", "--rm", "rich:1", "sh", "-c", LISTING]).ok().stdout());
    dhow.run(["save", "-o", "rich.tar", "rich:1", "rich:docker"]).ok();
    dhow.run(["save", "-o", "oci.tar", "--format", "oci-archive", "rich:1"]).ok();
    through_docker(&dhow, &wanted);
    through_podman(&dhow, &wanted);
    let path = |name: &str| dhow.base.join(name).display().to_string();
    let copied = Command::new("skopeo")
        .args([
            "copy",
            "-q",
            &format!("oci-archive:{}", path("w/oci.tar")),
            &format!("oci:{}", path("w/layout")),
        ])
        .status();
    assert!(copied.unwrap().success());
    dhow.run(["rm", "cc"]).ok();
}

fn through_docker(dhow: &Dhow, wanted: &[String]) {
    let path = |name: &str| dhow.base.join(name).display().to_string();
    let socket = format!("unix://{}", path("d.sock"));
    let mut docker = Engine::new(dhow, &["docker", "-H", &socket]);
    let mut daemon = dhow.bare_command("dockerd");
    daemon.args(["-H", &socket, "--data-root", &path("p"), "--exec-root", &path("x/d")]);
    daemon.args([
        "--pidfile",
        &path("d.pid"),
        "--bridge=none",
        "--iptables=false",
        "--storage-driver",
        "vfs",
    ]);
    docker.start(daemon, &["version"]);
    docker.run(&["load", "-q", "-i", &path("w/rich.tar")]).ok();
    for tag in ["rich:1", "rich:docker"] {
        let told = docker.run(&["run", "--rm", "--network", "none", tag, "sh", "-c", LISTING]).ok().stdout();
        assert_eq!(without_holes(&listing(&told)), without_holes(wanted), "docker, {tag}");
    }
    // What docker puts together again from that must have the same digests.
    docker.run(&["save", "-o", &path("w/docker.tar"), "rich:1"]).ok();
    drop(docker);
    let other = Dhow::root();
    other.run(["load", "-i", &path("w/docker.tar")]).ok();
    let told = other.run(["run", "--rm", "rich:1", "sh", "-c", LISTING]).ok().stdout();
    assert_eq!(listing(&told), wanted, "through docker");
}

fn through_podman(dhow: &Dhow, wanted: &[String]) {
    let path = |name: &str| dhow.base.join(name).display().to_string();
    let podman = |args: &[&str]| {
        let mut command = dhow.bare_command("podman");
        command.args(["--root", &path("q"), "--runroot", &path("x/q")]);
        command.args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"]).args(args);
        finish(command, format!("podman {args:?}"), Stdin::Empty, TIMEOUT)
    };
    podman(&["load", "-q", "-i", &path("w/rich.tar")]).ok();
    // What podman sets by itself takes a right that a test machine may not have.
    let ulimits = ["--ulimit", "nofile=1000:1000", "--ulimit", "nproc=1000:1000"];
    let run =
        [&["run", "--rm", "--network", "none"], &ulimits[..], &["rich:1", "sh", "-c", LISTING]].concat();
    let told = podman(&run).ok().stdout();
    assert_eq!(without_holes(&listing(&told)), without_holes(wanted), "podman");
    podman(&["rmi", "-af"]);
}
