//! A further process in a running container (`exec`): joins its namespaces by a descriptor of its first process.
//!
//! The caller is a single-threaded process that runs from the sealed binary, or that can't be written to by the container. The pid namespace
//! is joined before the fork (it holds for children only), everything else by the child.

use std::convert::Infallible;
use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sched::{CloneFlags, setns};
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};

use super::plan::PlannedProcess;
use super::root::Root;
use super::seccomp::Program as SeccompProgram;
use super::sync::{self, Stdio, Sync};
use super::{Created, devices, handover, mounts, process, seal, stage};
use crate::cgroups::{Cgroup, Saved};
use crate::error::{self, Context, Error, Kind, Result};
use crate::state::file;
use crate::sys::clone::{self, Cloned, Parent};
use crate::sys::{fd, namespace, prctl, pty, sched, socket};

/// Starts a process in the container of `first`, in the namespaces given (those that the container does not share with the caller).
/// It waits for [`Created::start`].
pub fn create(
    first: BorrowedFd<'_>,
    namespaces: CloneFlags,
    process: &PlannedProcess,
    cgroup: Option<&Cgroup>,
    stdio: Stdio,
    first_pid: i32,
) -> Result<Created> {
    process.treatment.check()?;
    if let [Some(processors), _] = &process.treatment.affinity {
        // Inherited by the process, which is in the container's cgroup from its first instruction.
        set_affinity(processors)?;
    }
    let root = if namespaces.contains(CloneFlags::CLONE_NEWNS) { None } else { Some(root_of(first_pid)?) };
    let (ours, theirs) = socket::pair().context("making a socket pair")?;
    let body = |rest: CloneFlags| {
        fd::close_in_child(ours.as_fd());
        let Err(error) = inside((first, root.as_ref()), rest, process, &stdio, theirs.as_fd(), Hold::UntilGo);
        sync::fail(theirs.as_fd(), &error);
        1
    };
    let home = cgroup.and_then(Cgroup::clone_fd);
    let child = if namespaces.contains(CloneFlags::CLONE_NEWUSER) {
        // The caller stays what it is: inside it could reach nothing of its own any more.
        stage::between(None, home, |_| {
            let rest = join_outer(first, namespaces)?;
            clone::fork_into(CloneFlags::empty(), None, Parent::Ours, || body(rest))
                .context("starting a process in the container")
        })?
    } else {
        let outer = namespaces & CloneFlags::CLONE_NEWPID;
        if !outer.is_empty() {
            join(first, outer)?;
        }
        clone::fork_into(CloneFlags::empty(), home, Parent::This, || body(namespaces - outer))
            .context("starting a process in the container")?
    };
    drop(theirs);
    drop(stdio);
    let mut created = Created::new(child, ours, process.listener.clone(), Some(first_pid));
    if let Some(cgroup) = cgroup {
        // Before its program starts.
        cgroup.add(created.pid())?;
    }
    created.wait_ready(None)?;
    Ok(created)
}

/// The root of a container that has no mounts of its own, which joining its namespaces doesn't lead to.
fn root_of(pid: i32) -> Result<Root> {
    mounts::open_path(&PathBuf::from(format!("/proc/{pid}/root"))).map(Root::new)
}

fn set_affinity(processors: &[u32]) -> Result<()> {
    sched::set_affinity(processors).context("setting process.execCPUAffinity")
}

/// Joins the user namespace and the pid namespace, and before them what belongs to neither: namespaces that the container has from
/// outside can't be joined from within. Answers what is left.
fn join_outer(first: BorrowedFd<'_>, namespaces: CloneFlags) -> Result<CloneFlags> {
    let (user, pid) = (CloneFlags::CLONE_NEWUSER, CloneFlags::CLONE_NEWPID);
    let mut rest = namespaces - user - pid;
    for flag in rest - CloneFlags::CLONE_NEWNS {
        if setns(first, flag).is_ok() {
            rest.remove(flag);
        }
    }
    join(first, user)?;
    process::look_at_groups();
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

/// What is to run in a container.
#[derive(Debug, Clone, Copy)]
pub enum Program<'a> {
    Planned(&'a PlannedProcess),
    /// Packed by [`handover::pack`], with the file that the container's filter is in.
    /// `passed`: what the program is to have open from 3 on.
    Packed {
        plan: BorrowedFd<'a>,
        filter: Option<&'a Path>,
        passed: &'a [OwnedFd],
    },
}

impl Program<'_> {
    /// How many descriptors it gets.
    fn passed(self) -> usize {
        match self {
            Self::Planned(process) => process.passed.len(),
            Self::Packed { passed, .. } => passed.len(),
        }
    }

    fn read(self) -> Result<PlannedProcess> {
        match self {
            Self::Planned(process) => Ok(process.clone()),
            Self::Packed { plan, filter, passed } => {
                let mut process: PlannedProcess = handover::read(plan)?;
                process.seccomp = filter.map(read_filter).transpose()?;
                process.passed = passed.iter().map(AsRawFd::as_raw_fd).collect();
                process.preserve_fds = passed.len() as u32;
                Ok(process)
            }
        }
    }
}

/// Never without a filter where there was one: whoever removed it must not get an unfiltered process by that.
fn read_filter(path: &Path) -> Result<SeccompProgram> {
    match file::read_opt(path)?.as_deref().and_then(SeccompProgram::from_bytes) {
        Some(program) => Ok(program),
        None => Kind::Corrupt.err(format!(
            "the container's seccomp filter {} is missing or damaged; restart the container",
            path.display()
        )),
    }
}

/// A program on its way into a container. What becomes of it is told over `sync`.
#[derive(Debug)]
pub struct Entering {
    pub sync: Sync,
    /// The process that becomes the program; `None`: it is announced.
    pub process: Option<Cloned>,
    /// A process that only makes the other.
    pub helper: Option<Cloned>,
    /// Cgroups that the process has to be put into when it is announced.
    pub cgroup: Option<Saved>,
}

/// Lets a program into the container of `first`, in the namespaces given (those that the container does not share with the host), and
/// doesn't wait for it. All processes that come of it are children of this one.
pub fn enter(
    first: BorrowedFd<'_>,
    namespaces: CloneFlags,
    program: Program<'_>,
    cgroup: Option<&Cgroup>,
    stdio: &Stdio,
) -> Result<Entering> {
    let (ours, mut theirs) = socket::pair().context("making a socket pair")?;
    if program.passed() > 0 {
        // Not where the program's own descriptors are placed.
        theirs =
            fd::above(theirs.as_fd(), 3 + program.passed() as i32).context("duplicating a descriptor")?;
    }
    // Those that it can't be born in: its program waits until it is there.
    let moved = cgroup.filter(|c| c.needs_add());
    let fork = |body: &dyn Fn() -> Result<Infallible>| {
        clone::fork_into(CloneFlags::empty(), cgroup.and_then(Cgroup::clone_fd), Parent::This, || {
            fd::close_in_child(ours.as_fd());
            let Err(error) = body();
            sync::fail(theirs.as_fd(), &error);
            1
        })
        .context("starting a process in the container")
    };
    if !nix::unistd::geteuid().is_root() {
        // Only inside the user namespace have we the right to join the others.
        let helper =
            fork(&|| through_user_namespace(first, namespaces, program.read()?, stdio, theirs.as_fd()))?;
        return Ok(Entering {
            sync: Sync::new(ours),
            process: None,
            helper: Some(helper),
            cgroup: moved.map(|c| c.saved().clone()),
        });
    }
    let outer = namespaces & CloneFlags::CLONE_NEWPID;
    let hold = if moved.is_some() { Hold::UntilGo } else { Hold::No };
    // Here, not in the new process: it would have to map all of that code once more, at every exec.
    let planned = program.read()?;
    let body = || inside((first, None), namespaces - outer, &planned, stdio, theirs.as_fd(), hold);
    let process = if outer.is_empty() {
        fork(&body)
    } else {
        let home = File::open("/proc/self/ns/pid").context("opening this process's pid namespace")?;
        join(first, outer)?;
        let process = fork(&body);
        setns(&home, outer).context("returning to this process's pid namespace")?;
        process
    }?;
    let sync = Sync::new(ours);
    if let Some(cgroup) = moved {
        cgroup.add(process.pid)?;
        sync.go()?;
    }
    Ok(Entering { sync, process: Some(process), helper: None, cgroup: None })
}

fn through_user_namespace(
    first: BorrowedFd<'_>,
    namespaces: CloneFlags,
    process: PlannedProcess,
    stdio: &Stdio,
    socket: BorrowedFd<'_>,
) -> Result<Infallible> {
    enter_user_namespace(first)?;
    if seal::is_writable() {
        return reexec(first, namespaces, process, stdio, socket);
    }
    fork_last(first, namespaces, &process, stdio, socket)
}

/// Makes the program's process, as a child of the one who started us, and ends this one.
fn fork_last(
    first: BorrowedFd<'_>,
    namespaces: CloneFlags,
    process: &PlannedProcess,
    stdio: &Stdio,
    socket: BorrowedFd<'_>,
) -> Result<Infallible> {
    process::look_at_groups();
    let outer = namespaces & CloneFlags::CLONE_NEWPID;
    if !outer.is_empty() {
        join(first, outer)?;
    }
    let rest = namespaces - outer - CloneFlags::CLONE_NEWUSER;
    let made = clone::fork_into(CloneFlags::empty(), None, Parent::Ours, || {
        // Its announcement comes first: it must be known before it can end.
        let announced = sync::wait_go(socket);
        let Err(error) =
            announced.and_then(|_| inside((first, None), rest, process, stdio, socket, Hold::No));
        sync::fail(socket, &error);
        1
    })
    .context("starting a process in the container")?;
    sync::process(socket, &made)?;
    clone::exit(0)
}

/// What a fresh execution of the binary needs to go on.
#[derive(Serialize, Deserialize)]
struct Handover {
    process: PlannedProcess,
    first: i32,
    namespaces: i32,
    streams: handover::Streams,
    socket: i32,
}

/// Goes on as the role `join`, sealed. The mount for that is made in a mount namespace of the container's user namespace.
fn reexec(
    first: BorrowedFd<'_>,
    namespaces: CloneFlags,
    process: PlannedProcess,
    stdio: &Stdio,
    socket: BorrowedFd<'_>,
) -> Result<Infallible> {
    nix::sched::unshare(CloneFlags::CLONE_NEWNS).context("making a mount namespace")?;
    let passed = process.passed.clone();
    let handover = Handover {
        process,
        first: first.as_raw_fd(),
        namespaces: namespaces.bits(),
        streams: handover::Streams::of(stdio),
        socket: socket.as_raw_fd(),
    };
    let mut kept = stdio.as_fds();
    kept.extend([first, socket]);
    handover::reexec("join", &handover, &kept, &passed)
}

/// The role `join`: goes on where [`reexec`] left.
pub fn role(args: &[OsString]) -> Result<u8> {
    let [number] = args else { return Kind::Invalid.err("the role join takes a descriptor") };
    let handover: Handover = handover::unpack(number)?;
    let (first, socket) = (handover::adopt(handover.first)?, handover::adopt(handover.socket)?);
    let stdio = handover.streams.adopt()?;
    let namespaces = CloneFlags::from_bits_truncate(handover.namespaces);
    let Err(error) = fork_last(first.as_fd(), namespaces, &handover.process, &stdio, socket.as_fd());
    sync::fail(socket.as_fd(), &error);
    Ok(1)
}

/// Joins the container's user namespace, as its root: another id would lose its rights in an exec, and the user's own need not be mapped
/// there. Everything else that is to be joined belongs to that namespace.
pub fn enter_user_namespace(first: BorrowedFd<'_>) -> Result<()> {
    join(first, CloneFlags::CLONE_NEWUSER)?;
    super::init::become_root()
}

fn join(first: BorrowedFd<'_>, namespaces: CloneFlags) -> Result<()> {
    setns(first, namespaces).map_err(|errno| match errno {
        Errno::ESRCH => Kind::Conflict.error("the container is not running any more"),
        other => anyhow::anyhow!("joining the container's namespaces: {}", other.desc()),
    })
}

/// Whether the program waits to be let go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hold {
    No,
    UntilGo,
}

/// `root`: the container's, where joining its namespaces doesn't lead there.
fn inside(
    (first, root): (BorrowedFd<'_>, Option<&Root>),
    namespaces: CloneFlags,
    planned: &PlannedProcess,
    stdio: &Stdio,
    socket: BorrowedFd<'_>,
    hold: Hold,
) -> Result<Infallible> {
    // From here on processes of the container can see us: none may look into our memory and descriptors (CVE-2016-9962).
    prctl::set_dumpable(false).context("closing the process to others")?;
    nix::unistd::setsid().context("starting a session")?;
    // While /proc is still the host's.
    planned.treatment.label()?;
    if let Some(score) = planned.oom_score_adj {
        super::init::set_oom_score(score, socket)?;
    }
    join(first, namespaces)?;
    root.map_or(Ok(()), mounts::chroot)?;
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
    let ready = process::prepare(planned, None, socket).map_err(cannot_start)?;
    if hold == Hold::UntilGo {
        sync::ready(socket)?;
        sync::wait_go(socket)?;
    }
    ready.exec(planned, socket)
}

/// What was asked for can't be had in there, as a user that the container doesn't know: to whoever asked that is a program that can't be
/// started, with docker's exit code for it.
fn cannot_start(error: Error) -> Error {
    match error::kind_of(&error) {
        Some(Kind::Invalid | Kind::Forbidden) => Kind::CannotStart(126).error(error::one_line(&error)),
        _ => error,
    }
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
