//! `dhow cp`.

use std::ffi::OsString;
use std::io::IsTerminal;
use std::os::unix::ffi::OsStrExt;

use clap::Args;

use super::files::to_stdout;
use crate::cmd::units::size;
use crate::cmd::{App, Verb};
use crate::engine::Engine;
use crate::engine::files::{CopyOptions, InContainer};
use crate::error::{Kind, Result};

/// Copy files and directories between a container and the host
#[derive(Debug, Args)]
pub(crate) struct Cp {
    /// [CONTAINER:]PATH, or - for a tar archive on standard input
    #[arg(value_name = "SOURCE|-", allow_hyphen_values = false)]
    source: OsString,
    /// [CONTAINER:]PATH, or - for a tar archive on standard output
    #[arg(value_name = "DESTINATION|-")]
    destination: OsString,
    /// Into a container: everything belongs to the user it runs as. Out of it: owners stay what they are, if root copies
    #[arg(short, long)]
    archive: bool,
    /// Follow a symbolic link that the source is
    #[arg(short = 'L', long)]
    follow_link: bool,
    /// Don't say on the terminal how much was copied
    #[arg(short, long)]
    quiet: bool,
}

impl Verb for Cp {
    const NAME: &'static str = "cp";
    const ABOUT: &'static str = "Copy files and directories between a container and the host";

    fn run(self, app: &App) -> Result<u8> {
        let (source, destination) = (self.source.as_bytes(), self.destination.as_bytes());
        for (text, what) in [(source, "source"), (destination, "destination")] {
            if text.is_empty() {
                return Kind::Invalid.err(format!("{what} can not be empty"));
            }
        }
        let (from, to) = (in_container(source)?, in_container(destination)?);
        let options = CopyOptions { follow_link: self.follow_link, archive: self.archive };
        let engine = app.engine()?;
        let bytes = match (from, to) {
            (None, None) => return Kind::Invalid.err("must specify at least one container source"),
            (Some(from), None) if destination == b"-" => {
                return write_archive(&engine, from, options);
            }
            (None, Some(to)) if source == b"-" => {
                if std::io::stdin().is_terminal() {
                    return Kind::Invalid.err("refusing to read an archive from a terminal");
                }
                engine.copy_archive_in(std::io::stdin(), to, options)?;
                return Ok(0);
            }
            (Some(from), None) => engine.copy_out(from, destination, options)?,
            (None, Some(to)) => engine.copy_in(source, to, options)?,
            (Some(from), Some(to)) => engine.copy_across(from, to, options)?,
        };
        if !self.quiet && std::io::stdout().is_terminal() {
            eprintln!("Successfully copied {} to {}", size(bytes), self.destination.display());
        }
        Ok(0)
    }
}

fn write_archive(engine: &Engine, from: InContainer<'_>, options: CopyOptions) -> Result<u8> {
    if std::io::stdout().is_terminal() {
        return Kind::Invalid.err("cowardly refusing to write an archive to a terminal: redirect it");
    }
    to_stdout(engine.copy_stream(from, options)?)?;
    Ok(0)
}

/// `CONTAINER:PATH`; none: a path of the host. One that begins with a dot or a slash is the host's whatever follows.
fn in_container(text: &[u8]) -> Result<Option<InContainer<'_>>> {
    if matches!(text.first(), Some(b'/' | b'.')) {
        return Ok(None);
    }
    let Some(colon) = text.iter().position(|&b| b == b':') else { return Ok(None) };
    let (name, path) = (&text[..colon], &text[colon + 1..]);
    let Ok(container) = std::str::from_utf8(name) else {
        return Kind::NotFound.err(format!("No such container: {}", String::from_utf8_lossy(name)));
    };
    if container.is_empty() || path.is_empty() {
        return Kind::Invalid.err(format!(
            "{:?} names no path in a container: write CONTAINER:PATH",
            String::from_utf8_lossy(text)
        ));
    }
    Ok(Some(InContainer { container, path }))
}
