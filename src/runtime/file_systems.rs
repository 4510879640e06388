//! Makes file systems, detached: fsopen(2), options one by one, fsmount(2).

use std::ffi::{CStr, CString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::mount::MsFlags;

use crate::error::{Context, Kind, Result};
use crate::sys::mount::FsContext;

/// Makes a file system with `key=value` options.
pub fn make(kind: &str, source: &str, options: &[String]) -> Result<OwnedFd> {
    let context = FsContext::open(&c_string(kind)?).map_err(|errno| match errno {
        Errno::ENODEV => unknown(kind),
        other => anyhow::anyhow!("opening the file system {kind}: {}", other.desc()),
    })?;
    finished(&context, kind, options, configured(&context, kind, source, options))
}

/// The same for who explains failures himself: why it failed, and what the file system had to say about it.
pub fn mounted(
    kind: &str,
    source: &str,
    options: &[String],
) -> std::result::Result<OwnedFd, (Errno, Option<String>)> {
    let context =
        c_string_errno(kind).and_then(|kind| FsContext::open(&kind)).map_err(|errno| (errno, None))?;
    configured(&context, kind, source, options).map_err(|errno| (errno, context.complaint()))
}

/// The kernel doesn't have it, nor a module.
pub fn unknown(kind: &str) -> crate::error::Error {
    Kind::Unsupported.error(format!("this kernel has no file system {kind:?}"))
}

fn configured<'a>(
    context: &FsContext,
    kind: &str,
    source: &str,
    options: impl IntoIterator<Item = &'a String>,
) -> nix::Result<OwnedFd> {
    context.set(c"source", &c_string_errno(source)?)?;
    options.into_iter().try_for_each(|option| configure_option(context, kind, option))?;
    context.mount(0)
}

/// The file system, if it is as it should be.
fn finished(
    context: &FsContext,
    kind: &str,
    options: &[String],
    made: nix::Result<OwnedFd>,
) -> Result<OwnedFd> {
    let made = made.map_err(|errno| {
        let said = context.complaint().unwrap_or_else(|| errno.desc().to_string());
        anyhow::anyhow!("the {kind} file system with the options {:?}: {said}", options.join(","))
    })?;
    if let Some(upper) =
        options.iter().find_map(|o| o.strip_prefix("upperdir=")).filter(|_| kind == "overlay")
    {
        check_writable(made.as_fd())
            .with_context(|| format!("mounting an overlay that writes to {upper}"))?;
    }
    Ok(made)
}

/// An overlay that finds no room for its work directory doesn't fail: it becomes read-only, which would be told as something else by
/// whoever writes first.
fn check_writable(overlay: BorrowedFd<'_>) -> Result<()> {
    let stat = nix::sys::statvfs::fstatvfs(overlay).context("looking at it")?;
    if !stat.flags().contains(nix::sys::statvfs::FsFlags::ST_RDONLY) {
        return Ok(());
    }
    let is_full = stat.blocks_available() == 0 || stat.files() > 0 && stat.files_available() == 0;
    Err(std::io::Error::from(if is_full { Errno::ENOSPC } else { Errno::EROFS }).into())
}

fn configure_option(context: &FsContext, kind: &str, option: &str) -> nix::Result<()> {
    let Some((key, value)) = option.split_once('=') else { return context.flag(&c_string_errno(option)?) };
    if kind == "overlay" && key == "lowerdir" {
        return value.split(':').try_for_each(|layer| set_layer(context, layer));
    }
    if kind == "overlay" && matches!(key, "upperdir" | "workdir") {
        return set_path(context, &c_string_errno(key)?, value);
    }
    context.set(&c_string_errno(key)?, &c_string_errno(value)?)
}

/// One long string of layers would exceed the 256 bytes that fsconfig(2) takes.
fn set_layer(context: &FsContext, layer: &str) -> nix::Result<()> {
    set_path(context, c"lowerdir+", layer)
}

/// Sets a directory. One whose path is too long for fsconfig(2) is given open (Linux 6.13).
fn set_path(context: &FsContext, key: &CStr, path: &str) -> nix::Result<()> {
    if path.len() < 256 {
        return context.set(key, &c_string_errno(path)?);
    }
    let directory = nix::fcntl::open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, nix::sys::stat::Mode::empty())?;
    context.set_fd(key, directory.as_fd())
}

/// An overlay, given its layers one by one; `None` on a kernel before Linux 6.7, which can't have them so. That is seen by trying: to give
/// up a context that was made for a look alone takes the kernel as long as to wait for all processors.
pub fn overlay(source: &str, options: &[String]) -> Result<Option<OwnedFd>> {
    let context = FsContext::open(c"overlay").context("opening the file system overlay")?;
    // Before Linux 6.5 overlay takes every option here, and looks at them when it is mounted.
    if context.set(c"no-such-option", c"x").is_ok() {
        return Ok(None);
    }
    // What it has to say about that is of no interest.
    let _ = context.complaint();
    let (layers, others): (Vec<_>, Vec<_>) = options.iter().partition(|o| o.starts_with("lowerdir="));
    let mut layers = layers.into_iter().flat_map(|o| o["lowerdir=".len()..].split(':'));
    let first = layers.next().map_or(Ok(()), |first| set_layer(&context, first));
    if first == Err(Errno::EINVAL) {
        return Ok(None);
    }
    let configure = || -> nix::Result<OwnedFd> {
        // Any other failure is the layer's: without it the container would have other files.
        first?;
        layers.try_for_each(|layer| set_layer(&context, layer))?;
        configured(&context, "overlay", source, others)
    };
    finished(&context, "overlay", options, configure()).map(Some)
}

/// Overlay by mount(2), all layers in one string of at most a page.
pub fn old_overlay(path: &Path, options: &[String]) -> Result<()> {
    let data = options.join(",");
    nix::mount::mount(Some("overlay"), path, Some("overlay"), MsFlags::empty(), Some(data.as_str())).map_err(
        |errno| {
            let hint = if data.len() > 4000 {
                ": too many layers for this kernel, Linux 6.5 takes any number"
            } else {
                ""
            };
            anyhow::anyhow!(
                "mounting the root file system: overlay with the options {data:?}: {}{hint}",
                errno.desc()
            )
        },
    )
}

fn c_string(text: &str) -> Result<CString> {
    CString::new(text).ok().with_context(|| format!("{text:?} has a NUL byte in it"))
}

fn c_string_errno(text: &str) -> nix::Result<CString> {
    CString::new(text).map_err(|_| Errno::EINVAL)
}
