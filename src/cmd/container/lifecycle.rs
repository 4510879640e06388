//! `dhow stop`, `kill`, `rm`, `wait`, `rename`, `restart` and `container prune`.

use clap::Args;

use super::{each, require_names};
use crate::cmd::pruned::{print_deleted, print_reclaimed};
use crate::cmd::{App, Verb, confirmed};
use crate::engine::Engine;
use crate::engine::containers::{Condition, ContainerFilter, RemoveRequest, parse_signal};
use crate::error::{Kind, Result, is};

/// All containers, or those named.
pub(super) fn names(
    engine: &Engine,
    all: bool,
    running: bool,
    given: Vec<String>,
    command: &str,
) -> Result<Vec<String>> {
    if !all {
        require_names(&given, command)?;
        return Ok(given);
    }
    if !given.is_empty() {
        return Kind::Invalid.err(format!("{command}: --all and names exclude each other"));
    }
    let filter = ContainerFilter::new(!running);
    Ok(engine.list_containers(&filter)?.into_iter().map(|c| c.config.id.to_string()).collect())
}

/// Stop running containers
#[derive(Debug, Args)]
pub(crate) struct Stop {
    /// All running containers
    #[arg(short = 'a', long)]
    all: bool,
    /// Signal to send first
    #[arg(short = 's', long)]
    signal: Option<String>,
    /// Seconds to wait before killing the container, -1 to wait for ever
    #[arg(short = 't', long, alias = "time", value_name = "SECONDS", allow_hyphen_values = true)]
    timeout: Option<i64>,
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

impl Verb for Stop {
    const NAME: &'static str = "stop";
    const ABOUT: &'static str = "Stop running containers";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let signal = self.signal.as_deref().map(parse_signal).transpose()?;
        Ok(each(&names(&engine, self.all, true, self.containers, Self::NAME)?, |name| {
            engine.stop(name, self.timeout, signal)?;
            println!("{name}");
            Ok(())
        }))
    }
}

/// Stop containers and start them again
#[derive(Debug, Args)]
pub(crate) struct Restart {
    /// Signal to send first
    #[arg(short = 's', long)]
    signal: Option<String>,
    /// Seconds to wait before killing the container, -1 to wait for ever
    #[arg(short = 't', long, alias = "time", value_name = "SECONDS", allow_hyphen_values = true)]
    timeout: Option<i64>,
    #[arg(required = true, value_name = "CONTAINER")]
    containers: Vec<String>,
}

impl Verb for Restart {
    const NAME: &'static str = "restart";
    const ABOUT: &'static str = "Stop containers and start them again";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let signal = self.signal.as_deref().map(parse_signal).transpose()?;
        Ok(each(&self.containers, |name| {
            engine.stop_to_restart(name, self.timeout, signal)?;
            let (dir, _) = engine.find(name)?;
            super::run::warn(&engine.start_detached(&dir)?);
            engine.tell_restart(&dir)?;
            println!("{name}");
            Ok(())
        }))
    }
}

/// Send a signal to running containers
#[derive(Debug, Args)]
pub(crate) struct Kill {
    /// All running containers
    #[arg(short = 'a', long)]
    all: bool,
    /// Signal to send
    #[arg(short = 's', long, default_value = "KILL")]
    signal: String,
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

impl Verb for Kill {
    const NAME: &'static str = "kill";
    const ABOUT: &'static str = "Send a signal to running containers";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let signal = parse_signal(&self.signal)?;
        Ok(each(&names(&engine, self.all, true, self.containers, Self::NAME)?, |name| {
            engine.kill(name, signal)?;
            println!("{name}");
            Ok(())
        }))
    }
}

/// Remove containers
#[derive(Debug, Args)]
pub(crate) struct Rm {
    /// All containers
    #[arg(short = 'a', long)]
    all: bool,
    /// Kill running containers first; a missing one is no error
    #[arg(short = 'f', long)]
    force: bool,
    /// Remove those that require it (--requires), too
    #[arg(long)]
    depend: bool,
    /// Remove the volumes without a name with the container
    #[arg(short = 'v', long)]
    volumes: bool,
    #[arg(value_name = "CONTAINER")]
    containers: Vec<String>,
}

impl Verb for Rm {
    const NAME: &'static str = "rm";
    const ABOUT: &'static str = "Remove containers";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        Ok(each(&names(&engine, self.all, false, self.containers, Self::NAME)?, |name| {
            match engine
                .remove(name, RemoveRequest { force: self.force, depend: self.depend, volumes: self.volumes })
            {
                // As docker: `rm -f` wants it gone, and it is.
                Err(e) if self.force && is(&e, Kind::NotFound) => {
                    eprintln!("dhow: {}", crate::error::one_line(&e));
                }
                other => {
                    other?;
                    println!("{name}");
                }
            }
            Ok(())
        }))
    }
}

/// Wait until containers end, and print their exit codes
#[derive(Debug, Args)]
pub(crate) struct Wait {
    /// Wait for this instead: created, running, restarting, exited, stopped, not-running, next-exit, removed, healthy, unhealthy
    #[arg(long, value_name = "CONDITION")]
    condition: Vec<Condition>,
    /// Print nothing for containers that do not exist
    #[arg(short = 'i', long)]
    ignore: bool,
    #[arg(required = true, value_name = "CONTAINER")]
    containers: Vec<String>,
}

impl Verb for Wait {
    const NAME: &'static str = "wait";
    const ABOUT: &'static str = "Wait until containers end, and print their exit codes";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        Ok(each(&self.containers, |name| {
            let waited = if self.condition.is_empty() {
                engine.wait(name).map(Some)
            } else {
                engine.wait_until(name, &self.condition)
            };
            match waited {
                Err(e) if self.ignore && is(&e, Kind::NotFound) => println!("-1"),
                Ok(None) => println!("-1"),
                other => println!("{}", other?.unwrap_or_default()),
            }
            Ok(())
        }))
    }
}

/// Give a container another name
#[derive(Debug, Args)]
pub(crate) struct Rename {
    container: String,
    name: String,
}

impl Verb for Rename {
    const NAME: &'static str = "rename";
    const ABOUT: &'static str = "Give a container another name";

    fn run(self, app: &App) -> Result<u8> {
        app.engine()?.rename(&self.container, &self.name)?;
        Ok(0)
    }
}

/// Remove all containers that aren't running
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// Do not ask
    #[arg(short = 'f', long)]
    force: bool,
    /// Only those that fit: until=TIME, label=KEY[=VALUE], label!=KEY[=VALUE]
    #[arg(long, value_name = "FILTER")]
    filter: Vec<String>,
}

impl Verb for Prune {
    const NAME: &'static str = "prune";
    const ABOUT: &'static str = "Remove all containers that aren't running";

    fn run(self, app: &App) -> Result<u8> {
        let mut filter = ContainerFilter::new(true);
        self.filter.iter().try_for_each(|f| filter.add(f))?;
        if !self.force && !confirmed("all stopped containers")? {
            return Ok(0);
        }
        let report = app.engine()?.prune_containers(&filter)?;
        print_deleted("Containers", &report.containers);
        print_reclaimed(report.reclaimed);
        Ok(0)
    }
}
