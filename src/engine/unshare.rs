//! `unshare`: a command of an ordinary user in a user namespace with his mapped ids, where he is root, and in a mount namespace of its own.
//! What is mounted there is gone with the last process in it.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::sched::CloneFlags;
use nix::sys::signal::{SigSet, SigmaskHow, Signal, pthread_sigmask};

use super::Engine;
use crate::error::{self, Context, Kind, Result};
use crate::namespaces::mapped;
use crate::runtime::mounts;
use crate::state::session;
use crate::sys;

/// `unshare COMMAND…`
pub(crate) const UNSHARE: &str = "unshare";

impl Engine {
    /// Runs the command to its end; answers its exit code.
    pub fn unshare(&self, command: &[OsString]) -> Result<u8> {
        if !self.is_rootless() {
            return Kind::Invalid.err("unshare is for ordinary users: root has all ids already");
        }
        if session::is_inside() {
            // There is nothing more to be had.
            return execute(command);
        }
        let roots = [("DHOW_ROOT", &self.roots.root), ("DHOW_RUNROOT", &self.roots.runroot)];
        // The terminal sends them to the command, too, whose business they are.
        let mut held = SigSet::empty();
        held.extend([Signal::SIGINT, Signal::SIGQUIT]);
        pthread_sigmask(SigmaskHow::SIG_BLOCK, Some(&held), None).context("blocking signals")?;
        let mut role = mapped::spawn(UNSHARE, command, |command| {
            command.envs(roots);
        })?;
        let status = role.child.wait().context("waiting for the command")?;
        let code =
            status.code().or_else(|| std::os::unix::process::ExitStatusExt::signal(&status).map(|s| 128 + s));
        Ok(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
    }
}

/// The role `unshare`.
pub(crate) fn role(command: &[OsString]) -> Result<u8> {
    nix::sched::unshare(CloneFlags::CLONE_NEWNS).context("making a mount namespace")?;
    mounts::cut_propagation(libc::MS_SLAVE)?;
    // Whoever kills the one that waits for it means the command.
    sys::prctl::die_with_parent().context("following the parent")?;
    sys::signal::reset_all().context("resetting signals")?;
    match execute(command) {
        Err(e) => match error::kind_of(&e) {
            Some(Kind::CannotStart(code)) => {
                eprintln!("dhow: {}", error::one_line(&e));
                Ok(code)
            }
            _ => Err(e),
        },
        done => done,
    }
}

/// Becomes the command, the first process of a session.
fn execute(command: &[OsString]) -> Result<u8> {
    let [program, args @ ..] = command else { return Kind::Invalid.err("unshare COMMAND") };
    let mut become_it = Command::new(program);
    become_it.args(args);
    if !session::is_inside() {
        become_it.env(session::LEADER, std::process::id().to_string());
    }
    let failed = become_it.exec();
    let code = if failed.kind() == std::io::ErrorKind::NotFound { 127 } else { 126 };
    Kind::CannotStart(code).err(format!("{}: {}", program.display(), failed))
}
