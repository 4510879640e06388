//! The size of a volume or of a container's layer, kept by the file system's project quotas.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::{Component, Path};

use nix::errno::Errno;

use crate::error::{Context, Kind, Result};
use crate::state::file;
use crate::sys::{quota, random};

/// Lets the directory, which is empty, and all that comes into it hold at most `size` bytes. Answers its project.
pub(crate) fn limit(path: &Path, size: u64) -> Result<u32> {
    let dir = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    let refused =
        |why: &str| Kind::Unsupported.err(format!("quota size requested but no quota support: {why}"));
    if !nix::unistd::geteuid().is_root() {
        return refused("only root on the host can set project quotas");
    }
    // A number that nobody has: no counter that could be wrong, nobody to ask.
    let project = loop {
        let mut bytes = [0u8; 4];
        random::fill(&mut bytes)?;
        let candidate = (u32::from_ne_bytes(bytes) & 0x7fff_ffff) | 0x0010_0000;
        match quota::usage(dir.as_fd(), candidate) {
            // No record of this project, or an empty one.
            Ok((0, 0)) | Err(Errno::ENOENT) => break candidate,
            Ok(_) => {}
            Err(Errno::ESRCH | Errno::ENOSYS | Errno::EOPNOTSUPP | Errno::ENOTTY | Errno::EINVAL) => {
                return refused(&format!(
                    "the file system of {} is not mounted with project quotas (ext4 or xfs with the mount option prjquota)",
                    lasting(path).display()
                ));
            }
            Err(e) => return Err(e).with_context(|| format!("asking for the quota of {}", path.display())),
        }
    };
    quota::set_project(dir.as_fd(), project)
        .with_context(|| format!("giving {} a project of its own", path.display()))?;
    quota::set_limit(dir.as_fd(), project, size)
        .with_context(|| format!("setting the quota of {}", path.display()))?;
    Ok(project)
}

/// The deepest directory on the way that was there before: nobody knows temporary names.
fn lasting(path: &Path) -> &Path {
    let is_temporary = |name: Component<'_>| name.as_os_str().to_string_lossy().starts_with(file::TEMPORARY);
    path.ancestors().find(|dir| !dir.components().any(is_temporary)).unwrap_or(path)
}

/// Has another empty directory share the limit: files can't be moved from one project to another, and an overlay moves what it makes from
/// its work directory to the upper one.
pub(crate) fn share(path: &Path, project: u32) -> Result<()> {
    let dir = File::open(path).with_context(|| format!("opening {}", path.display()))?;
    quota::set_project(dir.as_fd(), project)
        .with_context(|| format!("giving {} to a project", path.display()))
}
