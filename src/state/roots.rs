//! Where dhow keeps things: one root that survives a reboot and one that does not.

use std::env;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::{file, session};
use crate::error::{Context, Kind, Result};

/// The two roots, made if missing, and who uses them.
#[derive(Debug, Clone)]
pub struct Roots {
    /// Survives a reboot: images, layers, containers, names, volumes, networks.
    pub root: PathBuf,
    /// Vanishes at reboot: run-time state of containers, sockets, locks, events.
    pub runroot: PathBuf,
    /// Whether this process acts as an ordinary user.
    pub rootless: bool,
}

impl Roots {
    /// The roots given by the command line, else those of this user, as absolute paths.
    pub fn locate(root: Option<&Path>, runroot: Option<&Path>) -> Result<Self> {
        let rootless = !nix::unistd::geteuid().is_root() || session::is_inside();
        let root = match root {
            Some(path) => std::path::absolute(path)?,
            None if rootless => data_home()?.join("dhow"),
            None => PathBuf::from("/var/lib/dhow"),
        };
        let runroot = match runroot {
            Some(path) => std::path::absolute(path)?,
            None if rootless => runtime_dir()?.join("dhow"),
            None => PathBuf::from("/run/dhow"),
        };
        // overlay's options, in which its layers are named, know no quotes that all kernels agree on.
        if root.to_str().is_none_or(|text| text.contains([':', ',', '\\'])) {
            return Kind::Unsupported.err(format!(
                "{}: a root directory with ':', ',', '\\' or a byte that is no text in its path can't hold layers; choose another with --root",
                root.display()
            ));
        }
        let roots = Self { root, runroot, rootless };
        roots.make()?;
        Ok(roots)
    }

    fn make(&self) -> Result<()> {
        // 0711 as root: users mapped into containers must reach the layers, not list the store.
        let mode = if self.rootless { 0o700 } else { 0o711 };
        for dir in [&self.root, &self.runroot] {
            if !dir.is_dir() {
                file::make_dirs(dir, mode)?;
            }
        }
        Ok(())
    }

    /// Whether these are the ones that commands without options use.
    pub fn is_default(&self) -> bool {
        self.rootless || self.root == Path::new("/var/lib/dhow")
    }

    pub fn images(&self) -> PathBuf {
        self.root.join("images")
    }

    pub fn layers(&self) -> PathBuf {
        self.root.join("layers")
    }

    /// Layers with other owners than an image says.
    pub fn shifted_layers(&self) -> PathBuf {
        self.root.join("layers-shifted")
    }

    pub fn containers(&self) -> PathBuf {
        self.root.join("containers")
    }

    pub fn names(&self) -> PathBuf {
        self.root.join("names")
    }

    pub fn volumes(&self) -> PathBuf {
        self.root.join("volumes")
    }

    pub fn run_containers(&self) -> PathBuf {
        self.runroot.join("containers")
    }
}

fn data_home() -> Result<PathBuf> {
    match env::var_os("XDG_DATA_HOME").map(PathBuf::from) {
        Some(dir) if dir.is_absolute() => Ok(dir),
        _ => Ok(home()?.join(".local/share")),
    }
}

/// `$XDG_CONFIG_HOME`.
pub fn config_home() -> Result<PathBuf> {
    match env::var_os("XDG_CONFIG_HOME").map(PathBuf::from) {
        Some(dir) if dir.is_absolute() => Ok(dir),
        _ => Ok(home()?.join(".config")),
    }
}

/// The user's home directory: `$HOME`, else what the user database says.
pub fn home() -> Result<PathBuf> {
    if let Some(home) = env::var_os("HOME").map(PathBuf::from).filter(|h| h.is_absolute()) {
        return Ok(home);
    }
    let uid = nix::unistd::geteuid().as_raw();
    passwd_home(uid).with_context(|| {
        format!(
            "no home directory: $HOME is not set and /etc/passwd has no user {uid}; use --root and --runroot"
        )
    })
}

fn passwd_home(uid: u32) -> Option<PathBuf> {
    // Read here, because getpwuid(3) of a static glibc loads shared libraries.
    let passwd = std::fs::read_to_string("/etc/passwd").ok()?;
    let fields = passwd
        .lines()
        .map(|l| l.split(':').collect::<Vec<_>>())
        .find(|f| f.get(2) == Some(&&*uid.to_string()))?;
    fields.get(5).map(PathBuf::from)
}

/// `$XDG_RUNTIME_DIR`, else /run/user/UID, else a private directory under /tmp.
pub fn runtime_dir() -> Result<PathBuf> {
    let uid = nix::unistd::geteuid().as_raw();
    let usual = PathBuf::from(format!("/run/user/{uid}"));
    for dir in [env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from), Some(usual)].into_iter().flatten() {
        if dir.is_absolute() && dir.metadata().is_ok_and(|m| m.is_dir() && m.uid() == uid) {
            return Ok(dir);
        }
    }
    let dir = PathBuf::from(format!("/tmp/dhow-run-{uid}"));
    file::make_dirs(&dir, 0o700)?;
    let meta = dir.symlink_metadata()?;
    // Anybody can make names in /tmp: take only a directory that is ours and closed to others.
    if !meta.is_dir() || meta.uid() != uid || meta.permissions().mode() & 0o077 != 0 {
        return Kind::Forbidden.err(format!(
            "{} is not a private directory of yours; set XDG_RUNTIME_DIR or use --runroot",
            dir.display()
        ));
    }
    Ok(dir)
}
