//! What is among a container's files while it runs, and is none of them: file systems in which the kernel shows its own state, and devices
//! that were made for this one start. What looks like a file there has no content of its own: its size is told as nothing.

use std::os::fd::BorrowedFd;

use nix::sys::stat::{FileStat, fstat};
use nix::sys::statfs::{
    BPF_FS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, DEBUGFS_MAGIC, DEVPTS_SUPER_MAGIC, FsType,
    PROC_SUPER_MAGIC, SECURITYFS_MAGIC, SELINUX_MAGIC, SYSFS_MAGIC, TMPFS_MAGIC, TRACEFS_MAGIC, fstatfs,
};

use super::entries::EntryKind;
use super::pack::kind_of;

/// <linux/magic.h>; the first, of message queues, stands in ipc/mqueue.c alone.
const MQUEUE_MAGIC: FsType = FsType(0x1980_0202);
const BINFMTFS_MAGIC: FsType = FsType(0x4249_4e4d);
const EFIVARFS_MAGIC: FsType = FsType(0xde5e_81e4);

const KERNELS: [FsType; 13] = [
    PROC_SUPER_MAGIC,
    SYSFS_MAGIC,
    CGROUP_SUPER_MAGIC,
    CGROUP2_SUPER_MAGIC,
    DEVPTS_SUPER_MAGIC,
    MQUEUE_MAGIC,
    BINFMTFS_MAGIC,
    BPF_FS_MAGIC,
    DEBUGFS_MAGIC,
    EFIVARFS_MAGIC,
    SECURITYFS_MAGIC,
    SELINUX_MAGIC,
    TRACEFS_MAGIC,
];

/// Whether a directory is of a file system in which the kernel shows its state.
pub fn is_kernels(dir: BorrowedFd<'_>) -> bool {
    fstatfs(dir).is_ok_and(|fs| KERNELS.contains(&fs.filesystem_type()))
}

/// What is left out below a root, known by the device that the root itself is on.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    root: libc::dev_t,
}

impl Shown {
    /// `root`: where everything that is a file of the container's own is.
    pub fn beside(root: BorrowedFd<'_>) -> nix::Result<Self> {
        Ok(Self { root: fstat(root)?.st_dev })
    }

    /// Whether what is in a directory is shown by the kernel.
    pub fn fills(self, dir: BorrowedFd<'_>, stat: &FileStat) -> bool {
        stat.st_dev != self.root && is_kernels(dir)
    }

    /// Whether something in a directory is a device that goes with the container's end: one in memory, as all of /dev is.
    pub fn is_passing(self, dir: BorrowedFd<'_>, stat: &FileStat) -> bool {
        let is_device = matches!(kind_of(stat), Some(EntryKind::Character | EntryKind::Block));
        let in_memory = || fstatfs(dir).is_ok_and(|fs| fs.filesystem_type() == TMPFS_MAGIC);
        is_device && stat.st_dev != self.root && in_memory()
    }
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::os::fd::AsFd;

    use nix::sys::stat::fstatat;

    use super::*;

    #[test]
    fn the_kernels_are_known() {
        let open = |path: &str| File::open(path).unwrap();
        assert!(["/proc", "/sys", "/dev/pts"].iter().all(|path| is_kernels(open(path).as_fd())));
        let dir = tempfile::tempdir().unwrap();
        let own = File::open(dir.path()).unwrap();
        assert!(!is_kernels(own.as_fd()));
        let (shown, proc) = (Shown::beside(own.as_fd()).unwrap(), open("/proc"));
        assert!(shown.fills(proc.as_fd(), &fstat(&proc).unwrap()));
        // What stands on /proc itself has nothing else.
        assert!(!Shown::beside(proc.as_fd()).unwrap().fills(proc.as_fd(), &fstat(&proc).unwrap()));
        let dev = open("/dev");
        let null = fstatat(&dev, "null", nix::fcntl::AtFlags::empty()).unwrap();
        assert!(shown.is_passing(dev.as_fd(), &null) && !shown.is_passing(own.as_fd(), &null));
    }
}
