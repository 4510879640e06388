//! Which hierarchies this host has, and where (cgroups(7)): version 2 alone, version 1 alone, or both side by side.
//!
//! What a start without limits needs is found by two system calls; the table of mounts is read only when version 1 matters.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use nix::sys::statfs::{CGROUP2_SUPER_MAGIC, statfs};
use nix::unistd::{AccessFlags, access};

use crate::error::{Context, Result};

/// Where cgroup 2 is by convention: alone, or beside version 1.
const USUAL: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/// What version 1 and version 2 call a controller. Others that a mount's options may name are flags, as `noprefix`.
const CONTROLLERS: [&str; 12] = [
    "blkio", "cpu", "cpuacct", "cpuset", "devices", "freezer", "hugetlb", "memory", "net_cls", "net_prio",
    "pids", "rdma",
];

/// The hierarchies of this host.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Layout {
    /// The mount of version 2.
    pub v2: Option<PathBuf>,
    /// The mount of each controller of version 1.
    pub v1: BTreeMap<String, PathBuf>,
    /// The mounts of hierarchies that have a name instead of controllers, as `name=systemd`.
    pub named: BTreeMap<String, PathBuf>,
}

/// The mount of the version 2 hierarchy, if it is where it usually is.
pub fn unified_mount() -> Option<&'static Path> {
    let is_v2 = |path: &&str| statfs(*path).is_ok_and(|s| s.filesystem_type() == CGROUP2_SUPER_MAGIC);
    USUAL.iter().find(|p| is_v2(p)).map(Path::new)
}

/// Whether the host has version 2 only.
pub fn is_unified() -> bool {
    unified_mount() == Some(Path::new(USUAL[0]))
}

/// Whether swap can be limited here.
pub fn can_limit_swap() -> bool {
    if is_unified() {
        // The file is missing from the root; below it says whether the kernel counts swap.
        let ours = Path::new(USUAL[0]).join("dhow");
        return ours.join("memory.swap.max").exists()
            || (!ours.join("memory.max").exists() && Path::new("/proc/swaps").exists());
    }
    let memory = Layout::detect().ok().and_then(|mut l| l.v1.remove("memory"));
    memory.is_some_and(|mount| mount.join("memory.memsw.limit_in_bytes").exists())
}

/// Whether the cgroups that rules for devices belong to can be made here, by root of the host.
pub fn can_rule_devices() -> bool {
    let version_1 = || Layout::detect().ok().and_then(|mut layout| layout.v1.remove("devices"));
    let mount = unified_mount().map(Path::to_path_buf).or_else(version_1);
    mount.is_some_and(|mount| access(&mount, AccessFlags::W_OK).is_ok())
}

impl Layout {
    /// Looks at this process's mounts.
    pub fn detect() -> Result<Self> {
        if is_unified() {
            return Ok(Self { v2: Some(USUAL[0].into()), ..Self::default() });
        }
        let mounts =
            std::fs::read_to_string("/proc/self/mountinfo").context("reading /proc/self/mountinfo")?;
        Ok(Self::parse(&mounts))
    }

    /// From the text of /proc/PID/mountinfo. A controller mounted more than once counts where it comes first.
    fn parse(mountinfo: &str) -> Self {
        let mut layout = Self::default();
        for line in mountinfo.lines() {
            let Some((head, tail)) = line.split_once(" - ") else { continue };
            let (head, tail): (Vec<_>, Vec<_>) = (head.split(' ').collect(), tail.split(' ').collect());
            let (Some(point), Some(kind)) = (head.get(4), tail.first()) else { continue };
            let point = PathBuf::from(unescape(point));
            match *kind {
                "cgroup2" if layout.v2.is_none() => layout.v2 = Some(point),
                "cgroup" => {
                    for option in tail.get(2).unwrap_or(&"").split(',') {
                        let hierarchies = match option {
                            option if CONTROLLERS.contains(&option) => &mut layout.v1,
                            option if option.starts_with("name=") => &mut layout.named,
                            _ => continue,
                        };
                        hierarchies.entry(option.into()).or_insert_with(|| point.clone());
                    }
                }
                _ => {}
            }
        }
        layout
    }

    /// The controllers that version 2 has here: those that no version 1 hierarchy has taken.
    pub fn v2_controllers(&self) -> BTreeSet<String> {
        self.v2.as_deref().map(available).unwrap_or_default()
    }
}

/// The controllers that the cgroup at `dir` has, from its parent.
pub fn available(dir: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(dir.join("cgroup.controllers")).unwrap_or_default();
    text.split_whitespace().map(String::from).collect()
}

/// Octal escapes of blanks, as the kernel writes them.
fn unescape(text: &str) -> String {
    text.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
}

/// This process's cgroup in the hierarchy of a controller, or in version 2 for `None`; a path from the mount, without the slash
/// before it.
pub fn own(controller: Option<&str>) -> Result<Option<PathBuf>> {
    let text = std::fs::read_to_string("/proc/self/cgroup").context("reading /proc/self/cgroup")?;
    Ok(own_of(&text, controller))
}

fn own_of(text: &str, controller: Option<&str>) -> Option<PathBuf> {
    text.lines().find_map(|line| {
        let mut fields = line.splitn(3, ':');
        let (number, list, path) = (fields.next()?, fields.next()?, fields.next()?);
        let fits = match controller {
            None => number == "0",
            Some(name) => list.split(',').any(|c| c == name),
        };
        fits.then(|| PathBuf::from(path.trim_start_matches('/')))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hybrid_mounts_are_told_apart() {
        let layout = Layout::parse(
            "24 30 0:22 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n\
             31 24 0:26 / /sys/fs/cgroup/systemd rw shared:9 - cgroup cgroup rw,xattr,name=systemd\n\
             32 24 0:27 / /sys/fs/cgroup/cpu,cpuacct rw shared:10 master:1 - cgroup cgroup rw,cpu,cpuacct\n\
             33 24 0:28 /a /mnt/with\\040blank rw - cgroup none rw,memory\n\
             34 24 0:29 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw,nsdelegate\n",
        );
        assert_eq!(layout.v2.as_deref(), Some(Path::new("/sys/fs/cgroup/unified")));
        let v1: Vec<_> = layout.v1.iter().map(|(k, v)| (k.as_str(), v.to_str().unwrap())).collect();
        assert_eq!(
            v1,
            [
                ("cpu", "/sys/fs/cgroup/cpu,cpuacct"),
                ("cpuacct", "/sys/fs/cgroup/cpu,cpuacct"),
                ("memory", "/mnt/with blank")
            ]
        );
        assert_eq!(layout.named["name=systemd"], Path::new("/sys/fs/cgroup/systemd"));
    }

    #[test]
    fn ones_own_place() {
        let text = "12:cpu,cpuacct:/user.slice\n1:name=systemd:/a:b\n0::/user.slice/x.scope\n";
        assert_eq!(own_of(text, None), Some("user.slice/x.scope".into()));
        assert_eq!(own_of(text, Some("cpuacct")), Some("user.slice".into()));
        assert_eq!(own_of(text, Some("memory")), None);
    }
}
