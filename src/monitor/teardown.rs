//! What has to go when a container has ended, whoever finds it: its monitor, or a later command when the monitor was killed. Goes on past
//! errors, and may be done twice.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use nix::mount::MntFlags;
use oci_spec::runtime::Spec;

use super::survivors;
use crate::cgroups::{Cgroup, Saved};
use crate::container::{ContainerConfig, ContainerDir, ContainerState, ContainerStore, volumes};
use crate::error::{Context, Kind, Result};
use crate::namespaces::mapped;
use crate::netns::{self, NetworkStore, Record};
use crate::runtime::{ContainerInfo, Hooks};
use crate::state::Roots;
use crate::state::file::{self, Durability};

/// Runs the hooks for the end of a container whose monitor was killed. Another runtime has run its own when it was told to forget it.
pub fn poststop(dir: &ContainerDir, config: &ContainerConfig) {
    if config.cdi.is_empty() || config.runtime.is_some() {
        return;
    }
    let bundle = dir.run.join("bundle");
    let planned = file::read_json_opt::<Spec>(&bundle.join("config.json")).and_then(|spec| {
        let info = |spec: &Spec| info(config, spec.version(), &bundle);
        spec.map(|spec| Hooks::plan(&spec, info(&spec))).transpose()
    });
    match planned {
        Ok(hooks) => hooks.iter().for_each(|hooks| hooks.run_all(&hooks.poststop, "stopped", 0)),
        Err(error) => log::warn!("{}", crate::error::one_line(&error)),
    }
}

/// What hooks are told of a container.
pub fn info(config: &ContainerConfig, version: &str, bundle: &Path) -> ContainerInfo {
    ContainerInfo {
        version: version.into(),
        id: config.id.to_string(),
        bundle: bundle.into(),
        annotations: config.tuning.annotations.clone(),
    }
}

/// Kills what is left of the container's processes and removes its run-time state. The caller holds the container's lock.
pub fn clean(roots: &Roots, dir: &ContainerDir, state: &ContainerState) -> Result<()> {
    let cgroup = state.cgroup.as_ref().map_or(Ok(()), remove_cgroup);
    let survivors = if survivors::are_possible(state) { survivors::kill(dir) } else { Ok(()) };
    let network = Record::read(&dir.run).and_then(|record| match record {
        Some(record) => netns::detach(&NetworkStore::new(roots), &record, dir.id.as_str()),
        None => Ok(()),
    });
    if network.is_err() {
        // What the record says is still to be done: it stays.
        return cgroup.and(survivors).and(network);
    }
    cgroup.and(survivors).and(remove_run(dir))
}

/// Removes a container's run-time directory. The caller holds the container's lock, which is in there: it goes last, or somebody who starts
/// the container meanwhile would make another, and lose what he has made beside it.
pub fn remove_run(dir: &ContainerDir) -> Result<()> {
    let lock = dir.lock_path();
    let remove = || -> std::io::Result<()> {
        for entry in std::fs::read_dir(&dir.run)? {
            let entry = entry?;
            let path = entry.path();
            if path == lock {
                continue;
            }
            if entry.file_type()?.is_dir() {
                std::fs::remove_dir_all(path)?;
            } else {
                std::fs::remove_file(path)?;
            }
        }
        match std::fs::remove_file(&lock) {
            Err(e) if e.kind() != ErrorKind::NotFound => Err(e),
            _ => std::fs::remove_dir(&dir.run),
        }
    };
    match remove() {
        Ok(()) => Ok(()),
        // Not empty: somebody else has come for the container meanwhile and made its lock there; who does so cleans up.
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => Ok(()),
        Err(e) => Err(e).with_context(|| format!("removing {}", dir.run.display())),
    }
}

fn remove_cgroup(saved: &Saved) -> Result<()> {
    let cgroup = match Cgroup::reopen(saved) {
        Err(e) if crate::error::is(&e, Kind::NotFound) => return Ok(()),
        other => other?,
    };
    cgroup.kill()?;
    cgroup.remove()
}

/// Removes a container and everything that belongs to it. The caller holds its lock.
pub fn remove(roots: &Roots, dir: &ContainerDir, name: &str, durability: Durability) -> Result<()> {
    let doomed = ContainerStore::new(roots).take_out(dir, name, durability)?;
    delete(roots, doomed.path())
}

/// Deletes the directory of a container that is out of the store, or never was in it, and before it the volumes that go with it.
pub fn delete(roots: &Roots, path: &Path) -> Result<()> {
    let volumes = volumes::remove_with(roots, path);
    delete_tree(path).and(volumes)
}

/// Deletes a container's directory, in which an ordinary user's container may have left files of other ids.
pub fn delete_tree(path: &Path) -> Result<()> {
    // What `mount` has put there: its files would be deleted one by one, and the place itself could not be.
    let _ = nix::mount::umount2(&path.join("rootfs"), MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW);
    // The kernel makes it without any permission, which an ordinary user can't look into.
    let work = path.join("work/work");
    if let Err(e) = std::fs::remove_dir(&work)
        && e.kind() != ErrorKind::NotFound
    {
        let _ = std::fs::set_permissions(&work, std::fs::Permissions::from_mode(0o700));
    }
    match std::fs::remove_dir_all(path) {
        Ok(()) => Ok(()),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(()),
        Err(e) if e.kind() == ErrorKind::PermissionDenied && !nix::unistd::geteuid().is_root() => {
            delete_mapped(path)
        }
        Err(e) => Err(e).with_context(|| format!("deleting {}", path.display())),
    }
}

/// Takes away the mark by which the kernel refuses to mount an overlay that isn't synchronised a second time. It warns of a crash of the machine
/// between the two, which a container that is removed when it ends doesn't outlive; one that is started again has it from the run before.
pub fn unmark_overlay(dir: &ContainerDir) -> Result<()> {
    let mark = dir.path.join("work/work/incompat");
    // The kernel makes them without any permission, which an ordinary user can't look into.
    for made in [mark.parent().unwrap_or(&mark), &mark, &mark.join("volatile")] {
        match std::fs::set_permissions(made, std::fs::Permissions::from_mode(0o700)) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(()),
            changed => changed.with_context(|| format!("opening {}", made.display()))?,
        }
    }
    std::fs::remove_dir_all(&mark).with_context(|| format!("deleting {}", mark.display()))
}

fn delete_mapped(path: &Path) -> Result<()> {
    let mut child = mapped::spawn("remove", &[path], |_| {})?;
    let status = child.child.wait().context("waiting for the role remove")?;
    anyhow::ensure!(status.success(), "deleting {} failed", path.display());
    Ok(())
}
