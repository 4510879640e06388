//! Which OCI runtime runs a container: the built-in, one that a configuration file names, or a program of this host.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Settings;
use crate::container::external::ExternalRuntime;
use crate::error::{Context, Kind, Result};

/// The built-in's name.
pub const BUILT_IN: &str = "dhow";

/// Where programs are looked for that are named without a path.
const DIRECTORIES: [&str; 6] =
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

impl Settings {
    /// The runtime that was asked for by name or path, or the usual one; `None`: the built-in.
    pub fn external_runtime(&self, asked: Option<&str>) -> Result<Option<ExternalRuntime>> {
        let name = asked.filter(|n| !n.is_empty()).or(self.runtime.as_deref()).unwrap_or(BUILT_IN);
        if name == BUILT_IN {
            return Ok(None);
        }
        let path = if let Some(path) = self.runtimes.get(name) {
            path.clone()
        } else if name.contains('/') {
            std::path::absolute(name)?
        } else {
            match DIRECTORIES.iter().map(|d| Path::new(d).join(name)).find(|p| p.is_file()) {
                Some(path) => path,
                None => {
                    return Kind::Invalid.err(format!(
                        "unknown or invalid runtime name: {name} (neither in `runtimes` of config.toml nor a program in {})",
                        DIRECTORIES.join(":")
                    ));
                }
            }
        };
        if !path.is_file() {
            return Kind::Invalid.err(format!("--runtime {name}: {}: no such file", path.display()));
        }
        let init = std::fs::read_link("/proc/self/exe").context("reading /proc/self/exe")?;
        Ok(Some(ExternalRuntime { name: name.into(), path, init }))
    }

    /// For `info`: all that have a name.
    pub fn runtimes(&self) -> Value {
        let mut all = serde_json::Map::new();
        all.insert(BUILT_IN.into(), json!({"path": BUILT_IN}));
        for (name, path) in &self.runtimes {
            all.insert(name.clone(), json!({"path": path.display().to_string()}));
        }
        all.into()
    }

    /// The one that containers have for which none is asked.
    pub fn default_runtime(&self) -> &str {
        self.runtime.as_deref().unwrap_or(BUILT_IN)
    }
}

/// A name and its program.
pub(super) fn program(name: &str, path: &str) -> Result<PathBuf> {
    if name == BUILT_IN {
        return Kind::Invalid.err(format!("{BUILT_IN:?} is the built-in runtime's name"));
    }
    super::keys::path(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_runtime_is_found_by_name_and_by_path() {
        let mut settings = Settings::default();
        assert_eq!(settings.external_runtime(None).unwrap(), None);
        assert_eq!(settings.external_runtime(Some("/bin/sh")).unwrap().unwrap().path, Path::new("/bin/sh"));
        settings.runtimes.insert("mine".into(), "/bin/true".into());
        settings.runtime = Some("mine".into());
        assert_eq!(settings.external_runtime(None).unwrap().unwrap().name, "mine");
        assert_eq!(settings.external_runtime(Some("dhow")).unwrap(), None);
        for bad in ["no-such-runtime", "/no/such/runtime"] {
            assert!(settings.external_runtime(Some(bad)).unwrap_err().to_string().contains(bad));
        }
        assert_eq!(settings.runtimes()["mine"]["path"], "/bin/true");
        assert_eq!(settings.default_runtime(), "mine");
    }
}
