//! Image references: `[domain/]path[:tag][@digest]` in the grammar of the distribution project (its `reference` package), normalised
//! as docker does: `busybox` is `docker.io/library/busybox:latest`.
//!
//! Pure text; knows nothing of registries' configuration (short-name aliases are resolved by `registry`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};
use crate::state::Digest;

/// The registry that names without a domain mean.
pub const DEFAULT_DOMAIN: &str = "docker.io";
/// The name space of docker.io's names without a slash.
const OFFICIAL: &str = "library/";
const DEFAULT_TAG: &str = "latest";
/// Limit of the path, in bytes.
const MAX_PATH: usize = 255;
/// Limit of a tag, in bytes.
const MAX_TAG: usize = 128;

/// A whole name: domain and path always, a tag or a digest or both.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ImageReference {
    domain: String,
    path: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl ImageReference {
    /// The reference that a user means by `text`; without tag and digest it has the tag `latest`.
    pub fn parse(text: &str) -> Result<Self> {
        let mut reference = Self::parse_untagged(text)?;
        if reference.tag.is_none() && reference.digest.is_none() {
            reference.tag = Some(DEFAULT_TAG.to_string());
        }
        Ok(reference)
    }

    /// The reference that a user means by `text`, with a tag only if he gave one: for `--all-tags`.
    pub fn parse_untagged(text: &str) -> Result<Self> {
        parse(text).map_err(|reason| Kind::Invalid.error(format!("invalid reference {text:?}: {reason}")))
    }

    /// Host and port of the registry as the user knows it: `docker.io`, `localhost:5000`, `[::1]:5000`.
    pub fn domain(&self) -> &str {
        &self.domain
    }

    /// The repository within the registry: `library/busybox`.
    pub fn path(&self) -> &str {
        &self.path
    }

    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Domain and path: `docker.io/library/busybox`.
    pub fn name(&self) -> String {
        format!("{}/{}", self.domain, self.path)
    }

    /// The name as docker shows it: `busybox`, `user/app`, `quay.io/x/y`.
    pub fn familiar_name(&self) -> String {
        if self.domain != DEFAULT_DOMAIN {
            return self.name();
        }
        match self.path.strip_prefix(OFFICIAL) {
            // library/a/b is another repository than a/b.
            Some(rest) if !rest.contains('/') => rest.to_string(),
            _ => self.path.clone(),
        }
    }

    /// The whole reference as docker shows it: `busybox:latest`.
    pub fn familiar(&self) -> String {
        self.familiar_name() + &self.suffix()
    }

    /// What a registry is asked for: the digest if there is one, else the tag.
    pub fn identifier(&self) -> String {
        match (&self.digest, &self.tag) {
            (Some(digest), _) => digest.to_string(),
            (None, Some(tag)) => tag.clone(),
            (None, None) => DEFAULT_TAG.to_string(),
        }
    }

    /// The same repository under another tag, without a digest.
    pub fn with_tag(&self, tag: &str) -> Result<Self> {
        match check_tag(tag) {
            Ok(()) => Ok(Self { tag: Some(tag.to_string()), digest: None, ..self.clone() }),
            Err(reason) => Kind::Invalid.err(format!("invalid tag {tag:?}: {reason}")),
        }
    }

    /// The same repository by digest, without a tag.
    #[must_use]
    pub fn with_digest(&self, digest: Digest) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }

    fn suffix(&self) -> String {
        let tag = self.tag.as_ref().map(|t| format!(":{t}")).unwrap_or_default();
        let digest = self.digest.as_ref().map(|d| format!("@{d}")).unwrap_or_default();
        tag + &digest
    }
}

/// The whole, unambiguous form, which parses to the same reference.
impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}{}", self.domain, self.path, self.suffix())
    }
}

impl FromStr for ImageReference {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self> {
        Self::parse(text)
    }
}

impl TryFrom<String> for ImageReference {
    type Error = Error;
    fn try_from(text: String) -> Result<Self> {
        Self::parse_untagged(&text)
    }
}

impl From<ImageReference> for String {
    fn from(reference: ImageReference) -> Self {
        reference.to_string()
    }
}

/// Whether the part of a typed name before its first slash is a registry's domain.
pub fn has_domain(text: &str) -> bool {
    text.split_once('/').is_some_and(|(first, _)| is_domain_like(first))
}

fn is_domain_like(first: &str) -> bool {
    first.contains(['.', ':']) || first == "localhost" || first.bytes().any(|b| b.is_ascii_uppercase())
}

fn parse(text: &str) -> std::result::Result<ImageReference, String> {
    if text.is_empty() {
        return Err("it is empty".into());
    }
    if text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err("64 hexadecimal digits are an image ID, not a name".into());
    }
    let (rest, digest) = match text.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest.parse::<Digest>().map_err(|e| e.to_string())?)),
        None => (text, None),
    };
    let (domain, rest) = match rest.split_once('/') {
        Some((first, rest)) if is_domain_like(first) => (first, rest),
        _ => (DEFAULT_DOMAIN, rest),
    };
    let domain = if domain == "index.docker.io" { DEFAULT_DOMAIN } else { domain };
    // A colon after the domain can only begin a tag: paths have none.
    let (path, tag) = match rest.split_once(':') {
        Some((path, tag)) => (path, Some(tag)),
        None => (rest, None),
    };
    check_domain(domain)?;
    if let Some(tag) = tag {
        check_tag(tag)?;
    }
    let path = if domain == DEFAULT_DOMAIN && !path.contains('/') && !path.is_empty() {
        format!("{OFFICIAL}{path}")
    } else {
        path.to_string()
    };
    check_path(&path)?;
    Ok(ImageReference { domain: domain.to_string(), path, tag: tag.map(str::to_string), digest })
}

fn check_domain(domain: &str) -> std::result::Result<(), String> {
    let wrong = || format!("{domain:?} is not a host name");
    let (host, port) = match domain.strip_prefix('[').and_then(|d| d.split_once(']')) {
        Some((address, rest)) => {
            address.parse::<std::net::Ipv6Addr>().map_err(|_| wrong())?;
            match rest {
                "" => (None, None),
                _ => (None, Some(rest.strip_prefix(':').ok_or_else(wrong)?)),
            }
        }
        None => match domain.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(domain), None),
        },
    };
    let label = |l: &str| {
        !l.is_empty()
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !l.starts_with('-')
            && !l.ends_with('-')
    };
    if host.is_some_and(|h| h.len() > 253 || !h.split('.').all(label)) {
        return Err(wrong());
    }
    match port {
        Some(port) if !port.bytes().all(|b| b.is_ascii_digit()) || port.parse::<u16>().is_err() => {
            Err(format!("{port:?} is not a port"))
        }
        _ => Ok(()),
    }
}

fn check_path(path: &str) -> std::result::Result<(), String> {
    if path.is_empty() {
        return Err("it has no repository name".into());
    }
    if path.len() > MAX_PATH {
        return Err(format!("the repository name is longer than {MAX_PATH} bytes"));
    }
    if path.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(format!("the repository name ({path}) must be lower-case"));
    }
    match path.split('/').find(|c| !is_path_component(c)) {
        Some(component) => Err(format!("{component:?} cannot be part of a repository name")),
        None => Ok(()),
    }
}

/// Lower-case letters and digits, joined by one dot, one or two underscores, or any number of dashes.
fn is_path_component(component: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = component.as_bytes();
    let ends_well =
        bytes.first().is_some_and(|&b| alphanumeric(b)) && bytes.last().is_some_and(|&b| alphanumeric(b));
    let separators = bytes.split(|&b| alphanumeric(b)).filter(|s| !s.is_empty());
    ends_well
        && separators.into_iter().all(|s| matches!(s, b"." | b"_" | b"__") || s.iter().all(|&b| b == b'-'))
}

fn check_tag(tag: &str) -> std::result::Result<(), String> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let good =
        tag.bytes().next().is_some_and(word) && tag.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'));
    if good && tag.len() <= MAX_TAG { Ok(()) } else { Err(format!("{tag:?} is not a tag")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn names_mean_what_docker_means() {
        let table = [
            ("busybox", "docker.io/library/busybox:latest", "busybox:latest"),
            ("library/busybox:1.36", "docker.io/library/busybox:1.36", "busybox:1.36"),
            ("docker.io/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
            ("index.docker.io/library/busybox", "docker.io/library/busybox:latest", "busybox:latest"),
            ("ann/app", "docker.io/ann/app:latest", "ann/app:latest"),
            ("docker.io/library/a/b", "docker.io/library/a/b:latest", "library/a/b:latest"),
            ("localhost/app", "localhost/app:latest", "localhost/app:latest"),
            ("localhost:5000/app:v1", "localhost:5000/app:v1", "localhost:5000/app:v1"),
            ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c:latest", "127.0.0.1:5000/a/b/c:latest"),
            ("[::1]:5000/app", "[::1]:5000/app:latest", "[::1]:5000/app:latest"),
            ("[fd00::1]/app", "[fd00::1]/app:latest", "[fd00::1]/app:latest"),
            ("Quay/x", "Quay/x:latest", "Quay/x:latest"),
            ("quay.io/a-b/c__d.e--f", "quay.io/a-b/c__d.e--f:latest", "quay.io/a-b/c__d.e--f:latest"),
            ("a:B_c.d-E", "docker.io/library/a:B_c.d-E", "a:B_c.d-E"),
            ("ghcr.io/x:1", "ghcr.io/x:1", "ghcr.io/x:1"),
        ];
        for (typed, whole, familiar) in table {
            let reference = ImageReference::parse(typed).unwrap();
            assert_eq!(reference.to_string(), whole, "{typed}");
            assert_eq!(reference.familiar(), familiar, "{typed}");
            assert_eq!(ImageReference::parse(whole).unwrap(), reference, "{typed}");
            assert_eq!(ImageReference::parse(familiar).unwrap(), reference, "{typed}");
        }
    }

    #[test]
    fn digests_stand_beside_or_instead_of_tags() {
        let by_digest = ImageReference::parse(&format!("busybox@{DIGEST}")).unwrap();
        assert_eq!((by_digest.tag(), by_digest.identifier()), (None, DIGEST.to_string()));
        let both = ImageReference::parse(&format!("localhost:1/busybox:1@{DIGEST}")).unwrap();
        assert_eq!((both.tag(), both.identifier()), (Some("1"), DIGEST.to_string()));
        assert_eq!(both.to_string(), format!("localhost:1/busybox:1@{DIGEST}"));
        assert_eq!(both.with_tag("2").unwrap().to_string(), "localhost:1/busybox:2");
        assert!(both.with_tag("../x").is_err());
    }

    #[test]
    fn what_docker_refuses_is_refused() {
        let long_path = "a".repeat(256);
        let long_tag = format!("a:{}", "t".repeat(129));
        let hex = "0123456789abcdef".repeat(4);
        let bad = [
            "",
            ":",
            "/",
            "a/",
            "/a",
            "a//b",
            "Busybox",
            "ann/App",
            "a:",
            "a:-x",
            "a:.x",
            "a@",
            "a@sha256:00",
            "a@md5:x",
            "a b",
            "a..b",
            "a___b",
            "a._b",
            "-a",
            "a-",
            "_a",
            "a.",
            "../a",
            "a/../b",
            "a\n",
            "a:b:c",
            "a:b/c",
            "ä",
            "localhost:port/a",
            "localhost:99999/a",
            "-x.io/a",
            "x..io/a",
            "[::g]/a",
            "[::1]x/a",
            "[::1]:/a",
            "host.io/",
            "http://host.io/a",
            "\0",
            "a:\u{1b}[2J",
            &long_path,
            &long_tag,
            &hex,
        ];
        for text in bad {
            let error = ImageReference::parse(text).expect_err(text);
            assert!(crate::error::is(&error, Kind::Invalid), "{text}");
        }
    }

    #[test]
    fn limits_are_inclusive() {
        assert!(ImageReference::parse(&format!("x.io/{}:{}", "a".repeat(255), "t".repeat(128))).is_ok());
    }

    #[test]
    fn untagged_stays_untagged() {
        assert_eq!(
            ImageReference::parse_untagged("busybox").unwrap().to_string(),
            "docker.io/library/busybox"
        );
    }
}
