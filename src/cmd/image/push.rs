//! `dhow push`.

use clap::Args;

use super::progress::LineOrBar;
use crate::cmd::{App, Verb};
use crate::engine::images::Platform;
use crate::engine::{PushRequest, Pushed};
use crate::error::Result;

/// Push an image to a registry
#[derive(Debug, Args)]
pub(crate) struct Push {
    #[arg(value_name = "NAME[:TAG]")]
    name: String,
    /// Push there instead of where the name says
    #[arg(value_name = "DESTINATION")]
    destination: Option<String>,
    /// Push every tag of the repository
    #[arg(short, long)]
    all_tags: bool,
    /// Fail if the image is for another platform
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// Print the image's name only
    #[arg(short, long)]
    quiet: bool,
}

impl Verb for Push {
    const NAME: &'static str = "push";
    const ABOUT: &'static str = "Push an image to a registry";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let client = engine.registry_client()?;
        let progress = LineOrBar::for_pulling(self.quiet);
        let quiet = self.quiet;
        let request = PushRequest {
            name: self.name.clone(),
            destination: self.destination.map(|d| d.trim_start_matches("docker://").to_string()),
            all_tags: self.all_tags,
            platform: self.platform,
        };
        let report = |pushed: &Pushed| {
            progress.finish();
            if !quiet {
                println!("{}: digest: {} size: {}", pushed.tag, pushed.digest, pushed.size);
            }
        };
        engine.push(&client, &request, &progress, report)?;
        if quiet {
            println!("{}", request.destination.as_deref().unwrap_or(&self.name));
        }
        Ok(0)
    }
}
