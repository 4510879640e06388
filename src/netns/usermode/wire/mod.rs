//! Packets as they come out of the device and go into it: IPv4 (RFC 791), IPv6 (RFC 8200), and what the kernel says of each in front of it
//! (`struct virtio_net_hdr`). Whatever a packet has in it, reading it ends in a value or in `None`.

pub mod checksum;
pub mod datagram;
pub mod fragment;
pub mod icmp;
pub mod segment;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::sys::tun::VNET_HEADER;

pub const ICMP: u8 = 1;
pub const TCP: u8 = 6;
pub const UDP: u8 = 17;
pub const ICMPV6: u8 = 58;

pub const IPV4_HEADER: usize = 20;
pub const IPV6_HEADER: usize = 40;
/// The longest payload of an IP packet that both families can carry, header of IPv4 included.
pub const MAX_PACKET: usize = 65535;
/// Those that may stand before the payload (RFC 8200 § 4.1), once each or, for the options, twice.
const MAX_EXTENSIONS: usize = 8;
const HOP_LIMIT: u8 = 64;

// VIRTIO_NET_HDR_F_…, VIRTIO_NET_HDR_GSO_…
const NEEDS_CHECKSUM: u8 = 1;
const VALID: u8 = 2;
const GSO_TCP4: u8 = 1;
const GSO_TCP6: u8 = 4;

/// Where a packet is a piece of a larger one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Piece {
    pub identification: u32,
    /// In bytes.
    pub offset: usize,
    pub more: bool,
}

/// A packet that came out of the device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Packet<'a> {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: u8,
    /// What the protocol has: its header and data.
    pub payload: &'a [u8],
    pub piece: Option<Piece>,
    /// The kernel vouches for the checksum, or has left it out.
    pub is_intact: bool,
    /// All of it, from the IP header on.
    pub whole: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads what the device gave: the kernel's header, then the packet.
    pub fn read(bytes: &'a [u8]) -> Option<Self> {
        let (about, packet) = bytes.split_at_checked(VNET_HEADER)?;
        let is_intact = about[0] & (NEEDS_CHECKSUM | VALID) != 0;
        let packet = match packet.first()? >> 4 {
            4 => ipv4(packet),
            6 => ipv6(packet),
            _ => None,
        }?;
        Some(Self { is_intact, ..packet })
    }

    /// The checksum of TCP, UDP and ICMPv6 over the payload and the addresses is right.
    pub fn verifies(&self) -> bool {
        let pseudo = checksum::pseudo(self.source, self.destination, self.protocol, self.payload.len());
        self.is_intact || checksum::fold(checksum::add(pseudo, self.payload)) == 0xffff
    }
}

pub fn be16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk::<2>().map(|b| u16::from_be_bytes(*b))
}

pub fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk::<4>().map(|b| u32::from_be_bytes(*b))
}

/// The header's own checksum was looked at by the kernel, which forwarded it.
fn ipv4(packet: &[u8]) -> Option<Packet<'_>> {
    let header = usize::from(packet.first()? & 15) * 4;
    let length = usize::from(be16(packet, 2)?);
    if header < IPV4_HEADER {
        return None;
    }
    let payload = packet.get(header..length)?;
    let flags = be16(packet, 6)?;
    let (offset, more) = (usize::from(flags & 0x1fff) * 8, flags & 0x2000 != 0);
    let identification = u32::from(be16(packet, 4)?);
    Some(Packet {
        source: IpAddr::from(*packet.get(12..)?.first_chunk::<4>()?),
        destination: IpAddr::from(*packet.get(16..)?.first_chunk::<4>()?),
        protocol: *packet.get(9)?,
        payload,
        piece: (offset > 0 || more).then_some(Piece { identification, offset, more }),
        is_intact: false,
        whole: packet.get(..length)?,
    })
}

fn ipv6(packet: &[u8]) -> Option<Packet<'_>> {
    let end = IPV6_HEADER + usize::from(be16(packet, 4)?);
    let whole = packet.get(..end)?;
    let (mut protocol, mut at, mut piece) = (*packet.get(6)?, IPV6_HEADER, None);
    for _ in 0..MAX_EXTENSIONS {
        let header = whole.get(at..)?;
        let length = match protocol {
            // Options for each hop, routing, options for the destination.
            0 | 43 | 60 => (usize::from(*header.get(1)?) + 1) * 8,
            44 if piece.is_none() => {
                let offset = be16(header, 2)?;
                let (offset, more) = (usize::from(offset & 0xfff8), offset & 1 != 0);
                piece = Some(Piece { identification: be32(header, 4)?, offset, more });
                8
            }
            _ => break,
        };
        protocol = *header.first()?;
        at += length;
    }
    Some(Packet {
        source: IpAddr::from(*packet.get(8..)?.first_chunk::<16>()?),
        destination: IpAddr::from(*packet.get(24..)?.first_chunk::<16>()?),
        protocol,
        payload: whole.get(at..)?,
        piece,
        is_intact: false,
        whole,
    })
}

/// What goes before the payload of a packet for the device: the kernel's header, IP's, and the protocol's own.
#[derive(Debug, Clone, Copy)]
pub struct Head {
    bytes: [u8; Self::CAPACITY],
    length: usize,
}

impl Head {
    const CAPACITY: usize = VNET_HEADER + IPV6_HEADER + 60;

    /// The kernel's header and IP's, for `length` bytes of this protocol.
    pub fn ip(from: IpAddr, to: IpAddr, protocol: u8, length: usize) -> Self {
        let mut head = Self { bytes: [0; Self::CAPACITY], length: VNET_HEADER };
        match (from, to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => head.put_ipv4(from, to, protocol, length),
            (from, to) => head.put_ipv6(six(from), six(to), protocol, length),
        }
        head
    }

    fn put_ipv4(&mut self, from: Ipv4Addr, to: Ipv4Addr, protocol: u8, length: usize) {
        let mut header = [0; IPV4_HEADER];
        header[0] = 0x45;
        header[2..4].copy_from_slice(&((IPV4_HEADER + length) as u16).to_be_bytes());
        header[8] = HOP_LIMIT;
        header[9] = protocol;
        header[12..16].copy_from_slice(&from.octets());
        header[16..20].copy_from_slice(&to.octets());
        if protocol == TCP {
            // Never in pieces: segments are as long as the guest allows. Then it needs no number either (RFC 6864).
            header[6] = 0x40;
        }
        let sum = !checksum::fold(checksum::add(0, &header));
        header[10..12].copy_from_slice(&sum.to_be_bytes());
        self.put(&header);
    }

    fn put_ipv6(&mut self, from: Ipv6Addr, to: Ipv6Addr, protocol: u8, length: usize) {
        let mut header = [0; IPV6_HEADER];
        header[0] = 0x60;
        header[4..6].copy_from_slice(&(length as u16).to_be_bytes());
        header[6] = protocol;
        header[7] = HOP_LIMIT;
        header[8..24].copy_from_slice(&from.octets());
        header[24..40].copy_from_slice(&to.octets());
        self.put(&header);
    }

    /// Numbers an IPv4 packet that the kernel may cut into pieces.
    pub fn number(&mut self, identification: u16) {
        if let Some(header) = self.bytes.get_mut(VNET_HEADER..VNET_HEADER + IPV4_HEADER)
            && header[0] == 0x45
        {
            header[4..6].copy_from_slice(&identification.to_be_bytes());
            header[10..12].copy_from_slice(&[0; 2]);
            let sum = !checksum::fold(checksum::add(0, header));
            header[10..12].copy_from_slice(&sum.to_be_bytes());
        }
    }

    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(bytes);
        self.length += bytes.len();
    }

    /// Has the kernel finish the checksum of the protocol whose header starts at `start`, where it now has the pseudo-header's sum.
    pub fn leave_checksum(&mut self, start: usize, offset: u16) {
        self.bytes[0] = NEEDS_CHECKSUM;
        self.bytes[6..8].copy_from_slice(&((start - VNET_HEADER) as u16).to_ne_bytes());
        self.bytes[8..10].copy_from_slice(&offset.to_ne_bytes());
    }

    /// Has the kernel cut it into TCP segments with this much data.
    pub fn leave_segmentation(&mut self, size: u16, ipv4: bool) {
        self.bytes[1] = if ipv4 { GSO_TCP4 } else { GSO_TCP6 };
        self.bytes[2..4].copy_from_slice(&((self.length - VNET_HEADER) as u16).to_ne_bytes());
        self.bytes[4..6].copy_from_slice(&size.to_ne_bytes());
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }
}

fn six(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(four) => four.to_ipv6_mapped(),
        IpAddr::V6(six) => six,
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A packet as the device would give it.
    pub fn packet(head: &Head, data: &[u8]) -> Vec<u8> {
        [head.bytes(), data].concat()
    }

    #[test]
    fn what_is_written_is_read() {
        for (from, to) in [("10.0.2.100", "192.0.2.1"), ("fd00::1", "2001:db8::1")] {
            let (from, to): (IpAddr, IpAddr) = (from.parse().unwrap(), to.parse().unwrap());
            let mut bytes = packet(&Head::ip(from, to, UDP, 5), b"hello");
            bytes.extend(b"trailing");
            let read = Packet::read(&bytes).unwrap();
            assert_eq!((read.source, read.destination, read.protocol), (from, to, UDP));
            assert_eq!((read.payload, read.piece, read.is_intact), (&b"hello"[..], None, false));
        }
    }

    #[test]
    fn what_is_cut_or_odd_is_no_packet() {
        let head = Head::ip("10.0.2.100".parse().unwrap(), "192.0.2.1".parse().unwrap(), UDP, 5);
        let bytes = packet(&head, b"hello");
        for length in 0..bytes.len() {
            assert_eq!(Packet::read(&bytes[..length]), None, "{length}");
        }
        let mut short = bytes.clone();
        short[VNET_HEADER] = 0x44;
        assert_eq!(Packet::read(&short), None);
        let mut seven = bytes;
        seven[VNET_HEADER] = 0x75;
        assert_eq!(Packet::read(&seven), None);
    }

    #[test]
    fn extension_headers_are_passed_over() {
        let (from, to): (IpAddr, IpAddr) = ("fd00::1".parse().unwrap(), "2001:db8::1".parse().unwrap());
        let options = [44, 0, 1, 4, 0, 0, 0, 0];
        let fragment = [UDP, 0, 0, 0x11, 0, 0, 0, 9];
        let bytes = packet(&Head::ip(from, to, 60, 21), &[&options[..], &fragment, b"hello"].concat());
        let read = Packet::read(&bytes).unwrap();
        assert_eq!((read.protocol, read.payload), (UDP, &b"hello"[..]));
        assert_eq!(read.piece, Some(Piece { identification: 9, offset: 16, more: true }));
    }
}
