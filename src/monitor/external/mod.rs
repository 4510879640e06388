//! A container that another OCI runtime runs (`--runtime`). The monitor stays what it is: it has the streams, the terminal, the log and the
//! exit code; the runtime makes the container, and everything that concerns its inside is asked of it.
//!
//! The container's first process is no child of the monitor's at first: its runtime ends after `create`, and leaves it to the monitor as
//! the nearest sub-reaper.

mod call;
mod console;
mod prepare;
mod requests;

use std::cell::Cell;
use std::ffi::OsString;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio as CommandStdio};

use nix::sys::signal::{SigSet, Signal};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid, waitpid};

pub use call::Call;
use console::Console;
pub use prepare::{Ground, check_devices, prepare};
pub use requests::{ClientCall, Operation};

use crate::container::external::{ExternalRuntime, Joining};
use crate::container::{ContainerConfig, ContainerDir};
use crate::error::{Context, Result};
use crate::runtime::{Stdio, World};
use crate::state::file::{self, Durability};
use crate::sys::clone::Cloned;
use crate::sys::{pidfd, pty};

/// Where the runtime keeps its state, in the container's run-time directory.
const STATE: &str = "runtime";

/// The runtime of one container while that runs.
#[derive(Debug)]
pub struct External {
    runtime: ExternalRuntime,
    id: String,
    run: PathBuf,
    world: World,
    /// There is something to delete.
    exists: bool,
    /// For names of files.
    calls: Cell<u64>,
    children: SignalFd,
}

/// The first process of a container that waits to be started.
#[derive(Debug)]
pub struct Waiting {
    pub process: Cloned,
    pub terminal: Option<OwnedFd>,
}

/// A program on its way into a container.
#[derive(Debug)]
pub struct ExecCall {
    call: Call,
    files: [PathBuf; 2],
    console: Option<Console>,
    size: Option<pty::Size>,
}

impl External {
    /// The monitor becomes who gets the processes that the runtime leaves.
    fn new(dir: &ContainerDir, runtime: &ExternalRuntime, world: World) -> Result<Self> {
        nix::sys::prctl::set_child_subreaper(true).context("becoming a sub-reaper")?;
        let mut signals = SigSet::empty();
        signals.add(Signal::SIGCHLD);
        let flags = SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK;
        let children = SignalFd::with_flags(&signals, flags).context("making a signal descriptor")?;
        file::make_dirs(&dir.run.join(STATE), 0o700)?;
        Ok(Self {
            runtime: runtime.clone(),
            id: dir.id.to_string(),
            run: dir.run.clone(),
            world,
            exists: false,
            calls: Cell::new(0),
            children,
        })
    }

    fn file(&self, what: &str) -> PathBuf {
        self.calls.set(self.calls.get() + 1);
        self.run.join("bundle").join(format!("{what}.{}", self.calls.get()))
    }

    /// Starts the runtime with a verb and its options; the container's id is added.
    fn call(
        &self,
        verb: &[OsString],
        after: &[OsString],
        streams: Option<[BorrowedFd<'_>; 3]>,
        passed: &[OwnedFd],
    ) -> Result<Call> {
        let log = self.file("log");
        let (state, log_name) = (self.run.join(STATE), log.clone());
        let mut args: Vec<OsString> =
            ["--root".into(), state.clone().into(), "--log".into(), log_name.into()].into();
        args.extend(["--log-format", "json"].map(OsString::from));
        args.extend(verb.iter().cloned());
        args.push(self.id.clone().into());
        args.extend(after.iter().cloned());
        let (runtime, world) = (&self.runtime, &self.world);
        Call::start(call::Request { runtime, world, args, log, streams, passed, private: state })
    }

    fn operation(&self, operation: Operation) -> Result<Call> {
        let (verb, after): (&[&str], Vec<OsString>) = match operation {
            Operation::Signal(number) => (&["kill"], vec![number.to_string().into()]),
            Operation::Pause => (&["pause"], Vec::new()),
            Operation::Resume => (&["resume"], Vec::new()),
            Operation::Processes => (&["ps", "--format", "json"], Vec::new()),
        };
        let verb: Vec<OsString> = verb.iter().map(OsString::from).collect();
        self.call(&verb, &after, None, &[])
    }

    fn update(&self, resources: &oci_spec::runtime::LinuxResources) -> Result<Call> {
        let path = self.file("resources");
        file::write_json(&path, resources, Durability::Ephemeral)?;
        self.call(&["update".into(), "--resources".into(), path.into()], &[], None, &[])
    }

    fn create(&mut self, bundle: &Path, stdio: &Stdio, passed: &[OwnedFd]) -> Result<Waiting> {
        let pid_file = self.file("pid");
        let mut args: Vec<OsString> = ["create".into(), "--bundle".into(), bundle.into()].into();
        args.extend(["--pid-file".into(), pid_file.clone().into()]);
        let console = self.streams(stdio, passed, &mut args)?;
        self.exists = true;
        self.call(&args, &[], given(stdio), passed)?.wait()?;
        let process = process(&pid_file)?;
        let terminal = console.map(|c| c.receive()).transpose()?;
        set_size(terminal.as_ref(), size(stdio))?;
        Ok(Waiting { process, terminal })
    }

    /// Options for the streams and descriptors of a program.
    fn streams(
        &self,
        stdio: &Stdio,
        passed: &[OwnedFd],
        args: &mut Vec<OsString>,
    ) -> Result<Option<Console>> {
        if !passed.is_empty() {
            args.extend(["--preserve-fds".into(), passed.len().to_string().into()]);
        }
        let Stdio::Terminal(_) = stdio else { return Ok(None) };
        self.calls.set(self.calls.get() + 1);
        let console = Console::listen(&self.run, &format!("tty{}", self.calls.get()))?;
        args.extend(["--console-socket".into(), console.path().into()]);
        Ok(Some(console))
    }

    /// Lets the container's program start.
    pub fn start(&self) -> Result<()> {
        self.call(&["start".into()], &[], None, &[])?.wait().map(drop)
    }

    /// Runs a further program in the container.
    pub fn exec(&self, joining: &Joining, stdio: &Stdio, passed: &[OwnedFd]) -> Result<ExecCall> {
        let mut process = joining.process.clone();
        prepare::set_identity(&mut process, &joining.user.resolve(self.world.root())?);
        let (pid_file, process_file) = (self.file("pid"), self.file("process"));
        file::write_json(&process_file, &process, Durability::Ephemeral)?;
        let mut args: Vec<OsString> = ["exec".into(), "--detach".into()].into();
        args.extend(["--pid-file".into(), pid_file.clone().into()]);
        args.extend(["--process".into(), process_file.clone().into()]);
        let console = self.streams(stdio, passed, &mut args)?;
        let call = self.call(&args, &[], given(stdio), passed)?;
        Ok(ExecCall { call, files: [pid_file, process_file], console, size: size(stdio) })
    }

    /// Has the runtime forget the container, which has ended or is to end now. What fails here is told by nobody: the cgroup and the
    /// run-time directory are removed in any case.
    pub fn delete(&mut self) {
        if !std::mem::take(&mut self.exists) {
            return;
        }
        let deleted = self.call(&["delete".into(), "--force".into()], &[], None, &[]).and_then(Call::wait);
        if let Err(error) = deleted {
            log::debug!("{}", crate::error::one_line(&error));
        }
    }

    /// Tells when a child has ended.
    pub fn children(&self) -> BorrowedFd<'_> {
        self.children.as_fd()
    }

    /// Waits for orphans of the container's that became ours. Nobody of ours may be about to be waited for but those in `known`.
    pub fn reap_orphans(&self, known: &[i32]) {
        while let Ok(Some(_)) = self.children.read_signal() {}
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG | WaitPidFlag::WNOWAIT | WaitPidFlag::__WALL;
        while let Ok(WaitStatus::Exited(pid, _) | WaitStatus::Signaled(pid, ..)) = waitid(Id::All, flags) {
            if known.contains(&pid.as_raw()) || waitpid(pid, Some(WaitPidFlag::__WALL)).is_err() {
                break;
            }
        }
    }
}

impl Drop for External {
    fn drop(&mut self) {
        self.delete();
    }
}

impl ExecCall {
    /// The runtime, which ends when the program runs.
    pub fn runtime(&self) -> &Cloned {
        &self.call.process
    }

    /// The program's process and terminal, or why it couldn't be started; the call itself while it is being started.
    pub fn finish(self) -> std::result::Result<Result<Waiting>, Box<Self>> {
        let Self { call, files, console, size } = self;
        let ended = match call.finish() {
            Ok(ended) => ended,
            Err(call) => return Err(Box::new(Self { call: *call, files, console, size })),
        };
        let started = ended.and_then(|_| {
            let process = process(&files[0])?;
            let terminal = console.map(|c| c.receive()).transpose()?;
            set_size(terminal.as_ref(), size)?;
            Ok(Waiting { process, terminal })
        });
        for file in &files {
            let _ = std::fs::remove_file(file);
        }
        Ok(started)
    }
}

/// Has the runtime of a container whose monitor was killed forget it. Best effort. Not by [`Call`], which forks: a server with threads gets
/// here, too.
pub fn forget(dir: &ContainerDir, config: &ContainerConfig) {
    let state = dir.run.join(STATE);
    let Some(runtime) = config.runtime.as_ref().filter(|_| state.is_dir()) else { return };
    let mut command = Command::new(&runtime.path);
    command.arg("--root").arg(&state).args(["delete", "--force", dir.id.as_str()]);
    command.stdin(CommandStdio::null()).stdout(CommandStdio::null()).stderr(CommandStdio::null());
    let _ = command.status();
}

fn given(stdio: &Stdio) -> Option<[BorrowedFd<'_>; 3]> {
    match stdio {
        Stdio::Streams(fds) => Some(fds.each_ref().map(AsFd::as_fd)),
        Stdio::Terminal(_) => None,
    }
}

fn size(stdio: &Stdio) -> Option<pty::Size> {
    match stdio {
        Stdio::Terminal(size) => *size,
        Stdio::Streams(_) => None,
    }
}

fn set_size(terminal: Option<&OwnedFd>, size: Option<pty::Size>) -> Result<()> {
    match (terminal, size) {
        (Some(terminal), Some(size)) => {
            pty::set_size(terminal.as_fd(), size).context("setting the terminal's size")
        }
        _ => Ok(()),
    }
}

/// The process that a runtime has left to us. It is our child, or about to be: nobody else waits for it, so the pid means it.
fn process(pid_file: &Path) -> Result<Cloned> {
    let text = std::fs::read_to_string(pid_file).context("reading the pid that the runtime has written")?;
    let pid = text.trim().parse().context("the pid that the runtime has written")?;
    let pidfd = pidfd::open(pid).context("opening the container's process")?;
    Ok(Cloned { pid, pidfd: pidfd.context("the container's process is gone")? })
}
