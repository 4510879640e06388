//! `dhow volume ls` and `dhow volume prune`.

use clap::Args;
use serde::Serialize;

use crate::cmd::format::{Columns, Listing};
use crate::cmd::pruned::{print_deleted, print_reclaimed};
use crate::cmd::{App, Verb, confirmed};
use crate::engine::volumes::{VolumeFilter, VolumeSummary};
use crate::error::{Kind, Result};

/// List volumes
#[derive(Debug, Args)]
pub(crate) struct List {
    /// Conditions: name, label, label!, driver, dangling, scope, opt, until, since
    #[arg(short, long = "filter", value_name = "FILTER")]
    filters: Vec<String>,
    /// json, a Go template, or table with a template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Print names only
    #[arg(short, long)]
    quiet: bool,
}

const TITLES: &[(&str, &str)] = &[
    ("Availability", "AVAILABILITY"),
    ("Driver", "DRIVER"),
    ("Group", "GROUP"),
    ("Labels", "LABELS"),
    ("Links", "LINKS"),
    ("Mountpoint", "MOUNTPOINT"),
    ("Name", "VOLUME NAME"),
    ("Scope", "SCOPE"),
    ("Size", "SIZE"),
    ("Status", "STATUS"),
];

/// A row, with docker's field names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    availability: &'static str,
    driver: &'static str,
    group: &'static str,
    labels: String,
    links: &'static str,
    mountpoint: String,
    name: String,
    scope: &'static str,
    size: &'static str,
    status: &'static str,
}

fn filter(texts: &[String]) -> Result<VolumeFilter> {
    let mut filter = VolumeFilter::default();
    texts.iter().try_for_each(|text| filter.add(text))?;
    Ok(filter)
}

impl Verb for List {
    const NAME: &'static str = "ls";
    const ABOUT: &'static str = "List volumes";
    const ALIASES: &'static [&'static str] = &["list"];

    fn run(self, app: &App) -> Result<u8> {
        let filter = filter(&self.filters)?;
        let columns = Columns { titles: TITLES, table: "{{.Driver}}\t{{.Name}}", quiet: "{{.Name}}" };
        let listing = Listing::new(self.format.as_deref(), self.quiet, columns)?;
        let volumes = app.engine()?.list_volumes(&filter)?;
        listing.print(volumes.into_iter().map(row))?;
        Ok(0)
    }
}

/// Docker, too, knows some of these only elsewhere (`system df`, clusters).
fn row(summary: VolumeSummary) -> Row {
    let labels = &summary.volume.labels;
    Row {
        availability: "N/A",
        driver: "local",
        group: "N/A",
        labels: labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(","),
        links: "N/A",
        mountpoint: summary.mountpoint.display().to_string(),
        name: summary.volume.name,
        scope: "local",
        size: "N/A",
        status: "N/A",
    }
}

/// Remove volumes without a name that no container has
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Also those that have a name
    #[arg(short, long)]
    all: bool,
    /// Don't ask
    #[arg(short, long)]
    force: bool,
    /// Conditions: label=KEY[=VALUE], label!=KEY[=VALUE], until=TIME, all=BOOL
    #[arg(long = "filter", value_name = "FILTER")]
    filters: Vec<String>,
}

impl Verb for Prune {
    const NAME: &'static str = "prune";
    const ABOUT: &'static str = "Remove volumes that no container has";

    fn run(self, app: &App) -> Result<u8> {
        let mut all = self.all;
        let mut filters = Vec::new();
        for text in self.filters {
            match text.split_once('=') {
                Some(("all", "true" | "1")) => all = true,
                Some(("all", "false" | "0")) => all = false,
                Some(("label" | "label!" | "until" | "since" | "after", _)) => filters.push(text),
                _ => return Kind::Invalid.err(format!("invalid filter '{text}'")),
            }
        }
        let what = if all {
            "all local volumes not used by at least one container"
        } else {
            "anonymous local volumes not used by at least one container"
        };
        let filter = filter(&filters)?;
        if !self.force && !confirmed(what)? {
            return Ok(0);
        }
        let report = app.engine()?.prune_volumes(&filter, all)?;
        print_deleted("Volumes", &report.volumes);
        print_reclaimed(report.reclaimed);
        Ok(0)
    }
}
