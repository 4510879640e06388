//! How much a container has written.

use std::collections::HashSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::ContainerSummary;
use crate::container::owners;
use crate::engine::Engine;
use crate::error::Result;

impl Engine {
    /// Bytes in the container's own layer; `None` for one that runs from a directory of the host.
    pub fn written_size(&self, container: &ContainerSummary) -> Result<Option<u64>> {
        if !container.config.has_layer() {
            return Ok(None);
        }
        let dir = self.containers().dir(&container.config.id);
        Ok(Some(tree_size(&dir.path.join("upper"), &mut HashSet::new())))
    }

    /// Bytes of the whole root file system, and of what was written in it.
    pub fn container_sizes(&self, wanted: &str) -> Result<(u64, u64)> {
        let (dir, _) = self.find(wanted)?;
        let config = dir.config()?;
        if let Some(rootfs) = &config.rootfs {
            let below = tree_size(rootfs, &mut HashSet::new());
            let written = tree_size(&dir.path.join("upper"), &mut HashSet::new());
            return Ok((below + written, written));
        }
        let written = tree_size(&dir.path.join("upper"), &mut HashSet::new());
        let layers = owners::layers(&self.roots, &config);
        let below: u64 =
            config.layers.iter().map(|l| tree_size(&layers.fs_dir(l), &mut HashSet::new())).sum();
        Ok((below + written, written))
    }
}

/// Sizes of all files below, hard links counted once. What can't be read (an ordinary user's container may have made it so) counts
/// nothing.
pub(in crate::engine) fn tree_size(dir: &Path, seen: &mut HashSet<(u64, u64)>) -> u64 {
    let mut total = 0;
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        let Ok(meta) = entry.metadata() else { continue };
        if meta.is_dir() {
            total += tree_size(&entry.path(), seen);
        } else if meta.nlink() == 1 || seen.insert((meta.dev(), meta.ino())) {
            total += meta.len();
        }
    }
    total
}
