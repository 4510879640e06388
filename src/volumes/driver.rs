//! What a volume is made of: a directory of the store's own, or whatever mount(2) can mount (`--opt type=…,device=…,o=…`), as docker's
//! driver `local` has it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::error::{Kind, Result};

/// The options of the driver `local`, as they were given.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DriverOptions {
    options: BTreeMap<String, String>,
}

/// What is mounted instead of the volume's directory, in the container's own mount namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceMount {
    /// `none` for a bind mount.
    pub kind: String,
    pub device: String,
    /// As mount(8) has them.
    pub options: Vec<String>,
}

impl DeviceMount {
    /// Whether it is a directory of the host.
    pub fn is_bind(&self) -> bool {
        self.options.iter().any(|o| o == "bind" || o == "rbind") || self.kind == "bind"
    }

    /// Whether each mount of it is a file system of its own, which is gone with it.
    pub fn is_passing(&self) -> bool {
        ["tmpfs", "ramfs", "overlay"].contains(&self.kind.as_str())
    }

    /// Whether nothing of it is on a disk.
    pub fn is_in_memory(&self) -> bool {
        ["tmpfs", "ramfs"].contains(&self.kind.as_str())
    }

    /// Whether it is read-only as a whole, and not just for one of those who have it.
    pub fn is_readonly(&self) -> bool {
        self.options.iter().rev().find(|o| matches!(o.as_str(), "ro" | "rw")).is_some_and(|o| o == "ro")
    }

    /// Refuses what only root can mount: the kernel trusts nobody else with what is on a disk or comes from a server.
    pub fn check_for_users(&self, volume: &str) -> Result<()> {
        if self.is_bind() || USERS_OWN.contains(&self.kind.as_str()) {
            return Ok(());
        }
        Kind::Forbidden.err(format!(
            "the volume {volume} is a file system of the type {}, which only root can mount: have root mount {} on the host, and use a volume with --opt type=none --opt o=bind --opt device=DIRECTORY",
            self.kind, self.device
        ))
    }
}

/// What root of a user namespace may mount (FS_USERNS_MOUNT in the kernel).
const USERS_OWN: [&str; 11] =
    ["tmpfs", "ramfs", "overlay", "proc", "sysfs", "mqueue", "devpts", "cgroup", "cgroup2", "fuse", "bpf"];

/// Where the driver's own name is not the usual one.
const LOCAL: &str = "local";

impl DriverOptions {
    /// `driver` as it was asked for, and `KEY=VALUE` options.
    pub fn parse(driver: Option<&str>, options: &[String]) -> Result<Self> {
        if let Some(name) = driver.filter(|d| !d.is_empty() && *d != LOCAL) {
            return Kind::NotFound
                .err(format!("error looking up volume plugin {name}: plugin \"{name}\" not found"));
        }
        let pair = |text: &String| {
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            (key.to_string(), value.to_string())
        };
        let parsed = Self { options: options.iter().map(pair).collect() };
        parsed.check()?;
        Ok(parsed)
    }

    /// Docker's rules: of type, device and o those that need one another are there.
    fn check(&self) -> Result<()> {
        for key in self.options.keys() {
            if !["type", "o", "device", "size"].contains(&key.as_str()) {
                return Kind::Invalid.err(format!("invalid option: \"{key}\""));
            }
        }
        let has = |key: &str| self.options.get(key).is_some_and(|v| !v.is_empty());
        let missing = |key: &str| Kind::Invalid.err(format!("missing required option: \"{key}\""));
        let only_size = has("o") && self.size().is_ok_and(|size| size.is_some()) && !has("type");
        if has("type") && !has("device") {
            return missing("device");
        }
        if has("o") && !only_size && !has("device") {
            return missing("device");
        }
        if (has("device") || has("o") && !only_size) && !has("type") {
            return missing("type");
        }
        self.size().map(drop)
    }

    pub fn is_empty(&self) -> bool {
        self.options.is_empty()
    }

    pub fn all(&self) -> &BTreeMap<String, String> {
        &self.options
    }

    pub fn option(&self, key: &str) -> Option<&str> {
        self.options.get(key).map(String::as_str)
    }

    /// What is to be mounted, if not just the volume's directory.
    pub fn device(&self) -> Option<DeviceMount> {
        let kind = self.option("type").filter(|k| !k.is_empty())?;
        let options = self.option("o").unwrap_or_default().split(',').filter(|o| !o.is_empty());
        Some(DeviceMount {
            kind: kind.into(),
            device: self.option("device").unwrap_or_default().into(),
            options: options.map(String::from).collect(),
        })
    }

    /// Has something else mounted.
    pub fn set_device(&mut self, device: &DeviceMount) {
        let values = [
            ("type", device.kind.clone()),
            ("device", device.device.clone()),
            ("o", device.options.join(",")),
        ];
        self.options.extend(values.map(|(key, value)| (key.to_string(), value)));
    }

    /// How much a volume of the store's own may hold: `size=` as docker has it, or in `o` as podman has it.
    pub fn size(&self) -> Result<Option<u64>> {
        if self.option("type").is_some_and(|k| !k.is_empty()) {
            return Ok(None);
        }
        let in_o = self.option("o").unwrap_or_default().split(',').find_map(|o| o.strip_prefix("size="));
        let Some(text) = self.option("size").or(in_o) else { return Ok(None) };
        match bytes(text) {
            Some(size) if size > 0 => Ok(Some(size)),
            _ => Kind::Invalid.err(format!("invalid size: '{text}'")),
        }
    }
}

/// A number of bytes with docker's units.
pub fn bytes(text: &str) -> Option<u64> {
    let lower = text.to_ascii_lowercase();
    let number = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match &lower[number.len()..] {
        "" | "b" => 0,
        "k" | "kb" | "kib" => 10,
        "m" | "mb" | "mib" => 20,
        "g" | "gb" | "gib" => 30,
        "t" | "tb" | "tib" => 40,
        _ => return None,
    };
    let value: f64 = number.parse().ok().filter(|n: &f64| n.is_finite() && *n >= 0.0)?;
    Some((value * (1u64 << shift) as f64) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(options: &[&str]) -> Result<DriverOptions> {
        let options: Vec<String> = options.iter().map(|o| (*o).to_string()).collect();
        DriverOptions::parse(None, &options)
    }

    #[test]
    fn options_are_checked_as_docker_does() {
        for (options, says) in [
            (&["foo=bar"][..], "invalid option: \"foo\""),
            (&["type=tmpfs"], "missing required option: \"device\""),
            (&["device=/x"], "missing required option: \"type\""),
            (&["o=bind"], "missing required option: \"device\""),
            (&["o=bind", "device=/x"], "missing required option: \"type\""),
            (&["size=much"], "invalid size: 'much'"),
        ] {
            let error = format!("{:#}", parse(options).unwrap_err());
            assert!(error.contains(says), "{options:?}: {error}");
        }
        assert!(
            format!("{:#}", DriverOptions::parse(Some("nope"), &[]).unwrap_err()).contains("plugin nope")
        );
    }

    #[test]
    fn what_is_mounted_and_how_large_it_may_be() {
        let tmpfs = parse(&["type=tmpfs", "device=tmpfs", "o=size=1m,mode=700"]).unwrap();
        let device = tmpfs.device().unwrap();
        assert_eq!((device.kind.as_str(), device.is_bind()), ("tmpfs", false));
        assert_eq!(device.options, ["size=1m", "mode=700"]);
        assert_eq!(tmpfs.size().unwrap(), None, "that is the file system's own");
        assert!(parse(&["type=none", "device=/d", "o=bind,ro"]).unwrap().device().unwrap().is_bind());
        assert_eq!(parse(&["size=2k"]).unwrap().size().unwrap(), Some(2048));
        assert_eq!(parse(&["o=size=1.5g"]).unwrap().size().unwrap(), Some(3 << 29));
        assert_eq!(parse(&[]).unwrap().device(), None);
    }

    #[test]
    fn what_only_root_can_mount() {
        let device = |kind: &str, o: &str| {
            let options = [format!("type={kind}"), "device=/dev/x".into(), format!("o={o}")];
            DriverOptions::parse(None, &options).unwrap().device().unwrap()
        };
        for (kind, o, allowed, passing) in [
            ("tmpfs", "ro", true, true),
            ("none", "bind", true, false),
            ("fuse", "fd=3", true, false),
            ("nfs", "addr=192.0.2.1", false, false),
            ("ext4", "", false, false),
        ] {
            let found = device(kind, o);
            assert_eq!(
                (found.check_for_users("v").is_ok(), found.is_passing()),
                (allowed, passing),
                "{kind}"
            );
        }
        assert!(device("ext4", "noatime,ro").is_readonly());
        assert!(!device("ext4", "ro,rw").is_readonly() && !device("ext4", "").is_readonly());
    }
}
