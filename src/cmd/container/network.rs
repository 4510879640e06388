//! The options of `run` and `create` that are about networks.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use clap::Args;

use crate::engine::containers::{
    ContainerNetwork, ExtraHost, Link, Mac, NetworkOption, PortSpec, PublishMode,
};
use crate::error::{Kind, Result};

#[derive(Debug, Args)]
pub struct NetworkArgs {
    /// Network: NAME[:ip=ADDRESS,mac=ADDRESS,alias=NAME,interface_name=NAME,link-local-ip=ADDRESS,driver-opt=KEY=VALUE,host_loopback], none, host, container:NAME, ns:PATH, pasta[:OPTION,...] or slirp4netns[:OPTION,...]
    #[arg(long, alias = "net", value_name = "NETWORK")]
    network: Vec<NetworkOption>,
    /// IPv4 address on the network
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<Ipv4Addr>,
    /// IPv6 address on the network
    #[arg(long, value_name = "ADDRESS")]
    ip6: Option<Ipv6Addr>,
    /// Hardware address on the network
    #[arg(long, value_name = "ADDRESS")]
    mac_address: Option<Mac>,
    /// A further address that is good on the network's link alone
    #[arg(long, value_name = "ADDRESS")]
    link_local_ip: Vec<String>,
    /// A further name of the container on the network
    #[arg(long, alias = "net-alias", value_name = "NAME")]
    network_alias: Vec<String>,
    /// Another container's name for this one alone
    #[arg(long, value_name = "CONTAINER[:ALIAS]")]
    link: Vec<Link>,
    /// Publish a port of the container on the host
    #[arg(short = 'p', long, value_name = "[[IP:]PORT:]PORT[/PROTOCOL]")]
    publish: Vec<PortSpec>,
    /// Publish all exposed ports on ports of the host that are free
    #[arg(short = 'P', long)]
    publish_all: bool,
    /// How published ports reach the container: dnat, or proxy, through a listener that firewalls filter as any local service [default: dnat]
    #[arg(long, value_name = "MODE")]
    publish_mode: Option<PublishMode>,
    /// Expose a port or a range of them
    #[arg(long, value_name = "PORT[/PROTOCOL]")]
    expose: Vec<String>,
    /// Add a line to /etc/hosts; the address host-gateway is the host's on the network
    #[arg(long, value_name = "NAME:ADDRESS")]
    add_host: Vec<ExtraHost>,
    /// Name server
    #[arg(long, value_name = "ADDRESS")]
    dns: Vec<IpAddr>,
    /// Domain in which names are searched, . for none
    #[arg(long, value_name = "DOMAIN")]
    dns_search: Vec<String>,
    /// Option of the resolver
    #[arg(long, alias = "dns-opt", value_name = "OPTION")]
    dns_option: Vec<String>,
    /// Leave the image's /etc/hosts as it is
    #[arg(long, conflicts_with = "add_host")]
    no_hosts: bool,
    /// Leave the image's /etc/hostname as it is
    #[arg(long)]
    no_hostname: bool,
}

impl NetworkArgs {
    pub fn request(self) -> Result<ContainerNetwork> {
        let mut networks = self.network;
        let about_one = self.ip.is_some()
            || self.ip6.is_some()
            || self.mac_address.is_some()
            || !self.link_local_ip.is_empty();
        if about_one && networks.len() > 1 {
            return Kind::Invalid.err(
                "--ip, --ip6, --link-local-ip and --mac-address don't say for which of several networks: use --network NAME:ip=ADDRESS,mac=ADDRESS",
            );
        }
        if about_one || !self.network_alias.is_empty() {
            if networks.is_empty() {
                networks.push("default".parse()?);
            }
            for network in &mut networks {
                let NetworkOption::Network(attachment) = network else {
                    return Kind::Invalid.err("conflicting options: an address or an alias needs a network");
                };
                attachment.ipv4 = attachment.ipv4.or(self.ip);
                attachment.ipv6 = attachment.ipv6.or(self.ip6);
                attachment.mac = attachment.mac.or(self.mac_address);
                attachment.aliases.extend(self.network_alias.iter().cloned());
                for address in &self.link_local_ip {
                    attachment.add_link_local(address)?;
                }
            }
        }
        Ok(ContainerNetwork {
            networks,
            links: self.link,
            published: self.publish.into_iter().flat_map(|p| p.0).collect(),
            publish_all: self.publish_all,
            publish_mode: self.publish_mode,
            expose: self.expose,
            extra_hosts: self.add_host,
            dns: self.dns,
            dns_search: self.dns_search,
            dns_options: self.dns_option,
            no_hosts: self.no_hosts,
            no_hostname: self.no_hostname,
        })
    }
}
