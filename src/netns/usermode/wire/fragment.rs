//! Packets in pieces: put together when they come from the guest (its kernel cuts what it forwards just as it came), cut when they go to it
//! by IPv6, where nobody on the way may (RFC 8200 § 4.5).

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::{Head, MAX_PACKET, Packet, Piece};

/// Packets that are waited for. With all of their bytes there, 4 MiB.
const MAX_PACKETS: usize = 64;
const PATIENCE: Duration = Duration::from_secs(10);
const FRAGMENT: u8 = 44;
const FRAGMENT_HEADER: usize = 8;

#[derive(Debug, PartialEq, Eq)]
struct Key {
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    identification: u32,
}

/// A packet of which pieces are missing.
#[derive(Debug)]
struct Partial {
    key: Key,
    /// By offset, none overlapping another.
    pieces: Vec<(usize, Vec<u8>)>,
    /// Known once the last piece has come.
    length: Option<usize>,
    deadline: Instant,
}

#[derive(Debug, Default)]
pub struct Reassembly {
    partial: Vec<Partial>,
}

impl Reassembly {
    pub fn deadline(&self) -> Option<Instant> {
        // The oldest is the first.
        self.partial.first().map(|p| p.deadline)
    }

    pub fn expire(&mut self, now: Instant) {
        self.partial.retain(|p| p.deadline > now);
    }

    /// Takes a piece. With the last that was missing: the packet as the device would have given it.
    pub fn take(&mut self, packet: &Packet<'_>, piece: Piece, now: Instant) -> Option<Vec<u8>> {
        let Packet { source, destination, protocol, .. } = *packet;
        let key = Key { source, destination, protocol, identification: piece.identification };
        let at = self.partial.iter().position(|p| p.key == key).unwrap_or_else(|| {
            if self.partial.len() >= MAX_PACKETS {
                self.partial.remove(0);
            }
            self.partial.push(Partial { key, pieces: Vec::new(), length: None, deadline: now + PATIENCE });
            self.partial.len() - 1
        });
        match self.partial[at].add(piece, packet.payload) {
            Added::Missing => None,
            Added::Broken => {
                self.partial.remove(at);
                None
            }
            Added::Complete => {
                let whole = self.partial.remove(at);
                let data: Vec<u8> = whole.pieces.into_iter().flat_map(|(_, data)| data).collect();
                Some([Head::ip(source, destination, protocol, data.len()).bytes(), &data].concat())
            }
        }
    }
}

enum Added {
    Missing,
    Complete,
    /// Pieces that contradict one another (RFC 5722).
    Broken,
}

impl Partial {
    fn add(&mut self, piece: Piece, data: &[u8]) -> Added {
        let end = piece.offset + data.len();
        // With the header of IPv4, no packet is longer than this.
        let too_long = end + super::IPV4_HEADER > MAX_PACKET;
        let uneven = piece.more && !data.len().is_multiple_of(8);
        if too_long || uneven || data.is_empty() {
            return Added::Broken;
        }
        let next = self.pieces.partition_point(|(offset, _)| *offset < piece.offset);
        if self.pieces.get(next).is_some_and(|(offset, old)| *offset == piece.offset && old == data) {
            return Added::Missing;
        }
        let before = next.checked_sub(1).map_or(0, |n| self.pieces[n].0 + self.pieces[n].1.len());
        let after = self.pieces.get(next).map_or(MAX_PACKET, |(offset, _)| *offset);
        let last = self.pieces.last().map_or(0, |(offset, data)| offset + data.len());
        let beyond = self.length.is_some_and(|length| end > length || !piece.more);
        if before > piece.offset || end > after || beyond || (!piece.more && last > end) {
            return Added::Broken;
        }
        if !piece.more {
            self.length = Some(end);
        }
        self.pieces.insert(next, (piece.offset, data.to_vec()));
        let there: usize = self.pieces.iter().map(|(_, data)| data.len()).sum();
        if self.length == Some(there) { Added::Complete } else { Added::Missing }
    }
}

/// The packets in which a payload goes from one IPv6 address to another that takes no packet longer than `mtu`: what goes before, and which
/// part of it.
pub fn split(
    from: IpAddr,
    to: IpAddr,
    protocol: u8,
    payload: &[u8],
    mtu: usize,
    identification: u32,
) -> impl Iterator<Item = (Head, &[u8])> {
    let room = (mtu.saturating_sub(super::IPV6_HEADER + FRAGMENT_HEADER) / 8 * 8).max(8);
    let pieces = payload.chunks(room);
    let last = pieces.len().saturating_sub(1);
    pieces.enumerate().map(move |(n, data)| {
        let mut head = Head::ip(from, to, FRAGMENT, FRAGMENT_HEADER + data.len());
        head.put(&[protocol, 0]);
        head.put(&((n * room) as u16 | u16::from(n != last)).to_be_bytes());
        head.put(&identification.to_be_bytes());
        (head, data)
    })
}

#[cfg(test)]
mod tests {
    use super::super::datagram::{self, Datagram};
    use super::super::tests::packet;
    use super::super::{IPV6_HEADER, UDP};
    use super::*;

    fn pieces(data: &[u8], identification: u32) -> Vec<Vec<u8>> {
        let (from, to) = ("[fd00::1]:53".parse().unwrap(), "[fd00::2]:9".parse().unwrap());
        let whole = datagram::whole(from, to, data);
        split(from.ip(), to.ip(), UDP, &whole, 1280, identification).map(|(h, d)| packet(&h, d)).collect()
    }

    fn take(all: &mut Reassembly, bytes: &[u8], now: Instant) -> Option<Vec<u8>> {
        let read = Packet::read(bytes).unwrap();
        all.take(&read, read.piece.unwrap(), now)
    }

    #[test]
    fn pieces_in_any_order_make_the_packet() {
        let data: Vec<u8> = (0..60_000u32).map(|n| n as u8).collect();
        let now = Instant::now();
        let mut all = Reassembly::default();
        let (mut one, two) = (pieces(&data, 1), pieces(&data[..5000], 2));
        assert!(one.len() > 48 && one.iter().all(|p| p.len() <= 1280 + 10));
        one.reverse();
        one.push(two[0].clone());
        let made: Vec<_> = one.iter().filter_map(|p| take(&mut all, p, now)).collect();
        assert_eq!(made.len(), 1);
        let read = Packet::read(&made[0]).unwrap();
        assert_eq!(read.payload.len() + IPV6_HEADER + 10, made[0].len());
        assert_eq!(Datagram::read(&read).unwrap().data, data);
        // The other one, of which a piece comes twice.
        assert!(take(&mut all, &two[0], now).is_none());
        let made: Vec<_> = two[1..].iter().filter_map(|p| take(&mut all, p, now)).collect();
        assert_eq!(Datagram::read(&Packet::read(&made[0]).unwrap()).unwrap().data.len(), 5000);
        assert!(all.partial.is_empty());
    }

    #[test]
    fn what_is_never_complete_is_forgotten() {
        let now = Instant::now();
        let mut all = Reassembly::default();
        for n in 0..100 {
            take(&mut all, &pieces(&[0; 3000], n)[0], now);
        }
        assert_eq!(all.partial.len(), MAX_PACKETS);
        all.expire(all.deadline().unwrap());
        assert!(all.partial.is_empty() && all.deadline().is_none());
    }

    #[test]
    fn pieces_that_contradict_one_another_are_dropped() {
        let add = |pieces: &[(usize, usize, bool)]| {
            let key = Key {
                source: "fd00::1".parse().unwrap(),
                destination: "fd00::2".parse().unwrap(),
                protocol: UDP,
                identification: 1,
            };
            let mut partial = Partial { key, pieces: Vec::new(), length: None, deadline: Instant::now() };
            let mut last = Added::Missing;
            for (offset, length, more) in pieces {
                let piece = Piece { identification: 1, offset: *offset, more: *more };
                last = partial.add(piece, &vec![1; *length]);
            }
            last
        };
        assert!(matches!(add(&[(0, 8, true), (8, 3, false)]), Added::Complete));
        let broken: [&[(usize, usize, bool)]; 7] = [
            &[(0, 16, true), (8, 8, true)],
            &[(8, 8, true), (0, 16, true)],
            &[(8, 8, false), (16, 8, true)],
            &[(16, 8, true), (8, 8, false)],
            &[(0, 9, true)],
            &[(0, 0, true)],
            &[(65528, 8, false)],
        ];
        for pieces in broken {
            assert!(matches!(add(pieces), Added::Broken), "{pieces:?}");
        }
    }
}
