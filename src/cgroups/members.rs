//! The processes of a container's cgroups: adding, finding, freezing, killing them, and waiting until they are gone.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::AsFd;
use std::path::{Component, Path, PathBuf};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use super::{Cgroup, Saved, place, systemd};
use crate::error::{Context, Kind, Result};

/// For something that the kernel does at once unless a process hangs in it.
const PATIENCE: Duration = Duration::from_secs(2);

impl Saved {
    /// The directory whose processes are the container's.
    fn members(&self) -> &Path {
        let v1 = || self.v1.get("freezer").or_else(|| self.v1.values().next());
        self.v2.as_ref().or_else(v1).map_or(Path::new("/nonexistent"), PathBuf::as_path)
    }

    /// Whether its processes are stopped, or about to be.
    pub fn is_frozen(&self) -> bool {
        let file = if self.v2.is_some() { "cgroup.freeze" } else { "freezer.self_freezing" };
        std::fs::read_to_string(self.members().join(file)).is_ok_and(|text| text.trim() == "1")
    }
}

impl Cgroup {
    fn members(&self) -> &Path {
        self.saved().members()
    }

    fn directories(&self) -> BTreeSet<&PathBuf> {
        // Controllers that are mounted together share a directory.
        self.saved().v1.values().chain(&self.saved().v2).collect()
    }

    /// Puts a process into the version 1 hierarchies that limit the container, and the first one into systemd's scope. (Otherwise it is born
    /// where it belongs on version 2.)
    pub fn add(&self, pid: i32) -> Result<()> {
        if let Some(pending) = self.pending.take() {
            self.start_scope(&pending, pid)?;
        }
        for dir in self.saved().v1.values().collect::<BTreeSet<_>>() {
            match place::write(&dir.join("cgroup.procs"), &pid.to_string()) {
                Ok(()) => {}
                // It has ended; whoever needs it will see.
                Err(e) if e.raw_os_error() == Some(libc::ESRCH) => {}
                Err(e) => {
                    return Err(e).with_context(|| format!("moving process {pid} into {}", dir.display()));
                }
            }
        }
        Ok(())
    }

    /// The same container's cgroups for a process that is to be below them (runc's `exec --cgroup`): each `[CONTROLLER,…:]PATH`, a path
    /// alone for all of them. They must be there.
    pub fn below(&self, asked: &[String]) -> Result<Self> {
        let mut saved = self.saved().clone();
        for (controllers, path) in parse_below(asked)? {
            if controllers.is_empty() {
                let all = saved.v1.values_mut().chain(&mut saved.v2);
                all.for_each(|dir| *dir = dir.join(path));
                continue;
            }
            for controller in controllers {
                let Some(dir) = saved.v1.get_mut(controller) else {
                    return Kind::Invalid.err(format!(
                        "--cgroup: the container has no cgroup of the controller {controller:?}"
                    ));
                };
                *dir = dir.join(path);
            }
        }
        match saved.v1.values().chain(&saved.v2).find(|dir| !dir.is_dir()) {
            Some(dir) => Kind::NotFound.err(format!("--cgroup: there is no cgroup {}", dir.display())),
            None => Self::reopen(&saved),
        }
    }

    /// All processes in it and below, as this process sees their pids.
    pub fn pids(&self) -> Result<Vec<i32>> {
        let mut pids = Vec::new();
        collect(self.members(), &mut pids)?;
        Ok(pids)
    }

    /// Stops all processes, as if no time passed for them. Returns when none runs any more.
    pub fn freeze(&self) -> Result<()> {
        self.set_frozen(true)
    }

    pub fn thaw(&self) -> Result<()> {
        self.set_frozen(false)
    }

    pub fn is_frozen(&self) -> bool {
        self.saved().is_frozen()
    }

    fn set_frozen(&self, frozen: bool) -> Result<()> {
        let dir = self.members();
        let (file, value) = match self.saved().v2 {
            Some(_) => ("cgroup.freeze", if frozen { "1" } else { "0" }),
            None => ("freezer.state", if frozen { "FROZEN" } else { "THAWED" }),
        };
        match place::write(&dir.join(file), value) {
            Ok(()) => {}
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Kind::Unsupported
                    .err(format!("{} is missing: processes can't be frozen here", dir.join(file).display()));
            }
            Err(e) => return Err(e).with_context(|| format!("writing {}", dir.join(file).display())),
        }
        if frozen && !self.wait_frozen() {
            // Half frozen is worst.
            let _ = self.set_frozen(false);
            return Kind::Unavailable.err(format!("a process in {} can't be frozen now", dir.display()));
        }
        Ok(())
    }

    fn wait_frozen(&self) -> bool {
        if self.saved().v2.is_some() {
            return self.wait_event("frozen 0", PATIENCE);
        }
        // Version 1's freezer tells nobody when it is done: it has to be asked again.
        let deadline = Instant::now() + PATIENCE;
        let file = self.members().join("freezer.state");
        while std::fs::read_to_string(&file).is_ok_and(|s| s.trim() != "FROZEN") {
            if Instant::now() > deadline {
                return false;
            }
            let _ = poll(&mut [], PollTimeout::from(1u8));
        }
        true
    }

    /// Waits while cgroup.events has this line; whether it went in time.
    fn wait_event(&self, line: &str, patience: Duration) -> bool {
        let Ok(mut events) = File::open(self.members().join("cgroup.events")) else { return true };
        let deadline = Instant::now() + patience;
        loop {
            let mut text = String::new();
            if events.rewind().is_err() || events.read_to_string(&mut text).is_err() {
                // Removed meanwhile.
                return true;
            }
            if !text.lines().any(|l| l == line) {
                return true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            let timeout = PollTimeout::try_from(left).unwrap_or(PollTimeout::MAX);
            let _ = poll(&mut [PollFd::new(events.as_fd(), PollFlags::POLLPRI)], timeout);
        }
    }

    /// Kills whoever is in it or below: cgroup.kill (Linux 5.14), else frozen first, so that none can fork away.
    pub fn kill(&self) -> Result<()> {
        if self.saved().v2.is_some() {
            match place::write(&self.members().join("cgroup.kill"), "1") {
                Ok(()) => return Ok(()),
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
                Err(e) => {
                    return Err(e)
                        .with_context(|| format!("killing the processes in {}", self.members().display()));
                }
            }
        }
        // Where there is no freezer it takes as many rounds as forks get through: a killed process forks no more.
        let frozen = self.freeze().is_ok();
        for _ in 0..if frozen { 1 } else { 100 } {
            let pids = self.pids()?;
            if pids.is_empty() {
                break;
            }
            for pid in pids {
                // Gone already is what we want.
                let _ = nix::sys::signal::kill(
                    nix::unistd::Pid::from_raw(pid),
                    nix::sys::signal::Signal::SIGKILL,
                );
            }
        }
        if frozen { self.thaw() } else { Ok(()) }
    }

    /// Removes it with whatever cgroups the container made below. One that is gone already is no error.
    pub fn remove(self) -> Result<()> {
        let mut first = self.saved().scope.as_ref().map_or(Ok(()), systemd::Scope::stop);
        for dir in self.directories() {
            let removed = match remove(dir) {
                Err(e) if e.raw_os_error() == Some(libc::EBUSY) => {
                    self.wait_empty(dir);
                    remove(dir)
                }
                other => other,
            };
            first = first.and(removed.with_context(|| format!("removing the cgroup {}", dir.display())));
        }
        first
    }

    /// Killed processes need a moment to go, those that a pid namespace does not take along. One that hangs in the kernel is waited for
    /// a while.
    fn wait_empty(&self, dir: &Path) {
        if self.saved().v2.as_deref() == Some(dir) {
            self.wait_event("populated 1", PATIENCE);
            return;
        }
        let mut pids = Vec::new();
        let _ = collect(dir, &mut pids);
        for pid in pids {
            if let Ok(Some(process)) = crate::sys::pidfd::open(pid) {
                let timeout = PollTimeout::try_from(PATIENCE).unwrap_or(PollTimeout::MAX);
                let _ = poll(&mut [PollFd::new(process.as_fd(), PollFlags::POLLIN)], timeout);
            }
        }
    }
}

/// Controllers and the path below theirs; no controllers: all.
fn parse_below(asked: &[String]) -> Result<Vec<(Vec<&str>, &Path)>> {
    let invalid =
        |one: &str, why: &str| Kind::Invalid.err(format!("invalid --cgroup argument: {one} ({why})"));
    let mut seen = BTreeSet::new();
    let mut parsed = Vec::new();
    for one in asked {
        let (controllers, path) = match one.split_once(':') {
            Some((controllers, path)) => (controllers.split(',').collect(), path),
            None if asked.len() > 1 => return invalid(one, "missing <controller>: prefix"),
            None => (Vec::new(), one.as_str()),
        };
        if controllers.iter().any(|c| c.is_empty()) {
            return invalid(one, "empty <controller> prefix");
        }
        if !controllers.iter().all(|c| seen.insert(*c)) {
            return invalid(one, "controller specified multiple times");
        }
        let path = Path::new(path.trim_start_matches('/'));
        if !path.components().all(|c| matches!(c, Component::Normal(_) | Component::CurDir)) {
            return invalid(one, "is not a sub cgroup path");
        }
        parsed.push((controllers, path));
    }
    Ok(parsed)
}

fn collect(path: &Path, pids: &mut Vec<i32>) -> Result<()> {
    let text = match std::fs::read_to_string(path.join("cgroup.procs")) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound || e.raw_os_error() == Some(libc::ENODEV) => {
            return Ok(());
        }
        Err(e) => return Err(e).with_context(|| format!("reading {}/cgroup.procs", path.display())),
    };
    pids.extend(text.lines().filter_map(|l| l.parse::<i32>().ok()));
    for child in children(path) {
        collect(&child, pids)?;
    }
    Ok(())
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir(path) {
        Err(e) if e.raw_os_error() == Some(libc::EBUSY) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => return other,
    }
    for child in children(path) {
        remove(&child)?;
    }
    std::fs::remove_dir(path)
}

fn children(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).map(|e| e.path()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cgroups_below_are_named_as_with_runc() {
        let list = |l: &[&str]| l.iter().map(|s| (*s).to_string()).collect::<Vec<_>>();
        assert_eq!(parse_below(&list(&["/a/b"])).unwrap(), [(vec![], Path::new("a/b"))]);
        let two = list(&["cpu,memory:a", "pids:/"]);
        assert_eq!(
            parse_below(&two).unwrap(),
            [(vec!["cpu", "memory"], Path::new("a")), (vec!["pids"], Path::new(""))]
        );
        for (bad, why) in [
            (&["a", "b"][..], "missing"),
            (&[":a"], "empty"),
            (&["cpu:a", "cpu:b"], "multiple"),
            (&["../x"], "not a sub"),
        ] {
            assert!(parse_below(&list(bad)).unwrap_err().to_string().contains(why), "{bad:?}");
        }
    }
}
