//! A container's files as a root directory by descriptor, for a process that copies them: as the container's own processes see them while
//! it runs, put together in a passing mount namespace while it doesn't. Images and volumes likewise.
//!
//! The process is a single-threaded role of the binary. It never becomes part of the container: it joins neither its pid nor its mount
//! namespace, executes nothing of it, and reaches its files through one descriptor, below which the kernel resolves every path
//! (openat2 `RESOLVE_IN_ROOT`). With a user namespace it takes the ids of the container's root: what it makes there has the owners that the
//! container sees.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::sched::{CloneFlags, setns};
use nix::sys::socket::MsgFlags;
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};

use super::network::Ahead;
use super::plan::Plan;
use super::root::Root;
use super::sources::{self, Sources};
use super::{device, file_systems, join, mounts, rootfs};
use crate::error::{Context, Kind, Result};
use crate::namespaces::mapped;
use crate::state::process::ProcessIdentity;
use crate::sys::clone::{self, Parent};
use crate::sys::{mount as m, prctl, socket};
use crate::volumes::driver::DeviceMount;

/// What to look at.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum View {
    /// What the container of this process sees; without its mounts its root file system alone.
    Running { process: ProcessIdentity, mounts: bool },
    /// What a container sees that isn't running; the plan has the mounts that are to show.
    Stopped { plan: Box<Plan>, rootless: bool },
    /// Layers over each other, the lowest first, which can't be written to.
    Layers { layers: Vec<PathBuf>, user_namespace: bool },
    /// What the options of a volume have mounted, mounted for as long as this process looks at it.
    Device { device: DeviceMount },
}

impl View {
    /// Opens its root. This process is changed by it: it has other ids and another mount namespace afterwards.
    pub fn open(&self) -> Result<Root> {
        match self {
            Self::Running { process, mounts } => running(*process, *mounts),
            Self::Stopped { plan, rootless } => stopped(plan, *rootless),
            Self::Layers { layers, user_namespace } => merged(layers, *user_namespace).map(Root::new),
            Self::Device { device } => {
                own_mounts()?;
                device::make_for_a_look(device).map(Root::new)
            }
        }
    }

    /// Whether its root is a container's, and not a volume or something else.
    pub fn is_of_container(&self) -> bool {
        matches!(self, Self::Running { .. } | Self::Stopped { .. })
    }
}

impl View {
    /// Mounts the root file system, without what is mounted below it, on a directory of this process's mount namespace; layers read-only.
    pub fn mount_on(&self, place: &Path) -> Result<()> {
        let closed = m::ATTR_NOSUID | m::ATTR_NODEV;
        let (mounted, attributes) = match self {
            Self::Running { process, .. } => {
                let first = process
                    .open()?
                    .ok_or_else(|| Kind::Conflict.error("the container is not running any more"))?;
                (root_alone(first.as_fd())?, closed)
            }
            Self::Stopped { plan, .. } => (rootfs::made_root(&plan.rootfs)?, closed),
            Self::Layers { layers, user_namespace } => {
                (layers_here(layers, place, *user_namespace)?, closed | m::ATTR_RDONLY)
            }
            Self::Device { device } => (device::make_for_a_look(device)?, closed),
        };
        m::set_attributes(mounted.as_fd(), attributes, 0, 0, false)
            .context("setting a mount's attributes")?;
        let target = mounts::open_path(place)?;
        m::attach(mounted.as_fd(), target.as_fd()).with_context(|| format!("mounting on {}", place.display()))
    }
}

/// Layers over each other as a detached mount, made at `place` where the kernel wants one.
fn layers_here(layers: &[PathBuf], place: &Path, user_namespace: bool) -> Result<OwnedFd> {
    match layers {
        [] => file_systems::make("tmpfs", "tmpfs", &["mode=755".into()]).context("mounting an empty tree"),
        [layer] => m::clone_path(layer, false).with_context(|| format!("opening {}", layer.display())),
        _ => sources::overlay_here(place, "overlay", &overlay_options(layers, user_namespace))
            .context("mounting the layers"),
    }
}

fn overlay_options(layers: &[PathBuf], user_namespace: bool) -> Vec<String> {
    let paths: Vec<_> = layers.iter().rev().map(|layer| layer.display().to_string()).collect();
    let mut options = vec![format!("lowerdir={}", paths.join(":"))];
    if user_namespace {
        options.push("userxattr".into());
    }
    options
}

fn running(process: ProcessIdentity, with_mounts: bool) -> Result<Root> {
    let gone = || Kind::Conflict.error("the container is not running any more");
    let first = process.open()?.ok_or_else(gone)?;
    let user = CloneFlags::CLONE_NEWUSER;
    let joins_user = join::foreign_namespaces(process.pid)?.contains(user);
    let root = nix::fcntl::open(
        format!("/proc/{}/root", process.pid).as_str(),
        OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC,
        Mode::empty(),
    )
    .context("opening the container's root")?;
    // Its pid may have become another's between the two.
    process.open()?.ok_or_else(gone)?;
    if joins_user {
        // From here on processes of the container may see us: none may look into our memory and descriptors (CVE-2016-9962).
        prctl::set_dumpable(false).context("closing the process to others")?;
        join::enter_user_namespace(first.as_fd())?;
    }
    Ok(Root::new(if with_mounts { root } else { root_alone(first.as_fd())? }))
}

/// A copy of the mount that the container's root is, without what is mounted below it. Only who is in its mount namespace may make one: a
/// child goes there, and hands it back.
fn root_alone(first: BorrowedFd<'_>) -> Result<OwnedFd> {
    let (ours, theirs) = socket::pair().context("making a socket pair")?;
    let child = clone::fork_into(CloneFlags::empty(), None, Parent::This, || {
        let cloned =
            setns(first, CloneFlags::CLONE_NEWNS).and_then(|()| m::clone_path(Path::new("/"), false));
        let sent = match &cloned {
            Ok(mount) => socket::send(theirs.as_fd(), b"ok", &[mount.as_fd()]),
            Err(errno) => socket::send(theirs.as_fd(), errno.desc().as_bytes(), &[]),
        };
        i32::from(sent.is_err())
    })
    .context("starting a process")?;
    drop(theirs);
    let answer = socket::receive(ours.as_fd(), MsgFlags::empty());
    let _ = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(child.pid), None);
    let (text, mut fds) = answer.context("opening the container's root file system")?;
    fds.pop().with_context(|| {
        format!(
            "opening the container's root file system without its mounts: {}",
            String::from_utf8_lossy(&text)
        )
    })
}

fn stopped(plan: &Plan, rootless: bool) -> Result<Root> {
    let Some(mapping) = plan.mapping.as_ref().filter(|_| plan.outer.is_some() || !rootless) else {
        own_mounts()?;
        return mounts::build(plan, Sources::default(), None, &mut Ahead::default());
    };
    let (sources, inner) = if plan.outer.is_some() {
        let sources = Sources::open_nested(plan, mapping)?;
        (sources, mapped::user_namespace(mapping)?)
    } else {
        own_mounts()?;
        let inner = mapped::user_namespace(mapping)?;
        (Sources::open(plan, inner.as_fd())?, inner)
    };
    let root = mounts::build(plan, sources, None, &mut Ahead::default())?;
    join::enter_user_namespace(inner.as_fd())?;
    Ok(root)
}

/// A mount namespace of this process's own, of which the host notices nothing.
fn own_mounts() -> Result<()> {
    nix::sched::unshare(CloneFlags::CLONE_NEWNS).context("making a mount namespace")?;
    mounts::cut_propagation(libc::MS_PRIVATE)
}

/// An empty directory.
fn nothing() -> Result<OwnedFd> {
    let mounted =
        file_systems::make("tmpfs", "tmpfs", &["mode=755".into()]).context("mounting an empty tree")?;
    nix::fcntl::openat(&mounted, ".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
        .context("opening an empty tree")
}

/// Layers as one tree. A single one is its directory as it is.
pub fn merged(layers: &[PathBuf], user_namespace: bool) -> Result<OwnedFd> {
    if let [layer] = layers {
        return nix::fcntl::open(
            layer,
            OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC,
            Mode::empty(),
        )
        .with_context(|| format!("opening {}", layer.display()));
    }
    own_mounts()?;
    let [.., top] = layers else { return nothing() };
    let options = overlay_options(layers, user_namespace);
    let mounted = sources::overlay_here(top, "overlay", &options).context("mounting the layers")?;
    nix::fcntl::openat(&mounted, ".", OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
        .context("opening the layers")
}
