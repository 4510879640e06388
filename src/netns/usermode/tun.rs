//! The device that leads out of the private namespace.

use std::net::IpAddr;
use std::os::fd::OwnedFd;

use ipnet::IpNet;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::stat::Mode;

use super::super::link;
use super::Settings;
use crate::error::{Context, Kind, Result};
use crate::sys::netlink::{Connection, Family};
use crate::sys::tun;

/// Its name, by which rules know it.
pub const NAME: &str = "tun0";
/// Packets that wait for the stack. A burst of many connections must not lose any: that costs 200 ms each.
const QUEUE: u32 = 8192;

/// Whether this user may make such devices.
pub fn check() -> Result<()> {
    let opened = nix::fcntl::open("/dev/net/tun", OFlag::O_RDWR | OFlag::O_CLOEXEC, Mode::empty());
    opened.map(drop).or_else(explain)
}

fn explain<T>(errno: Errno) -> Result<T> {
    match errno {
        Errno::ENOENT | Errno::ENODEV | Errno::ENXIO => Kind::Unsupported.err(
            "there is no /dev/net/tun, which networks of an ordinary user need: load the kernel module tun (modprobe tun), or use --network host or none",
        ),
        Errno::EACCES | Errno::EPERM => Kind::Forbidden.err(
            "/dev/net/tun may not be used, which networks of an ordinary user need: chmod 0666 /dev/net/tun, or use --network host or none",
        ),
        other => Err(other).context("making a TUN device"),
    }
}

/// Makes the device in the network namespace that this thread is in, with addresses and default routes. Without IPv6 in the kernel it has
/// IPv4 alone.
pub fn open(settings: &Settings) -> Result<OwnedFd> {
    let device = tun::open(NAME).or_else(explain)?;
    tun::set_nonblocking(std::os::fd::AsFd::as_fd(&device)).context("making a TUN device")?;
    let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
    let index = link::index(NAME).context("the TUN device that was just made")?;
    link::bring_up(&kernel, index, u32::from(settings.mtu), QUEUE).context("bringing the TUN device up")?;
    let four = IpAddr::from(settings.ipv4.guest);
    let six = IpAddr::from(settings.ipv6.guest);
    link::lead_out(&kernel, index, IpNet::from(four)).context("giving the TUN device its addresses")?;
    match link::lead_out(&kernel, index, IpNet::from(six)) {
        Ok(()) | Err(Errno::EOPNOTSUPP | Errno::EAFNOSUPPORT | Errno::EACCES) => Ok(device),
        Err(errno) => Err(errno).context("giving the TUN device its addresses"),
    }
}
