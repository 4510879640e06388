//! The way out of a user's private network namespace, and the way in, with no privilege on the host.
//!
//! The private namespace ("inside") has the bridges of a user's networks and one TUN device ([`tun::open`]), which holds its default
//! routes. What goes out of that device is masqueraded to one address of each family, the guest's.
//! - [`stack::serve`] has the other end of the device and runs in the network namespace of the host ("outside"): it ends the guest's
//!   connections and goes on with sockets of its own.
//! - [`forward::serve`] runs inside: it accepts on listeners of the host that monitors hand it, and connects to containers under the
//!   client's own address. [`forward::prepare`] makes the rules that this takes.
//!
//! Both are loops of one thread that end when `stop` can be read, in a process that ignores SIGPIPE. Neither knows how it is started, nor what
//! a container is.

mod destinations;
mod flows;
pub mod forward;
mod host;
mod routes;
pub mod stack;
mod streams;
mod tcp;
#[cfg(test)]
mod tests;
mod timers;
pub mod tun;
mod wire;
pub mod world;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Special addresses of one family. They are the stack's own: outside nobody has to have them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses<A> {
    /// The device's, under which everything inside comes out.
    pub guest: A,
    /// Whom the stack's own errors are from.
    pub gateway: A,
    /// Port 53 of it leads to the host's name servers.
    pub names: A,
    /// Leads to the host itself (127.0.0.1 or ::1), if at all.
    pub host: A,
}

/// What the stack and its device agree on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settings {
    pub ipv4: Addresses<Ipv4Addr>,
    pub ipv6: Addresses<Ipv6Addr>,
    /// Whether the address `host` leads anywhere. Rules inside say who may use it.
    pub host_reachable: bool,
    /// Of the device.
    pub mtu: u16,
}

impl Default for Settings {
    fn default() -> Self {
        let four = |n| Ipv4Addr::new(10, 0, 2, n);
        // A unique local prefix of dhow's own (RFC 4193).
        let six = |n| Ipv6Addr::new(0xfd64, 0x686f, 0x7700, 0, 0, 0, 0, n);
        Self {
            ipv4: Addresses { guest: four(100), gateway: four(2), names: four(3), host: four(4) },
            ipv6: Addresses { guest: six(0x100), gateway: six(2), names: six(3), host: six(4) },
            host_reachable: true,
            mtu: 65520,
        }
    }
}

impl Settings {
    fn names(&self, like: IpAddr) -> IpAddr {
        if like.is_ipv4() { self.ipv4.names.into() } else { self.ipv6.names.into() }
    }

    fn host(&self, like: IpAddr) -> IpAddr {
        if like.is_ipv4() { self.ipv4.host.into() } else { self.ipv6.host.into() }
    }

    fn gateway(&self, like: IpAddr) -> IpAddr {
        if like.is_ipv4() { self.ipv4.gateway.into() } else { self.ipv6.gateway.into() }
    }
}
