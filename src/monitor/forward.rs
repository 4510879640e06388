//! Questions of a container that somebody else is to answer: the servers that it was given, its networks', or the host's, asked one after another from the
//! host's network namespace. Replies go back as they came, but for their number.

use std::collections::{BTreeMap, VecDeque};
use std::io::{ErrorKind, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::os::fd::{AsFd, AsRawFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrStorage, connect, socket};
use simple_dns::RCODE;

use super::poller::{Poller, Token};
use crate::netns::{self, dns};
use crate::sys::random;

/// How long a server is waited for before the next is asked.
const TIMEOUT: Duration = Duration::from_secs(2);
/// So many are asked at a time: each has a descriptor, of which a process may have 1024.
const MAX_ASKED: usize = 256;
/// So many more wait for their turn, which bounds what memory they take.
const MAX_WAITING: usize = 4096;
/// How long one waits for its turn. Resolvers give up after as long (resolv.conf(5)).
const PATIENCE: Duration = Duration::from_secs(5);
/// As many servers as any resolver asks (resolv.conf(5)).
const MAX_SERVERS: usize = 3;

/// Who is to have a reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    Udp(SocketAddr),
    /// The connection of this number.
    Tcp(u64),
}

#[derive(Debug)]
pub struct Reply {
    pub asker: Asker,
    pub message: Vec<u8>,
}

/// The way to a server.
#[derive(Debug)]
enum Link {
    Udp(UdpSocket),
    Tcp { stream: TcpStream, connected: bool, received: Vec<u8> },
}

/// A question on its way.
#[derive(Debug)]
struct Question {
    asker: Asker,
    /// Its number is the asker's.
    message: Vec<u8>,
    /// With a number that nobody can guess.
    sent: Vec<u8>,
    /// Those that have not been asked yet.
    servers: std::vec::IntoIter<SocketAddr>,
    link: Option<Link>,
    /// It has had its turn.
    is_asked: bool,
    deadline: Instant,
}

/// What an event means for a question.
enum Step {
    Wait,
    /// This server is of no use.
    Next,
    Done(Vec<u8>),
}

#[derive(Debug)]
pub struct Forwarder {
    /// Those of the container itself.
    servers: Vec<SocketAddr>,
    pub of_networks: dns::Servers,
    pub has_way_out: bool,
    questions: BTreeMap<u64, Question>,
    /// Those of them whose turn has not come, the oldest first, and some that are not there any more.
    waiting: VecDeque<u64>,
    /// How many have had their turn.
    asked: usize,
}

impl Forwarder {
    pub fn new(servers: &[IpAddr], of_networks: dns::Servers, has_way_out: bool) -> Self {
        Self {
            servers: at_names_port(servers),
            of_networks,
            has_way_out,
            questions: BTreeMap::new(),
            waiting: VecDeque::new(),
            asked: 0,
        }
    }

    pub fn deadline(&self) -> Option<Instant> {
        self.questions.values().map(|q| q.deadline).min()
    }

    /// Passes a question on; the reply if it is clear already.
    pub fn ask(&mut self, id: u64, asker: Asker, message: &[u8], poller: &Poller) -> Option<Reply> {
        let failed = |code| Some(Reply { asker, message: dns::failure(message, code) });
        if !self.has_way_out {
            return failed(RCODE::NameError);
        }
        let mut number = [0; 2];
        if self.waiting.len() >= MAX_WAITING || random::fill(&mut number).is_err() {
            return failed(RCODE::ServerFailure);
        }
        let mut question = Question {
            asker,
            message: message.to_vec(),
            sent: [&number, &message[2..]].concat(),
            servers: self.servers().into_iter(),
            link: None,
            is_asked: false,
            deadline: Instant::now() + PATIENCE,
        };
        if self.asked >= MAX_ASKED {
            self.waiting.push_back(id);
            self.questions.insert(id, question);
            return None;
        }
        let reply = question.ask_next(id, poller);
        if reply.is_none() {
            self.asked += 1;
            self.questions.insert(id, question);
        }
        reply
    }

    fn servers(&mut self) -> Vec<SocketAddr> {
        if !self.servers.is_empty() {
            return self.servers.clone();
        }
        let mut servers = at_names_port(&self.of_networks.now());
        if !servers.is_empty() {
            servers.truncate(MAX_SERVERS);
            return servers;
        }
        // The host's may change while the container runs.
        let mut servers =
            netns::name_servers(&std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default());
        servers.truncate(MAX_SERVERS);
        if servers.is_empty() {
            servers.push(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), netns::NAMES_PORT));
        }
        servers
    }

    pub fn event(&mut self, id: u64, poller: &Poller, buffer: &mut [u8]) -> Vec<Reply> {
        let Some(question) = self.questions.get_mut(&id) else { return Vec::new() };
        let reply = match question.step(id, poller, buffer) {
            Step::Wait => None,
            Step::Next => question.ask_next(id, poller),
            Step::Done(message) => Some(Reply { asker: question.asker, message }),
        };
        let Some(reply) = reply else { return Vec::new() };
        self.questions.remove(&id);
        self.asked -= 1;
        self.ask_waiting(poller, vec![reply])
    }

    /// Those that wait have their turn, as far as there is room.
    fn ask_waiting(&mut self, poller: &Poller, mut replies: Vec<Reply>) -> Vec<Reply> {
        while self.asked < MAX_ASKED
            && let Some(id) = self.waiting.pop_front()
        {
            let Some(question) = self.questions.get_mut(&id) else { continue };
            match question.ask_next(id, poller) {
                None => self.asked += 1,
                Some(reply) => {
                    self.questions.remove(&id);
                    replies.push(reply);
                }
            }
        }
        replies
    }

    fn count_asked(&mut self) {
        self.asked = self.questions.values().filter(|q| q.is_asked).count();
    }

    /// Asks the next server of those questions that have waited long enough. For one that has not had its turn by now that is too late.
    pub fn expire(&mut self, now: Instant, poller: &Poller) -> Vec<Reply> {
        let mut replies = Vec::new();
        self.questions.retain(|id, question| {
            let reply = match question.deadline <= now {
                true if question.is_asked => question.ask_next(*id, poller),
                true => Some(question.failed()),
                false => None,
            };
            let waits = reply.is_none();
            replies.extend(reply);
            waits
        });
        self.count_asked();
        self.ask_waiting(poller, replies)
    }

    /// Nobody waits for the answers to this connection any more.
    pub fn forget(&mut self, connection: u64, poller: &Poller) -> Vec<Reply> {
        self.questions.retain(|_, q| q.asker != Asker::Tcp(connection));
        self.count_asked();
        self.ask_waiting(poller, Vec::new())
    }
}

impl Question {
    /// Asks the next server that can be asked; the reply if there is none.
    fn ask_next(&mut self, id: u64, poller: &Poller) -> Option<Reply> {
        self.link = None;
        self.is_asked = true;
        for server in self.servers.by_ref() {
            let link = match self.asker {
                Asker::Udp(_) => open_udp(server, &self.sent),
                Asker::Tcp(_) => open_tcp(server).map_err(Into::into),
            };
            let Ok(link) = link else { continue };
            let watched = match &link {
                Link::Udp(socket) => poller.watch(socket.as_fd(), Token::Names(id)),
                Link::Tcp { stream, .. } => poller.watch_room(stream.as_fd(), Token::Names(id)),
            };
            if watched.is_ok() {
                self.link = Some(link);
                self.deadline = Instant::now() + TIMEOUT;
                return None;
            }
        }
        Some(self.failed())
    }

    fn failed(&self) -> Reply {
        Reply { asker: self.asker, message: dns::failure(&self.message, RCODE::ServerFailure) }
    }

    fn step(&mut self, id: u64, poller: &Poller, buffer: &mut [u8]) -> Step {
        let reply = match &mut self.link {
            None => return Step::Next,
            Some(Link::Udp(socket)) => match socket.recv(buffer) {
                Ok(n) => &buffer[..n],
                Err(e) => return unless_early(&e),
            },
            Some(Link::Tcp { stream, connected: connected @ false, .. }) => {
                let sent = stream.take_error().ok().flatten().map_or(Ok(()), Err);
                let frame = dns::frame(&self.sent);
                // It fits into the buffer of a new connection.
                if sent.is_err() || stream.write(&frame).ok() != Some(frame.len()) {
                    return Step::Next;
                }
                *connected = true;
                poller.unwatch(stream.as_fd());
                return poller.watch(stream.as_fd(), Token::Names(id)).map_or(Step::Next, |()| Step::Wait);
            }
            Some(Link::Tcp { stream, received, .. }) => match stream.read(buffer) {
                Ok(0) => return Step::Next,
                Ok(n) => {
                    received.extend(&buffer[..n]);
                    let Some(reply) = dns::framed(received) else { return Step::Wait };
                    reply
                }
                Err(e) => return unless_early(&e),
            },
        };
        if !dns::is_reply(reply, &self.sent) {
            // By UDP it may be forged or late: it is as if it had not come.
            return if matches!(self.link, Some(Link::Udp(_))) { Step::Wait } else { Step::Next };
        }
        if dns::is_refusal(reply) && self.servers.len() > 0 {
            return Step::Next;
        }
        Step::Done([&self.message[..2], &reply[2..]].concat())
    }
}

fn unless_early(error: &std::io::Error) -> Step {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::Interrupted => Step::Wait,
        _ => Step::Next,
    }
}

fn at_names_port(servers: &[IpAddr]) -> Vec<SocketAddr> {
    servers.iter().map(|server| SocketAddr::new(*server, netns::NAMES_PORT)).collect()
}

fn open_udp(server: SocketAddr, question: &[u8]) -> std::io::Result<Link> {
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0))?;
    socket.set_nonblocking(true)?;
    // Connected: the kernel drops packets from others, and reports a closed port at once.
    socket.connect(server)?;
    socket.send(question)?;
    Ok(Link::Udp(socket))
}

fn open_tcp(server: SocketAddr) -> nix::Result<Link> {
    let family = if server.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let socket = socket(family, SockType::Stream, flags, None)?;
    match connect(socket.as_raw_fd(), &SockaddrStorage::from(server)) {
        Ok(()) | Err(Errno::EINPROGRESS) => {}
        Err(errno) => return Err(errno),
    }
    Ok(Link::Tcp { stream: socket.into(), connected: false, received: Vec::new() })
}
