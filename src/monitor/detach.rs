//! The keys that detach from a terminal (docker's `--detach-keys`): parsing, and finding them in what is typed.

use std::collections::VecDeque;

use crate::error::{Kind, Result};

/// ctrl-p, ctrl-q
pub const DEFAULT: &str = "ctrl-p,ctrl-q";

/// A comma-separated list of characters and `ctrl-X` with X one of a-z @ [ \ ] ^ _, as the bytes that a terminal sends.
pub fn parse(text: &str) -> Result<Vec<u8>> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(key).collect()
}

fn key(text: &str) -> Result<u8> {
    let control = text.strip_prefix("ctrl-").unwrap_or_default();
    match (text.as_bytes(), control.as_bytes()) {
        ([byte], _) => Ok(*byte),
        (_, [c @ (b'a'..=b'z')]) => Ok(c - b'a' + 1),
        (_, [c @ (b'@' | b'[' | b'\\' | b']' | b'^' | b'_')]) => Ok(c - b'@'),
        _ => Kind::Invalid.err(format!(
            "invalid detach key {text:?}: use a character or ctrl-X, with X one of a-z @ [ \\ ] ^ _"
        )),
    }
}

/// Finds the sequence in a stream of keys.
#[derive(Debug)]
pub struct Detector {
    keys: Vec<u8>,
    matched: usize,
}

impl Detector {
    pub fn new(keys: Vec<u8>) -> Self {
        Self { keys, matched: 0 }
    }

    /// Passes typed bytes on to `out`, keeping back what may become the sequence. Whether it is complete.
    pub fn feed(&mut self, typed: &[u8], out: &mut VecDeque<u8>) -> bool {
        if self.keys.is_empty() {
            out.extend(typed);
            return false;
        }
        for &byte in typed {
            if byte != self.keys[self.matched] {
                // What was kept back was meant for the container after all.
                out.extend(&self.keys[..self.matched]);
                self.matched = 0;
            }
            if byte == self.keys[self.matched] {
                self.matched += 1;
                if self.matched == self.keys.len() {
                    return true;
                }
            } else {
                out.push_back(byte);
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_parsed_as_docker_does() {
        assert_eq!(parse(DEFAULT).unwrap(), [16, 17]);
        assert_eq!(parse("a,ctrl-@,ctrl-[,ctrl-_").unwrap(), [b'a', 0, 27, 31]);
        for bad in ["ctrl-", "ctrl-A", "ab", "a,,b"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn other_keys_pass_and_the_sequence_does_not() {
        let mut out = VecDeque::new();
        let mut detector = Detector::new(vec![16, 17]);
        assert!(!detector.feed(b"ab\x10", &mut out));
        assert!(!detector.feed(b"c\x10\x10", &mut out));
        assert_eq!(out, b"ab\x10c\x10");
        assert!(detector.feed(b"\x11", &mut out));
    }
}
