//! What is done about each kind of finding.

use std::path::PathBuf;

use super::Finding;
use crate::engine::Engine;
use crate::engine::images::Nowhere;
use crate::engine::progress::Silent;
use crate::error::{self, Result};
use crate::image::document::Descriptor;
use crate::layers::LayerStore;
use crate::state::Digest;

/// What to do about a finding.
#[derive(Debug)]
pub(super) enum Remedy {
    /// Unpack a layer that isn't there.
    Unpack {
        blob: Descriptor,
        diff_id: Digest,
        into: LayerStore,
    },
    /// Unpack a layer anew and put it in the place of the one that is there.
    Replace {
        blob: Descriptor,
        diff_id: Digest,
    },
    /// Remove a damaged blob, so that it can be had again.
    RemoveBlob {
        digest: Digest,
        needed_by: Vec<String>,
    },
    /// Remove a name that stands for nothing.
    RemoveName(String),
    /// Remove what killed processes have left.
    SweepContainers,
    SweepVolumes,
    SweepImages,
    /// Make the directory of a volume's files again, empty.
    MakeDirectory(PathBuf),
    /// Nothing can be done here; what the user can do.
    Advise(String),
}

impl Remedy {
    /// Before.
    pub fn offer(&self) -> String {
        match self {
            Self::Unpack { .. } => "--repair unpacks it from its blob".into(),
            Self::Replace { .. } => "--repair unpacks it anew from its blob".into(),
            Self::RemoveBlob { needed_by, .. } => {
                format!("--repair removes it; then pull or load {} again", needed_by.join(", "))
            }
            Self::RemoveName(_) | Self::SweepContainers | Self::SweepVolumes | Self::SweepImages => {
                "--repair removes it".into()
            }
            Self::MakeDirectory(_) => "--repair makes it again, empty".into(),
            Self::Advise(advice) => advice.clone(),
        }
    }

    /// Afterwards.
    fn done(&self) -> String {
        match self {
            Self::Unpack { .. } => "unpacked from its blob".into(),
            Self::Replace { .. } => "unpacked anew from its blob".into(),
            Self::RemoveBlob { needed_by, .. } => {
                format!("removed; pull or load {} again", needed_by.join(", "))
            }
            Self::RemoveName(_) | Self::SweepContainers | Self::SweepVolumes | Self::SweepImages => {
                "removed".into()
            }
            Self::MakeDirectory(_) => "made again, empty".into(),
            Self::Advise(advice) => advice.clone(),
        }
    }

    /// Whether with it everything is as it was.
    fn mends(&self) -> bool {
        !matches!(self, Self::RemoveBlob { .. } | Self::Advise(_))
    }
}

impl Engine {
    /// Mends what was found, and notes how. What fails is told with the finding: the others are mended all the same.
    pub(super) fn mend(&self, findings: &mut [Finding], remedies: Vec<Remedy>) {
        let mut all: Vec<_> = findings.iter_mut().zip(remedies).collect();
        // Blobs go last: layers may still be made of them.
        all.sort_by_key(|(_, remedy)| matches!(remedy, Remedy::RemoveBlob { .. }));
        for (finding, remedy) in all {
            match self.apply(&remedy) {
                Ok(()) => {
                    finding.remedy = remedy.done();
                    finding.repaired = remedy.mends();
                }
                Err(e) => finding.remedy = format!("could not be mended: {}", error::one_line(&e)),
            }
        }
    }

    fn apply(&self, remedy: &Remedy) -> Result<()> {
        match remedy {
            Remedy::Unpack { blob, diff_id, into } => {
                self.ensure_layer(blob, diff_id, into, &Nowhere, &Silent)
            }
            Remedy::Replace { blob, diff_id } => self.replace_layer(blob, diff_id),
            Remedy::RemoveBlob { digest, .. } => self.images().blobs.remove(digest),
            Remedy::RemoveName(name) => self.containers().remove_dangling(name),
            Remedy::SweepContainers => self.sweep_lost(),
            Remedy::SweepVolumes => self.sweep_volumes(),
            Remedy::SweepImages => self.sweep_images(),
            Remedy::MakeDirectory(path) => crate::state::file::make_dirs(path, 0o755),
            Remedy::Advise(_) => Ok(()),
        }
    }
}
