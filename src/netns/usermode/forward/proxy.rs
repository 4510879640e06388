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
    /// The last turn left something that is to be moved on at once.
    more: bool,
    /// When that was.
    turned: Option<Instant>,
}

impl Proxy {
    /// Leads from listeners to addresses of the container.
    pub fn open(ports: Vec<(OwnedFd, Protocol, Vec<SocketAddr>)>) -> Result<Self> {
        let mut listeners = Listeners::new(None)?;
        for (number, (listener, protocol, targets)) in (0..).zip(ports) {
            listeners.publish(number, Port { publisher: 0, listener, protocol, targets, inside: None })?;
        }
        Ok(Self { listeners, more: false, turned: None })
    }

    /// Can be read when it is [`Self::turn`]'s time.
    pub fn events(&self) -> BorrowedFd<'_> {
        self.listeners.events()
    }

    /// When it is, though nothing happens: a time that is past means at once.
    pub fn deadline(&self) -> Option<Instant> {
        if self.more { self.turned } else { self.listeners.deadline() }
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
        self.turned = Some(now);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{ErrorKind, Write};
    use std::net::{TcpListener, TcpStream};

    use super::*;

    /// The loop around it asks what is due by a time that it has taken before.
    #[test]
    fn what_a_turn_has_left_is_due_at_once() {
        let [outer, inner] = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let at = outer.local_addr().unwrap();
        outer.set_nonblocking(true).unwrap();
        let target = inner.local_addr().unwrap();
        let mut proxy = Proxy::open(vec![(outer.into(), Protocol::Tcp, vec![target])]).unwrap();
        let mut client = TcpStream::connect(at).unwrap();
        proxy.turn();
        let _server = inner.accept().unwrap();
        client.set_nonblocking(true).unwrap();
        let full = client.write_all(&vec![0; 64 << 20]).unwrap_err();
        assert_eq!(full.kind(), ErrorKind::WouldBlock);
        let mut turns = 0;
        while proxy.deadline().is_none() {
            turns += 1;
            assert!(turns < 100, "all of it was moved in turns of nothing");
            proxy.turn();
        }
        let now = Instant::now();
        assert!(proxy.deadline().is_some_and(|at| at <= now));
    }
}
