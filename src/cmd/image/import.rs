//! `dhow import`.

use std::fs::File;
use std::io::IsTerminal;

use clap::Args;

use super::progress::LineOrBar;
use crate::cmd::{App, Verb};
use crate::engine::images::{ImageReference, ImportRequest, Platform};
use crate::error::{Context, Kind, Result};

/// Make an image of a root file system in a tar archive
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// The archive, or - for standard input
    #[arg(value_name = "FILE|-")]
    source: String,
    #[arg(value_name = "REPOSITORY[:TAG]")]
    name: Option<String>,
    /// Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR
    #[arg(short, long = "change", value_name = "INSTRUCTION")]
    changes: Vec<String>,
    /// Comment in the image's history
    #[arg(short, long)]
    message: Option<String>,
    /// Platform of the image
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// No progress on standard error
    #[arg(short, long)]
    quiet: bool,
}

impl Verb for Import {
    const NAME: &'static str = "import";
    const ABOUT: &'static str = "Make an image of a root file system in a tar archive";

    fn run(self, app: &App) -> Result<u8> {
        let request = ImportRequest {
            name: self.name.as_deref().map(ImageReference::parse).transpose()?,
            message: self.message,
            changes: self.changes,
            platform: self.platform,
            source: self.source.clone(),
        };
        if request.name.as_ref().is_some_and(|name| name.digest().is_some()) {
            return Kind::Invalid.err("cannot import digest reference");
        }
        let engine = app.engine()?;
        let progress = LineOrBar::for_loading(self.quiet);
        let id = if self.source == "-" {
            if std::io::stdin().is_terminal() {
                return Kind::Invalid.err("refusing to read an archive from a terminal");
            }
            engine.import(&request, std::io::stdin(), &progress)?
        } else if self.source.contains("://") {
            engine.import_url(&request, &progress)?
        } else {
            let file = File::open(&self.source).with_context(|| format!("opening {}", self.source))?;
            engine.import(&request, file, &progress).with_context(|| format!("importing {}", self.source))?
        };
        drop(progress);
        println!("{id}");
        Ok(0)
    }
}
