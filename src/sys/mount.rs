//! The mount calls that work on descriptors (Linux 5.2 and 5.12): a mount is made detached, given its attributes, and only then put
//! at a place that was opened before. No path is looked at twice.

use std::ffi::CStr;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;

use nix::NixPath;
use nix::errno::Errno;

pub const ATTR_RDONLY: u64 = 0x1;
pub const ATTR_NOSUID: u64 = 0x2;
pub const ATTR_NODEV: u64 = 0x4;
pub const ATTR_NOEXEC: u64 = 0x8;
pub const ATTR_NOATIME: u64 = 0x10;
pub const ATTR_STRICTATIME: u64 = 0x20;
/// Mask of the access-time modes: clear it to set one.
pub const ATTR_ATIME: u64 = 0x70;
pub const ATTR_NODIRATIME: u64 = 0x80;
pub const ATTR_NOSYMFOLLOW: u64 = 0x0020_0000;

const ATTR_IDMAP: u64 = 0x0010_0000;
const OPEN_TREE_CLONE: u32 = 1;
const OPEN_TREE_CLOEXEC: u32 = libc::O_CLOEXEC as u32;
const MOVE_MOUNT_F_EMPTY_PATH: u32 = 0x4;
const MOVE_MOUNT_T_EMPTY_PATH: u32 = 0x40;
const FSCONFIG_SET_FLAG: u32 = 0;
const FSCONFIG_SET_FD: u32 = 5;
const FSCONFIG_SET_STRING: u32 = 1;
const FSCONFIG_CMD_CREATE: u32 = 6;

#[repr(C)]
#[derive(Default)]
struct MountAttr {
    attr_set: u64,
    attr_clr: u64,
    propagation: u64,
    userns_fd: u64,
}

fn new_fd(result: libc::c_long) -> nix::Result<OwnedFd> {
    let fd = Errno::result(result)? as RawFd;
    // SAFETY: a non-negative result of these calls is a new descriptor that nobody else owns.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// A detached copy of the mount at `path` (with everything mounted below it when `recursive`); symlinks in the path are followed.
pub fn clone_path(path: &Path, recursive: bool) -> nix::Result<OwnedFd> {
    let flags = OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | if recursive { libc::AT_RECURSIVE as u32 } else { 0 };
    // SAFETY: the path is NUL-terminated and lives during the call.
    path.with_nix_path(|p| {
        new_fd(unsafe { libc::syscall(libc::SYS_open_tree, libc::AT_FDCWD, p.as_ptr(), flags) })
    })?
}

/// A detached copy of what `fd` is open on.
pub fn clone_fd(fd: BorrowedFd<'_>, recursive: bool) -> nix::Result<OwnedFd> {
    clone_at(fd, c"", recursive)
}

/// A detached copy of `name` directly in the directory `dir`; an empty name is the directory itself.
pub fn clone_at(dir: BorrowedFd<'_>, name: &CStr, recursive: bool) -> nix::Result<OwnedFd> {
    let mut flags =
        OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | libc::AT_EMPTY_PATH as u32 | libc::AT_SYMLINK_NOFOLLOW as u32;
    if recursive {
        flags |= libc::AT_RECURSIVE as u32;
    }
    // SAFETY: the name is NUL-terminated and lives during the call.
    new_fd(unsafe { libc::syscall(libc::SYS_open_tree, dir.as_raw_fd(), name.as_ptr(), flags) })
}

/// Puts a detached mount on the file or directory that `target` is open on.
pub fn attach(mount: BorrowedFd<'_>, target: BorrowedFd<'_>) -> nix::Result<()> {
    let flags = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
    // SAFETY: both names are empty strings; the descriptors are open while borrowed.
    let result = unsafe {
        libc::syscall(
            libc::SYS_move_mount,
            mount.as_raw_fd(),
            c"".as_ptr(),
            target.as_raw_fd(),
            c"".as_ptr(),
            flags,
        )
    };
    Errno::result(result).map(drop)
}

/// Whether something is mounted on `name` in the directory `dir`, in the mount namespace that the directory was opened in. (To remove such a
/// place is refused by the kernel in that namespace only: seen from another the mount would vanish.)
pub fn is_mount_point(dir: BorrowedFd<'_>, name: &CStr) -> nix::Result<bool> {
    // SAFETY: all zeros is a valid statx.
    let mut found: libc::statx = unsafe { std::mem::zeroed() };
    let flags = libc::AT_SYMLINK_NOFOLLOW | libc::AT_NO_AUTOMOUNT;
    // SAFETY: the name is NUL-terminated, and the kernel writes one statx to the live variable.
    let result = unsafe { libc::statx(dir.as_raw_fd(), name.as_ptr(), flags, 0, &raw mut found) };
    Errno::result(result)?;
    Ok(found.stx_attributes & libc::STATX_ATTR_MOUNT_ROOT as u64 != 0)
}

/// Whether what `fd` is open on is the root of a mount.
pub fn is_mounted(fd: BorrowedFd<'_>) -> nix::Result<bool> {
    is_mount_root(fd.as_raw_fd(), c"", libc::AT_EMPTY_PATH)
}

/// The same for a path that only we control.
pub fn is_mounted_at(path: &Path) -> nix::Result<bool> {
    path.with_nix_path(|path| is_mount_root(libc::AT_FDCWD, path, libc::AT_SYMLINK_NOFOLLOW))?
}

fn is_mount_root(dir: RawFd, name: &CStr, flags: i32) -> nix::Result<bool> {
    // SAFETY: all zeros is a valid statx.
    let mut found: libc::statx = unsafe { std::mem::zeroed() };
    // SAFETY: the name is a live string that ends with a zero, and the kernel writes one statx to the live variable.
    let result = unsafe { libc::statx(dir, name.as_ptr(), flags, 0, &raw mut found) };
    Errno::result(result)?;
    Ok(found.stx_attributes & libc::STATX_ATTR_MOUNT_ROOT as u64 != 0)
}

/// Sets and clears attributes (`ATTR_…`) and propagation (`MS_PRIVATE` …, or 0) of a mount.
pub fn set_attributes(
    mount: BorrowedFd<'_>,
    set: u64,
    clear: u64,
    propagation: u64,
    recursive: bool,
) -> nix::Result<()> {
    set_attr(mount, &MountAttr { attr_set: set, attr_clr: clear, propagation, userns_fd: 0 }, recursive)
}

/// Shows the files of a detached mount with the ids of a user namespace: what belongs to its id N on disk belongs to that id's host id.
pub fn map_ids(mount: BorrowedFd<'_>, user_namespace: BorrowedFd<'_>, recursive: bool) -> nix::Result<()> {
    let userns_fd = user_namespace.as_raw_fd() as u64;
    set_attr(mount, &MountAttr { attr_set: ATTR_IDMAP, userns_fd, ..MountAttr::default() }, recursive)
}

fn set_attr(mount: BorrowedFd<'_>, attr: &MountAttr, recursive: bool) -> nix::Result<()> {
    let flags = libc::AT_EMPTY_PATH | if recursive { libc::AT_RECURSIVE } else { 0 };
    // SAFETY: `attr` is a live mount_attr of the given size.
    let result = unsafe {
        libc::syscall(
            libc::SYS_mount_setattr,
            mount.as_raw_fd(),
            c"".as_ptr(),
            flags,
            std::ptr::from_ref(attr),
            size_of::<MountAttr>(),
        )
    };
    Errno::result(result).map(drop)
}

/// A file system being configured (fsopen(2)).
#[derive(Debug)]
pub struct FsContext {
    fd: OwnedFd,
}

impl FsContext {
    pub fn open(kind: &CStr) -> nix::Result<Self> {
        // SAFETY: the name is NUL-terminated. FSOPEN_CLOEXEC is 1.
        new_fd(unsafe { libc::syscall(libc::SYS_fsopen, kind.as_ptr(), 1) }).map(|fd| Self { fd })
    }

    /// Sets `key=value`.
    pub fn set(&self, key: &CStr, value: &CStr) -> nix::Result<()> {
        self.config(FSCONFIG_SET_STRING, Some(key), Some(value))
    }

    /// Sets `key` to what is open.
    pub fn set_fd(&self, key: &CStr, fd: BorrowedFd<'_>) -> nix::Result<()> {
        // SAFETY: the key is NUL-terminated, no value is wanted.
        let result = unsafe {
            libc::syscall(
                libc::SYS_fsconfig,
                self.fd.as_raw_fd(),
                FSCONFIG_SET_FD,
                key.as_ptr(),
                std::ptr::null::<libc::c_char>(),
                fd.as_raw_fd(),
            )
        };
        Errno::result(result).map(drop)
    }

    /// Sets an option without a value.
    pub fn flag(&self, key: &CStr) -> nix::Result<()> {
        self.config(FSCONFIG_SET_FLAG, Some(key), None)
    }

    /// Makes the file system and a detached mount of it with the attributes given.
    pub fn mount(&self, attributes: u64) -> nix::Result<OwnedFd> {
        self.config(FSCONFIG_CMD_CREATE, None, None)?;
        // SAFETY: integers only. FSMOUNT_CLOEXEC is 1.
        new_fd(unsafe { libc::syscall(libc::SYS_fsmount, self.fd.as_raw_fd(), 1, attributes) })
    }

    /// What the file system had to say about the failure, if it said anything.
    pub fn complaint(&self) -> Option<String> {
        let mut buffer = [0u8; 512];
        let n = nix::unistd::read(&self.fd, &mut buffer).ok()?;
        let text = String::from_utf8_lossy(&buffer[..n]).into_owned();
        Some(text.trim_start_matches(['e', 'w', 'i']).trim().to_string()).filter(|t| !t.is_empty())
    }

    fn config(&self, command: u32, key: Option<&CStr>, value: Option<&CStr>) -> nix::Result<()> {
        let pointer = |s: Option<&CStr>| s.map_or(std::ptr::null(), CStr::as_ptr);
        // SAFETY: key and value are NUL-terminated or null, as the command wants them.
        let result = unsafe {
            libc::syscall(libc::SYS_fsconfig, self.fd.as_raw_fd(), command, pointer(key), pointer(value), 0)
        };
        Errno::result(result).map(drop)
    }
}
