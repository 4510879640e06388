//! `dhow pull`.

use clap::Args;

use super::progress::LineOrBar;
use crate::cmd::{App, Verb};
use crate::engine::images::Platform;
use crate::engine::{PullRequest, Pulled};
use crate::error::Result;

/// Pull an image from a registry
#[derive(Debug, Args)]
pub(crate) struct Pull {
    #[arg(value_name = "NAME[:TAG|@DIGEST]")]
    name: String,
    /// Pull every tag of the repository
    #[arg(short, long)]
    all_tags: bool,
    /// Of an image for several platforms, pull this one
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// Print the image's name only
    #[arg(short, long)]
    quiet: bool,
}

impl Verb for Pull {
    const NAME: &'static str = "pull";
    const ABOUT: &'static str = "Pull an image from a registry";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let client = engine.registry_client()?;
        let request = PullRequest { name: self.name, platform: self.platform };
        let progress = LineOrBar::for_pulling(self.quiet);
        let report = |pulled: &Pulled| {
            progress.finish();
            if !self.quiet {
                println!("Digest: {}", pulled.digest);
                let state = if pulled.up_to_date { "Image is up to date" } else { "Downloaded newer image" };
                println!("Status: {state} for {}", pulled.reference.familiar());
            }
            println!("{}", pulled.reference);
        };
        if self.all_tags {
            engine.pull_all_tags(&client, &request, &progress, report)?;
        } else {
            report(&engine.pull(&client, &request, &progress)?);
        }
        Ok(0)
    }
}
