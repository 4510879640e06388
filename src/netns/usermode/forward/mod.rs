//! Published ports of a user's containers. The listeners are the host's, the connections to containers come from inside, under the client's
//! own address; both ends are sockets of this process.

mod associations;
mod datagrams;
mod inside;
mod listeners;
mod messages;
mod pipes;
mod places;
mod protocol;
mod proxy;
mod relays;
mod serve;
mod source;

pub use protocol::{Answer, Publisher, Request};
pub use proxy::Proxy;
pub use serve::serve;

use super::super::{link, nft};
use crate::error::{Context, Result};
use crate::sys::net;
use crate::sys::netlink::{Connection, Family};

/// Of packets that are answers to clients, and of the routing table that delivers them here.
const MARK: u32 = 0x6468;
const TABLE: u8 = 100;

/// Makes rules and routes in the network namespace that this thread is in, without which nobody's address can be taken. Once for a namespace.
pub fn prepare() -> Result<()> {
    net::socket()
        .and_then(|socket| net::loopback_up(&socket))
        .context("bringing the loopback interface up")?;
    mark_replies()?;
    let kernel = Connection::open(Family::Route).context("asking the kernel for routes")?;
    link::deliver_marked(&kernel, MARK, TABLE).context("leading answers to clients back")?;
    // A client may use a port again sooner than the end of a connection is forgotten (tcp_timewait_state_process() sees to it that the two
    // aren't confused). Without it, such a client would be seen under the gateway's address.
    if let Err(error) = net::set_parameter("ipv4/tcp_tw_reuse", "1") {
        log::debug!("setting net.ipv4.tcp_tw_reuse: {error}");
    }
    Ok(())
}

/// What a forwarder that was killed has left in that namespace, which was prepared for it, goes.
pub fn take_over() -> Result<()> {
    nft::take_back_all()
}

/// The part of it that is rules, where it is missing.
pub fn mark_replies() -> Result<()> {
    nft::mark_replies(MARK)
}
