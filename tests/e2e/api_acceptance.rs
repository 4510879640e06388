//! What moby's own integration tests have shown: they ask for what dockerd's users rely on, and nobody had written down.

use serde_json::{Value, json};

use crate::api_server::Server;

/// `PATH BODY | WHAT IT SAYS`: all with 400.
const REFUSED: &[&str] = &[
    r#"/containers/create {"Image":"busybox","Env":[""]} | invalid environment variable:"#,
    r#"/containers/create {"Image":"busybox","Env":["="]} | invalid environment variable: ="#,
    r#"/containers/create {"Image":"busybox","Env":["=foo"]} | invalid environment variable: =foo"#,
    r#"/containers/create {"Image":"busybox","Healthcheck":{"Interval":-1}} | Interval in Healthcheck cannot be less than 1ms"#,
    r#"/containers/create {"Image":"busybox","Healthcheck":{"Interval":999999}} | Interval in Healthcheck cannot be less than 1ms"#,
    r#"/containers/create {"Image":"busybox","Healthcheck":{"Timeout":1}} | Timeout in Healthcheck cannot be less than 1ms"#,
    r#"/containers/create {"Image":"busybox","Healthcheck":{"StartPeriod":1}} | StartPeriod in Healthcheck cannot be less than 1ms"#,
    r#"/containers/create {"Image":"busybox","Healthcheck":{"StartInterval":1}} | StartInterval in Healthcheck cannot be less than 1ms"#,
    r#"/containers/create {"Image":"busybox","Healthcheck":{"Retries":-1}} | Retries in Healthcheck cannot be negative"#,
    r"/volumes/create {}x | unexpected content after JSON",
    r"/networks/create {} {} | unexpected content after JSON",
    r"/images/busybox/tag?repo=sha256&tag=some {} | refusing to create an ambiguous tag using digest algorithm as name",
];

fn created(server: &Server<'_>, name: &str, body: Value) -> Value {
    server.create(name, &body);
    server.get(&format!("/containers/{name}/json")).is(200).json()
}

/// The log of a container that has a terminal and has ended.
fn log_of_a_terminal(server: &Server<'_>, streams: &str) -> String {
    server.get(&format!("/containers/t/logs?{streams}")).is(200).text()
}

both! {
    fn what_cannot_be_meant_is_refused(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        for line in REFUSED {
            let (call, says) = line.split_once(" | ").unwrap();
            let (path, body) = call.split_once(' ').unwrap();
            let kind = ["-H", "Content-Type: application/json"];
            server.call("POST", path, &kind, Some(body.as_bytes().to_vec())).is(400).says(says);
        }
        dhow.run(["create", "-e", "=x", "busybox"]).fails(1).says("invalid environment variable: =x");
    }

    fn one_that_is_removed_at_its_end_can_be_restarted(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let body = json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none", "AutoRemove": true}});
        server.create("c", &body);
        server.post("/containers/c/start", &Value::Null).is(204);
        for _ in 0..2 {
            server.post("/containers/c/restart?t=0", &Value::Null).is(204);
            let state = server.get("/containers/c/json").is(200).json()["State"].clone();
            assert_eq!(state["Status"], "running");
            assert!(state["FinishedAt"].as_str().unwrap() > "0001-01-01T00:00:00Z", "{state}");
        }
        dhow.run(["restart", "-t", "0", "c"]).ok();
        server.post("/containers/c/stop?t=0", &Value::Null).is(204);
        server.get("/containers/c/json").is(404);
    }

    fn a_terminal_has_no_standard_error(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("t", &json!({"Image": "busybox", "Tty": true, "Cmd": ["sh", "-c", "echo -n out; echo -n err >&2"], "HostConfig": {"NetworkMode": "none"}}));
        server.post("/containers/t/start", &Value::Null).is(204);
        server.post("/containers/t/wait", &Value::Null).is(200);
        assert_eq!(log_of_a_terminal(&server, "stderr=1"), "");
        assert_eq!(log_of_a_terminal(&server, "stdout=1"), "outerr");
        server.delete("/containers/t").is(204);
    }

    fn who_starts_an_exec_says_how_it_is_answered(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("e", &json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none"}}));
        server.post("/containers/e/start", &Value::Null).is(204);
        for terminal in [true, false] {
            let end = if terminal { "\r\n" } else { "\n" };
            let frame = format!("\u{1}\0\0\0\0\0\0{}out{end}", char::from(3 + end.len() as u8));
            for (asked, expected) in [(false, frame), (true, format!("out{end}"))] {
                let exec = json!({"Cmd": ["echo", "out"], "Tty": terminal, "AttachStdout": true});
                let id = server.post("/containers/e/exec", &exec).is(201).json()["Id"].as_str().unwrap().to_string();
                let answer = server.post(&format!("/exec/{id}/start"), &json!({"Tty": asked})).is(200);
                assert_eq!(answer.text(), expected, "{terminal} {asked}");
                let kind = if asked { "raw-stream" } else { "multiplexed-stream" };
                assert!(answer.headers.contains(kind), "{}", answer.headers);
            }
        }
        server.delete("/containers/e?force=1").is(204);
    }

    fn an_id_goes_before_a_name(dhow) {
        let server = Server::start(dhow);
        let id = server.post("/networks/create", &json!({"Name": "a"})).is(201).json()["Id"].as_str().unwrap().to_string();
        let other = server.post("/networks/create", &json!({"Name": id})).is(201).json()["Id"].as_str().unwrap().to_string();
        let listed = server.get("/networks").is(200).json();
        let ids: Vec<_> = listed.as_array().unwrap().iter().map(|n| n["Id"].as_str().unwrap()).collect();
        assert!(ids.contains(&id.as_str()) && ids.contains(&other.as_str()), "{ids:?}");
        server.delete(&format!("/networks/{id}")).is(204);
        assert_eq!(server.get(&format!("/networks/{other}")).is(200).json()["Name"], id.as_str());
        server.delete(&format!("/networks/{other}")).is(204);
    }

    fn images_of_one_second_have_an_order(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("c", &json!({"Image": "busybox", "Cmd": [""], "WorkingDir": "/tmp/", "HostConfig": {"NetworkMode": "none"}}));
        for n in 0..3 {
            server.post(&format!("/commit?container=c&repo=i&tag={n}"), &json!({})).is(201);
        }
        let between = "/images/json?filters=%7B%22since%22%3A%5B%22i%3A0%22%5D%2C%22before%22%3A%5B%22i%3A2%22%5D%7D";
        let found = server.get(between).is(200).json();
        assert_eq!(found.pointer("/0/RepoTags/0"), Some(&json!("i:1")), "{found}");
        let moment = server.get("/images/i:1/json").is(200).json()["Created"].as_str().unwrap().replace(':', "%3A");
        let until = format!("/images/json?filters=%7B%22reference%22%3A%5B%22i%22%5D%2C%22until%22%3A%5B%22{moment}%22%5D%7D");
        let found = server.get(&until).is(200).json();
        assert_eq!((found.as_array().unwrap().len(), found.pointer("/0/RepoTags/0")), (1, Some(&json!("i:0"))), "{found}");
        server.delete("/containers/c").is(204);
    }

    fn a_container_of_another_ones_configuration(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("db", &json!({"Image": "busybox", "Cmd": ["true"]}));
        // As inspect shows links, and as some write them.
        let links = json!(["/db:/app/sql", "db:/other"]);
        let made = created(&server, "app", json!({"Image": "busybox", "Cmd": ["true"], "WorkingDir": "/tmp//x/../", "HostConfig": {"NetworkMode": "bridge", "Links": links}}));
        assert_eq!(made["HostConfig"]["Links"], json!(["/db:/app/sql", "/db:/app/other"]));
        assert_eq!(made["Config"]["WorkingDir"], "/tmp");
        for name in ["app", "db"] {
            server.delete(&format!("/containers/{name}")).is(204);
        }
    }

    /// In docker's words, and not in those of a command line that the client may not have.
    fn what_is_wrong_is_told_without_options(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        for (host, says) in [
            (json!({"PidMode": "x"}), "invalid PID mode: x"),
            (json!({"UTSMode": "x"}), "invalid UTS mode: x"),
            (json!({"CgroupnsMode": "x"}), "invalid cgroup namespace mode: x"),
            (json!({"UsernsMode": "x"}), "invalid USER mode: x"),
            (json!({"UsernsMode": "keep-id:x=1"}), "invalid USER mode: keep-id has no option \"x=1\""),
            (json!({"NetworkMode": "container:"}), "invalid network mode: invalid container format container:<name|id>"),
            (json!({"SecurityOpt": ["nope"]}), "invalid security option: \"nope\" is unknown"),
            (json!({"SecurityOpt": ["label=x"]}), "invalid security option: \"label=x\": want disable"),
            (json!({"LogConfig": {"Type": "json-file", "Config": {"max-file": "x"}}}), "invalid log opt: max-file=x: not a number"),
            (json!({"LogConfig": {"Type": "json-file", "Config": {"mode": "x"}}}), "logger: logging mode not supported: x"),
            (json!({"LogConfig": {"Type": "json-file", "Config": {"tag": "{{.Nope}}"}}}), "invalid log opt: tag: no field .Nope"),
            (json!({"CapAdd": ["NOPE"]}), "invalid CapAdd: unknown capability"),
            (json!({"CapDrop": ["NOPE"]}), "invalid CapDrop: unknown capability"),
            (json!({"ShmSize": -1}), "SHM size can not be less than 0"),
            (json!({"Annotations": {"": "x"}}), "invalid Annotations: the empty string is not permitted as an annotation key"),
            (json!({"IOMaximumIOps": 5}), "invalid QoS settings: linux does not support configuration of maximum IOPs"),
            (json!({"IOMaximumBandwidth": 5}), "invalid QoS settings: linux does not support configuration of maximum bandwidth"),
        ] {
            let body = json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": host});
            let message = server.post("/containers/create", &body).is(400).json()["message"].as_str().unwrap().to_string();
            assert!(message.starts_with(says), "{message}");
        }
        // The command line's own have its options.
        for (option, says) in [("--pid", "--pid: invalid PID mode: x"), ("--userns", "--userns: invalid USER mode: x"), ("--security-opt", "--security-opt: invalid security option: \"x\"")] {
            dhow.run(["run", option, "x", "busybox", "true"]).fails(125).says(says);
        }
        // An empty word is no program.
        server.create("e", &json!({"Image": "busybox", "Cmd": [""], "HostConfig": {"NetworkMode": "none"}}));
        server.post("/containers/e/start", &Value::Null).is(400).says("exec: \"\": executable file not found in $PATH");
        assert_eq!(server.get("/containers/e/json").is(200).json()["State"]["ExitCode"], 127);
        server.delete("/containers/e").is(204);
    }

    fn an_old_client_cannot_change_how_many_processes(dhow) {
        if dhow.is_rootless() {
            return;
        }
        dhow.load_busybox();
        let server = Server::start(dhow);
        let limit = |path: &str| server.get(&format!("{path}/containers/p/json")).is(200).json()["HostConfig"]["PidsLimit"].clone();
        server.create("p", &json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", "PidsLimit": 32}}));
        server.post("/v1.39/containers/p/update", &json!({"PidsLimit": 16})).is(200);
        assert_eq!(limit(""), 32);
        server.post("/containers/p/update", &json!({"PidsLimit": 16})).is(200);
        assert_eq!(limit(""), 16);
        // Where the limit is taken away, that is a number, too.
        for none in [0, -1] {
            server.post("/containers/p/update", &json!({"PidsLimit": none})).is(200);
            assert_eq!(limit(""), 0);
            dhow.run(["update", "--pids-limit", "7", "p"]).ok();
            assert_eq!(limit(""), 7);
        }
        dhow.run(["update", "--pids-limit", "0", "p"]).ok();
        assert_eq!(limit(""), 0);
        server.delete("/containers/p").is(204);
        for none in [0, -1] {
            server.create("p", &json!({"Image": "busybox", "Cmd": ["true"], "HostConfig": {"NetworkMode": "none", "PidsLimit": none}}));
            assert_eq!(limit(""), Value::Null);
            server.delete("/containers/p").is(204);
        }
    }

    fn what_was_asked_for_is_told(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let health = json!({"Test": ["CMD", "true"], "Interval": 1_000_000_000, "Timeout": 1_800_000_000_000_u64, "Retries": 1});
        let env = json!(["UNSET", "HOSTNAME", "A=1", "EMPTY="]);
        let made = created(&server, "c", json!({
            "Image": "busybox", "Cmd": ["busybox", "env"], "Env": env,
            "HostConfig": {"NetworkMode": "none", "Isolation": "default"}, "Healthcheck": health,
        }));
        assert_eq!(made["Config"]["Healthcheck"], health);
        let told = made["Config"]["Env"].as_array().unwrap();
        assert_eq!(told[..4], *env.as_array().unwrap());
        assert_eq!(made["HostConfig"]["Isolation"], "default");
        server.post("/containers/c/start", &Value::Null).is(204);
        server.post("/containers/c/wait", &Value::Null).is(200);
        let log = server.get("/containers/c/logs?stdout=1").is(200).text();
        assert!(log.contains("A=1\n") && log.contains("EMPTY=\n"), "{log}");
        assert!(!log.contains("UNSET") && !log.contains("HOSTNAME"), "{log}");
        server.delete("/containers/c").is(204);
        let plain = created(&server, "c", json!({"Image": "busybox", "HostConfig": {"NetworkMode": "none"}}));
        assert_eq!(plain["HostConfig"]["Isolation"], "");
        server.delete("/containers/c").is(204);
        let driver = json!({"Image": "busybox", "HostConfig": {"LogConfig": {"Type": "asdf"}}});
        let refused = server.post("/containers/create", &driver).is(400).json();
        assert_eq!(refused["message"], r#"error looking up logging plugin asdf: plugin "asdf" not found"#);
    }

    fn the_containers_own_hardware_address(dhow) {
        dhow.load_busybox();
        let lan = &crate::networks::machine(dhow);
        let server = Server::on(lan, dhow);
        let address = "02:42:ac:11:00:0a";
        for body in [json!({}), json!({"HostConfig": {"NetworkMode": "default"}})] {
            let mut body = body;
            body["Image"] = "busybox".into();
            body["Cmd"] = json!(["busybox", "cat", "/sys/class/net/eth0/address"]);
            body["MacAddress"] = address.into();
            server.create("m", &body);
            server.post("/containers/m/start", &Value::Null).is(204);
            server.post("/containers/m/wait", &Value::Null).is(200);
            let log = server.get("/containers/m/logs?stdout=1").is(200).text();
            assert!(log.contains(address), "{log}");
            server.delete("/containers/m").is(204);
        }
    }

    fn a_link_is_taken_away(dhow) {
        dhow.load_busybox();
        let lan = &crate::networks::machine(dhow);
        let server = Server::on(lan, dhow);
        let sleeper = |links: Value| json!({"Image": "busybox", "Cmd": ["busybox", "sleep", "1000"], "HostConfig": {"NetworkMode": "bridge", "Links": links}});
        for (name, links) in [("db", json!(null)), ("web", json!(["db:store", "db:other"]))] {
            server.create(name, &sleeper(links));
            server.post(&format!("/containers/{name}/start"), &Value::Null).is(204);
        }
        let hosts = || lan.dhow(dhow, &["exec", "web", "busybox", "cat", "/etc/hosts"]).ok().stdout();
        let links = || server.get("/containers/web/json").is(200).json()["HostConfig"]["Links"].clone();
        assert!(hosts().contains("\tstore ") && hosts().contains("\tother "), "{}", hosts());
        for (path, status, says) in [
            ("web", 409, "cannot remove the default link name"),
            ("nope", 404, "No such container: nope"),
            ("nope/db", 404, "No such container: nope/db"),
            ("web/db", 404, "No such container: web/db"),
        ] {
            server.delete(&format!("/containers/{path}?link=1")).is(status).says(says);
        }
        let by_link = server.get("/containers/web/store/json").is(200).json();
        assert_eq!(by_link["Name"], "/db");
        server.delete("/containers/web/store?link=1").is(204);
        server.get("/containers/web/store/json").is(404);
        assert!(!hosts().contains("store") && hosts().contains("\tother "), "{}", hosts());
        assert_eq!(links(), json!(["/db:/web/other"]));
        server.delete("/containers/web/store?link=1").is(404);
        // Its monitor knows it, too: nothing of the link comes back, and of one that doesn't run it is taken away, too.
        server.post("/containers/web/restart?t=0", &Value::Null).is(204);
        assert!(!hosts().contains("store"), "{}", hosts());
        server.post("/containers/web/stop?t=0", &Value::Null).is(204);
        server.delete("/containers/web/other?link=1").is(204);
        assert_eq!(links(), Value::Null);
        for name in ["web", "db"] {
            server.delete(&format!("/containers/{name}?force=1")).is(204);
        }
    }

    fn a_container_that_ends_while_its_image_is_made(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let fill = "busybox dd if=/dev/urandom of=/big bs=1M count=64 2>/dev/null; echo full; exec busybox sleep 1000";
        server.create("c", &json!({"Image": "busybox", "Cmd": ["busybox", "sh", "-c", fill], "HostConfig": {"NetworkMode": "none"}}));
        server.post("/containers/c/start", &Value::Null).is(204);
        while !server.get("/containers/c/logs?stdout=1").is(200).text().contains("full") {}
        // Without a cgroup nobody can.
        if server.post("/containers/c/pause", &Value::Null).status != 204 {
            assert!(dhow.is_rootless());
            server.delete("/containers/c?force=1").is(204);
            return;
        }
        server.post("/containers/c/unpause", &Value::Null).is(204);
        std::thread::scope(|scope| {
            let made = scope.spawn(|| server.post("/commit?container=c&repo=made", &json!({})));
            while server.get("/containers/c/json").is(200).json()["State"]["Paused"] != true {
                assert!(!made.is_finished(), "{}", made.join().unwrap().text());
            }
            dhow.run(["kill", "c"]).ok();
            made.join().unwrap().is(201);
        });
        server.delete("/containers/c").is(204);
    }

    fn a_container_that_never_ran_has_no_id_among_its_names(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.post("/networks/create", &json!({"Name": "n"})).is(201);
        server.create("c", &json!({"Image": "busybox", "HostConfig": {"NetworkMode": "n"}}));
        let made = server.get("/v1.38/containers/c/json").is(200).json();
        assert_eq!(made["NetworkSettings"]["Networks"]["n"]["Aliases"], Value::Null, "{made}");
        server.delete("/containers/c").is(204);
        server.delete("/networks/n").is(204);
    }

    fn what_cannot_be_written(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let write = "for p in /proc/bus /dev/shm; do grep -q \" $p ro\" /proc/self/mountinfo && echo $p; done; true";
        for (listed, log) in [(json!(["/dev/shm", "/proc/bus"]), "/proc/bus\n/dev/shm\n"), (json!([]), ""), (json!(null), "/proc/bus\n")] {
            let made = created(&server, "c", json!({
                "Image": "busybox", "Cmd": ["busybox", "sh", "-c", write],
                "HostConfig": {"NetworkMode": "none", "ReadonlyPaths": listed},
            }));
            if listed.is_array() {
                assert_eq!(made["HostConfig"]["ReadonlyPaths"], listed);
            }
            server.post("/containers/c/start", &Value::Null).is(204);
            server.post("/containers/c/wait", &Value::Null).is(200);
            let said = server.get("/containers/c/logs?stdout=1").is(200).text();
            let said: String = said.lines().filter_map(|line| line.find('/').map(|at| format!("{}\n", &line[at..]))).collect();
            assert_eq!(said, log, "{listed}");
            server.delete("/containers/c").is(204);
        }
    }

    fn an_archive_of_nothing_is_an_image(dhow) {
        let server = Server::start(dhow);
        for (tag, archive) in [("none", Vec::new()), ("end", vec![0; 1024])] {
            let path = format!("/images/create?fromSrc=-&repo=nothing&tag={tag}");
            server.call("POST", &path, &[], Some(archive)).is(200);
            let image = server.get(&format!("/images/nothing:{tag}/json")).is(200).json();
            assert_eq!(image["RootFS"]["Layers"].as_array().unwrap().len(), 1);
        }
    }
}
