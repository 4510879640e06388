//! `system df`: how much is kept for what, and how much of it nobody needs.
//!
//! A layer counts once, however many images have it. Its size is what was noted when it was unpacked; what containers and volumes hold is
//! measured.

use std::collections::{HashMap, HashSet};

use crate::engine::Engine;
use crate::engine::containers::{ContainerFilter, ContainerSummary};
use crate::engine::images::{ImageSummary, ListRequest};
use crate::engine::volumes::{VolumeFilter, VolumeSummary};
use crate::error::Result;
use crate::image::roots;
use crate::layers::LayerStore;
use crate::state::Digest;

/// What is asked for.
#[derive(Debug, Clone, Copy)]
pub struct UsageParts {
    pub images: bool,
    pub containers: bool,
    pub volumes: bool,
}

impl UsageParts {
    pub const ALL: Self = Self { images: true, containers: true, volumes: true };
}

/// What was asked for of it.
#[derive(Debug, Clone, Default)]
pub struct DiskUsage {
    pub images: Option<ImagesUsage>,
    pub containers: Option<Vec<ContainerUsage>>,
    pub volumes: Option<Vec<VolumeUsage>>,
}

#[derive(Debug, Clone, Default)]
pub struct ImagesUsage {
    pub images: Vec<ImageUsage>,
    /// Bytes of all layers, each counted once.
    pub size: u64,
    /// Bytes of the layers that no container needs.
    pub reclaimable: u64,
}

/// An image, with its `containers` and `shared_size` known.
#[derive(Debug, Clone)]
pub struct ImageUsage {
    pub summary: ImageSummary,
    /// Bytes of the layers that no other image has.
    pub unique: u64,
}

#[derive(Debug, Clone)]
pub struct ContainerUsage {
    pub summary: ContainerSummary,
    /// Bytes that it has written.
    pub written: u64,
    /// Bytes of its image's layers.
    pub below: u64,
}

#[derive(Debug, Clone)]
pub struct VolumeUsage {
    pub summary: VolumeSummary,
    /// `None` for what isn't a directory of ours.
    pub size: Option<u64>,
}

impl Engine {
    pub fn disk_usage(&self, parts: UsageParts) -> Result<DiskUsage> {
        Ok(DiskUsage {
            images: if parts.images { Some(self.images_usage()?) } else { None },
            containers: if parts.containers { Some(self.containers_usage()?) } else { None },
            volumes: if parts.volumes { Some(self.volumes_usage()?) } else { None },
        })
    }

    fn images_usage(&self) -> Result<ImagesUsage> {
        let sizes = layer_sizes(&self.layers())?;
        let containers = roots::containers(&self.roots)?;
        let mut usage = ImagesUsage::default();
        let all = ListRequest { count_users: true, measure_shared: true, ..ListRequest::default() };
        for summary in self.list_images(&all)? {
            let unique = summary.size.saturating_sub(summary.shared_size.max(0) as u64);
            usage.images.push(ImageUsage { summary, unique });
        }
        let needed: HashSet<&Digest> = containers.iter().flat_map(|c| &c.layers).collect();
        usage.size = sizes.values().sum();
        usage.reclaimable = sum(&sizes, sizes.keys().filter(|layer| !needed.contains(layer)));
        self.count_shifted(&mut usage)?;
        Ok(usage)
    }

    /// Copies of layers with other owners, which some containers of ordinary users need, are there in addition.
    fn count_shifted(&self, usage: &mut ImagesUsage) -> Result<()> {
        let needed = self.shifted_in_use()?;
        for store in LayerStore::all_shifted(&self.roots)? {
            let is_needed = |layer: &Digest| {
                needed.iter().any(|(dir, layers)| dir == store.dir() && layers.contains(layer))
            };
            for (layer, size) in layer_sizes(&store)? {
                usage.size += size;
                usage.reclaimable += if is_needed(&layer) { 0 } else { size };
            }
        }
        Ok(())
    }

    fn containers_usage(&self) -> Result<Vec<ContainerUsage>> {
        let found = self.list_containers(&ContainerFilter::new(true))?;
        let written = self.written_sizes(&found)?;
        let layers = self.layers();
        let size = |layer: &Digest| Ok(layers.meta(layer)?.map_or(0, |meta| meta.summary.size));
        let mut usage = Vec::with_capacity(found.len());
        for (summary, written) in found.into_iter().zip(written) {
            let distinct: HashSet<&Digest> = summary.config.layers.iter().collect();
            let below = distinct.into_iter().map(size).sum::<Result<u64>>()?;
            usage.push(ContainerUsage { summary, written, below });
        }
        Ok(usage)
    }

    /// Bytes that each container has written.
    pub(in crate::engine) fn written_sizes(&self, containers: &[ContainerSummary]) -> Result<Vec<u64>> {
        let store = self.containers();
        let upper = |c: &ContainerSummary| store.dir(&c.config.id).path.join("upper");
        self.tree_sizes(&containers.iter().map(upper).collect::<Vec<_>>())
    }

    fn volumes_usage(&self) -> Result<Vec<VolumeUsage>> {
        let volumes = self.list_volumes(&VolumeFilter::default())?;
        let data: Vec<_> = volumes.iter().map(|v| self.volumes().data(&v.volume.name)).collect();
        let sizes = self.tree_sizes(&data)?;
        let usage = volumes.into_iter().zip(sizes).map(|(summary, size)| {
            let is_ours = summary.volume.options.device().is_none();
            VolumeUsage { size: is_ours.then_some(size), summary }
        });
        Ok(usage.collect())
    }
}

/// What was noted of each layer's size.
fn layer_sizes(store: &LayerStore) -> Result<HashMap<Digest, u64>> {
    let mut sizes = HashMap::new();
    for layer in store.list()? {
        // Removed in this moment, or damaged: then `system check` tells.
        let meta = store.meta(&layer).ok().flatten();
        sizes.insert(layer, meta.map_or(0, |meta| meta.summary.size));
    }
    Ok(sizes)
}

fn sum<'a>(sizes: &HashMap<Digest, u64>, layers: impl Iterator<Item = &'a Digest>) -> u64 {
    layers.map(|layer| sizes.get(layer).copied().unwrap_or(0)).sum()
}
