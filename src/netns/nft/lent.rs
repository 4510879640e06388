//! The table in a namespace from which containers are associated with by SCTP under their clients' own addresses. A socket of SCTP can't have
//! somebody else's address, as one of TCP or UDP can (IPv4 doesn't route what it would send): rules lend it one. The table is made when it is
//! needed for the first time.

use std::net::SocketAddr;

use nix::errno::Errno;

use super::expression::{
    Element, Meta, NFPROTO_IPV4, NFPROTO_IPV6, REG32, Rule, TYPE_IPV4, TYPE_IPV6, TYPE_PORT, list_elements,
    set,
};
use super::rules::{POSTROUTING, PRIORITY_SOURCE, chain};
use super::{DELSETELEM, NEWSETELEM, NEWTABLE, commit, explain, message, open};
use crate::error::Result;
use crate::sys::netlink::{Message, NLM_F_CREATE, NLM_F_EXCL};

/// Not that of the bridges, which others put back when it is damaged.
const TABLE: &str = "dhow-lent";
/// From the address and the port that a socket has to those that it is seen under.
const MAPS: [&str; 2] = ["lent4", "lent6"];

/// Has what the socket with the address `own` sends seen as from `seen`, until it is taken back.
pub fn lend(own: SocketAddr, seen: SocketAddr) -> Result<()> {
    let element = || list_elements(TABLE, NEWSETELEM, NLM_F_CREATE, &[Element::lent(own, seen)]);
    let kernel = open()?;
    match commit(&kernel, element()) {
        Err(Errno::ENOENT) => commit(&kernel, [table(), element()].concat()),
        done => done,
    }
    .or_else(explain)
}

/// The end of it, for what comes anew: what the kernel knows goes on as it was.
pub fn take_back(own: SocketAddr, seen: SocketAddr) -> Result<()> {
    take(list_elements(TABLE, DELSETELEM, 0, &[Element::lent(own, seen)]))
}

/// The same for all: the process that had the sockets is no more.
pub fn take_back_all() -> Result<()> {
    let all = |map| {
        // Without elements it means all.
        let mut message = message(DELSETELEM, 0);
        message.put_str(1, TABLE).put_str(2, map);
        message
    };
    take(MAPS.map(all).to_vec())
}

fn take(messages: Vec<Message>) -> Result<()> {
    match commit(&open()?, messages) {
        Ok(()) | Err(Errno::ENOENT) => Ok(()),
        Err(errno) => explain(errno),
    }
}

fn table() -> Vec<Message> {
    let mut table = message(NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
    table.put_str(1, TABLE);
    let [four, six] = MAPS;
    vec![
        table,
        set(TABLE, four, 1, &[TYPE_IPV4, TYPE_PORT], &[TYPE_IPV4, TYPE_PORT], false),
        set(TABLE, six, 2, &[TYPE_IPV6, TYPE_PORT], &[TYPE_IPV6, TYPE_PORT], false),
        chain(TABLE, "postrouting", "nat", POSTROUTING, PRIORITY_SOURCE),
        rule(NFPROTO_IPV4, (12, 4), four),
        rule(NFPROTO_IPV6, (8, 16), six),
    ]
}

/// The source address is at this place of the header, with this length.
fn rule(family: u8, (offset, length): (u32, u32), map: &'static str) -> Message {
    let port = REG32 + length / 4;
    Rule::of(TABLE, "postrouting")
        .family(family)
        .meta(Meta::Protocol, REG32)
        .equals(REG32, vec![libc::IPPROTO_SCTP as u8])
        .network(offset, length, REG32)
        .transport(0, 2, port)
        .map(map, REG32, REG32)
        .source(family, REG32, port)
        .finish()
}
