//! Internet sockets, as far as it takes what the standard library does not have: everything non-blocking, and errors that came back for what
//! was sent.

use std::io::{IoSlice, IoSliceMut};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, Backlog, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, SockaddrLike,
    SockaddrStorage, accept4, bind, connect as connect_to, getpeername, getsockname, recvfrom, recvmsg,
    sendmsg, sendto, setsockopt, socket, sockopt,
};

const FLAGS: SockFlag = SockFlag::SOCK_NONBLOCK.union(SockFlag::SOCK_CLOEXEC);

fn family(ipv4: bool) -> AddressFamily {
    if ipv4 { AddressFamily::Inet } else { AddressFamily::Inet6 }
}

/// Has a TCP socket send what it is given at once, and find out in some hours when its peer has gone without a word. (The kernel that a
/// program asks this of is not at the other end.)
fn relay(socket: &OwnedFd) -> nix::Result<()> {
    setsockopt(socket, sockopt::TcpNoDelay, &true)?;
    setsockopt(socket, sockopt::KeepAlive, &true)
}

/// A TCP socket of one family.
pub fn stream(ipv4: bool) -> nix::Result<OwnedFd> {
    let socket = socket(family(ipv4), SockType::Stream, FLAGS, None)?;
    relay(&socket)?;
    if !ipv4 {
        setsockopt(&socket, sockopt::Ipv6V6Only, &true)?;
    }
    Ok(socket)
}

/// The address under which packets to another leave this host, as the routes are.
pub fn source(to: SocketAddr) -> nix::Result<IpAddr> {
    // Connecting such a socket sends nothing.
    let probe = socket(family(to.is_ipv4()), SockType::Datagram, FLAGS, None)?;
    connect_to(probe.as_raw_fd(), &SockaddrStorage::from(to))?;
    own_address(probe.as_fd()).map(|own| own.ip())
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
    let message = recvmsg::<SockaddrStorage>(socket.as_raw_fd(), &mut slices, Some(&mut control), flags)?;
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

/// The next connection of a listener, whatever its protocol.
pub fn accept_any(listener: BorrowedFd<'_>) -> nix::Result<OwnedFd> {
    let number = loop {
        match accept4(listener.as_raw_fd(), FLAGS) {
            // Given up before it was accepted.
            Err(Errno::EINTR | Errno::ECONNABORTED) => {}
            other => break other?,
        }
    };
    // SAFETY: the kernel has just made this descriptor; nobody else owns it.
    Ok(unsafe { std::os::fd::FromRawFd::from_raw_fd(number) })
}

/// The next connection of a TCP listener, and both of its addresses: the peer's and the one that it connected to.
pub fn accept(listener: BorrowedFd<'_>) -> nix::Result<(OwnedFd, SocketAddr, SocketAddr)> {
    let socket = accept_any(listener)?;
    relay(&socket)?;
    let peer = getpeername::<SockaddrStorage>(socket.as_raw_fd())?;
    let peer = address(&peer).ok_or(Errno::EAFNOSUPPORT)?;
    let own = own_address(socket.as_fd())?;
    Ok((socket, peer, own))
}

/// Has connections wait for being accepted, as many as the host allows.
pub fn queue_all(listener: BorrowedFd<'_>) -> nix::Result<()> {
    nix::sys::socket::listen(&listener, Backlog::MAXCONN)
}

/// Gives a socket that isn't connected yet an address that need not be this host's (ip(7), `IP_TRANSPARENT`). Others may have it, too, as long
/// as they connect elsewhere.
pub fn assume(socket: BorrowedFd<'_>, from: SocketAddr) -> nix::Result<()> {
    let yes: libc::c_int = 1;
    let (level, option) = if from.is_ipv4() {
        (libc::IPPROTO_IP, libc::IP_TRANSPARENT)
    } else {
        (libc::IPPROTO_IPV6, libc::IPV6_TRANSPARENT)
    };
    let length = size_of_val(&yes) as libc::socklen_t;
    // SAFETY: the kernel reads one int.
    let set = unsafe { libc::setsockopt(socket.as_raw_fd(), level, option, (&raw const yes).cast(), length) };
    Errno::result(set)?;
    setsockopt(&socket, sockopt::ReuseAddr, &true)?;
    bind(socket.as_raw_fd(), &SockaddrStorage::from(from))
}

/// Has what a socket sends, and what is sent in answer as far as the kernel does it, carry a mark (socket(7), `SO_MARK`).
pub fn mark(socket: BorrowedFd<'_>, mark: u32) -> nix::Result<()> {
    setsockopt(&socket, sockopt::Mark, &mark)
}

/// Bounds what a socket that isn't connected yet keeps of what has come for it (socket(7), `SO_RCVBUF`, which the kernel doubles).
pub fn receive_at_most(socket: BorrowedFd<'_>, bytes: usize) -> nix::Result<()> {
    setsockopt(&socket, sockopt::RcvBuf, &bytes)
}

/// Has a UDP socket tell which of its host's addresses each datagram came to.
pub fn want_destinations(socket: BorrowedFd<'_>, ipv4: bool) -> nix::Result<()> {
    if ipv4 {
        setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)
    } else {
        setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)
    }
}

/// A datagram's length, whom it is from, and to which of the host's addresses it came, of a socket that was told to [`want_destinations`].
pub fn receive_at(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> nix::Result<(usize, SocketAddr, IpAddr)> {
    let mut control = nix::cmsg_space!(libc::in6_pktinfo);
    let mut slices = [IoSliceMut::new(buffer)];
    let message = recvmsg::<SockaddrStorage>(
        socket.as_raw_fd(),
        &mut slices,
        Some(&mut control),
        MsgFlags::MSG_DONTWAIT,
    )?;
    let at = message.cmsgs()?.find_map(|m| match m {
        ControlMessageOwned::Ipv4PacketInfo(info) => Some(IpAddr::from(info.ipi_addr.s_addr.to_ne_bytes())),
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(IpAddr::from(info.ipi6_addr.s6_addr)),
        _ => None,
    });
    let from = message.address.as_ref().and_then(address).ok_or(Errno::EAFNOSUPPORT)?;
    Ok((message.bytes, from, at.ok_or(Errno::EAFNOSUPPORT)?))
}

/// Sends a datagram from one of the host's addresses.
pub fn send_at(socket: BorrowedFd<'_>, data: &[u8], to: SocketAddr, at: IpAddr) -> nix::Result<()> {
    let slices = [IoSlice::new(data)];
    let to = SockaddrStorage::from(to);
    let flags = MsgFlags::MSG_NOSIGNAL | MsgFlags::MSG_DONTWAIT;
    let send = |control| sendmsg(socket.as_raw_fd(), &slices, &[control], flags, Some(&to)).map(drop);
    match at {
        IpAddr::V4(four) => {
            let source = libc::in_addr { s_addr: u32::from_ne_bytes(four.octets()) };
            let any = libc::in_addr { s_addr: 0 };
            send(ControlMessage::Ipv4PacketInfo(&libc::in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: source,
                ipi_addr: any,
            }))
        }
        IpAddr::V6(six) => {
            let source = libc::in6_addr { s6_addr: six.octets() };
            send(ControlMessage::Ipv6PacketInfo(&libc::in6_pktinfo { ipi6_addr: source, ipi6_ifindex: 0 }))
        }
    }
}

/// The address that a socket has.
pub fn own_address(socket: BorrowedFd<'_>) -> nix::Result<SocketAddr> {
    address(&getsockname::<SockaddrStorage>(socket.as_raw_fd())?).ok_or(Errno::EAFNOSUPPORT)
}
