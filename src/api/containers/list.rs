//! Which containers there are, and what they are.

use hyper::StatusCode;
use serde_json::{Map, Value, json};

use crate::api::call::Call;
use crate::api::pieces;
use crate::api::query::Query;
use crate::api::reply::Reply;
use crate::api::server::Server;
use crate::api::version::ApiVersion;
use crate::engine::Engine;
use crate::engine::containers::{
    ContainerFilter, ContainerId, ContainerSummary, Form, Inspection, Listing, Text,
};
use crate::error::Result;

/// `GET /containers/json` (ContainerList)
pub fn list(call: &mut Call) -> Result<Reply> {
    let limit = call.query.number::<i64>("limit")?.unwrap_or(0);
    let mut filter = ContainerFilter::new(call.query.flag("all") || limit > 0);
    for text in call.query.filters()? {
        filter.add(&text)?;
    }
    let limit = if limit > 0 { limit as usize } else { usize::MAX };
    let (engine, version) = (call.engine(), call.version);
    if call.query.flag("size") {
        let mut listing = engine.list_containers_as(&filter, Ok)?;
        listing.found.truncate(limit);
        return with_sizes(call, &listing);
    }
    let listing = engine.list_containers_as(&filter, |container| {
        // How long it has been as it is changes by itself.
        let make = || pieces::open(&fields(engine, version, &container), &["Names", "Status"]);
        let text = container.text(("list", u8::from(has_annotations(version))), make)?;
        Ok(Listed {
            text,
            status: container.status_text(),
            name: container.config.name.clone(),
            id: container.config.id.clone(),
        })
    })?;
    let mut text = vec![b'['];
    for (number, listed) in listing.found.iter().take(limit).enumerate() {
        if number > 0 {
            text.push(b',');
        }
        let names = names(&listed.name, listing.linked.get(&listed.id));
        let values = [json!(names).to_string(), json!(listed.status).to_string()];
        pieces::fill(&mut text, &listed.text, &values);
    }
    text.push(b']');
    Ok(Reply::Text(StatusCode::OK, text))
}

/// A container in a list.
struct Listed {
    text: Text,
    status: String,
    name: String,
    id: ContainerId,
}

/// Its own name, and those that others have for it.
fn names(own: &str, linked: Option<&Vec<String>>) -> Vec<String> {
    let linked = linked.into_iter().flatten();
    std::iter::once(format!("/{own}")).chain(linked.map(|name| format!("/{name}"))).collect()
}

fn with_sizes(call: &Call, listing: &Listing<ContainerSummary>) -> Result<Reply> {
    let mut list = Vec::with_capacity(listing.found.len());
    for container in &listing.found {
        let mut value = summary(call, container);
        value["Names"] = names(&container.config.name, listing.linked.get(&container.config.id)).into();
        let (whole, written) = call.engine().container_sizes(container.config.id.as_str())?;
        value["SizeRootFs"] = whole.into();
        // As dockerd: left out where nothing was written.
        if written > 0 {
            value["SizeRw"] = written.into();
        }
        list.push(value);
    }
    Reply::json(&list)
}

fn has_annotations(version: ApiVersion) -> bool {
    version >= ApiVersion(46)
}

/// ContainerSummary
pub(in crate::api) fn summary(call: &Call, container: &ContainerSummary) -> Value {
    fields(call.engine(), call.version, container).into()
}

fn fields(engine: &Engine, version: ApiVersion, container: &ContainerSummary) -> Map<String, Value> {
    let config = &container.config;
    let parts = engine.summary_parts(container);
    let image_id = config.image_id.as_ref().map(ToString::to_string).unwrap_or_default();
    let mut host = Map::new();
    host.insert("NetworkMode".into(), parts.network_mode.into());
    if has_annotations(version) && !config.tuning.annotations.is_empty() {
        host.insert("Annotations".into(), json!(config.tuning.annotations));
    }
    let value = json!({
        "Id": config.id.as_str(),
        "Names": names(&config.name, None),
        "Image": if config.image.is_empty() { &image_id } else { &config.image },
        "ImageID": image_id,
        "Command": command(&config.process.args()),
        "Created": config.created.as_second(),
        "Ports": ports(container),
        "Labels": config.labels,
        "State": container.state.status_name(),
        "Status": container.status_text(),
        "HostConfig": host,
        "NetworkSettings": {"Networks": parts.networks},
        "Mounts": parts.mounts,
    });
    match value {
        Value::Object(fields) => fields,
        _ => unreachable!("written as an object"),
    }
}

/// A command as dockerd shows it: arguments with blanks in quotes.
fn command(args: &[String]) -> String {
    let shown = |(at, arg): (usize, &String)| {
        if at > 0 && arg.contains(' ') { format!("'{arg}'") } else { arg.clone() }
    };
    args.iter().enumerate().map(shown).collect::<Vec<_>>().join(" ")
}

/// Published ports, and after them those that are only exposed.
fn ports(container: &ContainerSummary) -> Vec<Value> {
    let mut ports = Vec::new();
    for binding in &container.bindings {
        let addresses = match binding.host_ip {
            Some(ip) => vec![ip.to_string()],
            None => vec!["0.0.0.0".into(), "::".into()],
        };
        ports.extend(addresses.into_iter().map(|ip| {
            json!({
                "IP": ip,
                "PrivatePort": binding.container_port,
                "PublicPort": binding.host_port,
                "Type": binding.protocol.name(),
            })
        }));
    }
    if container.state.status.is_active() {
        let exposed = container.config.exposed_ports.iter();
        let unpublished = exposed.filter(|p| !container.bindings.iter().any(|b| b.container() == **p));
        ports.extend(unpublished.filter_map(|port| {
            let (number, protocol) = port.split_once('/').unwrap_or((port, "tcp"));
            Some(json!({"PrivatePort": number.parse::<u16>().ok()?, "Type": protocol}))
        }));
    }
    ports
}

/// `GET /containers/{id}/json` (ContainerInspect)
pub fn inspect(call: &mut Call) -> Result<Reply> {
    let engine = call.engine();
    let inspection = engine.inspection(call.name())?;
    let json = || match inspection.json() {
        Value::Object(mut fields) => {
            as_docker(&mut fields, call.version);
            fields
        }
        _ => unreachable!("written as an object"),
    };
    if call.query.flag("size") {
        let mut fields = json();
        let (whole, written) = engine.container_sizes(call.name())?;
        fields.insert("SizeRw".into(), written.into());
        fields.insert("SizeRootFs".into(), whole.into());
        return Reply::json(&fields);
    }
    let text = inspection.text(inspect_form(call.version), || pieces::open(&json(), &["ExecIDs"]))?;
    Ok(inspected(&inspection, &text))
}

/// The same if it takes a few looks at files and no more.
pub fn recall_inspect(
    server: &Server,
    version: ApiVersion,
    places: &[String],
    query: &Query,
) -> Option<Reply> {
    if query.flag("size") {
        return None;
    }
    let inspection = server.engine.recalled_inspection(places.first()?)?;
    let text = inspection.recall_text(inspect_form(version))?;
    Some(inspected(&inspection, &text))
}

/// Which of the forms of [`as_docker`] it is.
fn inspect_form(version: ApiVersion) -> Form {
    ("inspect", u8::from(version < ApiVersion(45)) + u8::from(version < ApiVersion(42)))
}

fn inspected(inspection: &Inspection, text: &Text) -> Reply {
    let mut bytes = Vec::with_capacity(8 << 10);
    pieces::fill(&mut bytes, text, &[json!(inspection.programs()).to_string()]);
    Reply::Text(StatusCode::OK, bytes)
}

/// Clients of older versions find the short id among the names on networks that have such. (Since then it is in `DNSNames`.)
fn add_id_to_aliases(container: &mut Map<String, Value>) {
    let short: Value =
        container.get("Id").and_then(Value::as_str).and_then(|id| id.get(..12)).unwrap_or_default().into();
    let networks = container.get_mut("NetworkSettings").and_then(|s| s.get_mut("Networks"));
    for (name, endpoint) in networks.and_then(Value::as_object_mut).into_iter().flatten() {
        if matches!(name.as_str(), "bridge" | "host" | "none") {
            continue;
        }
        match &mut endpoint["Aliases"] {
            Value::Array(aliases) if !aliases.contains(&short) => aliases.push(short.clone()),
            Value::Array(_) => {}
            none => *none = json!([short]),
        }
    }
}

/// When a container was started that never was.
const NEVER: &str = "0001-01-01T00:00:00Z";

/// What of docker's own has no meaning here, and what isn't docker's.
fn as_docker(container: &mut Map<String, Value>, version: ApiVersion) {
    container.shift_remove("Dependencies");
    // Until 1.43 not before it was started for the first time: compose 1.29 takes it for a sign that its own names are set.
    let has_started = || container.get("State").is_some_and(|state| state["StartedAt"] != NEVER);
    if version == ApiVersion(44) || (version < ApiVersion(44) && has_started()) {
        add_id_to_aliases(container);
    }
    let Some(host) = container.get_mut("HostConfig").and_then(Value::as_object_mut) else { return };
    host.shift_remove("CgroupConf");
    // Told only if they were given.
    for field in ["Annotations", "Sysctls", "Tmpfs", "Init"] {
        let is_empty =
            host.get(field).is_some_and(|v| v.as_object().is_some_and(Map::is_empty) || *v == false);
        if is_empty {
            host.shift_remove(field);
        }
    }
    // Of Windows, but told everywhere.
    let zeros = ["CpuCount", "CpuPercent", "IOMaximumIOps", "IOMaximumBandwidth"];
    host.extend(zeros.map(|field| (field.to_string(), 0.into())));
    host.entry("Isolation").or_insert_with(|| json!(""));
    host.insert("Cgroup".into(), json!(""));
    if version < ApiVersion(42) {
        host.insert("KernelMemoryTCP".into(), 0.into());
    } else {
        host.shift_remove("KernelMemory");
    }
}
