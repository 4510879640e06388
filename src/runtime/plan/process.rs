//! The program of a Spec and its rights.

use std::collections::HashMap;

use oci_spec::runtime::{Capability, Linux, PosixRlimit, Process};

use super::{CapabilitySets, Extras, PlannedProcess, Rlimit};
use crate::error::{Kind, Result};
use crate::runtime::seccomp;
use crate::runtime::treatment::Treatment;

impl PlannedProcess {
    /// The program of a Spec's process, with the filter of the container that it belongs to.
    pub fn new(process: &Process, linux: &Linux, extras: Extras) -> Result<Self> {
        let args = process.args().clone().unwrap_or_default();
        match args.first().map(String::as_str) {
            None => return Kind::Invalid.err("no command was given, and the image has none"),
            // No directory of the path has one.
            Some("") => return Kind::CannotStart(127).err("exec: \"\": executable file not found in $PATH"),
            Some(_) => {}
        }
        for text in args.iter().chain(process.env().iter().flatten()) {
            if text.contains('\0') {
                return Kind::Invalid.err("arguments and environment variables can't have NUL bytes in them");
            }
        }
        let user = process.user();
        let listener =
            linux.seccomp().as_ref().map(|s| seccomp::Listener::plan(s, extras.info)).transpose()?;
        Ok(Self {
            args,
            env: environment(process.env().as_deref().unwrap_or_default()),
            cwd: process.cwd().clone(),
            make_cwd: extras.make_cwd,
            terminal: process.terminal().unwrap_or(false),
            uid: user.uid(),
            gid: user.gid(),
            additional_gids: user.additional_gids().clone().unwrap_or_default(),
            keep_groups: extras.keep_groups,
            umask: user.umask(),
            lookup: extras.lookup,
            capabilities: capability_sets(process),
            rlimits: process.rlimits().iter().flatten().map(rlimit).collect(),
            no_new_privileges: process.no_new_privileges().unwrap_or(false),
            oom_score_adj: process.oom_score_adj(),
            seccomp: linux.seccomp().as_ref().map(seccomp::compile).transpose()?,
            init: extras.init,
            listener: listener.flatten(),
            treatment: Treatment::plan(process, linux)?,
            preserve_fds: extras.preserve_fds + extras.passed.len() as u32,
            passed: extras.passed,
            dies_with_parent: !extras.outlives_creator,
            tells_user: false,
        })
    }
}

/// Of a variable that is given more than once the last value, at the place of the first: the program would take one or the other.
fn environment(given: &[String]) -> Vec<String> {
    let name = |entry: &str| entry.split('=').next().unwrap_or_default().to_string();
    let mut places = HashMap::new();
    let mut all: Vec<String> = Vec::with_capacity(given.len());
    for entry in given {
        let place = *places.entry(name(entry)).or_insert(all.len());
        match all.get_mut(place) {
            Some(earlier) => earlier.clone_from(entry),
            None => all.push(entry.clone()),
        }
    }
    all
}

fn capability_sets(process: &Process) -> CapabilitySets {
    let Some(sets) = process.capabilities() else { return CapabilitySets::default() };
    let bits = |set: &Option<oci_spec::runtime::Capabilities>| {
        set.iter().flatten().map(|c| 1u64 << number(*c)).sum()
    };
    CapabilitySets {
        bounding: bits(sets.bounding()),
        effective: bits(sets.effective()),
        permitted: bits(sets.permitted()),
        inheritable: bits(sets.inheritable()),
        ambient: bits(sets.ambient()),
    }
}

/// The kernel's number of a capability (linux/capability.h).
fn number(capability: Capability) -> u8 {
    use caps::Capability as C;
    use std::str::FromStr;
    // Both crates use the kernel's names.
    C::from_str(&format!("CAP_{capability}")).map_or(0, |c| c.index())
}

fn rlimit(limit: &PosixRlimit) -> Rlimit {
    Rlimit { resource: limit.typ() as u32, soft: limit.soft(), hard: limit.hard() }
}
