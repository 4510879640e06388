//! The stack in a world that is played by hand.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::Settings;
use super::destinations::{Way, way};
use super::stack::Stack;
use super::wire::datagram;
use super::wire::icmp::Unreachable;
use super::wire::segment::{ACK, Blocks, FIN, Options, Outgoing, RST, SYN, Segment};
use super::wire::{ICMP, ICMPV6, Packet};
use super::world::{Destination, Kind, Readiness, Received, Token, World};

/// Numbers stand for sockets.
#[derive(Default)]
struct Play {
    sockets: HashMap<u32, Token>,
    next: u32,
    /// What the guest got.
    out: VecDeque<Vec<u8>>,
    local: Vec<IpAddr>,
    servers: Vec<IpAddr>,
    connects: Vec<SocketAddr>,
    /// What the next calls come to.
    refusal: Option<Errno>,
    incoming: VecDeque<Result<Vec<u8>, Errno>>,
    datagrams: VecDeque<(Vec<u8>, SocketAddr)>,
    sent: Vec<u8>,
    sent_to: Vec<SocketAddr>,
    shut: usize,
    resets: usize,
}

impl World for Play {
    type Socket = u32;

    fn transmit(&mut self, head: &[u8], data: &[u8]) {
        self.out.push_back([head, data].concat());
    }

    fn destination(&mut self, address: IpAddr) -> Destination {
        if self.local.contains(&address) { Destination::Local } else { Destination::Elsewhere }
    }

    fn name_servers(&mut self) -> Vec<SocketAddr> {
        self.servers.iter().map(|s| SocketAddr::new(*s, 53)).collect()
    }

    fn connect(&mut self, to: SocketAddr, token: Token) -> Result<u32, Errno> {
        self.connects.push(to);
        self.refusal.map_or(Ok(()), Err)?;
        self.next += 1;
        self.sockets.insert(self.next, token);
        Ok(self.next)
    }

    fn connected(&mut self, _: &u32) -> Result<(), Errno> {
        self.refusal.map_or(Ok(()), Err)
    }

    fn send(&mut self, _: &u32, data: &[u8]) -> Result<usize, Errno> {
        self.sent.extend(data);
        Ok(data.len())
    }

    fn receive(&mut self, _: &u32, buffer: &mut [u8]) -> Result<usize, Errno> {
        let data = self.incoming.pop_front().unwrap_or(Err(Errno::EAGAIN))?;
        buffer[..data.len()].copy_from_slice(&data);
        Ok(data.len())
    }

    fn shut_down(&mut self, _: &u32) {
        self.shut += 1;
    }

    fn reset(&mut self, _: u32) {
        self.resets += 1;
    }

    fn bind(&mut self, _: Kind, ipv4: bool, token: Token) -> Result<u32, Errno> {
        self.connect(SocketAddr::new(if ipv4 { [0; 4].into() } else { [0u8; 16].into() }, 0), token)
    }

    fn send_to(&mut self, _: &u32, _: &[u8], to: SocketAddr) -> Result<(), Errno> {
        self.sent_to.push(to);
        Ok(())
    }

    fn receive_from(&mut self, _: &u32, buffer: &mut [u8]) -> Result<Received, Errno> {
        let (data, from) = self.datagrams.pop_front().ok_or(Errno::EAGAIN)?;
        buffer[..data.len()].copy_from_slice(&data);
        Ok(Received::Datagram { length: data.len(), from })
    }
}

struct Scene {
    stack: Stack<Play>,
    world: Play,
    now: Instant,
}

const GUEST: &str = "10.0.2.100:40000";
const SITE: &str = "192.0.2.80:80";
const NAMES: &str = "10.0.2.3:53";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

impl Scene {
    fn new() -> Self {
        let world =
            Play { servers: ["9.9.9.1", "9.9.9.2"].map(|s| s.parse().unwrap()).into(), ..Play::default() };
        Self { stack: Stack::new(&Settings::default()), world, now: Instant::now() }
    }

    fn tcp(&mut self, to: &str, sequence: u32, acknowledged: u32, flags: u8, data: &[u8]) {
        let options = Options { maximum: (flags & SYN != 0).then_some(1460), ..Options::default() };
        let outgoing = Outgoing {
            sequence,
            acknowledged,
            flags,
            window: 60_000,
            options,
            blocks: Blocks::default(),
            length: data.len(),
            maximum: 1460,
        };
        let head = outgoing.head(address(GUEST), address(to));
        self.packet(&[head.bytes(), data].concat());
    }

    fn udp(&mut self, to: &str, data: &[u8]) {
        let head = datagram::head(address(GUEST), address(to), data.len());
        self.packet(&[head.bytes(), data].concat());
    }

    fn packet(&mut self, bytes: &[u8]) {
        self.stack.packet(&mut self.world, bytes, self.now);
        while self.stack.advance(&mut self.world, self.now) {}
    }

    fn event(&mut self, socket: u32, readable: bool, writable: bool) {
        let token = self.world.sockets[&socket];
        let readiness = Readiness { readable, writable, failed: false };
        self.stack.event(&mut self.world, token, readiness, self.now);
        while self.stack.advance(&mut self.world, self.now) {}
    }

    fn wait(&mut self) {
        self.now = self.stack.deadline().expect("something to wait for");
        while self.stack.advance(&mut self.world, self.now) {}
    }

    /// Flags, numbers and length of the next segment that the guest got.
    fn heard(&mut self) -> Option<(u8, u32, u32, usize)> {
        let bytes = self.world.out.pop_front()?;
        let segment = Segment::read(&Packet::read(&bytes).unwrap()).unwrap();
        Some((segment.flags, segment.sequence, segment.acknowledged, segment.data.len()))
    }

    /// Opens a connection; the number after the host's first.
    fn open(&mut self, to: &str) -> u32 {
        self.tcp(to, 100, 0, SYN, b"");
        assert_eq!(self.heard(), None, "not before the host's is there");
        self.event(self.world.next, false, true);
        let (flags, sequence, acknowledged, _) = self.heard().unwrap();
        assert_eq!((flags, acknowledged), (SYN | ACK, 101));
        let first = sequence.wrapping_add(1);
        self.tcp(to, 101, first, ACK, b"");
        first
    }

    fn error(&mut self) -> (u8, u8) {
        let bytes = self.world.out.pop_front().unwrap();
        let packet = Packet::read(&bytes).unwrap();
        assert!([ICMP, ICMPV6].contains(&packet.protocol));
        (packet.payload[0], packet.payload[1])
    }
}

#[test]
fn a_connection_leaves_nothing_behind() {
    let mut scene = Scene::new();
    let first = scene.open(SITE);
    scene.tcp(SITE, 101, first, ACK, b"question");
    assert_eq!(scene.world.sent, b"question");
    assert_eq!(scene.heard(), Some((ACK, first, 109, 0)));
    scene.world.incoming.extend([Ok(b"answer".to_vec()), Ok(Vec::new())]);
    let token = scene.world.sockets[&1];
    let readiness = Readiness { readable: true, writable: true, failed: true };
    scene.stack.event(&mut scene.world, token, readiness, scene.now);
    while scene.stack.advance(&mut scene.world, scene.now) {}
    let (_, sequence, _, length) = scene.heard().unwrap();
    assert_eq!((sequence, length), (first, 6));
    assert_eq!(scene.heard(), Some((ACK | FIN, first + 6, 109, 0)));
    scene.tcp(SITE, 109, first + 7, ACK | FIN, b"");
    assert_eq!((scene.world.shut, scene.world.resets), (1, 0));
    assert_eq!(scene.heard(), Some((ACK, first + 7, 110, 0)));
    assert_eq!(scene.stack.sizes(), (1, 0), "for who missed the last");
    scene.wait();
    while scene.stack.deadline().is_some() {
        scene.wait();
    }
    assert_eq!(scene.stack.sizes(), (0, 0));
}

#[test]
fn what_the_host_says_of_a_connection_the_guest_is_told() {
    for (errno, told) in [
        (Errno::ECONNREFUSED, None),
        (Errno::EMFILE, None),
        (Errno::ENETUNREACH, Some((3, 0))),
        (Errno::EHOSTUNREACH, Some((3, 1))),
        (Errno::EACCES, Some((3, 13))),
    ] {
        for late in [false, true] {
            let mut scene = Scene::new();
            scene.world.refusal = (!late).then_some(errno);
            scene.tcp(SITE, 100, 0, SYN, b"");
            scene.world.refusal = Some(errno);
            if late {
                scene.event(1, false, true);
            }
            if let Some(told) = told {
                assert_eq!(scene.error(), told, "{errno}");
            } else {
                let (flags, _, acknowledged, _) = scene.heard().unwrap();
                assert_eq!((flags, acknowledged), (RST | ACK, 101), "{errno}");
            }
            assert_eq!((scene.world.out.len(), scene.stack.sizes()), (0, (0, 0)), "{errno}");
        }
    }
    // What belongs to no connection.
    let mut scene = Scene::new();
    scene.tcp(SITE, 100, 77, ACK, b"hello?");
    assert_eq!(scene.heard(), Some((RST, 77, 0, 0)));
    scene.tcp(SITE, 100, 77, RST, b"");
    assert_eq!(scene.heard(), None);
}

#[test]
fn a_guest_that_resets_or_dies_resets_the_hosts_connection() {
    let mut scene = Scene::new();
    let first = scene.open(SITE);
    scene.tcp(SITE, 101, first, RST, b"");
    assert_eq!((scene.world.resets, scene.stack.sizes()), (1, (0, 0)));
    let mut scene = Scene::new();
    scene.open(SITE);
    while scene.stack.deadline().is_some() {
        scene.wait();
    }
    assert_eq!((scene.world.resets, scene.stack.sizes()), (1, (0, 0)));
    // It asks for the same again, with the old one still there.
    let mut scene = Scene::new();
    scene.open(SITE);
    scene.tcp(SITE, 5000, 0, SYN, b"");
    assert_eq!(scene.heard().map(|h| h.0), Some(ACK), "who is there says so");
}

#[test]
fn another_name_server_is_tried() {
    let mut scene = Scene::new();
    let [one, two] = ["9.9.9.1:53", "9.9.9.2:53"].map(address);
    scene.tcp(NAMES, 100, 0, SYN, b"");
    assert_eq!(scene.world.connects, [one]);
    scene.wait();
    assert_eq!(scene.world.connects, [one, two], "it took too long");
    scene.event(2, false, true);
    assert_eq!(scene.heard().map(|h| h.0), Some(SYN | ACK));

    let mut scene = Scene::new();
    scene.udp(NAMES, b"question");
    scene.udp(NAMES, b"question");
    assert_eq!(scene.world.sent_to, [one, one]);
    scene.wait();
    assert_eq!(scene.stack.sizes(), (0, 0), "it gave no answer");
    scene.udp(NAMES, b"question");
    assert_eq!(scene.world.sent_to[2], two);
    // Only from him, and as from whom was asked.
    scene.world.datagrams.push_back((b"forged".to_vec(), one));
    scene.world.datagrams.push_back((b"answer".to_vec(), two));
    scene.event(scene.world.next, true, false);
    let bytes = scene.world.out.pop_front().unwrap();
    let packet = Packet::read(&bytes).unwrap();
    assert_eq!((packet.source, &packet.payload[8..]), (address(NAMES).ip(), &b"answer"[..]));
    assert!(scene.world.out.is_empty());
    while scene.stack.deadline().is_some() {
        scene.wait();
    }
    assert_eq!(scene.stack.sizes(), (0, 0));
    scene.udp(NAMES, b"question");
    assert_eq!(scene.world.sent_to[3], two, "who answers is asked again");
}

#[test]
fn large_datagrams_by_ipv6_come_in_pieces_as_the_path_takes() {
    let mut scene = Scene::new();
    let (guest, site) = (address("[fd64:686f:7700::100]:4000"), address("[2001:db8::9]:9"));
    let head = datagram::head(guest, site, 1);
    scene.packet(&[head.bytes(), b"?"].concat());
    let answer = |scene: &mut Scene, length: usize| {
        scene.world.datagrams.push_back((vec![7; length], site));
        scene.event(1, true, false);
        let lengths: Vec<usize> = scene.world.out.drain(..).map(|p| p.len() - 10).collect();
        lengths
    };
    assert_eq!(answer(&mut scene, 1452), [1500]);
    let pieces = answer(&mut scene, 3000);
    assert!(pieces.len() == 3 && pieces.iter().all(|p| *p <= 1500), "{pieces:?}");
    // Somebody on the way takes less.
    let quoted = datagram::head(site, guest, 1452).bytes()[10..].to_vec();
    let (head, mut told) = super::wire::icmp::unreachable(site.ip(), guest.ip(), Unreachable::Host, &quoted);
    (told[0], told[1]) = (2, 0);
    told[4..8].copy_from_slice(&1300u32.to_be_bytes());
    // Nobody looks at a checksum that the kernel vouches for.
    let mut bytes = [head.bytes(), &told].concat();
    bytes[0] = 2;
    scene.packet(&bytes);
    let pieces = answer(&mut scene, 1452);
    assert!(pieces.len() == 2 && pieces[0] <= 1300, "{pieces:?}");
}

#[test]
fn the_host_and_nobody_in_particular_are_not_to_be_reached() {
    let mut world = Play { local: vec!["192.0.2.1".parse().unwrap()], ..Play::default() };
    let open = Settings::default();
    let closed = Settings { host_reachable: false, ..open };
    let mut go = |settings: &Settings, to: &str| way(&mut world, settings, address(to));
    assert_eq!(go(&open, SITE), Way::To(address(SITE)));
    assert_eq!(go(&open, "192.0.2.1:80"), Way::Refuse(Unreachable::Port));
    assert_eq!(go(&open, NAMES), Way::Names);
    assert_eq!(go(&open, "10.0.2.3:80"), Way::Own);
    assert_eq!(go(&open, "10.0.2.2:80"), Way::Own);
    assert_eq!(go(&open, "10.0.2.4:80"), Way::Host(address("127.0.0.1:80")));
    assert_eq!(go(&open, "[fd64:686f:7700::4]:80"), Way::Host(address("[::1]:80")));
    assert_eq!(go(&closed, "10.0.2.4:80"), Way::Own);
    for nobody in [
        "0.0.0.0:1",
        "0.1.2.3:1",
        "255.255.255.255:1",
        "224.0.0.1:1",
        "240.0.0.1:1",
        "169.254.169.254:1",
        "[::]:1",
        "[ff02::1]:1",
        "[fe80::1]:1",
        "[::ffff:127.0.0.1]:1",
    ] {
        assert_eq!(go(&open, nobody), Way::Drop, "{nobody}");
    }
}

#[test]
fn timers_don_t_pile_up() {
    let mut scene = Scene::new();
    let first = scene.open(SITE);
    for n in 0..1000 {
        scene.tcp(SITE, 101 + n, first, ACK, b"x");
        scene.now += Duration::from_millis(300);
        while scene.stack.advance(&mut scene.world, scene.now) {}
    }
    assert_eq!(scene.world.sent.len(), 1000);
    assert!(scene.stack.deadline().unwrap() <= scene.now + Duration::from_mins(10));
}
