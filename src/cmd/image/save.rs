//! `dhow save`.

use std::io::{BufWriter, IsTerminal, Write};
use std::path::PathBuf;

use clap::Args;

use crate::cmd::{App, Verb};
use crate::engine::images::{Platform, SaveFormat, SaveTarget};
use crate::error::{Context, Kind, Result};

/// Save images to an archive or an OCI directory
#[derive(Debug, Args)]
pub(crate) struct Save {
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Write to this file or directory instead of standard output
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// Fail if an image is for another platform
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// What to write
    #[arg(long, value_enum, default_value_t)]
    format: SaveFormat,
}

impl Verb for Save {
    const NAME: &'static str = "save";
    const ABOUT: &'static str = "Save images to an archive or an OCI directory";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let platform = self.platform.as_ref();
        if let Some(path) = &self.output {
            engine.save(&self.images, platform, self.format, SaveTarget::Path(path))?;
            return Ok(0);
        }
        if std::io::stdout().is_terminal() {
            return Kind::Invalid.err("cowardly refusing to save to a terminal. Use the -o flag or redirect");
        }
        let mut out = BufWriter::with_capacity(256 << 10, std::io::stdout().lock());
        engine.save(&self.images, platform, self.format, SaveTarget::Stream(&mut out))?;
        out.flush().context("writing the archive")?;
        Ok(0)
    }
}
