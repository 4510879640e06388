//! TCP connections through published ports: each is one that a client has made to the host, and one from inside to the container.

use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};
use nix::sys::socket::{Shutdown, shutdown};

use super::super::routes::Routes;
use super::pipes::{Direction, Moved, Pipes};
use super::places::Places;
use super::source;
use crate::sys::inet;

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
    inward: Direction,
    outward: Direction,
}

#[derive(Debug, Default)]
pub struct Relays {
    relays: Places<Relay>,
    pipes: Pipes,
    due: Vec<u64>,
}

impl Relays {
    /// Accepts one connection. `EAGAIN`: there is none; other errors: there are no descriptors or no memory for one. `token` names the sides
    /// of a number.
    pub fn accept(
        &mut self,
        listener: BorrowedFd<'_>,
        targets: &[SocketAddr],
        owner: u64,
        routes: Option<&mut Routes>,
        epoll: &Epoll,
        token: impl Fn(u64, Side) -> u64,
    ) -> nix::Result<()> {
        let (client, peer, at) = match inet::accept(listener) {
            Ok(accepted) => accepted,
            Err(errno @ (Errno::EAGAIN | Errno::EMFILE | Errno::ENFILE | Errno::ENOBUFS | Errno::ENOMEM)) => {
                return Err(errno);
            }
            // The client has gone already.
            Err(_) => return Ok(()),
        };
        let peer = source::plain(peer);
        let Some(target) = source::target(targets, peer) else { return Ok(()) };
        let at = source::plain(at).ip();
        let Ok(container) = source::connect(routes, peer, at, target, inet::stream) else {
            // The client is told as if it had come there.
            inet::reset(client);
            return Ok(());
        };
        let id = self.relays.vacant();
        let flags = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLRDHUP | EpollFlags::EPOLLET;
        epoll.add(&client, EpollEvent::new(flags, token(id, Side::Client)))?;
        epoll.add(&container, EpollEvent::new(flags, token(id, Side::Container)))?;
        let (inward, outward) = (Direction::default(), Direction::default());
        let relay = Relay { owner, client, container, connected: false, broken: false, inward, outward };
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
        let (read, write) = match side {
            Side::Client => (&mut relay.inward, &mut relay.outward),
            Side::Container => (&mut relay.outward, &mut relay.inward),
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
            match relay.advance(&mut self.pipes) {
                Ok(Moved::More) => self.due.push(id),
                Ok(Moved::AsFarAsItGoes) if relay.inward.shut && relay.outward.shut => {
                    drop(self.relays.remove(id));
                }
                // What had come before has been passed on, as far as it is taken.
                Ok(Moved::AsFarAsItGoes) if relay.broken => self.reset(id),
                Ok(Moved::AsFarAsItGoes) => {}
                // What one end did to the other.
                Err(_) => self.reset(id),
            }
        }
        !self.due.is_empty()
    }

    fn reset(&mut self, id: u64) {
        if let Some(relay) = self.relays.remove(id) {
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

impl Relay {
    fn advance(&mut self, pipes: &mut Pipes) -> nix::Result<Moved> {
        if !self.connected {
            return Ok(Moved::AsFarAsItGoes);
        }
        let (client, container) = (self.client.as_fd(), self.container.as_fd());
        let inward = self.inward.advance(client, container, pipes)?;
        let outward = self.outward.advance(container, client, pipes)?;
        for (direction, to) in [(&mut self.inward, container), (&mut self.outward, client)] {
            if direction.is_drained() && !direction.shut {
                direction.shut = true;
                match shutdown(to.as_raw_fd(), Shutdown::Write) {
                    // Its peer may have ended it in the meantime.
                    Ok(()) | Err(Errno::ENOTCONN) => {}
                    Err(errno) => return Err(errno),
                }
            }
        }
        Ok(if inward == Moved::More { inward } else { outward })
    }
}
