//! What `dhow serve` remembers of containers between requests: it spares reading, and is never taken for what is true when it isn't.

use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;
use std::time::{Duration, Instant};

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};
use serde_json::{Value, json};

use crate::api_abuse::private_memory;
use crate::api_server::Server;
use crate::harness::{Dhow, TIMEOUT};
use crate::networks::machine;

fn inspect(server: &Server<'_>, name: &str) -> Value {
    server.raw("GET", &format!("/containers/{name}/json"), None).unwrap().is(200).json()
}

fn listed(server: &Server<'_>, name: &str) -> Value {
    let all = server.raw("GET", "/containers/json?all=1", None).unwrap().is(200).json();
    let mut fitting = all.as_array().unwrap().iter().filter(|c| c["Names"][0] == format!("/{name}"));
    fitting.next().unwrap_or_else(|| panic!("{name} isn't in {all}")).clone()
}

/// Asks for so long that the server remembers all that it can.
fn remember(server: &Server<'_>, name: &str) {
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_millis(120) {
        inspect(server, name);
        listed(server, name);
    }
}

/// What the server shows is what a command finds that remembers nothing.
#[track_caller]
fn agree(server: &Server<'_>, dhow: &Dhow, name: &str) -> Value {
    let shown = inspect(server, name);
    let true_now = dhow.run(["inspect", name]).ok().json()[0].clone();
    for part in [
        "Id",
        "Name",
        "State",
        "ExecIDs",
        "Config",
        "NetworkSettings",
        "Mounts",
        "GraphDriver",
        "RestartCount",
    ] {
        assert_eq!(shown[part], true_now[part], "{part}");
    }
    let summary = listed(server, name);
    assert_eq!(summary["Id"], true_now["Id"]);
    assert_eq!(summary["State"], true_now["State"]["Status"]);
    assert_eq!(summary["Labels"], true_now["Config"]["Labels"]);
    for (network, endpoint) in true_now["NetworkSettings"]["Networks"].as_object().unwrap() {
        assert_eq!(summary["NetworkSettings"]["Networks"][network], *endpoint, "{network}");
    }
    shown
}

/// Counts how often a container's files are read.
struct Reads(Inotify);

impl Reads {
    fn of(dhow: &Dhow, id: &str) -> Self {
        let inotify = Inotify::init(InitFlags::IN_NONBLOCK | InitFlags::IN_CLOEXEC).unwrap();
        inotify.add_watch(&dhow.root_dir().join("containers").join(id), AddWatchFlags::IN_OPEN).unwrap();
        Self(inotify)
    }

    fn count(&self) -> usize {
        let mut count = 0;
        while let Ok(events) = self.0.read_events() {
            let names = events.iter().filter_map(|e| e.name.as_ref()?.to_str().map(str::to_string));
            count += names.filter(|n| n == "config.json" || n == "state.json").count();
        }
        count
    }
}

/// Puts another file in the place of one, as every state file is changed.
#[allow(clippy::disallowed_methods)] // as state::file does it, without what the test is not about
fn replace(path: &Path, text: &str) {
    let temporary = path.with_file_name(".tmp-test");
    let old = path.metadata().unwrap();
    std::fs::write(&temporary, text).unwrap();
    chown(&temporary, Some(old.uid()), Some(old.gid())).unwrap();
    std::fs::rename(&temporary, path).unwrap();
}

both! {
    fn what_has_not_changed_is_not_read_again(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let made = server.create("made", &json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}));
        let runs = dhow.run(["run", "-d", "--name", "runs", "--network", "none", "busybox", "sleep", "1000"]).ok().trimmed();
        remember(&server, "made");
        remember(&server, "runs");
        for (name, id) in [("made", &made), ("runs", &runs)] {
            let reads = Reads::of(dhow, id);
            let first = (inspect(&server, name), inspect(&server, id), listed(&server, name));
            for _ in 0..5 {
                assert_eq!((inspect(&server, name), inspect(&server, &id[..12])["Id"].clone()), (first.0.clone(), json!(id)));
                assert_eq!(listed(&server, name)["Id"], json!(id));
            }
            assert_eq!(first.0, first.1);
            assert_eq!(reads.count(), 0, "{name}");
            // An answer of another form is made of what is known.
            let old = server.raw("GET", &format!("/v1.41/containers/{name}/json"), None).unwrap().is(200).json();
            assert!(old["HostConfig"].get("KernelMemory").is_some() && first.0["HostConfig"].get("KernelMemory").is_none());
            let filtered = format!("/containers/json?all=1&filters=%7B%22name%22%3A%5B%22{name}%22%5D%7D");
            assert_eq!(server.raw("GET", &filtered, None).unwrap().is(200).json().as_array().unwrap().len(), 1);
            assert_eq!(reads.count(), 0, "{name}");
            dhow.run(["rename", name, &format!("{name}2")]).ok();
            assert!(reads.count() > 0, "by the command");
            assert_eq!(listed(&server, &format!("{name}2"))["Id"], json!(id));
            assert!(reads.count() > 0, "{name}");
        }
        dhow.run(["rm", "-f", "made2", "runs2"]).ok();
    }

    fn what_others_do_is_shown_by_the_next_request(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        dhow.run(["run", "-d", "--name", "c", "--network", "none", "busybox", "sleep", "1000"]).ok();
        let done = |args: &[&str]| {
            remember(&server, "c");
            dhow.run(args).ok();
            agree(&server, dhow, "c")
        };
        if dhow.run(["pause", "c"]).code == 0 {
            assert_eq!(agree(&server, dhow, "c")["State"]["Paused"], true);
            assert_eq!(done(&["unpause", "c"])["State"]["Paused"], false);
            assert_eq!(done(&["pause", "c"])["State"]["Status"], "paused");
            dhow.run(["unpause", "c"]).ok();
        }
        done(&["update", "--restart", "on-failure:3", "c"]);
        assert_eq!(inspect(&server, "c")["HostConfig"]["RestartPolicy"]["MaximumRetryCount"], 3);
        done(&["update", "--restart", "no", "c"]);
        for round in 0..5 {
            if round == 2 {
                remember(&server, "c");
            }
            dhow.run(["stop", "-t", "0", "c"]).ok();
            assert_eq!(agree(&server, dhow, "c")["State"]["Running"], false);
            dhow.run(["start", "c"]).ok();
            assert_eq!(agree(&server, dhow, "c")["State"]["Running"], true);
        }
        // Of a name only the container counts that has it now.
        for round in 0..5 {
            remember(&server, "c");
            let before = inspect(&server, "c")["Id"].clone();
            dhow.run(["rm", "-f", "c"]).ok();
            server.raw("GET", "/containers/c/json", None).unwrap().is(404);
            server.raw("GET", &format!("/containers/{}/json", before.as_str().unwrap()), None).unwrap().is(404);
            let label = format!("round={round}");
            dhow.run(["create", "--name", "c", "--network", "none", "-l", &label, "busybox", "true"]).ok();
            let now = agree(&server, dhow, "c");
            assert_ne!(now["Id"], before);
            assert_eq!(now["Config"]["Labels"]["round"], round.to_string());
        }
        if !dhow.is_rootless() {
            assert!(done(&["mount", "c"])["GraphDriver"]["Data"].get("MergedDir").is_some());
            assert!(done(&["umount", "c"])["GraphDriver"]["Data"].get("MergedDir").is_none());
            // Of what others mount nobody tells: it is seen when it is looked for again.
            done(&["mount", "c"]);
            let place = dhow.root_dir().join("containers").join(inspect(&server, "c")["Id"].as_str().unwrap()).join("rootfs");
            remember(&server, "c");
            nix::mount::umount(&place).unwrap();
            let deadline = Instant::now() + TIMEOUT;
            while inspect(&server, "c")["GraphDriver"]["Data"].get("MergedDir").is_some() {
                assert!(Instant::now() < deadline);
            }
        }
        dhow.run(["rm", "c"]).ok();
    }

    fn networks_that_others_change_are_shown(dhow) {
        let lan = &machine(dhow);
        let server = Server::on(lan, dhow);
        lan.dhow(dhow, &["network", "create", "other"]).ok();
        lan.dhow(dhow, &["run", "-d", "--name", "c", "-p", "8080:80", "busybox", "sleep", "1000"]).ok();
        let done = |args: &[&str]| {
            remember(&server, "c");
            lan.dhow(dhow, args).ok();
            agree(&server, dhow, "c")
        };
        let networks = |shown: &Value| shown["NetworkSettings"]["Networks"].as_object().unwrap().len();
        for _ in 0..3 {
            let shown = done(&["network", "connect", "--alias", "x", "other", "c"]);
            assert_eq!((networks(&shown), &shown["NetworkSettings"]["Networks"]["other"]["Aliases"][0]), (2, &json!("x")));
            assert_eq!(networks(&done(&["network", "disconnect", "other", "c"])), 1);
        }
        assert_eq!(listed(&server, "c")["Ports"][0]["PublicPort"], 8080);
        done(&["stop", "-t", "0", "c"]);
        assert_eq!(listed(&server, "c")["Ports"], json!([]));
        done(&["start", "c"]);
        assert_eq!(listed(&server, "c")["Ports"][0]["PublicPort"], 8080);
        lan.dhow(dhow, &["rm", "-f", "c"]).ok();
        lan.dhow(dhow, &["network", "rm", "other"]).ok();
    }

    fn programs_of_exec_are_shown_as_long_as_they_run(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        dhow.run(["run", "-d", "--name", "c", "--network", "none", "busybox", "sh", "-c", "mkfifo /f; sleep 1000"]).ok();
        for round in 0..4 {
            remember(&server, "c");
            assert_eq!(inspect(&server, "c")["ExecIDs"], Value::Null);
            dhow.run(["exec", "-d", "c", "sh", "-c", "read x < /f"]).ok();
            assert_eq!(agree(&server, dhow, "c")["ExecIDs"].as_array().unwrap().len(), 1);
            if round % 2 == 0 {
                remember(&server, "c");
                assert_eq!(inspect(&server, "c")["ExecIDs"].as_array().unwrap().len(), 1);
            }
            dhow.run(["exec", "c", "sh", "-c", "echo > /f"]).ok();
            // It ends by itself, after the one that was waited for: of that nothing is left to be seen.
            let deadline = Instant::now() + TIMEOUT;
            loop {
                let left = inspect(&server, "c")["ExecIDs"].as_array().map_or(0, Vec::len);
                if left == 0 {
                    break;
                }
                assert!(left == 1 && Instant::now() < deadline, "{left} are left");
            }
            for _ in 0..3 {
                dhow.run(["exec", "c", "true"]).ok();
                assert_eq!(inspect(&server, "c")["ExecIDs"], Value::Null);
            }
        }
        // They end with the container.
        dhow.run(["exec", "-d", "c", "sleep", "1000"]).ok();
        remember(&server, "c");
        dhow.run(["kill", "c"]).ok();
        dhow.run(["wait", "c"]).ok();
        assert_eq!(agree(&server, dhow, "c")["ExecIDs"], Value::Null);
        dhow.run(["start", "c"]).ok();
        assert_eq!(agree(&server, dhow, "c")["ExecIDs"], Value::Null);
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn a_monitor_that_was_killed_is_missed_at_once(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let id = dhow.run(["run", "-d", "--name", "c", "--network", "none", "busybox", "sleep", "1000"]).ok().trimmed();
        for asked_first in ["inspect", "list"] {
            remember(&server, "c");
            let state = std::fs::read(dhow.root_dir().join("containers").join(&id).join("state.json")).unwrap();
            let state: Value = serde_json::from_slice(&state).unwrap();
            let monitor = state["monitor"]["pid"].as_i64().unwrap() as i32;
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(monitor), nix::sys::signal::Signal::SIGKILL).unwrap();
            let deadline = Instant::now() + TIMEOUT;
            while Path::new(&format!("/proc/{monitor}")).exists() {
                assert!(Instant::now() < deadline);
            }
            if asked_first == "list" {
                let shown = listed(&server, "c");
                assert_eq!(shown["State"], "exited");
                assert!(shown["Status"].as_str().unwrap().starts_with("Exited (137)"), "{shown}");
            }
            let shown = agree(&server, dhow, "c");
            assert_eq!((&shown["State"]["Status"], &shown["State"]["ExitCode"]), (&json!("exited"), &json!(137)));
            dhow.run(["start", "c"]).ok();
            assert_eq!(agree(&server, dhow, "c")["State"]["Running"], true);
        }
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn a_change_of_health_is_shown(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let health = ["--health-cmd", "test ! -e /bad", "--health-interval", "100ms", "--health-retries", "1"];
        let start = ["run", "-d", "--name", "c", "--network", "none"];
        dhow.run(start.iter().chain(&health).chain(&["busybox", "sleep", "1000"])).ok();
        dhow.run(["wait", "--condition", "healthy", "c"]).ok();
        for (script, word) in [("touch /bad", "unhealthy"), ("rm /bad", "healthy"), ("touch /bad", "unhealthy")] {
            remember(&server, "c");
            dhow.run(["exec", "c", "sh", "-c", script]).ok();
            dhow.run(["wait", "--condition", word, "c"]).ok();
            assert_eq!(inspect(&server, "c")["State"]["Health"]["Status"], word);
            assert!(listed(&server, "c")["Status"].as_str().unwrap().ends_with(&format!("({word})")));
        }
        // Each check is seen, not only one that changes the status.
        let ends = || inspect(&server, "c")["State"]["Health"]["Log"].as_array().unwrap().last().unwrap()["End"].clone();
        let (first, deadline) = (ends(), Instant::now() + TIMEOUT);
        while ends() == first {
            assert!(Instant::now() < deadline);
        }
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn links_show_the_names_that_others_have_now(dhow) {
        let lan = &machine(dhow);
        let server = Server::on(lan, dhow);
        lan.dhow(dhow, &["run", "-d", "--name", "base", "busybox", "sleep", "1000"]).ok();
        lan.dhow(dhow, &["create", "--name", "c", "--link", "base:b", "busybox", "true"]).ok();
        remember(&server, "c");
        assert_eq!(inspect(&server, "c")["HostConfig"]["Links"], json!(["/base:/c/b"]));
        lan.dhow(dhow, &["rename", "base", "renamed"]).ok();
        assert_eq!(inspect(&server, "c")["HostConfig"]["Links"], json!(["/renamed:/c/b"]));
        lan.dhow(dhow, &["rm", "-f", "c", "renamed"]).ok();
    }

    fn changes_within_a_tick_of_the_clock_are_told_apart(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let id = server.create("c", &json!({"Image": "busybox", "Cmd": ["true"], "Labels": {"n": "x0000"}, "HostConfig": {"NetworkMode": "none"}}));
        let path = dhow.root_dir().join("containers").join(&id).join("config.json");
        let text = std::fs::read_to_string(&path).unwrap();
        let with = |n: u32| text.replace("x0000", &format!("x{n:04}"));
        assert_ne!(with(1), text);
        let mut n = 0;
        for round in 0..120 {
            // Now and then it is remembered, mostly it is too young for that. It is replaced several times between two looks, so that the
            // inode numbers come back.
            if round % 10 == 0 {
                remember(&server, "c");
            }
            for _ in 0..=round % 4 {
                n += 1;
                replace(&path, &with(n));
            }
            assert_eq!(inspect(&server, "c")["Config"]["Labels"]["n"], format!("x{n:04}"));
            n += 1;
            replace(&path, &with(n));
            assert_eq!(listed(&server, "c")["Labels"]["n"], format!("x{n:04}"));
        }
        dhow.run(["rm", "c"]).ok();
    }

    fn lists_of_many_containers_leave_no_memory_taken(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let id = server.create("c", &json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}));
        let containers = dhow.root_dir().join("containers");
        let config = std::fs::read_to_string(containers.join(&id).join("config.json")).unwrap();
        let mut made = Vec::new();
        for n in 0..3000 {
            let other = format!("{n:064x}");
            std::fs::create_dir(containers.join(&other)).unwrap();
            dhow.file(&format!("r/containers/{other}/config.json"), config.replace(&id, &other).replace("\"c\"", &format!("\"c{n}\"")));
            chown(containers.join(&other), Some(dhow.uid), None).unwrap();
            made.push(containers.join(&other));
        }
        std::thread::scope(|scope| {
            let list = || assert_eq!(server.raw("GET", "/containers/json?all=1", None).unwrap().is(200).json().as_array().unwrap().len(), 3001);
            let lists: Vec<_> = (0..6).map(|_| scope.spawn(list)).collect();
            for list in lists {
                list.join().unwrap();
            }
        });
        // It is given back when the answers have been sent.
        let deadline = Instant::now() + TIMEOUT;
        while private_memory(server.pid()) > 20 << 10 {
            assert!(Instant::now() < deadline, "{} KiB are the server's alone", private_memory(server.pid()));
        }
        for dir in made {
            std::fs::remove_dir_all(dir).unwrap();
        }
        dhow.run(["rm", "c"]).ok();
    }

    fn it_remembers_no_more_than_it_has_room_for(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        // The configs of all together have 24 MiB, and what is made of them three times that.
        let label = "x".repeat(200 << 10);
        let names: Vec<String> = (0..120).map(|n| format!("c{n}")).collect();
        let body = json!({"Image": "busybox", "Cmd": ["true"], "Labels": {"x": label}, "HostConfig": {"NetworkMode": "none"}});
        for name in &names {
            server.raw("POST", &format!("/containers/create?name={name}"), Some(&body)).unwrap().is(201);
        }
        for _ in 0..3 {
            for name in &names {
                assert_eq!(inspect(&server, name)["Config"]["Labels"]["x"].as_str().unwrap().len(), label.len());
            }
        }
        let kib = private_memory(server.pid());
        assert!(kib < 20 << 10, "{kib} KiB");
        dhow.run(["rm"].into_iter().chain(names.iter().map(String::as_str))).ok();
    }
}
