//! Datagrams and echoes: each address and port inside from which something is sent has a socket of the host's, whomever it sends to, so that
//! anybody who was told of the address can answer (RFC 4787 § 4.1).

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::Settings;
use super::destinations::{NAMES_PORT, NameServers, Way, way};
use super::timers::Timers;
use super::wire::datagram::{self, Datagram};
use super::wire::icmp::{self, Echo, Unreachable};
use super::wire::{Head, ICMP, ICMPV6, Packet, UDP, fragment};
use super::world::{Kind, Received, Token, World};

/// How long nothing may be sent or received (RFC 4787 § 4.3; what the inside's own connection tracking allows, too).
const IDLE: Duration = Duration::from_mins(2);
/// The same for one that only asks for names, or for an echo: there are many of those, and each has its answer soon or never.
const SHORT: Duration = Duration::from_secs(15);
/// How long a name server is waited for.
const PATIENCE: Duration = Duration::from_secs(2);
/// Datagrams of one socket before others have their turn.
const TURN: usize = 64;
/// What a path takes until it says otherwise.
const USUAL_MTU: usize = 1500;
const LEAST_MTU: usize = 1280;
/// The longest datagram, and room for its headers.
const BUFFER: usize = 65_536;
const ICMP_HEADER: usize = 8;

/// Where a socket's datagrams go: one is never for both, since addresses are translated by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Via {
    World,
    Names,
    Host,
}

/// Whose socket it is. For echoes the port is the identifier.
type Key = (Kind, SocketAddr, Via);

#[derive(Debug)]
struct Flow<S> {
    key: Key,
    socket: S,
    used: Instant,
    /// Nothing was sent but questions for names and for echoes.
    only_asks: bool,
    /// The name server that is asked, its turn, and since when it owes an answer.
    server: Option<(SocketAddr, usize)>,
    asked: Option<Instant>,
    timer: Option<Instant>,
    is_due: bool,
}

pub struct Flows<W: World> {
    flows: HashMap<u64, Flow<W::Socket>>,
    ids: HashMap<Key, u64>,
    next: u64,
    due: Vec<u64>,
    timers: Timers,
    buffer: Vec<u8>,
    /// Of the last packet that may be cut into pieces.
    identification: u32,
    /// Paths inside that take less than usual.
    mtu: HashMap<IpAddr, usize>,
    said: bool,
}

impl<W: World> Default for Flows<W> {
    fn default() -> Self {
        Self {
            flows: HashMap::new(),
            ids: HashMap::new(),
            next: 0,
            due: Vec::new(),
            timers: Timers::default(),
            buffer: vec![0; BUFFER],
            identification: 0,
            mtu: HashMap::new(),
            said: false,
        }
    }
}

/// What a datagram of the guest is: its key but for the way, whom it is for, and its bytes as the host's socket takes them.
struct Sending<'a> {
    kind: Kind,
    from: SocketAddr,
    to: SocketAddr,
    data: &'a [u8],
    original: &'a [u8],
}

impl<W: World> Flows<W> {
    /// Takes a packet of UDP.
    pub fn datagram(
        &mut self,
        world: &mut W,
        settings: &Settings,
        servers: &NameServers,
        packet: &Packet<'_>,
        now: Instant,
    ) {
        let Some(datagram) = Datagram::read(packet) else { return };
        let sending = Sending {
            kind: Kind::Udp,
            from: SocketAddr::new(packet.source, datagram.source_port),
            to: SocketAddr::new(packet.destination, datagram.destination_port),
            data: datagram.data,
            original: packet.whole,
        };
        let (via, to, server) = match way(world, settings, sending.to) {
            Way::To(to) => (Via::World, to, None),
            Way::Host(to) => (Via::Host, to, None),
            Way::Names => {
                let (list, turn) = servers.list(world);
                (Via::Names, list[0], Some((list[0], turn)))
            }
            Way::Own => return tell(world, settings, &sending, Unreachable::Port),
            Way::Refuse(why) => return tell(world, settings, &sending, why),
            Way::Drop => return,
        };
        self.send(world, settings, &sending, via, to, server, now);
    }

    /// Takes a packet that asks for an echo.
    pub fn echo(
        &mut self,
        world: &mut W,
        settings: &Settings,
        packet: &Packet<'_>,
        echo: &Echo<'_>,
        now: Instant,
    ) {
        let sending = Sending {
            kind: Kind::Echo,
            from: SocketAddr::new(packet.source, echo.identifier),
            to: SocketAddr::new(packet.destination, 0),
            data: packet.payload,
            original: packet.whole,
        };
        let (via, to) = match way(world, settings, sending.to) {
            Way::To(to) => (Via::World, to),
            Way::Host(to) => (Via::Host, to),
            Way::Own | Way::Names => {
                let reply = icmp::echo_reply(packet.destination, packet.source, echo);
                return self.deliver(world, packet.destination, packet.source, packet.protocol, &reply);
            }
            Way::Refuse(Unreachable::Port) => {
                return tell(world, settings, &sending, Unreachable::Prohibited);
            }
            Way::Refuse(why) => return tell(world, settings, &sending, why),
            Way::Drop => return,
        };
        self.send(world, settings, &sending, via, to, None, now);
    }

    /// The path from the stack to this address inside takes no packet longer than this.
    pub fn too_big(&mut self, destination: IpAddr, mtu: u32) {
        let mtu = (mtu as usize).max(LEAST_MTU);
        // Only what is less than usual is worth remembering, and only a few can be.
        if mtu < USUAL_MTU && self.mtu.len() < 1024 {
            self.mtu.insert(destination, mtu);
        }
    }

    #[allow(clippy::too_many_arguments)] // a datagram and its way
    fn send(
        &mut self,
        world: &mut W,
        settings: &Settings,
        sending: &Sending<'_>,
        via: Via,
        to: SocketAddr,
        server: Option<(SocketAddr, usize)>,
        now: Instant,
    ) {
        let key = (sending.kind, sending.from, via);
        let id = match self.ids.get(&key) {
            Some(id) => *id,
            None => match self.open(world, key, to.is_ipv4(), server, now) {
                Ok(id) => id,
                Err(errno) => return self.not_opened(world, settings, sending, errno),
            },
        };
        let Some(flow) = self.flows.get_mut(&id) else { return };
        flow.used = now;
        flow.only_asks &= sending.kind == Kind::Echo || to.port() == NAMES_PORT;
        let to = flow.server.map_or(to, |(server, _)| server);
        let mut sent = world.send_to(&flow.socket, sending.data, to);
        if !matches!(sent, Ok(()) | Err(Errno::EAGAIN)) {
            // That may have been about an earlier one.
            sent = world.send_to(&flow.socket, sending.data, to);
        }
        if flow.server.is_some() {
            flow.asked = flow.asked.or(Some(now));
        }
        let deadline = deadline(flow);
        self.timers.set(id, &mut flow.timer, Some(deadline));
        self.make_due(id);
        if let Err(errno) = sent
            && let Some(why) = why(errno)
        {
            tell(world, settings, sending, why);
        }
    }

    fn open(
        &mut self,
        world: &mut W,
        key: Key,
        ipv4: bool,
        server: Option<(SocketAddr, usize)>,
        now: Instant,
    ) -> Result<u64, Errno> {
        let id = self.next;
        self.next += 1;
        let socket = world.bind(key.0, ipv4, Token::Flow(id))?;
        let flow =
            Flow { key, socket, used: now, only_asks: true, server, asked: None, timer: None, is_due: false };
        self.flows.insert(id, flow);
        self.ids.insert(key, id);
        Ok(id)
    }

    /// Without a descriptor to spare the datagram is lost, as on any busy path.
    fn not_opened(&mut self, world: &mut W, settings: &Settings, sending: &Sending<'_>, errno: Errno) {
        let refused = matches!(errno, Errno::EACCES | Errno::EPERM) && sending.kind == Kind::Echo;
        if refused && !std::mem::replace(&mut self.said, true) {
            log::warn!(
                "containers of this user can't ping: the kernel parameter net.ipv4.ping_group_range leaves this user's groups out"
            );
        }
        if refused {
            tell(world, settings, sending, Unreachable::Prohibited);
        } else if let Some(why) = why(errno) {
            tell(world, settings, sending, why);
        }
    }

    fn make_due(&mut self, id: u64) {
        if let Some(flow) = self.flows.get_mut(&id)
            && !flow.is_due
        {
            flow.is_due = true;
            self.due.push(id);
        }
    }

    /// Something has come for a socket.
    pub fn event(&mut self, id: u64) {
        self.make_due(id);
    }

    /// Delivers what has come. `true`: there is more.
    pub fn advance(
        &mut self,
        world: &mut W,
        settings: &Settings,
        servers: &mut NameServers,
        now: Instant,
    ) -> bool {
        for id in std::mem::take(&mut self.due) {
            if let Some(flow) = self.flows.get_mut(&id) {
                flow.is_due = false;
            }
            let more = (0..TURN).all(|_| self.receive(world, settings, servers, id, now));
            if more {
                self.make_due(id);
            }
        }
        !self.due.is_empty()
    }

    /// Delivers one datagram. `false`: there is none.
    fn receive(
        &mut self,
        world: &mut W,
        settings: &Settings,
        servers: &mut NameServers,
        id: u64,
        now: Instant,
    ) -> bool {
        let Some(flow) = self.flows.get_mut(&id) else { return false };
        let mut buffer = std::mem::take(&mut self.buffer);
        let received = world.receive_from(&flow.socket, &mut buffer);
        let key = flow.key;
        let shown = |from| shown(settings, flow, from);
        let there = match received {
            Err(errno) => errno != Errno::EAGAIN,
            Ok(Received::Datagram { length, from }) => {
                if let Some(from) = shown(from) {
                    (flow.used, flow.asked) = (now, None);
                    self.arrived(world, key, from, &buffer[..length.min(BUFFER)]);
                }
                true
            }
            Ok(Received::Failed { to, why: errno, .. }) => {
                if let Some((_, turn)) = flow.server {
                    servers.give_up(turn);
                }
                if let (Some(to), Some(why), Kind::Udp) = (shown(to), why(errno), key.0) {
                    let original = icmp::recall(key.1, to, UDP, [0, 8, 0, 0], datagram::HEADER);
                    let from = if why == Unreachable::Port { to.ip() } else { settings.gateway(to.ip()) };
                    let (head, message) = icmp::unreachable(from, key.1.ip(), why, &original);
                    world.transmit(head.bytes(), &message);
                }
                true
            }
        };
        self.buffer = buffer;
        there
    }

    /// Gives the guest what has come for it.
    fn arrived(&mut self, world: &mut W, (kind, guest, _): Key, from: SocketAddr, data: &[u8]) {
        match kind {
            Kind::Udp if guest.is_ipv4() => {
                let mut head = datagram::head(from, guest, data.len());
                self.identification = self.identification.wrapping_add(1);
                head.number(self.identification as u16);
                world.transmit(head.bytes(), data);
            }
            Kind::Udp
                if data.len() + datagram::HEADER + super::wire::IPV6_HEADER <= self.path(guest.ip()) =>
            {
                world.transmit(datagram::head(from, guest, data.len()).bytes(), data);
            }
            Kind::Udp => {
                let whole = datagram::whole(from, guest, data);
                self.deliver(world, from.ip(), guest.ip(), UDP, &whole);
            }
            Kind::Echo => {
                let Some((header, data)) = data.split_at_checked(ICMP_HEADER) else { return };
                let sequence = u16::from_be_bytes([header[6], header[7]]);
                let echo = Echo { identifier: guest.port(), sequence, data };
                let reply = icmp::echo_reply(from.ip(), guest.ip(), &echo);
                let protocol = if guest.is_ipv4() { ICMP } else { ICMPV6 };
                self.deliver(world, from.ip(), guest.ip(), protocol, &reply);
            }
        }
    }

    fn path(&self, guest: IpAddr) -> usize {
        self.mtu.get(&guest).copied().unwrap_or(USUAL_MTU)
    }

    /// A packet with a finished checksum, in pieces if need be. (IPv4 is cut on the way.)
    fn deliver(&mut self, world: &mut W, from: IpAddr, to: IpAddr, protocol: u8, payload: &[u8]) {
        self.identification = self.identification.wrapping_add(1);
        let mtu = self.path(to);
        if to.is_ipv6() && payload.len() + super::wire::IPV6_HEADER > mtu {
            for (head, data) in fragment::split(from, to, protocol, payload, mtu, self.identification) {
                world.transmit(head.bytes(), data);
            }
            return;
        }
        let mut head = Head::ip(from, to, protocol, payload.len());
        head.number(self.identification as u16);
        world.transmit(head.bytes(), payload);
    }

    pub fn len(&self) -> usize {
        self.flows.len()
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.timers.first()
    }

    /// Does what the time has come for.
    pub fn expire(&mut self, servers: &mut NameServers, now: Instant) {
        while let Some(id) = self.timers.pop(now) {
            let Some(flow) = self.flows.get_mut(&id) else { continue };
            flow.timer = None;
            if let (Some(asked), Some((_, turn))) = (flow.asked, flow.server)
                && asked + PATIENCE <= now
            {
                // Who asks again gets a socket for the next server.
                servers.give_up(turn);
            } else {
                let deadline = deadline(flow);
                if deadline > now {
                    self.timers.set(id, &mut flow.timer, Some(deadline));
                    continue;
                }
            }
            let key = flow.key;
            self.flows.remove(&id);
            self.ids.remove(&key);
        }
    }
}

fn deadline<S>(flow: &Flow<S>) -> Instant {
    let idle = flow.used + if flow.only_asks { SHORT } else { IDLE };
    flow.asked.map_or(idle, |asked| idle.min(asked + PATIENCE))
}

fn tell<W: World>(world: &mut W, settings: &Settings, sending: &Sending<'_>, why: Unreachable) {
    let to = sending.to.ip();
    let from = if why == Unreachable::Port { to } else { settings.gateway(to) };
    let (head, message) = icmp::unreachable(from, sending.from.ip(), why, sending.original);
    world.transmit(head.bytes(), &message);
}

/// Under which address the guest knows a peer of this socket.
fn shown<S>(settings: &Settings, flow: &Flow<S>, peer: SocketAddr) -> Option<SocketAddr> {
    let (_, guest, via) = flow.key;
    match via {
        Via::World => Some(peer),
        Via::Names => {
            (flow.server?.0 == peer).then(|| SocketAddr::new(settings.names(guest.ip()), NAMES_PORT))
        }
        Via::Host => peer.ip().is_loopback().then(|| SocketAddr::new(settings.host(guest.ip()), peer.port())),
    }
}

fn why(errno: Errno) -> Option<Unreachable> {
    match errno {
        Errno::ECONNREFUSED => Some(Unreachable::Port),
        Errno::ENETUNREACH | Errno::EADDRNOTAVAIL | Errno::EAFNOSUPPORT => Some(Unreachable::Network),
        Errno::EHOSTUNREACH | Errno::EHOSTDOWN => Some(Unreachable::Host),
        Errno::EACCES | Errno::EPERM => Some(Unreachable::Prohibited),
        _ => None,
    }
}
