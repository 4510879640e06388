//! Interfaces: a network's bridge or parent, a container's pair of virtual Ethernet devices or its one on top of the parent, addresses and
//! routes. All by rtnetlink(7).

use std::net::IpAddr;
use std::os::fd::{AsRawFd, BorrowedFd};

use ipnet::IpNet;
use nix::errno::Errno;

use super::driver_options::link_local_prefix;
use super::endpoint::Endpoint;
use super::mode::Mac;
use super::network::{Driver, Route};
use super::options::Settings;
use crate::error::{Context, Error, Kind, Result};
use crate::sys::netlink::{
    Connection, Family, Message, NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REPLACE, attributes,
};
use crate::sys::rtnetlink::{IFA_FLAGS, IFLA_IFNAME, IFLA_NET_NS_FD, RTM_NEWADDR, RTM_NEWLINK, link};

// linux/rtnetlink.h, linux/if_link.h, linux/if_addr.h, linux/veth.h
const RTM_DELLINK: u16 = 17;
const RTM_SETLINK: u16 = 19;
const RTM_NEWROUTE: u16 = 24;
const RTM_DELROUTE: u16 = 25;
const RTM_GETROUTE: u16 = 26;
const IFLA_ADDRESS: u16 = 1;
const IFLA_MTU: u16 = 4;
const IFLA_LINK: u16 = 5;
const IFLA_MASTER: u16 = 10;
const IFLA_TXQLEN: u16 = 13;
const IFLA_LINKINFO: u16 = 18;
const IFLA_INFO_KIND: u16 = 1;
const IFLA_INFO_DATA: u16 = 2;
const IFLA_INFO_SLAVE_KIND: u16 = 4;
const IFLA_INFO_SLAVE_DATA: u16 = 5;
const IFLA_AF_SPEC: u16 = 26;
const VETH_INFO_PEER: u16 = 1;
const IFLA_BR_VLAN_FILTERING: u16 = 7;
const IFLA_BRPORT_ISOLATED: u16 = 33;
const IFLA_VLAN_ID: u16 = 1;
const IFLA_MACVLAN_MODE: u16 = 1;
const IFLA_IPVLAN_MODE: u16 = 1;
const IFLA_IPVLAN_FLAGS: u16 = 2;
// linux/if_bridge.h
const IFLA_BRIDGE_FLAGS: u16 = 0;
const IFLA_BRIDGE_VLAN_INFO: u16 = 2;
const BRIDGE_FLAGS_SELF: u16 = 2;
const BRIDGE_VLAN_INFO_PVID: u16 = 1 << 1;
const BRIDGE_VLAN_INFO_UNTAGGED: u16 = 1 << 2;
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_F_NODAD: u32 = 2;
const RTNH_F_ONLINK: u32 = 4;
const RTA_DST: u16 = 1;
const RTA_OIF: u16 = 4;
const RTA_GATEWAY: u16 = 5;
const RTA_PRIORITY: u16 = 6;
const RT_TABLE_MAIN: u8 = 254;
const RTPROT_BOOT: u8 = 3;
const RT_SCOPE_UNIVERSE: u8 = 0;
const RT_SCOPE_HOST: u8 = 254;
const RTN_UNICAST: u8 = 1;
const RTN_LOCAL: u8 = 2;
// linux/fib_rules.h
const RTM_NEWRULE: u16 = 32;
const FRA_PRIORITY: u16 = 6;
const FRA_FWMARK: u16 = 10;
/// Before those that programs number from 100 on. Ones without a number are put before the first that there is; where that is the number 1, in
/// the wrong order.
const BEFORE_OTHERS: u32 = 50;
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

/// The way out of this family, over the interface. It takes the place of one that somebody in the container has made: two of a metric can't be.
fn default_route(index: u32, of: IpAddr) -> Message {
    let how = NLM_F_ACK | NLM_F_CREATE | NLM_F_REPLACE;
    route_message(RTM_NEWROUTE, how, index, [family(of), 0], 0)
}

/// A route of this address's family over the interface, for destinations of a prefix of this length.
fn new_route(index: u32, of: IpAddr, length: u8, flags: u32) -> Message {
    route_message(RTM_NEWROUTE, NEW, index, [family(of), length], flags)
}

fn route_message(kind: u16, how: u16, index: u32, [of, length]: [u8; 2], flags: u32) -> Message {
    let fixed = [of, length, 0, 0, RT_TABLE_MAIN, RTPROT_BOOT, RT_SCOPE_UNIVERSE, RTN_UNICAST];
    let mut message = Message::new(kind, how, &[&fixed[..], &flags.to_ne_bytes()].concat());
    message.put_u32(RTA_OIF, index);
    message
}

fn with_gateway(mut message: Message, gateway: IpAddr, metric: Option<u32>) -> Message {
    if !gateway.is_unspecified() {
        message.put(RTA_GATEWAY, &octets(gateway));
    }
    put_metric(&mut message, metric);
    message
}

fn further_route(index: u32, route: &Route) -> Message {
    let destination = route.destination;
    // The gateway is on the link, though its subnet may not be that of the container's address.
    let mut message = new_route(index, route.gateway, destination.prefix_len(), RTNH_F_ONLINK);
    message.put(RTA_DST, &octets(destination.addr())).put(RTA_GATEWAY, &octets(route.gateway));
    put_metric(&mut message, route.metric);
    message
}

fn put_metric(message: &mut Message, metric: Option<u32>) {
    if let Some(metric) = metric {
        message.put_u32(RTA_PRIORITY, metric);
    }
}

/// All of an endpoint, but for those by itself.
fn routes_of(index: u32, endpoint: &Endpoint) -> Vec<Message> {
    let by_others = |route: &&Route| endpoint.addresses.iter().all(|net| net.addr() != route.gateway);
    let further = endpoint.routes.iter().filter(by_others).map(|route| further_route(index, route));
    further.chain(default_routes(index, endpoint)).collect()
}

fn default_routes(index: u32, endpoint: &Endpoint) -> impl Iterator<Item = Message> {
    let gateways = endpoint.gateways.iter().filter(|_| endpoint.leads_out);
    gateways.map(move |gateway| with_gateway(default_route(index, *gateway), *gateway, endpoint.metric))
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
pub fn deliver_marked(kernel: &Connection, mark: u32, table: u8) -> nix::Result<()> {
    deliver_marked_of(kernel, mark, table, libc::AF_INET)?;
    match deliver_marked_of(kernel, mark, table, libc::AF_INET6) {
        // Without IPv6 there is nothing to deliver.
        Err(Errno::EOPNOTSUPP | Errno::EAFNOSUPPORT) => Ok(()),
        other => other,
    }
}

fn deliver_marked_of(kernel: &Connection, mark: u32, table: u8, family: i32) -> nix::Result<()> {
    let family = family as u8;
    let fixed = [family, 0, 0, 0, table, RTPROT_BOOT, RT_SCOPE_HOST, RTN_LOCAL, 0, 0, 0, 0];
    let mut route = Message::new(RTM_NEWROUTE, NEW, &fixed);
    route.put_u32(RTA_OIF, index("lo").ok_or(Errno::ENODEV)?);
    // struct fib_rule_hdr.
    let fixed = [family, 0, 0, 0, table, 0, 0, FR_ACT_TO_TBL, 0, 0, 0, 0];
    let mut rule = Message::new(RTM_NEWRULE, NEW, &fixed);
    rule.put_u32(FRA_PRIORITY, BEFORE_OTHERS).put_u32(FRA_FWMARK, mark);
    for message in [route, rule] {
        match kernel.ask(message) {
            Ok(_) | Err(Errno::EEXIST) => {}
            Err(errno) => return Err(errno),
        }
    }
    Ok(())
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

fn new_link(name: &str, mtu: u32) -> Message {
    let mut message = Message::new(RTM_NEWLINK, NEW, &link(0, 0, 0));
    message.put_str(IFLA_IFNAME, name);
    if mtu > 0 {
        message.put_u32(IFLA_MTU, mtu);
    }
    message
}

fn made(kernel: &Connection, name: &str, message: Message) -> nix::Result<u32> {
    kernel.ask(message)?;
    index(name).ok_or(Errno::ENODEV)
}

/// Makes a bridge, which is down. Without an address of its own it would take a container's, and lose it with that.
pub fn make_bridge(kernel: &Connection, name: &str, mac: Option<Mac>, mtu: u32) -> nix::Result<u32> {
    let mut message = new_link(name, mtu);
    if let Some(mac) = mac {
        message.put(IFLA_ADDRESS, &mac.0);
    }
    message.nest(IFLA_LINKINFO, |m| {
        m.put_str(IFLA_INFO_KIND, "bridge");
    });
    made(kernel, name, message)
}

/// Makes a VLAN of the interface `below`, which is down.
pub fn make_vlan(kernel: &Connection, name: &str, below: u32, id: u16) -> nix::Result<u32> {
    let mut message = new_link(name, 0);
    message.put_u32(IFLA_LINK, below);
    message.nest(IFLA_LINKINFO, |m| {
        m.put_str(IFLA_INFO_KIND, "vlan").nest(IFLA_INFO_DATA, |m| {
            m.put(IFLA_VLAN_ID, &id.to_ne_bytes());
        });
    });
    made(kernel, name, message)
}

/// Gives a bridge its addresses.
pub fn add_addresses(kernel: &Connection, index: u32, addresses: &[IpNet]) -> nix::Result<()> {
    let all = addresses.iter().map(|net| add_address(index, net.addr(), net.prefix_len())).collect();
    kernel.ask_all(all).map_err(|(_, errno)| errno)
}

/// Gives an interface that is complete its name and brings it up, in one step: whoever finds it by that name can use it.
pub fn finish(kernel: &Connection, index: u32, name: &str) -> nix::Result<()> {
    let mut message = Message::new(RTM_NEWLINK, NLM_F_ACK, &link(index, UP, UP));
    message.put_str(IFLA_IFNAME, name);
    kernel.ask(message).map(drop)
}

/// Has a bridge keep VLANs apart, and puts the bridge itself into one.
pub fn filter_vlans(kernel: &Connection, bridge: u32, vlan: u16) -> nix::Result<()> {
    let mut message = Message::new(RTM_NEWLINK, NLM_F_ACK, &link(bridge, 0, 0));
    message.nest(IFLA_LINKINFO, |m| {
        m.put_str(IFLA_INFO_KIND, "bridge").nest(IFLA_INFO_DATA, |m| {
            m.put(IFLA_BR_VLAN_FILTERING, &[1]);
        });
    });
    kernel.ask(message)?;
    set_vlan(kernel, bridge, vlan, true)
}

/// What comes at a port without a tag is of the VLAN, and what goes has none. `is_bridge`: the port of the bridge itself.
pub fn set_vlan(kernel: &Connection, port: u32, vlan: u16, is_bridge: bool) -> nix::Result<()> {
    let fixed = [&[libc::AF_BRIDGE as u8, 0, 0, 0], &link(port, 0, 0)[4..]].concat();
    let mut message = Message::new(RTM_SETLINK, NLM_F_ACK, &fixed);
    message.nest(IFLA_AF_SPEC, |m| {
        if is_bridge {
            m.put(IFLA_BRIDGE_FLAGS, &BRIDGE_FLAGS_SELF.to_ne_bytes());
        }
        let flags = BRIDGE_VLAN_INFO_PVID | BRIDGE_VLAN_INFO_UNTAGGED;
        m.put(IFLA_BRIDGE_VLAN_INFO, &[flags.to_ne_bytes(), vlan.to_ne_bytes()].concat());
    });
    kernel.ask(message).map(drop)
}

/// Has a bridge pass nothing from this port to others that are isolated: frames between them never meet the rules for packets.
pub fn isolate(kernel: &Connection, port: u32) -> nix::Result<()> {
    let mut message = Message::new(RTM_NEWLINK, NLM_F_ACK, &link(port, 0, 0));
    message.nest(IFLA_LINKINFO, |m| {
        m.put_str(IFLA_INFO_SLAVE_KIND, "bridge").nest(IFLA_INFO_SLAVE_DATA, |m| {
            m.put(IFLA_BRPORT_ISOLATED, &[1]);
        });
    });
    kernel.ask(message).map(drop)
}

/// What the kernel can't do.
pub fn explain(errno: Errno, what: &str) -> Error {
    match errno {
        Errno::EOPNOTSUPP => Kind::Unsupported.error(format!("this kernel has no {what}")),
        other => Error::new(other),
    }
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

/// Makes the endpoint's one interface of type macvlan or ipvlan, in the namespace.
pub fn make_child(
    kernel: &Connection,
    endpoint: &Endpoint,
    settings: &Settings,
    parent: u32,
    namespace: BorrowedFd<'_>,
) -> nix::Result<()> {
    let mut message = new_link(&endpoint.interface, endpoint.mtu);
    message.put_u32(IFLA_LINK, parent).put_u32(IFLA_NET_NS_FD, namespace.as_raw_fd() as u32);
    if endpoint.driver == Driver::Macvlan {
        message.put(IFLA_ADDRESS, &endpoint.mac.0);
    }
    message.nest(IFLA_LINKINFO, |m| {
        m.put_str(IFLA_INFO_KIND, endpoint.driver.name()).nest(IFLA_INFO_DATA, |m| match endpoint.driver {
            Driver::Ipvlan => {
                m.put(IFLA_IPVLAN_MODE, &(settings.ipvlan_mode as u16).to_ne_bytes());
                m.put(IFLA_IPVLAN_FLAGS, &(settings.ipvlan_flag as u16).to_ne_bytes());
            }
            Driver::Macvlan | Driver::Bridge => {
                m.put_u32(IFLA_MACVLAN_MODE, settings.macvlan_mode as u32);
            }
        });
    });
    kernel.ask(message).map(drop)
}

/// Makes the endpoint's device the way out.
pub fn add_default_routes(inside: &Connection, index: u32, endpoint: &Endpoint) -> Result<()> {
    inside
        .ask_all(default_routes(index, endpoint).collect())
        .map_err(|(_, errno)| errno)
        .with_context(|| format!("leading the container out by network {}", endpoint.network))
}

/// The endpoint's device is the way out no longer, whether it was that or not.
pub fn remove_default_routes(inside: &Connection, index: u32, endpoint: &Endpoint) -> Result<()> {
    for gateway in &endpoint.gateways {
        let route = route_message(RTM_DELROUTE, NLM_F_ACK, index, [family(*gateway), 0], 0);
        match inside.ask(with_gateway(route, *gateway, endpoint.metric)) {
            Ok(_) | Err(Errno::ESRCH) => {}
            Err(errno) => {
                return Err(errno).with_context(|| {
                    format!("leading the container out by another network than {}", endpoint.network)
                });
            }
        }
    }
    Ok(())
}

/// Brings the endpoint's device up, and gives it its addresses, and routes if it is the way out. `inside` talks to the container's namespace.
pub fn configure(inside: &Connection, index: u32, endpoint: &Endpoint) -> Result<()> {
    let up = Message::new(RTM_NEWLINK, NLM_F_ACK, &link(index, UP, UP));
    let addresses = endpoint.addresses.iter().map(|net| add_address(index, net.addr(), net.prefix_len()));
    let link_local = endpoint.link_local.iter().map(|ip| add_address(index, *ip, link_local_prefix(*ip)));
    let routes = routes_of(index, endpoint);
    inside
        .ask_all(std::iter::once(up).chain(addresses).chain(link_local).chain(routes).collect())
        .map_err(|(_, errno)| errno)
        .with_context(|| format!("giving the container its addresses on network {}", endpoint.network))
}
