//! `dhow system prune` and `dhow builder prune`.

use clap::Args;

use crate::cmd::pruned::{print_deleted, print_reclaimed};
use crate::cmd::{App, Verb, agreed, image};
use crate::engine::Engine;
use crate::engine::containers::ContainerFilter;
use crate::engine::images::PruneRequest;
use crate::engine::networks::NetworkFilter;
use crate::engine::time;
use crate::engine::volumes::VolumeFilter;
use crate::error::{Kind, Result};

/// Remove what nobody uses: containers that have ended, networks, images
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Also images that have a name, if no container uses them
    #[arg(short, long)]
    all: bool,
    /// Also volumes without a name that no container has
    #[arg(long)]
    volumes: bool,
    /// Don't ask
    #[arg(short, long)]
    force: bool,
    /// Conditions: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]
    #[arg(long = "filter", value_name = "FILTER")]
    filters: Vec<String>,
}

/// What was typed, for each kind of object.
struct Filters {
    containers: ContainerFilter,
    networks: NetworkFilter,
    volumes: VolumeFilter,
    images: PruneRequest,
}

impl Filters {
    fn parse(texts: &[String], all: bool, volumes: bool) -> Result<Self> {
        let mut filters = Self {
            containers: ContainerFilter::new(true),
            networks: NetworkFilter::default(),
            volumes: VolumeFilter::default(),
            images: PruneRequest { all, ..PruneRequest::default() },
        };
        for text in texts {
            match text.split_once('=') {
                Some(("until", _)) if volumes => {
                    return Kind::Invalid.err("the \"until\" filter is not supported with \"--volumes\"");
                }
                Some(("until", value)) => filters.images.until = Some(time::parse(value)?.as_second()),
                Some(("label", value)) => filters.images.labels.push(value.into()),
                Some(("label!", value)) => filters.images.not_labels.push(value.into()),
                _ => return Kind::Invalid.err(format!("invalid filter '{text}'")),
            }
            filters.containers.add(text)?;
            filters.networks.add(text)?;
            filters.volumes.add(text)?;
        }
        Ok(filters)
    }
}

impl Verb for Prune {
    const NAME: &'static str = "prune";
    const ABOUT: &'static str = "Remove what nobody uses";

    fn run(self, app: &App) -> Result<u8> {
        let filters = Filters::parse(&self.filters, self.all, self.volumes)?;
        if !self.force && !agreed(&self.warning())? {
            return Ok(0);
        }
        let engine = app.engine()?;
        // Containers first: they keep the others in use.
        let mut reclaimed = prune_containers(&engine, &filters)?;
        print_deleted("Networks", &engine.prune_networks(&filters.networks)?);
        if self.volumes {
            let report = engine.prune_volumes(&filters.volumes, false)?;
            print_deleted("Volumes", &report.volumes);
            reclaimed += report.reclaimed;
        }
        let report = engine.prune_images(&filters.images)?;
        print_deleted("Images", &image::pruned(&report.images));
        print_reclaimed(reclaimed + report.reclaimed);
        Ok(0)
    }
}

impl Prune {
    /// In docker's words.
    fn warning(&self) -> String {
        let mut all = vec!["all stopped containers", "all networks not used by at least one container"];
        if self.volumes {
            all.push("all anonymous volumes not used by at least one container");
        }
        all.extend(if self.all {
            ["all images without at least one container associated to them", "all build cache"]
        } else {
            ["all dangling images", "unused build cache"]
        });
        let lines =
            |items: &[&str]| items.iter().map(|item| ["  - ", item, "\n"].concat()).collect::<String>();
        let mut text = format!("WARNING! This will remove:\n{}\n", lines(&all));
        if !self.filters.is_empty() {
            let filters: Vec<&str> = self.filters.iter().map(String::as_str).collect();
            text += &format!("  Items to be pruned will be filtered with:\n{}\n", lines(&filters));
        }
        text
    }
}

fn prune_containers(engine: &Engine, filters: &Filters) -> Result<u64> {
    let report = engine.prune_containers(&filters.containers)?;
    print_deleted("Containers", &report.containers);
    Ok(report.reclaimed)
}

/// Remove the build cache (there is none: images aren't built by this version)
#[derive(Debug, Args)]
pub(crate) struct BuilderPrune {
    /// Also what is in use
    #[arg(short, long)]
    all: bool,
    /// Don't ask
    #[arg(short, long)]
    force: bool,
}

impl Verb for BuilderPrune {
    const NAME: &'static str = "prune";
    const ABOUT: &'static str = "Remove the build cache";

    fn run(self, _: &App) -> Result<u8> {
        let which = if self.all { "all build cache" } else { "all dangling build cache" };
        if !self.force && !crate::cmd::confirmed(which)? {
            return Ok(0);
        }
        eprintln!("There is no build cache: nothing to remove.");
        print_reclaimed(0);
        Ok(0)
    }
}
