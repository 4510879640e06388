//! `dhow attach` and `dhow start`.

use clap::Args;

use super::run::{foreground, warn};
use crate::cmd::{App, Verb};
use crate::engine::containers::{
    self, ContainerState, Outcome, RelayOptions as Options, Status, hold_signals,
};
use crate::error::{Kind, Result};

/// Connect to a running container's standard streams
#[derive(Debug, Args)]
pub(crate) struct Attach {
    /// Do not attach standard input
    #[arg(long)]
    no_stdin: bool,
    /// Pass signals on to the container
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
          default_missing_value = "true")]
    sig_proxy: bool,
    /// Keys that detach from the container [default: ctrl-p,ctrl-q]
    #[arg(long, value_name = "KEYS")]
    detach_keys: Option<String>,
    container: String,
}

impl Verb for Attach {
    const NAME: &'static str = "attach";
    const ABOUT: &'static str = "Connect to a running container's standard streams";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let (dir, state) = engine.find(&self.container)?;
        if state.paused {
            return Kind::Conflict.err("You cannot attach to a paused container, unpause it first");
        }
        let process = dir.config()?.process;
        let options = Options {
            tty: process.tty,
            detach_keys: engine.detach_keys(self.detach_keys.as_deref())?,
            signals: self.sig_proxy && !process.tty,
        };
        let wanted =
            containers::Attach { stdin: process.open_stdin && !self.no_stdin, stdout: true, stderr: true };
        let attached = engine.attach(&dir, wanted, process.tty)?;
        match attached.relay(&options)? {
            Outcome::Exited(code) => Ok(code),
            Outcome::Detached => Ok(0),
        }
    }
}

fn refuse_paused(state: &ContainerState) -> Result<()> {
    if state.paused {
        return Kind::Conflict.err("cannot start a paused container, try unpause instead");
    }
    Ok(())
}

/// Start containers that were created or have ended
#[derive(Debug, Args)]
pub(crate) struct Start {
    /// Attach to output and errors, and pass signals on
    #[arg(short = 'a', long)]
    attach: bool,
    /// Attach to standard input
    #[arg(short = 'i', long)]
    interactive: bool,
    /// Pass signals on to the container
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, require_equals = true,
          default_missing_value = "true")]
    sig_proxy: bool,
    /// Keys that detach from the container [default: ctrl-p,ctrl-q]
    #[arg(long, value_name = "KEYS")]
    detach_keys: Option<String>,
    #[arg(required = true, value_name = "CONTAINER")]
    containers: Vec<String>,
}

impl Verb for Start {
    const NAME: &'static str = "start";
    const ABOUT: &'static str = "Start containers that were created or have ended";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        if !self.attach && !self.interactive {
            return Ok(super::each(&self.containers, |name| {
                let (dir, state) = engine.find(name)?;
                refuse_paused(&state)?;
                warn(&engine.start_detached(&dir)?);
                println!("{name}");
                Ok(())
            }));
        }
        let [name] = self.containers.as_slice() else {
            return Kind::Invalid.err("you cannot start and attach multiple containers at once");
        };
        let (dir, state) = engine.find(name)?;
        refuse_paused(&state)?;
        let process = dir.config()?.process;
        let options = Options {
            tty: process.tty,
            detach_keys: engine.detach_keys(self.detach_keys.as_deref())?,
            signals: self.sig_proxy && !process.tty,
        };
        let wanted =
            containers::Attach { stdin: process.open_stdin && self.interactive, stdout: true, stderr: true };
        if state.status == Status::Running {
            let attached = engine.attach(&dir, wanted, process.tty)?;
            return Ok(match attached.relay(&options)? {
                Outcome::Exited(code) => code,
                Outcome::Detached => 0,
            });
        }
        hold_signals(&options)?;
        foreground(&engine, (&dir, None), wanted, &options, Vec::new())
    }
}
