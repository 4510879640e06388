//! Commands about containers: `dhow run`, `dhow ps`, …, and the same under `dhow container`.

mod attach;
mod cp;
mod exec;
mod files;
mod health;
mod healthcheck;
mod inspect;
mod lifecycle;
mod limits;
mod logs;
mod mount;
mod mounts;
mod network;
mod options;
mod parse;
mod port;
mod ps;
mod run;
mod stats;
mod top;
mod tuning;

pub(crate) use attach::{Attach, Start};
pub(crate) use cp::Cp;
pub(crate) use exec::Exec;
pub(crate) use files::{Commit, Diff, Export, print_changes, wants_json};
pub(crate) use healthcheck::HealthcheckRun;
pub(crate) use inspect::{ContainerInspect, Inspect};
pub(crate) use lifecycle::{Kill, Prune, Rename, Restart, Rm, Stop, Wait};
pub(crate) use limits::{Pause, Unpause, Update};
pub(crate) use logs::Logs;
pub(crate) use mount::{Mount, Unmount};
pub(crate) use port::Port;
pub(crate) use ps::{Ps, Row, TITLES, row};
pub(crate) use run::{Create, Run};
pub(crate) use stats::Stats;
pub(crate) use top::Top;

use crate::error::{Kind, Result};

/// Does the same for each name, goes on past failures, prints each on its own line. The exit code: 1 if any failed.
pub(crate) fn each(names: &[String], mut action: impl FnMut(&str) -> Result<()>) -> u8 {
    let mut code = 0;
    for name in names {
        if let Err(error) = action(name) {
            eprintln!("dhow: {}", crate::error::one_line(&error));
            code = 1;
        }
    }
    code
}

/// A command that was given neither names nor `--all` says so.
fn require_names(names: &[String], command: &str) -> Result<()> {
    if names.is_empty() {
        Kind::Invalid.err(format!("{command} requires at least 1 argument"))
    } else {
        Ok(())
    }
}
