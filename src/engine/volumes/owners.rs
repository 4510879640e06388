//! Giving files to the container's user (`U`), and labels (`z`, `Z`): by descriptors, no link is followed.

use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::dir::{Dir, Type};
use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag};
use nix::sys::stat::{Mode, SFlag, fstatat};
use nix::unistd::{Gid, Uid, fchownat};

use crate::error::{Context, Error, Kind, Result};
use crate::namespaces::Mapping;
use crate::runtime::UserSpec;
use crate::runtime::root::Root;
use crate::sys::xattr;

/// Directories of the system: to give them, or their labels, away breaks the host.
const SYSTEM: [&str; 14] = [
    "/", "/bin", "/boot", "/dev", "/etc", "/home", "/lib", "/lib64", "/proc", "/root", "/sbin", "/sys",
    "/usr", "/var",
];

/// Refuses what must not, or can't, be given to somebody. For an ordinary user says whose it is.
pub fn check(path: &Path, rootless: bool, chown: bool) -> Result<()> {
    let plain = path.canonicalize().with_context(|| format!("looking at {}", path.display()))?;
    if SYSTEM.iter().any(|dir| Path::new(dir) == plain) {
        return Kind::Forbidden.err(format!(
            "{}: the options U, z and Z don't change directories of the system",
            path.display()
        ));
    }
    if !rootless || !chown {
        return Ok(());
    }
    let meta = plain.metadata().with_context(|| format!("looking at {}", path.display()))?;
    let mapping = Mapping::of_this_user()?;
    let has = mapping.uids.iter().any(|r| meta.uid() >= r.outside && meta.uid() - r.outside < r.size);
    if has {
        return Ok(());
    }
    let ids: Vec<String> = mapping
        .uids
        .iter()
        .map(|r| {
            if r.size == 1 {
                r.outside.to_string()
            } else {
                format!("{}-{}", r.outside, r.outside + r.size - 1)
            }
        })
        .collect();
    Kind::Forbidden.err(format!(
        "{} belongs to uid {}, the container has the uids {}: the option U can give it only what belongs to these; have root run chown -R {} {} first, or leave U out and mount it ro",
        path.display(),
        meta.uid(),
        ids.join(", "),
        nix::unistd::geteuid(),
        path.display()
    ))
}

/// The container's user and group as this process counts ids.
pub fn ids(root: &Root, user: &UserSpec, mapping: Option<&Mapping>) -> Result<(u32, u32)> {
    let identity = user.resolve(root)?;
    let Some(mapping) = mapping else { return Ok((identity.uid, identity.gid)) };
    let uid = Mapping::to_outside(&mapping.uids, identity.uid);
    let gid = Mapping::to_outside(&mapping.gids, identity.gid);
    uid.zip(gid).with_context(|| {
        Kind::Invalid.error(format!(
            "the container's user {}:{} is not one of the ids of its user namespace",
            identity.uid, identity.gid
        ))
    })
}

/// Gives the file or tree that `top` is open on to an owner, a label, or both. What has them already is left alone.
pub fn give(top: BorrowedFd<'_>, ids: Option<(u32, u32)>, label: Option<&CStr>) -> Result<()> {
    let gift = Gift { ids, label };
    let stat = fstatat(top, c"", AtFlags::AT_EMPTY_PATH).context("looking at it")?;
    gift.one(top, c"", AtFlags::AT_EMPTY_PATH)?;
    if SFlag::from_bits_truncate(stat.st_mode) & SFlag::S_IFMT == SFlag::S_IFDIR {
        let dir = Dir::openat(top, c".", flags(), Mode::empty()).map_err(explain)?;
        gift.below(dir, 0)?;
    }
    Ok(())
}

fn flags() -> OFlag {
    OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC
}

fn lacking(uid: u32, gid: u32) -> Error {
    Kind::Invalid.error(format!(
        "the container's user {uid}:{gid} is none of the ids that this user's containers have: run it as another user (--user 0), or get subordinate ids (`dhow doctor` says how)"
    ))
}

fn explain(errno: Errno) -> Error {
    match errno {
        Errno::EPERM | Errno::EACCES => Kind::Forbidden.error(
            "it belongs to a user whom the container doesn't have: have root change its owner (chown), or leave the option U out",
        ),
        other => other.into(),
    }
}

/// Deeper trees run out of descriptors.
const MAX_DEPTH: usize = 900;

struct Gift<'a> {
    ids: Option<(u32, u32)>,
    label: Option<&'a CStr>,
}

impl Gift<'_> {
    fn one(&self, dir: BorrowedFd<'_>, name: &CStr, at: AtFlags) -> Result<()> {
        if let Some((uid, gid)) = self.ids {
            let stat = fstatat(dir, name, at)?;
            if (stat.st_uid, stat.st_gid) != (uid, gid) {
                fchownat(dir, name, Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)), at).map_err(
                    |errno| match errno {
                        Errno::EINVAL => lacking(uid, gid),
                        other => explain(other),
                    },
                )?;
            }
        }
        if let Some(label) = self.label {
            let path = format!("/proc/self/fd/{}/{}", dir.as_raw_fd(), name.to_string_lossy());
            match xattr::set_no_follow(Path::new(&path), c"security.selinux", label.to_bytes_with_nul()) {
                Ok(()) | Err(Errno::ENOTSUP) => {}
                Err(e) => return Err(e).context("setting the SELinux label"),
            }
        }
        Ok(())
    }

    fn below(&self, mut dir: Dir, depth: usize) -> Result<()> {
        anyhow::ensure!(depth < MAX_DEPTH, "directories are nested too deeply");
        let entries: Vec<(CString, Option<Type>)> = dir
            .iter()
            .map(|e| e.map(|e| (e.file_name().to_owned(), e.file_type())))
            .collect::<nix::Result<_>>()?;
        for (name, kind) in entries {
            if matches!(name.to_bytes(), b"." | b"..") {
                continue;
            }
            let within = || name.to_string_lossy().into_owned();
            let fd = std::os::fd::AsFd::as_fd(&dir);
            self.one(fd, &name, AtFlags::AT_SYMLINK_NOFOLLOW).with_context(within)?;
            if kind == Some(Type::Directory) {
                let child = Dir::openat(fd, name.as_c_str(), flags(), Mode::empty()).map_err(explain)?;
                self.below(child, depth + 1).with_context(within)?;
            }
        }
        Ok(())
    }
}
