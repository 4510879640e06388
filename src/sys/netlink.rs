//! netlink(7): messages with nested attributes, and conversations in them. Knows the framing, not what the messages mean.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, send, setsockopt,
    socket, sockopt,
};

use super::socket::Instruction;

// linux/netlink.h
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST: u16 = 1;
pub const NLM_F_ACK: u16 = 4;
pub const NLM_F_REPLACE: u16 = 0x100;
pub const NLM_F_EXCL: u16 = 0x200;
pub const NLM_F_DUMP: u16 = 0x300;
pub const NLM_F_CREATE: u16 = 0x400;
pub const NLM_F_APPEND: u16 = 0x800;
const NLA_F_NESTED: u16 = 0x8000;
const HEADER: usize = 16;
/// Longer than any datagram that the kernel makes of a dump.
const BUFFER: usize = 32 * 1024;

/// Which part of the kernel a conversation is with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// rtnetlink(7).
    Route,
    /// nfnetlink: nftables, conntrack.
    Netfilter,
}

impl Family {
    fn protocol(self) -> SockProtocol {
        match self {
            Self::Route => SockProtocol::NetlinkRoute,
            Self::Netfilter => SockProtocol::NetlinkNetFilter,
        }
    }
}

/// A message that is being written: header, the family's own header, attributes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    bytes: Vec<u8>,
}

impl Message {
    /// `fixed` is the family's header, whose length is a multiple of 4.
    pub fn new(kind: u16, flags: u16, fixed: &[u8]) -> Self {
        let mut bytes = Vec::with_capacity(256);
        bytes.extend([0; 4]);
        bytes.extend(kind.to_ne_bytes());
        bytes.extend((NLM_F_REQUEST | flags).to_ne_bytes());
        bytes.extend([0; 8]);
        bytes.extend(fixed);
        Self { bytes }
    }

    /// With further flags.
    #[must_use]
    pub fn with_flags(mut self, flags: u16) -> Self {
        let old = u16::from_ne_bytes([self.bytes[6], self.bytes[7]]);
        self.bytes[6..8].copy_from_slice(&(old | flags).to_ne_bytes());
        self
    }

    /// Adds an attribute.
    pub fn put(&mut self, kind: u16, value: &[u8]) -> &mut Self {
        self.bytes.extend(((4 + value.len()) as u16).to_ne_bytes());
        self.bytes.extend(kind.to_ne_bytes());
        self.bytes.extend(value);
        self.pad()
    }

    /// Adds a string with its NUL.
    pub fn put_str(&mut self, kind: u16, value: &str) -> &mut Self {
        self.put(kind, &[value.as_bytes(), b"\0"].concat())
    }

    /// Adds a number in the machine's byte order.
    pub fn put_u32(&mut self, kind: u16, value: u32) -> &mut Self {
        self.put(kind, &value.to_ne_bytes())
    }

    /// Adds a number in network byte order.
    pub fn put_be32(&mut self, kind: u16, value: u32) -> &mut Self {
        self.put(kind, &value.to_be_bytes())
    }

    /// Adds an attribute that consists of what `fill` adds.
    pub fn nest(&mut self, kind: u16, fill: impl FnOnce(&mut Self)) -> &mut Self {
        self.nest_after(kind | NLA_F_NESTED, &[], fill)
    }

    /// Adds an attribute that consists of attributes, as they are in the kernel's own.
    pub fn put_nest(&mut self, kind: u16, attributes: &[u8]) -> &mut Self {
        self.put(kind | NLA_F_NESTED, attributes)
    }

    /// The same behind `fixed`, without the flag that tells a nest.
    pub fn nest_after(&mut self, kind: u16, fixed: &[u8], fill: impl FnOnce(&mut Self)) -> &mut Self {
        let start = self.bytes.len();
        self.put(kind, fixed);
        fill(self);
        let length = (self.bytes.len() - start) as u16;
        self.bytes[start..start + 2].copy_from_slice(&length.to_ne_bytes());
        self
    }

    fn pad(&mut self) -> &mut Self {
        self.bytes.resize(align(self.bytes.len()), 0);
        self
    }

    /// Its bytes.
    pub fn finish(mut self, sequence: u32) -> Vec<u8> {
        let length = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&length.to_ne_bytes());
        self.bytes[8..12].copy_from_slice(&sequence.to_ne_bytes());
        self.bytes
    }
}

/// A conversation with the network namespace that this thread was in when it was opened.
#[derive(Debug)]
pub struct Connection {
    socket: OwnedFd,
}

impl Connection {
    pub fn open(family: Family) -> nix::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC;
        let socket = socket(AddressFamily::Netlink, SockType::Raw, flags, family.protocol())?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        Ok(Self { socket })
    }

    /// The same under a number whose higher half is `prefix`: by that the kernel tells who has changed something.
    pub fn open_as(family: Family, prefix: u16) -> nix::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC;
        let socket = socket(AddressFamily::Netlink, SockType::Raw, flags, family.protocol())?;
        // Others have numbers of this kind at the same time, though hardly ever this one.
        let first = std::process::id() as u16;
        for n in 0..=u16::MAX {
            let number = u32::from(prefix) << 16 | u32::from(first.wrapping_add(n));
            match bind(socket.as_raw_fd(), &NetlinkAddr::new(number, 0)) {
                Err(Errno::EADDRINUSE) => {}
                other => return other.map(|()| Self { socket }),
            }
        }
        Err(Errno::EADDRINUSE)
    }

    /// Listens to what the kernel tells these groups, as far as the filter lets it through.
    pub fn subscribe(family: Family, groups: u32, filter: Option<&[Instruction]>) -> nix::Result<Self> {
        let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
        let socket = socket(AddressFamily::Netlink, SockType::Raw, flags, family.protocol())?;
        if let Some(filter) = filter {
            super::socket::filter(socket.as_fd(), filter)?;
        }
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, groups))?;
        Ok(Self { socket })
    }

    /// Passes over what was told so far.
    pub fn drain(&self) {
        drain(self.socket.as_fd());
    }

    /// Sends a request and gives the bodies of the answers. With [`NLM_F_ACK`] or [`NLM_F_DUMP`] until the kernel says that this was all.
    pub fn ask(&self, message: Message) -> nix::Result<Vec<Vec<u8>>> {
        send(self.socket.as_raw_fd(), &message.finish(1), MsgFlags::empty())?;
        let mut answers = Vec::new();
        let mut buffer = Vec::new();
        loop {
            for answer in self.receive(&mut buffer)? {
                match answer {
                    Answer::Body(body) => answers.push(body.to_vec()),
                    Answer::Done { error: None, .. } => return Ok(answers),
                    Answer::Done { error: Some(errno), .. } => return Err(errno),
                }
            }
        }
    }

    /// Sends requests in one datagram, each with [`NLM_F_ACK`]; the first that fails, and its place, counted from 0.
    pub fn ask_all(&self, messages: Vec<Message>) -> Result<(), (usize, Errno)> {
        let mut outstanding = messages.len();
        if outstanding == 0 {
            return Ok(());
        }
        let bytes: Vec<u8> =
            messages.into_iter().enumerate().flat_map(|(n, message)| message.finish(n as u32)).collect();
        let at = |errno| (0, errno);
        send(self.socket.as_raw_fd(), &bytes, MsgFlags::empty()).map_err(at)?;
        let mut failed = None;
        let mut buffer = Vec::new();
        while outstanding > 0 {
            for answer in self.receive(&mut buffer).map_err(at)? {
                if let Answer::Done { sequence, error } = answer {
                    outstanding = outstanding.saturating_sub(1);
                    failed = failed.or(error.map(|errno| (sequence as usize, errno)));
                }
            }
        }
        failed.map_or(Ok(()), Err)
    }

    /// Sends the messages between `begin` and `end`, which make a transaction of them: all or none takes effect. The last of the messages
    /// has [`NLM_F_ACK`]; an error comes with the place of its message.
    pub fn transact(
        &self,
        begin: Message,
        messages: Vec<Message>,
        end: Message,
    ) -> Result<(), (usize, Errno)> {
        let last = messages.len() as u32;
        let inner = messages.into_iter().zip(1u32..).map(|(message, n)| message.finish(n));
        let all: Vec<u8> =
            std::iter::once(begin.finish(0)).chain(inner).chain([end.finish(last + 1)]).flatten().collect();
        let at = |errno| (0, errno);
        let room = all.len().max(64 * 1024).saturating_mul(2);
        // More than anybody may have takes CAP_NET_ADMIN, which most of this does anyway.
        setsockopt(&self.socket, sockopt::SndBufForce, &room)
            .or_else(|_| setsockopt(&self.socket, sockopt::SndBuf, &room))
            .map_err(at)?;
        send(self.socket.as_raw_fd(), &all, MsgFlags::empty()).map_err(at)?;
        let mut buffer = Vec::new();
        loop {
            for answer in self.receive(&mut buffer).map_err(at)? {
                match answer {
                    Answer::Done { sequence, error: Some(errno) } => {
                        // Each message that failed is told of, all before send(2) was done: the next conversation is not to hear of them.
                        self.drain();
                        return Err((sequence.saturating_sub(1) as usize, errno));
                    }
                    Answer::Done { sequence, error: None } if sequence == last => return Ok(()),
                    Answer::Done { .. } | Answer::Body(_) => {}
                }
            }
        }
    }

    fn receive<'a>(&self, buffer: &'a mut Vec<u8>) -> nix::Result<Vec<Answer<'a>>> {
        buffer.resize(BUFFER, 0);
        let length = loop {
            match recv(self.socket.as_raw_fd(), buffer, MsgFlags::empty()) {
                Err(Errno::EINTR) => {}
                other => break other?,
            }
        };
        Ok(answers(&buffer[..length]))
    }
}

/// Passes over what a socket was told so far.
pub fn drain(socket: BorrowedFd<'_>) {
    let mut buffer = [0; 4096];
    // That something was missed (ENOBUFS) is told once.
    while !matches!(recv(socket.as_raw_fd(), &mut buffer, MsgFlags::MSG_DONTWAIT), Err(e) if e != Errno::ENOBUFS && e != Errno::EINTR)
    {
    }
}

impl From<Connection> for OwnedFd {
    fn from(connection: Connection) -> Self {
        connection.socket
    }
}

impl AsFd for Connection {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Answer<'a> {
    Body(&'a [u8]),
    /// The end of the answer to one message.
    Done {
        sequence: u32,
        error: Option<Errno>,
    },
}

fn answers(mut bytes: &[u8]) -> Vec<Answer<'_>> {
    let mut found = Vec::new();
    while let Some((kind, sequence, body, after)) = next(bytes) {
        found.push(match kind {
            NLMSG_DONE | NLMSG_ERROR => {
                let code = body.first_chunk::<4>().map_or(0, |b| i32::from_ne_bytes(*b));
                Answer::Done { sequence, error: (code < 0).then(|| Errno::from_raw(-code)) }
            }
            _ => Answer::Body(body),
        });
        bytes = after;
    }
    found
}

/// The first message of a buffer: its type, its number, its body, and what follows.
fn next(buffer: &[u8]) -> Option<(u16, u32, &[u8], &[u8])> {
    let length = u32::from_ne_bytes(*buffer.first_chunk::<4>()?) as usize;
    let kind = u16::from_ne_bytes([*buffer.get(4)?, *buffer.get(5)?]);
    let sequence = u32::from_ne_bytes(buffer.get(8..12)?.try_into().ok()?);
    let body = buffer.get(HEADER..length)?;
    Some((kind, sequence, body, buffer.get(align(length)..).unwrap_or_default()))
}

/// The attributes of a body after its fixed header: number and value of each.
pub fn attributes(mut bytes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut found = Vec::new();
    while let [a, b, c, d, ..] = bytes {
        let length = u16::from_ne_bytes([*a, *b]) as usize;
        let Some(value) = bytes.get(4..length) else { break };
        found.push((u16::from_ne_bytes([*c, *d]) & !NLA_F_NESTED, value));
        bytes = bytes.get(align(length)..).unwrap_or_default();
    }
    found
}

fn align(length: usize) -> usize {
    length.next_multiple_of(4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_padded_nested_and_found_again() {
        let mut message = Message::new(16, NLM_F_ACK, &[0; 4]);
        message.put_str(3, "eth0").nest(18, |m| {
            m.put_u32(1, 7);
        });
        let bytes = message.finish(5);
        let (kind, sequence, body, rest) = next(&bytes).unwrap();
        assert_eq!((kind, sequence, body.len(), rest.len()), (16, 5, 4 + 12 + 12, 0));
        let found = attributes(&body[4..]);
        assert_eq!(found[0], (3, &b"eth0\0"[..]));
        assert_eq!(found[1].0, 18);
        assert_eq!(attributes(found[1].1), [(1, &7u32.to_ne_bytes()[..])]);
    }

    #[test]
    fn a_cut_message_is_no_message() {
        assert!(next(&[20, 0, 0, 0, 2, 0]).is_none() && next(&[]).is_none());
        assert!(answers(&[16, 0, 0, 0]).is_empty() && attributes(&[9, 0, 1, 0]).is_empty());
    }

    #[test]
    fn an_error_names_its_message() {
        let mut error = Message::new(NLMSG_ERROR, 0, &(-17i32).to_ne_bytes()).finish(4);
        error.extend(Message::new(NLMSG_ERROR, 0, &0i32.to_ne_bytes()).finish(9));
        let expected = [
            Answer::Done { sequence: 4, error: Some(Errno::EEXIST) },
            Answer::Done { sequence: 9, error: None },
        ];
        assert_eq!(answers(&error), expected);
    }
}
