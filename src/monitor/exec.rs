//! The role `exec`: a further process in a running container, in the foreground of its caller or on its own.
//!
//! It is executed from the sealed binary, in the caller's place (its standard streams are the caller's own) or as a child.

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sched::CloneFlags;
use nix::sys::wait::{Id, WaitPidFlag, WaitStatus, waitid};
use serde::{Deserialize, Serialize};

use super::relay::{self, Options, Outcome, Peer, Streams};
use crate::cgroups::{Cgroup, Saved};
use crate::error::{Context, Kind, Result};
use crate::runtime::{PlannedProcess, Stdio, handover, join, seal};
use crate::state::process::ProcessIdentity;
use crate::sys::clone::{self, ExecStrings};
use crate::sys::fd;
use crate::sys::pty::{self, Size};

/// All that the role needs; handed over in a memory file.
#[derive(Debug, Serialize, Deserialize)]
pub struct ExecPlan {
    pub init: ProcessIdentity,
    /// `CLONE_NEW…` flags of the container's own namespaces.
    pub namespaces: i32,
    pub cgroup: Option<Saved>,
    pub process: PlannedProcess,
    /// Pass standard input on.
    pub stdin: bool,
    pub detach_keys: Vec<u8>,
    /// Return as soon as the program runs.
    pub detach: bool,
    /// This process has joined the user namespace already, and runs from a binary that nobody there can write to.
    pub in_user_namespace: bool,
}

/// Entry of the role: the descriptor number of the plan. The exit code is the program's.
pub fn role(args: &[OsString]) -> Result<u8> {
    let result = run(args);
    match &result {
        Err(error) => {
            if let Some(Kind::CannotStart(code)) = crate::error::kind_of(error) {
                eprintln!("dhow: {}", crate::error::one_line(error));
                return Ok(code);
            }
            result
        }
        Ok(_) => result,
    }
}

fn run(args: &[OsString]) -> Result<u8> {
    let [number] = args else { return Kind::Invalid.err("the role exec takes a descriptor") };
    let mut plan: ExecPlan = handover::unpack(number)?;
    let Some(init) = plan.init.open()? else {
        return Kind::Conflict.err("the container is not running any more");
    };
    if CloneFlags::from_bits_truncate(plan.namespaces).contains(CloneFlags::CLONE_NEWUSER)
        && !plan.in_user_namespace
    {
        join::enter_user_namespace(init.as_fd())?;
        plan.in_user_namespace = true;
        if seal::is_writable() {
            match reexec(&plan)? {}
        }
    }
    let cgroup = plan.cgroup.as_ref().map(Cgroup::reopen).transpose()?;
    let options =
        Options { tty: plan.process.terminal, detach_keys: plan.detach_keys.clone(), signals: true };
    if !plan.detach {
        relay::hold_signals(&options)?;
    }
    let stdio = streams(&plan)?;
    let mut namespaces = CloneFlags::from_bits_truncate(plan.namespaces);
    namespaces.remove(CloneFlags::CLONE_NEWUSER);
    let mut created = join::create(init.as_fd(), namespaces, &plan.process, cgroup.as_ref(), stdio)?;
    let terminal = created.terminal.take();
    created.warnings.iter().for_each(|w| log::warn!("{w}"));
    let running = created.start()?;
    if plan.detach {
        return Ok(0);
    }
    let mut peer = Joined { pidfd: running.pidfd, terminal };
    let streams = match &peer.terminal {
        Some(master) => Streams {
            input: plan.stdin.then(|| master.try_clone()).transpose()?,
            output: Some(master.try_clone()?),
            errors: None,
        },
        None => Streams { input: None, output: None, errors: None },
    };
    match relay::relay(streams, &mut peer, &options)? {
        Outcome::Exited(code) => Ok(code),
        Outcome::Detached => Ok(0),
    }
}

/// Executes the role again from a sealed binary. The mount that seals it is made in a mount namespace of the container's user namespace,
/// where this process may make one.
fn reexec(plan: &ExecPlan) -> Result<std::convert::Infallible> {
    nix::sched::unshare(CloneFlags::CLONE_NEWNS).context("making a mount namespace")?;
    let sealed = seal::sealed_binary()?;
    let file = handover::pack(plan)?;
    fd::place(file.as_fd(), file.as_raw_fd()).context("keeping a descriptor")?;
    let args =
        ExecStrings::new([seal::ROLE, "exec", "-", &file.as_raw_fd().to_string()]).expect("no NUL bytes");
    let env = ExecStrings::new::<&str>([]).expect("empty");
    clone::exec_fd(sealed.as_fd(), &args, &env).context("executing the sealed binary")
}

/// The caller's own streams, or a terminal.
fn streams(plan: &ExecPlan) -> Result<Stdio> {
    if plan.process.terminal {
        return Ok(Stdio::Terminal(relay::terminal_size()));
    }
    let null = || -> Result<OwnedFd> {
        Ok(File::options().read(true).write(true).open("/dev/null").context("opening /dev/null")?.into())
    };
    let own = |fd: BorrowedFd<'_>| fd.try_clone_to_owned().context("duplicating a standard stream");
    let stdin = if plan.stdin && !plan.detach { own(std::io::stdin().as_fd())? } else { null()? };
    Ok(Stdio::Streams(if plan.detach {
        [stdin, null()?, null()?]
    } else {
        [stdin, own(std::io::stdout().as_fd())?, own(std::io::stderr().as_fd())?]
    }))
}

/// The program, which is our child.
struct Joined {
    pidfd: OwnedFd,
    terminal: Option<OwnedFd>,
}

impl Peer for Joined {
    fn news(&self) -> BorrowedFd<'_> {
        self.pidfd.as_fd()
    }

    fn exit_code(&mut self) -> Result<Option<u8>> {
        match waitid(Id::PIDFd(self.pidfd.as_fd()), WaitPidFlag::WEXITED | WaitPidFlag::WNOHANG)
            .context("waiting for the program")?
        {
            WaitStatus::Exited(_, status) => Ok(Some(status as u8)),
            WaitStatus::Signaled(_, signal, _) => Ok(Some(128 + signal as u8)),
            _ => Ok(None),
        }
    }

    fn resize(&mut self, size: Size) {
        if let Some(terminal) = &self.terminal {
            // A terminal that is gone needs no size.
            let _ = pty::set_size(terminal.as_fd(), size);
        }
    }

    fn process(&self) -> Option<BorrowedFd<'_>> {
        Some(self.pidfd.as_fd())
    }
}
