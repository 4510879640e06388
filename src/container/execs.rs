//! Programs of `exec` that are made first and started later (Engine API, `POST /containers/{id}/exec`): `RUN/execs/<id>.json` says what
//! is to run, `<id>.started` that somebody has started it, `<id>.state` what has become of it, which the container's monitor writes.
//!
//! An entry goes with its container, or some minutes after the program's end.

use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::sys::inotify::AddWatchFlags;
use serde::{Deserialize, Serialize};

use super::store::ContainerStore;
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::state::watch::{self, Signal};
use crate::state::{ContainerId, Roots};

/// How long the exit code of a program is kept.
const KEPT: Duration = Duration::from_mins(5);

/// What is to run. `None` is as the container's own program has it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ExecConfig {
    /// 64 hex digits.
    pub id: String,
    pub container: ContainerId,
    pub command: Vec<String>,
    pub env: Vec<String>,
    pub cwd: Option<PathBuf>,
    pub user: Option<String>,
    pub tty: bool,
    /// Rows and columns of its terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub console_size: Option<(u16, u16)>,
    pub stdin: bool,
    pub stdout: bool,
    pub stderr: bool,
    pub privileged: bool,
    pub detach_keys: Option<String>,
}

/// What became of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExecState {
    /// 0 if it could not be started.
    pub pid: i32,
    /// `None` as long as it runs.
    pub exit_code: Option<u8>,
}

/// Those of one run-time root.
#[derive(Debug, Clone)]
pub struct ExecStore {
    dir: PathBuf,
}

impl ExecStore {
    pub fn new(roots: &Roots) -> Self {
        Self { dir: roots.runroot.join("execs") }
    }

    fn path(&self, id: &str, kind: &str) -> Result<PathBuf> {
        // Comes from outside, and becomes a file's name.
        if id.is_empty() || !id.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Kind::NotFound.err(format!("No such exec instance: {id}"));
        }
        Ok(self.dir.join(format!("{id}.{kind}")))
    }

    pub fn create(&self, config: &ExecConfig) -> Result<()> {
        file::make_dirs(&self.dir, 0o700)?;
        file::write_json(&self.path(&config.id, "json")?, config, Durability::Ephemeral)
    }

    pub fn config(&self, id: &str) -> Result<ExecConfig> {
        match file::read_json_opt(&self.path(id, "json")?)? {
            Some(config) => Ok(config),
            None => Kind::NotFound.err(format!("No such exec instance: {id}")),
        }
    }

    /// Takes it for the caller to start. Only one can.
    pub fn claim(&self, id: &str) -> Result<()> {
        match OpenOptions::new().write(true).create_new(true).open(self.path(id, "started")?) {
            Ok(_) => Ok(()),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => {
                Kind::Conflict.err(format!("exec command {id} has already run"))
            }
            Err(e) => Err(e).with_context(|| format!("starting the exec {id}")),
        }
    }

    /// Readable when something has become of one of them.
    pub fn changes(&self) -> Result<Signal> {
        watch::signal(&self.dir, AddWatchFlags::IN_MOVED_TO)
    }

    pub fn is_started(&self, id: &str) -> Result<bool> {
        Ok(self.path(id, "started")?.exists())
    }

    /// `None` before it runs.
    pub fn state(&self, id: &str) -> Result<Option<ExecState>> {
        file::read_json_opt(&self.path(id, "state")?)
    }

    pub fn write_state(&self, id: &str, state: &ExecState) -> Result<()> {
        file::write_json(&self.path(id, "state")?, state, Durability::Ephemeral)
    }

    /// Removes those that nobody will ask for any more.
    pub fn collect(&self, containers: &ContainerStore) -> Result<()> {
        for entry in std::fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let path = entry.path();
            let (Some(id), true) = (path.file_stem().and_then(|s| s.to_str()), is_config(&path)) else {
                continue;
            };
            let Ok(config) = self.config(id) else { continue };
            let old = || -> Option<bool> {
                let ended = self.state(id).ok()??.exit_code.is_some();
                let age = self.path(id, "state").ok()?.metadata().ok()?.modified().ok()?.elapsed().ok()?;
                Some(ended && age > KEPT)
            };
            if !containers.dir(&config.container).exists() || old() == Some(true) {
                for kind in ["state", "started", "json"] {
                    file::remove_file(&self.path(id, kind)?)?;
                }
            }
        }
        Ok(())
    }
}

fn is_config(path: &Path) -> bool {
    path.extension().is_some_and(|e| e == "json")
}
