//! `dhow version`.

use clap::Args;

use super::{App, Verb};
use crate::error::Result;

/// Print the version
#[derive(Debug, Args)]
pub(crate) struct Version {}

impl Verb for Version {
    const NAME: &'static str = "version";
    const ABOUT: &'static str = "Print the version";

    fn run(self, _app: &App) -> Result<u8> {
        println!("dhow version {}", env!("CARGO_PKG_VERSION"));
        Ok(0)
    }
}
