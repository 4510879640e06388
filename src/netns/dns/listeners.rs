//! The sockets at which a container asks, in its own network namespace. They are at ports that nobody else wants; what is sent to port 53 is
//! led there by the kernel, so that the container can have a name server of its own.

use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::os::fd::OwnedFd;

use nix::sys::socket::{setsockopt, sockopt};

use super::super::nft;
use super::ADDRESS;
use crate::error::{Context, Result};
use crate::sys::net;

/// Bytes of the kernel's for questions that have not been taken yet.
const QUEUE: usize = 1 << 20;

#[derive(Debug)]
pub struct Listeners {
    pub udp: UdpSocket,
    pub tcp: TcpListener,
}

impl Listeners {
    /// Further descriptors of the two, in the order of the fields.
    pub fn copies(&self) -> Result<Vec<OwnedFd>> {
        let copies = self.udp.try_clone().and_then(|udp| Ok((udp, self.tcp.try_clone()?)));
        let (udp, tcp) = copies.context("duplicating a socket")?;
        Ok(vec![udp.into(), tcp.into()])
    }

    /// In the network namespace that this thread is in, which must be the container's.
    pub fn open() -> Result<Self> {
        // The address is there with it; the container's first process may come later.
        net::socket()
            .and_then(|socket| net::loopback_up(&socket))
            .context("bringing the loopback interface up")?;
        let any = SocketAddr::from((ADDRESS, 0));
        let failed = || format!("listening at {ADDRESS} for the container's questions for names");
        let (udp, tcp) =
            (UdpSocket::bind(any).with_context(failed)?, TcpListener::bind(any).with_context(failed)?);
        // As much as an ordinary program may have (net.core.rmem_max): questions wait there while the monitor waits for the processor.
        let _ = setsockopt(&udp, sockopt::RcvBuf, &QUEUE);
        udp.set_nonblocking(true).and_then(|()| tcp.set_nonblocking(true)).with_context(failed)?;
        let port = |address: std::io::Result<SocketAddr>| address.map(|a| a.port()).with_context(failed);
        nft::redirect_names(ADDRESS, port(udp.local_addr())?, port(tcp.local_addr())?)?;
        Ok(Self { udp, tcp })
    }
}
