//! `dhow load`.

use std::io::IsTerminal;
use std::os::fd::AsFd;
use std::path::PathBuf;

use clap::Args;

use super::progress::LineOrBar;
use crate::cmd::{App, Verb};
use crate::engine::images::Platform;
use crate::error::{Kind, Result};

/// Load images from an archive or an OCI directory
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// Read from this archive or directory instead of standard input
    #[arg(short, long, value_name = "PATH")]
    input: Option<PathBuf>,
    /// Of an archive for several platforms, load this one
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    /// Say nothing while loading
    #[arg(short, long)]
    quiet: bool,
}

impl Verb for Load {
    const NAME: &'static str = "load";
    const ABOUT: &'static str = "Load images from an archive or an OCI directory";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let progress = LineOrBar::for_loading(self.quiet);
        let loaded = match &self.input {
            Some(path) => engine.load_path(path, self.platform.as_ref(), &progress)?,
            None if std::io::stdin().is_terminal() => {
                return Kind::Invalid.err("requested load from stdin, but stdin is empty");
            }
            None => {
                let input = std::io::stdin().as_fd().try_clone_to_owned()?;
                engine.load_file(input.into(), self.platform.as_ref(), &progress)?
            }
        };
        drop(progress);
        for image in loaded {
            if image.names.is_empty() {
                println!("Loaded image ID: {}", image.id);
            }
            for name in &image.names {
                println!("Loaded image: {}", name.familiar());
            }
        }
        Ok(0)
    }
}
