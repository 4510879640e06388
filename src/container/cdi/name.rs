//! Names of devices: `vendor.com/class=device`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// A fully qualified name, known to be one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DeviceName {
    /// `vendor.com/class`
    pub kind: String,
    pub device: String,
}

impl DeviceName {
    /// Whether a value of `--device` can't be a path, so is to be such a name.
    pub fn is_meant(text: &str) -> bool {
        !text.starts_with('/') && text.split_once('=').is_some_and(|(kind, _)| kind.contains('/'))
    }
}

impl FromStr for DeviceName {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once('=') {
            Some((kind, device)) if is_kind(kind) && is_device(device) => {
                Ok(Self { kind: kind.into(), device: device.into() })
            }
            _ => {
                Kind::Invalid.err(format!("{text:?} is not the name of a CDI device (vendor.com/class=name)"))
            }
        }
    }
}

impl fmt::Display for DeviceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.kind, self.device)
    }
}

impl TryFrom<String> for DeviceName {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<DeviceName> for String {
    fn from(name: DeviceName) -> Self {
        name.to_string()
    }
}

fn is_word(text: &str, first: fn(&char) -> bool, between: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || between.contains(c);
    text.chars().next().is_some_and(|c| first(&c))
        && text.chars().all(inner)
        && text.chars().last().is_some_and(|c| c.is_ascii_alphanumeric())
}

/// `vendor.com/class`
pub(super) fn is_kind(text: &str) -> bool {
    let Some((vendor, class)) = text.split_once('/') else { return false };
    is_word(vendor, char::is_ascii_alphabetic, "_-.")
        && vendor.len() <= 253
        && is_word(class, char::is_ascii_alphabetic, "_-.")
        && class.len() <= 63
}

pub(super) fn is_device(text: &str) -> bool {
    is_word(text, char::is_ascii_alphanumeric, "_-.:")
}

/// The devices that `--gpus` means: `all`, a number of them, or `device=ID,ID…`.
pub fn gpus(text: &str) -> Result<Vec<String>> {
    let invalid = || {
        Kind::Invalid
            .error(format!("invalid argument {text:?} for \"--gpus\": want all, a number or device=ID[,ID…]"))
    };
    // Shells need the quotes that docker wants around a list of devices.
    let value = text.trim_matches('"');
    if let Some(list) = value.strip_prefix("device=") {
        let ids: Vec<String> = list.split(',').map(String::from).collect();
        return if ids.iter().all(|id| is_device(id)) { Ok(ids) } else { Err(invalid()) };
    }
    match value.strip_prefix("count=").unwrap_or(value) {
        "all" | "-1" => Ok(vec!["all".into()]),
        number => {
            let count: u16 = number.parse().map_err(|_| invalid())?;
            if count == 0 { Err(invalid()) } else { Ok((0..count).map(|n| n.to_string()).collect()) }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_checked() {
        for good in ["vendor.com/class=x", "v/c=0", "foo.bar.baz/foo-bar123.B_az=a:b.c", "nvidia.com/gpu=all"]
        {
            assert_eq!(good.parse::<DeviceName>().unwrap().to_string(), good);
            assert!(DeviceName::is_meant(good));
        }
        for bad in [
            "v.com/c=",
            "v.com=x",
            "v.com/c",
            "v.com/c/d=x",
            "-v/c=x",
            "1v/c=x",
            "v/c-=x",
            "v/c=-x",
            "v/c=x-",
            "v/c=x=y",
            "v/c=é",
        ] {
            assert!(bad.parse::<DeviceName>().is_err(), "{bad}");
        }
        assert!(!DeviceName::is_meant("/dev/a=b/c") && !DeviceName::is_meant("/dev/x:/dev/y"));
    }

    #[test]
    fn gpus_are_counted_or_named() {
        assert_eq!(gpus("all").unwrap(), ["all"]);
        assert_eq!(gpus("2").unwrap(), ["0", "1"]);
        assert_eq!(gpus("count=1").unwrap(), ["0"]);
        assert_eq!(gpus("\"device=0,GPU-3a\"").unwrap(), ["0", "GPU-3a"]);
        for bad in ["", "0", "x", "device=", "device=0,,1", "all,capabilities=utility"] {
            assert!(gpus(bad).is_err(), "{bad}");
        }
    }
}
