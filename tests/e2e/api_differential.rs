//! The same calls of the API to Debian's dockerd and to dhow (tests/api-calls), and their answers compared field by field. What differs
//! stands in tests/api-differences with its reason; a line there that nothing needs fails, too.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::api_server::Server;
use crate::engines::Engine;
use crate::fixtures::busybox_archive;
use crate::harness::{Dhow, Stdin, TIMEOUT, finish};

pub const CALLS: &str = include_str!("../api-calls");
const DIFFERENCES: &str = include_str!("../api-differences");

/// A call as it stands in the table.
pub struct Call<'a> {
    /// Whose answer's Id is kept under this name.
    kept: Option<&'a str>,
    pub text: &'a str,
    pub method: &'a str,
    pub path: &'a str,
    body: Option<&'a str>,
}

pub fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|l| !l.is_empty() && !l.starts_with('#'))
}

pub fn parse(line: &str) -> Call<'_> {
    let (kept, text) =
        line.split_once(" = ").filter(|(k, _)| !k.contains(' ')).map_or((None, line), |(k, t)| (Some(k), t));
    let mut parts = text.splitn(3, ' ');
    Call { kept, text, method: parts.next().unwrap(), path: parts.next().unwrap(), body: parts.next() }
}

/// One of the two servers.
pub struct Side {
    socket: PathBuf,
    /// Of the API.
    version: &'static str,
    ids: BTreeMap<String, String>,
}

impl Side {
    pub fn new(socket: &Path, version: &'static str) -> Self {
        Self { socket: socket.into(), version, ids: BTreeMap::new() }
    }

    fn path(&self, path: &str) -> String {
        let mut path = path.replace("{now}", &jiff::Timestamp::now().as_second().to_string());
        for (name, id) in &self.ids {
            path = path.replace(&format!("{{{name}}}"), id);
        }
        let encoded =
            |c: char| if "{}\"[]".contains(c) { format!("%{:02X}", c as u32) } else { c.to_string() };
        path.chars().map(encoded).collect()
    }

    /// Status and body, as JSON if it is that.
    pub fn ask(&mut self, dhow: &Dhow, call: &Call<'_>) -> (u64, Value) {
        let mut curl: Command = dhow.bare_command("curl");
        curl.args(["-sS", "--max-time", "30", "-w", "\n%{http_code}", "--unix-socket"]).arg(&self.socket);
        if call.method == "HEAD" {
            curl.args(["-I", "-o", "/dev/null"]);
        } else {
            curl.args(["-X", call.method]);
        }
        let body = match call.body {
            Some("@busybox") => std::fs::read(busybox_archive()).unwrap(),
            Some(json) => json.into(),
            None => Vec::new(),
        };
        if call.body.is_some() {
            let kind = if call.body == Some("@busybox") { "application/x-tar" } else { "application/json" };
            curl.args(["-H", &format!("Content-Type: {kind}"), "-H", "Expect:", "--data-binary", "@-"]);
        }
        curl.arg(format!("http://localhost/v{}{}", self.version, self.path(call.path)));
        let what = format!("{curl:?}");
        let out = finish(curl, what, Stdin::Bytes(body), TIMEOUT).ok().stdout();
        let (body, status) = out.rsplit_once('\n').unwrap();
        let answer = serde_json::from_str(body).unwrap_or_else(|_| Value::from(body));
        if let Some(name) = call.kept {
            self.ids.insert(name.into(), answer["Id"].as_str().unwrap_or("none").into());
        }
        (status.trim().parse().unwrap(), answer)
    }
}

/// What is never the same: ids and times.
fn masked(text: &str) -> String {
    // "Up 2 seconds", "Exited (137) 1 second ago"
    if text.starts_with("Up ") || text.starts_with("Exited (") {
        let end = text.find(") ").or_else(|| text.find(' ')).unwrap_or(text.len());
        return text[..end].to_string();
    }
    let is_id = |word: &str| [12, 64].contains(&word.len()) && word.bytes().all(|b| b.is_ascii_hexdigit());
    let is_time = |word: &str| word.len() > 18 && word.starts_with("20") && word.as_bytes()[10] == b'T';
    let mut found = String::new();
    for word in
        text.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '-' || c == ':' || c == '.'))
    {
        let bare = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let id = bare.strip_prefix("sha256:").unwrap_or(bare);
        found += match (is_id(id), is_time(bare)) {
            (true, _) => "ID",
            (_, true) => "TIME",
            _ => bare,
        };
        found += &word[bare.len()..];
    }
    found
}

/// A time in seconds.
fn is_second(number: i64) -> bool {
    (1_700_000_000..4_000_000_000).contains(&number)
}

/// In an order of their own, for what has none.
fn sorted<'a>(list: &'a [Value], path: &str) -> Vec<&'a Value> {
    let mut list: Vec<&Value> = list.iter().collect();
    list.sort_by_key(|v| ["Path", "Name"].iter().find_map(|k| v.get(k)?.as_str()));
    // dockerd tells of them in the order of a map's keys.
    if path == ".NetworksDeleted" {
        list.sort_by_key(|v| v.as_str());
    }
    list
}

/// Tells of each place where the second is not as the first.
fn compare(theirs: &Value, ours: &Value, path: &str, found: &mut Vec<(String, String)>) {
    let mut differ = |why: String| found.push((path.to_string(), why));
    match (theirs, ours) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|k| !a.contains_key(*k))) {
                let place = format!("{path}.{key}");
                match (a.get(key), b.get(key)) {
                    (Some(a), Some(b)) => compare(a, b, &place, found),
                    (a, b) => found.push((place, format!("{} | {}", shown(a), shown(b)))),
                }
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (a, b) in sorted(a, path).into_iter().zip(sorted(b, path)) {
                compare(a, b, &format!("{path}[]"), found);
            }
        }
        (Value::String(a), Value::String(b)) if masked(a) == masked(b) => {}
        (a, b) if a == b || [a, b].iter().all(|v| v.as_i64().is_some_and(is_second)) => {}
        (a, b) => differ(format!("{} | {}", shown(Some(a)), shown(Some(b)))),
    }
}

fn shown(value: Option<&Value>) -> String {
    value.map_or("nothing".into(), |v| v.to_string().chars().take(160).collect())
}

/// Whether a text fits a pattern in which `*` stands for anything.
pub fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, rest)) => text.strip_prefix(start).is_some_and(|left| {
            (0..=left.len()).any(|at| left.is_char_boundary(at) && fits(rest, &left[at..]))
        }),
    }
}

/// Calls and places that may differ.
pub fn known(table: &'static str) -> Vec<(&'static str, &'static str)> {
    let parse = |line: &'static str| {
        let parts: Vec<&str> = line.splitn(3, " | ").collect();
        assert!(parts.len() == 3 && !parts[2].trim().is_empty(), "no reason: {line}");
        (parts[0], parts[1])
    };
    lines(table).map(parse).collect()
}

#[test]
fn answers_are_those_of_dockerd() {
    let dhow = Dhow::root();
    // Each has a machine of its own, where their networks don't meet.
    dhow.file("h/.config/dhow/config.toml", "");
    let lan = crate::networks::Lan::new(&dhow);
    let server = Server::on(&lan, &dhow);
    let mut docker = Engine::new(&dhow, &["docker"]);
    let socket = dhow.base.join("docker.sock");
    docker.env = vec![("DOCKER_HOST", PathBuf::from(format!("unix://{}", socket.display())))];
    let mut daemon = dhow.bare_command("unshare");
    daemon.args([
        "--net",
        "dockerd",
        "--iptables=false",
        "--ip6tables=false",
        "--bridge=none",
        "--storage-driver=vfs",
        "-l",
        "warn",
    ]);
    for (option, name) in [("--data-root", "dr"), ("--exec-root", "de"), ("--pidfile", "dp")] {
        daemon.arg(option).arg(dhow.base.join(name));
    }
    daemon.arg("-H").arg(format!("unix://{}", socket.display()));
    docker.start(daemon, &["version"]);

    let (mut theirs, mut ours) = (Side::new(&socket, "1.41"), Side::new(&server.socket, "1.41"));
    let known = known(DIFFERENCES);
    let mut used = vec![false; known.len()];
    let mut unknown = Vec::new();
    for call in lines(CALLS).map(parse) {
        let (a, b) = (theirs.ask(&dhow, &call), ours.ask(&dhow, &call));
        let mut found = Vec::new();
        if a.0 == b.0 {
            compare(&a.1, &b.1, "", &mut found);
        } else {
            found.push((
                "status".into(),
                format!("{} {} | {} {}", a.0, shown(Some(&a.1)), b.0, shown(Some(&b.1))),
            ));
        }
        for (place, why) in found {
            let place = if place.is_empty() { "body".to_string() } else { place };
            let mut explained = false;
            for (at, (text, path)) in known.iter().enumerate() {
                if fits(text, call.text) && fits(path, &place) {
                    (used[at], explained) = (true, true);
                }
            }
            if !explained {
                unknown.push(format!("{} | {place} | {why}", call.text));
            }
        }
    }
    unknown.extend(
        known
            .iter()
            .zip(used)
            .filter(|(_, used)| !used)
            .map(|((t, p), _)| format!("no such difference: {t} | {p}")),
    );
    assert!(unknown.is_empty(), "dockerd | dhow:\n{}", unknown.join("\n"));
}

#[test]
fn patterns_and_masks() {
    assert!(fits("GET /a*", "GET /a/b") && fits("*.b", "x.b") && fits("*", "") && !fits("a*c", "ab"));
    assert_eq!(masked("at 2026-11-29T10:49:38.6Z, 0123456789ab."), "at TIME, ID.");
    assert_eq!(masked("sha256:0123456789ab"), "ID");
}
