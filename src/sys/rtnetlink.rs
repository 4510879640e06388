//! rtnetlink(7), as far as moving an interface takes it: find, move, address, bring up.

use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, bind, recv, send, socket,
};

// linux/netlink.h, linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const RTM_NEWLINK: u16 = 16;
const RTM_NEWADDR: u16 = 20;
const RTM_GETADDR: u16 = 22;
const NLM_F_REQUEST: u16 = 1;
const NLM_F_ACK: u16 = 4;
const NLM_F_DUMP: u16 = 0x300;
const NLM_F_CREATE_EXCL: u16 = 0x600;
const IFLA_IFNAME: u16 = 3;
const IFLA_NET_NS_FD: u16 = 28;
const IFA_FLAGS: u16 = 8;
const IFA_F_PERMANENT: u8 = 0x80;
const HEADER: usize = 16;

/// An address of an interface: its ifaddrmsg and attributes as the kernel gave them, to be given back to it.
#[derive(Debug, Clone)]
pub struct Address {
    message: Vec<u8>,
}

/// A conversation with the network namespace that this thread is in.
#[derive(Debug)]
pub struct Connection {
    socket: OwnedFd,
}

impl Connection {
    pub fn open() -> nix::Result<Self> {
        let socket = socket(
            AddressFamily::Netlink,
            SockType::Raw,
            SockFlag::SOCK_CLOEXEC,
            SockProtocol::NetlinkRoute,
        )?;
        bind(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
        Ok(Self { socket })
    }

    /// Moves an interface into the network namespace that `namespace` is open on, under the name given.
    pub fn move_link(&self, index: u32, namespace: BorrowedFd<'_>, name: &str) -> nix::Result<()> {
        let mut body = link(index, 0, 0);
        attribute(&mut body, IFLA_NET_NS_FD, &namespace.as_raw_fd().to_ne_bytes());
        attribute(&mut body, IFLA_IFNAME, &[name.as_bytes(), b"\0"].concat());
        self.ask(RTM_NEWLINK, NLM_F_ACK, &body).map(drop)
    }

    /// Brings an interface up.
    pub fn set_up(&self, index: u32) -> nix::Result<()> {
        let up = libc::IFF_UP as u32;
        self.ask(RTM_NEWLINK, NLM_F_ACK, &link(index, up, up)).map(drop)
    }

    /// The addresses of an interface that are permanent and of global scope.
    pub fn addresses(&self, index: u32) -> nix::Result<Vec<Address>> {
        let replies = self.ask(RTM_GETADDR, NLM_F_DUMP, &[0; 8])?;
        let wanted = |message: &Vec<u8>| {
            let [_, _, flags, scope, rest @ ..] = message.as_slice() else { return false };
            let of = rest.first_chunk::<4>().map(|bytes| u32::from_ne_bytes(*bytes));
            of == Some(index) && *scope == 0 && (flags & IFA_F_PERMANENT) != 0
        };
        Ok(replies.into_iter().filter(wanted).map(|message| Address { message }).collect())
    }

    /// Gives an interface an address that [`Self::addresses`] found.
    pub fn add_address(&self, index: u32, address: &Address) -> nix::Result<()> {
        let mut body = address.message.clone();
        body[4..8].copy_from_slice(&index.to_ne_bytes());
        // Of the flags only that it is permanent stays; what else they say is about the past.
        let attributes = body.split_off(8);
        body[2] = IFA_F_PERMANENT;
        for (kind, value) in split(&attributes) {
            if kind != IFA_FLAGS {
                attribute(&mut body, kind, value);
            }
        }
        self.ask(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE_EXCL, &body).map(drop)
    }

    /// Sends a request and collects the bodies of the answers.
    fn ask(&self, kind: u16, flags: u16, body: &[u8]) -> nix::Result<Vec<Vec<u8>>> {
        let mut request = Vec::with_capacity(HEADER + body.len());
        request.extend(((HEADER + body.len()) as u32).to_ne_bytes());
        request.extend(kind.to_ne_bytes());
        request.extend((NLM_F_REQUEST | flags).to_ne_bytes());
        request.extend([0; 8]);
        request.extend(body);
        send(self.socket.as_raw_fd(), &request, MsgFlags::empty())?;
        let mut answers = Vec::new();
        let mut buffer = vec![0u8; 64 * 1024];
        loop {
            let length = match recv(self.socket.as_raw_fd(), &mut buffer, MsgFlags::empty()) {
                Err(Errno::EINTR) => continue,
                other => other?,
            };
            let mut rest = &buffer[..length];
            while let Some((kind, message, after)) = next(rest) {
                match kind {
                    NLMSG_DONE => return Ok(answers),
                    NLMSG_ERROR => {
                        let code = message.first_chunk::<4>().map_or(0, |b| i32::from_ne_bytes(*b));
                        return if code == 0 { Ok(answers) } else { Err(Errno::from_raw(-code)) };
                    }
                    _ => answers.push(message.to_vec()),
                }
                rest = after;
            }
        }
    }
}

/// The first message of a buffer: its type, its body, and what follows.
fn next(buffer: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = u32::from_ne_bytes(*buffer.first_chunk::<4>()?) as usize;
    let kind = u16::from_ne_bytes([*buffer.get(4)?, *buffer.get(5)?]);
    let body = buffer.get(HEADER..length)?;
    Some((kind, body, buffer.get(align(length)..).unwrap_or_default()))
}

/// `struct ifinfomsg`.
fn link(index: u32, flags: u32, change: u32) -> Vec<u8> {
    [[0; 4], index.to_ne_bytes(), flags.to_ne_bytes(), change.to_ne_bytes()].concat()
}

fn attribute(body: &mut Vec<u8>, kind: u16, value: &[u8]) {
    body.extend(((4 + value.len()) as u16).to_ne_bytes());
    body.extend(kind.to_ne_bytes());
    body.extend(value);
    body.resize(align(body.len()), 0);
}

fn split(mut attributes: &[u8]) -> Vec<(u16, &[u8])> {
    let mut found = Vec::new();
    while let [a, b, c, d, ..] = attributes {
        let length = u16::from_ne_bytes([*a, *b]) as usize;
        let Some(value) = attributes.get(4..length) else { break };
        found.push((u16::from_ne_bytes([*c, *d]), value));
        attributes = attributes.get(align(length)..).unwrap_or_default();
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
    fn attributes_are_padded_and_found_again() {
        let mut body = Vec::new();
        attribute(&mut body, 3, b"eth0\0");
        attribute(&mut body, 28, &7u32.to_ne_bytes());
        assert_eq!(body.len(), 12 + 8);
        assert_eq!(split(&body), [(3, &b"eth0\0"[..]), (28, &7u32.to_ne_bytes()[..])]);
    }

    #[test]
    fn a_cut_message_is_no_message() {
        assert!(next(&[20, 0, 0, 0, 2, 0]).is_none() && next(&[]).is_none());
    }
}
