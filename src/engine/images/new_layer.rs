//! A layer that is made here, of a stream that only its end tells the digest of: blob and files in one pass.

use std::io::{Read, Write};

use super::layer::{Telling, say};
use crate::engine::Engine;
use crate::error::Result;
use crate::image::blob::BlobWriter;
use crate::image::document::Descriptor;
use crate::layers::store::Staged;
use crate::layers::unpack::Summary;
use crate::state::Digest;
use crate::state::digest::Algorithm;

/// Neither its blob nor its files have a name yet; dropping it leaves nothing.
pub(super) struct NewLayer {
    blob: BlobWriter,
    staged: Staged,
    summary: Summary,
}

impl NewLayer {
    /// In bytes, of the archive.
    pub fn size(&self) -> u64 {
        self.blob.size()
    }

    /// Digest of the blob, and diff ID.
    pub fn digest(&self) -> Digest {
        self.blob.digest()
    }

    /// The blob as a manifest has it.
    pub fn descriptor(&self, media_type: &str) -> Descriptor {
        Descriptor::new(media_type, self.digest(), self.size())
    }
}

impl Engine {
    /// Stores and unpacks an archive that isn't compressed.
    pub(super) fn new_layer(&self, tar: impl Read + Send) -> Result<NewLayer> {
        let mut blob = self.images().blobs.create(Algorithm::Sha256)?;
        let staged = self.layers().begin()?;
        let mut see = |piece: &[u8]| blob.write_all(piece);
        match self.stream(tar, &mut see, &staged, Telling::Caller) {
            Ok((summary, _)) => Ok(NewLayer { blob, staged, summary }),
            Err(error) => {
                self.give_up(staged);
                Err(error)
            }
        }
    }

    /// Gives both their names. The caller holds a lease on them.
    pub(super) fn put_into_place(&self, layer: NewLayer) -> Result<()> {
        let (digest, _) = layer.blob.finish(None)?;
        say(&layer.summary);
        layer.staged.publish_as(&self.layers(), &digest, layer.summary, &self.remover())
    }

    /// Removes a layer that isn't wanted.
    pub(super) fn give_up(&self, staged: Staged) {
        if let Err(left) = staged.discard(&self.remover()) {
            log::warn!("{left:#}");
        }
    }
}
