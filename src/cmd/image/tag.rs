//! `dhow tag` and `dhow untag`.

use clap::Args;

use crate::cmd::{App, Verb};
use crate::error::Result;

/// Give an image another name
#[derive(Debug, Args)]
pub(crate) struct Tag {
    #[arg(value_name = "SOURCE_IMAGE[:TAG]")]
    source: String,
    #[arg(value_name = "TARGET_IMAGE[:TAG]", required = true)]
    targets: Vec<String>,
}

impl Verb for Tag {
    const NAME: &'static str = "tag";
    const ABOUT: &'static str = "Give an image another name";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        for target in &self.targets {
            engine.tag_image(&self.source, target)?;
        }
        Ok(0)
    }
}

/// Take names from an image; the image stays
#[derive(Debug, Args)]
pub(crate) struct Untag {
    #[arg(value_name = "IMAGE")]
    image: String,
    /// Names to take; without any, all of them
    #[arg(value_name = "NAME[:TAG]")]
    names: Vec<String>,
}

impl Verb for Untag {
    const NAME: &'static str = "untag";
    const ABOUT: &'static str = "Take names from an image; the image stays";

    fn run(self, app: &App) -> Result<u8> {
        app.engine()?.untag_image(&self.image, &self.names)?;
        Ok(0)
    }
}
