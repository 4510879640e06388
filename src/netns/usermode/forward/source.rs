//! Under which address a container sees a client.

use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, OwnedFd};

use nix::errno::Errno;

use super::super::routes::Routes;
use super::super::world::Destination;
use crate::sys::inet;

/// `None`: that of the network's gateway.
pub type Source = Option<SocketAddr>;

/// An address that came through a socket of both families, as its own family has it.
pub fn plain(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// The client's own address, unless that means something else inside: that of the host itself (`at` is the one that was connected to), one of
/// a namespace inside, one of the container's own network, which would not send the answer here, or one that means something on another link
/// only.
pub fn choose(routes: &mut Routes, peer: SocketAddr, at: IpAddr, target: SocketAddr) -> Source {
    let host_itself = peer.ip().is_loopback() || peer.ip() == at;
    let of_a_link = matches!(peer.ip(), IpAddr::V6(six) if six.is_unicast_link_local());
    if host_itself || of_a_link || peer.is_ipv4() != target.is_ipv4() {
        return None;
    }
    let near = routes.destination(peer.ip()) == Destination::Local
        || routes.interface(peer.ip()).is_some_and(|i| routes.interface(target.ip()) == Some(i));
    (!near).then_some(peer)
}

/// The target for this client: of its family, if there is one.
pub fn target(targets: &[SocketAddr], peer: SocketAddr) -> Option<SocketAddr> {
    targets.iter().find(|t| t.is_ipv4() == peer.is_ipv4()).or(targets.first()).copied()
}

/// A socket that is connected to the target, or is going to be, from the client's address if that is possible, else from the one that the
/// routes give it. `make` makes one of a family; `from` connects one from an address.
pub fn connect(
    client: Source,
    target: SocketAddr,
    make: impl Fn(bool) -> nix::Result<OwnedFd>,
    from: impl FnOnce(SocketAddr) -> nix::Result<OwnedFd>,
) -> nix::Result<OwnedFd> {
    match client.map(from) {
        // The client has the same connection twice, through two published ports.
        None | Some(Err(Errno::EADDRINUSE | Errno::EADDRNOTAVAIL)) => {}
        Some(other) => return other,
    }
    let socket = make(target.is_ipv4())?;
    inet::connect(socket.as_fd(), target).map(|()| socket)
}

/// Such a socket of this namespace.
pub fn connect_from(
    source: SocketAddr,
    target: SocketAddr,
    make: impl Fn(bool) -> nix::Result<OwnedFd>,
) -> nix::Result<OwnedFd> {
    let socket = make(target.is_ipv4())?;
    inet::assume(socket.as_fd(), source)?;
    inet::connect(socket.as_fd(), target).map(|()| socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_keep_their_address_unless_it_means_something_else() {
        let mut routes = Routes::open().unwrap();
        let address = |text: &str| text.parse::<SocketAddr>().unwrap();
        let mut choose = |peer: &str, at: &str, target: &str| {
            choose(&mut routes, address(peer), at.parse().unwrap(), address(target))
        };
        let (far, there) = ("203.0.113.9:4000", "127.7.7.7:80");
        assert_eq!(choose(far, "198.51.100.1", there), Some(address(far)));
        assert_eq!(choose("127.0.0.1:4000", "127.0.0.1", there), None);
        assert_eq!(choose("198.51.100.1:4000", "198.51.100.1", there), None, "the host to itself");
        assert_eq!(choose("127.3.3.3:4000", "198.51.100.1", there), None, "one of ours");
        assert_eq!(choose(far, "198.51.100.1", "[::1]:80"), None, "of the other family");
        assert_eq!(choose("[fe80::9]:4000", "fe80::1", "[fd00::2]:80"), None, "of a link outside");
    }

    #[test]
    fn a_client_is_led_to_its_family() {
        let [four, six] = ["10.0.0.2:80", "[fd00::2]:80"].map(|t| t.parse::<SocketAddr>().unwrap());
        let [client4, client6] = ["1.2.3.4:5", "[2001:db8::1]:5"].map(|t| t.parse::<SocketAddr>().unwrap());
        assert_eq!(target(&[four, six], client6), Some(six));
        assert_eq!(target(&[six, four], client4), Some(four));
        assert_eq!(target(&[six], client4), Some(six));
        assert_eq!(target(&[], client4), None);
        assert_eq!(plain("[::ffff:1.2.3.4]:5".parse().unwrap()), client4);
    }
}
