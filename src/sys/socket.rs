//! Messages with descriptors over a unix SOCK_SEQPACKET socket: a message is delivered whole or not at all.

use std::io::{IoSlice, IoSliceMut};
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::path::Path;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, Backlog, ControlMessage, ControlMessageOwned, MsgFlags, SockFlag, SockType, UnixAddr,
    accept4, bind, getsockopt, recv, recvmsg, sendmsg, socket, socketpair, sockopt,
};

/// No message of ours is longer, in bytes.
pub const MAX_MESSAGE: usize = 64 * 1024;
/// No message of ours carries more descriptors.
pub const MAX_FDS: usize = 64;

/// One of a socket filter (linux/filter.h).
pub type Instruction = libc::sock_filter;

/// Lets a socket receive only what the filter lets through.
pub fn filter(socket: BorrowedFd<'_>, program: &[Instruction]) -> nix::Result<()> {
    let program = libc::sock_fprog {
        len: u16::try_from(program.len()).map_err(|_| Errno::EINVAL)?,
        filter: program.as_ptr().cast_mut(),
    };
    // SAFETY: the kernel reads the structure and the `len` instructions that it points to, and keeps a copy; it writes to neither.
    Errno::result(unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ATTACH_FILTER,
            (&raw const program).cast(),
            size_of::<libc::sock_fprog>() as libc::socklen_t,
        )
    })
    .map(drop)
}

/// Whether the other end of a Unix stream socket hasn't taken all that was sent to it.
pub fn has_unread(socket: BorrowedFd<'_>) -> nix::Result<bool> {
    let mut unread: libc::c_int = 0;
    // SAFETY: the kernel writes one int. (SIOCOUTQ, which is this number.)
    Errno::result(unsafe { libc::ioctl(socket.as_raw_fd(), libc::TIOCOUTQ, &raw mut unread) })?;
    // Memory, not bytes, and while it tells of the last part one too many (net/core/sock.c): the least part takes hundreds.
    Ok(unread > 1)
}

/// A connected pair, both close-on-exec.
pub fn pair() -> nix::Result<(OwnedFd, OwnedFd)> {
    socketpair(AddressFamily::Unix, SockType::SeqPacket, None, SockFlag::SOCK_CLOEXEC)
}

/// A socket that listens under `name` in the directory `dir`.
pub fn listen(dir: BorrowedFd<'_>, name: &str) -> nix::Result<OwnedFd> {
    let listener = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
    bind(listener.as_raw_fd(), &address(dir, name)?)?;
    nix::sys::socket::listen(&listener, Backlog::new(4)?)?;
    Ok(listener)
}

/// A stream socket that listens at `path`; nobody waits to accept a connection.
pub fn listen_stream(path: &Path) -> nix::Result<OwnedFd> {
    let flags = SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK;
    let listener = socket(AddressFamily::Unix, SockType::Stream, flags, None)?;
    bind(listener.as_raw_fd(), &UnixAddr::new(path)?)?;
    nix::sys::socket::listen(&listener, Backlog::new(4)?)?;
    Ok(listener)
}

/// A connection to the socket that listens under `name` in the directory `dir`.
pub fn connect(dir: BorrowedFd<'_>, name: &str) -> nix::Result<OwnedFd> {
    let connection = socket(AddressFamily::Unix, SockType::SeqPacket, SockFlag::SOCK_CLOEXEC, None)?;
    nix::sys::socket::connect(connection.as_raw_fd(), &address(dir, name)?)?;
    Ok(connection)
}

/// A connection to the stream socket at `path`, however long the path is.
pub fn connect_stream(path: &Path) -> nix::Result<OwnedFd> {
    let flags = nix::fcntl::OFlag::O_PATH | nix::fcntl::OFlag::O_CLOEXEC;
    let file = nix::fcntl::open(path, flags, nix::sys::stat::Mode::empty())?;
    let connection = socket(AddressFamily::Unix, SockType::Stream, SockFlag::SOCK_CLOEXEC, None)?;
    let name = format!("/proc/self/fd/{}", file.as_raw_fd());
    nix::sys::socket::connect(connection.as_raw_fd(), &UnixAddr::new(name.as_str())?)?;
    Ok(connection)
}

/// A name that fits into the 108 bytes that the kernel allows, however long the directory's own path is.
fn address(dir: BorrowedFd<'_>, name: &str) -> nix::Result<UnixAddr> {
    UnixAddr::new(format!("/proc/self/fd/{}/{name}", dir.as_raw_fd()).as_str())
}

/// The next connection.
pub fn accept(listener: BorrowedFd<'_>) -> nix::Result<OwnedFd> {
    loop {
        match accept4(listener.as_raw_fd(), SockFlag::SOCK_CLOEXEC) {
            Err(Errno::EINTR | Errno::ECONNABORTED) => {}
            // SAFETY: the kernel has just made this descriptor; nobody else owns it.
            other => return other.map(|fd| unsafe { OwnedFd::from_raw_fd(fd) }),
        }
    }
}

/// The process that made the other end.
pub fn peer(socket: BorrowedFd<'_>) -> nix::Result<i32> {
    getsockopt(&socket, sockopt::PeerCredentials).map(|credentials| credentials.pid())
}

/// Sends one message with the descriptors.
pub fn send(socket: BorrowedFd<'_>, message: &[u8], fds: &[BorrowedFd<'_>]) -> nix::Result<()> {
    let numbers: Vec<RawFd> = fds.iter().map(AsRawFd::as_raw_fd).collect();
    let control = [ControlMessage::ScmRights(&numbers)];
    let control = if numbers.is_empty() { &control[..0] } else { &control[..] };
    loop {
        match sendmsg::<()>(
            socket.as_raw_fd(),
            &[IoSlice::new(message)],
            control,
            MsgFlags::MSG_NOSIGNAL,
            None,
        ) {
            Err(Errno::EINTR) => {}
            other => return other.map(drop),
        }
    }
}

/// Receives one message and its descriptors; an empty message means that the peer is gone.
pub fn receive(socket: BorrowedFd<'_>, flags: MsgFlags) -> nix::Result<(Vec<u8>, Vec<OwnedFd>)> {
    // Its length first: a buffer for the longest message is 16 pages that the kernel has to find and clear.
    let length = loop {
        match recv(socket.as_raw_fd(), &mut [], flags | MsgFlags::MSG_PEEK | MsgFlags::MSG_TRUNC) {
            // Told once, by a peer that has closed with something unread: what it had sent comes after that.
            Err(Errno::EINTR | Errno::ECONNRESET) => {}
            other => break other?,
        }
    };
    let mut buffer = vec![0u8; length.min(MAX_MESSAGE)];
    let (length, fds) = receive_into(socket, &mut buffer, flags)?;
    buffer.truncate(length);
    Ok((buffer, fds))
}

/// The descriptors that come with the next bytes of a stream socket.
pub fn receive_stream(socket: BorrowedFd<'_>) -> nix::Result<Vec<OwnedFd>> {
    receive_into(socket, &mut [0; 4096], MsgFlags::empty()).map(|(_, fds)| fds)
}

fn receive_into(
    socket: BorrowedFd<'_>,
    buffer: &mut [u8],
    flags: MsgFlags,
) -> nix::Result<(usize, Vec<OwnedFd>)> {
    let mut control = nix::cmsg_space!([RawFd; MAX_FDS]);
    loop {
        let mut slices = [IoSliceMut::new(buffer)];
        match recvmsg::<()>(
            socket.as_raw_fd(),
            &mut slices,
            Some(&mut control),
            flags | MsgFlags::MSG_CMSG_CLOEXEC,
        ) {
            Ok(received) => return Ok((received.bytes, adopt(received.cmsgs()?))),
            Err(Errno::EINTR | Errno::ECONNRESET) => {}
            Err(e) => return Err(e),
        }
    }
}

fn adopt(messages: impl Iterator<Item = ControlMessageOwned>) -> Vec<OwnedFd> {
    let mut fds = Vec::new();
    for message in messages {
        if let ControlMessageOwned::ScmRights(numbers) = message {
            // SAFETY: the kernel has just put these new descriptors into our table; nobody else owns them.
            fds.extend(numbers.into_iter().map(|n| unsafe { OwnedFd::from_raw_fd(n) }));
        }
    }
    fds
}
