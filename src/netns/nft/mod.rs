//! dhow's own nftables table (libnftnl's and nf_tables(7)'s terms), by netlink: rules that never change, over sets that say for which
//! bridges, subnets and ports they are. A container adds and removes elements, in one transaction.

mod expression;
mod hold;
mod iptables;
mod lent;
mod names;
mod notices;
mod replies;
mod rules;

use std::net::Ipv4Addr;

use ipnet::IpNet;
use nix::errno::Errno;

use super::network::Network;
use super::ports::Binding;
use super::usermode::Settings;
use crate::error::{self, Context, Error, Kind, Result};
use crate::sys::netlink::{Connection, Family, Message, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, attributes};
pub use expression::Element;
use expression::list_elements;
pub use hold::hold;
pub use iptables::{legacy_filter, let_through};
pub use lent::{lend, take_back, take_back_all};
pub use notices::notices;
use rules::Guard;

// linux/netfilter/nfnetlink.h, linux/netfilter/nf_tables.h
const BATCH_BEGIN: u16 = 0x10;
const BATCH_END: u16 = 0x11;
const SUBSYSTEM: u16 = 10 << 8;
const NEWTABLE: u16 = 0;
const GETTABLE: u16 = 1;
const DELTABLE: u16 = 2;
const NEWCHAIN: u16 = 3;
const GETCHAIN: u16 = 4;
const DELCHAIN: u16 = 5;
const NEWRULE: u16 = 6;
const GETRULE: u16 = 7;
const DELRULE: u16 = 8;
const NEWSET: u16 = 9;
const NEWSETELEM: u16 = 12;
const GETSETELEM: u16 = 13;
const DELSETELEM: u16 = 14;
/// `NFPROTO_INET`: both families.
const INET: u8 = 1;
const TABLE: &str = "dhow";
/// The higher half of the numbers of sockets that change rules: notices have it. Two equal bytes, as a filter reads them in one order alone.
/// The kernel's own choices for others, process ids and numbers from -4096 down, don't come here.
const OWN: u16 = 0x6464;

/// A message to nf_tables. `flags` besides NLM_F_REQUEST.
fn message(kind: u16, flags: u16) -> Message {
    message_of(INET, kind, flags)
}

/// The same for tables of another family.
fn message_of(family: u8, kind: u16, flags: u16) -> Message {
    Message::new(SUBSYSTEM | kind, flags, &[family, 0, 0, 0])
}

/// Sends them as one transaction.
fn commit(kernel: &Connection, mut messages: Vec<Message>) -> Result<(), Errno> {
    let Some(last) = messages.pop() else { return Ok(()) };
    messages.push(last.with_flags(NLM_F_ACK));
    // The resource id of a batch is its subsystem, in network byte order.
    let batch = |kind| Message::new(kind, 0, &[0, 0, 0, (SUBSYSTEM >> 8) as u8]);
    kernel.transact(batch(BATCH_BEGIN), messages, batch(BATCH_END)).map_err(|(_, errno)| errno)
}

fn open() -> Result<Connection> {
    match Connection::open_as(Family::Netfilter, OWN) {
        Ok(connection) => Ok(connection),
        Err(errno) => explain(errno),
    }
}

/// Whether the table is there.
pub fn is_in_force() -> Result<bool> {
    let mut ask = message(GETTABLE, NLM_F_ACK);
    ask.put_str(1, TABLE);
    match open()?.ask(ask) {
        Ok(_) => Ok(true),
        Err(Errno::ENOENT) => Ok(false),
        Err(errno) => explain(errno),
    }
}

/// Whether the kernel has no such thing.
pub fn lack() -> Option<Error> {
    is_in_force().err().filter(|e| error::is(e, Kind::Unsupported))
}

/// A chain as the kernel lists it.
struct ListedChain {
    table: String,
    name: String,
    /// Of a base chain: 0 is to drop.
    policy: Option<u32>,
    /// How many rules are in it, and lead to it.
    uses: u32,
}

/// All chains of a family.
fn chains(kernel: &Connection, family: u8) -> Result<Vec<ListedChain>, Errno> {
    let listed = kernel.ask(message_of(family, GETCHAIN, NLM_F_DUMP))?;
    let one = |body: &Vec<u8>| {
        let attributes = attributes(body.get(4..)?);
        let find = |kind| attributes.iter().find(|(k, _)| *k == kind).map(|(_, value)| *value);
        let text = |kind| Some(String::from_utf8_lossy(find(kind)?.strip_suffix(b"\0")?).into_owned());
        let number = |kind| Some(u32::from_be_bytes(*find(kind)?.first_chunk()?));
        Some(ListedChain {
            table: text(1)?,
            name: text(3)?,
            policy: number(5),
            uses: number(6).unwrap_or_default(),
        })
    };
    Ok(listed.iter().filter_map(one).collect())
}

/// How much of the table is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    Missing,
    /// Somebody has taken chains or rules out of it.
    Damaged,
    Whole,
}

pub fn condition() -> Result<Condition> {
    if !is_in_force()? {
        return Ok(Condition::Missing);
    }
    let chains = chains(&open()?, INET).or_else(explain)?;
    let is_there = |(name, rules): (&str, usize)| {
        chains.iter().any(|c| c.table == TABLE && c.name == name && c.uses as usize == rules)
    };
    let whole = rules::census().into_iter().all(is_there);
    Ok(if whole { Condition::Whole } else { Condition::Damaged })
}

fn explain<T>(errno: Errno) -> Result<T> {
    match errno {
        Errno::EOPNOTSUPP | Errno::EPROTONOSUPPORT | Errno::EAFNOSUPPORT => Kind::Unsupported.err(
            "this kernel has no nftables (CONFIG_NF_TABLES_INET, CONFIG_NFT_NAT): networks of type bridge need it; use --network host or none",
        ),
        other => Err(other).context("changing dhow's nftables rules"),
    }
}

/// Makes the table with all its rules and these elements. The caller holds the lock of networks.
pub fn make_table(elements: &[Element]) -> Result<()> {
    after(&[], elements)
}

/// The same for a table that may be there, or may be there no more.
pub fn replace_table(elements: &[Element]) -> Result<()> {
    let mut empty = message(NEWTABLE, NLM_F_CREATE);
    empty.put_str(1, TABLE);
    let mut gone = message(DELTABLE, 0);
    gone.put_str(1, TABLE);
    after(&[empty, gone], elements)
}

/// Makes it in the transaction of these messages.
fn after(first: &[Message], elements: &[Element]) -> Result<()> {
    // Each try by a connection of its own: a failure is told of each message that failed.
    let make = |guard| {
        let elements = list_elements(TABLE, NEWSETELEM, NLM_F_CREATE, elements);
        Ok::<_, Error>(commit(&open()?, [first, &rules::table(guard), &elements].concat()))
    };
    match make(Guard::Refuse)? {
        // An expression that the kernel doesn't know.
        Err(Errno::ENOENT) => make(Guard::Drop)?,
        done => done,
    }
    .or_else(explain)
}

/// Leads what the container of this network namespace asks at port 53 of the address to the ports, by UDP and by TCP. It goes with the
/// namespace.
pub fn redirect_names(address: Ipv4Addr, udp: u16, tcp: u16) -> Result<()> {
    commit(&open()?, names::table(address, udp, tcp)).or_else(explain)
}

/// Marks what comes for sockets that have somebody else's address, for routes to deliver it here.
pub fn mark_replies(mark: u32) -> Result<()> {
    match commit(&open()?, replies::table(mark)) {
        Ok(()) | Err(Errno::EEXIST) => Ok(()),
        Err(Errno::ENOENT) => Kind::Unsupported.err(
            "this kernel's nftables can't find sockets (CONFIG_NFT_SOCKET, module nft_socket), which published ports of an ordinary user need",
        ),
        Err(errno) => explain(errno),
    }
}

/// The addresses of the host that only some containers may reach.
pub fn guard(settings: &Settings) -> Vec<Element> {
    vec![
        Element::address("guarded", settings.ipv4.host.into()),
        Element::address("guarded", settings.ipv6.host.into()),
    ]
}

/// Lets those with these addresses reach the host.
pub fn trust(addresses: &[IpNet]) -> Vec<Element> {
    addresses.iter().map(|net| Element::address("trusted", net.addr())).collect()
}

/// What a network of type bridge puts into the sets. `all`: the networks there are.
pub fn network_elements(network: &Network, all: &[Network]) -> Vec<Element> {
    let name = &network.interface;
    let mut elements = vec![Element::interface("bridges", name)];
    if network.settings.icc {
        elements.push(Element::interfaces("open", name, name));
    }
    if network.settings.open {
        let others = all.iter().filter(|n| n.is_bridge() && n.settings.open && n.id != network.id);
        for other in others.map(|n| &n.interface) {
            elements.push(Element::interfaces("open", name, other));
            elements.push(Element::interfaces("open", other, name));
        }
    }
    if network.internal {
        elements.push(Element::interface("internal", name));
    } else if network.settings.masquerade {
        elements.extend(network.subnets.iter().flat_map(|s| Element::subnet("masquerade", &s.subnet)));
    }
    elements.extend(network.subnets.iter().flat_map(|s| Element::subnet("subnets", &s.subnet)));
    elements
}

/// What a published port puts into the maps, if the container has an address of the family.
pub fn port_elements(bindings: &[Binding], addresses: &[IpNet]) -> Vec<Element> {
    let target = |four: bool| addresses.iter().map(IpNet::addr).find(|a| a.is_ipv4() == four);
    bindings
        .iter()
        .flat_map(|binding| [(binding, true), (binding, false)])
        .filter_map(|(binding, four)| {
            let to = target(four)?;
            match binding.host_ip {
                None => Some(Element::port(None, binding, to)),
                Some(ip) if ip.is_unspecified() && ip.is_ipv4() == four => {
                    Some(Element::port(None, binding, to))
                }
                Some(ip) if ip.is_ipv4() == four => Some(Element::port(Some(ip), binding, to)),
                Some(_) => None,
            }
        })
        .collect()
}

/// Puts elements in. Those that are there already stay; a port that leads elsewhere is a [`Kind::Conflict`], a table that has been taken
/// away [`Kind::NotFound`].
pub fn add(elements: &[Element]) -> Result<()> {
    match commit(&open()?, list_elements(TABLE, NEWSETELEM, NLM_F_CREATE, elements)) {
        Ok(()) => Ok(()),
        Err(Errno::ENOENT) => Kind::NotFound.err("dhow's nftables table was taken away"),
        Err(Errno::EBUSY | Errno::EEXIST) => Kind::Conflict
            .err("a published port leads to another container already, by dhow's nftables rules"),
        Err(errno) => explain(errno),
    }
}

/// Elements that were taken out, which nobody sees any more. Its end waits until the kernel has freed them, which takes it some milliseconds:
/// keep it for when nobody waits.
#[derive(Debug)]
pub struct TakenOut {
    _kernel: Connection,
}

/// Takes elements out; those that aren't there are no error.
pub fn delete(elements: &[Element]) -> Result<TakenOut> {
    let kernel = open()?;
    match commit(&kernel, list_elements(TABLE, DELSETELEM, 0, elements)) {
        Ok(()) => return Ok(TakenOut { _kernel: kernel }),
        Err(Errno::ENOENT) => {}
        Err(errno) => return explain(errno),
    }
    // Some are gone already: the others one by one.
    for element in elements {
        match commit(&kernel, list_elements(TABLE, DELSETELEM, 0, std::slice::from_ref(element))) {
            Ok(()) | Err(Errno::ENOENT) => {}
            Err(errno) => return explain(errno),
        }
    }
    Ok(TakenOut { _kernel: kernel })
}
