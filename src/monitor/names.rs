//! The name server of a container: takes its questions inside its network namespace, answers those for the names of its networks, and has
//! others ask for the rest.

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, TcpStream};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use super::forward::{Asker, Forwarder, Reply};
use super::poller::{Poller, Token};
use crate::error::Result;
use crate::netns::Attached;
use crate::netns::dns::{self, Listeners, Outcome, Transport, Zones};

/// A container that keeps more connections waits itself.
const MAX_CONNECTIONS: usize = 32;
/// No question is longer, in bytes.
const MAX_QUESTION: usize = 4096;
/// How long a connection may do nothing; longer than it takes to ask all servers.
const IDLE: Duration = Duration::from_secs(10);
/// Questions that are taken before others get their turn.
const BATCH: usize = 64;

// Whom a token's number means; the others are of connections and forwarded questions.
const UDP: u64 = 0;
const TCP: u64 = 1;
const FIRST: u64 = 2;

/// A connection on which questions come, one after another.
#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
    output: Vec<u8>,
    /// A question has been passed on.
    waiting: bool,
    /// No more questions come.
    ended: bool,
    deadline: Instant,
}

#[derive(Debug)]
pub struct Names {
    listeners: Listeners,
    zones: Zones,
    forwarder: Forwarder,
    connections: BTreeMap<u64, Connection>,
    /// The next number of a connection or a forwarded question.
    next: u64,
}

impl Names {
    /// `servers`: those that were asked for, none: the networks' or the host's.
    pub fn new(
        listeners: Listeners,
        network: &Attached,
        servers: &[IpAddr],
        poller: &Poller,
    ) -> Result<Self> {
        poller.watch(listeners.udp.as_fd(), Token::Names(UDP))?;
        poller.watch(listeners.tcp.as_fd(), Token::Names(TCP))?;
        let forwarder = Forwarder::new(servers, network.servers(), network.has_way_out());
        Ok(Self { listeners, zones: network.zones(), forwarder, connections: BTreeMap::new(), next: FIRST })
    }

    /// The networks have changed.
    pub fn renew(&mut self, network: &Attached) {
        self.zones = network.zones();
        self.forwarder.of_networks = network.servers();
        self.forwarder.has_way_out = network.has_way_out();
    }

    pub fn deadline(&self) -> Option<Instant> {
        let connections = self.connections.values().filter(|c| !c.waiting).map(|c| c.deadline).min();
        [connections, self.forwarder.deadline()].into_iter().flatten().min()
    }

    /// Gives up what has taken too long.
    pub fn expire(&mut self, now: Instant, poller: &Poller) {
        let idle = |c: &Connection| !c.waiting && c.deadline <= now;
        let idle: Vec<u64> = self.connections.iter().filter(|(_, c)| idle(c)).map(|(id, _)| *id).collect();
        for id in idle {
            self.close(id, poller);
        }
        for reply in self.forwarder.expire(now, poller) {
            self.deliver(reply, poller);
        }
    }

    pub fn event(&mut self, id: u64, poller: &Poller, buffer: &mut [u8]) {
        match id {
            UDP => self.receive(poller, buffer),
            TCP => self.accept(poller),
            _ if self.connections.contains_key(&id) => self.read(id, poller, buffer),
            _ => {
                for reply in self.forwarder.event(id, poller, buffer) {
                    self.deliver(reply, poller);
                }
            }
        }
    }

    fn receive(&mut self, poller: &Poller, buffer: &mut [u8]) {
        for _ in 0..BATCH {
            let Ok((n, from)) = self.listeners.udp.recv_from(buffer) else { return };
            if let Outcome::Reply(message) = self.resolve(Asker::Udp(from), &buffer[..n], poller) {
                self.deliver(Reply { asker: Asker::Udp(from), message }, poller);
            }
        }
    }

    /// `Forward`: the reply comes later.
    fn resolve(&mut self, asker: Asker, message: &[u8], poller: &Poller) -> Outcome {
        let outcome = dns::answer(message, asker.transport(), &mut self.zones);
        if outcome != Outcome::Forward {
            return outcome;
        }
        let id = self.next;
        self.next += 1;
        self.forwarder
            .ask(id, asker, message, poller)
            .map_or(Outcome::Forward, |reply| Outcome::Reply(reply.message))
    }

    fn deliver(&mut self, reply: Reply, poller: &Poller) {
        match reply.asker {
            // An asker that takes no more asks again.
            Asker::Udp(to) => drop(self.listeners.udp.send_to(&reply.message, to)),
            Asker::Tcp(id) => {
                if let Some(connection) = self.connections.get_mut(&id) {
                    connection.answer(&reply.message);
                    self.advance(id, poller);
                }
            }
        }
    }

    fn accept(&mut self, poller: &Poller) {
        while self.connections.len() < MAX_CONNECTIONS {
            let Ok((stream, _)) = self.listeners.tcp.accept() else { return };
            let id = self.next;
            self.next += 1;
            let watched = poller.watch(stream.as_fd(), Token::Names(id));
            if watched.is_ok() && stream.set_nonblocking(true).is_ok() {
                self.connections.insert(id, Connection::new(stream));
            }
        }
        poller.unwatch(self.listeners.tcp.as_fd());
    }

    fn close(&mut self, id: u64, poller: &Poller) {
        self.connections.remove(&id);
        for reply in self.forwarder.forget(id, poller) {
            self.deliver(reply, poller);
        }
        // There is room for another.
        let _ = poller.watch(self.listeners.tcp.as_fd(), Token::Names(TCP));
    }

    fn read(&mut self, id: u64, poller: &Poller, buffer: &mut [u8]) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        if connection.output.is_empty() {
            let room = (MAX_QUESTION + 2).saturating_sub(connection.input.len()).min(buffer.len());
            match connection.stream.read(&mut buffer[..room]) {
                Ok(0) => connection.ended = true,
                Ok(n) => connection.input.extend(&buffer[..n]),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => return,
                Err(_) => return self.close(id, poller),
            }
        }
        self.advance(id, poller);
    }

    /// Goes on with a connection as far as it goes now.
    fn advance(&mut self, id: u64, poller: &Poller) {
        loop {
            let Some(connection) = self.connections.get_mut(&id) else { return };
            poller.unwatch(connection.stream.as_fd());
            match connection.flush() {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::WouldBlock => {
                    let _ = poller.watch_room(connection.stream.as_fd(), Token::Names(id));
                    return;
                }
                Err(_) => return self.close(id, poller),
            }
            if connection.waiting {
                return;
            }
            let Some(message) = connection.take() else { break };
            connection.waiting = true;
            match self.resolve(Asker::Tcp(id), &message, poller) {
                Outcome::Forward => {}
                Outcome::Ignore => return self.close(id, poller),
                Outcome::Reply(message) => {
                    self.connections.entry(id).and_modify(|c| c.answer(&message));
                }
            }
        }
        let Some(connection) = self.connections.get(&id) else { return };
        if connection.ended || connection.is_too_long() {
            return self.close(id, poller);
        }
        let _ = poller.watch(connection.stream.as_fd(), Token::Names(id));
    }
}

impl Connection {
    fn new(stream: TcpStream) -> Self {
        let deadline = Instant::now() + IDLE;
        Self { stream, input: Vec::new(), output: Vec::new(), waiting: false, ended: false, deadline }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        while !self.output.is_empty() {
            match self.stream.write(&self.output) {
                Ok(n) => drop(self.output.drain(..n)),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(())
    }

    /// The next question, if it is here as a whole.
    fn take(&mut self) -> Option<Vec<u8>> {
        let message = dns::framed(&self.input)?.to_vec();
        self.input.drain(..message.len() + 2);
        Some(message)
    }

    fn is_too_long(&self) -> bool {
        self.input.first_chunk::<2>().is_some_and(|l| usize::from(u16::from_be_bytes(*l)) > MAX_QUESTION)
    }

    fn answer(&mut self, message: &[u8]) {
        self.output.extend(dns::frame(message));
        self.waiting = false;
        self.deadline = Instant::now() + IDLE;
    }
}

impl Asker {
    fn transport(self) -> Transport {
        match self {
            Self::Udp(_) => Transport::Udp,
            Self::Tcp(_) => Transport::Tcp,
        }
    }
}
