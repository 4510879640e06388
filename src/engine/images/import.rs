//! `import`: a root file system as a tar stream becomes an image of one layer.

use std::io::{BufRead, BufReader, Read};

use serde_json::{Map, Value, json};

use super::assemble::Made;
use super::instructions;
use crate::engine::Engine;
use crate::engine::progress::Progress;
use crate::error::{Context, Kind, Result};
use crate::image::document::{Descriptor, Manifest};
use crate::image::media::{Compression, OCI_CONFIG};
use crate::image::{ImageReference, Platform, archive};
use crate::registry::download;
use crate::state::Digest;

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

impl ImportRequest {
    /// Refuses what can't be, and gives what the image's containers are run with.
    fn check(&self) -> Result<Map<String, Value>> {
        if self.platform.as_ref().is_some_and(|platform| platform.os != Platform::host().os) {
            return Kind::Invalid.err("operating system is not supported");
        }
        let mut run_config = Map::new();
        instructions::apply(&mut run_config, &self.changes)?;
        Ok(run_config)
    }
}

/// The two blocks of zeros that a tar archive ends with.
const END_OF_TAR: [u8; 1024] = [0; 1024];

impl Engine {
    /// Imports what the request's source, a URL, has.
    pub fn import_url(&self, request: &ImportRequest, progress: &dyn Progress) -> Result<Digest> {
        request.check()?;
        let body = download::open(&request.source)?;
        self.import(request, body, progress).with_context(|| format!("importing {}", request.source))
    }

    /// Imports a root file system; answers the image ID.
    pub fn import(
        &self,
        request: &ImportRequest,
        tar: impl Read + Send,
        progress: &dyn Progress,
    ) -> Result<Digest> {
        // Before a gigabyte is read.
        let run_config = request.check()?;
        let mut plain = archive::decompressed(BufReader::with_capacity(256 << 10, tar))?;
        // Nothing at all is an archive of nothing, as for docker.
        let is_empty = plain.fill_buf().context("reading the archive")?.is_empty();
        let end: &[u8] = if is_empty { &END_OF_TAR } else { &[] };
        let layer = self.new_layer(end.chain(plain))?;
        let platform = request.platform.clone().unwrap_or_else(Platform::host);
        let created = jiff::Timestamp::now().to_string();
        let comment = request.message.clone().unwrap_or_else(|| format!("Imported from {}", request.source));
        let mut config = json!({
            "created": created,
            "architecture": platform.architecture,
            "os": platform.os,
            "config": run_config,
            "rootfs": {"type": "layers", "diff_ids": [layer.digest()]},
            "history": [{"created": created, "comment": comment}],
        });
        if let Some(variant) = &platform.variant {
            config["variant"] = variant.clone().into();
        }
        let document = serde_json::to_vec(&config).context("encoding the configuration")?;
        let manifest = Manifest::new(
            Descriptor::of(OCI_CONFIG, &document),
            vec![layer.descriptor(Compression::Plain.layer_type())],
        );
        let made = Made {
            manifest: &manifest,
            document: &document,
            layer: Some(layer),
            name: request.name.as_ref(),
        };
        let id = self.add_made(made, progress)?;
        self.tell_image("import", &id.to_string(), &id.to_string());
        Ok(id)
    }
}
