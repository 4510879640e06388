//! The role `monitor`: starts the container, hands over to the event loop, puts things back if the start fails.

use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};
use nix::sys::socket::MsgFlags;

use super::event_loop::Monitor;
use super::prepare::{Passed, prepare};
use super::protocol::{self, Request};
use super::spawn::{DESCRIPTORS, LOCK_FD, SOCKET_FD};
use super::teardown;
use crate::container::events::event;
use crate::container::log::Writer;
use crate::container::{ContainerDir, ContainerState, ContainerStore};
use crate::error::{Context, Kind, Result};
use crate::state::events::EventLog;
use crate::state::file::Durability;
use crate::state::{ContainerId, Roots};
use crate::sys::{fd, prctl, rlimit, signal};

/// Entry of the role: root, runroot, container id; socket and lock at their numbers.
pub fn role(args: &[OsString]) -> Result<u8> {
    let [root, runroot, id] = args else {
        return Kind::Invalid.err("the role monitor takes two roots and an id");
    };
    let socket = fd::adopt(SOCKET_FD).context("the starter's socket")?;
    let lock = fd::adopt(LOCK_FD).context("the container's lock")?;
    prctl::set_name(c"dhow-monitor").context("naming the process")?;
    if let Some(soft) = std::env::var(DESCRIPTORS).ok().and_then(|n| n.parse().ok()) {
        rlimit::lower_descriptors(soft).context("setting the limit on descriptors")?;
    }
    // The terminal's and the session's signals are not for the monitor; the container gets what is sent to it.
    pthread_sigmask(SigmaskHow::SIG_SETMASK, Some(&SigSet::all()), None).context("blocking signals")?;
    // Each process that it forks needs to know.
    signal::ignored();
    let rootless = !nix::unistd::geteuid().is_root();
    let roots = Roots { root: PathBuf::from(root), runroot: PathBuf::from(runroot), rootless };
    let id = ContainerId::parse(id.to_str().context("the container's id")?)?;
    let dir = ContainerStore::new(&roots).dir(&id);
    let started = start(&roots, &dir, &socket);
    match started {
        Ok(mut monitor) => monitor.serve(socket),
        Err(error) => {
            // Told last: whoever hears it may look at once.
            let clean = give_up(&roots, &dir, &error);
            let _ = protocol::send(socket.as_fd(), &protocol::failed(&error), &[]);
            clean?;
        }
    }
    drop(lock);
    Ok(0)
}

/// Puts everything back as it was before the start that failed.
fn give_up(roots: &Roots, dir: &ContainerDir, error: &crate::error::Error) -> Result<()> {
    let config = dir.config()?;
    let code = protocol::start_failure_code(error);
    let before = dir.recorded_state()?;
    let state =
        ContainerState { error: Some(crate::error::one_line(error)), exit_code: Some(code), ..before };
    let recorded = dir.write_state(&state, config.restart);
    let removed = if config.auto_remove {
        let removed = teardown::remove(roots, dir, &config.name, Durability::Ephemeral);
        EventLog::new(roots).tell(&event(&config, "destroy"));
        removed
    } else {
        Ok(())
    };
    recorded.and(removed).and(teardown::clean(roots, dir, &ContainerState { cgroup: None, ..state }))
}

fn start(roots: &Roots, dir: &ContainerDir, socket: &OwnedFd) -> Result<Monitor> {
    let config = dir.config()?;
    let (request, mut fds) =
        protocol::receive::<Request>(socket.as_fd(), MsgFlags::empty())?.context("the starter is gone")?;
    let Request::Attach { size, passed, extra, .. } = &request else {
        return Kind::Invalid.err("the first message must be attach");
    };
    let extra = fds.split_off(fds.len().saturating_sub(*extra));
    let passed = if *passed { std::mem::take(&mut fds) } else { Vec::new() };
    // Before there is anything to undo: the journal may not be there.
    let log = Writer::open(dir, &config)?;
    let mut prepared = prepare(roots, dir, &config, *size, Passed { streams: &passed, extra: &extra })?;
    let mut monitor = Monitor::new(roots.clone(), dir.clone(), config, log, &mut prepared)?;
    monitor.passed = passed;
    monitor.extra = extra;
    // Attached before the program starts: nothing of its output is missed.
    monitor.attach_first(&request, fds)?;
    let warnings = prepared.created.take_warnings();
    let running = match monitor.start_program(prepared.created) {
        Ok(running) => running,
        Err(error) => {
            monitor.remove_cgroup();
            return Err(error);
        }
    };
    monitor.started(running, warnings)?;
    Ok(monitor)
}
