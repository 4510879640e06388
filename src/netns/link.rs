//! Interfaces: a network's bridge, a container's pair of virtual Ethernet devices, addresses and routes. All by rtnetlink(7).

use std::net::IpAddr;
use std::os::fd::{AsRawFd, BorrowedFd};

use ipnet::IpNet;
use nix::errno::Errno;

use super::endpoint::Endpoint;
use super::mode::Mac;
use super::network::Network;
use crate::error::{Context, Kind, Result};
use crate::sys::netlink::{
    Connection, Family, Message, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, attributes,
};
use crate::sys::rtnetlink::{IFA_FLAGS, IFLA_IFNAME, IFLA_NET_NS_FD, RTM_NEWADDR, RTM_NEWLINK, link};

// linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h, linux/veth.h
const RTM_DELLINK: u16 = 17;
const RTM_NEWROUTE: u16 = 24;
const RTM_GETROUTE: u16 = 26;
const IFLA_ADDRESS: u16 = 1;
const IFLA_MTU: u16 = 4;
const IFLA_MASTER: u16 = 10;
const IFLA_TXQLEN: u16 = 13;
const IFLA_LINKINFO: u16 = 18;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const VETH_INFO_PEER: u16 = 1;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_F_NODAD: u32 = 2;
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RT_TABLE_MAIN: u8 = 254;
const RTPROT_BOOT: u8 = 3;
const RT_SCOPE_UNIVERSE: u8 = 0;
const RT_SCOPE_HOST: u8 = 254;
const RTN_UNICAST: u8 = 1;
const RTN_LOCAL: u8 = 2;
// linux/fib_rules.h
const RTM_NEWRULE: u16 = 32;
const FRA_FWMARK: u16 = 10;
const FR_ACT_TO_TBL: u8 = 1;
const UP: u32 = libc::IFF_UP as u32;
const NEW: u16 = NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;

/// An address as the kernel has it.
pub fn octets(address: IpAddr) -> Vec<u8> {
    match address {
        IpAddr::V4(four) => four.octets().to_vec(),
        IpAddr::V6(six) => six.octets().to_vec(),
    }
}

fn family(address: IpAddr) -> u8 {
    (if address.is_ipv4() { libc::AF_INET } else { libc::AF_INET6 }) as u8
}

fn add_address(index: u32, address: IpAddr, prefix: u8) -> Message {
    let [a, b, c, d] = index.to_ne_bytes();
    let mut message = Message::new(RTM_NEWADDR, NEW, &[family(address), prefix, 0, 0, a, b, c, d]);
    message.put(IFA_LOCAL, &octets(address)).put(IFA_ADDRESS, &octets(address));
    // Nobody else can have it, and a container should not wait a second for its address to be proven.
    message.put_u32(IFA_FLAGS, IFA_F_NODAD);
    message
}

/// The way out of this family, over the interface.
fn default_route(index: u32, of: IpAddr) -> Message {
    let fixed = [family(of), 0, 0, 0, RT_TABLE_MAIN, RTPROT_BOOT, RT_SCOPE_UNIVERSE, RTN_UNICAST, 0, 0, 0, 0];
    let mut message = Message::new(RTM_NEWROUTE, NEW, &fixed);
    message.put_u32(RTA_OIF, index);
    message
}

fn default_gateway(index: u32, gateway: IpAddr) -> Message {
    let mut message = default_route(index, gateway);
    message.put(RTA_GATEWAY, &octets(gateway));
    message
}

/// Brings an interface up with this MTU and this many packets of queue.
pub fn bring_up(kernel: &Connection, index: u32, mtu: u32, queue: u32) -> nix::Result<()> {
    let mut message = Message::new(RTM_NEWLINK, NLM_F_ACK, &link(index, UP, UP));
    message.put_u32(IFLA_MTU, mtu).put_u32(IFLA_TXQLEN, queue);
    kernel.ask(message).map(drop)
}

/// Gives a point-to-point interface an address, and makes it the way out for that family.
pub fn lead_out(kernel: &Connection, index: u32, address: IpNet) -> nix::Result<()> {
    let given = add_address(index, address.addr(), address.prefix_len());
    kernel.ask_all(vec![given, default_route(index, address.addr())]).map_err(|(_, errno)| errno)
}

pub fn index(name: &str) -> Option<u32> {
    nix::net::if_::if_nametoindex(name).ok()
}

/// Has the namespace deliver packets with this mark to itself, whomever they are for, by a routing table of this number.
pub fn deliver_marked(kernel: &Connection, mark: u32, table: u8, ipv4: bool) -> nix::Result<()> {
    let family = (if ipv4 { libc::AF_INET } else { libc::AF_INET6 }) as u8;
    let fixed = [family, 0, 0, 0, table, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL, 0, 0, 0, 0];
    let mut route = Message::new(RTM_NEWROUTE, NEW, &fixed);
    route.put_u32(RTA_OIF, index("lo").ok_or(Errno::ENODEV)?);
    // struct fib_rule_hdr.
    let fixed = [family, 0, 0, 0, table, 0, 0, FR_ACT_TO_TBL, 0, 0, 0, 0];
    let mut rule = Message::new(RTM_NEWRULE, NEW, &fixed);
    rule.put_u32(FRA_FWMARK, mark);
    kernel.ask_all(vec![route, rule]).map_err(|(_, errno)| errno)
}

/// The multicast groups that tell of addresses and routes (RTMGRP_IPV4_IFADDR, RTMGRP_IPV4_ROUTE, and the same of IPv6).
pub const ROUTES_CHANGE: u32 = 0x10 | 0x40 | 0x100 | 0x400;

/// How the kernel would send a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteTo {
    /// `RTN_…`.
    pub kind: u8,
    /// The index of the interface.
    pub interface: Option<u32>,
}

pub fn route_to(kernel: &Connection, address: IpAddr) -> nix::Result<RouteTo> {
    let octets = octets(address);
    let mut fixed = [0; 12];
    fixed[0] = family(address);
    fixed[1] = (octets.len() * 8) as u8;
    let mut message = Message::new(RTM_GETROUTE, NLM_F_ACK, &fixed);
    message.put(RTA_DST, &octets);
    let answers = kernel.ask(message)?;
    let body = answers.first().ok_or(Errno::ENETUNREACH)?;
    let (kind, rest) = (body.get(7).ok_or(Errno::EPROTO)?, body.get(12..).ok_or(Errno::EPROTO)?);
    let interface = attributes(rest).into_iter().find(|(kind, _)| *kind == RTA_OIF);
    let interface = interface.and_then(|(_, value)| value.first_chunk().copied()).map(u32::from_ne_bytes);
    Ok(RouteTo { kind: *kind, interface })
}

/// The destinations of this namespace's routes, without the default ones.
pub fn routes() -> Result<Vec<IpNet>> {
    let kernel = Connection::open(Family::Route).context("asking the kernel for routes")?;
    let message = Message::new(RTM_GETROUTE, NLM_F_DUMP, &[0; 12]);
    let answers = kernel.ask(message).context("asking the kernel for routes")?;
    Ok(answers.iter().filter_map(|body| route(body)).collect())
}

fn route(body: &[u8]) -> Option<IpNet> {
    let (prefix, table) = (*body.get(1)?, *body.get(4)?);
    if table != RT_TABLE_MAIN || prefix == 0 {
        return None;
    }
    let destination = attributes(body.get(12..)?).into_iter().find(|(kind, _)| *kind == RTA_DST)?.1;
    let address = match destination.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(destination).ok()?),
        _ => IpAddr::from(<[u8; 16]>::try_from(destination).ok()?),
    };
    // Link-local and multicast prefixes belong to every interface.
    let everywhere = matches!(address, IpAddr::V6(six) if six.is_unicast_link_local() || six.is_multicast());
    IpNet::new(address, prefix).ok().filter(|_| !everywhere)
}

/// Makes the network's bridge. The caller holds the lock of networks.
pub fn make_bridge(kernel: &Connection, network: &Network) -> Result<u32> {
    let failed = || format!("making the bridge {} of network {}", network.interface, network.name);
    let mut message = Message::new(RTM_NEWLINK, NEW, &link(0, UP, UP));
    message.put_str(IFLA_IFNAME, &network.interface);
    if let Some(subnet) = network.subnets.first() {
        // Of its own: without, it takes a container's, and loses it with that.
        message.put(IFLA_ADDRESS, &Mac::of(subnet.gateway).0);
    }
    if network.settings.mtu > 0 {
        message.put_u32(IFLA_MTU, network.settings.mtu);
    }
    message.nest(IFLA_LINKINFO, |m| {
        m.put_str(IFLA_INFO_KIND, "bridge");
    });
    kernel.ask(message).with_context(failed)?;
    let index = index(&network.interface).with_context(failed)?;
    let gateways =
        network.subnets.iter().map(|s| add_address(index, s.gateway, s.subnet.prefix_len())).collect();
    if let Err((_, errno)) = kernel.ask_all(gateways) {
        remove(kernel, index).with_context(failed)?;
        return Err(errno).with_context(failed);
    }
    Ok(index)
}

/// Removes an interface; one that is gone is no error.
pub fn remove(kernel: &Connection, index: u32) -> nix::Result<()> {
    match kernel.ask(Message::new(RTM_DELLINK, NLM_F_ACK, &link(index, 0, 0))) {
        Ok(_) | Err(Errno::ENODEV) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// Makes the endpoint's two devices: one on the bridge, which is up, and one in the namespace.
pub fn make_pair(
    kernel: &Connection,
    endpoint: &Endpoint,
    bridge: u32,
    namespace: BorrowedFd<'_>,
) -> Result<()> {
    let mut message = Message::new(RTM_NEWLINK, NEW, &link(0, UP, UP));
    message.put_str(IFLA_IFNAME, &endpoint.host_interface).put_u32(IFLA_MASTER, bridge);
    if endpoint.mtu > 0 {
        message.put_u32(IFLA_MTU, endpoint.mtu);
    }
    message.nest(IFLA_LINKINFO, |m| {
        m.put_str(IFLA_INFO_KIND, "veth").nest(IFLA_INFO_DATA, |m| {
            // The kernel can't bring it up before it knows of the other end.
            m.nest_after(VETH_INFO_PEER, &link(0, 0, 0), |m| {
                m.put_str(IFLA_IFNAME, &endpoint.interface)
                    .put(IFLA_ADDRESS, &endpoint.mac.0)
                    .put_u32(IFLA_NET_NS_FD, namespace.as_raw_fd() as u32);
                if endpoint.mtu > 0 {
                    m.put_u32(IFLA_MTU, endpoint.mtu);
                }
            });
        });
    });
    match kernel.ask(message) {
        Ok(_) => Ok(()),
        Err(Errno::EEXIST) => Kind::Conflict.err(format!(
            "network {}: the container has an interface {} already",
            endpoint.network, endpoint.interface
        )),
        Err(errno) => {
            Err(errno).with_context(|| format!("making an interface on network {}", endpoint.network))
        }
    }
}

/// Makes the endpoint's device the way out.
pub fn add_default_routes(inside: &Connection, index: u32, endpoint: &Endpoint) -> Result<()> {
    let routes = endpoint.gateways.iter().map(|gateway| default_gateway(index, *gateway)).collect();
    inside
        .ask_all(routes)
        .map_err(|(_, errno)| errno)
        .with_context(|| format!("leading the container out by network {}", endpoint.network))
}

/// Brings the endpoint's device up, and gives it its addresses, and routes if it is the way out. `inside` talks to the container's namespace.
pub fn configure(inside: &Connection, index: u32, endpoint: &Endpoint) -> Result<()> {
    let up = Message::new(RTM_NEWLINK, NLM_F_ACK, &link(index, UP, UP));
    let addresses = endpoint.addresses.iter().map(|net| add_address(index, net.addr(), net.prefix_len()));
    let routes = endpoint.gateways.iter().map(|gateway| default_gateway(index, *gateway));
    inside
        .ask_all(std::iter::once(up).chain(addresses).chain(routes).collect())
        .map_err(|(_, errno)| errno)
        .with_context(|| format!("giving the container its addresses on network {}", endpoint.network))
}
