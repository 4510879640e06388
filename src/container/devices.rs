//! Devices that a container is given (`--device`, `--device-cgroup-rule`): their syntax, and the Spec's rules for them (pure).

use std::path::PathBuf;
use std::str::FromStr;

use oci_spec::runtime::{LinuxDevice, LinuxDeviceCgroup, LinuxDeviceType};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};

/// `HOST[:CONTAINER[:ACCESS]]`: a node of the host, or all nodes in one of its directories.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceMapping {
    pub host: PathBuf,
    pub container: PathBuf,
    /// Of the letters r, w and m.
    pub access: String,
}

/// A device in the container: its node there, where that is on the host, and what may be done with it.
#[derive(Debug, Clone)]
pub struct GivenDevice {
    pub node: LinuxDevice,
    pub source: PathBuf,
    pub access: String,
}

fn is_access(text: &str) -> bool {
    let once = |letter: char| text.matches(letter).count() <= 1;
    !text.is_empty() && text.chars().all(|c| "rwm".contains(c) && once(c))
}

impl FromStr for DeviceMapping {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Kind::Invalid.error(format!("invalid device specification: {text}"));
        let parts: Vec<&str> = text.split(':').collect();
        let (host, container, access) = match parts[..] {
            [host] => (host, host, "rwm"),
            [host, access] if is_access(access) => (host, host, access),
            [host, container] => (host, container, "rwm"),
            [host, container, access] if is_access(access) => (host, container, access),
            [_, _, access] => return Kind::Invalid.err(format!("invalid device mode: {access}")),
            _ => return Err(invalid()),
        };
        if !host.starts_with('/') || !container.starts_with('/') {
            return Kind::Invalid.err(format!(
                "{} is not an absolute path",
                if host.starts_with('/') { container } else { host }
            ));
        }
        Ok(Self { host: host.into(), container: container.into(), access: access.into() })
    }
}

/// `TYPE MAJOR:MINOR ACCESS`, as `c 10:* rw`.
pub fn rule(text: &str) -> Result<LinuxDeviceCgroup> {
    let invalid = || Kind::Invalid.error(format!("invalid device cgroup format '{text}'"));
    let words: Vec<&str> = text.split(' ').collect();
    let [kind, numbers, access] = words[..] else { return Err(invalid()) };
    let (major, minor) = numbers.split_once(':').ok_or_else(invalid)?;
    let number = |t: &str| match t {
        "*" => Ok(-1),
        t => t.parse::<u32>().map(i64::from).map_err(|_| invalid()),
    };
    let kind = match kind {
        "a" => LinuxDeviceType::A,
        "b" => LinuxDeviceType::B,
        "c" => LinuxDeviceType::C,
        _ => return Err(invalid()),
    };
    if !is_access(access) {
        return Err(invalid());
    }
    let mut rule = LinuxDeviceCgroup::default();
    rule.set_allow(true)
        .set_typ(Some(kind))
        .set_major(Some(number(major)?))
        .set_minor(Some(number(minor)?))
        .set_access(Some(access.to_string()));
    Ok(rule)
}

/// The Spec's list: everything, or nothing beyond what was given.
pub fn rules(privileged: bool, given: &[GivenDevice], more: &[String]) -> Result<Vec<LinuxDeviceCgroup>> {
    let mut first = LinuxDeviceCgroup::default();
    first.set_allow(privileged).set_access(Some("rwm".into()));
    let mut rules = vec![first];
    if !privileged {
        for device in given {
            let mut rule = LinuxDeviceCgroup::default();
            rule.set_allow(true)
                .set_typ(Some(device.node.typ()))
                .set_major(Some(device.node.major()))
                .set_minor(Some(device.node.minor()))
                .set_access(Some(device.access.clone()));
            rules.push(rule);
        }
        for text in more {
            rules.push(rule(text)?);
        }
    }
    Ok(rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings() {
        let parsed = |text: &str| {
            text.parse::<DeviceMapping>()
                .map(|d| format!("{} {} {}", d.host.display(), d.container.display(), d.access))
        };
        for (text, expected) in [
            ("/dev/fuse", "/dev/fuse /dev/fuse rwm"),
            ("/dev/fuse:r", "/dev/fuse /dev/fuse r"),
            ("/dev/a:/dev/b", "/dev/a /dev/b rwm"),
            ("/dev/a:/dev/b:mr", "/dev/a /dev/b mr"),
        ] {
            assert_eq!(parsed(text).unwrap(), expected);
        }
        for bad in ["dev/a", "/dev/a:b:r", "/dev/a:/dev/b:x", "/a:/b:r:w", "/dev/a:/dev/b:rr"] {
            assert!(parsed(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn cgroup_rules() {
        let rule = rule("c 10:* rw").unwrap();
        assert_eq!((rule.major(), rule.minor(), rule.access().as_deref()), (Some(10), Some(-1), Some("rw")));
        for bad in ["", "c 10 rw", "x 1:2 r", "c 1:2", "c 1:2 rx", "c -1:2 r", "c 1:2 r "] {
            assert!(super::rule(bad).is_err(), "{bad}");
        }
    }
}
