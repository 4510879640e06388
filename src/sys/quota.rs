//! Project quotas (quotactl_fd(2), Linux 5.14; FS_IOC_FSSETXATTR): how much the files below a directory may take together.

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;

/// `struct fsxattr` (linux/fs.h).
#[repr(C)]
#[derive(Default)]
struct FsXattr {
    flags: u32,
    extent_size: u32,
    extents: u32,
    project: u32,
    cow_extent_size: u32,
    padding: [u8; 8],
}

nix::ioctl_read!(get_attributes, b'X', 31, FsXattr);
nix::ioctl_write_ptr!(set_attributes, b'X', 32, FsXattr);

/// What is made in the directory belongs to its project.
const PROJECT_INHERIT: u32 = 0x200;
const PROJECT_QUOTA: u32 = 2;
const GET_QUOTA: u32 = 0x0080_0007;
const SET_QUOTA: u32 = 0x0080_0008;
/// Only the limits of blocks are set.
const BLOCK_LIMITS: u32 = 1;
/// Limits count so many bytes.
const BLOCK: u64 = 1024;

/// Bytes that a project may have and has, on the file system of an open directory.
pub fn usage(dir: BorrowedFd<'_>, project: u32) -> nix::Result<(u64, u64)> {
    let mut quota = empty();
    call(dir, GET_QUOTA, project, &raw mut quota)?;
    Ok((quota.dqb_bhardlimit * BLOCK, quota.dqb_curspace))
}

/// Lets a project have at most so many bytes.
pub fn set_limit(dir: BorrowedFd<'_>, project: u32, bytes: u64) -> nix::Result<()> {
    let mut quota = empty();
    quota.dqb_bhardlimit = bytes.div_ceil(BLOCK);
    quota.dqb_bsoftlimit = quota.dqb_bhardlimit;
    quota.dqb_valid = BLOCK_LIMITS;
    call(dir, SET_QUOTA, project, &raw mut quota)
}

/// Gives an empty directory, and all that will be made in it, to a project.
pub fn set_project(dir: BorrowedFd<'_>, project: u32) -> nix::Result<()> {
    let mut attributes = FsXattr::default();
    // SAFETY: the kernel fills the live structure of the size that the request has.
    unsafe { get_attributes(dir.as_raw_fd(), &raw mut attributes) }?;
    attributes.project = project;
    attributes.flags |= PROJECT_INHERIT;
    // SAFETY: the kernel reads the live structure of the size that the request has.
    unsafe { set_attributes(dir.as_raw_fd(), &raw const attributes) }.map(drop)
}

/// The project of an open file or directory; 0: none.
pub fn project(fd: BorrowedFd<'_>) -> nix::Result<u32> {
    let mut attributes = FsXattr::default();
    // SAFETY: the kernel fills the live structure of the size that the request has.
    unsafe { get_attributes(fd.as_raw_fd(), &raw mut attributes) }?;
    Ok(attributes.project)
}

fn empty() -> libc::dqblk {
    // SAFETY: all zeros is a valid dqblk: integers only.
    unsafe { std::mem::zeroed() }
}

fn call(dir: BorrowedFd<'_>, command: u32, project: u32, quota: *mut libc::dqblk) -> nix::Result<()> {
    let command = (command << 8) | PROJECT_QUOTA;
    // SAFETY: `quota` points to a live dqblk, which the command reads or fills.
    let result = unsafe { libc::syscall(libc::SYS_quotactl_fd, dir.as_raw_fd(), command, project, quota) };
    Errno::result(result).map(drop)
}
