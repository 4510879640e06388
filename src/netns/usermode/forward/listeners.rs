//! The listeners of published ports, and everybody who has come to them.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};

use super::super::super::ports::Protocol;
use super::super::routes::Routes;
use super::datagrams::Clients;
use super::inside::Inside;
use super::relays::{Relays, Side};
use crate::error::{Context, Result};
use crate::sys::{inet, tun};

/// Connections of one listener that are accepted before others have their turn.
const TURN: usize = 64;
/// How long listeners are left alone when there are no descriptors for more connections.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest datagram.
const BUFFER: usize = 65_536;

/// Whom an event is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Stop,
    /// Where publishers connect.
    Control,
    Routes,
    Publisher(u64),
    Port(u64),
    Relay(u64, Side),
    Client(u64),
}

impl Token {
    pub fn encode(self) -> u64 {
        match self {
            Self::Stop => 0,
            Self::Control => 1 << 3,
            Self::Routes => 2 << 3,
            Self::Publisher(id) => id << 3 | 1,
            Self::Port(id) => id << 3 | 2,
            Self::Client(id) => id << 3 | 3,
            Self::Relay(id, Side::Client) => id << 3 | 4,
            Self::Relay(id, Side::Container) => id << 3 | 5,
        }
    }

    pub fn decode(data: u64) -> Self {
        match (data & 7, data >> 3) {
            (0, 0) => Self::Stop,
            (0, 1) => Self::Control,
            (1, id) => Self::Publisher(id),
            (2, id) => Self::Port(id),
            (3, id) => Self::Client(id),
            (4, id) => Self::Relay(id, Side::Client),
            (5, id) => Self::Relay(id, Side::Container),
            (_, _) => Self::Routes,
        }
    }
}

#[derive(Debug)]
pub struct Port {
    pub publisher: u64,
    pub listener: OwnedFd,
    pub protocol: Protocol,
    pub targets: Vec<SocketAddr>,
    /// Where TCP connections under clients' addresses are made; `None`: in the namespace that this thread is in.
    pub inside: Option<Rc<Inside>>,
}

/// All that are watched by one epoll set.
#[derive(Debug)]
pub struct Listeners {
    epoll: Epoll,
    /// What decides whether a container sees a client under its own address; none: under the host's.
    routes: Option<Routes>,
    ports: HashMap<u64, Port>,
    relays: Relays,
    clients: Clients,
    /// Until when no connections are accepted.
    paused: Option<Instant>,
    /// For datagrams, once there are any.
    buffer: Vec<u8>,
}

impl Listeners {
    pub fn new(routes: Option<Routes>) -> Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).context("making an epoll descriptor")?;
        Ok(Self {
            epoll,
            routes,
            ports: HashMap::new(),
            relays: Relays::default(),
            clients: Clients::default(),
            paused: None,
            buffer: Vec::new(),
        })
    }

    pub fn watch(&self, fd: BorrowedFd<'_>, token: Token) -> nix::Result<()> {
        self.epoll.add(fd, EpollEvent::new(EpollFlags::EPOLLIN, token.encode()))
    }

    /// Tells of changes of the routes.
    pub fn changes(&self) -> Option<BorrowedFd<'_>> {
        self.routes.as_ref().map(Routes::changes)
    }

    /// Can be read when there is an event.
    pub fn events(&self) -> BorrowedFd<'_> {
        self.epoll.0.as_fd()
    }

    pub fn wait(&self, events: &mut [EpollEvent], timeout: EpollTimeout) -> Result<usize> {
        match self.epoll.wait(events, timeout) {
            Err(Errno::EINTR) => Ok(0),
            other => other.context("waiting for events of published ports"),
        }
    }

    /// When there is something to do though nothing happens.
    pub fn deadline(&self) -> Option<Instant> {
        [self.clients.deadline(), self.paused].into_iter().flatten().min()
    }

    pub fn publish(&mut self, number: u64, port: Port) -> Result<()> {
        let listener = port.listener.as_fd();
        tun::set_nonblocking(listener).context("publishing a port")?;
        match port.protocol {
            Protocol::Tcp | Protocol::Sctp => inet::queue_all(listener),
            Protocol::Udp => {
                self.buffer.resize(BUFFER, 0);
                inet::own_address(listener).and_then(|own| inet::want_destinations(listener, own.is_ipv4()))
            }
        }
        .with_context(|| format!("publishing a port of {}", port.protocol.name()))?;
        self.watch(listener, Token::Port(number)).context("publishing a port")?;
        self.ports.insert(number, port);
        Ok(())
    }

    /// Whether it was published by this one.
    pub fn is_of(&self, number: u64, publisher: u64) -> bool {
        self.ports.get(&number).is_some_and(|p| p.publisher == publisher)
    }

    pub fn withdraw(&mut self, number: u64) {
        if let Some(port) = self.ports.remove(&number) {
            // Others may have the descriptor, too, so that closing it does not end the watch.
            let _ = self.epoll.delete(port.listener);
            self.clients.withdraw(number);
        }
    }

    /// A publisher has gone, and with it the containers that it published ports of.
    pub fn withdraw_all(&mut self, publisher: u64) {
        let numbers: Vec<u64> =
            self.ports.iter().filter(|(_, p)| p.publisher == publisher).map(|(number, _)| *number).collect();
        for number in numbers {
            self.withdraw(number);
        }
        self.relays.reset_all(publisher);
    }

    pub fn event(&mut self, token: Token, flags: EpollFlags, now: Instant) {
        match token {
            Token::Routes => self.routes.iter_mut().for_each(Routes::changed),
            Token::Port(id) => self.arrived(id, now),
            Token::Relay(id, side) => self.relays.event(id, side, flags),
            Token::Client(id) => self.answered(id, now),
            Token::Stop | Token::Control | Token::Publisher(_) => {}
        }
    }

    /// Does what is due. `true`: there is more to be moved.
    pub fn advance(&mut self, now: Instant) -> bool {
        self.clients.expire(now);
        if self.paused.is_some_and(|until| until <= now) {
            self.resume();
        }
        self.relays.advance()
    }

    fn arrived(&mut self, number: u64, now: Instant) {
        let Some(port) = self.ports.get(&number) else { return };
        let listener = port.listener.as_fd();
        let routes = &mut self.routes;
        if port.protocol == Protocol::Udp {
            let from = (number, listener, port.targets.as_slice());
            let token = |id| Token::Client(id).encode();
            return self.clients.receive(from, &mut self.buffer, routes.as_mut(), &self.epoll, token, now);
        }
        let token = |id, side| Token::Relay(id, side).encode();
        for _ in 0..TURN {
            match self.relays.accept(port, routes.as_mut(), &self.epoll, token) {
                Ok(()) => {}
                Err(Errno::EAGAIN) => return,
                Err(errno) => return self.pause(errno, now),
            }
        }
    }

    fn answered(&mut self, id: u64, now: Instant) {
        let port = self.clients.port(id).and_then(|number| self.ports.get(&number));
        if let Some(port) = port {
            self.clients.answer(id, port.listener.as_fd(), &mut self.buffer, now);
        }
    }

    /// Connections wait in the kernel's queue meanwhile.
    fn pause(&mut self, errno: Errno, now: Instant) {
        if self.paused.is_none() {
            log::warn!("published ports: no connections are accepted for a while: {}", errno.desc());
        }
        for port in self.ports.values().filter(|p| p.protocol != Protocol::Udp) {
            let _ = self.epoll.delete(&port.listener);
        }
        self.paused = Some(now + PAUSE);
    }

    fn resume(&mut self) {
        self.paused = None;
        for (number, port) in self.ports.iter().filter(|(_, p)| p.protocol != Protocol::Udp) {
            // One that was published in the meantime is watched.
            let _ = self.watch(port.listener.as_fd(), Token::Port(*number));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_the_kernel() {
        for id in [0, 1, 1 << 40] {
            for token in [
                Token::Stop,
                Token::Control,
                Token::Routes,
                Token::Publisher(id),
                Token::Port(id),
                Token::Client(id),
                Token::Relay(id, Side::Client),
                Token::Relay(id, Side::Container),
            ] {
                assert_eq!(Token::decode(token.encode()), token);
            }
        }
    }
}
