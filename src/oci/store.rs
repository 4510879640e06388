//! The state of containers on disk:
//!
//! ```text
//! ROOT/<id>/config.json   the Spec as it was at create
//!           state.json    written when the first process is there; changes by rename
//!           seccomp       the compiled filter, for `exec`
//!           start.sock    where the first process waits to be started; gone once it was
//! ```
//!
//! The directory is its own lock: held by whoever creates, starts or deletes. One without state whose lock is free is what a creator left
//! that was killed, and is swept.

use std::fs::File;
use std::io::ErrorKind;
use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use oci_spec::runtime::Spec;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Id, SPEC_VERSION};
use crate::cgroups::{Cgroup, Saved, resctrl};
use crate::error::{Context, Kind, Result};
use crate::namespaces::{is_nested, subid};
use crate::runtime::{ContainerInfo, Hooks, SeccompProgram};
use crate::state::file::{self, Durability};
use crate::state::process::ProcessIdentity;
use crate::state::{Lock, roots};
use crate::sys::socket;

const STATE: &str = "state.json";
const CONFIG: &str = "config.json";
const SECCOMP: &str = "seccomp";
const SOCKET: &str = "start.sock";

/// All containers of one state directory.
#[derive(Debug, Clone)]
pub struct Store {
    root: PathBuf,
}

/// What is known of a container once its first process is there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Record {
    pub info: ContainerInfo,
    pub rootfs: PathBuf,
    /// RFC 3339.
    pub created: String,
    /// User id of whoever created it.
    pub owner: u32,
    pub init: ProcessIdentity,
    pub cgroup: Option<Saved>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resctrl: Option<resctrl::Group>,
    /// The kernel ends all its processes with the first.
    pub own_pids: bool,
}

/// Of the specification's runtime.md "State", and runc's `paused`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    Creating,
    Created,
    Running,
    Paused,
    Stopped,
}

impl Status {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Created => "created",
            Self::Running => "running",
            Self::Paused => "paused",
            Self::Stopped => "stopped",
        }
    }
}

/// A container by its directory.
#[derive(Debug)]
pub struct Instance {
    pub id: Id,
    dir: PathBuf,
}

impl Store {
    /// The directory given, else the user's own.
    pub fn locate(root: Option<&Path>) -> Result<Self> {
        let root = match root {
            Some(path) => std::path::absolute(path)?,
            None if nix::unistd::geteuid().is_root() && !is_nested() => PathBuf::from("/run/dhow/oci"),
            None => roots::runtime_dir()?.join("dhow/oci"),
        };
        Ok(Self { root })
    }

    pub fn root(&self) -> &Path {
        &self.root
    }

    fn instance(&self, id: Id) -> Instance {
        Instance { dir: self.root.join(id.as_str()), id }
    }

    /// A container that exists, at least half.
    pub fn find(&self, id: &str) -> Result<Instance> {
        let Ok(id) = Id::parse(id) else { return Err(no_such()) };
        let instance = self.instance(id);
        if instance.dir.is_dir() { Ok(instance) } else { Err(no_such()) }
    }

    /// All containers, by name.
    pub fn list(&self) -> Result<Vec<(Instance, Record)>> {
        let entries = match std::fs::read_dir(&self.root) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| format!("reading {}", self.root.display())),
        };
        let mut ids: Vec<Id> =
            entries.flatten().filter_map(|e| Id::parse(e.file_name().to_str()?).ok()).collect();
        ids.sort();
        let mut found = Vec::new();
        for instance in ids.into_iter().map(|id| self.instance(id)) {
            if let Some(record) = instance.record_opt()? {
                found.push((instance, record));
            }
        }
        Ok(found)
    }

    /// Takes the name and the lock for a new container; `config` is its Spec.
    pub fn claim(&self, id: Id, config: &[u8]) -> Result<(Instance, Lock)> {
        file::make_dirs(&self.root, 0o700)?;
        let instance = self.instance(id);
        let temporary = file::temporary_in(&self.root)?;
        file::make_dirs(&temporary, 0o700)?;
        let claimed = (|| {
            // Locked before it can be seen: nobody takes it for something abandoned.
            let lock = Lock::exclusive(&temporary)?;
            file::write(&temporary.join(CONFIG), config, Durability::Ephemeral)?;
            // Fails if there is a directory of this name with something in it, and they all have.
            if let Err(error) = file::rename(&temporary, &instance.dir, Durability::Ephemeral) {
                anyhow::ensure!(instance.dir.is_dir(), error);
                if !instance.sweep()? {
                    return Kind::Conflict.err("container with given ID already exists");
                }
                file::rename(&temporary, &instance.dir, Durability::Ephemeral)?;
            }
            Ok(lock)
        })();
        match claimed {
            Ok(lock) => Ok((instance, lock)),
            Err(error) => {
                let _ = std::fs::remove_dir_all(&temporary);
                Err(error)
            }
        }
    }
}

fn no_such() -> crate::error::Error {
    Kind::NotFound.error("container does not exist")
}

impl Instance {
    pub fn lock(&self) -> Result<Lock> {
        let directory = File::open(&self.dir).map_err(|_| no_such())?;
        let lock = Lock::exclusive_on(directory)?;
        // It may have been deleted while we waited.
        if self.dir.is_dir() { Ok(lock) } else { Err(no_such()) }
    }

    /// Removes what a creator left that was killed. Whether there was such.
    fn sweep(&self) -> Result<bool> {
        let Some(lock) = Lock::try_existing(&self.dir)? else { return Ok(false) };
        let abandoned = self.record_opt()?.is_none();
        if abandoned {
            self.remove()?;
        }
        drop(lock);
        Ok(abandoned)
    }

    pub fn remove(&self) -> Result<()> {
        match std::fs::remove_dir_all(&self.dir) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                Err(e).with_context(|| format!("removing {}", self.dir.display()))
            }
            _ => Ok(()),
        }
    }

    pub fn record_opt(&self) -> Result<Option<Record>> {
        file::read_json_opt(&self.dir.join(STATE))
    }

    pub fn record(&self) -> Result<Record> {
        self.record_opt()?.ok_or_else(no_such)
    }

    pub fn write_record(&self, record: &Record) -> Result<()> {
        file::write_json(&self.dir.join(STATE), record, Durability::Ephemeral)
    }

    /// The Spec as it was at create.
    pub fn spec(&self) -> Result<Spec> {
        let bytes = file::read_opt(&self.dir.join(CONFIG))?.ok_or_else(no_such)?;
        parse_spec(&bytes)
    }

    pub fn hooks(&self, record: &Record) -> Result<Hooks> {
        Hooks::plan(&self.spec()?, record.info.clone())
    }

    pub fn keep_seccomp(&self, program: &SeccompProgram) -> Result<()> {
        file::write(&self.dir.join(SECCOMP), &program.to_bytes(), Durability::Ephemeral)
    }

    /// The filter of the container's processes, compiled at create.
    pub fn seccomp(&self) -> Result<SeccompProgram> {
        let path = self.dir.join(SECCOMP);
        // Never without: whoever removed it must not get an unfiltered process by that.
        match file::read_opt(&path)?.as_deref().and_then(SeccompProgram::from_bytes) {
            Some(program) => Ok(program),
            None => Kind::Corrupt.err(format!("the seccomp filter {} is missing or damaged", path.display())),
        }
    }

    /// Where its first process will wait to be started.
    pub fn listen(&self) -> Result<OwnedFd> {
        let dir = File::open(&self.dir).with_context(|| format!("opening {}", self.dir.display()))?;
        socket::listen(dir.as_fd(), SOCKET).context("making the socket to be started through")
    }

    /// A connection to its waiting first process, `None` if it doesn't wait.
    pub fn connect(&self) -> Result<Option<OwnedFd>> {
        let dir = File::open(&self.dir).map_err(|_| no_such())?;
        match socket::connect(dir.as_fd(), SOCKET) {
            Ok(connection) => Ok(Some(connection)),
            Err(Errno::ECONNREFUSED | Errno::ENOENT) => Ok(None),
            Err(e) => Err(e).context("connecting to the container's first process"),
        }
    }

    /// From now on it counts as started.
    pub fn mark_started(&self) -> Result<()> {
        file::remove_file(&self.dir.join(SOCKET))
    }

    pub fn status(&self, record: &Record) -> Status {
        if !record.init.is_alive() {
            Status::Stopped
        } else if record.cgroup.as_ref().is_some_and(Saved::is_frozen) {
            // First: one that waits to be started can be paused, and nobody is to wait for it then.
            Status::Paused
        } else if self.dir.join(SOCKET).exists() {
            Status::Created
        } else {
            Status::Running
        }
    }

    /// The cgroup of the container, if it has one and it is still there.
    pub fn cgroup(record: &Record) -> Result<Option<Cgroup>> {
        let Some(saved) = &record.cgroup else { return Ok(None) };
        match Cgroup::reopen(saved) {
            Err(e) if crate::error::is(&e, Kind::NotFound) => Ok(None),
            other => other.map(Some),
        }
    }
}

impl Record {
    /// As `state` and `list` show it: the specification's state and what runc has beyond.
    pub fn report(&self, status: Status, owner: &str) -> Value {
        let pid = if status == Status::Stopped { 0 } else { self.init.pid };
        let mut report = json!({
            "ociVersion": self.info.version,
            "id": self.info.id,
            "pid": pid,
            "status": status.as_str(),
            "bundle": self.info.bundle.to_string_lossy(),
            "rootfs": self.rootfs.to_string_lossy(),
            "created": self.created,
        });
        if !self.info.annotations.is_empty() {
            report["annotations"] = json!(self.info.annotations);
        }
        report["owner"] = owner.into();
        report
    }
}

/// Reads a Spec of this major version, within which later ones only add. `process.user` may be left out, as the schema has it.
pub fn parse_spec(bytes: &[u8]) -> Result<Spec> {
    let spec = read_spec(bytes)?;
    let version = spec.version();
    if version.split('.').next() != SPEC_VERSION.split('.').next() {
        return Kind::Invalid.err(format!(
            "config.json is of version {version:?} of the runtime specification; this is a runtime of {SPEC_VERSION}"
        ));
    }
    Ok(spec)
}

fn read_spec(bytes: &[u8]) -> Result<Spec> {
    let error = match serde_json::from_slice(bytes) {
        Ok(spec) => return Ok(spec),
        Err(error) => error,
    };
    let mut value: Value = match serde_json::from_slice(bytes) {
        Ok(value) => value,
        Err(error) => return Kind::Invalid.err(format!("config.json is not JSON: {error}")),
    };
    if let Some(process) = value.get_mut("process") {
        complete_process(process);
    }
    serde_json::from_value(value)
        .or_else(|_| Kind::Invalid.err(format!("config.json is no valid Spec: {error}")))
}

/// Brings a process document into the form that the types read: they want a user, and have one flag under a name of their own.
pub fn complete_process(process: &mut Value) {
    if let Some(fields) = process.as_object_mut() {
        fields.entry("user").or_insert_with(|| json!({"uid": 0, "gid": 0}));
    }
    for flag in process.pointer_mut("/scheduler/flags").and_then(Value::as_array_mut).into_iter().flatten() {
        if flag == "SCHED_FLAG_DL_OVERRUN" {
            *flag = "SCHED_FLAG_D_L_OVERRUN".into();
        }
    }
}

/// The name of a user, or his number as text.
pub fn user_name(uid: u32) -> String {
    subid::user_name(uid).unwrap_or_else(|| uid.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spec_may_leave_out_what_the_schema_lets_it() {
        let flags = json!(["SCHED_FLAG_DL_OVERRUN", "SCHED_RESET_ON_FORK"]);
        let process =
            json!({"cwd": "/", "args": ["x"], "scheduler": {"policy": "SCHED_DEADLINE", "flags": flags}});
        let spec = json!({"ociVersion": "1.2.1", "root": {"path": "rootfs"}, "process": process});
        let spec = parse_spec(spec.to_string().as_bytes()).unwrap();
        let process = spec.process().as_ref().unwrap();
        assert_eq!(process.user().uid(), 0);
        assert_eq!(process.scheduler().as_ref().unwrap().flags().as_ref().unwrap().len(), 2);
        for (version, known) in [("1.0.2-dev", true), ("1.9.0", true), ("2.0.0", false), ("", false)] {
            let spec = json!({"ociVersion": version, "root": {"path": "rootfs"}, "process": {"cwd": "/"}});
            let read = parse_spec(spec.to_string().as_bytes());
            assert_eq!(read.is_ok(), known, "{version}: {read:?}");
            assert!(known || read.unwrap_err().to_string().contains("of the runtime specification"));
        }
        assert!(parse_spec(b"{").unwrap_err().to_string().contains("is not JSON"));
        assert!(parse_spec(b"{\"process\":{}}").unwrap_err().to_string().contains("is no valid Spec"));
    }
}
