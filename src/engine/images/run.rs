//! The image that a container is made of.

use oci_spec::image::ImageConfiguration;

use crate::engine::Engine;
use crate::engine::progress::Progress;
use crate::error::{self, Kind, Result};
use crate::image::lookup::{self, Found};
use crate::image::{Platform, store};
use crate::layers::store::LayerStore;
use crate::state::{Digest, Lock};

/// When to ask a registry (`--pull`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum PullPolicy {
    /// Always; fail if the registry can't be asked.
    Always,
    /// If the image isn't there.
    #[default]
    Missing,
    /// Never; fail if the image isn't there.
    Never,
    /// If the registry has another one than the store.
    Newer,
}

/// An image, ready to be a container's root.
#[derive(Debug)]
pub struct RunImage {
    /// Digest of the configuration.
    pub id: Digest,
    pub manifest: Digest,
    /// As the user named it, familiar: `busybox:latest`, or the ID he gave.
    pub name: String,
    pub config: ImageConfiguration,
    /// The configuration as it stands in the store, with Docker's own fields (`Healthcheck`, `OnBuild`, `Shell`).
    pub raw_config: serde_json::Value,
    /// Diff IDs, the lowest first, all unpacked.
    pub layers: Vec<Digest>,
    /// Keeps the image from being collected: drop it when the container's own record names its layers.
    pub hold: Lock,
}

impl Engine {
    /// The image that `reference` means, pulled if the policy says so, with all layers unpacked.
    pub fn image_for_run(
        &self,
        reference: &str,
        pull: PullPolicy,
        platform: Option<&Platform>,
        progress: &dyn Progress,
    ) -> Result<RunImage> {
        if self.means_embedded(reference)? {
            self.ensure_hello(progress)?;
            return self.take_for_run(reference, platform, progress);
        }
        match pull {
            PullPolicy::Never => return self.take_for_run(reference, platform, progress),
            // The usual case: one look at the store.
            PullPolicy::Missing => match self.take_for_run(reference, platform, progress) {
                Err(e) if error::is(&e, Kind::NotFound) => {}
                other => return other,
            },
            // An image that was given by its ID can't be asked for.
            PullPolicy::Always | PullPolicy::Newer if self.is_id(reference)? => {
                return self.take_for_run(reference, platform, progress);
            }
            PullPolicy::Always | PullPolicy::Newer => {}
        }
        match self.pull_for_run(reference, pull, platform, progress) {
            // The registry is away, but what is here may do.
            Err(e) if pull == PullPolicy::Newer && self.image_exists(reference)? => {
                log::warn!("{e:#}; using the image that is here");
            }
            other => other?,
        }
        self.take_for_run(reference, platform, progress)
    }

    /// Whether the name means the embedded image, which no other image has taken it from.
    fn means_embedded(&self, reference: &str) -> Result<bool> {
        if !lookup::is_embedded(reference) {
            return Ok(false);
        }
        let images = self.images();
        let found = lookup::find_opt(&images, &images.records()?, reference)?;
        Ok(found.is_none_or(|found| found.record.name() == Some(lookup::EMBEDDED)))
    }

    /// Whether the text is the ID of a stored image, and no name.
    fn is_id(&self, reference: &str) -> Result<bool> {
        let images = self.images();
        Ok(lookup::find_opt(&images, &images.records()?, reference)?.is_some_and(|found| found.by_id))
    }

    fn take_for_run(
        &self,
        reference: &str,
        platform: Option<&Platform>,
        progress: &dyn Progress,
    ) -> Result<RunImage> {
        let images = self.images();
        // Held before it is looked up: what is found is there to stay.
        let hold = images.hold()?;
        let records = images.records()?;
        let found = lookup::find(&images, &records, reference)?;
        let image = images.image(&found.record)?;
        let has = image.config.platform();
        super::check_platform(reference, &image.config, platform)?;
        if platform.is_none() && !has.runs_on_host() {
            progress.warn(&format!(
                "the requested image's platform ({has}) does not match the detected host platform ({}) and no specific platform was requested",
                Platform::host()
            ));
        }
        let layers = self.layers();
        if image.config.diff_ids.iter().any(|diff_id| !layers.contains(diff_id)) {
            // Lost, perhaps by hand: their blobs are still here.
            self.ensure_layers(&image.manifest, &image.config, &super::Nowhere, progress)?;
        }
        Ok(RunImage {
            id: image.id,
            manifest: image.record.manifest().clone(),
            name: shown(&found, reference),
            layers: image.config.diff_ids,
            config: image.config.spec,
            raw_config: image.config.raw,
            hold,
        })
    }
}

impl Engine {
    /// Sees to it that the image's layers are in a store of their own owners.
    pub fn shift_layers(&self, image: &RunImage, store: &LayerStore, progress: &dyn Progress) -> Result<()> {
        if image.layers.iter().all(|diff_id| store.contains(diff_id)) {
            return Ok(());
        }
        let (_, manifest, config) = self.images().documents(&image.manifest)?;
        self.ensure_layers_in(store, &manifest, &config, &super::Nowhere, progress)?;
        // Before a container is recorded that has them.
        store.flush_names()
    }
}

fn shown(found: &Found, typed: &str) -> String {
    if found.by_id {
        return typed.to_string();
    }
    store::Record::reference(&found.record).map_or_else(|| typed.to_string(), |name| name.familiar())
}
