//! `search`: which images a registry has (Engine API, ImageSearch).

use std::str::FromStr;

use super::Engine;
use crate::error::{Error, Kind, Result};
pub use crate::registry::Found;
use crate::registry::RegistryClient;

/// docker's default.
pub const USUAL_LIMIT: usize = 25;
const MOST: usize = 100;
const DEFAULT_REGISTRY: &str = "docker.io";

#[derive(Debug, Clone, Default)]
pub struct SearchRequest {
    /// A word, or HOST/WORD for another registry than docker.io.
    pub term: String,
    /// 0 for the usual.
    pub limit: usize,
    pub filters: Vec<SearchFilter>,
}

/// A condition on what is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchFilter {
    /// It has at least so many.
    Stars(u64),
    Official(bool),
    Automated(bool),
}

impl FromStr for SearchFilter {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((key, value)) = text.split_once('=') else {
            return Kind::Invalid.err(format!("invalid filter {text:?}: it must be key=value"));
        };
        let invalid = || Kind::Invalid.error(format!("invalid filter '{key}=[{value}]'"));
        let yes = || match value {
            "1" | "true" => Ok(true),
            "0" | "false" => Ok(false),
            _ => Err(invalid()),
        };
        Ok(match key {
            "stars" => Self::Stars(value.parse().map_err(|_| invalid())?),
            "is-official" => Self::Official(yes()?),
            "is-automated" => Self::Automated(yes()?),
            _ => return Kind::Invalid.err(format!("invalid filter '{key}'")),
        })
    }
}

impl SearchFilter {
    fn takes(self, found: &Found) -> bool {
        match self {
            Self::Stars(least) => found.star_count >= least,
            Self::Official(wanted) => found.is_official == wanted,
            Self::Automated(wanted) => found.is_automated == wanted,
        }
    }
}

/// The registry and the word that a term consists of.
fn split(term: &str) -> Result<(&str, &str)> {
    if term.contains("://") {
        return Kind::Invalid.err("invalid repository name (ex: \"registry.domain.tld/myrepos\")");
    }
    let host = term.split_once('/').filter(|(host, _)| host.contains(['.', ':']) || *host == "localhost");
    let (registry, word) = host.unwrap_or((DEFAULT_REGISTRY, term));
    let registry = if registry == "index.docker.io" { DEFAULT_REGISTRY } else { registry };
    // The index has official images without it.
    let word =
        if registry == DEFAULT_REGISTRY { word.strip_prefix("library/").unwrap_or(word) } else { word };
    if word.is_empty() && registry == DEFAULT_REGISTRY {
        return Kind::Invalid.err("nothing to search for: the term is empty");
    }
    Ok((registry, word))
}

impl Engine {
    /// What is found, in the registry's order.
    pub fn search(&self, client: &RegistryClient, request: &SearchRequest) -> Result<Vec<Found>> {
        let limit = if request.limit == 0 { USUAL_LIMIT } else { request.limit };
        if limit > MOST {
            return Kind::Invalid.err(format!("limit {limit} is outside the range of [1, {MOST}]"));
        }
        let (registry, word) = split(&request.term)?;
        // It becomes the host of an URL.
        let registry = Self::registry_name(Some(registry))?;
        let mut found = client.search(&registry, word, limit)?;
        found.retain(|one| request.filters.iter().all(|filter| filter.takes(one)));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms() {
        for (term, registry, word) in [
            ("busybox", "docker.io", "busybox"),
            ("library/busybox", "docker.io", "busybox"),
            ("ann/tool", "docker.io", "ann/tool"),
            ("reg.lan/a/b", "reg.lan", "a/b"),
            ("localhost/x", "localhost", "x"),
            ("reg:5000/", "reg:5000", ""),
            ("docker.io/library/x", "docker.io", "x"),
        ] {
            assert_eq!(split(term).unwrap(), (registry, word), "{term}");
        }
        assert!(split("https://reg.lan/x").is_err() && split("").is_err() && split("library/").is_err());
    }

    #[test]
    fn filters() {
        let of = |text: &str| text.parse::<SearchFilter>();
        assert_eq!(of("stars=3").unwrap(), SearchFilter::Stars(3));
        assert_eq!(of("is-official=1").unwrap(), SearchFilter::Official(true));
        assert_eq!(of("is-automated=false").unwrap(), SearchFilter::Automated(false));
        for bad in ["stars=many", "stars=-1", "is-official=maybe", "nope=1", "stars"] {
            assert!(of(bad).is_err(), "{bad}");
        }
        let found = Found { star_count: 3, is_official: true, ..Found::default() };
        assert!(SearchFilter::Stars(3).takes(&found) && !SearchFilter::Stars(4).takes(&found));
        assert!(SearchFilter::Official(true).takes(&found) && !SearchFilter::Automated(true).takes(&found));
    }
}
