//! The table in a namespace from which containers are connected to under their clients' own addresses: answers are for addresses that are
//! not there, and are caught on their way out.

use super::expression::{Meta, REG32, Rule};
use super::rules::{PREROUTING, PRIORITY_MANGLE, chain};
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
    ]
}
