//! Work that needs this user's mapped ids: a role of the binary that re-enters through a user namespace.
//!
//! The role unshares its own user namespace and waits while the parent has the mapping written; no process stays behind to hold it.
//! As root there is no namespace and the role simply runs.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Child, Command};

use nix::sched::CloneFlags;

use super::idmap::Mapping;
use crate::error::{Context, Kind, Result};
use crate::sys;

/// What a role finds in `argv[0]`; a person who types it gains nothing, the role has the caller's rights.
pub const ROLE: &str = sys::start::ROLE;

/// A role that runs with mapped ids.
#[derive(Debug)]
pub struct MappedChild {
    pub child: Child,
    /// Whether only one id is mapped, so that ownership cannot be kept.
    pub single_id: bool,
}

/// Starts the role `name` with `args`; `configure` may set its standard streams. Stdin, stdout and stderr are inherited otherwise.
pub fn spawn<A: AsRef<OsStr>>(
    name: &str,
    args: &[A],
    configure: impl FnOnce(&mut Command),
) -> Result<MappedChild> {
    if nix::unistd::geteuid().is_root() {
        return Ok(MappedChild { child: spawn_outside(name, args, configure)?, single_id: false });
    }
    let mut command = sys::start::role(name);
    let mapping = Mapping::of_this_user()?;
    let (ours, theirs) = UnixStream::pair().context("making a socket pair")?;
    command.arg(theirs.as_raw_fd().to_string()).args(args);
    configure(&mut command);
    sys::fd::inherit(&mut command, theirs.into());
    let mut child = command.spawn().with_context(|| format!("starting the role {name}"))?;
    drop(command); // holds the other end of the socket
    if let Err(error) = hand_over(ours, &mapping, child.id() as i32) {
        // It waits for us; without us it has nothing to do.
        let _ = child.kill();
        let _ = child.wait();
        return Err(error).with_context(|| format!("entering a user namespace for {name}"));
    }
    Ok(MappedChild { child, single_id: mapping.is_single() })
}

/// Starts a role that has this user's own ids: it enters a user namespace that is there already.
pub fn spawn_outside<A: AsRef<OsStr>>(
    name: &str,
    args: &[A],
    configure: impl FnOnce(&mut Command),
) -> Result<Child> {
    let mut command = sys::start::role(name);
    command.arg("-").args(args);
    configure(&mut command);
    command.spawn().with_context(|| format!("starting the role {name}"))
}

fn hand_over(mut socket: UnixStream, mapping: &Mapping, pid: i32) -> Result<()> {
    let mut answer = [0u8; 4];
    socket.read_exact(&mut answer).context("the role ended before it had its namespace")?;
    let errno = i32::from_ne_bytes(answer);
    if errno != 0 {
        return Kind::Forbidden.err(format!(
            "this host does not let ordinary users make user namespaces ({}); `dhow doctor` says how to allow it",
            nix::errno::Errno::from_raw(errno).desc()
        ));
    }
    mapping.apply(pid)?;
    socket.write_all(&[1]).context("releasing the role")
}

/// The role's side: enters the namespace when `control` names a descriptor, before anything else runs.
pub fn enter(control: &str) -> Result<()> {
    if control == "-" {
        return Ok(());
    }
    let fd: i32 = control.parse().context("the role's control descriptor")?;
    let mut socket = UnixStream::from(sys::fd::adopt(fd)?);
    let made = nix::sched::unshare(CloneFlags::CLONE_NEWUSER);
    let errno = made.err().map_or(0, |e| e as i32);
    socket.write_all(&errno.to_ne_bytes()).context("telling the parent")?;
    made.context("making a user namespace")?;
    let mut go = [0u8; 1];
    socket.read_exact(&mut go).context("waiting for the id mapping")
}

/// A user namespace with this mapping and no process in it. The caller has one thread.
pub fn user_namespace(mapping: &Mapping) -> Result<OwnedFd> {
    let child = sys::clone::fork_into(CloneFlags::CLONE_NEWUSER, None, sys::clone::Parent::This, || {
        // Ended by the signal below; with us gone there is nobody to wait for.
        if sys::prctl::die_with_parent().is_ok() {
            nix::unistd::pause();
        }
        0
    })
    .context("making a user namespace")?;
    let opened = mapping.apply(child.pid).and_then(|()| {
        let path = format!("/proc/{}/ns/user", child.pid);
        Ok(OwnedFd::from(File::open(path).context("opening a user namespace")?))
    });
    // It is our child, so the pid can't mean another.
    let _ = sys::pidfd::send_signal(child.pidfd.as_fd(), libc::SIGKILL);
    let _ = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(child.pid), None);
    opened
}
