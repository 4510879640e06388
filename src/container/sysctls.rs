//! The kernel parameters of a container's namespaces: what was asked for, and what docker gives every container with a network of its own, whose
//! programs need not be root to listen at port 80 or to ping.

use std::collections::BTreeMap;

use crate::namespaces::{IdRange, Mapping, groups_here};
use crate::netns::NetworkMode;

const PORTS: &str = "net.ipv4.ip_unprivileged_port_start";
const PING: &str = "net.ipv4.ping_group_range";
/// The highest that the kernel takes.
const ANY_GROUP: u32 = i32::MAX as u32;

/// What of it can be had here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Allowed {
    ports: bool,
    /// Groups from 0 to this one.
    groups: Option<u32>,
}

impl Allowed {
    /// In a container with this mapping of ids, or with those of this process. Nothing where somebody has made /proc/sys read-only, for
    /// containers within a container.
    pub fn here(mapping: Option<&Mapping>) -> Self {
        use nix::sys::statvfs::{FsFlags, statvfs};
        if !statvfs("/proc/sys").is_ok_and(|fs| !fs.flags().contains(FsFlags::ST_RDONLY)) {
            return Self::default();
        }
        let own = mapping.is_none().then(|| groups_here().unwrap_or_default());
        Self::with(mapping.map(|m| &m.gids).or(own.as_ref()).map_or(&[], Vec::as_slice))
    }

    /// Only groups that have a number in the container's user namespace can be named there.
    fn with(gids: &[IdRange]) -> Self {
        let has_first = gids.iter().any(|r| r.inside == 0);
        let last = gids.iter().map(|r| r.inside.saturating_add(r.size.saturating_sub(1))).max();
        Self { ports: true, groups: last.filter(|_| has_first).map(|last| last.min(ANY_GROUP)) }
    }
}

pub fn of(
    asked: &BTreeMap<String, String>,
    network: &NetworkMode,
    allowed: Allowed,
) -> BTreeMap<String, String> {
    let mut all = asked.clone();
    if matches!(network, NetworkMode::Host | NetworkMode::Container(_) | NetworkMode::Path(_)) {
        return all;
    }
    let mut default = |name: &str, value: String| {
        all.entry(name.into()).or_insert(value);
    };
    if allowed.ports {
        default(PORTS, "0".into());
    }
    if let Some(last) = allowed.groups {
        default(PING, format!("0 {last}"));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_may_listen_and_ping() {
        let range = |inside, outside, size| IdRange { inside, outside, size };
        let set = |asked: &BTreeMap<String, String>, gids: &[IdRange]| {
            let all = of(asked, &NetworkMode::None, Allowed::with(gids));
            [PORTS, PING].map(|name| all.get(name).cloned().unwrap_or_default())
        };
        let (none, all) = (BTreeMap::new(), [range(0, 0, u32::MAX)]);
        assert_eq!(set(&none, &all), ["0", "0 2147483647"]);
        let usual = [range(1, 100_000, 65_536), range(0, 1000, 1)];
        assert_eq!(set(&none, &usual), ["0", "0 65536"]);
        assert_eq!(set(&none, &[range(0, 1000, 1)]), ["0", "0 0"]);
        assert_eq!(set(&none, &[range(5, 1000, 1)]), ["0", ""]);
        let asked = [(PORTS.to_string(), "81".to_string())].into();
        assert_eq!(set(&asked, &all), ["81", "0 2147483647"]);
        assert_eq!(of(&asked, &NetworkMode::None, Allowed::default()), asked);
        for network in [NetworkMode::Host, NetworkMode::Path("/run/netns/x".into())] {
            assert_eq!(of(&none, &network, Allowed::with(&all)), none);
        }
    }
}
