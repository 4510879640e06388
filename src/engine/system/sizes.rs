//! How many bytes trees hold in which containers have written.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::engine::Engine;
use crate::engine::containers::tree_size;
use crate::error::{Context, Result};
use crate::namespaces::mapped;

/// `sizes PATH…`: the bytes below each, as a JSON list on standard output.
pub(crate) const SIZES: &str = "sizes";

/// So many paths are given to one role: the kernel bounds the length of its arguments.
const AT_ONCE: usize = 1000;

/// The role `sizes`.
pub(crate) fn sizes_role(args: &[OsString]) -> Result<u8> {
    let sizes: Vec<u64> = args.iter().map(|path| tree_size(Path::new(path), &mut HashSet::new())).collect();
    std::io::stdout().write_all(&serde_json::to_vec(&sizes)?).context("answering")?;
    Ok(0)
}

impl Engine {
    /// Bytes below each path, hard links within one of them counted once; of one that doesn't exist, 0. An ordinary user's containers have
    /// directories that only a process with their ids may read.
    pub(in crate::engine) fn tree_sizes(&self, paths: &[PathBuf]) -> Result<Vec<u64>> {
        if !self.roots.rootless {
            return Ok(paths.iter().map(|path| tree_size(path, &mut HashSet::new())).collect());
        }
        let mut sizes = Vec::with_capacity(paths.len());
        for some in paths.chunks(AT_ONCE) {
            let role = mapped::spawn(SIZES, some, |command| {
                command.stdin(Stdio::null()).stdout(Stdio::piped());
            })?;
            let output = role.child.wait_with_output().context("waiting for the role sizes")?;
            let answer: Vec<u64> = serde_json::from_slice(&output.stdout)
                .with_context(|| format!("measuring {} and others", some[0].display()))?;
            sizes.extend(answer);
        }
        Ok(sizes)
    }
}
