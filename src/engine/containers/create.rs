//! Making a container: image and options become a config, under a name that is its own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use oci_spec::image::Config as ImageDefaults;

use super::request::CreateRequest;
use crate::cgroups::systemd;
use crate::container::config::{ContainerConfig, IpcMode, NamespaceMode, Networking, ProcessConfig};
use crate::container::devices::rule;
use crate::container::health::{HealthConfig, HealthOptions};
use crate::container::log::{LogConfig, LogDriver, Subject};
use crate::container::notes::Note;
use crate::container::resources::Resources;
use crate::container::store::Draft;
use crate::container::{ContainerDir, external, owners};
use crate::engine::Engine;
use crate::engine::configuration::Settings;
use crate::engine::files::names;
use crate::engine::images::RunImage;
use crate::engine::progress::Progress;
use crate::error::{Context, Error, Kind, Result, is, one_line};
use crate::monitor::{self, Waiting};
use crate::netns::NetworkMode;
use crate::state::ContainerId;
use crate::state::file::Durability;
use crate::volumes::{Given, MountPoint};

/// What sethostname(2) takes.
const HOSTNAME_MAX: usize = 64;

/// Bytes of /dev/shm, and seconds to stop in.
const SHM_SIZE: u64 = 64 << 20;
const STOP_TIMEOUT: i32 = 10;

/// In docker's words.
const UNLIMITED: &str = "OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.";

impl Engine {
    /// Makes a container. It exists, whole, when this returns, or not at all.
    pub fn create(&self, request: CreateRequest, progress: &dyn Progress) -> Result<ContainerDir> {
        Ok(self.create_beside(request, progress, |_| Ok(()))?.0)
    }

    /// The same for one that is to be started at once: its monitor comes up while it is made.
    pub fn create_to_start(
        &self,
        request: CreateRequest,
        progress: &dyn Progress,
    ) -> Result<(ContainerDir, Waiting)> {
        self.create_beside(request, progress, |id| monitor::spawn(&self.roots, id))
    }

    /// `begun` is called when the id is known and hardly anything more can fail.
    fn create_beside<T>(
        &self,
        mut request: CreateRequest,
        progress: &dyn Progress,
        begun: impl FnOnce(&ContainerId) -> Result<T>,
    ) -> Result<(ContainerDir, T)> {
        let settings = self.settings()?;
        let pull = request.pull.or(settings.pull_policy).unwrap_or_default();
        take_defaults(&mut request, settings);
        self.sweep()?;
        let image = match &request.rootfs {
            None => Some(self.image_for_run(&request.image, pull, request.platform.as_ref(), progress)?),
            Some(path) => {
                check_rootfs(path)?;
                None
            }
        };
        // Nothing of a container that removes itself needs to survive a power loss.
        let durability = if request.auto_remove { Durability::Ephemeral } else { Durability::Durable };
        let store = self.containers();
        let mut draft = store.begin(durability)?;
        let name = draft.claim(request.name.as_deref())?;
        let beside = begun(draft.id())?;
        let mounted = self.mounts(&mut request.files, image.as_ref(), progress)?;
        let (user_namespace, user_asked) = (request.user_namespace.clone(), request.user.is_some());
        let requires = self.find_all(&request.requires)?;
        let found =
            |name: &Option<String>| name.as_deref().map(|name| self.find(name)).transpose().or_else(referred);
        let (pid_of, ipc_of) = (found(&request.pid_of)?, found(&request.ipc_of)?);
        let network = request.network.clone();
        let mut config = config(request, settings, &draft, name, image.as_ref())?;
        if config.resources.oom_kill_disable && config.resources.memory == 0 {
            progress.warn(UNLIMITED);
        }
        self.networking(network, &mut config, progress).or_else(referred)?;
        if let Some((dir, _)) = pid_of {
            config.namespaces.pid = NamespaceMode::Container(dir.id);
        }
        if let Some((dir, _)) = ipc_of {
            config.namespaces.ipc = IpcMode::Container(dir.id);
        }
        config.requires = requires.iter().map(|dir| dir.id.clone()).collect();
        requires.iter().try_for_each(|dir| dir.note(Note::RequiredBy, draft.id(), durability))?;
        let links = &config.networking.links;
        links
            .iter()
            .try_for_each(|link| store.dir(&link.container).note(Note::LinkedBy, draft.id(), durability))?;
        // Held until the config is in its place, where others see which ids it has.
        let _ids = self.map_ids(&user_namespace, &mut config, user_asked)?;
        if let (true, Some(image)) = (config.id_mapping.is_some(), &image) {
            self.shift_layers(image, &owners::layers(&self.roots, &config), progress)?;
        }
        self.shift_mounted(&mounted, &config, progress)?;
        check_idmap(&config, self.roots.rootless)?;
        external::check(&config, self.roots.rootless)?;
        make_directories(&draft, &config)?;
        let dir = self.publish(draft, &mut config, durability)?;
        // Until here the images could not be collected; from here on the config holds them.
        drop((image, mounted));
        Ok((dir, beside))
    }

    /// Makes the container's volumes, and it visible.
    fn publish(
        &self,
        draft: Draft,
        config: &mut ContainerConfig,
        durability: Durability,
    ) -> Result<ContainerDir> {
        let volumes = if config.mounts.is_empty() {
            None
        } else {
            Some(self.claim_volumes(&draft, config, durability)?)
        };
        let dir = draft.publish(config)?;
        if let Some(volumes) = volumes {
            volumes.keep(self);
        }
        self.tell(config, "create");
        Ok(dir)
    }
}

/// The result, where what isn't found is something that the request refers to, and not what it is for: told that something isn't there,
/// docker's clients take that for the image, and pull it.
pub(super) fn referred<T>(error: Error) -> Result<T> {
    if is(&error, Kind::NotFound) { Kind::Invalid.err(one_line(&error)) } else { Err(error) }
}

/// An idmapped mount needs root on the host, and ids to map.
fn check_idmap(config: &ContainerConfig, rootless: bool) -> Result<()> {
    let asked = config.mounts.iter().find(|m| m.idmap);
    match asked {
        Some(point) if rootless => Kind::Unsupported.err(format!(
            "{}: idmap: only root on the host can map the ids of a mount; use --userns keep-id, or the option U",
            point.destination.display()
        )),
        Some(point) if config.id_mapping.is_none() => Kind::Invalid.err(format!(
            "{}: idmap goes with a user namespace of the container's own: --userns auto, or --uidmap and --gidmap",
            point.destination.display()
        )),
        _ => Ok(()),
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
    if !config.has_layer() {
        return Ok(());
    }
    let mut names = vec!["rootfs", "upper", "work"];
    if config.layers.is_empty() && config.rootfs.is_none() {
        names.push("empty");
    }
    let mut project = None;
    for name in names {
        let path = draft.path().join(name);
        // 0755 whatever the umask: `upper` becomes the container's root directory.
        std::fs::create_dir(&path).with_context(|| format!("making {}", path.display()))?;
        if name == "upper" {
            use std::os::unix::fs::PermissionsExt;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))
                .with_context(|| format!("setting the mode of {}", path.display()))?;
        }
        if let Some(size) = config.layer.size.filter(|_| name == "upper" && !config.layer.ephemeral) {
            project = Some(crate::engine::volumes::limit(&path, size).context("--storage-opt size")?);
        }
        if let Some(project) = project.filter(|_| name == "work") {
            crate::engine::volumes::share(&path, project)?;
        }
    }
    Ok(())
}

/// What the request leaves open and a configuration file says.
fn take_defaults(request: &mut CreateRequest, settings: &Settings) {
    if request.network.dns.is_empty() {
        request.network.dns.clone_from(&settings.dns);
    }
    if request.network.networks.is_empty() {
        request.network.networks.extend(settings.network.clone());
    }
    for port in &mut request.network.published {
        port.host_ip = port.host_ip.or(settings.publish_address);
    }
    for (key, value) in &settings.sysctls {
        request.sysctls.entry(key.clone()).or_insert_with(|| value.clone());
    }
    let tuning = &mut request.tuning;
    for (key, value) in &settings.annotations {
        tuning.annotations.entry(key.clone()).or_insert_with(|| value.clone());
    }
    tuning.umask = tuning.umask.or(settings.umask);
    if tuning.localtime.is_none() {
        tuning.localtime.clone_from(&settings.tz);
    }
    if request.cgroup_parent.is_none() {
        request.cgroup_parent.clone_from(&settings.cgroup_parent);
    }
    if request.resources.pids_limit == 0 {
        request.resources.pids_limit = settings.pids_limit.unwrap_or(0);
    }
    // Nothing has limited it yet.
    request.resources.pids_limit = request.resources.pids_limit.max(0);
    request.ulimits = settings.ulimits(std::mem::take(&mut request.ulimits));
}

fn resources(request: &CreateRequest) -> Result<Resources> {
    let mut resources = request.resources.clone();
    if resources.memory > 0 {
        resources = resources.completed(crate::cgroups::can_limit_swap());
    }
    super::limits::check(&resources)?;
    Ok(resources)
}

fn log(
    request: &CreateRequest,
    settings: &Settings,
    (draft, name, image): (&Draft, &str, Option<&RunImage>),
    labels: &BTreeMap<String, String>,
    env: &[String],
) -> Result<LogConfig> {
    let subject = Subject {
        id: draft.id().as_str(),
        name,
        image: &request.image,
        image_id: &image.map(|i| i.id.to_string()).unwrap_or_default(),
        labels,
        env,
    };
    let mut log = settings.log_config(request.log_driver, &request.log_options)?;
    if log.driver == LogDriver::Passthrough && request.tty {
        return Kind::Invalid.err("the log driver passthrough: a container with a terminal can't have it");
    }
    log.complete(&subject)?;
    Ok(log)
}

/// The image's labels with the user's over them.
fn labels(request: &CreateRequest, defaults: &ImageDefaults) -> BTreeMap<String, String> {
    let mut labels: BTreeMap<String, String> =
        defaults.labels().clone().unwrap_or_default().into_iter().collect();
    labels.extend(request.labels.clone());
    labels
}

fn stop_signal(request: &CreateRequest, defaults: &ImageDefaults) -> Result<i32> {
    match (request.stop_signal, defaults.stop_signal()) {
        (Some(signal), _) => Ok(signal),
        (None, Some(text)) if !text.is_empty() => {
            super::kill::parse_signal(text).context("the image's stop signal")
        }
        (None, _) => Ok(libc::SIGTERM),
    }
}

fn config(
    request: CreateRequest,
    settings: &Settings,
    draft: &Draft,
    name: String,
    image: Option<&RunImage>,
) -> Result<ContainerConfig> {
    let defaults = image.and_then(|i| i.config.config().clone()).unwrap_or_default();
    let process = process(&request, settings, &defaults)?;
    let resources = resources(&request)?;
    request.device_cgroup_rules.iter().try_for_each(|r| rule(r).map(drop))?;
    let stop_signal = stop_signal(&request, &defaults)?;
    let labels = labels(&request, &defaults);
    let log = log(&request, settings, (draft, &name, image), &labels, &process.env)?;
    let runtime = settings.external_runtime(request.runtime.as_deref())?;
    let systemd = cgroup_manager(&request, runtime.is_some())?;
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
        network: NetworkMode::None,
        networking: Networking::default(),
        extra_hosts: Vec::new(),
        dns: Vec::new(),
        volumes: declared_volumes(&request.files.mounts),
        mounts: request.files.mounts,
        tmpfs: request.files.tmpfs,
        volumes_from: request.files.volumes_from.into_iter().map(|from| from.text).collect(),
        readonly_rootfs: request.files.readonly_rootfs,
        read_only_tmpfs: request.files.read_only_tmpfs,
        layer: request.files.layer,
        shm_size: request.shm_size.or(settings.shm_size).unwrap_or(SHM_SIZE),
        namespaces: request.namespaces,
        userns_mode: request.userns_mode,
        id_mapping: None,
        security: request.security,
        ulimits: request.ulimits,
        sysctls: request.sysctls,
        init: request.init.unwrap_or(settings.init),
        runtime,
        tuning: request.tuning,
        resources,
        systemd,
        cgroup_parent: request.cgroup_parent,
        devices: request.devices,
        cdi: request.cdi,
        device_cgroup_rules: request.device_cgroup_rules,
        stop_signal,
        stop_timeout: request.stop_timeout.or(settings.stop_timeout).unwrap_or(STOP_TIMEOUT),
        log,
        restart: request.restart,
        requires: Vec::new(),
        health: health(&request.health, image)?,
        auto_remove: request.auto_remove,
    })
}

/// Where the image, or a `--volume` without a source, has volumes without a name.
fn declared_volumes(mounts: &[MountPoint]) -> Vec<String> {
    let of_config = |m: &&MountPoint| {
        m.anonymous_volume().is_some() && matches!(m.given, Given::Image | Given::Volume(_))
    };
    mounts.iter().filter(of_config).map(|m| m.destination.display().to_string()).collect()
}

fn health(asked: &HealthOptions, image: Option<&RunImage>) -> Result<Option<HealthConfig>> {
    HealthConfig::new(asked, image.and_then(|i| i.raw_config.get("config")))
}

/// `--cgroup-manager`
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum CgroupManager {
    Cgroupfs,
    Systemd,
}

/// The socket of the systemd that is to make the cgroup.
fn cgroup_manager(request: &CreateRequest, external: bool) -> Result<Option<PathBuf>> {
    let (asked, parent) = (request.cgroup_manager, request.cgroup_parent.as_deref());
    let socket = systemd::socket();
    // Another runtime makes its cgroups itself.
    let usual = || systemd::is_usual() && parent.is_none() && !external;
    let wanted = asked.map_or_else(usual, |asked| asked == CgroupManager::Systemd);
    if !wanted {
        return Ok(None);
    }
    if let Some(parent) = parent {
        systemd::check_slice(&parent.to_string_lossy())?;
    }
    Ok(Some(socket))
}

fn process(request: &CreateRequest, settings: &Settings, defaults: &ImageDefaults) -> Result<ProcessConfig> {
    let image_entrypoint = defaults.entrypoint().clone().unwrap_or_default();
    let image_command = defaults.cmd().clone().unwrap_or_default();
    let (entrypoint, command) = match &request.entrypoint {
        // A new entry point makes the image's command meaningless.
        Some(entrypoint) => (entrypoint.clone(), request.command.clone()),
        None if request.command.is_empty() => (image_entrypoint, image_command),
        None => (image_entrypoint, request.command.clone()),
    };
    if entrypoint.is_empty() && command.is_empty() {
        return Kind::Invalid.err("no command specified, and the image has none");
    }
    if let Some(nameless) = request.env.iter().find(|e| e.is_empty() || e.starts_with('=')) {
        return Kind::Invalid.err(format!("invalid environment variable: {nameless}"));
    }
    let cwd = match &request.cwd {
        Some(cwd) => cwd.clone(),
        None => defaults.working_dir().as_deref().filter(|d| !d.is_empty()).unwrap_or("/").into(),
    };
    if request.hostname.as_ref().is_some_and(|name| name.len() > HOSTNAME_MAX) {
        return Kind::Invalid.err(format!(
            "invalid hostname {:?}: it has more than {HOSTNAME_MAX} bytes",
            request.hostname.as_deref().unwrap_or_default()
        ));
    }
    if !cwd.is_absolute() {
        return Kind::Invalid.err(format!(
            "the working directory {:?} is invalid, it needs to be an absolute path",
            cwd.display()
        ));
    }
    let cwd = PathBuf::from(OsString::from_vec(names::clean(cwd.as_os_str().as_bytes())));
    Ok(ProcessConfig {
        entrypoint,
        command,
        env: in_order(
            merge_env(
                merge_env(settings.env.clone(), defaults.env().as_deref().unwrap_or_default()),
                &request.env,
            ),
            &request.env,
        ),
        cwd,
        user: request.user.clone().or_else(|| defaults.user().clone()).unwrap_or_default(),
        groups: request.groups.clone(),
        tty: request.tty,
        console_size: request.console_size,
        open_stdin: request.open_stdin,
        stdin_once: request.stdin_once,
        attach: request.attach,
    })
}

/// As docker has them: what was asked for first, then what else there is.
fn in_order(env: Vec<String>, asked: &[String]) -> Vec<String> {
    let is_asked = |entry: &String| asked.contains(entry);
    let (mut first, rest): (Vec<String>, Vec<String>) = env.into_iter().partition(is_asked);
    first.sort_by_key(|entry| asked.iter().position(|a| a == entry));
    [first, rest].concat()
}

/// The image's variables with the user's over them, each at the place of the one it replaces. A name without a value takes one away, also
/// one that would come with every container, and stays as that, as `inspect` is to show it.
pub(super) fn merge_env(mut env: Vec<String>, over: &[String]) -> Vec<String> {
    let key = |entry: &str| entry.split('=').next().unwrap_or_default().to_string();
    for entry in over {
        let at = env.iter().position(|e| key(e) == key(entry));
        match at {
            Some(at) => env[at].clone_from(entry),
            None => env.push(entry.clone()),
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
        assert_eq!(merged, list(&["A=1", "B=x", "C", "D=4", "E"]));
        assert_eq!(in_order(merged, &list(&["D=4", "B=x"])), list(&["D=4", "B=x", "A=1", "C", "E"]));
    }
}
