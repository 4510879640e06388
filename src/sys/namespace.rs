//! Namespaces by descriptor (ioctl_ns(2)).

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::stat::{fstat, stat};

/// Of linux/sched.h; libc gives it to few targets.
pub const CLONE_NEWTIME: i32 = 0x80;

/// All kinds, by their files in /proc/PID/ns.
pub const KINDS: &[(&str, i32)] = &[
    ("user", libc::CLONE_NEWUSER),
    ("mnt", libc::CLONE_NEWNS),
    ("pid", libc::CLONE_NEWPID),
    ("net", libc::CLONE_NEWNET),
    ("ipc", libc::CLONE_NEWIPC),
    ("uts", libc::CLONE_NEWUTS),
    ("cgroup", libc::CLONE_NEWCGROUP),
    ("time", CLONE_NEWTIME),
];

const NS_GET_NSTYPE: libc::c_ulong = 0xb703;

/// The `CLONE_NEW…` flag of the namespace's kind; `ENOTTY` for what is no namespace.
pub fn kind(namespace: BorrowedFd<'_>) -> nix::Result<i32> {
    // SAFETY: NS_GET_NSTYPE takes no argument. A file that is no namespace refuses the number.
    Errno::result(unsafe { libc::ioctl(namespace.as_raw_fd(), NS_GET_NSTYPE as _) })
}

/// Whether it is this process's own namespace, `name` being that of its file in /proc/self/ns.
pub fn is_own(namespace: BorrowedFd<'_>, name: &str) -> bool {
    let own = stat(format!("/proc/self/ns/{name}").as_str());
    matches!((fstat(namespace), own), (Ok(a), Ok(b)) if (a.st_dev, a.st_ino) == (b.st_dev, b.st_ino))
}
