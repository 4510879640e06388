//! Sizes and times as docker prints them (its `go-units` package).

use jiff::Timestamp;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

pub(crate) use crate::engine::time::duration;

/// A size with three significant digits and decimal units: `4.26MB`.
pub(crate) fn size(bytes: u64) -> String {
    scaled(bytes, 3)
}

/// A size with four significant digits: `4.261MB`.
pub(crate) fn size4(bytes: u64) -> String {
    scaled(bytes, 4)
}

/// A size in powers of 1024 with four significant digits: `4.063MiB`.
pub(crate) fn binary_size(bytes: u64) -> String {
    let mut value = bytes as f64;
    let mut units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    while value >= 1024.0
        && let Some(next) = units.next()
    {
        value /= 1024.0;
        unit = next;
    }
    format!("{}{unit}", significant(value, 4))
}

fn scaled(bytes: u64, digits: i32) -> String {
    let mut value = bytes as f64;
    let mut units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"].into_iter();
    let mut unit = units.next().unwrap_or_default();
    // What would be rounded up to 1000 belongs to the next unit.
    while round(value, digits) >= 1000.0
        && let Some(next) = units.next()
    {
        value /= 1000.0;
        unit = next;
    }
    format!("{}{unit}", round(value, digits))
}

/// To so many significant digits.
fn round(value: f64, digits: i32) -> f64 {
    if value == 0.0 {
        return 0.0;
    }
    let decimals = (digits - 1 - value.log10().floor() as i32).max(0) as usize;
    format!("{value:.decimals$}").parse().unwrap_or(value)
}

/// How long ago a time was, seconds since the epoch: `3 weeks ago`.
pub(crate) fn since(seconds: i64) -> String {
    format!("{} ago", duration(Timestamp::now().as_second() - seconds))
}

/// A time in the local zone as docker prints `CreatedAt`: `2024-09-26 21:31:42 +0000 UTC`.
pub(crate) fn at(seconds: i64) -> String {
    let zoned = Timestamp::from_second(seconds).unwrap_or_default().to_zoned(jiff::tz::TimeZone::system());
    zoned.strftime("%Y-%m-%d %H:%M:%S %z %Z").to_string()
}

/// C's `%.{digits}g` of a number that is not negative.
pub(crate) fn significant(value: f64, digits: usize) -> String {
    let digits = digits.max(1);
    if value == 0.0 || !value.is_finite() {
        return value.to_string();
    }
    // Rounded first: 999.96 with four digits has the exponent of 1000.
    let scientific = format!("{value:.*e}", digits - 1);
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |text: &str| {
        if text.contains('.') {
            text.trim_end_matches('0').trim_end_matches('.').to_string()
        } else {
            text.to_string()
        }
    };
    if exponent < -4 || exponent >= digits as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{}e{sign}{:02}", trim(mantissa), exponent.abs());
    }
    trim(&format!("{value:.*}", (digits as i32 - 1 - exponent).max(0) as usize))
}

/// The text, or as much of it as fits into `columns` with an ellipsis.
pub(crate) fn ellipsis(text: &str, columns: usize) -> String {
    if columns == 0 {
        return String::new();
    }
    if text.width() <= columns {
        return text.to_string();
    }
    let mut out = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        out.push(c);
    }
    out.push('…');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_those_of_docker() {
        for (bytes, text) in [
            (0, "0B"),
            (999, "999B"),
            (1000, "1kB"),
            (4_261_550, "4.26MB"),
            (999_999, "1MB"),
            (123_456_789, "123MB"),
            (1_500_000_000, "1.5GB"),
        ] {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(size4(4_261_550), "4.262MB");
    }

    #[test]
    fn durations_are_those_of_docker() {
        for (seconds, text) in [
            (0, "Less than a second"),
            (1, "1 second"),
            (59, "59 seconds"),
            (60, "About a minute"),
            (3599, "59 minutes"),
            (3600, "About an hour"),
            (7200, "2 hours"),
            (172_800, "2 days"),
            (1_209_600, "2 weeks"),
            (5_184_000, "2 months"),
            (63_072_000, "2 years"),
        ] {
            assert_eq!(duration(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn binary_sizes() {
        for (bytes, text) in
            [(0, "0B"), (1023, "1023B"), (1024, "1KiB"), (4_261_550, "4.064MiB"), (1 << 30, "1GiB")]
        {
            assert_eq!(binary_size(bytes), text);
        }
        for (value, digits, text) in
            [(1_234_567.0, 3, "1.23e+06"), (0.000_01, 4, "1e-05"), (999.96, 4, "1000"), (2.5, 4, "2.5")]
        {
            assert_eq!(significant(value, digits), text);
        }
    }

    #[test]
    fn long_texts_are_cut() {
        for (text, columns, cut) in [
            ("abcdef", 6, "abcdef"),
            ("abcdefg", 6, "abcde…"),
            ("日本語", 5, "日本…"),
            ("日本語", 4, "日…"),
            ("a", 0, ""),
        ] {
            assert_eq!(ellipsis(text, columns), cut);
        }
    }
}
