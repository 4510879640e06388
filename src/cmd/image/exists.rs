//! `dhow image exists`.

use clap::Args;

use crate::cmd::{App, Verb};
use crate::error::Result;

/// Tell by the exit code whether an image is in the store: 0 or 1
#[derive(Debug, Args)]
pub(crate) struct Exists {
    #[arg(value_name = "IMAGE")]
    image: String,
}

impl Verb for Exists {
    const NAME: &'static str = "exists";
    const ABOUT: &'static str = "Tell by the exit code whether an image is in the store";
    const FAILURE: u8 = 125;

    fn run(self, app: &App) -> Result<u8> {
        Ok(u8::from(!app.engine()?.image_exists(&self.image)?))
    }
}
