//! `dhow volume export` and `import`.

use std::fs::File;
use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cmd::{App, Verb};
use crate::error::{Context, Kind, Result};

/// Write the files of a volume to a tar archive
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// File to write to instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[arg(value_name = "VOLUME")]
    volume: String,
}

impl Verb for Export {
    const NAME: &'static str = "export";
    const ABOUT: &'static str = "Write the files of a volume to a tar archive";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let Some(path) = &self.output else {
            if std::io::stdout().is_terminal() {
                return Kind::Invalid
                    .err("cowardly refusing to write an archive to a terminal: use -o or redirect");
            }
            let out = std::io::stdout().as_fd().try_clone_to_owned().context("standard output")?;
            return engine.export_volume(&self.volume, out).map(|()| 0);
        };
        engine.export_volume_to(&self.volume, path).map(|()| 0)
    }
}

/// Put the files of a tar archive into a volume
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[arg(value_name = "VOLUME")]
    volume: String,
    /// The archive, plain or compressed; - is standard input
    #[arg(value_name = "FILE", default_value = "-")]
    archive: PathBuf,
}

impl Verb for Import {
    const NAME: &'static str = "import";
    const ABOUT: &'static str = "Put the files of a tar archive into a volume";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        if self.archive == Path::new("-") {
            engine.import_volume(&self.volume, std::io::stdin())?;
        } else {
            let file =
                File::open(&self.archive).with_context(|| format!("opening {}", self.archive.display()))?;
            engine.import_volume(&self.volume, file)?;
        }
        Ok(0)
    }
}
