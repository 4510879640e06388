//! What the containers' interfaces of a network of type macvlan or ipvlan are on top of: an interface of the host, a VLAN of one, or, when none
//! was named, a bridge without ports, which leads nowhere. What isn't there is made when the first container comes, and removed with the network.

use super::link;
use super::network::{Network, Parent};
use super::store::NetworkStore;
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::sys::netlink::{Connection, Family};

/// What a network says before it is made.
pub fn check(network: &Network, is_private: bool) -> Result<()> {
    let below = match &network.parent {
        _ if network.is_bridge() => return Ok(()),
        Parent::Own => return Ok(()),
        Parent::Host => &network.interface,
        Parent::Vlan { .. } if link::index(&network.interface).is_some() && !is_private => return Ok(()),
        Parent::Vlan { below, .. } => below,
    };
    if is_private {
        return Kind::Forbidden.err(format!(
            "parent {below}: an ordinary user's networks are in a namespace of their own, which has none of the host's interfaces: leave the parent out for a network that leads nowhere, or use the driver bridge"
        ));
    }
    if link::index(below).is_none() {
        return Kind::NotFound.err(format!("-o parent interface was not found on the host: {below}"));
    }
    Ok(())
}

/// Whether both networks can be: two may have one parent, which neither has made, if they are of different types. (It has containers of one
/// type at a time, which is for the kernel to say.)
pub fn check_beside(network: &Network, other: &Network) -> Result<()> {
    if network.interface != other.interface {
        return Ok(());
    }
    if network.is_bridge() || other.is_bridge() {
        return Kind::Conflict
            .err(format!("the interface {} belongs to the network {}", network.interface, other.name));
    }
    if network.driver != other.driver && network.parent == Parent::Host && other.parent == Parent::Host {
        return Ok(());
    }
    Kind::Conflict
        .err(format!("network {} is already using parent interface {}", other.name, network.interface))
}

/// Makes the parent if it isn't there; its index.
pub fn bring_up(store: &NetworkStore, network: &Network) -> Result<u32> {
    if let Some(index) = link::index(&network.interface) {
        return Ok(index);
    }
    let _lock = store.lock()?;
    store.check_exists(network)?;
    if let Some(index) = link::index(&network.interface) {
        return Ok(index);
    }
    let failed = || format!("making the interface {} of network {}", network.interface, network.name);
    let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
    remove_unfinished(&kernel, network).with_context(failed)?;
    let making = network.unfinished();
    let made = match &network.parent {
        Parent::Host => {
            return Kind::NotFound.err(format!(
                "network {}: this host has no interface {} any more",
                network.name, network.interface
            ));
        }
        Parent::Own => link::make_bridge(&kernel, &making, None, network.settings.mtu),
        Parent::Vlan { below, id } => {
            let below = link::index(below).with_context(|| {
                Kind::NotFound
                    .error(format!("network {}: this host has no interface {below} any more", network.name))
            })?;
            // Before it has its name: an interface that somebody else makes is not to be taken for it.
            file::make_dirs(&store.run_dir(network), 0o700)?;
            file::write(
                &store.run_dir(network).join(MADE),
                network.interface.as_bytes(),
                Durability::Ephemeral,
            )?;
            link::make_vlan(&kernel, &making, below, *id)
        }
    };
    let index =
        made.map_err(|errno| link::explain(errno, "VLANs (CONFIG_VLAN_8021Q)")).with_context(failed)?;
    link::finish(&kernel, index, &network.interface).with_context(failed)?;
    Ok(index)
}

/// In the network's run-time directory: that the VLAN was made by us.
const MADE: &str = "parent";

/// Removes what was made for the network. The caller holds the lock of networks.
pub fn take_down(store: &NetworkStore, network: &Network) -> Result<()> {
    let failed = || format!("removing the interface {}", network.interface);
    let is_ours = match network.parent {
        Parent::Host => false,
        Parent::Own => true,
        Parent::Vlan { .. } => store.run_dir(network).join(MADE).exists(),
    };
    let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
    remove_unfinished(&kernel, network).with_context(failed)?;
    match link::index(&network.interface).filter(|_| is_ours) {
        Some(index) => link::remove(&kernel, index).with_context(failed),
        None => Ok(()),
    }
}

/// An interface that somebody was making when he was killed.
pub fn remove_unfinished(kernel: &Connection, network: &Network) -> nix::Result<()> {
    link::index(&network.unfinished()).map_or(Ok(()), |index| link::remove(kernel, index))
}
