//! A network: its subnets, driver and options, and how a wish for one becomes one.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::mode::check_interface;
use super::pool::AddressPool;
use crate::error::{Context, Error, Kind, Result};

/// What makes the interfaces of a network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    #[default]
    Bridge,
}

impl Driver {
    pub fn name(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
        }
    }
}

impl FromStr for Driver {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "bridge" => Ok(Self::Bridge),
            "host" | "none" | "null" => {
                Kind::Forbidden.err(format!("only one instance of {text:?} network is allowed"))
            }
            "macvlan" | "ipvlan" => {
                Kind::Unsupported.err(format!("network driver {text:?} is not supported yet"))
            }
            _ => Kind::NotFound
                .err(format!("could not find plugin {text} in v1 plugin registry: plugin not found")),
        }
    }
}

/// Addresses of a network.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subnet {
    pub subnet: IpNet,
    pub gateway: IpAddr,
    /// Of these, containers get theirs.
    #[serde(default)]
    pub range: Option<IpNet>,
    /// Addresses that are kept for others, by name.
    #[serde(default)]
    pub reserved: BTreeMap<String, IpAddr>,
}

/// `networks/<name>.json`. Written once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// 64 hexadecimal digits.
    pub id: String,
    pub name: String,
    pub created: Timestamp,
    pub driver: Driver,
    /// At most one of each family.
    pub subnets: Vec<Subnet>,
    /// No way out, and none in.
    #[serde(default)]
    pub internal: bool,
    /// Containers resolve one another's names.
    #[serde(default)]
    pub dns: bool,
    /// As they were given.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The bridge.
    pub interface: String,
    #[serde(default)]
    pub settings: Settings,
}

/// What the options say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// 0: the kernel's default.
    pub mtu: u32,
    /// Containers reach one another.
    pub icc: bool,
    pub masquerade: bool,
    /// Where ports are published that name no address.
    #[serde(default)]
    pub publish_address: Option<IpAddr>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { mtu: 0, icc: true, masquerade: true, publish_address: None }
    }
}

impl Network {
    pub fn has_ipv6(&self) -> bool {
        self.subnets.iter().any(|s| s.subnet.addr().is_ipv6())
    }

    /// The subnet of an address's family.
    pub fn subnet_for(&self, address: IpAddr) -> Option<&Subnet> {
        self.subnets.iter().find(|s| s.subnet.addr().is_ipv4() == address.is_ipv4())
    }
}

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
    /// Also an IPv6 subnet, if none was given.
    pub ipv6: bool,
    pub internal: bool,
    pub disable_dns: bool,
    pub options: BTreeMap<String, String>,
    pub labels: BTreeMap<String, String>,
    /// Name of the bridge.
    pub interface: Option<String>,
}

/// docker's rule for names.
pub fn check_name(name: &str) -> Result<()> {
    if crate::state::id::is_name(name) {
        return Ok(());
    }
    Kind::Invalid.err(format!("invalid network name {name:?}: only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed"))
}

impl NetworkRequest {
    /// The network that fits the wish. `taken`: subnets of other networks and of the host's routes.
    pub fn resolve(self, id: String, pools: &[AddressPool], taken: &[IpNet]) -> Result<Network> {
        check_name(&self.name)?;
        let mut subnets = Vec::new();
        for request in &self.subnets {
            let subnet = resolve_subnet(request, taken, &subnets)?;
            if subnets.iter().any(|s: &Subnet| s.subnet.addr().is_ipv4() == subnet.subnet.addr().is_ipv4()) {
                return Kind::Unsupported.err("a network can have one subnet of each family: two were given");
            }
            subnets.push(subnet);
        }
        let has = |four: bool| subnets.iter().any(|s| s.subnet.addr().is_ipv4() == four);
        let (four, six) = (has(true), has(false));
        if !four && self.subnets.is_empty() {
            subnets.insert(0, with_gateway(free_subnet(pools, taken)?));
        }
        if self.ipv6 && !six {
            subnets.push(with_gateway(ula(&id)));
        }
        let interface = match self.interface {
            Some(name) => {
                check_interface(&name)?;
                name
            }
            None => format!("dh-{}", &id[..12]),
        };
        Ok(Network {
            interface,
            id,
            name: self.name,
            created: Timestamp::now(),
            driver: self.driver,
            subnets,
            internal: self.internal,
            dns: !self.disable_dns,
            settings: settings(&self.options)?,
            options: self.options,
            labels: self.labels,
        })
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

pub fn overlap(a: &IpNet, b: &IpNet) -> bool {
    a.contains(b) || b.contains(a)
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
        return Kind::Conflict.err(format!(
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

/// Options by docker's names and podman's.
fn settings(options: &BTreeMap<String, String>) -> Result<Settings> {
    let mut settings = Settings::default();
    for (key, value) in options {
        let invalid = || Kind::Invalid.error(format!("network option {key}: invalid value {value:?}"));
        let boolean = || match value.as_str() {
            "true" | "1" | "" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(invalid()),
        };
        match key.strip_prefix("com.docker.network.").unwrap_or(key) {
            "mtu" | "driver.mtu" => {
                settings.mtu =
                    value.parse().ok().filter(|m| (68..=65535).contains(m)).with_context(invalid)?;
            }
            "icc" | "bridge.enable_icc" => settings.icc = boolean()?,
            "bridge.enable_ip_masquerade" => settings.masquerade = boolean()?,
            "bridge.host_binding_ipv4" => {
                settings.publish_address = Some(value.parse().ok().with_context(invalid)?);
            }
            // Taken as `--interface-name` by the caller.
            "bridge.name" => {}
            // Networks are kept apart always.
            "isolate" => {
                if !boolean()? {
                    return Kind::Unsupported.err("network option isolate=false: dhow keeps networks apart");
                }
            }
            _ => return Kind::Unsupported.err(format!("network option {key:?} is not supported")),
        }
    }
    Ok(settings)
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
    fn options_are_known_or_refused() {
        let with = |key: &str, value: &str| settings(&BTreeMap::from([(key.into(), value.into())]));
        assert_eq!(with("mtu", "9000").unwrap().mtu, 9000);
        assert_eq!(with("com.docker.network.driver.mtu", "1400").unwrap().mtu, 1400);
        assert!(!with("com.docker.network.bridge.enable_icc", "false").unwrap().icc);
        for (key, value) in [("mtu", "9"), ("icc", "maybe"), ("colour", "red")] {
            assert!(with(key, value).is_err(), "{key}");
        }
    }
}
