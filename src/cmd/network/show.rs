//! `dhow network inspect`, `exists`, `reload` and `rm`.

use clap::Args;

use crate::cmd::format::Inspection;
use crate::cmd::{App, Verb};
use crate::error::Result;

/// Show all that is known of networks, as JSON
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    #[arg(value_name = "NETWORK", required = true)]
    networks: Vec<String>,
    /// json, or a Go template
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<String>,
}

impl Verb for Inspect {
    const NAME: &'static str = "inspect";
    const ABOUT: &'static str = "Show all that is known of networks, as JSON";

    fn run(self, app: &App) -> Result<u8> {
        let inspection = Inspection::new(self.format.as_deref())?;
        let engine = app.engine()?;
        inspection.print_each(&self.networks, |network| engine.inspect_network(network))
    }
}

/// Tell by the exit code whether there is a network: 0 or 1
#[derive(Debug, Args)]
pub(crate) struct Exists {
    #[arg(value_name = "NETWORK")]
    network: String,
}

impl Verb for Exists {
    const NAME: &'static str = "exists";
    const ABOUT: &'static str = "Tell by the exit code whether there is a network";
    const FAILURE: u8 = 125;

    fn run(self, app: &App) -> Result<u8> {
        Ok(u8::from(!app.engine()?.network_exists(&self.network)?))
    }
}

/// Put the rules of all networks in force again
#[derive(Debug, Args)]
pub(crate) struct Reload {}

impl Verb for Reload {
    const NAME: &'static str = "reload";
    const ABOUT: &'static str = "Put the firewall rules of all networks in force again";

    fn run(self, app: &App) -> Result<u8> {
        app.engine()?.reload_networks()?;
        Ok(0)
    }
}

/// Remove networks
#[derive(Debug, Args)]
pub(crate) struct Remove {
    #[arg(value_name = "NETWORK", required = true)]
    networks: Vec<String>,
    /// No error if there is no such network
    #[arg(short, long)]
    force: bool,
}

impl Verb for Remove {
    const NAME: &'static str = "rm";
    const ABOUT: &'static str = "Remove networks";
    const ALIASES: &'static [&'static str] = &["remove"];

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        Ok(crate::cmd::container::each(&self.networks, |name| {
            engine.remove_network(name, self.force)?;
            println!("{name}");
            Ok(())
        }))
    }
}
