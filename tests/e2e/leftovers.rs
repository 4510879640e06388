//! Finds processes, mounts, network namespaces and cgroups that belong to a test's directory, and removes them.

use std::collections::{BTreeSet, HashSet};
use std::os::fd::AsFd;
use std::path::Path;
use std::time::Duration;

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

/// How long something that is on its way out may take.
const GRACE: Duration = Duration::from_secs(10);

/// Complaints about everything that still mentions `base` or one of the container `ids`. All of it is removed.
pub fn find_and_clean(base: &Path, ids: &BTreeSet<String>) -> Vec<String> {
    let mut complaints = processes(base);
    complaints.extend(mounts(base));
    complaints.extend(cgroups(ids));
    complaints.extend(bridges(base));
    complaints
}

/// Bridges of the root's networks on this machine, where the tests of other roots run.
fn bridges(base: &Path) -> Vec<String> {
    let mut complaints = Vec::new();
    for entry in std::fs::read_dir(base.join("r/networks")).into_iter().flatten().flatten() {
        let Ok(text) = std::fs::read(entry.path()) else { continue };
        let Ok(network) = serde_json::from_slice::<serde_json::Value>(&text) else { continue };
        let Some(name) = network["interface"].as_str() else { continue };
        if Path::new("/sys/class/net").join(name).exists() {
            complaints.push(format!("bridge {name}"));
            let _ = std::process::Command::new("ip").args(["link", "delete", name]).status();
        }
    }
    complaints
}

/// Processes whose command line or environment mentions `base`, and processes that see a mount of it.
fn processes(base: &Path) -> Vec<String> {
    let needle = base.to_str().unwrap().as_bytes();
    let mut complaints = Vec::new();
    let own = std::fs::read_link("/proc/self/ns/mnt").unwrap();
    for pid in pids() {
        let mentions = |what: &[u8]| {
            let read = |f: &&str| std::fs::read(format!("/proc/{pid}/{f}")).unwrap_or_default();
            ["cmdline", "environ"].into_iter().find(|f| contains(&read(f), what))
        };
        let reason = mentions(needle).or_else(|| {
            // One of a test beside this one (podman) that has copied the machine's mounts.
            if mentions(crate::harness::BASES.as_bytes()).is_some() {
                return None;
            }
            std::fs::read_link(format!("/proc/{pid}/ns/mnt")).ok().filter(|ns| *ns != own)?;
            let mountinfo = std::fs::read(format!("/proc/{pid}/mountinfo")).ok()?;
            contains(&mountinfo, needle).then_some("mountinfo")
        });
        let Some(reason) = reason else { continue };
        let name =
            String::from_utf8_lossy(&std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default())
                .replace('\0', " ");
        if !wait_pid(pid, GRACE) {
            complaints.push(format!("process {pid} ({}), by its {reason}", name.trim()));
            let _ = nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::SIGKILL);
            wait_pid(pid, GRACE);
        }
    }
    complaints
}

/// Mounts of our own mount namespace on or of something below `base`; pinned network namespaces are among them.
fn mounts(base: &Path) -> Vec<String> {
    let mountinfo = std::fs::read_to_string("/proc/self/mountinfo").unwrap();
    let base = base.to_str().unwrap();
    let found: Vec<&str> = mountinfo.lines().filter(|l| l.contains(base)).collect();
    for line in found.iter().rev() {
        if let Some(target) = line.split(' ').nth(4) {
            let _ = nix::mount::umount2(target, nix::mount::MntFlags::MNT_DETACH);
        }
    }
    found.into_iter().map(|l| format!("mount {l}")).collect()
}

/// Control groups whose name has one of the container ids in it.
fn cgroups(ids: &BTreeSet<String>) -> Vec<String> {
    if ids.is_empty() {
        return Vec::new();
    }
    let mut complaints = Vec::new();
    let mut pending = vec![Path::new("/sys/fs/cgroup").to_path_buf()];
    while let Some(dir) = pending.pop() {
        // Other tests make and remove groups meanwhile.
        let Ok(entries) = std::fs::read_dir(&dir) else { continue };
        for entry in entries.flatten().filter(|e| e.file_type().is_ok_and(|t| t.is_dir())) {
            let name = entry.file_name();
            if ids.iter().any(|id| name.to_string_lossy().contains(id.as_str())) {
                complaints.push(format!("cgroup {}", entry.path().display()));
                let _ = std::fs::remove_dir(entry.path());
            } else {
                pending.push(entry.path());
            }
        }
    }
    complaints
}

/// Whether the process ends in time (at once if there is none).
pub fn wait_pid(pid: i32, timeout: Duration) -> bool {
    let Ok(Some(fd)) = dhow::sys::pidfd::open(pid) else { return true };
    let mut fds = [PollFd::new(fd.as_fd(), PollFlags::POLLIN)];
    let timeout = PollTimeout::try_from(timeout).expect("less than a month");
    loop {
        match poll(&mut fds, timeout) {
            Err(nix::errno::Errno::EINTR) => {}
            ended => return ended.unwrap() > 0,
        }
    }
}

fn pids() -> HashSet<i32> {
    let me = std::process::id() as i32;
    let entries = std::fs::read_dir("/proc").unwrap().flatten();
    entries.filter_map(|e| e.file_name().to_str()?.parse().ok()).filter(|&pid| pid != me).collect()
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|w| w == needle)
}
