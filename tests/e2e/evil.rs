//! A small HTTP server in the test's process that behaves as badly as the test wants: connections that break half-way, wrong
//! digests, rate limits, failures that pass, token servers, redirects.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::fixtures::{OCI_MANIFEST, ServedImage};

#[derive(Debug, Clone)]
pub struct Request {
    pub method: String,
    pub path: String,
    /// Without the question mark.
    pub query: String,
    /// Names in lower case.
    pub headers: HashMap<String, String>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }
}

#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Break the connection after this many bytes of the body, though Content-Length promised all of it.
    pub cut: Option<usize>,
}

impl Reply {
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into(), cut: None }
    }

    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::new(status, body.to_string()).with("Content-Type", "application/json")
    }

    pub fn not_found() -> Self {
        Self::json(
            404,
            &serde_json::json!({"errors": [{"code": "NAME_UNKNOWN", "message": "repository name not known to registry"}]}),
        )
    }

    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_string(), value.to_string()));
        self
    }

    pub fn cut_after(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes);
        self
    }

    /// Honours the request's `Range: bytes=N-`: 206 with the rest of the body.
    pub fn ranged(mut self, request: &Request) -> Self {
        let start = request
            .header("range")
            .and_then(|r| r.strip_prefix("bytes="))
            .and_then(|r| r.split('-').next()?.parse::<usize>().ok());
        let Some(start) = start.filter(|s| *s > 0) else { return self };
        let total = self.body.len();
        if start >= total {
            return Self::new(416, "").with("Content-Range", format!("bytes */{total}"));
        }
        self.status = 206;
        self.body.drain(..start);
        self.with("Content-Range", format!("bytes {start}-{}/{total}", total - 1))
    }
}

pub struct Evil {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
}

impl Evil {
    pub fn start(handler: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stop = Arc::new(AtomicBool::new(false));
        let handler = Arc::new(handler);
        let (log, stopped) = (requests.clone(), stop.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let (handler, log) = (handler.clone(), log.clone());
                std::thread::spawn(move || serve(stream, &*handler, &log));
            }
        });
        Self { port, requests, stop }
    }

    /// A well-behaved registry of one image under any repository name, except where `special` answers instead.
    pub fn registry(
        image: ServedImage,
        special: impl Fn(&Request) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        Self::start(move |request| special(request).unwrap_or_else(|| serve_image(&image, request)))
    }

    /// `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// How many requests had this method and a path with this text in it.
    pub fn count(&self, method: &str, text: &str) -> usize {
        self.requests().iter().filter(|r| r.method == method && r.path.contains(text)).count()
    }
}

impl Drop for Evil {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the listener, which then sees that it is to stop.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

/// What a registry with only this image answers.
pub fn serve_image(image: &ServedImage, request: &Request) -> Reply {
    if request.path == "/v2/" {
        return Reply::json(200, &serde_json::json!({}));
    }
    if request.path.contains("/manifests/") {
        return Reply::new(200, image.manifest.clone())
            .with("Content-Type", OCI_MANIFEST)
            .with("Docker-Content-Digest", &image.manifest_digest);
    }
    let blob = [(&image.config_digest, &image.config), (&image.layer_digest, &image.layer)]
        .into_iter()
        .find(|(digest, _)| request.path.ends_with(&digest.to_string()));
    match blob {
        Some((_, bytes)) => {
            Reply::new(200, bytes.clone()).with("Content-Type", "application/octet-stream").ranged(request)
        }
        None => Reply::not_found(),
    }
}

fn serve(mut stream: TcpStream, handler: &dyn Fn(&Request) -> Reply, log: &Mutex<Vec<Request>>) {
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    // Not HTTP (a TLS greeting, say): the connection is closed.
    if let Some(request) = read_request(&stream) {
        log.lock().unwrap().push(request.clone());
        let reply = handler(&request);
        let _ = write_reply(&mut stream, &reply, request.method == "HEAD");
    }
    let _ = stream.shutdown(Shutdown::Both);
}

fn read_request(stream: &TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut first = [0u8; 1];
    reader.read_exact(&mut first).ok()?;
    if !first[0].is_ascii_uppercase() {
        return None;
    }
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let mut words = line.split_whitespace();
    let method = format!("{}{}", first[0] as char, words.next()?);
    let target = words.next()?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_string());
    }
    let length = headers.get("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method, path: path.to_string(), query: query.to_string(), headers, body })
}

fn write_reply(stream: &mut TcpStream, reply: &Reply, head: bool) -> std::io::Result<()> {
    let mut text = format!("HTTP/1.1 {} Status\r\nConnection: close\r\n", reply.status);
    text += &format!("Content-Length: {}\r\n", reply.body.len());
    for (name, value) in &reply.headers {
        text += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{text}\r\n").as_bytes())?;
    if !head {
        stream.write_all(&reply.body[..reply.cut.unwrap_or(reply.body.len())])?;
    }
    stream.flush()
}
