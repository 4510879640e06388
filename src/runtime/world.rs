//! The world that another OCI runtime finds a container's root in: a mount namespace where the root is mounted and, for an ordinary user,
//! a user namespace around it with all ids of that user. Both are held by descriptors, no process stays behind, and what was mounted goes
//! with them, whoever is killed.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::fcntl::OFlag;
use nix::mount::MsFlags;
use nix::sched::{CloneFlags, setns};
use nix::sys::stat::Mode;

use super::plan::{PlannedMount, Rootfs};
use super::root::Root;
use super::sync::{self, FromInit, Sync};
use super::{Configure, init, mounts, rootfs};
use crate::error::{Context, Result};
use crate::namespaces::Mapping;
use crate::sys::clone::{self, Cloned, Parent};
use crate::sys::{fd, net, pidfd, prctl, socket};

#[derive(Debug)]
pub struct World {
    mounts: OwnedFd,
    user: Option<OwnedFd>,
    root: Root,
}

/// What the world is to be made of.
#[derive(Debug)]
pub struct Blueprint<'a> {
    pub rootfs: Rootfs,
    /// Mounts that the runtime can't make, and where on the host it is to find them.
    pub staged: Vec<(PlannedMount, PathBuf)>,
    /// Of the user namespace, if there is to be one.
    pub mapping: Option<Mapping>,
    /// A user namespace that is there already, to be in.
    pub within: Option<BorrowedFd<'a>>,
    /// A new network namespace is bound over this file, once it was configured from outside.
    pub network: Option<(PathBuf, Configure<'a>)>,
}

impl Blueprint<'_> {
    fn namespaces(&self) -> CloneFlags {
        let mut namespaces = CloneFlags::CLONE_NEWNS;
        namespaces.set(CloneFlags::CLONE_NEWUSER, self.mapping.is_some());
        namespaces.set(CloneFlags::CLONE_NEWNET, self.network.is_some());
        namespaces
    }

    /// The file systems of disks and servers among what is staged, which are made here: where the others are made there may be another
    /// network.
    fn devices(&self) -> Result<Vec<Option<OwnedFd>>> {
        let make = |(planned, _): &(PlannedMount, PathBuf)| {
            let device = planned.device.is_some().then(|| mounts::make(planned)).transpose();
            device.with_context(|| format!("mounting {}", planned.destination.display()))
        };
        self.staged.iter().map(make).collect()
    }
}

impl World {
    /// The caller has one thread.
    pub fn make(blueprint: &Blueprint<'_>) -> Result<Self> {
        let (ours, theirs) = socket::pair().context("making a socket pair")?;
        // In a user namespace that is joined they are made when it is.
        let namespaces =
            if blueprint.within.is_some() { CloneFlags::empty() } else { blueprint.namespaces() };
        let devices = blueprint.devices()?;
        let builder = clone::fork_into(namespaces, None, Parent::This, || {
            fd::close_in_child(ours.as_fd());
            let socket = theirs.as_fd();
            match build(blueprint, devices, socket) {
                Ok(()) => 0,
                Err(error) => {
                    sync::fail(socket, &error);
                    1
                }
            }
        })
        .map_err(|errno| super::explain_clone(namespaces, errno))?;
        drop(theirs);
        let made = follow(blueprint, &builder, &Sync::new(ours));
        // Its work is done, or was in vain. It is our child, so the pid can't mean another.
        let _ = pidfd::send_signal(builder.pidfd.as_fd(), libc::SIGKILL);
        let _ = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(builder.pid), None);
        made
    }

    /// Goes there, as its root, with this process, which has one thread.
    pub fn enter(&self) -> Result<()> {
        if let Some(user) = &self.user {
            setns(user, CloneFlags::CLONE_NEWUSER).context("joining the user namespace")?;
            init::become_root()?;
        }
        setns(&self.mounts, CloneFlags::CLONE_NEWNS).context("joining the mount namespace")
    }

    /// The container's root.
    pub fn root(&self) -> &Root {
        &self.root
    }
}

/// The parent's side.
fn follow(blueprint: &Blueprint<'_>, builder: &Cloned, sync: &Sync) -> Result<World> {
    if let Some(mapping) = &blueprint.mapping {
        mapping.apply(builder.pid)?;
    }
    sync.go()?;
    match sync.next()? {
        FromInit::Ready => {}
        FromInit::Failed(error) => return Err(error),
        _ => anyhow::bail!("the process that was to mount the container's root died"),
    }
    if let Some((_, configure)) = &blueprint.network {
        configure.run(builder.pid, None)?;
    }
    let open = |what: &str| -> Result<OwnedFd> {
        let path = format!("/proc/{}/{what}", builder.pid);
        Ok(File::open(&path).with_context(|| format!("opening {path}"))?.into())
    };
    let root = format!("/proc/{}/root{}", builder.pid, blueprint.rootfs.path.display());
    let root =
        nix::fcntl::open(root.as_str(), OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
            .context("opening the container's root")?;
    let nested = blueprint.mapping.is_some() || blueprint.within.is_some();
    let user = nested.then(|| open("ns/user")).transpose()?;
    Ok(World { mounts: open("ns/mnt")?, user, root: Root::new(root) })
}

/// The child's side.
fn build(blueprint: &Blueprint<'_>, devices: Vec<Option<OwnedFd>>, socket: BorrowedFd<'_>) -> Result<()> {
    prctl::die_with_parent().context("tying the process to its creator")?;
    sync::wait_go(socket)?;
    if let Some(user) = blueprint.within {
        setns(user, CloneFlags::CLONE_NEWUSER).context("joining this user's user namespace")?;
    }
    if blueprint.mapping.is_some() || blueprint.within.is_some() {
        init::become_root()?;
        // Its parent is to look into it.
        prctl::set_dumpable(true).context("setting the process dumpable")?;
    }
    if blueprint.within.is_some() {
        nix::sched::unshare(blueprint.namespaces()).context("making the container's namespaces")?;
    }
    mounts::cut_propagation(0)?;
    rootfs::root_mount(&blueprint.rootfs)?;
    for ((planned, place), made) in blueprint.staged.iter().zip(devices) {
        mounts::stage(planned, made, place)?;
    }
    if let Some((place, _)) = &blueprint.network {
        net::socket()
            .and_then(|socket| net::loopback_up(&socket))
            .context("bringing the loopback interface up")?;
        bind_network(place)?;
    }
    sync::ready(socket)?;
    // Until our parent has what it needs.
    nix::unistd::pause();
    Ok(())
}

fn bind_network(place: &Path) -> Result<()> {
    nix::mount::mount(Some("/proc/self/ns/net"), place, None::<&str>, MsFlags::MS_BIND, None::<&str>)
        .with_context(|| format!("binding the network namespace to {}", place.display()))
}
