//! Platforms: `os/architecture[/variant]`, and which of an index's manifests suits one (image specification, image-index.md; the
//! normalisation is that of containerd's `platforms` package, which docker uses).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// What may stand by itself, as Go has it (containerd's `platforms` package).
const OPERATING_SYSTEMS: [&str; 16] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "linux",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "windows",
];
const ARCHITECTURES: [&str; 24] = [
    "386",
    "amd64",
    "amd64p32",
    "arm",
    "arm64",
    "arm64be",
    "armbe",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mips64p32",
    "mips64p32le",
    "mipsle",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv",
    "riscv64",
    "s390",
    "s390x",
    "sparc",
    "sparc64",
    "wasm",
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Platform {
    pub architecture: String,
    pub os: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
    #[serde(default, rename = "os.version", skip_serializing_if = "Option::is_none")]
    pub os_version: Option<String>,
    #[serde(default, rename = "os.features", skip_serializing_if = "Vec::is_empty")]
    pub os_features: Vec<String>,
}

impl Platform {
    fn new(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        let (architecture, variant) = normalise(architecture, variant.filter(|v| !v.is_empty()));
        Self { os: os.to_ascii_lowercase(), architecture, variant, os_version: None, os_features: Vec::new() }
    }

    /// The platform of this machine.
    pub fn host() -> Self {
        let architecture = match std::env::consts::ARCH {
            "powerpc64" => "ppc64le",
            "loongarch64" => "loong64",
            other => other,
        };
        Self::new("linux", architecture, if architecture == "arm" { Some("v7") } else { None })
    }

    /// Whether programs of this platform run here without an emulator.
    pub fn runs_on_host(&self) -> bool {
        Self::host().rank(self).is_some()
    }

    /// How well an image for `offered` suits this wish: smaller is better, `None` is not at all.
    pub fn rank(&self, offered: &Platform) -> Option<u32> {
        let offered = Self::new(&offered.os, &offered.architecture, offered.variant.as_deref());
        if self.os != offered.os {
            return None;
        }
        let (wanted, has) = (
            level(&self.architecture, self.variant.as_deref()),
            level(&offered.architecture, offered.variant.as_deref()),
        );
        if self.architecture == offered.architecture {
            return match (wanted, has) {
                // A processor runs what was made for its predecessors.
                (Some(wanted), Some(has)) => wanted.checked_sub(has),
                _ => (self.variant == offered.variant).then_some(0),
            };
        }
        // 64-bit ARM runs 32-bit programs, mostly; x86 does always. Better than nothing, as containerd has it.
        match (self.architecture.as_str(), offered.architecture.as_str()) {
            ("arm64", "arm") => Some(100 + 8u32.saturating_sub(has.unwrap_or(7))),
            ("amd64", "386") => Some(200),
            _ => None,
        }
    }
}

fn normalise(architecture: &str, variant: Option<&str>) -> (String, Option<String>) {
    let architecture = architecture.to_ascii_lowercase();
    let variant = variant.map(str::to_ascii_lowercase);
    match (architecture.as_str(), variant.as_deref()) {
        ("x86_64" | "x86-64" | "amd64", Some("v1") | None) => ("amd64".into(), None),
        ("x86_64" | "x86-64", _) => ("amd64".into(), variant),
        ("i386" | "i686" | "x86" | "386", _) => ("386".into(), None),
        ("aarch64" | "arm64", Some("8" | "v8" | "v8.0") | None) => ("arm64".into(), None),
        ("aarch64", _) => ("arm64".into(), variant),
        ("armel", _) => ("arm".into(), Some("v6".into())),
        ("armhf", _) | ("arm", None | Some("7")) => ("arm".into(), Some("v7".into())),
        ("arm", Some(v @ ("5" | "6" | "8"))) => ("arm".into(), Some(format!("v{v}"))),
        _ => (architecture, variant),
    }
}

/// The generation of the processor that a variant asks for, where later ones run what was made for earlier ones.
fn level(architecture: &str, variant: Option<&str>) -> Option<u32> {
    let first = match architecture {
        "amd64" => 1,
        "arm64" => 8,
        "arm" => 7,
        _ => return None,
    };
    match variant {
        None => Some(first),
        Some(variant) => variant.strip_prefix('v')?.split('.').next()?.parse().ok(),
    }
}

impl Platform {
    /// As newer clients of the Engine API write it, a JSON object, or as it is typed.
    pub fn of_client(text: &str) -> Result<Self> {
        if !text.trim_start().starts_with('{') {
            return text.parse();
        }
        let given: Self = serde_json::from_str(text)
            .map_err(|e| Kind::Invalid.error(format!("failed to parse platform: {e}")))?;
        if given.os.is_empty() || given.architecture.is_empty() {
            return Kind::Invalid.err("both OS and Architecture must be provided");
        }
        let plain = Self::new(&given.os, &given.architecture, given.variant.as_deref());
        Ok(Self { os_version: given.os_version, os_features: given.os_features, ..plain })
    }
}

impl FromStr for Platform {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let parts: Vec<&str> = text.split('/').collect();
        let well_formed = |part: &&&str| {
            !part.is_empty()
                && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-'))
        };
        if let Some(part) = parts.iter().find(|part| !well_formed(part)) {
            return Kind::Invalid.err(format!(
                "{part:?} is an invalid component of {text:?}: a platform is os/architecture[/variant]"
            ));
        }
        match parts.as_slice() {
            [os] if OPERATING_SYSTEMS.contains(&os.to_ascii_lowercase().as_str()) => {
                Ok(Self { os: os.to_ascii_lowercase(), ..Self::host() })
            }
            [architecture] => {
                let platform = Self::new("linux", architecture, None);
                if !ARCHITECTURES.contains(&platform.architecture.as_str()) {
                    return Kind::Invalid.err(format!("{text:?}: unknown operating system or architecture"));
                }
                Ok(platform)
            }
            [os, architecture] => Ok(Self::new(os, architecture, None)),
            [os, architecture, variant] => Ok(Self::new(os, architecture, Some(variant))),
            _ => Kind::Invalid
                .err(format!("{text:?}: cannot parse platform specifier: use os/architecture[/variant]")),
        }
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(f, "/{variant}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(text: &str) -> Platform {
        text.parse().unwrap()
    }

    #[test]
    fn clients_write_json_or_what_people_type() {
        let client = |text: &str| Platform::of_client(text).map(|p| p.to_string()).map_err(|e| e.to_string());
        assert_eq!(
            client(r#"{"architecture":"aarch64","os":"linux","variant":"v8"}"#).unwrap(),
            "linux/arm64"
        );
        assert_eq!(client("linux/arm").unwrap(), "linux/arm/v7");
        assert!(
            client(r#"{"architecture":"","os":"linux"}"#).unwrap_err().contains("both OS and Architecture")
        );
        assert!(client("{").unwrap_err().contains("failed to parse platform"));
    }

    #[test]
    fn names_are_normalised() {
        assert_eq!(platform("linux/x86_64").to_string(), "linux/amd64");
        assert_eq!(platform("linux/arm64/v8").to_string(), "linux/arm64");
        assert_eq!(platform("linux/arm").to_string(), "linux/arm/v7");
        assert_eq!(platform("aarch64").to_string(), "linux/arm64");
        assert_eq!(platform("linux"), Platform::host());
        assert_eq!(platform("Windows").os, "windows");
        assert_eq!(platform("windows").architecture, Platform::host().architecture);
        for bad in ["", "/", "linux/", "a/b/c/d", "linux/am d", "nope"] {
            assert!(bad.parse::<Platform>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_nearest_variant_wins() {
        let rank = |want: &str, have: &str| platform(want).rank(&platform(have));
        assert!(rank("linux/amd64", "linux/amd64") < rank("linux/amd64", "linux/386"));
        assert_eq!(rank("linux/amd64", "linux/amd64/v3"), None);
        assert_eq!(rank("linux/amd64/v3", "linux/amd64/v2"), Some(1));
        assert!(rank("linux/arm/v7", "linux/arm/v6").is_some());
        assert_eq!(rank("linux/arm/v6", "linux/arm/v7"), None);
        assert!(rank("linux/arm64", "linux/arm/v7") < rank("linux/arm64", "linux/arm/v5"));
        assert_eq!(rank("linux/amd64", "windows/amd64"), None);
        assert_eq!(rank("linux/s390x", "linux/s390x"), Some(0));
        assert!(Platform::host().runs_on_host());
    }
}
