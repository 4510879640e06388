//! A blob as a stream that survives broken connections: it asks for the rest by `Range` (RFC 9110, section 14).

use std::io::{self, Read};

use ureq::BodyReader;
use ureq::http::Method;
use ureq::http::header;

use super::client::{RegistryClient, header_text, pull_scope};
use super::config::Endpoint;
use super::http::{self, Backoff, Response};
use super::request::{Call, Sent};
use crate::error::{self, Kind, Result};
use crate::state::Digest;

/// A connection that brought this much was worth it: the count of failures starts again.
const PROGRESS: u64 = 256 * 1024;

/// Reads a blob of known size. Errors are [`io::Error`]s that wrap dhow's own (`error::Error`, one line, with a kind).
pub struct BlobReader {
    client: RegistryClient,
    endpoint: Endpoint,
    digest: Digest,
    size: u64,
    position: u64,
    body: Option<BodyReader<'static>>,
    backoff: Backoff,
    /// Where the present connection began.
    since: u64,
}

impl BlobReader {
    /// Connects, so that a blob that isn't there fails now.
    pub(super) fn open(
        client: RegistryClient,
        endpoint: Endpoint,
        digest: &Digest,
        size: u64,
        offset: u64,
    ) -> Result<Self> {
        let mut reader = Self {
            client,
            endpoint,
            digest: digest.clone(),
            size,
            position: offset.min(size),
            body: None,
            backoff: Backoff::default(),
            since: 0,
        };
        if reader.position < size {
            reader.connect()?;
        }
        Ok(reader)
    }

    /// How many bytes are known to be before the next one.
    pub fn position(&self) -> u64 {
        self.position
    }

    fn what(&self) -> String {
        format!("{}/{}@{}", self.endpoint.known_as, self.endpoint.repository, self.digest)
    }

    fn connect(&mut self) -> Result<()> {
        let what = self.what();
        let path = format!("/v2/{}/blobs/{}", self.endpoint.repository, self.digest);
        // Servers and caches may compress on their own; a digest is of the bytes as stored.
        let mut headers = vec![(header::ACCEPT_ENCODING, "identity".to_string())];
        if self.position > 0 {
            headers.push((header::RANGE, format!("bytes={}-", self.position)));
        }
        let scope = pull_scope(&self.endpoint);
        let call = Call {
            endpoint: &self.endpoint,
            method: Method::GET,
            path: &path,
            headers,
            scope: &scope,
            sent: Sent::Nothing,
        };
        let mut response = self.client.inner.send(&call, &what)?;
        let start = match response.status().as_u16() {
            206 => range_start(&response, self.size).filter(|start| *start == self.position).ok_or_else(
                || Kind::Corrupt.error(format!("{what}: the registry sent another range than was asked for")),
            )?,
            200 => 0,
            _ => return Err(http::status_error(&what, &mut response)),
        };
        if let Some(length) = response.body().content_length()
            && start + length != self.size
        {
            return Kind::Corrupt.err(format!(
                "{what}: the registry has {} bytes, but the manifest says {}",
                start + length,
                self.size
            ));
        }
        let mut body = response.into_body().into_reader();
        let skipped = io::copy(&mut Read::by_ref(&mut body).take(self.position - start), &mut io::sink());
        self.since = self.position;
        match skipped {
            // One that broke while skipping is tried again by the next read.
            Ok(skipped) if start + skipped == self.position => self.body = Some(body),
            _ => self.body = None,
        }
        Ok(())
    }

    /// After a failure: whether to go on, having waited.
    fn recover(&mut self, reason: &str) -> Result<()> {
        self.body = None;
        if self.position - self.since >= PROGRESS {
            self.backoff.reset();
        }
        log::debug!("{}: {reason} at byte {}", self.what(), self.position);
        if self.backoff.pause(None) {
            return Ok(());
        }
        Kind::Unavailable.err(format!(
            "{}: the connection keeps breaking ({reason}) at byte {} of {}",
            self.what(),
            self.position,
            self.size
        ))
    }

    fn read_on(&mut self, buffer: &mut [u8]) -> Result<usize> {
        loop {
            let Some(body) = &mut self.body else {
                self.connect()?;
                if self.body.is_none() {
                    self.recover("the connection broke while catching up")?;
                }
                continue;
            };
            let left = (self.size - self.position).min(buffer.len() as u64) as usize;
            match body.read(&mut buffer[..left]) {
                Ok(0) => self.recover("the connection ended early")?,
                Ok(n) => {
                    self.position += n as u64;
                    return Ok(n);
                }
                Err(error) => self.recover(&error.to_string())?,
            }
        }
    }

    /// A chunked answer has no length that could be compared beforehand: there must be nothing after the last byte.
    fn check_end(&mut self) -> Result<()> {
        let Some(mut body) = self.body.take() else { return Ok(()) };
        match body.read(&mut [0u8; 1]) {
            Ok(1..) => {
                Kind::Corrupt.err(format!("{}: the registry sent more than {} bytes", self.what(), self.size))
            }
            _ => Ok(()),
        }
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read =
            if self.position >= self.size { self.check_end().map(|()| 0) } else { self.read_on(buffer) };
        read.map_err(error::into_io)
    }
}

/// The first byte of `Content-Range: bytes START-END/TOTAL`, if the whole is of the expected size.
fn range_start(response: &Response, size: u64) -> Option<u64> {
    parse_range(&header_text(response, "content-range"), size)
}

fn parse_range(text: &str, size: u64) -> Option<u64> {
    let (range, total) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let (start, end): (u64, u64) = (start.trim().parse().ok()?, end.trim().parse().ok()?);
    let right_total = total.trim() == "*" || total.trim().parse() == Ok(size);
    (right_total && start <= end && end + 1 == size).then_some(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn content_ranges() {
        assert_eq!(parse_range("bytes 5-9/10", 10), Some(5));
        assert_eq!(parse_range("bytes 5-9/*", 10), Some(5));
        for bad in
            ["bytes 5-8/10", "bytes 5-9/11", "bytes */10", "5-9/10", "bytes x-9/10", "", "bytes 10-9/10"]
        {
            assert_eq!(parse_range(bad, 10), None, "{bad}");
        }
    }
}
