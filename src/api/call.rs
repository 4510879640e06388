//! A request on its way to its handler.

use hyper::HeaderMap;
use serde::de::DeserializeOwned;

use super::body::RequestBody;
use super::connection::Prunes;
use super::gone::Gone;
use super::json;
use super::query::Query;
use super::server::Server;
use super::version::ApiVersion;
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};

/// What a handler is given.
pub struct Call {
    pub server: std::sync::Arc<Server>,
    pub version: ApiVersion,
    /// What stands in the path where the pattern has a place for it.
    pub parameters: Vec<String>,
    pub query: Query,
    pub headers: HeaderMap,
    pub body: RequestBody,
    pub gone: Gone,
    pub prunes: Prunes,
}

impl Call {
    pub fn engine(&self) -> &Engine {
        &self.server.engine
    }

    /// The first place in the path.
    pub fn name(&self) -> &str {
        self.parameters.first().map_or("", String::as_str)
    }

    /// Decodes the body.
    pub fn json<T: DeserializeOwned>(&mut self) -> Result<T> {
        let bytes = self.json_text()?;
        if bytes.is_empty() {
            return Kind::Invalid.err("invalid JSON: got EOF while reading request body");
        }
        json::decode(&bytes)
    }

    /// Decodes the body if there is one.
    pub fn json_or_default<T: DeserializeOwned + Default>(&mut self) -> Result<T> {
        let bytes = self.json_text()?;
        // Old clients write what they don't have as null.
        if matches!(bytes.trim_ascii(), b"" | b"null") { Ok(T::default()) } else { json::decode(&bytes) }
    }

    /// A body that says that it is JSON: a page of a browser can't say that to another host unless it is allowed to.
    fn json_text(&mut self) -> Result<Vec<u8>> {
        let bytes = self.body.whole()?;
        let kind = self.header("content-type").unwrap_or_default();
        let essence = kind.split(';').next().unwrap_or_default().trim();
        if !bytes.is_empty() && !essence.eq_ignore_ascii_case("application/json") {
            return Kind::Invalid
                .err(format!("unsupported Content-Type header ({kind}): must be 'application/json'"));
        }
        Ok(bytes)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// A parameter that must be there.
    pub fn required(&self, name: &str) -> Result<&str> {
        self.query.text(name).with_context(|| Kind::Invalid.error(format!("missing parameter: {name}")))
    }
}
