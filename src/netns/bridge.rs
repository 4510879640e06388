//! What a network needs on the host before containers can be on it: its bridge, forwarding, its part of the rules. Made when the first
//! container comes, and put back when somebody has taken it away.

use ipnet::IpNet;

use super::endpoint::Record;
use super::mode::Mac;
use super::network::Network;
use super::private::Step;
use super::store::NetworkStore;
use super::usermode::{Settings, forward};
use super::{conntrack, link, nft, parent};
use crate::error::{Context, Kind, Result, is};
use crate::sys::net;
use crate::sys::netlink::{Connection, Family};

/// Brings the network up if it isn't; the bridge's index.
pub fn bring_up(store: &NetworkStore, network: &Network) -> Result<u32> {
    // The table is complete where it is: it is made in one transaction with all that belongs into it. So is the bridge, and its rules are
    // there before it has its name.
    if let Some(index) = link::index(&network.interface)
        && nft::is_in_force()?
    {
        return Ok(index);
    }
    let _lock = store.lock()?;
    store.check_exists(network)?;
    // Asked first: a kernel that has none is left as it was.
    if nft::is_in_force()? {
        nft::add(&nft::network_elements(network, &store.list()?))?;
    } else {
        let _records = store.lock_records()?;
        nft::make_table(&all_elements(store, Some(network))?)?;
    }
    let index = match link::index(&network.interface) {
        Some(index) => index,
        None => make(network).with_context(|| {
            format!("making the bridge {} of network {}", network.interface, network.name)
        })?,
    };
    nft::let_through()?;
    Ok(index)
}

/// Puts in what a container brings; with all the others' if somebody takes the table away at this moment.
pub fn add(store: &NetworkStore, elements: &[nft::Element]) -> Result<()> {
    if elements.is_empty() {
        return Ok(());
    }
    match nft::add(elements) {
        Err(error) if is(&error, Kind::NotFound) => keep_up(store),
        other => other,
    }
}

/// Puts back what is missing of the rules, in the namespace where they are in force.
pub fn keep_up(store: &NetworkStore) -> Result<()> {
    let _lock = store.lock()?;
    put_back(store, nft::condition()?)
}

/// The same, where it is not known that anything was lost.
pub fn catch_up(store: &NetworkStore) -> Result<()> {
    let _lock = store.lock()?;
    match nft::condition()? {
        nft::Condition::Whole => nft::let_through(),
        other => put_back(store, other),
    }
}

/// The caller holds the lock of networks.
fn put_back(store: &NetworkStore, condition: nft::Condition) -> Result<()> {
    {
        let _records = store.lock_records()?;
        let elements = all_elements(store, None)?;
        match condition {
            // Somebody with another root may have made it, who knows nothing of ours.
            nft::Condition::Whole => nft::add(&elements)?,
            nft::Condition::Missing => nft::make_table(&elements)?,
            nft::Condition::Damaged => nft::replace_table(&elements)?,
        }
    }
    if store.keeping().is_some() {
        forward::mark_replies()?;
    }
    if condition != nft::Condition::Whole {
        let subnets: Vec<_> = store.list()?.iter().flat_map(|n| n.subnets.iter().map(|s| s.subnet)).collect();
        conntrack::forget_unanswered(&subnets)?;
    }
    nft::let_through()
}

fn make(network: &Network) -> Result<u32> {
    set("ipv4/ip_forward", "1")?;
    if network.has_ipv6() {
        set("ipv6/conf/all/forwarding", "1")?;
    }
    let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
    parent::remove_unfinished(&kernel, network)?;
    let addresses: Vec<IpNet> = network
        .subnets
        .iter()
        .map(|s| IpNet::new(s.gateway, s.subnet.prefix_len()))
        .collect::<Result<_, _>>()?;
    let mac = addresses.first().map_or_else(|| Mac::of_names(&[&network.id]), |net| Mac::of(net.addr()));
    let unfinished = network.unfinished();
    let index = link::make_bridge(&kernel, &unfinished, Some(mac), network.settings.mtu)?;
    let complete = || -> Result<()> {
        link::add_addresses(&kernel, index, &addresses)?;
        if let Some(vlan) = network.settings.vlan {
            link::filter_vlans(&kernel, index, vlan).map_err(|errno| link::explain(errno, VLANS))?;
        }
        // Published ports are reached by 127.0.0.1, too; the rules change the source on the way.
        set(&format!("ipv4/conf/{unfinished}/route_localnet"), "1")?;
        Ok(link::finish(&kernel, index, &network.interface)?)
    };
    let completed = complete();
    if completed.is_err() {
        // The first failure is what is told.
        let _ = link::remove(&kernel, index);
    }
    completed.map(|()| index)
}

const VLANS: &str = "VLANs on bridges (CONFIG_BRIDGE_VLAN_FILTERING)";

/// What the network says of its containers' ports, of which this is one.
pub fn restrict(kernel: &Connection, network: &Network, port: &str) -> Result<()> {
    let settings = &network.settings;
    if settings.icc && settings.vlan.is_none() {
        return Ok(());
    }
    let port = link::index(port).context("the interface that was just made")?;
    if !settings.icc {
        link::isolate(kernel, port).context("keeping the containers of a network apart")?;
    }
    if let Some(vlan) = settings.vlan {
        link::set_vlan(kernel, port, vlan, false).map_err(|errno| link::explain(errno, VLANS))?;
    }
    Ok(())
}

/// What belongs into the table: all networks that are up or, as `coming`, will be, all ports that are published.
fn all_elements(store: &NetworkStore, coming: Option<&Network>) -> Result<Vec<nft::Element>> {
    let mut elements = if store.keeping().is_some() { nft::guard(&Settings::default()) } else { Vec::new() };
    let all = store.list()?;
    let is_up = |n: &&Network| n.is_bridge() && (Some(*n) == coming || link::index(&n.interface).is_some());
    for network in all.iter().filter(is_up) {
        elements.extend(nft::network_elements(network, &all));
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
    Step::Reload.perform(store)
}

pub(super) fn reload_here(store: &NetworkStore) -> Result<()> {
    let _lock = store.lock()?;
    store.inside(|| put_back(store, nft::Condition::Damaged))
}

/// Takes a network's bridge and rules, or its parent, away. The caller holds the lock of networks.
pub fn take_down(store: &NetworkStore, network: &Network) -> Result<()> {
    Step::TakeDown(Box::new(network.clone())).perform(store)
}

pub(super) fn take_down_here(store: &NetworkStore, network: &Network) -> Result<()> {
    store.inside(
        || if network.is_bridge() { remove(store, network) } else { parent::take_down(store, network) },
    )
}

/// The rules last: those of a bridge that is there are complete.
fn remove(store: &NetworkStore, network: &Network) -> Result<()> {
    let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
    let removing = || format!("removing the bridge {}", network.interface);
    parent::remove_unfinished(&kernel, network).with_context(removing)?;
    if let Some(index) = link::index(&network.interface) {
        link::remove(&kernel, index).with_context(removing)?;
    }
    if nft::is_in_force()? {
        nft::delete(&nft::network_elements(network, &store.list()?))?;
    }
    nft::let_through()
}

/// Sets a kernel parameter of networks, unless it has the value.
fn set(name: &str, value: &str) -> Result<()> {
    let path = format!("/proc/sys/net/{name}");
    if std::fs::read_to_string(&path).is_ok_and(|old| old.trim() == value) {
        return Ok(());
    }
    net::set_parameter(name, value).with_context(|| format!("setting {path} to {value}"))
}
