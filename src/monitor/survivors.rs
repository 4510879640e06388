//! The processes of a container that has neither a pid namespace nor a cgroup of its own (an ordinary user's with `--pid host`): the
//! kernel doesn't end them with the first one. They are known by their mounts, among which are files of the container's own directory.
//!
//! Never signals a process that it has not just seen inside the container.

use std::os::fd::{AsFd, OwnedFd};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::container::{ContainerDir, ContainerState};
use crate::error::{Context, Kind, Result};
use crate::state::ContainerId;
use crate::sys::pidfd;

/// Whether a container that ran like this may leave processes behind.
pub fn are_possible(state: &ContainerState) -> bool {
    // Without any namespace of its own it has never run.
    state.cgroup.is_none() && state.namespaces != 0 && state.namespaces & libc::CLONE_NEWPID == 0
}

/// Kills them all and waits until they are gone.
pub fn kill(dir: &ContainerDir) -> Result<()> {
    // One that forks while we look leaves children for the next round.
    for _ in 0..100 {
        let found = find(&dir.id)?;
        if found.is_empty() {
            return Ok(());
        }
        for process in &found {
            pidfd::send_signal(process.as_fd(), libc::SIGKILL)
                .context("killing a process of the container")?;
        }
        for process in &found {
            // One that hangs in the kernel is left to the next round and to the next command.
            let _ = poll(&mut [PollFd::new(process.as_fd(), PollFlags::POLLIN)], PollTimeout::from(100u8));
        }
    }
    Kind::Conflict.err(format!("processes of container {} can't be ended", dir.id.short()))
}

fn find(id: &ContainerId) -> Result<Vec<OwnedFd>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").context("reading /proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|n| n.parse().ok()) else { continue };
        // Opened first, then looked at: the descriptor can't come to mean another process.
        let Ok(Some(process)) = pidfd::open(pid) else { continue };
        // Gone, a zombie, or somebody else's on a host that hides them: not ours to kill.
        let Ok(mounts) = std::fs::read_to_string(entry.path().join("mountinfo")) else { continue };
        if is_inside(&mounts, id) {
            found.push(process);
        }
    }
    Ok(found)
}

/// Whether mounts (proc_pid_mountinfo(5)) are those of the container: its upper directory as root, or its files in /etc.
fn is_inside(mounts: &str, id: &ContainerId) -> bool {
    let own = format!("/containers/{id}/");
    mounts.lines().any(|line| {
        let mut fields = line.split(' ').skip(3);
        let (Some(root), Some(place)) = (fields.next(), fields.next()) else { return false };
        match place {
            "/" => line.contains(&format!("{own}upper")),
            "/etc/hosts" | "/etc/hostname" | "/etc/resolv.conf" => root.contains(&own),
            _ => false,
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_known_by_its_mounts() {
        let id = ContainerId::parse(&"ab".repeat(32)).unwrap();
        let root =
            format!("36 35 0:40 / / rw - overlay overlay rw,upperdir=/r/containers/{id}/upper,workdir=/w");
        let file = format!("40 36 8:1 /r/containers/{id}/hosts /etc/hosts rw - ext4 /dev/vda rw");
        let elsewhere = format!("41 36 8:1 /r/containers/{id}/hosts /mnt/hosts rw - ext4 /dev/vda rw");
        assert!(is_inside(&root, &id) && is_inside(&file, &id));
        assert!(!is_inside(&elsewhere, &id) && !is_inside("", &id));
        let other = ContainerId::parse(&"cd".repeat(32)).unwrap();
        assert!(!is_inside(&format!("{root}\n{file}"), &other));
    }

    #[test]
    fn only_a_container_that_shares_its_pids_leaves_processes() {
        let ran = |namespaces| ContainerState { namespaces, ..ContainerState::default() };
        assert!(are_possible(&ran(libc::CLONE_NEWNS)));
        assert!(!are_possible(&ran(libc::CLONE_NEWNS | libc::CLONE_NEWPID)) && !are_possible(&ran(0)));
        assert!(!are_possible(&ContainerState {
            cgroup: Some(crate::cgroups::Saved::default()),
            ..ran(libc::CLONE_NEWNS)
        }));
    }
}
