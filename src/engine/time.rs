//! Points in time as users give them (`--since`, `--until`), and spans of it as docker words them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::error::{Kind, Result};

/// A unix time (`1136073845.5`), a duration before now (`90m`, `1h30m`), a date and time with zone, or one of local time.
pub fn parse(text: &str) -> Result<Timestamp> {
    let invalid = || {
        Kind::Invalid.error(format!(
            "{text:?} is neither a time (2006-01-02T15:04:05), a unix time nor a duration (10m)"
        ))
    };
    if let Some(time) = unix(text) {
        return Ok(time);
    }
    if text.bytes().next().is_some_and(|b| b.is_ascii_digit()) && text.ends_with(['s', 'm', 'h']) {
        let duration: SignedDuration = text.parse().map_err(|_| invalid())?;
        return Timestamp::now().checked_sub(duration).map_err(|_| invalid());
    }
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let local: DateTime = text.parse().map_err(|_| invalid())?;
    local.to_zoned(TimeZone::system()).map(|z| z.timestamp()).map_err(|_| invalid())
}

/// How long something takes or took: `About a minute`, `3 weeks`.
pub fn duration(seconds: i64) -> String {
    let hours = (seconds as f64 / 3600.0).round() as i64;
    match seconds {
        ..1 => "Less than a second".into(),
        1 => "1 second".into(),
        2..60 => format!("{seconds} seconds"),
        60..120 => "About a minute".into(),
        120..3600 if hours < 1 || seconds < 3600 => format!("{} minutes", seconds / 60),
        _ => match hours {
            ..=1 => "About an hour".into(),
            2..48 => format!("{hours} hours"),
            48..336 => format!("{} days", hours / 24),
            336..1440 => format!("{} weeks", hours / 24 / 7),
            1440..17520 => format!("{} months", hours / 24 / 30),
            _ => format!("{} years", seconds / 3600 / 24 / 365),
        },
    }
}

fn unix(text: &str) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
    let seconds: i64 = seconds.parse().ok()?;
    let digits = format!("{fraction:0<9}");
    let nanos: i32 = digits.get(..9)?.parse().ok()?;
    Timestamp::new(seconds, nanos).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_that_docker_takes() {
        assert_eq!(parse("1136073845.5").unwrap(), Timestamp::new(1_136_073_845, 500_000_000).unwrap());
        assert_eq!(parse("2006-01-02T15:04:05Z").unwrap().as_second(), 1_136_214_245);
        assert!(parse("2006-01-02T15:04:05").is_ok() && parse("2006-01-02").is_ok());
        let ago = Timestamp::now().as_second() - parse("1h30m").unwrap().as_second();
        assert!((5399..=5401).contains(&ago));
        assert!(parse("yesterday").is_err() && parse("").is_err() && parse("1x").is_err());
    }
}
