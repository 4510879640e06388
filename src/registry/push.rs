//! Bringing blobs and manifests to a registry (OCI distribution specification, "Push").

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use ureq::http::header;
use ureq::http::{Method, Uri};

use super::client::{RegistryClient, header_text};
use super::config::Endpoint;
use super::http::{self, Response};
use super::request::{Call, Sent, join_url, split_url};
use crate::error::{Context, Kind, Result};
use crate::image::ImageReference;
use crate::state::Digest;

/// What has become of a blob.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// The registry had it.
    Existed,
    /// It had it in another repository.
    Mounted,
    Uploaded,
}

/// Told how many bytes are sent.
pub type Sending<'a> = &'a (dyn Fn(u64) + Sync);

/// A file on its way.
pub struct Upload<'a> {
    path: &'a Path,
    size: u64,
    sending: Sending<'a>,
}

impl<'a> Upload<'a> {
    /// From its beginning: a request that has failed is made again.
    pub fn open(&self) -> Result<impl Read + use<'a>> {
        let file = File::open(self.path).with_context(|| format!("opening {}", self.path.display()))?;
        Ok(Counted { file, sent: 0, sending: self.sending })
    }

    pub fn size(&self) -> u64 {
        self.size
    }
}

struct Counted<'a> {
    file: File,
    sent: u64,
    sending: Sending<'a>,
}

impl Read for Counted<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.sent += n as u64;
        (self.sending)(self.sent);
        Ok(n)
    }
}

/// A repository that is pushed to.
pub struct Pusher {
    client: RegistryClient,
    endpoint: Endpoint,
}

impl RegistryClient {
    /// The repository of a name; mirrors are not for pushing.
    pub fn pusher(&self, image: &ImageReference) -> Result<Pusher> {
        let endpoints = self.inner.config.registries.endpoints(image)?;
        let endpoint = endpoints.into_iter().next_back().context("there is always the registry itself")?;
        Ok(Pusher { client: self.clone(), endpoint })
    }
}

impl Pusher {
    /// As users know it: `docker.io/library/busybox`.
    pub fn repository(&self) -> String {
        format!("{}/{}", self.endpoint.known_as, self.endpoint.repository)
    }

    fn send(&self, method: Method, path: &str, sent: Sent<'_>, what: &str) -> Result<Response> {
        let headers = match &sent {
            Sent::Nothing => Vec::new(),
            Sent::Bytes(_, media_type) => vec![(header::CONTENT_TYPE, (*media_type).to_string())],
            Sent::File(upload) => vec![
                (header::CONTENT_TYPE, "application/octet-stream".into()),
                (header::CONTENT_LENGTH, upload.size().to_string()),
            ],
        };
        let scope = format!("repository:{}:pull,push", self.endpoint.repository);
        let call = Call { endpoint: &self.endpoint, method, path, headers, scope: &scope, sent };
        self.client.inner.send(&call, what)
    }

    /// Brings a blob from a file. `elsewhere`: a repository of the same registry that has it.
    pub fn push_blob(
        &self,
        digest: &Digest,
        file: &Path,
        elsewhere: Option<&str>,
        sending: Sending<'_>,
    ) -> Result<Pushed> {
        let what = format!("pushing {} to {}", digest.short(), self.repository());
        let base = format!("/v2/{}/blobs", self.endpoint.repository);
        let there = self.send(Method::HEAD, &format!("{base}/{digest}"), Sent::Nothing, &what)?;
        if there.status().is_success() {
            return Ok(Pushed::Existed);
        }
        let mount = elsewhere.map(|from| format!("?mount={digest}&from={from}")).unwrap_or_default();
        let mut opened = self.send(
            Method::POST,
            &format!("{base}/uploads/{mount}"),
            Sent::Bytes(b"", "application/octet-stream"),
            &what,
        )?;
        match opened.status().as_u16() {
            201 => return Ok(Pushed::Mounted),
            202 => {}
            _ => return Err(http::status_error(&what, &mut opened)),
        }
        let place = self.place(&header_text(&opened, "location"), &what)?;
        let separator = if place.contains('?') { '&' } else { '?' };
        let size = file.metadata().with_context(|| format!("looking at {}", file.display()))?.len();
        let upload = Upload { path: file, size, sending };
        let mut done = self.send(
            Method::PUT,
            &format!("{place}{separator}digest={digest}"),
            Sent::File(&upload),
            &what,
        )?;
        if done.status().is_success() {
            Ok(Pushed::Uploaded)
        } else {
            Err(http::status_error(&what, &mut done))
        }
    }

    /// The path of the place that the registry has opened for an upload.
    fn place(&self, location: &str, what: &str) -> Result<String> {
        let base = format!("https://{}/", self.endpoint.host);
        let url = join_url(&base, location);
        let uri: Option<Uri> = url.parse().ok();
        match (split_url(&url), uri.as_ref().and_then(Uri::path_and_query)) {
            (Some((_, authority)), Some(path)) if authority == self.endpoint.host => Ok(path.to_string()),
            _ => Kind::Unsupported.err(format!(
                "{what}: the registry wants the upload at {:?}, which is another server",
                http::printable(location)
            )),
        }
    }

    /// Puts a manifest or an index under a tag, or under its digest.
    pub fn push_manifest(&self, bytes: &[u8], media_type: &str, name: &str) -> Result<()> {
        let separator = if name.contains(':') { '@' } else { ':' };
        let what = format!("pushing {}{separator}{name}", self.repository());
        let path = format!("/v2/{}/manifests/{name}", self.endpoint.repository);
        let mut done = self.send(Method::PUT, &path, Sent::Bytes(bytes, media_type), &what)?;
        if done.status().is_success() { Ok(()) } else { Err(http::status_error(&what, &mut done)) }
    }
}
