//! How a request gets its answer: the scheme that a registry speaks, authorization, redirects, and patience with failures that pass.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ureq::SendBody;
use ureq::http::header::{self, HeaderName};
use ureq::http::{Method, Request, Uri};

use super::agents::{Agents, is_this_machine, split_port};
use super::auth::{self, Authorization, Authorizations, Challenge, TokenReply};
use super::client::{ClientConfig, PAGE_LIMIT, header_text, read_limited};
use super::config::Endpoint;
use super::credentials::Credential;
use super::http::{self, Backoff, Response};
use super::push::Upload;
use crate::error::{self, Context, Kind, Result};

pub(super) const MAX_REDIRECTS: usize = 5;

/// What all requests of a client share.
pub(super) struct Inner {
    pub config: ClientConfig,
    pub agents: Agents,
    pub authorizations: Authorizations,
    /// `http` or `https` by host, once known.
    pub schemes: Mutex<HashMap<String, &'static str>>,
}

/// One request to a registry.
pub(super) struct Call<'a> {
    pub endpoint: &'a Endpoint,
    pub method: Method,
    /// After the host.
    pub path: &'a str,
    pub headers: Vec<(HeaderName, String)>,
    /// `repository:NAME:pull`, or nothing.
    pub scope: &'a str,
    pub sent: Sent<'a>,
}

/// What goes with a request.
pub(super) enum Sent<'a> {
    Nothing,
    /// With its media type.
    Bytes(&'a [u8], &'a str),
    File(&'a Upload<'a>),
}

impl Inner {
    /// The answer to a request, whatever its status; failures that may pass are tried again.
    pub(super) fn send(&self, call: &Call<'_>, what: &str) -> Result<Response> {
        let mut backoff = Backoff::default();
        loop {
            match self.send_authorized(call) {
                Ok(Ok(mut response)) if http::is_passing(response.status()) => {
                    log::debug!("{what}: HTTP {}", response.status());
                    if !backoff.pause(http::retry_after(response.headers())) {
                        return Err(http::status_error(what, &mut response));
                    }
                }
                Ok(Ok(response)) => return Ok(response),
                Ok(Err(error)) => {
                    log::debug!("{what}: {error}");
                    if !(http::may_pass(&error) && backoff.pause(None)) {
                        return Kind::Unavailable.err(format!("{what}: {}", http::explain(&error)));
                    }
                }
                Err(error) => return Err(error.context(what.to_string())),
            }
        }
    }

    /// Sends with what authorizes it, and once more with fresh authorization when the registry asks for that.
    fn send_authorized(&self, call: &Call<'_>) -> Result<std::result::Result<Response, ureq::Error>> {
        let host = &call.endpoint.host;
        let known = self.authorizations.current(host, call.scope);
        let response = match self.send_somehow(call, known.as_deref())? {
            Ok(response) => response,
            Err(error) => return Ok(Err(error)),
        };
        if response.status() != 401 {
            return Ok(Ok(response));
        }
        let challenges = auth::challenges(response.headers());
        if challenges.is_empty() {
            return Ok(Ok(response));
        }
        let credential = match &self.config.credential {
            Some(credential) => Some(credential.clone()),
            None => self.config.credentials.get(&call.endpoint.known_as, &call.endpoint.repository)?,
        };
        let authorization = self.authorizations.renew(host, call.scope, known.as_deref(), || {
            self.authorize(call, &challenges, credential.as_ref())
        });
        match authorization {
            Ok(header) if Some(header.as_str()) == known.as_deref() => Ok(Ok(response)),
            Ok(header) => self.send_somehow(call, Some(&header)),
            // Nothing to answer with: the registry's own words are the better message.
            Err(error) if error::is(&error, Kind::Unauthorized) && credential.is_none() => Ok(Ok(response)),
            Err(error) => Err(error),
        }
    }

    /// Answers a challenge.
    fn authorize(
        &self,
        call: &Call<'_>,
        challenges: &[Challenge],
        who: Option<&Credential>,
    ) -> Result<Authorization> {
        for challenge in challenges {
            match challenge {
                Challenge::Basic => {
                    if let Some(authorization) = who.and_then(Authorization::basic) {
                        return Ok(authorization);
                    }
                }
                Challenge::Bearer { realm, service, scope } => {
                    let scope = scope.as_deref().or(Some(call.scope)).filter(|s| !s.is_empty());
                    return self.fetch_token(call.endpoint, realm, service.as_deref(), scope, who);
                }
            }
        }
        Kind::Unauthorized.err(format!(
            "{0} asks for a user name and password: use `dhow login {0}`",
            call.endpoint.known_as
        ))
    }

    fn fetch_token(
        &self,
        endpoint: &Endpoint,
        realm: &str,
        service: Option<&str>,
        scope: Option<&str>,
        who: Option<&Credential>,
    ) -> Result<Authorization> {
        let plain = self.scheme(endpoint) == Some("http") || endpoint.insecure;
        let url = auth::token_url(realm, service, scope, who.is_some(), plain)?;
        let uri: Uri =
            url.parse().map_err(|_| Kind::Corrupt.error(format!("the token server {realm:?} is no URL")))?;
        let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
        let what = format!("token for {} from {authority}", endpoint.known_as);
        let agent = self.agents.get(uri.scheme_str().unwrap_or("https"), &authority, endpoint.insecure)?;
        let mut backoff = Backoff::default();
        let mut response = loop {
            let answer = match who {
                // OAuth2 refresh: the distribution project's "Requesting a Token" by POST.
                Some(Credential::IdentityToken(token)) => agent
                    .post(realm)
                    .content_type("application/x-www-form-urlencoded")
                    .send(&refresh_form(token, service, scope)),
                _ => match who.and_then(Authorization::basic) {
                    Some(basic) => agent.get(&url).header(header::AUTHORIZATION, basic.header).call(),
                    None => agent.get(&url).call(),
                },
            };
            match answer {
                Ok(answer)
                    if http::is_passing(answer.status())
                        && backoff.pause(http::retry_after(answer.headers())) => {}
                Ok(answer) => break answer,
                Err(error) if http::may_pass(&error) && backoff.pause(None) => {}
                Err(error) => return Kind::Unavailable.err(format!("{what}: {}", http::explain(&error))),
            }
        };
        if !response.status().is_success() {
            return Err(http::status_error(&what, &mut response));
        }
        let bytes = read_limited(&mut response, PAGE_LIMIT).with_context(|| what.clone())?;
        let reply: Option<TokenReply> = serde_json::from_slice(&bytes).ok();
        match reply.and_then(TokenReply::into_authorization) {
            Some(authorization) => Ok(authorization),
            None => Kind::Corrupt.err(format!("{what}: there is no token in the answer")),
        }
    }

    /// Sends over the scheme that the registry speaks, finding it out first if need be.
    fn send_somehow(
        &self,
        call: &Call<'_>,
        authorization: Option<&str>,
    ) -> Result<std::result::Result<Response, ureq::Error>> {
        let endpoint = call.endpoint;
        if let Some(scheme) = self.scheme(endpoint) {
            return self.send_following(call, scheme, authorization);
        }
        // Only a machine talking to itself, or an administrator's word, may do without TLS.
        let plain_allowed = endpoint.insecure || is_this_machine(split_port(&endpoint.host).0);
        let first = self.send_following(call, "https", authorization)?;
        let (scheme, answer) = match first {
            // An insecure registry behind a proxy fails in the proxy's words: whatever the reason, plain HTTP is tried.
            Err(error) if plain_allowed && (endpoint.insecure || http::speaks_no_tls(&error)) => {
                ("http", self.send_following(call, "http", authorization)?)
            }
            other => ("https", other),
        };
        if answer.is_ok() {
            let mut schemes = self.schemes.lock().unwrap_or_else(PoisonError::into_inner);
            schemes.insert(endpoint.host.clone(), scheme);
        }
        Ok(answer)
    }

    fn scheme(&self, endpoint: &Endpoint) -> Option<&'static str> {
        self.schemes.lock().unwrap_or_else(PoisonError::into_inner).get(&endpoint.host).copied()
    }

    /// Sends and follows redirects, to which the authorization goes only while they stay at the same host.
    fn send_following(
        &self,
        call: &Call<'_>,
        scheme: &str,
        authorization: Option<&str>,
    ) -> Result<std::result::Result<Response, ureq::Error>> {
        let origin = format!("{scheme}://{}", call.endpoint.host);
        let mut url = format!("{origin}{}", call.path);
        for _ in 0..=MAX_REDIRECTS {
            let Some((scheme, authority)) = split_url(&url) else {
                return Kind::Corrupt
                    .err(format!("redirected to {:?}, which is no URL", http::printable(&url)));
            };
            let home = format!("{scheme}://{authority}") == origin;
            let agent = self.agents.get(&scheme, &authority, call.endpoint.insecure && home)?;
            let mut request = Request::builder().method(call.method.clone()).uri(&url);
            for (name, value) in &call.headers {
                request = request.header(name, value);
            }
            if let Some(authorization) = authorization.filter(|_| home) {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            let bad_url = || format!("the URL {:?}", http::printable(&url));
            let answer = match &call.sent {
                Sent::Nothing => agent.run(request.body(()).with_context(bad_url)?),
                Sent::Bytes(bytes, _) => agent.run(request.body(*bytes).with_context(bad_url)?),
                Sent::File(upload) => {
                    let mut file = upload.open()?;
                    let body = SendBody::from_reader(&mut file);
                    agent.run(request.body(body).with_context(bad_url)?)
                }
            };
            let mut response = match answer {
                Ok(response) => response,
                Err(error) => return Ok(Err(error)),
            };
            if !home {
                // Another host must not be able to ask for the registry's password.
                response.headers_mut().remove(header::WWW_AUTHENTICATE);
            }
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok(Ok(response));
            }
            url = join_url(&url, &header_text(&response, "location"));
        }
        Kind::Corrupt.err(format!("redirected more than {MAX_REDIRECTS} times"))
    }
}

fn refresh_form(token: &str, service: Option<&str>, scope: Option<&str>) -> String {
    let mut form =
        format!("grant_type=refresh_token&client_id=dhow&refresh_token={}", auth::url_encode(token));
    for (name, value) in [("service", service), ("scope", scope)] {
        if let Some(value) = value {
            form += &format!("&{name}={}", auth::url_encode(value));
        }
    }
    form
}

/// Scheme and authority of an http or https URL without user information.
pub(super) fn split_url(url: &str) -> Option<(String, String)> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str().filter(|s| matches!(*s, "http" | "https"))?;
    let authority = uri.authority()?.as_str();
    (!authority.contains('@')).then(|| (scheme.to_string(), authority.to_string()))
}

/// A `Location` relative to the URL that gave it.
pub(super) fn join_url(base: &str, location: &str) -> String {
    let Some((scheme, authority)) = split_url(base) else { return location.to_string() };
    if let Some(rest) = location.strip_prefix("//") {
        return format!("{scheme}://{rest}");
    }
    if location.starts_with('/') {
        return format!("{scheme}://{authority}{location}");
    }
    location.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations() {
        assert_eq!(join_url("https://a:1/x", "/y?z"), "https://a:1/y?z");
        assert_eq!(join_url("https://a:1/x", "//b/y"), "https://b/y");
        assert_eq!(join_url("https://a:1/x", "http://c/y"), "http://c/y");
        assert_eq!(split_url("ftp://c/y"), None);
        assert_eq!(split_url("https://ann:x@c/y"), None);
        assert_eq!(split_url(""), None);
    }
}
