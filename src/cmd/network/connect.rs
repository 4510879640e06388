//! `dhow network connect` and `disconnect`.

use std::net::{Ipv4Addr, Ipv6Addr};

use clap::Args;

use crate::cmd::{App, Verb};
use crate::engine::networks::{Attachment, Link, Mac};
use crate::error::{Context, Kind, Result};

/// Connect a container to a network
#[derive(Debug, Args)]
pub(crate) struct Connect {
    /// Another name of the container on the network
    #[arg(long, value_name = "NAME", alias = "network-alias")]
    alias: Vec<String>,
    /// IPv4 address
    #[arg(long, value_name = "ADDRESS")]
    ip: Option<Ipv4Addr>,
    /// IPv6 address
    #[arg(long, value_name = "ADDRESS")]
    ip6: Option<Ipv6Addr>,
    /// Option of the container's place on the network, as com.docker.network.endpoint.sysctls=net.ipv4.conf.IFNAME.forwarding=0
    #[arg(long, value_name = "KEY=VALUE")]
    driver_opt: Vec<String>,
    /// A further address that is good on the network's link alone
    #[arg(long, value_name = "ADDRESS")]
    link_local_ip: Vec<String>,
    /// Another container's name for this one alone
    #[arg(long, value_name = "CONTAINER[:ALIAS]")]
    link: Vec<Link>,
    /// Of the container's networks the one with the highest leads out
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 0,
        hide_default_value = true,
        allow_negative_numbers = true
    )]
    gw_priority: i64,
    /// Hardware address
    #[arg(long, value_name = "MAC")]
    mac_address: Option<Mac>,
    #[arg(value_name = "NETWORK")]
    network: String,
    #[arg(value_name = "CONTAINER")]
    container: String,
}

impl Verb for Connect {
    const NAME: &'static str = "connect";
    const ABOUT: &'static str = "Connect a container to a network";

    fn run(self, app: &App) -> Result<u8> {
        let mut attachment = Attachment {
            gw_priority: self.gw_priority,
            network: self.network,
            ipv4: self.ip,
            ipv6: self.ip6,
            mac: self.mac_address,
            aliases: self.alias,
            links: self.link,
            ..Attachment::default()
        };
        for address in &self.link_local_ip {
            attachment.add_link_local(address)?;
        }
        for option in &self.driver_opt {
            let (key, value) = option.split_once('=').with_context(|| {
                Kind::Invalid.error(format!("invalid --driver-opt {option:?}: use KEY=VALUE"))
            })?;
            attachment.add_driver_option(key, value)?;
        }
        app.engine()?.connect_network(attachment, &self.container)?;
        Ok(0)
    }
}

/// Disconnect a container from a network
#[derive(Debug, Args)]
pub(crate) struct Disconnect {
    /// No error if the container is gone
    #[arg(short, long)]
    force: bool,
    #[arg(value_name = "NETWORK")]
    network: String,
    #[arg(value_name = "CONTAINER")]
    container: String,
}

impl Verb for Disconnect {
    const NAME: &'static str = "disconnect";
    const ABOUT: &'static str = "Disconnect a container from a network";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        if self.force && engine.inspect(&self.container).is_err() {
            return Ok(0);
        }
        engine.disconnect_network(&self.network, &self.container)?;
        Ok(0)
    }
}
