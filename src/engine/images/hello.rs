//! The embedded image `hello`: one layer that holds this very binary, made at first use, without a network.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;

use serde_json::json;

use super::assemble::Made;
use crate::engine::Engine;
use crate::engine::progress::Progress;
use crate::error::{Context, Result};
use crate::image::document::{Descriptor, Manifest};
use crate::image::lookup::EMBEDDED;
use crate::image::media::{OCI_CONFIG, OCI_LAYER};
use crate::image::{ImageReference, Platform};

/// Annotation of its record: which file it was made of.
const SOURCE: &str = "io.dhow.hello.source";

impl Engine {
    /// Makes the image, unless it is there and of this binary.
    pub(super) fn ensure_hello(&self, progress: &dyn Progress) -> Result<()> {
        let binary = File::open("/proc/self/exe").context("opening this program")?;
        let meta = binary.metadata().context("looking at this program")?;
        let source =
            format!("{}:{}:{}:{}.{}", meta.dev(), meta.ino(), meta.len(), meta.mtime(), meta.mtime_nsec());
        let store = self.images();
        let is_ours = |record: &&crate::image::store::Record| record.name() == Some(EMBEDDED);
        let known = store.records()?.iter().find(is_ours).and_then(|r| r.0.annotations.get(SOURCE).cloned());
        if known.as_deref() == Some(&*source) {
            return Ok(());
        }
        let mut header = tar::Header::new_gnu();
        header.set_path("dhow").context("naming the entry")?;
        header.set_mode(0o755);
        header.set_size(meta.len());
        header.set_mtime(meta.mtime().unsigned_abs());
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        let padding = u64::from(512u16) * 2 + meta.len().wrapping_neg() % 512;
        let tar = header.as_bytes().chain(binary).chain(std::io::repeat(0).take(padding));
        let layer = self.new_layer(tar).context("copying this program into the image store")?;
        let blob = layer.descriptor(OCI_LAYER);
        let config_bytes = configuration(&blob, meta.mtime())?;
        let manifest = Manifest::new(Descriptor::of(OCI_CONFIG, &config_bytes), vec![blob]);
        let name = ImageReference::parse(EMBEDDED)?;
        let made =
            Made { manifest: &manifest, document: &config_bytes, layer: Some(layer), name: Some(&name) };
        self.add_made(made, progress)?;
        store.update(|records| {
            // The one made of the former binary would stay as a nameless image for ever.
            records.retain(|r| r.name().is_some() || !r.0.annotations.contains_key(SOURCE));
            if let Some(record) = records.iter_mut().find(|r| r.name() == Some(EMBEDDED)) {
                record.0.annotations.insert(SOURCE.into(), source);
            }
            Ok(())
        })?;
        if known.is_some() {
            // The former binary takes as much room as this one.
            self.collect_images()?;
        }
        Ok(())
    }
}

fn configuration(layer: &Descriptor, mtime: i64) -> Result<Vec<u8>> {
    let host = Platform::host();
    let created = jiff::Timestamp::from_second(mtime).unwrap_or_default().to_string();
    let config = json!({
        "created": created,
        "architecture": host.architecture,
        "os": host.os,
        "config": {
            "Entrypoint": ["/dhow", "hello"],
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "WorkingDir": "/",
            "Labels": {"org.opencontainers.image.title": "hello", "org.opencontainers.image.version": env!("CARGO_PKG_VERSION")},
        },
        "rootfs": {"type": "layers", "diff_ids": [layer.digest]},
        "history": [{"created": created, "created_by": "dhow: this program itself"}],
    });
    serde_json::to_vec(&config).context("encoding the configuration")
}
