//! One file: what it may say, by the version of the specification that it names.

use serde::Deserialize;
use serde_json::{Map, Value};
use yaml_rust2::{Yaml, YamlLoader};

use super::edits::ContainerEdits;
use super::name::{DeviceName, is_device, is_kind};
use crate::error::{Context, Kind, Result};

/// The versions of the specification, the later ones with more fields.
const VERSIONS: [&str; 8] = ["0.3.0", "0.4.0", "0.5.0", "0.6.0", "0.7.0", "0.8.0", "1.0.0", "1.1.0"];

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Document {
    cdi_version: String,
    pub kind: String,
    #[serde(default)]
    annotations: Option<Map<String, Value>>,
    devices: Vec<Device>,
    #[serde(default)]
    pub container_edits: ContainerEdits,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Device {
    name: String,
    #[serde(default)]
    annotations: Option<Map<String, Value>>,
    pub container_edits: ContainerEdits,
}

impl Document {
    pub fn device(&self, name: &DeviceName) -> Option<&Device> {
        self.devices.iter().find(|d| self.kind == name.kind && d.name == name.device)
    }

    fn check(self) -> Result<Self> {
        let invalid = |what: String| Kind::Invalid.err(what);
        let Some(version) = VERSIONS.iter().position(|v| *v == self.cdi_version) else {
            return invalid(format!("cdiVersion {:?} is not known (0.3.0 to 1.1.0)", self.cdi_version));
        };
        if !is_kind(&self.kind) {
            return invalid(format!("kind {:?} is not VENDOR/CLASS", self.kind));
        }
        if self.devices.is_empty() {
            return invalid("it describes no device".into());
        }
        for (index, device) in self.devices.iter().enumerate() {
            if !is_device(&device.name) {
                return invalid(format!("{:?} is not the name of a device", device.name));
            }
            if self.devices[..index].iter().any(|d| d.name == device.name) {
                return invalid(format!("the device {} is described twice", device.name));
            }
        }
        if let Some((what, needed)) = self.needs().into_iter().max_by_key(|(_, v)| position(v))
            && position(needed) > version
        {
            return invalid(format!("{what} needs cdiVersion {needed}, it has {}", self.cdi_version));
        }
        let all = self.devices.iter().map(|d| &d.container_edits).chain([&self.container_edits]);
        all.into_iter().try_for_each(ContainerEdits::check)?;
        Ok(self)
    }

    /// What it says that not every version has.
    fn needs(&self) -> Vec<(&'static str, &'static str)> {
        let mut needs = Vec::new();
        let class = self.kind.split_once('/').map_or("", |(_, class)| class);
        if class.contains('.') {
            needs.push(("a dot in the class", "0.6.0"));
        }
        if self.annotations.is_some() || self.devices.iter().any(|d| d.annotations.is_some()) {
            needs.push(("annotations", "0.6.0"));
        }
        if self.devices.iter().any(|d| d.name.starts_with(|c: char| c.is_ascii_digit())) {
            needs.push(("a device name that begins with a digit", "0.5.0"));
        }
        for edits in self.devices.iter().map(|d| &d.container_edits).chain([&self.container_edits]) {
            needs.extend(edits.needs());
        }
        needs
    }
}

fn position(version: &str) -> usize {
    VERSIONS.iter().position(|v| *v == version).unwrap_or(0)
}

pub fn json(text: &[u8]) -> Result<Document> {
    let document: Document = serde_json::from_slice(text).context("not a CDI description")?;
    document.check()
}

/// YAML, by way of the same values as JSON.
pub fn yaml(text: &[u8]) -> Result<Document> {
    let text = std::str::from_utf8(text).context("not UTF-8 text")?;
    let mut documents = YamlLoader::load_from_str(text).context("not YAML")?;
    if documents.len() != 1 {
        return Kind::Invalid.err("it holds more or less than one YAML document");
    }
    let document: Document =
        serde_json::from_value(value(documents.remove(0))?).context("not a CDI description")?;
    document.check()
}

fn value(yaml: Yaml) -> Result<Value> {
    Ok(match yaml {
        Yaml::String(text) => text.into(),
        Yaml::Integer(number) => number.into(),
        Yaml::Boolean(bool) => bool.into(),
        Yaml::Null => Value::Null,
        Yaml::Array(items) => items.into_iter().map(value).collect::<Result<Vec<_>>>()?.into(),
        Yaml::Hash(pairs) => {
            let mut map = Map::new();
            for (key, entry) in pairs {
                let key = key.into_string().context("a key that is no text")?;
                map.insert(key, value(entry)?);
            }
            map.into()
        }
        Yaml::Real(number) => return Kind::Invalid.err(format!("{number} is not a whole number")),
        Yaml::Alias(_) | Yaml::BadValue => return Kind::Invalid.err("a YAML value that can't be used here"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "---
cdiVersion: 0.5.0
kind: vendor.com/device
devices:
- name: \"0\"
  containerEdits:
    deviceNodes:
    - path: /dev/vendor0
      hostPath: /dev/full
      permissions: rw
      fileMode: 0666
    hooks:
    - hookName: createContainer
      path: /usr/bin/hook
      args: [hook, --now]
containerEdits:
  env:
  - VENDOR=yes
";

    #[test]
    fn yaml_and_json_say_the_same() {
        let document = yaml(YAML.as_bytes()).unwrap();
        let name: DeviceName = "vendor.com/device=0".parse().unwrap();
        assert!(document.device(&name).is_some());
        assert!(document.device(&"vendor.com/device=1".parse().unwrap()).is_none());
        let text = r#"{"cdiVersion":"0.3.0","kind":"v.com/c","devices":[{"name":"x","containerEdits":{}}]}"#;
        assert_eq!(json(text.as_bytes()).unwrap().kind, "v.com/c");
    }

    #[test]
    fn what_the_specification_forbids_is_refused() {
        let edits = |version: &str, edits: &str| {
            let text = format!(
                r#"{{"cdiVersion":"{version}","kind":"v.com/c","devices":[{{"name":"x","containerEdits":{edits}}}]}}"#
            );
            json(text.as_bytes()).map(drop).map_err(|e| crate::error::one_line(&e))
        };
        assert_eq!(edits("0.5.0", r#"{"deviceNodes":[{"path":"/dev/x","hostPath":"/dev/y"}]}"#), Ok(()));
        for (version, text, why) in [
            ("0.4.0", r#"{"deviceNodes":[{"path":"/dev/x","hostPath":"/dev/y"}]}"#, "needs cdiVersion 0.5.0"),
            ("0.6.0", r#"{"additionalGids":[5]}"#, "needs cdiVersion 0.7.0"),
            ("9.9.9", "{}", "is not known"),
            ("0.5.0", r#"{"nonsense":1}"#, "unknown field"),
            ("0.5.0", r#"{"env":["A"]}"#, "NAME=VALUE"),
            ("0.5.0", r#"{"deviceNodes":[{"path":"dev/x"}]}"#, "absolute"),
            ("0.5.0", r#"{"deviceNodes":[{"path":"/dev/x","permissions":"rx"}]}"#, "permissions"),
            ("0.5.0", r#"{"hooks":[{"hookName":"never","path":"/x"}]}"#, "hook"),
            ("0.5.0", r#"{"hooks":[{"hookName":"poststop","path":"x"}]}"#, "absolute"),
            ("0.5.0", r#"{"mounts":[{"hostPath":"","containerPath":"/x"}]}"#, "mount"),
            ("0.7.0", r#"{"intelRdt":{"closID":"x"}}"#, "intelRdt"),
            ("1.1.0", r#"{"netDevices":[{"hostInterfaceName":"a","name":"b"}]}"#, "netDevices"),
        ] {
            let error = edits(version, text).unwrap_err();
            assert!(error.contains(why), "{text}: {error}");
        }
        for text in [
            r#"{"cdiVersion":"0.5.0","kind":"v.com/c","devices":[]}"#,
            r#"{"cdiVersion":"0.5.0","kind":"v.com","devices":[{"name":"x","containerEdits":{}}]}"#,
            r#"{"cdiVersion":"0.5.0","kind":"v.com/c","devices":[{"name":"x","containerEdits":{}},{"name":"x","containerEdits":{}}]}"#,
        ] {
            assert!(json(text.as_bytes()).is_err(), "{text}");
        }
        assert!(yaml(b"a: 1\n---\nb: 2\n").is_err() && yaml(b"a: [").is_err());
    }
}
