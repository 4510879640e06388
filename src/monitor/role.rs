//! The role `monitor`: starts the container, hands over to the event loop, puts things back if the start fails.

use std::cell::OnceCell;
use std::ffi::OsString;
use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use nix::sys::signal::{SigSet, SigmaskHow, pthread_sigmask};
use nix::sys::socket::MsgFlags;

use super::event_loop::{Door, Monitor};
use super::prepare::{Passed, prepare};
use super::protocol::{self, Request};
use super::spawn::{DESCRIPTORS, SOCKET_FD};
use super::teardown;
use crate::container::events::event;
use crate::container::log::Writer;
use crate::container::{ContainerDir, ContainerState, ContainerStore};
use crate::error::{Context, Kind, Result};
use crate::state::events::EventLog;
use crate::state::file::Durability;
use crate::state::{ContainerId, Roots};
use crate::sys::{fd, prctl, rlimit, signal};

/// Entry of the role: root, runroot, container id; the socket at its number.
pub fn role(args: &[OsString]) -> Result<u8> {
    let [root, runroot, id] = args else {
        return Kind::Invalid.err("the role monitor takes two roots and an id");
    };
    let socket = fd::adopt(SOCKET_FD).context("the starter's socket")?;
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
    // Whoever made the container may have failed at it, or have been killed: then there is nothing to start, and nothing of ours to undo.
    let Some((request, mut fds)) = protocol::receive::<Request>(socket.as_fd(), MsgFlags::empty())? else {
        return Ok(0);
    };
    if fds.is_empty() {
        return Kind::Invalid.err("the first message must come with the container's lock");
    }
    let lock = fds.remove(0);
    let started = start(&roots, &dir, &request, fds);
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

fn start(roots: &Roots, dir: &ContainerDir, request: &Request, mut fds: Vec<OwnedFd>) -> Result<Monitor> {
    let config = dir.config()?;
    let Request::Attach { size, passed, extra, further, .. } = request else {
        return Kind::Invalid.err("the first message must be attach");
    };
    let further = fds.split_off(fds.len().saturating_sub(*further));
    let extra = fds.split_off(fds.len().saturating_sub(*extra));
    let passed = if *passed { std::mem::take(&mut fds) } else { Vec::new() };
    // Before there is anything to undo: the journal may not be there.
    let log = Writer::open(dir, &config)?;
    let mut door = OnceCell::new();
    let open_door = || Door::open(dir).map(|opened| drop(door.set(opened)));
    let passing = Passed { streams: &passed, extra: &extra };
    let mut prepared = prepare((roots, dir), &config, *size, passing, &open_door)?;
    let door = door.take().context("the monitor's socket")?;
    let mut monitor = Monitor::new(roots.clone(), dir.clone(), config, log, &mut prepared, door)?;
    monitor.passed = passed;
    monitor.extra = extra;
    // Attached before the program starts: nothing of its output is missed.
    monitor.attach_first(request, fds)?;
    for socket in further {
        monitor.attach_further(socket);
    }
    let running = match monitor.start_program(prepared.created) {
        Ok(running) => running,
        Err(error) => {
            monitor.remove_cgroup();
            return Err(error);
        }
    };
    monitor.started(running)?;
    Ok(monitor)
}
