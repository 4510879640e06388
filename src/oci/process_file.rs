//! The documents that callers hand over and get back: bundles, process documents, pid files.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use oci_spec::runtime::Process;
use serde_json::Value;

use super::store::complete_process;
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};

/// The absolute path of a bundle and its `config.json`.
pub fn read_bundle(bundle: Option<&Path>) -> Result<(PathBuf, Vec<u8>)> {
    let bundle = bundle.unwrap_or(Path::new("."));
    let bundle = match std::fs::canonicalize(bundle) {
        Ok(path) => path,
        Err(e) if e.kind() == ErrorKind::NotFound => {
            return Kind::NotFound.err(format!("chdir {}: no such file or directory", bundle.display()));
        }
        Err(e) => return Err(e).with_context(|| format!("opening the bundle {}", bundle.display())),
    };
    match file::read_opt(&bundle.join("config.json"))? {
        Some(bytes) => Ok((bundle, bytes)),
        None => Kind::NotFound
            .err(format!("JSON specification file config.json not found in the bundle {}", bundle.display())),
    }
}

/// A process document, as `exec --process` takes it.
pub fn read_process(path: &Path) -> Result<Process> {
    let Some(bytes) = file::read_opt(path)? else {
        return Kind::NotFound.err(format!("open {}: no such file or directory", path.display()));
    };
    let invalid =
        |e: serde_json::Error| Kind::Invalid.error(format!("{} is no valid process: {e}", path.display()));
    let mut value: Value = serde_json::from_slice(&bytes).map_err(invalid)?;
    complete_process(&mut value);
    serde_json::from_value(value).map_err(invalid)
}

/// The pid as text, nothing else. A reader sees all of it or no file.
pub fn write_pid(path: &Path, pid: i32) -> Result<()> {
    file::write_mode(path, pid.to_string().as_bytes(), 0o644, Durability::Ephemeral)
}
