//! `dhow image mount` and `image unmount`.

use clap::Args;
use serde_json::json;

use crate::cmd::mounting::{self, MountFlags, UnmountFlags};
use crate::cmd::{App, Verb};
use crate::engine::Engine;
use crate::engine::files::Mounted;
use crate::engine::images::ListRequest;
use crate::error::{Kind, Result};

/// Mount images, read-only, and print where, or list those that are mounted
///
/// An ordinary user can do that in a session of `dhow unshare` only.
#[derive(Debug, Args)]
pub(crate) struct Mount {
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
    #[command(flatten)]
    flags: MountFlags,
}

impl Verb for Mount {
    const NAME: &'static str = "mount";
    const ABOUT: &'static str = "Mount images, read-only, and print where, or list those that are mounted";
    const FAILURE: u8 = mounting::FAILURE;

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let list = |json| {
            let line = |m: &Mounted| format!("{}  {}", m.names.first().unwrap_or(&m.id), m.path.display());
            let entry = |m: &Mounted| json!({"id": m.id, "Names": m.digests, "Repositories": m.names, "mountpoint": m.path});
            mounting::print(&engine.mounted_images()?, json, line, entry)
        };
        let wanted = |given| if self.flags.all { all(&engine, given) } else { Ok(given) };
        self.flags.run(self.images, list, wanted, |image| engine.mount_image(image))
    }
}

fn all(engine: &Engine, given: Vec<String>) -> Result<Vec<String>> {
    if !given.is_empty() {
        return Kind::Invalid.err("image mount: --all and names exclude each other");
    }
    Ok(engine.list_images(&ListRequest::default())?.into_iter().map(|image| image.id.to_string()).collect())
}

/// Unmount images
#[derive(Debug, Args)]
pub(crate) struct Unmount {
    #[arg(value_name = "IMAGE")]
    images: Vec<String>,
    #[command(flatten)]
    flags: UnmountFlags,
}

impl Verb for Unmount {
    const NAME: &'static str = "unmount";
    const ABOUT: &'static str = "Unmount images";
    const ALIASES: &'static [&'static str] = &["umount"];
    const FAILURE: u8 = mounting::FAILURE;

    fn run(self, app: &App) -> Result<u8> {
        let UnmountFlags { all, force } = self.flags;
        if all != self.images.is_empty() {
            return Kind::Invalid.err("image unmount wants the names of images, or --all");
        }
        let engine = app.engine()?;
        let wanted = if all {
            engine.mounted_images()?.into_iter().map(|mounted| mounted.id).collect()
        } else {
            self.images
        };
        Ok(mounting::one_by_one(&wanted, |image| {
            if let Some(id) = engine.unmount_image(image, force)? {
                println!("{}", id.hex());
            }
            Ok(())
        }))
    }
}
