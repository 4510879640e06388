//! `import`: a root file system as a tar stream becomes an image of one layer.

use std::io::{BufReader, Read, Write};

use serde_json::{Map, json};

use super::{Nowhere, assemble, instructions};
use crate::engine::Engine;
use crate::engine::progress::Progress;
use crate::error::{Context, Kind, Result};
use crate::image::document::{Descriptor, Manifest};
use crate::image::media::{Compression, OCI_CONFIG, OCI_MANIFEST};
use crate::image::store::NewImage;
use crate::image::{ImageReference, Platform, archive, config};
use crate::registry::download;
use crate::state::Digest;
use crate::state::digest::{Algorithm, HashingReader};

#[derive(Debug, Clone, Default)]
pub struct ImportRequest {
    pub name: Option<ImageReference>,
    pub message: Option<String>,
    /// Dockerfile instructions: CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME, WORKDIR.
    pub changes: Vec<String>,
    pub platform: Option<Platform>,
    /// Where it came from, for the comment.
    pub source: String,
}

impl Engine {
    /// Imports what the request's source, a URL, has.
    pub fn import_url(&self, request: &ImportRequest, progress: &dyn Progress) -> Result<Digest> {
        let body = download::open(&request.source)?;
        self.import(request, body, progress).with_context(|| format!("importing {}", request.source))
    }

    /// Imports a root file system; answers the image ID.
    pub fn import(&self, request: &ImportRequest, tar: impl Read, progress: &dyn Progress) -> Result<Digest> {
        // Before a gigabyte is read.
        let mut run_config = Map::new();
        instructions::apply(&mut run_config, &request.changes)?;
        let store = self.images();
        let plain = archive::decompressed(BufReader::with_capacity(256 << 10, tar))?;
        let mut reader = HashingReader::new(plain, Algorithm::Sha256);
        let mut blob = store.blobs.create(Algorithm::Sha256)?;
        std::io::copy(&mut reader, &mut blob).context("reading the archive")?;
        blob.flush()?;
        if blob.size() == 0 {
            return Kind::Corrupt.err("the archive is empty");
        }
        let diff_id = reader.finish();
        let layer = Descriptor::new(Compression::Plain.layer_type(), blob.digest(), blob.size());
        let platform = request.platform.clone().unwrap_or_else(Platform::host);
        let created = jiff::Timestamp::now().to_string();
        let comment = request.message.clone().unwrap_or_else(|| format!("Imported from {}", request.source));
        let mut document = json!({
            "created": created,
            "architecture": platform.architecture,
            "os": platform.os,
            "config": run_config,
            "rootfs": {"type": "layers", "diff_ids": [diff_id]},
            "history": [{"created": created, "comment": comment}],
        });
        if let Some(variant) = &platform.variant {
            document["variant"] = variant.clone().into();
        }
        let config_bytes = serde_json::to_vec(&document).context("encoding the configuration")?;
        let manifest = Manifest::new(Descriptor::of(OCI_CONFIG, &config_bytes), vec![layer]);
        let bytes = serde_json::to_vec(&manifest).context("encoding the manifest")?;
        let descriptor = Descriptor::of(OCI_MANIFEST, &bytes);
        let config = config::parse(&config_bytes)?;
        let lease = store.lease(&assemble::parts(&descriptor.digest, &manifest, Some(&config)))?;
        let id = manifest.config.digest.clone();
        let listed = (|| {
            blob.finish(None)?;
            self.ensure_layers(&manifest, &config, &Nowhere, progress)?;
            store.blobs.put(&config_bytes)?;
            store.blobs.put(&bytes)?;
            store.add(NewImage {
                manifest: descriptor,
                id: id.clone(),
                name: request.name.as_ref(),
                repo_digest: None,
            })
        })();
        self.give_back_unless(listed, lease)?;
        self.tell_image("import", &id.to_string(), &id.to_string());
        Ok(id)
    }
}
