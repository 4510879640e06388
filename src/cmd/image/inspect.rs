//! `dhow image inspect`.

use clap::Args;

use crate::cmd::format::Inspection;
use crate::cmd::{App, Verb};
use crate::error::{self, Context, Result};

/// Show all that is known of images, as JSON
#[derive(Debug, Args)]
pub(crate) struct Inspect {
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
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
        let mut found = Vec::new();
        let mut failed = false;
        for image in &self.images {
            match engine.inspect_image(image) {
                Ok(image) => found.push(serde_json::to_value(image).context("encoding the answer")?),
                // What was found is printed all the same, as docker does.
                Err(e) => {
                    eprintln!("dhow: {}", error::one_line(&e));
                    failed = true;
                }
            }
        }
        inspection.print(&found)?;
        Ok(u8::from(failed))
    }
}
