//! `dhow logs`.

use std::io::Write;

use clap::Args;

use crate::cmd::{App, Verb};
use crate::engine::containers::{Entry, LogsRequest, Stream};
use crate::engine::time;
use crate::error::{Context, Kind, Result};

/// Print what a container has written
#[derive(Debug, Args)]
pub(crate) struct Logs {
    /// Go on as it writes more
    #[arg(short = 'f', long)]
    follow: bool,
    /// Only the last lines
    #[arg(short = 'n', long, value_name = "LINES", default_value = "all", allow_hyphen_values = true)]
    tail: String,
    /// Only what was written since (a time, or a duration such as 10m)
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// Only what was written before
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// Print the time of each line
    #[arg(short = 't', long)]
    timestamps: bool,
    /// Print the labels, variables and the tag that go with each line (--log-opt labels, env, tag)
    #[arg(long)]
    details: bool,
    container: String,
}

impl Verb for Logs {
    const NAME: &'static str = "logs";
    const ABOUT: &'static str = "Print what a container has written";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let (dir, _) = engine.find(&self.container)?;
        let config = dir.config()?;
        let tail = match self.tail.as_str() {
            "all" => None,
            number => match number.parse::<i64>() {
                Ok(n) => usize::try_from(n).ok(),
                Err(_) => {
                    return Kind::Invalid
                        .err(format!("invalid value for \"tail\": {number:?} (a number or all)"));
                }
            },
        };
        let at = |text: &Option<String>| text.as_deref().map(time::parse).transpose();
        let request = LogsRequest {
            follow: self.follow,
            tail,
            since: at(&self.since)?,
            until: at(&self.until)?,
            hangup: None,
        };
        let mut printer = Printer { timestamps: self.timestamps, details: self.details, fresh: true };
        engine.logs(&dir, &config, &request, &mut |entry| printer.print(entry))?;
        Ok(0)
    }
}

struct Printer {
    timestamps: bool,
    details: bool,
    /// The last entry ended its line.
    fresh: bool,
}

impl Printer {
    /// Whether anybody still reads.
    fn print(&mut self, entry: &Entry) -> Result<bool> {
        let mut before = String::new();
        if self.timestamps && self.fresh {
            before += &format!("{:.9} ", entry.time);
        }
        if self.details && self.fresh {
            let pairs = entry.attributes.iter().map(|(key, value)| format!("{key}={value}"));
            before += &format!("{} ", pairs.collect::<Vec<_>>().join(","));
        }
        self.fresh = entry.log.ends_with(b"\n");
        let text = [before.as_bytes(), &entry.log].concat();
        let written = match entry.stream {
            Stream::Stdout => std::io::stdout().lock().write_all(&text),
            Stream::Stderr => std::io::stderr().lock().write_all(&text),
        };
        match written {
            Ok(()) => Ok(true),
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
            Err(e) => Err(e).context("writing the log"),
        }
    }
}
