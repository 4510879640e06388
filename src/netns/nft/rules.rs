//! The table: what happens to packets from, to and between containers. A list of messages; nothing here talks to the kernel.

use std::net::Ipv6Addr;

use super::expression::{
    Meta, NFPROTO_IPV4, NFPROTO_IPV6, REG32, Rule, TYPE_INTERFACE, TYPE_IPV4, TYPE_IPV6, TYPE_PORT,
    TYPE_PROTOCOL, Verdict, set,
};
use super::{NEWCHAIN, NEWTABLE, TABLE, message};
use crate::sys::netlink::{Message, NLM_F_CREATE, NLM_F_EXCL};

// linux/netfilter.h
pub const PREROUTING: u32 = 0;
const FORWARD: u32 = 2;
pub const OUTPUT: u32 = 3;
pub const POSTROUTING: u32 = 4;
// nft's mangle, dstnat, filter and srcnat.
pub const PRIORITY_MANGLE: i32 = -150;
pub const PRIORITY_DESTINATION: i32 = -100;
const PRIORITY_FILTER: i32 = 0;
pub const PRIORITY_SOURCE: i32 = 100;

/// Sets and maps: name, key, value, whether of intervals.
const SETS: &[(&str, &[u32], &[u32], bool)] = &[
    // The bridges of all networks, and of those without a way out.
    ("bridges", &[TYPE_INTERFACE], &[], false),
    ("internal", &[TYPE_INTERFACE], &[], false),
    // From which interface to which containers may talk.
    ("open", &[TYPE_INTERFACE, TYPE_INTERFACE], &[], false),
    // The subnets of all networks, and of those that go out under the host's address.
    ("subnets4", &[TYPE_IPV4], &[], true),
    ("subnets6", &[TYPE_IPV6], &[], true),
    ("masquerade4", &[TYPE_IPV4], &[], true),
    ("masquerade6", &[TYPE_IPV6], &[], true),
    // Addresses that lead to the host, and who may use them.
    ("guarded4", &[TYPE_IPV4], &[], false),
    ("guarded6", &[TYPE_IPV6], &[], false),
    ("trusted4", &[TYPE_IPV4], &[], false),
    ("trusted6", &[TYPE_IPV6], &[], false),
    // Published ports, at all of the host's addresses and at one.
    ("ports4", &[TYPE_PROTOCOL, TYPE_PORT], &[TYPE_IPV4, TYPE_PORT], false),
    ("ports6", &[TYPE_PROTOCOL, TYPE_PORT], &[TYPE_IPV6, TYPE_PORT], false),
    ("ports4_at", &[TYPE_IPV4, TYPE_PROTOCOL, TYPE_PORT], &[TYPE_IPV4, TYPE_PORT], false),
    ("ports6_at", &[TYPE_IPV6, TYPE_PROTOCOL, TYPE_PORT], &[TYPE_IPV6, TYPE_PORT], false),
];

/// What becomes of packets for a guarded address.
#[derive(Debug, Clone, Copy)]
pub enum Guard {
    /// Who asks is to know at once.
    Refuse,
    /// On a kernel that can't refuse (`CONFIG_NFT_REJECT`).
    Drop,
}

/// Everything, for one transaction. Fails as a whole where the table is there.
pub fn table(guard: Guard) -> Vec<Message> {
    let mut table = message(NEWTABLE, NLM_F_CREATE | NLM_F_EXCL);
    table.put_str(1, TABLE);
    let mut messages = vec![table];
    messages.extend(
        (1..).zip(SETS).map(|(id, (name, key, value, interval))| set(TABLE, name, id, key, value, *interval)),
    );
    messages.extend([
        chain(TABLE, "prerouting", "nat", PREROUTING, PRIORITY_DESTINATION),
        chain(TABLE, "output", "nat", OUTPUT, PRIORITY_DESTINATION),
        chain(TABLE, "postrouting", "nat", POSTROUTING, PRIORITY_SOURCE),
        chain(TABLE, "forward", "filter", FORWARD, PRIORITY_FILTER),
    ]);
    messages.extend(CHAINS.into_iter().flat_map(|(_, rules)| rules(guard)));
    messages
}

/// A chain and its rules.
type Chain = (&'static str, fn(Guard) -> Vec<Message>);
const CHAINS: [Chain; 4] = [
    ("prerouting", |_| publishing("prerouting")),
    ("output", |_| publishing("output")),
    ("postrouting", |_| leaving()),
    ("forward", forwarding),
];

/// The names of the chains, and how many rules are in each, however they guard.
pub fn census() -> Vec<(&'static str, usize)> {
    CHAINS.iter().map(|(name, rules)| (*name, rules(Guard::Refuse).len())).collect()
}

pub fn chain(table: &str, name: &str, kind: &str, hook: u32, priority: i32) -> Message {
    let mut message = message(NEWCHAIN, NLM_F_CREATE);
    message.put_str(1, table).put_str(3, name).put_str(7, kind);
    message.nest(4, |m| {
        m.put_be32(1, hook).put_be32(2, priority as u32);
    });
    // Accept: whom these rules say nothing of is not theirs.
    message.put_be32(5, 1);
    message
}

/// What comes for a published port goes to its container: ports at one address before those at all.
fn publishing(chain: &'static str) -> Vec<Message> {
    let rule4 = || Rule::of(TABLE, chain).family(NFPROTO_IPV4).for_this_host();
    let rule6 = || {
        // The kernel lets nothing with the source ::1 leave the loopback interface (IPv6 has no route_localnet): the listener that keeps
        // the port leads on.
        let rule = Rule::of(TABLE, chain).family(NFPROTO_IPV6).for_this_host().network(24, 16, REG32);
        rule.differs(REG32, Ipv6Addr::LOCALHOST.octets().to_vec())
    };
    let at4 = rule4().network(16, 4, REG32).meta(Meta::Protocol, REG32 + 1).transport(2, 2, REG32 + 2);
    let at6 = rule6().network(24, 16, REG32).meta(Meta::Protocol, REG32 + 4).transport(2, 2, REG32 + 5);
    let any = |rule: Rule| rule.meta(Meta::Protocol, REG32).transport(2, 2, REG32 + 1);
    vec![
        at4.map("ports4_at", REG32, REG32).destination(NFPROTO_IPV4, REG32, REG32 + 1).finish(),
        any(rule4()).map("ports4", REG32, REG32).destination(NFPROTO_IPV4, REG32, REG32 + 1).finish(),
        at6.map("ports6_at", REG32, REG32).destination(NFPROTO_IPV6, REG32, REG32 + 4).finish(),
        any(rule6()).map("ports6", REG32, REG32).destination(NFPROTO_IPV6, REG32, REG32 + 4).finish(),
    ]
}

fn leaving() -> Vec<Message> {
    let rule = || Rule::of(TABLE, "postrouting");
    let to_container = || rule().meta(Meta::OutputName, REG32).within("bridges", REG32).translated();
    let out = |family| rule().family(family).meta(Meta::OutputName, REG32).without("bridges", REG32);
    vec![
        // From the host's loopback, whose addresses mean something else in the container.
        to_container()
            .family(NFPROTO_IPV4)
            .network(12, 1, REG32)
            .equals(REG32, vec![127])
            .masquerade()
            .finish(),
        // From a container by the host's address: the answer has to come back the same way.
        to_container()
            .family(NFPROTO_IPV4)
            .network(12, 4, REG32)
            .within("subnets4", REG32)
            .masquerade()
            .finish(),
        to_container()
            .family(NFPROTO_IPV6)
            .network(8, 16, REG32)
            .within("subnets6", REG32)
            .masquerade()
            .finish(),
        out(NFPROTO_IPV4).network(12, 4, REG32).within("masquerade4", REG32).masquerade().finish(),
        out(NFPROTO_IPV6).network(8, 16, REG32).within("masquerade6", REG32).masquerade().finish(),
    ]
}

fn forwarding(guard: Guard) -> Vec<Message> {
    let rule = || Rule::of(TABLE, "forward");
    let from = |set| rule().meta(Meta::InputName, REG32).within(set, REG32);
    let to = |set| rule().meta(Meta::OutputName, REG32).within(set, REG32);
    let guarded = |family, destination, length| rule().family(family).network(destination, length, REG32);
    let guarded4 = || {
        let to = guarded(NFPROTO_IPV4, 16, 4).within("guarded4", REG32);
        to.network(12, 4, REG32).without("trusted4", REG32)
    };
    let guarded6 = || {
        let to = guarded(NFPROTO_IPV6, 24, 16).within("guarded6", REG32);
        to.network(8, 16, REG32).without("trusted6", REG32)
    };
    let [reset, prohibit]: [fn(Rule) -> Rule; 2] = match guard {
        Guard::Refuse => [Rule::reset, Rule::prohibit],
        Guard::Drop => [|rule| rule.verdict(Verdict::Drop); 2],
    };
    vec![
        reset(guarded4()).finish(),
        prohibit(guarded4()).finish(),
        reset(guarded6()).finish(),
        prohibit(guarded6()).finish(),
        rule().established().verdict(Verdict::Accept).finish(),
        rule().translated().verdict(Verdict::Accept).finish(),
        rule()
            .meta(Meta::InputName, REG32)
            .meta(Meta::OutputName, REG32 + 4)
            .within("open", REG32)
            .verdict(Verdict::Accept)
            .finish(),
        from("internal").verdict(Verdict::Drop).finish(),
        // Neither from another network nor from outside, but for what was published.
        to("bridges").verdict(Verdict::Drop).finish(),
    ]
}
