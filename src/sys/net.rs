//! The loopback interface of a new network namespace, and parameters of the one that this thread is in.

use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{AddressFamily, SockFlag, SockType};

const SIOCGSKNS: libc::c_ulong = 0x894c;

/// A socket to configure this thread's network namespace by.
pub fn socket() -> nix::Result<OwnedFd> {
    nix::sys::socket::socket(AddressFamily::Inet, SockType::Datagram, SockFlag::SOCK_CLOEXEC, None)
}

/// The network namespace of a socket (CAP_NET_ADMIN over it).
pub fn namespace_of(socket: &OwnedFd) -> nix::Result<OwnedFd> {
    // SAFETY: SIOCGSKNS takes no argument and answers a new descriptor, close-on-exec, that nobody else owns.
    let namespace = Errno::result(unsafe { libc::ioctl(socket.as_raw_fd(), SIOCGSKNS as _) })?;
    // SAFETY: as above.
    Ok(unsafe { OwnedFd::from_raw_fd(namespace) })
}

/// Brings `lo` up; the kernel gives it 127.0.0.1 and ::1 then.
pub fn loopback_up(socket: &OwnedFd) -> nix::Result<()> {
    // SAFETY: all zeroes is a valid ifreq.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name[0] = b'l' as libc::c_char;
    request.ifr_name[1] = b'o' as libc::c_char;
    request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as i16;
    // SAFETY: SIOCSIFFLAGS reads one ifreq.
    Errno::result(unsafe { libc::ioctl(socket.as_raw_fd(), libc::SIOCSIFFLAGS, &raw const request) })
        .map(drop)
}

/// Sets a parameter below /proc/sys/net.
pub fn set_parameter(name: &str, value: &str) -> std::io::Result<()> {
    let mut file = std::fs::OpenOptions::new().write(true).open(format!("/proc/sys/net/{name}"))?;
    file.write_all(value.as_bytes())
}

/// Sets the NIS domain name of this UTS namespace.
pub fn set_domain_name(name: &str) -> nix::Result<()> {
    // SAFETY: pointer and length describe the live string.
    Errno::result(unsafe { libc::setdomainname(name.as_ptr().cast(), name.len()) }).map(drop)
}
