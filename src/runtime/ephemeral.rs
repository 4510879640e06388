//! A root whose changes stay in memory: the upper directory of its overlay is in a tmpfs that only the container's mount namespace knows,
//! and goes with it. Nothing is written to the disk, and nothing needs to be removed at the end.

use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use nix::fcntl::AtFlags;
use nix::sys::stat::{FchmodatFlags, Mode, fchmodat, mkdirat};
use nix::unistd::fchownat;

use super::plan::{MountKind, PlannedMount};
use super::sources::overlay_here;
use super::{file_systems, mounts};
use crate::error::{Context, Kind, Result};
use crate::sys::mount as m;

/// The overlay, with upper and work directory in a tmpfs that is put on `place` for it. This process has mounts of its own. `owner`: the
/// container's root, where that is not this process's.
pub fn overlay(
    place: &Path,
    planned: &PlannedMount,
    tmpfs: &[String],
    owner: Option<(u32, u32)>,
) -> Result<OwnedFd> {
    let MountKind::FileSystem { source, .. } = &planned.kind else {
        return Kind::Invalid.err("only an overlay can be in memory");
    };
    let memory = file_systems::make("tmpfs", "ephemeral", tmpfs)?;
    for name in ["upper", "work"] {
        mkdirat(&memory, name, Mode::S_IRWXU).with_context(|| format!("making {name} in memory"))?;
    }
    // It becomes the container's root directory, whatever the umask.
    fchmodat(&memory, "upper", Mode::from_bits_truncate(0o755), FchmodatFlags::FollowSymlink)
        .context("setting the mode of the root")?;
    if let Some((uid, gid)) = owner {
        fchownat(&memory, "upper", Some(uid.into()), Some(gid.into()), AtFlags::empty())
            .context("giving the root to the container's root")?;
    }
    let target = mounts::open_path(place)?;
    m::attach(memory.as_fd(), target.as_fd())
        .with_context(|| format!("mounting memory on {}", place.display()))?;
    let is_disk = |o: &&String| !o.starts_with("upperdir=") && !o.starts_with("workdir=");
    let mut options: Vec<String> = planned.options.data.iter().filter(is_disk).cloned().collect();
    options.push(format!("upperdir={}", place.join("upper").display()));
    options.push(format!("workdir={}", place.join("work").display()));
    overlay_here(place, source, &options)
}
