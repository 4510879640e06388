//! The client: manifests, tags and blobs of registries (OCI distribution specification, "Pull" and "Content Discovery").

use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};

use ureq::http::header;
use ureq::http::{Method, Uri};

use super::agents::Agents;
use super::auth::Authorizations;
use super::blob::BlobReader;
use super::config::{self, Endpoint, RegistriesConf};
use super::credentials::{Credential, CredentialStore};
use super::http::{self, Response};
use super::request::{Call, Inner, Sent, split_url};
use crate::error::{self, Context, Kind, Result};
use crate::image::ImageReference;
use crate::state::Digest;
use crate::state::digest::Hasher;

/// What registries must at least take (distribution specification), and more than any real manifest has.
const MANIFEST_LIMIT: u64 = 4 << 20;
/// One page of tags, or a token.
pub(super) const PAGE_LIMIT: u64 = 4 << 20;
const MAX_PAGES: usize = 10_000;

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
    /// `registries`: the file of registries to read instead of the usual ones.
    pub fn load(registries: Option<&Path>) -> Result<Self> {
        Ok(Self {
            registries: RegistriesConf::load(registries)?,
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
    pub(super) inner: Arc<Inner>,
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
            sent: Sent::Nothing,
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
            let call = Call {
                endpoint,
                method: Method::GET,
                path: &path,
                headers: Vec::new(),
                scope: &scope,
                sent: Sent::Nothing,
            };
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
        let mut response = self.inner.send(call, what)?;
        if response.status().is_success() {
            Ok(response)
        } else {
            Err(http::status_error(what, &mut response))
        }
    }

    /// Whether the registry lets us in: its `/v2/` answers. For `login`.
    pub fn check_access(&self, endpoint: &Endpoint) -> Result<()> {
        let what = format!("logging in to {}", endpoint.known_as);
        let call = Call {
            endpoint,
            method: Method::GET,
            path: "/v2/",
            headers: Vec::new(),
            scope: "",
            sent: Sent::Nothing,
        };
        self.expect_success(&call, &what).map(drop)
    }

    /// The registry named `domain`.
    pub fn registry(&self, domain: &str) -> Endpoint {
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

pub(super) fn read_limited(response: &mut Response, limit: u64) -> Result<Vec<u8>> {
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
pub(super) fn next_page(link: &str, host: &str) -> Option<String> {
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
    fn digests_are_checked_against_request_and_claim() {
        let good = Digest::of(b"x");
        let other = Digest::of(b"y");
        assert_eq!(check_digest(b"x", None, "", "w").unwrap(), good);
        assert_eq!(check_digest(b"x", Some(&good), &good.to_string(), "w").unwrap(), good);
        assert!(check_digest(b"x", Some(&other), "", "w").is_err());
        assert!(check_digest(b"x", None, &other.to_string(), "w").is_err());
    }
}
