//! `dhow serve` under clients that are many, slow, rude or gone, and killed while it works.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::{Value, json};

use crate::api_server::{self, Answer, Server};
use crate::harness::TIMEOUT;

/// KiB that this process has written to.
pub fn private_memory(pid: u32) -> u64 {
    memory(pid, "Private_Dirty:")
}

/// KiB that it has in memory, the program's own text among them.
pub fn resident_memory(pid: u32) -> u64 {
    memory(pid, "Rss:")
}

fn memory(pid: u32, kind: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap();
    let of = |line: &str| line.split_whitespace().nth(1)?.parse::<u64>().ok();
    text.lines().filter(|l| l.starts_with(kind)).filter_map(of).sum()
}

fn request(command: &[&str]) -> Value {
    json!({"Image": "busybox", "Cmd": command, "HostConfig": {"NetworkMode": "none"}})
}

both! {
    /// A client that sends a lot before it listens learns all the same why nobody wants it.
    fn whoever_sends_too_much_hears_why(dhow) {
        let server = Server::start(dhow);
        let piece = vec![b'x'; 1 << 20];
        for (method, path, status, why) in [
            ("POST", "/build", 501, "doesn't build images yet"),
            ("PUT", "/containers/nope/archive?path=/", 404, "No such container: nope"),
            ("POST", "/images/load", 200, "errorDetail"),
            ("POST", "/nope", 404, "page not found"),
            ("POST", "/containers/prune", 200, "SpaceReclaimed"),
        ] {
            let mut stream = UnixStream::connect(&server.socket).unwrap();
            stream.set_read_timeout(Some(TIMEOUT)).unwrap();
            let head = format!("{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", 24 << 20);
            stream.write_all(head.as_bytes()).unwrap();
            for _ in 0..24 {
                stream.write_all(&piece).unwrap_or_else(|e| panic!("{path}: {e}"));
            }
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).unwrap();
            let answer = String::from_utf8_lossy(&answer);
            assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")) && answer.contains(why), "{path}: {answer}");
        }
        // A body in a piece of its own is awaited by those who need none, and the connection is there for the next request.
        let mut stream = UnixStream::connect(&server.socket).unwrap();
        for path in ["/containers/prune", "/swarm/leave", "/networks/prune"] {
            stream.write_all(format!("POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n").as_bytes()).unwrap();
            stream.write_all(b"{}").unwrap();
            let mut answer = [0; 4096];
            let length = stream.read(&mut answer).unwrap();
            assert!(answer[..length].starts_with(b"HTTP/1.1 ") && !answer[..length].windows(6).any(|w| w == b"close\r"), "{path}");
        }
        // Whoever goes on for ever is left alone.
        let mut stream = UnixStream::connect(&server.socket).unwrap();
        stream.write_all(b"POST /build HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        let begun = Instant::now();
        while stream.write_all(b"4\r\nabcd\r\n").is_ok() {
            assert!(begun.elapsed() < TIMEOUT);
        }
    }

    fn a_thousand_idle_connections_are_nothing(dhow) {
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap();
        setrlimit(Resource::RLIMIT_NOFILE, hard, hard).unwrap();
        let server = Server::start(dhow);
        server.get("/_ping").is(200);
        let before = private_memory(server.pid());
        let mut idle: Vec<UnixStream> = (0..1000).map(|_| UnixStream::connect(&server.socket).unwrap()).collect();
        // Each of them is served.
        for stream in &mut idle {
            stream.write_all(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
            let mut answer = [0; 1024];
            let n = stream.read(&mut answer).unwrap();
            assert!(answer[..n].starts_with(b"HTTP/1.1 200 OK"));
        }
        server.get("/_ping").is(200);
        let more = private_memory(server.pid()).saturating_sub(before);
        assert!(more < 24 << 10, "{more} KiB for 1,000 connections");
        let open = || std::fs::read_dir(format!("/proc/{}/fd", server.pid())).unwrap().count();
        assert!(open() > 1000);
        drop(idle);
        let deadline = Instant::now() + TIMEOUT;
        while open() > 100 {
            assert!(Instant::now() < deadline, "{} descriptors are left", open());
        }
    }

    fn two_hundred_containers_at_once(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let run = |n: usize| {
            let code = (n % 100).to_string();
            let made = server.raw("POST", &format!("/containers/create?name=c{n}"), Some(&request(&["sh", "-c", &format!("echo {n}; exit {code}")])));
            made.unwrap().is(201);
            server.raw("POST", &format!("/containers/c{n}/start"), None).unwrap().is(204);
            let end = server.raw("POST", &format!("/containers/c{n}/wait"), None).unwrap().is(200).json();
            assert_eq!(end["StatusCode"].to_string(), code, "c{n}");
            let log = server.raw("GET", &format!("/containers/c{n}/logs?stdout=1"), None).unwrap().is(200);
            assert_eq!(log.body[8..], format!("{n}\n").into_bytes()[..]);
            server.raw("DELETE", &format!("/containers/c{n}"), None).unwrap().is(204);
        };
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..200).map(|n| scope.spawn(move || run(n))).collect();
            for one in all {
                one.join().unwrap();
            }
        });
        assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
        // Nothing is left of their monitors, either.
        let deadline = Instant::now() + TIMEOUT;
        while !server.children().is_empty() {
            assert!(Instant::now() < deadline, "{} processes are left", server.children().len());
        }
    }

    fn killed_again_and_again_nothing_is_lost(dhow) {
        dhow.load_busybox();
        let mut server = Server::start(dhow);
        let socket = server.socket.clone();
        let over = AtomicBool::new(false);
        let ask = |method: &str, path: &str, body: Option<&Value>| -> Answer {
            let deadline = Instant::now() + TIMEOUT;
            loop {
                match api_server::raw(&socket, method, path, body) {
                    Ok(answer) => return answer,
                    // It was killed: there will be another.
                    Err(error) => assert!(Instant::now() < deadline, "{method} {path}: {error}"),
                }
            }
        };
        let work = |worker: usize| {
            let mut done = 0;
            while !over.load(Ordering::Relaxed) {
                let name = format!("w{worker}-{done}");
                // Made by a request whose answer was lost, or half-made by a server that was killed at it.
                let started = loop {
                    let made = ask("POST", &format!("/containers/create?name={name}"), Some(&request(&["sh", "-c", &format!("echo {name}; exit {}", worker + 40)])));
                    assert!([201, 409].contains(&made.status), "{}", made.text());
                    let started = ask("POST", &format!("/containers/{name}/start"), None);
                    if started.status != 404 {
                        break started;
                    }
                };
                assert!([204, 304].contains(&started.status), "{}", started.text());
                let end = ask("POST", &format!("/containers/{name}/wait"), None).is(200).json();
                assert_eq!(end["StatusCode"], worker + 40, "{name}");
                let log = ask("GET", &format!("/containers/{name}/logs?stdout=1"), None).is(200);
                let lines = log.text().matches(&name).count();
                // Started a second time by whoever did not hear that it had started, it has run twice.
                assert!((1..=3).contains(&lines), "{name}: {lines} lines");
                let removed = ask("DELETE", &format!("/containers/{name}"), None);
                assert!([204, 404].contains(&removed.status), "{}", removed.text());
                done += 1;
            }
            done
        };
        let done: usize = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..4).map(|n| scope.spawn(move || work(n))).collect();
            let end = Instant::now() + Duration::from_secs(60);
            while Instant::now() < end {
                // Somewhere in the midst of what they ask.
                let _ = api_server::raw(&server.socket, "GET", "/containers/none/json", None);
                let until = Instant::now() + Duration::from_millis(900);
                while Instant::now() < until {
                    let _ = api_server::raw(&server.socket, "GET", "/_ping", None);
                }
                server.kill_and_restart();
            }
            over.store(true, Ordering::Relaxed);
            workers.into_iter().map(|w| w.join().unwrap()).sum()
        });
        assert!(done > 40, "only {done} containers in all");
        assert_eq!(dhow.run(["ps", "-aq"]).ok().trimmed(), "");
    }

    fn what_is_no_http_is_refused(dhow) {
        let server = Server::start(dhow);
        let say = |text: &[u8]| {
            let mut stream = UnixStream::connect(&server.socket).unwrap();
            stream.set_read_timeout(Some(TIMEOUT)).unwrap();
            let _ = stream.write_all(text);
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer);
            String::from_utf8_lossy(&answer).into_owned()
        };
        assert!(say(b"nonsense\r\n\r\n").starts_with("HTTP/1.1 400"));
        assert!(say(b"GET / HTTP/9.9\r\n\r\n").starts_with("HTTP/1.1 "));
        let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(100_000));
        assert!(say(long.as_bytes()).starts_with("HTTP/1.1 4"));
        let many = format!("GET /_ping HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(200));
        assert!(say(many.as_bytes()).starts_with("HTTP/1.1 431"));
        // Half a request, and gone.
        drop(UnixStream::connect(&server.socket).unwrap().write_all(b"POST /containers/create HTTP/1.1\r\nContent-Length: 100\r\n\r\n{"));
        server.get("/_ping").is(200);
    }

    /// What is no head, or is whole, has no limit.
    fn half_a_request_is_not_awaited_for_ever(dhow) {
        let server = Server::start(dhow);
        let connect = || {
            let stream = UnixStream::connect(&server.socket).unwrap();
            stream.set_read_timeout(Some(TIMEOUT)).unwrap();
            stream
        };
        let say = |stream: &mut UnixStream, text: &str| stream.write_all(text.as_bytes()).unwrap();
        let ping = |stream: &mut UnixStream| {
            say(stream, "GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n");
            let mut answer = [0; 1024];
            let length = stream.read(&mut answer).unwrap();
            assert!(answer[..length].starts_with(b"HTTP/1.1 200 OK"));
        };
        let [mut silent, mut idle, mut slow, mut first, mut second, mut third] = [(); 6].map(|()| connect());
        ping(&mut idle);
        // After one with a body, too.
        say(&mut third, "POST /networks/prune HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}");
        assert!(third.read(&mut [0; 4096]).unwrap() > 0);
        say(&mut slow, "POST /networks/prune HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{");
        ping(&mut second);
        for half in [&mut first, &mut second, &mut third] {
            say(half, "GET /_ping HTTP/1.1\r\nHo");
        }
        let begun = Instant::now();
        // More of it is no end of it.
        second.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        assert!(second.read(&mut [0]).is_err());
        say(&mut second, "st: x\r\n");
        second.set_read_timeout(Some(TIMEOUT)).unwrap();
        for half in [&mut first, &mut second, &mut third] {
            assert_eq!(half.read(&mut [0]).unwrap(), 0);
            assert!((9..15).contains(&begun.elapsed().as_secs()), "{:?}", begun.elapsed());
        }
        ping(&mut idle);
        ping(&mut silent);
        say(&mut slow, "}");
        let mut answer = [0; 4096];
        let length = slow.read(&mut answer).unwrap();
        assert!(answer[..length].starts_with(b"HTTP/1.1 200 OK"));
    }

    fn huge_bodies_and_slow_readers_take_no_memory(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.get("/info").is(200);
        let before = private_memory(server.pid());
        let mut stream = UnixStream::connect(&server.socket).unwrap();
        stream.write_all(b"POST /containers/create HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1073741824\r\n\r\n").unwrap();
        // It answers long before all of it was sent.
        let chunk = vec![b' '; 1 << 20];
        let sent = (0..1024).take_while(|_| stream.write_all(&chunk).is_ok()).count();
        assert!(sent < 64, "{sent} MiB were taken");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let id = server.create("c", &json!({
            "Image": "busybox", "Cmd": ["sh", "-c", "yes 0123456789012345678901234567890123456789 | head -c 50000000"],
            "HostConfig": {"NetworkMode": "none", "LogConfig": {"Type": "local", "Config": {"max-size": "200m"}}},
        }));
        server.post(&format!("/containers/{id}/start"), &Value::Null).is(204);
        server.post(&format!("/containers/{id}/wait"), &Value::Null).is(200);
        let mut slow = UnixStream::connect(&server.socket).unwrap();
        slow.write_all(format!("GET /containers/{id}/logs?stdout=1 HTTP/1.0\r\nHost: x\r\n\r\n").as_bytes()).unwrap();
        let mut some = [0; 4096];
        slow.read_exact(&mut some).unwrap();
        // What it reads ahead fills the socket, and no more; others are served meanwhile.
        for _ in 0..20 {
            server.get("/_ping").is(200);
        }
        let more = private_memory(server.pid()).saturating_sub(before);
        assert!(more < 24 << 10, "{more} KiB more than before");
        let mut rest = Vec::new();
        slow.read_to_end(&mut rest).unwrap();
        assert!(rest.len() + some.len() > 50_000_000);
        server.delete(&format!("/containers/{id}")).is(204);
    }
}
