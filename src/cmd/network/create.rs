//! `dhow network create`.

use std::collections::BTreeMap;
use std::net::IpAddr;

use clap::Args;
use ipnet::IpNet;

use crate::cmd::{App, Verb};
use crate::engine::networks::{Driver, NetworkRequest, Route, SubnetRequest};
use crate::error::{Context, Kind, Result};

/// Make a network
#[derive(Debug, Args)]
pub(crate) struct Create {
    #[arg(value_name = "NETWORK")]
    name: String,
    /// What makes the network: bridge, macvlan or ipvlan
    #[arg(short, long, value_name = "DRIVER", default_value = "bridge")]
    driver: Driver,
    /// Addresses of the network; of several subnets of a family a container gets an address of the first that has one
    #[arg(long, value_name = "SUBNET")]
    subnet: Vec<IpNet>,
    /// The host's address on the subnet
    #[arg(long, value_name = "ADDRESS")]
    gateway: Vec<IpAddr>,
    /// Of the subnet, what containers get their addresses from
    #[arg(long, value_name = "RANGE")]
    ip_range: Vec<IpNet>,
    /// An address that no container gets
    #[arg(long, value_name = "NAME=ADDRESS")]
    aux_address: Vec<String>,
    /// IPv4 addresses, of which there are some unless a subnet of IPv6 alone is given without --ipv6
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    ipv4: Option<bool>,
    /// Also IPv6 addresses
    #[arg(long)]
    ipv6: bool,
    /// No way out of the network, and none in
    #[arg(long)]
    internal: bool,
    /// Containers may be attached by hand, as to every network here
    #[arg(long)]
    attachable: bool,
    /// Option of the network: mtu, metric, no_default_route; of a bridge icc, isolate, vlan, name; of macvlan and ipvlan parent, mode, vlan
    #[arg(short, long, value_name = "KEY=VALUE")]
    opt: Vec<String>,
    /// Set a label
    #[arg(long, value_name = "KEY[=VALUE]")]
    label: Vec<String>,
    /// Who gives addresses out: host-local (default), or none
    #[arg(long, value_name = "DRIVER", default_value = "host-local")]
    ipam_driver: String,
    /// Containers don't resolve one another's names
    #[arg(long)]
    disable_dns: bool,
    /// Name server that is asked for names that nobody on the network has
    #[arg(long, value_name = "ADDRESS")]
    dns: Vec<IpAddr>,
    /// A route of the containers on the network
    #[arg(long, value_name = "DESTINATION,GATEWAY[,METRIC]")]
    route: Vec<Route>,
    /// Name of the bridge, or of the parent
    #[arg(long, value_name = "NAME")]
    interface_name: Option<String>,
    /// No error if there is one of this name
    #[arg(long)]
    ignore: bool,
}

impl Verb for Create {
    const NAME: &'static str = "create";
    const ABOUT: &'static str = "Make a network";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        if self.ignore && engine.network_exists(&self.name)? {
            println!("{}", self.name);
            return Ok(0);
        }
        println!("{}", engine.create_network(self.request()?)?.id);
        Ok(0)
    }
}

impl Create {
    fn request(self) -> Result<NetworkRequest> {
        let no_addresses = match self.ipam_driver.as_str() {
            "host-local" | "default" => false,
            "none" | "null" => true,
            other => {
                return Kind::Unsupported
                    .err(format!("--ipam-driver {other} is not supported: use host-local or none"));
            }
        };
        let mut subnets: Vec<SubnetRequest> = self
            .subnet
            .iter()
            .map(|subnet| SubnetRequest { subnet: Some(*subnet), ..SubnetRequest::default() })
            .collect();
        for gateway in self.gateway {
            let subnet = holding(&mut subnets, gateway, "gateway")?;
            if subnet.gateway.replace(gateway).is_some() {
                return Kind::Invalid.err(format!("two gateways for one subnet: {gateway}"));
            }
        }
        for range in self.ip_range {
            if holding(&mut subnets, range.addr(), "ip-range")?.range.replace(range).is_some() {
                return Kind::Invalid.err(format!("two ranges for one subnet: {range}"));
            }
        }
        for text in &self.aux_address {
            let (name, address) = text
                .split_once('=')
                .and_then(|(name, address)| Some((name, address.parse::<IpAddr>().ok()?)))
                .with_context(|| {
                    Kind::Invalid.error(format!("invalid --aux-address {text:?}: use NAME=ADDRESS"))
                })?;
            holding(&mut subnets, address, "aux-address")?.reserved.insert(name.into(), address);
        }
        let mut options = BTreeMap::new();
        for option in &self.opt {
            // An option without a value is on, as with docker.
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            options.insert(key.to_string(), value.to_string());
        }
        let pair = |label: &String| {
            let (key, value) = label.split_once('=').unwrap_or((label, ""));
            (key.to_string(), value.to_string())
        };
        Ok(NetworkRequest {
            name: self.name,
            driver: self.driver,
            subnets,
            ipv4: self.ipv4,
            ipv6: self.ipv6,
            internal: self.internal,
            attachable: self.attachable,
            disable_dns: self.disable_dns,
            options,
            labels: self.label.iter().map(pair).collect(),
            interface: self.interface_name,
            no_addresses,
            // As docker's command line always sends one.
            has_ipam_options: true,
            routes: self.route,
            dns_servers: self.dns,
        })
    }
}

/// The subnet that an address belongs to.
fn holding<'a>(
    subnets: &'a mut [SubnetRequest],
    address: IpAddr,
    option: &str,
) -> Result<&'a mut SubnetRequest> {
    subnets.iter_mut().find(|s| s.subnet.is_some_and(|net| net.contains(&address))).with_context(|| {
        Kind::Invalid.error(format!(
            "no matching subnet for --{option} {address}: give one that it lies in (--subnet)"
        ))
    })
}
