//! Operations on networks.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value, json};

pub use crate::netns::{Attachment, Driver, Link, Mac, Network, NetworkRequest, Route, SubnetRequest};

use super::Engine;
use super::containers::{ContainerFilter, ContainerSummary, endpoint_id};
use crate::error::{Kind, Result, is};
use crate::netns::{self, NetworkMode, NetworkStore, Record, mode_id};
use crate::state::events::Event;

/// A network as `network ls` has it.
#[derive(Debug, Clone)]
pub struct NetworkSummary {
    pub id: String,
    pub name: String,
    pub driver: &'static str,
    pub scope: &'static str,
    pub created: Option<jiff::Timestamp>,
    pub internal: bool,
    pub ipv4: bool,
    pub ipv6: bool,
    pub labels: BTreeMap<String, String>,
}

/// The networks that are modes: their names, and docker's names for their drivers.
const MODES: [(&str, &str); 2] = [("host", "host"), ("none", "null")];

/// What the kernel gives a bridge without another wish.
const USUAL_MTU: u32 = 1500;

/// Which networks are wanted: for each key one of its values must fit, several labels must all fit.
#[derive(Debug, Clone, Default)]
pub struct NetworkFilter {
    filters: BTreeMap<String, Vec<String>>,
}

const KEYS: [&str; 9] = ["driver", "id", "label", "label!", "name", "scope", "type", "dangling", "until"];

impl NetworkFilter {
    /// Adds `KEY=VALUE`.
    pub fn add(&mut self, text: &str) -> Result<()> {
        let Some((key, value)) = text.split_once('=') else {
            return Kind::Invalid.err(format!("invalid filter {text:?}: use KEY=VALUE"));
        };
        if !KEYS.contains(&key) {
            return Kind::Invalid.err(format!("invalid filter '{key}' (known: {})", KEYS.join(", ")));
        }
        match (key, value) {
            ("until", _) => drop(super::time::parse(value)?),
            ("type", "builtin" | "custom") | ("dangling", "true" | "1" | "false" | "0") => {}
            ("type" | "dangling", _) => return Kind::Invalid.err(format!("invalid filter '{key}={value}'")),
            _ => {}
        }
        self.filters.entry(key.into()).or_default().push(value.into());
        Ok(())
    }

    fn fits(&self, network: &NetworkSummary, used: bool) -> Result<bool> {
        let any = |key: &str, fits: &dyn Fn(&str) -> bool| {
            self.filters.get(key).is_none_or(|values| values.iter().any(|v| fits(v)))
        };
        let label = |wanted: &str| match wanted.split_once('=') {
            Some((key, value)) => network.labels.get(key).is_some_and(|v| v == value),
            None => network.labels.contains_key(wanted),
        };
        let kind = if netns::is_predefined(&network.name) { "builtin" } else { "custom" };
        let mut until = true;
        for text in self.filters.get("until").into_iter().flatten() {
            let limit = super::time::parse(text)?;
            until &= network.created.is_some_and(|created| created < limit);
        }
        Ok(until
            && any("driver", &|v| network.driver == v)
            && any("id", &|v| network.id.contains(v))
            && any("name", &|v| network.name.contains(v))
            && any("scope", &|v| network.scope == v)
            && any("type", &|v| kind == v)
            && any("dangling", &|v| matches!(v, "true" | "1") == (!used && kind == "custom"))
            && self.filters.get("label").into_iter().flatten().all(|v| label(v))
            && !self.filters.get("label!").into_iter().flatten().any(|v| label(v)))
    }
}

impl Engine {
    pub(in crate::engine) fn network_store(&self) -> Result<NetworkStore> {
        Ok(NetworkStore::new(&self.roots).with_pools(&self.settings()?.address_pools))
    }

    /// The same, without what killed processes have left there.
    pub(in crate::engine) fn swept_networks(&self) -> Result<NetworkStore> {
        netns::refuse_in_session()?;
        let store = self.network_store()?;
        netns::sweep(&store)?;
        Ok(store)
    }

    /// Makes a network; its id.
    pub fn create_network(&self, request: NetworkRequest) -> Result<Network> {
        let network = self.swept_networks()?.create(request)?;
        self.tell_network(&network, "create");
        Ok(network)
    }

    /// Which networks there are, by name.
    pub fn list_networks(&self, filter: &NetworkFilter) -> Result<Vec<NetworkSummary>> {
        let store = self.swept_networks()?;
        let mut networks = Vec::new();
        store.find(netns::DEFAULT)?;
        for network in store.list()? {
            networks.push(NetworkSummary {
                ipv4: network.has_ipv4(),
                ipv6: network.has_ipv6(),
                id: network.id,
                name: network.name,
                driver: network.driver.name(),
                scope: "local",
                created: Some(network.created),
                internal: network.internal,
                labels: network.labels,
            });
        }
        networks.extend(MODES.map(|(name, driver)| NetworkSummary {
            id: mode_id(name),
            name: name.into(),
            driver,
            scope: "local",
            created: None,
            internal: false,
            ipv4: true,
            ipv6: false,
            labels: BTreeMap::new(),
        }));
        networks.sort_by(|a, b| a.name.cmp(&b.name));
        let containers = self.list_containers(&ContainerFilter::new(true))?;
        let mut found = Vec::new();
        for network in networks {
            let used = containers.iter().any(|c| uses(c, &network.name));
            if filter.fits(&network, used)? {
                found.push(network);
            }
        }
        Ok(found)
    }

    /// The networks that fit as docker lists them: as it describes them, without who is on them.
    pub fn describe_networks(&self, filter: &NetworkFilter) -> Result<Vec<Value>> {
        let store = self.network_store()?;
        let mut found = Vec::new();
        let fitting = self.list_networks(filter)?;
        // By their ids: one may have another's for its name. Those that are not there any more were removed meanwhile.
        let all: BTreeMap<String, Network> = store.list()?.into_iter().map(|n| (n.id.clone(), n)).collect();
        for summary in fitting {
            if let Some((name, driver)) = MODES.iter().find(|(name, _)| *name == summary.name) {
                found.push(describe_mode(name, driver));
            } else if let Some(network) = all.get(&summary.id) {
                found.push(describe(network, Map::new()));
            }
        }
        Ok(found)
    }

    pub fn network_exists(&self, wanted: &str) -> Result<bool> {
        if MODES.iter().any(|(name, _)| *name == wanted) {
            return Ok(true);
        }
        match self.network_store()?.find(wanted) {
            Ok(_) => Ok(true),
            Err(e) if is(&e, Kind::NotFound) => Ok(false),
            Err(e) => Err(e),
        }
    }

    /// The network as docker would describe it.
    pub fn inspect_network(&self, wanted: &str) -> Result<Value> {
        if let Some((name, driver)) =
            MODES.iter().find(|(name, _)| *name == wanted || mode_id(name) == wanted)
        {
            return Ok(describe_mode(name, driver));
        }
        let network = self.swept_networks()?.find(wanted)?;
        let containers = self.list_containers(&ContainerFilter::new(false))?;
        let mut joined = Map::new();
        for container in containers {
            let dir = self.containers().dir(&container.config.id);
            let Some(record) = Record::read(&dir.run)? else { continue };
            let Some(endpoint) = record.endpoints.iter().find(|e| e.network_id == network.id) else {
                continue;
            };
            let address = |four: bool| {
                let net = endpoint.addresses.iter().find(|a| a.addr().is_ipv4() == four);
                net.map(IpNet::to_string).unwrap_or_default()
            };
            joined.insert(
                container.config.id.to_string(),
                json!({
                    "Name": container.config.name,
                    "EndpointID": endpoint_id(endpoint),
                    "MacAddress": endpoint.mac.to_string(),
                    "IPv4Address": address(true),
                    "IPv6Address": address(false),
                }),
            );
        }
        Ok(describe(&network, joined))
    }

    /// Removes a network that no running container is on. With `force`, it is no error if there is none.
    pub fn remove_network(&self, wanted: &str, force: bool) -> Result<()> {
        if netns::is_predefined(wanted) {
            return Kind::Forbidden.err(format!("{wanted} is a pre-defined network and cannot be removed"));
        }
        let store = self.swept_networks()?;
        let network = match store.find(wanted) {
            Err(e) if force && is(&e, Kind::NotFound) => return Ok(()),
            other => other?,
        };
        if network.name == netns::DEFAULT {
            return Kind::Forbidden.err("bridge is a pre-defined network and cannot be removed");
        }
        let _lock = store.lock()?;
        let users: Vec<String> = self
            .list_containers(&ContainerFilter::new(false))?
            .into_iter()
            .filter(|c| uses(c, &network.name))
            .map(|c| c.config.name.clone())
            .collect();
        if !users.is_empty() {
            return Kind::Forbidden.err(format!(
                "error while removing network: network {} has active endpoints (name: {}): stop the containers, or disconnect them",
                network.name,
                users.join(", ")
            ));
        }
        netns::take_down(&store, &network)?;
        store.remove(&network)?;
        self.tell_network(&network, "destroy");
        Ok(())
    }

    /// Removes the networks that no container is on now; their names. As with docker a stopped one doesn't keep its networks: a network that is
    /// made with the same name is its network again.
    pub fn prune_networks(&self, filter: &NetworkFilter) -> Result<Vec<String>> {
        let mut removed = Vec::new();
        for network in self.list_networks(filter)? {
            if netns::is_predefined(&network.name) {
                continue;
            }
            match self.remove_network(&network.name, false) {
                Ok(()) => removed.push(network.name),
                // Somebody is on it, or was faster.
                Err(e) if is(&e, Kind::Forbidden) || is(&e, Kind::NotFound) => {}
                Err(e) => return Err(e),
            }
        }
        self.tell_prune("network", 0);
        Ok(removed)
    }

    /// Changes whom containers on a network ask for names that nobody there has; its name.
    pub fn update_network(&self, wanted: &str, add: &[IpAddr], drop: &[IpAddr]) -> Result<String> {
        let network = self.swept_networks()?.change_servers(wanted, add, drop)?;
        self.tell_network(&network, "update");
        Ok(network.name)
    }

    /// Puts the rules of all networks and ports in force again, after somebody has thrown them away.
    pub fn reload_networks(&self) -> Result<()> {
        netns::reload(&self.swept_networks()?)
    }

    fn tell_network(&self, network: &Network, action: &str) {
        self.events_log().tell(&event(network, action));
    }

    /// Tells that a container has come to a network, or left it.
    pub(super) fn tell_network_of(&self, network: &Network, action: &str, container: &str) {
        self.events_log().tell(&event(network, action).with("container", container));
    }
}

fn event(network: &Network, action: &str) -> Event {
    Event::new("network", action, &network.id).with("name", &network.name).with("type", network.driver.name())
}

fn uses(container: &ContainerSummary, network: &str) -> bool {
    match &container.config.network {
        NetworkMode::Networks(attachments) => attachments.iter().any(|a| a.network == network),
        _ => false,
    }
}

fn describe_mode(name: &str, driver: &str) -> Value {
    json!({
        "Name": name,
        "Id": mode_id(name),
        "Created": "0001-01-01T00:00:00Z",
        "Scope": "local",
        "Driver": driver,
        "EnableIPv4": true,
        "EnableIPv6": false,
        "IPAM": {"Driver": "default", "Options": null, "Config": []},
        "Internal": false,
        "Attachable": false,
        "Ingress": false,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": false,
        "Containers": {},
        "Options": {},
        "Labels": {},
    })
}

fn describe(network: &Network, containers: Map<String, Value>) -> Value {
    let config: Vec<Value> = network
        .subnets
        .iter()
        .map(|s| {
            let mut value = json!({"Subnet": s.subnet.to_string(), "Gateway": s.gateway.to_string()});
            if let Some(range) = &s.range {
                value["IPRange"] = range.to_string().into();
            }
            if !s.reserved.is_empty() {
                let text = |(name, ip): (&String, &IpAddr)| (name.clone(), Value::from(ip.to_string()));
                value["AuxiliaryAddresses"] = s.reserved.iter().map(text).collect::<Map<_, _>>().into();
            }
            value
        })
        .collect();
    let four = network.has_ipv4();
    let ipam = if network.subnets.is_empty() { "null" } else { "default" };
    // Only what was asked for: clients compare it, and would make a network anew that has more. As with docker the default one tells what it is.
    let mut options = network.options.clone();
    if network.name == netns::DEFAULT {
        let settings = &network.settings;
        let address = settings.publish_address.unwrap_or(std::net::Ipv4Addr::UNSPECIFIED.into());
        let mtu = if settings.mtu == 0 { USUAL_MTU } else { settings.mtu };
        for (name, value) in [
            ("bridge.default_bridge", true.to_string()),
            ("bridge.enable_icc", settings.icc.to_string()),
            ("bridge.enable_ip_masquerade", settings.masquerade.to_string()),
            ("bridge.host_binding_ipv4", address.to_string()),
            ("bridge.name", network.interface.clone()),
            ("driver.mtu", mtu.to_string()),
        ] {
            options.entry(format!("com.docker.network.{name}")).or_insert(value);
        }
    }
    let mut value = json!({
        "Name": network.name,
        "Id": network.id,
        "Created": network.created.to_string(),
        "Scope": "local",
        "Driver": network.driver.name(),
        "EnableIPv4": four,
        "EnableIPv6": network.has_ipv6(),
        "IPAM": {"Driver": ipam, "Options": network.has_ipam_options.then(|| json!({})), "Config": config},
        "Internal": network.internal,
        "Attachable": network.attachable,
        "Ingress": false,
        "ConfigFrom": {"Network": ""},
        "ConfigOnly": false,
        "Containers": containers,
        "Options": options,
        "Labels": network.labels,
    });
    // Docker has no such thing.
    if !network.routes.is_empty() {
        value["Routes"] = json!(network.routes);
    }
    if !network.dns_servers.is_empty() {
        value["DNSServers"] = json!(network.dns_servers);
    }
    value
}
