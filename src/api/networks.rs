//! Calls about networks.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;
use serde_json::json;

use super::call::Call;
use super::containers::EndpointBody;
use super::json::or_default;
use super::reply::Reply;
use super::version::ApiVersion;
use crate::engine::containers::NetworkOption;
use crate::engine::networks::{NetworkFilter, NetworkRequest, SubnetRequest};
use crate::error::{self, Kind, Result};

fn filter(call: &Call, known: &[&str]) -> Result<NetworkFilter> {
    let mut filter = NetworkFilter::default();
    for text in call.query.filters_of(known)? {
        filter.add(&text)?;
    }
    Ok(filter)
}

/// `GET /networks`
pub fn list(call: &mut Call) -> Result<Reply> {
    let filter = filter(call, &["dangling", "driver", "id", "label", "name", "scope", "type"])?;
    let mut networks = call.engine().describe_networks(&filter)?;
    if call.version < ApiVersion(28) {
        for network in &mut networks {
            let id = network["Id"].as_str().unwrap_or_default().to_string();
            match call.engine().inspect_network(&id) {
                Ok(whole) => *network = whole,
                // Removed in this moment.
                Err(e) if error::is(&e, Kind::NotFound) => {}
                Err(e) => return Err(e),
            }
        }
    }
    Reply::json(&networks)
}

/// `GET /networks/{id}`
pub fn inspect(call: &mut Call) -> Result<Reply> {
    if let Some(scope) = call.query.text("scope").filter(|s| *s != "local") {
        return Kind::NotFound.err(format!("network {} not found in scope {scope}", call.name()));
    }
    Reply::json(&call.engine().inspect_network(call.name())?)
}

/// NetworkCreateRequest
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct CreateBody {
    #[serde(deserialize_with = "or_default")]
    name: String,
    #[serde(deserialize_with = "or_default")]
    driver: String,
    #[serde(deserialize_with = "or_default")]
    scope: String,
    #[serde(deserialize_with = "or_default")]
    internal: bool,
    #[serde(deserialize_with = "or_default")]
    ingress: bool,
    #[serde(deserialize_with = "or_default")]
    attachable: bool,
    #[serde(deserialize_with = "or_default")]
    config_from: ConfigFromBody,
    #[serde(deserialize_with = "or_default")]
    config_only: bool,
    #[serde(rename = "IPAM", deserialize_with = "or_default")]
    ipam: IpamBody,
    #[serde(rename = "EnableIPv4")]
    ipv4: Option<bool>,
    #[serde(rename = "EnableIPv6", deserialize_with = "or_default")]
    ipv6: bool,
    #[serde(deserialize_with = "or_default")]
    options: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ConfigFromBody {
    #[serde(deserialize_with = "or_default")]
    network: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct IpamBody {
    #[serde(deserialize_with = "or_default")]
    driver: String,
    #[serde(deserialize_with = "or_default")]
    config: Vec<IpamConfigBody>,
    options: Option<BTreeMap<String, String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct IpamConfigBody {
    #[serde(deserialize_with = "or_default")]
    subnet: String,
    #[serde(rename = "IPRange", deserialize_with = "or_default")]
    range: String,
    #[serde(deserialize_with = "or_default")]
    gateway: String,
    #[serde(deserialize_with = "or_default")]
    auxiliary_addresses: BTreeMap<String, String>,
}

fn parsed<T: std::str::FromStr>(text: &str, what: &str) -> Result<Option<T>> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| Kind::Invalid.error(format!("invalid {what} {text:?}")))
}

impl IpamConfigBody {
    fn subnet(&self) -> Result<SubnetRequest> {
        let mut reserved = BTreeMap::new();
        for (name, text) in &self.auxiliary_addresses {
            let address: Option<IpAddr> = parsed(text, "auxiliary address")?;
            reserved.extend(address.map(|a| (name.clone(), a)));
        }
        Ok(SubnetRequest {
            subnet: parsed(&self.subnet, "subnet")?,
            gateway: parsed(&self.gateway, "gateway")?,
            range: parsed(&self.range, "ip-range")?,
            reserved,
        })
    }
}

/// `POST /networks/create`
pub fn create(call: &mut Call) -> Result<Reply> {
    let body: CreateBody = call.json()?;
    if body.ingress
        || body.config_only
        || !body.config_from.network.is_empty()
        || !matches!(body.scope.as_str(), "" | "local")
    {
        return Kind::Unsupported
            .err("networks of a swarm (Ingress, ConfigOnly, ConfigFrom, Scope) are not supported");
    }
    let no_addresses = match body.ipam.driver.as_str() {
        "" | "default" | "host-local" => false,
        "null" | "none" => true,
        other => return Kind::Invalid.err(format!("ipam driver {other:?} not found")),
    };
    if let Some(option) = body.ipam.options.iter().flat_map(BTreeMap::keys).next() {
        return Kind::Unsupported.err(format!("the IPAM option {option:?} is not supported"));
    }
    let driver = if body.driver.is_empty() { "bridge" } else { &body.driver };
    let driver = driver.parse().map_err(|_| Kind::NotFound.error(format!("plugin {driver:?} not found")))?;
    let network = call.engine().create_network(NetworkRequest {
        name: body.name,
        driver,
        subnets: body.ipam.config.iter().map(IpamConfigBody::subnet).collect::<Result<_>>()?,
        ipv4: body.ipv4.or((!no_addresses).then_some(true)),
        ipv6: body.ipv6,
        internal: body.internal,
        attachable: body.attachable,
        options: body.options,
        labels: body.labels,
        no_addresses,
        has_ipam_options: body.ipam.options.is_some(),
        ..NetworkRequest::default()
    })?;
    Reply::created(&json!({"Id": network.id, "Warning": ""}))
}

/// `DELETE /networks/{id}`
pub fn remove(call: &mut Call) -> Result<Reply> {
    call.engine().remove_network(call.name(), false)?;
    Ok(Reply::no_content())
}

/// `POST /networks/prune`
pub fn prune(call: &mut Call) -> Result<Reply> {
    let filter = filter(call, &["label", "label!", "until"])?;
    let removed = call.engine().prune_networks(&filter)?;
    Reply::json(&json!({"NetworksDeleted": if removed.is_empty() { None } else { Some(&removed) }}))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ConnectBody {
    // `Force` has nothing to force here: a container that is gone has left nothing behind.
    #[serde(deserialize_with = "or_default")]
    container: String,
    #[serde(deserialize_with = "or_default")]
    endpoint_config: EndpointBody,
}

/// `POST /networks/{id}/connect`
pub fn connect(call: &mut Call) -> Result<Reply> {
    let mut body: ConnectBody = call.json()?;
    if call.version < ApiVersion(48) {
        body.endpoint_config.gw_priority = 0;
    }
    let NetworkOption::Network(attachment) = body.endpoint_config.option(call.name())? else {
        return Kind::Forbidden.err(format!(
            "container cannot be connected to network {}: it is a mode that is chosen when a container is made",
            call.name()
        ));
    };
    call.engine().connect_network(attachment, &body.container)?;
    Ok(Reply::Empty(hyper::StatusCode::OK))
}

/// `POST /networks/{id}/disconnect`
pub fn disconnect(call: &mut Call) -> Result<Reply> {
    let body: ConnectBody = call.json()?;
    call.engine().disconnect_network(call.name(), &body.container)?;
    Ok(Reply::Empty(hyper::StatusCode::OK))
}
