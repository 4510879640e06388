//! The way into a container for a program that is started there again and again, as a check of its health is: what [`super::join`] found
//! out on its way in is kept, and all that is left to do are system calls, made by a child that shares the caller's memory.
//!
//! Nothing is decided here. Whatever isn't as it was, or fails, ends the child before its program; the long way then finds out what is the
//! matter and says so. A program that needs more than the usual always takes the long way.

use std::ffi::CString;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::rc::Rc;

use nix::sched::{CloneFlags, setns};
use nix::unistd::{Gid, Uid};
use serde::{Deserialize, Serialize};

use super::identity::{FILES, Identity};
use super::plan::{PlannedProcess, Rlimit};
use super::process;
use super::treatment::Treatment;
use crate::cgroups::Cgroup;
use crate::error::{Context, Result};
use crate::sys::clone::{Cloned, ExecStrings};
use crate::sys::rlimit::descriptors_before;
use crate::sys::script::{Running, Script, Seen, Step};
use crate::sys::{prctl, signal};

/// What the long way found out, and by which files.
#[derive(Debug, Serialize, Deserialize)]
pub struct Known {
    pub identity: Identity,
    pub files: Vec<Seen>,
}

impl Known {
    /// The user database of this process's root, before it is read. `None` if it may change unseen.
    pub fn files() -> Option<Vec<Seen>> {
        FILES.iter().map(|path| Seen::now(CString::new(*path).ok()?)).collect()
    }
}

/// Into one container, for one program.
#[derive(Debug)]
pub struct Shortcut {
    script: Rc<Script>,
    null: File,
    /// The container's first process, and the namespaces that are joined before the child is made, with the way back.
    first: OwnedFd,
    outer: CloneFlags,
    home: File,
}

/// Who may trace others could write to the caller's memory by the child.
const CAP_SYS_PTRACE: u64 = 1 << 19;

impl PlannedProcess {
    /// Whether nothing is asked for its program that a [`Shortcut`] has no step for.
    pub fn is_plain(&self) -> bool {
        let asks = self.terminal
            || self.make_cwd
            || self.init
            || self.dies_with_parent
            || self.listener.is_some()
            || self.oom_score_adj.is_some();
        let sets = self.capabilities;
        let all = sets.bounding | sets.permitted | sets.ambient | sets.inheritable;
        !asks && self.passed.is_empty() && self.treatment == Treatment::default() && all & CAP_SYS_PTRACE == 0
    }
}

impl Shortcut {
    /// For a process that [`PlannedProcess::is_plain`], in the container of `first`, whose namespaces of its own are these; `None` where
    /// the long way has to be taken. From now on the caller isn't dumpable.
    pub fn new(
        first: BorrowedFd<'_>,
        namespaces: CloneFlags,
        process: &PlannedProcess,
        known: Known,
    ) -> Result<Option<Self>> {
        // In a user namespace everything is joined in another way, and a time namespace takes a process that shares nothing.
        let others = CloneFlags::CLONE_NEWUSER | CloneFlags::from_bits_retain(libc::CLONE_NEWTIME);
        if namespaces.intersects(others) || !namespaces.contains(CloneFlags::CLONE_NEWNS) {
            return Ok(None);
        }
        let first = first.try_clone_to_owned().context("duplicating a descriptor")?;
        let outer = namespaces & CloneFlags::CLONE_NEWPID;
        let joined = first.try_clone().context("duplicating a descriptor")?;
        let Some(steps) = steps(joined, namespaces - outer, process, known)? else { return Ok(None) };
        prctl::set_dumpable(false).context("closing the process to others")?;
        Ok(Some(Self {
            script: Rc::new(Script::new(steps)),
            null: File::open("/dev/null").context("opening /dev/null")?,
            first,
            outer,
            home: File::open("/proc/self/ns/pid").context("opening this process's pid namespace")?,
        }))
    }

    /// Starts the program with nothing to read and `output` to write to. The child's memory must be kept until it has ended.
    pub fn enter(&self, output: BorrowedFd<'_>, cgroup: Option<&Cgroup>) -> Result<(Cloned, Running)> {
        let start = || {
            self.script
                .start([self.null.as_fd(), output], cgroup.and_then(Cgroup::clone_fd))
                .context("starting a process in the container")
        };
        if self.outer.is_empty() {
            return start();
        }
        setns(&self.first, self.outer).context("joining the container's namespaces")?;
        let started = start();
        setns(&self.home, self.outer).context("returning to this process's pid namespace")?;
        started
    }
}

/// As [`super::join`] and [`process::prepare`] have them. `None`: something in them can't be said to the kernel.
fn steps(
    first: OwnedFd,
    namespaces: CloneFlags,
    process: &PlannedProcess,
    Known { identity, files }: Known,
) -> Result<Option<Vec<Step>>> {
    let environment = process.environment(&identity);
    let candidates: Option<Box<[CString]>> = process::candidates(&process.args[0], &environment)
        .map(|path| CString::new(path.into_os_string().into_vec()).ok())
        .collect();
    let strings = (ExecStrings::new(&process.args), ExecStrings::new(&environment));
    let cwd = CString::new(process.cwd.as_os_str().as_bytes()).ok().filter(|_| process.cwd.is_absolute());
    let (Some(candidates), (Some(arguments), Some(environment)), Some(cwd)) = (candidates, strings, cwd)
    else {
        return Ok(None);
    };
    let sets =
        process.capabilities.limited_to(prctl::permitted_capabilities().context("reading capabilities")?);
    let bounding = prctl::bounding_capabilities().context("reading capabilities")?;
    let filter = |last: bool| {
        let program = process.seccomp.as_ref().filter(|_| process.no_new_privileges == last);
        program.map(|p| Step::Filter(p.instructions().into_boxed_slice(), p.flags))
    };
    let mut steps = vec![Step::Session, Step::Join(first, namespaces.bits()), Step::Streams];
    steps.extend(files.into_iter().map(Step::Unchanged));
    steps.push(Step::Directory(cwd));
    let before =
        descriptors_before().map(|(soft, hard)| Rlimit { resource: libc::RLIMIT_NOFILE, soft, hard });
    let limits = before.iter().chain(&process.rlimits);
    steps.extend(limits.map(|l| Step::Limit { resource: l.resource, soft: l.soft, hard: l.hard }));
    steps.extend(process.umask.map(Step::Umask));
    if process.no_new_privileges {
        steps.push(Step::NoNewPrivileges);
    }
    steps.extend(filter(false));
    if identity.uid != 0 {
        steps.push(Step::OwnStreams(identity.uid));
    }
    steps.push(Step::DropBounding(bounding & !sets.bounding));
    if !process.keep_groups {
        steps.push(Step::Groups(identity.additional_gids.into_boxed_slice()));
    }
    let (uid, gid) = (identity.uid, identity.gid);
    if !is_that(uid, gid)? {
        steps.push(Step::Become { uid, gid });
    }
    steps.push(Step::Capabilities(sets.of_user(identity.uid)));
    steps.push(Step::Ambient(sets.ambient));
    steps.push(Step::Signals(signal::ignored().into()));
    steps.extend(filter(true));
    steps.push(Step::Execute { candidates, arguments, environment });
    Ok(Some(steps))
}

/// Whether this process is it already.
fn is_that(uid: u32, gid: u32) -> Result<bool> {
    let users = nix::unistd::getresuid().context("looking at this process's ids")?;
    let groups = nix::unistd::getresgid().context("looking at this process's ids")?;
    Ok([users.real, users.effective, users.saved] == [Uid::from_raw(uid); 3]
        && [groups.real, groups.effective, groups.saved] == [Gid::from_raw(gid); 3])
}
