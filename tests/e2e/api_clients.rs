//! Clients that others wrote for docker, at `dhow serve`. They are installed by their own package managers, once for a machine.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use dhow::state::Lock;

use crate::api_server::Server;
use crate::fixtures;
use crate::harness::{Dhow, Output, Stdin, TIMEOUT, finish};
use crate::networks::{Lan, machine};

const CACHE: &str = "/var/cache/dhow-tests/clients";

/// Installs into a directory of its own what isn't there yet, whole or not at all.
fn installed(name: &str, install: impl FnOnce(&Path)) -> PathBuf {
    let dir = Path::new(CACHE).join(name);
    std::fs::create_dir_all(CACHE).unwrap();
    let _lock = Lock::exclusive(&Path::new(CACHE).join("lock")).unwrap();
    let complete = dir.join("complete");
    if !complete.exists() {
        let _ = std::fs::remove_dir_all(&dir);
        std::fs::create_dir_all(&dir).unwrap();
        install(&dir);
        std::fs::create_dir(&complete).unwrap();
    }
    dir
}

fn run(command: &mut Command) {
    let out = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(out.status.success(), "{command:?}: {}", String::from_utf8_lossy(&out.stderr));
}

/// A Python that has this package and what it needs.
fn python(package: &str) -> PathBuf {
    let dir = installed(package, |dir| {
        run(Command::new("/usr/bin/python3").args(["-m", "venv"]).arg(dir));
        run(Command::new(dir.join("bin/pip")).args(["install", "-q", package]));
    });
    dir.join("bin/python3")
}

/// A directory of modules for node that has this package.
fn node_modules(package: &str) -> PathBuf {
    let dir = installed(package, |dir| {
        run(Command::new("npm")
            .args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"])
            .arg(dir)
            .arg(package));
    });
    dir.join("node_modules")
}

/// The program of the Cargo project in clients/bollard, built where its dependencies stay built.
fn bollard() -> PathBuf {
    let target = installed("bollard", |_| {}).join("target");
    let _lock = Lock::exclusive(&Path::new(CACHE).join("lock")).unwrap();
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/e2e/clients/bollard");
    // Not in this directory: its configuration is for dhow itself.
    run(Command::new(env!("CARGO"))
        .current_dir(CACHE)
        .args(["build", "--quiet", "--locked", "--manifest-path"])
        .arg(project.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(&target));
    target.join("debug/bollard-client")
}

/// An image of the program that stands in for testcontainers' reaper, under the name that testcontainers knows.
fn load_reaper(dhow: &Dhow) {
    let (source, program) = ("tests/e2e/clients/ryuk.c", dhow.base.join("w/ryuk"));
    run(Command::new("cc")
        .args(["-static", "-O1", "-o"])
        .arg(&program)
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(source)));
    let mut tar = tar::Builder::new(Vec::new());
    let content = std::fs::read(&program).unwrap();
    fixtures::add(&mut tar, tar::EntryType::Regular, "bin/ryuk", 0o755, (0, 0), &content);
    let layer = tar.into_inner().unwrap();
    let config = serde_json::json!({"Cmd": ["/bin/ryuk"]});
    let archive = fixtures::docker_archive(&["testcontainers/ryuk:0.8.1"], &layer, &config);
    dhow.run_input(["load"], archive).ok();
}

#[track_caller]
fn succeeds(command: Command) {
    let what = format!("{command:?}");
    let out = finish(command, what, Stdin::Empty, 2 * TIMEOUT).ok();
    assert!(out.stdout().contains("all done"), "{out:?}");
}

/// docker-compose in the project's directory.
fn compose(server: &Server<'_>, args: &[&str]) -> Output {
    let mut command = server.client("docker-compose");
    command.arg("-f").arg(server.dhow.base.join("w/project/compose.yml")).args(args);
    let what = format!("{command:?}");
    finish(command, what, Stdin::Empty, 2 * TIMEOUT)
}

both! {
    fn docker_py(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let mut command = server.client(python("docker==7.1.0").to_str().unwrap());
        command.args(["-c", include_str!("clients/docker_py.py")]);
        succeeds(command);
    }

    fn testcontainers(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let mut command = server.client(python("testcontainers==4.9.2").to_str().unwrap());
        command.env("TESTCONTAINERS_RYUK_DISABLED", "true").args(["-c", include_str!("clients/testcontainers.py")]);
        succeeds(command);
        assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
    }

    fn testcontainers_with_its_reaper(dhow) {
        let lan = machine(dhow);
        load_reaper(dhow);
        let server = Server::on(&lan, dhow);
        let mut command = lan.program(dhow, python("testcontainers==4.9.2"));
        command.env("DOCKER_HOST", format!("unix://{}", server.socket.display()));
        command.env("TESTCONTAINERS_DOCKER_SOCKET_OVERRIDE", &server.socket);
        // Where it believes to be in a container itself it would ask the containers' gateway, which an ordinary user's host is not.
        command.env("TESTCONTAINERS_HOST_OVERRIDE", "198.51.100.1").env("RYUK_RECONNECTION_TIMEOUT", "3s");
        command.args(["-c", include_str!("clients/reaper.py")]);
        // It kills itself before it has removed anything.
        let out = finish(command, "reaper.py".into(), Stdin::Empty, 2 * TIMEOUT);
        assert!(out.code == 128 + 9 && out.stdout().contains("all done"), "{out:?}");
        let left = |args: &[&str]| lan.dhow(dhow, args).ok().trimmed();
        assert_eq!(left(&["ps", "-q"]).lines().count(), 2, "its container and the reaper");
        lan.dhow(dhow, &["wait", "--condition", "removed", "tested"]).ok();
        // The reaper removes what it was told to, and then itself is removed (--rm).
        let deadline = Instant::now() + TIMEOUT;
        while !left(&["ps", "-aq"]).is_empty() || !left(&["network", "ls", "-q", "--filter", "type=custom"]).is_empty() {
            assert!(Instant::now() < deadline, "{}", left(&["ps", "-a"]));
        }
        assert_eq!(left(&["volume", "ls", "-q"]), "kept", "a volume without the label");
        lan.dhow(dhow, &["volume", "rm", "kept"]).ok();
    }

    fn bollard_from_first_to_last(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        succeeds(server.client(bollard().to_str().unwrap()));
        assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
    }

    fn dockerode(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let mut command = server.client("node");
        command.env("NODE_PATH", node_modules("dockerode@4.0.9")).args(["-e", include_str!("clients/dockerode.js")]);
        succeeds(command);
    }

    fn docker_compose(dhow) {
        let lan = machine(dhow);
        let server = Server::on(&lan, dhow);
        dhow.file("w/project/compose.yml", include_str!("clients/compose.yml"));
        let compose = |args: &[&str]| compose(&server, args);
        compose(&["config", "-q"]).ok();
        compose(&["up", "-d"]).ok();
        let running = || {
            let out = lan.dhow(dhow, &["ps", "--format", "{{.Names}}"]).ok();
            let mut names = out.lines();
            names.sort();
            names
        };
        assert_eq!(running(), ["project_store_1", "project_web_1", "project_worker_1"]);
        let workers = |count: usize| {
            let until = format!("until [ $(wc -l < /data/workers) = {count} ]; do sleep 0.1; done");
            compose(&["exec", "-T", "store", "timeout", "20", "sh", "-c", &until]).ok();
        };
        // The first has asked the second by its name, and answers whoever comes from outside.
        let url = "http://198.51.100.1:8080/page";
        while Lan::get(&lan.outside, url).is_none() {}
        assert_eq!(Lan::get(&lan.outside, url).unwrap(), "kept");
        assert!(compose(&["ps"]).ok().stdout().contains("0.0.0.0:8080"));
        compose(&["up", "-d", "--scale", "worker=3", "--no-recreate"]).ok();
        assert_eq!(running().len(), 5);
        workers(3);
        while compose(&["logs", "--no-color", "worker"]).ok().stdout().matches("at work").count() != 3 {}
        assert_eq!(compose(&["exec", "-T", "web", "sh", "-c", "exit 7"]).code, 7);
        assert_eq!(compose(&["run", "--rm", "-T", "--no-deps", "worker", "echo", "once"]).ok().trimmed(), "once");
        compose(&["restart", "-t", "0", "worker"]).ok();
        workers(6);
        // What is changed is made anew, the rest stays.
        let store = lan.dhow(dhow, &["inspect", "-f", "{{.Id}}", "project_store_1"]).ok().trimmed();
        dhow.file("w/project/compose.yml", include_str!("clients/compose.yml").replace("LEVEL: \"1\"", "LEVEL: \"2\""));
        compose(&["up", "-d", "-t", "0"]).ok();
        assert_eq!(lan.dhow(dhow, &["inspect", "-f", "{{.Id}}", "project_store_1"]).ok().trimmed(), store);
        assert!(compose(&["exec", "-T", "worker", "env"]).ok().stdout().contains("LEVEL=2"));
        compose(&["stop", "-t", "0"]).ok();
        assert_eq!(running().len(), 0);
        compose(&["start"]).ok();
        assert_eq!(running().len(), 3);
        compose(&["pull", "-q", "--ignore-pull-failures"]);
        compose(&["down", "-v", "-t", "0"]).ok();
        assert_eq!(lan.dhow(dhow, &["ps", "-aq"]).ok().trimmed(), "");
        assert_eq!(lan.dhow(dhow, &["volume", "ls", "-q"]).ok().trimmed(), "");
        assert_eq!(lan.dhow(dhow, &["network", "ls", "-q", "--filter", "type=custom"]).ok().trimmed(), "");
    }
}
