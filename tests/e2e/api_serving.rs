//! How `dhow serve` begins, where it listens, what it writes into its log, and that nothing of it grows.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::api_abuse::{private_memory, resident_memory};
use crate::api_server::Server;
use crate::harness::{Dhow, Stdin, TIMEOUT, binary, finish, wait};

/// Starts one, and waits until it says that it is there.
fn begin(mut command: Command) -> Child {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("export DOCKER_HOST="), "{line:?}");
    child
}

fn end(mut child: Child) {
    kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM).unwrap();
    assert!(wait(&child, TIMEOUT));
    child.wait().unwrap();
}

fn address(dhow: &Dhow) -> String {
    format!("unix://{}", dhow.base.join("api.sock").display())
}

both! {
    fn it_is_there_at_once_and_small(dhow) {
        dhow.load_busybox();
        let start = || {
            let begun = Instant::now();
            let child = begin(dhow.command(["serve", &address(dhow)]));
            let taken = begun.elapsed();
            end(child);
            taken
        };
        // The shortest: what a busy machine adds says nothing of the server.
        let best = (0..20).map(|_| start()).min().unwrap();
        assert!(best < Duration::from_millis(20), "{best:?}");
        let server = Server::start(dhow);
        for path in ["/info", "/images/json", "/containers/json?all=1", "/networks", "/volumes", "/system/df", "/version"] {
            server.get(path).is(200);
        }
        // Of an ordinary user's the program itself is in memory that is its own.
        let program = if dhow.is_rootless() { crate::harness::binary().metadata().unwrap().len() >> 10 } else { 0 };
        let kib = private_memory(server.pid()).saturating_sub(program);
        assert!(kib < 20 << 10, "{kib} KiB");
    }

    /// What is in memory only because it was needed once isn't kept. (Of a release that is less than the fifth of dockerd's 24.5 MiB.)
    fn it_is_tiny_when_nobody_asks(dhow) {
        let limit = if cfg!(debug_assertions) { 9 << 10 } else { 4 << 10 };
        let server = Server::start(dhow);
        let mut stays = UnixStream::connect(&server.socket).unwrap();
        for _ in 0..2 {
            for path in ["/info", "/images/json", "/containers/json?all=1", "/networks"] {
                server.get(path).is(200);
            }
            stays.write_all(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            assert!(stays.read(&mut [0; 4096]).unwrap() > 0);
            stays.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
            let asked = resident_memory(server.pid());
            let deadline = Instant::now() + TIMEOUT;
            while resident_memory(server.pid()) > limit {
                assert!(Instant::now() < deadline, "{asked} KiB, and then {} KiB", resident_memory(server.pid()));
                let _ = stays.read(&mut [0]);
            }
            assert!(asked > limit, "{asked} KiB while somebody asks: nothing was to be given back");
        }
    }

    fn requests_are_in_the_log_if_that_is_wanted(dhow) {
        let log = dhow.base.join("w/log");
        let serve = |level: &[&str]| {
            let address = address(dhow);
            let mut command = dhow.command([level, &["serve", &address]].concat());
            command.stderr(std::fs::File::create(&log).unwrap());
            begin(command)
        };
        let ask = |path: &str| crate::api_server::raw(&dhow.base.join("api.sock"), "GET", path, None).unwrap().status;
        let child = serve(&["--log-level", "debug"]);
        assert_eq!((ask("/_ping"), ask("/containers/nope/json?size=1")), (200, 404));
        assert_eq!(ask("/v1.41/commit?changes=ENV%20PASSWORD=hidden"), 404);
        end(child);
        let text = std::fs::read_to_string(&log).unwrap();
        for line in ["request 1: GET /_ping: 200 after ", "request 2: GET /containers/nope/json: 404 after ", "request 3: GET /v1.41/commit: 404 after "] {
            assert!(text.contains(line), "no {line:?} in {text}");
        }
        // What is asked for may be a secret: an environment, an address with a password.
        assert!(!text.contains("hidden"), "{text}");
        let child = serve(&[]);
        assert_eq!(ask("/_ping"), 200);
        end(child);
        assert_eq!(std::fs::read_to_string(&log).unwrap(), "");
        std::fs::remove_file(log).unwrap();
    }

    /// A page whose name leads here has an answer of its browser's only if the server knows that name.
    fn names_that_lead_here_are_refused(dhow) {
        let mut command = dhow.command(["serve", "tcp://127.0.0.1:0", "--insecure-tcp"]);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let port: u16 = line.trim().rsplit_once(':').unwrap().1.parse().unwrap();
        let ask = |head: &str| {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream.set_read_timeout(Some(TIMEOUT)).unwrap();
            write!(stream, "GET /_ping HTTP/1.1\r\n{head}\r\n").unwrap();
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).unwrap();
            (String::from_utf8(answer[9..].to_vec()).unwrap(), stream)
        };
        for (head, status) in [
            ("Host: localhost\r\n", "200"),
            ("Host: 127.0.0.1:80\r\n", "200"),
            ("Host: [::1]:80\r\n", "200"),
            ("Host: evil.example\r\n", "403"),
            ("Host: evil.example:80\r\nOrigin: http://evil.example:80\r\n", "403"),
            ("Host: localhost.evil.example\r\n", "403"),
            ("Host: 127.0.0.1\r\nOrigin: null\r\n", "403"),
            ("Host: 127.0.0.1\r\nOrigin: http://evil.example\r\n", "403"),
        ] {
            assert_eq!(ask(head).0, status, "{head}");
        }
        // One that vanishes without a word is noticed: the kernel asks for it when it was silent for a while.
        let (_, stays) = ask("Host: localhost\r\n");
        let far = stays.local_addr().unwrap().port();
        let table = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let is_servers = |fields: &[&str]| fields[1].ends_with(&format!(":{port:04X}")) && fields[2].ends_with(&format!(":{far:04X}"));
        let fields = table.lines().map(|l| l.split_whitespace().collect::<Vec<_>>()).find(|f| is_servers(f)).unwrap();
        assert!(fields[5].starts_with("02:"), "{fields:?}");
        end(child);
    }

    /// As a service manager hands them over: for these hold the rules of those that are asked for.
    fn sockets_that_were_handed_over_are_no_way_around(dhow) {
        let serve = |host: &str, more: &[&str]| {
            let listener = TcpListener::bind((host, 0)).unwrap();
            let port = listener.local_addr().unwrap().port();
            let mut command = dhow.bare_command("sh");
            let script = "exec 3<&0 0</dev/null; export LISTEN_PID=$$ LISTEN_FDS=1; exec \"$@\"";
            command.args(["-c", script, "sh"]).arg(binary()).arg("--root").arg(dhow.root_dir()).arg("--runroot").arg(dhow.runroot_dir());
            command.args(["serve", "fd://"]).args(more).stdin(OwnedFd::from(listener)).stdout(Stdio::piped()).stderr(Stdio::piped());
            (command.spawn().unwrap(), port)
        };
        for (host, more, why) in [
            ("127.0.0.1", &[][..], "--tlsverify"),
            ("0.0.0.0", &[], "--tlsverify"),
            ("0.0.0.0", &["--insecure-tcp"], "loopback"),
            ("::", &["--insecure-tcp"], "loopback"),
        ] {
            let (child, _) = serve(host, more);
            let ended = child.wait_with_output().unwrap();
            let told = String::from_utf8(ended.stderr).unwrap();
            assert!(ended.status.code() == Some(1) && told.contains(why), "{host} {more:?}: {told}");
        }
        let (child, port) = serve("127.0.0.1", &["--insecure-tcp"]);
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        write!(stream, "GET /_ping HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"HTTP/1.1 200");
        end(child);
    }

    fn after_ten_thousand_requests_nothing_is_left(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("c", &json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none"}}));
        server.post("/containers/c/start", &Value::Null).is(204);
        let held = || {
            let count = |what: &str| std::fs::read_dir(format!("/proc/{}/{what}", server.pid())).unwrap().count();
            (count("fd"), server.children().len())
        };
        let round = |count: usize| {
            for n in 0..count {
                let (method, path) = [
                    ("GET", "/containers/c/json"), ("GET", "/containers/json?all=1"), ("GET", "/_ping"), ("GET", "/containers/nope/json"),
                    ("GET", "/containers/c/logs?stdout=1&follow=1"), ("GET", "/events"), ("POST", "/containers/c/wait"), ("GET", "/containers/c/stats"),
                    ("POST", "/containers/c/attach?stream=1&stdout=1&stdin=1"), ("POST", "/images/load"),
                ][n % 10];
                let mut stream = UnixStream::connect(&server.socket).unwrap();
                let upgrade = if path.contains("attach") { "Connection: Upgrade\r\nUpgrade: tcp\r\n" } else { "" };
                let length = if method == "POST" && upgrade.is_empty() { "Content-Length: 100\r\n" } else { "" };
                write!(stream, "{method} {path} HTTP/1.1\r\nHost: x\r\n{upgrade}{length}\r\n").unwrap();
                match n % 10 {
                    // To its end, or gone at some point: before an answer, or in its midst.
                    0..4 => assert!(stream.read(&mut [0; 64]).unwrap() > 0),
                    4 | 5 | 8 if n % 20 < 10 => assert!(stream.read(&mut [0; 64]).unwrap() > 0),
                    _ => {}
                }
            }
        };
        round(200);
        let settled = |limit: usize| {
            let deadline = Instant::now() + TIMEOUT;
            // The container's monitor is the server's child.
            while held().0 > limit || held().1 > 1 {
                assert!(Instant::now() < deadline, "{:?} descriptors and children, {limit} before", held());
            }
        };
        // Those that all share are made by the first.
        let deadline = Instant::now() + TIMEOUT;
        let mut before = held().0;
        while before > 40 {
            assert!(Instant::now() < deadline);
            before = held().0;
        }
        round(3000);
        settled(before);
        let memory = private_memory(server.pid());
        round(7000);
        settled(before);
        // Threads that have nothing to do end after some seconds.
        let deadline = Instant::now() + TIMEOUT;
        while private_memory(server.pid()) > memory + (2 << 10) {
            assert!(Instant::now() < deadline, "{memory} KiB before, {} now", private_memory(server.pid()));
        }
        dhow.run(["rm", "-f", "c"]).ok();
    }
}

/// On a machine whose /run is its own.
fn beside(dhow: &Dhow, args: &[&str]) -> Command {
    let serve = dhow.command(args);
    let mut command = dhow.bare_command("unshare");
    command.args(["-m", "sh", "-c", "mount -t tmpfs none /run && exec \"$0\" \"$@\""]);
    command.arg(serve.get_program()).args(serve.get_args());
    command
}

#[test]
fn dockers_own_socket_is_there_only_if_that_is_wanted() {
    let dhow = &Dhow::root();
    dhow.load_busybox();
    let at = address(dhow);
    for is_wanted in [true, false] {
        let options: &[&str] = if is_wanted { &["--docker-sock"] } else { &[] };
        let child = begin(beside(dhow, &[&["serve", &at], options].concat()));
        let mut docker = dhow.bare_command("nsenter");
        docker.env_remove("DOCKER_HOST").args([
            "-m",
            "-t",
            &child.id().to_string(),
            "docker",
            "images",
            "-q",
        ]);
        let images = finish(docker, "docker".into(), Stdin::Empty, TIMEOUT);
        assert_eq!(
            (images.code == 0, images.lines().len()),
            (is_wanted, usize::from(is_wanted)),
            "{images:?}"
        );
        let place = format!("/proc/{}/root/run/docker.sock", child.id());
        assert_eq!(Path::new(&place).exists(), is_wanted);
        end(child);
    }
}

#[test]
fn a_group_may_use_the_socket() {
    let dhow = &Dhow::root();
    let (at, path) = (address(dhow), dhow.base.join("api.sock"));
    let seen = |options: &[&str]| {
        let child = begin(dhow.command([&["serve", &at], options].concat()));
        let meta = path.metadata().unwrap();
        end(child);
        (meta.mode() & 0o7777, meta.gid())
    };
    assert_eq!(seen(&[]), (0o660, 0));
    assert_eq!(seen(&["--group", "12345"]), (0o660, 12345));
    let user = Dhow::user();
    let name = std::fs::read_to_string("/etc/group").unwrap();
    let name = name
        .lines()
        .find(|l| l.split(':').nth(2) == Some(&user.gid.to_string()))
        .unwrap()
        .split(':')
        .next()
        .unwrap();
    assert_eq!(seen(&["--group", name]), (0o660, user.gid));
    dhow.run(["serve", &at, "--group", "nobody-has-this"]).fails(1).says("no such group");
    assert!(!path.exists());
}
