//! The first process of a container, from its clone to its exec.
//!
//! Runs in a forked copy of the creator (or, when the binary has to be protected from its own user, in a fresh execution of it) and
//! ends in the program or in `_exit`: it never returns into the creator's code.

use std::ffi::OsString;
use std::io::Write;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sched::CloneFlags;
use serde::{Deserialize, Serialize};

use super::sources::Sources;
use super::sync::{self, Stdio};
use super::{Plan, devices, mounts, process, seal};
use crate::error::{Context, Kind, Result};
use crate::sys::clone::{self, ExecStrings};
use crate::sys::pty::{self, Size};
use crate::sys::{fd, net, prctl};

/// Entered by the clone. Gives the exit code if the program could not be executed. `moved`: the creator puts this process into cgroups
/// first.
pub fn after_clone(
    plan: &Plan,
    stdio: &Stdio,
    moved: bool,
    socket: BorrowedFd<'_>,
    parents_end: BorrowedFd<'_>,
) -> i32 {
    match first_steps(plan, stdio, moved, socket, parents_end) {
        Ok(never) => match never {},
        Err(error) => {
            sync::fail(socket, &error);
            1
        }
    }
}

type Never = std::convert::Infallible;

fn first_steps(
    plan: &Plan,
    stdio: &Stdio,
    moved: bool,
    socket: BorrowedFd<'_>,
    parents_end: BorrowedFd<'_>,
) -> Result<Never> {
    // Our copy of the creator's end would keep the socket open when the creator dies.
    fd::close_in_child(parents_end);
    prctl::die_with_parent().context("tying the process to its monitor")?;
    prctl::set_dumpable(true).context("setting the process dumpable")?;
    nix::unistd::setsid().context("starting a session")?;
    let mut sources = Sources::default();
    if plan.mapping.is_some() || moved {
        sources = Sources::received(sync::wait_go(socket)?);
    }
    if moved && plan.makes(CloneFlags::CLONE_NEWCGROUP) {
        nix::sched::unshare(CloneFlags::CLONE_NEWCGROUP).context("making a cgroup namespace")?;
    }
    if plan.mapping.is_some() {
        become_root()?;
        if seal::is_writable() {
            return reexec(plan, stdio, socket);
        }
    }
    let streams = match stdio {
        Stdio::Streams(fds) => Streams::Given([fds[0].as_fd(), fds[1].as_fd(), fds[2].as_fd()]),
        Stdio::Terminal(size) => Streams::Terminal(*size),
    };
    set_up(plan, sources, streams, socket)
}

fn become_root() -> Result<()> {
    use nix::unistd::{Gid, Uid, setresgid, setresuid};
    let (uid, gid) = (Uid::from_raw(0), Gid::from_raw(0));
    setresgid(gid, gid, gid).context("becoming root of the user namespace")?;
    setresuid(uid, uid, uid).context("becoming root of the user namespace")
}

enum Streams<'a> {
    Given([BorrowedFd<'a>; 3]),
    Terminal(Option<Size>),
}

/// Builds the container's world around this process and executes the program.
fn set_up(plan: &Plan, sources: Sources, streams: Streams<'_>, socket: BorrowedFd<'_>) -> Result<Never> {
    let init = plan.process.init.then(seal::running_binary).transpose()?;
    if let Some(score) = plan.process.oom_score_adj {
        set_oom_score(score, socket)?;
    }
    if plan.makes(CloneFlags::CLONE_NEWNET) {
        net::loopback_up().context("bringing the loopback interface up")?;
    }
    set_names(plan)?;
    // The caller's session keyring may hold secrets.
    match prctl::new_session_keyring(c"dhow") {
        // A kernel without keyrings, or a filter around us that forbids them: then there is nothing to reach.
        Ok(()) | Err(nix::errno::Errno::ENOSYS | nix::errno::Errno::EPERM | nix::errno::Errno::EDQUOT) => {}
        Err(e) => return Err(e).context("making a session keyring"),
    }
    let root = mounts::build(plan, sources)?;
    devices::populate(&root, &plan.devices, plan.mapping.is_some()).context("making /dev")?;
    set_sysctls(plan)?;
    mounts::make_readonly(&root, &plan.readonly_paths)?;
    mounts::mask(&root, &plan.masked_paths)?;
    let terminal = match &streams {
        Streams::Terminal(size) => Some(open_terminal(&root, *size, socket)?),
        Streams::Given(_) => None,
    };
    mounts::pivot(&root, &plan.rootfs)?;
    drop(root);
    let fds = match (&streams, &terminal) {
        (Streams::Given(fds), _) => *fds,
        (Streams::Terminal(_), Some(terminal)) => [terminal.as_fd(); 3],
        (Streams::Terminal(_), None) => unreachable!("opened above"),
    };
    process::set_stdio(fds, terminal.is_some())?;
    let ready = process::prepare(&plan.process, init, socket)?;
    sync::ready(socket)?;
    sync::wait_go(socket)?;
    ready.exec(&plan.process)
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
fn set_oom_score(score: i32, socket: BorrowedFd<'_>) -> Result<()> {
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

fn write_proc(path: &str, value: &str) -> std::io::Result<()> {
    std::fs::OpenOptions::new().write(true).open(format!("/proc/{path}"))?.write_all(value.as_bytes())
}

/// What a fresh execution of the binary needs to go on.
#[derive(Serialize, Deserialize)]
struct Handover {
    plan: Plan,
    /// Descriptor numbers of the streams, or the size of the terminal to open.
    streams: Option<[i32; 3]>,
    size: Option<Size>,
    socket: i32,
}

/// Executes the binary again from a read-only mount of the container's own mount namespace, as the role `container`.
fn reexec(plan: &Plan, stdio: &Stdio, socket: BorrowedFd<'_>) -> Result<Never> {
    let sealed = seal::sealed_binary()?;
    let (streams, size) = match stdio {
        Stdio::Streams(fds) => (Some([fds[0].as_raw_fd(), fds[1].as_raw_fd(), fds[2].as_raw_fd()]), None),
        Stdio::Terminal(size) => (None, *size),
    };
    let handover = Handover { plan: plan.clone(), streams, size, socket: socket.as_raw_fd() };
    let file = super::handover::pack(&handover)?;
    let mut kept = vec![file.as_fd(), socket];
    if let Stdio::Streams(fds) = stdio {
        kept.extend(fds.iter().map(AsFd::as_fd));
    }
    for fd in kept {
        fd::place(fd, fd.as_raw_fd()).context("keeping a descriptor")?;
    }
    let args = [seal::ROLE.to_string(), "container".into(), "-".into(), file.as_raw_fd().to_string()];
    let args = ExecStrings::new(args).expect("no NUL bytes");
    let env = ExecStrings::new::<&str>([]).expect("empty");
    clone::exec_fd(sealed.as_fd(), &args, &env).context("executing the sealed binary")
}

/// The role `container`: goes on where [`reexec`] left.
pub fn role(args: &[OsString]) -> Result<u8> {
    let [number] = args else { return Kind::Invalid.err("the role container takes a descriptor") };
    let handover: Handover = super::handover::unpack(number)?;
    let socket = fd::adopt(handover.socket).context("the creator's socket")?;
    // Cleared by the change of credentials before.
    prctl::die_with_parent().context("tying the process to its monitor")?;
    let result = match handover.streams {
        Some(numbers) => {
            let fds = numbers.map(fd::adopt);
            let [Ok(a), Ok(b), Ok(c)] = &fds else {
                return Kind::Invalid.err("a standard stream is missing");
            };
            set_up(
                &handover.plan,
                Sources::default(),
                Streams::Given([a.as_fd(), b.as_fd(), c.as_fd()]),
                socket.as_fd(),
            )
        }
        None => set_up(&handover.plan, Sources::default(), Streams::Terminal(handover.size), socket.as_fd()),
    };
    let Err(error) = result;
    sync::fail(socket.as_fd(), &error);
    Ok(1)
}
