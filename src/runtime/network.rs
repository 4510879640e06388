//! The container's new network namespace. The kernel takes longer to make one than all the other namespaces together, and few steps need
//! it: root's is made by the creator, while the first process, on another processor, builds the container's mounts. (An ordinary user's has
//! to belong to the container's user namespace, where the creator isn't.)

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sched::{CloneFlags, setns, unshare};

use super::plan::{MountKind, Plan, PlannedMount};
use super::stage::Route;
use super::{Configure, sync};
use crate::error::{Context, Kind, Result};
use crate::sys::net;

/// A creator that makes the network namespace beside the first process, instead of with it.
pub struct Beside {
    home: File,
}

impl Beside {
    /// `None` where it must be made with the process.
    pub fn plan(plan: &Plan, route: Route, configure: Option<&Configure<'_>>) -> Result<Option<Self>> {
        let possible = plan.makes(CloneFlags::CLONE_NEWNET)
            && route == Route::Direct
            && plan.mapping.is_none()
            && plan.net_devices.is_empty()
            && !matches!(configure, Some(Configure::Process(_)));
        if !possible {
            return Ok(None);
        }
        let home = File::open("/proc/self/ns/net").context("opening this process's network namespace")?;
        // Root of a user namespace could leave the namespace of its host, and not return.
        Ok(setns(&home, CloneFlags::CLONE_NEWNET).is_ok().then_some(Self { home }))
    }

    /// Makes it, its loopback interface up. The caller has one thread, and is in its own namespace again afterwards.
    pub fn make(&self) -> Result<OwnedFd> {
        make(&self.home)
    }
}

fn make(home: &File) -> Result<OwnedFd> {
    unshare(CloneFlags::CLONE_NEWNET)
        .map_err(|errno| super::explain_clone(CloneFlags::CLONE_NEWNET, errno))?;
    let made = net::socket().and_then(|socket| {
        net::loopback_up(&socket)?;
        net::namespace_of(&socket)
    });
    setns(home, CloneFlags::CLONE_NEWNET).context("returning to this process's network namespace")?;
    made.context("bringing the loopback interface up")
}

/// The network namespace that a container's first process has yet to enter; by default the one that it is in.
#[derive(Default)]
pub struct Ahead<'a> {
    creator: Option<BorrowedFd<'a>>,
}

impl<'a> Ahead<'a> {
    /// It will come through `creator`.
    pub fn from(creator: BorrowedFd<'a>) -> Self {
        Self { creator: Some(creator) }
    }

    /// To be called before a mount is made: some are made for the network namespace of the moment.
    pub fn before(&mut self, mount: &PlannedMount) -> Result<()> {
        let indifferent = match &mount.kind {
            MountKind::Bind { .. } | MountKind::Cgroup | MountKind::Foreign { .. } => true,
            MountKind::FileSystem { kind, .. } => {
                matches!(kind.as_str(), "overlay" | "proc" | "tmpfs" | "devpts" | "mqueue")
            }
        };
        if indifferent { Ok(()) } else { self.enter() }
    }

    /// Enters it, if that has not been done.
    pub fn enter(&mut self) -> Result<()> {
        let Some(creator) = self.creator.take() else { return Ok(()) };
        let Some(namespace) = sync::wait_go(creator)?.pop() else {
            return Kind::Invalid.err("the creator has sent no network namespace");
        };
        setns(namespace.as_fd(), CloneFlags::CLONE_NEWNET)
            .context("entering the container's network namespace")
    }
}
