//! `dhow serve` as HTTP: paths, versions, errors, security, and calls that no client makes.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::api_server::Server;
use crate::harness::{Stdin, TIMEOUT, finish};

both! {
    fn versions_and_pings(dhow) {
        let server = Server::start(dhow);
        let ping = server.get("/_ping").is(200);
        assert_eq!(ping.text(), "OK");
        for header in ["Api-Version: 1.51", "Ostype: linux", "Docker-Experimental: false", "Server: dhow/", "Builder-Version: 1"] {
            assert!(ping.headers.to_lowercase().contains(&header.to_lowercase()), "{header}: {}", ping.headers);
        }
        assert_eq!(server.call("HEAD", "/v1.41/_ping", &[], None).is(200).text(), "");
        let version = server.get("/v1.24/version").is(200).json();
        assert_eq!((&version["ApiVersion"], &version["MinAPIVersion"]), (&json!("1.51"), &json!("1.24")));
        server.get("/v1.52/info").is(400).says("client version 1.52 is too new. Maximum supported API version is 1.51");
        server.get("/v1.23/info").is(400).says("is too old. Minimum supported API version is 1.24");
        server.get("/nonsense").is(404).says("page not found");
        server.call("PUT", "/containers/json", &[], None).is(404).says("page not found");
        assert_eq!(server.get("/info").is(200).json()["Swarm"]["LocalNodeState"], "inactive");
        server.get("/swarm").is(503).says("not a swarm manager");
        let experimental = "This experimental feature is disabled by default";
        server.get("/containers/c/checkpoints").is(501).says(experimental);
        server.post("/containers/c/checkpoints", &json!({"CheckpointID": "x"})).is(501).says(experimental);
        server.delete("/containers/c/checkpoints/x").is(501).says(experimental);
        // As people type it, who don't encode anything.
        let typed = |filters: &str| server.call("GET", &format!("/containers/json?filters={filters}"), &["-g"], None);
        assert_eq!(typed(r#"{"status":["created"]}"#).is(200).json(), json!([]));
        typed(r#"{"nope":["x"]}"#).is(400).says("invalid filter");
        server.post("/build", &Value::Null).is(501).says("doesn't build images yet");
        server.post("/build/prune", &Value::Null).is(501).says("doesn't build images yet");
        assert_eq!(server.get("/plugins").is(200).json(), json!([]));
    }

    fn what_is_malformed_is_told_and_nothing_is_made(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let create = |body: &[u8]| server.call("POST", "/containers/create?name=c", &["-H", "Content-Type: application/json"], Some(body.to_vec()));
        create(b"{").is(400).says("invalid JSON");
        create(b"[]").is(400).says("invalid JSON");
        create(b"null").is(400).says("config cannot be empty");
        create(br#"{"HostConfig": {"portBindings": {"80/tcp": [{"HostPort": 80}]}}}"#).is(400).says("HostConfig: PortBindings: 80/tcp: HostPort: ");
        // What a form of a web page can send.
        for kind in ["Content-Type: text/plain", "Content-Type:"] {
            let sent = server.call("POST", "/containers/create?name=c", &["-H", kind], Some(br#"{"Image":"busybox","Cmd":["x"]}"#.to_vec()));
            sent.is(400).says("must be 'application/json'");
        }
        create(br#"{"Image": 5}"#).is(400).says("invalid JSON");
        create(br#"{"Image": ""}"#).is(400).says("no image specified");
        create(br#"{"Image": "none:1"}"#).is(404).says("No such image: none:1");
        create(br#"{"Image": "busybox", "Cmd": ["x"], "HostConfig": {"LogConfig": {"Type": "syslog"}}}"#).is(400).says("error looking up logging plugin syslog");
        create(br#"{"Image": "busybox", "Cmd": ["x"], "HostConfig": {"StorageOpt": {"x": "1"}}}"#).is(400).says("StorageOpt");
        create(br#"{"Image": "busybox", "Cmd": ["x"], "HostConfig": {"OomScoreAdj": 5000}}"#).is(400).says("range for oom score adj is [-1000, 1000]");
        // docker's clients would take 404 for the image.
        for other in [r#""NetworkMode": "container:nobody""#, r#""PidMode": "container:nobody""#, r#""IpcMode": "container:nobody""#, r#""VolumesFrom": ["nobody"]"#] {
            let body = format!(r#"{{"Image": "busybox", "Cmd": ["x"], "HostConfig": {{{other}}}}}"#);
            create(body.as_bytes()).is(400).says("No such container: nobody");
        }
        // As dockerd: in the stream, after what it refers to.
        let pushed = server.post("/images/nope/push?tag=x", &Value::Null).is(200).text();
        let lines: Vec<Value> = pushed.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(lines[0]["status"], "The push refers to repository [docker.io/library/nope]");
        assert_eq!(lines[1]["errorDetail"]["message"], "An image does not exist locally with the tag: nope:x");
        create(br#"{"Image": "busybox", "Cmd": ["x"], "HostConfig": {"AutoRemove": true, "RestartPolicy": {"Name": "always"}}}"#).is(400).says("AutoRemove");
        create(br#"{"Image": "busybox", "Cmd": ["x"], "HostConfig": {"PortBindings": {"80/tcp": [{"HostPort": "x"}]}}}"#).is(400).says("hostPort");
        server.get("/containers/json?filters=x").is(400).says("invalid filter");
        server.get("/containers/json?filters=%7B%22nope%22%3A%5B%22x%22%5D%7D").is(400).says("invalid filter");
        server.get("/containers/c/json").is(404).says("No such container: c");
        server.get("/containers/c/logs").is(400).says("at least one stream");
        server.post("/containers/c/wait?condition=never", &Value::Null).is(400).says("invalid condition");
        server.get("/exec/%2e%2e%2fx/json").is(301);
        server.get("/exec/%2e%2ex%2fx/json").is(404).says("No such exec instance");
        let long = vec![b' '; 17 << 20];
        create(&long).is(400).says("more than");
        assert_eq!(server.get("/containers/json?all=1").json(), json!([]));
    }

    fn a_container_from_first_to_last(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let id = server.create("c", &json!({
            "Image": "busybox", "Cmd": ["sh", "-c", "echo out; echo err >&2; exit 3"], "Labels": {"a": "b"}, "Env": ["X=1"],
            "HostConfig": {"NetworkMode": "none"},
        }));
        let again = server.post("/containers/create?name=c", &json!({"Image": "busybox", "Cmd": ["true"]}));
        again.is(409).says("The container name \"/c\" is already in use by container");
        let path = |rest: &str| format!("/containers/{id}{rest}");
        // Nothing of it is lost to whoever waits before the start.
        let mut waiting = server.dhow.bare_command("curl");
        waiting.args(["-sS", "-N", "-X", "POST", "--unix-socket"]).arg(&server.socket);
        waiting.arg(format!("http://x/containers/{id}/wait?condition=next-exit"));
        let waiting = std::thread::spawn(move || finish(waiting, "curl wait".into(), Stdin::Empty, TIMEOUT).ok());
        server.post(&path("/start"), &Value::Null).is(204);
        let end = server.post(&path("/wait"), &Value::Null).is(200).json();
        assert_eq!(end["StatusCode"], 3);
        assert_eq!(waiting.join().unwrap().json()["StatusCode"], 3);
        let state = server.get(&path("/json")).is(200).json();
        assert_eq!((&state["State"]["Status"], &state["State"]["ExitCode"]), (&json!("exited"), &json!(3)));
        assert_eq!(state["Config"]["Labels"]["a"], "b");
        let logs = server.get(&path("/logs?stdout=1&stderr=1")).is(200);
        assert!(logs.headers.contains("multiplexed-stream"), "{}", logs.headers);
        let mut frames = [logs.body[..12].to_vec(), logs.body[12..].to_vec()];
        frames.sort();
        assert_eq!(frames, [b"\x01\0\0\0\0\0\0\x04out\n".to_vec(), b"\x02\0\0\0\0\0\0\x04err\n".to_vec()]);
        assert_eq!(server.get(&path("/logs?stderr=1")).body, b"\x02\0\0\0\0\0\0\x04err\n");
        server.post(&path("/kill"), &Value::Null).is(409).says("is not running");
        server.post(&path("/stop"), &Value::Null).is(304);
        server.delete(&path("")).is(204);
        server.delete(&path("")).is(404);
        server.post(&path("/start"), &Value::Null).is(404);
    }

    fn programs_of_exec_outlive_the_server(dhow) {
        dhow.load_busybox();
        let mut server = Server::start(dhow);
        let id = server.create("c", &json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none"}}));
        server.post(&format!("/containers/{id}/exec"), &json!({"Cmd": ["true"]})).is(409).says("is not running");
        server.post(&format!("/containers/{id}/start"), &Value::Null).is(204);
        let exec = |server: &Server<'_>, command: &[&str]| {
            let made = server.post(&format!("/containers/{id}/exec"), &json!({"Cmd": command, "AttachStdout": true})).is(201);
            made.json()["Id"].as_str().unwrap().to_string()
        };
        let made = exec(&server, &["sh", "-c", "read x < /fifo; exit 5"]);
        let done = exec(&server, &["sh", "-c", "mkfifo /fifo; echo done; exit 4"]);
        server.kill_and_restart();
        let inspect = |server: &Server<'_>, exec: &str| server.get(&format!("/exec/{exec}/json")).is(200).json();
        assert_eq!((&inspect(&server, &done)["Running"], &inspect(&server, &done)["ExitCode"]), (&json!(false), &Value::Null));
        let shown = server.post(&format!("/exec/{done}/start"), &json!({"Detach": false})).is(200);
        assert_eq!(shown.body, b"\x01\0\0\0\0\0\0\x05done\n");
        assert_eq!(inspect(&server, &done)["ExitCode"], 4);
        server.post(&format!("/exec/{done}/start"), &json!({"Detach": false})).is(409).says("has already run");
        server.post(&format!("/exec/{made}/start"), &json!({"Detach": true})).is(200);
        assert_eq!(inspect(&server, &made)["Running"], true);
        server.kill_and_restart();
        assert_eq!(inspect(&server, &made)["Running"], true);
        dhow.run(["exec", "c", "sh", "-c", "echo > /fifo"]).ok();
        let deadline = Instant::now() + TIMEOUT;
        while inspect(&server, &made)["Running"] == true {
            assert!(Instant::now() < deadline);
        }
        assert_eq!(inspect(&server, &made)["ExitCode"], 5);
        let last = exec(&server, &["sleep", "1000"]);
        server.post(&format!("/exec/{last}/start"), &json!({"Detach": true})).is(200);
        // With the container's monitor nobody is left to tell how it ended.
        dhow.run(["kill", "c"]).ok();
        dhow.run(["wait", "c"]).ok();
        assert_eq!((&inspect(&server, &last)["Running"], &inspect(&server, &last)["ExitCode"]), (&json!(false), &json!(137)));
        dhow.run(["rm", "c"]).ok();
    }

    fn what_was_done_is_told(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let since = jiff::Timestamp::now();
        server.create("c", &json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none"}}));
        let client = crate::api_streams::Hijacked::attach(&server, "c", "stdout=1");
        server.post("/containers/c/start", &Value::Null).is(204);
        server.get("/containers/c/top").is(200);
        server.post("/commit?container=c&repo=made&pause=0", &json!({})).is(201);
        server.get("/images/made/get").is(200);
        server.post("/containers/c/kill", &Value::Null).is(204);
        client.frames();
        for kind in ["containers", "networks", "volumes", "images"] {
            server.post(&format!("/{kind}/prune"), &Value::Null).is(200);
        }
        let seconds = |time: jiff::Timestamp| time.as_nanosecond() as f64 / 1e9;
        let path = format!("/events?since={:.6}&until={:.6}", seconds(since), seconds(jiff::Timestamp::now()));
        let events: Vec<Value> = server.get(&path).is(200).text().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        let told: Vec<String> = events
            .iter()
            .map(|e| format!("{} {}", e["Type"].as_str().unwrap(), e["Action"].as_str().unwrap()))
            .filter(|e| !e.starts_with("volume m") && !e.starts_with("volume u"))
            .collect();
        assert_eq!(told, [
            "container create", "container attach", "network connect", "container start", "container top", "image tag", "container commit",
            "image save", "container kill", "container die", "network disconnect", "container destroy", "container prune", "network prune",
            "volume prune", "image prune",
        ]);
        assert!(events.iter().filter(|e| e["Action"] == "prune").all(|e| e["Actor"]["Attributes"]["reclaimed"].is_string()), "{events:?}");
        server.delete("/images/made").is(200);
    }

    fn what_was_done_is_counted(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("cc", &json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none"}}));
        server.get("/v1.41/containers/cc/json").is(200);
        server.get("/containers/none/json").is(404);
        let metrics = server.get("/metrics").is(200);
        assert!(metrics.headers.contains("application/openmetrics-text"), "{}", metrics.headers);
        for line in [
            "dhow_api_request_duration_seconds_count{method=\"GET\",route=\"/containers/{}/json\",status=\"200\"} 1",
            "dhow_api_request_duration_seconds_count{method=\"GET\",route=\"/containers/{}/json\",status=\"404\"} 1",
            "dhow_containers{state=\"created\"} 1",
            "dhow_containers{state=\"running\"} 0",
            "dhow_pulled_bytes_total 0",
        ] {
            assert!(metrics.text().lines().any(|l| l == line), "no {line} in {}", metrics.text());
        }
        server.delete("/containers/cc").is(204);
    }

    fn what_was_pulled_is_counted(dhow) {
        let image = crate::fixtures::served_image(&crate::fixtures::busybox_layer());
        let size = image.layer.len();
        let registry = crate::evil::Evil::registry(image, |_| None);
        let server = Server::start(dhow);
        let counted = || -> usize {
            let text = server.get("/metrics").is(200).text();
            let count = text.lines().find_map(|l| l.strip_prefix("dhow_pulled_bytes_total "));
            count.unwrap().parse().unwrap()
        };
        let pull = format!("/images/create?fromImage={}/app&tag=1", registry.host());
        let pulled = server.post(&pull, &Value::Null).is(200);
        assert!(pulled.text().contains("Downloaded newer image"), "{}", pulled.text());
        assert_eq!(counted(), size);
        // What is there already is not pulled again.
        server.post(&pull, &Value::Null).is(200);
        assert_eq!(counted(), size);
    }

    /// Also where it has no effect, and in the words that were used.
    fn what_was_asked_for_is_shown(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        for mode in ["none", "host"] {
            let host = json!({
                "NetworkMode": mode, "PortBindings": {"80/tcp": [{"HostPort": "8080"}]}, "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m"}},
            });
            server.create(mode, &json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": host}));
            server.post(&format!("/containers/{mode}/start"), &Value::Null).is(204);
            let shown = server.get(&format!("/containers/{mode}/json")).is(200).json();
            assert_eq!(shown["HostConfig"]["PortBindings"], json!({"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}));
            assert_eq!(shown["NetworkSettings"]["Ports"], json!({}));
            assert_eq!(shown["Config"]["ExposedPorts"], json!({"80/tcp": {}}));
            assert_eq!(shown["HostConfig"]["LogConfig"]["Config"], json!({"max-size": "10m"}));
            assert_eq!(dhow.run(["port", mode]).ok().trimmed(), "");
        }
        let limited = |memory: u64| {
            let host = json!({"NetworkMode": "none", "OomKillDisable": true, "Memory": memory});
            server.post("/containers/create", &json!({"Image": "busybox", "HostConfig": host})).is(201).json()["Warnings"].clone()
        };
        let unlimited = "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.";
        assert_eq!(limited(0), json!([unlimited]));
        assert_eq!(limited(64 << 20), json!([]));
        dhow.run(["create", "--oom-kill-disable", "busybox"]).ok().says(unlimited);
        dhow.run(["rm", "-f", "none", "host"]).ok();
        let release = std::fs::read_to_string("/etc/os-release").unwrap();
        let version = release.lines().find_map(|l| l.strip_prefix("VERSION_ID=")).unwrap_or_default();
        assert_eq!(server.get("/info").is(200).json()["OSVersion"], version.trim_matches('"'));
    }

    /// A line that looks after the health is for the image's shell, or the container's.
    fn checks_are_made_by_the_shell_of_the_image(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let plain = json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none"}});
        server.create("plain", &plain);
        server.post("/commit?container=plain&repo=shelly", &json!({"Shell": ["/bin/echo", "image's"], "Healthcheck": {"Test": ["CMD-SHELL", "line"]}})).is(201);
        for (name, shell, said) in [("a", json!(null), "image's line"), ("b", json!(["/bin/echo"]), "line")] {
            server.create(name, &json!({"Image": "shelly", "Shell": shell, "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none"}}));
            server.post(&format!("/containers/{name}/start"), &Value::Null).is(204);
            dhow.run(["healthcheck", "run", name]).ok();
            assert_eq!(dhow.run(["inspect", "-f", "{{(index .State.Health.Log 0).Output}}", name]).ok().trimmed(), said);
            dhow.run(["rm", "-f", name]).ok();
        }
        dhow.run(["rm", "plain"]).ok();
    }

    /// As with dockerd, which was asked.
    fn paths_are_read_as_they_are_meant(dhow) {
        let server = Server::start(dhow);
        let ask = |method: &str, path: &str| server.call(method, path, &["--path-as-is"], None);
        for (method, path, place) in [
            ("GET", "//_ping", "/_ping"),
            ("HEAD", "//_ping", "/_ping"),
            ("GET", "/v1.41/../_ping", "/_ping"),
            ("GET", "//v1.41//info", "/v1.41/info"),
            ("POST", "//containers//create?name=x&a=%2F", "/containers/create?name=x&a=%2F"),
            ("GET", "/containers/..%2F..%2F_ping", "/_ping"),
            ("GET", "/containers/%2e%2e/_ping", "/_ping"),
            ("GET", "/networks//", "/networks/"),
            ("GET", "//evil.example/x", "/evil.example/x"),
            ("GET", "/%2f%5Cevil.example", "/%5Cevil.example"),
        ] {
            let answer = ask(method, path).is(301);
            assert!(answer.headers.lines().any(|l| l.trim() == format!("location: {place}")), "{path}: {}", answer.headers);
        }
        for (path, status, text) in [
            ("/containers/a%2Fb/json", 404, "No such container: a/b"),
            ("/containers/a/b/json", 404, "No such container: a/b"),
            ("/networks/a/b", 404, "network a/b not found"),
            ("/volumes/a%2Fb", 404, "get a/b: no such volume"),
            ("/exec/a/b/json", 404, "No such exec instance: a/b"),
            ("/containers/%ff/json", 404, "No such container: \u{fffd}"),
            ("/containers/a%zz/json", 400, "two hexadecimal digits"),
            ("/_ping/", 404, "page not found"),
        ] {
            ask("GET", path).is(status).says(text);
        }
        assert_eq!(ask("GET", "/%5Fping").is(200).text(), "OK");
        assert_eq!(ask("GET", "/containers%2Fjson").is(200).text(), "[]");
    }

    fn a_server_that_only_shows(dhow) {
        dhow.load_busybox();
        let server = Server::with(dhow, &["--read-only"]);
        server.get("/containers/json").is(200);
        server.get("/images/json").is(200);
        for path in ["/containers/create", "/images/create?fromImage=x", "/networks/prune"] {
            server.post(path, &json!({})).is(403).says("--read-only");
        }
        server.delete("/images/busybox").is(403);
        for path in ["/containers/x/attach/ws", "/containers/x/attach%2Fws", "/containers/x%2fattach%2f%77s"] {
            server.get(path).is(403);
        }
    }

    fn browsers_and_strangers_are_refused(dhow) {
        let server = Server::with(dhow, &["tcp://127.0.0.1:0", "--insecure-tcp"]);
        server.call("GET", "/info", &["-H", "Origin: http://evil.example"], None).is(403).says("web pages");
        dhow.run(["serve", "tcp://127.0.0.1:0"]).fails(1).says("--tlsverify");
        dhow.run(["serve", "tcp://0.0.0.0:0", "--insecure-tcp"]).fails(1).says("loopback");
        dhow.run(["serve", "tcp://x"]).fails(125).says("use tcp://IP:PORT");
        dhow.run(["serve", &format!("unix://{}", server.socket.display())]).fails(1).says("another server answers there");
        dhow.run(["serve", "fd://"]).fails(1).says("no socket was handed over");
        use std::os::unix::fs::MetadataExt;
        assert_eq!(server.socket.metadata().unwrap().mode() & 0o777, 0o660);
    }

    fn clients_that_vanish_leave_nothing(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        dhow.run(["run", "-d", "--name", "c", "busybox", "sleep", "1000"]).ok();
        let descriptors = || std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count();
        // The first who waits for events has a descriptor made that all after it share.
        assert_eq!(server.get("/events?until=1").is(200).text(), "");
        let mut events = dhow.bare_command("timeout");
        events.args(["0.2", "curl", "-sS", "-N", "--unix-socket"]).arg(&server.socket).arg("http://x/events");
        finish(events, "curl".into(), Stdin::Empty, TIMEOUT);
        let mut before = descriptors();
        while descriptors() < before {
            before = descriptors();
        }
        for path in [
            "/containers/c/logs?follow=1&stdout=1", "/events", "/containers/c/stats", "POST /containers/c/wait",
            "POST /containers/c/attach?stream=1&stdout=1",
        ] {
            let (method, path) = path.split_once(' ').unwrap_or(("GET", path));
            for _ in 0..20 {
                let mut curl = dhow.bare_command("timeout");
                curl.args(["0.05", "curl", "-sS", "-N", "-X", method, "-H", "Connection: Upgrade", "-H", "Upgrade: tcp", "--unix-socket"]);
                curl.arg(&server.socket).arg(format!("http://x{path}"));
                finish(curl, format!("curl {path}"), Stdin::Empty, TIMEOUT);
            }
        }
        let deadline = Instant::now() + Duration::from_secs(20);
        while descriptors() > before {
            assert!(Instant::now() < deadline, "{} descriptors before, {} now", before, descriptors());
        }
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn an_idle_server_ends(dhow) {
        let begun = Instant::now();
        dhow.run(["serve", &format!("unix://{}", dhow.base.join("idle.sock").display()), "--idle-exit", "1"]).ok();
        assert!(begun.elapsed() >= Duration::from_secs(1));
        assert!(!dhow.base.join("idle.sock").exists());
    }
}

/// Keeps a process from ending when it is killed, by ptrace(2) (PTRACE_SEIZE with PTRACE_O_TRACEEXIT), until this one is killed.
const TRACER: &str = "
import ctypes, sys, time
libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long] * 4
if libc.ptrace(0x4206, int(sys.argv[1]), 0, 0x40) != 0: sys.exit(ctypes.get_errno())
print('traced', flush=True)
time.sleep(1000)
";

#[test]
fn a_kill_is_not_waited_for_without_end() {
    use std::io::BufRead;
    let dhow = &crate::harness::Dhow::root();
    dhow.load_busybox();
    let server = Server::start(dhow);
    server.create(
        "c",
        &json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none"}}),
    );
    server.post("/containers/c/start", &Value::Null).is(204);
    let pid = server.get("/containers/c/json").is(200).json()["State"]["Pid"].to_string();
    let mut tracer = dhow.bare_command("python3");
    tracer.args(["-c", TRACER, &pid]).stdout(std::process::Stdio::piped());
    let mut tracer = tracer.spawn().unwrap();
    let mut line = String::new();
    std::io::BufReader::new(tracer.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "traced\n");
    let begun = Instant::now();
    // A signal that doesn't kill is not waited for at all.
    server.post("/containers/c/kill?signal=WINCH", &Value::Null).is(204);
    assert!(begun.elapsed() < Duration::from_secs(5));
    let killed = server.post("/containers/c/kill", &Value::Null).is(500);
    killed.says("cannot kill container: c: tried to kill container, but did not receive an exit event");
    let waited = begun.elapsed();
    assert!((10..20).contains(&waited.as_secs()), "{waited:?}");
    assert_eq!(server.get("/containers/c/json").is(200).json()["State"]["Running"], true);
    tracer.kill().unwrap();
    tracer.wait().unwrap();
    assert_eq!(server.post("/containers/c/wait", &Value::Null).is(200).json()["StatusCode"], 137);
    server.delete("/containers/c").is(204);
}

/// An authority, and certificates that it has given to a server and to a client, below `dir`.
fn make_certificates(dir: &std::path::Path) {
    let openssl = |args: &[&str]| {
        let out = std::process::Command::new("openssl").args(args).current_dir(dir).output().unwrap();
        assert!(out.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&out.stderr));
    };
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    let ca =
        ["req", "-x509", "-days", "30", "-subj", "/CN=dhow test CA", "-keyout", "ca.key", "-out", "ca.crt"];
    openssl(&[&ca[..], &key].concat());
    for (name, usage) in
        [("server", "subjectAltName=IP:127.0.0.1"), ("client", "extendedKeyUsage=clientAuth")]
    {
        let (key_file, request) = (format!("{name}.key"), format!("{name}.csr"));
        let subject = format!("/CN={name}");
        openssl(&[&["req", "-subj", &subject, "-keyout", &key_file, "-out", &request], &key[..]].concat());
        let extensions = format!("{name}.ext");
        #[allow(clippy::disallowed_methods)] // a test's own file is no state
        std::fs::write(dir.join(&extensions), usage).unwrap();
        let certificate = format!("{name}.crt");
        openssl(&[
            "x509",
            "-req",
            "-days",
            "30",
            "-in",
            &request,
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            &extensions,
            "-out",
            &certificate,
        ]);
    }
}

/// The serving of TCP with TLS, with an authority of this name.
fn tls(authority: &str) -> Vec<&str> {
    let files =
        ["--tlsverify", "--tlscacert", authority, "--tlscert", "server.crt", "--tlskey", "server.key"];
    [&["serve", "tcp://127.0.0.1:0"][..], &files].concat()
}

#[test]
fn over_tcp_only_who_has_a_certificate_is_let_in() {
    use std::io::BufRead;
    let dhow = &crate::harness::Dhow::root();
    let dir = dhow.base.join("w");
    make_certificates(&dir);
    dhow.run(tls("none")).fails(1).says("none");
    dhow.run(tls("server.key")).fails(1).says("no certificate in it");
    let mut child = dhow.command(tls("ca.crt")).stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().replace("export DOCKER_HOST=tcp", "https");
    let curl = |args: &[&str], url: &str| {
        let mut command = dhow.bare_command("curl");
        command.args(["-sS", "--cacert", "ca.crt"]).args(args).arg(format!("{url}/_ping"));
        finish(command, "curl".into(), Stdin::Empty, TIMEOUT)
    };
    assert_eq!(curl(&["--cert", "client.crt", "--key", "client.key"], &url).ok().stdout(), "OK");
    assert_ne!(curl(&[], &url).code, 0, "without a certificate");
    // One that another authority has given.
    std::fs::create_dir(dir.join("other")).unwrap();
    make_certificates(&dir.join("other"));
    assert_ne!(curl(&["--cert", "other/client.crt", "--key", "other/client.key"], &url).code, 0);
    let plain = curl(&[], &url.replace("https", "http")).stdout();
    assert_eq!(plain, "Client sent an HTTP request to an HTTPS server.\n");
    // One that isn't valid any more, and one that is none of a client.
    let mut expire = dhow.bare_command("openssl");
    expire.args(["x509", "-req", "-in", "client.csr", "-CA", "ca.crt", "-CAkey", "ca.key", "-days", "-1"]);
    expire.args(["-extfile", "client.ext", "-out", "expired.crt"]);
    finish(expire, "openssl".into(), Stdin::Empty, TIMEOUT).ok();
    assert_ne!(curl(&["--cert", "expired.crt", "--key", "client.key"], &url).code, 0);
    // Who says nothing doesn't keep his place.
    let mut silent = std::net::TcpStream::connect(url.trim_start_matches("https://")).unwrap();
    silent.set_read_timeout(Some(TIMEOUT)).unwrap();
    assert_eq!(std::io::Read::read(&mut silent, &mut [0]).unwrap(), 0);
    child.kill().unwrap();
    child.wait().unwrap();
}
