//! `dhow image prune`.

use clap::Args;

use super::remove;
use crate::cmd::pruned::{print_deleted, print_reclaimed};
use crate::cmd::{App, Verb, confirmed};
use crate::engine::images::PruneRequest;
use crate::engine::time;
use crate::error::{Kind, Result};

/// Remove images that nobody uses
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Also images that have a name, if no container uses them
    #[arg(short, long)]
    all: bool,
    /// Don't ask
    #[arg(short, long)]
    force: bool,
    /// Conditions: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]
    #[arg(long = "filter", value_name = "FILTER")]
    filters: Vec<String>,
}

impl Verb for Prune {
    const NAME: &'static str = "prune";
    const ABOUT: &'static str = "Remove images that nobody uses";

    fn run(self, app: &App) -> Result<u8> {
        let mut request = PruneRequest { all: self.all, ..PruneRequest::default() };
        for filter in &self.filters {
            apply(&mut request, filter)?;
        }
        let what = if self.all {
            "all images without at least one container associated to them"
        } else {
            "all dangling images"
        };
        if !self.force && !confirmed(what)? {
            return Ok(0);
        }
        let report = app.engine()?.prune_images(&request)?;
        print_deleted("Images", &remove::pruned(&report.images));
        print_reclaimed(report.reclaimed);
        Ok(0)
    }
}

fn apply(request: &mut PruneRequest, filter: &str) -> Result<()> {
    match filter.split_once('=') {
        Some(("until", text)) => request.until = Some(time::parse(text)?.as_second()),
        Some(("label", label)) => request.labels.push(label.to_string()),
        Some(("label!", label)) => request.not_labels.push(label.to_string()),
        Some(("dangling", "true" | "1")) => request.all = false,
        Some(("dangling", "false" | "0")) => request.all = true,
        _ => return Kind::Invalid.err(format!("invalid filter '{filter}'")),
    }
    Ok(())
}
