//! rtnetlink(7), as far as moving an interface takes it: find, move, address, bring up.

use std::os::fd::{AsRawFd, BorrowedFd};

use super::netlink::{self, Family, Message, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, attributes};

// linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h
pub const RTM_NEWLINK: u16 = 16;
pub const RTM_NEWADDR: u16 = 20;
const RTM_GETADDR: u16 = 22;
pub const IFLA_IFNAME: u16 = 3;
pub const IFLA_NET_NS_FD: u16 = 28;
pub const IFA_FLAGS: u16 = 8;
const IFA_F_PERMANENT: u8 = 0x80;

/// An address of an interface: its ifaddrmsg and attributes as the kernel gave them, to be given back to it.
#[derive(Debug, Clone)]
pub struct Address {
    message: Vec<u8>,
}

/// A conversation with the network namespace that this thread is in.
#[derive(Debug)]
pub struct Connection(netlink::Connection);

impl Connection {
    pub fn open() -> nix::Result<Self> {
        netlink::Connection::open(Family::Route).map(Self)
    }

    /// Moves an interface into the network namespace that `namespace` is open on, under the name given.
    pub fn move_link(&self, index: u32, namespace: BorrowedFd<'_>, name: &str) -> nix::Result<()> {
        let mut message = Message::new(RTM_NEWLINK, NLM_F_ACK, &link(index, 0, 0));
        message.put_u32(IFLA_NET_NS_FD, namespace.as_raw_fd() as u32).put_str(IFLA_IFNAME, name);
        self.0.ask(message).map(drop)
    }

    /// Brings an interface up.
    pub fn set_up(&self, index: u32) -> nix::Result<()> {
        let up = libc::IFF_UP as u32;
        self.0.ask(Message::new(RTM_NEWLINK, NLM_F_ACK, &link(index, up, up))).map(drop)
    }

    /// The addresses of an interface that are permanent and of global scope.
    pub fn addresses(&self, index: u32) -> nix::Result<Vec<Address>> {
        let replies = self.0.ask(Message::new(RTM_GETADDR, NLM_F_DUMP, &[0; 8]))?;
        let wanted = |message: &Vec<u8>| {
            let [_, _, flags, scope, rest @ ..] = message.as_slice() else { return false };
            let of = rest.first_chunk::<4>().map(|bytes| u32::from_ne_bytes(*bytes));
            of == Some(index) && *scope == 0 && (flags & IFA_F_PERMANENT) != 0
        };
        Ok(replies.into_iter().filter(wanted).map(|message| Address { message }).collect())
    }

    /// Gives an interface an address that [`Self::addresses`] found.
    pub fn add_address(&self, index: u32, address: &Address) -> nix::Result<()> {
        let (head, rest) = address.message.split_at(8);
        // Of the flags only that it is permanent stays; what else they say is about the past.
        let mut fixed = [head[0], head[1], IFA_F_PERMANENT, head[3], 0, 0, 0, 0];
        fixed[4..].copy_from_slice(&index.to_ne_bytes());
        let mut message = Message::new(RTM_NEWADDR, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, &fixed);
        for (kind, value) in attributes(rest).into_iter().filter(|(kind, _)| *kind != IFA_FLAGS) {
            message.put(kind, value);
        }
        self.0.ask(message).map(drop)
    }
}

/// `struct ifinfomsg`.
pub fn link(index: u32, flags: u32, change: u32) -> Vec<u8> {
    [[0; 4], index.to_ne_bytes(), flags.to_ne_bytes(), change.to_ne_bytes()].concat()
}
