//! What `network create` is asked for, and how that becomes a network.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use jiff::Timestamp;

use super::mode::check_interface;
use super::network::{Driver, Network, Parent, Route, Subnet, overlap};
use super::options::{self, Settings};
use super::pool::AddressPool;
use crate::error::{Kind, Result};

/// A subnet that is wished for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubnetRequest {
    pub subnet: Option<IpNet>,
    pub gateway: Option<IpAddr>,
    pub range: Option<IpNet>,
    pub reserved: BTreeMap<String, IpAddr>,
}

/// `network create`.
#[derive(Debug, Clone, Default)]
pub struct NetworkRequest {
    pub name: String,
    pub driver: Driver,
    pub subnets: Vec<SubnetRequest>,
    /// Also an IPv4 subnet, if none was given. `None`: if there is no other, or IPv6 comes beside (as with podman).
    pub ipv4: Option<bool>,
    /// Also an IPv6 subnet, if none was given.
    pub ipv6: bool,
    pub internal: bool,
    pub attachable: bool,
    pub disable_dns: bool,
    pub options: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    /// Name of the bridge, or of the parent.
    pub interface: Option<String>,
    /// Nobody gives addresses.
    pub no_addresses: bool,
    /// See [`Network::has_ipam_options`].
    pub has_ipam_options: bool,
    pub routes: Vec<Route>,
    pub dns_servers: Vec<IpAddr>,
}

/// How long a name may be: it is a file's, with something before and after it.
const LONGEST_NAME: usize = 200;

/// docker takes every name that isn't empty. Here it is a file's, and stands on the command line with options after it.
pub fn check_name(name: &str) -> Result<()> {
    if name.trim().is_empty() {
        return Kind::Invalid.err(format!("invalid name: {name}"));
    }
    let is_taken = |c: char| c.is_control() || "/:,=\"".contains(c);
    if name.contains(is_taken) || name.starts_with('.') || name.len() > LONGEST_NAME {
        return Kind::Invalid.err(format!(
            "invalid network name {name:?}: it may be {LONGEST_NAME} bytes long, without a dot at its begin, and has none of / : , = \" and control characters"
        ));
    }
    Ok(())
}

impl NetworkRequest {
    /// The network that fits the wish. `taken`: subnets of other networks and of the host's routes.
    pub fn resolve(mut self, id: String, pools: &[AddressPool], taken: &[IpNet]) -> Result<Network> {
        check_name(&self.name)?;
        let settings = options::settings(self.driver, &self.options)?;
        self.ipv6 |= options::enables_ipv6(&self.options)?;
        let (interface, parent) = self.interface(&id, &settings)?;
        if self.disable_dns && !self.dns_servers.is_empty() {
            return Kind::Invalid
                .err("--dns and --disable-dns exclude one another: nobody would ask the servers");
        }
        if settings.routes_by_interface(self.driver) && self.subnets.is_empty() {
            return Kind::Invalid
                .err("ipvlan in mode l3 needs a subnet that the networks around have a route to (--subnet)");
        }
        let subnets = self.resolve_subnets(&id, pools, taken)?;
        for route in &self.routes {
            if !subnets.iter().any(|s| s.subnet.contains(&route.gateway)) {
                return Kind::Invalid
                    .err(format!("the route's gateway {} is in no subnet of the network", route.gateway));
            }
        }
        Ok(Network {
            interface,
            parent,
            id,
            name: self.name,
            created: Timestamp::now(),
            driver: self.driver,
            internal: self.internal,
            attachable: self.attachable,
            // Without addresses a name means nothing.
            dns: !self.disable_dns && !subnets.is_empty(),
            subnets,
            settings,
            options: self.options,
            has_ipam_options: self.has_ipam_options,
            labels: self.labels,
            routes: self.routes,
            dns_servers: self.dns_servers,
        })
    }

    fn resolve_subnets(&self, id: &str, pools: &[AddressPool], taken: &[IpNet]) -> Result<Vec<Subnet>> {
        if self.no_addresses {
            if !self.subnets.is_empty()
                || self.ipv6
                || self.ipv4 == Some(true)
                || !self.routes.is_empty()
                || !self.dns_servers.is_empty()
            {
                return Kind::Invalid
                    .err("--ipam-driver none gives no addresses: --subnet, --ipv4, --ipv6, --route and --dns have no meaning");
            }
            return Ok(Vec::new());
        }
        let mut subnets = Vec::new();
        for request in &self.subnets {
            subnets.push(resolve_subnet(request, taken, &subnets)?);
        }
        let has = |subnets: &[Subnet], four| subnets.iter().any(|s| s.subnet.addr().is_ipv4() == four);
        match (self.ipv4, has(&subnets, true)) {
            (Some(false), true) => return Kind::Invalid.err("a network without IPv4 has no subnets of IPv4"),
            (Some(false), false) if !self.ipv6 && subnets.is_empty() => {
                return Kind::Invalid.err("IPv4 or IPv6 must be enabled");
            }
            (wanted, false) if wanted.unwrap_or(self.ipv6 || subnets.is_empty()) => {
                let taken = taken.iter().copied().chain(subnets.iter().map(|s| s.subnet));
                subnets.insert(0, with_gateway(free_subnet(pools, &taken.collect::<Vec<_>>())?));
            }
            _ => {}
        }
        if self.ipv6 && !has(&subnets, false) {
            subnets.push(with_gateway(ula(id)));
        }
        Ok(subnets)
    }

    /// The interface that the network has or is on, and what that is.
    fn interface(&self, id: &str, settings: &Settings) -> Result<(String, Parent)> {
        let option = options::interface(self.driver, &self.options);
        let given = match (&self.interface, option) {
            (Some(a), Some(b)) if a != b => {
                return Kind::Invalid
                    .err(format!("--interface-name {a} and the network option {b:?} exclude one another"));
            }
            (a, b) => a.as_ref().or(b),
        };
        if let Some(name) = given {
            check_interface(name)?;
        }
        let own = || format!("dh-{}", &id[..12]);
        if self.driver == Driver::Bridge {
            return Ok((given.cloned().unwrap_or_else(own), Parent::Host));
        }
        match (given, settings.vlan) {
            (None, Some(_)) => {
                Kind::Invalid.err("network option vlan: of which interface? Name it (-o parent=NAME)")
            }
            (None, None) => Ok((own(), Parent::Own)),
            (Some(name), Some(vlan)) => {
                let whole = format!("{name}.{vlan}");
                check_interface(&whole)?;
                Ok((whole, Parent::Vlan { below: name.clone(), id: vlan }))
            }
            (Some(name), None) => Ok((name.clone(), parent(name)?)),
        }
    }
}

/// What a parent of this name is.
fn parent(name: &str) -> Result<Parent> {
    let Some((below, id)) = name.rsplit_once('.') else { return Ok(Parent::Host) };
    match id.parse() {
        Ok(id) if options::is_vlan(id) && !below.is_empty() => Ok(Parent::Vlan { below: below.into(), id }),
        _ => Kind::Invalid.err(format!(
            "invalid parent {name:?}: after the point comes the VLAN, 1 to 4094, as in eth0.10"
        )),
    }
}

/// Where subnets are taken from: the pool, and the length of a subnet's prefix. Neither docker's nor podman's.
const POOLS_V4: &[(&str, u8)] = &[("10.96.0.0/12", 24), ("192.168.192.0/18", 24)];

fn free_subnet(pools: &[AddressPool], taken: &[IpNet]) -> Result<IpNet> {
    let usual = || POOLS_V4.iter().map(|(pool, size)| (pool.parse().expect("a valid pool"), *size)).collect();
    let mut of_user: Vec<(IpNet, u8)> = Vec::new();
    for pool in pools.iter().filter(|p| p.base.is_ipv4()) {
        of_user.push((IpNet::new(pool.base, pool.prefix)?, pool.size));
    }
    let pools: Vec<(IpNet, u8)> = if of_user.is_empty() { usual() } else { of_user };
    for (pool, length) in pools {
        let free = pool
            .subnets(length)
            .expect("longer than the pool's")
            .find(|s| !taken.iter().any(|t| overlap(s, t)));
        if let Some(free) = free {
            return Ok(free);
        }
    }
    Kind::Unavailable.err(
        "all predefined address pools have been fully subnetted: give a subnet (--subnet), or remove networks that nobody uses (dhow network prune)",
    )
}

/// A unique local prefix (RFC 4193) that goes with the id.
fn ula(id: &str) -> IpNet {
    let digits = |range: std::ops::Range<usize>| u16::from_str_radix(&id[range], 16).unwrap_or(1);
    let segments = [0xfd00 | digits(0..2), digits(2..6), digits(6..10), digits(10..14), 0, 0, 0, 0];
    IpNet::new(IpAddr::from(segments), 64).expect("64 is at most 128")
}

fn with_gateway(subnet: IpNet) -> Subnet {
    let gateway = first_host(&subnet);
    Subnet { subnet, gateway, range: None, reserved: BTreeMap::new() }
}

fn first_host(subnet: &IpNet) -> IpAddr {
    super::ipam::offset(subnet.network(), 1)
}

fn resolve_subnet(request: &SubnetRequest, taken: &[IpNet], own: &[Subnet]) -> Result<Subnet> {
    let Some(given) = request.subnet else {
        return Kind::Invalid.err("--gateway, --ip-range and --aux-address need a --subnet");
    };
    let subnet = given.trunc();
    let minimum = if subnet.addr().is_ipv4() { 30 } else { 126 };
    if subnet.prefix_len() > minimum {
        return Kind::Invalid.err(format!("subnet {subnet} is too small: it has no address for a container"));
    }
    let others = taken.iter().chain(own.iter().map(|s| &s.subnet));
    if let Some(other) = others.into_iter().find(|t| overlap(t, &subnet)) {
        return Kind::Forbidden.err(format!(
            "Pool overlaps with other one on this address space: {subnet} with {other}, of another network or of a route of this host"
        ));
    }
    let within = |what: &str, address: IpAddr| {
        if subnet.contains(&address) {
            return Ok(address);
        }
        Kind::Invalid.err(format!("{what} {address} is not in the subnet {subnet}"))
    };
    if let Some(range) = request.range
        && !subnet.contains(&range)
    {
        return Kind::Invalid.err(format!("the range {range} is not in the subnet {subnet}"));
    }
    for address in request.reserved.values() {
        within("the auxiliary address", *address)?;
    }
    let gateway = request.gateway.map_or_else(|| Ok(first_host(&subnet)), |g| within("the gateway", g))?;
    if gateway == subnet.network() || (gateway == subnet.broadcast() && gateway.is_ipv4()) {
        return Kind::Invalid.err(format!("the gateway {gateway} is not the address of a host"));
    }
    let range = request.range.map(|r| r.trunc());
    Ok(Subnet { subnet, gateway, range, reserved: request.reserved.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(request: NetworkRequest, taken: &[&str]) -> Result<Network> {
        let taken: Vec<IpNet> = taken.iter().map(|t| t.parse().unwrap()).collect();
        request.resolve("0123456789abcdef".repeat(4), &[], &taken)
    }

    fn with_subnet(subnet: &str, gateway: Option<&str>, range: Option<&str>) -> NetworkRequest {
        let request = SubnetRequest {
            subnet: Some(subnet.parse().unwrap()),
            gateway: gateway.map(|g| g.parse().unwrap()),
            range: range.map(|r| r.parse().unwrap()),
            ..SubnetRequest::default()
        };
        NetworkRequest { name: "n".into(), subnets: vec![request], ..NetworkRequest::default() }
    }

    #[test]
    fn a_free_subnet_is_found() {
        let request = NetworkRequest { name: "n".into(), ipv6: true, ..NetworkRequest::default() };
        let network = resolve(request.clone(), &["10.96.0.0/24", "10.96.1.128/25"]).unwrap();
        assert_eq!(network.subnets[0].subnet.to_string(), "10.96.2.0/24");
        assert_eq!(network.subnets[0].gateway.to_string(), "10.96.2.1");
        assert_eq!(network.subnets[1].subnet.to_string(), "fd01:2345:6789:abcd::/64");
        assert_eq!(network.subnets[1].gateway.to_string(), "fd01:2345:6789:abcd::1");
        assert_eq!(network.interface, "dh-0123456789ab");
        assert!(resolve(request, &["0.0.0.0/1", "128.0.0.0/1"]).is_err());
    }

    #[test]
    fn families() {
        let of = |subnet: Option<&str>, ipv4, ipv6| {
            let subnets = subnet.map_or(Vec::new(), |s| with_subnet(s, None, None).subnets);
            let request =
                NetworkRequest { name: "n".into(), subnets, ipv4, ipv6, ..NetworkRequest::default() };
            let network = resolve(request, &[])?;
            Ok::<_, crate::error::Error>((network.has_ipv4(), network.has_ipv6(), network.subnets.len()))
        };
        for (subnet, ipv4, ipv6, expected) in [
            (None, None, false, (true, false, 1)),
            (None, None, true, (true, true, 2)),
            (None, Some(false), true, (false, true, 1)),
            (Some("10.1.0.0/24"), None, true, (true, true, 2)),
            (Some("fd00::/64"), None, false, (false, true, 1)),
            (Some("fd00::/64"), None, true, (true, true, 2)),
            (Some("fd00::/64"), Some(true), false, (true, true, 2)),
            (Some("fd00::/64"), Some(false), true, (false, true, 1)),
        ] {
            assert_eq!(of(subnet, ipv4, ipv6).unwrap(), expected, "{subnet:?} {ipv4:?} {ipv6}");
        }
        for (value, six) in [("true", Some(true)), ("false", Some(false)), ("maybe", None)] {
            let options = BTreeMap::from([("com.docker.network.enable_ipv6".into(), value.into())]);
            let request = NetworkRequest { name: "n".into(), options, ..NetworkRequest::default() };
            assert_eq!(resolve(request, &[]).ok().map(|n| n.has_ipv6()), six, "{value}");
        }
        assert!(of(None, Some(false), false).is_err());
        assert!(of(Some("10.1.0.0/24"), Some(false), true).is_err());
    }

    #[test]
    fn what_was_asked_is_checked() {
        let network = resolve(with_subnet("10.1.2.3/16", None, Some("10.1.5.0/24")), &[]).unwrap();
        assert_eq!(network.subnets[0].subnet.to_string(), "10.1.0.0/16");
        assert_eq!(network.subnets[0].gateway.to_string(), "10.1.0.1");
        assert!(resolve(with_subnet("10.1.0.0/16", Some("10.1.9.9"), None), &[]).is_ok());
        assert!(resolve(with_subnet("fd00::/64", None, None), &[]).is_ok_and(|n| n.has_ipv6()));
        for (subnet, gateway, range) in [
            ("10.1.0.0/31", None, None),
            ("10.1.0.0/16", Some("10.2.0.1"), None),
            ("10.1.0.0/16", Some("10.1.0.0"), None),
            ("10.1.0.0/16", None, Some("10.2.0.0/24")),
        ] {
            assert!(
                resolve(with_subnet(subnet, gateway, range), &[]).is_err(),
                "{subnet} {gateway:?} {range:?}"
            );
        }
        assert!(resolve(with_subnet("10.1.0.0/16", None, None), &["10.1.7.0/24"]).is_err(), "overlap");
    }

    #[test]
    fn several_subnets_and_routes() {
        let mut request = with_subnet("10.1.0.0/24", None, None);
        request.subnets.push(with_subnet("10.2.0.0/24", Some("10.2.0.254"), None).subnets.remove(0));
        request.routes = vec!["10.9.1.1/16,10.2.0.7,50".parse().unwrap()];
        let network = resolve(request.clone(), &[]).unwrap();
        assert_eq!(network.routes[0].destination.to_string(), "10.9.0.0/16");
        let gateways = network.gateways(&["10.2.0.9/24".parse().unwrap()]);
        assert_eq!(gateways, ["10.2.0.254".parse::<IpAddr>().unwrap()]);
        request.routes = vec!["10.9.0.0/16,10.3.0.1".parse().unwrap()];
        assert!(resolve(request.clone(), &[]).is_err(), "a gateway that nobody reaches");
        request.routes.clear();
        request.subnets.push(with_subnet("10.2.0.128/25", None, None).subnets.remove(0));
        assert!(resolve(request, &[]).is_err(), "they overlap");
        for bad in ["10.0.0.0/8", "10.0.0.0/8,fd00::1", "10.0.0.0/8,10.0.0.1,x", "x,10.0.0.1", "a,b,c,d"] {
            assert!(bad.parse::<Route>().is_err(), "{bad}");
        }
        let none = NetworkRequest { name: "n".into(), no_addresses: true, ..NetworkRequest::default() };
        let network = resolve(none.clone(), &[]).unwrap();
        assert!(network.subnets.is_empty() && !network.dns);
        assert!(resolve(NetworkRequest { ipv6: true, ..none }, &[]).is_err());
    }

    #[test]
    fn what_the_interfaces_of_containers_are_on() {
        let with = |driver, options: &[(&str, &str)]| {
            let options = options.iter().map(|(k, v)| ((*k).to_string(), (*v).to_string())).collect();
            let request = NetworkRequest { name: "n".into(), driver, options, ..NetworkRequest::default() };
            resolve(request, &[]).map(|n| (n.interface, n.parent))
        };
        let macvlan = |options: &[(&str, &str)]| with(Driver::Macvlan, options).ok();
        let vlan = |id| Parent::Vlan { below: "eth0".into(), id };
        assert_eq!(macvlan(&[]), Some(("dh-0123456789ab".into(), Parent::Own)));
        assert_eq!(macvlan(&[("parent", "eth0")]), Some(("eth0".into(), Parent::Host)));
        assert_eq!(macvlan(&[("parent", "eth0.10")]), Some(("eth0.10".into(), vlan(10))));
        assert_eq!(macvlan(&[("parent", "eth0"), ("vlan", "7")]), Some(("eth0.7".into(), vlan(7))));
        for bad in
            [&[("parent", "eth0.5000")][..], &[("parent", "eth0.x")], &[("vlan", "7")], &[("parent", ".7")]]
        {
            assert_eq!(macvlan(bad), None, "{bad:?}");
        }
        assert!(with(Driver::Ipvlan, &[("mode", "l3")]).is_err(), "without a subnet");
        assert_eq!(with(Driver::Bridge, &[("name", "lan")]).unwrap().0, "lan");
    }
}
