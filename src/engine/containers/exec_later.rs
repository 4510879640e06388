//! Programs in containers that are made first and started later, as the API does it. All that is known of one is in files: whoever asks
//! need not be who has made it.

use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::attach::RawStreams;
use super::exec::ExecRequest;
use crate::container::Status;
use crate::container::execs::ExecStore;
pub use crate::container::execs::{ExecConfig, ExecState};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result, is, kind_of};
use crate::monitor;
use crate::monitor::protocol::{self, Request};
use crate::state::{ContainerId, Lock};
use crate::sys::pty::Size;

/// Clients that show a program give its terminal their own size as soon as they have asked for its start.
const STARTS_WITHIN: Duration = Duration::from_secs(10);

/// What is known of a program.
#[derive(Debug, Clone)]
pub struct ExecInspect {
    pub config: ExecConfig,
    /// `None` before it was started.
    pub state: Option<ExecState>,
    pub running: bool,
}

impl Engine {
    fn execs(&self) -> ExecStore {
        ExecStore::new(&self.roots)
    }

    /// Notes what is to run in a running container; answers its id.
    pub fn create_exec(
        &self,
        wanted: &str,
        make: impl FnOnce(String, ContainerId) -> ExecConfig,
    ) -> Result<String> {
        let (dir, state) = self.require_running(wanted)?;
        if state.paused {
            return Kind::Conflict
                .err(format!("Container {} is paused, unpause the container before exec", dir.id));
        }
        let store = self.execs();
        store.collect(&self.containers())?;
        let config = make(ContainerId::random()?.to_string(), dir.id);
        if config.command.is_empty() {
            return Kind::Invalid.err("No exec command specified");
        }
        store.create(&config)?;
        Ok(config.id)
    }

    pub fn inspect_exec(&self, id: &str) -> Result<ExecInspect> {
        let store = self.execs();
        let config = store.config(id)?;
        let mut state = store.state(id)?;
        let mut running = state.is_some_and(|s| s.exit_code.is_none());
        if running && !Lock::is_held(&self.containers().dir(&config.container).lock_path())? {
            // Killed with the container, whose monitor could not tell any more. It may have told in between.
            let last = store.state(id)?.and_then(|s| s.exit_code);
            state = state.map(|s| ExecState { exit_code: last.or(Some(137)), ..s });
            running = false;
        }
        Ok(ExecInspect { config, state, running })
    }

    /// Takes it for the caller, who is to start it. Only one can.
    pub fn claim_exec(&self, id: &str) -> Result<ExecConfig> {
        let store = self.execs();
        let config = store.config(id)?;
        if self.find(config.container.as_str())?.1.status != Status::Running {
            return Kind::Conflict.err(format!("container {} is not running", config.container));
        }
        store.claim(id)?;
        Ok(config)
    }

    /// Starts it, with streams as it was made to have; without any if nobody wants them.
    pub fn start_claimed_exec(
        &self,
        config: &ExecConfig,
        detached: bool,
        size: Option<(u16, u16)>,
    ) -> Result<RawStreams> {
        let size = size.map(|(rows, columns)| Size { rows, columns });
        self.run_exec(config, detached, size).inspect_err(|error| {
            let exit_code = match kind_of(error) {
                Some(Kind::CannotStart(code)) => Some(code),
                _ => Some(126),
            };
            // The error itself is what the caller is told.
            let _ = self.execs().write_state(&config.id, &ExecState { pid: 0, exit_code });
        })
    }

    fn run_exec(&self, config: &ExecConfig, detached: bool, size: Option<Size>) -> Result<RawStreams> {
        let config = config.clone();
        let (stdin, stdout, stderr) =
            (config.stdin && !detached, config.stdout && !detached, config.stderr && !detached);
        let input = Ends::new(stdin, true)?;
        let output = Ends::new(stdout, false)?;
        let errors = Ends::new(stderr, false)?;
        let stdio = [input.theirs.as_fd(), output.theirs.as_fd(), errors.theirs.as_fd()];
        let request = ExecRequest {
            command: config.command,
            env: config.env,
            cwd: config.cwd,
            user: config.user,
            tty: config.tty,
            stdin,
            privileged: config.privileged,
            detach_keys: Vec::new(),
        };
        let attached = self.start_recorded(config.container.as_str(), request, &config.id, stdio, size)?;
        if config.tty {
            let mut raw = attached.into_raw(stdin)?;
            if !stdout && !stderr {
                raw.output = None;
            }
            return Ok(raw);
        }
        Ok(RawStreams {
            socket: attached.socket,
            input: input.ours,
            output: output.ours,
            errors: errors.ours,
        })
    }

    /// What is known of one that somebody may be starting just now: as soon as it has begun.
    fn begun_exec(&self, id: &str) -> Result<ExecInspect> {
        let store = self.execs();
        let is_starting =
            |inspect: &ExecInspect| -> Result<bool> { Ok(inspect.state.is_none() && store.is_started(id)?) };
        let mut inspect = self.inspect_exec(id)?;
        if !is_starting(&inspect)? {
            return Ok(inspect);
        }
        let deadline = Instant::now() + STARTS_WITHIN;
        let changes = store.changes()?;
        loop {
            // After the watch has begun.
            inspect = self.inspect_exec(id)?;
            let left = deadline.saturating_duration_since(Instant::now());
            if !is_starting(&inspect)? || left.is_zero() {
                return Ok(inspect);
            }
            let limit = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            match poll(&mut [PollFd::new(changes.as_fd(), PollFlags::POLLIN)], limit) {
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => changes.clear()?,
                Err(e) => return Err(e).context("waiting for the program's start"),
            }
        }
    }

    /// Gives its terminal another size.
    pub fn resize_exec(&self, id: &str, rows: u16, columns: u16) -> Result<()> {
        let inspect = self.begun_exec(id)?;
        if !inspect.running {
            return Kind::Conflict.err(format!("exec command {id} is not running"));
        }
        let dir = self.containers().dir(&inspect.config.container);
        let socket = match monitor::connect(&dir) {
            Err(e) if is(&e, Kind::NotFound) => {
                return Kind::Conflict.err(format!("exec command {id} is not running"));
            }
            other => other?,
        };
        let request = Request::ResizeSession { name: id.into(), size: Size { rows, columns } };
        protocol::send(socket.as_fd(), &request, &[])
    }
}

/// Both ends of a stream; what isn't wanted is /dev/null.
struct Ends {
    ours: Option<OwnedFd>,
    theirs: OwnedFd,
}

impl Ends {
    fn new(wanted: bool, is_input: bool) -> Result<Self> {
        if !wanted {
            return Ok(Self { ours: None, theirs: super::exec::null()? });
        }
        let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC).context("making a pipe")?;
        let (ours, theirs) = if is_input { (write, read) } else { (read, write) };
        Ok(Self { ours: Some(ours), theirs })
    }
}
