//! Files of containers: archives in and out, what was changed, the whole root, and images made of it.

use std::collections::BTreeMap;
use std::io;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hyper::header::HeaderValue;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::api::call::Call;
use crate::api::images::reference;
use crate::api::json::{Set, Words, or_default};
use crate::api::reply::{Head, OCTETS, Reply, TAR};
use crate::engine::files::{ChangeKind, PathStat, PutOptions};
use crate::engine::images::{CommitRequest, ImageReference};
use crate::engine::progress::Silent;
use crate::error::{Context, Kind, Result, from_io};

/// The path in the container that is asked for.
fn path(call: &Call) -> Result<Vec<u8>> {
    let path = call
        .query
        .text("path")
        .with_context(|| Kind::Invalid.error("bad parameter: path cannot be empty"))?;
    Ok(path.as_bytes().to_vec())
}

/// An answer's head that tells what is there.
fn head(stat: &PathStat) -> Result<Head> {
    let text = BASE64_STANDARD.encode(serde_json::to_vec(stat).context("encoding an answer")?);
    let mut head = Head::ok(TAR);
    let value = HeaderValue::from_str(&text).context("encoding an answer")?;
    head.headers.insert("X-Docker-Container-Path-Stat", value);
    Ok(head)
}

/// `HEAD /containers/{id}/archive`
pub fn archive_stat(call: &mut Call) -> Result<Reply> {
    let mut head = head(&call.engine().archive_stat(call.name(), &path(call)?)?)?;
    head.headers.remove(hyper::header::CONTENT_TYPE);
    Ok(Reply::Whole(head, Vec::new()))
}

/// `GET /containers/{id}/archive`
pub fn archive_get(call: &mut Call) -> Result<Reply> {
    let (stat, mut stream) = call.engine().archive_get(call.name(), &path(call)?)?;
    Ok(Reply::Stream(
        head(&stat)?,
        Box::new(move |out| io::copy(&mut stream, out).map(drop).map_err(from_io)),
    ))
}

/// `PUT /containers/{id}/archive`
pub fn archive_put(call: &mut Call) -> Result<Reply> {
    let options = PutOptions {
        no_overwrite_dir_non_dir: call.query.flag("noOverwriteDirNonDir"),
        copy_uid_gid: call.query.flag("copyUIDGID"),
        rename: None,
    };
    let putting = call.engine().archive_put(call.name(), &path(call)?, options)?;
    putting.copy(&mut call.body)?;
    Ok(Reply::Empty(hyper::StatusCode::OK))
}

/// `GET /containers/{id}/changes`
pub fn changes(call: &mut Call) -> Result<Reply> {
    let changes = call.engine().changes(call.name())?;
    let list: Vec<Value> = changes
        .iter()
        .map(|change| {
            let kind = match change.kind {
                ChangeKind::Changed => 0,
                ChangeKind::Added => 1,
                ChangeKind::Deleted => 2,
            };
            json!({"Path": String::from_utf8_lossy(&change.path), "Kind": kind})
        })
        .collect();
    Reply::json(&Some(list).filter(|l| !l.is_empty()))
}

/// `GET /containers/{id}/export`
pub fn export(call: &mut Call) -> Result<Reply> {
    let mut stream = call.engine().export(call.name())?;
    Ok(Reply::stream(OCTETS, move |out| io::copy(&mut stream, out).map(drop).map_err(from_io)))
}

/// ContainerConfig, as far as an image's configuration has a place for it: how a container's terminal and streams are belongs to the one
/// container.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct ConfigBody {
    #[serde(deserialize_with = "or_default")]
    user: String,
    #[serde(deserialize_with = "or_default")]
    exposed_ports: Set,
    #[serde(deserialize_with = "or_default")]
    env: Vec<String>,
    cmd: Option<Words>,
    entrypoint: Option<Words>,
    healthcheck: Option<Map<String, Value>>,
    #[serde(deserialize_with = "or_default")]
    volumes: Set,
    #[serde(deserialize_with = "or_default")]
    working_dir: String,
    #[serde(deserialize_with = "or_default")]
    labels: BTreeMap<String, String>,
    #[serde(deserialize_with = "or_default")]
    stop_signal: String,
    #[serde(deserialize_with = "or_default")]
    on_build: Vec<String>,
    #[serde(deserialize_with = "or_default")]
    shell: Vec<String>,
}

impl ConfigBody {
    /// What was given, as the configuration of an image has it.
    fn into_config(self) -> Map<String, Value> {
        let mut config = Map::new();
        let empty = |value: &Value| match value {
            Value::Null => true,
            Value::String(text) => text.is_empty(),
            Value::Array(list) => list.is_empty(),
            Value::Object(map) => map.is_empty(),
            _ => false,
        };
        for (key, value) in [
            ("User", json!(self.user)),
            ("ExposedPorts", json!(self.exposed_ports)),
            ("Env", json!(self.env)),
            ("Cmd", json!(self.cmd.map(Words::into_list))),
            ("Healthcheck", json!(self.healthcheck)),
            ("Volumes", json!(self.volumes)),
            ("WorkingDir", json!(self.working_dir)),
            ("Labels", json!(self.labels)),
            ("StopSignal", json!(self.stop_signal)),
            ("OnBuild", json!(self.on_build)),
            ("Shell", json!(self.shell)),
        ] {
            if !empty(&value) {
                config.insert(key.into(), value);
            }
        }
        // An empty one says that there is to be none.
        config.extend(self.entrypoint.map(|e| ("Entrypoint".to_string(), json!(e.into_list()))));
        config
    }
}

/// `POST /commit` (ImageCommit)
pub fn commit(call: &mut Call) -> Result<Reply> {
    let body: Option<ConfigBody> = call.json_or_default()?;
    let Some(container) = call.query.text("container").map(String::from) else {
        return Kind::Invalid.err("invalid name or ID supplied: \"\"");
    };
    call.engine().find(&container)?;
    let text = |key: &str| call.query.text(key).map(String::from);
    let name = text("repo").map(|repo| ImageReference::parse(&reference(&repo, call.query.text("tag"))));
    let name = name.transpose()?;
    if name.as_ref().is_some_and(|name| name.digest().is_some()) {
        return Kind::Invalid.err("cannot commit to digest reference");
    }
    let request = CommitRequest {
        container,
        name,
        author: text("author"),
        message: text("comment"),
        changes: call.query.all("changes").map(String::from).collect(),
        // Frozen if that can be done: an ordinary user's can't be everywhere, and clients ask for it without being told to.
        pause: if call.query.flag_or("pause", true) { None } else { Some(false) },
        config: body.map(ConfigBody::into_config),
        ..CommitRequest::default()
    };
    let id = call.engine().commit(&request, &Silent)?;
    Reply::created(&json!({"Id": id.to_string()}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_empty_was_not_given() {
        let body: ConfigBody = serde_json::from_value(json!({
            "User": "", "Env": null, "Cmd": null, "Entrypoint": [], "Labels": {}, "Tty": false, "WorkingDir": "/w",
        }))
        .unwrap();
        assert_eq!(Value::from(body.into_config()), json!({"WorkingDir": "/w", "Entrypoint": []}));
    }
}
