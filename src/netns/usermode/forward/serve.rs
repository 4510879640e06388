//! The forwarder's loop: publishers come and go, and with them listeners.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::socket::MsgFlags;

use super::super::super::ports::Protocol;
use super::super::routes::Routes;
use super::super::stack::allow_descriptors;
use super::datagrams::Clients;
use super::protocol::{Answer, Request};
use super::relays::{Relays, Side};
use crate::error::{Context, Result};
use crate::sys::{epoll, inet, socket, tun};

/// Connections of one listener that are accepted before others have their turn.
const TURN: usize = 64;
/// How long listeners are left alone when there are no descriptors for more connections.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest datagram.
const BUFFER: usize = 65_536;
const EVENTS: usize = 256;

/// Whom an event is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Token {
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
    fn encode(self) -> u64 {
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

    fn decode(data: u64) -> Self {
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
struct Port {
    publisher: u64,
    listener: OwnedFd,
    protocol: Protocol,
    targets: Vec<SocketAddr>,
}

struct Forwarder {
    control: OwnedFd,
    namespaces: [OwnedFd; 2],
    linger: Duration,
    /// Since when there are no publishers.
    lonely: Option<Instant>,
    epoll: Epoll,
    routes: Routes,
    publishers: HashMap<u64, OwnedFd>,
    ports: HashMap<u64, Port>,
    /// The number of the next publisher or port.
    next: u64,
    relays: Relays,
    clients: Clients,
    /// Until when no connections are accepted.
    paused: Option<Instant>,
    buffer: Vec<u8>,
}

/// Serves publishers that connect to `control`, a socket that listens, from the network namespace that this thread is in, until `stop` can be
/// read. [`super::prepare`] has been called there.
///
/// It also ends when there has been no publisher for `linger`. `namespaces`: what publishers are given who ask for the user namespace and the
/// network namespace.
pub fn serve(
    control: OwnedFd,
    namespaces: [OwnedFd; 2],
    linger: Duration,
    stop: BorrowedFd<'_>,
) -> Result<()> {
    allow_descriptors()?;
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).context("making an epoll descriptor")?;
    let mut forwarder = Forwarder {
        control,
        namespaces,
        linger,
        lonely: Some(Instant::now()),
        epoll,
        routes: Routes::open()?,
        publishers: HashMap::new(),
        ports: HashMap::new(),
        next: 0,
        relays: Relays::default(),
        clients: Clients::default(),
        paused: None,
        buffer: vec![0; BUFFER],
    };
    tun::set_nonblocking(forwarder.control.as_fd()).context("listening for publishers")?;
    let watched = [
        (stop, Token::Stop),
        (forwarder.control.as_fd(), Token::Control),
        (forwarder.routes.changes(), Token::Routes),
    ];
    for (fd, token) in watched {
        forwarder.watch(fd, token).context("watching a descriptor of published ports")?;
    }
    forwarder.run()
}

impl Forwarder {
    fn watch(&self, fd: BorrowedFd<'_>, token: Token) -> nix::Result<()> {
        self.epoll.add(fd, EpollEvent::new(EpollFlags::EPOLLIN, token.encode()))
    }

    fn run(&mut self) -> Result<()> {
        let mut events = [EpollEvent::empty(); EVENTS];
        let mut more = false;
        loop {
            let end = self.lonely.map(|since| since + self.linger);
            let deadline = [self.clients.deadline(), self.paused, end].into_iter().flatten().min();
            let wait = if more { EpollTimeout::ZERO } else { epoll::timeout(deadline) };
            let count = match self.epoll.wait(&mut events, wait) {
                Err(Errno::EINTR) => 0,
                other => other.context("waiting for events of published ports")?,
            };
            let now = Instant::now();
            for event in &events[..count] {
                match Token::decode(event.data()) {
                    Token::Stop => return Ok(()),
                    Token::Control => self.accept_publishers(),
                    Token::Routes => self.routes.changed(),
                    Token::Publisher(id) => self.listen_to(id),
                    Token::Port(id) => self.arrived(id, now),
                    Token::Relay(id, side) => self.relays.event(id, side, event.events()),
                    Token::Client(id) => self.answered(id, now),
                }
            }
            if self.lonely.is_some_and(|since| since + self.linger <= now) {
                return Ok(());
            }
            self.clients.expire(now);
            if self.paused.is_some_and(|until| until <= now) {
                self.resume();
            }
            more = self.relays.advance();
        }
    }

    fn accept_publishers(&mut self) {
        while let Ok(publisher) = socket::accept(self.control.as_fd()) {
            let id = self.next;
            self.next += 1;
            if self.watch(publisher.as_fd(), Token::Publisher(id)).is_ok() {
                self.publishers.insert(id, publisher);
                self.lonely = None;
            }
        }
    }

    fn listen_to(&mut self, id: u64) {
        let Some(publisher) = self.publishers.get(&id) else { return };
        let (message, fds) = match socket::receive(publisher.as_fd(), MsgFlags::MSG_DONTWAIT) {
            Ok((message, _)) if message.is_empty() => return self.leave(id),
            Ok(received) => received,
            Err(Errno::EAGAIN) => return,
            Err(_) => return self.leave(id),
        };
        let asked = serde_json::from_slice(&message).context("reading what is to be published");
        let wants_namespaces = matches!(asked, Ok(Request::Namespaces));
        let answer = match asked.and_then(|request| self.obey(id, request, fds)) {
            Ok(number) => Answer::Done { number },
            Err(error) => Answer::Failed { reason: crate::error::one_line(&error) },
        };
        let answer = serde_json::to_vec(&answer).unwrap_or_default();
        let given = if wants_namespaces { &self.namespaces[..] } else { &[] };
        let given: Vec<_> = given.iter().map(AsFd::as_fd).collect();
        // One who doesn't listen has asked for nothing.
        if self.publishers.get(&id).is_none_or(|p| socket::send(p.as_fd(), &answer, &given).is_err()) {
            self.leave(id);
        }
    }

    fn obey(&mut self, publisher: u64, request: Request, mut fds: Vec<OwnedFd>) -> Result<u64> {
        match request {
            Request::Namespaces => Ok(0),
            Request::Publish { protocol, targets } => {
                let listener = fds.pop().context("there is no listener to publish")?;
                self.publish(Port { publisher, listener, protocol, targets })
            }
            Request::Withdraw { number } => {
                if self.ports.get(&number).is_some_and(|p| p.publisher == publisher) {
                    self.withdraw(number);
                }
                Ok(number)
            }
        }
    }

    fn publish(&mut self, port: Port) -> Result<u64> {
        let listener = port.listener.as_fd();
        let number = self.next;
        self.next += 1;
        tun::set_nonblocking(listener).context("publishing a port")?;
        match port.protocol {
            Protocol::Tcp => inet::queue_all(listener),
            Protocol::Udp => {
                inet::own_address(listener).and_then(|own| inet::want_destinations(listener, own.is_ipv4()))
            }
            Protocol::Sctp => Err(Errno::EPROTONOSUPPORT),
        }
        .with_context(|| format!("publishing a port of {}", port.protocol.name()))?;
        self.watch(listener, Token::Port(number)).context("publishing a port")?;
        self.ports.insert(number, port);
        Ok(number)
    }

    fn withdraw(&mut self, number: u64) {
        if let Some(port) = self.ports.remove(&number) {
            // Others may have the descriptor, too, so that closing it does not end the watch.
            let _ = self.epoll.delete(port.listener);
            self.clients.withdraw(number);
        }
    }

    /// A publisher has gone, and with it the containers that it published ports of.
    fn leave(&mut self, id: u64) {
        self.publishers.remove(&id);
        if self.publishers.is_empty() {
            self.lonely = Some(Instant::now());
        }
        let numbers: Vec<u64> =
            self.ports.iter().filter(|(_, p)| p.publisher == id).map(|(number, _)| *number).collect();
        for number in numbers {
            self.withdraw(number);
        }
        self.relays.reset_all(id);
    }

    fn arrived(&mut self, number: u64, now: Instant) {
        let Some(port) = self.ports.get(&number) else { return };
        let listener = port.listener.as_fd();
        if port.protocol == Protocol::Udp {
            let from = (number, listener, port.targets.as_slice());
            let token = |id| Token::Client(id).encode();
            return self.clients.receive(from, &mut self.buffer, &mut self.routes, &self.epoll, token, now);
        }
        let token = |id, side| Token::Relay(id, side).encode();
        for _ in 0..TURN {
            let accepted = self.relays.accept(
                listener,
                &port.targets,
                port.publisher,
                &mut self.routes,
                &self.epoll,
                token,
            );
            match accepted {
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
        for port in self.ports.values().filter(|p| p.protocol == Protocol::Tcp) {
            let _ = self.epoll.delete(&port.listener);
        }
        self.paused = Some(now + PAUSE);
    }

    fn resume(&mut self) {
        self.paused = None;
        for (number, port) in self.ports.iter().filter(|(_, p)| p.protocol == Protocol::Tcp) {
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
        let mut tokens = vec![Token::Stop, Token::Control, Token::Routes];
        for id in [0, 1, 9, 1 << 40] {
            tokens.extend([Token::Publisher(id), Token::Port(id), Token::Client(id)]);
            tokens.extend([Side::Client, Side::Container].map(|side| Token::Relay(id, side)));
        }
        for token in tokens {
            assert_eq!(Token::decode(token.encode()), token);
        }
    }
}
