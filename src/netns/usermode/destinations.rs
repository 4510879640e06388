//! Where what the guest sends may go, and under which address it is known outside.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::Settings;
use super::wire::icmp::Unreachable;
use super::world::{Destination, World};

pub use super::super::files::NAMES_PORT;
/// As many servers as any resolver asks (resolv.conf(5)).
const MAX_SERVERS: usize = 3;

/// What becomes of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// Straight on.
    To(SocketAddr),
    /// To one of the host's name servers.
    Names,
    /// To the host itself, at this address.
    Host(SocketAddr),
    /// To an address of the stack's own, which serves nothing but echoes.
    Own,
    Refuse(Unreachable),
    /// Silently.
    Drop,
}

/// Addresses that are nobody's in particular, or that the kernel takes for others than they seem.
fn is_odd(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => {
            let [a, ..] = four.octets();
            // "This network" would be the host itself.
            a == 0 || four.is_multicast() || four.is_broadcast() || four.is_link_local() || a >= 240
        }
        IpAddr::V6(six) => {
            // An IPv4 address in IPv6's clothes would pass the checks for IPv6 and be connected to by IPv4.
            six.is_unspecified()
                || six.is_multicast()
                || six.is_unicast_link_local()
                || six.to_ipv4_mapped().is_some()
        }
    }
}

/// Whether packets come from inside with this address. Others are those that were not masqueraded, as the rules were lost for a moment: an
/// answer would end connections that go on when the rules are back.
pub fn is_source(settings: &Settings, address: IpAddr) -> bool {
    [IpAddr::from(settings.ipv4.guest), settings.ipv6.guest.into()].contains(&address)
}

/// The way of a packet to `to`.
pub fn way<W: World>(world: &mut W, settings: &Settings, to: SocketAddr) -> Way {
    let special = |addresses: [IpAddr; 3]| addresses.iter().position(|a| *a == to.ip());
    let (four, six) = (settings.ipv4, settings.ipv6);
    let special = match to.ip() {
        IpAddr::V4(_) => special([four.gateway.into(), four.names.into(), four.host.into()]),
        IpAddr::V6(_) => special([six.gateway.into(), six.names.into(), six.host.into()]),
    };
    match special {
        Some(1) if to.port() == NAMES_PORT => return Way::Names,
        Some(2) if settings.host_reachable => {
            let own: IpAddr =
                if to.is_ipv4() { Ipv4Addr::LOCALHOST.into() } else { Ipv6Addr::LOCALHOST.into() };
            return Way::Host(SocketAddr::new(own, to.port()));
        }
        Some(_) => return Way::Own,
        None => {}
    }
    if is_odd(to.ip()) {
        return Way::Drop;
    }
    match world.destination(to.ip()) {
        Destination::Elsewhere => Way::To(to),
        // As if nobody listened: what the host serves to itself is not the guest's to know.
        Destination::Local => Way::Refuse(Unreachable::Port),
        Destination::Nobody => Way::Drop,
        Destination::Unreachable => Way::Refuse(Unreachable::Network),
    }
}

/// Which of the host's name servers is asked, until it doesn't answer.
#[derive(Debug, Default)]
pub struct NameServers {
    current: usize,
}

impl NameServers {
    /// The servers, at least one, in the order in which they are to be tried, and whose turn it is.
    pub fn list<W: World>(&self, world: &mut W) -> (Vec<SocketAddr>, usize) {
        let mut servers = world.name_servers();
        servers.truncate(MAX_SERVERS);
        if servers.is_empty() {
            // As resolvers have it (resolv.conf(5)).
            servers.push(SocketAddr::new(Ipv4Addr::LOCALHOST.into(), NAMES_PORT));
        }
        let count = servers.len();
        servers.rotate_left(self.current % count);
        (servers, self.current)
    }

    /// The one whose turn that was gave no answer: another is asked the next time.
    pub fn give_up(&mut self, turn: usize) {
        if turn == self.current {
            self.current = self.current.wrapping_add(1);
        }
    }
}
