//! What is said to the forwarder, over a unix SOCK_SEQPACKET connection, as JSON. A listener is published as long as the connection lives.

use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::sys::socket::MsgFlags;
use serde::{Deserialize, Serialize};

use super::super::super::ports::Protocol;
use crate::error::{Context, Kind, Result};
use crate::sys::socket;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub enum Request {
    /// With two descriptors: the network namespace of the container, and a TCP or SCTP socket that listens, or a UDP socket that is bound. (Before
    /// there were only the latter.) Who connects is led to the target of the same family as his address, else to the first.
    Publish { protocol: Protocol, targets: Vec<SocketAddr> },
    /// The number that the answer to `Publish` had.
    Withdraw { number: u64 },
    /// The answer has two descriptors: the user namespace and the network namespace.
    Namespaces,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    Done { number: u64 },
    Failed { reason: String },
}

impl AsFd for Publisher {
    /// Can be read when the forwarder has ended.
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

/// A connection to the forwarder. What was published over it is withdrawn when it is dropped.
#[derive(Debug)]
pub struct Publisher {
    socket: OwnedFd,
}

impl Publisher {
    /// On a connection that the forwarder has accepted, or will.
    pub fn new(socket: OwnedFd) -> Self {
        Self { socket }
    }

    /// Leads who connects to `listener` to one of the targets, addresses in the network namespace `there`; the number to withdraw it by. It is
    /// accepted from when this returns. The caller may close both.
    pub fn publish(
        &self,
        (there, listener): (BorrowedFd<'_>, BorrowedFd<'_>),
        protocol: Protocol,
        targets: &[SocketAddr],
    ) -> Result<u64> {
        self.ask(&Request::Publish { protocol, targets: targets.to_vec() }, &[there, listener])
    }

    /// Accepts no more; connections that there are go on.
    pub fn withdraw(&self, number: u64) -> Result<()> {
        self.ask(&Request::Withdraw { number }, &[]).map(drop)
    }

    /// The user namespace and the network namespace that the forwarder is in; `None`: it has ended.
    pub fn namespaces(&self) -> Result<Option<(OwnedFd, OwnedFd)>> {
        let request = serde_json::to_vec(&Request::Namespaces)?;
        if socket::send(self.socket.as_fd(), &request, &[]).is_err() {
            return Ok(None);
        }
        let (message, fds) = socket::receive(self.socket.as_fd(), MsgFlags::empty())
            .context("talking to the process of this user's networks")?;
        if message.is_empty() {
            return Ok(None);
        }
        let [user, network] = <[OwnedFd; 2]>::try_from(fds)
            .map_err(|_| Kind::Unavailable.error("the process of this user's networks gave no namespaces"))?;
        Ok(Some((user, network)))
    }

    fn ask(&self, request: &Request, fds: &[BorrowedFd<'_>]) -> Result<u64> {
        let told = || "talking to the process of this user's networks";
        socket::send(self.socket.as_fd(), &serde_json::to_vec(request)?, fds).with_context(told)?;
        let (message, _) = socket::receive(self.socket.as_fd(), MsgFlags::empty()).with_context(told)?;
        if message.is_empty() {
            return Kind::Unavailable.err("the process of this user's networks has ended");
        }
        match serde_json::from_slice(&message).with_context(told)? {
            Answer::Done { number } => Ok(number),
            Answer::Failed { reason } => Kind::Unavailable.err(reason),
        }
    }
}
