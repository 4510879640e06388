//! Where a container's cgroup goes: below dhow's own for root, in the subtree that was handed to an ordinary user, or where the Spec says;
//! and the controllers on the way there ("Top-down Constraint" and "No Internal Process Constraint" of cgroup-v2.rst).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::stat::Mode;
use nix::unistd::{AccessFlags, access};

use super::layout::{self, available};
use crate::error::{Context, Kind, Result};

/// The cgroup that holds those of all containers.
const PARENT: &str = "dhow";
/// Where those go that sit in a cgroup which is to have children with controllers.
const LEAF: &str = "dhow-init";
/// What statistics and later limits need, given to every container on version 2.
const ALWAYS: [&str; 4] = ["cpu", "io", "memory", "pids"];

/// A path from the mounts of the hierarchies.
pub fn relative(path: Option<&Path>, name: &str) -> PathBuf {
    match path {
        Some(path) => path.strip_prefix("/").unwrap_or(path).into(),
        None => Path::new(PARENT).join(name),
    }
}

/// The directory in the hierarchy mounted at `mount`, `None` where this user has none to put it in.
pub fn directory(
    mount: &Path,
    controller: Option<&str>,
    path: Option<&Path>,
    name: &str,
) -> Result<Option<PathBuf>> {
    let relative = relative(path, name);
    if path.is_some_and(Path::is_absolute) {
        return Ok(Some(mount.join(relative)));
    }
    let root = nix::unistd::geteuid().is_root();
    if root && path.is_none() {
        return Ok(Some(mount.join(relative)));
    }
    let own = mount.join(layout::own(controller)?.unwrap_or_default());
    // What is above one's own cgroup can have children with controllers, as it has no processes itself.
    let above = own.parent().filter(|p| p.starts_with(mount)).filter(|p| root || is_ours(p));
    let base = above.map(Path::to_path_buf).or_else(|| is_ours(&own).then_some(own));
    Ok(base.map(|base| base.join(relative)))
}

/// Whether this user may make cgroups there and move its processes into them.
fn is_ours(dir: &Path) -> bool {
    let writable = |path: &Path| access(path, AccessFlags::W_OK).is_ok();
    writable(dir) && writable(&dir.join("cgroup.procs"))
}

/// Where this user's containers go on version 2, if it can have cgroups.
pub fn parent() -> Option<PathBuf> {
    let dir = directory(layout::unified_mount()?, None, None, "x").ok()??;
    dir.parent().map(Path::to_path_buf)
}

/// Makes the directory and those above it in version 2; whether they could be made.
pub fn make_v2(mount: &Path, dir: &Path) -> Result<bool> {
    match make(dir) {
        Ok(()) => return Ok(true),
        Err(Errno::ENOENT) => {}
        Err(errno) => return refused(errno, dir),
    }
    let mut above: Vec<&Path> = dir.ancestors().skip(1).take_while(|p| *p != mount).collect();
    above.reverse();
    for dir in above {
        if let Err(errno) = make(dir) {
            return refused(errno, dir);
        }
        // What can't be had is missed only by a container that asks for it.
        enable(mount, &dir.join("x"), &ALWAYS.map(String::from).into());
    }
    make(dir).map(|()| true).or_else(|errno| refused(errno, dir))
}

fn refused(errno: Errno, dir: &Path) -> Result<bool> {
    match errno {
        Errno::EACCES | Errno::EROFS | Errno::EPERM => Ok(false),
        other => Err(other).with_context(|| format!("making the cgroup {}", dir.display())),
    }
}

pub fn make(dir: &Path) -> nix::Result<()> {
    match nix::unistd::mkdir(dir, Mode::from_bits_truncate(0o755)) {
        Err(Errno::EEXIST) => Ok(()),
        other => other,
    }
}

/// Gives controllers to the cgroup at `dir`, from the top down; those that were given already stay. The names of those that it couldn't
/// be given.
pub fn enable(mount: &Path, dir: &Path, wanted: &BTreeSet<String>) -> BTreeSet<String> {
    let mut above: Vec<&Path> = dir.ancestors().skip(1).take_while(|p| p.starts_with(mount)).collect();
    above.reverse();
    let mut lacking = BTreeSet::new();
    for (index, parent) in above.iter().enumerate() {
        let child = above.get(index + 1).copied().unwrap_or(dir);
        let has = if child.is_dir() { available(child) } else { given(parent) };
        let missing: Vec<&String> = wanted.difference(&has).collect();
        lacking = missing.iter().filter(|c| !give(parent, c)).map(|c| (*c).clone()).collect();
    }
    lacking
}

fn given(dir: &Path) -> BTreeSet<String> {
    let text = std::fs::read_to_string(dir.join("cgroup.subtree_control")).unwrap_or_default();
    text.split_whitespace().map(String::from).collect()
}

fn give(dir: &Path, controller: &str) -> bool {
    let file = dir.join("cgroup.subtree_control");
    let value = format!("+{controller}");
    match write(&file, &value) {
        Ok(()) => true,
        // It has processes itself. It is a delegated subtree's root then, ours to arrange.
        Err(e) if e.raw_os_error() == Some(libc::EBUSY) => {
            move_to_leaf(dir).is_ok() && write(&file, &value).is_ok()
        }
        Err(_) => false,
    }
}

/// Moves all processes that sit in a cgroup itself into a leaf below it.
fn move_to_leaf(dir: &Path) -> Result<()> {
    let leaf = dir.join(LEAF);
    make(&leaf).with_context(|| format!("making the cgroup {}", leaf.display()))?;
    let procs = std::fs::read_to_string(dir.join("cgroup.procs")).context("reading cgroup.procs")?;
    for pid in procs.lines() {
        // One that has ended is in nobody's way.
        if let Err(e) = write(&leaf.join("cgroup.procs"), pid)
            && e.raw_os_error() != Some(libc::ESRCH)
        {
            return Err(e).with_context(|| format!("moving process {pid} to {}", leaf.display()));
        }
    }
    Ok(())
}

/// Makes the directory of a version 1 hierarchy and those above it. What a new cgroup there has to be given before it takes processes
/// comes from its parent.
pub fn make_v1(mount: &Path, dir: &Path, controller: &str, inherit: &[&str]) -> Result<()> {
    let mut path = mount.to_path_buf();
    let relative = dir.strip_prefix(mount).context("a cgroup outside of its hierarchy")?;
    for component in relative.components() {
        let parent = path.clone();
        path.push(component);
        match make(&path) {
            Ok(()) => {}
            Err(Errno::EACCES | Errno::EROFS | Errno::EPERM) => return Err(cannot(controller)),
            Err(e) => return Err(e).with_context(|| format!("making the cgroup {}", path.display())),
        }
        for file in inherit {
            copy_down(&parent, &path, file)?;
        }
    }
    Ok(())
}

fn copy_down(parent: &Path, child: &Path, file: &str) -> Result<()> {
    let read = |dir: &Path| std::fs::read_to_string(dir.join(file)).map(|t| t.trim().to_string());
    let (Ok(above), Ok(own)) = (read(parent), read(child)) else { return Ok(()) };
    if !own.is_empty() && own != "0" {
        return Ok(());
    }
    write(&child.join(file), &above).with_context(|| format!("setting {}", child.join(file).display()))
}

/// What somebody is told who asks for a limit without a cgroup to put it on.
pub fn cannot(what: &str) -> crate::error::Error {
    if nix::unistd::geteuid().is_root() {
        return Kind::Unsupported
            .error(format!("{what}: limits can't be set, because /sys/fs/cgroup can't be written here"));
    }
    Kind::Unsupported.error(format!(
        "{what}: an ordinary user can have limits only in a cgroup v2 subtree that was delegated to it, and there is none here; log in \
         through systemd (`systemd-run --user --scope dhow …`), or let root make one: mkdir /sys/fs/cgroup/NAME, chown it and its \
         cgroup.procs, cgroup.subtree_control and cgroup.threads, and start the shell in it"
    ))
}

pub fn write(file: &Path, value: &str) -> std::io::Result<()> {
    use std::io::Write;
    std::fs::File::options().write(true).open(file)?.write_all(value.as_bytes())
}
