//! Connections through published ports, of TCP and of SCTP: each is one that a client has made to the host, and one from inside to the
//! container.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};
use nix::sys::socket::{Shutdown, shutdown};

use super::super::super::ports::Protocol;
use super::super::routes::Routes;
use super::associations::Associations;
use super::listeners::Port;
use super::messages::{Exchange, Room};
use super::pipes::{Direction, Gauge, Moved, Pipes};
use super::places::Places;
use super::source;
use crate::sys::{inet, sctp};

/// Which of the two sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Client,
    Container,
}

#[derive(Debug)]
struct Relay {
    /// The connection over which its port was published.
    owner: u64,
    client: OwnedFd,
    container: OwnedFd,
    connected: bool,
    /// One end was reset, or has silently gone.
    broken: bool,
    ways: Ways,
}

/// There and back.
#[derive(Debug)]
enum Ways {
    Bytes { inward: Direction, outward: Direction },
    Messages(Box<Exchange>),
}

#[derive(Debug, Default)]
pub struct Relays {
    relays: Places<Relay>,
    pipes: Pipes,
    room: Room,
    associations: Associations,
    due: Vec<u64>,
}

impl Relays {
    /// Accepts one connection to a port. `EAGAIN`: there is none; other errors: there are no descriptors or no memory for one. `token` names
    /// the sides of a number.
    pub fn accept(
        &mut self,
        port: &Port,
        routes: Option<&mut Routes>,
        epoll: &Epoll,
        token: impl Fn(u64, Side) -> u64,
    ) -> nix::Result<()> {
        let listener = port.listener.as_fd();
        let has_messages = port.protocol == Protocol::Sctp;
        let accepted = if has_messages { sctp::accept(listener) } else { inet::accept(listener) };
        let (client, peer, at) = match accepted {
            Ok(accepted) => accepted,
            Err(errno @ (Errno::EAGAIN | Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM)) => {
                return Err(errno);
            }
            // The client has gone already.
            Err(_) => return Ok(()),
        };
        let peer = source::plain(peer);
        let Some(target) = source::target(&port.targets, peer) else { return Ok(()) };
        let at = source::plain(at).ip();
        let id = self.relays.vacant();
        let source = routes.and_then(|routes| source::choose(routes, peer, at, target));
        let connected = if has_messages {
            self.associations.connect(id, source, client.as_fd(), target)
        } else {
            source::connect(source, target, inet::stream, |own| match &port.inside {
                Some(inside) => inside.connect(own, target),
                None => source::connect_from(own, target, inet::stream),
            })
        };
        let Ok(container) = connected else {
            // The client is told as if it had come there.
            inet::reset(client);
            return Ok(());
        };
        let flags = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLET;
        let watched = epoll
            .add(&client, EpollEvent::new(flags, token(id, Side::Client)))
            .and_then(|()| epoll.add(&container, EpollEvent::new(flags, token(id, Side::Container))));
        if let Err(errno) = watched {
            self.associations.end(id);
            return Err(errno);
        }
        let ways = if has_messages {
            Ways::Messages(Box::default())
        } else {
            Ways::Bytes { inward: Direction::default(), outward: Direction::default() }
        };
        let relay = Relay { owner: port.publisher, client, container, connected: false, broken: false, ways };
        self.relays.insert(relay);
        Ok(())
    }

    /// Something has happened to a socket.
    pub fn event(&mut self, id: u64, side: Side, flags: EpollFlags) {
        let Some(relay) = self.relays.get_mut(id) else { return };
        let ended = flags.intersects(EpollFlags::EPOLLERR | EpollFlags::EPOLLHUP | EpollFlags::EPOLLRDHUP);
        let (readable, writable) =
            (flags.contains(EpollFlags::EPOLLIN) || ended, flags.contains(EpollFlags::EPOLLOUT) || ended);
        if side == Side::Container && !relay.connected {
            if !writable {
                return;
            }
            if inet::error(relay.container.as_fd()).is_err() {
                return self.reset(id);
            }
            relay.connected = true;
        }
        // Told apart from an end here: by reading, the one that has ended already would not show it any more.
        if flags.contains(EpollFlags::EPOLLERR) {
            relay.broken = true;
            if !relay.connected {
                return self.reset(id);
            }
        }
        let [inward, outward] = relay.ways.gauges();
        let (read, write) = match side {
            Side::Client => (inward, outward),
            Side::Container => (outward, inward),
        };
        read.readable |= readable;
        write.writable |= writable;
        self.due.push(id);
    }

    /// Moves what there is. `true`: there is more.
    pub fn advance(&mut self) -> bool {
        let mut due = std::mem::take(&mut self.due);
        due.dedup();
        for id in due {
            let Some(relay) = self.relays.get_mut(id) else { continue };
            match relay.advance(&mut self.pipes, &mut self.room) {
                Ok(Moved::More) => self.due.push(id),
                Ok(Moved::AsFarAsItGoes) if relay.ways.are_over() => drop(self.remove(id)),
                // What had come before has been passed on, as far as it is taken.
                Ok(Moved::AsFarAsItGoes) if relay.broken => self.reset(id),
                Ok(Moved::AsFarAsItGoes) => {}
                // What one end did to the other.
                Err(_) => self.reset(id),
            }
        }
        !self.due.is_empty()
    }

    fn remove(&mut self, id: u64) -> Option<Relay> {
        let relay = self.relays.remove(id)?;
        if let Ways::Messages(exchange) = &relay.ways {
            self.room.leave(exchange);
            self.associations.end(id);
        }
        Some(relay)
    }

    fn reset(&mut self, id: u64) {
        if let Some(relay) = self.remove(id) {
            inet::reset(relay.client);
            inet::reset(relay.container);
        }
    }

    /// Resets all connections through ports that were published over this connection.
    pub fn reset_all(&mut self, owner: u64) {
        let ids: Vec<u64> = self.relays.iter().filter(|(_, r)| r.owner == owner).map(|(id, _)| id).collect();
        for id in ids {
            self.reset(id);
        }
    }
}

impl Ways {
    /// To the container, and back from it.
    fn gauges(&mut self) -> [&mut Gauge; 2] {
        match self {
            Self::Bytes { inward, outward } => [&mut inward.gauge, &mut outward.gauge],
            Self::Messages(exchange) => exchange.gauges(),
        }
    }

    fn are_over(&self) -> bool {
        match self {
            Self::Bytes { inward, outward } => inward.shut && outward.shut,
            Self::Messages(exchange) => exchange.is_over(),
        }
    }
}

impl Relay {
    fn advance(&mut self, pipes: &mut Pipes, room: &mut Room) -> nix::Result<Moved> {
        if !self.connected {
            return Ok(Moved::AsFarAsItGoes);
        }
        let (client, container) = (self.client.as_fd(), self.container.as_fd());
        match &mut self.ways {
            Ways::Bytes { inward, outward } => exchange_bytes(client, container, [inward, outward], pipes),
            Ways::Messages(exchange) => exchange.advance(client, container, room),
        }
    }
}

fn exchange_bytes(
    client: BorrowedFd<'_>,
    container: BorrowedFd<'_>,
    [inward, outward]: [&mut Direction; 2],
    pipes: &mut Pipes,
) -> nix::Result<Moved> {
    let moved = [inward.advance(client, container, pipes)?, outward.advance(container, client, pipes)?];
    for (direction, to) in [(inward, container), (outward, client)] {
        if direction.is_drained() && !direction.shut {
            direction.shut = true;
            match shutdown(to.as_raw_fd(), Shutdown::Write) {
                // Its peer may have ended it in the meantime.
                Ok(()) | Err(Errno::ENOTCONN) => {}
                Err(errno) => return Err(errno),
            }
        }
    }
    Ok(if moved.contains(&Moved::More) { Moved::More } else { Moved::AsFarAsItGoes })
}
