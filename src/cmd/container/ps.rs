//! `dhow ps`.

use clap::Args;
use serde::Serialize;

use crate::cmd::format::{Columns, Listing};
use crate::cmd::{App, Verb, units};
use crate::engine::containers::{
    ContainerFilter, ContainerSummary, Listing as Listed, MountPoint, network_names,
};
use crate::error::Result;

/// List containers
#[derive(Debug, Args)]
pub(crate) struct Ps {
    /// Also those that aren't running
    #[arg(short = 'a', long)]
    all: bool,
    /// Only those that fit: id, name, label, status, exited, ancestor, before, since, network, volume, expose, publish, health
    #[arg(short = 'f', long, value_name = "KEY=VALUE")]
    filter: Vec<String>,
    /// table, json, or a Go template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// The last so many that were created, in whatever state
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = -1, allow_hyphen_values = true, hide_default_value = true)]
    last: i64,
    /// The one that was created last, in whatever state
    #[arg(short = 'l', long)]
    latest: bool,
    /// Do not shorten
    #[arg(long)]
    no_trunc: bool,
    /// Only ids
    #[arg(short = 'q', long)]
    quiet: bool,
    /// Also the size of what the container has written
    #[arg(short = 's', long)]
    size: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Row {
    command: String,
    created_at: String,
    #[serde(rename = "ID")]
    id: String,
    image: String,
    labels: String,
    local_volumes: String,
    mounts: String,
    names: String,
    networks: String,
    ports: String,
    running_for: String,
    size: String,
    state: String,
    status: String,
}

pub(crate) const TITLES: &[(&str, &str)] = &[
    ("Command", "COMMAND"),
    ("CreatedAt", "CREATED AT"),
    ("ID", "CONTAINER ID"),
    ("Image", "IMAGE"),
    ("Labels", "LABELS"),
    ("LocalVolumes", "LOCAL VOLUMES"),
    ("Mounts", "MOUNTS"),
    ("Names", "NAMES"),
    ("Networks", "NETWORKS"),
    ("Ports", "PORTS"),
    ("RunningFor", "CREATED"),
    ("Size", "SIZE"),
    ("State", "STATE"),
    ("Status", "STATUS"),
];

const TABLE: &str = "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}";
const TABLE_WITH_SIZE: &str =
    "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}\t{{.Size}}";

impl Verb for Ps {
    const NAME: &'static str = "ps";
    const ABOUT: &'static str = "List containers";

    fn run(self, app: &App) -> Result<u8> {
        let last = if self.latest { 1 } else { self.last };
        let mut filter = ContainerFilter::new(self.all || last > 0);
        self.filter.iter().try_for_each(|f| filter.add(f))?;
        let table = if self.size { TABLE_WITH_SIZE } else { TABLE };
        let columns = Columns { titles: TITLES, table, quiet: "{{.ID}}" };
        let listing = Listing::new(self.format.as_deref(), self.quiet, columns)?;
        let engine = app.engine()?;
        let Listed { mut found, linked } = engine.list_containers_as(&filter, Ok)?;
        if last > 0 {
            found.truncate(last as usize);
        }
        let sized = self.size || (listing.wants("Size", self.format.as_deref()) && self.format.is_some());
        let row = |c: &ContainerSummary| -> Result<Row> {
            let size = if sized { engine.written_size(c)? } else { None };
            let mut row = row(c, self.no_trunc, size);
            // As with docker only the whole list has them.
            for name in linked.get(&c.config.id).into_iter().flatten().filter(|_| self.no_trunc) {
                row.names = format!("{},{name}", row.names);
            }
            Ok(row)
        };
        listing.print(found.iter().map(row).collect::<Result<Vec<_>>>()?)?;
        Ok(0)
    }
}

/// A container's row; `whole` shortens nothing.
pub(crate) fn row(c: &ContainerSummary, whole: bool, size: Option<u64>) -> Row {
    let config = &c.config;
    let command = config.process.args().join(" ");
    let short = |text: &str, width| if whole { text.to_string() } else { units::ellipsis(text, width) };
    let created = config.created.as_second();
    let mounts: Vec<String> =
        config.mounts.iter().filter_map(MountPoint::shown_source).map(|s| short(&s, 15)).collect();
    Row {
        command: format!("{:?}", short(&command, 20)),
        created_at: units::at(created),
        id: if whole { config.id.to_string() } else { config.id.short().to_string() },
        image: image(c, whole),
        labels: config.labels.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join(","),
        local_volumes: config.mounts.iter().filter(|m| m.volume().is_some()).count().to_string(),
        mounts: mounts.join(","),
        names: config.name.clone(),
        networks: network_names(config).join(","),
        ports: super::port::column(c),
        running_for: units::since(created),
        size: size.map_or_else(|| "0B".into(), units::size),
        state: c.state.status_name().into(),
        status: c.status_text(),
    }
}

fn image(c: &ContainerSummary, whole: bool) -> String {
    match (&c.config.rootfs, &c.config.image_id) {
        (Some(rootfs), _) => rootfs.display().to_string(),
        // Given by its id: shown as long as all ids are.
        (None, Some(id)) if id.hex().starts_with(&c.config.image) || id.to_string() == c.config.image => {
            if whole {
                id.to_string()
            } else {
                id.short().to_string()
            }
        }
        _ => c.config.image.clone(),
    }
}
