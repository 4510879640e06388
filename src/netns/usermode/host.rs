//! The world as it is: the host's sockets, its routes, and the device.

use std::io::IoSlice;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollEvent, EpollFlags};
use nix::sys::socket::{MsgFlags, Shutdown, recv, send, shutdown};
use nix::sys::uio::writev;

use super::super::files::name_servers;
use super::routes::Routes;
use super::world::{Destination, Kind, Readiness, Received, Token, World};
use crate::error::{Context, Result};
use crate::sys::inet;

const RESOLV_CONF: &str = "/etc/resolv.conf";
/// Tokens below are the loop's own.
const FIRST: u64 = 8;

#[derive(Debug)]
pub struct Host {
    device: OwnedFd,
    epoll: Epoll,
    pub routes: Routes,
    servers: Vec<SocketAddr>,
    /// Of the file that the servers are from: device, inode, time of its last change, size.
    version: Option<(u64, u64, i64, i64, u64)>,
}

impl Host {
    pub fn new(device: OwnedFd, epoll: Epoll) -> Result<Self> {
        Ok(Self { device, epoll, routes: Routes::open()?, servers: Vec::new(), version: None })
    }

    pub fn device(&self) -> BorrowedFd<'_> {
        self.device.as_fd()
    }

    pub fn epoll(&self) -> &Epoll {
        &self.epoll
    }

    /// Watches one of the loop's own descriptors.
    pub fn watch(&self, fd: BorrowedFd<'_>, token: u64) -> Result<()> {
        self.epoll
            .add(fd, EpollEvent::new(EpollFlags::EPOLLIN, token))
            .context("watching a descriptor of the network")
    }

    /// Each event once: what can be done is remembered until it can't be done any more.
    fn follow(&self, socket: &OwnedFd, token: Token, flags: EpollFlags) -> Result<(), Errno> {
        let data = match token {
            Token::Stream(id) => FIRST + (id << 1),
            Token::Flow(id) => FIRST + (id << 1 | 1),
        };
        self.epoll.add(socket, EpollEvent::new(flags | EpollFlags::EPOLLET, data))
    }
}

/// Whom an event is for, if it isn't the loop's own, and what it says.
pub fn decode(event: &EpollEvent) -> Option<(Token, Readiness)> {
    let data = event.data().checked_sub(FIRST)?;
    let token = if data & 1 == 0 { Token::Stream(data >> 1) } else { Token::Flow(data >> 1) };
    let flags = event.events();
    let ended = EpollFlags::EPOLLERR | EpollFlags::EPOLLHUP | EpollFlags::EPOLLRDHUP;
    let readiness = Readiness {
        readable: flags.contains(EpollFlags::EPOLLIN),
        writable: flags.contains(EpollFlags::EPOLLOUT),
        failed: flags.intersects(ended),
    };
    Some((token, readiness))
}

impl World for Host {
    type Socket = OwnedFd;

    fn transmit(&mut self, head: &[u8], data: &[u8]) {
        // What the device doesn't take is lost, as on any path.
        let _ = writev(&self.device, &[IoSlice::new(head), IoSlice::new(data)]);
    }

    fn destination(&mut self, address: IpAddr) -> Destination {
        self.routes.destination(address)
    }

    fn name_servers(&mut self) -> Vec<SocketAddr> {
        let version = std::fs::metadata(RESOLV_CONF)
            .ok()
            .map(|m| (m.dev(), m.ino(), m.mtime(), m.mtime_nsec(), m.size()));
        if version.is_none() || version != self.version {
            self.servers = name_servers(&std::fs::read_to_string(RESOLV_CONF).unwrap_or_default());
            self.version = version;
        }
        self.servers.clone()
    }

    fn connect(&mut self, to: SocketAddr, token: Token) -> Result<OwnedFd, Errno> {
        let socket = inet::stream(to.is_ipv4())?;
        inet::connect(socket.as_fd(), to)?;
        // After the connection was begun: a socket that isn't connected has hung up.
        let flags = EpollFlags::EPOLLIN | EpollFlags::EPOLLOUT | EpollFlags::EPOLLRDHUP;
        self.follow(&socket, token, flags)?;
        Ok(socket)
    }

    fn connected(&mut self, socket: &OwnedFd) -> Result<(), Errno> {
        inet::error(socket.as_fd())
    }

    fn send(&mut self, socket: &OwnedFd, data: &[u8]) -> Result<usize, Errno> {
        send(socket.as_raw_fd(), data, MsgFlags::MSG_NOSIGNAL)
    }

    fn receive(&mut self, socket: &OwnedFd, buffer: &mut [u8]) -> Result<usize, Errno> {
        recv(socket.as_raw_fd(), buffer, MsgFlags::empty())
    }

    fn shut_down(&mut self, socket: &OwnedFd) {
        // It may have been reset meanwhile, which is read from it.
        let _ = shutdown(socket.as_raw_fd(), Shutdown::Write);
    }

    fn reset(&mut self, socket: OwnedFd) {
        inet::reset(socket);
    }

    fn bind(&mut self, kind: Kind, ipv4: bool, token: Token) -> Result<OwnedFd, Errno> {
        let socket = match kind {
            Kind::Udp => inet::datagrams(ipv4)?,
            Kind::Echo => inet::echoes(ipv4)?,
        };
        self.follow(&socket, token, EpollFlags::EPOLLIN)?;
        Ok(socket)
    }

    fn send_to(&mut self, socket: &OwnedFd, data: &[u8], to: SocketAddr) -> Result<(), Errno> {
        inet::send_to(socket.as_fd(), data, to)
    }

    fn receive_from(&mut self, socket: &OwnedFd, buffer: &mut [u8]) -> Result<Received, Errno> {
        loop {
            let errno = match inet::receive_from(socket.as_fd(), buffer) {
                Ok((length, from)) => return Ok(Received::Datagram { length, from }),
                Err(errno) => errno,
            };
            // An error that is told by a send or here is in the queue, too.
            match inet::came_back(socket.as_fd(), buffer) {
                Ok((length, to, why)) => return Ok(Received::Failed { length, to, why }),
                Err(Errno::EAGAIN) if errno != Errno::EAGAIN => {}
                Err(_) => return Err(Errno::EAGAIN),
            }
        }
    }
}
