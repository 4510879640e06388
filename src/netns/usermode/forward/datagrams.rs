//! UDP through published ports: each client has a socket inside, under its own address, as long as anything goes to or fro.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};
use nix::sys::socket::{MsgFlags, recv, send};
use std::os::fd::AsRawFd;

use super::super::routes::Routes;
use super::super::timers::Timers;
use super::source;
use crate::sys::inet;

/// How long nothing may be sent or received (RFC 4787 § 4.3).
const IDLE: Duration = Duration::from_mins(2);
/// Datagrams of one socket before others have their turn.
const TURN: usize = 64;

/// The published port, the client as the listener has it, and the address that it sends to.
type Key = (u64, SocketAddr, IpAddr);

#[derive(Debug)]
struct Client {
    key: Key,
    socket: OwnedFd,
    used: Instant,
    timer: Option<Instant>,
}

#[derive(Debug, Default)]
pub struct Clients {
    clients: HashMap<u64, Client>,
    ids: HashMap<Key, u64>,
    next: u64,
    timers: Timers,
}

impl Clients {
    /// Passes on what has come to a listener.
    pub fn receive(
        &mut self,
        (port, listener, targets): (u64, BorrowedFd<'_>, &[SocketAddr]),
        buffer: &mut [u8],
        mut routes: Option<&mut Routes>,
        epoll: &Epoll,
        token: impl Fn(u64) -> u64,
        now: Instant,
    ) {
        for _ in 0..TURN {
            let (length, peer, at) = match inet::receive_at(listener, buffer) {
                Ok(received) => received,
                Err(Errno::EAGAIN) => return,
                // About one that was sent.
                Err(_) => continue,
            };
            let key = (port, peer, at);
            let id = match self.ids.get(&key) {
                Some(id) => Ok(*id),
                None => self.open(key, targets, routes.as_deref_mut(), epoll, &token, now),
            };
            // Without a descriptor to spare it is lost, as on any busy path.
            let Some(client) = id.ok().and_then(|id| self.clients.get_mut(&id)) else { continue };
            client.used = now;
            for _ in 0..2 {
                // The first error may be about an earlier one, to a port that nobody listened at then.
                if send(client.socket.as_raw_fd(), &buffer[..length], MsgFlags::MSG_NOSIGNAL)
                    != Err(Errno::ECONNREFUSED)
                {
                    break;
                }
            }
        }
    }

    fn open(
        &mut self,
        key: Key,
        targets: &[SocketAddr],
        routes: Option<&mut Routes>,
        epoll: &Epoll,
        token: impl Fn(u64) -> u64,
        now: Instant,
    ) -> nix::Result<u64> {
        let peer = source::plain(key.1);
        let target = source::target(targets, peer).ok_or(Errno::EDESTADDRREQ)?;
        let client = routes.and_then(|routes| source::choose(routes, peer, key.2.to_canonical(), target));
        let from = |own| source::connect_from(own, target, inet::datagrams);
        let socket = source::connect(client, target, inet::datagrams, from)?;
        let id = self.next;
        self.next += 1;
        epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, token(id)))?;
        let mut client = Client { key, socket, used: now, timer: None };
        self.timers.set(id, &mut client.timer, Some(now + IDLE));
        self.ids.insert(key, id);
        self.clients.insert(id, client);
        Ok(id)
    }

    /// The client's number and the port, of a socket that something has come for.
    pub fn port(&self, id: u64) -> Option<u64> {
        self.clients.get(&id).map(|c| c.key.0)
    }

    /// Gives a client its container's answers.
    pub fn answer(&mut self, id: u64, listener: BorrowedFd<'_>, buffer: &mut [u8], now: Instant) {
        let Some(client) = self.clients.get_mut(&id) else { return };
        let (_, peer, at) = client.key;
        for _ in 0..TURN {
            match recv(client.socket.as_raw_fd(), buffer, MsgFlags::empty()) {
                Ok(length) => {
                    client.used = now;
                    // What the client's path doesn't take is lost.
                    let _ = inet::send_at(listener, &buffer[..length], peer, at);
                }
                Err(Errno::EAGAIN) => return,
                // One came back; the listener's clients can't be told. The queue of such errors has to be emptied, too.
                Err(_) => while inet::came_back(client.socket.as_fd(), buffer).is_ok() {},
            }
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.timers.first()
    }

    pub fn expire(&mut self, now: Instant) {
        while let Some(id) = self.timers.pop(now) {
            let Some(client) = self.clients.get_mut(&id) else { continue };
            client.timer = None;
            if client.used + IDLE > now {
                self.timers.set(id, &mut client.timer, Some(client.used + IDLE));
            } else {
                self.remove(id);
            }
        }
    }

    fn remove(&mut self, id: u64) {
        if let Some(client) = self.clients.remove(&id) {
            self.timers.clear(id, client.timer);
            self.ids.remove(&client.key);
        }
    }

    /// The port isn't published any more.
    pub fn withdraw(&mut self, port: u64) {
        let ids: Vec<u64> = self.clients.iter().filter(|(_, c)| c.key.0 == port).map(|(id, _)| *id).collect();
        for id in ids {
            self.remove(id);
        }
    }
}
