//! `/dev` built by hand (OCI runtime specification, config-linux.md "Default Devices").
//!
//! The nodes live on a file system of the container's own, so that a change of their mode doesn't reach the host's. A container that
//! may use only its own devices has `/dev` mounted `nodev`, and each node bound over itself without it: a node that it makes opens nothing.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{OFlag, openat};
use nix::sys::stat::{FchmodatFlags, Mode, SFlag, fchmodat, fstat, mknodat};
use nix::unistd::{Gid, Uid, fchownat, symlinkat};

use super::file_systems;
use super::mounts::Lender;
use super::plan::{DeviceNode, Plan};
use super::root::{Root, split};
use crate::error::{Context, Result};
use crate::namespaces::is_nested;
use crate::sys::{mount as m, pty};

const DEFAULT: &[(&str, u64, u64)] =
    &[("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

const LINKS: &[(&str, &str)] = &[
    ("pts/ptmx", "/dev/ptmx"),
    ("/proc/self/fd", "/dev/fd"),
    ("/proc/self/fd/0", "/dev/stdin"),
    ("/proc/self/fd/1", "/dev/stdout"),
    ("/proc/self/fd/2", "/dev/stderr"),
];

/// Makes the nodes and links. Nodes can't be made in a user namespace: the host's are bound instead.
pub fn populate(root: &Root, plan: &Plan) -> Result<()> {
    let devices = &plan.devices;
    let default = DEFAULT.iter().filter(|_| devices.defaults).map(|&(name, major, minor)| DeviceNode {
        path: Path::new("/dev").join(name),
        source: Path::new("/dev").join(name),
        kind: libc::S_IFCHR,
        major,
        minor,
        mode: 0o666,
        uid: 0,
        gid: 0,
    });
    let wanted: Vec<DeviceNode> = default.chain(devices.nodes.iter().cloned()).collect();
    let bind_all = || {
        let one = |node: &DeviceNode| bind_host(root, node).with_context(|| node.path.display().to_string());
        wanted.iter().try_for_each(one)
    };
    if plan.in_user_namespace() {
        bind_all()?;
    } else {
        // Without mounts of its own nothing can be bound, nor is anything `nodev`.
        match make_all(root, &wanted, devices.closed && plan.has_mounts()) {
            // The caller, as an engine of an ordinary user, is in a user namespace itself.
            Err(e)
                if e.root_cause().downcast_ref() == Some(&Errno::EPERM)
                    && plan.has_mounts()
                    && is_nested() =>
            {
                bind_all()?;
            }
            other => other?,
        }
    }
    for (target, link) in LINKS.iter().filter(|_| devices.defaults) {
        let (parent, name) = split(Path::new(link))?;
        let parent = root.make_dirs(parent, 0o755)?;
        match symlinkat(*target, &parent, name) {
            Ok(()) | Err(Errno::EEXIST) => {}
            Err(e) => return Err(e).with_context(|| format!("making the link {link}")),
        }
    }
    Ok(())
}

fn make_all(root: &Root, nodes: &[DeviceNode], closed: bool) -> Result<()> {
    if closed {
        return bind_own(root, nodes);
    }
    nodes
        .iter()
        .try_for_each(|node| make_in_place(root, node).with_context(|| node.path.display().to_string()))
}

/// All nodes on one small file system without `nodev`, each bound to its place.
fn bind_own(root: &Root, nodes: &[DeviceNode]) -> Result<()> {
    let mut store =
        Lender::new(file_systems::make("tmpfs", "tmpfs", &["mode=700".into(), "size=64k".into()])?);
    m::set_attributes(store.mount.as_fd(), m::ATTR_NOSUID | m::ATTR_NOEXEC, 0, 0, false)
        .context("setting mount attributes")?;
    for (index, node) in nodes.iter().enumerate() {
        let name = PathBuf::from(index.to_string());
        make(store.mount.as_fd(), &name, node).with_context(|| format!("making {}", node.path.display()))?;
        let fd =
            openat(&store.mount, &name, OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC, Mode::empty())?;
        let copy =
            store.copy(fd.as_fd()).with_context(|| format!("taking the node of {}", node.path.display()))?;
        let place = root.mount_point(&node.path, false)?;
        m::attach(copy.as_fd(), place.as_fd()).with_context(|| format!("placing {}", node.path.display()))?;
    }
    store.finish()
}

fn bind_host(root: &Root, node: &DeviceNode) -> Result<()> {
    let copy = match m::clone_path(&node.source, false) {
        Ok(copy) => copy,
        // Optional hardware of the host that this user can't see.
        Err(Errno::ENOENT | Errno::EACCES) => return Ok(()),
        Err(e) => return Err(e).context("taking the host's node"),
    };
    let place = root.mount_point(&node.path, false)?;
    m::attach(copy.as_fd(), place.as_fd()).context("placing the host's node")
}

fn make_in_place(root: &Root, node: &DeviceNode) -> Result<()> {
    let (parent, name) = split(&node.path)?;
    let dir = root.make_dirs(parent, 0o755)?;
    make(dir.as_fd(), Path::new(name), node)
}

fn make(dir: BorrowedFd<'_>, name: &Path, node: &DeviceNode) -> Result<()> {
    let kind = SFlag::from_bits_truncate(node.kind);
    match mknodat(
        dir,
        name,
        kind,
        Mode::from_bits_truncate(node.mode),
        libc::makedev(node.major as u32, node.minor as u32),
    ) {
        Ok(()) => {}
        Err(Errno::EEXIST) => return Ok(()),
        Err(e) => return Err(e).context("making the node"),
    }
    if (node.uid, node.gid) != (0, 0) {
        let (uid, gid) = (Uid::from_raw(node.uid), Gid::from_raw(node.gid));
        fchownat(dir, name, Some(uid), Some(gid), nix::fcntl::AtFlags::AT_SYMLINK_NOFOLLOW)
            .context("setting the owner")?;
    }
    // mknod takes the umask away.
    fchmodat(dir, name, Mode::from_bits_truncate(node.mode), FchmodatFlags::FollowSymlink)
        .context("setting the mode")
}

/// A new terminal of the container's own devpts: the master side, and the other side bound to /dev/console.
pub fn console(root: &Root) -> Result<(OwnedFd, OwnedFd)> {
    let master = open_multiplexer(root, Path::new("/dev/pts/ptmx"))?;
    let terminal = pty::open_peer(master.as_fd()).context("opening the container's terminal")?;
    let copy = m::clone_fd(terminal.as_fd(), false).context("taking the terminal as /dev/console")?;
    let place = root.mount_point(Path::new("/dev/console"), false)?;
    m::attach(copy.as_fd(), place.as_fd()).context("placing /dev/console")?;
    Ok((master, terminal))
}

/// The container's terminal multiplexer, once it is sure that it is one and nothing the image put there.
pub fn open_multiplexer(root: &Root, path: &Path) -> Result<OwnedFd> {
    let master = root
        .open(path, OFlag::O_RDWR | OFlag::O_NOCTTY)
        .with_context(|| format!("opening the container's {}", path.display()))?;
    let stat = fstat(&master).context("looking at the terminal multiplexer")?;
    anyhow::ensure!(
        stat.st_rdev == libc::makedev(5, 2),
        "the container's {} is not a terminal multiplexer",
        path.display()
    );
    Ok(master)
}
