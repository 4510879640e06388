//! A plain file from an http or https URL, with the certificates and the proxy that registries are reached with.

use std::io::Read;

use super::agents::Agents;
use super::config;
use super::http;
use super::request::{MAX_REDIRECTS, join_url, split_url};
use crate::error::{Kind, Result};

/// The content, as a stream. A server that ends it early is noticed where it told the length.
pub fn open(url: &str) -> Result<impl Read> {
    let agents = Agents::new(config::certs_dirs()?);
    let what = format!("downloading {}", http::printable(url));
    let mut current = url.to_string();
    for _ in 0..=MAX_REDIRECTS {
        let Some((scheme, authority)) = split_url(&current) else {
            return Kind::Invalid.err(format!(
                "{:?} is no http or https URL without user information",
                http::printable(&current)
            ));
        };
        if url.starts_with("https:") && scheme == "http" {
            return Kind::Forbidden.err(format!("{what}: redirected from https to http"));
        }
        let response = agents.get(&scheme, &authority, false)?.get(&current).call();
        let mut response =
            response.map_err(|e| Kind::Unavailable.error(format!("{what}: {}", http::explain(&e))))?;
        match response.status().as_u16() {
            200 => return Ok(response.into_body().into_reader()),
            301 | 302 | 303 | 307 | 308 => {
                let location = response.headers().get("location").and_then(|l| l.to_str().ok());
                current = join_url(&current, location.unwrap_or_default());
            }
            _ => return Err(http::status_error(&what, &mut response)),
        }
    }
    Kind::Corrupt.err(format!("{what}: redirected more than {MAX_REDIRECTS} times"))
}
