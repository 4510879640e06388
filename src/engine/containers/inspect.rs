//! `inspect` in Docker's JSON shape (Engine API, ContainerInspect), so that templates written for docker work.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::container::config::{
    ContainerConfig, IpcMode, NamespaceMode, SeccompProfile, SecurityConfig, Unmasked,
};
use crate::container::health::ProbeResult;
use crate::container::spec::{masked_paths, readonly_paths};
use crate::container::{ContainerDir, ContainerState, Status};
use crate::engine::Engine;
use crate::engine::configuration::BUILT_IN_RUNTIME;
use crate::error::{Kind, Result, kind_of};
use crate::state::ContainerId;

use super::known::Known;
use super::memory::Room;
use super::remembered::{Form, Text, TextKey};
use super::status::{Liveness, liveness};
use super::{inspect_mounts, inspect_network};

/// A container, looked at to be shown.
#[derive(Debug)]
pub struct Inspection {
    dir: Arc<ContainerDir>,
    known: Arc<Known>,
    state: Arc<ContainerState>,
    /// Names of the programs of `exec` that run.
    programs: Vec<String>,
    /// Its files are mounted on the host (`mount`).
    is_mounted: bool,
}

impl Engine {
    /// The container as docker would describe it.
    pub fn inspect(&self, wanted: &str) -> Result<Value> {
        Ok(self.inspection(wanted)?.json())
    }

    pub fn inspection(&self, wanted: &str) -> Result<Inspection> {
        let dir = self.containers().find(wanted)?;
        self.inspect_at(dir).map_err(|error| match kind_of(&error) {
            Some(Kind::NotFound) => Kind::NotFound.error(format!("No such container: {wanted}")),
            _ => error,
        })
    }

    /// The same if nothing but a few looks at files is needed for it: of a container that is remembered, by its name or whole id.
    pub fn recalled_inspection(&self, wanted: &str) -> Option<Inspection> {
        let bare = wanted.strip_prefix('/').unwrap_or(wanted);
        let id = match ContainerId::parse(bare) {
            Ok(id) => id,
            Err(_) => self.containers().named(bare).ok()??.id,
        };
        self.learn();
        let (dir, known) = self.recall(&id).ok()??;
        match known.liveness(&dir).ok()? {
            Liveness::WithoutMonitor => None,
            liveness => Inspection::new(dir, known, liveness).ok(),
        }
    }

    fn inspect_at(&self, dir: ContainerDir) -> Result<Inspection> {
        self.learn();
        if let Some((dir, known)) = self.recall(&dir.id)? {
            let liveness = known.liveness(&dir)?;
            if liveness != Liveness::WithoutMonitor {
                return Inspection::new(dir, known, liveness);
            }
        }
        let before = self.before(&dir)?;
        let state = dir.recorded_state()?;
        let liveness = liveness(&dir, &state, || dir.paused_path().exists())?;
        let known = match (before, liveness) {
            // Cleaned up after, and not to be remembered as what is written down: it may be that nothing can be.
            (_, Liveness::WithoutMonitor) => {
                let state = self.status(&dir)?;
                Known::read(&dir, state)?.into()
            }
            (Some(before), _) => self.keep(&dir, Known::read(&dir, state)?, before, Room::OfOthers)?,
            (None, _) => Known::read(&dir, state)?.into(),
        };
        Inspection::new(dir.into(), known, liveness)
    }
}

impl Inspection {
    fn new(dir: Arc<ContainerDir>, known: Arc<Known>, liveness: Liveness) -> Result<Self> {
        let state = known.state(liveness);
        let may_run = state.status == Status::Running && known.has_programs(&dir)?;
        let programs = if may_run { super::exec::sessions(&dir) } else { Vec::new() };
        let is_mounted = known.is_mounted(&dir);
        Ok(Self { dir, known, state, programs, is_mounted })
    }

    /// What is in `.ExecIDs`.
    pub fn programs(&self) -> Option<&[String]> {
        (!self.programs.is_empty()).then_some(&self.programs)
    }

    /// All of it, in docker's shape.
    pub fn json(&self) -> Value {
        let config = &self.known.config;
        let mut state = self.state.clone();
        if state.status == Status::Running
            && config.health.is_some()
            && let Some(health) = super::healthcheck::health(&self.dir)
        {
            state = ContainerState { health: Some(health), ..(*state).clone() }.into();
        }
        let mut value = self.describe(&state);
        value["ExecIDs"] = nullable(self.programs.clone());
        value
    }

    /// What `make` makes of it, whatever [`Self::programs`] are: remembered for as long as the container's files stay as they are, unless it
    /// says what isn't in them.
    pub fn text(&self, form: Form, make: impl FnOnce() -> Result<Text>) -> Result<Text> {
        if self.is_of_files() { self.known.text(self.key(form), make) } else { make() }
    }

    /// That text, if it is there.
    pub fn recall_text(&self, form: Form) -> Option<Text> {
        self.is_of_files().then(|| self.known.recall_text(self.key(form)))?
    }

    fn key(&self, form: Form) -> TextKey {
        TextKey { form, paused: self.state.paused }
    }

    /// Whether all that is shown is in the container's own files: not in its monitor, the table of mounts, or files of others.
    fn is_of_files(&self) -> bool {
        let config = &self.known.config;
        config.health.is_none() && config.networking.links.is_empty() && !self.is_mounted
    }

    fn describe(&self, state: &ContainerState) -> Value {
        let Self { dir, known, .. } = self;
        let (config, record) = (&known.config, known.record.as_ref());
        let args = config.process.args();
        let log =
            if config.log.driver.has_files() { dir.log_path().display().to_string() } else { String::new() };
        json!({
            "Id": config.id.as_str(),
            "Created": config.created.to_string(),
            "Path": args.first().cloned().unwrap_or_default(),
            "Args": args.get(1..).unwrap_or_default(),
            "State": state_json(state),
            "Image": config.image_id.as_ref().map(ToString::to_string).unwrap_or_default(),
            "ResolvConfPath": dir.path.join("resolv.conf").display().to_string(),
            "HostnamePath": dir.path.join("hostname").display().to_string(),
            "HostsPath": dir.path.join("hosts").display().to_string(),
            "LogPath": log,
            "Name": format!("/{}", config.name),
            "RestartCount": state.restart_count,
            "Driver": "overlay2",
            "Platform": "linux",
            "MountLabel": "",
            "ProcessLabel": config.security.selinux.clone().unwrap_or_default(),
            "AppArmorProfile": config.security.apparmor.clone().unwrap_or_default(),
            "ExecIDs": null,
            "HostConfig": host_config(config, inspect_network::links(config, dir)),
            "GraphDriver": inspect_mounts::graph_driver(dir, config, self.is_mounted),
            "Mounts": inspect_mounts::mounts(dir, config),
            "Config": config_json(config),
            "NetworkSettings": inspect_network::settings(config, record, &state.networks),
            "Dependencies": config.requires.iter().map(ContainerId::as_str).collect::<Vec<_>>(),
        })
    }
}

/// Docker's zero time.
const NEVER: &str = "0001-01-01T00:00:00Z";

fn time(time: Option<jiff::Timestamp>) -> String {
    time.map_or_else(|| NEVER.to_string(), |t| t.to_string())
}

fn state_json(state: &ContainerState) -> Value {
    let mut value = json!({
        "Status": state.status_name(),
        "Running": state.status.is_active(),
        "Paused": state.paused,
        "Restarting": state.status == Status::Restarting,
        "OOMKilled": state.oom_killed,
        "Dead": false,
        "Pid": state.init.map_or(0, |p| p.pid),
        "ExitCode": state.exit_code.unwrap_or(0),
        "Error": state.error.clone().unwrap_or_default(),
        "StartedAt": time(state.started),
        "FinishedAt": time(state.finished),
    });
    if let Some(health) = &state.health {
        let result = |r: &ProbeResult| json!({"Start": r.start.to_string(), "End": r.end.to_string(), "ExitCode": r.exit_code, "Output": r.output});
        value["Health"] = json!({
            "Status": health.status.name(),
            "FailingStreak": health.failing_streak,
            "Log": health.log.iter().map(result).collect::<Vec<_>>(),
        });
    }
    value
}

fn namespace(mode: &NamespaceMode, private: &str) -> String {
    match mode {
        NamespaceMode::Host => "host".into(),
        NamespaceMode::Private => private.into(),
        NamespaceMode::Container(id) => format!("container:{id}"),
    }
}

fn ipc_mode(mode: &IpcMode) -> String {
    match mode {
        IpcMode::Private => "private".into(),
        IpcMode::Shareable => "shareable".into(),
        IpcMode::None => "none".into(),
        IpcMode::Host => "host".into(),
        IpcMode::Container(id) => format!("container:{id}"),
    }
}

fn security_options(security: &SecurityConfig) -> Vec<String> {
    let mut options = Vec::new();
    if security.no_new_privileges {
        options.push("no-new-privileges".to_string());
    }
    options.extend(security.apparmor.iter().map(|profile| format!("apparmor={profile}")));
    options.extend(security.selinux.iter().map(|label| format!("label={label}")));
    options.extend(security.masked.iter().map(|path| format!("mask={path}")));
    match &security.unmasked {
        Unmasked::None => {}
        Unmasked::All => options.push("systempaths=unconfined".into()),
        Unmasked::Paths(paths) => options.extend(paths.iter().map(|path| format!("unmask={path}"))),
    }
    match &security.seccomp {
        SeccompProfile::Default => {}
        SeccompProfile::Unconfined => options.push("seccomp=unconfined".into()),
        SeccompProfile::Custom(text) => options.push(format!("seccomp={text}")),
    }
    options
}

fn host_config(config: &ContainerConfig, links: Option<Vec<String>>) -> Value {
    let security = &config.security;
    let ulimit = |u: &crate::container::config::Ulimit| json!({"Name": u.name, "Soft": u.soft as i64, "Hard": u.hard as i64});
    let hidden = |paths: Vec<String>| if security.privileged { Value::Null } else { paths.into() };
    let tmpfs: serde_json::Map<String, Value> = config
        .tmpfs
        .iter()
        .map(|t| (t.destination.display().to_string(), t.options.join(",").into()))
        .collect();
    let mut value = json!({
        "Binds": nullable(inspect_mounts::binds(config)),
        "ContainerIDFile": "",
        "LogConfig": {
            "Type": config.log.driver.name(),
            // As they were given, not what is in force: clients compare them with what they ask for.
            "Config": config.log.given,
        },
        "NetworkMode": inspect_network::mode(config),
        "PortBindings": inspect_network::port_bindings(config),
        "Links": links,
        "RestartPolicy": {"Name": config.restart.name(), "MaximumRetryCount": config.restart.max_retries()},
        "AutoRemove": config.auto_remove,
        "VolumeDriver": "",
        "VolumesFrom": nullable(config.volumes_from.clone()),
        "CapAdd": nullable(security.cap_add.clone()),
        "CapDrop": nullable(security.cap_drop.clone()),
        "Dns": config.dns.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "DnsOptions": config.networking.dns_options,
        "DnsSearch": config.networking.dns_search,
        "ExtraHosts": nullable(config.extra_hosts.iter().map(|h| format!("{}:{}", h.name, h.address.map_or_else(|| "host-gateway".into(), |a| a.to_string()))).collect()),
        "GroupAdd": nullable(config.process.groups.clone()),
        "IpcMode": ipc_mode(&config.namespaces.ipc),
        "PidMode": namespace(&config.namespaces.pid, ""),
        "UTSMode": namespace(&config.namespaces.uts, ""),
        "UsernsMode": config.userns_mode,
        "OomScoreAdj": config.tuning.oom_score_adj.unwrap_or(0),
        "Annotations": config.tuning.annotations,
        "Privileged": security.privileged,
        "MaskedPaths": hidden(masked_paths(security)),
        "ReadonlyPaths": hidden(readonly_paths(security)),
        "PublishAllPorts": config.networking.publish_all,
        "ReadonlyRootfs": config.readonly_rootfs,
        "SecurityOpt": nullable(security_options(security)),
        "ShmSize": config.shm_size,
        "Sysctls": config.sysctls,
        "Tmpfs": tmpfs,
        "ConsoleSize": config.process.console_size.unwrap_or_default(),
        "Ulimits": config.ulimits.iter().map(ulimit).collect::<Vec<_>>(),
        "Init": config.init,
        "Runtime": config.runtime.as_ref().map_or(BUILT_IN_RUNTIME, |r| &r.name),
    });
    if let Some(isolation) = &config.tuning.isolation {
        value["Isolation"] = isolation.clone().into();
    }
    if let Value::Object(fields) = &mut value {
        fields.extend(super::inspect_limits::fields(config));
        fields.extend(inspect_mounts::fields(config));
    }
    value
}

/// Docker writes `null` for a list that wasn't given.
fn nullable(list: Vec<String>) -> Value {
    if list.is_empty() { Value::Null } else { list.into() }
}

fn config_json(config: &ContainerConfig) -> Value {
    let process = &config.process;
    let ports: serde_json::Map<String, Value> =
        config.exposed_ports.iter().map(|p| (p.clone(), json!({}))).collect();
    let mut value = json!({
        "Hostname": crate::container::spec::hostname(config),
        "Domainname": config.tuning.domainname.clone().unwrap_or_default(),
        "User": process.user,
        "AttachStdin": process.attach.stdin,
        "AttachStdout": process.attach.stdout,
        "AttachStderr": process.attach.stderr,
        "Tty": process.tty,
        "OpenStdin": process.open_stdin,
        "StdinOnce": process.stdin_once,
        "Env": process.env,
        "Cmd": nullable(process.command.clone()),
        "Image": config.image,
        "Volumes": inspect_mounts::declared(config),
        "WorkingDir": if process.cwd.as_os_str() == "/" { String::new() } else { process.cwd.display().to_string() },
        "Entrypoint": nullable(process.entrypoint.clone()),
        "OnBuild": null,
        "Labels": config.labels,
        "StopSignal": crate::engine::containers::kill::signal_name(config.stop_signal),
        "StopTimeout": config.stop_timeout,
    });
    if let Some(health) = &config.health {
        value["Healthcheck"] = json!({
            "Test": health.test,
            "Interval": health.interval.as_nanos() as u64,
            "Timeout": health.timeout.as_nanos() as u64,
            "Retries": health.retries,
        });
        // Docker tells of them only if they were given.
        let usual = [("StartPeriod", Duration::ZERO), ("StartInterval", Duration::from_secs(5))];
        for ((field, usual), time) in usual.into_iter().zip([health.start_period, health.start_interval]) {
            if time != usual {
                value["Healthcheck"][field] = json!(time.as_nanos() as u64);
            }
        }
    }
    if !ports.is_empty() {
        value["ExposedPorts"] = ports.into();
    }
    value
}
