//! Sizes and spans of time as users write them.

use std::time::Duration;

use crate::error::{Kind, Result};

/// Bytes: a number with an optional unit b, k, m, g, t (powers of 1024; a following `b` or `ib` is allowed).
pub fn size(text: &str) -> Result<u64> {
    let invalid = || Kind::Invalid.error(format!("invalid size: {text:?} (a number with b, k, m, g or t)"));
    let lower = text.trim().to_lowercase();
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match lower[digits.len()..].trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err(invalid()),
    };
    let number: f64 = digits.trim().parse().map_err(|_| invalid())?;
    if !(0.0..1e15).contains(&number) {
        return Err(invalid());
    }
    Ok((number * (1u64 << shift) as f64) as u64)
}

/// A span of time as docker writes it: `1m30s`, `500ms`, `0`.
pub fn duration(text: &str) -> Result<Duration> {
    let invalid = || Kind::Invalid.error(format!("invalid duration {text:?} (such as 1m30s or 500ms)"));
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| invalid())?;
    Duration::try_from(parsed).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in
            [("64", 64), ("64b", 64), ("1k", 1024), ("2KB", 2048), ("1.5m", 1_572_864), ("1GiB", 1 << 30)]
        {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for bad in ["", "m", "-1", "1x", "1e99", "nan"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }
}
