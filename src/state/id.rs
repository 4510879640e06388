//! Container ids, and random names for temporary files.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Kind, Result};
use crate::sys;

/// 64 lower-case hexadecimal digits, chosen at random; users see the first 12.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContainerId(String);

impl ContainerId {
    /// A new id from the kernel's random numbers.
    pub fn random() -> Result<Self> {
        loop {
            let id = random_hex(32)?;
            // An all-digit short id would be taken for a number by shells and templates; docker avoids it too.
            if !id[..12].bytes().all(|b| b.is_ascii_digit()) {
                return Ok(Self(id));
            }
        }
    }

    /// A whole id as it stands in a file name.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() == 64 && is_lower_hex(text) {
            Ok(Self(text.to_string()))
        } else {
            Kind::Invalid.err(format!("{text:?} is not a container id"))
        }
    }

    /// All 64 digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The first 12 digits.
    pub fn short(&self) -> &str {
        &self.0[..12]
    }
}

impl fmt::Display for ContainerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ContainerId {
    type Error = crate::error::Error;
    fn try_from(text: String) -> Result<Self> {
        Self::parse(&text)
    }
}

impl From<ContainerId> for String {
    fn from(id: ContainerId) -> Self {
        id.0
    }
}

/// docker's rule for names, and podman's in that one character is enough.
pub fn is_name(name: &str) -> bool {
    let bytes = name.as_bytes();
    let allowed = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-');
    !bytes.is_empty() && bytes.len() <= 255 && bytes[0].is_ascii_alphanumeric() && bytes.iter().all(allowed)
}

/// Whether the text is made of lower-case hexadecimal digits only.
pub fn is_lower_hex(text: &str) -> bool {
    text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// `bytes` random bytes in hexadecimal.
pub fn random_hex(bytes: usize) -> Result<String> {
    let mut buffer = vec![0u8; bytes];
    sys::random::fill(&mut buffer)?;
    Ok(hex(&buffer))
}

/// Bytes as lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|b| [DIGITS[(b >> 4) as usize], DIGITS[(b & 15) as usize]])
        .map(char::from)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_64_hex_digits() {
        let id = ContainerId::random().unwrap();
        assert_eq!(id.as_str().len(), 64);
        assert_eq!(ContainerId::parse(id.as_str()).unwrap(), id);
        assert!(ContainerId::parse("../../etc/passwd").is_err());
        assert!(ContainerId::parse(&"A".repeat(64)).is_err());
    }
}
