//! The kernel parameters of a container's namespaces: what was asked for, and what docker gives every container with a network of its own, whose
//! programs need not be root to listen at port 80 or to ping.

use std::collections::BTreeMap;

use crate::namespaces::Mapping;
use crate::netns::NetworkMode;

const PORTS: &str = "net.ipv4.ip_unprivileged_port_start";
const PING: &str = "net.ipv4.ping_group_range";
/// The highest that the kernel takes.
const ANY_GROUP: u32 = i32::MAX as u32;

/// Whether processes without rights can be given them here: not where somebody has made /proc/sys read-only, for containers within a container.
pub fn are_writable() -> bool {
    use nix::sys::statvfs::{FsFlags, statvfs};
    statvfs("/proc/sys").is_ok_and(|fs| !fs.flags().contains(FsFlags::ST_RDONLY))
}

/// `mapping`: of the container's user namespace.
pub fn of(
    asked: &BTreeMap<String, String>,
    network: &NetworkMode,
    mapping: Option<&Mapping>,
    writable: bool,
) -> BTreeMap<String, String> {
    let mut all = asked.clone();
    let shared = matches!(network, NetworkMode::Host | NetworkMode::Container(_) | NetworkMode::Path(_));
    if shared || !writable {
        return all;
    }
    let mut default = |name: &str, value: String| {
        all.entry(name.into()).or_insert(value);
    };
    default(PORTS, "0".into());
    if let Some(highest) = highest_group(mapping) {
        default(PING, format!("0 {highest}"));
    }
    all
}

/// The last group of all that have a number in the user namespace, if the first has one: only those can be named there.
fn highest_group(mapping: Option<&Mapping>) -> Option<u32> {
    let Some(mapping) = mapping else { return Some(ANY_GROUP) };
    mapping.gids.iter().find(|r| r.inside == 0)?;
    let highest = mapping.gids.iter().map(|r| r.inside.saturating_add(r.size - 1)).max()?;
    Some(highest.min(ANY_GROUP))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::namespaces::IdRange;

    #[test]
    fn programs_may_listen_and_ping() {
        let range = |inside, outside, size| IdRange { inside, outside, size };
        let mapping = |gids: Vec<IdRange>| Mapping { uids: Vec::new(), gids };
        let set = |asked: &BTreeMap<String, String>, mapping: Option<&Mapping>| {
            let all = of(asked, &NetworkMode::None, mapping, true);
            [PORTS, PING].map(|name| all.get(name).cloned().unwrap_or_default())
        };
        let none = BTreeMap::new();
        assert_eq!(set(&none, None), ["0", "0 2147483647"]);
        let usual = mapping(vec![range(1, 100_000, 65_536), range(0, 1000, 1)]);
        assert_eq!(set(&none, Some(&usual)), ["0", "0 65536"]);
        assert_eq!(set(&none, Some(&mapping(vec![range(0, 1000, 1)]))), ["0", "0 0"]);
        assert_eq!(set(&none, Some(&mapping(vec![range(5, 1000, 1)]))), ["0", ""]);
        let asked = [(PORTS.to_string(), "81".to_string())].into();
        assert_eq!(set(&asked, None), ["81", "0 2147483647"]);
        assert_eq!(of(&asked, &NetworkMode::None, None, false), asked);
        for network in [NetworkMode::Host, NetworkMode::Path("/run/netns/x".into())] {
            assert_eq!(of(&asked, &network, None, true), asked);
        }
    }
}
