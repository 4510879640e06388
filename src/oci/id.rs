//! Names of containers, as runc takes them.

use std::fmt;

use crate::error::{Kind, Result};

/// A container's name: letters, digits, `_`, `+`, `-` and `.`; not `.` or `..`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Id(String);

impl Id {
    pub fn parse(text: &str) -> Result<Self> {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'+' | b'-' | b'.');
        // The first would be the name of something unfinished.
        let taken = text.starts_with(crate::state::file::TEMPORARY) || matches!(text, "." | "..");
        if text.is_empty() || text.len() > 255 || taken || !text.bytes().all(plain) {
            return Kind::Invalid.err("invalid container ID format");
        }
        Ok(Self(text.to_string()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_could_leave_the_directory_are_refused() {
        for good in ["a", "A_b-c.d+1", "..."] {
            assert_eq!(Id::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", ".", "..", "a/b", "a b", "ä", ".tmp-1"] {
            assert!(Id::parse(bad).is_err(), "{bad:?}");
        }
    }
}
