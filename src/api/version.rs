//! Versions of the API: which ones are served, and what a client may ask for.

use std::fmt;

use crate::error::{Kind, Result};

/// `1.MINOR`
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ApiVersion(pub u16);

/// The oldest and the newest that are served.
pub const OLDEST: ApiVersion = ApiVersion(24);
pub const NEWEST: ApiVersion = ApiVersion(51);

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

/// The version that a path begins with, and the rest of the path. Without one the newest is meant.
pub fn split(path: &str) -> Result<(ApiVersion, &str)> {
    let Some((first, rest)) = path.strip_prefix("/v").and_then(|p| p.split_once('/')) else {
        return Ok((NEWEST, path));
    };
    if first.is_empty() || !first.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Ok((NEWEST, path));
    }
    let mut numbers = first.split('.').map(number);
    let [major, minor] = [(); 2].map(|()| numbers.next().unwrap_or(0));
    let further = numbers.any(|n| n > 0);
    let version = match (major, minor) {
        (1, minor) if further && minor == NEWEST.0 => ApiVersion(minor + 1),
        (1, minor) => ApiVersion(minor),
        (major, _) => ApiVersion(u16::MAX * u16::from(major > 1)),
    };
    if version > NEWEST {
        return Kind::Invalid
            .err(format!("client version {first} is too new. Maximum supported API version is {NEWEST}"));
    }
    if version < OLDEST {
        return Kind::Invalid.err(format!(
            "client version {first} is too old. Minimum supported API version is {OLDEST}, please upgrade your client to a newer version"
        ));
    }
    // The slash belongs to the rest.
    Ok((version, &path[path.len() - rest.len() - 1..]))
}

/// Of digits: nothing is zero, and what is too much the most there is.
fn number(digits: &str) -> u16 {
    if digits.is_empty() { 0 } else { digits.parse().unwrap_or(u16::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_paths() {
        assert_eq!(split("/v1.41/containers/json").unwrap(), (ApiVersion(41), "/containers/json"));
        assert_eq!(split("/containers/json").unwrap(), (NEWEST, "/containers/json"));
        assert_eq!(split("/volumes/x").unwrap(), (NEWEST, "/volumes/x"));
        assert_eq!(split("/v1.x/y").unwrap(), (NEWEST, "/v1.x/y"));
        assert_eq!(split("/v1.024/y").unwrap(), (ApiVersion(24), "/y"));
        assert_eq!(split("/v/y").unwrap(), (NEWEST, "/v/y"));
        for (bad, why) in [
            ("/v1.52/info", "too new"),
            ("/v2.0/info", "too new"),
            ("/v2/info", "too new"),
            ("/v1.999999/info", "too new"),
            ("/v1.51.1/info", "too new"),
            ("/v1.23/info", "too old"),
            ("/v1/info", "too old"),
            ("/v./info", "too old"),
        ] {
            assert!(split(bad).unwrap_err().to_string().contains(why), "{bad}");
        }
    }
}
