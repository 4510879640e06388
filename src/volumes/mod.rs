//! What `--volume` and `--tmpfs` mean. (Named volumes have their own issue: until then only directories and files of the host.)

use std::path::{Component, Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Context, Error, Kind, Result};
use crate::state::file;

/// A file or directory of the host in a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BindMount {
    pub source: PathBuf,
    pub destination: PathBuf,
    pub readonly: bool,
    /// `rprivate`, `rslave`, … ; docker's default is `rprivate`.
    pub propagation: String,
}

/// An empty file system in memory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TmpfsMount {
    pub destination: PathBuf,
    /// mount(8) options as given.
    pub options: Vec<String>,
}

impl FromStr for BindMount {
    type Err = Error;

    /// `SOURCE:DESTINATION[:OPTION,…]`. A relative source must start with `./` or `../`, as docker has it.
    fn from_str(text: &str) -> Result<Self> {
        let fields: Vec<&str> = text.split(':').collect();
        let (source, destination, options) = match fields.as_slice() {
            [source, destination] => (*source, *destination, ""),
            [source, destination, options] => (*source, *destination, *options),
            [_] => return Kind::Unsupported.err(format!("invalid volume {text:?}: anonymous volumes are not supported yet; give HOST-DIR:CONTAINER-DIR")),
            _ => return Kind::Invalid.err(format!("invalid volume specification: {text:?} (SOURCE:DESTINATION[:OPTIONS])")),
        };
        let mut mount = Self {
            source: host_path(source)?,
            destination: container_path(destination).with_context(|| format!("invalid volume {text:?}"))?,
            readonly: false,
            propagation: "rprivate".into(),
        };
        for option in options.split(',').filter(|o| !o.is_empty()) {
            match option {
                "ro" => mount.readonly = true,
                "rw" => mount.readonly = false,
                "rprivate" | "private" | "rslave" | "slave" | "rshared" | "shared" => {
                    mount.propagation = option.into();
                }
                other => return Kind::Unsupported.err(format!(
                    "invalid volume {text:?}: the option {other:?} is not supported yet (ro, rw, propagation)"
                )),
            }
        }
        Ok(mount)
    }
}

impl BindMount {
    /// Makes the source directory if it doesn't exist, as `docker run -v` does.
    pub fn make_source(&self) -> Result<()> {
        if self.source.symlink_metadata().is_ok() { Ok(()) } else { file::make_dirs(&self.source, 0o755) }
    }
}

impl FromStr for TmpfsMount {
    type Err = Error;

    /// `DESTINATION[:OPTION,…]`
    fn from_str(text: &str) -> Result<Self> {
        let (destination, options) = text.split_once(':').unwrap_or((text, ""));
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
            "bind",
            "rbind",
            "unbindable",
            "runbindable",
            "mpol",
        ];
        let options: Vec<String> = options.split(',').filter(|o| !o.is_empty()).map(String::from).collect();
        for option in &options {
            let key = option.split('=').next().unwrap_or_default();
            if !KNOWN.contains(&key) || key.ends_with("bind") {
                return Kind::Invalid.err(format!("invalid tmpfs option {option:?}"));
            }
        }
        Ok(Self { destination: container_path(destination)?, options })
    }
}

fn host_path(text: &str) -> Result<PathBuf> {
    let path = Path::new(text);
    if path.is_absolute() {
        return Ok(path.to_path_buf());
    }
    if matches!(path.components().next(), Some(Component::CurDir | Component::ParentDir)) {
        return std::path::absolute(path).with_context(|| format!("finding {text}"));
    }
    if text.is_empty() {
        return Kind::Invalid.err("invalid volume: the source is empty");
    }
    Kind::Unsupported.err(format!("invalid volume {text:?}: named volumes are not supported yet; for a directory write ./{text} or its absolute path"))
}

/// An absolute, plain path other than `/`.
fn container_path(text: &str) -> Result<PathBuf> {
    let path = Path::new(text);
    if !path.is_absolute() {
        return Kind::Invalid.err(format!("the destination {text:?} must be an absolute path"));
    }
    let mut plain = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir => {
                plain.pop();
            }
            _ => {}
        }
    }
    if plain == Path::new("/") {
        return Kind::Invalid.err("the destination can't be '/'");
    }
    Ok(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binds_as_docker_reads_them() {
        let m: BindMount = "/a:/b/../c:ro,rslave".parse().unwrap();
        assert_eq!((m.source, m.destination, m.readonly), ("/a".into(), PathBuf::from("/c"), true));
        assert_eq!(m.propagation, "rslave");
        assert!("./x:/b".parse::<BindMount>().unwrap().source.is_absolute());
        for bad in ["/a", "name:/b", "/a:b", "/a:/", "/a:/b:zz", "/a:/b:ro:x", ":/b", "/a:/x/.."] {
            assert!(bad.parse::<BindMount>().is_err(), "{bad}");
        }
    }

    #[test]
    fn tmpfs_options_are_checked() {
        let t: TmpfsMount = "/run:rw,size=64k,mode=1777".parse().unwrap();
        assert_eq!(t.options, ["rw", "size=64k", "mode=1777"]);
        assert!("/run:lowerdir=/".parse::<TmpfsMount>().is_err() && "run".parse::<TmpfsMount>().is_err());
    }
}
