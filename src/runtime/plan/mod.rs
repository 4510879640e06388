//! What is to be done to start a container, worked out from its Spec before anything is done (pure; tested without root).
//!
//! Whatever the Spec asks that this version can't do is refused here by name: nothing was started then.

mod devices;
mod mounts;
mod namespaces;
mod process;

use std::path::{Path, PathBuf};

use nix::sched::CloneFlags;
use oci_spec::runtime::{Linux, Spec};
use serde::{Deserialize, Serialize};

use super::hooks::{ContainerInfo, Hooks};
use super::identity::UserSpec;
use super::mount_options::MountOptions;
use super::net_devices::{self, NetDevice};
use super::seccomp;
use super::treatment::Treatment;
use crate::error::{Context, Kind, Result};
use crate::namespaces::Mapping;
use crate::volumes::driver::DeviceMount;

pub use devices::come_with as host_nodes_come_with;
pub use namespaces::JoinedNamespace;

/// A validated plan. It is plain data, so that it can be handed to another process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// `CLONE_NEW…` flags of the namespaces to make.
    pub new_namespaces: i32,
    /// Namespaces of others to join.
    pub joined: Vec<JoinedNamespace>,
    /// A new time namespace, with lines for /proc/PID/timens_offsets.
    pub time: Option<Vec<String>>,
    /// The mapping of a new user namespace.
    pub mapping: Option<Mapping>,
    /// The mapping of a user namespace around that one, whose ids it maps: an ordinary user's way to ids other than the usual ones.
    pub outer: Option<Mapping>,
    pub hostname: Option<String>,
    pub domainname: Option<String>,
    pub sysctls: Vec<(String, String)>,
    pub rootfs: Rootfs,
    /// Files and directories of the host that are the container's: its root is to own them, where [`Self::outer`] makes that another id
    /// than the creator's.
    pub roots_own: Vec<PathBuf>,
    pub mounts: Vec<PlannedMount>,
    pub devices: Devices,
    pub masked_paths: Vec<PathBuf>,
    pub readonly_paths: Vec<PathBuf>,
    pub hooks: Hooks,
    /// Lines to be added to the container's /etc/passwd.
    pub passwd: Vec<String>,
    pub net_devices: Vec<NetDevice>,
    /// The SELinux label of file systems that are made for the container; it is among their options already.
    pub mount_label: Option<String>,
    /// Change the root by moving its mount over `/`, where pivot_root(2) can't be used (on the initial RAM file system).
    pub no_pivot: bool,
    /// Leave the caller's session keyring in place.
    pub keep_keyring: bool,
    pub process: PlannedProcess,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rootfs {
    /// The directory on the host that becomes `/`, or on which the file system in `mount` is put first.
    pub path: PathBuf,
    pub mount: Option<PlannedMount>,
    pub readonly: bool,
    /// The upper directory of the overlay in `mount` is in memory, with these options of tmpfs.
    pub in_memory: Option<Vec<String>>,
    /// `MS_PRIVATE` and the like for the mounts of the new namespace; 0 if the Spec says nothing.
    pub propagation: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlannedMount {
    /// Where in the container.
    pub destination: PathBuf,
    pub kind: MountKind,
    pub options: MountOptions,
    /// How the ids of its files are mapped, if otherwise than by the container's user namespace.
    pub mapping: Option<Mapping>,
    /// What of it is mounted, a path that must not lead out of it.
    pub subpath: Option<PathBuf>,
    /// The creator makes it, if it makes the bind mounts.
    pub outside: bool,
    /// A disk's or server's: the creator makes it always.
    pub device: Option<DeviceMount>,
}

/// What a Spec can't say of a mount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceDetail {
    pub destination: PathBuf,
    /// What of the source is mounted; resolved below it by descriptor when it is mounted, whatever others do to it meanwhile.
    pub subpath: Option<PathBuf>,
    /// A file system that root of the container's user namespace can't make, or not from what it can reach.
    pub outside: bool,
    /// One of a disk or a server, which is reached from the host's network.
    pub device: Option<DeviceMount>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MountKind {
    /// A file or directory of the host.
    Bind { source: PathBuf, recursive: bool },
    /// A file system of this type.
    FileSystem { kind: String, source: String },
    /// The container's own view of its cgroups.
    Cgroup,
    /// A mount of another container: what is at `path` in the mount namespace `namespace`.
    Foreign { namespace: PathBuf, path: PathBuf },
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Devices {
    /// Make the nodes and links that every container has. Not where `/dev` is somebody's own.
    pub defaults: bool,
    /// Nodes to make, besides those.
    pub nodes: Vec<DeviceNode>,
    /// Whether the container may use only the nodes that are made for it: all its mounts get `nodev` then, so that a node it makes
    /// itself opens nothing.
    pub closed: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceNode {
    pub path: PathBuf,
    /// The same device on the host, to be bound where nodes can't be made.
    pub source: PathBuf,
    /// `S_IFCHR`, `S_IFBLK` or `S_IFIFO`.
    pub kind: u32,
    pub major: u64,
    pub minor: u64,
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
}

/// The program and the rights that it runs with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlannedProcess {
    pub args: Vec<String>,
    pub env: Vec<String>,
    pub cwd: PathBuf,
    /// Make the working directory if it isn't there, as docker does for WORKDIR.
    pub make_cwd: bool,
    pub terminal: bool,
    pub uid: u32,
    pub gid: u32,
    pub additional_gids: Vec<u32>,
    /// Leave the supplementary groups as they are.
    pub keep_groups: bool,
    pub umask: Option<u32>,
    /// A user to look up in the container's own user database instead of the numbers above.
    pub lookup: Option<UserSpec>,
    pub capabilities: CapabilitySets,
    pub rlimits: Vec<Rlimit>,
    pub no_new_privileges: bool,
    pub oom_score_adj: Option<i32>,
    pub seccomp: Option<seccomp::Program>,
    /// Who gets the notifications of the filter.
    pub listener: Option<seccomp::Listener>,
    pub treatment: Treatment,
    /// Descriptors from 3 on that the program inherits from the caller.
    pub preserve_fds: u32,
    /// Numbers that descriptors have in the creator; the program finds them from 3 on.
    pub passed: Vec<i32>,
    /// Run under dhow's own init, which reaps and forwards signals.
    pub init: bool,
    /// Be killed with the process that started it.
    pub dies_with_parent: bool,
    /// Tell the creator what was found out about the user.
    pub tells_user: bool,
}

/// Bits as in capabilities(7).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapabilitySets {
    pub bounding: u64,
    pub effective: u64,
    pub permitted: u64,
    pub inheritable: u64,
    pub ambient: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rlimit {
    /// `RLIMIT_…`
    pub resource: u32,
    pub soft: u64,
    pub hard: u64,
}

impl CapabilitySets {
    /// No more than what this process has itself: on a degraded host even root lacks some.
    pub fn limited_to(self, own: u64) -> Self {
        Self {
            bounding: self.bounding & own,
            effective: self.effective & own,
            permitted: self.permitted & own,
            inheritable: self.inheritable & own,
            ambient: self.ambient & own,
        }
    }
}

/// What a caller of the runtime wants beside the Spec.
#[derive(Debug, Clone, Default)]
pub struct Extras {
    pub lookup: Option<UserSpec>,
    pub make_cwd: bool,
    pub init: bool,
    /// Where devices are on the host whose place in the container is another: (place, host).
    pub device_sources: Vec<(PathBuf, PathBuf)>,
    /// `/proc/PID` of a container whose mounts this one may share: a bind mount from its `root` is taken from its mount namespace.
    pub foreign: Option<PathBuf>,
    /// What the Spec can't say of mounts.
    pub details: Vec<SourceDetail>,
    /// Mounts to take from where other processes have them: destination, `/proc/PID/ns/mnt`, path in there.
    pub shared: Vec<(PathBuf, PathBuf, PathBuf)>,
    /// The changes to the root stay in memory, with these options of tmpfs.
    pub in_memory: Option<Vec<String>>,
    /// Lines for the container's /etc/passwd.
    pub passwd: Vec<String>,
    /// Keep the supplementary groups of the creator.
    pub keep_groups: bool,
    /// The container's cgroup has rules for the nodes of the host's that come with its mounts.
    pub host_nodes: bool,
    /// What hooks are told of the container.
    pub info: ContainerInfo,
    pub no_pivot: bool,
    pub keep_keyring: bool,
    pub preserve_fds: u32,
    /// The mapping of a user namespace to make around the container's.
    pub outer: Option<Mapping>,
    /// With that: what is to belong to the container's root.
    pub roots_own: Vec<PathBuf>,
    /// Numbers that descriptors have in the creator; the program finds them from 3 on.
    pub passed: Vec<i32>,
    /// The container goes on when its creator has ended.
    pub outlives_creator: bool,
}

impl Plan {
    /// Works the plan out. `bundle` is the directory that relative paths of the Spec start from.
    pub fn new(spec: &Spec, bundle: &Path, extras: Extras) -> Result<Self> {
        let linux = spec.linux().clone().unwrap_or_default();
        let namespaces = namespaces::plan(&linux)?;
        if !namespaces.has(CloneFlags::CLONE_NEWNS) {
            check_without_mounts(spec, &linux, namespaces.has(CloneFlags::CLONE_NEWUSER))?;
        }
        let has_network = namespaces.has(CloneFlags::CLONE_NEWNET);
        let hooks = Hooks::plan(spec, extras.info.clone())?;
        let sources = extras.device_sources.clone();
        let (passwd, foreign) = (extras.passwd.clone(), extras.foreign.clone());
        let (no_pivot, keep_keyring, host_nodes) = (extras.no_pivot, extras.keep_keyring, extras.host_nodes);
        let (outer, roots_own) = (extras.outer.clone(), extras.roots_own.clone());
        let (details, shared, in_memory) =
            (extras.details.clone(), extras.shared.clone(), extras.in_memory.clone());
        let process = spec.process().as_ref().map(|p| PlannedProcess::new(p, &linux, extras)).transpose()?;
        let closed = devices::are_closed(&linux, host_nodes)?;
        let (rootfs, mut mounts) = mounts::plan(spec, &linux, bundle, closed)?;
        let rootfs = Rootfs { in_memory, ..rootfs };
        mounts::detail(&mut mounts, &details, &shared);
        if let Some(process) = &foreign {
            for mount in &mut mounts {
                mounts::take_from(process, mount);
            }
        }
        Ok(Self {
            mapping: namespaces::mapping(&linux, &namespaces)?,
            outer,
            hostname: spec.hostname().clone(),
            domainname: spec.domainname().clone(),
            sysctls: namespaces::sysctls(&linux, &namespaces)?,
            devices: devices::plan(&linux, &mounts, closed, &sources)?,
            new_namespaces: namespaces.new,
            joined: namespaces.joined,
            time: namespaces.time,
            rootfs,
            roots_own,
            mounts,
            masked_paths: paths(linux.masked_paths().as_deref()),
            readonly_paths: paths(linux.readonly_paths().as_deref()),
            hooks,
            passwd,
            mount_label: linux.mount_label().clone().filter(|l| !l.is_empty()),
            net_devices: net_devices::plan(&linux, has_network)?,
            no_pivot,
            keep_keyring,
            process: process.context("the Spec has no process")?,
        })
    }

    /// The root, and those of the mounts that the Spec doesn't say all of.
    pub fn rootfs(
        spec: &Spec,
        bundle: &Path,
        details: &[SourceDetail],
    ) -> Result<(Rootfs, Vec<PlannedMount>)> {
        let linux = spec.linux().clone().unwrap_or_default();
        let (rootfs, mut mounts) = mounts::plan(spec, &linux, bundle, false)?;
        mounts::detail(&mut mounts, details, &[]);
        mounts.retain(|m| m.outside || m.device.is_some() || m.subpath.is_some());
        Ok((rootfs, mounts))
    }

    /// The namespaces to make.
    pub fn namespaces(&self) -> CloneFlags {
        CloneFlags::from_bits_truncate(self.new_namespaces)
    }

    pub fn makes(&self, flag: CloneFlags) -> bool {
        self.namespaces().contains(flag)
    }

    /// Whether it joins somebody's namespace of this kind.
    pub fn joins(&self, flag: CloneFlags) -> bool {
        self.joined.iter().any(|j| j.flag == flag.bits())
    }

    /// Whether the container has mounts of its own.
    pub fn has_mounts(&self) -> bool {
        self.makes(CloneFlags::CLONE_NEWNS) || self.joins(CloneFlags::CLONE_NEWNS)
    }

    /// Whether the container's root is not the host's.
    pub fn in_user_namespace(&self) -> bool {
        self.mapping.is_some() || self.joins(CloneFlags::CLONE_NEWUSER)
    }
}

/// Without a mount namespace of its own a container's root is changed by chroot(2), and whatever is mounted for it would be mounted on the
/// host, and stay there.
fn check_without_mounts(spec: &Spec, linux: &Linux, user_namespace: bool) -> Result<()> {
    let some = |paths: &Option<Vec<String>>| paths.as_ref().is_some_and(|p| !p.is_empty());
    let asked = [
        ("mounts", spec.mounts().as_ref().is_some_and(|m| !m.is_empty())),
        ("linux.maskedPaths", some(linux.masked_paths())),
        ("linux.readonlyPaths", some(linux.readonly_paths())),
        ("linux.rootfsPropagation", linux.rootfs_propagation().is_some()),
        ("root.readonly", spec.root().as_ref().is_some_and(|r| r.readonly() == Some(true))),
        ("process.terminal", spec.process().as_ref().is_some_and(|p| p.terminal() == Some(true))),
        ("a user namespace", user_namespace),
    ];
    match asked.iter().find(|(_, asked)| *asked) {
        Some((what, _)) => {
            Kind::Invalid.err(format!("{what}: needs a mount namespace of the container's own"))
        }
        None => Ok(()),
    }
}

fn paths(list: Option<&[String]>) -> Vec<PathBuf> {
    list.unwrap_or_default().iter().map(PathBuf::from).collect()
}
