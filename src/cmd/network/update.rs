//! `dhow network update`.

use std::net::IpAddr;

use clap::Args;

use crate::cmd::{App, Verb};
use crate::error::{Kind, Result};

/// Change the name servers of a network; running containers notice
#[derive(Debug, Args)]
pub(crate) struct Update {
    /// Add a name server
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    dns_add: Vec<IpAddr>,
    /// Remove a name server
    #[arg(long, value_name = "ADDRESS", value_delimiter = ',')]
    dns_drop: Vec<IpAddr>,
    #[arg(value_name = "NETWORK")]
    network: String,
}

impl Verb for Update {
    const NAME: &'static str = "update";
    const ABOUT: &'static str = "Change the name servers of a network";

    fn run(self, app: &App) -> Result<u8> {
        if self.dns_add.is_empty() && self.dns_drop.is_empty() {
            return Kind::Invalid.err("nothing to change: give --dns-add or --dns-drop");
        }
        println!("{}", app.engine()?.update_network(&self.network, &self.dns_add, &self.dns_drop)?);
        Ok(0)
    }
}
