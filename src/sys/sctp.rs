//! SCTP sockets of the one-to-one style (RFC 6458): messages with their boundaries, streams and payload protocol identifiers.

use std::mem::{size_of, size_of_val, zeroed};
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, SockFlag, SockProtocol, SockType, SockaddrStorage, bind, getpeername, setsockopt, socket,
    sockopt,
};

use super::inet;

// linux/sctp.h
const SCTP_INITMSG: libc::c_int = 2;
const SCTP_NODELAY: libc::c_int = 3;
const SCTP_STATUS: libc::c_int = 14;
const SCTP_PARTIAL_DELIVERY_POINT: libc::c_int = 19;
const SCTP_RECVRCVINFO: libc::c_int = 32;
const SCTP_GET_LOCAL_ADDRS: libc::c_int = 109;
const SCTP_SNDINFO: libc::c_int = 2;
const SCTP_RCVINFO: libc::c_int = 3;
const SCTP_UNORDERED: u16 = 1;
/// More than any host allows: each gets what its own allows (`net.core.wmem_max`, `rmem_max`). The kernel takes no message that is longer
/// than the socket's buffer.
const BUFFER: usize = 1 << 28;
/// In bytes: of a longer message this much is delivered when it has come. Else the kernel keeps it until it is whole, or until it has filled
/// the buffer and its sender begins to ask for room, at intervals that double up to a minute.
const PARTS_FROM: u32 = 64 * 1024;
/// For the addresses of a host that has very many.
const ADDRESSES: usize = 64 * 1024;

/// How many streams an association has; a peer may ask for fewer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Streams {
    pub coming: u16,
    pub going: u16,
}

impl Streams {
    /// What a listener offers: as many to come as is Linux's own default, and as many to go as the two ends are likely to want.
    pub const OFFERED: Self = Self { coming: 2048, going: 256 };
}

/// What comes with a message.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Info {
    pub stream: u16,
    pub unordered: bool,
    /// The payload protocol identifier, in the bytes that it was sent in.
    pub protocol: u32,
}

/// A message, or a part of one that is too long for the buffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Received {
    pub length: usize,
    pub info: Info,
    /// Nothing of it is to come.
    pub ends: bool,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct InitMessage {
    going: u16,
    coming: u16,
    attempts: u16,
    timeout: u16,
}

/// `struct sctp_rcvinfo`
#[repr(C)]
#[derive(Clone, Copy)]
struct ReceiveInfo {
    stream: u16,
    number: u16,
    flags: u16,
    protocol: u32,
    rest: [u32; 4],
}

/// `struct sctp_sndinfo`
#[repr(C)]
#[derive(Clone, Copy)]
struct SendInfo {
    stream: u16,
    flags: u16,
    protocol: u32,
    rest: [u32; 2],
}

/// Room for one control message of either kind.
type Control = [u64; 8];

fn set<T>(socket: BorrowedFd<'_>, option: libc::c_int, value: &T) -> nix::Result<()> {
    let length = size_of::<T>() as libc::socklen_t;
    let value: *const T = value;
    // SAFETY: the kernel reads `length` bytes, which is the size of the value that is borrowed here.
    let set = unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::IPPROTO_SCTP, option, value.cast::<libc::c_void>(), length)
    };
    Errno::result(set).map(drop)
}

/// A socket of one family, with no address yet. `EPROTONOSUPPORT` or `ESOCKTNOSUPPORT`: this kernel has no SCTP, nor a module for it.
pub fn stream(ipv4: bool) -> nix::Result<OwnedFd> {
    let family = if ipv4 { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let flags = SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC;
    let socket = socket(family, SockType::Stream, flags, SockProtocol::Sctp)?;
    if !ipv4 {
        setsockopt(&socket, sockopt::Ipv6V6Only, &true)?;
    }
    prepare(socket.as_fd())?;
    Ok(socket)
}

/// Has a socket send each message at once, tell what comes with messages, and take long ones.
fn prepare(socket: BorrowedFd<'_>) -> nix::Result<()> {
    let yes: libc::c_int = 1;
    set(socket, SCTP_NODELAY, &yes)?;
    set(socket, SCTP_RECVRCVINFO, &yes)?;
    setsockopt(&socket, sockopt::SndBuf, &BUFFER)?;
    setsockopt(&socket, sockopt::RcvBuf, &BUFFER)?;
    match set(socket, SCTP_PARTIAL_DELIVERY_POINT, &PARTS_FROM) {
        // More than half of the buffer, on a host that allows very small ones: they fill, and that is the sign then.
        Err(Errno::EINVAL) => Ok(()),
        done => done,
    }
}

/// Before it listens or connects.
pub fn offer(socket: BorrowedFd<'_>, streams: Streams) -> nix::Result<()> {
    let message = InitMessage { going: streams.going, coming: streams.coming, attempts: 0, timeout: 0 };
    set(socket, SCTP_INITMSG, &message)
}

/// What was agreed on.
pub fn streams(association: BorrowedFd<'_>) -> nix::Result<Streams> {
    // Longer than `struct sctp_status`, of which the two are after an id, a state, a window and two counts.
    let mut status = [0u16; 256];
    get(association, SCTP_STATUS, &mut status)?;
    Ok(Streams { coming: status[8], going: status[9] })
}

/// Reads an option; how many bytes.
fn get<T>(socket: BorrowedFd<'_>, option: libc::c_int, into: &mut [T]) -> nix::Result<usize> {
    let mut length = size_of_val(into) as libc::socklen_t;
    let into = into.as_mut_ptr().cast::<libc::c_void>();
    // SAFETY: the kernel writes at most `length` bytes, which is the size of the slice that is borrowed here, and the slices that this is
    // called with are of integers, for which any bytes will do.
    let got =
        unsafe { libc::getsockopt(socket.as_raw_fd(), libc::IPPROTO_SCTP, option, into, &raw mut length) };
    Errno::result(got).map(|_| length as usize)
}

/// Gives a socket one address of its own, so that it does not tell its peer of all that the host has.
pub fn bind_at(socket: BorrowedFd<'_>, ip: IpAddr) -> nix::Result<SocketAddr> {
    bind(socket.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(ip, 0)))?;
    inet::own_address(socket)
}

/// The next association of a listener, with the address of its peer and the one of this host that it came to: where that is not known
/// because the listener has all of them, the unspecified one, but the peer's own if the peer is this host.
pub fn accept(listener: BorrowedFd<'_>) -> nix::Result<(OwnedFd, SocketAddr, SocketAddr)> {
    let association = inet::accept_any(listener)?;
    prepare(association.as_fd())?;
    let peer = getpeername::<SockaddrStorage>(association.as_raw_fd())?;
    let peer = inet::address(&peer).ok_or(Errno::EAFNOSUPPORT)?;
    let own = inet::own_address(association.as_fd())?;
    // A host with more addresses than there is room for can't be asked: then its own are like others.
    let at = if is_own(association.as_fd(), peer.ip()) == Ok(true) { peer } else { own };
    Ok((association, peer, at))
}

/// Whether the address is among those that the listener of an association has.
fn is_own(association: BorrowedFd<'_>, ip: IpAddr) -> nix::Result<bool> {
    let mut all = vec![0u8; ADDRESSES];
    get(association, SCTP_GET_LOCAL_ADDRS, &mut all)?;
    // An id, and how many there are.
    let count = u32::from_ne_bytes([all[4], all[5], all[6], all[7]]);
    Ok(addresses(&all[8..], count).any(|own| own == ip))
}

/// Addresses as the kernel lists them: a `sockaddr_in` or a `sockaddr_in6` each, one after another.
fn addresses(mut list: &[u8], count: u32) -> impl Iterator<Item = IpAddr> + '_ {
    (0..count).map_while(move |_| {
        let family = i32::from(u16::from_ne_bytes(*list.first_chunk()?));
        let (length, address) = match family {
            libc::AF_INET => (16, IpAddr::from(*list.get(4..)?.first_chunk::<4>()?)),
            libc::AF_INET6 => (28, IpAddr::from(*list.get(8..)?.first_chunk::<16>()?)),
            _ => return None,
        };
        list = list.get(length..)?;
        Some(address)
    })
}

/// The next message, or what the buffer takes of it. `None`: the peer has ended the association.
pub fn receive(socket: BorrowedFd<'_>, buffer: &mut [u8]) -> nix::Result<Option<Received>> {
    let mut control: Control = [0; 8];
    let mut part = libc::iovec { iov_base: buffer.as_mut_ptr().cast(), iov_len: buffer.len() };
    // SAFETY: all zeroes is a valid msghdr, of nothing.
    let mut message: libc::msghdr = unsafe { zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    message.msg_controllen = size_of::<Control>() as _;
    // SAFETY: the header points to one buffer and to control data, of the lengths that it says; both are borrowed until this returns.
    let length =
        Errno::result(unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut message, libc::MSG_DONTWAIT) })?;
    if length == 0 {
        // There are no empty messages (RFC 9260 § 3.3.1).
        return Ok(None);
    }
    let ends = message.msg_flags & libc::MSG_EOR != 0;
    Ok(Some(Received { length: length as usize, info: info(&message).unwrap_or_default(), ends }))
}

fn info(message: &libc::msghdr) -> Option<Info> {
    // SAFETY: the header is one that the kernel has filled in, with its control data still there: the macro looks at its length first.
    let first = unsafe { libc::CMSG_FIRSTHDR(message).as_ref() }?;
    if (first.cmsg_level, first.cmsg_type) != (libc::IPPROTO_SCTP, SCTP_RCVINFO) {
        return None;
    }
    // SAFETY: the kernel puts a whole `struct sctp_rcvinfo` behind a header of this type; it need not be aligned.
    let info = unsafe { libc::CMSG_DATA(first).cast::<ReceiveInfo>().read_unaligned() };
    Some(Info { stream: info.stream, unordered: info.flags & SCTP_UNORDERED != 0, protocol: info.protocol })
}

/// Sends a message: all of it, or nothing (`EAGAIN`). `EMSGSIZE`: it is longer than the socket's buffer; `EINVAL`: there is no such stream.
pub fn send(socket: BorrowedFd<'_>, data: &[u8], info: Info) -> nix::Result<()> {
    let mut control: Control = [0; 8];
    let mut part = libc::iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() };
    // SAFETY: all zeroes is a valid msghdr, of nothing.
    let mut message: libc::msghdr = unsafe { zeroed() };
    message.msg_iov = &raw mut part;
    message.msg_iovlen = 1;
    message.msg_control = control.as_mut_ptr().cast();
    let (stream, flags) = (info.stream, if info.unordered { SCTP_UNORDERED } else { 0 });
    let sent = SendInfo { stream, flags, protocol: info.protocol, rest: [0; 2] };
    let size = size_of::<SendInfo>() as u32;
    // SAFETY: CMSG_SPACE and CMSG_LEN compute; the control data is as long as the header says by then, longer than one message of this size,
    // and aligned, so that there is a first header, with room for the structure behind it.
    unsafe {
        message.msg_controllen = libc::CMSG_SPACE(size) as _;
        let header = libc::CMSG_FIRSTHDR(&raw const message);
        (*header).cmsg_level = libc::IPPROTO_SCTP;
        (*header).cmsg_type = SCTP_SNDINFO;
        (*header).cmsg_len = libc::CMSG_LEN(size) as _;
        libc::CMSG_DATA(header).cast::<SendInfo>().write_unaligned(sent);
    }
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the header points to the data, which is only read, and to the control data above.
    Errno::result(unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const message, flags) }).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_the_kernel_lists_them() {
        let family = |n: libc::c_int| (n as u16).to_ne_bytes();
        let four = [&family(libc::AF_INET)[..], &[0, 80, 192, 0, 2, 1], &[0; 8]].concat();
        let six = [&family(libc::AF_INET6)[..], &[0; 6], &[0xfd, 0], &[0; 13], &[7], &[0; 4]].concat();
        let list = [&four[..], &six, &four[..10]].concat();
        let [a, b] = ["192.0.2.1", "fd00::7"].map(|a| a.parse::<IpAddr>().unwrap());
        assert_eq!(addresses(&list, 2).collect::<Vec<_>>(), [a, b]);
        assert_eq!(addresses(&list, 1).collect::<Vec<_>>(), [a]);
        assert_eq!(addresses(&list, 9).collect::<Vec<_>>(), [a, b], "no further than the list goes");
    }
}
