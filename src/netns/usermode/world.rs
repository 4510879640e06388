//! What the stack needs of the world: sockets on the host's side and the device on the guest's. The stack itself makes no system call, so
//! that tests can be its world.

use std::net::{IpAddr, SocketAddr};

use nix::errno::Errno;

/// Whom an event of a socket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    Stream(u64),
    Flow(u64),
}

/// What can be done with a socket now that could not be done before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Readiness {
    pub readable: bool,
    pub writable: bool,
    /// It has an end or an error to be read.
    pub failed: bool,
}

/// What the host's routes say of a destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Destination {
    /// Somebody else.
    Elsewhere,
    /// This host itself.
    Local,
    /// Broadcast, multicast, or what the host throws away.
    Nobody,
    /// There is no way.
    Unreachable,
}

/// Which datagrams a socket is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    Udp,
    /// ICMP echo; the "port" of addresses is the identifier.
    Echo,
}

/// A datagram that came, or what became of one that was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    Datagram {
        length: usize,
        from: SocketAddr,
    },
    /// One that was sent to this address, with its first bytes in the buffer, came back.
    Failed {
        length: usize,
        to: SocketAddr,
        why: Errno,
    },
}

pub trait World {
    type Socket;

    /// Gives the guest a packet: what stands before the data, and the data. The device may be full; then it is lost.
    fn transmit(&mut self, head: &[u8], data: &[u8]);

    /// What the host's routes say now.
    fn destination(&mut self, address: IpAddr) -> Destination;

    /// The name servers that the host asks now, best first.
    fn name_servers(&mut self) -> Vec<SocketAddr>;

    /// Begins a connection. Events come for `token`, each once; the first that is writable or failed says that it is there or not.
    fn connect(&mut self, to: SocketAddr, token: Token) -> Result<Self::Socket, Errno>;

    /// What became of a connection that was begun.
    fn connected(&mut self, socket: &Self::Socket) -> Result<(), Errno>;

    /// `EAGAIN`: an event will tell when more is taken.
    fn send(&mut self, socket: &Self::Socket, data: &[u8]) -> Result<usize, Errno>;

    /// `EAGAIN`: an event will tell when more is there. 0: nothing more comes.
    fn receive(&mut self, socket: &Self::Socket, buffer: &mut [u8]) -> Result<usize, Errno>;

    /// Sends nothing more.
    fn shut_down(&mut self, socket: &Self::Socket);

    /// Ends a connection in such a way that the peer notices that it was not by the book.
    fn reset(&mut self, socket: Self::Socket);

    /// A socket for datagrams to anybody.
    fn bind(&mut self, kind: Kind, ipv4: bool, token: Token) -> Result<Self::Socket, Errno>;

    fn send_to(&mut self, socket: &Self::Socket, data: &[u8], to: SocketAddr) -> Result<(), Errno>;

    /// `EAGAIN`: an event will tell when more is there.
    fn receive_from(&mut self, socket: &Self::Socket, buffer: &mut [u8]) -> Result<Received, Errno>;
}
