//! A network: its subnets, driver and options.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use ipnet::IpNet;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::options::Settings;
use crate::error::{Context, Error, Kind, Result};

/// What makes the interfaces of a network.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Driver {
    #[default]
    Bridge,
    /// Each container has a hardware address of its own on the parent's network.
    Macvlan,
    /// They share the parent's.
    Ipvlan,
}

impl Driver {
    pub fn name(self) -> &'static str {
        match self {
            Self::Bridge => "bridge",
            Self::Macvlan => "macvlan",
            Self::Ipvlan => "ipvlan",
        }
    }
}

impl FromStr for Driver {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "bridge" => Ok(Self::Bridge),
            "macvlan" => Ok(Self::Macvlan),
            "ipvlan" => Ok(Self::Ipvlan),
            "host" | "none" | "null" => {
                Kind::Forbidden.err(format!("only one instance of {text:?} network is allowed"))
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
    /// None: whoever is on the network cares for addresses. Of several of a family a container gets an address of one.
    pub subnets: Vec<Subnet>,
    /// No way out, and none in.
    #[serde(default)]
    pub internal: bool,
    /// Says nothing here, where everybody may attach containers: it is shown as it was given.
    #[serde(default)]
    pub attachable: bool,
    /// Containers resolve one another's names.
    #[serde(default)]
    pub dns: bool,
    /// As they were given.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// Options of whoever gives addresses out were given, too; there are none yet, so that is an empty map.
    #[serde(default)]
    pub has_ipam_options: bool,
    #[serde(default)]
    pub labels: BTreeMap<String, String>,
    /// The bridge; with the other drivers the parent.
    pub interface: String,
    #[serde(default)]
    pub parent: Parent,
    /// Further routes of the containers.
    #[serde(default)]
    pub routes: Vec<Route>,
    /// Who is asked for names that nobody on the network has; none: the host's servers.
    #[serde(default)]
    pub dns_servers: Vec<IpAddr>,
    #[serde(default)]
    pub settings: Settings,
}

/// What the containers' interfaces of a network of type macvlan or ipvlan are on top of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Parent {
    /// An interface that the host has.
    #[default]
    Host,
    /// A VLAN of one, which is made if it isn't there.
    Vlan { below: String, id: u16 },
    /// None: one of the network's own that leads nowhere.
    Own,
}

/// A route that the containers of a network get.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    pub destination: IpNet,
    pub gateway: IpAddr,
    #[serde(default)]
    pub metric: Option<u32>,
}

impl FromStr for Route {
    type Err = Error;

    /// `DESTINATION,GATEWAY[,METRIC]`
    fn from_str(text: &str) -> Result<Self> {
        let invalid =
            || Kind::Invalid.error(format!("invalid route {text:?}: use DESTINATION,GATEWAY[,METRIC]"));
        let parts: Vec<&str> = text.split(',').collect();
        let (destination, gateway, metric) = match parts[..] {
            [destination, gateway] => (destination, gateway, None),
            [destination, gateway, metric] => (destination, gateway, Some(metric)),
            _ => return Err(invalid()),
        };
        let destination: IpNet = destination.parse().ok().with_context(invalid)?;
        let gateway: IpAddr = gateway.parse().ok().with_context(invalid)?;
        let metric = metric.map(|m| m.parse().ok().with_context(invalid)).transpose()?;
        if destination.addr().is_ipv4() != gateway.is_ipv4() {
            return Kind::Invalid.err(format!("invalid route {text:?}: an IPv4 and an IPv6 address"));
        }
        Ok(Self { destination: destination.trunc(), gateway, metric })
    }
}

impl Network {
    pub fn has_ipv4(&self) -> bool {
        self.subnets_of(true).next().is_some()
    }

    pub fn has_ipv6(&self) -> bool {
        self.subnets_of(false).next().is_some()
    }

    /// What its interface is called while it is being made: only one that is complete has its name.
    pub fn unfinished(&self) -> String {
        format!("dt-{}", &self.id[..12])
    }

    pub fn is_bridge(&self) -> bool {
        self.driver == Driver::Bridge
    }

    /// The subnets of a family.
    pub fn subnets_of(&self, ipv4: bool) -> impl Iterator<Item = &Subnet> {
        self.subnets.iter().filter(move |s| s.subnet.addr().is_ipv4() == ipv4)
    }

    /// The subnet that an address is of; if of none, one of its family.
    pub fn subnet_for(&self, address: IpAddr) -> Option<&Subnet> {
        let holds = |s: &&Subnet| s.subnet.contains(&address);
        self.subnets.iter().find(holds).or_else(|| self.subnets_of(address.is_ipv4()).next())
    }

    /// The ways out for a container with these addresses. An unspecified address is the interface itself.
    pub fn gateways(&self, addresses: &[IpNet]) -> Vec<IpAddr> {
        if self.internal || self.settings.no_default_route {
            return Vec::new();
        }
        let by_interface = self.settings.routes_by_interface(self.driver);
        let gateway = |net: &IpNet| match net.addr() {
            IpAddr::V4(_) if by_interface => Some(Ipv4Addr::UNSPECIFIED.into()),
            IpAddr::V6(_) if by_interface => Some(Ipv6Addr::UNSPECIFIED.into()),
            address => self.subnet_for(address).map(|s| s.gateway),
        };
        addresses.iter().filter_map(gateway).collect()
    }
}

pub fn overlap(a: &IpNet, b: &IpNet) -> bool {
    a.contains(b) || b.contains(a)
}
