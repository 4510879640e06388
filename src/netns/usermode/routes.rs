//! What the kernel's routes say of an address: asked once, and again when addresses or routes have changed.

use std::collections::HashMap;
use std::net::IpAddr;
use std::os::fd::{AsFd, BorrowedFd};

use nix::errno::Errno;

use super::super::link;
use super::world::Destination;
use crate::error::{Context, Result};
use crate::sys::netlink::{Connection, Family};

/// Addresses that are remembered; all are forgotten when there are more.
const MAX_KNOWN: usize = 16 * 1024;
// linux/rtnetlink.h
const RTN_UNICAST: u8 = 1;
const RTN_LOCAL: u8 = 2;
const RTN_ANYCAST: u8 = 4;
const RTN_UNREACHABLE: u8 = 7;
const RTN_PROHIBIT: u8 = 8;

/// The routes of the network namespace that this was opened in.
#[derive(Debug)]
pub struct Routes {
    kernel: Connection,
    changes: Connection,
    known: HashMap<IpAddr, Destination>,
}

impl Routes {
    pub fn open() -> Result<Self> {
        let kernel = Connection::open(Family::Route).context("asking the kernel for routes")?;
        let changes = Connection::subscribe(Family::Route, link::ROUTES_CHANGE, None)
            .context("following the kernel's routes")?;
        Ok(Self { kernel, changes, known: HashMap::new() })
    }

    /// Can be read when something has changed; [`Self::changed`] is to be called then.
    pub fn changes(&self) -> BorrowedFd<'_> {
        self.changes.as_fd()
    }

    pub fn changed(&mut self) {
        self.changes.drain();
        self.known.clear();
    }

    pub fn destination(&mut self, address: IpAddr) -> Destination {
        if let Some(known) = self.known.get(&address) {
            return *known;
        }
        let found = judge(link::route_to(&self.kernel, address).map(|route| route.kind));
        if self.known.len() >= MAX_KNOWN {
            self.known.clear();
        }
        self.known.insert(address, found);
        found
    }

    /// The interface over which packets to the address leave.
    pub fn interface(&self, address: IpAddr) -> Option<u32> {
        link::route_to(&self.kernel, address).ok()?.interface
    }
}

fn judge(kind: Result<u8, Errno>) -> Destination {
    match kind {
        Ok(RTN_UNICAST) => Destination::Elsewhere,
        // The routers' anycast address of a subnet is this host where it is the router.
        Ok(RTN_LOCAL | RTN_ANYCAST) => Destination::Local,
        Ok(RTN_UNREACHABLE | RTN_PROHIBIT) => Destination::Unreachable,
        Err(Errno::ENETUNREACH | Errno::EHOSTUNREACH | Errno::EACCES | Errno::EAFNOSUPPORT) => {
            Destination::Unreachable
        }
        // Also when the kernel could not be asked: an address that might be the host's is not to be reached.
        Ok(_) | Err(_) => Destination::Nobody,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_not_elsewhere() {
        let mut routes = Routes::open().unwrap();
        for own in ["127.0.0.1", "127.9.9.9", "::1"] {
            assert_eq!(routes.destination(own.parse().unwrap()), Destination::Local, "{own}");
        }
        for nobody in ["255.255.255.255", "224.0.0.1"] {
            assert_ne!(routes.destination(nobody.parse().unwrap()), Destination::Elsewhere, "{nobody}");
        }
        assert_eq!(routes.known.len(), 5);
        routes.changed();
        assert_eq!(routes.known.len(), 0);
        assert_eq!(judge(Err(Errno::ENOBUFS)), Destination::Nobody);
    }
}
