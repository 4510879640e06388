//! File systems of disks and servers.
//!
//! Such a mount belongs to the network namespace of the process that makes it, which is asked for a server's answers as long as it lasts: it
//! is made in the host's, never in the container's. A child process makes it, as a server that doesn't answer would keep this one waiting for
//! ever. The mount is detached, and gone with the last container that has it.

use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;
use std::time::Duration;

use nix::errno::Errno;
use nix::sched::CloneFlags;
use nix::sys::socket::MsgFlags;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;

use super::mount_options::MountOptions;
use super::overlay::prepare_upper;
use super::{file_systems, mounts, sources};
use crate::error::{self, Context, Kind, Result};
use crate::sys::clone::{self, Cloned, Parent};
use crate::sys::{pidfd, prctl, socket};
use crate::volumes::driver::DeviceMount;
use crate::volumes::server;

/// How long a mount may take, in milliseconds: what asks a server twice in vain takes longer.
const LIMIT: u16 = 40_000;
/// How long a server may take to accept a connection.
const CONNECTING: Duration = Duration::from_secs(10);

/// Makes the file system with these options, of which `device` has more. This process has one thread.
pub fn make(device: &DeviceMount, options: &[String]) -> Result<OwnedFd> {
    let (ours, theirs) = socket::pair().context("making a socket pair")?;
    let child = clone::fork_into(CloneFlags::empty(), None, Parent::This, || {
        // One that is killed leaves nobody behind who mounts in vain.
        let made = prctl::die_with_parent().map_err(Into::into).and_then(|()| mount(device, options));
        i32::from(tell(theirs.as_fd(), made).is_err())
    })
    .context("starting a process")?;
    drop(theirs);
    if !pidfd::ends_within(child.pidfd.as_fd(), LIMIT).context("waiting for a process")? {
        give_up(&child);
        return Kind::Unavailable.err(format!(
            "mounting {} ({}) took longer than {} seconds and was given up: is what it is on still there?",
            device.device,
            device.kind,
            LIMIT / 1000
        ));
    }
    // It has ended: this waits for nothing.
    let _ = waitpid(Pid::from_raw(child.pid), None);
    let (text, mut mounts) = socket::receive(ours.as_fd(), MsgFlags::empty())
        .context("the process that mounts has ended early")?;
    mounts.pop().with_context(|| String::from_utf8_lossy(&text).into_owned())
}

/// All that a volume's options have mounted, for a process that looks at it: this one has a mount namespace of its own.
pub fn make_for_a_look(device: &DeviceMount) -> Result<OwnedFd> {
    let options = MountOptions::parse(&device.options)?;
    let mounted = match device.kind.as_str() {
        "overlay" => {
            prepare_upper(&options.data)?;
            sources::overlay_here(Path::new("/proc"), &device.device, &options.data)?
        }
        kind if device.is_passing() => file_systems::make(kind, &device.device, &options.data)?,
        _ => make(device, &options.data)?,
    };
    mounts::set(mounted.as_fd(), &options)?;
    Ok(mounted)
}

/// The same with the options of `device`; what is an attribute of a mount is not set.
pub fn make_by_its_options(device: &DeviceMount) -> Result<OwnedFd> {
    make(device, &MountOptions::parse(&device.options)?.data)
}

fn give_up(child: &Cloned) {
    let _ = pidfd::send_signal(child.pidfd.as_fd(), libc::SIGKILL);
    // The kernel lets nobody out of some waits for a disk: then it is left behind.
    let _ = pidfd::ends_within(child.pidfd.as_fd(), 1000);
    let _ = waitpid(Pid::from_raw(child.pid), Some(WaitPidFlag::WNOHANG));
}

fn tell(socket: BorrowedFd<'_>, made: Result<OwnedFd>) -> nix::Result<()> {
    match made {
        Ok(mount) => socket::send(socket, b"made", &[mount.as_fd()]),
        Err(error) => socket::send(socket, error::one_line(&error).as_bytes(), &[]),
    }
}

fn mount(device: &DeviceMount, options: &[String]) -> Result<OwnedFd> {
    if let Some(service) = device.service() {
        // The kernel would go on trying.
        TcpStream::connect_timeout(&service, CONNECTING)
            .with_context(|| format!("connecting to {service}, which is to serve {}", device.device))?;
    }
    let mut options = options.to_vec();
    if device.is_readonly() {
        options.push("ro".into());
    }
    let context = || {
        let data =
            if options.is_empty() { String::new() } else { format!(", data: {}", server::shown(&options)) };
        format!("failed to mount local volume: mount {}{data}", device.device)
    };
    file_systems::mounted(&device.kind, &device.device, &options)
        .map_err(|(errno, said)| refused(device, errno, said))
        .with_context(context)
}

/// What the kernel has said, and what mount(8) says where that isn't much.
fn refused(device: &DeviceMount, errno: Errno, said: Option<String>) -> error::Error {
    let hint = match errno {
        Errno::ENODEV => return file_systems::unknown(&device.kind),
        Errno::EINVAL => format!(": wrong fs type (is it {}?), bad option or bad superblock", device.kind),
        Errno::EBUSY => ": it is in use, or mounted with other options".into(),
        Errno::EACCES if device.is_remote() => {
            ": does the server export it, by this path and to this host?".into()
        }
        // So the kernel says that nobody there is responsible for the program and version (RFC 5531, PROG_UNAVAIL and PROC_UNAVAIL).
        Errno::EOPNOTSUPP | Errno::EPROTONOSUPPORT | Errno::EPFNOSUPPORT if device.is_remote() => {
            ": does the server serve this version? Others are o=vers=4.2, 4.1, 4 and 3".into()
        }
        Errno::EACCES if !device.is_readonly() => ": is it write-protected? Then it needs o=ro".into(),
        _ => String::new(),
    };
    let said = said.map_or_else(|| errno.desc().to_string(), |said| format!("{} ({said})", errno.desc()));
    anyhow::anyhow!("{said}{hint}")
}
