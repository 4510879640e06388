//! `dhow network ls` and `dhow network prune`.

use clap::Args;
use serde::Serialize;

use crate::cmd::format::{Columns, Listing};
use crate::cmd::pruned::print_deleted;
use crate::cmd::{App, Verb, confirmed};
use crate::engine::networks::{NetworkFilter, NetworkSummary};
use crate::error::Result;

/// List networks
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Conditions: driver, id, label, name, scope, type, dangling, until
    #[arg(short, long = "filter", value_name = "FILTER")]
    filters: Vec<String>,
    /// json, a Go template, or table with a template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Print whole IDs
    #[arg(long)]
    no_trunc: bool,
    /// Print IDs only
    #[arg(short, long)]
    quiet: bool,
}

const TITLES: &[(&str, &str)] = &[
    ("ID", "NETWORK ID"),
    ("Name", "NAME"),
    ("Driver", "DRIVER"),
    ("Scope", "SCOPE"),
    ("IPv4", "IPV4"),
    ("IPv6", "IPV6"),
    ("Internal", "INTERNAL"),
    ("Labels", "LABELS"),
    ("CreatedAt", "CREATED AT"),
];

/// A row, with docker's field names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    created_at: String,
    driver: String,
    #[serde(rename = "ID")]
    id: String,
    #[serde(rename = "IPv4")]
    ipv4: String,
    #[serde(rename = "IPv6")]
    ipv6: String,
    internal: String,
    labels: String,
    name: String,
    scope: String,
}

impl Verb for List {
    const NAME: &'static str = "ls";
    const ABOUT: &'static str = "List networks";
    const ALIASES: &'static [&'static str] = &["list"];

    fn run(self, app: &App) -> Result<u8> {
        let filter = filter(&self.filters)?;
        let columns = Columns {
            titles: TITLES,
            table: "{{.ID}}\t{{.Name}}\t{{.Driver}}\t{{.Scope}}",
            quiet: "{{.ID}}",
        };
        let listing = Listing::new(self.format.as_deref(), self.quiet, columns)?;
        let networks = app.engine()?.list_networks(&filter)?;
        listing.print(networks.into_iter().map(|network| row(network, self.no_trunc)))?;
        Ok(0)
    }
}

fn row(network: NetworkSummary, whole: bool) -> Row {
    Row {
        created_at: network.created.map(|c| c.to_string()).unwrap_or_default(),
        driver: network.driver.into(),
        id: if whole { network.id } else { network.id[..12].into() },
        ipv4: network.ipv4.to_string(),
        ipv6: network.ipv6.to_string(),
        internal: network.internal.to_string(),
        labels: network.labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(","),
        name: network.name,
        scope: network.scope.into(),
    }
}

fn filter(texts: &[String]) -> Result<NetworkFilter> {
    let mut filter = NetworkFilter::default();
    texts.iter().try_for_each(|text| filter.add(text))?;
    Ok(filter)
}

/// Remove networks that nobody uses
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Don't ask
    #[arg(short, long)]
    force: bool,
    /// Conditions: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]
    #[arg(long = "filter", value_name = "FILTER")]
    filters: Vec<String>,
}

impl Verb for Prune {
    const NAME: &'static str = "prune";
    const ABOUT: &'static str = "Remove networks that nobody uses";

    fn run(self, app: &App) -> Result<u8> {
        let filter = filter(&self.filters)?;
        if !self.force && !confirmed("all custom networks not used by at least one container")? {
            return Ok(0);
        }
        let removed = app.engine()?.prune_networks(&filter)?;
        print_deleted("Networks", &removed);
        Ok(0)
    }
}
