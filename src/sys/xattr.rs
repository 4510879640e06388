//! Extended attributes by descriptor, and of an object that can't be opened by its name in an open directory.

use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::path::Path;

use nix::NixPath;
use nix::errno::Errno;

/// Sets an attribute of an open file or directory.
pub fn set(fd: BorrowedFd<'_>, name: &CStr, value: &[u8]) -> nix::Result<()> {
    // SAFETY: the descriptor is borrowed, `name` ends in NUL, pointer and length describe the live slice `value`.
    let result =
        unsafe { libc::fsetxattr(fd.as_raw_fd(), name.as_ptr(), value.as_ptr().cast(), value.len(), 0) };
    Errno::result(result).map(drop)
}

/// Sets an attribute of the last component of `path` without following it if it is a symbolic link.
pub fn set_no_follow(path: &Path, name: &CStr, value: &[u8]) -> nix::Result<()> {
    let result = path.with_nix_path(|path| {
        // SAFETY: both strings end in NUL, pointer and length describe the live slice `value`.
        unsafe { libc::lsetxattr(path.as_ptr(), name.as_ptr(), value.as_ptr().cast(), value.len(), 0) }
    })?;
    Errno::result(result).map(drop)
}

/// A first try that is nearly always enough, and the kernel's own limit (XATTR_SIZE_MAX, XATTR_LIST_MAX).
const SIZES: [usize; 2] = [1024, 65536];

/// The value of an attribute of the last component of `path`, not followed; `None` if it has no such attribute.
pub fn get_no_follow(path: &Path, name: &CStr) -> nix::Result<Option<Vec<u8>>> {
    let read = |value: &mut Vec<u8>| {
        path.with_nix_path(|path| {
            // SAFETY: both strings end in NUL; the kernel writes at most `value.len()` bytes into the live buffer.
            unsafe { libc::lgetxattr(path.as_ptr(), name.as_ptr(), value.as_mut_ptr().cast(), value.len()) }
        })
    };
    value(filled(read))
}

/// The value of an attribute of an open file or directory; `None` if it has no such attribute.
pub fn get(fd: BorrowedFd<'_>, name: &CStr) -> nix::Result<Option<Vec<u8>>> {
    // SAFETY: the descriptor is borrowed, `name` ends in NUL; the kernel writes at most `value.len()` bytes into the live buffer.
    value(filled(|value| unsafe {
        Ok(libc::fgetxattr(fd.as_raw_fd(), name.as_ptr(), value.as_mut_ptr().cast(), value.len()))
    }))
}

fn value(read: nix::Result<Vec<u8>>) -> nix::Result<Option<Vec<u8>>> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(Errno::ENODATA | Errno::ENOTSUP) => Ok(None),
        Err(e) => Err(e),
    }
}

/// Names of the attributes of the last component of `path`, not followed.
pub fn list_no_follow(path: &Path) -> nix::Result<Vec<CString>> {
    let read = |names: &mut Vec<u8>| {
        path.with_nix_path(|path| {
            // SAFETY: the path ends in NUL; the kernel writes at most `names.len()` bytes into the live buffer.
            unsafe { libc::llistxattr(path.as_ptr(), names.as_mut_ptr().cast(), names.len()) }
        })
    };
    names(filled(read))
}

/// Names of the attributes of an open file or directory.
pub fn list(fd: BorrowedFd<'_>) -> nix::Result<Vec<CString>> {
    // SAFETY: the descriptor is borrowed; the kernel writes at most `names.len()` bytes into the live buffer.
    names(filled(|names| unsafe {
        Ok(libc::flistxattr(fd.as_raw_fd(), names.as_mut_ptr().cast(), names.len()))
    }))
}

fn names(read: nix::Result<Vec<u8>>) -> nix::Result<Vec<CString>> {
    match read {
        Ok(names) => Ok(names
            .split(|&b| b == 0)
            .filter(|name| !name.is_empty())
            .filter_map(|name| CString::new(name).ok())
            .collect()),
        Err(Errno::ENOTSUP) => Ok(Vec::new()),
        Err(e) => Err(e),
    }
}

/// What `read` puts into a buffer that is large enough.
fn filled(read: impl Fn(&mut Vec<u8>) -> nix::Result<isize>) -> nix::Result<Vec<u8>> {
    for size in SIZES {
        let mut buffer = vec![0u8; size];
        match Errno::result(read(&mut buffer)?) {
            Ok(length) => {
                buffer.truncate(length as usize);
                return Ok(buffer);
            }
            Err(Errno::ERANGE) => {}
            Err(e) => return Err(e),
        }
    }
    Err(Errno::ERANGE)
}
