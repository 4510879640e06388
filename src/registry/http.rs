//! What HTTP answers and failures mean: which are worth another try and when, and how to say the rest in one line.

use std::io;
use std::time::Duration;

use jiff::Timestamp;
use ureq::http::{HeaderMap, StatusCode};
use ureq::{Body, Error};

use crate::error::{self, Kind};

pub type Response = ureq::http::Response<Body>;

/// How often a request is made at most.
const TRIES: u32 = 6;
/// A server that asks for a longer pause is not waited for.
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// How much of an error document is read.
const ERROR_LIMIT: u64 = 64 * 1024;
/// How much of a server's message is shown, in characters.
const MESSAGE_LIMIT: usize = 300;

/// Counts the tries of one request and paces them.
#[derive(Debug, Default)]
pub struct Backoff {
    failures: u32,
}

impl Backoff {
    /// Waits before the next try; `false` when there is to be none.
    pub fn pause(&mut self, asked_for: Option<Duration>) -> bool {
        match self.next(asked_for) {
            Some(pause) => {
                // Only time is waited for here: no event tells when a server has recovered.
                #[allow(clippy::disallowed_methods)]
                std::thread::sleep(pause);
                true
            }
            None => false,
        }
    }

    /// 0.2, 0.4, 0.8, 1.6, 3.2 s, or what the server asks for if that is longer.
    fn next(&mut self, asked_for: Option<Duration>) -> Option<Duration> {
        self.failures += 1;
        if self.failures >= TRIES || asked_for.is_some_and(|d| d > LONGEST_PAUSE) {
            return None;
        }
        let own = Duration::from_millis(100 << self.failures);
        Some(own.max(asked_for.unwrap_or_default()))
    }

    /// Something went well in between.
    pub fn reset(&mut self) {
        self.failures = 0;
    }
}

/// Whether a status may be another one soon.
pub fn is_passing(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502..=504 | 506..=599)
}

/// Whether a request that got no answer may get one soon.
pub fn may_pass(error: &Error) -> bool {
    match error {
        Error::Io(e) => {
            is_tls(e).is_none()
                && !matches!(e.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::PermissionDenied)
        }
        Error::Timeout(_) | Error::ConnectionFailed | Error::Protocol(_) => true,
        _ => false,
    }
}

/// Whether a failed HTTPS request means that the server speaks plain HTTP, or nothing listens there.
pub fn speaks_no_tls(error: &Error) -> bool {
    match error {
        Error::Rustls(e) => matches!(e, rustls::Error::InvalidMessage(_)),
        Error::Io(e) => match is_tls(e) {
            Some(tls) => matches!(tls, rustls::Error::InvalidMessage(_)),
            // A plain server closes the connection on a TLS greeting.
            None => matches!(
                e.kind(),
                io::ErrorKind::UnexpectedEof
                    | io::ErrorKind::ConnectionReset
                    | io::ErrorKind::ConnectionRefused
            ),
        },
        Error::ConnectionFailed => true,
        _ => false,
    }
}

fn is_tls(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

/// A failed request in words, without the URL.
pub fn explain(error: &Error) -> String {
    let tls = match error {
        Error::Rustls(e) => Some(e),
        Error::Io(e) => is_tls(e),
        _ => None,
    };
    match (tls, error) {
        (Some(rustls::Error::InvalidCertificate(why)), _) => format!(
            "its certificate is not trusted ({why}); add the authority to certs.d, or set insecure in registries.conf"
        ),
        (Some(e), _) => format!("TLS: {e}"),
        (None, Error::Io(e)) => e.to_string(),
        (None, Error::Timeout(which)) => format!("timed out ({which})"),
        (None, Error::Other(e)) => e.to_string(),
        (None, e) => e.to_string(),
    }
}

/// The `Retry-After` header, in seconds or as a date.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get("retry-after")?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<u64>() {
        return Some(Duration::from_secs(seconds));
    }
    let date = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
    let left = date.as_second() - Timestamp::now().as_second();
    Some(Duration::from_secs(u64::try_from(left).unwrap_or(0)))
}

/// The error for a status that is no success: the registry's own words, and a kind. `what` says what was asked of whom.
pub fn status_error(what: &str, response: &mut Response) -> error::Error {
    let status = response.status();
    let wait = retry_after(response.headers()).filter(|_| is_passing(status));
    let said = server_message(response);
    let name = status.canonical_reason().unwrap_or("unknown status");
    let mut text = match said {
        Some(said) => format!("{what}: {said} (HTTP {} {name})", status.as_u16()),
        None => format!("{what}: HTTP {} {name}", status.as_u16()),
    };
    if let Some(wait) = wait {
        text += &format!("; it asks to try again in {} s", wait.as_secs());
    }
    let kind = match status.as_u16() {
        401 => Kind::Unauthorized,
        403 => Kind::Forbidden,
        404 => Kind::NotFound,
        400..=499 if !is_passing(status) => Kind::Invalid,
        _ => Kind::Unavailable,
    };
    kind.error(text)
}

/// `errors[].message` of the distribution specification ("Error Codes"), or a token server's `message` or `details`.
fn server_message(response: &mut Response) -> Option<String> {
    let mut bytes = Vec::new();
    let mut reader = io::Read::take(response.body_mut().as_reader(), ERROR_LIMIT);
    io::Read::read_to_end(&mut reader, &mut bytes).ok()?;
    message_in(&bytes)
}

fn message_in(bytes: &[u8]) -> Option<String> {
    let document: serde_json::Value = serde_json::from_slice(bytes).ok()?;
    let text = |value: &serde_json::Value| {
        ["message", "code"].iter().find_map(|k| value[*k].as_str()).filter(|t| !t.is_empty()).map(printable)
    };
    let listed: Vec<String> = document["errors"].as_array().into_iter().flatten().filter_map(text).collect();
    if !listed.is_empty() {
        return Some(printable(&listed.join("; ")));
    }
    ["message", "details", "error_description", "error"]
        .iter()
        .find_map(|k| document[*k].as_str())
        .map(printable)
}

/// A foreign text as one line of limited length without control characters, which a terminal might obey.
pub fn printable(text: &str) -> String {
    let mut line: String =
        text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MESSAGE_LIMIT).collect();
    if text.chars().count() > MESSAGE_LIMIT {
        line.push('…');
    }
    line.trim().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_and_end() {
        let mut backoff = Backoff::default();
        let pauses: Vec<_> = std::iter::from_fn(|| backoff.next(None)).map(|d| d.as_millis()).collect();
        assert_eq!(pauses, [200, 400, 800, 1600, 3200]);
        assert_eq!(Backoff::default().next(Some(Duration::from_secs(7))), Some(Duration::from_secs(7)));
        assert_eq!(Backoff::default().next(Some(Duration::from_secs(3600))), None);
    }

    #[test]
    fn retry_after_in_both_forms() {
        let with = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("retry-after", value.parse().unwrap());
            retry_after(&headers)
        };
        assert_eq!(with("120"), Some(Duration::from_secs(120)));
        assert_eq!(with("Wed, 21 Oct 2015 07:28:00 GMT"), Some(Duration::ZERO));
        assert!(with("Wed, 21 Oct 2099 07:28:00 GMT").unwrap().as_secs() > 1_000_000);
        assert_eq!(with("soon"), None);
    }

    #[test]
    fn messages_of_servers_are_one_safe_line() {
        let errors = br#"{"errors":[{"code":"A","message":"no\u001b[2J such\nthing"},{"code":"DENIED"}]}"#;
        assert_eq!(message_in(errors).unwrap(), "no [2J such thing; DENIED");
        assert_eq!(
            message_in(br#"{"details":"incorrect username or password"}"#).unwrap(),
            "incorrect username or password"
        );
        assert_eq!(message_in(b"<html>"), None);
        assert_eq!(printable(&"x".repeat(1000)).chars().count(), MESSAGE_LIMIT + 1);
    }
}
