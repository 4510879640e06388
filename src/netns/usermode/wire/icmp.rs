//! ICMP (RFC 792) and ICMPv6 (RFC 4443): echo, and errors.

use std::net::{IpAddr, SocketAddr};

use super::{Head, ICMP, ICMPV6, IPV6_HEADER, Packet, be16, be32, checksum};
use crate::sys::tun::VNET_HEADER;

const HEADER: usize = 8;
/// The smallest packet that every path takes, of which an error may fill one (RFC 4443 § 2.4; less for RFC 1812 § 4.3.2.3).
const MAX_ERROR_6: usize = 1280;
const MAX_ERROR_4: usize = 576;

/// Why a packet is not delivered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreachable {
    Network,
    Host,
    Port,
    Prohibited,
}

/// A question that wants an answer of the same number and with the same data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Echo<'a> {
    pub identifier: u16,
    pub sequence: u16,
    pub data: &'a [u8],
}

/// What came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Message<'a> {
    Echo(Echo<'a>),
    /// The path to this destination takes no packet longer than this.
    TooBig {
        mtu: u32,
        destination: IpAddr,
    },
}

impl<'a> Message<'a> {
    pub fn read(packet: &Packet<'a>) -> Option<Self> {
        let bytes = packet.payload;
        let [kind, code, _, _, _, _, _, _, data @ ..] = bytes else { return None };
        let right = match packet.protocol {
            ICMP => packet.is_intact || checksum::fold(checksum::add(0, bytes)) == 0xffff,
            _ => packet.verifies(),
        };
        if !right {
            return None;
        }
        match (packet.protocol, *kind, *code) {
            (ICMP, 8, 0) | (ICMPV6, 128, 0) => {
                Some(Self::Echo(Echo { identifier: be16(bytes, 4)?, sequence: be16(bytes, 6)?, data }))
            }
            (ICMPV6, 2, _) => {
                let destination = IpAddr::from(*data.get(24..)?.first_chunk::<16>()?);
                Some(Self::TooBig { mtu: be32(bytes, 4)?, destination })
            }
            _ => None,
        }
    }
}

/// A message with its header: type, code, and the four bytes that follow the checksum.
fn message(from: IpAddr, to: IpAddr, kind: u8, code: u8, rest: [u8; 4], data: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind, code, 0, 0];
    bytes.extend(rest);
    bytes.extend(data);
    let pseudo = match from {
        IpAddr::V4(_) => 0,
        IpAddr::V6(_) => checksum::pseudo(from, to, ICMPV6, bytes.len()),
    };
    let sum = !checksum::fold(checksum::add(pseudo, &bytes));
    bytes[2..4].copy_from_slice(&sum.to_be_bytes());
    bytes
}

/// The answer, without an IP header: it may go out in pieces.
pub fn echo_reply(from: IpAddr, to: IpAddr, echo: &Echo<'_>) -> Vec<u8> {
    let ([a, b], [c, d]) = (echo.identifier.to_be_bytes(), echo.sequence.to_be_bytes());
    message(from, to, if from.is_ipv4() { 0 } else { 129 }, 0, [a, b, c, d], echo.data)
}

/// Tells the sender of `original`, a packet from its IP header on, why it is not delivered.
pub fn unreachable(from: IpAddr, to: IpAddr, why: Unreachable, original: &[u8]) -> (Head, Vec<u8>) {
    let (protocol, kind, code, longest) = match from {
        IpAddr::V4(_) => {
            let code = match why {
                Unreachable::Network => 0,
                Unreachable::Host => 1,
                Unreachable::Port => 3,
                Unreachable::Prohibited => 13,
            };
            (ICMP, 3, code, MAX_ERROR_4 - super::IPV4_HEADER - HEADER)
        }
        IpAddr::V6(_) => {
            let code = match why {
                Unreachable::Network => 0,
                Unreachable::Prohibited => 1,
                Unreachable::Host => 3,
                Unreachable::Port => 4,
            };
            (ICMPV6, 1, code, MAX_ERROR_6 - IPV6_HEADER - HEADER)
        }
    };
    let quoted = &original[..original.len().min(longest)];
    let message = message(from, to, kind, code, [0; 4], quoted);
    (Head::ip(from, to, protocol, message.len()), message)
}

/// The start of a packet that is not at hand any more, for an error to quote: addresses, ports, and for TCP the sequence number. (It is all
/// that the sender finds his socket by.)
pub fn recall(from: SocketAddr, to: SocketAddr, protocol: u8, rest: [u8; 4], length: usize) -> Vec<u8> {
    let mut packet = Head::ip(from.ip(), to.ip(), protocol, length).bytes()[VNET_HEADER..].to_vec();
    packet.extend(from.port().to_be_bytes());
    packet.extend(to.port().to_be_bytes());
    packet.extend(rest);
    packet
}

#[cfg(test)]
mod tests {
    use super::super::tests::packet;
    use super::*;

    #[test]
    fn echoes_are_read_and_answered() {
        for (from, to, kind) in [("10.0.0.1", "10.0.0.2", 8), ("fd00::1", "fd00::2", 128)] {
            let (from, to): (IpAddr, IpAddr) = (from.parse().unwrap(), to.parse().unwrap());
            let protocol = if kind == 8 { ICMP } else { ICMPV6 };
            let question = message(from, to, kind, 0, [1, 2, 3, 4], b"abc");
            let mut bytes = packet(&Head::ip(from, to, protocol, question.len()), &question);
            let echo = Echo { identifier: 0x102, sequence: 0x304, data: b"abc" };
            assert_eq!(Message::read(&Packet::read(&bytes).unwrap()), Some(Message::Echo(echo)));
            let reply = echo_reply(to, from, &echo);
            assert_eq!(
                (reply[0], reply[1], &reply[4..]),
                (kind.wrapping_add(if kind == 8 { 248 } else { 1 }), 0, &question[4..])
            );
            let reply = packet(&Head::ip(to, from, protocol, reply.len()), &reply);
            assert_eq!(Message::read(&Packet::read(&reply).unwrap()), None, "an answer asks nothing");
            *bytes.last_mut().unwrap() ^= 1;
            assert_eq!(Message::read(&Packet::read(&bytes).unwrap()), None);
        }
    }

    #[test]
    fn errors_quote_the_packet() {
        let (from, to): (SocketAddr, SocketAddr) =
            ("10.0.2.100:40000".parse().unwrap(), "192.0.2.1:80".parse().unwrap());
        let original = recall(from, to, super::super::TCP, [0, 0, 0, 7], 20);
        assert_eq!(original.len(), 28);
        let (head, message) =
            unreachable(to.ip(), from.ip(), Unreachable::Host, &[&original[..], &[0; 2000]].concat());
        assert_eq!((message[0], message[1], &message[8..36]), (3, 1, &original[..]));
        assert_eq!(head.len() - VNET_HEADER + message.len(), MAX_ERROR_4);
        let six: IpAddr = "fd00::1".parse().unwrap();
        let (head, message) = unreachable(six, six, Unreachable::Port, &[0; 2000]);
        assert_eq!((message[0], message[1]), (1, 4));
        assert_eq!(head.len() - VNET_HEADER + message.len(), MAX_ERROR_6);
    }

    #[test]
    fn a_path_that_takes_less_is_told() {
        let (from, to): (SocketAddr, SocketAddr) =
            ("[fd00::1]:53".parse().unwrap(), "[fd00::2]:9".parse().unwrap());
        let lost = recall(from, to, super::super::UDP, [0; 4], 2000);
        let told = message(to.ip(), from.ip(), 2, 0, 1400u32.to_be_bytes(), &lost);
        let bytes = packet(&Head::ip(to.ip(), from.ip(), ICMPV6, told.len()), &told);
        let read = Message::read(&Packet::read(&bytes).unwrap());
        assert_eq!(read, Some(Message::TooBig { mtu: 1400, destination: to.ip() }));
    }
}
