//! `dhow mount` and `dhow unmount`.

use clap::Args;
use serde_json::json;

use super::lifecycle::names;
use crate::cmd::mounting::{self, MountFlags, UnmountFlags};
use crate::cmd::{App, Verb};
use crate::engine::files::Mounted;
use crate::error::Result;

/// Mount the root file systems of containers and print where, or list those that are mounted
///
/// An ordinary user can do that in a session of `dhow unshare` only.
#[derive(Debug, Args)]
pub(crate) struct Mount {
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
    #[command(flatten)]
    flags: MountFlags,
    /// Print whole IDs
    #[arg(long, alias = "notruncate")]
    no_trunc: bool,
}

impl Verb for Mount {
    const NAME: &'static str = "mount";
    const ABOUT: &'static str =
        "Mount the root file systems of containers and print where, or list those that are mounted";
    const FAILURE: u8 = mounting::FAILURE;

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let list = |json| {
            let line = |mounted: &Mounted| {
                let id = if self.no_trunc { &mounted.id } else { &mounted.id[..12] };
                format!("{id}  {}", mounted.path.display())
            };
            let entry = |m: &Mounted| json!({"id": m.id, "Names": m.names, "mountpoint": m.path});
            mounting::print(&engine.mounted_containers()?, json, line, entry)
        };
        let wanted = |given| names(&engine, self.flags.all, false, given, Self::NAME);
        self.flags.run(self.containers, list, wanted, |name| engine.mount_container(name))
    }
}

/// Unmount the root file systems of containers
#[derive(Debug, Args)]
pub(crate) struct Unmount {
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
    #[command(flatten)]
    flags: UnmountFlags,
}

impl Verb for Unmount {
    const NAME: &'static str = "unmount";
    const ABOUT: &'static str = "Unmount the root file systems of containers";
    const ALIASES: &'static [&'static str] = &["umount"];
    const FAILURE: u8 = mounting::FAILURE;

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let UnmountFlags { all, force } = self.flags;
        let wanted = if all && self.containers.is_empty() {
            engine.mounted_containers()?.into_iter().map(|mounted| mounted.id).collect()
        } else {
            names(&engine, all, false, self.containers, Self::NAME)?
        };
        Ok(mounting::one_by_one(&wanted, |name| {
            engine.unmount_container(name, force)?;
            println!("{name}");
            Ok(())
        }))
    }
}
