//! `image prune`: removes images that nobody uses, and what nothing references.

use super::list::{ImageFilter, ListRequest};
use super::remove::{RemoveRequest, Removed};
use crate::engine::Engine;
use crate::error::Result;
use crate::image::roots;

#[derive(Debug, Clone, Default)]
pub struct PruneRequest {
    /// Also images that have a name, if no container uses them.
    pub all: bool,
    /// Only images made before this time, seconds since the epoch.
    pub until: Option<i64>,
    /// Only images with this label (`key`, `key=value`), or without it.
    pub labels: Vec<String>,
    pub not_labels: Vec<String>,
}

#[derive(Debug, Default)]
pub struct PruneReport {
    pub images: Vec<Removed>,
    /// Bytes of blobs and layers.
    pub reclaimed: u64,
}

impl Engine {
    pub fn prune_images(&self, request: &PruneRequest) -> Result<PruneReport> {
        let mut filters: Vec<ImageFilter> = request.labels.iter().cloned().map(ImageFilter::Label).collect();
        if !request.all {
            filters.push(ImageFilter::Dangling(true));
        }
        let used: Vec<_> = roots::containers(&self.roots)?
            .into_iter()
            .flat_map(|c| c.image_id.into_iter().chain(c.mounted))
            .collect();
        let mut requests = Vec::new();
        for image in self.list_images(&ListRequest { filters, ..ListRequest::default() })? {
            let unwanted = request.not_labels.iter().any(|label| match label.split_once('=') {
                Some((key, value)) => image.labels.get(key).is_some_and(|v| v == value),
                None => image.labels.contains_key(label),
            });
            if used.contains(&image.id)
                || self.is_image_mounted(&image.id)?
                || unwanted
                || request.until.is_some_and(|until| image.created >= until)
            {
                continue;
            }
            requests.push(RemoveRequest { image: image.id.to_string(), force: true, no_prune: true });
        }
        let images = self.remove_many(&requests)?;
        let reclaimed = self.collect_images()?.reclaimed;
        self.tell_prune("image", reclaimed);
        Ok(PruneReport { images, reclaimed })
    }
}
