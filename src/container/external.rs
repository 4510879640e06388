//! Containers that another OCI runtime runs instead of the built-in: what they can't have, and how their Spec differs (pure).
//!
//! The built-in takes a few things beside the Spec (users by name, an overlay as the mount on `/`, its own init); another runtime is given
//! nothing but the Spec.

use std::path::{Path, PathBuf};

use oci_spec::runtime::{LinuxNamespaceType, Mount, Process, Spec};
use serde::{Deserialize, Serialize};

use super::config::{ContainerConfig, IpcMode, NamespaceMode};
use super::resources::Resources;
use crate::error::{Kind, Result};
use crate::netns::NetworkMode;
use crate::runtime::{UserSpec, init_role};

/// Another runtime.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExternalRuntime {
    /// As it was asked for.
    pub name: String,
    pub path: PathBuf,
    /// dhow's own binary, for `--init`. (A monitor runs from a mount that has no path.)
    pub init: PathBuf,
}

/// Where the container finds dhow's binary with `--init`. The name is the role that it then has.
const INIT: &str = "/dev/dhow-role";

/// Refuses what only the built-in runtime can do.
pub fn check(config: &ContainerConfig, rootless: bool) -> Result<()> {
    let Some(runtime) = &config.runtime else { return Ok(()) };
    let joins = |mode: &NamespaceMode| matches!(mode, NamespaceMode::Container(_));
    let refused = [
        ("user namespaces with a mapping of their own", config.id_mapping.is_some()),
        ("the IPC mode container:NAME", matches!(config.namespaces.ipc, IpcMode::Container(_))),
        ("--passwd-entry and --hostuser", !config.tuning.passwd.is_empty()),
        ("--group-add keep-groups", config.tuning.keep_groups),
        ("the cgroup manager systemd", config.systemd.is_some()),
        ("the PID mode container:NAME for an ordinary user", rootless && joins(&config.namespaces.pid)),
        (
            "the network mode container:NAME for an ordinary user",
            rootless && matches!(config.network, NetworkMode::Container(_)),
        ),
        ("limits for an ordinary user", rootless && config.resources != Resources::default()),
    ];
    match refused.iter().find(|(_, asked)| *asked) {
        Some((what, _)) => Kind::Unsupported.err(format!(
            "{what} can't be had with the runtime {}: only the built-in runtime can do that",
            runtime.name
        )),
        None => Ok(()),
    }
}

/// A Spec as other runtimes understand it.
#[derive(Debug)]
pub struct Changes<'a> {
    /// The directory that the root is mounted on already.
    pub rootfs: &'a Path,
    /// The file that is the container's network namespace, if that is made before it.
    pub network: Option<&'a Path>,
    /// The runtime is in the container's user namespace already.
    pub in_user_namespace: bool,
    /// dhow's binary, to be the container's init.
    pub init: Option<&'a PathBuf>,
}

impl Changes<'_> {
    pub fn apply(&self, spec: &mut Spec) {
        let mut root = spec.root().clone().unwrap_or_default();
        root.set_path(self.rootfs.into());
        let mut mounts = spec.mounts().clone().unwrap_or_default();
        mounts.retain(|m| m.destination() != Path::new("/"));
        if let (Some(binary), Some(process)) = (self.init, spec.process_mut()) {
            mounts.push(init_mount(binary));
            let args = process.args().clone().unwrap_or_default();
            process.set_args(Some(init_args(args)));
        }
        spec.set_root(Some(root)).set_mounts(Some(mounts));
        let Some(linux) = spec.linux_mut() else { return };
        let mut namespaces = linux.namespaces().clone().unwrap_or_default();
        if self.in_user_namespace {
            namespaces.retain(|n| n.typ() != LinuxNamespaceType::User);
            linux.set_uid_mappings(None).set_gid_mappings(None).set_cgroups_path(None).set_resources(None);
        }
        for namespace in &mut namespaces {
            if let (LinuxNamespaceType::Network, Some(path)) = (namespace.typ(), self.network) {
                namespace.set_path(Some(path.into()));
            }
        }
        linux.set_namespaces(Some(namespaces));
    }
}

fn init_mount(binary: &Path) -> Mount {
    let mut mount = Mount::default();
    mount
        .set_destination(INIT.into())
        .set_typ(Some("bind".into()))
        .set_source(Some(binary.into()))
        .set_options(Some(["bind", "ro", "nosuid", "nodev"].map(String::from).into()));
    mount
}

fn init_args(args: Vec<String>) -> Vec<String> {
    let program = args.first().cloned().unwrap_or_default();
    [INIT].into_iter().chain(init_role()).map(String::from).chain([program]).chain(args).collect()
}

/// A program that joins a container, for a runtime's `exec`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Joining {
    pub process: Process,
    /// Looked up in the container.
    pub user: UserSpec,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_mounted_and_the_namespaces_are_there_already() {
        let spec = serde_json::json!({
            "ociVersion": "1.2.1",
            "root": {"path": "x"},
            "process": {"args": ["echo", "a"], "cwd": "/", "user": {"uid": 0, "gid": 0}},
            "mounts": [{"destination": "/", "type": "overlay"}, {"destination": "/proc", "type": "proc"}],
            "linux": {
                "namespaces": [{"type": "user"}, {"type": "network"}, {"type": "mount"}],
                "uidMappings": [{"containerID": 0, "hostID": 1, "size": 1}],
                "cgroupsPath": "/a",
            },
        });
        let mut spec: Spec = serde_json::from_value(spec).unwrap();
        let changes = Changes {
            rootfs: Path::new("/r"),
            network: Some(Path::new("/n")),
            in_user_namespace: true,
            init: Some(&"/usr/bin/dhow".into()),
        };
        changes.apply(&mut spec);
        let spec = serde_json::to_value(&spec).unwrap();
        assert_eq!(spec["root"]["path"], "/r");
        assert_eq!(
            spec["process"]["args"],
            serde_json::json!(["/dev/dhow-role", "init", "-", "echo", "echo", "a"])
        );
        let places: Vec<_> = spec["mounts"].as_array().unwrap().iter().map(|m| &m["destination"]).collect();
        assert_eq!(places, ["/proc", "/dev/dhow-role"]);
        let linux = &spec["linux"];
        assert_eq!(
            linux["namespaces"],
            serde_json::json!([{"type": "network", "path": "/n"}, {"type": "mount"}])
        );
        assert!(linux["uidMappings"].is_null() && linux["cgroupsPath"].is_null(), "{linux}");
    }
}
