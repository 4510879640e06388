//! `dhow image diff`.

use clap::Args;

use crate::cmd::container::{print_changes, wants_json};
use crate::cmd::{App, Verb};
use crate::error::Result;

/// Show what an image's top layer changes, or all that it has otherwise than another image
#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Compare with this image instead of the same without its top layer
    #[arg(value_name = "OTHER")]
    other: Option<String>,
    /// How to print it: json; a line for each path if not given
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

impl Verb for Diff {
    const NAME: &'static str = "diff";
    const ABOUT: &'static str =
        "Show what an image's top layer changes, or all that it has otherwise than another image";

    fn run(self, app: &App) -> Result<u8> {
        let json = wants_json(self.format.as_deref())?;
        print_changes(&app.engine()?.image_changes(&self.image, self.other.as_deref())?, json)
    }
}
