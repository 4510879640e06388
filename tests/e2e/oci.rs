//! The OCI runtime's command line: a bundle's life from create to delete, and what callers read.

use std::io::{BufRead, Read, Write};
use std::os::unix::net::UnixListener;

use serde_json::{Value, json};

use crate::bundle::Bundle;
use crate::harness::Dhow;
use crate::schema;

both! {
    fn a_container_goes_through_all_its_states(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| spec["process"]["args"] = json!(["sleep", "1000"]));
        let pid_file = dhow.base.join("w/pid");
        oci.run(["state", "c"]).fails(1).says("container does not exist");
        oci.run(["create", "--bundle", oci.path(), "--pid-file", pid_file.to_str().unwrap(), "c"]).ok();
        let state = oci.state("c");
        schema::check("state-schema.json", &state);
        assert_eq!(state["status"], "created");
        assert_eq!(state["pid"].to_string(), std::fs::read_to_string(&pid_file).unwrap());
        assert_eq!((state["id"].as_str(), state["bundle"].as_str()), (Some("c"), Some(oci.path())));
        oci.run(["create", "--bundle", oci.path(), "c"]).fails(1).says("container with given ID already exists");
        assert_eq!(oci.run(["exec", "c", "echo", "early"]).ok().stdout(), "early\n", "runc lets programs in before the start");

        oci.run(["start", "c"]).ok();
        assert_eq!(oci.state("c")["status"], "running");
        oci.run(["start", "c"]).fails(1).says("cannot start an already running container");
        oci.run(["delete", "c"]).fails(1).says("cannot delete container c that is not stopped: running");
        oci.run(["kill", "c", "BOGUS"]).fails(1).says("unknown signal");
        assert!(oci.run(["list"]).ok().stdout().contains("running"));
        assert_eq!(oci.run(["list", "-q"]).ok().stdout(), "c\n");
        assert_eq!(oci.run(["list", "-f", "json"]).ok().json()[0]["id"], "c");
        assert!(oci.run(["ps", "-f", "json", "c"]).ok().json().as_array().unwrap().contains(&state["pid"]));
        assert!(oci.run(["ps", "c"]).ok().stdout().contains("sleep 1000"));
        assert!(oci.run(["ps", "c", "-o", "pid,comm"]).ok().stdout().starts_with("PID "));
        assert!(oci.run(["ps", "c", "aux"]).ok().stdout().starts_with("USER "));
        oci.run(["ps", "c", "-l"]).fails(1).says("not supported");
        oci.run(["checkpoint", "--image-path", "/x", "c"]).fails(1).says("checkpoint is not supported");

        oci.run(["kill", "c", "KILL"]).ok();
        oci.wait_gone(&state);
        assert_eq!(oci.state("c")["status"], "stopped");
        oci.run(["kill", "c"]).fails(1).says("container not running");
        oci.run(["start", "c"]).fails(1).says("cannot start a container that has stopped");
        oci.run(["exec", "c", "true"]).fails(255).says("cannot exec in a stopped container");
        oci.run(["delete", "c"]).ok();
        oci.run(["delete", "c"]).fails(1).says("container does not exist");
        oci.run(["delete", "--force", "c"]).ok();
        assert_eq!(oci.run(["list", "-f", "json"]).ok().stdout(), "null\n");
    }

    fn what_was_created_or_runs_can_be_deleted(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| spec["process"]["args"] = json!(["sleep", "1000"]));
        oci.run(["create", "-b", oci.path(), "a"]).ok();
        oci.run(["delete", "a"]).ok();
        oci.run(["run", "-d", "-b", oci.path(), "b"]).ok();
        oci.run(["exec", "-d", "b", "sleep", "1000"]).ok();
        oci.run(["delete", "-f", "b"]).ok();
        assert_eq!(oci.run(["list", "-q"]).ok().stdout(), "");
    }

    fn a_container_does_without_a_cgroup_where_that_is_allowed(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| {
            spec["process"]["args"] = json!(["cat", "/proc/self/cgroup"]);
            spec["linux"].as_object_mut().unwrap().remove("resources");
        });
        let run = |options: &[&str]| oci.run([options, &["run", "-b", oci.path(), "c"]].concat());
        run(&["--rootless", "true"]).ok();
        run(&["--rootless=auto"]).ok();
        // An ordinary user can make none here.
        let demanded = run(&["--rootless=false"]);
        if dhow.is_rootless() { demanded.fails(1).says("no cgroup can be made") } else { demanded.ok() };
        run(&["--rootless", "maybe"]).fails(1).says("must be auto, true or false");
        // crun's way to ask for none, which podman takes with --cgroups=disabled.
        let own = std::fs::read_to_string("/proc/self/cgroup").unwrap();
        let seen = run(&["--cgroup-manager", "disabled"]).ok().stdout();
        assert!(dhow.is_rootless() || seen.lines().count() == own.lines().count() && !seen.contains("oci-c"), "{seen}");
        oci.configure(|spec| spec["linux"]["resources"]["pids"] = json!({"limit": 9}));
        run(&["--cgroup-manager=disabled"]).fails(1).says("no limits without a cgroup");
    }

    fn programs_that_cannot_start_leave_nothing(dhow) {
        let oci = Bundle::new(dhow);
        let log = dhow.base.join("w/log");
        oci.configure(|spec| spec["process"]["args"] = json!(["nope"]));
        let create = ["--log", log.to_str().unwrap(), "--log-format", "json", "create", "-b", oci.path(), "c"];
        oci.run(create).fails(1).says("executable file not found in $PATH");
        let line: Value = serde_json::from_str(&std::fs::read_to_string(&log).unwrap()).unwrap();
        assert_eq!(line["level"], "error");
        assert_eq!(line["msg"], "runc create failed: unable to start container process: exec: \"nope\": executable file not found in $PATH");
        assert!(line["time"].as_str().unwrap().ends_with('Z'));
        oci.run(["state", "c"]).fails(1).says("does not exist");
        for (id, bundle) in [("../c", oci.path()), ("c", "/nonexistent")] {
            oci.run(["create", "-b", bundle, id]).fails(1);
        }
    }

    fn run_answers_the_programs_exit_code(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| spec["process"]["args"] = json!(["sh", "-c", "echo out; echo err >&2; exit 7"]));
        let out = oci.run(["run", "-b", oci.path(), "c"]).fails(7);
        assert_eq!((out.stdout().as_str(), out.stderr().as_str()), ("out\n", "err\n"));
        oci.run(["state", "c"]).fails(1);
        oci.run(["run", "--keep", "-b", oci.path(), "c"]).fails(7);
        assert_eq!(oci.state("c")["status"], "stopped");
        oci.run(["delete", "c"]).ok();
    }

    fn exec_takes_a_document_or_flags(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| spec["process"]["args"] = json!(["sleep", "1000"]));
        oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
        assert_eq!(oci.run(["exec", "c", "sh", "-c", "exit 9"]).code, 9);
        oci.run(["exec", "c", "nope"]).fails(255).says("exec failed: unable to start container process");
        let script = "pwd; echo $A; id -u; grep -E '^(NoNewPrivs|CapEff)' /proc/self/status | cut -f2";
        let out = oci.run(["exec", "--cwd", "/tmp", "-e", "A=b", "--no-new-privs", "--cap", "CAP_CHOWN", "c", "sh", "-c", script]).ok();
        assert_eq!(out.lines()[..3], ["/tmp", "b", "0"]);
        assert_eq!(u64::from_str_radix(&out.lines()[3], 16).unwrap() & 1, 1);
        assert_eq!(out.lines()[4], "1");
        let document = dhow.file("w/p.json", json!({"args": ["sh", "-c", "echo $X; pwd"], "cwd": "/tmp", "env": ["PATH=/bin", "X=y"]}).to_string());
        assert_eq!(oci.run(["exec", "--process", document.to_str().unwrap(), "c"]).ok().stdout(), "y\n/tmp\n");
        let pid_file = dhow.base.join("w/pid");
        oci.run(["exec", "-d", "--pid-file", pid_file.to_str().unwrap(), "c", "sleep", "999"]).ok();
        let pid = std::fs::read_to_string(&pid_file).unwrap();
        assert_eq!(std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap(), "sleep\x00999\x00");
        oci.run(["delete", "-f", "c"]).ok();
    }

    fn the_terminal_goes_to_the_console_socket(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| {
            spec["process"]["args"] = json!(["sh", "-c", "tty; stty size; read x; echo got $x"]);
            spec["process"]["terminal"] = json!(true);
            spec["process"]["consoleSize"] = json!({"height": 33, "width": 77});
        });
        oci.run(["create", "-b", oci.path(), "c"]).fails(1).says("cannot allocate tty if runc will detach without setting console socket");
        let path = dhow.base.join("w/console.sock");
        let listener = UnixListener::bind(&path).unwrap();
        std::os::unix::fs::chown(&path, Some(dhow.uid), Some(dhow.gid)).unwrap();
        oci.run(["create", "-b", oci.path(), "--console-socket", path.to_str().unwrap(), "c"]).ok();
        let (socket, _) = listener.accept().unwrap();
        let mut master = crate::bundle::receive_file(&socket).1;
        let state = oci.state("c");
        oci.run(["start", "c"]).ok();
        master.write_all(b"hello\n").unwrap();
        let mut text = String::new();
        // It ends with EIO when the other side is closed.
        let mut buffer = [0u8; 1024];
        while let Ok(n @ 1..) = master.read(&mut buffer) {
            text.push_str(&String::from_utf8_lossy(&buffer[..n]));
        }
        assert!(text.contains("/dev/") && text.contains("33 77") && text.contains("got hello"), "{text:?}");
        oci.wait_gone(&state);
        oci.run(["delete", "c"]).ok();
    }

    fn descriptors_are_preserved_when_asked(dhow) {
        use std::os::fd::AsRawFd;
        let oci = Bundle::new(dhow);
        oci.configure(|spec| spec["process"]["args"] = json!(["sh", "-c", "cat <&3; ls /proc/self/fd"]));
        let file = std::fs::File::open(dhow.file("w/content", "inherited\n")).unwrap();
        let mut command = oci.command(["run", "--preserve-fds", "1", "-b", oci.path(), "c"]);
        crate::bundle::inherit_as_3(&mut command, file.as_raw_fd());
        let out = command.output().unwrap();
        let text = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(text.starts_with("inherited\n") && !text.contains("\n5\n"), "{text} {out:?}");
        oci.run(["run", "--preserve-fds", "1", "-b", oci.path(), "c"]).fails(1).says("descriptor 3 is not open");
    }

    fn a_foreground_program_gets_our_signals(dhow) {
        let oci = Bundle::new(dhow);
        oci.configure(|spec| spec["process"]["args"] = json!(["sh", "-c", "trap 'exit 5' TERM; echo ready; while :; do read x; done"]));
        let mut child = oci.command(["run", "-b", oci.path(), "c"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut byte = [0u8; 6];
        child.stdout.as_mut().unwrap().read_exact(&mut byte).unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(child.id() as i32), nix::sys::signal::SIGTERM).unwrap();
        // The shell looks at its traps between two reads.
        child.stdin.as_mut().unwrap().write_all(b"\n").unwrap();
        assert_eq!(child.wait().unwrap().code(), Some(5));
    }

    fn the_template_runs(dhow) {
        let oci = Bundle::new(dhow);
        let dir = dhow.file("w/t/rootfs/x", "").parent().unwrap().parent().unwrap().to_path_buf();
        let rootless = if dhow.is_rootless() { vec!["--rootless"] } else { vec![] };
        oci.run([&["spec", "-b", dir.to_str().unwrap()], &rootless[..]].concat()).ok();
        oci.run(["spec", "-b", dir.to_str().unwrap()]).fails(1).says("File config.json exists");
        let mut spec: Value = serde_json::from_slice(&std::fs::read(dir.join("config.json")).unwrap()).unwrap();
        schema::check("config-schema.json", &spec);
        spec["process"]["terminal"] = json!(false);
        spec["process"]["args"] = json!(["hostname"]);
        spec["root"]["path"] = json!(oci.rootfs());
        let other = dhow.file("w/u/config.json", spec.to_string());
        assert_eq!(oci.run(["run", "-b", other.parent().unwrap().to_str().unwrap(), "c"]).ok().stdout(), "dhow\n");
    }
}

#[test]
fn features_are_what_the_schema_wants() {
    let dhow = Dhow::root();
    let features = Bundle::new(&dhow).run(["features"]).ok().json();
    schema::check("features-schema.json", &features);
    assert!(features["mountOptions"].as_array().unwrap().contains(&json!("rro")));
}

#[test]
fn it_is_a_runtime_by_its_name_too() {
    let dhow = Dhow::root();
    for name in ["dhow-oci", "runc", "crun"] {
        let link = dhow.base.join("w").join(name);
        std::os::unix::fs::symlink(crate::harness::binary(), &link).unwrap();
        let out = dhow
            .bare_command(&link)
            .args(["--root", dhow.base.join("o").to_str().unwrap(), "list", "-q"])
            .output()
            .unwrap();
        assert!(out.status.success() && out.stdout.is_empty(), "{out:?}");
        let out = dhow.bare_command(&link).arg("--version").output().unwrap();
        assert!(String::from_utf8_lossy(&out.stdout).contains("spec: 1."), "{out:?}");
    }
}

#[test]
fn a_creator_that_is_killed_leaves_no_name_taken() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    // What a creator leaves that dies before its container is there.
    dhow.file("o/c/config.json", "{}");
    oci.configure(|spec| spec["process"]["args"] = json!(["echo", "fine"]));
    assert_eq!(oci.run(["run", "-b", oci.path(), "c"]).ok().stdout(), "fine\n");
}

#[test]
fn only_one_of_many_takes_a_name() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    oci.configure(|spec| spec["process"]["args"] = json!(["sleep", "1000"]));
    let children: Vec<_> = (0..8)
        .map(|_| {
            oci.command(["create", "-b", oci.path(), "c"])
                .stderr(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    let won = children.into_iter().filter_map(|mut c| c.wait().unwrap().success().then_some(())).count();
    assert_eq!(won, 1);
    oci.run(["start", "c"]).ok();
    oci.run(["delete", "-f", "c"]).ok();
}

#[test]
fn containers_are_paused_limited_and_measured() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    oci.configure(|spec| {
        spec["process"]["args"] = json!(["sleep", "1000"]);
        spec["linux"]["resources"]["pids"] = json!({"limit": 50});
    });
    oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
    oci.run(["pause", "c"]).ok();
    assert_eq!(oci.state("c")["status"], "paused");
    oci.run(["pause", "c"]).fails(1).says("container not running");
    oci.run(["exec", "c", "true"]).fails(255).says("cannot exec in a paused container");
    oci.run(["start", "c"]).fails(1).says("cannot start a container in the paused state");
    oci.run(["delete", "c"]).fails(1).says("not stopped: paused");
    oci.run(["resume", "c"]).ok();
    oci.run(["resume", "c"]).fails(1).says("container not paused");
    let stats = || oci.run(["events", "--stats", "c"]).ok().json();
    assert_eq!(
        (&stats()["id"], &stats()["data"]["pids"]["current"], &stats()["data"]["pids"]["limit"]),
        (&json!("c"), &json!(1), &json!(50))
    );
    oci.run(["update", "--pids-limit", "40", "--memory", "64m", "c"]).ok();
    assert_eq!(stats()["data"]["pids"]["limit"], 40);
    assert_eq!(stats()["data"]["memory"]["usage"]["limit"], 64 << 20);
    oci.run(["update", "--memory", "-1", "--memory-swap", "-1", "c"]).ok();
    assert!(stats()["data"]["memory"]["usage"]["limit"].as_u64().unwrap() > 1 << 50);
    oci.run(["update", "--memory", "much", "c"]).fails(1).says("invalid value for memory: invalid size");
    oci.run(["update", "--l3-cache-schema", "L3:0=f", "c"]).fails(1).says("created without linux.intelRdt");
    let limits = dhow.file("w/limits.json", json!({"pids": {"limit": 30}}).to_string());
    oci.run(["update", "--resources", limits.to_str().unwrap(), "c"]).ok();
    assert_eq!(stats()["data"]["pids"]["limit"], 30);
    oci.run(["pause", "c"]).ok();
    oci.run(["delete", "-f", "c"]).ok();
}

/// One that the kernel killed for want of memory, and one that has only ended.
#[test]
fn events_tell_what_it_has_ended_of() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    for (script, expected) in
        [("exec dd if=/dev/zero of=/dev/null bs=200M count=1", vec!["oom"]), ("true", vec![])]
    {
        oci.configure(|spec| {
            spec["process"]["args"] = json!(["sh", "-c", format!("read x < /tmp/go; {script}")]);
            spec["linux"]["resources"]["memory"] = json!({"limit": 20_000_000});
        });
        let go = oci.rootfs().join("tmp/go");
        let _ = std::fs::remove_file(&go);
        nix::unistd::mkfifo(&go, nix::sys::stat::Mode::from_bits_truncate(0o600)).unwrap();
        oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
        let mut events = oci.command(["events", "--interval", "2s", "c"]);
        let mut events = events.stdout(std::process::Stdio::piped()).spawn().unwrap();
        let mut lines = std::io::BufReader::new(events.stdout.take().unwrap()).lines();
        let mut next = || -> Option<Value> { Some(serde_json::from_str(&lines.next()?.unwrap()).unwrap()) };
        assert_eq!(next().unwrap()["type"], "stats");
        dhow.file("w/b/rootfs/tmp/go", "\n");
        let mut kinds: Vec<String> =
            std::iter::from_fn(next).map(|e| e["type"].as_str().unwrap().into()).collect();
        assert!(events.wait().unwrap().success());
        kinds.retain(|kind| kind != "stats");
        assert_eq!(kinds, expected);
        oci.run(["delete", "-f", "c"]).ok();
    }
}

/// As with runc: it is paused then, and nobody waits for it in vain.
#[test]
fn what_waits_to_be_started_can_be_paused() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    oci.configure(|spec| spec["process"]["args"] = json!(["sleep", "1000"]));
    oci.run(["create", "-b", oci.path(), "c"]).ok();
    oci.run(["pause", "c"]).ok();
    assert_eq!(oci.state("c")["status"], "paused");
    oci.run(["start", "c"]).fails(1).says("cannot start a container in the paused state");
    oci.run(["resume", "c"]).ok();
    assert_eq!(oci.state("c")["status"], "created");
    oci.run(["start", "c"]).ok();
    assert_eq!(oci.state("c")["status"], "running");
    oci.run(["delete", "-f", "c"]).ok();
}

/// Whoever names the cgroup's path looks for statistics there, and for the kernel's notices: in each hierarchy of version 1, too.
#[test]
fn a_container_is_counted_where_its_engine_looks() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    let path = format!("/dhow-e2e-{}/c", std::process::id());
    oci.configure(|spec| {
        spec["process"]["args"] = json!(["sleep", "1000"]);
        spec["linux"]["cgroupsPath"] = json!(path);
    });
    oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
    let of = std::fs::read_to_string(format!("/proc/{}/cgroup", oci.state("c")["pid"])).unwrap();
    for controller in ["memory", "cpu", "cpuacct", "pids", "blkio"] {
        let mut lines =
            of.lines().filter(|l| l.split(':').nth(1).unwrap().split(',').any(|c| c == controller));
        assert!(lines.all(|line| line.ends_with(&path)), "{controller}: {of}");
    }
    oci.run(["delete", "-f", "c"]).ok();
    for mount in std::fs::read_dir("/sys/fs/cgroup").unwrap().flatten() {
        let dir = mount.path().join(&path[1..]);
        assert!(!dir.exists(), "{}", dir.display());
        let _ = std::fs::remove_dir(dir.parent().unwrap());
    }
    let _ = std::fs::remove_dir(format!("/sys/fs/cgroup{}", path.trim_end_matches("/c")));
}

/// Without a pid namespace of its own a container's other processes would go on after the first.
#[test]
fn containers_with_the_hosts_pids_end_whole() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    oci.configure(|spec| {
        spec["process"]["args"] = json!(["sh", "-c", "sleep 1001 & sleep 1002 & wait"]);
        spec["linux"]["namespaces"].as_array_mut().unwrap().retain(|n| n["type"] != "pid");
    });
    oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
    let pids = oci.run(["ps", "-f", "json", "c"]).ok().json();
    oci.run(["kill", "c", "KILL"]).ok();
    for pid in pids.as_array().unwrap() {
        oci.wait_gone(&json!({"pid": pid}));
    }
    oci.run(["delete", "c"]).ok();
}

/// CVE-2019-5736, CVE-2016-9962: a container that shares the pid namespace sees the first process of one that waits to be started.
#[test]
fn nobody_looks_into_a_container_that_waits() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    let before = std::fs::read(crate::harness::binary()).unwrap();
    oci.configure(|spec| spec["process"]["args"] = json!(["sleep", "1000"]));
    oci.run(["run", "-d", "-b", oci.path(), "a"]).ok();
    let pid = oci.state("a")["pid"].to_string();
    oci.configure(|spec| {
        let namespaces = spec["linux"]["namespaces"].as_array_mut().unwrap();
        namespaces.retain(|n| n["type"] != "pid");
        namespaces.push(json!({"type": "pid", "path": format!("/proc/{pid}/ns/pid")}));
    });
    let mut create = oci.command(["create", "-b", oci.path(), "b"]);
    create.env("DHOW_TEST_SECRET", "hush").stdout(std::process::Stdio::null());
    assert!(create.status().unwrap().success());
    let attack = "for p in /proc/[0-9]*; do readlink $p/exe >/dev/null 2>&1 || echo closed; (: >> $p/exe) 2>/dev/null && echo overwritten; cat $p/environ 2>/dev/null; done";
    let seen = oci.run(["exec", "a", "sh", "-c", attack]).ok().stdout();
    assert!(seen.contains("closed") && !seen.contains("overwritten") && !seen.contains("hush"), "{seen}");
    assert!(std::fs::read(crate::harness::binary()).unwrap() == before);
    oci.run(["delete", "b"]).ok();
    oci.run(["delete", "-f", "a"]).ok();
}

/// CVE-2019-5736: the program of the container is the runtime itself.
#[test]
fn the_runtime_as_a_program_cannot_be_overwritten() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    let before = std::fs::read(crate::harness::binary()).unwrap();
    let attack =
        "while :; do for p in /proc/[0-9]*; do (: >> $p/exe) 2>/dev/null && echo overwritten; done; done";
    oci.configure(|spec| spec["process"]["args"] = json!(["sh", "-c", attack]));
    oci.run(["run", "-d", "-b", oci.path(), "c"]).ok();
    for _ in 0..10 {
        oci.run(["exec", "c", "/proc/self/exe", "--help"]);
    }
    oci.run(["delete", "-f", "c"]).ok();
    assert!(std::fs::read(crate::harness::binary()).unwrap() == before);
}

/// Sockets that systemd hands to the runtime are the program's, and it is told so (sd_listen_fds(3)).
#[test]
fn sockets_of_a_socket_unit_reach_the_program() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    let file = dhow.file("w/given", "content");
    oci.configure(|spec| {
        spec["process"]["args"] =
            json!(["sh", "-c", "echo $LISTEN_FDS $LISTEN_PID; cat <&3; ls /proc/self/fd | wc -l"]);
    });
    let command = oci.command(["run", "-b", oci.path(), "c"]);
    let words: Vec<_> = command.get_args().map(|a| a.to_str().unwrap()).collect();
    let run = |variables: &str| {
        // exec: the process that is meant is the runtime itself.
        let script = format!(
            "exec 3< {}; export {variables}; exec {} {}",
            file.display(),
            crate::harness::binary().display(),
            words.join(" ")
        );
        let out = dhow.bare_command("sh").args(["-c", &script]).output().unwrap();
        String::from_utf8_lossy(&out.stdout).into_owned()
    };
    assert!(run("LISTEN_FDS=1 LISTEN_PID=$$").starts_with("1 1\ncontent"));
    // Meant for somebody else: it stays outside.
    assert!(!run("LISTEN_FDS=1 LISTEN_PID=1").contains("content"));
}

/// `--no-new-keyring` leaves the caller's session keyring to the program; otherwise it has one of its own.
#[test]
fn the_callers_keyring_is_kept_only_when_asked() {
    let dhow = Dhow::root();
    let oci = Bundle::new(&dhow);
    std::fs::copy(crate::probe::path(), oci.rootfs().join("bin/probe")).unwrap();
    oci.configure(|spec| {
        spec["process"]["args"] = json!(["/bin/probe", "key", "dhow-test-key"]);
        spec["linux"].as_object_mut().unwrap().remove("seccomp");
    });
    for (options, expected) in [(&[][..], "none"), (&["--no-new-keyring"], "found")] {
        let command = oci.command([&["run", "-b", oci.path()], options, &["c"]].concat());
        let mut outer = dhow.bare_command(crate::probe::path());
        outer.args(["with-key", "dhow-test-key"]).arg(command.get_program()).args(command.get_args());
        let out = outer.output().unwrap();
        assert_eq!(String::from_utf8_lossy(&out.stdout).trim(), expected, "{out:?}");
    }
}
