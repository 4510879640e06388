//! What a registry says of an image, without pulling it (Engine API, DistributionInspect).

use super::Engine;
use crate::error::{Kind, Result};
use crate::image::document::{self, Document, MAX_CONFIG};
use crate::image::{ImageReference, Platform, config, media};
use crate::registry::{Manifest, RegistryClient};
use crate::state::Digest;

/// What the name means at the registry.
#[derive(Debug, Clone)]
pub struct Distribution {
    pub media_type: String,
    pub digest: Digest,
    /// Bytes of the document.
    pub size: u64,
    pub platforms: Vec<Platform>,
}

impl Engine {
    pub fn inspect_distribution(&self, client: &RegistryClient, name: &str) -> Result<Distribution> {
        let mut failure = None;
        for reference in client.candidates(name)? {
            match client.fetch_manifest(&reference) {
                Ok(found) => return describe(client, &reference, found),
                // The next of the names that a short name may mean.
                Err(error) => {
                    failure.get_or_insert(error);
                }
            }
        }
        Err(failure
            .unwrap_or_else(|| Kind::NotFound.error(format!("no registry is configured for {name:?}"))))
    }
}

fn describe(client: &RegistryClient, reference: &ImageReference, found: Manifest) -> Result<Distribution> {
    let declared = Some(found.media_type.as_str()).filter(|t| !t.is_empty());
    let (usual, platforms) = match document::parse(&found.bytes, declared)? {
        Document::Index(index) => {
            (media::OCI_INDEX, index.manifests.into_iter().filter_map(|m| m.platform).collect())
        }
        Document::Manifest(manifest) => {
            let config = &manifest.config;
            if config.size > MAX_CONFIG {
                return Kind::Corrupt.err(format!("the image configuration {} is too large", config.digest));
            }
            let mut bytes = Vec::new();
            let mut blob = client.open_blob(reference, &config.digest, config.size, 0)?;
            std::io::Read::read_to_end(&mut blob, &mut bytes).map_err(crate::error::from_io)?;
            (media::OCI_MANIFEST, vec![config::parse(&bytes)?.platform()])
        }
    };
    Ok(Distribution {
        media_type: declared.unwrap_or(usual).to_string(),
        size: found.bytes.len() as u64,
        digest: found.digest,
        platforms,
    })
}
