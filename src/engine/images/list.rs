//! `images`: what is in the store, by image ID, with docker's filters.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::Serialize;

use super::remove::familiar_text;
use crate::engine::Engine;
use crate::error::{Kind, Result};
use crate::image::store::Image;
use crate::image::{ImageReference, lookup};
use crate::state::Digest;

/// One image, as `GET /images/json` of the Docker API has it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageSummary {
    pub id: Digest,
    pub parent_id: String,
    /// `busybox:latest`.
    pub repo_tags: Vec<String>,
    /// `busybox@sha256:…`.
    pub repo_digests: Vec<String>,
    /// Seconds since the epoch.
    pub created: i64,
    /// The same, exactly: images of one second come one after another, too.
    #[serde(skip)]
    moment: Timestamp,
    /// Bytes of the unpacked layers.
    pub size: u64,
    /// Bytes of the layers that other images have, too; -1 if nobody has asked.
    pub shared_size: i64,
    pub labels: BTreeMap<String, String>,
    /// How many use it; -1 if nobody has asked.
    pub containers: i64,
}

/// A condition on images; conditions of one kind are alternatives, as docker has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImageFilter {
    Dangling(bool),
    /// `key` or `key=value`.
    Label(String),
    /// Older than this image.
    Before(String),
    /// Newer than this image.
    Since(String),
    /// A pattern for names (Go's path.Match).
    Reference(String),
    /// Made before that time.
    Until(Timestamp),
}

impl std::str::FromStr for ImageFilter {
    type Err = crate::error::Error;

    fn from_str(text: &str) -> Result<Self> {
        let Some((key, value)) = text.split_once('=') else {
            return Kind::Invalid.err(format!("invalid filter {text:?}: it must be key=value"));
        };
        Ok(match (key, value) {
            ("dangling", "true" | "1") => Self::Dangling(true),
            ("dangling", "false" | "0") => Self::Dangling(false),
            ("label", value) => Self::Label(value.to_string()),
            ("before", value) => Self::Before(value.to_string()),
            ("since", value) => Self::Since(value.to_string()),
            ("until", time) => Self::Until(crate::engine::time::parse(time)?),
            ("reference", value) => Self::Reference(value.to_string()),
            _ => return Kind::Invalid.err(format!("invalid filter '{text}'")),
        })
    }
}

#[derive(Debug, Clone, Default)]
pub struct ListRequest {
    pub filters: Vec<ImageFilter>,
    /// What else is to be found out of each.
    pub count_users: bool,
    pub measure_shared: bool,
}

impl Engine {
    /// The images, the newest first.
    pub fn list_images(&self, request: &ListRequest) -> Result<Vec<ImageSummary>> {
        let store = self.images();
        let mut images: BTreeMap<Digest, Vec<Image>> = BTreeMap::new();
        for record in store.records()? {
            match store.image(&record) {
                Ok(image) => images.entry(image.id.clone()).or_default().push(image),
                // One damaged image is no reason to hide the others.
                Err(error) => log::warn!("image {}: {error:#}", record.name().unwrap_or("<none>")),
            }
        }
        let mut summaries: Vec<ImageSummary> =
            images.into_iter().map(|(id, same)| self.summary(id, &same)).collect::<Result<_>>()?;
        if request.count_users {
            self.count_users(&mut summaries)?;
        }
        if request.measure_shared {
            self.measure_shared(&mut summaries)?;
        }
        let times = Times::of(self, &request.filters)?;
        for summary in &mut summaries {
            narrow_names(summary, &request.filters);
        }
        summaries.retain(|summary| matches(summary, &request.filters, &times));
        summaries.sort_by(|a, b| b.created.cmp(&a.created).then_with(|| a.repo_tags.cmp(&b.repo_tags)));
        Ok(summaries)
    }

    fn summary(&self, id: Digest, same: &[Image]) -> Result<ImageSummary> {
        let mut repo_tags: Vec<String> =
            same.iter().filter_map(|i| i.record.name()).map(familiar_text).collect();
        let mut repo_digests: Vec<String> =
            same.iter().flat_map(|i| i.record.repo_digests()).map(familiar_text).collect();
        repo_tags.sort();
        repo_digests.sort();
        repo_digests.dedup();
        let config = &same[0].config;
        Ok(ImageSummary {
            id,
            parent_id: String::new(),
            repo_tags,
            repo_digests,
            created: config.created().map_or(0, Timestamp::as_second),
            moment: config.created().unwrap_or(Timestamp::UNIX_EPOCH),
            size: self.image_size(&same[0])?,
            shared_size: -1,
            labels: config.labels().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
            containers: -1,
        })
    }

    /// Bytes of the files of all layers. One that an image has twice is there once.
    pub(super) fn image_size(&self, image: &Image) -> Result<u64> {
        let layers = self.layers();
        let distinct: BTreeSet<&Digest> = image.config.diff_ids.iter().collect();
        distinct
            .into_iter()
            .try_fold(0, |sum, diff_id| Ok(sum + layers.meta(diff_id)?.map_or(0, |meta| meta.summary.size)))
    }
}

/// Creation times of the images that `before` and `since` name.
struct Times {
    before: Option<Timestamp>,
    since: Option<Timestamp>,
}

impl Times {
    fn of(engine: &Engine, filters: &[ImageFilter]) -> Result<Self> {
        let store = engine.images();
        let created = |name: &str| -> Result<Timestamp> {
            let found = lookup::find(&store, &store.records()?, name)?;
            Ok(store.image(&found.record)?.config.created().unwrap_or(Timestamp::UNIX_EPOCH))
        };
        let mut times = Self { before: None, since: None };
        for filter in filters {
            match filter {
                ImageFilter::Before(name) => times.before = Some(created(name)?),
                ImageFilter::Since(name) => times.since = Some(created(name)?),
                _ => {}
            }
        }
        Ok(times)
    }
}

/// With a reference filter only the names that match are shown.
fn narrow_names(summary: &mut ImageSummary, filters: &[ImageFilter]) {
    let patterns: Vec<&str> = filters
        .iter()
        .filter_map(|f| match f {
            ImageFilter::Reference(pattern) => Some(pattern.as_str()),
            _ => None,
        })
        .collect();
    if !patterns.is_empty() {
        let keep = |name: &String| patterns.iter().any(|pattern| name_matches(pattern, name));
        summary.repo_tags.retain(keep);
        summary.repo_digests.retain(keep);
    }
}

fn matches(summary: &ImageSummary, filters: &[ImageFilter], times: &Times) -> bool {
    let has_label = |wanted: &str| match wanted.split_once('=') {
        Some((key, value)) => summary.labels.get(key).is_some_and(|v| v == value),
        None => summary.labels.contains_key(wanted),
    };
    let nameless = summary.repo_tags.is_empty();
    filters.iter().all(|filter| match filter {
        ImageFilter::Dangling(wanted) => *wanted == nameless,
        ImageFilter::Label(label) => has_label(label),
        ImageFilter::Before(_) => times.before.is_some_and(|t| summary.moment < t),
        ImageFilter::Since(_) => times.since.is_some_and(|t| summary.moment > t),
        ImageFilter::Until(time) => summary.moment < *time,
        ImageFilter::Reference(_) => !summary.repo_tags.is_empty() || !summary.repo_digests.is_empty(),
    })
}

/// Docker's `FamiliarMatch`: the pattern is for the familiar name, with or without its tag.
fn name_matches(pattern: &str, familiar: &str) -> bool {
    let bare = ImageReference::parse_untagged(familiar).map(|name| name.familiar_name()).unwrap_or_default();
    glob(pattern.as_bytes(), familiar.as_bytes()) || glob(pattern.as_bytes(), bare.as_bytes())
}

/// Go's path.Match: `*` and `?` don't match a slash, `[a-z]` and `[^a-z]` are classes, a backslash quotes.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        ([b'*', rest @ ..], _) => {
            glob(rest, text) || matches!(text, [c, tail @ ..] if *c != b'/' && glob(pattern, tail))
        }
        ([b'?', rest @ ..], [c, tail @ ..]) => *c != b'/' && glob(rest, tail),
        ([b'[', class @ ..], [c, tail @ ..]) => match class.iter().skip(1).position(|&b| b == b']') {
            Some(end) => in_class(&class[..=end], *c) && glob(&class[end + 2..], tail),
            None => false,
        },
        ([b'\\', quoted, rest @ ..], [c, tail @ ..]) => quoted == c && glob(rest, tail),
        ([p, rest @ ..], [c, tail @ ..]) => p == c && glob(rest, tail),
        _ => false,
    }
}

fn in_class(class: &[u8], c: u8) -> bool {
    let (negated, mut class) = match class {
        [b'^', rest @ ..] => (true, rest),
        class => (false, class),
    };
    let mut found = false;
    while let [first, rest @ ..] = class {
        (found, class) = match rest {
            [b'-', last, rest @ ..] => (found || (*first..=*last).contains(&c), rest),
            rest => (found || *first == c, rest),
        };
    }
    found != negated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_those_of_go() {
        for (pattern, name) in [
            ("busybox", "busybox:latest"),
            ("busy*", "busybox:1"),
            ("busybox:[0-9]*", "busybox:1.36"),
            ("*/*", "user/app:1"),
            ("b?sybox:*", "busybox:x"),
            ("[^a]usybox", "busybox:x"),
        ] {
            assert!(name_matches(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in
            [("busy", "busybox:latest"), ("*", "user/app:1"), ("busybox:2", "busybox:1"), ("[b", "b:1")]
        {
            assert!(!name_matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn filters_are_parsed_strictly() {
        assert_eq!("dangling=true".parse::<ImageFilter>().unwrap(), ImageFilter::Dangling(true));
        assert_eq!(
            "until=100".parse::<ImageFilter>().unwrap(),
            ImageFilter::Until(Timestamp::from_second(100).unwrap())
        );
        for bad in ["dangling", "dangling=maybe", "until=soon", "x=y", ""] {
            assert!(bad.parse::<ImageFilter>().is_err(), "{bad}");
        }
    }
}
