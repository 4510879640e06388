//! Image configurations: what dhow reads of them, and how new ones are made.
//!
//! Pure. A configuration's bytes are its identity (the image ID is their digest), so that what was read is never written back.

use oci_spec::image::ImageConfiguration;
use serde_json::{Value, json};

use super::document::MAX_CONFIG;
use super::platform::Platform;
use crate::error::{Context, Kind, Result};
use crate::state::Digest;

/// A configuration as it was read.
#[derive(Debug, Clone)]
pub struct ImageConfig {
    /// All of it, with Docker's own fields.
    pub raw: Value,
    pub spec: ImageConfiguration,
    /// Diff IDs of the layers, the lowest first.
    pub diff_ids: Vec<Digest>,
}

/// Parses a configuration; OCI's and Docker's are alike.
pub fn parse(bytes: &[u8]) -> Result<ImageConfig> {
    if bytes.len() as u64 > MAX_CONFIG {
        return Kind::Corrupt.err("the image configuration is larger than 8 MiB");
    }
    let damaged =
        |e: &dyn std::fmt::Display| Kind::Corrupt.error(format!("the image configuration is damaged: {e}"));
    let raw: Value = serde_json::from_slice(bytes).map_err(|e| damaged(&e))?;
    if !raw.get("rootfs").is_some_and(Value::is_object) {
        return Kind::Corrupt.err("this is no image that can be run: its configuration has no rootfs");
    }
    let mut clean = raw.clone();
    tidy(&mut clean);
    let spec: ImageConfiguration = serde_json::from_value(clean).map_err(|e| damaged(&e))?;
    let diff_ids = spec.rootfs().diff_ids().iter().map(|text| text.parse()).collect::<Result<_>>();
    Ok(ImageConfig { diff_ids: diff_ids.context("the image configuration's diff IDs")?, raw, spec })
}

/// Makes of what Docker's tools write (nulls for what is absent, fields left out) what the specification wants.
fn tidy(value: &mut Value) {
    drop_nulls(value);
    let Some(map) = value.as_object_mut() else { return };
    let host = Platform::host();
    for (key, default) in [("architecture", host.architecture), ("os", host.os)] {
        if map.get(key).and_then(Value::as_str).is_none_or(str::is_empty) {
            map.insert(key.into(), default.into());
        }
    }
    if let Some(rootfs) = map.get_mut("rootfs").and_then(Value::as_object_mut) {
        rootfs.entry("type").or_insert_with(|| "layers".into());
        rootfs.entry("diff_ids").or_insert_with(|| json!([]));
    }
    if let Some(config) = map.get_mut("config").and_then(Value::as_object_mut) {
        for key in ["ExposedPorts", "Volumes"] {
            // The values mean nothing, but some tools put something into them.
            if let Some(ports) = config.get_mut(key).and_then(Value::as_object_mut) {
                ports.values_mut().for_each(|v| *v = json!({}));
            }
        }
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, v| !v.is_null());
            map.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

impl ImageConfig {
    pub fn platform(&self) -> Platform {
        let text = |key: &str| self.raw.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
        let host = Platform::host();
        let or = |text: String, default: &str| if text.is_empty() { default.to_string() } else { text };
        Platform {
            os: or(text("os"), &host.os),
            architecture: or(text("architecture"), &host.architecture),
            variant: Some(text("variant")).filter(|v| !v.is_empty()),
            os_version: None,
            os_features: Vec::new(),
        }
    }

    /// When the image was made, RFC 3339; `None` if it doesn't say.
    pub fn created(&self) -> Option<jiff::Timestamp> {
        self.raw.get("created")?.as_str()?.parse().ok()
    }

    /// A label's value.
    pub fn labels(&self) -> impl Iterator<Item = (&str, &str)> {
        let labels = self.raw.pointer("/config/Labels").and_then(Value::as_object);
        labels.into_iter().flatten().map(|(k, v)| (k.as_str(), v.as_str().unwrap_or_default()))
    }

    /// How the image came to be, one step an entry, the first first.
    pub fn history(&self) -> Vec<Value> {
        self.raw.get("history").and_then(Value::as_array).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_and_gaps_of_docker_are_no_obstacle() {
        let text = r#"{"created":"2024-01-01T00:00:00Z","config":{"Cmd":null,"Entrypoint":["/x"],"ExposedPorts":{"80/tcp":{}},
            "Volumes":null,"Labels":{"a":"b"},"Healthcheck":{"Test":["CMD","x"]}},"rootfs":{"type":"layers","diff_ids":null},
            "history":[{"created_by":"x","empty_layer":true}]}"#;
        let config = parse(text.as_bytes()).unwrap();
        assert_eq!(config.spec.config().as_ref().unwrap().entrypoint().as_ref().unwrap(), &["/x"]);
        assert!(config.diff_ids.is_empty() && config.created().is_some() && config.platform().runs_on_host());
        assert_eq!(config.labels().collect::<Vec<_>>(), [("a", "b")]);
        assert_eq!(config.raw.pointer("/config/Healthcheck/Test/0").unwrap(), "CMD");
    }

    #[test]
    fn artifacts_and_bad_diff_ids_are_refused() {
        for bad in ["{}", "", "[]", r#"{"rootfs":{"diff_ids":["sha256:../x"]}}"#, r#"{"rootfs":[]}"#] {
            assert!(parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
