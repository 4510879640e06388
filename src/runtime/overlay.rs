//! Overlays over what containers mount. (The container's own root is another matter: it belongs to root.)

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use super::root::Root;
use super::{mounts, sources};
use crate::error::{Context, Result};

/// Gives an empty upper directory owner and mode of the directory that it covers: those are what the overlay shows.
pub fn prepare_upper(options: &[String]) -> Result<()> {
    let value = |key: &str| options.iter().find_map(|o| o.strip_prefix(key)?.strip_prefix('='));
    let (Some(upper), Some(lower)) = (value("upperdir"), value("lowerdir")) else { return Ok(()) };
    let upper = Path::new(upper);
    let lower = Path::new(lower.split(':').next().unwrap_or_default());
    let looking = || format!("looking at {}", upper.display());
    if std::fs::read_dir(upper).with_context(looking)?.next().is_some() {
        return Ok(());
    }
    let meta = lower.metadata().with_context(|| format!("looking at {}", lower.display()))?;
    let mode = std::fs::Permissions::from_mode(meta.mode() & 0o7777);
    std::fs::set_permissions(upper, mode)
        .with_context(|| format!("setting the mode of {}", upper.display()))?;
    // An owner that this user namespace doesn't have can't be given; the directory is then the container's root's.
    let _ = chown(upper, Some(meta.uid()), Some(meta.gid()));
    Ok(())
}

/// The root file system of layers, bottom first, as a container sees it, to be looked at. `user_namespace`: this process is in one.
pub fn view(layers: &[std::path::PathBuf], empty: &Path, user_namespace: bool) -> Result<Root> {
    let mut lower: Vec<String> = layers.iter().rev().map(|l| l.display().to_string()).collect();
    // Without an upper directory overlay wants two.
    lower.push(empty.display().to_string());
    if lower.len() == 1 {
        return Ok(Root::new(mounts::open_path(empty)?));
    }
    let mut options = vec![format!("lowerdir={}", lower.join(":"))];
    if user_namespace {
        options.push("userxattr".into());
    }
    nix::sched::unshare(nix::sched::CloneFlags::CLONE_NEWNS).context("making a mount namespace")?;
    mounts::cut_propagation(libc::MS_PRIVATE)?;
    sources::overlay_here(Path::new("/proc"), "overlay", &options).map(Root::new)
}
