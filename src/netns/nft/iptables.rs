//! Getting along with those who keep iptables' filter tables (Docker, ufw): a packet passes only if every table lets it, and theirs drop what
//! they don't know. As they do with one another, a chain of ours is called from theirs, of rules that iptables can show and change.
//!
//! Only tables that nftables knows can be reached, which iptables-nft makes; not those of the older iptables-legacy.

use nix::errno::Errno;

use super::expression::{
    Meta, NFPROTO_IPV4, NFPROTO_IPV6, REG32, Rule, USERDATA, Verdict, comment as comment_in,
};
use super::{
    DELCHAIN, DELRULE, GETRULE, GETSETELEM, ListedChain, NEWCHAIN, TABLE, chains, commit, explain, message,
    message_of, open,
};
use crate::error::Result;
use crate::sys::netlink::{Connection, Message, NLM_F_APPEND, NLM_F_CREATE, NLM_F_DUMP, attributes};

const FILTER: &str = "filter";
const CHAIN: &str = "DHOW-FORWARD";
/// Docker's place for the rules of others, before its own.
const DOCKER_USER: &str = "DOCKER-USER";
const FORWARD: &str = "FORWARD";
/// What begins the names of bridges that others guard by dropping at the end: what goes there is theirs to judge.
const OTHERS: [&str; 7] = ["docker", "br-", "podman", "cni", "virbr", "lxcbr", "lxdbr"];

/// Lets through what comes from or goes to bridges of ours, wherever those tables would drop it; takes that back where it isn't needed any
/// more. The caller holds the lock of networks.
pub fn let_through() -> Result<()> {
    let kernel = open()?;
    let bridges = bridges(&kernel).or_else(explain)?;
    for family in [NFPROTO_IPV4, NFPROTO_IPV6] {
        let done = adapt(&kernel, family, &bridges);
        match done {
            // Whoever else changes this table now makes a notice of it.
            Ok(()) | Err(Errno::ENOENT | Errno::EBUSY) => {}
            Err(errno) => return explain(errno),
        }
    }
    Ok(())
}

/// Whether iptables-legacy has a filter table here, which rules of nftables can't change.
pub fn legacy_filter() -> bool {
    let read = |path| std::fs::read_to_string(path).unwrap_or_default();
    ["/proc/net/ip_tables_names", "/proc/net/ip6_tables_names"]
        .iter()
        .any(|path| read(path).lines().any(|line| line == FILTER))
}

fn adapt(kernel: &Connection, family: u8, bridges: &[String]) -> Result<(), Errno> {
    let mut chains = chains(kernel, family)?;
    chains.retain(|c| c.table == FILTER);
    let is_there = chains.iter().any(|c| c.name == CHAIN);
    let caller = caller(&chains).filter(|_| !bridges.is_empty());
    let mut calls = Vec::new();
    for chain in chains.iter().filter(|c| is_there && (c.name == DOCKER_USER || c.name == FORWARD)) {
        let found = rules(kernel, family, &chain.name)?.into_iter().filter(|r| r.comment == "dhow");
        calls.extend(found.map(|rule| (chain.name.clone(), rule.handle)));
    }
    let wanted = caller.map(|_| accepting(bridges)).unwrap_or_default();
    let is_right = match caller {
        None => !is_there,
        Some(caller) => {
            is_there
                && calls.iter().map(|(chain, _)| chain.as_str()).eq([caller])
                && rules(kernel, family, CHAIN)?
                    .iter()
                    .map(|r| &r.comment)
                    .eq(wanted.iter().map(|w| &w.comment))
        }
    };
    if is_right {
        return Ok(());
    }
    commit(kernel, plan(family, caller, &wanted, &calls, is_there))
}

/// What makes it as it is wanted.
fn plan(
    family: u8,
    caller: Option<&str>,
    wanted: &[Accepting],
    calls: &[(String, Vec<u8>)],
    is_there: bool,
) -> Vec<Message> {
    let of_chain = |kind, flags, attribute| {
        let mut message = message_of(family, kind, flags);
        message.put_str(1, FILTER).put_str(attribute, CHAIN);
        message
    };
    let mut messages = Vec::new();
    for (chain, handle) in calls {
        let mut delete = message_of(family, DELRULE, 0);
        delete.put_str(1, FILTER).put_str(2, chain).put(3, handle);
        messages.push(delete);
    }
    if is_there {
        // All of its rules.
        messages.push(of_chain(DELRULE, 0, 2));
    }
    let Some(caller) = caller else {
        if is_there {
            messages.push(of_chain(DELCHAIN, 0, 3));
        }
        return messages;
    };
    if !is_there {
        messages.push(of_chain(NEWCHAIN, NLM_F_CREATE, 3));
    }
    messages.extend(wanted.iter().map(|w| w.rule(family)));
    messages.push(
        Rule::in_family(family, FILTER, caller, 0).counter().jump(CHAIN).comment("dhow".into()).finish(),
    );
    messages
}

/// The chain from which ours is to be called, if the table drops anything.
fn caller(chains: &[ListedChain]) -> Option<&'static str> {
    let has = |name| chains.iter().find(|c: &&ListedChain| c.name == name);
    if has(DOCKER_USER).is_some_and(|c| c.policy.is_none()) {
        return Some(DOCKER_USER);
    }
    has(FORWARD).filter(|c| c.policy == Some(0)).map(|_| FORWARD)
}

/// A rule of our chain.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Accepting {
    /// What begins the interface's name, or is all of it.
    interface: String,
    is_prefix: bool,
    key: Way,
    /// By which it is known again.
    comment: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    From,
    To,
    /// Somebody else's: back to the caller.
    Elsewhere,
}

fn accepting(bridges: &[String]) -> Vec<Accepting> {
    let to = bridges.iter().map(|bridge| Accepting {
        interface: bridge.clone(),
        is_prefix: false,
        key: Way::To,
        comment: format!("dhow: to {bridge}, which dhow's own rules guard"),
    });
    let elsewhere = OTHERS.iter().map(|prefix| Accepting {
        interface: (*prefix).to_string(),
        is_prefix: true,
        key: Way::Elsewhere,
        comment: format!("dhow: to {prefix}*, which others guard"),
    });
    let from = bridges.iter().map(|bridge| Accepting {
        interface: bridge.clone(),
        is_prefix: false,
        key: Way::From,
        comment: format!("dhow: from {bridge}"),
    });
    to.chain(elsewhere).chain(from).collect()
}

impl Accepting {
    fn rule(&self, family: u8) -> Message {
        let (key, verdict) = match self.key {
            Way::From => (Meta::InputName, Verdict::Accept),
            Way::To => (Meta::OutputName, Verdict::Accept),
            Way::Elsewhere => (Meta::OutputName, Verdict::Return),
        };
        let mut name = self.interface.clone().into_bytes();
        if !self.is_prefix {
            name.push(0);
        }
        let rule = Rule::in_family(family, FILTER, CHAIN, NLM_F_APPEND);
        let rule = rule.meta(key, REG32).equals(REG32, name).counter().verdict(verdict);
        rule.comment(self.comment.clone()).finish()
    }
}

/// A rule of somebody's chain.
struct ListedRule {
    handle: Vec<u8>,
    comment: String,
}

fn rules(kernel: &Connection, family: u8, chain: &str) -> Result<Vec<ListedRule>, Errno> {
    let mut ask = message_of(family, GETRULE, NLM_F_DUMP);
    ask.put_str(1, FILTER).put_str(2, chain);
    let one = |body: &Vec<u8>| {
        let attributes = attributes(body.get(4..)?);
        let find = |kind| attributes.iter().find(|(k, _)| *k == kind).map(|(_, value)| *value);
        // A kernel that doesn't know the condition lists everything.
        if find(2)?.strip_suffix(b"\0")? != chain.as_bytes() {
            return None;
        }
        let comment = find(USERDATA).and_then(comment_in).unwrap_or_default().to_string();
        Some(ListedRule { handle: find(3)?.to_vec(), comment })
    };
    Ok(kernel.ask(ask)?.iter().filter_map(one).collect())
}

/// The bridges of all networks, of whatever root.
fn bridges(kernel: &Connection) -> Result<Vec<String>, Errno> {
    let mut ask = message(GETSETELEM, NLM_F_DUMP);
    ask.put_str(1, TABLE).put_str(2, "bridges");
    let listed = match kernel.ask(ask) {
        Err(Errno::ENOENT) => Vec::new(),
        other => other?,
    };
    let of = |attributes: Vec<(u16, &[u8])>, kind| {
        attributes.into_iter().find(|(k, _)| *k == kind).map(|(_, value)| value.to_vec())
    };
    let mut found: Vec<String> = listed
        .iter()
        .filter_map(|body| of(attributes(body.get(4..)?), 3))
        .flat_map(|list| {
            let name = |element: &[u8]| {
                let key = of(attributes(&of(attributes(element), 1)?), 1)?;
                let name = key.split(|b| *b == 0).next()?;
                String::from_utf8(name.to_vec()).ok()
            };
            attributes(&list).into_iter().filter_map(|(_, e)| name(e)).collect::<Vec<_>>()
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(name: &str, policy: Option<u32>) -> ListedChain {
        ListedChain { table: FILTER.into(), name: name.into(), policy, uses: 0 }
    }

    #[test]
    fn only_where_something_is_dropped_there_is_something_to_do() {
        assert_eq!(caller(&[]), None);
        assert_eq!(caller(&[listed("FORWARD", Some(1)), listed("INPUT", Some(0))]), None);
        assert_eq!(caller(&[listed("FORWARD", Some(0))]), Some("FORWARD"));
        assert_eq!(caller(&[listed("FORWARD", Some(0)), listed("DOCKER-USER", None)]), Some("DOCKER-USER"));
    }

    #[test]
    fn what_others_guard_is_left_to_them() {
        let rules = accepting(&["dhow0".into(), "dh-1".into()]);
        let ways: Vec<Way> = rules.iter().map(|r| r.key).collect();
        let first_from = ways.iter().position(|w| *w == Way::From).unwrap();
        assert!(ways[first_from..].iter().all(|w| *w == Way::From));
        assert_eq!(ways.iter().filter(|w| **w == Way::Elsewhere).count(), OTHERS.len());
        assert!(plan(NFPROTO_IPV4, None, &[], &[], false).is_empty());
        let made = plan(NFPROTO_IPV4, Some("FORWARD"), &rules, &[], false);
        assert_eq!(made.len(), 1 + rules.len() + 1);
    }
}
