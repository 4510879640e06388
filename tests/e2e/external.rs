//! Containers that another OCI runtime runs (`--runtime`): Debian's runc, and dhow's own OCI command line in its place.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Value, json};

use crate::api_server::Server;
use crate::harness::{Dhow, Output};
use crate::terminal::Terminal;

fn run(dhow: &Dhow, runtime: &str, options: &[&str], command: &[&str]) -> Output {
    dhow.load_busybox();
    let start = ["run", "--rm", "--runtime", runtime];
    dhow.run(start.iter().chain(options).chain(&["busybox"]).chain(command))
}

fn shell(dhow: &Dhow, options: &[&str], script: &str) -> String {
    run(dhow, "runc", options, &["sh", "-c", script]).ok().trimmed()
}

/// dhow under the name by which it is an OCI runtime.
fn dhow_oci(dhow: &Dhow) -> PathBuf {
    let link = dhow.base.join("w/dhow-oci");
    if !link.exists() {
        std::os::unix::fs::symlink(crate::harness::binary(), &link).unwrap();
    }
    link
}

fn state(dhow: &Dhow, name: &str, template: &str) -> String {
    dhow.run(["inspect", "-f", template, name]).ok().trimmed()
}

/// Debian's crun refuses a host that has version 1 of cgroups beside version 2.
#[test]
#[ignore = "needs cgroup 2 alone: the second kernel runs it"]
fn crun_on_another_kernel() {
    for dhow in [Dhow::root(), Dhow::user()] {
        dhow.load_busybox();
        let script = "id -u; echo err >&2; cat; hostname; exit 7";
        let start = ["run", "--rm", "-i", "-h", "box", "--runtime", "crun", "-u", "app", "busybox"];
        let out = dhow.run_input(start.iter().chain(&["sh", "-c", script]), "given\n");
        assert_eq!((out.code, out.trimmed().as_str(), out.stderr().trim()), (7, "1000\ngiven\nbox", "err"));
        run(&dhow, "crun", &[], &["no-such-program"]).fails(127).says("no-such-program");
        dhow.run(["run", "-d", "--name", "c", "--runtime", "crun", "busybox", "sleep", "1000"]).ok();
        let joined = dhow.run(["exec", "-e", "A=b", "c", "sh", "-c", "echo $A; exit 5"]);
        assert_eq!((joined.code, joined.trimmed().as_str()), (5, "b"), "{joined:?}");
        assert_eq!(state(&dhow, "c", "{{.State.Status}} {{.HostConfig.Runtime}}"), "running crun");
        dhow.run(["stop", "-t", "0", "c"]).ok();
        assert_eq!(state(&dhow, "c", "{{.State.ExitCode}}"), "137");
        dhow.run(["rm", "c"]).ok();
        if !dhow.is_rootless() {
            dhow.run(["run", "-d", "--name", "c", "--runtime", "crun", "busybox", "sleep", "1000"]).ok();
            dhow.run(["pause", "c"]).ok();
            assert_eq!(state(&dhow, "c", "{{.State.Status}}"), "paused");
            dhow.run(["unpause", "c"]).ok();
            dhow.run(["rm", "-f", "c"]).ok();
            let limit = run(&dhow, "crun", &["-m", "32m"], &["cat", "/sys/fs/cgroup/memory.max"]);
            assert_eq!(limit.ok().trimmed(), (32 << 20).to_string());
        }
    }
}

/// gVisor has a kernel of its own, and a network of its own that it refuses to set up on hosts like this one: it is told to do without. It
/// runs for root only.
#[test]
fn containers_of_gvisor_live_as_any_other() {
    use std::os::unix::fs::PermissionsExt;
    let dhow = &Dhow::root();
    dhow.load_busybox();
    let runsc = dhow.file("w/runsc", "#!/bin/sh\nexec runsc --network=none \"$@\"\n");
    std::fs::set_permissions(&runsc, PermissionsExt::from_mode(0o755)).unwrap();
    let runtime = runsc.to_str().unwrap();
    let start = ["--runtime", runtime, "--network", "none"];
    let script = "dmesg | grep -c gVisor; id -u; echo err >&2; cat; exit 7";
    let once = [&["run", "--rm", "-i", "-u", "app"], &start[..], &["busybox", "sh", "-c", script]].concat();
    let out = dhow.run_input(once, "given\n");
    assert_eq!(
        (out.code, out.trimmed().as_str(), out.stderr().trim()),
        (7, "1\n1000\ngiven", "err"),
        "{out:?}"
    );
    dhow.run([&["run", "--rm"], &start[..], &["busybox", "no-such-program"]].concat())
        .fails(127)
        .says("no-such-program");
    let script = "trap 'exit 3' TERM; echo up; while :; do sleep 0.1; done";
    let detached =
        [&["run", "-d", "--name", "c", "-m", "64m"], &start[..], &["busybox", "sh", "-c", script]].concat();
    dhow.run(detached).ok();
    let joined = dhow.run_input(["exec", "-i", "-e", "A=b", "c", "sh", "-c", "echo $A; cat; exit 5"], "in");
    assert_eq!((joined.code, joined.trimmed().as_str()), (5, "b\nin"), "{joined:?}");
    assert!(dhow.run(["exec", "c", "free", "-m"]).ok().stdout().contains(" 64 "), "the limit");
    dhow.run(["pause", "c"]).ok();
    assert_eq!(state(dhow, "c", "{{.State.Status}} {{.HostConfig.Runtime}}"), format!("paused {runtime}"));
    dhow.run(["unpause", "c"]).ok();
    dhow.run(["stop", "c"]).ok();
    assert_eq!(state(dhow, "c", "{{.State.Status}} {{.State.ExitCode}}"), "exited 3");
    assert_eq!(dhow.run(["logs", "c"]).ok().trimmed(), "up");
    dhow.run(["rm", "c"]).ok();
}

both! {
    fn the_other_runtime_runs_it(dhow) {
        let script = "id -u; echo err >&2; cat; cat /proc/self/mountinfo | grep -c ' / / '; hostname";
        dhow.load_busybox();
        let out = dhow.run_input(["run", "--rm", "-i", "-h", "box", "--runtime", "runc", "-u", "app", "busybox", "sh", "-c", script], "given\n").ok();
        assert_eq!((out.trimmed().as_str(), out.stderr().trim()), ("1000\ngiven\n1\nbox", "err"));
        assert_eq!(run(dhow, "runc", &[], &["sh", "-c", "exit 7"]).code, 7);
        assert_eq!(run(dhow, "runc", &["--init"], &["sh", "-c", "kill -9 $$"]).code, 137);
        assert!(shell(dhow, &["--init"], "cat /proc/1/cmdline").starts_with("/dev/dhow-role"));
        assert_eq!(shell(dhow, &["-w", "/new/dir", "-e", "A=b", "--tmpfs", "/t"], "pwd; echo $A $HOME; touch /t/x && echo ok"), "/new/dir\nb /root\nok");
        let oci = dhow_oci(dhow);
        assert_eq!(run(dhow, oci.to_str().unwrap(), &[], &["sh", "-c", "echo $$; exit 4"]).code, 4);
    }

    fn a_runtime_that_fails_says_so_in_one_line(dhow) {
        run(dhow, "no-such-runtime", &[], &["true"]).fails(125).says("unknown or invalid runtime name: no-such-runtime");
        run(dhow, "/no/such", &[], &["true"]).fails(125).says("/no/such: no such file");
        run(dhow, "/etc/passwd", &[], &["true"]).fails(126).says("Permission denied");
        run(dhow, "/bin/false", &[], &["true"]).fails(125).says("/bin/false create: exit status 1");
        let out = run(dhow, "runc", &[], &["no-such-program"]).fails(127).says("executable file not found");
        assert_eq!(out.stderr().lines().count(), 1, "{out:?}");
        run(dhow, "runc", &[], &["/etc/passwd"]).fails(126).says("permission denied");
        // A program that vanishes between the container's creation and its start.
        let gone = dhow.file("w/mine", "#!/bin/false\n");
        dhow.run(["create", "--name", "c", "--runtime", gone.to_str().unwrap(), "busybox", "true"]).ok();
        std::fs::remove_file(&gone).unwrap();
        dhow.run(["start", "c"]).fails(1).says("No such file");
        assert_eq!(state(dhow, "c", "{{.State.Status}} {{.HostConfig.Runtime}}"), format!("created {}", gone.display()));
        run(dhow, "runc", &["--group-add", "keep-groups"], &["true"]).fails(125).says("--group-add keep-groups");
        run(dhow, "runc", &["--passwd-entry", "a:x:1:1::/:/bin/sh"], &["true"]).fails(125).says("--passwd-entry");
        let userns = if dhow.is_rootless() { "keep-id" } else { "auto" };
        run(dhow, "runc", &["--userns", userns], &["true"]).fails(125).says("only the built-in runtime");
        if dhow.is_rootless() {
            run(dhow, "runc", &["-m", "32m"], &["true"]).fails(125).says("limits for an ordinary user");
        }
    }

    fn a_container_of_runc_lives_as_any_other(dhow) {
        dhow.load_busybox();
        let script = "trap 'exit 3' TERM; echo up; while :; do sleep 1; done";
        dhow.run(["run", "-d", "--name", "c", "--runtime", "runc", "busybox", "sh", "-c", script]).ok();
        let out = dhow.run_input(["exec", "-i", "-u", "app", "-e", "A=b", "c", "sh", "-c", "id -u; echo $A $HOME; cat; exit 5"], "in");
        assert_eq!((out.code, out.trimmed().as_str()), (5, "1000\nb /home/app\nin"), "{out:?}");
        dhow.run(["exec", "c", "no-such-program"]).fails(127).says("executable file not found");
        dhow.run(["exec", "-d", "c", "sleep", "1000"]).ok();
        let top = dhow.run(["top", "c", "-o", "args"]).ok().stdout();
        // One that has just been executed may have no arguments yet.
        assert!(top.lines().filter(|l| l.contains("sleep")).count() > 1 && top.contains("trap"), "{top}");
        assert_eq!(state(dhow, "c", "{{len .ExecIDs}}"), "1");
        if !dhow.is_rootless() {
            dhow.run(["pause", "c"]).ok();
            assert_eq!(state(dhow, "c", "{{.State.Status}}"), "paused");
            dhow.run(["unpause", "c"]).ok();
            dhow.run(["update", "-m", "64m", "c"]).ok();
            let stats = dhow.run(["stats", "--no-stream", "--format", "{{.MemUsage}}", "c"]).ok().stdout();
            assert!(stats.contains("64MiB"), "{stats}");
        }
        dhow.run(["kill", "-s", "USR2", "c"]).ok();
        // The signal without a handler ends no process 1.
        dhow.run(["stop", "c"]).ok();
        assert_eq!(state(dhow, "c", "{{.State.Status}} {{.State.ExitCode}}"), "exited 3");
        assert_eq!(dhow.run(["logs", "c"]).ok().trimmed(), "up");
        dhow.run(["start", "c"]).ok();
        assert_eq!(state(dhow, "c", "{{.State.Status}}"), "running");
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn it_is_started_again_and_its_health_is_checked(dhow) {
        dhow.load_busybox();
        let health = ["--health-cmd", "test -e /ok && echo fine", "--health-interval", "100ms"];
        // Healthy in its second run only.
        let script = "test -e /again && touch /ok && exec sleep 1000; touch /again; exit 2";
        let start = ["run", "-d", "--name", "c", "--runtime", "runc", "--restart", "on-failure:2"];
        dhow.run(start.iter().chain(&health).chain(&["busybox", "sh", "-c", script])).ok();
        dhow.run(["wait", "--condition", "healthy", "c"]).ok();
        assert_eq!(state(dhow, "c", "{{(index .State.Health.Log 0).Output}}"), "fine");
        assert_eq!(state(dhow, "c", "{{.RestartCount}} {{.State.Status}}"), "1 running");
    }

    fn a_terminal_comes_through_the_console_socket(dhow) {
        dhow.load_busybox();
        for runtime in ["runc".to_string(), dhow_oci(dhow).display().to_string()] {
            let mut terminal = Terminal::spawn(dhow, ["run", "--rm", "-it", "--name", "t", "--runtime", &runtime, "busybox", "sh"]);
            terminal.expect("# ");
            terminal.send("tty; stty size; exit 6\n");
            terminal.expect("/dev/pts/0");
            terminal.expect("24 80");
            assert_eq!(terminal.wait().0, 6);
            let mut terminal = Terminal::spawn(dhow, ["run", "--rm", "-it", "--runtime", &runtime, "busybox", "sh"]);
            terminal.expect("# ");
            terminal.send("\x10\x11");
            assert_eq!(terminal.wait().0, 0, "detached");
            let id = dhow.run(["ps", "-q"]).ok().trimmed();
            let mut terminal = Terminal::spawn(dhow, ["exec", "-it", &id, "sh"]);
            terminal.expect("# ");
            terminal.send("stty size; exit 8\n");
            terminal.expect("24 80");
            assert_eq!(terminal.wait().0, 8);
            dhow.run(["rm", "-f", &id]).ok();
        }
    }

    fn nothing_is_left_when_its_monitor_is_killed(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "--name", "c", "--runtime", "runc", "busybox", "sleep", "1000"]).ok();
        let init: i32 = state(dhow, "c", "{{.State.Pid}}").parse().unwrap();
        let status = std::fs::read_to_string(format!("/proc/{init}/status")).unwrap();
        let parent = status.lines().find_map(|l| l.strip_prefix("PPid:")).unwrap().trim().parse().unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(parent), nix::sys::signal::Signal::SIGKILL).unwrap();
        assert!(crate::leftovers::wait_pid(parent, Duration::from_secs(10)));
        assert_eq!(state(dhow, "c", "{{.State.Status}} {{.State.ExitCode}}"), "exited 137");
        let stat = std::fs::read_to_string(format!("/proc/{init}/stat")).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z"), "{stat}");
        dhow.run(["start", "c"]).ok();
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn a_server_of_the_api_cleans_up_after_its_monitor(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let host = json!({"NetworkMode": "none", "Runtime": "runc"});
        server.create("c", &json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": host}));
        for _ in 0..2 {
            server.post("/containers/c/start", &Value::Null).is(204);
            let init = server.get("/containers/c/json").is(200).json()["State"]["Pid"].as_i64().unwrap();
            crate::crashes::kill_now(crate::crashes::parent(init as i32));
            let state = server.get("/containers/c/json").is(200).json()["State"].clone();
            assert_eq!((&state["Status"], &state["ExitCode"]), (&json!("exited"), &json!(137)));
        }
        // Whoever was started for it has ended, and is waited for.
        let deadline = std::time::Instant::now() + crate::harness::TIMEOUT;
        while !server.children().is_empty() {
            assert!(std::time::Instant::now() < deadline, "{:?}", server.children());
        }
        server.delete("/containers/c").is(204);
    }

    fn orphans_of_a_container_that_shares_the_hosts_pids_are_reaped(dhow) {
        dhow.load_busybox();
        dhow.run(["run", "-d", "--name", "c", "--pid", "host", "--runtime", "runc", "busybox", "sh", "-c", "(sleep 0.1 & sleep 0.2 &) ; exec sleep 1000"]).ok();
        let init: i32 = state(dhow, "c", "{{.State.Pid}}").parse().unwrap();
        let status = std::fs::read_to_string(format!("/proc/{init}/status")).unwrap();
        let monitor = status.lines().find_map(|l| l.strip_prefix("PPid:")).unwrap().trim().to_string();
        let children = || std::fs::read_to_string(format!("/proc/{monitor}/task/{monitor}/children")).unwrap();
        let deadline = std::time::Instant::now() + Duration::from_secs(10);
        while children().split_whitespace().count() > 1 && std::time::Instant::now() < deadline {
            dhow.run(["exec", "c", "true"]).ok();
        }
        assert_eq!(children().trim(), init.to_string());
        dhow.run(["rm", "-f", "c"]).ok();
    }
}

#[test]
fn the_configuration_names_runtimes() {
    let dhow = Dhow::root();
    let oci = dhow_oci(&dhow);
    let text =
        format!("network = \"none\"\nruntime = \"mine\"\nruntimes = {{ mine = \"{}\" }}\n", oci.display());
    dhow.file("h/.config/dhow/config.toml", text);
    dhow.load_busybox();
    let info =
        dhow.run(["info", "-f", "{{.DefaultRuntime}} {{.Runtimes.mine.path}} {{.Runtimes.dhow.path}}"]).ok();
    assert_eq!(info.trimmed(), format!("mine {} dhow", oci.display()));
    dhow.run(["run", "-d", "--name", "c", "busybox", "sleep", "1000"]).ok();
    assert_eq!(state(&dhow, "c", "{{.HostConfig.Runtime}}"), "mine");
    dhow.run(["exec", "c", "true"]).ok();
    dhow.run(["run", "-d", "--name", "d", "--runtime", "dhow", "busybox", "sleep", "1000"]).ok();
    assert_eq!(state(&dhow, "d", "{{.HostConfig.Runtime}}"), "dhow");
}

#[test]
fn limits_hold_and_the_kernels_kill_is_told() {
    let dhow = Dhow::root();
    dhow.load_busybox();
    let script = "x=a; while :; do x=$x$x; done";
    let out =
        dhow.run(["run", "--name", "c", "--runtime", "runc", "-m", "16m", "busybox", "sh", "-c", script]);
    assert_eq!(out.code, 137, "{out:?}");
    assert_eq!(state(&dhow, "c", "{{.State.OOMKilled}}"), "true");
    let shares =
        run(&dhow, "runc", &["--device", "/dev/null:/dev/other"], &["stat", "-c", "%t %T", "/dev/other"])
            .ok();
    assert_eq!(shares.trimmed(), "1 3");
}

both! {
    fn networks_and_ports_are_there_before_the_runtime(dhow) {
        let lan = crate::networks::machine(dhow);
        for name in ["n", "later"] {
            lan.dhow(dhow, &["network", "create", name]).ok();
        }
        let options = ["--runtime", "runc", "--network", "n", "-p", "8080:80", "--sysctl", "net.ipv4.conf.eth0.forwarding=0"];
        crate::networks::start_server(&lan, dhow, "web", &options);
        let url = "http://198.51.100.1:8080/cgi-bin/who";
        assert_eq!(crate::networks::Lan::get(&lan.outside, url).as_deref(), Some("198.51.100.2"));
        let asked = |network| lan.ask(dhow, &["--runtime", "runc", "--network", network], "http://web/cgi-bin/who");
        assert!(asked("n").is_some(), "names");
        lan.dhow(dhow, &["network", "connect", "later", "web"]).ok();
        assert!(asked("later").is_some(), "connected while it runs");
        // What was there before a restart is there again: the port, too.
        lan.dhow(dhow, &["restart", "-t", "0", "web"]).ok();
        while crate::networks::Lan::get(&lan.outside, url).is_none() {}
        lan.dhow(dhow, &["rm", "-f", "web"]).ok();
        lan.dhow(dhow, &["network", "rm", "n", "later"]).ok();
    }
}
