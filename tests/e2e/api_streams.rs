//! Streams of containers through `dhow serve`: who is attached before the start has all of it.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::time::Instant;

use serde_json::{Value, json};

use crate::api_server::Server;
use crate::harness::TIMEOUT;

/// A connection that has become a container's streams.
pub struct Hijacked(BufReader<UnixStream>);

impl Hijacked {
    pub fn attach(server: &Server<'_>, id: &str, query: &str) -> Self {
        Self::attach_and_send(server, id, query, "")
    }

    /// The text is sent in one piece with the request.
    fn attach_and_send(server: &Server<'_>, id: &str, query: &str, text: &str) -> Self {
        Self(server.converse(&format!(
            "POST /containers/{id}/attach?stream=1&{query} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n{text}"
        ), 101))
    }

    fn send(&mut self, text: &[u8]) {
        self.0.get_mut().write_all(text).unwrap();
    }

    /// All that comes until the end: of its output and of its errors.
    pub fn frames(mut self) -> [Vec<u8>; 2] {
        let mut all = Vec::new();
        self.0.read_to_end(&mut all).unwrap();
        let mut streams = [Vec::new(), Vec::new()];
        let mut rest = all.as_slice();
        while !rest.is_empty() {
            let length = u32::from_be_bytes(rest[4..8].try_into().unwrap()) as usize;
            streams[usize::from(rest[0]) - 1].extend_from_slice(&rest[8..8 + length]);
            rest = &rest[8 + length..];
        }
        streams
    }
}

/// What there is to read in one piece after the head was sent and everything else has been done.
fn first_piece(server: &Server<'_>, request: &str, is_done: impl Fn() -> bool) -> (String, UnixStream) {
    let mut stream = UnixStream::connect(&server.socket).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let begun = Instant::now();
    while !is_done() {
        assert!(begun.elapsed() < TIMEOUT);
    }
    let mut piece = vec![0; 64 << 10];
    let count = stream.read(&mut piece).unwrap();
    (String::from_utf8_lossy(&piece[..count]).into_owned(), stream)
}

both! {
    /// docker-py reads the head with a buffer and the rest without it: what comes in one piece with the head is lost to it.
    fn nothing_comes_in_one_piece_with_the_head(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let id = server.create("c", &json!({"Image": "busybox", "Cmd": ["sh", "-c", "echo logged; exec sleep 1000"], "HostConfig": {"NetworkMode": "none"}}));
        server.post(&format!("/containers/{id}/start"), &Value::Null).is(204);
        let request = |path: &str, body: &str| {
            let length = body.len();
            format!("POST {path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        };
        for (command, said) in [(json!(["cat"]), "typed"), (json!(["echo", "said"]), "said"), (json!(["nothing-of-the-kind"]), "executable file not found")] {
            let made = server.post("/containers/c/exec", &json!({"Cmd": command, "AttachStdin": true, "AttachStdout": true})).is(201).json();
            let exec = made["Id"].as_str().unwrap();
            let ended = || server.get(&format!("/exec/{exec}/json")).is(200).json()["ExitCode"].is_i64();
            let start = request(&format!("/exec/{exec}/start"), "{}") + "typed";
            let is_done = || command[0] == "cat" || ended();
            let (piece, mut stream) = first_piece(&server, &start, is_done);
            assert!(piece.starts_with("HTTP/1.1 101") && piece.ends_with("\r\n\r\n"), "{piece:?}");
            stream.shutdown(std::net::Shutdown::Write).unwrap();
            let mut rest = Vec::new();
            stream.read_to_end(&mut rest).unwrap();
            assert!(String::from_utf8_lossy(&rest).contains(said), "{rest:?}");
        }
        while !server.get("/containers/c/logs?stdout=1").is(200).text().contains("logged") {}
        let attach = request("/containers/c/attach?logs=1&stdout=1", "");
        let pings = std::cell::Cell::new(0);
        let (piece, mut stream) = first_piece(&server, &attach, || {
            server.get("/_ping").is(200);
            pings.set(pings.get() + 1);
            pings.get() > 20
        });
        assert!(piece.starts_with("HTTP/1.1 101") && piece.ends_with("\r\n\r\n"), "{piece:?}");
        let mut rest = Vec::new();
        stream.read_to_end(&mut rest).unwrap();
        assert_eq!(&rest[8..], b"logged\n");
    }

    fn all_who_are_attached_before_the_start_have_everything(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        let id = server.create("c", &json!({
            "Image": "busybox", "Cmd": ["sh", "-c", "echo first; echo err >&2; exit 3"], "HostConfig": {"NetworkMode": "none"},
        }));
        for _ in 0..5 {
            let clients: Vec<_> = ["stdout=1&stderr=1", "stdout=1", "stderr=1", "stdout=1&stderr=1&stdin=1", "stdout=1&stderr=1"]
                .iter()
                .map(|query| Hijacked::attach(&server, "c", query))
                .collect();
            // One that has gone before holds nobody up.
            drop(Hijacked::attach(&server, "c", "stdout=1"));
            server.post(&format!("/containers/{id}/start"), &Value::Null).is(204);
            let got: Vec<_> = clients.into_iter().map(Hijacked::frames).collect();
            for (at, [out, err]) in got.iter().enumerate() {
                let (wants_out, wants_err) = (at != 2, at != 1);
                assert_eq!(out, if wants_out { b"first\n" } else { b"" as &[u8] }, "client {at}");
                assert_eq!(err, if wants_err { b"err\n" } else { b"" as &[u8] }, "client {at}");
            }
            server.post(&format!("/containers/{id}/wait"), &Value::Null).is(200);
        }
        server.delete("/containers/c").is(204);
    }

    fn the_input_of_each_of_them_is_taken(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("c", &json!({
            "Image": "busybox", "Cmd": ["sh", "-c", "read a; read b; echo $a $b"], "OpenStdin": true, "HostConfig": {"NetworkMode": "none"},
        }));
        let mut first = Hijacked::attach(&server, "c", "stdin=1&stdout=1");
        let mut second = Hijacked::attach(&server, "c", "stdin=1&stdout=1");
        second.send(b"two\n");
        server.post("/containers/c/start", &Value::Null).is(204);
        first.send(b"two\n");
        for client in [first, second] {
            assert_eq!(client.frames()[0], b"two two\n");
        }
        server.delete("/containers/c?force=1").is(204);
    }

    /// A client that shows a program asks for its start and, without waiting for anything, for its terminal's size.
    fn a_program_that_is_about_to_start_has_the_size_that_is_asked_for(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("c", &json!({"Image": "busybox", "Cmd": ["sleep", "1000"], "HostConfig": {"NetworkMode": "none"}}));
        server.post("/containers/c/start", &Value::Null).is(204);
        for _ in 0..5 {
            let command = json!({"Cmd": ["sh", "-c", "until stty size | grep -q '^7 70$'; do :; done; echo it has"], "Tty": true, "AttachStdout": true});
            let made = server.post("/containers/c/exec", &command).is(201).json();
            let id = made["Id"].as_str().unwrap();
            server.post(&format!("/exec/{id}/resize?h=7&w=70"), &Value::Null).is(409).says("is not running");
            let head = "Host: x\r\nConnection: Upgrade\r\nUpgrade: tcp\r\nContent-Type: application/json\r\nContent-Length: 12";
            let mut stream = server.converse(&format!("POST /exec/{id}/start HTTP/1.1\r\n{head}\r\n\r\n{{\"Tty\":true}}"), 101);
            server.post(&format!("/exec/{id}/resize?h=7&w=70"), &Value::Null).is(200);
            let mut rest = String::new();
            stream.read_to_string(&mut rest).unwrap();
            assert!(rest.ends_with("it has\r\n"), "{rest}");
        }
        server.delete("/containers/c?force=1").is(204);
    }

    fn a_server_with_an_attached_client_is_not_idle(dhow) {
        dhow.load_busybox();
        let server = Server::with(dhow, &["--idle-exit", "1"]);
        server.create("c", &json!({
            "Image": "busybox", "Cmd": ["sh", "-c", "read a; sleep 3; echo $a; read b; echo $b"], "OpenStdin": true,
            "HostConfig": {"NetworkMode": "none"},
        }));
        server.post("/containers/c/start", &Value::Null).is(204);
        let mut client = Hijacked::attach_and_send(&server, "c", "stdin=1&stdout=1", "\"one\"\n");
        client.send(b"two\n");
        assert_eq!(client.frames()[0], b"\"one\"\ntwo\n");
        dhow.run(["rm", "-f", "c"]).ok();
    }

    // As dockerd: what comes is told apart by messages, without the headers of frames.
    fn a_web_socket_has_what_the_program_writes(dhow) {
        dhow.load_busybox();
        let server = Server::start(dhow);
        server.create("c", &json!({
            "Image": "busybox", "Cmd": ["sh", "-c", "echo old; while read line; do echo \"got $line\"; echo err >&2; done"], "OpenStdin": true,
            "HostConfig": {"NetworkMode": "none"},
        }));
        server.post("/containers/c/start", &Value::Null).is(204);
        while server.get("/containers/c/logs?stdout=1").is(200).body.is_empty() {}
        let shake = |version: &str, query: &str, origin: &str| {
            let mut stream = UnixStream::connect(&server.socket).unwrap();
            stream.set_read_timeout(Some(TIMEOUT)).unwrap();
            let head = format!(
                "GET /v{version}/containers/c/attach/ws?stream=1&{query} HTTP/1.1\r\nHost: a:1\r\nOrigin: {origin}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            );
            stream.write_all(head.as_bytes()).unwrap();
            let mut reader = BufReader::new(stream);
            let (mut line, mut status) = (String::new(), String::new());
            while line != "\r\n" {
                line.clear();
                reader.read_line(&mut line).unwrap();
                status += &line;
            }
            (status, reader)
        };
        // RFC 6455, 5.2: of a client masked, here with zeros.
        let say = |socket: &mut BufReader<UnixStream>, text: &str| {
            let header = [0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
            socket.get_mut().write_all(&[&header[..], text.as_bytes()].concat()).unwrap();
        };
        let hear = |socket: &mut BufReader<UnixStream>| {
            let mut header = [0; 2];
            socket.read_exact(&mut header).unwrap();
            let mut text = vec![0; usize::from(header[1])];
            socket.read_exact(&mut text).unwrap();
            (header[0], String::from_utf8(text).unwrap())
        };
        let (status, mut socket) = shake("1.42", "logs=1&stdin=1&stdout=1", "http://a:1");
        assert!(status.starts_with("HTTP/1.1 101"), "{status}");
        assert_eq!(hear(&mut socket), (0x82, "old\n".into()));
        say(&mut socket, "one\n");
        assert_eq!(hear(&mut socket), (0x82, "got one\n".into()));
        say(&mut socket, "two\n");
        assert_eq!(hear(&mut socket), (0x82, "got two\n".into()), "its errors were not asked for");
        drop(socket);
        // Before 1.42 all streams, before 1.28 as text.
        let (_, mut socket) = shake("1.27", "", "http://a:1");
        say(&mut socket, "three\n");
        // Two messages, or what came at once in one.
        let mut all = String::new();
        while all.len() < "got three\nerr\n".len() {
            let (kind, text) = hear(&mut socket);
            assert_eq!(kind, 0x81);
            all += &text;
        }
        assert!(["got three\nerr\n", "err\ngot three\n"].contains(&all.as_str()), "{all}");
        let (status, _) = shake("1.42", "stdout=1", "http://evil.example");
        assert!(status.starts_with("HTTP/1.1 403"), "{status}");
        dhow.run(["rm", "-f", "c"]).ok();
    }

    fn more_clients_than_fit_into_a_message_have_everything_too(dhow) {
        let _alone = crate::harness::pipes();
        dhow.load_busybox();
        let server = Server::start(dhow);
        let script = "echo first; echo err >&2; seq 500; read x; echo got $x";
        server.create("c", &json!({
            "Image": "busybox", "Cmd": ["sh", "-c", script], "OpenStdin": true, "HostConfig": {"NetworkMode": "none"},
        }));
        let numbers: Vec<String> = (1..=500).map(|n| n.to_string()).collect();
        let expected = format!("first\n{}\ngot it\n", numbers.join("\n"));
        for count in [60, 61, 200] {
            let mut clients: Vec<_> = (0..count).map(|_| Hijacked::attach(&server, "c", "stdin=1&stdout=1&stderr=1")).collect();
            server.post("/containers/c/start", &Value::Null).is(204);
            clients[count - 1].send(b"it\n");
            for (at, [out, err]) in clients.into_iter().map(Hijacked::frames).enumerate() {
                assert_eq!(String::from_utf8_lossy(&out), expected, "client {at} of {count}");
                assert_eq!(err, b"err\n", "client {at} of {count}");
            }
        }
        server.delete("/containers/c").is(204);
    }
}
