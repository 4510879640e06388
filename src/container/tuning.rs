//! Smaller settings of a container's processes, as they are asked for.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::error::{Kind, Result};

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tuning {
    /// -1000 (never killed for want of memory) to 1000 (first).
    pub oom_score_adj: Option<i32>,
    /// NIS domain name.
    pub domainname: Option<String>,
    pub umask: Option<u32>,
    pub annotations: BTreeMap<String, String>,
    /// Seconds that it may run at most.
    pub timeout: Option<u32>,
    /// What becomes /etc/localtime.
    pub localtime: Option<PathBuf>,
    /// Lines for the container's /etc/passwd.
    pub passwd: Vec<String>,
    /// Keep the supplementary groups of whoever starts the container.
    pub keep_groups: bool,
    /// As a client wrote it: what there is of it without Windows is "default".
    #[serde(skip_serializing_if = "Option::is_none")]
    pub isolation: Option<String>,
}

/// The file of a time zone: `Europe/Berlin`, or `local` for the host's.
pub fn timezone(name: &str) -> Result<PathBuf> {
    if name == "local" {
        let file = Path::new("/etc/localtime");
        return file
            .canonicalize()
            .map_err(|_| Kind::NotFound.error("--tz local: this host has no /etc/localtime"));
    }
    let file = Path::new("/usr/share/zoneinfo").join(name);
    let plain = Path::new(name).components().all(|c| matches!(c, std::path::Component::Normal(_)));
    if name.is_empty() || !plain || !file.is_file() {
        return Kind::NotFound.err(format!("--tz {name}: no such time zone in /usr/share/zoneinfo"));
    }
    Ok(file)
}

/// An octal mask.
pub fn umask(text: &str) -> Result<u32> {
    match u32::from_str_radix(text, 8) {
        Ok(mask) if mask <= 0o777 => Ok(mask),
        _ => Kind::Invalid.err(format!("invalid umask {text:?}: want an octal number, 0000 to 0777")),
    }
}

/// A line of passwd(5) that can be added to a container's.
pub fn passwd_entry(text: &str) -> Result<String> {
    let fields: Vec<&str> = text.split(':').collect();
    let numbers = fields.get(2..4).is_some_and(|ids| ids.iter().all(|id| id.parse::<u32>().is_ok()));
    if fields.len() != 7 || fields[0].is_empty() || !numbers || text.contains(['\n', '\0']) {
        return Kind::Invalid
            .err(format!("invalid passwd entry {text:?}: want NAME:PASSWORD:UID:GID:GECOS:HOME:SHELL"));
    }
    Ok(text.to_string())
}

/// The entry of a user of this host, for the container.
pub fn host_user(name: &str) -> Result<String> {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let line =
        passwd.lines().find(|l| l.split(':').next() == Some(name) || l.split(':').nth(2) == Some(name));
    match line {
        Some(line) => passwd_entry(line),
        None => Kind::NotFound.err(format!("--hostuser {name}: no such user in this host's /etc/passwd")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_of_passwd_are_checked() {
        assert!(passwd_entry("me:*:1000:1000::/home/me:/bin/sh").is_ok());
        for bad in ["", "me", "me:*:x:1:::", ":*:1:1:::", "me:*:1:1:::/x\nroot2:*:0:0:::", "me:*:1:1::::"] {
            assert!(passwd_entry(bad).is_err(), "{bad:?}");
        }
        assert!(host_user("root").unwrap().starts_with("root:"));
        assert!(host_user("no such user").is_err());
    }

    #[test]
    fn time_zones_stay_below_their_directory() {
        for bad in ["", "../../etc/passwd", "/etc/passwd", "No/Such_Zone", "Europe"] {
            assert!(timezone(bad).is_err(), "{bad:?}");
        }
    }
}
