//! clone3(2): a child in new namespaces, in its cgroup from its first instruction, known by a pidfd.

use std::convert::Infallible;
use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};

use nix::errno::Errno;
use nix::sched::CloneFlags;

pub(super) const CLONE_PIDFD: u64 = 0x1000;
pub(super) const CLONE_INTO_CGROUP: u64 = 0x2_0000_0000;

/// `struct clone_args` of linux/sched.h, version 2 (88 bytes).
#[repr(C)]
#[derive(Default)]
pub(super) struct CloneArgs {
    pub flags: u64,
    pub pidfd: u64,
    pub child_tid: u64,
    pub parent_tid: u64,
    pub exit_signal: u64,
    pub stack: u64,
    pub stack_size: u64,
    pub tls: u64,
    pub set_tid: u64,
    pub set_tid_size: u64,
    pub cgroup: u64,
}

/// A child of this process.
#[derive(Debug)]
pub struct Cloned {
    pub pid: i32,
    pub pidfd: OwnedFd,
}

/// Forks into new namespaces. The child runs `body` and exits with what it returns; in the parent the child is returned.
///
/// The process must have one thread: the child goes on to allocate and to call into libc, which is sound only if no other thread
/// held a lock at the fork. The roles that call this (monitor, exec) never start threads.
pub fn fork_into(
    namespaces: CloneFlags,
    cgroup: Option<BorrowedFd<'_>>,
    parent: Parent,
    body: impl FnOnce() -> i32,
) -> nix::Result<Cloned> {
    let mut pidfd: RawFd = -1;
    let mut args = CloneArgs {
        flags: namespaces.bits() as u32 as u64 | CLONE_PIDFD,
        pidfd: (&raw mut pidfd) as u64,
        exit_signal: libc::SIGCHLD as u64,
        ..CloneArgs::default()
    };
    if parent == Parent::Ours {
        // With CLONE_PARENT the kernel takes the exit signal from the caller and wants none here.
        args.flags |= libc::CLONE_PARENT as u64;
        args.exit_signal = 0;
    }
    if let Some(cgroup) = cgroup {
        args.flags |= CLONE_INTO_CGROUP;
        args.cgroup = cgroup.as_raw_fd() as u64;
    }
    // SAFETY: `args` is a live clone_args of the given size; no CLONE_VM, so the child has its own copy of this single-threaded
    // process, as after fork(2), and the pidfd number is written only in the parent.
    let pid = unsafe { libc::syscall(libc::SYS_clone3, &raw const args, size_of::<CloneArgs>()) };
    if Errno::result(pid)? == 0 {
        let code = body();
        // SAFETY: ends the child without running the parent's exit handlers a second time.
        unsafe { libc::_exit(code) };
    }
    // SAFETY: CLONE_PIDFD stored a new descriptor, close-on-exec, that nobody else owns.
    Ok(Cloned { pid: pid as i32, pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) } })
}

/// Ends this process without running the exit handlers that it has copied from another.
pub fn exit(code: i32) -> ! {
    // SAFETY: takes an integer and doesn't return.
    unsafe { libc::_exit(code) }
}

/// Whose child the new process is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parent {
    /// This process.
    This,
    /// This process's own parent (CLONE_PARENT).
    Ours,
}

/// Strings as execve(2) wants them: built before the fork or at leisure, used without allocation.
#[derive(Debug)]
pub struct ExecStrings {
    strings: Vec<CString>,
}

impl ExecStrings {
    /// Copies the strings; `None` if one has a NUL byte in it.
    pub fn new<S: AsRef<[u8]>>(strings: impl IntoIterator<Item = S>) -> Option<Self> {
        let strings = strings.into_iter().map(|s| CString::new(s.as_ref()).ok()).collect::<Option<_>>()?;
        Some(Self { strings })
    }

    pub(super) fn pointers(&self) -> Vec<*const libc::c_char> {
        self.strings.iter().map(|s| s.as_ptr()).chain(std::iter::once(std::ptr::null())).collect()
    }
}

/// Replaces this process by the program at `path`.
pub fn exec(path: &CStr, argv: &ExecStrings, env: &ExecStrings) -> nix::Result<Infallible> {
    let (argv, env) = (argv.pointers(), env.pointers());
    // SAFETY: all three are NUL-terminated, and the arrays end with a null pointer; they live until the call returns, on failure.
    unsafe { libc::execve(path.as_ptr(), argv.as_ptr(), env.as_ptr()) };
    Err(Errno::last())
}

/// Replaces this process by the program that `fd` is open on.
pub fn exec_fd(fd: BorrowedFd<'_>, argv: &ExecStrings, env: &ExecStrings) -> nix::Result<Infallible> {
    let (argv, env) = (argv.pointers(), env.pointers());
    // SAFETY: as for `exec`; the empty path with AT_EMPTY_PATH names the descriptor itself.
    unsafe {
        libc::syscall(
            libc::SYS_execveat,
            fd.as_raw_fd(),
            c"".as_ptr(),
            argv.as_ptr(),
            env.as_ptr(),
            libc::AT_EMPTY_PATH,
        );
    }
    Err(Errno::last())
}

/// Starts the program that `exe` is open on, as a child of this process, with `fds` at the numbers given beside them and no others, not
/// even those that this process's own caller had left open. Works in a process with threads: the child shares memory until its exec (as vfork(2)) and
/// makes only system calls.
pub fn spawn_fd(
    exe: BorrowedFd<'_>,
    argv: &ExecStrings,
    env: &ExecStrings,
    fds: &[(BorrowedFd<'_>, RawFd)],
) -> nix::Result<Cloned> {
    let (argv, env) = (argv.pointers(), env.pointers());
    let mut failure: i32 = 0;
    let failure_slot = &raw mut failure;
    // Above every target number, so that placing one can't overwrite another.
    let floor = fds.iter().map(|(_, target)| target + 1).max().unwrap_or(3).max(exe.as_raw_fd() + 1);
    let mut child = || -> nix::Result<Infallible> {
        let mut staged = [(-1, -1); 8];
        for (slot, (fd, target)) in staged.iter_mut().zip(fds) {
            // SAFETY: system calls on descriptor numbers of this child's own table.
            *slot = (
                Errno::result(unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, floor) })?,
                *target,
            );
        }
        // SAFETY: as above; execveat gets the arrays that the suspended parent keeps alive.
        unsafe {
            let program = Errno::result(libc::fcntl(exe.as_raw_fd(), libc::F_DUPFD_CLOEXEC, floor))?;
            libc::setsid();
            // Nobody's lock or pipe is held for as long as the program lives.
            Errno::result(libc::syscall(libc::SYS_close_range, 3, u32::MAX, libc::CLOSE_RANGE_CLOEXEC))?;
            for (fd, target) in staged.iter().filter(|(fd, _)| *fd >= 0) {
                Errno::result(libc::dup2(*fd, *target))?;
            }
            libc::syscall(
                libc::SYS_execveat,
                program,
                c"".as_ptr(),
                argv.as_ptr(),
                env.as_ptr(),
                libc::AT_EMPTY_PATH,
            );
        }
        Err(Errno::last())
    };
    assert!(fds.len() <= 8, "more descriptors than the child has room for");
    // The child must not run our signal handlers while it shares our memory; there are none, but a stop could interleave.
    let cloned = vfork(&mut child, failure_slot)?;
    if failure != 0 {
        let _ = nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(cloned.pid), None);
        return Err(Errno::from_raw(failure));
    }
    Ok(cloned)
}

/// vfork(2) through libc's own, by a stack of the child's own so that the parent's frames stay as they are.
fn vfork(child: &mut dyn FnMut() -> nix::Result<Infallible>, failure: *mut i32) -> nix::Result<Cloned> {
    struct Job<'a> {
        child: &'a mut dyn FnMut() -> nix::Result<Infallible>,
        failure: *mut i32,
    }
    extern "C" fn entry(job: *mut libc::c_void) -> libc::c_int {
        // SAFETY: the pointer is to the Job in the frame of the suspended parent.
        let job = unsafe { &mut *job.cast::<Job<'_>>() };
        let Err(errno) = (job.child)();
        // SAFETY: points to a local of the parent's frame.
        unsafe { *job.failure = errno as i32 };
        127
    }
    let mut job = Job { child, failure };
    // Not cleared: the child uses two or three of its eight pages.
    let mut stack = Box::<[u64]>::new_uninit_slice(4096);
    let top = stack.as_mut_ptr_range().end;
    let mut pidfd: RawFd = -1;
    let flags = libc::CLONE_VM | libc::CLONE_VFORK | CLONE_PIDFD as i32 | libc::SIGCHLD;
    // SAFETY: CLONE_VFORK suspends this thread until the child execs or exits, so job, stack and pidfd outlive its use of them;
    // the stack is 32 KiB, aligned, and grows down from `top`.
    let pid = unsafe { libc::clone(entry, top.cast(), flags, (&raw mut job).cast(), &raw mut pidfd) };
    Errno::result(pid)?;
    // SAFETY: CLONE_PIDFD stored a new descriptor that nobody else owns.
    Ok(Cloned { pid, pidfd: unsafe { OwnedFd::from_raw_fd(pidfd) } })
}
