//! The way into namespaces of others: a process between creator and container, which joins them and makes the container's first process
//! there, as a child of the creator. The creator itself stays where it is, which its hooks rely on.
//!
//! Also where a time namespace is made: its clocks must be set before its first process is in it (time_namespaces(7)).

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use super::plan::{JoinedNamespace, Plan};
use super::sources::Sources;
use super::sync::{self, FromInit, Sync};
use crate::error::{Context, Kind, Result};
use crate::namespaces::Mapping;
use crate::sys::clone::{self, Cloned, Parent};
use crate::sys::{fd, namespace, prctl, socket};

/// A namespace to join, open, and known to be of its kind.
#[derive(Debug)]
pub struct Joined {
    flag: CloneFlags,
    path: PathBuf,
    fd: OwnedFd,
}

impl Joined {
    pub fn is(&self, flag: CloneFlags) -> bool {
        self.flag == flag
    }

    pub fn join(&self) -> Result<()> {
        self.try_join().map_err(|errno| self.explain(errno))
    }

    fn try_join(&self) -> nix::Result<()> {
        setns(&self.fd, self.flag)
    }

    fn explain(&self, errno: Errno) -> crate::error::Error {
        anyhow::anyhow!("joining the namespace {}: {}", self.path.display(), errno.desc())
    }
}

/// Opens the namespaces, before anything is started.
pub fn open(joined: &[JoinedNamespace]) -> Result<Vec<Joined>> {
    joined.iter().map(open_one).collect()
}

fn open_one(namespace: &JoinedNamespace) -> Result<Joined> {
    let path = &namespace.path;
    let opening = || format!("opening the namespace {}", path.display());
    // O_NONBLOCK: a FIFO in its place must not make us wait.
    let flags = OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK;
    let fd = nix::fcntl::open(path, flags, Mode::empty()).with_context(opening)?;
    let kind = match namespace::kind(fd.as_fd()) {
        Ok(kind) => kind,
        Err(Errno::ENOTTY) => {
            return Kind::Invalid.err(format!("{} is not a namespace", path.display()));
        }
        Err(e) => return Err(e).with_context(opening),
    };
    if kind != namespace.flag {
        return Kind::Invalid.err(format!(
            "{} is a {} namespace, but the Spec has it as the {} namespace",
            path.display(),
            name(kind),
            name(namespace.flag)
        ));
    }
    Ok(Joined { flag: CloneFlags::from_bits_retain(kind), path: path.clone(), fd })
}

/// As the specification calls it.
fn name(flag: i32) -> &'static str {
    match flag {
        libc::CLONE_NEWNS => "mount",
        libc::CLONE_NEWCGROUP => "cgroup",
        libc::CLONE_NEWUTS => "uts",
        libc::CLONE_NEWIPC => "ipc",
        libc::CLONE_NEWUSER => "user",
        libc::CLONE_NEWPID => "pid",
        libc::CLONE_NEWNET => "network",
        namespace::CLONE_NEWTIME => "time",
        _ => "unknown",
    }
}

/// How the container's first process is cloned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Route {
    /// From its creator.
    Direct,
    /// From a process between.
    Between {
        /// That process makes the new user namespace: an ordinary user may do the rest only inside of it. Root joins first, what is
        /// owned from outside.
        maps: bool,
    },
    /// From a process in a user namespace around the container's: one that there is, or a new one. It opens what the container's root
    /// can't reach.
    Nested,
}

impl Route {
    /// `within`: there is a user namespace to make the container's in.
    pub fn of(plan: &Plan, within: bool) -> Self {
        if plan.outer.is_some() || within && plan.mapping.is_some() {
            return Self::Nested;
        }
        let joins = plan.joined.iter().any(|j| j.flag != libc::CLONE_NEWNS);
        if !joins && plan.time.is_none() {
            return Self::Direct;
        }
        Self::Between { maps: plan.mapping.is_some() && !nix::unistd::geteuid().is_root() }
    }

    /// Whether the creator gives the container's first process its mapping.
    pub fn creator_maps(self) -> bool {
        matches!(self, Self::Direct | Self::Between { maps: false })
    }
}

/// Clones through a process in the user namespace `within`, or a new one with the mapping `plan.outer`. With that mapping it opens the
/// container's root and the sources of its mounts there, with all ids of its user; the container's own user namespace, a child of that one,
/// may lack the user's id, so that its root can't.
pub fn nested(
    plan: &Plan,
    within: Option<BorrowedFd<'_>>,
    namespaces: CloneFlags,
    cgroup: Option<BorrowedFd<'_>>,
    body: impl FnOnce(Sources) -> i32,
) -> Result<Cloned> {
    let mapping = plan.mapping.as_ref().context("a user namespace around none")?;
    if !plan.joined.is_empty() || plan.time.is_some() {
        return Kind::Unsupported
            .err("a container with mapped ids can't join other namespaces, or have clocks of its own");
    }
    let made = plan.outer.as_ref().filter(|_| within.is_none());
    between(made, cgroup, |socket| {
        match within {
            Some(within) => {
                setns(within, CloneFlags::CLONE_NEWUSER).context("joining this user's user namespace")?;
            }
            None => drop(sync::wait_go(socket)?),
        }
        super::init::become_root()?;
        let sources = match plan.outer {
            Some(_) => Sources::open_nested(plan, mapping)?,
            None => Sources::default(),
        };
        let cloned = clone::fork_into(namespaces, None, Parent::Ours, || body(sources))
            .map_err(|errno| super::explain_clone(namespaces, errno))?;
        mapping.apply(cloned.pid)?;
        Ok(cloned)
    })
}

/// Clones through a process between, which starts in `cgroup`. The container's first process runs `body`.
pub fn clone(
    plan: &Plan,
    namespaces: CloneFlags,
    maps: bool,
    joined: &[Joined],
    cgroup: Option<BorrowedFd<'_>>,
    body: impl FnOnce() -> i32,
) -> Result<Cloned> {
    let mapping = plan.mapping.as_ref().filter(|_| maps);
    between(mapping, cgroup, |socket| inside(plan, namespaces, maps, joined, socket, body))
}

/// A process between: it runs `steps`, which end in a clone for its parent, this process. With a mapping it is in a new user namespace.
pub fn between(
    mapping: Option<&Mapping>,
    cgroup: Option<BorrowedFd<'_>>,
    steps: impl FnOnce(BorrowedFd<'_>) -> Result<Cloned>,
) -> Result<Cloned> {
    let (ours, theirs) = socket::pair().context("making a socket pair")?;
    let namespaces = if mapping.is_some() { CloneFlags::CLONE_NEWUSER } else { CloneFlags::empty() };
    let between = clone::fork_into(namespaces, cgroup, Parent::This, || {
        fd::close_in_child(ours.as_fd());
        let socket = theirs.as_fd();
        let told = prctl::die_with_parent()
            .context("tying the process to its creator")
            .and_then(|()| steps(socket))
            .and_then(|cloned| sync::process(socket, &cloned));
        match told {
            Ok(()) => 0,
            Err(error) => {
                sync::fail(socket, &error);
                1
            }
        }
    })
    .map_err(|errno| super::explain_clone(namespaces, errno))?;
    drop(theirs);
    let cloned = follow(mapping, &between, &Sync::new(ours));
    if cloned.is_err() {
        // It may be waiting for us. It is our child, so the pid can't mean another.
        let _ = crate::sys::pidfd::send_signal(between.pidfd.as_fd(), libc::SIGKILL);
    }
    waitpid(Pid::from_raw(between.pid), None).context("waiting for the process between")?;
    cloned
}

/// The creator's side.
fn follow(mapping: Option<&Mapping>, between: &Cloned, sync: &Sync) -> Result<Cloned> {
    if let Some(mapping) = mapping {
        mapping.apply(between.pid)?;
        sync.go()?;
    }
    match sync.next()? {
        FromInit::Process(cloned) => Ok(cloned),
        FromInit::Failed(error) => Err(error),
        _ => anyhow::bail!("the process that was to join namespaces died"),
    }
}

fn inside(
    plan: &Plan,
    mut namespaces: CloneFlags,
    maps: bool,
    joined: &[Joined],
    socket: BorrowedFd<'_>,
    body: impl FnOnce() -> i32,
) -> Result<Cloned> {
    if maps {
        sync::wait_go(socket)?;
        super::init::become_root()?;
        namespaces.remove(CloneFlags::CLONE_NEWUSER);
    }
    join_all(joined)?;
    if let Some(clocks) = &plan.time {
        make_time(clocks)?;
    }
    clone::fork_into(namespaces, None, Parent::Ours, body)
        .map_err(|errno| super::explain_clone(namespaces, errno))
}

/// Those that belong to the outside before the user namespace, those that belong to it after. The mount namespace is left to the
/// container's first process.
fn join_all(joined: &[Joined]) -> Result<()> {
    let (user, others): (Vec<_>, Vec<_>) = joined
        .iter()
        .filter(|j| !j.is(CloneFlags::CLONE_NEWNS))
        .partition(|j| j.is(CloneFlags::CLONE_NEWUSER));
    let Some(user) = user.first() else { return others.iter().try_for_each(|j| j.join()) };
    let later: Vec<_> = others.into_iter().filter(|j| j.try_join().is_err()).collect();
    match user.try_join() {
        // It is ours already: the caller runs in the container's user namespace.
        Ok(()) => super::init::become_root()?,
        Err(Errno::EINVAL) if namespace::is_own(user.fd.as_fd(), "user") => {}
        Err(errno) => return Err(user.explain(errno)),
    }
    later.iter().try_for_each(|j| j.join())
}

fn make_time(clocks: &[String]) -> Result<()> {
    unshare(CloneFlags::from_bits_retain(namespace::CLONE_NEWTIME)).map_err(|errno| match errno {
        Errno::EINVAL => Kind::Unsupported.error("this kernel has no time namespaces"),
        other => anyhow::anyhow!("making a time namespace: {}", other.desc()),
    })?;
    if clocks.is_empty() {
        return Ok(());
    }
    super::init::write_proc("self/timens_offsets", &clocks.join("\n"))
        .with_context(|| format!("setting the clocks {}", clocks.join(", ")))
}
