//! Which namespaces a container has: new ones, those of others, and what is written into new ones.

use std::path::PathBuf;

use nix::sched::CloneFlags;
use oci_spec::runtime::{Linux, LinuxIdMapping, LinuxNamespaceType};
use serde::{Deserialize, Serialize};

use crate::error::{Kind, Result};
use crate::namespaces::{IdRange, Mapping};

/// Somebody's namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedNamespace {
    /// `CLONE_NEW…` of its kind.
    pub flag: i32,
    pub path: PathBuf,
}

/// What the Spec asks for.
#[derive(Debug, Default)]
pub(super) struct Namespaces {
    /// `CLONE_NEW…` flags. The time namespace stands beside: clone3(2) can make one, but then it is too late to set its clocks.
    pub new: i32,
    pub joined: Vec<JoinedNamespace>,
    pub time: Option<Vec<String>>,
}

impl Namespaces {
    /// Whether the container has one of its own or of another container, so not its creator's.
    pub fn has(&self, flag: CloneFlags) -> bool {
        self.new & flag.bits() != 0 || self.joined.iter().any(|j| j.flag == flag.bits())
    }
}

pub(super) fn plan(linux: &Linux) -> Result<Namespaces> {
    let mut planned = Namespaces::default();
    let mut seen = 0;
    for namespace in linux.namespaces().iter().flatten() {
        let flag = namespace.typ() as i32;
        if seen & flag != 0 {
            return Kind::Invalid.err(format!("the Spec lists the {} namespace twice", namespace.typ()));
        }
        seen |= flag;
        match namespace.path().as_deref().filter(|p| !p.as_os_str().is_empty()) {
            Some(path) if !path.is_absolute() => {
                return Kind::Invalid.err(format!(
                    "the path of the {} namespace, {}, must be absolute",
                    namespace.typ(),
                    path.display()
                ));
            }
            Some(path) => planned.joined.push(JoinedNamespace { flag, path: path.to_path_buf() }),
            None if namespace.typ() == LinuxNamespaceType::Time => planned.time = Some(Vec::new()),
            None => planned.new |= flag,
        }
    }
    let offsets = time_offsets(linux)?;
    match &mut planned.time {
        Some(lines) => *lines = offsets,
        None if offsets.is_empty() => {}
        None => return Kind::Invalid.err("linux.timeOffsets needs a new time namespace"),
    }
    Ok(planned)
}

/// As time_namespaces(7) wants them written.
fn time_offsets(linux: &Linux) -> Result<Vec<String>> {
    let mut lines = Vec::new();
    for (clock, offset) in linux.time_offsets().iter().flatten() {
        if !matches!(clock.as_str(), "monotonic" | "boottime") {
            return Kind::Invalid.err(format!("linux.timeOffsets: no clock {clock:?} can be set"));
        }
        lines.push(format!("{clock} {} {}", offset.secs().unwrap_or(0), offset.nanosecs().unwrap_or(0)));
    }
    lines.sort();
    Ok(lines)
}

pub(super) fn mapping(linux: &Linux, namespaces: &Namespaces) -> Result<Option<Mapping>> {
    let joined = namespaces.joined.iter().any(|j| j.flag == CloneFlags::CLONE_NEWUSER.bits());
    if joined {
        // It has its mapping already.
        return Ok(None);
    }
    let mapping =
        Mapping { uids: ranges(linux.uid_mappings().as_ref()), gids: ranges(linux.gid_mappings().as_ref()) };
    let wanted = namespaces.new & CloneFlags::CLONE_NEWUSER.bits() != 0;
    match (wanted, mapping.uids.is_empty() || mapping.gids.is_empty()) {
        (true, true) => Kind::Invalid.err("a new user namespace needs uidMappings and gidMappings"),
        (true, false) => Ok(Some(mapping)),
        (false, true) => Ok(None),
        (false, false) => Kind::Invalid.err("uidMappings and gidMappings need a new user namespace"),
    }
}

pub(super) fn ranges(list: Option<&Vec<LinuxIdMapping>>) -> Vec<IdRange> {
    let one = |m: &LinuxIdMapping| IdRange { inside: m.container_id(), outside: m.host_id(), size: m.size() };
    list.into_iter().flatten().map(one).collect()
}

pub(super) fn sysctls(linux: &Linux, namespaces: &Namespaces) -> Result<Vec<(String, String)>> {
    let has = |flag: CloneFlags| namespaces.has(flag);
    let mut list = Vec::new();
    for (key, value) in linux.sysctl().iter().flatten() {
        let key = &key.replace('/', ".");
        // Only what belongs to a namespace of the container's own: anything else would change the host.
        let allowed = match key.as_str() {
            k if k.starts_with("net.") => has(CloneFlags::CLONE_NEWNET),
            k if k.starts_with("fs.mqueue.")
                || k.starts_with("kernel.msg")
                || k.starts_with("kernel.shm") =>
            {
                has(CloneFlags::CLONE_NEWIPC)
            }
            "kernel.sem" => has(CloneFlags::CLONE_NEWIPC),
            "kernel.domainname" | "kernel.hostname" => has(CloneFlags::CLONE_NEWUTS),
            _ => false,
        };
        if !allowed || key.contains("..") || key.contains('/') {
            return Kind::Invalid
                .err(format!("the sysctl {key:?} is not in a namespace of the container's own"));
        }
        list.push((key.clone(), value.clone()));
    }
    list.sort();
    Ok(list)
}
