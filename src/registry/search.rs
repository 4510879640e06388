//! Searching. Only the index of docker.io, and old registries, have docker's search (version 1 of the registry API); of others, as with
//! podman, the catalogue of repositories is gone through (distribution project, "Listing Repositories").

use serde::Deserialize;
use ureq::http::Method;

use super::auth::url_encode;
use super::client::{PAGE_LIMIT, RegistryClient, header_text, next_page, read_limited};
use super::config::Endpoint;
use super::http;
use super::request::{Call, Sent};
use crate::error::{self, Context, Kind, Result};

/// A catalogue that is longer is not gone through to its end.
const MAX_PAGES: usize = 1000;
/// What a token for the catalogue must allow.
const CATALOG_SCOPE: &str = "registry:catalog:*";

/// A repository that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Found {
    pub name: String,
    /// Of another's making: it may hold anything.
    #[serde(deserialize_with = "text")]
    pub description: String,
    pub star_count: u64,
    pub is_official: bool,
    pub is_automated: bool,
}

/// The index has `null` where there is no description.
fn text<'de, D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<String, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[derive(Deserialize)]
struct Answer {
    results: Option<Vec<Found>>,
}

#[derive(Deserialize)]
struct Catalog {
    repositories: Option<Vec<String>>,
}

impl RegistryClient {
    /// At most `limit` repositories of `registry` (a domain) for `term`, in its order.
    pub fn search(&self, registry: &str, term: &str, limit: usize) -> Result<Vec<Found>> {
        let endpoint = self.inner.config.registries.search_endpoint(registry)?;
        let what = format!("searching {registry}");
        let path = format!("/v1/search?q={}&n={limit}", url_encode(term));
        let mut response = self.inner.send(&call(&endpoint, &path, ""), &what)?;
        let refusal = if response.status().is_success() {
            let bytes = read_limited(&mut response, PAGE_LIMIT).with_context(|| what.clone())?;
            match serde_json::from_slice::<Answer>(&bytes) {
                Ok(answer) => {
                    let mut found = answer.results.unwrap_or_default();
                    found.truncate(limit);
                    return Ok(found);
                }
                // Some registries show a page for people where there is nothing.
                Err(error) => {
                    Kind::Corrupt.error(format!("{what}: the answer is no result of a search: {error}"))
                }
            }
        } else {
            http::status_error(&what, &mut response)
        };
        match self.search_catalog(&endpoint, registry, term, limit, &what) {
            // Its search is what it was asked for.
            Err(second) if error::is(&second, Kind::NotFound) => Err(refusal),
            other => other,
        }
    }

    fn search_catalog(
        &self,
        endpoint: &Endpoint,
        registry: &str,
        term: &str,
        limit: usize,
        what: &str,
    ) -> Result<Vec<Found>> {
        let mut path = String::from("/v2/_catalog?n=1000");
        let mut found = Vec::new();
        for _ in 0..MAX_PAGES {
            let mut response = self.inner.send(&call(endpoint, &path, CATALOG_SCOPE), what)?;
            if !response.status().is_success() {
                return Err(http::status_error(what, &mut response));
            }
            let next = next_page(&header_text(&response, "link"), &endpoint.host);
            let bytes = read_limited(&mut response, PAGE_LIMIT).with_context(|| what.to_string())?;
            let catalog: Catalog = serde_json::from_slice(&bytes)
                .map_err(|e| Kind::Corrupt.error(format!("{what}: the answer is no catalogue: {e}")))?;
            let fitting = catalog.repositories.unwrap_or_default().into_iter().filter(|r| r.contains(term));
            // So that it can be pulled.
            found.extend(
                fitting
                    .map(|repository| Found { name: format!("{registry}/{repository}"), ..Found::default() }),
            );
            match next {
                Some(next) if next != path && found.len() < limit => path = next,
                _ => break,
            }
        }
        found.truncate(limit);
        Ok(found)
    }
}

fn call<'a>(endpoint: &'a Endpoint, path: &'a str, scope: &'a str) -> Call<'a> {
    Call { endpoint, method: Method::GET, path, headers: Vec::new(), scope, sent: Sent::Nothing }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_an_index() {
        let text = r#"{"num_results":1,"results":[{"name":"a","description":null,"star_count":3,"is_trusted":true}]}"#;
        let answer: Answer = serde_json::from_str(text).unwrap();
        let found = answer.results.unwrap();
        assert_eq!(found, [Found { name: "a".into(), star_count: 3, ..Found::default() }]);
    }
}
