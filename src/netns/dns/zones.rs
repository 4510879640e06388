//! The names that a container may ask for: those of its networks' members.

use std::net::IpAddr;

use super::super::members::{self, Member, Members};
use super::super::mode::Link;
use super::super::seen::Seen;

/// A network's names.
#[derive(Debug)]
struct Zone {
    network: String,
    members: Seen<Vec<Member>>,
    /// Names that this container alone has for members.
    links: Vec<Link>,
}

/// The networks of one container, in their order.
#[derive(Debug, Default)]
pub struct Zones {
    zones: Vec<Zone>,
    /// Counts the answers, so that each of several containers under one name is the first at times.
    turn: usize,
}

impl Zones {
    pub fn add(&mut self, network: &str, members: &Members, links: &[Link]) {
        self.zones.push(Zone { network: network.into(), members: members.seen(), links: links.to_vec() });
    }

    /// All addresses of a name, also with that of its network after it; `None` if nobody on the networks has it.
    pub fn look_up(&mut self, name: &str) -> Option<Vec<IpAddr>> {
        let mut found = self.zones.iter_mut().find_map(|zone| {
            let members = zone.members.refresh(members::read);
            let linked = zone.links.iter().filter(|link| link.alias.eq_ignore_ascii_case(name));
            if let Some(found) = linked.clone().find_map(|link| named(members, &link.target)) {
                return Some(found);
            }
            named(members, name).or_else(|| named(members, without(name, &zone.network)?))
        })?;
        self.turn = self.turn.wrapping_add(1);
        let by = self.turn % found.len().max(1);
        found.rotate_left(by);
        Some(found)
    }

    /// The name of the member with this address.
    pub fn name_of(&mut self, address: IpAddr) -> Option<String> {
        self.zones.iter_mut().find_map(|zone| {
            let member =
                zone.members.refresh(members::read).iter().find(|m| m.addresses.contains(&address))?;
            Some(format!("{}.{}", member.names.first()?, zone.network))
        })
    }
}

fn named(members: &[Member], name: &str) -> Option<Vec<IpAddr>> {
    let mut with_name =
        members.iter().filter(|m| m.names.iter().any(|n| n.eq_ignore_ascii_case(name))).peekable();
    with_name.peek()?;
    Some(with_name.flat_map(|m| m.addresses.iter().copied()).collect())
}

/// The name without the network's after it.
fn without<'a>(name: &'a str, network: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(network.len())?;
    let (before, end) = name.split_at_checked(at)?;
    before.strip_suffix('.').filter(|_| end.eq_ignore_ascii_case(network))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_members() {
        let dir = tempfile::tempdir().unwrap();
        let mut zones = Zones::default();
        for (network, container, names, address) in [
            ("front", "1", &["web", "alias"][..], "10.0.0.2"),
            ("front", "2", &["web2", "alias", "a.b"], "10.0.0.3"),
            ("back", "3", &["db", "web"], "10.1.0.2"),
        ] {
            let names = names.iter().map(ToString::to_string).collect();
            let member = Member { names, addresses: vec![address.parse().unwrap()] };
            Members::at(dir.path().join(network)).add(container, &member).unwrap();
        }
        for network in ["front", "back"] {
            let link = Link { target: "web2".into(), alias: "own".into() };
            zones.add(network, &Members::at(dir.path().join(network)), &[link]);
        }
        let mut of = |name: &str| {
            let found = zones.look_up(name)?;
            Some(found.iter().map(ToString::to_string).collect::<Vec<_>>())
        };
        assert_eq!(of("WEB").unwrap(), ["10.0.0.2"], "of the first network that has it");
        assert_eq!(of("web.back").unwrap(), ["10.1.0.2"]);
        assert_eq!(of("a.b").unwrap(), ["10.0.0.3"]);
        assert_eq!(of("db").unwrap(), ["10.1.0.2"]);
        assert_eq!(of("Own").unwrap(), ["10.0.0.3"], "by a link");
        for unknown in ["", "front", ".front", "nobody", "web.elsewhere", "web.web.front", "é"] {
            assert_eq!(of(unknown), None, "{unknown}");
        }
        let first: Vec<String> = (0..4).map(|_| of("alias").unwrap().remove(0)).collect();
        assert_eq!(first.iter().filter(|a| *a == "10.0.0.2").count(), 2, "in turn: {first:?}");
        assert_eq!(zones.name_of("10.0.0.3".parse().unwrap()).as_deref(), Some("web2.front"));
        assert_eq!(zones.name_of("10.9.9.9".parse().unwrap()), None);
    }
}
