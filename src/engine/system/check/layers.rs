//! The unpacked layers of the images.

use std::ffi::OsString;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::process::Stdio;

use super::Check;
use super::blobs::Layer;
use super::repair::Remedy;
use crate::engine::Engine;
use crate::error::{Context, Kind, Result, one_line};
use crate::image::document::Descriptor;
use crate::layers::compare;
use crate::namespaces::mapped;
use crate::state::Digest;

/// `compare IS SHOULD`: the first difference between two trees, as JSON on standard output.
pub(crate) const COMPARE: &str = "compare";

/// The role `compare`.
pub(crate) fn compare_role(args: &[OsString]) -> Result<u8> {
    let [is, should] = args else { return Kind::Invalid.err("compare IS SHOULD") };
    let difference = compare::trees(Path::new(is), Path::new(should))?;
    std::io::stdout().write_all(&serde_json::to_vec(&difference)?).context("answering")?;
    Ok(0)
}

impl Check<'_> {
    /// Looks at every layer that images have.
    pub fn layers(&mut self) -> Result<()> {
        let layers = std::mem::take(&mut self.known.layers);
        self.report.layers = layers.len();
        for (diff_id, layer) in &layers {
            self.layer(diff_id, layer)?;
        }
        self.known.layers = layers;
        Ok(())
    }

    fn layer(&mut self, diff_id: &Digest, layer: &Layer) -> Result<()> {
        let store = self.engine.layers();
        let object = format!("layer {diff_id}");
        let Layer { blob, has_blob, images } = layer;
        let again = || Remedy::Advise(format!("pull or load {} again", images.join(", ")));
        if !store.contains(diff_id) {
            let unpack = Remedy::Unpack { blob: blob.clone(), diff_id: diff_id.clone(), into: store };
            self.damage(object, "it is not unpacked", if *has_blob { unpack } else { again() });
            return Ok(());
        }
        let problem = match store.meta(diff_id) {
            Ok(Some(meta)) if meta.diff_id == *diff_id && store.fs_dir(diff_id).is_dir() => None,
            Ok(Some(_)) => Some("what was noted of it is of another layer, or its files are gone".into()),
            Ok(None) => Some("what was noted of it is gone".into()),
            Err(e) => Some(one_line(&e)),
        };
        let problem = match problem {
            None if *has_blob && !self.quick => self.engine.compare_layer(blob, diff_id)?,
            other => other,
        };
        if let Some(problem) = problem {
            let replace = Remedy::Replace { blob: blob.clone(), diff_id: diff_id.clone() };
            self.damage(object, problem, if *has_blob { replace } else { again() });
        }
        Ok(())
    }
}

impl Engine {
    /// How an unpacked layer differs from what its blob makes.
    fn compare_layer(&self, blob: &Descriptor, diff_id: &Digest) -> Result<Option<String>> {
        let (layers, remover) = (self.layers(), self.remover());
        let Some(staged) = layers.claim_again(diff_id, &remover)? else { return Ok(None) };
        let file = File::open(self.images().blobs.path(&blob.digest)).context("opening a blob")?;
        let compared = self.unpack_beside(file, &staged).and_then(|made| match made {
            (_, found) if found != *diff_id => Ok(Some(format!("its blob makes the layer {found}"))),
            _ => self.compare(&layers.fs_dir(diff_id), &staged.fs_dir()),
        });
        staged.discard(&remover)?;
        compared.with_context(|| format!("checking the layer {diff_id}"))
    }

    fn compare(&self, is: &Path, should: &Path) -> Result<Option<String>> {
        if !self.roots.rootless {
            return compare::trees(is, should);
        }
        let role = mapped::spawn(COMPARE, &[is, should], |command| {
            command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        })?;
        let output = role.child.wait_with_output().context("waiting for the role compare")?;
        if !output.status.success() {
            let reason = String::from_utf8_lossy(&output.stderr).trim().to_string();
            return Err(anyhow::anyhow!(reason));
        }
        serde_json::from_slice(&output.stdout).context("comparing a layer")
    }

    /// Puts a layer that is made anew in the place of the one that is there. Containers that run keep the old one until they end.
    pub(super) fn replace_layer(&self, blob: &Descriptor, diff_id: &Digest) -> Result<()> {
        let (layers, remover) = (self.layers(), self.remover());
        let Some(staged) = layers.claim_again(diff_id, &remover)? else { return Ok(()) };
        let file = File::open(self.images().blobs.path(&blob.digest)).context("opening a blob")?;
        match self.unpack_beside(file, &staged) {
            Ok((summary, found)) if found == *diff_id => staged.replace(summary, &remover),
            Ok((_, found)) => {
                staged.discard(&remover)?;
                Kind::Corrupt.err(format!("its blob makes the layer {found}"))
            }
            Err(e) => {
                staged.discard(&remover)?;
                Err(e)
            }
        }
    }
}
