//! docker's `local` format: records of the length of a message (4 bytes, big endian), the message, and the length again. The message is
//! protocol buffers' LogEntry: source (1), time in nanoseconds (2), line without its end (3), whether it goes on in the next (4).

use super::{Clock, Entry, Stream};

const SOURCE: u8 = 1 << 3 | LENGTH;
const TIME: u8 = 2 << 3 | VARINT;
const LINE: u8 = 3 << 3 | LENGTH;
const PARTIAL: u8 = 4 << 3 | VARINT;
/// How a field is written.
const VARINT: u8 = 0;
const LENGTH: u8 = 2;

/// Around each message.
pub const FRAME: usize = 4;

/// No entry of ours is longer, and no reader should trust a longer length.
pub const MAX_MESSAGE: usize = 1 << 20;

/// Appends an entry.
pub fn encode(line: &[u8], stream: Stream, time: &Clock, out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(&[0; FRAME]);
    let source: &[u8] = match stream {
        Stream::Stdout => b"stdout",
        Stream::Stderr => b"stderr",
    };
    out.extend_from_slice(&[SOURCE, source.len() as u8]);
    out.extend_from_slice(source);
    out.push(TIME);
    varint(time.nanoseconds, out);
    let (text, whole) = line.strip_suffix(b"\n").map_or((line, false), |text| (text, true));
    out.push(LINE);
    varint(text.len() as u64, out);
    out.extend_from_slice(text);
    if !whole {
        out.extend_from_slice(&[PARTIAL, 1]);
    }
    let length = ((out.len() - start - FRAME) as u32).to_be_bytes();
    out[start..start + FRAME].copy_from_slice(&length);
    out.extend_from_slice(&length);
}

fn varint(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The entry in a message.
pub fn decode(message: &[u8]) -> Option<Entry> {
    let mut rest = message;
    let (mut stream, mut time, mut log, mut partial) = (Stream::Stdout, 0, Vec::new(), false);
    while !rest.is_empty() {
        let key = take_varint(&mut rest)?;
        match (key & 7) as u8 {
            VARINT => {
                let value = take_varint(&mut rest)?;
                match key {
                    k if k == u64::from(TIME) => time = value,
                    k if k == u64::from(PARTIAL) => partial = value != 0,
                    _ => {}
                }
            }
            LENGTH => {
                let length = usize::try_from(take_varint(&mut rest)?).ok()?;
                let (value, after) = rest.split_at_checked(length)?;
                rest = after;
                match key {
                    k if k == u64::from(SOURCE) && value == b"stderr" => stream = Stream::Stderr,
                    k if k == u64::from(LINE) => log = value.to_vec(),
                    _ => {}
                }
            }
            _ => return None,
        }
    }
    if !partial {
        log.push(b'\n');
    }
    let time = jiff::Timestamp::from_nanosecond(i128::from(time)).ok()?;
    Some(Entry { log, stream, time, attributes: std::collections::BTreeMap::new() })
}

fn take_varint(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_of_an_entry_are_dockers() {
        let clock = Clock { text: Vec::new(), nanoseconds: 300 };
        let mut out = Vec::new();
        encode(b"hi\n", Stream::Stderr, &clock, &mut out);
        let message = [b"\x0a\x06stderr\x10\xac\x02\x1a\x02hi".as_slice()].concat();
        assert_eq!(
            out,
            [&[0, 0, 0, message.len() as u8], message.as_slice(), &[0, 0, 0, message.len() as u8]].concat()
        );
        let entry = decode(&message).unwrap();
        assert_eq!(
            (entry.log.as_slice(), entry.stream, entry.time.as_nanosecond()),
            (b"hi\n".as_slice(), Stream::Stderr, 300)
        );
    }

    #[test]
    fn every_byte_comes_back_and_damage_is_refused() {
        let all: Vec<u8> = (0..=255).cycle().take(1000).collect();
        let mut out = Vec::new();
        encode(&all, Stream::Stdout, &Clock::now(), &mut out);
        let message = &out[FRAME..out.len() - FRAME];
        let entry = decode(message).unwrap();
        assert_eq!(entry.log, all, "no line end was added to a part");
        for cut in 1..message.len() {
            // Never a panic.
            let _ = decode(&message[..cut]);
            let _ = decode(&message[cut..]);
        }
        assert!(decode(&message[..20]).is_none());
    }
}
