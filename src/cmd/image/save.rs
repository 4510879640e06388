//! `dhow save`.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use crate::cmd::{App, Verb};
use crate::engine::Engine;
use crate::engine::images::{SaveFormat, SaveTarget};
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};

/// Save images to an archive or an OCI directory
#[derive(Debug, Args)]
pub(crate) struct Save {
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<String>,
    /// Write to this file or directory instead of standard output
    #[arg(short, long, value_name = "PATH")]
    output: Option<PathBuf>,
    /// What to write
    #[arg(long, value_enum, default_value_t)]
    format: SaveFormat,
}

impl Verb for Save {
    const NAME: &'static str = "save";
    const ABOUT: &'static str = "Save images to an archive or an OCI directory";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        match (self.format, &self.output) {
            (SaveFormat::OciDir, Some(dir)) => {
                engine.save(&self.images, self.format, SaveTarget::Directory(dir))?;
            }
            (SaveFormat::OciDir, None) => {
                return Kind::Invalid.err("an OCI directory needs a place: use -o DIR");
            }
            (_, Some(path)) => to_file(&engine, &self.images, self.format, path)?,
            (_, None) if std::io::stdout().is_terminal() => {
                return Kind::Invalid
                    .err("cowardly refusing to save to a terminal. Use the -o flag or redirect");
            }
            (_, None) => {
                let mut out = BufWriter::with_capacity(256 << 10, std::io::stdout().lock());
                engine.save(&self.images, self.format, SaveTarget::Stream(&mut out))?;
                out.flush().context("writing the archive")?;
            }
        }
        Ok(0)
    }
}

/// Under a temporary name first: a failure leaves neither half an archive nor ruins an older one.
fn to_file(engine: &Engine, images: &[String], format: SaveFormat, path: &Path) -> Result<()> {
    let meta = path.symlink_metadata();
    if meta.as_ref().is_ok_and(|m| !m.is_file()) {
        // A device or a pipe, which can't be replaced, or a link, which must not be.
        let file = File::options().write(true).truncate(true).open(path);
        let mut out =
            BufWriter::with_capacity(256 << 10, file.with_context(|| format!("opening {}", path.display()))?);
        engine.save(images, format, SaveTarget::Stream(&mut out))?;
        return out.flush().with_context(|| format!("writing {}", path.display()));
    }
    let dir = match path.parent() {
        Some(dir) if !dir.as_os_str().is_empty() => dir,
        _ => Path::new("."),
    };
    let temporary = file::temporary_in(dir)?;
    let file = File::create_new(&temporary).with_context(|| format!("writing {}", path.display()))?;
    let mut out = BufWriter::with_capacity(256 << 10, file);
    let saved = engine
        .save(images, format, SaveTarget::Stream(&mut out))
        .and_then(|()| out.flush().with_context(|| format!("writing {}", path.display())))
        .and_then(|()| file::rename(&temporary, path, Durability::Ephemeral));
    if saved.is_err() {
        file::remove_file(&temporary)?;
    }
    saved
}
