//! Cache and memory bandwidth of a container (`linux.intelRdt` of the Spec; the kernel's resctrl.rst): a group of the resctrl file system
//! that its processes are put into. A group is no cgroup, but is handled as one: made before the container's first process, joined by that
//! before its program starts, removed with the container.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use oci_spec::runtime::LinuxIntelRdt;
use serde::{Deserialize, Serialize};

use super::place::write;
use crate::error::{Context, Kind, Result};

/// What the Spec asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// A group that several containers may share, by its name.
    clos: Option<String>,
    /// Lines of the group's `schemata`.
    schemata: Vec<String>,
    /// A group of the container's own to be measured by.
    monitoring: bool,
}

/// The groups of one container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    dir: PathBuf,
    /// It goes with the container.
    own: bool,
    monitor: Option<PathBuf>,
}

impl Wanted {
    /// Checks what can be checked without the host.
    pub fn plan(asked: &LinuxIntelRdt) -> Result<Self> {
        let clos = asked.clos_id().clone().filter(|c| !c.is_empty());
        if let Some(name) = &clos {
            check_name("linux.intelRdt.closID", name)?;
        }
        let mut schemata = Vec::new();
        for (key, prefix, line) in
            [("l3CacheSchema", "L3", asked.l3_cache_schema()), ("memBwSchema", "MB:", asked.mem_bw_schema())]
        {
            let Some(line) = line.as_ref().filter(|l| !l.is_empty()) else { continue };
            if !line.starts_with(prefix) || line.contains('\n') {
                return Kind::Invalid.err(format!(
                    "linux.intelRdt.{key}: {line:?} is not one line that starts with {prefix}"
                ));
            }
            schemata.push(line.clone());
        }
        for line in asked.schemata().iter().flatten() {
            if line.contains('\n') || !line.contains(':') {
                return Kind::Invalid
                    .err(format!("linux.intelRdt.schemata: {line:?} is not one line of a resource"));
            }
            schemata.push(line.clone());
        }
        #[allow(deprecated)] // by the specification, which has enableMonitoring instead
        let counters = [asked.enable_cmt(), asked.enable_mbm(), asked.enable_monitoring()];
        let monitoring = counters.iter().any(|c| **c == Some(true));
        Ok(Self { clos, schemata, monitoring })
    }

    /// Makes the groups for the container `id` in the resctrl file system of this host.
    pub fn make(&self, id: &str) -> Result<Group> {
        match mount_point(&std::fs::read_to_string("/proc/self/mountinfo").context("reading the mounts")?) {
            Some(mount) => self.make_in(&mount, id),
            None => Kind::Unsupported.err(
                "linux.intelRdt: no resctrl file system is mounted on this host (mount -t resctrl resctrl /sys/fs/resctrl)",
            ),
        }
    }

    fn make_in(&self, mount: &Path, id: &str) -> Result<Group> {
        self.check_host(mount)?;
        check_name("the container's name", id)?;
        let dir = mount.join(self.clos.as_deref().unwrap_or(id));
        let there = dir.is_dir();
        if self.clos.is_some() && self.schemata.is_empty() && !there {
            return Kind::NotFound.err(format!(
                "linux.intelRdt.closID: there is no group {}, and no schema to make it with",
                dir.display()
            ));
        }
        if !there {
            make_dir(&dir)?;
        }
        let mut group = Group { own: self.clos.is_none() || !there, dir, monitor: None };
        let done = if there && self.clos.is_some() { self.compare(&group.dir) } else { self.set(&group.dir) };
        let done = done.and_then(|()| {
            if self.monitoring {
                let monitor = group.dir.join("mon_groups").join(id);
                make_dir(&monitor)?;
                group.monitor = Some(monitor);
            }
            Ok(())
        });
        match done {
            Ok(()) => Ok(group),
            Err(error) => {
                // The first failure is the one to tell.
                let _ = group.remove();
                Err(error)
            }
        }
    }

    /// What this processor lacks is told by name.
    fn check_host(&self, mount: &Path) -> Result<()> {
        for line in &self.schemata {
            let resource = line.split(':').next().unwrap_or_default().trim();
            if !mount.join("info").join(resource).is_dir() {
                return Kind::Unsupported.err(format!(
                    "linux.intelRdt: this host can't allot {resource:?} (asked for by {line:?})"
                ));
            }
        }
        if self.monitoring && !mount.join("mon_groups").is_dir() {
            return Kind::Unsupported
                .err("linux.intelRdt.enableMonitoring: this host can't monitor with resctrl");
        }
        Ok(())
    }

    fn set(&self, dir: &Path) -> Result<()> {
        if self.schemata.is_empty() {
            return Ok(());
        }
        let file = dir.join("schemata");
        let text: String = self.schemata.iter().flat_map(|l| [l, "\n"]).collect();
        write(&file, &text).map_err(|e| {
            let said =
                dir.parent().and_then(|m| std::fs::read_to_string(m.join("info/last_cmd_status")).ok());
            let said = said.map(|s| format!(" ({})", s.trim())).unwrap_or_default();
            crate::error::Error::new(e).context(format!(
                "linux.intelRdt: writing {:?} to {}{said}",
                text,
                file.display()
            ))
        })
    }

    /// A group that others have already must be what the Spec says.
    fn compare(&self, dir: &Path) -> Result<()> {
        let file = dir.join("schemata");
        let text = std::fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
        let there: Vec<String> = text.lines().map(normal).collect();
        match self.schemata.iter().find(|line| !there.contains(&normal(line))) {
            Some(line) => Kind::Conflict.err(format!(
                "linux.intelRdt: the group {} is there already, without {line:?}",
                dir.display()
            )),
            None => Ok(()),
        }
    }
}

impl Group {
    /// Puts a process into them.
    pub fn add(&self, pid: i32) -> Result<()> {
        for dir in [Some(&self.dir), self.monitor.as_ref()].into_iter().flatten() {
            let tasks = dir.join("tasks");
            write(&tasks, &pid.to_string())
                .with_context(|| format!("linux.intelRdt: writing {}", tasks.display()))?;
        }
        Ok(())
    }

    /// Gives the container's group other lines; those that aren't given stay.
    pub fn change(&self, wanted: &Wanted) -> Result<()> {
        wanted.check_host(self.dir.parent().context("the mount of resctrl")?)?;
        wanted.set(&self.dir)
    }

    /// Removes what was made for the container. One that is gone already is no error.
    pub fn remove(&self) -> Result<()> {
        let doomed = self.monitor.iter().chain(self.own.then_some(&self.dir));
        for dir in doomed {
            match std::fs::remove_dir(dir) {
                Err(e) if e.kind() != ErrorKind::NotFound => {
                    return Err(e).with_context(|| format!("removing the resctrl group {}", dir.display()));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// As the kernel shows a line: without leading zeros of masks, blanks and case don't count.
fn normal(line: &str) -> String {
    let line = line.trim().to_lowercase().replace(' ', "");
    let Some((resource, values)) = line.split_once(':') else { return line };
    let value = |pair: &str| match pair.split_once('=') {
        Some((domain, mask)) => {
            let short = mask.trim_start_matches('0');
            format!("{domain}={}", if short.is_empty() { "0" } else { short })
        }
        None => pair.to_string(),
    };
    let mut values: Vec<String> = values.split(';').filter(|v| !v.is_empty()).map(value).collect();
    values.sort();
    format!("{resource}:{}", values.join(";"))
}

/// A directory right below the mount, not one of the kernel's own.
fn check_name(what: &str, name: &str) -> Result<()> {
    if name.contains(['/', '\n']) || matches!(name, "" | "." | ".." | "info" | "mon_groups" | "mon_data") {
        return Kind::Invalid.err(format!("{what}: {name:?} can't be the name of a resctrl group"));
    }
    Ok(())
}

fn make_dir(dir: &Path) -> Result<()> {
    match std::fs::create_dir(dir) {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(e) if e.raw_os_error() == Some(libc::ENOSPC) => {
            Kind::Unavailable.err(format!("linux.intelRdt: no more groups can be made in {}", dir.display()))
        }
        other => other.with_context(|| format!("making the resctrl group {}", dir.display())),
    }
}

/// Of a resctrl file system, in the text of proc_pid_mountinfo(5).
fn mount_point(mounts: &str) -> Option<PathBuf> {
    let place = |line: &str| {
        let (before, after) = line.split_once(" - ")?;
        (after.split(' ').next() == Some("resctrl")).then(|| before.split(' ').nth(4).map(PathBuf::from))?
    };
    mounts.lines().find_map(place)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory as the kernel would have it.
    fn fake() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for name in ["info/L3", "info/MB", "mon_groups", "shared"] {
            std::fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        for name in ["tasks", "schemata"] {
            std::fs::File::create(dir.path().join("shared").join(name)).unwrap();
        }
        write(&dir.path().join("shared/schemata"), "    MB:0=100\n    L3:0=fff;1=00f\n").unwrap();
        dir
    }

    fn wanted(json: serde_json::Value) -> Result<Wanted> {
        Wanted::plan(&serde_json::from_value(json).unwrap())
    }

    #[test]
    fn the_specs_values_are_checked() {
        let good = serde_json::json!({"closID": "a", "l3CacheSchema": "L3:0=f", "memBwSchema": "MB:0=10", "schemata": ["L2:0=1"]});
        assert_eq!(wanted(good).unwrap().schemata, ["L3:0=f", "MB:0=10", "L2:0=1"]);
        assert!(wanted(serde_json::json!({"enableMonitoring": true})).unwrap().monitoring);
        for (bad, word) in [
            (serde_json::json!({"closID": "../x"}), "closID"),
            (serde_json::json!({"closID": "info"}), "closID"),
            (serde_json::json!({"l3CacheSchema": "MB:0=1"}), "l3CacheSchema"),
            (serde_json::json!({"memBwSchema": "MB:0=1\nL3:0=1"}), "memBwSchema"),
            (serde_json::json!({"schemata": ["nonsense"]}), "schemata"),
        ] {
            assert!(wanted(bad.clone()).unwrap_err().to_string().contains(word), "{bad}");
        }
    }

    #[test]
    fn a_shared_group_must_be_what_is_asked_for() {
        let dir = fake();
        let make = |json| wanted(json).unwrap().make_in(dir.path(), "c1");
        let group = make(serde_json::json!({"closID": "shared", "l3CacheSchema": "L3:1=f;0=fff"})).unwrap();
        group.add(42).unwrap();
        assert_eq!(std::fs::read_to_string(dir.path().join("shared/tasks")).unwrap(), "42");
        group.remove().unwrap();
        assert!(dir.path().join("shared").is_dir(), "others have it");
        let said = |json| make(json).unwrap_err().to_string();
        assert!(said(serde_json::json!({"closID": "shared", "memBwSchema": "MB:0=50"})).contains("without"));
        assert!(said(serde_json::json!({"closID": "new"})).contains("there is no group"));
        assert!(said(serde_json::json!({"schemata": ["L2:0=1"]})).contains("can't allot \"L2\""));
    }

    #[test]
    fn a_group_of_its_own_goes_with_the_container() {
        let dir = fake();
        let all = serde_json::json!({"enableMonitoring": true});
        let group = wanted(all).unwrap().make_in(dir.path(), "c1");
        // The kernel makes mon_groups in every group; here nobody does.
        assert!(group.is_err() && !dir.path().join("c1").exists(), "undone");
        let group = wanted(serde_json::json!({})).unwrap().make_in(dir.path(), "c1").unwrap();
        assert!(dir.path().join("c1").is_dir());
        std::fs::File::create(dir.path().join("c1/schemata")).unwrap();
        group.change(&wanted(serde_json::json!({"memBwSchema": "MB:0=50"})).unwrap()).unwrap();
        assert_eq!(std::fs::read_to_string(dir.path().join("c1/schemata")).unwrap(), "MB:0=50\n");
        assert!(group.change(&wanted(serde_json::json!({"schemata": ["L2:0=1"]})).unwrap()).is_err());
        std::fs::remove_file(dir.path().join("c1/schemata")).unwrap();
        group.remove().unwrap();
        group.remove().unwrap();
        assert!(!dir.path().join("c1").exists());
    }

    #[test]
    fn the_mount_is_found() {
        let text = "30 23 0:26 / /sys rw - sysfs sysfs rw\n99 30 0:40 / /sys/fs/resctrl rw,relatime - resctrl resctrl rw\n";
        assert_eq!(mount_point(text), Some("/sys/fs/resctrl".into()));
        assert_eq!(mount_point("30 23 0:26 / /sys rw - sysfs resctrl rw"), None);
    }
}
