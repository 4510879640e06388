//! The stack: packets from the device, events of the host's sockets and the clock go in, and become packets and socket calls.

use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Instant;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollTimeout};
use nix::sys::resource::{Resource, getrlimit, setrlimit};

use super::Settings;
use super::destinations::{NameServers, is_source};
use super::flows::Flows;
use super::host::{self, Host};
use super::streams::Streams;
use super::wire::fragment::Reassembly;
use super::wire::icmp::Message;
use super::wire::{ICMP, ICMPV6, Packet, TCP, UDP};
use super::world::{Readiness, Token, World};
use crate::error::{Context, Result};
use crate::sys::epoll::timeout;
use crate::sys::tun::VNET_HEADER;

const DEVICE: u64 = 0;
const STOP: u64 = 1;
const ROUTES: u64 = 2;
/// Packets that are taken before sockets have their turn. Their acknowledgements go out together.
const BATCH: usize = 32;
const EVENTS: usize = 256;

/// All that the stack knows. It makes no system call; the world does.
pub struct Stack<W: World> {
    settings: Settings,
    streams: Streams<W>,
    flows: Flows<W>,
    servers: NameServers,
    reassembly: Reassembly,
}

impl<W: World> Stack<W> {
    pub fn new(settings: &Settings) -> Self {
        Self {
            settings: *settings,
            streams: Streams::default(),
            flows: Flows::default(),
            servers: NameServers::default(),
            reassembly: Reassembly::default(),
        }
    }

    /// Takes what the device gave.
    pub fn packet(&mut self, world: &mut W, bytes: &[u8], now: Instant) {
        let Some(packet) = Packet::read(bytes) else { return };
        let Some(piece) = packet.piece else { return self.whole(world, &packet, now) };
        if let Some(whole) = self.reassembly.take(&packet, piece, now)
            && let Some(packet) = Packet::read(&whole)
        {
            self.whole(world, &packet, now);
        }
    }

    fn whole(&mut self, world: &mut W, packet: &Packet<'_>, now: Instant) {
        let (settings, servers) = (&self.settings, &self.servers);
        let is_guests = is_source(settings, packet.source);
        match packet.protocol {
            // Routers inside may say something, too.
            ICMP | ICMPV6 => match Message::read(packet) {
                Some(Message::Echo(echo)) if is_guests => {
                    self.flows.echo(world, settings, packet, &echo, now);
                }
                Some(Message::TooBig { mtu, destination }) => self.flows.too_big(destination, mtu),
                Some(Message::Echo(_)) | None => {}
            },
            _ if !is_guests => {}
            TCP => self.streams.packet(world, settings, servers, packet, now),
            UDP => self.flows.datagram(world, settings, servers, packet, now),
            _ => {}
        }
    }

    /// Takes what has happened to a socket.
    pub fn event(&mut self, world: &mut W, token: Token, readiness: Readiness, now: Instant) {
        match token {
            Token::Stream(id) => self.streams.event(world, &self.settings, id, readiness, now),
            Token::Flow(id) => self.flows.event(id),
        }
    }

    /// Does everything that packets, events and the clock have made due. `true`: there is more, but events come first.
    pub fn advance(&mut self, world: &mut W, now: Instant) -> bool {
        if self.deadline().is_some_and(|deadline| deadline <= now) {
            self.reassembly.expire(now);
            self.streams.expire(world, &self.settings, &mut self.servers, now);
            self.flows.expire(&mut self.servers, now);
        }
        let more = self.streams.advance(world, self.settings.mtu, now);
        self.flows.advance(world, &self.settings, &mut self.servers, now) || more
    }

    /// How many connections, and sockets for datagrams, there are.
    pub fn sizes(&self) -> (usize, usize) {
        (self.streams.len(), self.flows.len())
    }

    /// When [`Self::advance`] is to be called at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let all = [self.streams.deadline(), self.flows.deadline(), self.reassembly.deadline()];
        all.into_iter().flatten().min()
    }
}

/// Serves the guest behind `device` (of [`super::tun::open`]) with sockets of the network namespace that this thread is in, until `stop` can
/// be read or the device is gone.
pub fn serve(device: OwnedFd, settings: &Settings, stop: BorrowedFd<'_>) -> Result<()> {
    allow_descriptors()?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).context("making an epoll descriptor")?;
    let mut world = Host::new(device, epoll)?;
    world.watch(world.device(), DEVICE)?;
    world.watch(stop, STOP)?;
    world.watch(world.routes.changes(), ROUTES)?;
    let mut stack = Stack::new(settings);
    let mut buffer = vec![0; VNET_HEADER + usize::from(u16::MAX)];
    let mut events = [EpollEvent::empty(); EVENTS];
    let mut more = false;
    loop {
        let wait = if more { EpollTimeout::ZERO } else { timeout(stack.deadline()) };
        let count = match world.epoll().wait(&mut events, wait) {
            Err(Errno::EINTR) => 0,
            other => other.context("waiting for events of the network")?,
        };
        let now = Instant::now();
        for event in &events[..count] {
            match (event.data(), host::decode(event)) {
                (_, Some((token, readiness))) => stack.event(&mut world, token, readiness, now),
                (DEVICE, None) => {
                    if !read(&mut stack, &mut world, &mut buffer, now)? {
                        return Ok(());
                    }
                }
                (STOP, None) => return Ok(()),
                (_, None) => world.routes.changed(),
            }
        }
        more = stack.advance(&mut world, now);
    }
}

/// Takes some packets. `false`: the device is gone.
fn read(stack: &mut Stack<Host>, world: &mut Host, buffer: &mut [u8], now: Instant) -> Result<bool> {
    for _ in 0..BATCH {
        match nix::unistd::read(world.device(), buffer) {
            Ok(length) => stack.packet(world, &buffer[..length], now),
            Err(Errno::EAGAIN) => break,
            Err(Errno::EINTR) => {}
            // With its network namespace.
            Err(Errno::EBADFD | Errno::ENODEV) => return Ok(false),
            Err(errno) => return Err(errno).context("reading from the TUN device"),
        }
    }
    Ok(true)
}

/// Every connection has a descriptor: as many as this process may have.
pub(super) fn allow_descriptors() -> Result<()> {
    let limit = Resource::RLIMIT_NOFILE;
    let (_, most) = getrlimit(limit).context("asking for the limit on descriptors")?;
    setrlimit(limit, most, most).context("raising the limit on descriptors")
}
