//! The user-mode network: a namespace for the private one of a user, one for a container, and those of [`Lan`] for the host and somebody else.
//! What runs as processes of a user's otherwise runs in threads of the test.

use std::fs::File;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::Duration;

use dhow::netns::Protocol;
use dhow::netns::usermode::forward::{self, Answer, Publisher, Request};
use dhow::netns::usermode::{Settings, stack, tun};
use dhow::state::Lock;
use dhow::sys::socket;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::socket::MsgFlags;

use crate::harness::{Dhow, TIMEOUT, pipes};
use crate::names::within;
use crate::networks::{Lan, ip};

/// The container's addresses, and its gateway's.
pub const INSIDE: [&str; 2] = ["10.96.0.2", "fd12::2"];
pub const GATEWAY: [&str; 2] = ["10.96.0.1", "fd12::1"];
/// Somebody's outside, and the host's.
pub const OUTSIDE: [&str; 2] = ["198.51.100.2", "2001:db8::2"];
pub const HOST: [&str; 2] = ["198.51.100.1", "2001:db8::1"];
const MASQUERADE: &str = "table inet way-out {\n chain leave {\n type nat hook postrouting priority 100\n oifname tun0 masquerade\n }\n}\n";

pub fn at(address: &str, port: u16) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), port)
}

fn netns(name: &str) -> PathBuf {
    Path::new("/run/netns").join(name)
}

fn enter(name: &str) {
    setns(File::open(netns(name)).unwrap(), CloneFlags::CLONE_NEWNET).unwrap();
}

/// A loop in a thread that ends with this.
struct Loop {
    stop: Option<OwnedFd>,
    thread: Option<JoinHandle<()>>,
}

impl Loop {
    fn start(body: impl FnOnce(OwnedFd) + Send + 'static) -> Self {
        let (stopped, stop) = nix::unistd::pipe().unwrap();
        Self { stop: Some(stop), thread: Some(std::thread::spawn(move || body(stopped))) }
    }
}

impl Drop for Loop {
    fn drop(&mut self) {
        self.stop.take();
        let ended = self.thread.take().unwrap().join();
        assert!(ended.is_ok() || std::thread::panicking(), "a loop panicked");
    }
}

/// A user's networks.
pub struct User {
    stack: Option<Loop>,
    forwarder: Option<Loop>,
    pub lan: Lan,
    private: String,
    pub container: String,
    pub dhow: Dhow,
    _pipes: Lock,
}

impl User {
    fn new() -> Self {
        let pipes = pipes();
        let dhow = Dhow::root();
        let lan = Lan::new(&dhow);
        let base = lan.host.trim_end_matches("-h").to_string();
        let (private, container) = (format!("{base}-p"), format!("{base}-c"));
        for ns in [&private, &container] {
            ip(&format!("netns add {ns}"));
            ip(&format!("-n {ns} link set lo up"));
            // Else nobody's neighbours are found in the first seconds.
            let at_once = "net.ipv6.conf.default.accept_dad=0";
            assert!(Lan::nsenter(ns).args(["sysctl", "-qw", at_once]).status().unwrap().success());
        }
        ip(&format!("-n {private} link add br0 type bridge"));
        ip(&format!("-n {private} link add veth0 type veth peer name eth0 netns {container}"));
        ip(&format!("-n {private} link set veth0 master br0 up"));
        ip(&format!("-n {container} link set eth0 up"));
        for (four, prefix) in [(true, 16), (false, 64)] {
            let n = usize::from(!four);
            let nodad = if four { "" } else { " nodad" };
            ip(&format!("-n {private} address add {}/{prefix} dev br0{nodad}", GATEWAY[n]));
            ip(&format!("-n {container} address add {}/{prefix} dev eth0{nodad}", INSIDE[n]));
        }
        ip(&format!("-n {private} link set br0 up"));
        for gateway in GATEWAY {
            ip(&format!("-n {container} route add default via {gateway}"));
        }
        let rules = dhow.file("w/rules", MASQUERADE);
        let set = ["ipv4/ip_forward=1", "ipv6/conf/all/forwarding=1"].map(|s| format!("net/{s}"));
        let mut sysctl = Lan::nsenter(&private);
        assert!(sysctl.arg("sysctl").arg("-qw").args(set).status().unwrap().success());
        assert!(Lan::nsenter(&private).arg("nft").arg("-f").arg(rules).status().unwrap().success());
        Self { stack: None, forwarder: None, lan, private, container, dhow, _pipes: pipes }
    }

    /// With a way out; the host's resolv.conf has this text.
    fn with_stack(resolv_conf: &str) -> Self {
        let mut user = Self::new();
        let conf = user.dhow.file("w/resolv.conf", resolv_conf);
        let (private, host) = (user.private.clone(), user.lan.host.clone());
        let (ready, is_ready) = std::sync::mpsc::channel();
        user.stack = Some(Loop::start(move |stop| {
            enter(&private);
            let settings = Settings::default();
            let device = tun::open(&settings).unwrap();
            enter(&host);
            unshare(CloneFlags::CLONE_NEWNS).unwrap();
            let none = None::<&str>;
            mount(none, "/", none, MsFlags::MS_PRIVATE | MsFlags::MS_REC, none).unwrap();
            mount(Some(&conf), "/etc/resolv.conf", none, MsFlags::MS_BIND, none).unwrap();
            ready.send(()).unwrap();
            stack::serve(device, &settings, stop.as_fd()).unwrap();
        }));
        is_ready.recv_timeout(TIMEOUT).unwrap();
        user
    }

    /// With a forwarder; a publisher to it.
    pub fn with_forwarder() -> (Self, Publisher) {
        let mut user = Self::new();
        let dir = File::open(user.dhow.base.join("w")).unwrap();
        let control = socket::listen(dir.as_fd(), "control").unwrap();
        let private = user.private.clone();
        let (ready, is_ready) = std::sync::mpsc::channel();
        user.forwarder = Some(Loop::start(move |stop| {
            enter(&private);
            forward::prepare().unwrap();
            let [user, network] =
                ["user", "net"].map(|n| File::open(format!("/proc/thread-self/ns/{n}")).unwrap().into());
            ready.send(()).unwrap();
            forward::serve(control, (user, network), TIMEOUT, stop.as_fd()).unwrap();
        }));
        is_ready.recv_timeout(TIMEOUT).unwrap();
        let publisher = Publisher::new(socket::connect(dir.as_fd(), "control").unwrap());
        (user, publisher)
    }

    pub fn inside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        within(&netns(&self.container), work)
    }

    pub fn outside<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        within(&netns(&self.lan.outside), work)
    }

    pub fn host<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        within(&netns(&self.lan.host), work)
    }

    /// A command in the container; whether it succeeds.
    fn succeeds(&self, command: &str) -> bool {
        let mut nsenter = Lan::nsenter(&self.container);
        let output = nsenter.args(command.split(' ')).output().unwrap();
        output.status.success()
    }
}

impl Drop for User {
    fn drop(&mut self) {
        self.stack.take();
        self.forwarder.take();
        for ns in [&self.private, &self.container] {
            let _ = std::process::Command::new("ip").args(["netns", "delete", ns]).output();
        }
    }
}

pub fn connect(to: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&to, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    Ok(stream)
}

fn udp(address: &str) -> UdpSocket {
    let socket = UdpSocket::bind(at(address, 0)).unwrap();
    socket.set_read_timeout(Some(TIMEOUT)).unwrap();
    socket
}

/// Closes a connection with a reset.
pub fn reset(stream: TcpStream) {
    dhow::sys::inet::reset(stream.into());
}

/// Serves one connection after another, each in a thread of its own, until the test ends.
pub fn serve(listener: TcpListener, each: fn(TcpStream)) {
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let stream = stream.unwrap();
            std::thread::spawn(move || each(stream));
        }
    });
}

/// Sends back what comes, and ends when that has ended.
pub fn echo(mut stream: TcpStream) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(n @ 1..) = stream.read(&mut buffer) {
        if stream.write_all(&buffer[..n]).is_err() {
            return;
        }
    }
    let _ = stream.shutdown(Shutdown::Write);
}

/// Sends the peer's address and ends.
fn who(mut stream: TcpStream) {
    let peer = stream.peer_addr().unwrap();
    let _ = stream.write_all(SocketAddr::new(peer.ip().to_canonical(), peer.port()).to_string().as_bytes());
}

fn said(mut stream: TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

/// Bytes that don't repeat soon.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as u8
    };
    (0..length).map(|_| next()).collect()
}

/// Sends all of it, ends, and gets all of it back.
pub fn is_echoed(to: SocketAddr, data: &[u8]) {
    let stream = connect(to).unwrap();
    let mut writer = stream.try_clone().unwrap();
    let mut back = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            writer.write_all(data).unwrap();
            writer.shutdown(Shutdown::Write).unwrap();
        });
        (&stream).read_to_end(&mut back).unwrap();
    });
    assert!(back == data, "{} of {} bytes came back", back.len(), data.len());
}

#[test]
fn connections_go_out_and_end_as_they_should() {
    let user = User::with_stack("nameserver 198.51.100.2\n");
    for address in OUTSIDE {
        let there = at(address, 7000);
        let listener = user.outside(|| TcpListener::bind(there).unwrap());
        serve(listener, echo);
        user.inside(|| {
            is_echoed(there, b"hello");
            is_echoed(there, &noise(8 << 20));
        });
        // Seen from outside, it is the host.
        let listener = user.outside(|| TcpListener::bind(at(address, 7001)).unwrap());
        let stream = user.inside(|| connect(at(address, 7001)).unwrap());
        let (peer, from) = listener.accept().unwrap();
        assert!(HOST.contains(&from.ip().to_string().as_str()), "{from}");
        // A reset of one is one of the other.
        reset(peer);
        assert_eq!((&stream).read(&mut [0; 9]).unwrap_err().kind(), ErrorKind::ConnectionReset);
        let stream = user.inside(|| connect(at(address, 7001)).unwrap());
        let (mut peer, _) = listener.accept().unwrap();
        reset(stream);
        peer.set_read_timeout(Some(TIMEOUT)).unwrap();
        assert_eq!(peer.read(&mut [0; 9]).unwrap_err().kind(), ErrorKind::ConnectionReset);
        // Somebody who doesn't read is waited for.
        let mut stream = user.inside(|| connect(at(address, 7001)).unwrap());
        let (peer, _) = listener.accept().unwrap();
        stream.set_nonblocking(true).unwrap();
        let data = noise(1 << 20);
        let mut sent = 0;
        while let Ok(n) = stream.write(&data[sent % data.len()..]) {
            sent += n;
        }
        let reader = std::thread::spawn(move || {
            let mut all = Vec::new();
            (&peer).read_to_end(&mut all).unwrap();
            all
        });
        stream.set_nonblocking(false).unwrap();
        stream.write_all(b"the end").unwrap();
        drop(stream);
        let all = reader.join().unwrap();
        assert!(all.len() >= sent + 7 && all.ends_with(b"the end"));
        // Nobody listens.
        let refused = user.inside(|| connect(at(address, 1)).unwrap_err());
        assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    }
    // There is no way there.
    for nowhere in ["203.0.113.1", "2001:db9::1"] {
        let error = user.inside(|| connect(at(nowhere, 80)).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::NetworkUnreachable, "{nowhere}");
    }
}

#[test]
fn the_host_itself_is_reached_by_its_own_name_only() {
    let user = User::with_stack("");
    let settings = Settings::default();
    for (any, own) in [("0.0.0.0", settings.ipv4.host.to_string()), ("::", settings.ipv6.host.to_string())] {
        let listener = user.host(|| listen_only(any, 7000, any == "::"));
        serve(listener.into(), echo);
        user.inside(|| is_echoed(at(&own, 7000), b"hello"));
    }
    for own in [HOST[0], HOST[1], "10.0.2.2", "10.0.2.3"] {
        let error = user.inside(|| connect(at(own, 7000)).unwrap_err());
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused, "{own}");
    }
    // Also an address that it has got since.
    let host = &user.lan.host;
    let error = user.inside(|| connect(at("192.0.2.77", 7000)).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::NetworkUnreachable);
    ip(&format!("-n {host} address add 192.0.2.77/32 dev lo"));
    let error = user.inside(|| connect(at("192.0.2.77", 7000)).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn datagrams_of_all_sizes_go_out_and_come_back() {
    let user = User::with_stack("");
    for n in 0..2 {
        let there = user.outside(|| udp(OUTSIDE[n]));
        let to = there.local_addr().unwrap();
        let here = user.inside(|| udp(INSIDE[n]));
        let mut buffer = vec![0; 1 << 16];
        let mut source = None;
        for length in [1, 0, 1400, 1473, 9000, 40_000, 65_000] {
            let data = noise(length);
            here.send_to(&data, to).unwrap();
            let (got, from) = there.recv_from(&mut buffer).unwrap();
            assert!(buffer[..got] == data, "{got} of {length}");
            assert_eq!(from.ip().to_string(), HOST[n]);
            assert_eq!(*source.get_or_insert(from), from, "the same socket outside");
            there.send_to(&data, from).unwrap();
            let (got, from) = here.recv_from(&mut buffer).unwrap();
            assert!((&buffer[..got], from) == (&data[..], to), "{got} of {length} back from {from}");
        }
        // Whoever was told of the address can send to it; so inside it is known which connection it belongs to only if it was sent to.
        let other = user.outside(|| udp(OUTSIDE[n]));
        here.send_to(b"who are you?", other.local_addr().unwrap()).unwrap();
        let (_, from) = other.recv_from(&mut buffer).unwrap();
        assert_eq!(Some(from), source);
        // Nobody is there.
        drop(other);
        let lonely = user.inside(|| udp(INSIDE[n]));
        lonely.connect(at(OUTSIDE[n], 1)).unwrap();
        lonely.send(b"hello?").unwrap();
        assert_eq!(lonely.recv(&mut buffer).unwrap_err().kind(), ErrorKind::ConnectionRefused);
    }
}

#[test]
fn echoes_come_back_if_the_host_lets_its_users_ask() {
    let user = User::with_stack("");
    assert!(user.succeeds("ping -c 1 -W 5 10.0.2.2"), "the gateway answers by itself");
    assert!(!user.succeeds("ping -c 1 -W 5 198.51.100.2"));
    let allow = "net.ipv4.ping_group_range=0 2147483647";
    assert!(Lan::nsenter(&user.lan.host).args(["sysctl", "-qw", allow]).status().unwrap().success());
    for address in OUTSIDE {
        assert!(user.succeeds(&format!("ping -c 2 -i 0.01 -W 5 {address}")), "{address}");
        assert!(user.succeeds(&format!("ping -c 1 -W 5 -s 30000 {address}")), "{address}");
    }
    assert!(!user.succeeds(&format!("ping -c 1 -W 1 {}", HOST[0])), "the host doesn't show itself");
}

/// Answers by the number of the server: datagrams, and messages with their length before them.
fn serve_names(user: &User, address: &'static str, number: u8) {
    let (udp, tcp) = user
        .outside(|| (UdpSocket::bind(at(address, 53)).unwrap(), TcpListener::bind(at(address, 53)).unwrap()));
    std::thread::spawn(move || {
        let mut buffer = [0; 512];
        while let Ok((n, from)) = udp.recv_from(&mut buffer) {
            udp.send_to(&[&buffer[..n], &[number]].concat(), from).unwrap();
        }
    });
    serve(tcp, echo);
}

#[test]
fn names_are_asked_of_the_hosts_servers() {
    let user = User::with_stack("nameserver 198.51.100.9\nnameserver 198.51.100.2\n");
    serve_names(&user, OUTSIDE[0], 4);
    serve_names(&user, OUTSIDE[1], 6);
    let settings = Settings::default();
    for names in [settings.ipv4.names.to_string(), settings.ipv6.names.to_string()] {
        let socket = user.inside(|| udp(if names.contains(':') { INSIDE[1] } else { INSIDE[0] }));
        socket.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
        socket.connect(at(&names, 53)).unwrap();
        let mut buffer = [0; 512];
        let mut ask = || {
            socket.send(b"question").unwrap();
            socket.recv(&mut buffer).map(|n| buffer[..n].to_vec())
        };
        // The first server of the file isn't there. As resolvers do: again after a while.
        let answer = (0..3).find_map(|_| ask().ok());
        assert_eq!(answer.as_deref(), Some(&b"question\x04"[..]), "{names}");
        user.inside(|| is_echoed(at(&names, 53), b"by TCP"));
        // The host has another since.
        user.dhow.file("w/resolv.conf", "# changed\nnameserver 2001:db8::2\n");
        let socket = user.inside(|| udp(if names.contains(':') { INSIDE[1] } else { INSIDE[0] }));
        socket.connect(at(&names, 53)).unwrap();
        socket.send(b"question").unwrap();
        let n = socket.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..n], b"question\x06");
        user.dhow.file("w/resolv.conf", "nameserver 198.51.100.9\nnameserver 198.51.100.2\n");
    }
}

#[test]
fn a_network_without_ipv4_has_a_way_out() {
    let user = User::with_stack("");
    for ns in [&user.container, &user.private] {
        let device = if ns == &user.container { "eth0" } else { "br0" };
        ip(&format!("-n {ns} -4 address flush dev {device}"));
    }
    let there = at(OUTSIDE[1], 7000);
    serve(user.outside(|| TcpListener::bind(there).unwrap()), echo);
    user.inside(|| is_echoed(there, &noise(100_000)));
    assert_eq!(
        user.inside(|| connect(at(OUTSIDE[0], 7000)).unwrap_err()).kind(),
        ErrorKind::NetworkUnreachable
    );
}

/// Many connections, one after another in some threads, of which each says who it is; the servers' sockets stay as short.
fn come_and_go(to: SocketAddr, count: usize) {
    const THREADS: usize = 8;
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            scope.spawn(move || {
                for n in 0..count / THREADS {
                    let mut stream =
                        connect(to).unwrap_or_else(|e| panic!("connection {n} of {thread}: {e}"));
                    let question = (n * THREADS + thread).to_be_bytes();
                    stream.write_all(&question).unwrap();
                    stream.shutdown(Shutdown::Write).unwrap();
                    let mut answer = Vec::new();
                    stream.read_to_end(&mut answer).unwrap();
                    assert_eq!(answer, question);
                }
            });
        }
    });
}

/// A server of one thread that echoes short questions.
fn serve_short(listener: TcpListener) {
    std::thread::spawn(move || {
        // Without descriptors, again and again.
        listener.incoming().flatten().for_each(echo);
    });
}

#[test]
fn none_of_ten_thousand_connections_is_lost() {
    let user = User::with_stack("");
    let there = at(OUTSIDE[0], 7000);
    serve_short(user.outside(|| TcpListener::bind(there).unwrap()));
    user.inside(|| come_and_go(there, 10_000));
}

#[test]
fn two_thousand_connections_at_once_are_no_burden() {
    let user = User::with_stack("");
    let there = at(OUTSIDE[0], 7000);
    let listener = user.outside(|| TcpListener::bind(there).unwrap());
    let mut pairs: Vec<(TcpStream, TcpStream)> =
        user.inside(|| (0..2000).map(|_| (connect(there).unwrap(), listener.accept().unwrap().0)).collect());
    for (n, (one, _)) in pairs.iter_mut().enumerate() {
        one.write_all(&n.to_be_bytes()).unwrap();
    }
    // In whatever order they were accepted.
    let mut seen = [false; 2000];
    for (_, other) in &mut pairs {
        let mut number = [0; 8];
        other.read_exact(&mut number).unwrap();
        other.write_all(&number).unwrap();
        seen[usize::from_be_bytes(number)] = true;
    }
    assert!(seen.iter().all(|s| *s));
    for (n, (one, _)) in pairs.iter_mut().enumerate() {
        let mut number = [0; 8];
        one.read_exact(&mut number).unwrap();
        assert_eq!(usize::from_be_bytes(number), n);
    }
}

#[test]
fn without_descriptors_the_newest_is_refused() {
    use nix::sys::resource::{Resource, setrlimit};
    let user = User::with_stack("");
    let there = [7000, 7001].map(|port| at(OUTSIDE[0], port));
    let [_silent, answering] = user.outside(|| there.map(|a| TcpListener::bind(a).unwrap()));
    serve_short(answering);
    user.inside(|| {
        // The stack runs, and has set its limit.
        is_echoed(there[1], b"hello");
        // Of this process, in which the stack and both ends are.
        setrlimit(Resource::RLIMIT_NOFILE, 200, 1000).unwrap();
        let mut kept = Vec::new();
        let refused = loop {
            match connect(there[0]) {
                Ok(stream) => kept.push(stream),
                Err(error) => break error,
            }
            assert!(kept.len() < 200);
        };
        // Either the container's socket or the host's could not be made.
        let full = matches!(refused.kind(), ErrorKind::ConnectionRefused)
            || refused.raw_os_error() == Some(libc::EMFILE);
        assert!(full && kept.len() > 50, "{refused} after {}", kept.len());
        drop(kept);
        // The ends of all of those are on their way.
        while connect(there[1]).is_err() {}
        setrlimit(Resource::RLIMIT_NOFILE, 1000, 1000).unwrap();
        is_echoed(there[1], b"hello");
    });
}

/// Publishes a port of the container's at all of the host's addresses, for TCP and UDP.
pub fn publish(user: &User, publisher: &Publisher, port: u16, to: u16) -> Vec<u64> {
    let targets = INSIDE.map(|a| at(a, to));
    let mut numbers = Vec::new();
    let there = File::open(netns(&user.container)).unwrap();
    for any in ["0.0.0.0", "::"] {
        let (tcp, udp) = user.host(|| {
            let v6only = any == "::";
            (listen_only(any, port, v6only), bind_only(any, port, v6only))
        });
        numbers.push(publisher.publish((there.as_fd(), tcp.as_fd()), Protocol::Tcp, &targets).unwrap());
        numbers.push(publisher.publish((there.as_fd(), udp.as_fd()), Protocol::Udp, &targets).unwrap());
    }
    numbers
}

fn bound(any: &str, port: u16, v6only: bool, kind: nix::sys::socket::SockType) -> OwnedFd {
    use nix::sys::socket::{AddressFamily, SockFlag, SockaddrStorage, bind, setsockopt, socket, sockopt};
    use std::os::fd::AsRawFd;
    let family = if v6only { AddressFamily::Inet6 } else { AddressFamily::Inet };
    let socket = socket(family, kind, SockFlag::SOCK_CLOEXEC, None).unwrap();
    if v6only {
        setsockopt(&socket, sockopt::Ipv6V6Only, &true).unwrap();
    }
    bind(socket.as_raw_fd(), &SockaddrStorage::from(at(any, port))).unwrap();
    socket
}

fn listen_only(any: &str, port: u16, v6only: bool) -> OwnedFd {
    let socket = bound(any, port, v6only, nix::sys::socket::SockType::Stream);
    nix::sys::socket::listen(&socket, nix::sys::socket::Backlog::new(4).unwrap()).unwrap();
    socket
}

fn bind_only(any: &str, port: u16, v6only: bool) -> OwnedFd {
    bound(any, port, v6only, nix::sys::socket::SockType::Datagram)
}

#[test]
fn a_published_port_shows_who_asks() {
    let (user, publisher) = User::with_forwarder();
    publish(&user, &publisher, 8080, 80);
    for n in 0..2 {
        let listener = user.inside(|| TcpListener::bind(at(INSIDE[n], 80)).unwrap());
        serve(listener, who);
        let (seen, own) = user.outside(|| {
            let stream = connect(at(HOST[n], 8080)).unwrap();
            let own = stream.local_addr().unwrap();
            (said(stream), own)
        });
        assert_eq!(seen, own.to_string(), "the client's own address and port");
        // The host itself comes from the gateway.
        for to in [HOST[n], ["127.0.0.1", "::1"][n]] {
            let seen: SocketAddr = user.host(|| said(connect(at(to, 8080)).unwrap())).parse().unwrap();
            assert_eq!(seen.ip().to_string(), GATEWAY[n]);
        }
    }
}

/// What a container has for a tunnel, a firewall or a strict host is no hindrance, and without a way out it can still answer.
#[test]
fn a_published_port_is_answered_whatever_the_containers_routes() {
    let (user, publisher) = User::with_forwarder();
    publish(&user, &publisher, 8080, 80);
    let container = user.container.clone();
    serve(user.inside(|| TcpListener::bind("[::]:80").unwrap()), echo);
    let mut strict = Lan::nsenter(&container);
    let filter = ["all", "lo", "eth0"].map(|name| format!("net.ipv4.conf.{name}.rp_filter=1"));
    assert!(strict.args(["sysctl", "-qw"]).args(filter).status().unwrap().success());
    let outside = |n: usize| user.outside(|| is_echoed(at(HOST[n], 8080), &noise(8 << 20)));
    let host = |n: usize| user.host(|| is_echoed(at(HOST[n], 8080), b"hello"));
    for (family, n) in [("-4", 0), ("-6", 1)] {
        let there = format!("-n {container} {family}");
        outside(n);
        // As they are for a tunnel that everything goes through.
        ip(&format!("{there} route add blackhole default table 51820"));
        ip(&format!("{there} rule add pref 100 not fwmark 51820 table 51820"));
        outside(n);
        ip(&format!("{there} rule delete pref 100"));
        // Without numbers, whoever is known by the gateway's address still comes through: what is last is looked at first.
        ip(&format!("{there} rule add not fwmark 51820 table 51820"));
        ip(&format!("{there} rule add table main suppress_prefixlength 0"));
        host(n);
        ip(&format!("{there} rule delete not fwmark 51820 table 51820"));
        ip(&format!("{there} route delete default"));
        outside(n);
        host(n);
    }
}

/// Monitors go on when dhow is replaced by another version.
#[test]
fn who_does_not_tell_where_its_container_is_can_publish_too() {
    let (user, publisher) = User::with_forwarder();
    let null = File::open("/dev/null").unwrap();
    let error = publisher.publish((null.as_fd(), null.as_fd()), Protocol::Tcp, &[]).unwrap_err();
    assert!(error.to_string().contains("the container's network namespace"), "{error}");
    let request = Request::Publish { protocol: Protocol::Tcp, targets: INSIDE.map(|a| at(a, 80)).to_vec() };
    let listener = user.host(|| listen_only("0.0.0.0", 8080, false));
    socket::send(publisher.as_fd(), &serde_json::to_vec(&request).unwrap(), &[listener.as_fd()]).unwrap();
    let (answer, _) = socket::receive(publisher.as_fd(), MsgFlags::empty()).unwrap();
    assert!(matches!(serde_json::from_slice(&answer).unwrap(), Answer::Done { .. }));
    serve(user.inside(|| TcpListener::bind(at(INSIDE[0], 80)).unwrap()), who);
    let (seen, own) = user.outside(|| {
        let stream = connect(at(HOST[0], 8080)).unwrap();
        let own = stream.local_addr().unwrap();
        (said(stream), own)
    });
    assert_eq!(seen, own.to_string());
}

#[test]
fn datagrams_to_a_published_port_show_who_asks() {
    let (user, publisher) = User::with_forwarder();
    publish(&user, &publisher, 8080, 80);
    let mut buffer = vec![0; 1 << 16];
    for n in 0..2 {
        let server = user.inside(|| UdpSocket::bind(at(INSIDE[n], 80)).unwrap());
        server.set_read_timeout(Some(TIMEOUT)).unwrap();
        let client = user.outside(|| udp(OUTSIDE[n]));
        client.connect(at(HOST[n], 8080)).unwrap();
        for length in [3, 0, 1400, 30_000, 65_000] {
            let data = noise(length);
            client.send(&data).unwrap();
            let (got, from) = server.recv_from(&mut buffer).unwrap();
            assert_eq!((got, from), (length, client.local_addr().unwrap()));
            server.send_to(&data, from).unwrap();
            // Connected: it has to come from the address that was asked.
            assert_eq!(client.recv(&mut buffer).unwrap(), length);
            assert!(buffer[..length] == data);
        }
        // One to whom the container has spoken on its own, who then asks from the same port.
        let peer = user.outside(|| udp(OUTSIDE[n]));
        peer.set_read_timeout(Some(TIMEOUT)).unwrap();
        server.send_to(b"hello", peer.local_addr().unwrap()).unwrap();
        peer.connect(at(HOST[n], 8080)).unwrap();
        for _ in 0..2 {
            peer.send(b"ask").unwrap();
            let (got, from) = server.recv_from(&mut buffer).unwrap();
            assert_eq!((got, from), (3, peer.local_addr().unwrap()));
            server.send_to(b"answer", from).unwrap();
            assert_eq!(peer.recv(&mut buffer).unwrap(), 6);
        }
        let own = user.host(|| udp(["127.0.0.1", "::1"][n]));
        own.connect(at(["127.0.0.1", "::1"][n], 8080)).unwrap();
        own.send(b"me").unwrap();
        let (got, from) = server.recv_from(&mut buffer).unwrap();
        assert_eq!((got, from.ip().to_string().as_str()), (2, GATEWAY[n]));
        server.send_to(b"you", from).unwrap();
        assert_eq!(own.recv(&mut buffer).unwrap(), 3);
    }
}

#[test]
fn connections_to_a_published_port_end_as_they_should() {
    let (user, publisher) = User::with_forwarder();
    publish(&user, &publisher, 8080, 80);
    let there = at(HOST[0], 8080);
    // Nobody listens in the container: as if nobody did here.
    let ended = user.outside(|| connect(there).and_then(|mut stream| stream.read(&mut [0; 9])));
    assert_eq!(ended.unwrap_err().kind(), ErrorKind::ConnectionReset);
    let listener = user.inside(|| TcpListener::bind(at(INSIDE[0], 80)).unwrap());
    let pair = || (user.outside(|| connect(there).unwrap()), listener.accept().unwrap().0);
    let (client, server) = pair();
    reset(server);
    assert_eq!((&client).read(&mut [0; 9]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    let (client, server) = pair();
    server.set_read_timeout(Some(TIMEOUT)).unwrap();
    reset(client);
    assert_eq!((&server).read(&mut [0; 9]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    // Those whose publisher is gone, with the container.
    let (client, server) = pair();
    serve(listener.try_clone().unwrap(), echo);
    user.outside(|| is_echoed(there, &noise(8 << 20)));
    drop(publisher);
    assert_eq!((&client).read(&mut [0; 9]).unwrap_err().kind(), ErrorKind::ConnectionReset);
    drop(server);
    let error = user.outside(|| connect(there).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn ports_are_published_and_withdrawn_while_others_go_on() {
    let (user, publisher) = User::with_forwarder();
    let first = publish(&user, &publisher, 8080, 80);
    publish(&user, &publisher, 8081, 80);
    serve(user.inside(|| TcpListener::bind("[::]:80").unwrap()), echo);
    let mut stream = user.outside(|| connect(at(HOST[0], 8080)).unwrap());
    stream.write_all(b"one").unwrap();
    let mut buffer = [0; 3];
    stream.read_exact(&mut buffer).unwrap();
    for number in &first {
        publisher.withdraw(*number).unwrap();
    }
    let error = user.outside(|| connect(at(HOST[0], 8080)).unwrap_err());
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    stream.write_all(b"two").unwrap();
    stream.read_exact(&mut buffer).unwrap();
    assert_eq!(&buffer, b"two", "what was there goes on");
    user.outside(|| is_echoed(at(HOST[1], 8081), b"hello"));
    let (there, null) = (File::open(netns(&user.container)).unwrap(), File::open("/dev/null").unwrap());
    let error = publisher.publish((there.as_fd(), null.as_fd()), Protocol::Tcp, &[]).unwrap_err();
    assert!(error.to_string().contains("publishing a port"), "{error}");
}

#[test]
fn none_of_ten_thousand_connections_to_a_published_port_is_lost() {
    let (user, publisher) = User::with_forwarder();
    publish(&user, &publisher, 8080, 80);
    serve_short(user.inside(|| TcpListener::bind(at(INSIDE[0], 80)).unwrap()));
    user.outside(|| come_and_go(at(HOST[0], 8080), 10_000));
}
