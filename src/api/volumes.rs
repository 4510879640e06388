//! Calls about volumes.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use super::json::or_default;
use super::reply::Reply;
use super::version::ApiVersion;
use crate::engine::volumes::{VolumeCreateRequest, VolumeFilter, VolumeSummary};
use crate::error::{Kind, Result};

/// `GET /volumes` (VolumeListResponse)
pub fn list(call: &mut Call) -> Result<Reply> {
    let mut filter = VolumeFilter::default();
    for text in call.query.filters_of(&["dangling", "driver", "label", "name"])? {
        filter.add(&text)?;
    }
    let volumes = call.engine().list_volumes(&filter)?;
    let volumes: Vec<Value> = volumes.iter().map(VolumeSummary::to_json).collect();
    Reply::json(&json!({"Volumes": volumes, "Warnings": null}))
}

/// `GET /volumes/{name}`
pub fn inspect(call: &mut Call) -> Result<Reply> {
    Reply::json(&call.engine().inspect_volume(call.name())?.to_json())
}

/// VolumeCreateOptions
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct CreateBody {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    driver: String,
    #[serde(deserialize_with = "or_default")]
    driver_opts: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
    cluster_volume_spec: Option<Value>,
}

/// `POST /volumes/create`
pub fn create(call: &mut Call) -> Result<Reply> {
    let body: CreateBody = call.json()?;
    if body.cluster_volume_spec.is_some() {
        return Kind::Unsupported.err("ClusterVolumeSpec: dhow has volumes of this host only");
    }
    let volume = call.engine().create_volume(VolumeCreateRequest {
        name: Some(body.name).filter(|n| !n.is_empty()),
        driver: Some(body.driver).filter(|d| !d.is_empty()),
        options: body.driver_opts.iter().map(|(key, value)| format!("{key}={value}")).collect(),
        labels: body.labels,
    })?;
    Reply::created(&volume.to_json())
}

/// `DELETE /volumes/{name}`
pub fn remove(call: &mut Call) -> Result<Reply> {
    call.engine().remove_volume(call.name(), call.query.flag("force"))?;
    Ok(Reply::no_content())
}

/// `POST /volumes/prune`: those without a name. Before 1.42 all, and since then all if the filter `all` says so.
pub fn prune(call: &mut Call) -> Result<Reply> {
    let has_all = call.version >= ApiVersion(42);
    let known: &[&str] = if has_all { &["all", "label", "label!"] } else { &["label", "label!"] };
    let mut all = !has_all;
    let mut filter = VolumeFilter::default();
    for text in call.query.filters_of(known)? {
        match text.split_once('=') {
            Some(("all", value)) => all = yes(value)?,
            _ => filter.add(&text)?,
        }
    }
    let report = call.engine().prune_volumes(&filter, all)?;
    Reply::json(&json!({"VolumesDeleted": report.volumes, "SpaceReclaimed": report.reclaimed}))
}

fn yes(value: &str) -> Result<bool> {
    match value {
        "1" | "true" => Ok(true),
        "0" | "false" => Ok(false),
        other => Kind::Invalid.err(format!("invalid filter 'all=[{other}]'")),
    }
}
