//! Published ports without rules of the kernel: whoever connects to a listener of the host is led on to the container by connections of the
//! host's own. For one container, inside the loop of somebody else.

use std::net::SocketAddr;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::time::Instant;

use nix::sys::epoll::{EpollEvent, EpollTimeout};

use super::super::super::ports::Protocol;
use super::listeners::{Listeners, Port, Token};
use crate::error::Result;

const EVENTS: usize = 64;

#[derive(Debug)]
pub struct Proxy {
    listeners: Listeners,
    /// There is something to be moved on at once.
    more: bool,
}

impl Proxy {
    /// Leads from listeners to addresses of the container.
    pub fn open(ports: Vec<(OwnedFd, Protocol, Vec<SocketAddr>)>) -> Result<Self> {
        let mut listeners = Listeners::new(None)?;
        for (number, (listener, protocol, targets)) in (0..).zip(ports) {
            listeners.publish(number, Port { publisher: 0, listener, protocol, targets })?;
        }
        Ok(Self { listeners, more: false })
    }

    /// Can be read when it is [`Self::turn`]'s time.
    pub fn events(&self) -> BorrowedFd<'_> {
        self.listeners.events()
    }

    /// When it is, though nothing happens.
    pub fn deadline(&self) -> Option<Instant> {
        if self.more { Some(Instant::now()) } else { self.listeners.deadline() }
    }

    /// Does what there is to do now, and not more than others can wait for.
    pub fn turn(&mut self) {
        let mut events = [EpollEvent::empty(); EVENTS];
        let count = self.listeners.wait(&mut events, EpollTimeout::ZERO).unwrap_or(0);
        let now = Instant::now();
        for event in &events[..count] {
            self.listeners.event(Token::decode(event.data()), event.events(), now);
        }
        self.more = self.listeners.advance(now);
    }
}
