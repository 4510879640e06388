//! Connections through published ports that end otherwise than in order, and very many of them.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::time::Instant;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use crate::harness::{Dhow, TIMEOUT};
use crate::names::within;
use crate::networks::{Lan, inspect, keepers, machine};
use crate::usermode::{HOST, INSIDE, User, at, connect, noise, publish, reset};

/// Waits until a connection has an error, as a reset makes one, whatever there may be to read besides. An orderly end isn't one.
fn breaks(stream: &TcpStream, what: &str) {
    let mut watched = [PollFd::new(stream.as_fd(), PollFlags::empty())];
    let count = poll(&mut watched, PollTimeout::try_from(TIMEOUT).unwrap()).unwrap();
    let seen = watched[0].revents().unwrap();
    assert!(count == 1 && seen.contains(PollFlags::POLLERR), "{what}: {seen:?}");
}

/// Sends until nothing more is taken.
fn fill(mut stream: &TcpStream) {
    let data = vec![7; 1 << 20];
    stream.set_nonblocking(true).unwrap();
    while stream.write(&data).is_ok() {}
    stream.set_nonblocking(false).unwrap();
}

/// Waits for the peer's orderly end.
fn sees_end(mut stream: &TcpStream) {
    assert_eq!(stream.read(&mut [0; 9]).unwrap(), 0);
}

/// What one of two connected has done before one of them is reset.
type Before = fn(&TcpStream, &TcpStream);

const BEFORE: [(&str, Before); 5] = [
    ("nothing", |_, _| {}),
    ("it ended its half", |one, other| {
        one.shutdown(Shutdown::Write).unwrap();
        sees_end(other);
    }),
    ("the other ended his half", |one, other| {
        other.shutdown(Shutdown::Write).unwrap();
        sees_end(one);
    }),
    ("it sent more than is taken", |one, _| fill(one)),
    ("the other sent more than is taken", |_, other| fill(other)),
];

#[test]
fn a_reset_is_passed_on_at_whatever_time() {
    let (user, publisher) = User::with_forwarder();
    publish(&user, &publisher, 8080, 80);
    let listener = user.inside(|| TcpListener::bind(at(INSIDE[0], 80)).unwrap());
    for (before, prepare) in BEFORE {
        for by_client in [true, false] {
            let client = user.outside(|| connect(at(HOST[0], 8080)).unwrap());
            let server = listener.accept().unwrap().0;
            server.set_read_timeout(Some(TIMEOUT)).unwrap();
            let (one, other) = if by_client { (client, server) } else { (server, client) };
            prepare(&one, &other);
            reset(one);
            breaks(&other, &format!("{before}, reset by the client: {by_client}"));
        }
    }
}

#[test]
fn what_came_before_a_reset_arrives() {
    let (user, publisher) = User::with_forwarder();
    publish(&user, &publisher, 8080, 80);
    let listener = user.inside(|| TcpListener::bind(at(INSIDE[0], 80)).unwrap());
    for by_client in [true, false] {
        let client = user.outside(|| connect(at(HOST[0], 8080)).unwrap());
        let server = listener.accept().unwrap().0;
        let (mut one, mut other) = if by_client { (client, server) } else { (server, client) };
        one.write_all(b"last words").unwrap();
        let mut words = [0; 10];
        other.set_read_timeout(Some(TIMEOUT)).unwrap();
        // They have arrived before the reset is sent; they are read after it.
        assert_eq!(other.peek(&mut words).unwrap(), 10);
        reset(one);
        breaks(&other, "the other");
        other.read_exact(&mut words).unwrap();
        assert_eq!(&words, b"last words");
    }
}

#[test]
fn each_half_ends_by_itself() {
    let (user, publisher) = User::with_forwarder();
    publish(&user, &publisher, 8080, 80);
    let listener = user.inside(|| TcpListener::bind(at(INSIDE[0], 80)).unwrap());
    let data = noise(4 << 20);
    for client_first in [true, false] {
        let client = user.outside(|| connect(at(HOST[0], 8080)).unwrap());
        let server = listener.accept().unwrap().0;
        server.set_read_timeout(Some(TIMEOUT)).unwrap();
        let (one, other) = if client_first { (client, server) } else { (server, client) };
        one.shutdown(Shutdown::Write).unwrap();
        sees_end(&other);
        // The way back is open as long as it is used.
        let mut all = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                (&other).write_all(&data).unwrap();
                other.shutdown(Shutdown::Write).unwrap();
            });
            (&one).read_to_end(&mut all).unwrap();
        });
        assert!(all == data, "{} of {} bytes, the client ended first: {client_first}", all.len(), data.len());
    }
}

#[test]
fn a_client_that_is_gone_without_a_word_is_given_up() {
    let (user, publisher) = User::with_forwarder();
    publish(&user, &publisher, 8080, 80);
    // As the host has it set, hours and a quarter of an hour otherwise.
    let soon = ["keepalive_time=1", "keepalive_intvl=1", "keepalive_probes=1", "retries2=1"];
    let soon = soon.map(|s| format!("net.ipv4.tcp_{s}"));
    assert!(Lan::nsenter(&user.lan.host).args(["sysctl", "-qw"]).args(soon).status().unwrap().success());
    let listener = user.inside(|| TcpListener::bind(at(INSIDE[0], 80)).unwrap());
    let pair = || (user.outside(|| connect(at(HOST[0], 8080)).unwrap()), listener.accept().unwrap().0);
    let (silent, mut waiting) = (pair(), pair());
    let deaf = "table inet deaf {\n chain i {\n type filter hook input priority 0; policy drop;\n }\n chain o {\n \
                type filter hook output priority 0; policy drop;\n }\n}\n";
    let rules = user.dhow.file("w/deaf", deaf);
    assert!(Lan::nsenter(&user.lan.outside).arg("nft").arg("-f").arg(rules).status().unwrap().success());
    waiting.1.write_all(b"are you there?").unwrap();
    breaks(&waiting.1, "with something on its way");
    breaks(&silent.1, "without");
}

/// Private memory of a process, in KiB: what it can write to. The rest is what the program's loading takes, more without optimization.
pub fn private(pid: i32) -> u64 {
    let all = std::fs::read_to_string(format!("/proc/{pid}/smaps")).unwrap();
    let mut writable = false;
    let mut sum = 0;
    for line in all.lines() {
        let mut words = line.split_whitespace();
        match (words.next().unwrap(), words.next()) {
            ("Private_Dirty:", Some(size)) if writable => sum += size.parse::<u64>().unwrap(),
            (name, Some(rights)) if !name.ends_with(':') => writable = rights.contains('w'),
            _ => {}
        }
    }
    sum
}

pub fn descriptors(pid: i32) -> usize {
    std::fs::read_dir(format!("/proc/{pid}/fd")).unwrap().count()
}

/// Which process relays the container's connections: its monitor, or the half of the user's network process that is inside.
pub fn relaying(lan: &Lan, dhow: &Dhow, name: &str) -> i32 {
    let parent = |pid: i32| -> i32 {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        status.lines().find_map(|l| l.strip_prefix("PPid:")).unwrap().trim().parse().unwrap()
    };
    if dhow.is_rootless() {
        let halves = keepers(dhow);
        return halves.iter().copied().find(|pid| halves.contains(&parent(*pid))).unwrap();
    }
    parent(inspect(lan, dhow, name, "{{.State.Pid}}").parse().unwrap())
}

fn five_thousand(dhow: &Dhow) {
    const MANY: usize = 5000;
    let most = getrlimit(Resource::RLIMIT_NOFILE).unwrap().1;
    assert!(most > 2 * MANY as u64 + 100, "the test needs more descriptors than {most}");
    setrlimit(Resource::RLIMIT_NOFILE, most, most).unwrap();
    let lan = machine(dhow);
    let options = ["run", "-d", "--name", "web", "--publish-mode", "proxy", "-p", "8080:80"];
    lan.dhow(dhow, &[&options[..], &["busybox", "sleep", "1000"]].concat()).ok();
    let inside: PathBuf = format!("/proc/{}/ns/net", inspect(&lan, dhow, "web", "{{.State.Pid}}")).into();
    let listener = within(&inside, || TcpListener::bind("0.0.0.0:80").unwrap());
    let pid = relaying(&lan, dhow, "web");
    let (before, opened) = (private(pid), descriptors(pid));
    assert!(before < 512, "{before} KiB with nothing to do");
    let outside = Path::new("/run/netns").join(&lan.outside);
    let pairs: Vec<(TcpStream, TcpStream)> = within(&outside, || {
        let pair = |_| (TcpStream::connect("198.51.100.1:8080").unwrap(), listener.accept().unwrap().0);
        (0..MANY).map(pair).collect()
    });
    // In whatever order they were accepted.
    for (n, (mut client, _)) in pairs.iter().map(|(c, s)| (c, s)).enumerate() {
        client.write_all(&n.to_ne_bytes()).unwrap();
    }
    let mut seen = vec![false; MANY];
    for (_, mut server) in pairs.iter().map(|(c, s)| (c, s)) {
        let mut number = [0; 8];
        server.read_exact(&mut number).unwrap();
        seen[usize::from_ne_bytes(number)] = true;
    }
    assert!(seen.iter().all(|s| *s));
    let with = private(pid);
    println!("{before} KiB, with {MANY} connections {with} KiB");
    assert!(with < before + 512, "{before} KiB, and {with} KiB with {MANY} connections");
    drop(pairs);
    let deadline = Instant::now() + TIMEOUT;
    // Some pipes are kept. The memory is given back when the last of them has gone.
    while descriptors(pid) > opened + 8 || private(pid) > before + 256 {
        let left = (descriptors(pid), private(pid));
        assert!(Instant::now() < deadline, "{left:?} descriptors and KiB, of {opened} and {before} before");
    }
    lan.dhow(dhow, &["rm", "-f", "web"]).ok();
}

both! {
    fn five_thousand_connections_cost_little_memory(dhow) { five_thousand(dhow); }
}
