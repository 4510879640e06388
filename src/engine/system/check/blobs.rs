//! The images: their list, their documents and their blobs.

use std::collections::BTreeMap;
use std::io::Read;

use super::Check;
use super::repair::Remedy;
use crate::error::{Context, Kind, Result, is, one_line};
use crate::image::document::{self, Descriptor, MAX_CONFIG, MAX_DOCUMENT, Manifest};
use crate::image::store::{Lease, Record};
use crate::image::{config, media};
use crate::state::digest::Hasher;
use crate::state::{Digest, Lock};

/// What is known of blobs, and of the layers that images have.
#[derive(Debug, Default)]
pub(super) struct Known {
    blobs: BTreeMap<Digest, Blob>,
    /// Diff IDs, and the blob that each is unpacked from.
    pub layers: BTreeMap<Digest, Layer>,
}

#[derive(Debug)]
pub(super) struct Layer {
    pub blob: Descriptor,
    /// Whether the blob is there and sound.
    pub has_blob: bool,
    pub images: Vec<String>,
}

#[derive(Debug)]
struct Blob {
    state: State,
    images: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Sound,
    Missing,
    Damaged,
}

/// What keeps everything from being collected while it is looked at.
pub(super) enum Keeping {
    Lease {
        _lease: Lease,
    },
    /// With a full disk no lease can be written.
    Hold {
        _lock: Lock,
    },
    Nothing,
}

impl Check<'_> {
    /// Looks at all images, and at their blobs.
    pub fn images(&mut self) -> Result<Keeping> {
        let store = self.engine.images();
        if !store.dir().exists() {
            return Ok(Keeping::Nothing);
        }
        let hold = store.hold()?;
        let records = match store.records() {
            Err(e) if is(&e, Kind::Corrupt) => {
                let advice = "put a backup of it in its place, or remove it and pull the images again";
                self.damage("images/index.json".into(), one_line(&e), Remedy::Advise(advice.into()));
                return Ok(Keeping::Hold { _lock: hold });
            }
            other => other?,
        };
        let mut digests: Vec<Digest> = Vec::new();
        for record in &records {
            digests.push(record.manifest().clone());
            if let Ok((id, manifest, config)) = store.documents(record.manifest()) {
                digests.push(id);
                digests.extend(manifest.layers.into_iter().map(|layer| layer.digest));
                digests.extend(config.diff_ids);
            }
        }
        let keeping = match store.lease(&digests) {
            Ok(lease) => {
                drop(hold);
                Keeping::Lease { _lease: lease }
            }
            Err(_) => Keeping::Hold { _lock: hold },
        };
        let mut images: BTreeMap<Digest, Vec<&Record>> = BTreeMap::new();
        for record in &records {
            images.entry(record.manifest().clone()).or_default().push(record);
        }
        self.report.images = images.len();
        for (digest, records) in images {
            self.image(&digest, &names(&records))?;
        }
        self.report_blobs();
        Ok(keeping)
    }

    fn image(&mut self, digest: &Digest, names: &[String]) -> Result<()> {
        let object = || format!("image {}", names.join(", "));
        if !self.blob(digest, None, names)? {
            return Ok(());
        }
        let blobs = self.engine.images().blobs;
        let text = blobs.read(digest, MAX_DOCUMENT)?;
        let manifest: Manifest = match document::parse_manifest(&text) {
            Ok(manifest) => manifest,
            Err(e) => {
                self.damage(object(), one_line(&e), Remedy::Advise("remove it, and pull it again".into()));
                return Ok(());
            }
        };
        let mut has_blob = Vec::new();
        for layer in &manifest.layers {
            has_blob.push(self.blob(&layer.digest, Some(layer), names)?);
        }
        if !self.blob(&manifest.config.digest, Some(&manifest.config), names)? {
            return Ok(());
        }
        let config = config::parse(&blobs.read(&manifest.config.digest, MAX_CONFIG)?);
        let diff_ids = match config {
            Ok(config) if config.diff_ids.len() == manifest.layers.len() => config.diff_ids,
            Ok(config) => {
                let problem = format!(
                    "its manifest names {} layers, its configuration {}",
                    manifest.layers.len(),
                    config.diff_ids.len()
                );
                self.damage(object(), problem, Remedy::Advise("remove it, and pull it again".into()));
                return Ok(());
            }
            Err(e) => {
                self.damage(object(), one_line(&e), Remedy::Advise("remove it, and pull it again".into()));
                return Ok(());
            }
        };
        for ((blob, has_blob), diff_id) in manifest.layers.into_iter().zip(has_blob).zip(diff_ids) {
            let layer = self.known.layers.entry(diff_id).or_insert_with(|| Layer {
                blob: blob.clone(),
                has_blob,
                images: Vec::new(),
            });
            // The same layer may be compressed in several ways: any of them makes it.
            if has_blob && !layer.has_blob {
                (layer.blob, layer.has_blob) = (blob, true);
            }
            layer.images.extend(names.iter().cloned());
        }
        Ok(())
    }

    /// Whether a blob is there and sound. Each is read once.
    fn blob(&mut self, digest: &Digest, descriptor: Option<&Descriptor>, names: &[String]) -> Result<bool> {
        let state = match self.known.blobs.get(digest) {
            Some(known) => known.state,
            None => self.look_at_blob(digest, descriptor)?,
        };
        let blob = self.known.blobs.entry(digest.clone()).or_insert(Blob { state, images: Vec::new() });
        for name in names {
            if !blob.images.contains(name) {
                blob.images.push(name.clone());
            }
        }
        Ok(state == State::Sound)
    }

    fn look_at_blob(&self, digest: &Digest, descriptor: Option<&Descriptor>) -> Result<State> {
        let mut file = match self.engine.images().blobs.open(digest) {
            Err(e) if is(&e, Kind::NotFound) => return Ok(State::Missing),
            other => other?,
        };
        let length = file.metadata().context("looking at a blob")?.len();
        if descriptor.is_some_and(|d| d.size != length) {
            return Ok(State::Damaged);
        }
        // Documents are small, and everything hangs on them.
        let is_document = descriptor.is_none_or(|d| media::check_layer(&d.media_type).is_err());
        if self.quick && !is_document {
            return Ok(State::Sound);
        }
        let mut hasher = Hasher::new(digest.algorithm());
        let mut piece = vec![0; 256 << 10];
        loop {
            match file.read(&mut piece) {
                Ok(0) => break,
                Ok(n) => hasher.update(&piece[..n]),
                // A disk that can't read it: as good as gone.
                Err(e) => {
                    log::debug!("blob {digest}: {e}");
                    return Ok(State::Damaged);
                }
            }
        }
        Ok(if hasher.finish() == *digest { State::Sound } else { State::Damaged })
    }

    fn report_blobs(&mut self) {
        let blobs = std::mem::take(&mut self.known.blobs);
        self.report.blobs = blobs.len();
        for (digest, blob) in blobs {
            let object = format!("blob {digest}");
            match blob.state {
                State::Sound => {}
                State::Missing => {
                    let advice = format!("pull or load {} again", blob.images.join(", "));
                    self.damage(object, "it is missing", Remedy::Advise(advice));
                }
                State::Damaged => {
                    let remedy = Remedy::RemoveBlob { digest, needed_by: blob.images };
                    self.damage(object, "its content is not what its digest says", remedy);
                }
            }
        }
    }
}

/// As a user would name it.
fn names(records: &[&Record]) -> Vec<String> {
    let named: Vec<String> =
        records.iter().filter_map(|r| r.reference()).map(|name| name.familiar()).collect();
    if !named.is_empty() {
        return named;
    }
    let id = records.iter().find_map(|r| r.id());
    vec![id.as_ref().unwrap_or(records[0].manifest()).short().to_string()]
}
