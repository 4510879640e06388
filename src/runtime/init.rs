//! The first process of a container, from its clone to its exec.
//!
//! Runs in a forked copy of the creator (or, when the binary has to be protected from its own user, in a fresh execution of it) and
//! ends in the program or in `_exit`: it never returns into the creator's code.

use std::ffi::OsString;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sched::CloneFlags;
use serde::{Deserialize, Serialize};

use super::network::Ahead;
use super::sources::Sources;
use super::stage::{self, Joined, Route};
use super::sync::{self, Stdio};
use super::{Given, Plan, devices, handover, identity, mounts, process, rootfs, seal};
use crate::cgroups::{Cgroup, Saved};
use crate::error::{Context, Kind, Result};
use crate::sys::clone::{self, Cloned, Parent};
use crate::sys::pty::{self, Size};
use crate::sys::{credentials, fd, net, prctl};

/// What the first process has from its creator.
pub struct Inside<'a> {
    pub plan: &'a Plan,
    pub given: &'a Given<'a>,
    pub joined: &'a [Joined],
    /// It waits for the creator: for its id mapping, for mounts that only the creator can open.
    pub wait_creator: bool,
    /// Its network namespace comes later.
    pub network_later: bool,
    /// It waits for its network to be configured before it sets parameters of it.
    pub wait_configured: bool,
    pub sync: OwnedFd,
}

type Never = std::convert::Infallible;

impl Inside<'_> {
    /// Clones it.
    pub fn clone_by(
        &self,
        route: Route,
        namespaces: CloneFlags,
        cgroup: Option<BorrowedFd<'_>>,
        parents_end: BorrowedFd<'_>,
    ) -> Result<Cloned> {
        let run = |sources| self.run(parents_end, sources);
        match route {
            // The mount namespace and the others in one call: with a new user namespace they belong to it.
            Route::Direct => clone::fork_into(namespaces, cgroup, Parent::This, || run(Sources::default()))
                .map_err(|errno| super::explain_clone(namespaces, errno)),
            Route::Between { maps } => {
                stage::clone(self.plan, namespaces, maps, self.joined, cgroup, || run(Sources::default()))
            }
            Route::Nested => stage::nested(self.plan, self.given.within, namespaces, cgroup, run),
        }
    }

    /// Entered by the clone. Gives the exit code if the program could not be executed.
    fn run(&self, parents_end: BorrowedFd<'_>, sources: Sources) -> i32 {
        // Our copy of the creator's end would keep the socket open when the creator dies.
        fd::close_in_child(parents_end);
        let Err(error) = self.first_steps(sources);
        sync::fail(self.sync.as_fd(), &error);
        1
    }

    fn first_steps(&self, mut sources: Sources) -> Result<Never> {
        prctl::die_with_parent().context("tying the process to its creator")?;
        prctl::set_dumpable(true).context("setting the process dumpable")?;
        nix::unistd::setsid().context("starting a session")?;
        if self.wait_creator {
            sources.receive(self.plan, sync::wait_go(self.sync.as_fd())?);
            if self.given.cgroup.is_some_and(Cgroup::needs_add)
                && self.plan.makes(CloneFlags::CLONE_NEWCGROUP)
            {
                nix::sched::unshare(CloneFlags::CLONE_NEWCGROUP).context("making a cgroup namespace")?;
            }
            if self.plan.in_user_namespace() {
                become_root()?;
            }
        }
        if let Some(mount) = self.joined.iter().find(|j| j.is(CloneFlags::CLONE_NEWNS)) {
            mount.join()?;
        }
        if self.plan.in_user_namespace() && seal::is_writable() {
            return reexec(self, &sources);
        }
        let later = Later {
            listener: self.given.listener.as_ref().map(AsFd::as_fd),
            cgroups: self.given.cgroup.map(Cgroup::saved),
            network: self.network_later,
            configured: self.wait_configured,
        };
        set_up(self.plan, sources, &self.given.stdio, self.sync.as_fd(), later)
    }
}

pub fn become_root() -> Result<()> {
    credentials::become_root().context("becoming root of the user namespace")
}

/// What is needed on the way.
#[derive(Clone, Copy)]
struct Later<'a> {
    /// Where it waits to be started.
    listener: Option<BorrowedFd<'a>>,
    /// The container's own cgroups, to be shown to it.
    cgroups: Option<&'a Saved>,
    /// The network namespace comes from the creator.
    network: bool,
    /// The creator says when it has configured that.
    configured: bool,
}

/// Builds the container's world around this process and executes the program.
fn set_up(
    plan: &Plan,
    sources: Sources,
    stdio: &Stdio,
    socket: BorrowedFd<'_>,
    given: Later<'_>,
) -> Result<Never> {
    let Later { listener, cgroups, network, configured } = given;
    let mut ahead = if network { Ahead::from(socket) } else { Ahead::default() };
    let init = plan.process.init.then(seal::running_binary).transpose()?;
    plan.process.treatment.label()?;
    if plan.in_user_namespace() {
        process::look_at_groups();
    }
    if let Some(score) = plan.process.oom_score_adj {
        set_oom_score(score, socket)?;
    }
    if plan.makes(CloneFlags::CLONE_NEWNET) && !network {
        net::socket()
            .and_then(|socket| net::loopback_up(&socket))
            .context("bringing the loopback interface up")?;
    }
    set_names(plan)?;
    if !plan.keep_keyring {
        leave_keyring()?;
    }
    let root = if plan.has_mounts() {
        mounts::build(plan, sources, cgroups, &mut ahead)?
    } else {
        rootfs::bare_root(&plan.rootfs)?
    };
    ahead.enter()?;
    if configured {
        sync::wait_go(socket)?;
    }
    identity::add_users(&root, &plan.passwd)?;
    devices::populate(&root, plan).context("making /dev")?;
    if plan.hooks.before_pivot() {
        sync::hooks(socket)?;
        plan.hooks.run(&plan.hooks.create_container, "creating", std::process::id() as i32)?;
    }
    // After the hooks: those may bring the network interfaces that a sysctl is for.
    set_sysctls(plan)?;
    mounts::make_readonly(&root, &plan.readonly_paths)?;
    mounts::mask(&root, &plan.masked_paths)?;
    let terminal = match stdio {
        Stdio::Terminal(size) => Some(open_terminal(&root, *size, socket)?),
        Stdio::Streams(_) => None,
    };
    if plan.has_mounts() {
        mounts::pivot(&root, &plan.rootfs, plan.no_pivot)?;
    } else {
        mounts::chroot(&root)?;
    }
    drop(root);
    let fds = match (stdio, &terminal) {
        (Stdio::Streams(fds), _) => fds.each_ref().map(AsFd::as_fd),
        (Stdio::Terminal(_), Some(terminal)) => [terminal.as_fd(); 3],
        (Stdio::Terminal(_), None) => unreachable!("opened above"),
    };
    process::set_stdio(fds, terminal.is_some())?;
    let ready = process::prepare(&plan.process, init, socket)?;
    await_start(plan, ready, socket, listener)
}

/// Waits for the word and becomes the program.
fn await_start(
    plan: &Plan,
    ready: process::Ready,
    socket: BorrowedFd<'_>,
    listener: Option<BorrowedFd<'_>>,
) -> Result<Never> {
    let connection;
    let socket = if let Some(listener) = listener {
        // We may wait for long: no lock and no directory of our creator's may stay open with us.
        let kept: Vec<_> = [Some(socket), Some(listener), ready.init()].into_iter().flatten().collect();
        fd::close_all_in_child(3 + plan.process.preserve_fds as i32, &kept).context("closing descriptors")?;
        prctl::outlive_parent().context("letting the process outlive its creator")?;
        if !plan.in_user_namespace() {
            // Containers that share our pid namespace must not find our creator's memory here. (In a user namespace of our own the change of
            // ids has seen to that, and an ordinary user could let no program in before the start.)
            prctl::set_dumpable(false).context("closing the process to others")?;
        }
        sync::ready(socket)?;
        connection = sync::wait_start(listener)?;
        // Nobody can come a second time, and whoever waits in line is told.
        fd::close_in_child(listener);
        connection.as_fd()
    } else {
        sync::ready(socket)?;
        sync::wait_go(socket)?;
        socket
    };
    let started = plan
        .hooks
        .run(&plan.hooks.start_container, "created", std::process::id() as i32)
        .and_then(|()| ready.exec(&plan.process, socket));
    let Err(error) = started;
    if listener.is_some() {
        // The creator is long gone: who hears it is the one who started us.
        sync::fail(socket, &error);
        return Kind::Exit(1).err("told already");
    }
    Err(error)
}

/// The caller's session keyring may hold secrets.
fn leave_keyring() -> Result<()> {
    match prctl::new_session_keyring(c"dhow") {
        // A kernel without keyrings, or a filter around us that forbids them: then there is nothing to reach.
        Ok(()) | Err(nix::errno::Errno::ENOSYS | nix::errno::Errno::EPERM | nix::errno::Errno::EDQUOT) => {
            Ok(())
        }
        Err(e) => Err(e).context("making a session keyring"),
    }
}

fn open_terminal(root: &super::root::Root, size: Option<Size>, socket: BorrowedFd<'_>) -> Result<OwnedFd> {
    let (master, terminal) = devices::console(root)?;
    if let Some(size) = size {
        pty::set_size(terminal.as_fd(), size).context("setting the terminal's size")?;
    }
    sync::terminal(socket, master.as_fd())?;
    Ok(terminal)
}

fn set_names(plan: &Plan) -> Result<()> {
    if let Some(hostname) = &plan.hostname
        && plan.makes(CloneFlags::CLONE_NEWUTS)
    {
        nix::unistd::sethostname(hostname).with_context(|| format!("setting the host name {hostname:?}"))?;
    }
    if let Some(domain) = &plan.domainname
        && plan.makes(CloneFlags::CLONE_NEWUTS)
    {
        crate::sys::net::set_domain_name(domain)
            .with_context(|| format!("setting the domain name {domain:?}"))?;
    }
    Ok(())
}

/// Written through the host's /proc, which no container can have put anything into (CVE-2025-52881).
pub fn set_oom_score(score: i32, socket: BorrowedFd<'_>) -> Result<()> {
    match write_proc("self/oom_score_adj", &score.to_string()) {
        Err(e) if e.raw_os_error() == Some(libc::EACCES) || e.raw_os_error() == Some(libc::EPERM) => {
            sync::warn(
                socket,
                &format!("oom_score_adj can't be lowered to {score} on this host: left as it is"),
            );
            Ok(())
        }
        other => other.context("setting oom_score_adj"),
    }
}

fn set_sysctls(plan: &Plan) -> Result<()> {
    for (key, value) in &plan.sysctls {
        write_proc(&format!("sys/{}", key.replace('.', "/")), value)
            .with_context(|| format!("setting the sysctl {key}={value}"))?;
    }
    Ok(())
}

pub fn write_proc(path: &str, value: &str) -> std::io::Result<()> {
    std::fs::OpenOptions::new().write(true).open(format!("/proc/{path}"))?.write_all(value.as_bytes())
}

/// What a fresh execution of the binary needs to go on.
#[derive(Serialize, Deserialize)]
struct Handover {
    plan: Plan,
    streams: handover::Streams,
    /// Mounts that were opened outside.
    sources: Vec<i32>,
    socket: i32,
    listener: Option<i32>,
    configured: bool,
}

/// Goes on as the role `container`, sealed by a mount in the container's own mount namespace.
fn reexec(inside: &Inside<'_>, sources: &Sources) -> Result<Never> {
    let Inside { plan, given, sync, .. } = inside;
    let socket = sync.as_fd();
    let mut kept = given.stdio.as_fds();
    kept.extend(sources.as_fds());
    kept.extend(given.listener.as_ref().map(AsFd::as_fd));
    kept.push(socket);
    let handover = Handover {
        plan: (*plan).clone(),
        configured: inside.wait_configured,
        streams: handover::Streams::of(&given.stdio),
        sources: sources.as_fds().iter().map(AsRawFd::as_raw_fd).collect(),
        socket: socket.as_raw_fd(),
        listener: given.listener.as_ref().map(AsRawFd::as_raw_fd),
    };
    handover::reexec("container", &handover, &kept, &plan.process.passed)
}

/// The role `container`: goes on where [`reexec`] left.
pub fn role(args: &[OsString]) -> Result<u8> {
    let [number] = args else { return Kind::Invalid.err("the role container takes a descriptor") };
    let handover: Handover = handover::unpack(number)?;
    let socket = handover::adopt(handover.socket)?;
    let listener = handover.listener.map(handover::adopt).transpose()?;
    let stdio = handover.streams.adopt()?;
    let mut sources = Sources::default();
    let given = handover.sources.into_iter().map(handover::adopt).collect::<Result<_>>()?;
    sources.receive(&handover.plan, given);
    // An ordinary user's container, for which version 1 has no place.
    let later = Later {
        listener: listener.as_ref().map(AsFd::as_fd),
        cgroups: None,
        network: false,
        configured: handover.configured,
    };
    // Cleared by the change of credentials before.
    prctl::die_with_parent().context("tying the process to its monitor")?;
    let Err(error) = set_up(&handover.plan, sources, &stdio, socket.as_fd(), later);
    sync::fail(socket.as_fd(), &error);
    Ok(1)
}
