//! Calls about the whole.

use hyper::StatusCode;
use hyper::header::{CACHE_CONTROL, HeaderValue};
use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use super::containers::{log_time, summary};
use super::image_versions;
use super::json::or_default;
use super::query::Query;
use super::reply::{Head, JSON, Reply};
use super::server::Server;
use super::version::{ApiVersion, NEWEST, OLDEST};
use crate::engine::events::{EventFilter, EventsRequest, HostEvent};
use crate::engine::login::Account;
use crate::engine::system::{DiskUsage, UsageParts};
use crate::error::{Kind, Result};

/// `GET /_ping`, `HEAD /_ping`
#[allow(clippy::unnecessary_wraps)] // a handler
pub fn ping(_: &mut Call) -> Result<Reply> {
    Ok(pong())
}

/// The same: there is nothing to wait for.
#[allow(clippy::unnecessary_wraps)] // one of those that answer at once
pub fn quick_ping(_: &Server, _: ApiVersion, _: &[String], _: &Query) -> Option<Reply> {
    Some(pong())
}

fn pong() -> Reply {
    let mut head = Head::ok("text/plain; charset=utf-8");
    head.headers.insert("Builder-Version", HeaderValue::from_static("1"));
    head.headers.insert("Swarm", HeaderValue::from_static("inactive"));
    head.headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, must-revalidate"));
    head.headers.insert("Pragma", HeaderValue::from_static("no-cache"));
    Reply::Whole(head, b"OK".to_vec())
}

/// `GET /version` (SystemVersion)
pub fn version(_: &mut Call) -> Result<Reply> {
    let known = crate::engine::info::version();
    let (number, arch) = (&known["Server"]["Version"], &known["Server"]["Arch"]);
    let kernel = crate::engine::info::kernel()?;
    Reply::json(&json!({
        "Platform": {"Name": "dhow"},
        "Components": [{
            "Name": "Engine",
            "Version": number,
            "Details": {
                "ApiVersion": NEWEST.to_string(),
                "Arch": arch,
                "BuildTime": "",
                "Experimental": "false",
                "GitCommit": "",
                "GoVersion": "",
                "KernelVersion": kernel,
                "MinAPIVersion": OLDEST.to_string(),
                "Os": "linux",
            },
        }],
        "Version": number,
        "ApiVersion": NEWEST.to_string(),
        "MinAPIVersion": OLDEST.to_string(),
        "GitCommit": "",
        "GoVersion": "",
        "Os": "linux",
        "Arch": arch,
        "KernelVersion": kernel,
        "BuildTime": "",
    }))
}

/// `GET /info` (SystemInfo)
pub fn info(call: &mut Call) -> Result<Reply> {
    let mut info = call.engine().info()?;
    let more = json!({
        "ID": call.engine().host_id(),
        "DockerRootDir": info["DhowRootDir"],
        "DriverStatus": [["Backing Filesystem", "overlay"], ["Native Overlay Diff", "true"]],
        "Plugins": {
            "Volume": ["local"],
            "Network": ["bridge", "host", "ipvlan", "macvlan", "null"],
            "Authorization": null,
            "Log": ["json-file", "local", "journald", "none"],
        },
        "MemoryLimit": true,
        "SwapLimit": true,
        "CpuCfsPeriod": true,
        "CpuCfsQuota": true,
        "CPUShares": true,
        "CPUSet": true,
        "PidsLimit": true,
        "OomKillDisable": info["CgroupVersion"] == "1",
        "IPv4Forwarding": true,
        "Debug": log::log_enabled!(log::Level::Debug),
        "NFd": std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count),
        "NGoroutines": std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count),
        "SystemTime": jiff::Timestamp::now().to_string(),
        "NEventsListener": 0,
        "OSVersion": crate::engine::info::os_version(),
        "IndexServerAddress": "https://index.docker.io/v1/",
        "RegistryConfig": {
            "IndexConfigs": {"docker.io": {"Mirrors": [], "Name": "docker.io", "Official": true, "Secure": true}},
            "InsecureRegistryCIDRs": ["::1/128", "127.0.0.0/8"],
            "Mirrors": null,
        },
        "GenericResources": null,
        "HttpProxy": "",
        "HttpsProxy": "",
        "NoProxy": "",
        "Labels": [],
        "ExperimentalBuild": false,
        "Swarm": {
            "NodeID": "",
            "NodeAddr": "",
            "LocalNodeState": "inactive",
            "ControlAvailable": false,
            "Error": "",
            "RemoteManagers": null,
        },
        "LiveRestoreEnabled": true,
        "Isolation": "",
        "InitBinary": "dhow",
        "ContainerdCommit": {"ID": ""},
        "RuncCommit": {"ID": ""},
        "InitCommit": {"ID": ""},
        "Warnings": null,
    });
    if let (Value::Object(info), Value::Object(more)) = (&mut info, more) {
        info.extend(more);
        // Settings of the command line are no part of the API.
        info.remove("Configuration");
    }
    settle(&mut info, call.version);
    Reply::json(&info)
}

/// Fields that came and went with the versions of the API.
fn settle(info: &mut Value, version: ApiVersion) {
    if version < ApiVersion(25) {
        info["ExecutionDriver"] = "<not supported>".into();
        let name = |option: &Value| {
            let parts = option.as_str().unwrap_or_default().split(',');
            Value::from(parts.clone().find_map(|part| part.strip_prefix("name=")).unwrap_or_default())
        };
        let names = info["SecurityOptions"].as_array().into_iter().flatten().map(name).collect();
        info["SecurityOptions"] = Value::Array(names);
    }
    if version < ApiVersion(49) {
        for commit in ["ContainerdCommit", "RuncCommit", "InitCommit"] {
            info[commit]["Expected"] = info[commit]["ID"].clone();
        }
        for kind in ["CIDRs", "Hostnames"] {
            info["RegistryConfig"][format!("AllowNondistributableArtifacts{kind}")] = Value::Null;
        }
    } else {
        info["FirewallBackend"] = json!({"Driver": "nftables"});
    }
    if version < ApiVersion(50) {
        info["BridgeNfIptables"] = false.into();
        info["BridgeNfIp6tables"] = false.into();
    }
}

/// `GET /system/df` (SystemDataUsage)
pub fn df(call: &mut Call) -> Result<Reply> {
    let mut parts = UsageParts { images: false, containers: false, volumes: false };
    let mut build_cache = false;
    // The parameter came with that version; older clients get everything.
    let types: Vec<&str> =
        if call.version < ApiVersion(42) { Vec::new() } else { call.query.all("type").collect() };
    for kind in &types {
        match *kind {
            "image" => parts.images = true,
            "container" => parts.containers = true,
            "volume" => parts.volumes = true,
            "build-cache" => build_cache = true,
            _ => return Kind::Invalid.err(format!("unknown object type: {kind}")),
        }
    }
    if types.is_empty() {
        (parts, build_cache) = (UsageParts::ALL, true);
    }
    let usage = call.engine().disk_usage(parts)?;
    let mut shown = shown_usage(call, &usage);
    shown["BuildCache"] = if build_cache { json!([]) } else { Value::Null };
    if call.version < ApiVersion(42) {
        shown["BuilderSize"] = 0.into();
    }
    Reply::json(&shown)
}

/// `POST /build/prune`: nothing builds here, so there is no cache. `docker system prune` asks for this last, on the connection on which it
/// has the images pruned, and would end with the error and without its report: to that the answer is that there was nothing.
pub fn build_prune(call: &mut Call) -> Result<Reply> {
    if !call.prunes.is_under_way() {
        return Kind::Unsupported.err("dhow doesn't build images yet: it has no build cache to prune");
    }
    Reply::json(&json!({"CachesDeleted": null, "SpaceReclaimed": 0}))
}

fn shown_usage(call: &Call, usage: &DiskUsage) -> Value {
    let images = usage.images.as_ref().map(|images| {
        let shown = images.images.iter().map(|image| {
            let mut value = json!(image.summary);
            image_versions::summary(&mut value, call.version);
            value
        });
        shown.collect::<Vec<_>>()
    });
    let containers = usage.containers.as_ref().map(|containers| {
        let shown = containers.iter().map(|container| {
            let mut value = summary(call, &container.summary);
            value["SizeRootFs"] = (container.below + container.written).into();
            // As dockerd: left out where nothing was written.
            if container.written > 0 {
                value["SizeRw"] = container.written.into();
            }
            value
        });
        shown.collect::<Vec<_>>()
    });
    let volumes = usage.volumes.as_ref().map(|volumes| {
        let shown = volumes.iter().map(|volume| {
            let mut value = volume.summary.to_json();
            let size = volume.size.map_or(-1, |size| size as i64);
            value["UsageData"] = json!({"RefCount": volume.summary.users.len(), "Size": size});
            value
        });
        shown.collect::<Vec<_>>()
    });
    json!({
        "LayersSize": usage.images.as_ref().map_or(0, |images| images.size),
        "Images": images,
        "Containers": containers,
        "Volumes": volumes,
    })
}

/// `GET /events`
pub fn events(call: &mut Call) -> Result<Reply> {
    let mut filter = EventFilter::default();
    for text in call.query.filters()? {
        filter.add(&text)?;
    }
    let (since, until) = (log_time(call.query.text("since"))?, log_time(call.query.text("until"))?);
    if let (Some(from), Some(to)) = (since, until)
        && from > to
    {
        let text = |name| call.query.text(name).unwrap_or_default();
        return Kind::Invalid.err(format!(
            "`since` time ({}) cannot be after `until` time ({})",
            text("since"),
            text("until")
        ));
    }
    let over = until.is_some_and(|t| t <= jiff::Timestamp::now());
    let request = EventsRequest {
        // Without a time only those to come.
        since: Some(since.unwrap_or_else(jiff::Timestamp::now)),
        until,
        filter,
        follow: !over,
        hangup: Some(call.gone.clone()),
    };
    let server = call.server.clone();
    Ok(Reply::stream(JSON, move |out| {
        use std::io::Write;
        out.flush()?;
        server.engine.events(&request, &mut |event| {
            out.line(&shown(event))?;
            Ok(true)
        })
    }))
}

/// With the fields that old clients know.
fn shown(event: &HostEvent) -> Value {
    let mut value = json!(event);
    if event.kind == "container" || event.kind == "image" {
        value["status"] = event.action.clone().into();
        value["id"] = event.actor.id.clone().into();
        if let Some(image) = event.actor.attributes.get("image") {
            value["from"] = image.clone().into();
        }
    }
    value
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct AuthBody {
    #[serde(deserialize_with = "or_default")]
    username: String,
    #[serde(deserialize_with = "or_default")]
    password: String,
    #[serde(deserialize_with = "or_default")]
    serveraddress: String,
}

/// `POST /auth`: checks an account; it is the client who remembers it.
pub fn auth(call: &mut Call) -> Result<Reply> {
    let body: AuthBody = call.json()?;
    let account = Account { username: body.username, password: body.password };
    call.engine().check_login(&body.serveraddress, account)?;
    Reply::with_status(StatusCode::OK, &json!({"Status": "Login Succeeded", "IdentityToken": ""}))
}
