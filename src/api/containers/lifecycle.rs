//! Starting, stopping, waiting, removing.

use hyper::StatusCode;
use serde::Deserialize;
use serde_json::json;

use super::create_host::ResourcesBody;
use crate::api::call::Call;
use crate::api::json::{Both, or_default};
use crate::api::reply::{JSON, Reply};
use crate::api::version::ApiVersion;
use crate::engine::containers::{
    Condition, ContainerFilter, Ending, RemoveRequest, RestartPolicy, Waited, parse_signal,
};
use crate::error::{Context, Kind, Result};

/// `POST /containers/{id}/start`. Clients that wait for it with their streams get them now.
pub fn start(call: &mut Call) -> Result<Reply> {
    // What clients before 1.24 could change at this time. Theirs, if they change nothing, are `{}` and `null`.
    let length = call.header("content-length").and_then(|l| l.parse().ok()).unwrap_or(0);
    if length > 7 || call.header("transfer-encoding").is_some() {
        return Kind::Invalid.err(
            "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24",
        );
    }
    let engine = call.engine();
    let (dir, state) = engine.find(call.name())?;
    if state.paused {
        return Kind::Conflict.err("cannot start a paused container, try unpause instead");
    }
    let started = call.server.waiting.start(engine, &dir)?;
    Ok(if started { Reply::no_content() } else { Reply::Empty(StatusCode::NOT_MODIFIED) })
}

fn signal(call: &Call) -> Result<Option<i32>> {
    call.query.text("signal").map(parse_signal).transpose()
}

/// The signal to stop with, which older clients can't choose.
fn stop_signal(call: &Call) -> Result<Option<i32>> {
    if call.version < ApiVersion(42) { Ok(None) } else { signal(call) }
}

/// `POST /containers/{id}/stop`
pub fn stop(call: &mut Call) -> Result<Reply> {
    let (timeout, signal) = (call.query.number("t")?, stop_signal(call)?);
    let engine = call.engine();
    let (dir, state) = engine.find(call.name())?;
    if !state.status.is_active() {
        return Ok(Reply::Empty(StatusCode::NOT_MODIFIED));
    }
    engine.stop(dir.id.as_str(), timeout, signal)?;
    Ok(Reply::no_content())
}

/// `POST /containers/{id}/restart`
pub fn restart(call: &mut Call) -> Result<Reply> {
    let (timeout, signal) = (call.query.number("t")?, stop_signal(call)?);
    let engine = call.engine();
    engine.stop_to_restart(call.name(), timeout, signal)?;
    let (dir, _) = engine.find(call.name())?;
    call.server.waiting.start(engine, &dir)?;
    engine.tell_restart(&dir)?;
    Ok(Reply::no_content())
}

/// `POST /containers/{id}/kill`
pub fn kill(call: &mut Call) -> Result<Reply> {
    let signal = signal(call)?.unwrap_or(libc::SIGKILL);
    let engine = call.engine();
    let killed = || {
        let (dir, state) = engine.find(call.name())?;
        if !state.status.is_active() {
            return Kind::Conflict.err(format!("container {} is not running", dir.id));
        }
        engine.kill(dir.id.as_str(), signal)
    };
    killed().with_context(|| format!("cannot kill container: {}", call.name()))?;
    Ok(Reply::no_content())
}

pub fn pause(call: &mut Call) -> Result<Reply> {
    call.engine().pause(call.name())?;
    Ok(Reply::no_content())
}

pub fn unpause(call: &mut Call) -> Result<Reply> {
    call.engine().unpause(call.name())?;
    Ok(Reply::no_content())
}

/// `POST /containers/{id}/rename`
pub fn rename(call: &mut Call) -> Result<Reply> {
    let name = call
        .query
        .text("name")
        .with_context(|| Kind::Invalid.error("Neither old nor new names may be empty"))?;
    call.engine().rename(call.name(), name.strip_prefix('/').unwrap_or(name))?;
    Ok(Reply::no_content())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct UpdateBody {
    #[serde(rename = "RestartPolicy")]
    restart: Option<RestartBody>,
}

/// As docker has it: a name, and for `on-failure` how often.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub struct RestartBody {
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    #[serde(deserialize_with = "or_default")]
    pub maximum_retry_count: i64,
}

impl RestartBody {
    pub fn policy(&self) -> Result<RestartPolicy> {
        let text = match self.maximum_retry_count {
            0 => self.name.clone(),
            count if count < 0 => {
                return Kind::Invalid.err("invalid restart policy: maximum retry count cannot be negative");
            }
            count => format!("{}:{count}", self.name),
        };
        text.parse()
    }
}

/// `POST /containers/{id}/update`
pub fn update(call: &mut Call) -> Result<Reply> {
    let Both(body, mut resources): Both<UpdateBody, ResourcesBody> = call.json()?;
    if call.version < ApiVersion(40) {
        // Couldn't be changed then.
        resources.pids_limit = None;
    }
    // A 0 that is given takes the limit away.
    resources.pids_limit = resources.pids_limit.map(|limit| if limit == 0 { -1 } else { limit });
    let restart = body.restart.filter(|r| !r.name.is_empty()).map(|r| r.policy()).transpose()?;
    call.engine().update(call.name(), &resources.resources()?, restart)?;
    Reply::json(&json!({"Warnings": []}))
}

/// `POST /containers/{id}/wait`. The head of the answer goes out as soon as nothing can be missed any more: clients start the container
/// after that.
pub fn wait(call: &mut Call) -> Result<Reply> {
    let ending = match call.query.text("condition").filter(|_| call.version >= ApiVersion(30)) {
        None | Some("not-running") => Ending::NotRunning,
        Some("next-exit") => Ending::NextExit,
        Some("removed") => Ending::Removed,
        Some(other) => {
            let condition: Condition =
                other.parse().map_err(|_| Kind::Invalid.error(format!("invalid condition: {other:?}")))?;
            return wait_for(call, condition);
        }
    };
    // Before a head is sent that says it is there.
    call.engine().find(call.name())?;
    let (server, name, gone) = (call.server.clone(), call.name().to_string(), call.gone.clone());
    Ok(Reply::stream(JSON, move |out| {
        use std::io::Write;
        use std::os::fd::AsFd;
        let waited = server.engine.wait_for_end(&name, ending, gone.as_fd(), || Ok(out.flush()?))?;
        if let Waited::Exited(code) = waited {
            out.line(&json!({"StatusCode": code}))?;
        }
        Ok(())
    }))
}

/// Other states, as podman knows them.
fn wait_for(call: &mut Call, condition: Condition) -> Result<Reply> {
    let code = call.engine().wait_until(call.name(), &[condition])?;
    Reply::json(&json!({"StatusCode": code.unwrap_or(0)}))
}

/// `GET /containers/{id}/top`
pub fn top(call: &mut Call) -> Result<Reply> {
    let options = call.query.text("ps_args").unwrap_or_default().split_whitespace();
    let columns =
        crate::engine::containers::process_table::columns(&options.map(String::from).collect::<Vec<_>>())?;
    let table = call.engine().top(call.name(), &columns)?;
    Reply::json(&json!({"Titles": table.titles, "Processes": table.rows}))
}

/// `DELETE /containers/{id}`
pub fn remove(call: &mut Call) -> Result<Reply> {
    if call.query.flag("link") {
        call.engine().remove_link(call.name())?;
        return Ok(Reply::no_content());
    }
    let request = RemoveRequest {
        force: call.query.flag("force"),
        volumes: call.query.flag("v"),
        ..RemoveRequest::default()
    };
    call.engine().remove(call.name(), request)?;
    Ok(Reply::no_content())
}

/// `POST /containers/prune`
pub fn prune(call: &mut Call) -> Result<Reply> {
    let mut filter = ContainerFilter::new(true);
    for text in call.query.filters()? {
        let key = text.split('=').next().unwrap_or_default();
        if !["label", "label!", "until"].contains(&key) {
            return Kind::Invalid.err(format!("invalid filter '{key}'"));
        }
        filter.add(&text)?;
    }
    let pruned = call.engine().prune_containers(&filter)?;
    Reply::json(&json!({
        "ContainersDeleted": if pruned.containers.is_empty() { None } else { Some(&pruned.containers) },
        "SpaceReclaimed": pruned.reclaimed,
    }))
}
