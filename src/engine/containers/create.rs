//! Making a container: image and options become a config, under a name that is its own.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use oci_spec::image::Config as ImageDefaults;

use crate::cgroups::systemd;
use crate::container::cdi::CdiDevices;
use crate::container::config::{
    Attach, ContainerConfig, IpcMode, LogConfig, NamespaceMode, NamespaceModes, ProcessConfig, RestartPolicy,
    SecurityConfig, Ulimit,
};
use crate::container::devices::{DeviceMapping, rule};
use crate::container::health::{HealthConfig, HealthOptions};
use crate::container::resources::Resources;
use crate::container::store::Draft;
use crate::container::tuning::Tuning;
use crate::container::{ContainerDir, owners};
use crate::engine::Engine;
use crate::engine::images::{PullPolicy, RunImage};
use crate::engine::progress::Progress;
use crate::error::{Context, Kind, Result};
use crate::image::Platform;
use crate::namespaces::UserMode;
use crate::netns::{ExtraHost, NetworkMode};
use crate::state::file::{self, Durability};
use crate::volumes::{BindMount, TmpfsMount};

/// What a container is to be. `None` leaves it to the image, or to the default.
#[derive(Debug, Clone)]
pub struct CreateRequest {
    pub name: Option<String>,
    /// Name or id of an image; empty with `rootfs`.
    pub image: String,
    pub rootfs: Option<PathBuf>,
    pub pull: PullPolicy,
    pub platform: Option<Platform>,
    pub command: Vec<String>,
    /// Replaces the image's, and with it the image's command.
    pub entrypoint: Option<Vec<String>>,
    /// `NAME=VALUE`, or `NAME` to take it away.
    pub env: Vec<String>,
    pub cwd: Option<PathBuf>,
    pub user: Option<String>,
    pub groups: Vec<String>,
    pub tty: bool,
    pub open_stdin: bool,
    pub stdin_once: bool,
    pub attach: Attach,
    pub labels: BTreeMap<String, String>,
    pub hostname: Option<String>,
    pub network: NetworkMode,
    pub extra_hosts: Vec<ExtraHost>,
    pub dns: Vec<IpAddr>,
    pub binds: Vec<BindMount>,
    pub tmpfs: Vec<TmpfsMount>,
    pub readonly_rootfs: bool,
    pub shm_size: u64,
    pub namespaces: NamespaceModes,
    pub userns_mode: String,
    pub user_namespace: UserMode,
    pub security: SecurityConfig,
    pub ulimits: Vec<Ulimit>,
    pub sysctls: BTreeMap<String, String>,
    pub init: bool,
    pub tuning: Tuning,
    /// The container whose processes this one is to see.
    pub pid_of: Option<String>,
    /// The container whose IPC namespace and /dev/shm this one shares.
    pub ipc_of: Option<String>,
    pub resources: Resources,
    pub cgroup_parent: Option<PathBuf>,
    /// Who makes its cgroup; none: what is usual for this user.
    pub cgroup_manager: Option<CgroupManager>,
    pub devices: Vec<DeviceMapping>,
    pub cdi: CdiDevices,
    pub device_cgroup_rules: Vec<String>,
    pub stop_signal: Option<i32>,
    pub stop_timeout: i32,
    pub log: LogConfig,
    pub restart: RestartPolicy,
    pub health: HealthOptions,
    pub auto_remove: bool,
}

impl Engine {
    /// Makes a container. It exists, whole, when this returns, or not at all.
    pub fn create(&self, request: CreateRequest, progress: &dyn Progress) -> Result<ContainerDir> {
        self.sweep()?;
        let image = match &request.rootfs {
            None => {
                Some(self.image_for_run(&request.image, request.pull, request.platform.as_ref(), progress)?)
            }
            Some(path) => {
                check_rootfs(path)?;
                None
            }
        };
        // Nothing of a container that removes itself needs to survive a power loss.
        let durability = if request.auto_remove { Durability::Ephemeral } else { Durability::Durable };
        let store = self.containers();
        let mut draft = store.begin()?;
        let name = draft.claim(request.name.as_deref())?;
        request.binds.iter().try_for_each(BindMount::make_source)?;
        let (user_namespace, user_asked) = (request.user_namespace.clone(), request.user.is_some());
        let found = |name: &Option<String>| name.as_deref().map(|name| self.find(name)).transpose();
        let (pid_of, ipc_of) = (found(&request.pid_of)?, found(&request.ipc_of)?);
        let mut config = config(request, &draft, name, image.as_ref())?;
        if let Some((dir, _)) = pid_of {
            config.namespaces.pid = NamespaceMode::Container(dir.id);
        }
        if let Some((dir, _)) = ipc_of {
            config.namespaces.ipc = IpcMode::Container(dir.id);
        }
        // Held until the config is in its place, where others see which ids it has.
        let _ids = self.map_ids(&user_namespace, &mut config, user_asked)?;
        if let (true, Some(image)) = (config.id_mapping.is_some(), &image) {
            self.shift_layers(image, &owners::layers(&self.roots, &config), progress)?;
        }
        make_directories(&draft, &config)?;
        file::write_json(&draft.path().join("config.json"), &config, durability)?;
        // Until here the image could not be collected; from here on the config holds it.
        let dir = draft.publish(durability)?;
        self.tell(&config, "create");
        drop(image);
        Ok(dir)
    }
}

fn check_rootfs(path: &Path) -> Result<()> {
    match std::fs::metadata(path) {
        Ok(meta) if meta.is_dir() => Ok(()),
        Ok(_) => Kind::Invalid.err(format!("--rootfs {}: not a directory", path.display())),
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Kind::NotFound.err(format!("--rootfs {}: no such directory", path.display()))
        }
        Err(e) => Err(e).with_context(|| format!("--rootfs {}", path.display())),
    }
}

fn make_directories(draft: &Draft, config: &ContainerConfig) -> Result<()> {
    if config.rootfs.is_some() {
        return Ok(());
    }
    let mut names = vec!["rootfs", "upper", "work"];
    if config.layers.is_empty() {
        names.push("empty");
    }
    for name in names {
        let path = draft.path().join(name);
        // 0755 whatever the umask: `upper` becomes the container's root directory.
        std::fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
        if name == "upper" {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
                .with_context(|| format!("setting the mode of {}", path.display()))?;
        }
    }
    Ok(())
}

fn config(
    request: CreateRequest,
    draft: &Draft,
    name: String,
    image: Option<&RunImage>,
) -> Result<ContainerConfig> {
    let defaults = image.and_then(|i| i.config.config().clone()).unwrap_or_default();
    let process = process(&request, &defaults)?;
    let resources = if request.resources.memory > 0 {
        request.resources.clone().completed(crate::cgroups::can_limit_swap())
    } else {
        request.resources.clone()
    };
    super::limits::check(&resources)?;
    request.device_cgroup_rules.iter().try_for_each(|r| rule(r).map(drop))?;
    let mut labels: BTreeMap<String, String> =
        defaults.labels().clone().unwrap_or_default().into_iter().collect();
    labels.extend(request.labels);
    Ok(ContainerConfig {
        id: draft.id().clone(),
        name,
        created: jiff::Timestamp::now(),
        image: request.image,
        image_id: image.map(|i| i.id.clone()),
        layers: image.map(|i| i.layers.clone()).unwrap_or_default(),
        rootfs: request.rootfs.map(std::path::absolute).transpose()?,
        process,
        labels,
        exposed_ports: defaults.exposed_ports().clone().unwrap_or_default(),
        hostname: request.hostname,
        network: request.network,
        extra_hosts: request.extra_hosts,
        dns: request.dns,
        binds: request.binds,
        tmpfs: request.tmpfs,
        readonly_rootfs: request.readonly_rootfs,
        shm_size: request.shm_size,
        namespaces: request.namespaces,
        userns_mode: request.userns_mode,
        id_mapping: None,
        security: request.security,
        ulimits: request.ulimits,
        sysctls: request.sysctls,
        init: request.init,
        tuning: request.tuning,
        resources,
        systemd: cgroup_manager(request.cgroup_manager, request.cgroup_parent.as_deref())?,
        cgroup_parent: request.cgroup_parent,
        devices: request.devices,
        cdi: request.cdi,
        device_cgroup_rules: request.device_cgroup_rules,
        stop_signal: stop_signal(request.stop_signal, &defaults)?,
        stop_timeout: request.stop_timeout,
        log: request.log,
        restart: request.restart,
        health: HealthConfig::new(
            &request.health,
            image.and_then(|i| i.raw_config.pointer("/config/Healthcheck")),
        )?,
        auto_remove: request.auto_remove,
    })
}

fn stop_signal(asked: Option<i32>, defaults: &ImageDefaults) -> Result<i32> {
    match (asked, defaults.stop_signal()) {
        (Some(signal), _) => Ok(signal),
        (None, Some(text)) if !text.is_empty() => {
            super::kill::parse_signal(text).context("the image's stop signal")
        }
        (None, _) => Ok(libc::SIGTERM),
    }
}

/// `--cgroup-manager`
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CgroupManager {
    Cgroupfs,
    Systemd,
}

/// The socket of the systemd that is to make the cgroup.
fn cgroup_manager(asked: Option<CgroupManager>, parent: Option<&Path>) -> Result<Option<PathBuf>> {
    let socket = systemd::socket();
    let usual = || systemd::is_usual() && parent.is_none();
    let wanted = asked.map_or_else(usual, |asked| asked == CgroupManager::Systemd);
    if !wanted {
        return Ok(None);
    }
    if let Some(parent) = parent {
        systemd::check_slice(&parent.to_string_lossy())?;
    }
    Ok(Some(socket))
}

fn process(request: &CreateRequest, defaults: &ImageDefaults) -> Result<ProcessConfig> {
    let image_entrypoint = defaults.entrypoint().clone().unwrap_or_default();
    let image_command = defaults.cmd().clone().unwrap_or_default();
    let (entrypoint, command) = match &request.entrypoint {
        // A new entry point makes the image's command meaningless.
        Some(entrypoint) => (entrypoint.clone(), request.command.clone()),
        None if request.command.is_empty() => (image_entrypoint, image_command),
        None => (image_entrypoint, request.command.clone()),
    };
    if entrypoint.iter().chain(&command).next().is_none_or(String::is_empty) {
        return Kind::Invalid.err("no command specified, and the image has none");
    }
    let cwd = match &request.cwd {
        Some(cwd) => cwd.clone(),
        None => defaults.working_dir().as_deref().filter(|d| !d.is_empty()).unwrap_or("/").into(),
    };
    if !cwd.is_absolute() {
        return Kind::Invalid.err(format!(
            "the working directory {:?} is invalid, it needs to be an absolute path",
            cwd.display()
        ));
    }
    Ok(ProcessConfig {
        entrypoint,
        command,
        env: merge_env(defaults.env().clone().unwrap_or_default(), &request.env),
        cwd,
        user: request.user.clone().or_else(|| defaults.user().clone()).unwrap_or_default(),
        groups: request.groups.clone(),
        tty: request.tty,
        open_stdin: request.open_stdin,
        stdin_once: request.stdin_once,
        attach: request.attach,
    })
}

/// The image's variables with the user's over them, each at the place of the one it replaces.
pub(super) fn merge_env(mut env: Vec<String>, over: &[String]) -> Vec<String> {
    let key = |entry: &str| entry.split('=').next().unwrap_or_default().to_string();
    for entry in over {
        let at = env.iter().position(|e| key(e) == key(entry));
        match (at, entry.contains('=')) {
            (Some(at), true) => env[at].clone_from(entry),
            (Some(at), false) => drop(env.remove(at)),
            (None, true) => env.push(entry.clone()),
            (None, false) => {}
        }
    }
    env
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_variables_win_and_can_take_away() {
        let list = |l: &[&str]| l.iter().map(|s| (*s).to_string()).collect::<Vec<_>>();
        let merged = merge_env(list(&["A=1", "B=2", "C=3"]), &list(&["B=x", "C", "D=4", "E"]));
        assert_eq!(merged, list(&["A=1", "B=x", "D=4"]));
    }
}
