//! `dhow volume inspect`, `exists` and `rm`.

use clap::Args;

use crate::cmd::format::Inspection;
use crate::cmd::{App, Verb};
use crate::engine::volumes::{VolumeFilter, VolumeSummary};
use crate::error::{Kind, Result};

/// Show all that is known of volumes, as JSON
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    #[arg(value_name = "VOLUME")]
    volumes: Vec<String>,
    /// All volumes
    #[arg(short, long)]
    all: bool,
    /// json, or a Go template
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<String>,
}

impl Verb for Inspect {
    const NAME: &'static str = "inspect";
    const ABOUT: &'static str = "Show all that is known of volumes, as JSON";

    fn run(self, app: &App) -> Result<u8> {
        if self.all != self.volumes.is_empty() {
            return Kind::Invalid.err("volume inspect wants the names of volumes, or --all");
        }
        let inspection = Inspection::new(self.format.as_deref())?;
        let engine = app.engine()?;
        if self.all {
            let all = engine.list_volumes(&VolumeFilter::default())?;
            inspection.print(&all.iter().map(VolumeSummary::to_json).collect::<Vec<_>>())?;
            return Ok(0);
        }
        inspection.print_each(&self.volumes, |name| Ok(engine.inspect_volume(name)?.to_json()))
    }
}

/// Tell by the exit code whether there is a volume: 0 or 1
#[derive(Debug, Args)]
pub(crate) struct Exists {
    #[arg(value_name = "VOLUME")]
    volume: String,
}

impl Verb for Exists {
    const NAME: &'static str = "exists";
    const ABOUT: &'static str = "Tell by the exit code whether there is a volume";
    const FAILURE: u8 = 125;

    fn run(self, app: &App) -> Result<u8> {
        Ok(u8::from(!app.engine()?.volume_exists(&self.volume)?))
    }
}

/// Remove volumes
#[derive(Debug, Args)]
pub(crate) struct Remove {
    #[arg(value_name = "VOLUME")]
    volumes: Vec<String>,
    /// All volumes that no container has
    #[arg(short, long)]
    all: bool,
    /// No error if there is no such volume
    #[arg(short, long)]
    force: bool,
}

impl Verb for Remove {
    const NAME: &'static str = "rm";
    const ABOUT: &'static str = "Remove volumes";
    const ALIASES: &'static [&'static str] = &["remove"];

    fn run(self, app: &App) -> Result<u8> {
        if self.all != self.volumes.is_empty() {
            return Kind::Invalid.err("volume rm wants the names of volumes, or --all");
        }
        let engine = app.engine()?;
        let names = if self.all {
            let all = engine.list_volumes(&VolumeFilter::default())?;
            all.into_iter().filter(|v| v.users.is_empty()).map(|v| v.volume.name).collect()
        } else {
            self.volumes
        };
        Ok(crate::cmd::container::each(&names, |name| {
            engine.remove_volume(name, self.force)?;
            println!("{name}");
            Ok(())
        }))
    }
}
