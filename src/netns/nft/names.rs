//! The table in the network namespace of a container that resolves names: what goes to port 53 of its name server's address goes to the
//! ports that are listened at, and the answers come from where they are expected.

use std::net::Ipv4Addr;

use super::expression::{Meta, NFPROTO_IPV4, REG32, Rule};
use super::rules::{OUTPUT, PRIORITY_DESTINATION, chain};
use super::{NEWTABLE, message};
use crate::sys::netlink::{Message, NLM_F_CREATE, NLM_F_EXCL};

/// Not that of the bridges: a dhow in the container would take it for its own.
const TABLE: &str = "dhow-names";
const PORT: u16 = 53;

pub fn table(address: Ipv4Addr, udp: u16, tcp: u16) -> Vec<Message> {
    let mut table = message(NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
    table.put_str(1, TABLE);
    let redirect = |protocol: i32, port: u16| {
        Rule::of(TABLE, "output")
            .family(NFPROTO_IPV4)
            .network(16, 4, REG32)
            .equals(REG32, address.octets().to_vec())
            .meta(Meta::Protocol, REG32)
            .equals(REG32, vec![protocol as u8])
            .transport(2, 2, REG32)
            .equals(REG32, PORT.to_be_bytes().to_vec())
            .load(REG32, address.octets().to_vec())
            .load(REG32 + 1, port.to_be_bytes().to_vec())
            .destination(NFPROTO_IPV4, REG32, REG32 + 1)
            .finish()
    };
    vec![
        table,
        chain(TABLE, "output", "nat", OUTPUT, PRIORITY_DESTINATION),
        redirect(libc::IPPROTO_UDP, udp),
        redirect(libc::IPPROTO_TCP, tcp),
    ]
}
