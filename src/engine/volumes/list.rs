//! Which volumes there are.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::container::volumes::{User, users};
use crate::engine::{Engine, time};
use crate::error::{Kind, Result};
use crate::volumes::Volume;

/// A volume, and who has it.
#[derive(Debug, Clone)]
pub struct VolumeSummary {
    pub volume: Volume,
    /// Where its files are on the host. What its options have mounted only containers see: then nothing is there.
    pub mountpoint: std::path::PathBuf,
    pub users: Vec<User>,
}

impl VolumeSummary {
    /// In docker's shape (Engine API, Volume).
    pub fn to_json(&self) -> serde_json::Value {
        let volume = &self.volume;
        let nullable = |map: &BTreeMap<String, String>| {
            if map.is_empty() { serde_json::Value::Null } else { serde_json::json!(map) }
        };
        let second = Timestamp::from_second(volume.created.as_second()).unwrap_or(volume.created);
        let mut labels = volume.labels.clone();
        if volume.anonymous {
            labels.insert("com.docker.volume.anonymous".into(), String::new());
        }
        serde_json::json!({
            "CreatedAt": second.to_string(),
            "Driver": "local",
            "Labels": nullable(&labels),
            "Mountpoint": self.mountpoint.display().to_string(),
            "Name": volume.name,
            "Options": nullable(volume.options.all()),
            "Scope": "local",
        })
    }
}

/// Which volumes are wanted: for each key one of its values must fit, several labels must all fit.
#[derive(Debug, Clone, Default)]
pub struct VolumeFilter {
    filters: BTreeMap<String, Vec<String>>,
}

const KEYS: [&str; 10] =
    ["name", "label", "label!", "driver", "dangling", "scope", "until", "since", "after", "opt"];

impl VolumeFilter {
    /// Adds `KEY=VALUE`.
    pub fn add(&mut self, text: &str) -> Result<()> {
        let Some((key, value)) = text.split_once('=') else {
            return Kind::Invalid.err(format!("invalid filter {text:?}: use KEY=VALUE"));
        };
        let (key, value) = match key.strip_suffix('!') {
            Some("label") => ("label!", value),
            _ => (key, value),
        };
        if !KEYS.contains(&key) {
            return Kind::Invalid.err(format!("invalid filter '{key}' (known: {})", KEYS.join(", ")));
        }
        if key == "dangling" && !["true", "1", "false", "0"].contains(&value) {
            return Kind::Invalid.err(format!("invalid filter 'dangling={value}'"));
        }
        if key == "until" {
            time::parse(value)?;
        }
        self.filters.entry(key.into()).or_default().push(value.into());
        Ok(())
    }

    fn values(&self, key: &str) -> impl Iterator<Item = &str> {
        self.filters.get(key).into_iter().flatten().map(String::as_str)
    }

    fn any(&self, key: &str, fits: impl Fn(&str) -> bool) -> bool {
        self.filters.get(key).is_none_or(|values| values.iter().any(|v| fits(v)))
    }

    fn fits(&self, summary: &VolumeSummary) -> bool {
        let volume = &summary.volume;
        let has = |map: &BTreeMap<String, String>, wanted: &str| match wanted.split_once('=') {
            Some((key, value)) => map.get(key).is_some_and(|v| v == value),
            None => map.contains_key(wanted),
        };
        let until = |text: &str| time::parse(text).is_ok_and(|limit| volume.created < limit);
        self.any("name", |v| volume.name.contains(v))
            && self.any("driver", |v| v == "local")
            && self.any("scope", |v| v == "local")
            && self.any("dangling", |v| matches!(v, "true" | "1") == summary.users.is_empty())
            && self.values("label").all(|v| has(&volume.labels, v))
            && self.any("label!", |v| !has(&volume.labels, v))
            && self.values("opt").all(|v| has(volume.options.all(), v))
            && self.values("until").all(until)
    }
}

impl Engine {
    pub(super) fn volume_summary(&self, volume: Volume, users: Vec<User>) -> VolumeSummary {
        VolumeSummary { mountpoint: self.volumes().data(&volume.name), volume, users }
    }

    /// The volumes that fit, by name.
    pub fn list_volumes(&self, filter: &VolumeFilter) -> Result<Vec<VolumeSummary>> {
        let mut users = users(&self.roots)?;
        let since = filter.values("since").chain(filter.values("after")).map(|name| self.created(name));
        let since: Vec<Timestamp> = since.collect::<Result<_>>()?;
        let all = self.volumes().list()?.into_iter().map(|volume| {
            let users = users.remove(&volume.name).unwrap_or_default();
            self.volume_summary(volume, users)
        });
        Ok(all.filter(|v| filter.fits(v) && since.iter().all(|limit| v.volume.created > *limit)).collect())
    }

    fn created(&self, name: &str) -> Result<Timestamp> {
        Ok(self.inspect_volume(name)?.volume.created)
    }

    /// The volume of this name.
    pub fn inspect_volume(&self, name: &str) -> Result<VolumeSummary> {
        match self.volumes().get(name)? {
            Some(volume) => {
                Ok(self.volume_summary(volume, users(&self.roots)?.remove(name).unwrap_or_default()))
            }
            None => Kind::NotFound.err(format!("get {name}: no such volume")),
        }
    }
}
