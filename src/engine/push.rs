//! `push`: an image of the store to a registry. Blobs first, three at a time, then the manifest that names them: a registry never has one
//! whose parts it lacks.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::Engine;
use super::progress::{Event, LayerState, Progress};
use crate::error::{Context, Kind, Result, is};
use crate::image::document::{Descriptor, MAX_DOCUMENT, Manifest};
use crate::image::{ImageReference, ImageStore, Platform, lookup};
use crate::registry::RegistryClient;
use crate::registry::push::{Pushed as PushedBlob, Pusher};
use crate::state::Digest;

/// Blobs that are sent at once.
const AT_ONCE: usize = 3;

#[derive(Debug, Clone)]
pub struct PushRequest {
    /// The image as typed, with a tag or without.
    pub name: String,
    /// Where to, if not where its name says.
    pub destination: Option<String>,
    /// All tags of the repository.
    pub all_tags: bool,
    /// What each has to be for.
    pub platform: Option<Platform>,
}

/// A tag that was pushed.
#[derive(Debug, Clone)]
pub struct Pushed {
    pub tag: String,
    pub digest: Digest,
    /// Bytes of the manifest.
    pub size: u64,
}

/// What goes where.
struct Shipment {
    reference: ImageReference,
    descriptor: Descriptor,
    manifest: Manifest,
}

impl Engine {
    /// Pushes an image, or all tags of a repository; each tag is reported when it is there.
    pub fn push(
        &self,
        client: &RegistryClient,
        request: &PushRequest,
        progress: &dyn Progress,
        mut each: impl FnMut(&Pushed),
    ) -> Result<()> {
        let store = self.images();
        // Nothing is collected before it is noted what is needed.
        let hold = store.hold()?;
        let refers =
            |to: &str| progress.event(Event::Notice(&format!("The push refers to repository [{to}]")));
        let none = || -> Result<()> {
            refers(&ImageReference::parse_untagged(&request.name)?.name());
            Ok(())
        };
        let shipments = match shipments(&store, request) {
            // As docker: said before it is looked for.
            Err(error) if is(&error, Kind::NotFound) => return none().and(Err(error)),
            found => found?,
        };
        let digests: Vec<Digest> = shipments
            .iter()
            .flat_map(|s| super::images::parts(&s.descriptor.digest, &s.manifest, None))
            .collect();
        let _lease = store.lease(&digests)?;
        drop(hold);
        let Some(first) = shipments.first() else {
            none()?;
            return Kind::NotFound
                .err(format!("An image does not exist locally with the tag: {}", request.name));
        };
        let pusher = client.pusher(&first.reference)?;
        refers(&pusher.repository());
        for shipment in &shipments {
            each(&ship(&store, &pusher, shipment, progress)?);
            self.tell_image("push", &shipment.reference.familiar(), &shipment.reference.familiar());
        }
        Ok(())
    }
}

fn shipments(store: &ImageStore, request: &PushRequest) -> Result<Vec<Shipment>> {
    let records = store.records()?;
    let untagged = ImageReference::parse_untagged(&request.name)?;
    if request.all_tags && (untagged.tag().is_some() || untagged.digest().is_some()) {
        return Kind::Invalid.err("tag can't be used with --all-tags/-a");
    }
    if request.all_tags && request.destination.is_some() {
        return Kind::Invalid.err("--all-tags goes with no destination");
    }
    let destination = request.destination.as_deref().map(ImageReference::parse).transpose()?;
    let mut found = Vec::new();
    if request.all_tags {
        for record in &records {
            let reference = record.reference().filter(|r| r.name() == untagged.name());
            found.extend(reference.map(|r| (r, record.clone())));
        }
    } else {
        // By an id, too, if it is said where to.
        let one = match lookup::find(store, &records, &request.name) {
            Err(e) if crate::error::is(&e, Kind::NotFound) => {
                return Kind::NotFound
                    .err(format!("An image does not exist locally with the tag: {}", untagged.familiar()));
            }
            other => other?,
        };
        let reference = match destination {
            Some(destination) => destination,
            None if one.by_id => {
                return Kind::Invalid
                    .err(format!("{}: an id says not where to push: give a name", request.name));
            }
            None => ImageReference::parse(&request.name)?,
        };
        if reference.tag().is_none() {
            return Kind::Invalid.err("cannot push a digest reference");
        }
        found.push((reference, one.record));
    }
    let ship = |(reference, record): (ImageReference, crate::image::store::Record)| {
        let image = store.image(&record)?;
        super::images::check_platform(&reference.familiar(), &image.config, request.platform.as_ref())?;
        Ok(Shipment { reference, descriptor: record.0, manifest: image.manifest })
    };
    found.into_iter().map(ship).collect()
}

fn ship(store: &ImageStore, pusher: &Pusher, shipment: &Shipment, progress: &dyn Progress) -> Result<Pushed> {
    let Shipment { reference, descriptor, manifest } = shipment;
    let mut blobs: Vec<&Descriptor> = manifest.layers.iter().collect();
    blobs.push(&manifest.config);
    let mut seen = std::collections::BTreeSet::new();
    blobs.retain(|b| seen.insert(b.digest.clone()));
    for layer in &manifest.layers {
        progress.event(Event::Layer(&layer.digest, LayerState::Preparing));
    }
    let next = AtomicUsize::new(0);
    let failure = Mutex::new(None);
    let work = || {
        while let Some(blob) = blobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            let is_config = blob.digest == manifest.config.digest;
            if let Err(error) = push_blob(store, pusher, blob, is_config, progress) {
                // The others stop; the first failure is told.
                next.store(blobs.len(), Ordering::Relaxed);
                failure.lock().unwrap_or_else(std::sync::PoisonError::into_inner).get_or_insert(error);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..AT_ONCE.min(blobs.len()) {
            scope.spawn(work);
        }
        work();
    });
    if let Some(error) = failure.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner) {
        return Err(error);
    }
    let bytes = store.blobs.read(&descriptor.digest, MAX_DOCUMENT)?;
    let tag = reference.tag().context("the name has a tag")?.to_string();
    pusher.push_manifest(&bytes, &descriptor.media_type, &tag)?;
    Ok(Pushed { tag, digest: descriptor.digest.clone(), size: descriptor.size })
}

fn push_blob(
    store: &ImageStore,
    pusher: &Pusher,
    blob: &Descriptor,
    is_config: bool,
    progress: &dyn Progress,
) -> Result<()> {
    if !store.blobs.contains(blob) {
        return Kind::NotFound
            .err(format!("the blob {} of the image is not in the store: pull the image again", blob.digest));
    }
    let tell = |state| {
        if !is_config {
            progress.event(Event::Layer(&blob.digest, state));
        }
    };
    let sending = |sent: u64| tell(LayerState::Uploading(sent, blob.size));
    let done = pusher.push_blob(&blob.digest, &store.blobs.path(&blob.digest), None, &sending)?;
    tell(match done {
        PushedBlob::Existed => LayerState::Remote,
        PushedBlob::Mounted | PushedBlob::Uploaded => LayerState::Uploaded,
    });
    Ok(())
}
