//! The forwarder's loop: publishers come and go, and with them listeners.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::epoll::{EpollEvent, EpollTimeout};
use nix::sys::socket::MsgFlags;

use super::super::super::ports::Protocol;
use super::super::routes::Routes;
use super::super::stack::allow_descriptors;
use super::inside::Inside;
use super::listeners::{Listeners, Port, Token};
use super::protocol::{Answer, Request};
use crate::error::{Context, Result};
use crate::sys::{epoll, socket, tun};

const EVENTS: usize = 256;

struct Forwarder {
    control: OwnedFd,
    namespaces: (OwnedFd, Rc<OwnedFd>),
    linger: Duration,
    /// Since when there are no publishers.
    lonely: Option<Instant>,
    publishers: HashMap<u64, OwnedFd>,
    /// By publisher.
    insides: HashMap<u64, Rc<Inside>>,
    listeners: Listeners,
    /// The number of the next publisher or port.
    next: u64,
}

/// Serves publishers that connect to `control`, a socket that listens, from the network namespace that this thread is in, until `stop` can be
/// read. [`super::prepare`] has been called there.
///
/// It also ends when there has been no publisher for `linger`. The namespaces are this thread's, and given to publishers who ask.
pub fn serve(
    control: OwnedFd,
    (user, network): (OwnedFd, OwnedFd),
    linger: Duration,
    stop: BorrowedFd<'_>,
) -> Result<()> {
    allow_descriptors()?;
    let mut forwarder = Forwarder {
        control,
        namespaces: (user, Rc::new(network)),
        linger,
        lonely: Some(Instant::now()),
        publishers: HashMap::new(),
        insides: HashMap::new(),
        listeners: Listeners::new(Some(Routes::open()?))?,
        next: 0,
    };
    tun::set_nonblocking(forwarder.control.as_fd()).context("listening for publishers")?;
    let watched = [
        Some((stop, Token::Stop)),
        Some((forwarder.control.as_fd(), Token::Control)),
        forwarder.listeners.changes().map(|changes| (changes, Token::Routes)),
    ];
    for (fd, token) in watched.into_iter().flatten() {
        forwarder.listeners.watch(fd, token).context("watching a descriptor of published ports")?;
    }
    forwarder.run()
}

impl Forwarder {
    fn run(&mut self) -> Result<()> {
        let mut events = [EpollEvent::empty(); EVENTS];
        let mut more = false;
        loop {
            let end = self.lonely.map(|since| since + self.linger);
            let deadline = [self.listeners.deadline(), end].into_iter().flatten().min();
            let wait = if more { EpollTimeout::ZERO } else { epoll::timeout(deadline) };
            let count = self.listeners.wait(&mut events, wait)?;
            let now = Instant::now();
            for event in &events[..count] {
                match Token::decode(event.data()) {
                    Token::Stop => return Ok(()),
                    Token::Control => self.accept_publishers(),
                    Token::Publisher(id) => self.listen_to(id),
                    token => self.listeners.event(token, event.events(), now),
                }
            }
            if self.lonely.is_some_and(|since| since + self.linger <= now) {
                return Ok(());
            }
            more = self.listeners.advance(now);
        }
    }

    fn accept_publishers(&mut self) {
        while let Ok(publisher) = socket::accept(self.control.as_fd()) {
            let id = self.next;
            self.next += 1;
            if self.listeners.watch(publisher.as_fd(), Token::Publisher(id)).is_ok() {
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
        let namespaces = [self.namespaces.0.as_fd(), self.namespaces.1.as_fd()];
        let given = if wants_namespaces { &namespaces[..] } else { &[] };
        // One who doesn't listen has asked for nothing.
        if self.publishers.get(&id).is_none_or(|p| socket::send(p.as_fd(), &answer, given).is_err()) {
            self.leave(id);
        }
    }

    fn obey(&mut self, publisher: u64, request: Request, mut fds: Vec<OwnedFd>) -> Result<u64> {
        match request {
            Request::Namespaces => Ok(0),
            Request::Publish { protocol, targets } => {
                let listener = fds.pop().context("there is no listener to publish")?;
                let inside = match fds.pop() {
                    Some(there) if protocol == Protocol::Tcp => Some(self.inside(publisher, there)?),
                    _ => None,
                };
                self.publish(Port { publisher, listener, protocol, targets, inside })
            }
            Request::Withdraw { number } => {
                if self.listeners.is_of(number, publisher) {
                    self.listeners.withdraw(number);
                }
                Ok(number)
            }
        }
    }

    /// The namespace of a publisher's container: of many ports it is the same.
    fn inside(&mut self, publisher: u64, there: OwnedFd) -> Result<Rc<Inside>> {
        if let Some(inside) = self.insides.get(&publisher) {
            return Ok(Rc::clone(inside));
        }
        let inside = Rc::new(Inside::prepare(there, Rc::clone(&self.namespaces.1))?);
        self.insides.insert(publisher, Rc::clone(&inside));
        Ok(inside)
    }

    fn publish(&mut self, port: Port) -> Result<u64> {
        let number = self.next;
        self.next += 1;
        self.listeners.publish(number, port).map(|()| number)
    }

    /// A publisher has gone, and with it the containers that it published ports of.
    fn leave(&mut self, id: u64) {
        self.publishers.remove(&id);
        self.insides.remove(&id);
        if self.publishers.is_empty() {
            self.lonely = Some(Instant::now());
        }
        self.listeners.withdraw_all(id);
    }
}
