//! A further process in a running container (`exec`): joins its namespaces by a descriptor of its first process.
//!
//! The caller is a single-threaded role that runs from the sealed binary. It joins the user namespace first, then the pid namespace (which
//! holds for its children only), and the child does the rest: one fork.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sched::{CloneFlags, setns};
use nix::sys::stat::Mode;

use super::plan::PlannedProcess;
use super::root::Root;
use super::sync::{self, Stdio};
use super::{Created, devices, process, seal, stage};
use crate::error::{Context, Kind, Result};
use crate::sys::clone::{self, Parent};
use crate::sys::{fd, namespace, prctl, pty, sched, socket};

/// Starts a process in the container of `first`, in the namespaces given (those that the container does not share with the caller).
/// It waits for [`Created::start`].
pub fn create(
    first: BorrowedFd<'_>,
    namespaces: CloneFlags,
    process: &PlannedProcess,
    cgroup: Option<BorrowedFd<'_>>,
    stdio: Stdio,
    first_pid: i32,
) -> Result<Created> {
    process.treatment.check()?;
    if let [Some(processors), _] = &process.treatment.affinity {
        // Inherited by the process, which is in the container's cgroup from its first instruction.
        set_affinity(processors)?;
    }
    let (ours, theirs) = socket::pair().context("making a socket pair")?;
    let body = |rest: CloneFlags| {
        fd::close_in_child(ours.as_fd());
        let Err(error) = inside(first, rest, process, &stdio, theirs.as_fd());
        sync::fail(theirs.as_fd(), &error);
        1
    };
    let child = if namespaces.contains(CloneFlags::CLONE_NEWUSER) {
        // The caller stays what it is: inside it could reach nothing of its own any more.
        stage::between(None, cgroup, |_| {
            let rest = enter(first, namespaces)?;
            clone::fork_into(CloneFlags::empty(), None, Parent::Ours, || body(rest))
                .context("starting a process in the container")
        })?
    } else {
        let outer = namespaces & CloneFlags::CLONE_NEWPID;
        if !outer.is_empty() {
            join(first, outer)?;
        }
        clone::fork_into(CloneFlags::empty(), cgroup, Parent::This, || body(namespaces - outer))
            .context("starting a process in the container")?
    };
    drop(theirs);
    drop(stdio);
    let mut created = Created::new(child, ours, process.listener.clone(), Some(first_pid));
    created.wait_ready(None)?;
    Ok(created)
}

fn set_affinity(processors: &[u32]) -> Result<()> {
    sched::set_affinity(processors).context("setting process.execCPUAffinity")
}

/// Joins the user namespace and the pid namespace, and before them what belongs to neither: namespaces that the container has from
/// outside can't be joined from within. Answers what is left.
fn enter(first: BorrowedFd<'_>, namespaces: CloneFlags) -> Result<CloneFlags> {
    let (user, pid) = (CloneFlags::CLONE_NEWUSER, CloneFlags::CLONE_NEWPID);
    let mut rest = namespaces - user - pid;
    for flag in rest - CloneFlags::CLONE_NEWNS {
        if setns(first, flag).is_ok() {
            rest.remove(flag);
        }
    }
    join(first, user)?;
    if namespaces.contains(pid) {
        join(first, pid)?;
    }
    Ok(rest)
}

/// The namespaces in which a process is and this one is not.
pub fn foreign_namespaces(pid: i32) -> Result<CloneFlags> {
    let identity = |of: &str, name: &str| {
        let path = format!("/proc/{of}/ns/{name}");
        match nix::sys::stat::stat(path.as_str()) {
            Ok(stat) => Ok(Some((stat.st_dev, stat.st_ino))),
            // A kind that this kernel doesn't have.
            Err(Errno::ENOENT) if of == "self" => Ok(None),
            Err(Errno::ENOENT | Errno::ESRCH) => Kind::Conflict.err("the container is not running any more"),
            Err(e) => Err(e).with_context(|| format!("looking at {path}")),
        }
    };
    let mut found = CloneFlags::empty();
    for (name, flag) in namespace::KINDS {
        if let Some(own) = identity("self", name)?
            && Some(own) != identity(&pid.to_string(), name)?
        {
            found |= CloneFlags::from_bits_retain(*flag);
        }
    }
    Ok(found)
}

/// For an ordinary user, who is root in his container and could write to the binary from there: joins the user namespace and executes
/// this command line again from a sealed mount, made in a mount namespace of that user namespace.
pub fn seal_inside(first: BorrowedFd<'_>, namespaces: CloneFlags, variable: (&str, &Path)) -> Result<()> {
    if namespaces.contains(CloneFlags::CLONE_NEWUSER) && !seal::is_sealed() {
        enter_user_namespace(first)?;
        nix::sched::unshare(CloneFlags::CLONE_NEWNS).context("making a mount namespace")?;
        seal::seal_process(Some(variable))?;
    }
    Ok(())
}

/// Joins the container's user namespace; everything else that is to be joined belongs to it.
pub fn enter_user_namespace(first: BorrowedFd<'_>) -> Result<()> {
    join(first, CloneFlags::CLONE_NEWUSER)
}

fn join(first: BorrowedFd<'_>, namespaces: CloneFlags) -> Result<()> {
    setns(first, namespaces).map_err(|errno| match errno {
        Errno::ESRCH => Kind::Conflict.error("the container is not running any more"),
        other => anyhow::anyhow!("joining the container's namespaces: {}", other.desc()),
    })
}

fn inside(
    first: BorrowedFd<'_>,
    namespaces: CloneFlags,
    planned: &PlannedProcess,
    stdio: &Stdio,
    socket: BorrowedFd<'_>,
) -> Result<std::convert::Infallible> {
    // From here on processes of the container can see us: none may look into our memory and descriptors (CVE-2016-9962).
    prctl::set_dumpable(false).context("closing the process to others")?;
    nix::unistd::setsid().context("starting a session")?;
    // While /proc is still the host's.
    planned.treatment.label()?;
    if let Some(score) = planned.oom_score_adj {
        super::init::set_oom_score(score, socket)?;
    }
    join(first, namespaces)?;
    if let [_, Some(processors)] = &planned.treatment.affinity {
        set_affinity(processors)?;
    }
    // A user namespace that was joined leaves us with the ids of an outsider until we take its root's.
    let root_id = (nix::unistd::Uid::from_raw(0), nix::unistd::Gid::from_raw(0));
    nix::unistd::setresgid(root_id.1, root_id.1, root_id.1).context("becoming the container's root")?;
    nix::unistd::setresuid(root_id.0, root_id.0, root_id.0).context("becoming the container's root")?;
    let terminal = match stdio {
        Stdio::Terminal(size) => Some(open_terminal(*size, socket)?),
        Stdio::Streams(_) => None,
    };
    let fds = match (stdio, &terminal) {
        (Stdio::Streams(fds), _) => [fds[0].as_fd(), fds[1].as_fd(), fds[2].as_fd()],
        (Stdio::Terminal(_), Some(terminal)) => [terminal.as_fd(); 3],
        (Stdio::Terminal(_), None) => unreachable!("opened above"),
    };
    process::set_stdio(fds, terminal.is_some())?;
    let ready = process::prepare(planned, None, socket)?;
    sync::ready(socket)?;
    sync::wait_go(socket)?;
    ready.exec(planned, socket)
}

/// A terminal of the container's devpts. /dev/console stays the one of the first process.
fn open_terminal(size: Option<pty::Size>, socket: BorrowedFd<'_>) -> Result<OwnedFd> {
    let root = nix::fcntl::open("/", OFlag::O_PATH | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC, Mode::empty())
        .context("opening /")?;
    let master = devices::open_multiplexer(&Root::new(root), Path::new("/dev/pts/ptmx"))?;
    let terminal = pty::open_peer(master.as_fd()).context("opening the terminal")?;
    if let Some(size) = size {
        pty::set_size(terminal.as_fd(), size).context("setting the terminal's size")?;
    }
    sync::terminal(socket, master.as_fd())?;
    Ok(terminal)
}
