//! docker's json-file format: `{"log":"…\n","stream":"stdout","attrs":{…},"time":"…"}`, one object a line.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Clock, Entry, Stream};

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    log: String,
    stream: Stream,
    #[serde(default)]
    attrs: BTreeMap<String, String>,
    time: jiff::Timestamp,
}

/// Appends an entry. `attributes`: as [`attributes`] makes them.
pub fn encode(line: &[u8], stream: Stream, attributes: &[u8], time: &Clock, out: &mut Vec<u8>) {
    out.extend_from_slice(b"{\"log\":\"");
    escape(line, out);
    out.extend_from_slice(match stream {
        Stream::Stdout => b"\",\"stream\":\"stdout\",",
        Stream::Stderr => b"\",\"stream\":\"stderr\",",
    });
    out.extend_from_slice(attributes);
    out.extend_from_slice(b"\"time\":\"");
    out.extend_from_slice(&time.text);
    out.extend_from_slice(b"\"}\n");
}

/// The member of each entry that has the attributes.
pub fn attributes(attributes: &BTreeMap<String, String>) -> Vec<u8> {
    match serde_json::to_string(attributes) {
        Ok(text) if !attributes.is_empty() => format!("\"attrs\":{text},").into_bytes(),
        _ => Vec::new(),
    }
}

pub fn decode(line: &[u8]) -> Option<Entry> {
    let Line { log, stream, attrs, time } = serde_json::from_slice(line).ok()?;
    Some(Entry { log: log.into_bytes(), stream, time, attributes: attrs })
}

/// Bytes that a JSON string can't hold as they are, and those that docker escapes too.
const ESCAPED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte < 0x20 || byte == b'"' as usize || byte == b'\\' as usize;
        byte += 1;
    }
    table
};

/// Appends the bytes as the inside of a JSON string. What is not UTF-8 becomes U+FFFD, as in docker's logs.
fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    for chunk in bytes.utf8_chunks() {
        escape_text(chunk.valid().as_bytes(), out);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

fn escape_text(mut text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    while let Some(at) = text.iter().position(|b| ESCAPED[*b as usize]) {
        out.extend_from_slice(&text[..at]);
        match text[at] {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', b]),
            b => out.extend_from_slice(&[
                b'\\',
                b'u',
                b'0',
                b'0',
                HEX[(b >> 4) as usize],
                HEX[(b & 15) as usize],
            ]),
        }
        text = &text[at + 1..];
    }
    out.extend_from_slice(text);
}
