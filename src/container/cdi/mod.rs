//! The Container Device Interface (CDI specification 0.3 to 1.1): devices by a vendor's name for them, `vendor.com/class=name`, which files
//! of the host describe as edits to a container's Spec. Pure: the files' text comes from the caller.

mod document;
mod edits;
mod name;

use std::path::{Path, PathBuf};

pub use edits::{DeviceNode, Edits};
pub use name::DeviceName;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result, one_line};
use document::Document;

/// Where descriptions are by default: what was installed, and over it what is made while the machine runs.
pub const DIRECTORIES: [&str; 2] = ["/etc/cdi", "/var/run/cdi"];

/// What a container is given by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CdiDevices {
    pub devices: Vec<DeviceName>,
    /// Names of graphics processors (`--gpus`), of the vendor that has described any.
    #[serde(default)]
    pub gpus: Vec<String>,
    /// Where descriptions are, the least first.
    pub directories: Vec<PathBuf>,
}

/// Whose graphics processors `--gpus` can mean, the first that has described any.
const GPU_KINDS: [&str; 2] = ["nvidia.com/gpu", "amd.com/gpu"];

impl CdiDevices {
    pub fn is_empty(&self) -> bool {
        self.devices.is_empty() && self.gpus.is_empty()
    }

    /// All names in full.
    pub fn names(&self, registry: &Registry) -> Vec<DeviceName> {
        let kind = GPU_KINDS.into_iter().find(|k| registry.has_kind(k)).unwrap_or(GPU_KINDS[0]);
        let gpus = self.gpus.iter().map(|id| DeviceName { kind: kind.into(), device: id.clone() });
        self.devices.iter().cloned().chain(gpus).collect()
    }

    /// Adds what `--gpus` names.
    pub fn add_gpus(&mut self, text: &str) -> Result<()> {
        self.gpus.extend(name::gpus(text)?);
        Ok(())
    }
}

/// Everything that is described, of some directories.
#[derive(Debug, Default)]
pub struct Registry {
    documents: Vec<Described>,
    /// Files that can't be used. They matter when a device isn't found.
    broken: Vec<Error>,
}

#[derive(Debug)]
struct Described {
    document: Document,
    path: PathBuf,
    /// The place of its directory in the list: a later one counts more.
    priority: usize,
}

impl Registry {
    /// Adds a file by its text. Others than `.json` and `.yaml` are none of ours.
    pub fn add(&mut self, path: &Path, priority: usize, text: &[u8]) {
        let parsed = match path.extension().and_then(|e| e.to_str()) {
            Some("json") => document::json(text),
            Some("yaml") => document::yaml(text),
            _ => return,
        };
        match parsed {
            Ok(document) => self.documents.push(Described { document, path: path.into(), priority }),
            Err(error) => self.add_broken(path, error),
        }
    }

    pub fn add_broken(&mut self, path: &Path, error: Error) {
        self.broken.push(error.context(path.display().to_string()));
    }

    /// The edits for these devices, in their order; what a file says for all its devices comes once, before the first of them.
    pub fn resolve(&self, names: &[DeviceName], directories: &[PathBuf]) -> Result<Edits> {
        let mut edits = Edits::default();
        let mut seen: Vec<&Path> = Vec::new();
        let mut missing = Vec::new();
        for name in names {
            let Some(described) = self.find(name)? else {
                missing.push(name.to_string());
                continue;
            };
            if !seen.contains(&described.path.as_path()) {
                seen.push(&described.path);
                edits.extend(&described.document.container_edits);
            }
            edits.extend(&described.document.device(name).expect("found by it").container_edits);
        }
        if missing.is_empty() {
            return edits.check().map(|()| edits);
        }
        let places: Vec<_> = directories.iter().map(|d| d.display().to_string()).collect();
        let broken: Vec<_> = self.broken.iter().map(one_line).collect();
        let why =
            if broken.is_empty() { String::new() } else { format!(" (unusable: {})", broken.join("; ")) };
        Kind::NotFound.err(format!(
            "CDI device injection failed: unresolvable CDI devices {}: no file in {} describes them{why}",
            missing.join(", "),
            places.join(", ")
        ))
    }

    /// The description that counts: of the directory that is last in the list. Two in one directory contradict each other.
    fn find(&self, name: &DeviceName) -> Result<Option<&Described>> {
        let mut found: Option<&Described> = None;
        let mut twice = None;
        for described in self.documents.iter().filter(|d| d.document.device(name).is_some()) {
            match found {
                Some(other) if other.priority > described.priority => {}
                Some(other) if other.priority == described.priority => twice = Some((other, described)),
                _ => (found, twice) = (Some(described), None),
            }
        }
        match twice {
            None => Ok(found),
            Some((a, b)) => Kind::Conflict.err(format!(
                "CDI device injection failed: {name} is described twice, in {} and {}",
                a.path.display(),
                b.path.display()
            )),
        }
    }

    /// Whether any file describes devices of this kind.
    pub fn has_kind(&self, kind: &str) -> bool {
        self.documents.iter().any(|d| d.document.kind == kind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(kind: &str, device: &str, value: &str) -> Vec<u8> {
        format!(
            r#"{{"cdiVersion":"0.6.0","kind":"{kind}","containerEdits":{{"env":["ALL={value}"]}},
            "devices":[{{"name":"{device}","containerEdits":{{"env":["ONE={value}"]}}}},{{"name":"other","containerEdits":{{"env":["OTHER={value}"]}}}}]}}"#
        )
        .into_bytes()
    }

    fn resolve(registry: &Registry, names: &[&str]) -> Result<Vec<String>> {
        let names: Vec<DeviceName> = names.iter().map(|n| n.parse().unwrap()).collect();
        Ok(registry.resolve(&names, &DIRECTORIES.map(PathBuf::from))?.env)
    }

    #[test]
    fn edits_come_in_order_and_a_files_own_once() {
        let mut registry = Registry::default();
        registry.add(Path::new("/etc/cdi/a.json"), 0, &file("v.com/c", "x", "a"));
        assert_eq!(
            resolve(&registry, &["v.com/c=other", "v.com/c=x"]).unwrap(),
            ["ALL=a", "OTHER=a", "ONE=a"]
        );
        assert!(registry.has_kind("v.com/c") && !registry.has_kind("v.com/d"));
    }

    #[test]
    fn later_directories_count_more_and_twins_are_refused() {
        let mut registry = Registry::default();
        registry.add(Path::new("/var/run/cdi/a.json"), 1, &file("v.com/c", "x", "run"));
        registry.add(Path::new("/etc/cdi/a.json"), 0, &file("v.com/c", "x", "etc"));
        assert_eq!(resolve(&registry, &["v.com/c=x"]).unwrap(), ["ALL=run", "ONE=run"]);
        registry.add(Path::new("/var/run/cdi/b.json"), 1, &file("v.com/c", "x", "b"));
        let error = resolve(&registry, &["v.com/c=x"]).unwrap_err().to_string();
        assert!(error.contains("described twice"), "{error}");
    }

    #[test]
    fn what_is_not_described_is_named_with_the_places_and_broken_files() {
        let mut registry = Registry::default();
        registry.add(Path::new("/etc/cdi/notes.txt"), 0, b"nonsense");
        registry.add(Path::new("/etc/cdi/bad.json"), 0, b"{");
        let error = resolve(&registry, &["v.com/c=x", "v.com/c=y"]).unwrap_err().to_string();
        assert!(
            error.contains("v.com/c=x, v.com/c=y") && error.contains("/etc/cdi, /var/run/cdi"),
            "{error}"
        );
        assert!(error.contains("bad.json") && !error.contains("notes.txt"), "{error}");
    }
}
