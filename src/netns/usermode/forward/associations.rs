//! From which address a container sees an association come. An SCTP socket can't have somebody else's address, as one of TCP can: it has its
//! own host's, and rules give what it sends the client's.

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use super::super::super::{conntrack, nft};
use super::source::Source;
use crate::error::{self, Result};
use crate::sys::inet;
use crate::sys::sctp::{self, Streams};

/// A client and what he is led to.
type Pair = (SocketAddr, SocketAddr);

/// The associations that are under their clients' addresses.
#[derive(Debug, Default)]
pub struct Associations {
    /// By the number of the relay, with the address that the socket has.
    lent: HashMap<u64, (SocketAddr, Pair)>,
    pairs: HashSet<Pair>,
}

impl Associations {
    /// A socket that is going to be associated with the target, with the same streams as the client has. The container sees it come from
    /// `source`. What is kept for that goes at the [`Self::end`] of the relay with this number.
    pub fn connect(
        &mut self,
        relay: u64,
        source: Source,
        client: BorrowedFd<'_>,
        target: SocketAddr,
    ) -> nix::Result<OwnedFd> {
        let Streams { coming, going } = sctp::streams(client)?;
        let socket = sctp::stream(target.is_ipv4())?;
        sctp::offer(socket.as_fd(), Streams { coming: going, going: coming })?;
        let own = sctp::bind_at(socket.as_fd(), inet::source(target)?)?;
        if let Some(seen) = source {
            self.lend(relay, own, (seen, target));
        }
        let connected = inet::connect(socket.as_fd(), target);
        if connected.is_err() {
            self.end(relay);
        }
        connected.map(|()| socket)
    }

    fn lend(&mut self, relay: u64, own: SocketAddr, pair: Pair) {
        // Else the client has the same association twice, through two published ports.
        if !self.pairs.insert(pair) {
            return;
        }
        match lend(own, pair) {
            Ok(()) => drop(self.lent.insert(relay, (own, pair))),
            Err(error) => {
                self.pairs.remove(&pair);
                log::warn!(
                    "published ports: a client of SCTP is seen under the gateway's address: {}",
                    error::one_line(&error)
                );
            }
        }
    }

    /// The relay is no more. What the kernel still has to send goes as before.
    pub fn end(&mut self, relay: u64) {
        let Some((own, pair)) = self.lent.remove(&relay) else { return };
        self.pairs.remove(&pair);
        if let Err(error) = nft::take_back(own, pair.0) {
            log::debug!("published ports: {}", error::one_line(&error));
        }
    }
}

fn lend(own: SocketAddr, (client, target): Pair) -> Result<()> {
    // The kernel remembers an association for some seconds after its end, and would not have a second one between the same two.
    conntrack::forget_replies(target, client)?;
    nft::lend(own, client)
}
