//! Media types: OCI's (image specification, media-types.md) and Docker's schema 2.

use crate::error::{Kind, Result};

pub const OCI_MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const OCI_CONFIG: &str = "application/vnd.oci.image.config.v1+json";
pub const OCI_LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
pub const OCI_LAYER_GZIP: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub const OCI_LAYER_ZSTD: &str = "application/vnd.oci.image.layer.v1.tar+zstd";
pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
pub const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar";

/// What a registry is asked for, in order of preference.
pub const ACCEPTED: &[&str] = &[OCI_INDEX, DOCKER_LIST, OCI_MANIFEST, DOCKER_MANIFEST];

/// Whether the type stands for a document that lists manifests.
pub fn is_index(media_type: &str) -> bool {
    matches!(media_type, OCI_INDEX | DOCKER_LIST)
}

/// Whether the type stands for the manifest of one image.
pub fn is_manifest(media_type: &str) -> bool {
    matches!(media_type, OCI_MANIFEST | DOCKER_MANIFEST)
}

/// How a stream is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compression {
    Plain,
    Gzip,
    Zstd,
}

impl Compression {
    /// How many bytes [`Self::detect`] wants.
    pub const MAGIC: usize = 4;

    /// By the first bytes of the stream (RFC 1952, RFC 8878).
    pub fn detect(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // Skippable frames may stand before the data (zstd:chunked).
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }

    /// The OCI media type of a layer that is compressed so.
    pub fn layer_type(self) -> &'static str {
        match self {
            Self::Plain => OCI_LAYER,
            Self::Gzip => OCI_LAYER_GZIP,
            Self::Zstd => OCI_LAYER_ZSTD,
        }
    }
}

/// Refuses what is no layer of a file system: encrypted layers, artifacts, layers that must be fetched from elsewhere. How a layer is
/// compressed is read from its first bytes, as docker does: the types in the wild are not always true.
pub fn check_layer(media_type: &str) -> Result<()> {
    let base = media_type.split('+').next().unwrap_or_default();
    let suffix = media_type.strip_prefix(base).unwrap_or_default();
    let known = match base {
        OCI_LAYER | "application/vnd.oci.image.layer.nondistributable.v1.tar" => {
            matches!(suffix, "" | "+gzip" | "+zstd")
        }
        _ => matches!(
            media_type,
            DOCKER_LAYER
                | "application/vnd.docker.image.rootfs.diff.tar.gzip"
                | "application/vnd.docker.image.rootfs.diff.tar.zstd"
                | "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"
                | "application/vnd.docker.image.rootfs.foreign.diff.tar"
        ),
    };
    if known {
        return Ok(());
    }
    Kind::Unsupported.err(format!("layers of the media type {media_type:?} can't be unpacked"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_layers_are_layers() {
        for good in [OCI_LAYER, OCI_LAYER_GZIP, OCI_LAYER_ZSTD, DOCKER_LAYER] {
            check_layer(good).unwrap();
        }
        for bad in [
            "",
            OCI_CONFIG,
            "application/vnd.oci.image.layer.v1.tar+encrypted",
            "application/vnd.oci.image.layer.v1.tar+gzip+encrypted",
        ] {
            assert!(check_layer(bad).is_err(), "{bad}");
        }
    }
}
