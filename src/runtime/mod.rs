//! From an OCI Spec and a bundle to a process. Knows nothing of images, names or monitors, which is what lets other engines drive it.
//!
//! [`Plan`] is pure and refuses what can't be done before anything was started; [`create`] clones the container's first process, which
//! builds its world and then waits; [`Created::start`] lets it become the program.

mod copy_up;
mod devices;
pub mod handover;
mod identity;
pub mod init;
pub mod join;
mod mount_options;
mod mounts;
mod plan;
mod process;
pub mod reaper;
mod root;
pub mod seal;
mod seccomp;
mod sources;
mod sync;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sched::CloneFlags;

pub use identity::UserSpec;
pub use plan::{Extras, Plan, PlannedProcess};
pub use seccomp::Program as SeccompProgram;
pub use sync::Stdio;

use crate::cgroups::Cgroup;
use crate::error::{Context, Result};
use crate::sys::clone::{self, Cloned, Parent};
use crate::sys::{pidfd, socket};
use sources::Sources;
use sync::{FromInit, Sync};

/// A container whose world is complete and whose program has not started. Dropping it kills it.
#[derive(Debug)]
pub struct Created {
    process: Option<Cloned>,
    sync: Sync,
    /// The master side of the container's terminal.
    pub terminal: Option<OwnedFd>,
    /// What could not be had on this host, a sentence each.
    pub warnings: Vec<String>,
}

/// A container whose program runs.
#[derive(Debug)]
pub struct Running {
    /// As the host sees it.
    pub pid: i32,
    pub pidfd: OwnedFd,
}

/// Clones the first process of a container and waits until it is ready. The caller has one thread.
pub fn create(plan: &Plan, cgroup: Option<&Cgroup>, stdio: Stdio) -> Result<Created> {
    let (ours, theirs) = socket::pair().context("making a socket pair")?;
    // A process that still has to be moved makes its cgroup namespace afterwards, as that shows the cgroups of the moment.
    let moved = cgroup.filter(|c| c.needs_add());
    let inside = CloneInside { plan, stdio: &stdio, sync: theirs, moved: moved.is_some() };
    let mut namespaces = plan.namespaces();
    namespaces.set(CloneFlags::CLONE_NEWCGROUP, plan.makes(CloneFlags::CLONE_NEWCGROUP) && moved.is_none());
    let home = cgroup.and_then(Cgroup::clone_fd);
    // The mount namespace and the others in one call: with a new user namespace they belong to it.
    let process = clone::fork_into(namespaces, home, Parent::This, || inside.run(ours.as_fd()))
        .map_err(|errno| explain_clone(plan, errno))?;
    drop(inside.sync);
    drop(stdio);
    let mut created =
        Created { process: Some(process), sync: Sync::new(ours), terminal: None, warnings: Vec::new() };
    if let Some(mapping) = &plan.mapping {
        mapping.apply(created.pid())?;
    }
    if let Some(cgroup) = moved {
        cgroup.add(created.pid())?;
    }
    if plan.mapping.is_some() || moved.is_some() {
        created.release(plan)?;
    }
    created.wait_ready()?;
    Ok(created)
}

struct CloneInside<'a> {
    plan: &'a Plan,
    stdio: &'a Stdio,
    sync: OwnedFd,
    moved: bool,
}

impl CloneInside<'_> {
    fn run(&self, parents_end: BorrowedFd<'_>) -> i32 {
        init::after_clone(self.plan, self.stdio, self.moved, self.sync.as_fd(), parents_end)
    }
}

fn explain_clone(plan: &Plan, errno: nix::errno::Errno) -> crate::error::Error {
    use crate::error::Kind;
    let user = plan.makes(CloneFlags::CLONE_NEWUSER);
    match errno {
        nix::errno::Errno::EPERM if user => Kind::Forbidden.error(
            "this host does not let ordinary users make user namespaces; `dhow doctor` says how to allow it",
        ),
        nix::errno::Errno::ENOSPC => Kind::Unavailable
            .error("no more namespaces can be made: a limit in /proc/sys/user/max_*_namespaces is reached"),
        other => anyhow::anyhow!("making the container's namespaces: {}", other.desc()),
    }
}

impl Created {
    pub fn pid(&self) -> i32 {
        self.process.as_ref().expect("taken only by start").pid
    }

    /// Lets the first process, which waits for its id mapping, go on with what only we can open for it.
    fn release(&self, plan: &Plan) -> Result<()> {
        if Sources::are_needed(plan) {
            let namespace = format!("/proc/{}/ns/user", self.pid());
            let namespace =
                std::fs::File::open(namespace).context("opening the container's user namespace")?;
            self.sync.give(&Sources::open(plan, namespace.as_fd())?.as_fds())?;
        }
        self.sync.go()
    }

    fn wait_ready(&mut self) -> Result<()> {
        loop {
            match self.sync.next()? {
                FromInit::Warning(text) => self.warnings.push(text),
                FromInit::Terminal(master) => self.terminal = Some(master),
                FromInit::Ready => return Ok(()),
                FromInit::Failed(error) => return Err(error),
                FromInit::Gone => anyhow::bail!("the container's first process died while it was set up"),
            }
        }
    }

    /// Lets the program start. Fails with the program's error if it can't be executed.
    pub fn start(mut self) -> Result<Running> {
        self.sync.go()?;
        match self.sync.next()? {
            // The socket is closed by the exec.
            FromInit::Gone => {}
            FromInit::Failed(error) => return Err(error),
            other => anyhow::bail!("unexpected message of the container's first process: {other:?}"),
        }
        let process = self.process.take().expect("taken only here");
        Ok(Running { pid: process.pid, pidfd: process.pidfd })
    }
}

impl Drop for Created {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            // Not started, or failed: nobody may be left behind. It is our child, so the pid can't mean another.
            let _ = pidfd::send_signal(process.pidfd.as_fd(), libc::SIGKILL);
            let _ = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(process.pid), None);
        }
    }
}
