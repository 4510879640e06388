//! `dhow image mount` and `image unmount`.

use clap::Args;
use serde_json::json;

use crate::cmd::container::{each, print_mounted, wants_json};
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
    /// All images
    #[arg(short, long)]
    all: bool,
    /// How to list them: json; a line for each if not given
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

impl Verb for Mount {
    const NAME: &'static str = "mount";
    const ABOUT: &'static str = "Mount images, read-only, and print where, or list those that are mounted";
    const FAILURE: u8 = 125;

    fn run(self, app: &App) -> Result<u8> {
        let json = wants_json(self.format.as_deref())?;
        let engine = app.engine()?;
        if !self.all && self.images.is_empty() {
            let line = |m: &Mounted| format!("{}  {}", m.names.first().unwrap_or(&m.id), m.path.display());
            let entry = |m: &Mounted| json!({"id": m.id, "Names": m.digests, "Repositories": m.names, "mountpoint": m.path});
            return print_mounted(&engine.mounted_images()?, json, line, entry);
        }
        if json {
            return Kind::Invalid.err("--format json lists what is mounted: give it without images");
        }
        let wanted = if self.all { all(&engine, self.images)? } else { self.images };
        let code = each(&wanted, |image| {
            println!("{}", engine.mount_image(image)?.display());
            Ok(())
        });
        Ok(if code == 0 { 0 } else { Self::FAILURE })
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
    /// All images that are mounted
    #[arg(short, long)]
    all: bool,
    /// Also if a process is at work there: it keeps what it has open
    #[arg(short, long)]
    force: bool,
}

impl Verb for Unmount {
    const NAME: &'static str = "unmount";
    const ABOUT: &'static str = "Unmount images";
    const ALIASES: &'static [&'static str] = &["umount"];
    const FAILURE: u8 = 125;

    fn run(self, app: &App) -> Result<u8> {
        if self.all != self.images.is_empty() {
            return Kind::Invalid.err("image unmount wants the names of images, or --all");
        }
        let engine = app.engine()?;
        let wanted = if self.all {
            engine.mounted_images()?.into_iter().map(|mounted| mounted.id).collect()
        } else {
            self.images
        };
        let code = each(&wanted, |image| {
            if let Some(id) = engine.unmount_image(image, self.force)? {
                println!("{}", id.hex());
            }
            Ok(())
        });
        Ok(if code == 0 { 0 } else { Self::FAILURE })
    }
}
