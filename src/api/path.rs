//! Paths of requests, as dockerd's router (gorilla/mux) takes them: without percent-encoding, so a name's slash may be written as `%2F`; and
//! whoever asks for one with a `//`, `.` or `..` in it is sent to the one that is meant.

use std::borrow::Cow;

use hyper::header::{HeaderValue, LOCATION};
use hyper::{HeaderMap, StatusCode, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::errors;
use super::reply::{Head, Reply};

/// What Go's `URL.EscapedPath` encodes. (Of these a backslash matters: there are browsers that take it for a slash.)
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// The path that is asked for, or why it can't be.
pub fn read(uri: &Uri) -> Result<Cow<'_, str>, Box<Reply>> {
    let path = decode(uri.path()).ok_or_else(|| {
        let text = format!("{}: after each % of a path there have to be two hexadecimal digits", uri.path());
        Box::new(errors::message(StatusCode::BAD_REQUEST, &text))
    })?;
    match simplest(&path) {
        None => Ok(path),
        Some(other) => Err(Box::new(elsewhere(&other, uri.query()))),
    }
}

fn decode(path: &str) -> Option<Cow<'_, str>> {
    let is_whole = |after: &str| after.bytes().take(2).filter(u8::is_ascii_hexdigit).count() == 2;
    path.split('%').skip(1).all(is_whole).then(|| percent_decode_str(path).decode_utf8_lossy())
}

/// The path without what can be left out (Go's `path.Clean`, but for a slash at the end), if it isn't that already.
fn simplest(path: &str) -> Option<String> {
    if !path.starts_with('/') || !(path.contains("//") || path.contains("/.")) {
        return None;
    }
    let mut kept = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            other => kept.push(other),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    Some(format!("/{}{end}", kept.join("/"))).filter(|simple| simple != path)
}

fn elsewhere(path: &str, query: Option<&str>) -> Reply {
    let path = utf8_percent_encode(path, ENCODED);
    let place = query.map_or_else(|| path.to_string(), |query| format!("{path}?{query}"));
    let mut headers = HeaderMap::new();
    // Of a URI, in which no other characters can be.
    if let Ok(place) = HeaderValue::from_str(&place) {
        headers.insert(LOCATION, place);
    }
    Reply::Whole(Head { status: StatusCode::MOVED_PERMANENTLY, headers }, Vec::new())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simplest_forms() {
        for (path, other) in [
            ("//_ping", "/_ping"),
            ("//", "/"),
            ("/./info/.", "/info"),
            ("/networks//", "/networks/"),
            ("/containers/../../_ping", "/_ping"),
            ("/a/b/../c/", "/a/c/"),
            ("//evil/x", "/evil/x"),
            ("/a/..", "/"),
        ] {
            assert_eq!(simplest(path).as_deref(), Some(other), "{path}");
        }
        for path in ["/", "/_ping", "/networks/", "/a/.b", "/a/..b/c...", "*", ""] {
            assert_eq!(simplest(path), None, "{path}");
        }
    }

    #[test]
    fn encodings() {
        assert_eq!(decode("/a%2Fb%2fc%25").unwrap(), "/a/b/c%");
        assert_eq!(decode("/%ff").unwrap(), "/\u{fffd}");
        for bad in ["/%", "/a%2", "/%zz", "/%2%30"] {
            assert!(decode(bad).is_none(), "{bad}");
        }
        let Reply::Whole(head, _) = elsewhere("/a\\b/é\r\n", Some("x=%2F")) else { panic!() };
        assert_eq!(head.headers[LOCATION], "/a%5Cb/%C3%A9%0D%0A?x=%2F");
    }
}
