//! Protects the dhow binary from containers (CVE-2019-5736): a process that enters a container runs from a read-only mount of the
//! binary, so that `/proc/self/exe` and `/proc/PID/exe` can't be opened for writing there, whatever rights the container has.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::AccessFlags;

use crate::error::{Context, Result};
use crate::sys::clone::{self, ExecStrings};
use crate::sys::mount;

/// What a re-executed process finds in `argv[0]`.
pub const ROLE: &str = crate::namespaces::mapped::ROLE;

/// The running binary on a read-only mount that exists nowhere else. Needs CAP_SYS_ADMIN over the mount namespace.
pub fn sealed_binary() -> Result<OwnedFd> {
    let path = std::fs::read_link("/proc/self/exe").context("reading /proc/self/exe")?;
    let sealed = mount::clone_path(&path, false).with_context(|| format!("opening {}", path.display()))?;
    let attributes = mount::ATTR_RDONLY | mount::ATTR_NOSUID | mount::ATTR_NODEV;
    mount::set_attributes(sealed.as_fd(), attributes, 0, 0, false).context("sealing the binary")?;
    same_file(&sealed, Path::new("/proc/self/exe"))?;
    Ok(sealed)
}

/// The path is resolved anew, so it could mean another file by now (a package upgrade does that).
fn same_file(fd: &OwnedFd, path: &Path) -> Result<()> {
    let ours = std::fs::metadata(path).context("looking at the running binary")?;
    let sealed = nix::sys::stat::fstat(fd).context("looking at the sealed binary")?;
    anyhow::ensure!(
        (sealed.st_dev, sealed.st_ino) == (ours.dev(), ours.ino()),
        "the dhow binary was replaced while it runs; start the command again"
    );
    Ok(())
}

/// Whether an ordinary user's containers, whose root is this user, could write to the running binary.
pub fn is_writable() -> bool {
    let exe = Path::new("/proc/self/exe");
    // Executed from a sealed mount already.
    if nix::sys::statvfs::statvfs(exe)
        .is_ok_and(|s| s.flags().contains(nix::sys::statvfs::FsFlags::ST_RDONLY))
    {
        return false;
    }
    let Ok(meta) = std::fs::metadata(exe) else { return true };
    // The owner can give himself the right.
    meta.uid() == nix::unistd::geteuid().as_raw() || nix::unistd::access(exe, AccessFlags::W_OK).is_ok()
}

/// Whether this process runs from a binary that no container can write to: one on a read-only mount.
pub fn is_sealed() -> bool {
    nix::sys::statvfs::statvfs("/proc/self/exe")
        .is_ok_and(|s| s.flags().contains(nix::sys::statvfs::FsFlags::ST_RDONLY))
}

/// Executes this very command line again from the sealed binary, unless it runs from there. Descriptors that are open across an exec stay
/// open, and `variable` is added to the environment. Needs CAP_SYS_ADMIN over the mount namespace.
pub fn seal_process(variable: Option<(&str, &Path)>) -> Result<()> {
    if is_sealed() {
        return Ok(());
    }
    let sealed = sealed_binary()?;
    let args = ExecStrings::new(std::env::args_os().map(OsStringExt::into_vec)).expect("came from an exec");
    let env = std::env::vars_os().map(|(k, v)| [k.as_encoded_bytes(), b"=", v.as_encoded_bytes()].concat());
    let extra = variable.map(|(k, v)| [k.as_bytes(), b"=", v.as_os_str().as_encoded_bytes()].concat());
    let env = ExecStrings::new(env.chain(extra)).expect("came from an exec");
    match clone::exec_fd(sealed.as_fd(), &args, &env).context("executing the sealed binary")? {}
}

/// The running binary by descriptor: sealed if this process runs sealed.
pub fn running_binary() -> Result<OwnedFd> {
    Ok(File::open("/proc/self/exe").context("opening /proc/self/exe")?.into())
}
