//! The part of `inspect` that is about networks, in Docker's JSON shape.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::{Map, Value, json};

use crate::container::links::ContainerLink;
use crate::container::{ContainerConfig, ContainerDir};
use crate::netns::{Attachment, Endpoint, NetworkMode, Record};

/// `HostConfig.NetworkMode`.
pub fn mode(config: &ContainerConfig) -> String {
    match &config.network {
        NetworkMode::None => "none".into(),
        NetworkMode::Host => "host".into(),
        NetworkMode::Container(id) => format!("container:{id}"),
        NetworkMode::Path(path) => format!("ns:{}", path.display()),
        NetworkMode::Program(network) => network.to_string(),
        NetworkMode::Networks(attachments) => {
            attachments.first().map(|a| a.network.clone()).unwrap_or_default()
        }
    }
}

/// Names of the networks, as `ps` lists them.
pub fn names(config: &ContainerConfig) -> Vec<String> {
    match &config.network {
        NetworkMode::Networks(attachments) => attachments.iter().map(|a| a.network.clone()).collect(),
        NetworkMode::None => vec!["none".into()],
        NetworkMode::Host => vec!["host".into()],
        NetworkMode::Program(network) => vec![network.program.name().into()],
        NetworkMode::Container(_) | NetworkMode::Path(_) => Vec::new(),
    }
}

/// `HostConfig.Links`: on the default network, by the names that the others have now.
pub fn links(config: &ContainerConfig, dir: &ContainerDir) -> Option<Vec<String>> {
    let text = |link: &ContainerLink| {
        let other = dir.sibling(&link.container).config();
        let name = other.map_or_else(|_| link.container.short().to_string(), |other| other.name);
        format!("/{name}:/{}/{}", config.name, link.alias)
    };
    let links = &config.networking.links;
    (!links.is_empty()).then(|| links.iter().map(text).collect())
}

/// `HostConfig.PortBindings`: what was asked.
pub fn port_bindings(config: &ContainerConfig) -> Value {
    let mut ports = Map::new();
    for port in &config.networking.published {
        let host = match port.host_ports {
            None => String::new(),
            Some((first, last)) if first == last => first.to_string(),
            Some((first, last)) => format!("{first}-{last}"),
        };
        let binding =
            json!({"HostIp": port.host_ip.map(|i| i.to_string()).unwrap_or_default(), "HostPort": host});
        add(&mut ports, &format!("{}/{}", port.container_port, port.protocol.name()), [binding]);
    }
    ports.into()
}

fn add(ports: &mut Map<String, Value>, port: &str, bindings: impl IntoIterator<Item = Value>) {
    let entry = ports.entry(port).or_insert_with(|| json!([]));
    if !entry.is_array() {
        *entry = json!([]);
    }
    if let Value::Array(list) = entry {
        list.extend(bindings);
    }
}

/// `NetworkSettings`. `record` says what is in force; `ended`: on which networks the container was.
pub fn settings(
    config: &ContainerConfig,
    record: Option<&Record>,
    ended: &BTreeMap<String, String>,
) -> Value {
    let mut ports = Map::new();
    if record.is_some() {
        config.exposed_ports.iter().for_each(|port| drop(ports.insert(port.clone(), Value::Null)));
    }
    for binding in record.iter().flat_map(|r| &r.bindings) {
        let at = |ip: String| json!({"HostIp": ip, "HostPort": binding.host_port.to_string()});
        let ips = match binding.host_ip {
            Some(ip) => vec![ip.to_string()],
            None => vec!["0.0.0.0".into(), "::".into()],
        };
        add(&mut ports, &binding.container(), ips.into_iter().map(at));
    }
    let first = record.and_then(|r| r.endpoints.first());
    let networks: Map<String, Value> = names(config)
        .into_iter()
        .enumerate()
        .map(|(n, name)| {
            let endpoint = record.and_then(|r| r.endpoints.iter().find(|e| e.network == name));
            let mut value = network(config, n, endpoint);
            if let (None, Some(id)) = (endpoint, ended.get(&name)) {
                value["NetworkID"] = id.clone().into();
            }
            (name, value)
        })
        .collect();
    let mut value = json!({
        "Bridge": "",
        "SandboxID": first.map_or("", |_| config.id.as_str()),
        "SandboxKey": "",
        "Ports": ports,
        "HairpinMode": false,
        "LinkLocalIPv6Address": "",
        "LinkLocalIPv6PrefixLen": 0,
        "SecondaryIPAddresses": null,
        "SecondaryIPv6Addresses": null,
    });
    // Docker repeats at the top what the default network has.
    let default = first.filter(|e| e.network == crate::netns::DEFAULT);
    if let (Value::Object(all), Value::Object(own)) = (&mut value, addresses(default)) {
        all.extend(own);
        all.insert("Networks".into(), networks.into());
    }
    value
}

fn network(config: &ContainerConfig, n: usize, endpoint: Option<&Endpoint>) -> Value {
    let wanted = config.network.attachments().get(n);
    let ipam = wanted.map(|w| {
        let link_local = (!w.link_local.is_empty()).then(|| json!(w.link_local));
        let given = [
            ("IPv4Address", w.ipv4.map(|ip| json!(ip))),
            ("IPv6Address", w.ipv6.map(|ip| json!(ip))),
            ("LinkLocalIPs", link_local),
        ];
        given
            .into_iter()
            .filter_map(|(field, value)| Some((field.to_string(), value?)))
            .collect::<Map<_, _>>()
    });
    let ipam = ipam.filter(|given| !given.is_empty());
    let aliases = wanted.filter(|w| !w.aliases.is_empty()).map(|w| w.aliases.clone());
    let links = wanted.filter(|w| !w.links.is_empty());
    let links: Option<Vec<String>> = links.map(|w| w.links.iter().map(ToString::to_string).collect());
    let mut value = json!({
        "IPAMConfig": ipam,
        "Links": links,
        "Aliases": aliases,
        "DriverOpts": wanted.map(Attachment::all_driver_options).filter(|options| !options.is_empty()),
        "GwPriority": wanted.map_or(0, |w| w.gw_priority),
        "NetworkID": endpoint.map(|e| e.network_id.clone()).unwrap_or_default(),
        "DNSNames": endpoint.map(|e| e.names.clone()).filter(|n| !n.is_empty()),
    });
    if let (Value::Object(all), Value::Object(own)) = (&mut value, addresses(endpoint)) {
        all.extend(own);
    }
    // Before there is an interface, that it is to have.
    if let (None, Some(mac)) = (endpoint, wanted.and_then(|w| w.mac)) {
        value["MacAddress"] = mac.to_string().into();
    }
    value
}

/// The fields of an endpoint that docker has in two places.
fn addresses(endpoint: Option<&Endpoint>) -> Value {
    let find = |four: bool| endpoint?.addresses.iter().find(|a| a.addr().is_ipv4() == four);
    let gateway = |four: bool| {
        let gateways = endpoint.into_iter().flat_map(|e| &e.gateways);
        gateways
            .filter(|g| g.is_ipv4() == four && !g.is_unspecified())
            .map(IpAddr::to_string)
            .next()
            .unwrap_or_default()
    };
    let address = |net: Option<&IpNet>| net.map(|n| n.addr().to_string()).unwrap_or_default();
    let prefix = |net: Option<&IpNet>| net.map_or(0, IpNet::prefix_len);
    json!({
        "EndpointID": endpoint.map(endpoint_id).unwrap_or_default(),
        "Gateway": gateway(true),
        "IPAddress": address(find(true)),
        "IPPrefixLen": prefix(find(true)),
        "IPv6Gateway": gateway(false),
        "GlobalIPv6Address": address(find(false)),
        "GlobalIPv6PrefixLen": prefix(find(false)),
        "MacAddress": endpoint.map(|e| e.mac.to_string()).unwrap_or_default(),
    })
}

/// An id as docker's are long, that is the same as long as the endpoint is.
pub fn endpoint_id(endpoint: &Endpoint) -> String {
    use sha2::Digest;
    let text = format!("{} {}", endpoint.network_id, endpoint.host_interface);
    crate::state::id::hex(&sha2::Sha256::digest(text.as_bytes()))
}
