//! A child that shares this process's memory and only makes system calls, which were laid down beforehand, the last an execve(2).
//!
//! fork(2) copies page tables, and then both sides fault in what they touch: for a process that starts a small program again and again
//! that is a half of the price. Sharing the memory costs nothing of it, and unlike with vfork(2) the parent goes on meanwhile, so that a
//! child which hangs (on a file system that doesn't answer, say) hangs by itself. The price is that the child may touch nothing of what
//! they share: it allocates nothing, calls nothing of libc (whose errno is one of the things shared) and writes to its own stack only, and
//! at the end one word that says why it failed.
//!
//! Who can trace the child can write to the parent's memory. The parent must not be dumpable, and the child must not be seen by processes
//! that have CAP_SYS_PTRACE over the user namespace of the parent: the caller answers for that.

use std::ffi::CString;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::rc::Rc;
use std::sync::atomic::{AtomicI32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nix::errno::Errno;
use serde::{Deserialize, Serialize};

use super::clone::{Cloned, ExecStrings};
use super::pidfd;
use super::prctl::{BpfInstruction, Capabilities};

/// What the child does, in this order. Each step must succeed.
#[derive(Debug)]
pub enum Step {
    /// setsid(2).
    Session,
    /// Joins these namespaces (`CLONE_NEW…`) of the process that this is a pidfd of.
    Join(OwnedFd, i32),
    /// Puts the streams of [`Script::start`] in their places.
    Streams,
    /// Gives standard output and error, which are a pipe, to this user.
    OwnStreams(u32),
    /// Goes on only if the file is what it was.
    Unchanged(Seen),
    /// Goes to this directory, which must then be below the root.
    Directory(CString),
    /// A resource limit, by its number.
    Limit {
        resource: u32,
        soft: u64,
        hard: u64,
    },
    Umask(u32),
    NoNewPrivileges,
    /// A seccomp filter with its flags.
    Filter(Box<[BpfInstruction]>, u64),
    /// Takes these capabilities, a bit each, out of the bounding set.
    DropBounding(u64),
    /// The supplementary groups.
    Groups(Box<[u32]>),
    /// Real, effective and saved group and user id; the capabilities stay.
    Become {
        uid: u32,
        gid: u32,
    },
    Capabilities(Capabilities),
    /// Adds these capabilities, a bit each, to the empty ambient set.
    Ambient(u64),
    /// Gives these signals their default action, and blocks none.
    Signals(Box<[i32]>),
    /// Executes the first of these files that can be, with all other descriptors closed.
    Execute {
        candidates: Box<[CString]>,
        arguments: ExecStrings,
        environment: ExecStrings,
    },
}

/// The child's program. It can be run many times.
#[derive(Debug)]
pub struct Script {
    steps: Vec<Ready>,
}

/// A step with the arrays of pointers that it needs.
#[derive(Debug)]
struct Ready {
    step: Step,
    pointers: [Vec<*const libc::c_char>; 2],
}

/// Which file stood at a path, links followed, and in which state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    path: CString,
    state: Option<State>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    device: (u32, u32),
    inode: u64,
    size: u64,
    modified: (i64, u32),
    changed: (i64, u32),
}

impl Seen {
    /// What stands there now. `None` if that can't be found out, or if the file was changed in this very moment: the next change may not
    /// be told from that one.
    pub fn now(path: CString) -> Option<Self> {
        let state = look(&path).ok()?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?;
        let settled = state.is_none_or(|s| {
            let (seconds, nanoseconds) = s.changed;
            u64::try_from(seconds).is_ok_and(|seconds| now > Duration::new(seconds, nanoseconds) + TICK)
        });
        settled.then_some(Self { path, state })
    }
}

/// Longer than a tick of any kernel, by which file systems count time.
const TICK: Duration = Duration::from_millis(50);

/// A child on its way, and what it shares.
///
/// Dropped without [`Running::ended`] it leaves its memory to the child: nothing else says when that has done with it.
#[derive(Debug)]
pub struct Running {
    pid: i32,
    /// From a box. The child has a pointer to it, too.
    shared: *mut Shared,
}

/// All that the child uses of our memory besides code.
#[derive(Debug)]
struct Shared {
    script: Rc<Script>,
    /// Standard input, and output and error.
    streams: [RawFd; 2],
    /// Why the child did not come to its program: written by it, once.
    failure: AtomicI32,
    /// Not cleared: the child uses two or three of its eight pages.
    stack: Box<[MaybeUninit<u128>]>,
}

const STACK: usize = 32 * 1024;

impl Running {
    /// Once the child, which this must be, has ended: why it could not execute its program, if so.
    pub fn ended(self, child: &Cloned) -> Option<Errno> {
        let has_ended =
            child.pid == self.pid && matches!(pidfd::ends_within(child.pidfd.as_fd(), 0), Ok(true));
        if !has_ended {
            return None;
        }
        // SAFETY: from a box, by the only `Running` of this child, which uses it no more.
        let shared = unsafe { Box::from_raw(self.shared) };
        match shared.failure.load(Ordering::Acquire) {
            0 => None,
            errno => Some(Errno::from_raw(errno)),
        }
    }
}

impl Script {
    pub fn new(steps: Vec<Step>) -> Self {
        let ready = |step| {
            let pointers = match &step {
                Step::Execute { arguments, environment, .. } => {
                    [arguments.pointers(), environment.pointers()]
                }
                _ => [Vec::new(), Vec::new()],
            };
            Ready { step, pointers }
        };
        Self { steps: steps.into_iter().map(ready).collect() }
    }

    /// Starts a child with these streams: standard input, and output and error. Their numbers must be above those.
    /// ENOSYS where this isn't known for the machine.
    pub fn start(
        self: &Rc<Self>,
        [input, output]: [BorrowedFd<'_>; 2],
        cgroup: Option<BorrowedFd<'_>>,
    ) -> nix::Result<(Cloned, Running)> {
        let streams = [input.as_raw_fd(), output.as_raw_fd()];
        if streams.iter().any(|fd| *fd < 3) {
            return Err(Errno::EBADF);
        }
        let stack = Box::new_uninit_slice(STACK / size_of::<u128>());
        let mut shared =
            Box::new(Shared { script: Rc::clone(self), streams, failure: AtomicI32::new(0), stack });
        let stack = shared.stack.as_mut_ptr();
        let shared = Box::into_raw(shared);
        match raw::clone(shared, stack.cast(), cgroup) {
            Ok(cloned) => {
                let pid = cloned.pid;
                Ok((cloned, Running { pid, shared }))
            }
            Err(errno) => {
                // SAFETY: from a box, and there is no child that has it.
                drop(unsafe { Box::from_raw(shared) });
                Err(errno)
            }
        }
    }
}

/// The child's side. It returns only if the program could not be executed.
#[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
fn run(shared: &Shared) -> Errno {
    for ready in &shared.script.steps {
        if let Err(errno) = take(ready, shared.streams) {
            return errno;
        }
    }
    Errno::ENOEXEC
}

fn take(ready: &Ready, [input, output]: [RawFd; 2]) -> nix::Result<()> {
    use raw::call;
    match &ready.step {
        Step::Session => call(libc::SYS_setsid, [0; 5]),
        Step::Join(process, namespaces) => {
            call(libc::SYS_setns, [process.as_raw_fd() as usize, *namespaces as usize, 0, 0, 0])
        }
        Step::Streams => [(input, 0), (output, 1), (output, 2)]
            .iter()
            .try_for_each(|(from, to)| call(libc::SYS_dup3, [*from as usize, *to, 0, 0, 0])),
        Step::OwnStreams(uid) => {
            let nobody = u32::MAX as usize;
            [1, 2]
                .iter()
                .try_for_each(|stream| call(libc::SYS_fchown, [*stream, *uid as usize, nobody, 0, 0]))
        }
        Step::Unchanged(seen) => match look(&seen.path) {
            Ok(state) if state == seen.state => Ok(()),
            Ok(_) => Err(Errno::ESTALE),
            Err(errno) => Err(errno),
        },
        Step::Directory(path) => enter(path),
        Step::Limit { resource, soft, hard } => {
            let limit = libc::rlimit64 { rlim_cur: *soft, rlim_max: *hard };
            call(libc::SYS_prlimit64, [0, *resource as usize, (&raw const limit) as usize, 0, 0])
        }
        Step::Umask(mask) => call(libc::SYS_umask, [*mask as usize, 0, 0, 0, 0]),
        Step::NoNewPrivileges => prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0),
        Step::Filter(instructions, flags) => {
            let program =
                libc::sock_fprog { len: instructions.len() as u16, filter: instructions.as_ptr().cast_mut() };
            let mode = libc::SECCOMP_SET_MODE_FILTER as usize;
            call(libc::SYS_seccomp, [mode, *flags as usize, (&raw const program) as usize, 0, 0])
        }
        Step::DropBounding(set) => each_bit(*set, |capability| prctl(libc::PR_CAPBSET_DROP, capability, 0)),
        Step::Groups(groups) => call(libc::SYS_setgroups, [groups.len(), groups.as_ptr() as usize, 0, 0, 0]),
        Step::Become { uid, gid } => take_ids(*uid as usize, *gid as usize),
        Step::Capabilities(set) => {
            let (header, data) = set.arguments();
            call(libc::SYS_capset, [header as usize, data as usize, 0, 0, 0])
        }
        Step::Ambient(set) => {
            prctl(libc::PR_CAP_AMBIENT, libc::PR_CAP_AMBIENT_CLEAR_ALL as usize, 0)?;
            let raise = libc::PR_CAP_AMBIENT_RAISE as usize;
            each_bit(*set, |capability| prctl(libc::PR_CAP_AMBIENT, raise, capability))
        }
        Step::Signals(ignored) => reset_signals(ignored),
        Step::Execute { candidates, .. } => execute(candidates, &ready.pointers),
    }
}

fn prctl(option: libc::c_int, a: usize, b: usize) -> nix::Result<()> {
    raw::call(libc::SYS_prctl, [option as usize, a, b, 0, 0])
}

fn each_bit(set: u64, each: impl Fn(usize) -> nix::Result<()>) -> nix::Result<()> {
    (0..64).filter(|bit| set & (1u64 << bit) != 0).try_for_each(each)
}

fn enter(path: &CString) -> nix::Result<()> {
    raw::call(libc::SYS_chdir, [path.as_ptr() as usize, 0, 0, 0, 0])?;
    let mut place = MaybeUninit::<[u8; libc::PATH_MAX as usize]>::uninit();
    let start = place.as_mut_ptr().cast::<u8>();
    raw::call(libc::SYS_getcwd, [start as usize, libc::PATH_MAX as usize, 0, 0, 0])?;
    // SAFETY: the call succeeded, so it wrote a byte at least. The path of what is not below the root doesn't begin with a slash.
    match unsafe { start.read() } {
        b'/' => Ok(()),
        _ => Err(Errno::ENOENT),
    }
}

fn take_ids(uid: usize, gid: usize) -> nix::Result<()> {
    prctl(libc::PR_SET_KEEPCAPS, 1, 0)?;
    raw::call(libc::SYS_setresgid, [gid, gid, gid, 0, 0])?;
    raw::call(libc::SYS_setresuid, [uid, uid, uid, 0, 0])?;
    prctl(libc::PR_SET_KEEPCAPS, 0, 0)
}

/// Bytes of the kernel's signal mask.
const MASK: usize = 8;

fn reset_signals(ignored: &[i32]) -> nix::Result<()> {
    // `struct sigaction` of the kernel: all zeroes are the default action, and as a mask they block nothing.
    let zeroes = [0u64; 4];
    let start = (&raw const zeroes) as usize;
    for signal in ignored {
        raw::call(libc::SYS_rt_sigaction, [*signal as usize, start, 0, MASK, 0])?;
    }
    raw::call(libc::SYS_rt_sigprocmask, [libc::SIG_SETMASK as usize, start, 0, MASK, 0])
}

fn execute(
    candidates: &[CString],
    [arguments, environment]: &[Vec<*const libc::c_char>; 2],
) -> nix::Result<()> {
    let flags = libc::CLOSE_RANGE_CLOEXEC as usize;
    raw::call(libc::SYS_close_range, [3, u32::MAX as usize, flags, 0, 0])?;
    let mut failure = Errno::ENOENT;
    for path in candidates {
        let (path, argv, envp) = (path.as_ptr(), arguments.as_ptr(), environment.as_ptr());
        match raw::call(libc::SYS_execve, [path as usize, argv as usize, envp as usize, 0, 0]) {
            Err(Errno::ENOENT | Errno::ENOTDIR) | Ok(()) => {}
            Err(Errno::EACCES) => failure = Errno::EACCES,
            Err(errno) => return Err(errno),
        }
    }
    Err(failure)
}

/// statx(2), by the system call alone: for the child as for the one who looks first.
fn look(path: &CString) -> nix::Result<Option<State>> {
    let mut stat = MaybeUninit::<libc::statx>::zeroed();
    let mask = libc::STATX_BASIC_STATS as usize;
    let at = libc::AT_FDCWD as usize;
    match raw::call(libc::SYS_statx, [at, path.as_ptr() as usize, 0, mask, stat.as_mut_ptr() as usize]) {
        // SAFETY: zeroed, and filled by the kernel; all its fields are integers.
        Ok(()) => Ok(Some(State::of(unsafe { stat.assume_init_ref() }))),
        Err(Errno::ENOENT | Errno::ENOTDIR) => Ok(None),
        Err(errno) => Err(errno),
    }
}

impl State {
    fn of(stat: &libc::statx) -> Self {
        Self {
            device: (stat.stx_dev_major, stat.stx_dev_minor),
            inode: stat.stx_ino,
            size: stat.stx_size,
            modified: (stat.stx_mtime.tv_sec, stat.stx_mtime.tv_nsec),
            changed: (stat.stx_ctime.tv_sec, stat.stx_ctime.tv_nsec),
        }
    }
}

/// What needs to be said to the processor itself: libc's own wrappers write to errno, which parent and child share.
#[cfg(target_arch = "x86_64")]
mod raw {
    use std::arch::asm;
    use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
    use std::sync::atomic::Ordering;

    use nix::errno::Errno;

    use super::{STACK, Shared};
    use crate::sys::clone::{CLONE_INTO_CGROUP, CLONE_PIDFD, CloneArgs, Cloned};

    /// Handlers of ours are not the child's.
    const CLONE_CLEAR_SIGHAND: u64 = 0x1_0000_0000;

    pub fn call(number: libc::c_long, args: [usize; 5]) -> nix::Result<()> {
        let result: isize;
        // SAFETY: the kernel changes rax, rcx and r11 only, and memory only where the arguments, which the callers in this module
        // make of live places of the right size, tell it to.
        unsafe {
            asm!("syscall", inlateout("rax") number as isize => result, in("rdi") args[0],
                in("rsi") args[1], in("rdx") args[2], in("r10") args[3], in("r8") args[4],
                out("rcx") _, out("r11") _, options(nostack));
        }
        if result < 0 { Err(Errno::from_raw(-result as i32)) } else { Ok(()) }
    }

    /// The child, on its own stack.
    extern "C" fn child(shared: *const Shared) -> ! {
        // SAFETY: the parent keeps it until this process has ended.
        let shared = unsafe { &*shared };
        shared.failure.store(super::run(shared) as i32, Ordering::Release);
        loop {
            let _ = call(libc::SYS_exit_group, [127, 0, 0, 0, 0]);
        }
    }

    /// `stack`: its lowest address.
    pub fn clone(
        shared: *const Shared,
        stack: *mut u8,
        cgroup: Option<BorrowedFd<'_>>,
    ) -> nix::Result<Cloned> {
        let mut pidfd: RawFd = -1;
        let mut args = CloneArgs {
            flags: libc::CLONE_VM as u64 | CLONE_PIDFD | CLONE_CLEAR_SIGHAND,
            pidfd: (&raw mut pidfd) as u64,
            exit_signal: libc::SIGCHLD as u64,
            stack: stack as u64,
            stack_size: STACK as u64,
            ..CloneArgs::default()
        };
        if let Some(cgroup) = cgroup {
            args.flags |= CLONE_INTO_CGROUP;
            args.cgroup = cgroup.as_raw_fd() as u64;
        }
        let result: isize;
        // SAFETY: the parent comes out of the call as of any other. The child comes out with the end of its stack, which is aligned, in
        // rsp and goes straight on to `child`, which doesn't return; stack and `shared` live as long as `Running` says. It shares our
        // memory but neither our thread's registers nor, by what `child` does, anything that we write.
        unsafe {
            asm!(
                "syscall",
                "test rax, rax",
                "jnz 2f",
                "xor ebp, ebp",
                "mov rdi, r12",
                "call r13",
                "ud2",
                "2:",
                inlateout("rax") libc::SYS_clone3 as isize => result,
                in("rdi") &raw const args,
                in("rsi") size_of::<CloneArgs>(),
                in("r12") shared,
                in("r13") child as extern "C" fn(*const Shared) -> !,
                out("rcx") _,
                out("r11") _,
            );
        }
        if result < 0 {
            return Err(Errno::from_raw(-result as i32));
        }
        // SAFETY: CLONE_PIDFD stored a new descriptor, close-on-exec, that nobody else owns.
        Ok(Cloned { pid: result as i32, pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) } })
    }
}

#[cfg(not(target_arch = "x86_64"))]
mod raw {
    use std::os::fd::BorrowedFd;

    use nix::errno::Errno;

    use super::Shared;
    use crate::sys::clone::Cloned;

    /// Of a process that has its memory to itself.
    pub fn call(number: libc::c_long, args: [usize; 5]) -> nix::Result<()> {
        // SAFETY: as told by the arguments, which the callers in this module make of live places of the right size.
        Errno::result(unsafe { libc::syscall(number, args[0], args[1], args[2], args[3], args[4]) }).map(drop)
    }

    pub fn clone(
        _shared: *const Shared,
        _stack: *mut u8,
        _cgroup: Option<BorrowedFd<'_>>,
    ) -> nix::Result<Cloned> {
        Err(Errno::ENOSYS)
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;

    use nix::sys::wait::{WaitStatus, waitpid};
    use nix::unistd::Pid;

    use super::*;

    fn text(text: &str) -> CString {
        CString::new(text).unwrap()
    }

    fn shell(script: &str, candidates: &[&str]) -> Step {
        Step::Execute {
            candidates: candidates.iter().map(|path| text(path)).collect(),
            arguments: ExecStrings::new(["sh", "-c", script]).unwrap(),
            environment: ExecStrings::new(["A=1"]).unwrap(),
        }
    }

    /// What the child says and how it ends.
    fn outcome(steps: Vec<Step>) -> (String, WaitStatus, Option<Errno>) {
        let script = Rc::new(Script::new(steps));
        let null = crate::sys::fd::above(File::open("/dev/null").unwrap().as_fd(), 3).unwrap();
        let (mut reader, writer) = std::io::pipe().unwrap();
        let output = crate::sys::fd::above(writer.as_fd(), 3).unwrap();
        drop(writer);
        let (process, running) = script.start([null.as_fd(), output.as_fd()], None).unwrap();
        drop(output);
        let mut said = String::new();
        reader.read_to_string(&mut said).unwrap();
        let status = waitpid(Pid::from_raw(process.pid), None).unwrap();
        (said, status, running.ended(&process))
    }

    #[test]
    fn the_first_program_that_can_be_executed_is() {
        let program = shell(
            "echo $A; pwd; ulimit -Sn; ulimit -Hn; exit 7",
            &["/nowhere/sh", "/etc/passwd/sh", "/etc/passwd", "/bin/sh"],
        );
        let limit = Step::Limit { resource: libc::RLIMIT_NOFILE, soft: 50, hard: 60 };
        let steps = vec![
            Step::Session,
            Step::Streams,
            Step::Directory(text("/usr")),
            limit,
            Step::Umask(0o77),
            program,
        ];
        let (said, status, failure) = outcome(steps);
        assert_eq!((said.as_str(), failure), ("1\n/usr\n50\n60\n", None));
        assert!(matches!(status, WaitStatus::Exited(_, 7)), "{status:?}");
    }

    #[test]
    #[allow(clippy::disallowed_methods)] // files that are nobody's state
    fn what_fails_ends_the_child_and_is_told() {
        let late = |step| vec![Step::Streams, step, shell("echo no", &["/bin/sh"])];
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "old").unwrap();
        let path = CString::new(path.into_os_string().into_encoded_bytes()).unwrap();
        // Too young to be told from what may come.
        assert_eq!(Seen::now(path.clone()), None);
        let old = Seen { state: look(&path).unwrap(), path: path.clone() };
        let same = vec![Step::Streams, Step::Unchanged(old.clone()), shell("echo yes", &["/bin/sh"])];
        assert_eq!(outcome(same).0, "yes\n");
        std::fs::write(path.to_str().unwrap(), "newer").unwrap();
        let missing = Seen::now(text("/nowhere")).unwrap();
        for (steps, errno) in [
            (late(Step::Unchanged(old)), Errno::ESTALE),
            (late(Step::Unchanged(Seen { path, ..missing })), Errno::ESTALE),
            (late(Step::Directory(text("/nowhere"))), Errno::ENOENT),
            (late(Step::Ambient(1 << 63)), Errno::EINVAL),
            (vec![Step::Streams, shell("", &["/nowhere", "/etc/passwd"])], Errno::EACCES),
            (vec![Step::Streams, shell("", &["/nowhere"])], Errno::ENOENT),
            (vec![Step::Session, Step::Streams], Errno::ENOEXEC),
        ] {
            let (said, status, failure) = outcome(steps);
            assert_eq!((said.as_str(), failure), ("", Some(errno)));
            assert!(matches!(status, WaitStatus::Exited(_, 127)), "{status:?}");
        }
    }

    #[test]
    fn a_child_that_is_killed_on_its_way_has_told_nothing() {
        let (reader, writer) = std::io::pipe().unwrap();
        let script = Rc::new(Script::new(vec![Step::Session]));
        let (process, running) = script.start([reader.as_fd(), writer.as_fd()], None).unwrap();
        let _ = nix::sys::signal::kill(Pid::from_raw(process.pid), nix::sys::signal::Signal::SIGKILL);
        waitpid(Pid::from_raw(process.pid), None).unwrap();
        // Either it had come to its end, or it was killed.
        assert!(matches!(running.ended(&process), None | Some(Errno::ENOEXEC)));
        // What it shares is left to it by whoever asks about another child, or doesn't ask.
        let (other, running) = script.start([reader.as_fd(), writer.as_fd()], None).unwrap();
        assert_eq!(running.ended(&process), None);
        waitpid(Pid::from_raw(other.pid), None).unwrap();
        let (process, _) = script.start([reader.as_fd(), writer.as_fd()], None).unwrap();
        waitpid(Pid::from_raw(process.pid), None).unwrap();
    }
}
