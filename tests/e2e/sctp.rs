//! Published ports of SCTP, by rules and through listeners. Where the kernel has no sockets of that kind, the second kernel has.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::{Duration, Instant};

use dhow::sys::inet;
use dhow::sys::sctp::{self, Info, Streams};
use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::socket::{
    AddressFamily, Backlog, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, SockaddrStorage, bind,
    listen, recv, sendto, setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};

use crate::harness::Dhow;
use crate::names::within;
use crate::networks::{Lan, inspect, machine};
use crate::ports::sleeper;
use crate::relays::{descriptors, relaying};

/// The kernel that most of this runs on is emulated.
const TIMEOUT: Duration = Duration::from_secs(90);

/// CRC-32C (RFC 9260, appendix A), as SCTP has it.
fn checksum(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| (crc >> 1) ^ (0x82f6_3b78 * (crc & 1)))
    })
}

/// The first packet of an association, an INIT chunk, to this port.
fn init(port: u16) -> Vec<u8> {
    let mut packet = [&4000u16.to_be_bytes()[..], &port.to_be_bytes(), &[0; 8]].concat();
    let (tag, window, number) = (77u32.to_be_bytes(), 65536u32.to_be_bytes(), 1u32.to_be_bytes());
    packet.extend([&[1, 0, 0, 20], &tag[..], &window, &[0, 5, 0, 5], &number].concat());
    let sum = checksum(&packet);
    packet[8..12].copy_from_slice(&sum.to_le_bytes());
    packet
}

fn has_sockets() -> bool {
    sctp::stream(true).is_ok()
}

/// A kernel may have no SCTP sockets, but it leads the packets on.
#[test]
fn sctp_is_led_on_by_rules() {
    let dhow = &Dhow::root();
    let lan = &machine(dhow);
    let there = sleeper(lan, dhow, "sctp", &["-p", "5000:80/sctp"]);
    let raw =
        || socket(AddressFamily::Inet, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::Sctp).unwrap();
    let inside = within(&there, raw);
    setsockopt(&inside, sockopt::ReceiveTimeout, &TimeVal::seconds(TIMEOUT.as_secs() as i64)).unwrap();
    let outside = within(&of(&lan.outside), raw);
    let to = SockaddrIn::new(198, 51, 100, 1, 0);
    sendto(outside.as_raw_fd(), &init(5000), &to, MsgFlags::empty()).unwrap();
    let mut buffer = [0; 1000];
    let n = recv(inside.as_raw_fd(), &mut buffer, MsgFlags::empty()).unwrap();
    // After the header of IP.
    let (header, packet) = buffer[..n].split_at(20);
    assert_eq!(header[12..16], [198, 51, 100, 2], "the true source");
    assert_eq!(packet, init(80), "at the container's port, with its checksum right");
    let again = lan.dhow(dhow, &["run", "--rm", "-p", "5000:80/sctp", "busybox", "true"]).fails(125);
    if has_sockets() {
        again.says("port is already allocated, by container");
    } else {
        again.says("a published port leads to another container already");
    }
    lan.dhow(dhow, &["rm", "-fa"]).ok();
}

/// A listener takes a socket: what is missing is said before anything is started.
#[test]
fn a_kernel_without_sctp_is_told_of() {
    for (dhow, mode) in [(Dhow::root(), "proxy"), (Dhow::user(), "dnat"), (Dhow::bare(), "dnat")] {
        let lan = &machine(&dhow);
        let run = ["run", "--name", "one", "--publish-mode", mode, "-p", "5000:80/sctp", "busybox", "true"];
        if has_sockets() {
            lan.dhow(&dhow, &run).ok();
        } else {
            lan.dhow(&dhow, &run)
                .fails(125)
                .says("publishing 80/sctp: this host's kernel has no SCTP sockets")
                .says("modprobe sctp");
            assert_eq!(lan.dhow(&dhow, &["ps", "-aq", "--filter", "status=running"]).ok().trimmed(), "");
        }
        lan.dhow(&dhow, &["rm", "-f", "one"]).ok();
    }
    if !has_sockets() {
        let dhow = &Dhow::root();
        let lan = &machine(dhow);
        lan.dhow(dhow, &["run", "--rm", "-p", "80/sctp", "busybox", "true"])
            .fails(125)
            .says("say which port of the host it is to have, as 5000:80/sctp");
    }
}

fn at(ip: &str, port: u16) -> SocketAddr {
    SocketAddr::new(ip.parse().unwrap(), port)
}

/// The address that the server sees.
fn seen(client: &End) -> SocketAddr {
    client.text().parse().unwrap()
}

fn of(ns: &str) -> PathBuf {
    format!("/run/netns/{ns}").into()
}

/// One end of an association.
struct End(OwnedFd);

impl End {
    /// `port`: of one's own; 0: any.
    fn connect(from: &Path, port: u16, to: SocketAddr) -> Self {
        Self::with_streams(40, from, port, to)
    }

    fn with_streams(streams: u16, from: &Path, port: u16, to: SocketAddr) -> Self {
        Self::try_with_streams(streams, from, port, to).unwrap_or_else(|errno| panic!("{to}: {errno}"))
    }

    fn try_with_streams(streams: u16, from: &Path, port: u16, to: SocketAddr) -> nix::Result<Self> {
        within(from, || {
            let socket = sctp::stream(to.is_ipv4()).unwrap();
            sctp::offer(socket.as_fd(), Streams { coming: streams, going: streams }).unwrap();
            if port > 0 {
                setsockopt(&socket, sockopt::ReuseAddr, &true).unwrap();
                let any: IpAddr = if to.is_ipv4() { [0, 0, 0, 0].into() } else { [0u16; 8].into() };
                bind(socket.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(any, port))).unwrap();
            }
            inet::connect(socket.as_fd(), to).unwrap();
            let end = Self(socket);
            end.wait(PollFlags::POLLOUT);
            inet::error(end.0.as_fd()).map(|()| end)
        })
    }

    fn wait(&self, what: PollFlags) {
        let mut watched = [PollFd::new(self.0.as_fd(), what)];
        assert_eq!(poll(&mut watched, PollTimeout::try_from(TIMEOUT).unwrap()), Ok(1), "{what:?}");
    }

    fn send(&self, data: &[u8], info: Info) -> nix::Result<()> {
        loop {
            match sctp::send(self.0.as_fd(), data, info) {
                Err(Errno::EAGAIN) => self.wait(PollFlags::POLLOUT),
                done => return done,
            }
        }
    }

    /// A whole message; `None` at the association's end.
    fn receive(&self) -> nix::Result<Option<(Vec<u8>, Info)>> {
        let (mut message, mut buffer) = (Vec::new(), vec![0; 100_000]);
        loop {
            match sctp::receive(self.0.as_fd(), &mut buffer) {
                Err(Errno::EAGAIN) => self.wait(PollFlags::POLLIN),
                Err(errno) => return Err(errno),
                Ok(None) => {
                    assert!(message.is_empty(), "{} bytes of a message", message.len());
                    return Ok(None);
                }
                Ok(Some(part)) => {
                    message.extend_from_slice(&buffer[..part.length]);
                    if part.ends {
                        return Ok(Some((message, part.info)));
                    }
                }
            }
        }
    }

    fn text(&self) -> String {
        String::from_utf8(self.receive().unwrap().unwrap().0).unwrap()
    }
}

/// How an association ended, for the server, and how many messages it had had.
type Ended = (usize, nix::Result<()>);

/// Serves at port 80 of the namespace, by both families: greets with the client's address, and sends each message back. Ends with the test.
fn serve(there: &Path) -> Receiver<Ended> {
    let (told, hears) = channel();
    for ip in ["0.0.0.0", "::"].map(|ip| ip.parse::<IpAddr>().unwrap()) {
        let listener = within(there, || {
            let socket = sctp::stream(ip.is_ipv4()).unwrap();
            sctp::offer(socket.as_fd(), Streams { coming: 100, going: 100 }).unwrap();
            bind(socket.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(ip, 80))).unwrap();
            listen(&socket, Backlog::new(8).unwrap()).unwrap();
            End(socket)
        });
        let told = told.clone();
        std::thread::spawn(move || {
            loop {
                let mut watched = [PollFd::new(listener.0.as_fd(), PollFlags::POLLIN)];
                poll(&mut watched, PollTimeout::NONE).unwrap();
                let Ok((socket, peer, _)) = sctp::accept(listener.0.as_fd()) else { continue };
                let told = told.clone();
                std::thread::spawn(move || echo(&End(socket), peer, &told));
            }
        });
    }
    hears
}

fn echo(end: &End, peer: SocketAddr, told: &Sender<Ended>) {
    let mut count = 0;
    let _ = end.send(peer.to_string().as_bytes(), Info::default());
    let how = loop {
        match end.receive() {
            Ok(Some((message, _))) if message == b"bye" => {
                for n in 0..50u8 {
                    end.send(&vec![n; 5000], Info::default()).unwrap();
                }
                return;
            }
            Ok(Some((message, info))) => {
                count += 1;
                // Nobody may be left to have it.
                let _ = end.send(&message, info);
            }
            Ok(None) => break Ok(()),
            Err(errno) => break Err(errno),
        }
    };
    let _ = told.send((count, how));
}

/// Messages of all lengths come through whole, in their streams, both ways at once.
fn keeps_messages(end: &End) {
    let lengths = [1, 1400, 60_000, 70_000, 200_000, 2].into_iter().chain((0..300).map(|n| 100 + n));
    let messages: Vec<(Vec<u8>, Info)> = lengths
        .zip(0u16..)
        .map(|(length, n)| {
            let info = Info { stream: n % 40, unordered: false, protocol: u32::from(n) << 8 };
            (vec![n as u8; length], info)
        })
        .collect();
    let order = |all: &[(Vec<u8>, Info)], stream: u16| -> Vec<(Vec<u8>, Info)> {
        all.iter().filter(|(_, info)| info.stream == stream).cloned().collect()
    };
    let back: Vec<_> = std::thread::scope(|scope| {
        scope.spawn(|| messages.iter().for_each(|(data, info)| end.send(data, *info).unwrap()));
        messages.iter().map(|_| end.receive().unwrap().unwrap()).collect()
    });
    // Streams don't wait for one another.
    for stream in 0..40 {
        assert!(order(&back, stream) == order(&messages, stream), "stream {stream}");
    }
    let unordered = Info { stream: 3, unordered: true, protocol: 7 };
    end.send(b"whenever", unordered).unwrap();
    assert_eq!(end.receive().unwrap().unwrap(), (b"whenever".to_vec(), unordered));
}

/// What was said before the end of an association arrives, whoever ends it; and that it was aborted.
fn ends_as_it_ended(there: &dyn Fn() -> End, ended: &Receiver<Ended>) {
    let client = there();
    for n in 0..100u8 {
        client.send(&vec![n; 4000], Info::default()).unwrap();
    }
    nix::sys::socket::shutdown(client.0.as_raw_fd(), nix::sys::socket::Shutdown::Write).unwrap();
    assert_eq!(ended.recv_timeout(TIMEOUT), Ok((100, Ok(()))), "ended by the client");
    let client = there();
    client.text();
    client.send(b"bye", Info::default()).unwrap();
    for n in 0..50u8 {
        assert_eq!(client.receive().unwrap().unwrap().0, vec![n; 5000]);
    }
    assert_eq!(client.receive(), Ok(None), "ended by the container");
    let client = there();
    client.text();
    inet::reset(client.0);
    assert_eq!(ended.recv_timeout(TIMEOUT), Ok((0, Err(Errno::ECONNRESET))), "aborted by the client");
}

/// Rather than change what it says, an association is aborted.
fn aborts_what_cannot_be_passed_on(from: &Path, ended: &Receiver<Ended>) {
    let to = "198.51.100.1:5000".parse().unwrap();
    // Longer than a socket's buffer can be made without privilege.
    let client = End::connect(from, 0, to);
    client.text();
    setsockopt(&client.0, sockopt::SndBufForce, &(4 << 20)).unwrap();
    client.send(&vec![1; 1 << 20], Info::default()).unwrap();
    assert_eq!(client.receive(), Err(Errno::ECONNRESET), "too long");
    assert_eq!(ended.recv_timeout(TIMEOUT), Ok((0, Err(Errno::ECONNRESET))), "too long");
    // In a stream that the server hasn't.
    let client = End::with_streams(200, from, 0, to);
    client.text();
    client.send(b"here", Info { stream: 99, ..Info::default() }).unwrap();
    assert_eq!(client.text(), "here");
    client.send(b"there", Info { stream: 100, ..Info::default() }).unwrap();
    assert_eq!(client.receive(), Err(Errno::ECONNRESET), "no such stream");
    assert_eq!(ended.recv_timeout(TIMEOUT), Ok((1, Err(Errno::ECONNRESET))), "no such stream");
}

/// Who has a port is named.
fn refuses_what_is_taken(lan: &Lan, dhow: &Dhow) {
    lan.dhow(dhow, &["run", "--rm", "-p", "5000:80/sctp", "busybox", "true"])
        .fails(125)
        .says("Bind for 0.0.0.0:5000 failed: port is already allocated, by container");
    let other = within(&of(&lan.host), || {
        let socket = sctp::stream(true).unwrap();
        bind(socket.as_raw_fd(), &SockaddrIn::new(0, 0, 0, 0, 5005)).unwrap();
        listen(&socket, Backlog::new(8).unwrap()).unwrap();
        socket
    });
    let refused = lan.dhow(dhow, &["run", "--rm", "-p", "5005:80/sctp", "busybox", "true"]).fails(125);
    // A user isn't told of others' processes.
    let by = format!("by process {} (", std::process::id());
    refused.says(if dhow.is_rootless() { "port is already allocated" } else { &by });
    drop(other);
    // Another protocol's port is another port.
    lan.dhow(dhow, &["run", "--rm", "-p", "5000:80", "-p", "5000:80/udp", "busybox", "true"]).ok();
}

/// The process that accepts is killed, with an association under its client's address.
fn survives_its_keeper(lan: &Lan, dhow: &Dhow, there: &dyn Fn() -> End) {
    let before = there();
    assert_eq!(before.text(), "198.51.100.2:4321");
    let killed = relaying(lan, dhow, "sctp");
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(killed), nix::sys::signal::Signal::SIGKILL).unwrap();
    // The kernel ends what was its.
    assert!(matches!(before.receive(), Ok(None) | Err(Errno::ECONNRESET)));
    drop(before);
    // The listeners are there all the time.
    assert_eq!(there().text(), "198.51.100.2:4321");
}

/// What each client, by both families, is seen under, and what it says.
fn serves_everybody(lan: &Lan, dhow: &Dhow, ended: &Receiver<Ended>) {
    let (host, outside) = (of(&lan.host), of(&lan.outside));
    let over = |end: End| {
        drop(end);
        ended.recv_timeout(TIMEOUT).unwrap().1.unwrap();
    };
    for (own, gateway, to, loopback) in [
        ("198.51.100.2", "10.77.0.1", "198.51.100.1", "127.0.0.1"),
        ("2001:db8::2", "fd77::1", "2001:db8::1", "::1"),
    ] {
        let client = End::connect(&outside, 4321, at(to, 5000));
        let first = seen(&client);
        if dhow.is_rootless() {
            assert_eq!(first, at(own, 4321), "the client's own address");
            let second = End::connect(&outside, 4321, at(to, 5002));
            assert_eq!(seen(&second).ip(), at(gateway, 0).ip(), "that pair of addresses is taken");
            over(second);
        } else {
            assert_eq!(first.ip(), at(gateway, 0).ip());
        }
        keeps_messages(&client);
        over(client);
        // The same again, sooner than the kernel has forgotten it.
        let client = End::connect(&outside, 4321, at(to, 5000));
        assert_eq!(seen(&client).ip(), first.ip());
        over(client);
        for from_host in [to, loopback] {
            let client = End::connect(&host, 0, at(from_host, 5000));
            assert_eq!(seen(&client).ip(), at(gateway, 0).ip(), "the host itself at {from_host}");
            over(client);
        }
    }
}

fn through_listeners(dhow: &Dhow) {
    let lan = &machine(dhow);
    let six = "network create --ipv6 --subnet 10.77.0.0/24 --subnet fd77::/64 six";
    lan.dhow(dhow, &six.split(' ').collect::<Vec<_>>()).ok();
    let options =
        "--network six --publish-mode proxy -p 5000:80/sctp -p 5001:81/sctp -p 5002:80/sctp -p 80/sctp";
    let there = sleeper(lan, dhow, "sctp", &options.split(' ').collect::<Vec<_>>());
    let ended = serve(&there);
    let opened = descriptors(relaying(lan, dhow, "sctp"));
    let outside = of(&lan.outside);
    let connect = |own: u16, port: u16| End::connect(&outside, own, at("198.51.100.1", port));
    serves_everybody(lan, dhow, &ended);
    ends_as_it_ended(&|| connect(0, 5000), &ended);
    aborts_what_cannot_be_passed_on(&outside, &ended);
    // That it was accepted may be seen before that.
    let nobody = End::try_with_streams(40, &outside, 0, at("198.51.100.1", 5001));
    assert_eq!(nobody.and_then(|end| end.receive()), Err(Errno::ECONNRESET), "nobody listens inside");
    refuses_what_is_taken(lan, dhow);
    let ports = lan.dhow(dhow, &["port", "sctp", "80/sctp"]).ok().stdout();
    let ports = ports.lines().filter_map(|l| l.rsplit_once(':')?.1.parse().ok());
    let chosen = ports.filter(|p| ![5000, 5002].contains(p)).min().expect("a port of its own choice");
    seen(&connect(0, chosen));
    let deadline = Instant::now() + TIMEOUT;
    while descriptors(relaying(lan, dhow, "sctp")) > opened {
        assert!(Instant::now() < deadline, "descriptors of associations that are over are left");
    }
    if dhow.is_rootless() {
        survives_its_keeper(lan, dhow, &|| connect(4321, 5000));
    }
    lan.dhow(dhow, &["rm", "-fa"]).ok();
    lan.dhow(dhow, &["run", "--rm", "--publish-mode", "proxy", "-p", "5000:80/sctp", "busybox", "true"]).ok();
    lan.dhow(dhow, &["network", "rm", "six"]).ok();
}

#[test]
#[ignore = "needs SCTP sockets: the second kernel runs it"]
fn sctp_by_listeners_on_another_kernel() {
    through_listeners(&Dhow::root());
}

#[test]
#[ignore = "needs SCTP sockets: the second kernel runs it"]
fn sctp_of_a_user_on_another_kernel() {
    through_listeners(&Dhow::user());
}

#[test]
#[ignore = "needs SCTP sockets: the second kernel runs it"]
fn sctp_by_rules_on_another_kernel() {
    let dhow = &Dhow::root();
    let lan = &machine(dhow);
    let there =
        sleeper(lan, dhow, "sctp", &["-p", "5000:80/sctp", "-p", "[::1]:5001:80/sctp", "-p", "80/sctp"]);
    let ended = serve(&there);
    let gateway = inspect(lan, dhow, "sctp", "{{.NetworkSettings.Gateway}}");
    for (ns, to, seen) in [
        (&lan.outside, "198.51.100.1:5000", "198.51.100.2"),
        (&lan.host, "198.51.100.1:5000", "198.51.100.1"),
        // By the listener that keeps the port: the container has no IPv6.
        (&lan.host, "[::1]:5001", &gateway),
    ] {
        let client = End::connect(&of(ns), 0, to.parse().unwrap());
        assert_eq!(client.text().rsplit_once(':').unwrap().0, seen, "at {to}");
        client.send(b"there and back", Info::default()).unwrap();
        assert_eq!(client.text(), "there and back");
        drop(client);
        assert_eq!(ended.recv_timeout(TIMEOUT), Ok((1, Ok(()))));
    }
    refuses_what_is_taken(lan, dhow);
    lan.dhow(dhow, &["rm", "-fa"]).ok();
}
