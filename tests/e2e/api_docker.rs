//! docker's own command line as a client of `dhow serve`.

use serde_json::json;

use crate::api_files::untar;
use crate::api_server::Server;
use crate::harness::{Dhow, Stdin};
use crate::registry::{Options, Registry};
use crate::terminal::Terminal;

both! {
    fn docker_runs(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let ran = server.docker(&["run", "--rm", "--net", "none", "busybox", "sh", "-c", "echo out; echo err >&2; exit 7"]);
        assert_eq!((ran.code, ran.stdout().as_str(), ran.stderr().as_str()), (7, "out\n", "err\n"));
        // Again and again: the end of a short container must not be missed.
        for code in 0..20 {
            assert_eq!(server.docker(&["run", "--rm", "--net", "none", "busybox", "sh", "-c", &format!("exit {code}")]).code, code);
        }
        let bytes: Vec<u8> = (0..=255u8).cycle().take(1 << 20).collect();
        let echoed = server.docker_with(&["run", "-i", "--rm", "--net", "none", "busybox", "cat"], Stdin::Bytes(bytes.clone())).ok();
        assert!(echoed.out == bytes, "{} bytes of {} came back", echoed.out.len(), bytes.len());
        server.docker(&["run", "--net", "none", "busybox", "nope"]).fails(127);
        server.docker(&["run", "--rm", "--net", "none", "busybox", "/etc"]).fails(126);
        server.docker(&["run", "none:1"]).fails(125).says("Unable to find image 'none:1' locally");
        let id = server.docker(&["run", "-d", "--name", "c", "--net", "none", "busybox", "sleep", "1000"]).ok().trimmed();
        assert_eq!(dhow.run(["ps", "-q", "--no-trunc"]).ok().trimmed(), id);
        assert_eq!(server.docker(&["ps", "-aq"]).ok().lines().len(), 2);
        server.docker(&["rm", "-f", "c"]).ok();
    }

    fn docker_execs(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        dhow.run(["run", "-d", "--name", "c", "busybox", "sleep", "1000"]).ok();
        let ran = server.docker(&["exec", "-e", "A=1", "-w", "/tmp", "-u", "5", "c", "sh", "-c", "id -u; pwd; echo $A; echo err >&2; exit 9"]);
        assert_eq!((ran.code, ran.stdout().as_str(), ran.stderr().as_str()), (9, "5\n/tmp\n1\n", "err\n"));
        assert_eq!(server.docker_with(&["exec", "-i", "c", "cat"], Stdin::Bytes(b"in".to_vec())).ok().stdout(), "in");
        // As dockerd tells it: in the program's output.
        let none = server.docker(&["exec", "c", "nope"]);
        assert!(none.code == 127 && none.stdout().contains("executable file not found"), "{none:?}");
        server.docker(&["exec", "-d", "c", "touch", "/made"]).ok();
        server.docker(&["exec", "c", "sh", "-c", "until [ -e /made ]; do :; done"]).ok();
        let mut command = server.client("docker");
        command.args(["exec", "-it", "c", "sh"]);
        let mut terminal = Terminal::of(dhow, &command);
        terminal.expect("#");
        terminal.send("stty size; exit 6\n");
        terminal.expect("24 80");
        assert_eq!(terminal.wait().0, 6);
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn docker_attaches_and_detaches(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let mut command = server.client("docker");
        command.args(["run", "-it", "--name", "c", "--net", "none", "busybox", "sh"]);
        let mut terminal = Terminal::of(dhow, &command);
        terminal.expect("#");
        terminal.send("stty size\n");
        terminal.expect("24 80");
        terminal.send("\x10\x11");
        assert_eq!(terminal.wait().0, 0);
        assert_eq!(dhow.run(["inspect", "-f", "{{.State.Status}}", "c"]).ok().trimmed(), "running");
        let mut command = server.client("docker");
        command.args(["attach", "c"]);
        let mut terminal = Terminal::of(dhow, &command);
        terminal.send("echo a$((1+1))b\n");
        terminal.expect("a2b");
        terminal.send("exit 4\n");
        assert_eq!(terminal.wait().0, 4);
        // Started again, with its streams from the first byte.
        let mut command = server.client("docker");
        command.args(["start", "-ai", "c"]);
        let mut terminal = Terminal::of(dhow, &command);
        terminal.expect("#");
        terminal.send("exit 5\n");
        assert_eq!(terminal.wait().0, 5);
        server.docker(&["rm", "c"]).ok();
    }

    fn docker_manages_containers(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let docker = |args: &[&str]| server.docker(args).ok().trimmed();
        docker(&["create", "--name", "a", "--label", "x=y", "--net", "none", "busybox", "sh", "-c", "echo hello; sleep 1000"]);
        assert_eq!(docker(&["ps", "-a", "--format", "{{.Names}} {{.State}} {{.Status}}"]), "a created Created");
        docker(&["start", "a"]);
        assert_eq!(docker(&["ps", "--filter", "label=x=y", "--format", "{{.Names}} {{.State}}"]), "a running");
        assert_eq!(docker(&["logs", "a"]), "hello");
        assert!(docker(&["top", "a"]).contains("sleep 1000"));
        docker(&["rename", "a", "b"]);
        assert_eq!(docker(&["inspect", "-f", "{{.Name}} {{.State.Running}} {{.HostConfig.NetworkMode}}", "b"]), "/b true none");
        assert!(docker(&["stats", "--no-stream", "--format", "{{.Name}} {{.PIDs}}", "b"]).starts_with("b "));
        docker(&["restart", "-t", "0", "b"]);
        docker(&["kill", "-s", "KILL", "b"]);
        assert_eq!(docker(&["wait", "b"]), "137");
        assert_eq!(docker(&["logs", "-f", "--tail", "1", "b"]), "hello", "the following of one that has ended ends");
        docker(&["start", "b"]);
        docker(&["stop", "-t", "0", "b"]);
        // The command line counts in whole seconds.
        let until = (jiff::Timestamp::now().as_second() + 1).to_string();
        let events = docker(&["events", "--since", "5m", "--until", &until, "--filter", "container=b", "--format", "{{.Action}}"]);
        for action in ["start", "die", "rename", "restart", "kill"] {
            assert!(events.lines().any(|l| l == action), "{action}: {events}");
        }
        assert!(docker(&["container", "prune", "-f"]).contains("Total reclaimed space"));
        assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
        server.docker(&["rm", "b"]).fails(1).says("No such container: b");
    }

    fn what_was_killed_can_be_removed_at_once(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        for _ in 0..8 {
            server.create("c", &json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none", "RestartPolicy": {"Name": "always"}}}));
            server.post("/containers/c/start", &serde_json::Value::Null).is(204);
            server.post("/containers/c/kill", &serde_json::Value::Null).is(204);
            let state = &server.get("/containers/c/json").is(200).json()["State"];
            assert_eq!((state["Status"].as_str(), state["ExitCode"].as_i64()), (Some("exited"), Some(137)), "{state}");
            server.delete("/containers/c").is(204);
        }
        server.docker(&["run", "-d", "--name", "told", "--net", "none", "busybox", "sleep", "1000"]).ok();
        server.docker(&["stop", "-t", "0", "told"]).ok();
        server.docker(&["start", "told"]).ok();
        server.docker(&["rm", "-f", "told"]).ok();
        let told = dhow.run(["events", "--until", "0s", "--since", "10m", "--filter", "container=told", "--format", "{{.Action}}{{.Actor.Attributes.signal}}"]);
        let told: Vec<String> = told.ok().lines().iter().map(|l| l.replace("<no value>", "")).collect();
        assert_eq!(told, ["create", "start", "kill15", "kill9", "die", "stop", "start", "kill9", "die", "destroy"]);
    }

    fn docker_manages_images(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let docker = |args: &[&str]| server.docker(args).ok();
        docker(&["tag", "busybox", "other:x"]);
        assert_eq!(docker(&["images", "--format", "{{.Repository}}:{{.Tag}}"]).lines().len(), 2);
        let saved = docker(&["save", "other:x"]).out;
        assert!(docker(&["rmi", "other:x"]).stdout().contains("Untagged: other:x"));
        let loaded = server.docker_with(&["load"], Stdin::Bytes(saved)).ok();
        assert_eq!(loaded.trimmed(), "Loaded image: other:x");
        let id = docker(&["image", "inspect", "-f", "{{.Id}}", "other:x"]).trimmed();
        assert_eq!(dhow.run(["image", "inspect", "-f", "{{.Id}}", "busybox"]).ok().trimmed(), id);
        assert!(!docker(&["history", "busybox"]).lines().is_empty());
        let imported = server.docker_with(&["import", "-c", "CMD [\"x\"]", "-", "im:1"], Stdin::Bytes(crate::fixtures::busybox_layer())).ok();
        assert!(imported.trimmed().starts_with("sha256:"), "{imported:?}");
        assert_eq!(docker(&["image", "inspect", "-f", "{{.Config.Cmd}}", "im:1"]).trimmed(), "[x]");
        docker(&["rmi", "im:1", "other:x", "busybox"]);
        assert_eq!(dhow.run(["images", "-q"]).ok().trimmed(), "");
        server.docker(&["rmi", "busybox"]).fails(1).says("No such image: busybox");
        assert!(docker(&["image", "prune", "-f"]).stdout().contains("Total reclaimed space: 0B"));
    }

    fn whoever_starts_it_those_who_wait_are_attached(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let id = server.create("c", &json!({
            "Image": "busybox", "Cmd": ["sh", "-c", "read x; echo got $x"], "OpenStdin": true, "HostConfig": {"NetworkMode": "none"},
        }));
        // The command line wants it to run; the API doesn't.
        server.docker(&["attach", "c"]).fails(1).says("cannot attach to a stopped container");
        let attached = crate::api_streams::Hijacked::attach(&server, &id, "stdout=1");
        let mut start = dhow.command(["start", "-ai", "c"]);
        start.env("X", "1");
        let started = crate::harness::finish(start, "start".into(), Stdin::Bytes(b"a\n".to_vec()), crate::harness::TIMEOUT).ok();
        assert_eq!(started.stdout(), "got a\n");
        // Attached when it ran, or too late: in any case it ends.
        attached.frames();
        dhow.run(["rm", "c"]).ok();
    }
}

#[test]
fn a_user_without_subordinate_ids_has_docker_too() {
    let dhow = &Dhow::bare();
    let registry = Registry::start(Options::default());
    registry.push_busybox("b:1");
    let image = &format!("{}/b:1", registry.host());
    let server = Server::start(dhow);
    let docker = |args: &[&str]| server.docker(args).ok().trimmed();
    docker(&["pull", image]);
    assert_eq!(docker(&["run", "--rm", image, "id", "-u"]), "0");
    docker(&[
        "run",
        "-d",
        "--name",
        "c",
        "-p",
        "127.0.0.1::80",
        "-v",
        "vol:/v",
        image,
        "sh",
        "-c",
        "echo said; exec sleep 1000",
    ]);
    dhow.file("w/file", "text");
    docker(&["cp", "file", "c:/v/file"]);
    assert_eq!(docker(&["exec", "c", "cat", "/v/file"]), "text");
    assert_eq!(
        untar(&server.docker(&["cp", "c:/v/file", "-"]).ok().out),
        [("file".to_string(), b"text".to_vec())]
    );
    assert_eq!(docker(&["logs", "c"]), "said");
    assert!(docker(&["port", "c"]).starts_with("80/tcp -> 127.0.0.1:"));
    docker(&["commit", "c", "made"]);
    // Only one id is mapped: what needs another one says so.
    let why = "the container's user namespace has no user 5: use another user";
    server.docker(&["run", "--rm", "-u", "5", image, "true"]).fails(125).says(why);
    let refused = server.docker(&["exec", "-u", "5", "c", "true"]);
    assert!(refused.code == 126 && refused.stdout().contains(why), "{refused:?}");
    assert_eq!(docker(&["ps", "-q", "--no-trunc"]), dhow.run(["ps", "-q", "--no-trunc"]).ok().trimmed());
    docker(&["rm", "-f", "-v", "c"]);
    docker(&["rmi", "made", image]);
    docker(&["volume", "rm", "vol"]);
    assert_eq!(docker(&["system", "df", "--format", "{{.TotalCount}}"]).replace('\n', " "), "0 0 0 0");
}
