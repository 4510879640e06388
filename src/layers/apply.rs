//! Owner, mode, extended attributes and times of what was unpacked, always by descriptor.
//!
//! The order is the kernel's: chown clears setuid bits and file capabilities, so it comes first; times come last.

use std::ffi::{CString, OsStr};
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};
use std::path::PathBuf;

use nix::errno::Errno;
use nix::fcntl::AtFlags;
use nix::sys::stat::{self, FchmodatFlags, Mode, UtimensatFlags};
use nix::sys::time::TimeSpec;
use nix::unistd::{Gid, Uid, fchown, fchownat, getegid, geteuid};
use serde::{Deserialize, Serialize};

use super::entries::Entry;
use super::owners::OwnerMap;
use crate::error::{Context, Kind, Result};
use crate::sys::xattr;

/// Whether the user namespace can express the owners that layers name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ownership {
    /// Owners are set as the layer says; one that isn't mapped is an error.
    Kept,
    /// Only one id is mapped: everything belongs to the user.
    Flattened,
    /// Everything belongs to who unpacks it, as was asked.
    Mine,
}

/// The parts of an entry that are set after it exists.
#[derive(Debug, Clone)]
pub struct Attributes {
    pub uid: u32,
    pub gid: u32,
    pub mode: u32,
    pub mtime: (i64, i64),
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Attributes {
    pub fn of(entry: &mut Entry) -> Self {
        Self {
            uid: entry.uid,
            gid: entry.gid,
            mode: entry.mode,
            mtime: entry.mtime,
            xattrs: std::mem::take(&mut entry.xattrs),
        }
    }
}

/// Sets attributes with no more system calls than needed, and remembers what could not be set.
#[derive(Debug)]
pub struct Applier {
    ownership: Ownership,
    umask: u32,
    /// Owners to set instead.
    owners: Option<OwnerMap>,
    /// Who a new file belongs to.
    uid: u32,
    gid: u32,
    /// An owner was left as it is because only one id is mapped.
    pub flattened: bool,
    /// An extended attribute was left out because the file system or the kernel refused it.
    pub lost_xattrs: bool,
}

impl Applier {
    pub fn new(ownership: Ownership, owners: Option<OwnerMap>) -> Self {
        Self {
            ownership,
            umask: umask(),
            uid: owners.as_ref().map_or_else(|| geteuid().as_raw(), |o| o.uid(0)),
            gid: owners.as_ref().map_or_else(|| getegid().as_raw(), |o| o.gid(0)),
            owners,
            flattened: false,
            lost_xattrs: false,
        }
    }

    /// For a file or directory that was just made with the permission bits `made_with`.
    pub fn open_file(&mut self, fd: BorrowedFd<'_>, attributes: &Attributes, made_with: u32) -> Result<()> {
        let chowned = match self.owner(attributes) {
            Some((uid, gid)) => {
                fchown(fd, Some(uid), Some(gid)).map_err(|e| refused_owner(e, attributes))?;
                true
            }
            None => false,
        };
        let is = made_with & 0o777 & !self.umask;
        if is != attributes.mode || chowned && attributes.mode & 0o7000 != 0 {
            stat::fchmod(fd, Mode::from_bits_truncate(attributes.mode)).context("setting the mode")?;
        }
        for (name, value) in &attributes.xattrs {
            self.xattr(name, |name| xattr::set(fd, name, value))?;
        }
        let time = timespec(attributes);
        stat::futimens(fd, &time, &time).context("setting the time")
    }

    /// For what can't be opened without side effects: symbolic links, FIFOs and devices, by their name in an open directory.
    pub fn named(
        &mut self,
        dir: BorrowedFd<'_>,
        name: &OsStr,
        attributes: &Attributes,
        symlink: bool,
    ) -> Result<()> {
        if let Some((uid, gid)) = self.owner(attributes) {
            fchownat(dir, name, Some(uid), Some(gid), AtFlags::AT_SYMLINK_NOFOLLOW)
                .map_err(|e| refused_owner(e, attributes))?;
        }
        if !symlink {
            // Made by us a moment ago in a directory that is ours alone, so that following is no danger (and NOFOLLOW is not
            // implemented by older kernels).
            stat::fchmodat(
                dir,
                name,
                Mode::from_bits_truncate(attributes.mode),
                FchmodatFlags::FollowSymlink,
            )
            .context("setting the mode")?;
        }
        for (key, value) in &attributes.xattrs {
            let path = PathBuf::from(format!("/proc/self/fd/{}", dir.as_raw_fd())).join(name);
            self.xattr(key, |key| xattr::set_no_follow(&path, key, value))?;
        }
        let time = timespec(attributes);
        stat::utimensat(dir, name, &time, &time, UtimensatFlags::NoFollowSymlink).context("setting the time")
    }

    /// The owner to set, if it has to be set.
    fn owner(&mut self, attributes: &Attributes) -> Option<(Uid, Gid)> {
        let (uid, gid) = match &self.owners {
            Some(owners) => (owners.uid(attributes.uid), owners.gid(attributes.gid)),
            None => (attributes.uid, attributes.gid),
        };
        if (uid, gid) == (self.uid, self.gid) {
            return None;
        }
        if self.ownership != Ownership::Kept {
            self.flattened |= self.ownership == Ownership::Flattened;
            return None;
        }
        Some((Uid::from_raw(uid), Gid::from_raw(gid)))
    }

    fn xattr(&mut self, name: &[u8], set: impl Fn(&std::ffi::CStr) -> nix::Result<()>) -> Result<()> {
        if !is_allowed(name) {
            log::debug!("extended attribute {} is not unpacked", String::from_utf8_lossy(name));
            return Ok(());
        }
        let Ok(name) = CString::new(name) else {
            return Kind::Corrupt.err("an extended attribute whose name has a NUL in it");
        };
        match set(&name) {
            // The file system has none, or the namespace may not set this one: docker goes on, too.
            Err(Errno::ENOTSUP | Errno::EPERM) => {
                self.lost_xattrs = true;
                Ok(())
            }
            other => {
                other.with_context(|| format!("setting the extended attribute {}", name.to_string_lossy()))
            }
        }
    }
}

/// Which attributes a layer may set. Those of overlayfs would redirect its lookups to other places, `trusted` and the labels of
/// security modules belong to the host.
pub fn is_allowed(name: &[u8]) -> bool {
    name == b"security.capability"
        || name.starts_with(b"user.") && !name.starts_with(b"user.overlay.")
        || name == b"system.posix_acl_access"
        || name == b"system.posix_acl_default"
}

fn refused_owner(error: Errno, attributes: &Attributes) -> crate::error::Error {
    let (uid, gid) = (attributes.uid, attributes.gid);
    match error {
        Errno::EINVAL => Kind::Unsupported.error(format!(
            "the owner {uid}:{gid} is not mapped into the user namespace; give this user a larger range in /etc/subuid and /etc/subgid"
        )),
        error => crate::error::Error::new(error).context(format!("setting the owner {uid}:{gid}")),
    }
}

fn timespec(attributes: &Attributes) -> TimeSpec {
    TimeSpec::new(attributes.mtime.0, attributes.mtime.1)
}

/// The umask of this process, read without changing it (umask(2) can only do both, which other threads would notice).
fn umask() -> u32 {
    use std::io::Read;
    let mut status = String::new();
    // Without /proc every bit counts as masked: each mode is then set explicitly.
    let _ = File::open("/proc/thread-self/status").and_then(|mut f| f.read_to_string(&mut status));
    status
        .lines()
        .find_map(|line| line.strip_prefix("Umask:"))
        .and_then(|text| u32::from_str_radix(text.trim(), 8).ok())
        .unwrap_or(0o7777)
}

/// Sets the attribute that hides what lower layers have in a directory (kernel: Documentation/filesystems/overlayfs.rst,
/// "whiteouts and opaque directories"; `userxattr` mounts, the only ones in a user namespace, look under `user.`).
pub fn make_opaque(dir: &impl AsFd, user_namespace: bool) -> Result<()> {
    let name = if user_namespace { c"user.overlay.opaque" } else { c"trusted.overlay.opaque" };
    xattr::set(dir.as_fd(), name, b"y").context("marking the directory as opaque")
}
