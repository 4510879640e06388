//! `image inspect`: all that is known of an image, in the shape of the Docker API.

use serde::Serialize;
use serde_json::{Value, json};

use super::remove::familiar_text;
use crate::engine::Engine;
use crate::error::Result;
use crate::image::document::Descriptor;
use crate::image::{Platform, lookup};
use crate::state::Digest;

/// `GET /images/{name}/json` of the Docker API (ImageInspect).
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ImageInspect {
    pub id: Digest,
    pub repo_tags: Vec<String>,
    pub repo_digests: Vec<String>,
    pub parent: String,
    pub comment: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    pub docker_version: String,
    pub author: String,
    pub config: Value,
    pub architecture: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub variant: String,
    pub os: String,
    pub size: u64,
    pub graph_driver: Value,
    #[serde(rename = "RootFS")]
    pub root_fs: Value,
    pub metadata: Value,
    /// The manifest in the store.
    pub descriptor: Descriptor,
}

impl Engine {
    /// Whether there is such an image.
    pub fn image_exists(&self, name: &str) -> Result<bool> {
        let store = self.images();
        Ok(lookup::find_opt(&store, &store.records()?, name)?.is_some())
    }

    pub fn inspect_image(&self, name: &str, platform: Option<&Platform>) -> Result<ImageInspect> {
        let store = self.images();
        let records = store.records()?;
        let found = lookup::find(&store, &records, name)?;
        let image = store.image(&found.record)?;
        super::check_platform(name, &image.config, platform)?;
        let mut repo_tags = Vec::new();
        let mut repo_digests = Vec::new();
        for record in &records {
            if store.id_of(record)? == image.id {
                repo_tags.extend(record.name().map(familiar_text));
                repo_digests.extend(record.repo_digests().map(familiar_text));
            }
        }
        repo_tags.sort();
        repo_digests.sort();
        repo_digests.dedup();
        let layers = self.layers();
        let dirs: Vec<String> =
            image.config.diff_ids.iter().rev().map(|d| layers.fs_dir(d).display().to_string()).collect();
        let (upper, lower) =
            dirs.split_first().map_or_else(Default::default, |(u, l)| (u.clone(), l.join(":")));
        let raw = &image.config.raw;
        let text = |key: &str| raw.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
        // As dockerd: that of the last step where the image has none of its own.
        let of_last_step =
            || Some(raw.get("history")?.as_array()?.last()?.get("comment")?.as_str()?.to_string());
        let comment =
            Some(text("comment")).filter(|c| !c.is_empty()).or_else(of_last_step).unwrap_or_default();
        let platform = image.config.platform();
        Ok(ImageInspect {
            repo_tags,
            repo_digests,
            parent: String::new(),
            comment,
            created: raw.get("created").and_then(Value::as_str).map(str::to_string),
            docker_version: text("docker_version"),
            author: text("author"),
            config: raw.get("config").cloned().unwrap_or(Value::Null),
            architecture: platform.architecture,
            variant: platform.variant.unwrap_or_default(),
            os: platform.os,
            size: self.image_size(&image)?,
            graph_driver: json!({"Name": "overlay", "Data": {"UpperDir": upper, "LowerDir": lower}}),
            root_fs: json!({"Type": "layers", "Layers": image.config.diff_ids}),
            metadata: json!({"LastTagTime": image.record.tagged().unwrap_or("0001-01-01T00:00:00Z")}),
            descriptor: Descriptor { annotations: std::collections::BTreeMap::default(), ..image.record.0 },
            id: image.id,
        })
    }
}
