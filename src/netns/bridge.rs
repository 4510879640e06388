//! What a network needs on the host before containers can be on it: its bridge, forwarding, its part of the rules. Made when the first
//! container comes, and put back when somebody has taken it away.

use super::endpoint::Record;
use super::network::Network;
use super::store::NetworkStore;
use super::usermode::Settings;
use super::{link, nft};
use crate::error::{Context, Result};
use crate::sys::net;
use crate::sys::netlink::{Connection, Family};

/// Brings the network up if it isn't; the bridge's index.
pub fn bring_up(store: &NetworkStore, network: &Network) -> Result<u32> {
    // The table is complete where it is: it is made in one transaction with all that belongs into it.
    if let Some(index) = link::index(&network.interface)
        && nft::is_in_force()?
    {
        return Ok(index);
    }
    let _lock = store.lock()?;
    // Asked first: a kernel that has none is left as it was.
    let in_force = nft::is_in_force()?;
    let index = match link::index(&network.interface) {
        Some(index) => index,
        None => make(network)?,
    };
    if in_force {
        nft::add(&nft::network_elements(network))?;
    } else {
        nft::make_table(&all_elements(store)?)?;
    }
    Ok(index)
}

fn make(network: &Network) -> Result<u32> {
    set("ipv4/ip_forward", "1")?;
    if network.has_ipv6() {
        set("ipv6/conf/all/forwarding", "1")?;
    }
    let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
    let index = link::make_bridge(&kernel, network)?;
    // Published ports are reached by 127.0.0.1, too; the rules change the source on the way.
    set(&format!("ipv4/conf/{}/route_localnet", network.interface), "1")?;
    Ok(index)
}

/// What belongs into the table: all networks that are up, all ports that are published.
fn all_elements(store: &NetworkStore) -> Result<Vec<nft::Element>> {
    let mut elements = if store.keeping().is_some() { nft::guard(&Settings::default()) } else { Vec::new() };
    for network in store.list()?.iter().filter(|n| link::index(&n.interface).is_some()) {
        elements.extend(nft::network_elements(network));
    }
    for run in std::fs::read_dir(store.containers()).into_iter().flatten().flatten() {
        if let Ok(Some(record)) = Record::read(&run.path()) {
            elements.extend(record.elements(store.keeping().is_some()));
        }
    }
    Ok(elements)
}

/// Puts the rules of all networks that are up, and of all published ports, in force again.
pub fn reload(store: &NetworkStore) -> Result<()> {
    let _lock = store.lock()?;
    store.inside(|| nft::replace_table(&all_elements(store)?))
}

/// Takes a network's bridge and rules away. The caller holds the lock of networks.
pub fn take_down(store: &NetworkStore, network: &Network) -> Result<()> {
    store.inside(|| remove(network))
}

fn remove(network: &Network) -> Result<()> {
    let Some(index) = link::index(&network.interface) else { return Ok(()) };
    if nft::is_in_force()? {
        nft::delete(&nft::network_elements(network))?;
    }
    let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
    link::remove(&kernel, index).with_context(|| format!("removing the bridge {}", network.interface))
}

/// Sets a kernel parameter of networks, unless it has the value.
fn set(name: &str, value: &str) -> Result<()> {
    let path = format!("/proc/sys/net/{name}");
    if std::fs::read_to_string(&path).is_ok_and(|old| old.trim() == value) {
        return Ok(());
    }
    net::set_parameter(name, value).with_context(|| format!("setting {path} to {value}"))
}
