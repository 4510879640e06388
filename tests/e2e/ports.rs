//! Published ports of other protocols than TCP, from everywhere.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};

use nix::sys::socket::{
    AddressFamily, Backlog, MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn, bind, connect, listen,
    recv, sendto, setsockopt, socket, sockopt,
};
use nix::sys::time::{TimeVal, TimeValLike};

use crate::harness::{Dhow, TIMEOUT};
use crate::names::within;
use crate::networks::{Lan, inspect, machine};

fn namespace(lan: &Lan, dhow: &Dhow, name: &str) -> PathBuf {
    format!("/proc/{}/ns/net", inspect(lan, dhow, name, "{{.State.Pid}}")).into()
}

fn sleeper(lan: &Lan, dhow: &Dhow, name: &str, options: &[&str]) -> PathBuf {
    lan.dhow(dhow, &[&["run", "-d", "--name", name], options, &["busybox", "sleep", "1000"]].concat()).ok();
    namespace(lan, dhow, name)
}

/// Answers each datagram at port 80 of the namespace with its sender's address and its length. Ends with the test.
fn serve_datagrams(there: &Path) {
    let socket = within(there, || UdpSocket::bind("0.0.0.0:80").unwrap());
    std::thread::spawn(move || {
        let mut buffer = [0; 10_000];
        while let Ok((n, from)) = socket.recv_from(&mut buffer) {
            socket.send_to(format!("{} {n}", from.ip()).as_bytes(), from).unwrap();
        }
    });
}

/// What is answered to a datagram of this length, from the address that it was sent to.
fn ask(from: &Path, to: &str, length: usize) -> Option<String> {
    within(from, || {
        let socket = UdpSocket::bind(if to.starts_with('[') { "[::]:0" } else { "0.0.0.0:0" }).unwrap();
        socket.connect(to).ok()?;
        socket.set_read_timeout(Some(TIMEOUT)).unwrap();
        socket.send(&vec![7; length]).ok()?;
        let mut buffer = [0; 100];
        let n = socket.recv(&mut buffer).ok()?;
        Some(String::from_utf8_lossy(&buffer[..n]).into_owned())
    })
}

fn published_datagrams(dhow: &Dhow, mode: &str) {
    let lan = &machine(dhow);
    let options = ["--publish-mode", mode, "-p", "7000:80/udp", "-p", "[::1]:7001:80/udp"];
    serve_datagrams(&sleeper(lan, dhow, "echo", &options));
    let of = |ns: &str| PathBuf::from(format!("/run/netns/{ns}"));
    let (host, outside) = (of(&lan.host), of(&lan.outside));
    let gateway = inspect(lan, dhow, "echo", "{{.NetworkSettings.Gateway}}");
    let seen = if mode == "proxy" && !dhow.is_rootless() { gateway.as_str() } else { "198.51.100.2" };
    for length in [1, 1400, 9000] {
        assert_eq!(
            ask(&outside, "198.51.100.1:7000", length),
            Some(format!("{seen} {length}")),
            "from outside"
        );
    }
    for to in ["127.0.0.1:7000", "198.51.100.1:7000", "[::1]:7001"] {
        assert!(ask(&host, to, 10).is_some_and(|reply| reply.ends_with(" 10")), "from the host at {to}");
    }
    if !dhow.is_rootless() {
        let other = sleeper(lan, dhow, "other", &[]);
        assert!(ask(&other, "198.51.100.1:7000", 10).is_some(), "from a container, by the host's address");
    }
    let ports = lan.dhow(dhow, &["port", "echo"]).ok().stdout();
    assert!(ports.contains("80/udp -> 0.0.0.0:7000"), "{ports}");
    lan.dhow(dhow, &["run", "--rm", "-p", "7000:80/udp", "busybox", "true"])
        .fails(125)
        .says("port is already allocated, by container");
    lan.dhow(dhow, &["run", "--rm", "-p", "7000:80", "busybox", "true"]).ok();
    lan.dhow(dhow, &["rm", "-fa"]).ok();
    lan.dhow(dhow, &["run", "--rm", "-p", "7000:80/udp", "busybox", "true"]).ok();
}

#[test]
fn datagrams_by_rules() {
    published_datagrams(&Dhow::root(), "dnat");
}

#[test]
fn datagrams_by_listeners() {
    published_datagrams(&Dhow::root(), "proxy");
}

#[test]
fn datagrams_of_a_user() {
    published_datagrams(&Dhow::user(), "dnat");
}

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

/// This machine's kernel may have no SCTP sockets, but it leads the packets on.
#[test]
fn sctp_is_led_on_by_rules() {
    let dhow = &Dhow::root();
    let lan = &machine(dhow);
    let there = sleeper(lan, dhow, "sctp", &["-p", "5000:80/sctp"]);
    let raw =
        || socket(AddressFamily::Inet, SockType::Raw, SockFlag::SOCK_CLOEXEC, SockProtocol::Sctp).unwrap();
    let inside = within(&there, raw);
    setsockopt(&inside, sockopt::ReceiveTimeout, &TimeVal::seconds(TIMEOUT.as_secs() as i64)).unwrap();
    let outside = within(&PathBuf::from(format!("/run/netns/{}", lan.outside)), raw);
    let to = SockaddrIn::new(198, 51, 100, 1, 0);
    sendto(outside.as_raw_fd(), &init(5000), &to, MsgFlags::empty()).unwrap();
    let mut buffer = [0; 1000];
    let n = recv(inside.as_raw_fd(), &mut buffer, MsgFlags::empty()).unwrap();
    // After the header of IP.
    let (header, packet) = buffer[..n].split_at(20);
    assert_eq!(header[12..16], [198, 51, 100, 2], "the true source");
    assert_eq!(packet, init(80), "at the container's port, with its checksum right");
    lan.dhow(dhow, &["run", "--rm", "-p", "5000:80/sctp", "busybox", "true"])
        .fails(125)
        .says("a published port leads to another container already");
    lan.dhow(dhow, &["run", "--rm", "--publish-mode", "proxy", "-p", "5001:80/sctp", "busybox", "true"])
        .fails(125)
        .says("only the rules of root's networks lead SCTP on");
    lan.dhow(dhow, &["rm", "-fa"]).ok();
}

#[test]
#[ignore = "needs SCTP sockets: the second kernel runs it"]
fn sctp_on_another_kernel() {
    let dhow = &Dhow::root();
    let lan = &machine(dhow);
    let there = sleeper(lan, dhow, "sctp", &["-p", "5000:80/sctp"]);
    let stream =
        || socket(AddressFamily::Inet, SockType::Stream, SockFlag::SOCK_CLOEXEC, SockProtocol::Sctp).unwrap();
    // The same calls as for TCP do for both.
    let listener = within(&there, || {
        let socket = stream();
        bind(socket.as_raw_fd(), &SockaddrIn::new(0, 0, 0, 0, 80)).unwrap();
        listen(&socket, Backlog::new(8).unwrap()).unwrap();
        TcpListener::from(socket)
    });
    std::thread::spawn(move || {
        while let Ok((mut stream, from)) = listener.accept() {
            stream.write_all(from.ip().to_string().as_bytes()).unwrap();
        }
    });
    for ns in [&lan.outside, &lan.host] {
        let answer = within(&PathBuf::from(format!("/run/netns/{ns}")), || {
            let socket = stream();
            connect(socket.as_raw_fd(), &SockaddrIn::new(198, 51, 100, 1, 5000)).unwrap();
            let mut stream = TcpStream::from(socket);
            stream.set_read_timeout(Some(TIMEOUT)).unwrap();
            let mut answer = [0; 100];
            let n = stream.read(&mut answer).unwrap();
            String::from_utf8_lossy(&answer[..n]).into_owned()
        });
        assert_eq!(answer, if *ns == lan.outside { "198.51.100.2" } else { "198.51.100.1" });
    }
    lan.dhow(dhow, &["rm", "-fa"]).ok();
}
