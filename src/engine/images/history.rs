//! `history`: the steps that made an image.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::engine::Engine;
use crate::error::Result;
use crate::image::{Platform, lookup};

/// A step, as `GET /images/{name}/history` of the Docker API has it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HistoryStep {
    /// The image ID at the last step, `<missing>` at the others: they are no images of their own.
    pub id: String,
    /// Seconds since the epoch.
    pub created: i64,
    pub created_by: String,
    pub tags: Vec<String>,
    /// Bytes of the step's layer.
    pub size: u64,
    pub comment: String,
}

impl Engine {
    /// The steps, the last first.
    pub fn image_history(&self, name: &str, platform: Option<&Platform>) -> Result<Vec<HistoryStep>> {
        let store = self.images();
        let records = store.records()?;
        let found = lookup::find(&store, &records, name)?;
        let image = store.image(&found.record)?;
        super::check_platform(name, &image.config, platform)?;
        let layers = self.layers();
        let mut diff_ids = image.config.diff_ids.iter();
        let mut size_of_next = || -> Result<u64> {
            match diff_ids.next() {
                Some(diff_id) => Ok(layers.meta(diff_id)?.map_or(0, |meta| meta.summary.size)),
                None => Ok(0),
            }
        };
        let mut steps = Vec::new();
        for entry in image.config.history() {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
            let empty = entry.get("empty_layer").and_then(Value::as_bool).unwrap_or(false);
            steps.push(HistoryStep {
                id: "<missing>".into(),
                created: text("created").parse::<Timestamp>().map_or(0, Timestamp::as_second),
                created_by: text("created_by"),
                tags: Vec::new(),
                size: if empty { 0 } else { size_of_next()? },
                comment: text("comment"),
            });
        }
        // An image without a history, or with a shorter one, still has its layers.
        while diff_ids.len() > 0 {
            let size = diff_ids.next().and_then(|d| layers.meta(d).ok()?).map_or(0, |meta| meta.summary.size);
            let created = image.config.created().map_or(0, Timestamp::as_second);
            steps.push(HistoryStep {
                id: "<missing>".into(),
                created,
                created_by: String::new(),
                tags: Vec::new(),
                size,
                comment: String::new(),
            });
        }
        steps.reverse();
        if let Some(last) = steps.first_mut() {
            last.id = image.id.to_string();
            let same = records.iter().filter(|r| r.id().as_ref() == Some(&image.id));
            last.tags = same.filter_map(|r| Some(r.reference()?.familiar())).collect();
        }
        Ok(steps)
    }
}
