//! Internet sockets, as far as it takes what the standard library does not have: everything non-blocking, and errors that came back for what
//! was sent.

use std::io::IoSliceMut;
use std::net::SocketAddr;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, ControlMessageOwned, MsgFlags, SockFlag, SockType, SockaddrLike, SockaddrStorage,
    connect as connect_to, recvfrom, recvmsg, sendto, setsockopt, socket, sockopt,
};

const FLAGS: SockFlag = SockFlag::SOCK_NONBLOCK.union(SockFlag::SOCK_CLOEXEC);

fn family(ipv4: bool) -> AddressFamily {
    if ipv4 { AddressFamily::Inet } else { AddressFamily::Inet6 }
}

/// A TCP socket of one family that sends what it is given at once.
pub fn stream(ipv4: bool) -> nix::Result<OwnedFd> {
    let socket = socket(family(ipv4), SockType::Stream, FLAGS, None)?;
    setsockopt(&socket, sockopt::TcpNoDelay, &true)?;
    if !ipv4 {
        setsockopt(&socket, sockopt::Ipv6V6Only, &true)?;
    }
    Ok(socket)
}

/// Begins to connect.
pub fn connect(socket: BorrowedFd<'_>, to: SocketAddr) -> nix::Result<()> {
    match connect_to(socket.as_raw_fd(), &SockaddrStorage::from(to)) {
        Ok(()) | Err(Errno::EINPROGRESS) => Ok(()),
        Err(errno) => Err(errno),
    }
}

/// The error that waits on a socket; what became of a connection that was begun.
pub fn error(socket: BorrowedFd<'_>) -> nix::Result<()> {
    match nix::sys::socket::getsockopt(&socket, sockopt::SocketError)? {
        0 => Ok(()),
        errno => Err(Errno::from_raw(errno)),
    }
}

/// Closes it with a reset.
pub fn reset(socket: OwnedFd) {
    // Without the option it is an end instead; there is no more to be done.
    let _ = setsockopt(&socket, sockopt::Linger, &libc::linger { l_onoff: 1, l_linger: 0 });
}

/// A UDP socket of one family that is told of what came back.
pub fn datagrams(ipv4: bool) -> nix::Result<OwnedFd> {
    let socket = socket(family(ipv4), SockType::Datagram, FLAGS, None)?;
    want_errors(socket.as_fd(), ipv4)?;
    Ok(socket)
}

fn want_errors(socket: BorrowedFd<'_>, ipv4: bool) -> nix::Result<()> {
    if ipv4 {
        setsockopt(&socket, sockopt::Ipv4RecvErr, &true)
    } else {
        setsockopt(&socket, sockopt::Ipv6V6Only, &true)?;
        setsockopt(&socket, sockopt::Ipv6RecvErr, &true)
    }
}

/// A socket for ICMP echo that takes no privilege (icmp(7), `ping_group_range`).
pub fn echoes(ipv4: bool) -> nix::Result<OwnedFd> {
    let protocol = if ipv4 { libc::IPPROTO_ICMP } else { libc::IPPROTO_ICMPV6 };
    let (domain, kind) = (family(ipv4) as i32, libc::SOCK_DGRAM | FLAGS.bits());
    // SAFETY: socket(2) takes integers and gives a new descriptor.
    let number = Errno::result(unsafe { libc::socket(domain, kind, protocol) })?;
    // SAFETY: it was just made; nobody else owns it.
    Ok(unsafe { std::os::fd::FromRawFd::from_raw_fd(number) })
}

pub fn send_to(socket: BorrowedFd<'_>, data: &[u8], to: SocketAddr) -> nix::Result<()> {
    sendto(socket.as_raw_fd(), data, &SockaddrStorage::from(to), MsgFlags::MSG_NOSIGNAL).map(drop)
}

pub fn receive_from(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> nix::Result<(usize, SocketAddr)> {
    let (length, from) = recvfrom::<SockaddrStorage>(socket.as_raw_fd(), buffer)?;
    Ok((length, from.as_ref().and_then(address).ok_or(Errno::EAFNOSUPPORT)?))
}

/// The next error that came back (`MSG_ERRQUEUE`, ip(7)): whom the datagram was for, and why. What was in the datagram is in the buffer.
pub fn came_back(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> nix::Result<(usize, SocketAddr, Errno)> {
    let mut control = nix::cmsg_space!(libc::sock_extended_err, libc::sockaddr_in6);
    let mut slices = [IoSliceMut::new(buffer)];
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let message =
        recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut slices, Some(&mut control), flags)?;
    let why = message.cmsgs()?.find_map(|m| match m {
        ControlMessageOwned::Ipv4RecvErr(error, _) | ControlMessageOwned::Ipv6RecvErr(error, _) => {
            Some(Errno::from_raw(error.ee_errno as i32))
        }
        _ => None,
    });
    let to = message.address.as_ref().and_then(address);
    Ok((message.bytes, to.ok_or(Errno::EAFNOSUPPORT)?, why.unwrap_or(Errno::EIO)))
}

/// As the standard library has it.
pub fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    match storage.family()? {
        AddressFamily::Inet => storage.as_sockaddr_in().map(|a| SocketAddr::V4((*a).into())),
        AddressFamily::Inet6 => storage.as_sockaddr_in6().map(|a| SocketAddr::V6((*a).into())),
        _ => None,
    }
}
