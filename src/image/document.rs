//! Manifests and indexes: parsed with suspicion, because a registry or an archive sent them.
//!
//! Pure. A document must say clearly what it is: one with both `layers` and `manifests` is refused (CVE-2021-41190), as is schema 1.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::media;
use super::platform::Platform;
use crate::error::{Kind, Result};
use crate::state::Digest;

/// Limit on manifests and indexes, as in the reference registry.
pub const MAX_DOCUMENT: u64 = 4 << 20;
/// Limit on image configurations.
pub const MAX_CONFIG: u64 = 8 << 20;
/// Limit on the layers of an image; overlayfs takes at most 500.
pub const MAX_LAYERS: usize = 500;

/// What content is, and where to find it (image specification, descriptor.md).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    pub media_type: String,
    pub digest: Digest,
    /// Bytes.
    pub size: u64,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub urls: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<Platform>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

impl Descriptor {
    pub fn new(media_type: &str, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.to_string(),
            digest,
            size,
            urls: Vec::new(),
            platform: None,
            annotations: BTreeMap::new(),
        }
    }

    /// The descriptor of some bytes.
    pub fn of(media_type: &str, bytes: &[u8]) -> Self {
        Self::new(media_type, Digest::of(bytes), bytes.len() as u64)
    }
}

/// The manifest of one image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    pub schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    pub config: Descriptor,
    #[serde(deserialize_with = "null_is_empty")]
    pub layers: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
}

impl Manifest {
    /// An OCI manifest.
    pub fn new(config: Descriptor, layers: Vec<Descriptor>) -> Self {
        Self {
            schema_version: 2,
            media_type: Some(media::OCI_MANIFEST.to_string()),
            config,
            layers,
            annotations: None,
        }
    }
}

/// An index of manifests, or Docker's manifest list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Index {
    pub schema_version: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    #[serde(deserialize_with = "null_is_empty")]
    pub manifests: Vec<Descriptor>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotations: Option<BTreeMap<String, String>>,
}

impl Index {
    /// The manifest that suits the platform best; of equals, the first.
    pub fn select(&self, wanted: &Platform) -> Option<&Descriptor> {
        let ranked = self.manifests.iter().filter_map(|descriptor| {
            if !media::is_manifest(&descriptor.media_type) && !media::is_index(&descriptor.media_type) {
                return None;
            }
            let platform = descriptor.platform.as_ref()?;
            Some((wanted.rank(platform)?, descriptor))
        });
        let best = ranked.min_by_key(|(rank, _)| *rank).map(|(_, descriptor)| descriptor);
        match (best, self.manifests.as_slice()) {
            // An index of one manifest that doesn't say what it is for: its configuration will.
            (None, [only]) if only.platform.is_none() => Some(only),
            (best, _) => best,
        }
    }
}

/// What was sent under a digest or a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)] // there is one at a time
pub enum Document {
    Manifest(Manifest),
    Index(Index),
}

/// Parses a document; `media_type` is what the sender declared it to be, if anything.
pub fn parse(bytes: &[u8], media_type: Option<&str>) -> Result<Document> {
    if bytes.len() as u64 > MAX_DOCUMENT {
        return Kind::Corrupt.err("the manifest is larger than 4 MiB");
    }
    let damaged =
        |error: serde_json::Error| Kind::Corrupt.error(format!("the manifest is not well-formed: {error}"));
    let value: Value = serde_json::from_slice(bytes).map_err(damaged)?;
    let has = |key: &str| value.get(key).is_some();
    if value.get("schemaVersion").and_then(Value::as_u64) == Some(1) || has("fsLayers") {
        return Kind::Unsupported.err(
            "the image has a manifest of Docker's schema 1, which no current tool accepts; push it again",
        );
    }
    if value.get("schemaVersion").and_then(Value::as_u64) != Some(2) {
        return Kind::Corrupt.err("the manifest has no schemaVersion 2");
    }
    let is_index = match (has("config") || has("layers"), has("manifests")) {
        (true, true) => {
            return Kind::Corrupt
                .err("the manifest is ambiguous: it has both layers and manifests (CVE-2021-41190)");
        }
        (false, false) => return Kind::Corrupt.err("the manifest has neither layers nor manifests"),
        (_, is_index) => is_index,
    };
    let embedded = value.get("mediaType").and_then(Value::as_str).map(str::to_string);
    for declared in [embedded.as_deref(), media_type].into_iter().flatten() {
        let contradicts = if is_index { media::is_manifest(declared) } else { media::is_index(declared) };
        if contradicts {
            return Kind::Corrupt.err(format!("the manifest is declared as {declared} but is not one"));
        }
    }
    if is_index {
        return Ok(Document::Index(serde_json::from_value(value).map_err(damaged)?));
    }
    let manifest: Manifest = serde_json::from_value(value).map_err(damaged)?;
    if manifest.layers.len() > MAX_LAYERS {
        return Kind::Unsupported.err(format!("the image has more than {MAX_LAYERS} layers"));
    }
    Ok(Document::Manifest(manifest))
}

/// Parses a document that has to be the manifest of one image.
pub fn parse_manifest(bytes: &[u8]) -> Result<Manifest> {
    match parse(bytes, None)? {
        Document::Manifest(manifest) => Ok(manifest),
        Document::Index(_) => Kind::Corrupt.err("an index where a manifest was expected"),
    }
}

/// Go writes an empty list as null.
fn null_is_empty<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Vec<Descriptor>, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::is;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn descriptor(extra: &str) -> String {
        format!(r#"{{"mediaType":"{}","digest":"{DIGEST}","size":2{extra}}}"#, media::OCI_MANIFEST)
    }

    #[test]
    fn ambiguous_and_old_documents_are_refused() {
        let config = descriptor("");
        let bad = [
            format!(r#"{{"schemaVersion":2,"config":{config},"layers":[],"manifests":[]}}"#),
            format!(r#"{{"schemaVersion":2,"config":{config},"manifests":[]}}"#),
            format!(
                r#"{{"schemaVersion":2,"mediaType":"{}","config":{config},"layers":[]}}"#,
                media::OCI_INDEX
            ),
            format!(r#"{{"schemaVersion":2,"mediaType":"{}","manifests":[]}}"#, media::DOCKER_MANIFEST),
            r#"{"schemaVersion":2}"#.into(),
            r#"{"schemaVersion":3,"manifests":[]}"#.into(),
            r#"{"manifests":[]}"#.into(),
            r#"{"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"sha256:../../x","size":1}]}"#
                .into(),
            r#"{"schemaVersion":2,"manifests":[{"mediaType":"x","digest":"sha256:00","size":-1}]}"#.into(),
            "[]".into(),
            String::new(),
            "{".repeat(100_000),
        ];
        for text in &bad {
            let error = parse(text.as_bytes(), None).unwrap_err();
            assert!(is(&error, Kind::Corrupt), "{text:.80}: {error:#}");
        }
        let old = parse(br#"{"schemaVersion":1,"fsLayers":[]}"#, None).unwrap_err();
        assert!(is(&old, Kind::Unsupported));
        let lie = format!(r#"{{"schemaVersion":2,"config":{config},"layers":[]}}"#);
        assert!(parse(lie.as_bytes(), Some(media::DOCKER_LIST)).is_err());
        assert!(parse(lie.as_bytes(), Some(media::OCI_MANIFEST)).is_ok());
        assert!(parse(&vec![b' '; MAX_DOCUMENT as usize + 1], None).is_err());
    }

    #[test]
    fn an_index_selects_by_platform() {
        let entry = |arch: &str, os: &str| {
            descriptor(&format!(r#","platform":{{"architecture":"{arch}","os":"{os}"}}"#))
        };
        let attestation = entry("unknown", "unknown");
        let text = format!(
            r#"{{"schemaVersion":2,"manifests":[{attestation},{},{}]}}"#,
            entry("386", "linux"),
            entry("amd64", "linux")
        );
        let Document::Index(index) = parse(text.as_bytes(), None).unwrap() else { panic!() };
        let chosen = index.select(&"linux/amd64".parse().unwrap()).unwrap();
        assert_eq!(chosen.platform.as_ref().unwrap().architecture, "amd64");
        assert!(index.select(&"linux/s390x".parse().unwrap()).is_none());
        let only = Index { manifests: vec![Descriptor::of(media::OCI_MANIFEST, b"x")], ..index };
        assert!(only.select(&"linux/s390x".parse().unwrap()).is_some());
    }
}
