//! `dhow image inspect`.

use clap::Args;

use crate::cmd::format::Inspection;
use crate::cmd::{App, Verb};
use crate::engine::images::Platform;
use crate::error::Result;

/// Show all that is known of images, as JSON
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Fail if an image is for another platform
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// json, or a Go template
    #[arg(short, long, value_name = "FORMAT")]
    format: Option<String>,
}

impl Verb for Inspect {
    const NAME: &'static str = "inspect";
    const ABOUT: &'static str = "Show all that is known of images, as JSON";

    fn run(self, app: &App) -> Result<u8> {
        let inspection = Inspection::new(self.format.as_deref())?;
        let engine = app.engine()?;
        inspection.print_each(&self.images, |image| engine.inspect_image(image, self.platform.as_ref()))
    }
}
