//! The table in a namespace from which containers are connected to under their clients' own addresses: answers are for addresses that are
//! not there, and are caught on their way out. Sockets of TCP and of UDP can have such an address; those of SCTP are lent one by rules.

use std::net::SocketAddr;

use super::expression::{
    Element, Meta, NFPROTO_IPV4, NFPROTO_IPV6, REG32, Rule, TYPE_IPV4, TYPE_IPV6, TYPE_PORT, list_elements,
    set,
};
use super::rules::{POSTROUTING, PREROUTING, PRIORITY_MANGLE, PRIORITY_SOURCE, chain};
use super::{NEWTABLE, message};
use crate::sys::netlink::{Message, NLM_F_CREATE, NLM_F_EXCL};

/// Not that of the bridges, which is made when there is a network.
const TABLE: &str = "dhow-replies";

pub fn table(mark: u32) -> Vec<Message> {
    let mut table = message(NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
    table.put_str(1, TABLE);
    vec![
        table,
        chain(TABLE, "prerouting", "filter", PREROUTING, PRIORITY_MANGLE),
        Rule::of(TABLE, "prerouting")
            .for_transparent_socket()
            .load(REG32, mark.to_ne_bytes().to_vec())
            .set_meta(Meta::Mark, REG32)
            .finish(),
        set(TABLE, "lent4", 1, &[TYPE_IPV4, TYPE_PORT], &[TYPE_IPV4, TYPE_PORT], false),
        set(TABLE, "lent6", 2, &[TYPE_IPV6, TYPE_PORT], &[TYPE_IPV6, TYPE_PORT], false),
        chain(TABLE, "postrouting", "nat", POSTROUTING, PRIORITY_SOURCE),
        lend(NFPROTO_IPV4, (12, 4), "lent4"),
        lend(NFPROTO_IPV6, (8, 16), "lent6"),
    ]
}

/// What an SCTP socket sends gets the address that the map has for its own, which is at this place of the header.
fn lend(family: u8, (offset, length): (u32, u32), map: &'static str) -> Message {
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

/// Of an element of such a map.
pub fn lending(kind: u16, flags: u16, own: SocketAddr, seen: SocketAddr) -> Vec<Message> {
    list_elements(TABLE, kind, flags, &[Element::lent(own, seen)])
}
