//! `dhow system df`.

use clap::Args;
use serde::Serialize;
use serde_json::json;

use crate::cmd::format::{Columns, Listing, print_one};
use crate::cmd::{App, Verb, container, image, output, units};
use crate::engine::system::{ContainerUsage, DiskUsage, ImagesUsage, UsageParts, VolumeUsage};
use crate::error::Result;

/// Show how much is kept, and how much of it nobody needs
#[derive(Debug, Args)]
pub(crate) struct Df {
    /// Each image, container and volume
    #[arg(short, long)]
    verbose: bool,
    /// json, a Go template, or table with a template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

const TITLES: &[(&str, &str)] = &[
    ("Type", "TYPE"),
    ("TotalCount", "TOTAL"),
    ("Active", "ACTIVE"),
    ("Size", "SIZE"),
    ("Reclaimable", "RECLAIMABLE"),
];
const TABLE: &str = "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}";

const IMAGES: Columns = Columns {
    titles: image::TITLES,
    table: "{{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}\t{{.SharedSize}}\t{{.UniqueSize}}\t{{.Containers}}",
    quiet: "{{.ID}}",
};
const CONTAINERS: Columns = Columns {
    titles: container::TITLES,
    table: "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.LocalVolumes}}\t{{.Size}}\t{{.RunningFor}}\t{{.Status}}\t{{.Names}}",
    quiet: "{{.ID}}",
};
const VOLUMES: Columns = Columns {
    titles: &[("Name", "VOLUME NAME"), ("Links", "LINKS"), ("Size", "SIZE")],
    table: "{{.Name}}\t{{.Links}}\t{{.Size}}",
    quiet: "{{.Name}}",
};
const CACHE: Columns = Columns {
    titles: &[
        ("ID", "CACHE ID"),
        ("CacheType", "CACHE TYPE"),
        ("Size", "SIZE"),
        ("CreatedSince", "CREATED"),
        ("LastUsedSince", "LAST USED"),
        ("UsageCount", "USAGE"),
        ("Shared", "SHARED"),
    ],
    table: "{{.ID}}\t{{.CacheType}}\t{{.Size}}\t{{.CreatedSince}}\t{{.LastUsedSince}}\t{{.UsageCount}}\t{{.Shared}}",
    quiet: "{{.ID}}",
};

/// A kind of object, with docker's field names.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    r#type: &'static str,
    total_count: String,
    active: String,
    size: String,
    reclaimable: String,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct VolumeRow {
    name: String,
    links: String,
    size: String,
}

impl Verb for Df {
    const NAME: &'static str = "df";
    const ABOUT: &'static str = "Show how much is kept, and how much of it nobody needs";

    fn run(self, app: &App) -> Result<u8> {
        // Before anything is measured: a template that can't be parsed is a mistake in the command line.
        let columns = Columns { titles: TITLES, table: TABLE, quiet: "{{.Type}}" };
        let listing = Listing::new(self.format.as_deref(), false, columns)?;
        let usage = app.engine()?.disk_usage(UsageParts::ALL)?;
        match self.format.as_deref().map(str::trim) {
            _ if !self.verbose => listing.print(summary(&usage))?,
            None | Some("" | "table") => output::write(&tables(&usage)?)?,
            Some(format) => print_one(format, &objects(&usage))?,
        }
        Ok(0)
    }
}

fn summary(usage: &DiskUsage) -> [Row; 4] {
    let images = usage.images.as_ref().map_or_else(ImagesUsage::default, Clone::clone);
    let containers = usage.containers.as_deref().unwrap_or_default();
    let volumes = usage.volumes.as_deref().unwrap_or_default();
    let is_active = |c: &&ContainerUsage| c.summary.state.status.is_active();
    let written = |active: bool| -> u64 {
        containers.iter().filter(|c| is_active(c) == active).map(|c| c.written).sum()
    };
    let used = |v: &&VolumeUsage| !v.summary.users.is_empty();
    let kept =
        |in_use: bool| -> u64 { volumes.iter().filter(|v| used(v) == in_use).filter_map(|v| v.size).sum() };
    let active_images = images.images.iter().filter(|i| i.summary.containers > 0).count();
    [
        row("Images", images.images.len(), active_images, images.size, images.reclaimable),
        row(
            "Containers",
            containers.len(),
            containers.iter().filter(is_active).count(),
            written(true) + written(false),
            written(false),
        ),
        row(
            "Local Volumes",
            volumes.len(),
            volumes.iter().filter(used).count(),
            kept(true) + kept(false),
            kept(false),
        ),
        row("Build Cache", 0, 0, 0, 0),
    ]
}

fn row(kind: &'static str, total: usize, active: usize, size: u64, reclaimable: u64) -> Row {
    let mut shown = units::size4(reclaimable);
    if let Some(percent) = (u128::from(reclaimable) * 100).checked_div(u128::from(size)) {
        shown += &format!(" ({percent}%)");
    }
    Row {
        r#type: kind,
        total_count: total.to_string(),
        active: active.to_string(),
        size: units::size4(size),
        reclaimable: shown,
    }
}

fn image_rows(usage: &DiskUsage) -> Vec<image::Row> {
    usage.images.iter().flat_map(|images| &images.images).map(image::Row::measured).collect()
}

fn container_rows(usage: &DiskUsage) -> Vec<container::Row> {
    let all = usage.containers.iter().flatten();
    all.map(|c| container::row(&c.summary, false, Some(c.written))).collect()
}

fn volume_rows(usage: &DiskUsage) -> Vec<VolumeRow> {
    let all = usage.volumes.iter().flatten();
    let row = |v: &VolumeUsage| VolumeRow {
        name: v.summary.volume.name.clone(),
        links: v.summary.users.len().to_string(),
        size: v.size.map_or_else(|| "N/A".into(), units::size4),
    };
    all.map(row).collect()
}

/// docker's sections.
fn tables(usage: &DiskUsage) -> Result<String> {
    let table = |columns| Listing::new(None, false, columns);
    Ok(format!(
        "Images space usage:\n\n{}\nContainers space usage:\n\n{}\nLocal Volumes space usage:\n\n{}\nBuild cache usage: {}\n\n{}",
        table(IMAGES)?.render(image_rows(usage))?,
        table(CONTAINERS)?.render(container_rows(usage))?,
        table(VOLUMES)?.render(volume_rows(usage))?,
        units::size4(0),
        table(CACHE)?.render(Vec::<VolumeRow>::new())?,
    ))
}

/// The same for templates.
fn objects(usage: &DiskUsage) -> serde_json::Value {
    json!({
        "Images": image_rows(usage),
        "Containers": container_rows(usage),
        "Volumes": volume_rows(usage),
        "BuildCache": [],
    })
}
