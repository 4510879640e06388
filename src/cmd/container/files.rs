//! `dhow diff`, `dhow export`, `dhow commit`.

use std::fs::File;
use std::io::{BufWriter, IsTerminal, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use clap::Args;
use serde_json::{Map, Value, json};

use crate::cmd::{App, Verb};
use crate::engine::files::{Change, ChangeKind, GetStream};
use crate::engine::images::{CommitFormat, CommitRequest, ImageReference};
use crate::error::{self, Context, Kind, Result};

/// Show what a container has changed in its image
#[derive(Debug, Args)]
pub(crate) struct Diff {
    #[arg(value_name = "CONTAINER")]
    container: String,
    /// How to print it: json; a line for each path if not given
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
}

impl Verb for Diff {
    const NAME: &'static str = "diff";
    const ABOUT: &'static str = "Show what a container has changed in its image";

    fn run(self, app: &App) -> Result<u8> {
        let json = wants_json(self.format.as_deref())?;
        print_changes(&app.engine()?.changes(&self.container)?, json)
    }
}

/// Whether JSON is asked for; there is no other format.
pub(crate) fn wants_json(format: Option<&str>) -> Result<bool> {
    match format {
        None => Ok(false),
        Some("json") => Ok(true),
        Some(other) => {
            Kind::Invalid.err(format!("only supported value for '--format' is 'json', not {other:?}"))
        }
    }
}

pub(crate) fn print_changes(changes: &[Change], json: bool) -> Result<u8> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let written = if json {
        let mut lists = Map::new();
        for (key, kind) in
            [("changed", ChangeKind::Changed), ("added", ChangeKind::Added), ("deleted", ChangeKind::Deleted)]
        {
            let paths: Vec<Value> = changes
                .iter()
                .filter(|c| c.kind == kind)
                .map(|c| json!(String::from_utf8_lossy(&c.path)))
                .collect();
            if !paths.is_empty() {
                lists.insert(key.into(), paths.into());
            }
        }
        let text = serde_json::to_string_pretty(&lists).context("encoding the changes")?;
        writeln!(out, "{text}")
    } else {
        changes.iter().try_for_each(|c| {
            write!(out, "{} ", c.kind.letter())?;
            out.write_all(&c.path)?;
            out.write_all(b"\n")
        })
    };
    written.and_then(|()| out.flush()).context("writing to standard output")?;
    Ok(0)
}

/// Write a container's root file system as a tar archive
#[derive(Debug, Args)]
pub(crate) struct Export {
    #[arg(value_name = "CONTAINER")]
    container: String,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Verb for Export {
    const NAME: &'static str = "export";
    const ABOUT: &'static str = "Write a container's root file system as a tar archive";

    fn run(self, app: &App) -> Result<u8> {
        if self.output.is_none() && std::io::stdout().is_terminal() {
            return Kind::Invalid.err("cowardly refusing to save to a terminal. Use the -o flag or redirect");
        }
        let engine = app.engine()?;
        match &self.output {
            Some(path) => engine.export_to(&self.container, path)?,
            None => engine.export_into(&self.container, standard_output()?)?,
        }
        Ok(0)
    }
}

/// Writes all of a stream to standard output, past the line buffer of the standard library.
pub(crate) fn to_stdout(mut stream: GetStream) -> Result<()> {
    std::io::copy(&mut stream, &mut File::from(standard_output()?))
        .map_err(error::from_io)
        .context("writing the archive")?;
    Ok(())
}

fn standard_output() -> Result<OwnedFd> {
    std::io::stdout().as_fd().try_clone_to_owned().context("opening standard output")
}

/// Make an image of a container and what it has changed
#[derive(Debug, Args)]
pub(crate) struct Commit {
    #[arg(value_name = "CONTAINER")]
    container: String,
    #[arg(value_name = "REPOSITORY[:TAG]")]
    name: Option<String>,
    /// Who made it, as "Jane Doe <jane@example.org>"
    #[arg(short, long, value_name = "AUTHOR")]
    author: Option<String>,
    /// Apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR
    #[arg(short, long = "change", value_name = "INSTRUCTION")]
    changes: Vec<String>,
    /// What kind of image to make
    #[arg(short, long, value_enum, default_value_t)]
    format: CommitFormat,
    /// Write the image's ID to this file
    #[arg(long, value_name = "FILE")]
    iidfile: Option<PathBuf>,
    /// Comment in the image's history
    #[arg(short, long)]
    message: Option<String>,
    /// Freeze the container meanwhile (done if it can be, unless this says false)
    #[arg(short, long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pause: Option<bool>,
    /// Print nothing but the ID (which is all that is printed anyway)
    #[arg(short, long)]
    quiet: bool,
    /// Make one layer of all
    #[arg(short, long)]
    squash: bool,
    /// Give the image, and new files at most, this time, in seconds since the epoch
    #[arg(long, value_name = "SECONDS", env = "SOURCE_DATE_EPOCH")]
    timestamp: Option<i64>,
}

impl Verb for Commit {
    const NAME: &'static str = "commit";
    const ABOUT: &'static str = "Make an image of a container and what it has changed";

    fn run(self, app: &App) -> Result<u8> {
        let request = CommitRequest {
            container: self.container,
            name: self.name.as_deref().map(ImageReference::parse).transpose()?,
            author: self.author,
            message: self.message,
            changes: self.changes,
            pause: self.pause,
            config: None,
            squash: self.squash,
            timestamp: self.timestamp,
            format: self.format,
        };
        if request.name.as_ref().is_some_and(|name| name.digest().is_some()) {
            return Kind::Invalid.err("cannot commit to digest reference");
        }
        let id = app.engine()?.commit(&request, &*App::progress(true))?;
        if let Some(path) = &self.iidfile {
            let mut file = File::create(path).with_context(|| format!("writing {}", path.display()))?;
            file.write_all(id.to_string().as_bytes())
                .with_context(|| format!("writing {}", path.display()))?;
        }
        println!("{id}");
        Ok(0)
    }
}
