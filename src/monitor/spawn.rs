//! Starting a monitor, and reaching one that runs.

use std::fs::File;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, SockFlag, SockType, UnixAddr, connect as connect_socket, socket as new_socket,
};

use super::children;
use super::protocol::{self, Request};
use crate::container::ContainerDir;
use crate::error::{Context, Kind, Result};
use crate::runtime::seal;
use crate::state::{ContainerId, Lock, Roots};
use crate::sys::clone::{self, ExecStrings};
use crate::sys::{rlimit, socket};

/// The descriptor number at which the monitor finds its socket.
pub const SOCKET_FD: i32 = 3;
/// The variable that says how many descriptors it may have, when its starter has more.
pub const DESCRIPTORS: &str = "DHOW_DESCRIPTORS";

/// A monitor that waits to be asked for its container's start. Dropping it lets it end: nothing was done yet.
#[derive(Debug)]
pub struct Waiting {
    socket: OwnedFd,
}

impl Waiting {
    /// Asks for the start, the answer to which comes on the socket. The monitor gets the container's lock along with it, so that at no
    /// moment nobody holds it.
    pub fn ask(self, request: &Request, lock: Lock, fds: &[BorrowedFd<'_>]) -> Result<OwnedFd> {
        let all: Vec<BorrowedFd<'_>> = std::iter::once(lock.as_fd()).chain(fds.iter().copied()).collect();
        protocol::send(self.socket.as_fd(), request, &all)?;
        Ok(self.socket)
    }
}

/// Starts the monitor of a container. That may still be in the making: both take their time, beside each other.
pub fn spawn(roots: &Roots, id: &ContainerId) -> Result<Waiting> {
    let (ours, theirs) = socket::pair().context("making a socket pair")?;
    // As root the container's first process inherits the protection of the binary from its monitor. An ordinary user's takes it later,
    // in its own mount namespace, and only if it could write to the binary.
    let binary = if roots.rootless { seal::running_binary()? } else { seal::sealed_binary()? };
    let null = File::options().read(true).write(true).open("/dev/null").context("opening /dev/null")?;
    let args: [&[u8]; 6] = [
        seal::ROLE.as_bytes(),
        b"monitor",
        b"-",
        roots.root.as_os_str().as_bytes(),
        roots.runroot.as_os_str().as_bytes(),
        id.as_str().as_bytes(),
    ];
    let args = ExecStrings::new(args).context("a root directory has a NUL byte in its name")?;
    // Nothing of the caller's environment: it may hold secrets, and the monitor needs none of it.
    let limit = rlimit::descriptors_before().map(|(soft, _)| format!("{DESCRIPTORS}={soft}"));
    let env = ExecStrings::new(limit).expect("a number");
    let null = null.as_fd();
    let fds = [(null, 0), (null, 1), (null, 2), (theirs.as_fd(), SOCKET_FD)];
    let child =
        clone::spawn_fd(binary.as_fd(), &args, &env, &fds).context("starting the container's monitor")?;
    children::add(child);
    Ok(Waiting { socket: ours })
}

/// A path for a socket in `dir` that fits into the 108 bytes that the kernel allows, however long the directory's own path is. Valid
/// while the returned file is open.
pub fn short_path(dir: &Path, name: &str) -> Result<(File, PathBuf)> {
    let dir = File::open(dir)?;
    let path = PathBuf::from(format!("/proc/self/fd/{}/{name}", dir.as_raw_fd()));
    Ok((dir, path))
}

/// Connects to the monitor of a running container.
pub fn connect(dir: &ContainerDir) -> Result<OwnedFd> {
    let gone = || Kind::Conflict.error(format!("container {} is not running", dir.id.short()));
    let Ok((_dir, path)) = short_path(&dir.run, "monitor.sock") else { return Err(gone()) };
    let address = UnixAddr::new(&path).context("the monitor's address")?;
    let socket = new_socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)
        .context("making a socket")?;
    match connect_socket(socket.as_raw_fd(), &address) {
        Ok(()) => Ok(socket),
        Err(Errno::ENOENT | Errno::ECONNREFUSED) => Err(gone()),
        Err(e) => Err(e).context("connecting to the container's monitor"),
    }
}
