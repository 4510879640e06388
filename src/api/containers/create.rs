//! `POST /containers/create`: what a client asks for becomes the engine's request.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use super::create_host::{HostBody, PortBody};
use super::create_mounts::files;
use super::create_versions as versions;
use crate::api::call::Call;
use crate::api::exec::console_size;
use crate::api::json::{Set, Words, or_default};
use crate::api::reply::Reply;
use crate::api::version::ApiVersion;
use crate::engine::Engine;
use crate::engine::containers::{
    Attach, ContainerNetwork, CreateRequest, HealthOptions, LogDriver, NamespaceModes, NetworkOption,
    PortSpec, SecurityConfig, Tuning, Unmasked, capability_name, ipc_mode, masked_paths, namespace_mode,
    parse_signal, readonly_paths, security_options,
};
use crate::engine::images::{Platform, PullPolicy};
use crate::engine::progress::{Event, Progress};
use crate::error::{Context, Kind, Result};

/// ContainerCreateConfig
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct CreateBody {
    #[serde(deserialize_with = "or_default")]
    hostname: String,
    #[serde(deserialize_with = "or_default")]
    domainname: String,
    #[serde(deserialize_with = "or_default")]
    user: String,
    #[serde(deserialize_with = "or_default")]
    attach_stdin: bool,
    #[serde(deserialize_with = "or_default")]
    attach_stdout: bool,
    #[serde(deserialize_with = "or_default")]
    attach_stderr: bool,
    #[serde(deserialize_with = "or_default")]
    exposed_ports: Set,
    #[serde(deserialize_with = "or_default")]
    tty: bool,
    #[serde(deserialize_with = "or_default")]
    open_stdin: bool,
    #[serde(deserialize_with = "or_default")]
    stdin_once: bool,
    #[serde(deserialize_with = "or_default")]
    env: Vec<String>,
    cmd: Option<Words>,
    entrypoint: Option<Words>,
    pub(super) healthcheck: Option<HealthBody>,
    #[serde(deserialize_with = "or_default")]
    shell: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    image: String,
    #[serde(deserialize_with = "or_default")]
    volumes: Set,
    #[serde(deserialize_with = "or_default")]
    working_dir: String,
    #[serde(deserialize_with = "or_default")]
    network_disabled: bool,
    #[serde(deserialize_with = "or_default")]
    pub(super) mac_address: String,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    stop_signal: String,
    stop_timeout: Option<i32>,
    #[serde(deserialize_with = "HostBody::read")]
    pub(super) host_config: HostBody,
    #[serde(deserialize_with = "or_default")]
    pub(super) networking_config: NetworkingBody,
}

/// Times in nanoseconds, 0 for the default.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct HealthBody {
    #[serde(deserialize_with = "or_default")]
    test: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    interval: i64,
    #[serde(deserialize_with = "or_default")]
    timeout: i64,
    #[serde(deserialize_with = "or_default")]
    start_period: i64,
    #[serde(deserialize_with = "or_default")]
    pub(super) start_interval: i64,
    #[serde(deserialize_with = "or_default")]
    retries: i64,
}

impl HealthBody {
    /// The bounds that docker has for it.
    fn check(&self) -> Result<()> {
        let times = [
            ("Interval", self.interval),
            ("Timeout", self.timeout),
            ("StartPeriod", self.start_period),
            ("StartInterval", self.start_interval),
        ];
        if let Some((name, _)) = times.iter().find(|(_, nanos)| *nanos != 0 && *nanos < 1_000_000) {
            return Kind::Invalid.err(format!("{name} in Healthcheck cannot be less than 1ms"));
        }
        if self.retries < 0 {
            return Kind::Invalid.err("Retries in Healthcheck cannot be negative");
        }
        Ok(())
    }

    fn options(&self) -> HealthOptions {
        let time = |nanos: i64| u64::try_from(nanos).ok().filter(|n| *n > 0).map(Duration::from_nanos);
        let disabled = self.test.first().is_some_and(|t| t == "NONE");
        if disabled {
            return HealthOptions { disabled, ..HealthOptions::default() };
        }
        HealthOptions {
            command: (!self.test.is_empty()).then(|| json!(self.test).to_string()),
            interval: time(self.interval),
            timeout: time(self.timeout),
            retries: u32::try_from(self.retries).ok().filter(|n| *n > 0),
            start_period: time(self.start_period),
            start_interval: time(self.start_interval),
            ..HealthOptions::default()
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(super) struct NetworkingBody {
    #[serde(deserialize_with = "or_default")]
    pub(super) endpoints_config: BTreeMap<String, Option<EndpointBody>>,
}

/// EndpointSettings
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct EndpointBody {
    #[serde(rename = "IPAMConfig", deserialize_with = "or_default")]
    pub ipam: EndpointIpamBody,
    #[serde(deserialize_with = "or_default")]
    pub links: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub aliases: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    pub mac_address: String,
    #[serde(deserialize_with = "or_default")]
    pub driver_opts: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    pub gw_priority: i64,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct EndpointIpamBody {
    #[serde(rename = "IPv4Address", deserialize_with = "or_default")]
    pub ipv4: String,
    #[serde(rename = "IPv6Address", deserialize_with = "or_default")]
    pub ipv6: String,
    #[serde(rename = "LinkLocalIPs", deserialize_with = "or_default")]
    pub link_local: Vec<String>,
}

impl EndpointBody {
    /// Adds what it asks for to a network by its name, or to one of the modes.
    pub fn option(&self, network: &str) -> Result<NetworkOption> {
        let mut option: NetworkOption = network.parse()?;
        let NetworkOption::Network(attachment) = &mut option else {
            let plain = self.ipam.ipv4.is_empty() && self.ipam.ipv6.is_empty() && self.mac_address.is_empty();
            let plain = plain && self.gw_priority == 0;
            return if plain {
                Ok(option)
            } else {
                Kind::Invalid.err("conflicting options: an address needs a network")
            };
        };
        let invalid = |text: &str| Kind::Invalid.error(format!("invalid address {text:?}"));
        let (four, six) = (&self.ipam.ipv4, &self.ipam.ipv6);
        if !four.is_empty() {
            attachment.ipv4 = Some(four.parse().map_err(|_| invalid(four))?);
        }
        if !six.is_empty() {
            attachment.ipv6 = Some(six.parse().map_err(|_| invalid(six))?);
        }
        if !self.mac_address.is_empty() {
            attachment.mac = Some(self.mac_address.parse()?);
        }
        for address in &self.ipam.link_local {
            attachment.add_link_local(address)?;
        }
        attachment.gw_priority = self.gw_priority;
        attachment.aliases.extend(self.aliases.iter().cloned());
        attachment.links = self.links.iter().map(|l| l.parse()).collect::<Result<_>>()?;
        for (key, value) in &self.driver_opts {
            attachment.add_driver_option(key, value)?;
        }
        Ok(option)
    }
}

/// Tells the client what may not be what it meant, as docker's messages begin.
#[derive(Debug, Default)]
struct Warnings(Mutex<Vec<String>>);

impl Warnings {
    fn add(&self, text: &str) {
        let (first, rest) = text.split_at(text.chars().next().map_or(0, char::len_utf8));
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(first.to_uppercase() + rest);
    }
}

impl Progress for Warnings {
    fn event(&self, _: Event<'_>) {}

    fn warn(&self, text: &str) {
        self.add(text);
    }
}

/// ContainerCreate
pub fn create(call: &mut Call) -> Result<Reply> {
    let body: Option<CreateBody> = call.json()?;
    let mut body =
        body.with_context(|| Kind::Invalid.error("config cannot be empty in order to create a container"))?;
    let warnings = Warnings::default();
    versions::settle(&mut body, call.version)?.iter().for_each(|text| warnings.add(text));
    let name = call.query.text("name").map(|n| n.trim_start_matches('/').to_string());
    let platform = call.query.text("platform").filter(|_| call.version >= ApiVersion(41));
    let platform = platform.map(str::parse::<Platform>).transpose()?;
    let engine = call.engine();
    let request = request(engine, body, name, platform)?;
    let dir = engine.create(request, &warnings)?;
    let warnings = warnings.0.into_inner().unwrap_or_else(PoisonError::into_inner);
    Reply::created(&json!({"Id": dir.id.as_str(), "Warnings": warnings}))
}

fn some(text: String) -> Option<String> {
    Some(text).filter(|t| !t.is_empty())
}

fn request(
    engine: &Engine,
    body: CreateBody,
    name: Option<String>,
    platform: Option<Platform>,
) -> Result<CreateRequest> {
    let host = &body.host_config;
    host.check()?;
    if body.image.is_empty() {
        return Kind::Invalid.err("no image specified");
    }
    if body.host_config.uts_mode == "host" && !body.hostname.is_empty() {
        return Kind::Invalid.err("conflicting options: hostname and the UTS mode");
    }
    if body.host_config.auto_remove && body.host_config.restart_policy.policy()?.name() != "no" {
        return Kind::Invalid.err("can't create 'AutoRemove' container with restart policy");
    }
    body.healthcheck.as_ref().map_or(Ok(()), HealthBody::check)?;
    let files = files(&body.host_config, &body.volumes)?;
    let network = network(&body)?;
    let tuning = Tuning { domainname: some(body.domainname), ..tuning(&body.host_config) };
    Ok(CreateRequest {
        name: name.filter(|n| !n.is_empty()),
        image: body.image,
        // Clients pull themselves when they are told that it isn't there.
        pull: Some(PullPolicy::Never),
        platform,
        command: body.cmd.map(Words::into_list).unwrap_or_default(),
        entrypoint: body.entrypoint.map(Words::into_list).map(|e| if e == [""] { Vec::new() } else { e }),
        env: body.env,
        cwd: some(body.working_dir).map(Into::into),
        user: some(body.user),
        tty: body.tty,
        console_size: console_size(body.host_config.console_size),
        open_stdin: body.open_stdin,
        stdin_once: body.stdin_once,
        attach: Attach { stdin: body.attach_stdin, stdout: body.attach_stdout, stderr: body.attach_stderr },
        labels: body.labels,
        hostname: some(body.hostname),
        network,
        files,
        tuning,
        stop_signal: some(body.stop_signal).as_deref().map(parse_signal).transpose()?,
        stop_timeout: body.stop_timeout,
        health: HealthOptions {
            shell: body.shell,
            ..body.healthcheck.map(|h| h.options()).unwrap_or_default()
        },
        ..of_host(engine, body.host_config)?
    })
}

fn tuning(host: &HostBody) -> Tuning {
    Tuning {
        oom_score_adj: Some(host.oom_score_adj).filter(|n| *n != 0),
        annotations: host.annotations.clone(),
        isolation: some(host.isolation.clone()),
        ..Tuning::default()
    }
}

/// What the host's part asks for.
fn of_host(engine: &Engine, host: HostBody) -> Result<CreateRequest> {
    let (devices, cdi) = host.devices()?;
    let (ipc, ipc_of) = ipc_mode(&host.ipc_mode)?;
    let log_driver = some(host.log_config.driver.clone()).map(|name| log_driver(&name)).transpose()?;
    if log_driver == Some(LogDriver::Passthrough) {
        return Kind::Invalid.err("the log driver passthrough is for containers that are run from a shell");
    }
    Ok(CreateRequest {
        ulimits: host.ulimits()?,
        namespaces: namespaces(&host, ipc)?,
        security: security(&host, engine.settings()?.security()?)?,
        restart: host.restart_policy.policy()?,
        groups: host.group_add,
        shm_size: u64::try_from(host.shm_size).ok().filter(|n| *n > 0),
        user_namespace: host.userns_mode.parse()?,
        userns_mode: host.userns_mode,
        sysctls: host.sysctls,
        init: host.init,
        runtime: some(host.runtime),
        pid_of: host.pid_mode.strip_prefix("container:").map(String::from),
        ipc_of,
        resources: host.resources.resources()?,
        cgroup_parent: some(host.cgroup_parent).map(|p| std::path::Path::new("/").join(p)),
        devices,
        cdi,
        device_cgroup_rules: host.device_cgroup_rules,
        log_driver,
        log_options: host.log_config.config.into_iter().collect(),
        auto_remove: host.auto_remove,
        ..CreateRequest::default()
    })
}

/// Clients compare the words.
fn log_driver(name: &str) -> Result<LogDriver> {
    LogDriver::named(name).with_context(|| {
        Kind::Invalid.error(format!("error looking up logging plugin {name}: plugin {name:?} not found"))
    })
}

fn namespaces(host: &HostBody, ipc: crate::engine::containers::IpcMode) -> Result<NamespaceModes> {
    let pid = if host.pid_mode.starts_with("container:") { "" } else { &host.pid_mode };
    Ok(NamespaceModes {
        pid: namespace_mode("pid", pid)?,
        ipc,
        uts: namespace_mode("uts", &host.uts_mode)?,
        cgroup: namespace_mode("cgroupns", &host.cgroupns_mode)?,
    })
}

fn security(host: &HostBody, usual: SecurityConfig) -> Result<SecurityConfig> {
    let names = |field: &'static str, list: &[String]| {
        let names = list.iter().map(|c| capability_name(c)).collect::<Result<Vec<_>>>();
        names.context(field)
    };
    let mut security = SecurityConfig {
        privileged: host.privileged,
        cap_add: names("invalid CapAdd", &host.cap_add)?,
        cap_drop: names("invalid CapDrop", &host.cap_drop)?,
        ..usual
    };
    // Clients send the text of a profile, not its name.
    security_options(&host.security_opt, &mut security, |text| Ok(text.to_string()))?;
    mask(host, &mut security);
    Ok(security)
}

/// Clients may send the whole lists instead of an option.
fn mask(host: &HostBody, security: &mut SecurityConfig) {
    let (masked, readonly) = (host.masked_paths.as_deref(), host.readonly_paths.as_deref());
    if masked.is_some_and(<[_]>::is_empty) && readonly.is_some_and(<[_]>::is_empty) {
        security.unmasked = Unmasked::All;
        return;
    }
    let mut shown = Vec::new();
    if let Some(masked) = masked {
        let usual = masked_paths();
        shown.extend(usual.iter().filter(|p| !masked.contains(p)).cloned());
        security.masked.extend(masked.iter().filter(|p| !usual.contains(p)).cloned());
    }
    // With paths that are none of the usual, too.
    security.readonly = readonly.filter(|paths| *paths != readonly_paths()).map(<[String]>::to_vec);
    if !shown.is_empty() {
        security.unmasked = Unmasked::Paths(shown);
    }
}

fn network(body: &CreateBody) -> Result<ContainerNetwork> {
    let host = &body.host_config;
    let first = match host.network_mode.as_str() {
        _ if body.network_disabled => "none",
        mode => mode,
    };
    let is_default = |name: &str| matches!(name, "" | "default" | "bridge");
    let endpoints = &body.networking_config.endpoints_config;
    let of = |name: &str| {
        let same = |key: &str| key == name || (is_default(name) && is_default(key));
        endpoints.iter().find(|(key, _)| same(key)).and_then(|(_, e)| e.clone()).unwrap_or_default()
    };
    let mut networks = Vec::new();
    // Without a mode the first of the endpoints is it, as with dockerd.
    let first = match (first, endpoints.keys().next()) {
        ("" | "default", Some(only)) if endpoints.len() == 1 => only.as_str(),
        (mode, _) => mode,
    };
    if !matches!(first, "" | "default") || !endpoints.is_empty() || !body.mac_address.is_empty() {
        let mut endpoint = of(first);
        if endpoint.mac_address.is_empty() {
            endpoint.mac_address.clone_from(&body.mac_address);
        }
        networks.push(endpoint.option(first)?);
    }
    for (name, endpoint) in endpoints {
        if name != first && !(is_default(name) && is_default(first)) {
            networks.push(endpoint.clone().unwrap_or_default().option(name)?);
        }
    }
    let addresses = |list: &[String]| {
        let one = |text: &String| {
            text.parse().map_err(|_| Kind::Invalid.error(format!("invalid IP address {text:?}")))
        };
        list.iter().map(one).collect::<Result<Vec<_>>>()
    };
    Ok(ContainerNetwork {
        networks,
        links: host.links.iter().map(|l| l.parse()).collect::<Result<_>>()?,
        published: published(&host.port_bindings)?,
        publish_all: host.publish_all_ports,
        expose: body.exposed_ports.keys().cloned().collect(),
        extra_hosts: host.extra_hosts.iter().map(|h| h.parse()).collect::<Result<_>>()?,
        dns: addresses(&host.dns)?,
        dns_search: host.dns_search.clone(),
        dns_options: host.dns_options.clone(),
        ..ContainerNetwork::default()
    })
}

fn published(
    bindings: &BTreeMap<String, Option<Vec<PortBody>>>,
) -> Result<Vec<crate::engine::containers::Published>> {
    let mut found = Vec::new();
    for (port, hosts) in bindings {
        for host in hosts.iter().flatten() {
            let ip = match host.host_ip.as_str() {
                "" => String::new(),
                six if six.contains(':') && !six.starts_with('[') => format!("[{six}]:"),
                ip => format!("{ip}:"),
            };
            let separator = if ip.is_empty() && host.host_port.is_empty() { "" } else { ":" };
            let spec: PortSpec = format!("{ip}{}{separator}{port}", host.host_port).parse()?;
            found.extend(spec.0);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_clients() {
        let body: CreateBody = serde_json::from_value(json!({
            "HostConfig": {"PortBindings": {
                "80/tcp": [{"HostIp": "", "HostPort": "8080"}, {"HostIp": "127.0.0.1", "HostPort": ""}],
                "53/udp": [{"HostIp": "::1", "HostPort": "5353"}],
                "81/tcp": null,
                "82/tcp": [{"HostPort": ""}],
            }}
        }))
        .unwrap();
        let ports = published(&body.host_config.port_bindings).unwrap();
        let text: Vec<String> = ports
            .iter()
            .map(|p| format!("{:?} {:?} {} {}", p.host_ip, p.host_ports, p.container_port, p.protocol.name()))
            .collect();
        assert_eq!(
            text,
            [
                "Some(::1) Some((5353, 5353)) 53 udp",
                "None Some((8080, 8080)) 80 tcp",
                "Some(127.0.0.1) None 80 tcp",
                "None None 82 tcp",
            ]
        );
    }

    #[test]
    fn nulls_are_nothing() {
        let body: CreateBody = serde_json::from_value(json!({
            "Cmd": "one", "Env": null, "Labels": null, "Entrypoint": null, "HostConfig": null, "NetworkingConfig": null,
        }))
        .unwrap();
        assert_eq!(body.cmd.unwrap().into_list(), ["one"]);
        assert!(body.entrypoint.is_none());
    }

    #[test]
    fn endpoints_and_modes() {
        let networks = |value: serde_json::Value| {
            let body: CreateBody = serde_json::from_value(value).unwrap();
            network(&body).unwrap().networks
        };
        assert!(networks(json!({"HostConfig": {"NetworkMode": "default"}})).is_empty());
        assert_eq!(networks(json!({"HostConfig": {"NetworkMode": "host"}})), [NetworkOption::Host]);
        let two = networks(json!({
            "HostConfig": {"NetworkMode": "b"},
            "NetworkingConfig": {"EndpointsConfig": {"a": {}, "b": {"Aliases": ["x"], "IPAMConfig": {"IPv4Address": "10.0.0.2"}}}},
        }));
        let [NetworkOption::Network(first), NetworkOption::Network(second)] = &two[..] else {
            panic!("{two:?}")
        };
        assert_eq!((first.network.as_str(), second.network.as_str()), ("b", "a"));
        assert_eq!((first.aliases.clone(), first.ipv4), (vec!["x".into()], Some([10, 0, 0, 2].into())));
    }
}
