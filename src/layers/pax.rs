//! PAX extended header records (POSIX.1-2017, pax, "pax Extended Header"): `LENGTH KEY=VALUE\n`.
//!
//! Pure: bytes in, records out. Values are bytes: extended attributes may hold line ends and NULs.

/// One record of an extended header.
#[derive(Debug, PartialEq, Eq)]
pub struct Record<'a> {
    pub key: &'a [u8],
    pub value: &'a [u8],
}

/// The records of an extended header in order, or what is wrong with it.
pub fn records(mut block: &[u8]) -> Result<Vec<Record<'_>>, &'static str> {
    let mut records = Vec::new();
    // Some writers pad the last record with NULs inside the stated size.
    while !block.is_empty() && block[0] != 0 {
        let blank = block.iter().take(20).position(|&b| b == b' ').ok_or("a PAX record without a length")?;
        let length = decimal(&block[..blank]).ok_or("a PAX record whose length is not a number")? as usize;
        if length <= blank + 1 || length > block.len() || block[length - 1] != b'\n' {
            return Err("a PAX record whose length does not fit");
        }
        let text = &block[blank + 1..length - 1];
        let equals = text.iter().position(|&b| b == b'=').ok_or("a PAX record without a value")?;
        records.push(Record { key: &text[..equals], value: &text[equals + 1..] });
        block = &block[length..];
    }
    Ok(records)
}

/// A decimal number made of digits only.
pub fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || !text.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// A PAX time: seconds since the epoch, perhaps negative, with a fraction, as (seconds, nanoseconds 0..1e9).
pub fn time(text: &[u8]) -> Option<(i64, i64)> {
    let (negative, text) = match text.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut parts = text.splitn(2, |&b| b == b'.');
    let seconds = i64::try_from(decimal(parts.next()?)?).ok()?;
    let fraction = parts.next().unwrap_or_default();
    if !fraction.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let nanos = (0..9).fold(0i64, |n, i| n * 10 + fraction.get(i).map_or(0, |d| i64::from(d - b'0')));
    match (negative, nanos) {
        (false, _) => Some((seconds, nanos)),
        (true, 0) => Some((-seconds, 0)),
        // timespec counts nanoseconds forward from the second before.
        (true, _) => Some((-seconds - 1, 1_000_000_000 - nanos)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_hold_any_byte() {
        let block = b"20 SCHILY.xattr.a=\n\0\n14 path=a/b=c\n".as_slice();
        let block = [b"21 SCHILY.xattr.a=\n\0\n".as_slice(), &block[21..]].concat();
        let records = records(&block).unwrap();
        assert_eq!(records[0], Record { key: b"SCHILY.xattr.a", value: b"\n\0" });
        assert_eq!(records.len(), 2);
        assert_eq!(records[1].value, b"a/b=c");
    }

    #[test]
    fn damaged_records_are_refused() {
        for bad in [
            "x path=a\n",
            "99 path=a\n",
            "3 a\n",
            "9 path=ab\n",
            "10 pathabc\n",
            "18446744073709551616 a=b\n",
            "0 a=b\n",
        ] {
            assert!(records(bad.as_bytes()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn times_have_fractions_and_signs() {
        assert_eq!(time(b"1.5"), Some((1, 500_000_000)));
        assert_eq!(time(b"-1.25"), Some((-2, 750_000_000)));
        assert_eq!(time(b"12"), Some((12, 0)));
        assert_eq!(time(b"1.1234567899"), Some((1, 123_456_789)));
        for bad in [b"".as_slice(), b"x", b"1.x", b"--1"] {
            assert_eq!(time(bad), None);
        }
    }
}
