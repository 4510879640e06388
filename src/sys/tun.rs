//! TUN devices (linux/if_tun.h): a network interface whose other end is a descriptor.

use std::fs::File;
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;

const TUNSETIFF: libc::c_ulong = 0x4004_54ca;
const TUNSETOFFLOAD: libc::c_ulong = 0x4004_54d0;
const TUNSETVNETHDRSZ: libc::c_ulong = 0x4004_54d8;
const IFF_TUN: i32 = 1;
const IFF_NO_PI: i32 = 0x1000;
const IFF_VNET_HDR: i32 = 0x4000;
/// The reader takes packets without checksums, and TCP segments larger than the path takes.
const TUN_F_CSUM: libc::c_ulong = 1;
const TUN_F_TSO4: libc::c_ulong = 2;
const TUN_F_TSO6: libc::c_ulong = 4;
/// `struct virtio_net_hdr`, before each packet.
pub const VNET_HEADER: usize = 10;

/// Makes a device of this name in the network namespace that this thread is in; `name` has at most 15 bytes. It goes with its last descriptor.
/// Packets come and go with a [`VNET_HEADER`].
pub fn open(name: &str) -> nix::Result<OwnedFd> {
    let file = File::options().read(true).write(true).open("/dev/net/tun");
    let file = file.map_err(|e| Errno::from_raw(e.raw_os_error().unwrap_or(libc::EIO)))?;
    let device = OwnedFd::from(file);
    // SAFETY: all zeroes is a valid ifreq.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().take(libc::IFNAMSIZ - 1).zip(name.bytes()) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_flags = (IFF_TUN | IFF_NO_PI | IFF_VNET_HDR) as i16;
    // SAFETY: TUNSETIFF reads and writes one ifreq.
    Errno::result(unsafe { libc::ioctl(device.as_raw_fd(), TUNSETIFF as _, &raw mut request) })?;
    let size = VNET_HEADER as i32;
    // SAFETY: TUNSETVNETHDRSZ reads one int.
    Errno::result(unsafe { libc::ioctl(device.as_raw_fd(), TUNSETVNETHDRSZ as _, &raw const size) })?;
    set_offloads(&device)?;
    Ok(device)
}

fn set_offloads(device: &OwnedFd) -> nix::Result<()> {
    let offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6;
    // SAFETY: TUNSETOFFLOAD takes its flags by value.
    Errno::result(unsafe { libc::ioctl(device.as_raw_fd(), TUNSETOFFLOAD as _, offloads) }).map(drop)
}

/// Reads and writes on it don't wait any more.
pub fn set_nonblocking(fd: BorrowedFd<'_>) -> nix::Result<()> {
    use nix::fcntl::{FcntlArg, OFlag, fcntl};
    let flags = OFlag::from_bits_retain(fcntl(fd, FcntlArg::F_GETFL)?);
    fcntl(fd, FcntlArg::F_SETFL(flags | OFlag::O_NONBLOCK)).map(drop)
}
