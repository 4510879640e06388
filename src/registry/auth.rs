//! Authorization: what a registry asks for in `WWW-Authenticate` (RFC 9110, RFC 6750), and the tokens that answer it
//! (the distribution project's token authentication).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use ureq::http::HeaderMap;

use super::credentials::Credential;
use crate::error::{Kind, Result};

/// What a token lives when its server doesn't say (the specification's default).
const DEFAULT_LIFE: u64 = 60;
/// A token is renewed this many seconds before it ends.
const MARGIN: u64 = 10;

/// One way in which a server offers to be answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
}

/// All challenges that dhow can answer, in the server's order.
pub fn challenges(headers: &HeaderMap) -> Vec<Challenge> {
    let values = headers.get_all("www-authenticate").into_iter().filter_map(|v| v.to_str().ok());
    values.flat_map(parse_challenges).collect()
}

/// `Scheme name=value, name="quoted", OtherScheme …`
fn parse_challenges(text: &str) -> Vec<Challenge> {
    let mut found: Vec<(String, HashMap<String, String>)> = Vec::new();
    let mut rest = text.trim_start_matches([' ', ',', '\t']);
    while !rest.is_empty() {
        let end = rest.find([' ', ',', '=', '\t']).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        let value = after.trim_start().strip_prefix('=');
        match (value, found.last_mut()) {
            (Some(value), Some((_, parameters))) => {
                let (value, after) = take_value(value.trim_start());
                parameters.insert(word.to_ascii_lowercase(), value);
                rest = after;
            }
            (Some(_), None) => return Vec::new(),
            (None, _) => {
                found.push((word.to_ascii_lowercase(), HashMap::new()));
                rest = after;
            }
        }
        rest = rest.trim_start_matches([' ', ',', '\t']);
    }
    found.into_iter().filter_map(|(scheme, parameters)| challenge(&scheme, parameters)).collect()
}

fn challenge(scheme: &str, mut parameters: HashMap<String, String>) -> Option<Challenge> {
    match scheme {
        "basic" => Some(Challenge::Basic),
        "bearer" => Some(Challenge::Bearer {
            realm: parameters.remove("realm")?,
            service: parameters.remove("service"),
            scope: parameters.remove("scope"),
        }),
        _ => None,
    }
}

/// A token or quoted string, and what follows it.
fn take_value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find([',', ' ', '\t']).unwrap_or(text.len());
        return (text[..end].to_string(), &text[end..]);
    };
    let mut value = String::new();
    let mut characters = quoted.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return (value, &quoted[at + 1..]),
            '\\' => value.extend(characters.next().map(|(_, c)| c)),
            c => value.push(c),
        }
    }
    (value, "")
}

/// What a token server answers.
#[derive(Deserialize)]
pub struct TokenReply {
    token: Option<String>,
    access_token: Option<String>,
    expires_in: Option<u64>,
}

impl TokenReply {
    /// The value of the `Authorization` header and until when it holds. `None`: there is no token in it.
    pub fn into_authorization(self) -> Option<Authorization> {
        let token = self.token.or(self.access_token).filter(|t| !t.is_empty())?;
        // A header's value: anything else than visible ASCII would be refused by the HTTP library with a worse message.
        if !token.bytes().all(|b| b.is_ascii_graphic()) {
            return None;
        }
        let life = self.expires_in.unwrap_or(DEFAULT_LIFE).clamp(DEFAULT_LIFE, 86_400) - MARGIN;
        Some(Authorization {
            header: format!("Bearer {token}"),
            until: Some(Instant::now() + Duration::from_secs(life)),
        })
    }
}

/// The value of an `Authorization` header.
#[derive(Clone)]
pub struct Authorization {
    pub header: String,
    until: Option<Instant>,
}

impl Authorization {
    /// Basic authentication, if the credential is of that kind.
    pub fn basic(credential: &Credential) -> Option<Self> {
        match credential {
            Credential::Password { username, password } => {
                let pair = BASE64_STANDARD.encode(format!("{username}:{password}"));
                Some(Self { header: format!("Basic {pair}"), until: None })
            }
            Credential::IdentityToken(_) => None,
        }
    }

    fn is_valid(&self) -> bool {
        self.until.is_none_or(|until| Instant::now() < until)
    }
}

/// The authorizations in use, by registry and scope; `None` while there is none. The inner lock is held while one is being fetched, so
/// that layers pulled in parallel fetch one token, not one each.
#[derive(Default)]
pub struct Authorizations {
    slots: Mutex<HashMap<(String, String), Slot>>,
}

type Slot = Arc<Mutex<Option<Authorization>>>;

impl Authorizations {
    /// The header to send, if one is known and still valid.
    pub fn current(&self, host: &str, scope: &str) -> Option<String> {
        let slot = self.slot(host, scope);
        let slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref().filter(|a| a.is_valid()).map(|a| a.header.clone())
    }

    /// The header to send after `refused` was (or none was sent): a newer one, or what `fetch` gets.
    pub fn renew(
        &self,
        host: &str,
        scope: &str,
        refused: Option<&str>,
        fetch: impl FnOnce() -> Result<Authorization>,
    ) -> Result<String> {
        let slot = self.slot(host, scope);
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = slot.as_ref().filter(|a| a.is_valid() && Some(a.header.as_str()) != refused) {
            return Ok(known.header.clone());
        }
        *slot = None;
        let fresh = fetch()?;
        let header = fresh.header.clone();
        *slot = Some(fresh);
        Ok(header)
    }

    fn slot(&self, host: &str, scope: &str) -> Slot {
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry((host.to_string(), scope.to_string())).or_default().clone()
    }
}

/// The URL to ask a token server: the realm with service and scope. Refuses to show a password to a server without TLS, except to a
/// registry that is itself without.
pub fn token_url(
    realm: &str,
    service: Option<&str>,
    scope: Option<&str>,
    has_secret: bool,
    plain_allowed: bool,
) -> Result<String> {
    let secure = realm.starts_with("https://");
    if !secure && !realm.starts_with("http://") {
        return Kind::Corrupt
            .err(format!("the registry names {realm:?} as its token server, which is no URL"));
    }
    if !secure && has_secret && !plain_allowed {
        return Kind::Forbidden
            .err(format!("the registry wants the password sent to {realm} without encryption; refused"));
    }
    let mut url = realm.to_string();
    for (name, value) in [("service", service), ("scope", scope)] {
        // Several scopes in one challenge are separate parameters.
        let values =
            value.into_iter().flat_map(|v| if name == "scope" { v.split(' ').collect() } else { vec![v] });
        for value in values.filter(|v| !v.is_empty()) {
            url.push(if url.contains('?') { '&' } else { '?' });
            url += &format!("{name}={}", url_encode(value));
        }
    }
    Ok(url)
}

/// Percent-encoding for a query or a form (RFC 3986: all but unreserved characters).
pub fn url_encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for b in text.bytes() {
        if b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(b));
        } else {
            out += &format!("%{b:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer(realm: &str, service: Option<&str>, scope: Option<&str>) -> Challenge {
        let own = |t: Option<&str>| t.map(str::to_string);
        Challenge::Bearer { realm: realm.into(), service: own(service), scope: own(scope) }
    }

    #[test]
    fn challenges_as_servers_write_them() {
        let hub = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push""#;
        assert_eq!(
            parse_challenges(hub),
            [bearer(
                "https://auth.docker.io/token",
                Some("registry.docker.io"),
                Some("repository:a/b:pull,push")
            )]
        );
        assert_eq!(parse_challenges(r#"Basic realm="dhow \"tests\"""#), [Challenge::Basic]);
        assert_eq!(parse_challenges("basic"), [Challenge::Basic]);
        assert_eq!(
            parse_challenges(
                r#"Negotiate, Basic realm=x, Bearer realm = "https://a" , error="insufficient_scope""#
            ),
            [Challenge::Basic, bearer("https://a", None, None)]
        );
        for bad in [
            "",
            ",",
            "=",
            "Bearer",
            "Bearer service=x",
            "realm=\"x\"",
            "Bearer realm",
            "\"\"\"",
            "Digest realm=\"x\"",
        ] {
            assert_eq!(parse_challenges(bad), [], "{bad}");
        }
        assert_eq!(parse_challenges("Bearer realm=\"open"), [bearer("open", None, None)]);
    }

    #[test]
    fn token_urls() {
        let url = token_url(
            "https://a/t?x=1",
            Some("s t"),
            Some("repository:a/b:pull repository:c:pull"),
            true,
            false,
        );
        assert_eq!(
            url.unwrap(),
            "https://a/t?x=1&service=s%20t&scope=repository%3Aa%2Fb%3Apull&scope=repository%3Ac%3Apull"
        );
        assert!(token_url("http://a/t", None, None, true, false).is_err());
        assert!(token_url("http://a/t", None, None, false, false).is_ok());
        assert!(token_url("http://a/t", None, None, true, true).is_ok());
        assert!(token_url("file:///etc", None, None, false, true).is_err());
    }

    #[test]
    fn tokens_are_fetched_once_and_renewed_when_refused() {
        let known = Authorizations::default();
        let token = |t: &str| {
            TokenReply { token: Some(t.into()), access_token: None, expires_in: None }.into_authorization()
        };
        assert_eq!(known.current("h", "s"), None);
        assert_eq!(known.renew("h", "s", None, || Ok(token("1").unwrap())).unwrap(), "Bearer 1");
        assert_eq!(known.renew("h", "s", None, || panic!("known")).unwrap(), "Bearer 1");
        assert_eq!(known.renew("h", "s", Some("Bearer 1"), || Ok(token("2").unwrap())).unwrap(), "Bearer 2");
        assert_eq!(known.renew("h", "s", Some("Bearer 1"), || panic!("newer")).unwrap(), "Bearer 2");
        assert_eq!(known.current("h", "s").as_deref(), Some("Bearer 2"));
        assert_eq!(known.current("h", "other"), None);
        assert!(known.renew("h", "s", Some("Bearer 2"), || Kind::Unavailable.err("x")).is_err());
        assert_eq!(known.current("h", "s"), None);
        assert!(token("a\r\nX-Evil: 1").is_none());
    }
}
