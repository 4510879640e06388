//! UDP datagrams (RFC 768).

use std::net::SocketAddr;

use super::{Head, Packet, UDP, be16, checksum};

pub const HEADER: usize = 8;
const CHECKSUM: u16 = 6;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Datagram<'a> {
    pub source_port: u16,
    pub destination_port: u16,
    pub data: &'a [u8],
}

impl<'a> Datagram<'a> {
    pub fn read(packet: &Packet<'a>) -> Option<Self> {
        let bytes = packet.payload;
        let length = usize::from(be16(bytes, 4)?);
        let data = bytes.get(HEADER..length)?;
        // IPv4 may go without.
        let unchecked = be16(bytes, 6)? == 0 && packet.source.is_ipv4();
        if !unchecked && !packet.verifies() {
            return None;
        }
        Some(Self { source_port: be16(bytes, 0)?, destination_port: be16(bytes, 2)?, data })
    }
}

/// The header of a datagram with a checksum that covers the header alone: the pseudo-header's sum for the kernel to go on with, or the whole
/// one, if `data` is given.
fn header(from: SocketAddr, to: SocketAddr, length: usize, data: Option<&[u8]>) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..2].copy_from_slice(&from.port().to_be_bytes());
    bytes[2..4].copy_from_slice(&to.port().to_be_bytes());
    bytes[4..6].copy_from_slice(&((HEADER + length) as u16).to_be_bytes());
    let pseudo = checksum::pseudo(from.ip(), to.ip(), UDP, HEADER + length);
    let sum = match data {
        None => checksum::fold(pseudo),
        // 0 would say that there is none.
        Some(data) => match !checksum::fold(checksum::add(checksum::add(pseudo, &bytes), data)) {
            0 => 0xffff,
            sum => sum,
        },
    };
    bytes[6..].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// What goes before `length` bytes of data in one packet.
pub fn head(from: SocketAddr, to: SocketAddr, length: usize) -> Head {
    let mut head = Head::ip(from.ip(), to.ip(), UDP, HEADER + length);
    let start = head.len();
    head.put(&header(from, to, length, None));
    head.leave_checksum(start, CHECKSUM);
    head
}

/// Header and data, for a packet that goes out in pieces.
pub fn whole(from: SocketAddr, to: SocketAddr, data: &[u8]) -> Vec<u8> {
    [&header(from, to, data.len(), Some(data))[..], data].concat()
}

#[cfg(test)]
mod tests {
    use super::super::tests::packet;
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for (from, to) in [("10.0.0.1:53", "10.0.0.2:5"), ("[fd00::1]:53", "[fd00::2]:5")] {
            let (from, to): (SocketAddr, SocketAddr) = (from.parse().unwrap(), to.parse().unwrap());
            let bytes = packet(&head(from, to, 3), b"abc");
            let expected = Datagram { source_port: 53, destination_port: 5, data: b"abc" };
            assert_eq!(Datagram::read(&Packet::read(&bytes).unwrap()), Some(expected));
            let whole = whole(from, to, b"abc");
            let mut bytes = packet(&Head::ip(from.ip(), to.ip(), UDP, whole.len()), &whole);
            assert_eq!(Datagram::read(&Packet::read(&bytes).unwrap()), Some(expected));
            *bytes.last_mut().unwrap() ^= 1;
            assert_eq!(Datagram::read(&Packet::read(&bytes).unwrap()), None);
            let header = bytes.len() - 11;
            bytes[header + 6..header + 8].fill(0);
            let read = Datagram::read(&Packet::read(&bytes).unwrap());
            assert_eq!(read.is_some(), from.is_ipv4(), "IPv4 may go without a checksum");
            bytes[header + 4..header + 6].copy_from_slice(&7u16.to_be_bytes());
            assert_eq!(Datagram::read(&Packet::read(&bytes).unwrap()), None, "shorter than its header");
        }
    }
}
