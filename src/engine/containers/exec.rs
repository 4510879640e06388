//! A further program in a running container. The monitor starts it, with the caller's own streams or with a terminal that the caller relays.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use nix::sys::socket::MsgFlags;
use oci_spec::runtime::Linux;

use crate::container::config::{ContainerConfig, SeccompProfile};
use crate::container::external::Joining;
use crate::container::{ContainerDir, spec};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};
use crate::monitor;
use crate::monitor::protocol::{self, Event, ExecMessage, Request, Started};
use crate::monitor::relay::{self, Options, Outcome, Streams};
use crate::runtime::{Extras, PlannedProcess, UserSpec, handover};
use crate::state::ContainerId;
use crate::sys::pty::Size;

use super::attach::Attached;

/// What to run. `None` means as the container's own program has it.
#[derive(Debug, Clone, Default)]
pub struct ExecRequest {
    pub command: Vec<String>,
    pub env: Vec<String>,
    pub cwd: Option<PathBuf>,
    pub user: Option<String>,
    pub tty: bool,
    pub stdin: bool,
    pub privileged: bool,
    pub detach_keys: Vec<u8>,
}

/// A request with what isn't the program's.
struct Asked<'a> {
    request: ExecRequest,
    /// Of the terminal that shows it.
    size: Option<Size>,
    /// The id under which it was noted.
    recorded: Option<&'a str>,
}

impl Engine {
    /// Runs the program with this process's standard streams, and `extra` from 3 on; its exit code.
    pub fn exec(&self, wanted: &str, request: ExecRequest, extra: &[OwnedFd]) -> Result<u8> {
        let options = Options { tty: request.tty, detach_keys: request.detach_keys.clone(), signals: true };
        let stdin = request.stdin;
        // Held before the program starts, so that none is lost.
        relay::hold_signals(&options)?;
        let (std_in, std_out, std_err) = (std::io::stdin(), std::io::stdout(), std::io::stderr());
        let null = if stdin { None } else { Some(null()?) };
        let input = null.as_ref().map_or(std_in.as_fd(), AsFd::as_fd);
        let size = if request.tty { relay::terminal_size() } else { None };
        let asked = Asked { request, size, recorded: None };
        let mut running = self.start_exec(wanted, asked, [input, std_out.as_fd(), std_err.as_fd()], extra)?;
        running.warnings.iter().for_each(|w| log::warn!("{w}"));
        if let Some(terminal) = &running.terminal {
            let copy = || terminal.try_clone().context("duplicating the terminal");
            running.streams =
                Streams { input: stdin.then(copy).transpose()?, output: Some(copy()?), errors: None };
        }
        match running.relay(&options)? {
            Outcome::Exited(code) => Ok(code),
            Outcome::Detached => Ok(0),
        }
    }

    /// Starts the program in the background.
    pub fn exec_detached(&self, wanted: &str, request: ExecRequest, extra: &[OwnedFd]) -> Result<()> {
        let null = null()?;
        let size = if request.tty { relay::terminal_size() } else { None };
        self.start_exec(wanted, Asked { request, size, recorded: None }, [null.as_fd(); 3], extra).map(drop)
    }

    /// Starts the program that was noted under an id.
    pub(super) fn start_recorded(
        &self,
        wanted: &str,
        request: ExecRequest,
        id: &str,
        stdio: [BorrowedFd<'_>; 3],
        size: Option<Size>,
    ) -> Result<Attached> {
        self.start_exec(wanted, Asked { request, size, recorded: Some(id) }, stdio, &[])
    }

    fn start_exec(
        &self,
        wanted: &str,
        Asked { request, size, recorded }: Asked<'_>,
        stdio: [BorrowedFd<'_>; 3],
        extra: &[OwnedFd],
    ) -> Result<Attached> {
        let (dir, state) = self.require_running(wanted)?;
        if state.paused {
            return Kind::Conflict
                .err(format!("Container {} is paused, unpause the container before exec", dir.id));
        }
        let mut config = dir.config()?;
        config.process.env = dir.environment(&config)?;
        let message = ExecMessage {
            name: match recorded {
                Some(id) => id.to_string(),
                None => ContainerId::random()?.to_string(),
            },
            command: request.command.join(" ").chars().take(1000).collect(),
            tty: request.tty,
            size: if request.tty { size } else { None },
            filtered: is_filtered(&config, request.privileged),
            recorded: recorded.is_some(),
        };
        let tty = request.tty;
        let plan = if config.runtime.is_some() {
            handover::pack(&joining(config, request)?)?
        } else {
            handover::pack(&plan(joining(config, request)?)?)?
        };
        let mut fds = vec![plan.as_fd()];
        if !tty {
            fds.extend(stdio);
        }
        fds.extend(extra.iter().map(AsFd::as_fd));
        let socket = monitor::connect(&dir)?;
        protocol::send(socket.as_fd(), &Request::Exec(message), &fds)?;
        let Started { warnings, fds, .. } = protocol::wait_started(&socket)?;
        let mut fds = fds.into_iter();
        let (process, terminal) = (fds.next(), fds.next());
        let streams = Streams { input: None, output: None, errors: None };
        Ok(Attached { socket, streams, process, terminal, warnings })
    }
}

/// The names of the programs that run in a container beside its own.
pub(super) fn sessions(dir: &ContainerDir) -> Vec<String> {
    let ask = || -> Result<Vec<String>> {
        let socket = monitor::connect(dir)?;
        protocol::send(socket.as_fd(), &Request::Sessions, &[])?;
        match protocol::receive::<Event>(socket.as_fd(), MsgFlags::empty())? {
            Some((Event::Sessions { names }, _)) => Ok(names),
            _ => Ok(Vec::new()),
        }
    };
    // A container that has ended meanwhile has none.
    ask().unwrap_or_default()
}

pub(super) fn null() -> Result<OwnedFd> {
    Ok(File::options().read(true).write(true).open("/dev/null").context("opening /dev/null")?.into())
}

/// Whether the container's programs run under a filter; privileged ones don't, as docker has it.
fn is_filtered(config: &ContainerConfig, privileged: bool) -> bool {
    let security = &config.security;
    !matches!(
        (&security.seccomp, security.privileged || privileged),
        (SeccompProfile::Unconfined, _) | (SeccompProfile::Default, true)
    )
}

/// The program with the container's rights.
fn joining(mut config: ContainerConfig, request: ExecRequest) -> Result<Joining> {
    let user = request.user.unwrap_or_else(|| config.process.user.clone());
    config.process.env = super::create::merge_env(std::mem::take(&mut config.process.env), &request.env);
    config.process.tty = request.tty;
    config.process.entrypoint = Vec::new();
    config.process.command = request.command;
    if let Some(cwd) = request.cwd {
        config.process.cwd = cwd;
    }
    if request.privileged {
        config.security.privileged = true;
    }
    let groups = config.process.groups.clone();
    Ok(Joining { process: spec::joining(&config)?, user: UserSpec { user, groups } })
}

fn plan(joining: Joining) -> Result<PlannedProcess> {
    let extras = Extras { lookup: Some(joining.user), ..Extras::default() };
    let mut process = PlannedProcess::new(&joining.process, &Linux::default(), extras)?;
    // It outlives the command that started it, as docker has it.
    process.dies_with_parent = false;
    Ok(process)
}
