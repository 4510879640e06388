//! `dhow run` and `dhow create`.

use std::fs::OpenOptions;
use std::io::{IsTerminal, Write};
use std::os::fd::OwnedFd;

use clap::Args;

use super::options::ContainerOptions;
use crate::cmd::{App, Verb};
use crate::engine::Engine;
use crate::engine::containers::{
    Attach, ContainerDir, MonitorWaiting, Outcome, RelayOptions as Options, hold_signals,
};
use crate::error::{Context, Kind, Result};

/// Create a container and start it
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Run {
    /// Run in the background and print the container's id
    #[arg(short = 'd', long)]
    detach: bool,
    /// Pass signals on to the container
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
          default_missing_value = "true")]
    sig_proxy: bool,
    /// Let the program have so many descriptors, from 3 on, that are open here
    #[arg(long, value_name = "N", default_value_t = 0)]
    preserve_fds: u32,
    #[command(flatten)]
    options: ContainerOptions,
}

/// Create a container without starting it
#[derive(Debug, Args)]
#[command(disable_help_flag = true)]
pub(crate) struct Create {
    #[command(flatten)]
    options: ContainerOptions,
}

impl Verb for Create {
    const NAME: &'static str = "create";
    const ABOUT: &'static str = "Create a container without starting it";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let progress = App::progress(self.options.quiet);
        let cidfile = CidFile::reserve(self.options.cidfile.as_deref())?;
        // Attached later, by `start`, as the options say now.
        let request = self.options.request(false, &engine, app.cgroup_manager())?;
        let dir = engine.create(request, &*progress)?;
        cidfile.write(&dir)?;
        println!("{}", dir.id);
        Ok(0)
    }
}

impl Verb for Run {
    const NAME: &'static str = "run";
    const ABOUT: &'static str = "Create a container and start it";
    const FAILURE: u8 = 125;

    fn run(self, app: &App) -> Result<u8> {
        let extra = Engine::inherited_fds(self.preserve_fds)?;
        let engine = app.engine()?;
        let tty = self.options.tty();
        let attach = self.options.attached(self.detach)?;
        if tty && attach.stdin && !std::io::stdin().is_terminal() {
            return Kind::Invalid
                .err("cannot attach stdin to a TTY-enabled container because stdin is not a terminal");
        }
        let relaying = Options {
            tty,
            detach_keys: engine.detach_keys(self.options.detach_keys.as_deref())?,
            signals: self.sig_proxy && !tty,
        };
        let progress = App::progress(self.options.quiet);
        let cidfile = CidFile::reserve(self.options.cidfile.as_deref())?;
        let request = self.options.request(self.detach, &engine, app.cgroup_manager())?;
        let (dir, monitor) = engine.create_to_start(request, &*progress)?;
        drop(progress);
        cidfile.write(&dir)?;
        if self.detach {
            let started = engine.start_with(&dir, Some(monitor), Attach::default(), extra)?;
            warn(&started.map(|s| s.warnings).unwrap_or_default());
            println!("{}", dir.id);
            return Ok(0);
        }
        // From before the start, so that a signal sent right after it is not lost.
        hold_signals(&relaying)?;
        foreground(&engine, (&dir, Some(monitor)), attach, &relaying, extra)
    }
}

/// Starts the container and stays attached. The exit code is the container's.
pub(super) fn foreground(
    engine: &Engine,
    (dir, monitor): (&ContainerDir, Option<MonitorWaiting>),
    attach: Attach,
    relaying: &Options,
    extra: Vec<OwnedFd>,
) -> Result<u8> {
    let Some(attached) = engine.start_with(dir, monitor, attach, extra)? else {
        return Kind::Conflict.err(format!("container {} is running already", dir.id.short()));
    };
    warn(&attached.warnings);
    match attached.relay(relaying)? {
        Outcome::Exited(code) => Ok(code),
        Outcome::Detached => Ok(0),
    }
}

pub(super) fn warn(warnings: &[String]) {
    for warning in warnings {
        log::warn!("{warning}");
    }
}

/// The file that gets the container's id: made before the container, so that two can't share it.
struct CidFile {
    file: Option<(std::path::PathBuf, std::fs::File)>,
}

impl CidFile {
    fn reserve(path: Option<&std::path::Path>) -> Result<Self> {
        let Some(path) = path else { return Ok(Self { file: None }) };
        match OpenOptions::new().write(true).create_new(true).open(path) {
            Ok(file) => Ok(Self { file: Some((path.to_path_buf(), file)) }),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => Kind::Conflict.err(format!(
                "container ID file found, make sure the other container isn't running or delete {}",
                path.display()
            )),
            Err(e) => Err(e).with_context(|| format!("making the container ID file {}", path.display())),
        }
    }

    fn write(mut self, dir: &ContainerDir) -> Result<()> {
        match self.file.take() {
            Some((path, mut file)) => file
                .write_all(dir.id.as_str().as_bytes())
                .with_context(|| format!("writing {}", path.display())),
            None => Ok(()),
        }
    }
}

impl Drop for CidFile {
    fn drop(&mut self) {
        // No container came of it.
        if let Some((path, _)) = self.file.take() {
            let _ = std::fs::remove_file(path);
        }
    }
}
