//! `--tmpfs`: an empty file system in memory.

use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::point::container_path;
use crate::error::{Error, Kind, Result};

/// An empty file system in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TmpfsMount {
    pub destination: PathBuf,
    /// mount(8) options as given.
    pub options: Vec<String>,
}

const KNOWN: &[&str] = &[
    "ro",
    "rw",
    "exec",
    "noexec",
    "suid",
    "nosuid",
    "dev",
    "nodev",
    "noatime",
    "relatime",
    "strictatime",
    "nodiratime",
    "diratime",
    "private",
    "rprivate",
    "slave",
    "rslave",
    "shared",
    "rshared",
    "size",
    "mode",
    "uid",
    "gid",
    "nr_inodes",
    "nr_blocks",
    "tmpcopyup",
    "notmpcopyup",
    "defaults",
    "sync",
    "async",
    "mpol",
    "huge",
    "noswap",
];

impl FromStr for TmpfsMount {
    type Err = Error;

    /// `DESTINATION[:OPTION,…]`
    fn from_str(text: &str) -> Result<Self> {
        let (destination, options) = text.split_once(':').unwrap_or((text, ""));
        let options: Vec<String> = options.split(',').filter(|o| !o.is_empty()).map(String::from).collect();
        options.iter().try_for_each(|option| check_option(option))?;
        Ok(Self { destination: container_path(destination)?, options })
    }
}

/// Refuses what tmpfs doesn't know.
pub fn check_option(option: &str) -> Result<()> {
    let key = option.split('=').next().unwrap_or_default();
    if KNOWN.contains(&key) {
        return Ok(());
    }
    Kind::Invalid.err(format!("invalid tmpfs option {option:?}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tmpfs_options_are_checked() {
        let t: TmpfsMount = "/run:rw,size=64k,mode=1777".parse().unwrap();
        assert_eq!(t.options, ["rw", "size=64k", "mode=1777"]);
        assert!("/run:lowerdir=/".parse::<TmpfsMount>().is_err() && "run".parse::<TmpfsMount>().is_err());
    }
}
