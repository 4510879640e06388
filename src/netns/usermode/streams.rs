//! TCP connections: each is one with the guest and one of the host's sockets, and what comes from one goes to the other. Neither is told of
//! anything before it is so: the guest is accepted when the host's socket is connected, an end or a reset of one is one of the other.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use nix::errno::Errno;

use super::Settings;
use super::destinations::{NameServers, Way, way};
use super::tcp::{Arrival, Guest, Pool};
use super::timers::Timers;
use super::wire::icmp::{self, Unreachable};
use super::wire::segment::{ACK, Blocks, Options, Outgoing, RST, SYN, Segment};
use super::wire::{Packet, TCP};
use super::world::{Readiness, Token, World};

/// Bytes of all connections together that the guest has sent and that are not in the host's sockets. Above, it has to send them again.
const MAX_HELD: usize = 64 << 20;
/// Blocks of one connection before another has its turn.
const TURN: usize = 16;
/// How long a name server may take to accept a connection while there is another.
const PATIENCE: Duration = Duration::from_secs(2);

/// From whom to whom, as the guest has it.
type Key = (SocketAddr, SocketAddr);

#[derive(Debug)]
struct Stream<S> {
    key: Key,
    guest: Guest,
    socket: Option<S>,
    connected: bool,
    /// Other servers that would do, whose turn it was, and when the next is tried.
    others: Vec<SocketAddr>,
    turn: usize,
    give_up: Option<Instant>,
    /// Of the host's socket, as far as is known. `hung_up`: there is an end to be read.
    readable: bool,
    writable: bool,
    hung_up: bool,
    /// Everything has been read from the socket; the socket has been told that nothing more comes.
    drained: bool,
    shut: bool,
    /// What the socket didn't take.
    stored: VecDeque<u8>,
    timer: Option<Instant>,
    is_due: bool,
}

pub struct Streams<W: World> {
    streams: HashMap<u64, Stream<W::Socket>>,
    ids: HashMap<Key, u64>,
    next: u64,
    /// Those in which something has changed.
    due: Vec<u64>,
    timers: Timers,
    pool: Pool,
    held: usize,
    secret: RandomState,
}

impl<W: World> Default for Streams<W> {
    fn default() -> Self {
        Self {
            streams: HashMap::new(),
            ids: HashMap::new(),
            next: 0,
            due: Vec::new(),
            timers: Timers::default(),
            pool: Pool::default(),
            held: 0,
            secret: RandomState::new(),
        }
    }
}

impl<W: World> Streams<W> {
    /// Takes a packet of the guest.
    pub fn packet(
        &mut self,
        world: &mut W,
        settings: &Settings,
        servers: &NameServers,
        packet: &Packet<'_>,
        now: Instant,
    ) {
        let Some(segment) = Segment::read(packet) else { return };
        let from = SocketAddr::new(packet.source, segment.source_port);
        let to = SocketAddr::new(packet.destination, segment.destination_port);
        let asks = segment.has(SYN) && !segment.has(ACK | RST);
        let known = self.ids.get(&(from, to)).copied();
        match known.and_then(|id| self.streams.get_mut(&id).map(|s| (id, s))) {
            Some((id, stream)) if !(asks && stream.guest.is_over()) => {
                let (refuse, before) = (self.held > MAX_HELD, stream.held());
                stream.segment(world, &segment, refuse, &mut self.pool, now);
                self.held = self.held + stream.held() - before;
                self.make_due(id);
            }
            known => {
                let id = known.map(|(id, _)| id);
                if let Some(id) = id {
                    self.remove(id);
                }
                if asks {
                    self.open(world, settings, servers, &segment, (from, to), packet.whole, now);
                } else if !segment.has(RST) {
                    refuse(world, (from, to), &segment);
                }
            }
        }
    }

    #[allow(clippy::too_many_arguments)] // the packet in its parts
    fn open(
        &mut self,
        world: &mut W,
        settings: &Settings,
        servers: &NameServers,
        syn: &Segment<'_>,
        key: Key,
        original: &[u8],
        now: Instant,
    ) {
        let mut turn = 0;
        let mut others = match way(world, settings, key.1) {
            Way::To(address) | Way::Host(address) => vec![address],
            Way::Names => {
                let (list, now) = servers.list(world);
                turn = now;
                list
            }
            Way::Own | Way::Refuse(Unreachable::Port) => return refuse(world, key, syn),
            Way::Refuse(why) => return tell(world, settings, key, why, original),
            Way::Drop => return,
        };
        // The next to be tried is the last.
        others.reverse();
        let id = self.next;
        self.next += 1;
        let initial = self.secret.hash_one((key, id)) as u32;
        let mut stream = Stream {
            key,
            guest: Guest::new(syn, initial, settings.mtu, key.0.is_ipv4(), now),
            socket: None,
            connected: false,
            others,
            turn,
            give_up: None,
            readable: false,
            writable: false,
            hung_up: false,
            drained: false,
            shut: false,
            stored: VecDeque::new(),
            timer: None,
            is_due: false,
        };
        match stream.connect(world, id, now) {
            Ok(()) => {
                self.ids.insert(key, id);
                self.streams.insert(id, stream);
                self.make_due(id);
            }
            Err(errno) => match why(errno) {
                None => refuse(world, key, syn),
                Some(why) => tell(world, settings, key, why, original),
            },
        }
    }

    /// Something has happened to a socket.
    pub fn event(&mut self, world: &mut W, settings: &Settings, id: u64, readiness: Readiness, now: Instant) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if !stream.connected {
            if readiness.writable || readiness.failed {
                stream.readable = readiness.readable || readiness.failed;
                stream.hung_up = readiness.failed;
                let outcome = stream.conclude(world, id, now);
                self.opened(world, settings, id, outcome);
            }
            return;
        }
        stream.readable |= readiness.readable || readiness.failed;
        stream.hung_up |= readiness.failed;
        stream.writable |= readiness.writable || readiness.failed;
        self.make_due(id);
    }

    /// What an attempt to connect has led to.
    fn opened(&mut self, world: &mut W, settings: &Settings, id: u64, outcome: Result<(), Errno>) {
        let Some(stream) = self.streams.get_mut(&id) else { return };
        if let Err(errno) = outcome {
            let key = stream.key;
            if let Some(why) = why(errno) {
                let sequence = stream.guest.initial_sequence().to_be_bytes();
                let original = icmp::recall(key.0, key.1, TCP, sequence, 20);
                tell(world, settings, key, why, &original);
                return self.remove(id);
            }
            stream.guest.abort();
        }
        self.make_due(id);
    }

    fn make_due(&mut self, id: u64) {
        if let Some(stream) = self.streams.get_mut(&id)
            && !stream.is_due
        {
            stream.is_due = true;
            self.due.push(id);
        }
    }

    fn remove(&mut self, id: u64) {
        let Some(stream) = self.streams.remove(&id) else { return };
        self.held -= stream.held();
        self.timers.clear(id, stream.timer);
        // Another may have its key by now.
        if self.ids.get(&stream.key) == Some(&id) {
            self.ids.remove(&stream.key);
        }
    }

    /// Goes on with all connections in which something has changed. `true`: there is more to be done at once.
    pub fn advance(&mut self, world: &mut W, mtu: u16, now: Instant) -> bool {
        for id in std::mem::take(&mut self.due) {
            let Some(stream) = self.streams.get_mut(&id) else { continue };
            stream.is_due = false;
            let before = stream.held();
            let more = stream.advance(world, mtu, &mut self.pool, now);
            self.held = self.held + stream.held() - before;
            if stream.guest.is_closed() && (stream.stored.is_empty() || stream.socket.is_none()) {
                self.remove(id);
                continue;
            }
            let deadline = [stream.guest.deadline(), stream.give_up].into_iter().flatten().min();
            self.timers.set(id, &mut stream.timer, deadline);
            if more {
                self.make_due(id);
            }
        }
        !self.due.is_empty()
    }

    pub fn len(&self) -> usize {
        self.streams.len()
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.timers.first()
    }

    /// Does what the time has come for.
    pub fn expire(&mut self, world: &mut W, settings: &Settings, servers: &mut NameServers, now: Instant) {
        while let Some(id) = self.timers.pop(now) {
            let Some(stream) = self.streams.get_mut(&id) else { continue };
            stream.timer = None;
            if stream.give_up.is_some_and(|d| d <= now) {
                servers.give_up(stream.turn);
                let outcome = stream.connect(world, id, now);
                self.opened(world, settings, id, outcome);
            } else if stream.guest.deadline().is_some_and(|d| d <= now)
                && !stream.guest.time_out(now)
                && let Some(socket) = stream.socket.take()
            {
                world.reset(socket);
            }
            self.make_due(id);
        }
    }
}

impl<S> Stream<S> {
    /// Begins to connect to the next who would do.
    fn connect<W: World<Socket = S>>(&mut self, world: &mut W, id: u64, now: Instant) -> Result<(), Errno> {
        let mut outcome = Err(Errno::ECONNREFUSED);
        self.socket = None;
        while let Some(address) = self.others.pop() {
            match world.connect(address, Token::Stream(id)) {
                Ok(socket) => {
                    self.socket = Some(socket);
                    self.give_up = (!self.others.is_empty()).then(|| now + PATIENCE);
                    return Ok(());
                }
                Err(errno) => outcome = Err(errno),
            }
        }
        outcome
    }

    /// The attempt to connect has ended.
    fn conclude<W: World<Socket = S>>(&mut self, world: &mut W, id: u64, now: Instant) -> Result<(), Errno> {
        let Some(socket) = &self.socket else { return Err(Errno::ENOTCONN) };
        match world.connected(socket) {
            Ok(()) => {
                (self.connected, self.writable, self.give_up) = (true, true, None);
                self.guest.accept(now);
                Ok(())
            }
            Err(_) if !self.others.is_empty() => self.connect(world, id, now),
            Err(errno) => Err(errno),
        }
    }

    /// Bytes that wait for the host's socket.
    fn held(&self) -> usize {
        self.stored.len() + self.guest.held()
    }

    fn segment<W: World<Socket = S>>(
        &mut self,
        world: &mut W,
        segment: &Segment<'_>,
        refuse: bool,
        pool: &mut Pool,
        now: Instant,
    ) {
        match self.guest.segment(segment, refuse, pool, now) {
            Arrival::Nothing => return,
            Arrival::Reset => {
                if let Some(socket) = self.socket.take() {
                    world.reset(socket);
                }
                return;
            }
            Arrival::Data(data) => self.deliver(world, data),
        }
        while let Some(data) = self.guest.take_early() {
            self.deliver(world, &data);
        }
    }

    fn deliver<W: World<Socket = S>>(&mut self, world: &mut W, data: &[u8]) {
        let Some(socket) = &self.socket else { return };
        let mut sent = 0;
        if self.stored.is_empty() && self.writable {
            match world.send(socket, data) {
                Ok(count) => sent = count,
                Err(Errno::EAGAIN) => self.writable = false,
                Err(_) => {
                    self.socket = None;
                    return self.guest.abort();
                }
            }
        }
        self.stored.extend(&data[sent..]);
        self.guest.store(data.len() - sent);
    }

    /// Does all that can be done now. `true`: there is more, but others come first.
    fn advance<W: World<Socket = S>>(
        &mut self,
        world: &mut W,
        mtu: u16,
        pool: &mut Pool,
        now: Instant,
    ) -> bool {
        let more = if self.connected { self.write(world) && self.read(world, mtu, pool, now) } else { false };
        self.transmit(world, mtu, now);
        if self.guest.is_over() && self.stored.is_empty() {
            self.socket = None;
        }
        more
    }

    fn transmit<W: World<Socket = S>>(&mut self, world: &mut W, mtu: u16, now: Instant) {
        let (guest, remote) = self.key;
        while let Some((segment, data)) = self.guest.poll(mtu, guest.is_ipv4(), now) {
            world.transmit(segment.head(remote, guest).bytes(), data);
        }
    }

    /// Gives the socket what is stored, and its end. `false`: the connection has failed.
    fn write<W: World<Socket = S>>(&mut self, world: &mut W) -> bool {
        let Some(socket) = &self.socket else { return false };
        while self.writable && !self.stored.is_empty() {
            match world.send(socket, self.stored.as_slices().0) {
                Ok(count) => {
                    self.stored.drain(..count);
                    self.guest.release(count);
                }
                Err(Errno::EAGAIN) => self.writable = false,
                Err(_) => {
                    self.stored = VecDeque::new();
                    self.guest.abort();
                    return false;
                }
            }
        }
        if self.stored.is_empty() {
            // Given back: few connections ever store something.
            self.stored = VecDeque::new();
            if self.guest.has_ended() && !self.shut {
                world.shut_down(socket);
                self.shut = true;
            }
        }
        true
    }

    /// Takes from the socket what the guest has room for. `true`: there is more of both.
    fn read<W: World<Socket = S>>(&mut self, world: &mut W, mtu: u16, pool: &mut Pool, now: Instant) -> bool {
        for _ in 0..TURN {
            let room = self.guest.room();
            self.guest.wait_for_room(self.readable && !self.drained);
            let Some(socket) = self.socket.as_ref().filter(|_| self.readable && !self.drained && room > 0)
            else {
                return false;
            };
            let mut block = pool.take();
            match world.receive(socket, &mut block[..room]) {
                Ok(0) => {
                    self.drained = true;
                    self.guest.end();
                    pool.put(block);
                }
                Ok(count) => {
                    // Less than was asked for is all there was; an end that has come already is told by no other event.
                    self.readable = count == room || self.hung_up;
                    self.guest.push(block, count, pool);
                    self.transmit(world, mtu, now);
                }
                Err(Errno::EAGAIN) => {
                    self.readable = false;
                    pool.put(block);
                }
                Err(_) => {
                    pool.put(block);
                    self.stored = VecDeque::new();
                    self.guest.abort();
                    return false;
                }
            }
        }
        true
    }
}

/// What the guest is told when the host's socket can't be connected; `None`: that nobody accepts it.
fn why(errno: Errno) -> Option<Unreachable> {
    match errno {
        Errno::ENETUNREACH | Errno::EADDRNOTAVAIL | Errno::EAFNOSUPPORT => Some(Unreachable::Network),
        Errno::EHOSTUNREACH | Errno::EHOSTDOWN | Errno::ETIMEDOUT => Some(Unreachable::Host),
        Errno::EACCES | Errno::EPERM => Some(Unreachable::Prohibited),
        _ => None,
    }
}

/// Resets what there is no connection for (RFC 9293 § 3.10.7.1).
fn refuse<W: World>(world: &mut W, (from, to): Key, segment: &Segment<'_>) {
    let (sequence, acknowledged, flags) = if segment.has(ACK) {
        (segment.acknowledged, 0, RST)
    } else {
        (0, segment.sequence.wrapping_add(segment.length()), RST | ACK)
    };
    let (options, blocks) = (Options::default(), Blocks::default());
    let reset =
        Outgoing { sequence, acknowledged, flags, window: 0, options, blocks, length: 0, maximum: u16::MAX };
    world.transmit(reset.head(to, from).bytes(), &[]);
}

fn tell<W: World>(world: &mut W, settings: &Settings, (from, _): Key, why: Unreachable, original: &[u8]) {
    let (head, message) = icmp::unreachable(settings.gateway(from.ip()), from.ip(), why, original);
    world.transmit(head.bytes(), &message);
}
