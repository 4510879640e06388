//! From an OCI Spec and a bundle to a process. Knows nothing of images, names or monitors, which is what lets other engines drive it.
//!
//! [`Plan`] is pure and refuses what can't be done before anything was started; [`create`] clones the container's first process, which
//! builds its world and then waits; [`Created::start`] lets it become the program.

mod cgroup_mounts;
pub mod copy_up;
pub mod device;
mod devices;
mod ephemeral;
mod file_systems;
mod foreign;
pub mod handover;
pub mod hooks;
mod identity;
pub mod init;
pub mod join;
mod mount_options;
pub mod mounts;
mod net_devices;
mod network;
pub mod overlay;
mod plan;
mod process;
pub mod reaper;
pub mod root;
mod rootfs;
pub mod seal;
mod seccomp;
pub mod shortcut;
pub mod sources;
mod stage;
pub mod subpath;
mod sync;
mod treatment;
mod view;
mod world;

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sched::CloneFlags;

pub use hooks::{ContainerInfo, Hooks, memory_file};
pub use identity::{Identity, UserSpec};
pub use mount_options::names as mount_option_names;
pub use plan::{Extras, Plan, PlannedMount, PlannedProcess, Rootfs, SourceDetail, host_nodes_come_with};
pub use process::capability_names;
pub use reaper::head as init_role;
pub use root::Root;
pub use seccomp::{Listener as SeccompListener, Program as SeccompProgram};
pub use sync::{FromInit, Stdio, Sync};
pub use treatment::{has_apparmor, has_selinux};
pub use view::{View, merged};
pub use world::{Blueprint, World};

use crate::cgroups::Cgroup;
use crate::error::{Context, Result};
use crate::sys::clone::Cloned;
use crate::sys::{pidfd, socket};
use sources::Sources;
use stage::Route;

/// A container whose world is made and whose program has not started. Dropping it kills it.
#[derive(Debug)]
pub struct Created {
    process: Option<Cloned>,
    sync: Sync,
    /// Who gets the notifications of its seccomp filter.
    listener: Option<SeccompListener>,
    /// The container's first process, where this is another.
    first: Option<i32>,
    /// Its world may not be complete yet.
    pending: bool,
    /// The master side of the container's terminal.
    pub terminal: Option<OwnedFd>,
    /// What could not be had on this host, a sentence each.
    pub warnings: Vec<String>,
}

/// A container whose program runs.
#[derive(Debug)]
pub struct Running {
    /// As the host sees it.
    pub pid: i32,
    pub pidfd: OwnedFd,
    /// What could not be had on this host, a sentence each.
    pub warnings: Vec<String>,
}

/// What a container's first process gets from its creator beside the plan.
#[derive(Debug)]
pub struct Given<'a> {
    /// The cgroup that it starts in.
    pub cgroup: Option<&'a Cgroup>,
    pub stdio: Stdio,
    /// Where it waits to be started, by [`start`] in another process; without one by [`Created::start`].
    pub listener: Option<OwnedFd>,
    pub configure: Option<Configure<'a>>,
    /// What the creator has to do before the program may start, and does while the first process builds its world.
    pub meanwhile: Meanwhile<'a>,
    /// The user namespace that the container's new one is to be within; its mapping counts ids as that one does.
    pub within: Option<BorrowedFd<'a>>,
}

/// Anything that has to do with no namespace.
pub struct Meanwhile<'a>(pub &'a dyn Fn() -> Result<()>);

impl std::fmt::Debug for Meanwhile<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Meanwhile")
    }
}

/// What the creator does to the container from outside, while the first process builds its world.
pub enum Configure<'a> {
    /// Given its network namespace.
    Network(&'a dyn Fn(BorrowedFd<'_>) -> Result<()>),
    /// Given its first process.
    Process(&'a dyn Fn(i32) -> Result<()>),
}

impl Configure<'_> {
    /// `network`: if it is open already.
    fn run(&self, pid: i32, network: Option<BorrowedFd<'_>>) -> Result<()> {
        match (self, network) {
            (Self::Process(configure), _) => configure(pid),
            (Self::Network(configure), Some(network)) => configure(network),
            (Self::Network(configure), None) => configure(network_of(pid)?.as_fd()),
        }
    }
}

fn network_of(pid: i32) -> Result<OwnedFd> {
    let path = format!("/proc/{pid}/ns/net");
    std::fs::File::open(&path).map(OwnedFd::from).with_context(|| format!("opening {path}"))
}

impl std::fmt::Debug for Configure<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Configure")
    }
}

/// Clones the first process of a container and waits until it is ready. The caller has one thread.
pub fn create(plan: &Plan, given: Given<'_>) -> Result<Created> {
    let mut created = begin(plan, given)?;
    created.wait_ready(Some(plan))?;
    Ok(created)
}

/// The same without waiting where nothing comes of the first process that is needed before the start: what it says is heard then. Its
/// terminal, hooks and notifications of its filter are waited for.
pub fn create_ahead(plan: &Plan, given: Given<'_>) -> Result<Created> {
    let awaited = matches!(given.stdio, Stdio::Terminal(_))
        || plan.hooks.before_pivot()
        || plan.process.listener.is_some();
    let mut created = begin(plan, given)?;
    if awaited {
        created.wait_ready(Some(plan))?;
    }
    Ok(created)
}

fn begin(plan: &Plan, given: Given<'_>) -> Result<Created> {
    plan.process.treatment.check()?;
    if plan.mount_label.is_some() && !has_selinux() {
        return crate::error::Kind::Unsupported.err("linux.mountLabel: SELinux is not enabled on this host");
    }
    let (ours, theirs) = socket::pair().context("making a socket pair")?;
    let theirs = plan.process.above_passed(theirs)?;
    let joined = stage::open(&plan.joined)?;
    let route = Route::of(plan, given.within.is_some());
    let maps = plan.mapping.as_ref().filter(|_| route.creator_maps());
    // A process that still has to be moved makes its cgroup namespace afterwards, as that shows the cgroups of the moment.
    let moved = given.cgroup.filter(|c| c.needs_add());
    let home = given.cgroup.and_then(Cgroup::clone_fd);
    let beside = network::Beside::plan(plan, route, given.configure.as_ref())?;
    let mut namespaces = plan.namespaces();
    if beside.is_some() {
        namespaces.remove(CloneFlags::CLONE_NEWNET);
    }
    namespaces.set(CloneFlags::CLONE_NEWCGROUP, plan.makes(CloneFlags::CLONE_NEWCGROUP) && moved.is_none());
    // Kernel parameters of an interface can be set once it is there.
    let of_interface =
        |key: &str| key.starts_with("net.") && (key.contains(".conf.") || key.contains(".neigh."));
    let configured_first = given.configure.is_some() && plan.sysctls.iter().any(|(key, _)| of_interface(key));
    // As long as it waits, it is certainly not closed to us yet.
    let opens_network = beside.is_none() && matches!(given.configure, Some(Configure::Network(_)));
    let wait_creator = opens_network
        || maps.is_some()
        || route == Route::Nested
        || Sources::are_needed(plan)
        || moved.is_some()
        || !plan.net_devices.is_empty();
    let inside = init::Inside {
        plan,
        given: &given,
        joined: &joined,
        wait_creator,
        network_later: beside.is_some(),
        wait_configured: configured_first,
        sync: theirs,
    };
    let process = inside.clone_by(route, namespaces, home, ours.as_fd())?;
    drop(inside.sync);
    drop(given.stdio);
    let mut created = Created::new(process, ours, plan.process.listener.clone(), None);
    if let Some(mapping) = maps {
        mapping.apply(created.pid())?;
    }
    net_devices::move_all(&plan.net_devices, created.pid())?;
    if let Some(cgroup) = moved {
        cgroup.add(created.pid())?;
    }
    let network = opens_network.then(|| network_of(created.pid())).transpose()?;
    if wait_creator {
        created.release(plan)?;
    }
    if let Err(error) = created.network((network, beside), given.configure.as_ref(), configured_first) {
        // One that is gone has said why.
        let gone = error.root_cause().downcast_ref() == Some(&nix::errno::Errno::EPIPE);
        return Err(gone.then(|| created.wait_ready(None).err()).flatten().unwrap_or(error));
    }
    (given.meanwhile.0)()?;
    Ok(created)
}

fn explain_clone(namespaces: CloneFlags, errno: nix::errno::Errno) -> crate::error::Error {
    use crate::error::Kind;
    let user = namespaces.contains(CloneFlags::CLONE_NEWUSER);
    match errno {
        nix::errno::Errno::EPERM if user => Kind::Forbidden.error(
            "this host does not let ordinary users make user namespaces; `dhow doctor` says how to allow it",
        ),
        nix::errno::Errno::ENOSPC => Kind::Unavailable
            .error("no more namespaces can be made: a limit in /proc/sys/user/max_*_namespaces is reached"),
        other => anyhow::anyhow!("making the container's namespaces: {}", other.desc()),
    }
}

impl Created {
    fn new(process: Cloned, socket: OwnedFd, listener: Option<SeccompListener>, first: Option<i32>) -> Self {
        let sync = Sync::new(socket);
        let (terminal, warnings) = (None, Vec::new());
        Self { process: Some(process), sync, listener, first, pending: true, terminal, warnings }
    }

    /// Makes its network namespace, if that is left to us, and configures it. `awaited`: it waits for that.
    fn network(
        &self,
        (mut network, beside): (Option<OwnedFd>, Option<network::Beside>),
        configure: Option<&Configure<'_>>,
        awaited: bool,
    ) -> Result<()> {
        if let Some(beside) = beside {
            let made = beside.make()?;
            self.sync.give(&[made.as_fd()])?;
            self.sync.go()?;
            network = Some(made);
        }
        if let Some(configure) = configure {
            configure.run(self.pid(), network.as_ref().map(AsFd::as_fd))?;
        }
        // (Kept longer, our descriptor would keep the network after the container's end.)
        if awaited { self.sync.go() } else { Ok(()) }
    }

    fn told_of_listener(&self, notifications: &OwnedFd) -> Result<()> {
        let status = if self.first.is_some() { "running" } else { "creating" };
        let listener = self.listener.as_ref().context("a seccomp filter notifies that was not to")?;
        listener.send(notifications.as_fd(), self.pid(), self.first.unwrap_or(self.pid()), status)
    }

    pub fn pid(&self) -> i32 {
        self.process.as_ref().expect("taken only by start").pid
    }

    /// Lets the first process, which waits for its id mapping, go on with what only we can open for it.
    fn release(&self, plan: &Plan) -> Result<()> {
        if Sources::are_needed(plan) {
            let namespace = format!("/proc/{}/ns/user", self.pid());
            let namespace =
                std::fs::File::open(namespace).context("opening the container's user namespace")?;
            self.sync.give(&Sources::open(plan, namespace.as_fd())?.as_fds())?;
        }
        self.sync.go()
    }

    fn wait_ready(&mut self, plan: Option<&Plan>) -> Result<()> {
        loop {
            match self.sync.next()? {
                FromInit::Warning(text) => self.warnings.push(text),
                FromInit::Terminal(master) => self.terminal = Some(master),
                FromInit::Hooks => {
                    let hooks = &plan.context("hooks of a process that joins a container")?.hooks;
                    hooks.run(&hooks.create_runtime, "creating", self.pid())?;
                    self.sync.go()?;
                }
                FromInit::Listener(notifications) => self.told_of_listener(&notifications)?,
                FromInit::Ready => {
                    self.pending = false;
                    return Ok(());
                }
                FromInit::Failed(error) => return Err(error),
                FromInit::Gone => anyhow::bail!("the container's first process died while it was set up"),
                other @ (FromInit::Process(_) | FromInit::Known(_)) => {
                    anyhow::bail!("unexpected message of the container's first process: {other:?}")
                }
            }
        }
    }

    /// Lets the program start. Fails with the program's error if it can't be executed.
    pub fn start(mut self) -> Result<Running> {
        // Before it is ready, if need be: it finds the word when it comes to that.
        let sent = self.sync.go();
        if self.pending {
            // If it has failed, that is what there is to tell.
            self.wait_ready(None)?;
        }
        sent?;
        self.sync.wait_exec(|notifications| self.told_of_listener(notifications))?;
        Ok(self.leave())
    }

    /// Leaves the container to be started through its listener; answers its first process, our child, of which we know no more then.
    pub fn leave(mut self) -> Running {
        let process = self.process.take().expect("taken only here");
        Running { pid: process.pid, pidfd: process.pidfd, warnings: std::mem::take(&mut self.warnings) }
    }
}

/// Starts the program of a container that was left to it, its first process being `pid`. `connection` is one to its listener.
pub fn start(connection: OwnedFd, pid: i32, listener: Option<&SeccompListener>) -> Result<()> {
    let sync = Sync::new(connection);
    sync.go()?;
    sync.wait_exec(|notifications| {
        let listener = listener.context("a seccomp filter notifies that was not to")?;
        listener.send(notifications.as_fd(), pid, pid, "created")
    })
}

impl Drop for Created {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            // Not started, or failed: nobody may be left behind. It is our child, so the pid can't mean another.
            let _ = pidfd::send_signal(process.pidfd.as_fd(), libc::SIGKILL);
            let _ = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(process.pid), None);
        }
    }
}
