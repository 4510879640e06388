//! The client: manifests, tags and blobs of registries (OCI distribution specification, "Pull" and "Content Discovery").

use std::collections::HashMap;
use std::io::Read;
use std::sync::{Arc, Mutex, PoisonError};

use ureq::http::header::{self, HeaderName};
use ureq::http::{Method, Request, Uri};

use super::agents::{Agents, is_this_machine, split_port};
use super::auth::{self, Authorization, Authorizations, Challenge, TokenReply};
use super::blob::BlobReader;
use super::config::{self, Endpoint, RegistriesConf};
use super::credentials::{Credential, CredentialStore};
use super::http::{self, Backoff, Response};
use crate::error::{self, Context, Kind, Result};
use crate::image::ImageReference;
use crate::state::Digest;
use crate::state::digest::Hasher;

/// What registries must at least take (distribution specification), and more than any real manifest has.
const MANIFEST_LIMIT: u64 = 4 << 20;
/// One page of tags, or a token.
const PAGE_LIMIT: u64 = 4 << 20;
const MAX_PAGES: usize = 10_000;
const MAX_REDIRECTS: usize = 5;

/// The documents that dhow asks for. (A registry may still answer with another; whoever parses it refuses that.)
const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// What a client works with.
pub struct ClientConfig {
    pub registries: RegistriesConf,
    pub credentials: CredentialStore,
    /// Used for every registry instead of the stored credentials.
    pub credential: Option<Credential>,
}

impl ClientConfig {
    /// From the configuration files and the environment of this user.
    pub fn load() -> Result<Self> {
        Ok(Self {
            registries: RegistriesConf::load()?,
            credentials: CredentialStore::locate(None)?,
            credential: None,
        })
    }
}

/// A manifest or an index, with its digest checked.
#[derive(Debug, Clone)]
pub struct Manifest {
    pub bytes: Vec<u8>,
    /// From `Content-Type`; empty if the registry gave none.
    pub media_type: String,
    /// Of the bytes: the digest that was asked for, or SHA-256.
    pub digest: Digest,
}

/// A client of any number of registries. Clones share connections and tokens; all of it may be used from several threads.
#[derive(Clone)]
pub struct RegistryClient {
    inner: Arc<Inner>,
}

struct Inner {
    config: ClientConfig,
    agents: Agents,
    authorizations: Authorizations,
    /// `http` or `https` by host, once known.
    schemes: Mutex<HashMap<String, &'static str>>,
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
}

impl RegistryClient {
    pub fn new(config: ClientConfig) -> Result<Self> {
        let agents = Agents::new(config::certs_dirs()?);
        let inner =
            Inner { config, agents, authorizations: Authorizations::default(), schemes: Mutex::default() };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// What a name that a user typed may mean, best first: try them in turn while they are [`Kind::NotFound`].
    pub fn candidates(&self, typed: &str) -> Result<Vec<ImageReference>> {
        self.inner.config.registries.candidates(typed)
    }

    /// The manifest or index that `image` names.
    pub fn fetch_manifest(&self, image: &ImageReference) -> Result<Manifest> {
        self.at_endpoints(image, |endpoint| {
            let mut response = self.manifest(endpoint, image, Method::GET)?;
            let media_type = header_text(&response, header::CONTENT_TYPE.as_str());
            let media_type = media_type.split(';').next().unwrap_or_default().trim().to_string();
            let what = describe(endpoint, &image.identifier());
            let claimed = header_text(&response, "docker-content-digest");
            let bytes = read_limited(&mut response, MANIFEST_LIMIT).with_context(|| what.clone())?;
            let digest = check_digest(&bytes, image.digest(), &claimed, &what)?;
            Ok(Manifest { bytes, media_type, digest })
        })
    }

    /// The digest of what `image` names now, without fetching it. `None`: the registry doesn't tell without.
    pub fn head_manifest(&self, image: &ImageReference) -> Result<Option<Digest>> {
        self.at_endpoints(image, |endpoint| {
            let response = self.manifest(endpoint, image, Method::HEAD)?;
            Ok(header_text(&response, "docker-content-digest").parse().ok())
        })
    }

    /// All tags of the repository, in the registry's order.
    pub fn list_tags(&self, image: &ImageReference) -> Result<Vec<String>> {
        self.at_endpoints(image, |endpoint| self.list_tags_at(endpoint))
    }

    /// A stream of the blob's bytes from `offset` up to `size`, which resumes by itself when the connection breaks. It fails if there is
    /// less or more; the digest is for the caller to check.
    pub fn open_blob(
        &self,
        image: &ImageReference,
        digest: &Digest,
        size: u64,
        offset: u64,
    ) -> Result<BlobReader> {
        // Blobs are addressed by digest: mirrors that serve only digests apply too.
        let by_digest = image.with_digest(digest.clone());
        let endpoints = self.inner.config.registries.endpoints(&by_digest)?;
        let mut failure = None;
        for endpoint in endpoints {
            match BlobReader::open(self.clone(), endpoint, digest, size, offset) {
                Ok(reader) => return Ok(reader),
                Err(error) => failure = Some(note(failure, error)),
            }
        }
        Err(failure.expect("there is always the registry itself"))
    }

    /// Tries mirrors first; the registry's own failure is the one to report.
    fn at_endpoints<T>(&self, image: &ImageReference, work: impl Fn(&Endpoint) -> Result<T>) -> Result<T> {
        let mut failure = None;
        for endpoint in self.inner.config.registries.endpoints(image)? {
            match work(&endpoint) {
                Ok(done) => return Ok(done),
                Err(error) => failure = Some(note(failure, error)),
            }
        }
        Err(failure.expect("there is always the registry itself"))
    }

    fn manifest(&self, endpoint: &Endpoint, image: &ImageReference, method: Method) -> Result<Response> {
        let identifier = image.identifier();
        let path = format!("/v2/{}/manifests/{identifier}", endpoint.repository);
        let call = Call {
            endpoint,
            method,
            path: &path,
            headers: vec![(header::ACCEPT, MANIFEST_TYPES.to_string())],
            scope: &pull_scope(endpoint),
        };
        self.expect_success(&call, &describe(endpoint, &identifier))
    }

    fn list_tags_at(&self, endpoint: &Endpoint) -> Result<Vec<String>> {
        #[derive(serde::Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let what = format!("{}/{} (tags)", endpoint.known_as, endpoint.repository);
        let mut path = format!("/v2/{}/tags/list?n=1000", endpoint.repository);
        let mut tags = Vec::new();
        for _ in 0..MAX_PAGES {
            let scope = pull_scope(endpoint);
            let call =
                Call { endpoint, method: Method::GET, path: &path, headers: Vec::new(), scope: &scope };
            let mut response = self.expect_success(&call, &what)?;
            let next = next_page(&header_text(&response, "link"), &endpoint.host);
            let bytes = read_limited(&mut response, PAGE_LIMIT).with_context(|| what.clone())?;
            match serde_json::from_slice::<Page>(&bytes) {
                Ok(page) => tags.extend(page.tags.unwrap_or_default()),
                Err(e) => return Kind::Corrupt.err(format!("{what}: the answer is no list of tags: {e}")),
            }
            match next {
                Some(next) if next != path => path = next,
                _ => return Ok(tags),
            }
        }
        Kind::Corrupt.err(format!("{what}: the list does not end"))
    }

    fn expect_success(&self, call: &Call<'_>, what: &str) -> Result<Response> {
        let mut response = self.send(call, what)?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(http::status_error(what, &mut response))
        }
    }

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
        let known = self.inner.authorizations.current(host, call.scope);
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
        let credential = match &self.inner.config.credential {
            Some(credential) => Some(credential.clone()),
            None => self.inner.config.credentials.get(&call.endpoint.known_as, &call.endpoint.repository)?,
        };
        let authorization = self.inner.authorizations.renew(host, call.scope, known.as_deref(), || {
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
        let agent =
            self.inner.agents.get(uri.scheme_str().unwrap_or("https"), &authority, endpoint.insecure)?;
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
            Err(error) if plain_allowed && http::speaks_no_tls(&error) => {
                ("http", self.send_following(call, "http", authorization)?)
            }
            other => ("https", other),
        };
        if answer.is_ok() {
            let mut schemes = self.inner.schemes.lock().unwrap_or_else(PoisonError::into_inner);
            schemes.insert(endpoint.host.clone(), scheme);
        }
        Ok(answer)
    }

    fn scheme(&self, endpoint: &Endpoint) -> Option<&'static str> {
        self.inner.schemes.lock().unwrap_or_else(PoisonError::into_inner).get(&endpoint.host).copied()
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
            let agent = self.inner.agents.get(&scheme, &authority, call.endpoint.insecure && home)?;
            let mut request = Request::builder().method(call.method.clone()).uri(&url);
            for (name, value) in &call.headers {
                request = request.header(name, value);
            }
            if let Some(authorization) = authorization.filter(|_| home) {
                request = request.header(header::AUTHORIZATION, authorization);
            }
            let request = request.body(()).with_context(|| format!("the URL {:?}", http::printable(&url)))?;
            let mut response = match agent.run(request) {
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

    /// Whether the registry lets us in: its `/v2/` answers. For `login`.
    pub(super) fn check_access(&self, endpoint: &Endpoint) -> Result<()> {
        let what = format!("logging in to {}", endpoint.known_as);
        let call = Call { endpoint, method: Method::GET, path: "/v2/", headers: Vec::new(), scope: "" };
        self.expect_success(&call, &what).map(drop)
    }

    /// The registry named `domain`.
    pub(super) fn registry(&self, domain: &str) -> Endpoint {
        self.inner.config.registries.registry(domain)
    }
}

/// A later endpoint's failure is reported; the earlier one's (a mirror's) is logged.
fn note(earlier: Option<error::Error>, error: error::Error) -> error::Error {
    if let Some(earlier) = earlier {
        log::info!("mirror: {}", error::one_line(&earlier));
    }
    error
}

/// `docker.io/library/busybox:latest` as asked of an endpoint.
fn describe(endpoint: &Endpoint, identifier: &str) -> String {
    let separator = if identifier.contains(':') { '@' } else { ':' };
    format!("{}/{}{separator}{identifier}", endpoint.known_as, endpoint.repository)
}

pub(super) fn pull_scope(endpoint: &Endpoint) -> String {
    format!("repository:{}:pull", endpoint.repository)
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

fn check_digest(bytes: &[u8], asked: Option<&Digest>, claimed: &str, what: &str) -> Result<Digest> {
    let of = |algorithm| {
        let mut hasher = Hasher::new(algorithm);
        hasher.update(bytes);
        hasher.finish()
    };
    // A claim of an algorithm that we don't know claims nothing.
    let claimed = claimed.parse::<Digest>().ok();
    for expected in asked.into_iter().chain(claimed.as_ref()) {
        let actual = of(expected.algorithm());
        if actual != *expected {
            return Kind::Corrupt.err(format!(
                "{what}: the registry sent a manifest with the digest {actual} instead of {expected}"
            ));
        }
    }
    Ok(asked.cloned().unwrap_or_else(|| Digest::of(bytes)))
}

pub(super) fn header_text(response: &Response, name: &str) -> String {
    response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_string()
}

fn read_limited(response: &mut Response, limit: u64) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let read = response.body_mut().as_reader().take(limit + 1).read_to_end(&mut bytes);
    if let Err(error) = read {
        return Kind::Unavailable.err(format!("the connection broke: {error}"));
    }
    if bytes.len() as u64 > limit {
        return Kind::Corrupt.err(format!("the answer is larger than {limit} bytes"));
    }
    Ok(bytes)
}

/// The path of `Link: <URL>; rel="next"`, if it stays at the registry.
fn next_page(link: &str, host: &str) -> Option<String> {
    let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
    if !parameters.replace(' ', "").contains("rel=\"next\"") && !parameters.contains("rel=next") {
        return None;
    }
    match split_url(target) {
        Some((_, authority)) if authority == host => {
            let uri: Uri = target.parse().ok()?;
            Some(uri.path_and_query()?.to_string())
        }
        Some(_) => None,
        None => target.starts_with('/').then(|| target.to_string()),
    }
}

/// Scheme and authority of an http or https URL without user information.
fn split_url(url: &str) -> Option<(String, String)> {
    let uri: Uri = url.parse().ok()?;
    let scheme = uri.scheme_str().filter(|s| matches!(*s, "http" | "https"))?;
    let authority = uri.authority()?.as_str();
    (!authority.contains('@')).then(|| (scheme.to_string(), authority.to_string()))
}

/// A `Location` relative to the URL that gave it.
fn join_url(base: &str, location: &str) -> String {
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
    fn pages_stay_at_the_registry() {
        let next = |link: &str| next_page(link, "reg.lan:5000");
        assert_eq!(next("</v2/a/tags/list?last=b&n=1>; rel=\"next\"").unwrap(), "/v2/a/tags/list?last=b&n=1");
        assert_eq!(next("<https://reg.lan:5000/v2/x?n=1>; rel=\"next\"").unwrap(), "/v2/x?n=1");
        assert_eq!(next("<https://evil.lan/v2/x>; rel=\"next\""), None);
        assert_eq!(next("</v2/x>; rel=\"prev\""), None);
        assert_eq!(next("garbage"), None);
    }

    #[test]
    fn locations() {
        assert_eq!(join_url("https://a:1/x", "/y?z"), "https://a:1/y?z");
        assert_eq!(join_url("https://a:1/x", "//b/y"), "https://b/y");
        assert_eq!(join_url("https://a:1/x", "http://c/y"), "http://c/y");
        assert_eq!(split_url("ftp://c/y"), None);
        assert_eq!(split_url("https://ann:x@c/y"), None);
        assert_eq!(split_url(""), None);
    }

    #[test]
    fn digests_are_checked_against_request_and_claim() {
        let good = Digest::of(b"x");
        let other = Digest::of(b"y");
        assert_eq!(check_digest(b"x", None, "", "w").unwrap(), good);
        assert_eq!(check_digest(b"x", Some(&good), &good.to_string(), "w").unwrap(), good);
        assert!(check_digest(b"x", Some(&other), "", "w").is_err());
        assert!(check_digest(b"x", None, &other.to_string(), "w").is_err());
    }
}
