//! Links on the default network (docker's `--link`): one container knows another by names in its /etc/hosts and by variables of its
//! environment. Both are looked up when it starts; the names stay right when the other comes back under another address.
//! (Whom that is to be told to is noted, see `notes`.)

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::{ContainerConfig, ContainerDir, Status};
use crate::error::{Context, Kind, Result};
use crate::netns::{self, ExtraHost, Protocol, Record};
use crate::state::process::ProcessIdentity;
use crate::state::{ContainerId, file};

/// As the config has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerLink {
    pub container: ContainerId,
    pub alias: String,
}

/// The other container as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Linked {
    pub alias: String,
    pub name: String,
    pub id: ContainerId,
    pub address: IpAddr,
    pub ports: Vec<(u16, Protocol)>,
    pub env: Vec<String>,
}

/// The containers that this one is linked to, which must run.
pub fn find(dir: &ContainerDir, config: &ContainerConfig) -> Result<Vec<Linked>> {
    config.networking.links.iter().map(|link| look_up(&dir.sibling(&link.container), link, config)).collect()
}

/// Those of them that run.
pub fn running(dir: &ContainerDir, config: &ContainerConfig) -> Vec<Linked> {
    let links = config.networking.links.iter();
    links.filter_map(|link| look_up(&dir.sibling(&link.container), link, config).ok()).collect()
}

fn look_up(other: &ContainerDir, link: &ContainerLink, by: &ContainerConfig) -> Result<Linked> {
    if !other.exists() {
        return Kind::NotFound.err(format!(
            "Cannot link to a container that was removed: {} AS /{}/{}",
            link.container.short(),
            by.name,
            link.alias
        ));
    }
    let (config, state) = (other.config()?, other.recorded_state()?);
    let runs = state.status == Status::Running && state.init.is_some_and(ProcessIdentity::is_alive);
    let record = if runs { Record::read(&other.run)? } else { None };
    let Some(record) = record else {
        return Kind::Conflict.err(format!(
            "Cannot link to a non running container: /{} AS /{}/{}",
            config.name, by.name, link.alias
        ));
    };
    let endpoint = record.endpoints.iter().find(|e| e.network == netns::DEFAULT);
    let address = endpoint.and_then(|e| e.addresses.first()).with_context(|| {
        Kind::Conflict
            .error(format!("Cannot link to /{}, as it does not belong to the default network", config.name))
    })?;
    let ports = config.exposed_ports.iter().map(|port| netns::exposed(port)).collect::<Result<_>>()?;
    Ok(Linked {
        alias: link.alias.clone(),
        id: other.id.clone(),
        address: address.addr(),
        ports,
        env: config.process.env,
        name: config.name,
    })
}

/// The config with what the links bring: lines of /etc/hosts, and variables below those that were asked for.
pub fn apply<'a>(config: &'a ContainerConfig, linked: &[Linked]) -> Cow<'a, ContainerConfig> {
    if linked.is_empty() {
        return Cow::Borrowed(config);
    }
    let mut config = config.clone();
    config.extra_hosts.extend(hosts(linked));
    let mut env = environment(&config.name, linked);
    let key = |variable: &String| variable.split('=').next().unwrap_or_default().to_string();
    env.retain(|variable| !config.process.env.iter().any(|own| key(own) == key(variable)));
    env.append(&mut config.process.env);
    config.process.env = env;
    Cow::Owned(config)
}

/// Lines of /etc/hosts: the alias, the id and, if it is another, the name.
pub fn hosts(linked: &[Linked]) -> Vec<ExtraHost> {
    let line = |linked: &Linked| {
        let mut names = format!("{} {}", linked.alias, linked.id.short());
        if linked.name != linked.alias {
            names = format!("{names} {}", linked.name);
        }
        ExtraHost { name: names, address: Some(linked.address) }
    };
    linked.iter().map(line).collect()
}

/// Writes the addresses of these lines anew in a text of /etc/hosts that has them.
pub fn readdress(text: &str, lines: &[ExtraHost]) -> String {
    let renew = |line: &str| {
        let names = line.split_once('\t').map(|(_, names)| names);
        let found = lines.iter().find(|l| Some(l.name.as_str()) == names);
        let address = found.and_then(|found| found.address);
        address.map_or_else(
            || format!("{line}\n"),
            |address| format!("{address}\t{}\n", names.unwrap_or_default()),
        )
    };
    text.lines().map(renew).collect()
}

/// A text of /etc/hosts without the line of a link.
pub fn without(text: &str, gone: &ContainerLink) -> String {
    let names = format!("{} {}", gone.alias, gone.container.short());
    let is_its = |line: &str| {
        let after = line.split_once('\t').and_then(|(_, all)| all.strip_prefix(&names));
        after.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    };
    text.split_inclusive('\n').filter(|line| !is_its(line.trim_end())).collect()
}

/// docker's variables: `ALIAS_NAME`, `ALIAS_PORT…` for each exposed port and each range of three or more, `ALIAS_ENV_…` for each variable
/// of the other.
pub fn environment(own_name: &str, linked: &[Linked]) -> Vec<String> {
    // Of several links under one alias the last counts.
    let by_alias: BTreeMap<&str, &Linked> = linked.iter().map(|l| (l.alias.as_str(), l)).collect();
    by_alias.into_values().flat_map(|linked| variables(own_name, linked)).collect()
}

fn variables(own_name: &str, linked: &Linked) -> Vec<String> {
    let prefix = linked.alias.replace('-', "_").to_uppercase();
    let host = match linked.address {
        IpAddr::V4(four) => four.to_string(),
        IpAddr::V6(six) => format!("[{six}]"),
    };
    let mut ports = linked.ports.clone();
    ports.sort_by_key(|(port, protocol)| (*protocol, *port));
    ports.dedup();
    let mut variables = Vec::new();
    if let Some((port, protocol)) = ports.first() {
        variables.push(format!("{prefix}_PORT={}://{host}:{port}", protocol.name()));
    }
    for range in ports.chunk_by(|a, b| a.1 == b.1 && a.0.checked_add(1) == Some(b.0)) {
        // Of two it makes none.
        let [(first, protocol), .., _, (last, _)] = range else { continue };
        let name = protocol.name();
        let of_range = format!("{prefix}_PORT_{first}_{}", name.to_uppercase());
        for (end, port) in [("START", first), ("END", last)] {
            variables.push(format!("{of_range}_{end}={name}://{host}:{port}"));
            variables.push(format!("{of_range}_PORT_{end}={port}"));
        }
    }
    for (port, protocol) in ports {
        let name = protocol.name();
        let of_port = format!("{prefix}_PORT_{port}_{}", name.to_uppercase());
        variables.push(format!("{of_port}={name}://{host}:{port}"));
        variables.push(format!("{of_port}_ADDR={}", linked.address));
        variables.push(format!("{of_port}_PORT={port}"));
        variables.push(format!("{of_port}_PROTO={name}"));
    }
    variables.push(format!("{prefix}_NAME=/{own_name}/{}", linked.alias));
    let passed = linked.env.iter().filter_map(|variable| variable.split_once('='));
    let passed = passed.filter(|(key, _)| !matches!(*key, "HOME" | "PATH"));
    variables.extend(passed.map(|(key, value)| format!("{prefix}_ENV_{key}={value}")));
    variables
}

impl ContainerDir {
    /// The variables of its program: as it was created, and while it runs with those that its links and devices bring.
    pub fn environment(&self, config: &ContainerConfig) -> Result<Vec<String>> {
        if config.cdi.is_empty() {
            // Without a container that has ended meanwhile there is nothing to tell of it.
            let linked = running(self, config);
            return Ok(apply(config, &linked).into_owned().process.env);
        }
        let bundle = self.run.join("bundle/config.json");
        let spec: Option<oci_spec::runtime::Spec> = file::read_json_opt(&bundle)?;
        let env = spec.and_then(|spec| spec.process().as_ref()?.env().clone());
        Ok(env.unwrap_or_else(|| config.process.env.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(alias: &str, address: &str) -> Linked {
        Linked {
            alias: alias.into(),
            name: "db".into(),
            id: ContainerId::parse(&"0123456789abcdef".repeat(4)).unwrap(),
            address: address.parse().unwrap(),
            ports: vec![(443, Protocol::Udp), (8080, Protocol::Tcp), (80, Protocol::Tcp)],
            env: vec!["X=1=2".into(), "PATH=/bin".into(), "HOME=/".into()],
        }
    }

    #[test]
    fn variables_are_dockers() {
        let expected = "MY_DB_PORT=tcp://10.0.0.2:80
MY_DB_PORT_80_TCP=tcp://10.0.0.2:80
MY_DB_PORT_80_TCP_ADDR=10.0.0.2
MY_DB_PORT_80_TCP_PORT=80
MY_DB_PORT_80_TCP_PROTO=tcp
MY_DB_PORT_8080_TCP=tcp://10.0.0.2:8080
MY_DB_PORT_8080_TCP_ADDR=10.0.0.2
MY_DB_PORT_8080_TCP_PORT=8080
MY_DB_PORT_8080_TCP_PROTO=tcp
MY_DB_PORT_443_UDP=udp://10.0.0.2:443
MY_DB_PORT_443_UDP_ADDR=10.0.0.2
MY_DB_PORT_443_UDP_PORT=443
MY_DB_PORT_443_UDP_PROTO=udp
MY_DB_NAME=/web/my-db
MY_DB_ENV_X=1=2";
        assert_eq!(environment("web", &[linked("my-db", "10.0.0.2")]).join("\n"), expected);
    }

    #[test]
    fn ranges_of_ports_have_variables_of_their_own() {
        let mut db = linked("db", "10.0.0.2");
        db.ports = [8080, 8081, 90, 8082, 65_535].map(|port| (port, Protocol::Tcp)).to_vec();
        db.ports.extend([8083, 7000, 7001].map(|port| (port, Protocol::Udp)));
        let all = environment("web", &[db]);
        let ends: Vec<&String> = all.iter().filter(|v| v.contains("_START") || v.contains("_END")).collect();
        let expected = [
            "DB_PORT_8080_TCP_START=tcp://10.0.0.2:8080",
            "DB_PORT_8080_TCP_PORT_START=8080",
            "DB_PORT_8080_TCP_END=tcp://10.0.0.2:8082",
            "DB_PORT_8080_TCP_PORT_END=8082",
        ];
        assert_eq!(ends, expected, "not of two, nor of two protocols");
        assert!(all.contains(&"DB_PORT_8081_TCP=tcp://10.0.0.2:8081".to_string()));
    }

    #[test]
    fn lines_of_hosts_get_other_addresses() {
        let lines = hosts(&[linked("store", "10.0.0.2"), linked("db", "10.0.0.2")]);
        let names: Vec<&str> = lines.iter().map(|l| l.name.as_str()).collect();
        assert_eq!(names, ["store 0123456789ab db", "db 0123456789ab"]);
        let text = "127.0.0.1\tlocalhost\n10.0.0.7\tstore 0123456789ab db\n10.0.0.7\tother\n# mine\n";
        let new = readdress(text, &lines);
        assert_eq!(new, text.replace("10.0.0.7\tstore", "10.0.0.2\tstore"));
        let gone = ContainerLink { container: linked("", "10.0.0.2").id, alias: "store".into() };
        assert_eq!(without(text, &gone), "127.0.0.1\tlocalhost\n10.0.0.7\tother\n# mine\n");
    }
}
