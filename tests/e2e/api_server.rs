//! `dhow serve` for a test, and what talks to it.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::harness::{Dhow, Output, Stdin, TIMEOUT, finish, wait};

/// A server of this user on a Unix socket. Ended when it is dropped.
pub struct Server<'a> {
    pub dhow: &'a Dhow,
    child: Child,
    pub socket: PathBuf,
}

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: String,
    pub body: Vec<u8>,
}

impl Answer {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {self:?}: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub fn is(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.headers, self.text());
        self
    }

    /// It failed, whatever the status.
    #[track_caller]
    pub fn fails(self) -> Self {
        assert!((400..600).contains(&self.status), "{}: {}", self.headers, self.text());
        self
    }

    /// A failure in docker's form.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        let message = self.json()["message"].as_str().unwrap_or_default().to_string();
        assert!(message.contains(text), "no {text:?} in {message:?}");
        self
    }
}

impl<'a> Server<'a> {
    pub fn start(dhow: &'a Dhow) -> Self {
        Self::with(dhow, &[])
    }

    pub fn with(dhow: &'a Dhow, options: &[&str]) -> Self {
        let socket = dhow.base.join("api.sock");
        let child = spawn(dhow, &[&[format!("unix://{}", socket.display()).as_str()], options].concat());
        Self { dhow, child, socket }
    }

    /// Sends a request by hand, and what is to come right after it, and gives the connection after the answer's head, which has this status.
    pub fn converse(&self, request: &str, status: u16) -> BufReader<UnixStream> {
        let mut stream = UnixStream::connect(&self.socket).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut reader = BufReader::new(stream);
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        assert!(line.starts_with(&format!("HTTP/1.1 {status}")), "{line}");
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        reader
    }

    /// On a machine of the test's own.
    pub fn on(lan: &crate::networks::Lan, dhow: &'a Dhow) -> Self {
        let socket = dhow.base.join("api.sock");
        let child = hear(lan.command(dhow, &["serve", &format!("unix://{}", socket.display())]));
        Self { dhow, child, socket }
    }

    /// Kills it as nothing can be caught, and starts another.
    pub fn kill_and_restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = spawn(self.dhow, &[&format!("unix://{}", self.socket.display())]);
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Processes of which it is the parent, dead ones among them.
    pub fn children(&self) -> Vec<i32> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap().flatten();
        let texts =
            tasks.map(|task| std::fs::read_to_string(task.path().join("children")).unwrap_or_default());
        texts.flat_map(|t| t.split_whitespace().map(|p| p.parse().unwrap()).collect::<Vec<_>>()).collect()
    }

    /// A client of docker's, of this user.
    pub fn client(&self, program: &str) -> Command {
        let mut command = self.dhow.bare_command(program);
        command.env("DOCKER_HOST", format!("unix://{}", self.socket.display()));
        command
    }

    pub fn docker(&self, args: &[&str]) -> Output {
        self.docker_with(args, Stdin::Empty)
    }

    pub fn docker_with(&self, args: &[&str], stdin: Stdin) -> Output {
        let mut command = self.client("docker");
        command.args(args);
        let what = format!("{command:?}");
        finish(command, what, stdin, TIMEOUT)
    }

    fn curl(&self, args: &[&str], stdin: Stdin) -> Output {
        let mut command = self.dhow.bare_command("curl");
        command.args(["-sS", "-i", "-N", "--max-time", "50", "--unix-socket"]).arg(&self.socket).args(args);
        let what = format!("{command:?}");
        finish(command, what, stdin, TIMEOUT)
    }

    #[track_caller]
    pub fn call(&self, method: &str, path: &str, args: &[&str], body: Option<Vec<u8>>) -> Answer {
        let url = format!("http://localhost{path}");
        let head = if method == "HEAD" { vec!["-I"] } else { vec!["-X", method] };
        // Without a question whether it may send.
        let body_args: &[&str] = if body.is_some() { &["-H", "Expect:", "--data-binary", "@-"] } else { &[] };
        let all = [&head[..], args, body_args, &[&url]].concat();
        let output = self.curl(&all, body.map_or(Stdin::Empty, Stdin::Bytes)).ok();
        let end = output.out.windows(4).position(|w| w == b"\r\n\r\n").expect("a head");
        let headers = String::from_utf8_lossy(&output.out[..end]).into_owned();
        let status = headers.split_whitespace().nth(1).and_then(|s| s.parse().ok()).expect("a status");
        Answer { status, headers, body: output.out[end + 4..].to_vec() }
    }

    /// A request without a client program; an error if the server goes away meanwhile.
    pub fn raw(&self, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<Answer> {
        raw(&self.socket, method, path, body)
    }

    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.call("GET", path, &[], None)
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let body = if body.is_null() { None } else { Some(body.to_string().into_bytes()) };
        self.call("POST", path, &["-H", "Content-Type: application/json"], body)
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.call("DELETE", path, &[], None)
    }

    /// Makes a container by the API; its id.
    #[track_caller]
    pub fn create(&self, name: &str, body: &Value) -> String {
        let answer = self.post(&format!("/containers/create?name={name}"), body).is(201);
        answer.json()["Id"].as_str().unwrap().to_string()
    }
}

/// A request on a connection of its own, whose end is the end of the answer.
pub fn raw(socket: &Path, method: &str, path: &str, body: Option<&Value>) -> std::io::Result<Answer> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    let body = body.map(Value::to_string).unwrap_or_default();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let cut = || std::io::Error::other("the answer was cut off");
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").ok_or_else(cut)?;
    let headers = String::from_utf8_lossy(&answer[..end]).into_owned();
    let status = headers.split_whitespace().nth(1).and_then(|s| s.parse().ok()).ok_or_else(cut)?;
    let mut body = answer[end + 4..].to_vec();
    if headers.to_lowercase().contains("transfer-encoding: chunked") {
        body = unchunked(&body).ok_or_else(cut)?;
    }
    Ok(Answer { status, headers, body })
}

/// RFC 9112, 7.1; `None` without the last chunk.
fn unchunked(mut text: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = text.windows(2).position(|w| w == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&text[..end]).ok()?, 16).ok()?;
        text = &text[end + 2..];
        if length == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(text.get(..length)?);
        text = text.get(length + 2..)?;
    }
}

fn spawn(dhow: &Dhow, args: &[&str]) -> Child {
    let mut command = dhow.command(["serve"]);
    command.args(args);
    hear(command)
}

fn hear(mut command: Command) -> Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It says where it can be reached when it can.
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("export DOCKER_HOST="), "{line:?}");
    child
}

impl Drop for Server<'_> {
    fn drop(&mut self) {
        let pid = nix::unistd::Pid::from_raw(self.child.id() as i32);
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        let ended = wait(&self.child, TIMEOUT);
        if !ended {
            self.child.kill().unwrap();
        }
        self.child.wait().unwrap();
        let quiet = std::thread::panicking();
        assert!(ended || quiet, "the server does not end when it is asked to");
        assert!(!self.socket.exists() || quiet, "its socket is left");
    }
}
