//! `dhow mount` and `dhow unmount`.

use clap::Args;
use serde_json::{Value, json};

use super::lifecycle::names;
use super::{each, wants_json};
use crate::cmd::{App, Verb, output};
use crate::engine::files::Mounted;
use crate::error::{Kind, Result};

/// Mount the root file systems of containers and print where, or list those that are mounted
///
/// An ordinary user can do that in a session of `dhow unshare` only.
#[derive(Debug, Args)]
pub(crate) struct Mount {
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
    /// All containers
    #[arg(short, long)]
    all: bool,
    /// How to list them: json; a line for each if not given
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Print whole IDs
    #[arg(long, alias = "notruncate")]
    no_trunc: bool,
}

impl Verb for Mount {
    const NAME: &'static str = "mount";
    const ABOUT: &'static str =
        "Mount the root file systems of containers and print where, or list those that are mounted";
    const FAILURE: u8 = 125;

    fn run(self, app: &App) -> Result<u8> {
        let json = wants_json(self.format.as_deref())?;
        let engine = app.engine()?;
        if !self.all && self.containers.is_empty() {
            let line = |mounted: &Mounted| {
                let id = if self.no_trunc { &mounted.id } else { &mounted.id[..12] };
                format!("{id}  {}", mounted.path.display())
            };
            let entry = |m: &Mounted| json!({"id": m.id, "Names": m.names, "mountpoint": m.path});
            return print_mounted(&engine.mounted_containers()?, json, line, entry);
        }
        if json {
            return Kind::Invalid.err("--format json lists what is mounted: give it without containers");
        }
        let wanted = names(&engine, self.all, false, self.containers, Self::NAME)?;
        Ok(failed(each(&wanted, |name| {
            println!("{}", engine.mount_container(name)?.display());
            Ok(())
        })))
    }
}

/// Unmount the root file systems of containers
#[derive(Debug, Args)]
pub(crate) struct Unmount {
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
    /// All containers that are mounted
    #[arg(short, long)]
    all: bool,
    /// Also if a process is at work there: it keeps what it has open
    #[arg(short, long)]
    force: bool,
}

impl Verb for Unmount {
    const NAME: &'static str = "unmount";
    const ABOUT: &'static str = "Unmount the root file systems of containers";
    const ALIASES: &'static [&'static str] = &["umount"];
    const FAILURE: u8 = 125;

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let wanted = if self.all && self.containers.is_empty() {
            engine.mounted_containers()?.into_iter().map(|mounted| mounted.id).collect()
        } else {
            names(&engine, self.all, false, self.containers, Self::NAME)?
        };
        Ok(failed(each(&wanted, |name| {
            engine.unmount_container(name, self.force)?;
            println!("{name}");
            Ok(())
        })))
    }
}

/// podman's code for a failure.
fn failed(code: u8) -> u8 {
    if code == 0 { 0 } else { 125 }
}

/// A line for each, or all as JSON in podman's form.
pub(crate) fn print_mounted(
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
