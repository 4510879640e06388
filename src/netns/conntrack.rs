//! The kernel's memory of connections (ctnetlink), as far as it is in the way of others: what rules that were lost have left in it, and
//! what is over.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use nix::errno::Errno;

use super::link::octets;
use crate::error::{Context, Result};
use crate::sys::netlink::{Connection, Family, Message, NLM_F_ACK, NLM_F_DUMP, attributes};

// linux/netfilter/nfnetlink_conntrack.h, linux/netfilter/nf_conntrack_common.h
const GET: u16 = 1 << 8 | 1;
const DELETE: u16 = 1 << 8 | 2;
const TUPLE_ORIGINAL: u16 = 1;
const TUPLE_REPLY: u16 = 2;
const STATUS: u16 = 3;
const ID: u16 = 12;
const TUPLE_IP: u16 = 1;
const SOURCE_4: u16 = 1;
const SOURCE_6: u16 = 3;
const DESTINATION_4: u16 = 2;
const DESTINATION_6: u16 = 4;
const TUPLE_PROTOCOL: u16 = 2;
const PROTOCOL: u16 = 1;
const SOURCE_PORT: u16 = 2;
const DESTINATION_PORT: u16 = 3;
/// An answer was seen, or an address is translated: `IPS_SEEN_REPLY`, `IPS_SRC_NAT`, `IPS_DST_NAT`.
const FINE: u32 = 1 << 1 | 1 << 4 | 1 << 5;

/// Forgets the beginnings of connections from these subnets that nobody could answer, as they went out under the containers' own addresses:
/// the kernel would go on like that for every further try.
pub fn forget_unanswered(subnets: &[IpNet]) -> Result<()> {
    let kernel = Connection::open(Family::Netfilter).context("asking the kernel for connections")?;
    for family in [libc::AF_INET, libc::AF_INET6] {
        let header = [family as u8, 0, 0, 0];
        let listed = match kernel.ask(Message::new(GET, NLM_F_DUMP, &header)) {
            // A kernel without it.
            Err(Errno::EINVAL | Errno::EOPNOTSUPP) => return Ok(()),
            other => other.context("asking the kernel for connections")?,
        };
        for (tuple, id) in listed.iter().filter_map(|body| unanswered(body.get(4..)?, subnets)) {
            let mut delete = Message::new(DELETE, NLM_F_ACK, &header);
            delete.put_nest(TUPLE_ORIGINAL, tuple).put(ID, id);
            match kernel.ask(delete) {
                Ok(_) | Err(Errno::ENOENT) => {}
                Err(errno) => return Err(errno).context("forgetting a connection"),
            }
        }
    }
    Ok(())
}

/// Forgets an association of SCTP of which this host has seen answers go from the one to the other, if there is any.
pub fn forget_replies(from: SocketAddr, to: SocketAddr) -> Result<()> {
    let forgetting = "forgetting an association";
    let (family, source, destination) = match from {
        SocketAddr::V4(_) => (libc::AF_INET, SOURCE_4, DESTINATION_4),
        SocketAddr::V6(_) => (libc::AF_INET6, SOURCE_6, DESTINATION_6),
    };
    let mut delete = Message::new(DELETE, NLM_F_ACK, &[family as u8, 0, 0, 0]);
    delete.nest(TUPLE_REPLY, |m| {
        m.nest(TUPLE_IP, |m| {
            m.put(source, &octets(from.ip())).put(destination, &octets(to.ip()));
        });
        m.nest(TUPLE_PROTOCOL, |m| {
            m.put(PROTOCOL, &[libc::IPPROTO_SCTP as u8]);
            m.put(SOURCE_PORT, &from.port().to_be_bytes()).put(DESTINATION_PORT, &to.port().to_be_bytes());
        });
    });
    match Connection::open(Family::Netfilter).context(forgetting)?.ask(delete) {
        // None, or a kernel that can't be asked.
        Ok(_) | Err(Errno::ENOENT | Errno::EINVAL | Errno::EOPNOTSUPP) => Ok(()),
        Err(errno) => Err(errno).context(forgetting),
    }
}

/// What the kernel knows such a connection by.
fn unanswered<'a>(entry: &'a [u8], subnets: &[IpNet]) -> Option<(&'a [u8], &'a [u8])> {
    let entry = attributes(entry);
    let find = |list: &[(u16, &'a [u8])], kind| list.iter().find(|(k, _)| *k == kind).map(|(_, v)| *v);
    let status = u32::from_be_bytes(*find(&entry, STATUS)?.first_chunk()?);
    let tuple = find(&entry, TUPLE_ORIGINAL)?;
    let addresses = attributes(find(&attributes(tuple), TUPLE_IP)?);
    let source: IpAddr = match (find(&addresses, SOURCE_4), find(&addresses, SOURCE_6)) {
        (Some(four), _) => (*four.first_chunk::<4>()?).into(),
        (None, Some(six)) => (*six.first_chunk::<16>()?).into(),
        (None, None) => return None,
    };
    let is_ours = subnets.iter().any(|subnet| subnet.contains(&source));
    (is_ours && status & FINE == 0).then_some((tuple, find(&entry, ID)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_nobody_answered_is_forgotten() {
        let entry = |source: [u8; 4], status: u32| {
            let mut message = Message::new(0, 0, &[]);
            message.nest(TUPLE_ORIGINAL, |m| {
                m.nest(TUPLE_IP, |m| {
                    m.put(SOURCE_4, &source);
                });
            });
            message.put_be32(STATUS, status).put_be32(ID, 7);
            message.finish(0)[16..].to_vec()
        };
        let subnets = ["10.96.0.0/24".parse().unwrap()];
        let found = entry([10, 96, 0, 9], 1 << 3);
        assert_eq!(unanswered(&found, &subnets).unwrap().1, 7u32.to_be_bytes());
        for (source, status) in
            [([10, 96, 1, 9], 0), ([10, 96, 0, 9], 2), ([10, 96, 0, 9], 16), ([10, 96, 0, 9], 32)]
        {
            assert_eq!(unanswered(&entry(source, status), &subnets), None, "{source:?} {status}");
        }
        assert_eq!(unanswered(&[1, 2, 3], &subnets), None);
    }
}
