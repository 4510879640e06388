//! What is done to a container that exists: start, kill, delete.

use std::os::fd::AsFd;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use super::store::{Instance, Record, Status, Store};
use crate::cgroups::{Saved, resctrl};
use crate::error::{Context, Kind, Result};
use crate::runtime::{self, Hooks, SeccompListener};
use crate::sys::pidfd;

/// Lets the program of a created container run.
pub fn start(store: &Store, id: &str) -> Result<()> {
    let instance = store.find(id)?;
    let lock = instance.lock()?;
    let record = instance.record()?;
    match instance.status(&record) {
        Status::Created => {}
        Status::Running => return Kind::Conflict.err("cannot start an already running container"),
        Status::Stopped => return Kind::Conflict.err("cannot start a container that has stopped"),
        other => {
            return Kind::Conflict.err(format!("cannot start a container in the {} state", other.as_str()));
        }
    }
    let Some(connection) = instance.connect()? else {
        return Kind::Conflict.err("cannot start an already running container");
    };
    let seccomp = instance.spec()?.linux().as_ref().and_then(|l| l.seccomp().clone());
    let listener = seccomp.map(|s| SeccompListener::plan(&s, record.info.clone())).transpose()?.flatten();
    let started = runtime::start(connection, record.init.pid, listener.as_ref());
    instance.mark_started()?;
    started.context("unable to start container process")?;
    drop(lock);
    poststart(&instance.hooks(&record)?, &record)
}

/// Runs the poststart hooks; a container for which one fails is ended (runtime.md "Lifecycle").
pub fn poststart(hooks: &Hooks, record: &Record) -> Result<()> {
    hooks.run(&hooks.poststart, "running", record.init.pid).inspect_err(|_| {
        // The hook's failure is what is told.
        let _ = end(record);
    })
}

/// Sends a signal to the first process, or to all.
pub fn kill(store: &Store, id: &str, signal: &str, all: bool) -> Result<()> {
    let instance = store.find(id)?;
    let record = instance.record()?;
    let number = parse_signal(signal)?;
    // Without a pid namespace of its own the others would go on.
    if all || (number == libc::SIGKILL && !record.own_pids) {
        let Some(cgroup) = Instance::cgroup(&record)? else {
            // Nobody is left to be told: that is what was wanted of all.
            return if all && !record.init.is_alive() { Ok(()) } else { signal_first(&record, number) };
        };
        if number == libc::SIGKILL {
            // What is frozen doesn't die on version 1.
            return cgroup.kill().and_then(|()| thaw(&record));
        }
        for pid in cgroup.pids()? {
            if let Some(process) = pidfd::open(pid)? {
                pidfd::send_signal(process.as_fd(), number).context("unable to signal a process")?;
            }
        }
        return Ok(());
    }
    signal_first(&record, number)?;
    if number == libc::SIGKILL { thaw(&record) } else { Ok(()) }
}

/// A frozen process takes its signals when it is thawed.
fn thaw(record: &Record) -> Result<()> {
    if record.cgroup.as_ref().is_some_and(Saved::is_frozen)
        && let Some(cgroup) = Instance::cgroup(record)?
    {
        return cgroup.thaw();
    }
    Ok(())
}

fn signal_first(record: &Record, number: i32) -> Result<()> {
    let gone = || Kind::Conflict.error("container not running");
    if !record.init.is_alive() {
        return Err(gone());
    }
    let process = record.init.open()?.ok_or_else(gone)?;
    match pidfd::send_signal(process.as_fd(), number) {
        Ok(true) => Ok(()),
        Ok(false) => Err(gone()),
        Err(errno) => Kind::Invalid.err(format!("unable to signal init: {}", errno.desc().to_lowercase())),
    }
}

/// A signal by number or name, with or without SIG, in either case.
pub fn parse_signal(text: &str) -> Result<i32> {
    use std::str::FromStr;
    if let Ok(number) = text.parse::<i32>() {
        return Ok(number);
    }
    let name = text.to_uppercase();
    let name = name.strip_prefix("SIG").unwrap_or(&name);
    let realtime = |rest: &str| rest.trim_start_matches(['+', '-']).parse::<i32>().ok();
    let number = match name {
        "RTMIN" => Some(libc::SIGRTMIN()),
        "RTMAX" => Some(libc::SIGRTMAX()),
        _ => match (name.strip_prefix("RTMIN+"), name.strip_prefix("RTMAX-")) {
            (Some(rest), _) => realtime(rest).map(|n| libc::SIGRTMIN() + n),
            (_, Some(rest)) => realtime(rest).map(|n| libc::SIGRTMAX() - n),
            _ => Signal::from_str(&format!("SIG{name}")).ok().map(|s| s as i32),
        },
    };
    number.map_or_else(|| Kind::Invalid.err(format!("unknown signal {text:?}")), Ok)
}

/// Removes a container that has ended; one that hasn't is ended first when `force` is given.
pub fn delete(store: &Store, id: &str, force: bool) -> Result<()> {
    let instance = match store.find(id) {
        Err(e) if force && crate::error::is(&e, Kind::NotFound) => return Ok(()),
        other => other?,
    };
    let _lock = instance.lock()?;
    let Some(record) = instance.record_opt()? else {
        // Its creator was killed half-way.
        return instance.remove();
    };
    match instance.status(&record) {
        Status::Stopped => {}
        Status::Created => end(&record)?,
        _ if force => end(&record)?,
        status => {
            return Kind::Conflict
                .err(format!("cannot delete container {id} that is not stopped: {}", status.as_str()));
        }
    }
    destroy(&instance, &record)
}

/// Kills the first process and waits until it is gone.
fn end(record: &Record) -> Result<()> {
    let Some(process) = record.init.open()? else { return Ok(()) };
    pidfd::send_signal(process.as_fd(), libc::SIGKILL).context("unable to signal init")?;
    thaw(record)?;
    // Readable once it is a zombie. One that hangs in the kernel is not waited for without end.
    match poll(&mut [PollFd::new(process.as_fd(), PollFlags::POLLIN)], PollTimeout::from(10_000u16)) {
        Ok(0) => Kind::Unavailable.err("container init still running"),
        _ => Ok(()),
    }
}

/// What has to go when a container has ended, hooks included.
pub fn destroy(instance: &Instance, record: &Record) -> Result<()> {
    let hooks = instance.hooks(record)?;
    let released = release(instance, record);
    hooks.run_all(&hooks.poststop, "stopped", 0);
    released
}

/// Ends what is left of its processes and removes cgroup and state. May be done twice.
pub fn release(instance: &Instance, record: &Record) -> Result<()> {
    let cgroup = match Instance::cgroup(record)? {
        Some(cgroup) => cgroup.kill().and_then(|()| cgroup.remove()),
        None => Ok(()),
    };
    let resctrl = record.resctrl.as_ref().map_or(Ok(()), resctrl::Group::remove);
    let removed = instance.remove();
    cgroup.and(resctrl).and(removed)
}

/// The pids of a container's processes, as the host sees them.
pub fn pids(store: &Store, id: &str) -> Result<Vec<i32>> {
    let instance = store.find(id)?;
    let record = instance.record()?;
    match Instance::cgroup(&record)? {
        Some(cgroup) => {
            let mut pids = cgroup.pids()?;
            pids.sort_unstable();
            Ok(pids)
        }
        None => Ok(if record.init.is_alive() { vec![record.init.pid] } else { Vec::new() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_come_by_number_and_by_name() {
        for (text, number) in [
            ("9", 9),
            ("KILL", 9),
            ("SIGKILL", 9),
            ("sigterm", 15),
            ("0", 0),
            ("RTMIN+3", libc::SIGRTMIN() + 3),
        ] {
            assert_eq!(parse_signal(text).unwrap(), number, "{text}");
        }
        assert!(parse_signal("BOGUS").unwrap_err().to_string().contains("unknown signal \"BOGUS\""));
    }
}
