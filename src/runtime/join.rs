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
use super::sync::{self, Stdio, Sync};
use super::{Created, devices, process};
use crate::cgroups::Cgroup;
use crate::error::{Context, Kind, Result};
use crate::sys::clone::{self, Parent};
use crate::sys::{fd, prctl, pty, socket};

/// Starts a process in the container of `first`, in the namespaces given (those that the container does not share with the host).
/// It waits for [`Created::start`].
pub fn create(
    first: BorrowedFd<'_>,
    namespaces: CloneFlags,
    process: &PlannedProcess,
    cgroup: Option<&Cgroup>,
    stdio: Stdio,
) -> Result<Created> {
    let (ours, theirs) = socket::pair().context("making a socket pair")?;
    let outer = namespaces & CloneFlags::CLONE_NEWPID;
    if outer.contains(CloneFlags::CLONE_NEWPID) {
        join(first, CloneFlags::CLONE_NEWPID)?;
    }
    let child =
        clone::fork_into(CloneFlags::empty(), cgroup.and_then(Cgroup::clone_fd), Parent::This, || {
            fd::close_in_child(ours.as_fd());
            let Err(error) = inside(first, namespaces - outer, process, &stdio, theirs.as_fd());
            sync::fail(theirs.as_fd(), &error);
            1
        })
        .context("starting a process in the container")?;
    drop(theirs);
    drop(stdio);
    let mut created =
        Created { process: Some(child), sync: Sync::new(ours), terminal: None, warnings: Vec::new() };
    if let Some(cgroup) = cgroup {
        // Before its program starts.
        cgroup.add(created.pid())?;
    }
    created.wait_ready()?;
    Ok(created)
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
    join(first, namespaces)?;
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
    ready.exec(planned)
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
