//! What a handler answers.

use std::fmt;

use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, StatusCode};
use serde::Serialize;
use serde_json::Value;

use super::body::Out;
use super::relay::Relay;
use crate::error::{Context, Result};

pub const JSON: &str = "application/json";
pub const TAR: &str = "application/x-tar";
pub const OCTETS: &str = "application/octet-stream";
pub const RAW: &str = "application/vnd.docker.raw-stream";
pub const MULTIPLEXED: &str = "application/vnd.docker.multiplexed-stream";

/// Status and headers.
#[derive(Debug, Default)]
pub struct Head {
    pub status: StatusCode,
    pub headers: HeaderMap,
}

impl Head {
    pub fn ok(content_type: &'static str) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
        Self { status: StatusCode::OK, headers }
    }
}

/// Writes a response bit by bit.
pub type Writer = Box<dyn FnOnce(&mut Out) -> Result<()> + Send>;

pub enum Reply {
    Json(StatusCode, Value),
    /// JSON text that is ready.
    Text(StatusCode, Vec<u8>),
    Empty(StatusCode),
    Whole(Head, Vec<u8>),
    Stream(Head, Writer),
    /// The connection becomes the container's streams.
    Streams(Box<Relay>),
    /// The same as a WebSocket.
    WebSocket(Box<Relay>),
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reply")
    }
}

impl Reply {
    pub fn json<T: Serialize>(value: &T) -> Result<Self> {
        Self::with_status(StatusCode::OK, value)
    }

    pub fn with_status<T: Serialize>(status: StatusCode, value: &T) -> Result<Self> {
        Ok(Self::Text(status, serde_json::to_vec(value).context("encoding an answer")?))
    }

    pub fn created<T: Serialize>(value: &T) -> Result<Self> {
        Self::with_status(StatusCode::CREATED, value)
    }

    pub fn no_content() -> Self {
        Self::Empty(StatusCode::NO_CONTENT)
    }

    pub fn stream(
        content_type: &'static str,
        write: impl FnOnce(&mut Out) -> Result<()> + Send + 'static,
    ) -> Self {
        Self::Stream(Head::ok(content_type), Box::new(write))
    }

    /// A stream of JSON lines, in which failures are told once it has begun.
    pub fn progress(write: impl FnOnce(&mut Out) -> Result<()> + Send + 'static) -> Self {
        Self::stream(JSON, move |out| match write(out) {
            Err(error) if out.has_begun() => out.line(&super::errors::in_stream(&error)),
            other => other,
        })
    }
}
