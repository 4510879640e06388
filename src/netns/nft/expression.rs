//! How rules, sets and their elements look as netlink attributes (linux/netfilter/nf_tables.h).

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::super::link::octets;
use super::super::ports::{Binding, Protocol};
use super::{INET, NEWRULE, NEWSET, message, message_of};
use crate::sys::netlink::{Message, NLM_F_APPEND, NLM_F_CREATE};

const LIST_ELEMENT: u16 = 1;
const DATA_VALUE: u16 = 1;
const DATA_VERDICT: u16 = 2;
/// Registers of 4 bytes, of which four make one of the old ones of 16.
pub const REG32: u32 = 8;
pub const NFPROTO_IPV4: u8 = 2;
pub const NFPROTO_IPV6: u8 = 10;

/// The packet's properties that rules look at.
#[derive(Debug, Clone, Copy)]
pub enum Meta {
    Mark = 3,
    InputName = 6,
    OutputName = 7,
    Family = 15,
    Protocol = 16,
}

#[derive(Debug, Clone, Copy)]
pub enum Verdict {
    Accept = 1,
    Drop = 0,
    /// Back to the chain that led here.
    Return = -5,
}
/// To another chain, and back from there.
const JUMP: i32 = -3;

// linux/netfilter/nf_tables.h
const REJECT_TCP_RESET: u32 = 1;
/// By ICMP of the packet's own family.
const REJECT_ICMPX: u32 = 2;
const ICMPX_ADMIN_PROHIBITED: u8 = 3;

/// Writes one expression.
type Expression = Box<dyn FnOnce(&mut Message)>;

/// A rule that is being written: conditions first, then what is done.
pub struct Rule {
    message: Message,
    expressions: Vec<Expression>,
    comment: Option<String>,
}

impl Rule {
    /// At the end of a chain.
    pub fn of(table: &str, chain: &str) -> Self {
        Self::in_family(INET, table, chain, NLM_F_APPEND)
    }

    /// The same in a table of another family; `place` is 0 for the chain's beginning.
    pub fn in_family(family: u8, table: &str, chain: &str, place: u16) -> Self {
        let mut message = message_of(family, NEWRULE, NLM_F_CREATE | place);
        message.put_str(1, table).put_str(2, chain);
        Self { message, expressions: Vec::new(), comment: None }
    }

    /// What people see of it.
    pub fn comment(self, text: String) -> Self {
        Self { comment: Some(text), ..self }
    }

    /// Counts what comes here.
    pub fn counter(self) -> Self {
        self.with("counter", |_| {})
    }

    fn with(mut self, name: &'static str, fill: impl FnOnce(&mut Message) + 'static) -> Self {
        self.expressions.push(Box::new(move |m| {
            m.nest(LIST_ELEMENT, |m| {
                m.put_str(1, name).nest(2, fill);
            });
        }));
        self
    }

    pub fn finish(mut self) -> Message {
        let expressions = self.expressions;
        self.message.nest(4, |m| expressions.into_iter().for_each(|e| e(m)));
        if let Some(comment) = self.comment {
            self.message.put(USERDATA, &user_data(&comment));
        }
        self.message
    }

    /// Loads a property into a register.
    pub fn meta(self, key: Meta, register: u32) -> Self {
        self.with("meta", move |m| {
            m.put_be32(1, register).put_be32(2, key as u32);
        })
    }

    /// Sets a property of the packet to what the register holds.
    pub fn set_meta(self, key: Meta, register: u32) -> Self {
        self.with("meta", move |m| {
            m.put_be32(2, key as u32).put_be32(3, register);
        })
    }

    /// Goes on if the packet is for a socket that has somebody else's address (`socket transparent 1`).
    pub fn for_transparent_socket(self) -> Self {
        self.with("socket", |m| {
            m.put_be32(1, 0).put_be32(2, REG32);
        })
        .equals(REG32, vec![1])
    }

    /// Loads bytes of the network header.
    pub fn network(self, offset: u32, length: u32, register: u32) -> Self {
        self.payload(1, offset, length, register)
    }

    /// Loads bytes of the transport header.
    pub fn transport(self, offset: u32, length: u32, register: u32) -> Self {
        self.payload(2, offset, length, register)
    }

    fn payload(self, base: u32, offset: u32, length: u32, register: u32) -> Self {
        self.with("payload", move |m| {
            m.put_be32(1, register).put_be32(2, base).put_be32(3, offset).put_be32(4, length);
        })
    }

    /// Goes on if the register has these bytes.
    pub fn equals(self, register: u32, bytes: Vec<u8>) -> Self {
        self.compare(register, 0, bytes)
    }

    /// Goes on if the register doesn't have these bytes.
    pub fn differs(self, register: u32, bytes: Vec<u8>) -> Self {
        self.compare(register, 1, bytes)
    }

    fn compare(self, register: u32, operator: u32, bytes: Vec<u8>) -> Self {
        self.with("cmp", move |m| {
            m.put_be32(1, register).put_be32(2, operator).nest(3, |m| {
                m.put(DATA_VALUE, &bytes);
            });
        })
    }

    pub fn family(self, family: u8) -> Self {
        self.meta(Meta::Family, REG32).equals(REG32, vec![family])
    }

    /// Goes on if some of the bits of a 4-byte register are set.
    pub fn any_bit(self, register: u32, mask: u32) -> Self {
        self.with("bitwise", move |m| {
            m.put_be32(1, register).put_be32(2, register).put_be32(3, 4);
            m.nest(4, |m| {
                m.put(DATA_VALUE, &mask.to_ne_bytes());
            });
            m.nest(5, |m| {
                m.put(DATA_VALUE, &[0; 4]);
            });
        })
        .differs(register, vec![0; 4])
    }

    /// Loads the state (0) or the status (2) of the connection.
    fn connection(self, key: u32, register: u32) -> Self {
        self.with("ct", move |m| {
            m.put_be32(1, register).put_be32(2, key);
        })
    }

    /// Goes on for packets of a connection that is known, or that belongs to one.
    pub fn established(self) -> Self {
        self.connection(0, REG32).any_bit(REG32, 2 | 4)
    }

    /// Goes on for connections whose destination was translated (`IPS_DST_NAT`).
    pub fn translated(self) -> Self {
        self.connection(2, REG32).any_bit(REG32, 1 << 5)
    }

    /// Goes on if the packet is for an address of this host (`fib daddr type local`).
    pub fn for_this_host(self) -> Self {
        self.with("fib", |m| {
            m.put_be32(1, REG32).put_be32(2, 3).put_be32(3, 2);
        })
        .equals(REG32, 2u32.to_ne_bytes().to_vec())
    }

    /// Goes on if what the registers hold is in the set.
    pub fn within(self, set: &'static str, register: u32) -> Self {
        self.lookup(set, register, None, false)
    }

    /// Goes on if it isn't.
    pub fn without(self, set: &'static str, register: u32) -> Self {
        self.lookup(set, register, None, true)
    }

    /// Loads what the map has for it, and goes on if it has something.
    pub fn map(self, map: &'static str, register: u32, to: u32) -> Self {
        self.lookup(map, register, Some(to), false)
    }

    fn lookup(self, set: &'static str, register: u32, to: Option<u32>, inverted: bool) -> Self {
        self.with("lookup", move |m| {
            m.put_str(1, set).put_be32(2, register);
            if let Some(to) = to {
                m.put_be32(3, to);
            }
            if inverted {
                m.put_be32(5, 1);
            }
        })
    }

    /// Puts bytes into a register.
    pub fn load(self, register: u32, bytes: Vec<u8>) -> Self {
        self.with("immediate", move |m| {
            m.put_be32(1, register).nest(2, |m| {
                m.put(DATA_VALUE, &bytes);
            });
        })
    }

    /// Sends it on to the address and the port in the registers.
    pub fn destination(self, family: u8, address: u32, port: u32) -> Self {
        self.with("nat", move |m| {
            m.put_be32(1, 1).put_be32(2, u32::from(family)).put_be32(3, address).put_be32(5, port);
        })
    }

    /// Gives it the source address and port in the registers.
    pub fn source(self, family: u8, address: u32, port: u32) -> Self {
        self.with("nat", move |m| {
            m.put_be32(1, 0).put_be32(2, u32::from(family)).put_be32(3, address).put_be32(5, port);
        })
    }

    /// Gives it this host's address.
    pub fn masquerade(self) -> Self {
        self.with("masq", |_| {})
    }

    pub fn verdict(self, verdict: Verdict) -> Self {
        self.decide(verdict as i32, None)
    }

    /// Goes through another chain first.
    pub fn jump(self, chain: &'static str) -> Self {
        self.decide(JUMP, Some(chain))
    }

    fn decide(self, code: i32, chain: Option<&'static str>) -> Self {
        self.with("immediate", move |m| {
            m.put_be32(1, 0).nest(2, |m| {
                m.nest(DATA_VERDICT, |m| {
                    m.put_be32(1, code as u32);
                    if let Some(chain) = chain {
                        m.put_str(2, chain);
                    }
                });
            });
        })
    }

    /// Answers a TCP segment that its connection is refused.
    pub fn reset(self) -> Self {
        self.meta(Meta::Protocol, REG32).equals(REG32, vec![libc::IPPROTO_TCP as u8]).with("reject", |m| {
            m.put_be32(1, REJECT_TCP_RESET);
        })
    }

    /// Answers that an administrator has forbidden it.
    pub fn prohibit(self) -> Self {
        self.with("reject", |m| {
            m.put_be32(1, REJECT_ICMPX).put(2, &[ICMPX_ADMIN_PROHIBITED]);
        })
    }
}

/// Of a rule. nft and iptables look for comments there.
pub const USERDATA: u16 = 7;

fn user_data(comment: &str) -> Vec<u8> {
    [&[0, comment.len() as u8 + 1], comment.as_bytes(), &[0]].concat()
}

/// The comment in a rule's user data.
pub fn comment(data: &[u8]) -> Option<&str> {
    match data {
        [0, length, rest @ ..] => std::str::from_utf8(rest.get(..usize::from(*length).checked_sub(1)?)?).ok(),
        _ => None,
    }
}

// nft's own numbers for types, by which it prints sets.
pub const TYPE_IPV4: u32 = 7;
pub const TYPE_IPV6: u32 = 8;
pub const TYPE_PROTOCOL: u32 = 12;
pub const TYPE_PORT: u32 = 13;
pub const TYPE_INTERFACE: u32 = 41;
const SET_INTERVAL: u32 = 4;
const SET_MAP: u32 = 8;
const INTERVAL_END: u32 = 1;

/// Types in a row, as nft puts them together.
fn concatenation(types: &[u32]) -> u32 {
    types.iter().fold(0, |all, one| all << 6 | one)
}

/// Bytes in registers: each part fills whole registers.
fn length(types: &[u32]) -> u32 {
    let one = |t: &u32| match *t {
        TYPE_IPV6 | TYPE_INTERFACE => 16,
        _ => 4,
    };
    types.iter().map(one).sum()
}

/// A set of such keys in a table, or a map to such values.
pub fn set(table: &str, name: &str, id: u32, key: &[u32], value: &[u32], interval: bool) -> Message {
    let mut flags = if interval { SET_INTERVAL } else { 0 };
    flags |= if value.is_empty() { 0 } else { SET_MAP };
    let mut message = message(NEWSET, NLM_F_CREATE);
    message.put_str(1, table).put_str(2, name).put_be32(3, flags);
    message.put_be32(4, concatenation(key)).put_be32(5, length(key));
    if !value.is_empty() {
        message.put_be32(6, concatenation(value)).put_be32(7, length(value));
    }
    message.put_be32(10, id);
    if key == [TYPE_INTERFACE] {
        // Tells nft that the keys are strings (NFTNL_UDATA_SET_KEYBYTEORDER: the host's).
        message.put(13, &[&[0, 4][..], &1u32.to_ne_bytes()].concat());
    }
    message
}

/// An element of one of the sets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Element {
    set: &'static str,
    key: Vec<u8>,
    value: Vec<u8>,
    end: bool,
}

fn padded(name: &str) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.resize(16, 0);
    bytes
}

fn number(value: u16) -> Vec<u8> {
    let [a, b] = value.to_be_bytes();
    vec![a, b, 0, 0]
}

impl Element {
    pub fn interface(set: &'static str, name: &str) -> Self {
        Self { set, key: padded(name), value: Vec::new(), end: false }
    }

    pub fn interfaces(set: &'static str, from: &str, to: &str) -> Self {
        Self { set, key: [padded(from), padded(to)].concat(), value: Vec::new(), end: false }
    }

    /// An address in the set of its family.
    pub fn address(name: &str, address: IpAddr) -> Self {
        let set = match (name, address.is_ipv4()) {
            ("guarded", true) => "guarded4",
            ("guarded", false) => "guarded6",
            (_, true) => "trusted4",
            (_, false) => "trusted6",
        };
        Self { set, key: octets(address), value: Vec::new(), end: false }
    }

    /// A subnet is an interval: its first address, and the first that isn't in it any more.
    pub fn subnet(name: &str, subnet: &IpNet) -> Vec<Self> {
        let set = match (name, subnet.addr().is_ipv4()) {
            ("masquerade", true) => "masquerade4",
            ("masquerade", false) => "masquerade6",
            (_, true) => "subnets4",
            (_, false) => "subnets6",
        };
        let element = |address: IpAddr, end| Self { set, key: octets(address), value: Vec::new(), end };
        let after = super::super::ipam::offset(subnet.broadcast(), 1);
        let end = (after > subnet.network()).then(|| element(after, true));
        std::iter::once(element(subnet.network(), false)).chain(end).collect()
    }

    /// Where a port of the host, at all its addresses or at one, leads to.
    pub fn port(at: Option<IpAddr>, binding: &Binding, to: IpAddr) -> Self {
        let set = match (at, to.is_ipv4()) {
            (None, true) => "ports4",
            (None, false) => "ports6",
            (Some(_), true) => "ports4_at",
            (Some(_), false) => "ports6_at",
        };
        let protocol = match binding.protocol {
            Protocol::Tcp => libc::IPPROTO_TCP,
            Protocol::Udp => libc::IPPROTO_UDP,
            Protocol::Sctp => libc::IPPROTO_SCTP,
        };
        let mut key = at.map(octets).unwrap_or_default();
        key.extend([protocol as u8, 0, 0, 0]);
        key.extend(number(binding.host_port));
        Self { set, key, value: [octets(to), number(binding.container_port)].concat(), end: false }
    }

    /// Under which address what a socket of this host sends is seen.
    pub fn lent(own: SocketAddr, seen: SocketAddr) -> Self {
        let set = if own.is_ipv4() { "lent4" } else { "lent6" };
        let bytes = |a: SocketAddr| [octets(a.ip()), number(a.port())].concat();
        Self { set, key: bytes(own), value: bytes(seen), end: false }
    }
}

/// So many elements go into one message: a list is an attribute, of 64 KiB at most, and an element has up to 72 bytes.
const ELEMENTS: usize = 512;

/// Messages with the elements of each set of the table.
pub fn list_elements(table: &str, kind: u16, flags: u16, elements: &[Element]) -> Vec<Message> {
    let mut sets: Vec<&str> = elements.iter().map(|e| e.set).collect();
    sets.dedup();
    sets.sort_unstable();
    sets.dedup();
    let one = |set: &str, elements: &[&Element]| {
        let mut message = message(kind, flags);
        message.put_str(1, table).put_str(2, set).nest(3, |m| {
            for element in elements {
                m.nest(LIST_ELEMENT, |m| {
                    m.nest(1, |m| {
                        m.put(DATA_VALUE, &element.key);
                    });
                    if !element.value.is_empty() {
                        m.nest(2, |m| {
                            m.put(DATA_VALUE, &element.value);
                        });
                    }
                    if element.end {
                        m.put_be32(3, INTERVAL_END);
                    }
                });
            }
        });
        message
    };
    let of = |set| {
        let own: Vec<&Element> = elements.iter().filter(|e| e.set == set).collect();
        own.chunks(ELEMENTS).map(|some| one(set, some)).collect::<Vec<_>>()
    };
    sets.into_iter().flat_map(of).collect()
}
