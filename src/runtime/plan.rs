//! What is to be done to start a container, worked out from its Spec before anything is done (pure; tested without root).
//!
//! Whatever the Spec asks that this version can't do is refused here by name: nothing was started then.

use std::path::{Component, Path, PathBuf};

use nix::sched::CloneFlags;
use oci_spec::runtime::{Capability, Linux, LinuxNamespaceType, Mount, PosixRlimit, Process, Spec};
use serde::{Deserialize, Serialize};

use super::identity::UserSpec;
use super::mount_options::{Bind, MountOptions};
use super::seccomp;
use crate::cgroups::devices;
use crate::error::{Context, Kind, Result};
use crate::namespaces::{IdRange, Mapping};

/// A validated plan. It is plain data, so that it can be handed to another process.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Plan {
    /// `CLONE_NEW…` flags of the namespaces to make.
    pub new_namespaces: i32,
    /// The mapping of a new user namespace.
    pub mapping: Option<Mapping>,
    pub hostname: Option<String>,
    pub domainname: Option<String>,
    pub sysctls: Vec<(String, String)>,
    pub rootfs: Rootfs,
    pub mounts: Vec<PlannedMount>,
    pub devices: Devices,
    pub masked_paths: Vec<PathBuf>,
    pub readonly_paths: Vec<PathBuf>,
    pub process: PlannedProcess,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rootfs {
    /// The directory on the host that becomes `/`, or on which the file system in `mount` is put first.
    pub path: PathBuf,
    pub mount: Option<PlannedMount>,
    pub readonly: bool,
    /// `MS_PRIVATE` and the like for the mounts of the new namespace.
    pub propagation: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PlannedMount {
    /// Where in the container.
    pub destination: PathBuf,
    pub kind: MountKind,
    pub options: MountOptions,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MountKind {
    /// A file or directory of the host.
    Bind { source: PathBuf, recursive: bool },
    /// A file system of this type.
    FileSystem { kind: String, source: String },
    /// The container's own view of its cgroups.
    Cgroup,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Devices {
    /// Nodes to make, besides the ones that every container has.
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
    pub umask: Option<u32>,
    /// A user to look up in the container's own user database instead of the numbers above.
    pub lookup: Option<UserSpec>,
    pub capabilities: CapabilitySets,
    pub rlimits: Vec<Rlimit>,
    pub no_new_privileges: bool,
    pub oom_score_adj: Option<i32>,
    pub seccomp: Option<seccomp::Program>,
    /// Run under dhow's own init, which reaps and forwards signals.
    pub init: bool,
    /// Be killed with the process that started it.
    pub dies_with_parent: bool,
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
}

impl Plan {
    /// Works the plan out. `bundle` is the directory that relative paths of the Spec start from.
    pub fn new(spec: &Spec, bundle: &Path, extras: Extras) -> Result<Self> {
        refuse_unsupported(spec)?;
        let sources = extras.device_sources.clone();
        let linux = spec.linux().clone().unwrap_or_default();
        let new_namespaces = namespaces(&linux)?;
        if new_namespaces & CloneFlags::CLONE_NEWNS.bits() == 0 {
            return Kind::Unsupported
                .err("a container without a mount namespace of its own is not supported");
        }
        let process = spec.process().as_ref().map(|p| PlannedProcess::new(p, &linux, extras)).transpose()?;
        let mut mounts =
            spec.mounts().iter().flatten().map(|m| planned_mount(m, bundle)).collect::<Result<Vec<_>>>()?;
        let root_mount = match mounts.first() {
            Some(first) if first.destination == Path::new("/") => Some(mounts.remove(0)),
            _ => None,
        };
        let closed = devices_closed(&linux)?;
        if closed {
            mounts.iter_mut().for_each(close_devices);
        }
        Ok(Self {
            new_namespaces,
            mapping: mapping(&linux, new_namespaces)?,
            hostname: spec.hostname().clone(),
            domainname: spec.domainname().clone(),
            sysctls: sysctls(&linux, new_namespaces)?,
            rootfs: rootfs(spec, &linux, bundle, root_mount, closed)?,
            mounts,
            devices: Devices { nodes: device_nodes(&linux, &sources)?, closed },
            masked_paths: paths(linux.masked_paths().as_deref()),
            readonly_paths: paths(linux.readonly_paths().as_deref()),
            process: process.context("the Spec has no process")?,
        })
    }

    /// The namespaces to make.
    pub fn namespaces(&self) -> CloneFlags {
        CloneFlags::from_bits_truncate(self.new_namespaces)
    }

    pub fn makes(&self, flag: CloneFlags) -> bool {
        self.namespaces().contains(flag)
    }
}

fn refuse_unsupported(spec: &Spec) -> Result<()> {
    let linux = spec.linux().clone().unwrap_or_default();
    let process = spec.process().clone().unwrap_or_default();
    let asked: &[(&str, bool)] = &[
        ("hooks", spec.hooks().is_some()),
        ("linux.intelRdt", linux.intel_rdt().is_some()),
        ("linux.memoryPolicy", linux.memory_policy().is_some()),
        ("linux.personality", linux.personality().is_some()),
        ("linux.timeOffsets", linux.time_offsets().is_some()),
        ("linux.netDevices", linux.net_devices().is_some()),
        ("linux.mountLabel", linux.mount_label().is_some()),
        ("process.apparmorProfile", process.apparmor_profile().is_some()),
        ("process.selinuxLabel", process.selinux_label().is_some()),
        ("process.ioPriority", process.io_priority().is_some()),
        ("process.scheduler", process.scheduler().is_some()),
        ("process.execCPUAffinity", process.exec_cpu_affinity().is_some()),
    ];
    match asked.iter().find(|(_, asked)| *asked) {
        Some((what, _)) => Kind::Unsupported.err(format!("{what} of the Spec is not supported yet")),
        None => Ok(()),
    }
}

fn namespaces(linux: &Linux) -> Result<i32> {
    let mut flags = 0;
    for namespace in linux.namespaces().iter().flatten() {
        if namespace.path().is_some() {
            return Kind::Unsupported
                .err(format!("joining a {} namespace by path is not supported yet", namespace.typ()));
        }
        if namespace.typ() == LinuxNamespaceType::Time {
            return Kind::Unsupported.err("time namespaces are not supported yet");
        }
        let flag = namespace.typ() as i32;
        if flags & flag != 0 {
            return Kind::Invalid.err(format!("the Spec lists the {} namespace twice", namespace.typ()));
        }
        flags |= flag;
    }
    Ok(flags)
}

fn mapping(linux: &Linux, new_namespaces: i32) -> Result<Option<Mapping>> {
    let ranges = |list: &Option<Vec<oci_spec::runtime::LinuxIdMapping>>| -> Vec<IdRange> {
        list.iter()
            .flatten()
            .map(|m| IdRange { inside: m.container_id(), outside: m.host_id(), size: m.size() })
            .collect()
    };
    let mapping = Mapping { uids: ranges(linux.uid_mappings()), gids: ranges(linux.gid_mappings()) };
    let wanted = new_namespaces & CloneFlags::CLONE_NEWUSER.bits() != 0;
    match (wanted, mapping.uids.is_empty() || mapping.gids.is_empty()) {
        (true, true) => Kind::Invalid.err("a new user namespace needs uidMappings and gidMappings"),
        (true, false) => Ok(Some(mapping)),
        (false, true) => Ok(None),
        (false, false) => Kind::Invalid.err("uidMappings and gidMappings need a new user namespace"),
    }
}

fn sysctls(linux: &Linux, namespaces: i32) -> Result<Vec<(String, String)>> {
    let has = |flag: CloneFlags| namespaces & flag.bits() != 0;
    let mut list = Vec::new();
    for (key, value) in linux.sysctl().iter().flatten() {
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

fn rootfs(
    spec: &Spec,
    linux: &Linux,
    bundle: &Path,
    mut mount: Option<PlannedMount>,
    closed: bool,
) -> Result<Rootfs> {
    let root = spec.root().as_ref().context("the Spec has no root")?;
    if closed && let Some(mount) = &mut mount {
        close_devices(mount);
    }
    let propagation = match linux.rootfs_propagation().as_deref() {
        None | Some("" | "private" | "rprivate") => libc::MS_PRIVATE,
        Some("slave" | "rslave") => libc::MS_SLAVE,
        Some("shared" | "rshared") => libc::MS_SHARED,
        Some("unbindable" | "runbindable") => libc::MS_UNBINDABLE,
        Some(other) => return Kind::Invalid.err(format!("linux.rootfsPropagation: unknown value {other:?}")),
    };
    Ok(Rootfs {
        path: bundle.join(root.path()),
        mount,
        readonly: root.readonly().unwrap_or(false),
        propagation,
    })
}

fn close_devices(mount: &mut PlannedMount) {
    // devpts serves only the terminals of its own instance.
    if !matches!(&mount.kind, MountKind::FileSystem { kind, .. } if kind == "devpts") {
        mount.options.set_recursive |= crate::sys::mount::ATTR_NODEV;
        mount.options.clear &= !crate::sys::mount::ATTR_NODEV;
    }
}

fn planned_mount(mount: &Mount, bundle: &Path) -> Result<PlannedMount> {
    let destination = mount.destination().clone();
    let named = || format!("the mount on {}", destination.display());
    if mount.uid_mappings().is_some() || mount.gid_mappings().is_some() {
        return Kind::Unsupported.err(format!("{}: idmapped mounts are not supported yet", named()));
    }
    if !destination.is_absolute() {
        return Kind::Invalid.err(format!("{}: the destination must be absolute", named()));
    }
    let options = MountOptions::parse(mount.options().as_deref().unwrap_or_default()).with_context(named)?;
    let source = mount.source().clone().unwrap_or_default();
    let kind = match (mount.typ().as_deref(), options.bind) {
        (_, Some(bind)) => {
            MountKind::Bind { source: bundle.join(source), recursive: bind == Bind::Recursive }
        }
        (Some("bind"), None) => MountKind::Bind { source: bundle.join(source), recursive: false },
        (Some("cgroup" | "cgroup2"), None) => MountKind::Cgroup,
        (Some("") | None, None) => {
            return Kind::Invalid.err(format!("{}: the type is missing", named()));
        }
        (Some(kind), None) => {
            let source = source.into_os_string().into_string().ok().filter(|s| !s.is_empty());
            MountKind::FileSystem {
                kind: kind.to_string(),
                source: source.unwrap_or_else(|| kind.to_string()),
            }
        }
    };
    if !matches!(kind, MountKind::FileSystem { .. }) && !options.data.is_empty() && kind != MountKind::Cgroup
    {
        return Kind::Invalid.err(format!("{}: unknown option {:?}", named(), options.data[0]));
    }
    Ok(PlannedMount { destination, kind, options })
}

/// Whether mounts without devices are all that keeps the container to its own; rules that say more are its cgroup's business.
fn devices_closed(linux: &Linux) -> Result<bool> {
    let rules = linux.resources().as_ref().and_then(|r| r.devices().as_deref());
    Ok(devices::policy(rules, linux.devices().as_deref())? == devices::Policy::Closed)
}

fn device_nodes(linux: &Linux, sources: &[(PathBuf, PathBuf)]) -> Result<Vec<DeviceNode>> {
    use oci_spec::runtime::LinuxDeviceType as T;
    let mut nodes = Vec::new();
    for device in linux.devices().iter().flatten() {
        let path = device.path().clone();
        if !path.is_absolute() || path.components().any(|c| c == Component::ParentDir) {
            return Kind::Invalid
                .err(format!("the device path {} must be absolute and plain", path.display()));
        }
        let kind = match device.typ() {
            T::B => libc::S_IFBLK,
            T::C | T::U => libc::S_IFCHR,
            T::P => libc::S_IFIFO,
            T::A => {
                return Kind::Invalid
                    .err(format!("{}: a device node can't be of type \"a\"", path.display()));
            }
        };
        let source = sources.iter().find(|(place, _)| *place == path).map_or(&path, |(_, host)| host).clone();
        nodes.push(DeviceNode {
            path,
            source,
            kind,
            major: device.major() as u64,
            minor: device.minor() as u64,
            mode: device.file_mode().unwrap_or(0o666) & 0o7777,
            uid: device.uid().unwrap_or(0),
            gid: device.gid().unwrap_or(0),
        });
    }
    Ok(nodes)
}

fn paths(list: Option<&[String]>) -> Vec<PathBuf> {
    list.unwrap_or_default().iter().map(PathBuf::from).collect()
}

impl PlannedProcess {
    /// The program of a Spec's process, with the filter of the container that it belongs to.
    pub fn new(process: &Process, linux: &Linux, extras: Extras) -> Result<Self> {
        let args = process.args().clone().unwrap_or_default();
        if args.first().is_none_or(String::is_empty) {
            return Kind::Invalid.err("no command was given, and the image has none");
        }
        for text in args.iter().chain(process.env().iter().flatten()) {
            if text.contains('\0') {
                return Kind::Invalid.err("arguments and environment variables can't have NUL bytes in them");
            }
        }
        let user = process.user();
        Ok(Self {
            args,
            env: process.env().clone().unwrap_or_default(),
            cwd: process.cwd().clone(),
            make_cwd: extras.make_cwd,
            terminal: process.terminal().unwrap_or(false),
            uid: user.uid(),
            gid: user.gid(),
            additional_gids: user.additional_gids().clone().unwrap_or_default(),
            umask: user.umask(),
            lookup: extras.lookup,
            capabilities: capability_sets(process),
            rlimits: process.rlimits().iter().flatten().map(rlimit).collect(),
            no_new_privileges: process.no_new_privileges().unwrap_or(false),
            oom_score_adj: process.oom_score_adj(),
            seccomp: linux.seccomp().as_ref().map(seccomp::compile).transpose()?,
            init: extras.init,
            dies_with_parent: true,
        })
    }
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
pub fn number(capability: Capability) -> u8 {
    use caps::Capability as C;
    use std::str::FromStr;
    // Both crates use the kernel's names.
    C::from_str(&format!("CAP_{capability}")).map_or(0, |c| c.index())
}

fn rlimit(limit: &PosixRlimit) -> Rlimit {
    Rlimit { resource: limit.typ() as u32, soft: limit.soft(), hard: limit.hard() }
}
