//! A mount of a container: what is mounted, where, and how.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::driver::DriverOptions;
use crate::error::{Kind, Result};
use crate::state::Digest;

/// One mount, as it was asked for and, once the container was created, as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MountPoint {
    /// Absolute, without `.` and `..`.
    pub destination: PathBuf,
    pub source: MountSource,
    #[serde(default)]
    pub readonly: Readonly,
    #[serde(default)]
    pub recursion: Recursion,
    /// `rprivate`, `rslave`, …; empty: what is usual.
    #[serde(default)]
    pub propagation: String,
    /// `exec`, `nodev` and the like, as mount(8) has them.
    #[serde(default)]
    pub flags: Vec<String>,
    /// Show the files with the ids of the container's user namespace.
    #[serde(default)]
    pub idmap: bool,
    /// Give the files to the container's user when it is created (`U`).
    #[serde(default)]
    pub chown: bool,
    #[serde(default)]
    pub relabel: Option<Relabel>,
    /// Changes go to a directory of the container's own, the source stays as it is (`O`).
    #[serde(default)]
    pub overlay: Option<OverlayDirs>,
    /// An empty volume gets what the image has at the destination.
    #[serde(default)]
    pub copy: bool,
    /// Has no meaning on Linux; it is shown as it was given.
    #[serde(default)]
    pub consistency: Option<String>,
    pub given: Given,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MountSource {
    /// A file or directory of the host.
    Bind {
        path: PathBuf,
        /// Make the directory if nothing is there.
        create: bool,
    },
    Volume {
        /// Empty: a new one without a name of its own.
        name: String,
        /// It goes with the container, if that is asked for.
        anonymous: bool,
        /// What of it is mounted.
        subpath: Option<PathBuf>,
        /// For a volume that is not there yet.
        labels: BTreeMap<String, String>,
        /// How it was asked to be made; once it is there, what it is.
        driver: DriverOptions,
    },
    /// An empty file system in memory, with mount(8) options.
    Tmpfs { options: Vec<String> },
    /// The same, without limits and never swapped.
    Ramfs { options: Vec<String> },
    /// Terminals of their own.
    Devpts { options: Vec<String> },
    /// The root file system of an image.
    Image {
        image: String,
        /// Digest of its configuration, once the image was found.
        id: Option<Digest>,
        /// Diff IDs, bottom first.
        layers: Vec<Digest>,
        subpath: Option<PathBuf>,
    },
}

impl MountSource {
    /// As docker names the type.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bind { .. } => "bind",
            Self::Volume { .. } => "volume",
            Self::Tmpfs { .. } => "tmpfs",
            Self::Ramfs { .. } => "ramfs",
            Self::Devpts { .. } => "devpts",
            Self::Image { .. } => "image",
        }
    }
}

/// Whether the container may change what is mounted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Readonly {
    #[default]
    No,
    Yes,
}

impl Readonly {
    pub fn is_set(self) -> bool {
        self == Self::Yes
    }
}

/// What becomes of the mounts below the source of a bind mount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Recursion {
    /// They are mounted with it, read-only if it is.
    #[default]
    Enabled,
    /// They are left out.
    Disabled,
    /// They stay writable.
    Writable,
    /// They are read-only, or the container doesn't start.
    Readonly,
}

/// Which SELinux label the files get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relabel {
    /// One that all containers may use (`z`).
    Shared,
    /// The container's own (`Z`).
    Private,
}

/// Where changes of a source go that is to stay as it is. Both or neither.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlayDirs {
    pub upper: Option<PathBuf>,
    pub work: Option<PathBuf>,
}

/// Which option a mount comes from: `inspect` tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Given {
    /// `--volume` with these options after the destination.
    Volume(String),
    /// `--mount`.
    Mount,
    /// The image's configuration.
    Image,
    /// Another container (`--volumes-from`).
    From,
}

impl MountPoint {
    /// Whether its files are there while the container doesn't run.
    pub fn is_lasting(&self) -> bool {
        let files = match &self.source {
            MountSource::Bind { .. } => true,
            MountSource::Volume { driver, .. } => driver.device().is_none_or(|d| !d.is_in_memory()),
            _ => false,
        };
        files && self.overlay.is_none()
    }

    pub fn new(destination: PathBuf, source: MountSource, given: Given) -> Self {
        Self {
            destination,
            source,
            readonly: Readonly::No,
            recursion: Recursion::Enabled,
            propagation: String::new(),
            flags: Vec::new(),
            idmap: false,
            chown: false,
            relabel: None,
            overlay: None,
            copy: true,
            consistency: None,
            given,
        }
    }

    /// A new volume of the container's own.
    pub fn anonymous(destination: PathBuf, given: Given) -> Self {
        let source = MountSource::Volume {
            name: String::new(),
            anonymous: true,
            subpath: None,
            labels: BTreeMap::new(),
            driver: DriverOptions::default(),
        };
        Self::new(destination, source, given)
    }

    /// The volume, if it is one.
    pub fn volume(&self) -> Option<&str> {
        match &self.source {
            MountSource::Volume { name, .. } => Some(name),
            _ => None,
        }
    }

    /// The volume, if it goes with the container.
    pub fn anonymous_volume(&self) -> Option<&str> {
        match &self.source {
            MountSource::Volume { name, anonymous: true, .. } => Some(name),
            _ => None,
        }
    }

    /// What stands for it in a list of mounts.
    pub fn shown_source(&self) -> Option<String> {
        match &self.source {
            MountSource::Volume { name, .. } => Some(name.clone()),
            MountSource::Bind { path, .. } => Some(path.display().to_string()),
            MountSource::Image { image, .. } => Some(image.clone()),
            _ => None,
        }
    }

    /// What of the source is mounted, if not all.
    pub fn subpath(&self) -> Option<&Path> {
        match &self.source {
            MountSource::Volume { subpath, .. } | MountSource::Image { subpath, .. } => subpath.as_deref(),
            _ => None,
        }
    }
}

/// An absolute, plain path other than `/`, in docker's words.
pub fn container_path(text: &str) -> Result<PathBuf> {
    let path = Path::new(text);
    if !path.is_absolute() {
        return Kind::Invalid.err(format!("invalid mount path: '{text}' mount path must be absolute"));
    }
    let plain = plain(path);
    if plain == Path::new("/") {
        return Kind::Invalid.err("invalid specification: destination can't be '/'");
    }
    Ok(plain)
}

/// An absolute path without `.` and `..`.
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::from("/");
    for component in path.components() {
        match component {
            Component::Normal(name) => plain.push(name),
            Component::ParentDir => drop(plain.pop()),
            _ => {}
        }
    }
    plain
}

/// A path below what it starts from.
pub fn subpath(text: &str) -> Result<Option<PathBuf>> {
    if text.is_empty() {
        return Ok(None);
    }
    let path = Path::new(text);
    if path.is_absolute() || path.components().any(|c| c == Component::ParentDir) {
        return Kind::Invalid.err(format!("subpath must be a relative path within the volume: {text}"));
    }
    Ok(Some(path.to_path_buf()))
}
