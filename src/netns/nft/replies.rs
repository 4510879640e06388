//! The table in a namespace from which containers are connected to under their clients' own addresses: answers are for addresses that are
//! not there, and are caught on their way out.

use super::expression::{Meta, REG32, Rule, Verdict};
use super::rules::{PREROUTING, PRIORITY_MANGLE, chain};
use super::{NEWTABLE, message};
use crate::sys::netlink::{Message, NLM_F_CREATE, NLM_F_EXCL};

/// Not that of the bridges, which is made when there is a network.
const TABLE: &str = "dhow-replies";

/// Marks packets for those sockets. Which connections are theirs is looked up once and then remembered by the connections' own marks: to look
/// for a socket at each packet costs a tenth of what goes through.
pub fn table(mark: u32) -> Vec<Message> {
    let mut table = message(NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
    table.put_str(1, TABLE);
    let rule = || Rule::of(TABLE, "prerouting");
    let others = !mark;
    vec![
        table,
        chain(TABLE, "prerouting", "filter", PREROUTING, PRIORITY_MANGLE),
        rule()
            .connection_mark(REG32)
            .differs(REG32, vec![0; 4])
            .set_meta(Meta::Mark, REG32)
            .verdict(Verdict::Accept)
            .finish(),
        rule()
            .for_transparent_socket()
            .load(REG32, mark.to_ne_bytes().to_vec())
            .set_meta(Meta::Mark, REG32)
            .mark_connection(REG32)
            .verdict(Verdict::Accept)
            .finish(),
        // Datagrams that a container exchanges with somebody on its own may be followed by his asking at the published port, from the same
        // port of his. A TCP connection is one or the other, once it was answered.
        rule()
            .meta(Meta::Protocol, REG32)
            .equals(REG32, vec![libc::IPPROTO_TCP as u8])
            .established()
            .load(REG32, others.to_ne_bytes().to_vec())
            .mark_connection(REG32)
            .finish(),
    ]
}
