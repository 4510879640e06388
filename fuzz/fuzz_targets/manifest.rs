//! Manifests, indexes and image configurations from a hostile registry.
#![no_main]

use dhow::image::{Platform, config, document};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = config::parse(bytes).map(|config| (config.platform(), config.created(), config.history()));
    let media_types = [
        None,
        Some("application/vnd.oci.image.index.v1+json"),
        Some("application/vnd.docker.distribution.manifest.v2+json"),
    ];
    for media_type in media_types {
        if let Ok(document::Document::Index(index)) = document::parse(bytes, media_type) {
            let _ = index.select(&Platform::host());
        }
    }
});
