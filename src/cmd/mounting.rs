//! What `mount` and `unmount` of containers and of images have in common, as podman has them.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use super::container::{each, wants_json};
use super::output;
use crate::engine::files::Mounted;
use crate::error::{Kind, Result};

/// podman's code for a failure.
pub(crate) const FAILURE: u8 = 125;

#[derive(Debug, Args)]
pub(crate) struct MountFlags {
    /// All there are
    #[arg(short, long)]
    pub all: bool,
    /// How to list those that are mounted: json; a line for each if not given
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct UnmountFlags {
    /// All that are mounted
    #[arg(short, long)]
    pub all: bool,
    /// Also if a process is at work there: it keeps what it has open
    #[arg(short, long)]
    pub force: bool,
}

impl MountFlags {
    /// Lists with `list`, which is told whether as JSON, if nothing is named; else mounts what `wanted` makes of the names.
    pub fn run(
        &self,
        named: Vec<String>,
        list: impl FnOnce(bool) -> Result<u8>,
        wanted: impl FnOnce(Vec<String>) -> Result<Vec<String>>,
        mount: impl Fn(&str) -> Result<PathBuf>,
    ) -> Result<u8> {
        let json = wants_json(self.format.as_deref())?;
        if !self.all && named.is_empty() {
            return list(json);
        }
        if json {
            return Kind::Invalid.err("--format json lists what is mounted: give it without names and --all");
        }
        Ok(one_by_one(&wanted(named)?, |name| {
            println!("{}", mount(name)?.display());
            Ok(())
        }))
    }
}

/// Does something with each of them, and goes on past failures.
pub(crate) fn one_by_one(wanted: &[String], act: impl Fn(&str) -> Result<()>) -> u8 {
    if each(wanted, act) == 0 { 0 } else { FAILURE }
}

/// A line for each, or all as JSON in podman's form.
pub(crate) fn print(
    mounted: &[Mounted],
    json: bool,
    line: impl Fn(&Mounted) -> String,
    entry: impl Fn(&Mounted) -> Value,
) -> Result<u8> {
    if json {
        let entries: Vec<Value> = mounted.iter().map(entry).collect();
        let mut text = Vec::new();
        let formatter = serde_json::ser::PrettyFormatter::with_indent(b" ");
        let mut serializer = serde_json::Serializer::with_formatter(&mut text, formatter);
        serde::Serialize::serialize(&entries, &mut serializer)?;
        text.push(b'\n');
        output::write(&String::from_utf8_lossy(&text))?;
        return Ok(0);
    }
    output::write(&mounted.iter().map(|m| line(m) + "\n").collect::<String>())?;
    Ok(0)
}
