//! A table that belongs to whoever keeps the descriptor: nobody else's `nft flush ruleset` touches it, and the kernel removes it with the
//! descriptor. It does nothing but keep the kernel's tracking and translating of connections at work while the other table is lost: packets
//! of established connections would else be answered as if nobody knew them, which ends them.

use std::os::fd::OwnedFd;

use super::expression::Rule;
use super::rules::{OUTPUT, POSTROUTING, PREROUTING, PRIORITY_SOURCE, chain};
use super::{NEWTABLE, commit, message, open};
use crate::error::Result;
use crate::sys::netlink::{Message, NLM_F_CREATE, NLM_F_EXCL};

/// `NFT_TABLE_F_OWNER`, of Linux 5.12.
const OWNER: u32 = 2;

/// Holds on; `None` where the kernel doesn't know such tables. One for each process at most.
pub fn hold() -> Result<Option<OwnedFd>> {
    let kernel = open()?;
    // Without it only the connections that are in use while rules are lost suffer.
    let made = commit(&kernel, table(&format!("dhow-hold-{}", std::process::id())));
    Ok(made.ok().map(|()| kernel.into()))
}

fn table(name: &str) -> Vec<Message> {
    let mut table = message(NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
    table.put_str(1, name).put_be32(2, OWNER);
    let translation = |chain_name, hook| chain(name, chain_name, "nat", hook, PRIORITY_SOURCE);
    vec![
        table,
        translation("prerouting", PREROUTING),
        translation("output", OUTPUT),
        translation("postrouting", POSTROUTING),
        // A condition on the connection is what turns tracking on.
        Rule::of(name, "postrouting").established().finish(),
    ]
}
