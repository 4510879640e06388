//! `dhow stats`.

use std::collections::HashMap;
use std::io::IsTerminal;
use std::time::Instant;

use clap::Args;
use nix::poll::{PollTimeout, poll};
use serde::Serialize;

use crate::cmd::format::{Columns, Listing};
use crate::cmd::{App, Verb, output, units};
use crate::engine::containers::{InterfaceUsage, Usage};
use crate::error::Result;

/// Show what containers use
///
/// A single look (`--no-stream`) shows the share of the CPUs since the container started, the live table that of the last second.
#[derive(Debug, Args)]
pub(crate) struct Stats {
    /// Also containers that aren't running
    #[arg(short = 'a', long)]
    all: bool,
    /// table, json, or a Go template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Look once
    #[arg(long)]
    no_stream: bool,
    /// Do not shorten
    #[arg(long)]
    no_trunc: bool,
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Row {
    #[serde(rename = "BlockIO")]
    block_io: String,
    #[serde(rename = "CPUPerc")]
    cpu_perc: String,
    container: String,
    #[serde(rename = "ID")]
    id: String,
    mem_perc: String,
    mem_usage: String,
    name: String,
    #[serde(rename = "NetIO")]
    net_io: String,
    #[serde(rename = "PIDs")]
    pids: String,
}

const TITLES: &[(&str, &str)] = &[
    ("BlockIO", "BLOCK I/O"),
    ("CPUPerc", "CPU %"),
    ("Container", "CONTAINER"),
    ("ID", "CONTAINER ID"),
    ("MemPerc", "MEM %"),
    ("MemUsage", "MEM USAGE / LIMIT"),
    ("Name", "NAME"),
    ("NetIO", "NET I/O"),
    ("PIDs", "PIDS"),
];

const TABLE: &str =
    "{{.ID}}\t{{.Name}}\t{{.CPUPerc}}\t{{.MemUsage}}\t{{.MemPerc}}\t{{.NetIO}}\t{{.BlockIO}}\t{{.PIDs}}";

impl Verb for Stats {
    const NAME: &'static str = "stats";
    const ABOUT: &'static str = "Show what containers use";

    fn run(self, app: &App) -> Result<u8> {
        let columns = Columns { titles: TITLES, table: TABLE, quiet: "{{.ID}}" };
        let listing = Listing::new(self.format.as_deref(), false, columns)?;
        let engine = app.engine()?;
        let redraw = std::io::stdout().is_terminal() && !self.no_stream;
        // Nanoseconds used, and when, by container.
        let mut before: HashMap<String, (u64, Instant)> = HashMap::new();
        loop {
            let found = engine.stats(&self.containers, self.all)?;
            let mut rows = Vec::new();
            for usage in &found {
                let id = usage.id.to_string();
                let now = (usage.stats.cpu.usage, Instant::now());
                let share = match before.insert(id, now) {
                    Some((used, then)) => share(now.0.saturating_sub(used), (now.1 - then).as_nanos()),
                    None => share(now.0, usage.running_for.as_nanos()),
                };
                rows.push(row(usage, share, self.no_trunc));
            }
            let text = listing.render(rows)?;
            if redraw {
                // Each line over the old one, and what is left of the old ones cleared: nothing flickers.
                output::write(&format!("\x1b[H{}\x1b[J", text.replace('\n', "\x1b[K\n")))?;
            } else {
                output::write(&text)?;
            }
            if self.no_stream || (found.is_empty() && !self.containers.is_empty()) {
                return Ok(0);
            }
            // The interval of the measurement, not a wait for something.
            let _ = poll(&mut [], PollTimeout::from(1000u16));
        }
    }
}

/// Percent of one CPU.
fn share(used: u64, time: u128) -> f64 {
    if time == 0 { 0.0 } else { used as f64 / time as f64 * 100.0 }
}

fn row(usage: &Usage, cpu: f64, whole: bool) -> Row {
    let stats = &usage.stats;
    let id = if whole { usage.id.to_string() } else { usage.id.short().to_string() };
    let used = stats.memory.used();
    let limit = stats.memory.limit.map_or(usage.memory_total, |l| l.min(usage.memory_total));
    let (limit, percent) =
        if usage.running { (limit, used as f64 / limit.max(1) as f64 * 100.0) } else { (0, 0.0) };
    let sum = |of: fn(&crate::engine::containers::DeviceIo) -> u64| stats.io.iter().map(of).sum::<u64>();
    let traffic = |of: fn(&InterfaceUsage) -> u64| usage.interfaces.iter().map(of).sum::<u64>();
    Row {
        block_io: format!("{} / {}", units::size(sum(|d| d.read_bytes)), units::size(sum(|d| d.write_bytes))),
        cpu_perc: format!("{cpu:.2}%"),
        container: usage.wanted.clone().unwrap_or_else(|| id.clone()),
        id,
        mem_perc: format!("{percent:.2}%"),
        mem_usage: format!("{} / {}", units::binary_size(used), units::binary_size(limit)),
        name: usage.name.clone(),
        net_io: format!(
            "{} / {}",
            units::size(traffic(|i| i.rx_bytes)),
            units::size(traffic(|i| i.tx_bytes))
        ),
        pids: stats.pids.to_string(),
    }
}
