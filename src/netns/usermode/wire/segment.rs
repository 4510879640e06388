//! TCP segments (RFC 9293 § 3.1).

use std::net::SocketAddr;

use super::{Head, Packet, TCP, be16, be32, checksum};

const HEADER: usize = 20;
const CHECKSUM: u16 = 16;

pub const FIN: u8 = 1;
pub const SYN: u8 = 2;
pub const RST: u8 = 4;
pub const PSH: u8 = 8;
pub const ACK: u8 = 16;

/// A segment that came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment<'a> {
    pub source_port: u16,
    pub destination_port: u16,
    pub sequence: u32,
    pub acknowledged: u32,
    pub flags: u8,
    /// As it stands there: not scaled.
    pub window: u16,
    pub options: Options,
    pub data: &'a [u8],
}

/// Options that a SYN may have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    pub maximum: Option<u16>,
    pub scale: Option<u8>,
    /// Selective acknowledgements may be sent.
    pub selective: bool,
}

/// How many blocks of data an acknowledgement tells of.
pub const BLOCKS: usize = 3;
/// Data that has come out of order: first number, and the one after the last.
pub type Blocks = [Option<(u32, u32)>; BLOCKS];

impl<'a> Segment<'a> {
    pub fn read(packet: &Packet<'a>) -> Option<Self> {
        let bytes = packet.payload;
        let header = usize::from(bytes.get(12)? >> 4) * 4;
        let options = bytes.get(HEADER..header)?;
        let data = bytes.get(header..)?;
        if !packet.verifies() {
            return None;
        }
        let flags = *bytes.get(13)?;
        Some(Self {
            source_port: be16(bytes, 0)?,
            destination_port: be16(bytes, 2)?,
            sequence: be32(bytes, 4)?,
            acknowledged: be32(bytes, 8)?,
            flags,
            window: be16(bytes, 14)?,
            options: if flags & SYN != 0 { Options::read(options) } else { Options::default() },
            data,
        })
    }

    pub fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// What it takes of the sequence space.
    pub fn length(&self) -> u32 {
        self.data.len() as u32 + u32::from(self.has(SYN)) + u32::from(self.has(FIN))
    }
}

impl Options {
    fn read(mut bytes: &[u8]) -> Self {
        let mut options = Self::default();
        while let [kind, rest @ ..] = bytes {
            match *kind {
                0 => break,
                1 => bytes = rest,
                _ => {
                    let length = usize::from(rest.first().copied().unwrap_or_default());
                    let Some(option) = bytes.get(2..length) else { break };
                    match (*kind, option) {
                        (2, [a, b]) => options.maximum = Some(u16::from_be_bytes([*a, *b])),
                        (3, [scale]) => options.scale = Some(*scale),
                        (4, []) => options.selective = true,
                        _ => {}
                    }
                    bytes = &bytes[length..];
                }
            }
        }
        options
    }
}

/// A segment that goes out, without its data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outgoing {
    pub sequence: u32,
    pub acknowledged: u32,
    pub flags: u8,
    pub window: u16,
    /// Only with a SYN.
    pub options: Options,
    pub blocks: Blocks,
    /// Bytes of data, and how many of them a segment may have on the way.
    pub length: usize,
    pub maximum: u16,
}

impl Outgoing {
    /// What goes before the data. Checksum, and cutting into segments, are left to the kernel, which leaves them out where the segment stays
    /// on this machine.
    pub fn head(&self, from: SocketAddr, to: SocketAddr) -> Head {
        let options = self.written_options();
        let header = HEADER + options.len();
        let length = header + self.length;
        let mut head = Head::ip(from.ip(), to.ip(), TCP, length);
        let start = head.len();
        head.put(&from.port().to_be_bytes());
        head.put(&to.port().to_be_bytes());
        head.put(&self.sequence.to_be_bytes());
        head.put(&self.acknowledged.to_be_bytes());
        head.put(&[((header / 4) << 4) as u8, self.flags]);
        head.put(&self.window.to_be_bytes());
        head.put(&checksum::fold(checksum::pseudo(from.ip(), to.ip(), TCP, length)).to_be_bytes());
        head.put(&[0; 2]);
        head.put(&options);
        head.leave_checksum(start, CHECKSUM);
        if self.length > usize::from(self.maximum) {
            head.leave_segmentation(self.maximum, from.is_ipv4());
        }
        head
    }

    /// In whole words.
    fn written_options(&self) -> Vec<u8> {
        let mut options = Vec::new();
        if let Some(maximum) = self.options.maximum {
            options.extend([2, 4]);
            options.extend(maximum.to_be_bytes());
        }
        if let Some(scale) = self.options.scale {
            options.extend([1, 3, 3, scale]);
        }
        if self.options.selective {
            options.extend([1, 1, 4, 2]);
        }
        let blocks = self.blocks.iter().flatten();
        let count = blocks.clone().count();
        if count > 0 {
            options.extend([1, 1, 5, (2 + 8 * count) as u8]);
            options.extend(blocks.flat_map(|(from, to)| [from.to_be_bytes(), to.to_be_bytes()]).flatten());
        }
        options
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::packet;
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let options = Options { maximum: Some(65480), scale: Some(7), selective: true };
        let blocks = [Some((1, 2)), Some((5, 7)), None];
        let outgoing = Outgoing {
            sequence: 1,
            acknowledged: u32::MAX,
            flags: SYN | ACK,
            window: 500,
            options,
            blocks,
            length: 3,
            maximum: 2,
        };
        for (from, to) in [("10.0.0.1:80", "10.0.0.2:5"), ("[fd00::1]:80", "[fd00::2]:5")] {
            let (from, to): (SocketAddr, SocketAddr) = (from.parse().unwrap(), to.parse().unwrap());
            let mut bytes = packet(&outgoing.head(from, to), b"abc");
            let read = Packet::read(&bytes).unwrap();
            let segment = Segment::read(&read).unwrap();
            assert_eq!((segment.source_port, segment.destination_port, segment.length()), (80, 5, 4));
            assert_eq!((segment.sequence, segment.acknowledged, segment.window), (1, u32::MAX, 500));
            assert_eq!((segment.options, segment.data), (options, &b"abc"[..]));
            assert_eq!(bytes[1], if from.is_ipv4() { 1 } else { 4 });
            // One that nobody vouches for has to have its checksum.
            bytes[0] = 0;
            assert_eq!(Segment::read(&Packet::read(&bytes).unwrap()), None);
            let start = bytes.len() - 3 - 52;
            let sum = !checksum::fold(checksum::add(0, &bytes[start..]));
            bytes[start + 16..start + 18].copy_from_slice(&sum.to_be_bytes());
            assert!(Segment::read(&Packet::read(&bytes).unwrap()).is_some());
        }
    }

    #[test]
    fn odd_options_are_passed_over() {
        let read = |bytes: &[u8]| Options::read(bytes);
        assert_eq!(read(&[1, 1, 2, 4, 5, 180]), Options { maximum: Some(1460), ..Options::default() });
        assert_eq!(
            read(&[8, 10, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 9]),
            Options { scale: Some(9), ..Options::default() }
        );
        assert_eq!(read(&[0, 3, 3, 9]), Options::default());
        for cut in [&[2][..], &[2, 0], &[2, 1], &[2, 4, 5], &[3, 200, 1]] {
            assert_eq!(read(cut), Options::default(), "{cut:?}");
        }
    }
}
