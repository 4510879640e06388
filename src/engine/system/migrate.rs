//! `system migrate`: gives what an older dhow has written its present form.

use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;

use crate::engine::Engine;
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::state::{Roots, version};
use crate::volumes::{Given, MountPoint, MountSource, Readonly};

/// A bind mount as containers had it before there were volumes.
#[derive(Debug, Deserialize)]
struct OldBind {
    source: PathBuf,
    destination: PathBuf,
    #[serde(default)]
    readonly: bool,
    #[serde(default)]
    propagation: String,
}

impl OldBind {
    fn into_mount(self) -> MountPoint {
        let mut options = Vec::new();
        if self.readonly {
            options.push("ro".to_string());
        }
        // What was usual was written down, too.
        if !self.propagation.is_empty() && self.propagation != "rprivate" {
            options.push(self.propagation.clone());
        }
        let source = MountSource::Bind { path: self.source, create: true };
        let mut mount = MountPoint::new(self.destination, source, Given::Volume(options.join(",")));
        mount.readonly = if self.readonly { Readonly::Yes } else { Readonly::No };
        mount.propagation = self.propagation;
        mount
    }
}

/// A container's config in the present form; `None` if it has it.
fn migrated(mut config: Value) -> Result<Option<Value>> {
    let Some(binds) = config.as_object_mut().and_then(|object| object.remove("binds")) else {
        return Ok(None);
    };
    let binds: Vec<OldBind> = serde_json::from_value(binds).context("its bind mounts")?;
    let mounts = binds.into_iter().map(|bind| serde_json::to_value(bind.into_mount()));
    let mut mounts = mounts.collect::<Result<Vec<_>, _>>().context("its bind mounts")?;
    if let Some(Value::Array(more)) = config.get_mut("mounts").map(Value::take) {
        mounts.extend(more);
    }
    config["mounts"] = mounts.into();
    Ok(Some(config))
}

/// The configs of all containers, with their paths.
fn configs(roots: &Roots) -> Result<Vec<(PathBuf, Value)>> {
    let mut found = Vec::new();
    for dir in crate::container::ContainerStore::new(roots).list()? {
        let path = dir.path.join("config.json");
        // What is gone is no concern, and what is damaged one of `system check`.
        if let Ok(Some(config)) = file::read_json_opt::<Value>(&path) {
            found.push((path, config));
        }
    }
    Ok(found)
}

/// Sees to it that the root has this dhow's version, or says who can read it. A root without a version is new, or of a dhow that wrote
/// none; it needs work only if a container of that time has bind mounts.
pub(in crate::engine) fn check_version(roots: &Roots) -> Result<()> {
    if version::read(roots)?.is_some() {
        return Ok(());
    }
    let is_old = |config: &Value| config["binds"].as_array().is_some_and(|binds| !binds.is_empty());
    if configs(roots)?.iter().any(|(_, config)| is_old(config)) {
        return Kind::Unsupported.err(format!(
            "{} was written by an older dhow; run `dhow system migrate` once",
            roots.root.display()
        ));
    }
    // On a full or read-only disk the next command tries again.
    if let Err(e) = version::write(roots) {
        log::debug!("{e:#}");
    }
    Ok(())
}

impl Engine {
    /// Brings the root to this dhow's version; how many containers had to be changed. May be interrupted and run again.
    pub fn migrate(&self) -> Result<usize> {
        version::read(&self.roots)?;
        let mut changed = 0;
        for (path, config) in configs(&self.roots)? {
            let new = migrated(config).with_context(|| format!("migrating {}", path.display()))?;
            if let Some(new) = new {
                file::write_json(&path, &new, Durability::Durable)?;
                changed += 1;
            }
        }
        version::write(&self.roots)?;
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn binds_become_mounts_once() {
        let old = json!({"name": "c", "binds": [
            {"source": "/a", "destination": "/b", "readonly": true, "propagation": "rslave"},
            {"source": "/c", "destination": "/d", "readonly": false, "propagation": "rprivate"},
        ]});
        let new = migrated(old).unwrap().unwrap();
        assert!(new.get("binds").is_none() && new["name"] == "c");
        let mounts: Vec<MountPoint> = serde_json::from_value(new["mounts"].clone()).unwrap();
        assert_eq!(mounts.len(), 2);
        assert_eq!(mounts[0].given, Given::Volume("ro,rslave".into()));
        assert!(mounts[0].readonly.is_set() && !mounts[1].readonly.is_set());
        assert_eq!(mounts[1].source, MountSource::Bind { path: "/c".into(), create: true });
        assert_eq!(mounts[1].given, Given::Volume(String::new()));
        assert!(migrated(new).unwrap().is_none());
    }
}
