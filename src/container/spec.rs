//! The OCI runtime Spec of a container: a pure function of its config and of what is known of the host.

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};

use oci_spec::runtime::{
    Linux, LinuxCapabilities, LinuxDevice, LinuxIdMapping, LinuxIdMappingBuilder, LinuxNamespace,
    LinuxNamespaceType, LinuxResources, LinuxSeccomp, Mount, PosixRlimit, PosixRlimitBuilder,
    PosixRlimitType, Process, Root, Spec, User, get_default_maskedpaths, get_default_readonly_paths,
};

use super::config::{ContainerConfig, IpcMode, NamespaceMode, SeccompProfile, SecurityConfig};
use super::{capability, seccomp, sysctls};
use crate::error::{Kind, Result};
use crate::namespaces::{IdRange, Mapping};
use crate::netns::NetworkMode;
use crate::volumes::MountPoint;

/// What the Spec depends on beside the config.
#[derive(Debug, Clone)]
pub struct Host {
    /// `layers/<diff-id>/fs` of each layer, bottom first.
    pub layers: Vec<PathBuf>,
    /// `containers/<id>`.
    pub directory: PathBuf,
    /// `volumes`.
    pub volumes: PathBuf,
    /// Layers of images that are mounted, bottom first, by the number of the mount.
    pub images: Vec<(usize, Vec<PathBuf>)>,
    /// Namespaces of other containers, by path.
    pub joined: Vec<(LinuxNamespaceType, PathBuf)>,
    /// `/proc/PID/root` of the container whose IPC namespace this one joins.
    pub ipc_root: Option<PathBuf>,
    /// The mapping of the container's user namespace.
    pub mapping: Option<Mapping>,
    /// Whether this user's files have other ids than the container's: root's containers in a user namespace.
    pub ids_differ: bool,
    /// The container is shown its cgroups.
    pub shows_cgroups: bool,
    /// The container's cgroup, as the Spec names it.
    pub cgroup: Option<PathBuf>,
    /// The devices that the container is given.
    pub devices: Vec<LinuxDevice>,
    pub resources: LinuxResources,
    pub kernel: (u32, u32),
    /// POSIX message queues are mounted on the host, for containers that share its IPC namespace.
    pub mqueue: bool,
    pub sysctls: sysctls::Allowed,
}

/// The process of a program that joins the container. (Its filter is the container's own, compiled when it started.)
pub fn joining(config: &ContainerConfig) -> Result<Process> {
    process(config, &capability::granted(&config.security))
}

fn filter(
    config: &ContainerConfig,
    capabilities: &[String],
    kernel: (u32, u32),
) -> Result<Option<LinuxSeccomp>> {
    let text = match (&config.security.seccomp, config.security.privileged) {
        (SeccompProfile::Unconfined, _) | (SeccompProfile::Default, true) => None,
        (SeccompProfile::Default, false) => Some(seccomp::DEFAULT),
        (SeccompProfile::Custom(text), _) => Some(text.as_str()),
    };
    text.map(|text| seccomp::resolve(text, &seccomp::Host { capabilities, kernel })).transpose()
}

/// Works the Spec out.
pub fn build(config: &ContainerConfig, host: &Host) -> Result<Spec> {
    let capabilities = capability::granted(&config.security);
    let filter = filter(config, &capabilities, host.kernel)?;
    let mut root = Root::default();
    let plain = config.rootfs.clone().filter(|_| !config.has_layer());
    root.set_path(plain.unwrap_or_else(|| host.directory.join("rootfs")));
    root.set_readonly(Some(config.readonly_rootfs));
    let mut spec = Spec::default();
    spec.set_version("1.2.1".into())
        .set_root(Some(root))
        .set_hostname(private(&config.namespaces.uts).then(|| hostname(config)))
        .set_domainname(config.tuning.domainname.clone().filter(|_| private(&config.namespaces.uts)))
        .set_annotations(annotations(config))
        .set_mounts(Some(mounts(config, host)?))
        .set_process(Some(process(config, &capabilities)?))
        .set_linux(Some(linux(config, host, filter)));
    Ok(spec)
}

fn annotations(config: &ContainerConfig) -> Option<HashMap<String, String>> {
    let all = &config.tuning.annotations;
    (!all.is_empty()).then(|| all.clone().into_iter().collect())
}

/// The host name of a container with a UTS namespace of its own.
pub fn hostname(config: &ContainerConfig) -> String {
    config.hostname.clone().unwrap_or_else(|| config.id.short().to_string())
}

fn private(mode: &NamespaceMode) -> bool {
    *mode == NamespaceMode::Private
}

fn process(config: &ContainerConfig, capabilities: &[String]) -> Result<Process> {
    let mut sets = LinuxCapabilities::default();
    let all = capability::to_spec(capabilities);
    sets.set_bounding(Some(all.clone())).set_effective(Some(all.clone())).set_permitted(Some(all));
    // Inheritable and ambient stay empty (CVE-2022-27649).
    sets.set_inheritable(Some(HashSet::new())).set_ambient(Some(HashSet::new()));
    let mut process = Process::default();
    process
        .set_terminal(Some(config.process.tty))
        .set_user(user(config))
        .set_args(Some(config.process.args()))
        .set_env(Some(environment(config)))
        .set_cwd(config.process.cwd.clone())
        .set_capabilities(Some(sets))
        .set_rlimits(Some(config.ulimits.iter().map(rlimit).collect::<Result<_>>()?))
        .set_no_new_privileges(Some(config.security.no_new_privileges))
        .set_oom_score_adj(config.tuning.oom_score_adj)
        .set_apparmor_profile(config.security.apparmor.clone())
        .set_selinux_label(config.security.selinux.clone());
    Ok(process)
}

/// The numbers are looked up in the container later.
fn user(config: &ContainerConfig) -> User {
    let mut user = User::default();
    user.set_umask(config.tuning.umask);
    user
}

/// The variables that docker sets, below what image and user gave.
fn environment(config: &ContainerConfig) -> Vec<String> {
    let given = &config.process.env;
    let mut env = Vec::new();
    let mut default = |name: &str, value: String| {
        if !given.iter().any(|e| e.split('=').next() == Some(name)) {
            env.push(format!("{name}={value}"));
        }
    };
    default("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin".into());
    default("HOSTNAME", hostname(config));
    if config.process.tty {
        default("TERM", "xterm".into());
    }
    env.extend(given.iter().filter(|e| e.contains('=')).cloned());
    env
}

fn rlimit(limit: &super::config::Ulimit) -> Result<PosixRlimit> {
    let typ: PosixRlimitType = serde_json::from_value(format!("RLIMIT_{}", limit.name.to_uppercase()).into())
        .map_err(|_| Kind::Invalid.error(format!("invalid ulimit type: {}", limit.name)))?;
    Ok(PosixRlimitBuilder::default().typ(typ).soft(limit.soft).hard(limit.hard).build()?)
}

fn linux(config: &ContainerConfig, host: &Host, filter: Option<LinuxSeccomp>) -> Linux {
    let privileged = config.security.privileged;
    let hidden = |paths: Vec<String>| Some(if privileged { Vec::new() } else { paths });
    let sysctls = sysctls::of(&config.sysctls, &config.network, host.sysctls);
    let mut linux = Linux::default();
    linux
        .set_namespaces(Some(namespaces(config, host)))
        .set_resources(Some(host.resources.clone()))
        .set_devices(Some(host.devices.clone()))
        .set_sysctl(Some(sysctls.into_iter().collect::<HashMap<_, _>>()).filter(|s| !s.is_empty()))
        .set_seccomp(filter)
        .set_cgroups_path(host.cgroup.clone())
        .set_masked_paths(hidden(masked_paths(&config.security)))
        .set_readonly_paths(hidden(readonly_paths(&config.security)))
        .set_rootfs_propagation(propagation(config, host));
    let joins_user = host.joined.iter().any(|(typ, _)| *typ == LinuxNamespaceType::User);
    if let Some(mapping) = host.mapping.as_ref().filter(|_| !joins_user) {
        linux.set_uid_mappings(Some(mappings(&mapping.uids))).set_gid_mappings(Some(mappings(&mapping.gids)));
    }
    linux
}

/// The specification's list, what docker hides beyond it, and what was asked.
pub fn masked_paths(security: &SecurityConfig) -> Vec<String> {
    let mut paths = get_default_maskedpaths();
    paths.extend(["/proc/interrupts".into(), "/sys/devices/virtual/powercap".into()]);
    paths.retain(|p| !security.unmasked.has(p));
    paths.extend(security.masked.iter().cloned());
    let mut seen = HashSet::new();
    paths.retain(|p| seen.insert(p.clone()));
    paths
}

/// What of /proc and /sys is to be seen, but not written.
pub fn readonly_paths(security: &SecurityConfig) -> Vec<String> {
    if let Some(paths) = &security.readonly {
        return paths.clone();
    }
    let mut paths = get_default_readonly_paths();
    paths.retain(|p| !security.unmasked.has(p));
    paths
}

fn mappings(ranges: &[IdRange]) -> Vec<LinuxIdMapping> {
    let one = |r: &IdRange| {
        LinuxIdMappingBuilder::default()
            .container_id(r.inside)
            .host_id(r.outside)
            .size(r.size)
            .build()
            .expect("all fields are set")
    };
    ranges.iter().map(one).collect()
}

/// A mount that is shared with the host has to be made where the host's mounts are not cut off. In a user namespace they always are.
fn propagation(config: &ContainerConfig, host: &Host) -> Option<String> {
    let shared = |point: &MountPoint| matches!(point.propagation.as_str(), "shared" | "rshared");
    let any = host.mapping.is_none() && config.mounts.iter().any(shared);
    any.then(|| "rshared".to_string())
}

fn namespaces(config: &ContainerConfig, host: &Host) -> Vec<LinuxNamespace> {
    let modes = &config.namespaces;
    let wanted = [
        (LinuxNamespaceType::User, host.mapping.is_some()),
        (LinuxNamespaceType::Mount, true),
        (LinuxNamespaceType::Pid, modes.pid != NamespaceMode::Host),
        (LinuxNamespaceType::Ipc, modes.ipc != IpcMode::Host),
        (LinuxNamespaceType::Uts, private(&modes.uts)),
        (LinuxNamespaceType::Network, config.network != NetworkMode::Host),
        (LinuxNamespaceType::Cgroup, private(&modes.cgroup)),
    ];
    let one = |(typ, _)| {
        let mut namespace = LinuxNamespace::default();
        namespace.set_typ(typ);
        namespace
            .set_path(host.joined.iter().find(|(joined, _)| *joined == typ).map(|(_, path)| path.clone()));
        namespace
    };
    wanted.into_iter().filter(|(_, wanted)| *wanted).map(one).collect()
}

pub(super) fn mount(destination: &str, kind: &str, source: &Path, options: &[&str]) -> Mount {
    let mut mount = Mount::default();
    mount
        .set_destination(destination.into())
        .set_typ(Some(kind.into()))
        .set_source(Some(source.to_path_buf()))
        .set_options(Some(options.iter().map(|o| (*o).to_string()).collect()));
    mount
}

fn mounts(config: &ContainerConfig, host: &Host) -> Result<Vec<Mount>> {
    let mut mounts = Vec::new();
    if config.has_layer() {
        mounts.push(overlay(config, host)?);
    }
    mounts.extend(system_mounts(config, host));
    let own = [
        ("resolv.conf", true),
        ("hostname", !config.networking.no_hostname),
        ("hosts", !config.networking.no_hosts),
    ];
    for (name, _) in own.into_iter().filter(|(_, bound)| *bound) {
        let options: &[&str] =
            if host.ids_differ { &["bind", "rprivate", "idmap"] } else { &["bind", "rprivate"] };
        mounts.push(mount(&format!("/etc/{name}"), "bind", &host.directory.join(name), options));
    }
    // Late: until now the first process can do without its network namespace, which is made meanwhile.
    mounts.extend(sys_mounts(config, host));
    let mut asked = super::mounts::asked(config, host)?;
    if let Some(zone) = &config.tuning.localtime {
        asked.push(mount("/etc/localtime", "bind", zone, &["bind", "ro", "rprivate"]));
    }
    // Parents before what lies below them.
    asked.sort_by_key(|m| m.destination().components().count());
    for mount in asked {
        // What was asked takes the place of what is there by default.
        mounts.retain(|m| m.destination() != mount.destination() || m.destination() == Path::new("/"));
        mounts.push(mount);
    }
    Ok(mounts)
}

fn system_mounts(config: &ContainerConfig, host: &Host) -> Vec<Mount> {
    let in_user_namespace = host.mapping.is_some();
    let mut mounts = Vec::new();
    // A process of a user namespace may mount /proc and /sys only for namespaces that belong to it.
    mounts.push(if in_user_namespace && config.namespaces.pid == NamespaceMode::Host {
        mount("/proc", "bind", Path::new("/proc"), &["rbind", "nosuid", "nodev", "noexec"])
    } else {
        mount("/proc", "proc", Path::new("proc"), &["nosuid", "nodev", "noexec"])
    });
    mounts.push(mount(
        "/dev",
        "tmpfs",
        Path::new("tmpfs"),
        &["nosuid", "strictatime", "mode=755", "size=65536k"],
    ));
    let mut pts = vec!["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"];
    let tty_group_mapped = host.mapping.as_ref().is_none_or(|m| Mapping::to_outside(&m.gids, 5).is_some());
    if tty_group_mapped {
        pts.push("gid=5");
    }
    mounts.push(mount("/dev/pts", "devpts", Path::new("devpts"), &pts));
    mounts.extend(ipc_mounts(config, host));
    mounts
}

/// /sys, which shows the devices of the network namespace, and what is within.
fn sys_mounts(config: &ContainerConfig, host: &Host) -> Vec<Mount> {
    let ro = if config.security.privileged { "rw" } else { "ro" };
    let mut mounts = Vec::new();
    mounts.push(if host.mapping.is_some() && config.network == NetworkMode::Host {
        mount("/sys", "bind", Path::new("/sys"), &["rbind", "nosuid", "noexec", "nodev", &format!("r{ro}")])
    } else {
        mount("/sys", "sysfs", Path::new("sysfs"), &["nosuid", "noexec", "nodev", ro])
    });
    if host.shows_cgroups {
        mounts.push(mount(
            "/sys/fs/cgroup",
            "cgroup",
            Path::new("cgroup"),
            &["nosuid", "noexec", "nodev", "relatime", ro],
        ));
    }
    mounts
}

/// /dev/mqueue and /dev/shm, which go with the IPC namespace.
fn ipc_mounts(config: &ContainerConfig, host: &Host) -> Vec<Mount> {
    let mode = &config.namespaces.ipc;
    let mut mounts = Vec::new();
    if mode.is_own() {
        mounts.push(mount("/dev/mqueue", "mqueue", Path::new("mqueue"), &["nosuid", "noexec", "nodev"]));
        let size = format!("size={}", config.shm_size);
        let options = ["nosuid", "noexec", "nodev", "mode=1777", &size];
        if *mode != IpcMode::None {
            mounts.push(mount("/dev/shm", "tmpfs", Path::new("shm"), &options));
        }
        return mounts;
    }
    for place in ["/dev/mqueue", "/dev/shm"] {
        let source = match &host.ipc_root {
            Some(root) => root.join(&place[1..]),
            None if place == "/dev/mqueue" && !host.mqueue => continue,
            None => place.into(),
        };
        mounts.push(mount(place, "bind", &source, &["bind", "nosuid", "noexec", "nodev"]));
    }
    mounts
}

/// The root: all layers and the container's own changes on top.
fn overlay(config: &ContainerConfig, host: &Host) -> Result<Mount> {
    let mut lower = Vec::new();
    for layer in host.layers.iter().rev().chain(&config.rootfs) {
        lower.push(overlay_path(layer)?);
    }
    if lower.is_empty() {
        // An image without layers: overlay wants one all the same.
        lower.push(overlay_path(&host.directory.join("empty"))?);
    }
    let mut options = vec![
        format!("lowerdir={}", lower.join(":")),
        format!("upperdir={}", overlay_path(&host.directory.join("upper"))?),
        format!("workdir={}", overlay_path(&host.directory.join("work"))?),
    ];
    if host.ids_differ {
        options.push("idmap".into());
    } else if host.mapping.is_some() {
        // trusted.* attributes are out of reach in a user namespace.
        options.push("userxattr".into());
    }
    if config.auto_remove {
        // Nothing of it outlives the container, so nothing needs to reach the disk; it saves a sync at the end.
        options.push("volatile".into());
    }
    let mut mount = mount("/", "overlay", Path::new("overlay"), &[]);
    mount.set_options(Some(options));
    Ok(mount)
}

/// A path as overlay's options can have it.
pub(super) fn overlay_path(path: &Path) -> Result<String> {
    match path.to_str() {
        Some(text) if !text.contains([':', ',', '\\']) => Ok(text.to_string()),
        _ => Kind::Unsupported.err(format!(
            "{}: a root directory with ':', ',' or '\\' in its path can't hold layers",
            path.display()
        )),
    }
}
