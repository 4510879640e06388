//! Host names to addresses: /etc/hosts, then the name servers of /etc/resolv.conf, over UDP and TCP (RFC 1035, RFC 7766).
//!
//! In-process because the binary is static: getaddrinfo of a static glibc loads shared libraries.

use std::collections::BTreeSet;
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use simple_dns::rdata::RData;
use simple_dns::{CLASS, Name, Packet, PacketFlag, Question, RCODE, TYPE};
use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::netns::name_servers;
use crate::sys;

/// glibc's limits (resolv.conf(5)).
const MAX_SERVERS: usize = 3;
const MAX_CNAMES: usize = 8;
/// As many addresses as ureq takes.
const MAX_ADDRESSES: usize = 16;

/// What /etc/resolv.conf says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResolvConf {
    servers: Vec<SocketAddr>,
    search: Vec<String>,
    ndots: usize,
    timeout: Duration,
    attempts: u32,
}

/// Why a name has no address.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Failure {
    /// The name servers say that there is no such name or that it has no address.
    NoSuchName,
    /// No name server answered usefully.
    Unreachable(String),
}

/// The resolver that ureq is given.
#[derive(Debug, Default)]
pub struct SystemResolver;

impl Resolver for SystemResolver {
    fn resolve(
        &self,
        uri: &Uri,
        _config: &Config,
        _timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let host = uri.host().unwrap_or_default();
        let port = uri.port_u16().unwrap_or(match uri.scheme_str() {
            Some("https") => 443,
            Some("socks4" | "socks4a" | "socks5" | "socks") => 1080,
            _ => 80,
        });
        let addresses = resolve(host).map_err(|reason| ureq::Error::Other(reason.into()))?;
        let mut resolved = self.empty();
        for address in addresses.into_iter().take(MAX_ADDRESSES) {
            resolved.push(SocketAddr::new(address, port));
        }
        Ok(resolved)
    }
}

/// The addresses of a host, those that this machine has a route to first. The error is a message for the user.
pub fn resolve(host: &str) -> Result<Vec<IpAddr>, String> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = bare.parse() {
        return Ok(vec![address]);
    }
    let read =
        |path| std::fs::read(path).map(|b| String::from_utf8_lossy(&b).into_owned()).unwrap_or_default();
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let listed = in_hosts(&read("/etc/hosts"), &name);
    // RFC 6761: localhost and all below it never leave the machine, which is why plain HTTP is good enough for them.
    if name == "localhost" || name.ends_with(".localhost") {
        let mut own: Vec<IpAddr> = listed.into_iter().filter(IpAddr::is_loopback).collect();
        if own.is_empty() {
            own = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        }
        return Ok(own);
    }
    if !listed.is_empty() {
        return Ok(listed);
    }
    let conf = ResolvConf::parse(&read("/etc/resolv.conf"));
    let mut addresses = look_up(&conf, host).map_err(|failure| match failure {
        Failure::NoSuchName => format!("there is no host named {host}"),
        Failure::Unreachable(reason) => format!("looking up {host}: {reason}"),
    })?;
    // A stable sort: IPv6 before IPv4 (RFC 6724) unless there is no route for it. Connecting a UDP socket sends nothing.
    addresses.sort_by_key(|a| (!has_route(*a), a.is_ipv4()));
    Ok(addresses)
}

fn has_route(address: IpAddr) -> bool {
    let any: IpAddr =
        if address.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    UdpSocket::bind((any, 0)).and_then(|s| s.connect((address, 9))).is_ok()
}

/// The addresses that a hosts(5) file has for a name in lower case.
fn in_hosts(text: &str, name: &str) -> Vec<IpAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        let Some(address) = words.next().and_then(|a| a.parse::<IpAddr>().ok()) else { continue };
        if words.any(|w| w.eq_ignore_ascii_case(name)) && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

impl ResolvConf {
    fn parse(text: &str) -> Self {
        let mut conf =
            Self { servers: vec![], search: vec![], ndots: 1, timeout: Duration::from_secs(5), attempts: 2 };
        for line in text.lines() {
            let line = line.split(['#', ';']).next().unwrap_or_default();
            let mut words = line.split_whitespace();
            match words.next() {
                Some("search" | "domain") => conf.search = words.map(str::to_string).collect(),
                Some("options") => words.for_each(|option| conf.option(option)),
                _ => {}
            }
        }
        conf.servers = name_servers(text);
        conf.servers.truncate(MAX_SERVERS);
        if conf.servers.is_empty() {
            conf.servers.push(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 53));
        }
        conf
    }

    /// The limits are those of resolv.conf(5).
    fn option(&mut self, option: &str) {
        let Some((name, Ok(value))) = option.split_once(':').map(|(n, v)| (n, v.parse::<u32>())) else {
            return;
        };
        match name {
            "ndots" => self.ndots = value.min(15) as usize,
            "timeout" => self.timeout = Duration::from_secs(u64::from(value.clamp(1, 30))),
            "attempts" => self.attempts = value.clamp(1, 5),
            _ => {}
        }
    }

    /// The names to ask for, in order.
    fn candidates(&self, host: &str) -> Vec<String> {
        if let Some(absolute) = host.strip_suffix('.') {
            return vec![absolute.to_string()];
        }
        let mut names: Vec<String> =
            self.search.iter().map(|s| format!("{host}.{}", s.trim_end_matches('.'))).collect();
        let as_it_is = if host.matches('.').count() >= self.ndots { 0 } else { names.len() };
        names.insert(as_it_is, host.to_string());
        names
    }
}

fn look_up(conf: &ResolvConf, host: &str) -> Result<Vec<IpAddr>, Failure> {
    let mut worst = Failure::NoSuchName;
    for name in conf.candidates(host) {
        let mut name = name;
        for _ in 0..MAX_CNAMES {
            match ask_servers(conf, &name) {
                Ok(Answer { addresses, .. }) if !addresses.is_empty() => return Ok(addresses),
                // An alias whose addresses the server did not add: they are asked for.
                Ok(Answer { alias: Some(alias), .. }) => name = alias,
                Ok(_) => break,
                Err(failure) => {
                    worst = failure;
                    break;
                }
            }
        }
    }
    Err(worst)
}

/// What the answers to both questions, A and AAAA, come to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Answer {
    addresses: Vec<IpAddr>,
    /// The end of the chain of CNAMEs, when there is one.
    alias: Option<String>,
}

/// Asks the servers in turn until one gives an answer, positive or negative.
fn ask_servers(conf: &ResolvConf, name: &str) -> Result<Answer, Failure> {
    let mut failure = Failure::Unreachable("no name server is configured in /etc/resolv.conf".into());
    for _ in 0..conf.attempts {
        for server in &conf.servers {
            match ask(*server, name, conf.timeout) {
                Ok(answer) => return Ok(answer),
                Err(reason) => {
                    failure = Failure::Unreachable(format!("name server {}: {reason}", server.ip()));
                }
            }
        }
    }
    Err(failure)
}

/// Asks one server for A and AAAA at the same time. `Ok` without addresses: the server says that there are none.
fn ask(server: SocketAddr, name: &str, timeout: Duration) -> Result<Answer, String> {
    let ids = random_ids()?;
    let questions = [query(ids[0], name, TYPE::A)?, query(ids[1], name, TYPE::AAAA)?];
    let any: IpAddr =
        if server.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let io = |e: io::Error| match e.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            format!("no answer within {} s", timeout.as_secs())
        }
        _ => e.to_string(),
    };
    let socket = UdpSocket::bind((any, 0)).map_err(io)?;
    // Connected: the kernel drops packets from others, and reports a closed port at once.
    socket.connect(server).map_err(io)?;
    for question in &questions {
        socket.send(question).map_err(io)?;
    }
    let deadline = Instant::now() + timeout;
    let mut replies: [Option<Answer>; 2] = [None, None];
    let mut buffer = [0u8; 4096];
    while replies.iter().any(Option::is_none) {
        let left = deadline.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        socket.set_read_timeout(Some(left)).map_err(io)?;
        let n = match socket.recv(&mut buffer) {
            Ok(n) => n,
            // One of two answers is enough: some servers never answer questions for AAAA.
            Err(_) if replies.iter().flatten().any(|a| !a.addresses.is_empty()) => break,
            Err(e) => return Err(io(e)),
        };
        // A packet that answers neither question may be forged or late: it is as if it had not come.
        let Some(which) = (0..2).find(|&i| answers_to(&buffer[..n], &questions[i])) else { continue };
        let mut answer = digest_reply(&buffer[..n], name)?;
        if answer.is_none() {
            let whole = ask_by_tcp(server, &questions[which], timeout).map_err(io)?;
            answer = digest_reply(&whole, name)?;
        }
        replies[which] = Some(answer.ok_or("its answer over TCP is cut short")?);
    }
    Ok(merge(replies.into_iter().flatten()))
}

fn merge(replies: impl Iterator<Item = Answer>) -> Answer {
    replies.fold(Answer::default(), |mut all, reply| {
        all.addresses.extend(reply.addresses);
        all.alias = all.alias.or(reply.alias);
        all
    })
}

fn random_ids() -> Result<[u16; 2], String> {
    let mut bytes = [0u8; 4];
    sys::random::fill(&mut bytes).map_err(|e| e.to_string())?;
    let first = u16::from_ne_bytes([bytes[0], bytes[1]]);
    // Two different ones, so that the answers can be told apart.
    Ok([first, first ^ u16::from_ne_bytes([bytes[2], bytes[3]]).max(1)])
}

fn query(id: u16, name: &str, kind: TYPE) -> Result<Vec<u8>, String> {
    let name = Name::new(name).map_err(|_| format!("{name:?} is not a host name"))?;
    let mut packet = Packet::new_query(id);
    packet.set_flags(PacketFlag::RECURSION_DESIRED);
    packet.questions.push(Question::new(name, kind.into(), CLASS::IN.into(), false));
    packet.build_bytes_vec().map_err(|e| e.to_string())
}

/// Whether a packet is the response to this question: same id, same name, same type.
fn answers_to(reply: &[u8], question: &[u8]) -> bool {
    let (Ok(reply), Ok(question)) = (Packet::parse(reply), Packet::parse(question)) else { return false };
    let same = |a: &Question<'_>, b: &Question<'_>| {
        a.qtype == b.qtype && a.qname.to_string().eq_ignore_ascii_case(&b.qname.to_string())
    };
    reply.id() == question.id()
        && reply.has_flags(PacketFlag::RESPONSE)
        && reply.questions.first().is_some_and(|q| same(q, &question.questions[0]))
}

/// What a response says about `name`; `None` if it was cut short and TCP must be used.
fn digest_reply(reply: &[u8], name: &str) -> Result<Option<Answer>, String> {
    let packet = Packet::parse(reply).map_err(|_| "its answer is malformed")?;
    if packet.has_flags(PacketFlag::TRUNCATION) {
        return Ok(None);
    }
    match packet.rcode() {
        RCODE::NoError | RCODE::NameError => {}
        other => return Err(format!("it answered {other:?}")),
    }
    let mut wanted = name.to_ascii_lowercase();
    let mut seen = BTreeSet::new();
    while seen.insert(wanted.clone()) {
        let records = packet.answers.iter().filter(|r| r.name.to_string().eq_ignore_ascii_case(&wanted));
        let mut alias = records.filter_map(|r| match &r.rdata {
            RData::CNAME(target) => Some(target.0.to_string().to_ascii_lowercase()),
            _ => None,
        });
        match alias.next_back() {
            Some(alias) => wanted = alias,
            None => break,
        }
    }
    let records = packet.answers.iter().filter(|r| r.name.to_string().eq_ignore_ascii_case(&wanted));
    let addresses = records.filter_map(|r| match &r.rdata {
        RData::A(a) => Some(IpAddr::V4(Ipv4Addr::from(a.address))),
        RData::AAAA(a) => Some(IpAddr::V6(Ipv6Addr::from(a.address))),
        _ => None,
    });
    let alias = (wanted != name.to_ascii_lowercase()).then(|| wanted.clone());
    Ok(Some(Answer { addresses: addresses.collect(), alias }))
}

/// RFC 7766: the message after its length in two bytes.
fn ask_by_tcp(server: SocketAddr, question: &[u8], timeout: Duration) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect_timeout(&server, timeout)?;
    stream.set_read_timeout(Some(timeout))?;
    stream.set_write_timeout(Some(timeout))?;
    let mut message = (question.len() as u16).to_be_bytes().to_vec();
    message.extend_from_slice(question);
    stream.write_all(&message)?;
    let mut length = [0u8; 2];
    stream.read_exact(&mut length)?;
    let mut reply = vec![0u8; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut reply)?;
    if answers_to(&reply, question) {
        Ok(reply)
    } else {
        Err(io::Error::other("its answer is to another question"))
    }
}

#[cfg(test)]
#[path = "dns_tests.rs"]
mod tests;
