//! What a container gets on a network before there is an interface: its addresses, which are leased, its ways out and its names there. And how
//! it is given back.

use std::net::IpAddr;

use ipnet::IpNet;

use super::endpoint::{Endpoint, Place};
use super::mode::{Attachment, Mac};
use super::network::Network;
use super::store::NetworkStore;
use super::usermode;
use crate::error::{Kind, Result, is};

/// An endpoint with its addresses leased, of the container with this id and names.
pub fn endpoint(
    store: &NetworkStore,
    (id, own_names): (&str, &[String]),
    attachment: &Attachment,
    network: &Network,
    place: Place,
) -> Result<Endpoint> {
    let addresses = addresses(store, id, attachment, network)?;
    let mut names = Vec::new();
    if network.dns {
        names.extend(own_names.iter().chain(&attachment.aliases).cloned());
        names.push(id.chars().take(12).collect());
    }
    let gateways = network.gateways(&addresses);
    let settings = &network.settings;
    let prefix = settings.interface_prefix.as_deref().unwrap_or("eth");
    let mac = match addresses.first() {
        Some(first) => Mac::of(first.addr()),
        None => Mac::of_names(&[&network.id, id]),
    };
    Ok(Endpoint {
        network: network.name.clone(),
        network_id: network.id.clone(),
        driver: network.driver,
        interface: attachment.interface.clone().unwrap_or_else(|| format!("{prefix}{}", place.number)),
        host_interface: format!("veth{}{}", &id[..8], place.number),
        mac: attachment.mac.unwrap_or(mac),
        leads_out: place.leads_out && !gateways.is_empty(),
        gateways,
        gw_priority: attachment.gw_priority,
        metric: settings.metric,
        routes: network.routes.clone(),
        addresses,
        mtu: match settings.mtu {
            // Nothing between the container and the stack that ends its connections needs smaller packets.
            0 if store.keeping().is_some() && network.is_bridge() => {
                u32::from(usermode::Settings::default().mtu)
            }
            mtu => mtu,
        },
        names,
        links: attachment.links.clone(),
        link_local: attachment.link_local.clone(),
        driver_options: attachment.driver_options.clone(),
    })
}

/// An address of each family, as it was asked for or of the first subnet that has one left.
fn addresses(
    store: &NetworkStore,
    id: &str,
    attachment: &Attachment,
    network: &Network,
) -> Result<Vec<IpNet>> {
    let asked = [attachment.ipv4.map(IpAddr::from), attachment.ipv6.map(IpAddr::from)];
    for address in asked.into_iter().flatten() {
        if network.subnet_for(address).is_none() {
            return Kind::Invalid
                .err(format!("network {} has no subnet for the address {address}", network.name));
        }
    }
    // In the order of the subnets.
    let mut families: Vec<bool> = network.subnets.iter().map(|s| s.subnet.addr().is_ipv4()).collect();
    families.dedup();
    let mut found: Vec<IpNet> = Vec::new();
    for four in families {
        if found.iter().any(|net| net.addr().is_ipv4() == four) {
            continue;
        }
        match address(store, id, network, four, asked[usize::from(!four)]) {
            Ok(net) => found.push(net),
            Err(error) => {
                let leases = store.leases(&network.id);
                for net in &found {
                    // The first failure is what is told.
                    let _ = leases.release(net.addr(), id);
                }
                return Err(error);
            }
        }
    }
    Ok(found)
}

fn address(
    store: &NetworkStore,
    id: &str,
    network: &Network,
    four: bool,
    asked: Option<IpAddr>,
) -> Result<IpNet> {
    let leases = store.leases(&network.id);
    if let Some(address) = asked
        && let Some(subnet) = network.subnet_for(address)
    {
        leases.take(subnet, address, id)?;
        return Ok(IpNet::new(address, subnet.subnet.prefix_len())?);
    }
    let mut subnets = network.subnets_of(four).peekable();
    while let Some(subnet) = subnets.next() {
        match leases.take_any(subnet, id) {
            Err(e) if is(&e, Kind::Unavailable) && subnets.peek().is_some() => {}
            taken => return Ok(IpNet::new(taken?, subnet.subnet.prefix_len())?),
        }
    }
    Kind::Invalid.err(format!("network {} has no subnet of that family", network.name))
}

/// Gives back what a container has on networks.
pub fn release(store: &NetworkStore, endpoints: &[Endpoint], id: &str) -> Result<()> {
    let mut result = Ok(());
    for endpoint in endpoints.iter().filter(|e| e.is_named()) {
        // Before the address may be somebody else's.
        result = result.and(store.members(&endpoint.network_id).remove(id));
    }
    for endpoint in endpoints {
        let leases = store.leases(&endpoint.network_id);
        for address in &endpoint.addresses {
            result = result.and(leases.release(address.addr(), id));
        }
    }
    result
}
