//! Calls about further programs in containers.

use std::path::PathBuf;

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::Call;
use super::containers::terminal_size;
use super::json::{Words, or_default};
use super::relay::{self, Relay};
use super::reply::Reply;
use super::version::ApiVersion;
use crate::engine::containers::ExecConfig;
use crate::error::{Kind, Result, one_line};

/// Older clients give a terminal its size when its program runs.
fn has_sizes(version: ApiVersion) -> bool {
    version >= ApiVersion(42)
}

/// Rows and columns; zeros are none.
pub fn console_size(given: Option<[u16; 2]>) -> Option<(u16, u16)> {
    given.filter(|size| !size.contains(&0)).map(|[rows, columns]| (rows, columns))
}

/// ExecConfig
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct CreateBody {
    #[serde(deserialize_with = "or_default")]
    attach_stdin: bool,
    #[serde(deserialize_with = "or_default")]
    attach_stdout: bool,
    #[serde(deserialize_with = "or_default")]
    attach_stderr: bool,
    #[serde(deserialize_with = "or_default")]
    detach_keys: String,
    #[serde(deserialize_with = "or_default")]
    tty: bool,
    console_size: Option<[u16; 2]>,
    #[serde(deserialize_with = "or_default")]
    env: Vec<String>,
    cmd: Option<Words>,
    #[serde(deserialize_with = "or_default")]
    privileged: bool,
    #[serde(deserialize_with = "or_default")]
    user: String,
    #[serde(deserialize_with = "or_default")]
    working_dir: String,
}

/// `POST /containers/{id}/exec`
pub fn create(call: &mut Call) -> Result<Reply> {
    let (body, version): (CreateBody, _) = (call.json()?, call.version);
    let some = |text: String| Some(text).filter(|t| !t.is_empty());
    let engine = call.engine();
    let command = body.cmd.map(Words::into_list).unwrap_or_default();
    if command.is_empty() {
        return Kind::Invalid.err("No exec command specified");
    }
    if !body.detach_keys.is_empty() {
        engine.detach_keys(Some(&body.detach_keys))?;
    }
    let console_size = console_size(body.console_size.filter(|_| has_sizes(version)));
    let id = engine.create_exec(call.name(), |id, container| ExecConfig {
        id,
        container,
        command,
        env: body.env,
        cwd: some(body.working_dir).map(PathBuf::from),
        user: some(body.user),
        tty: body.tty,
        console_size,
        stdin: body.attach_stdin,
        stdout: body.attach_stdout,
        stderr: body.attach_stderr,
        privileged: body.privileged,
        detach_keys: some(body.detach_keys),
    })?;
    Reply::created(&json!({"Id": id}))
}

/// ExecStartConfig
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct StartBody {
    #[serde(deserialize_with = "or_default")]
    detach: bool,
    /// The client reads the output as it comes, without frames.
    #[serde(deserialize_with = "or_default")]
    tty: bool,
    console_size: Option<[u16; 2]>,
}

/// `POST /exec/{id}/start`
pub fn start(call: &mut Call) -> Result<Reply> {
    // A client that hijacks sends no length with what may be its input.
    let (body, version): (StartBody, _) = (call.json_or_default()?, call.version);
    let engine = call.engine();
    let inspect = engine.inspect_exec(call.name())?;
    let config = engine.claim_exec(call.name())?;
    let size = console_size(body.console_size.filter(|_| has_sizes(version))).or(config.console_size);
    if body.detach {
        engine.start_claimed_exec(&config, true, size)?;
        return Ok(Reply::Empty(hyper::StatusCode::OK));
    }
    let tty = config.tty;
    let detach_keys = engine.detach_keys(inspect.config.detach_keys.as_deref())?;
    let server = call.server.clone();
    // As dockerd: a client that is about to get the program's output gets an error instead of it, and asks for the exit code.
    let start: relay::Start = Box::new(move || {
        let started = server.engine.start_claimed_exec(&config, false, size);
        started.map_err(|error| format!("{}\r\n", one_line(&error)))
    });
    let streams = relay::none();
    Ok(Reply::Streams(Box::new(Relay {
        tty,
        // As dockerd: this request says how its answer is written, whatever the program has.
        frames: !body.tty,
        as_text: false,
        past: Vec::new(),
        streams,
        start: Some(start),
        detach_keys,
    })))
}

/// `POST /exec/{id}/resize`
pub fn resize(call: &mut Call) -> Result<Reply> {
    let (rows, columns) = terminal_size(call)?;
    call.engine().resize_exec(call.name(), rows, columns)?;
    Ok(Reply::Empty(hyper::StatusCode::OK))
}

/// `GET /exec/{id}/json` (ExecInspectResponse)
pub fn inspect(call: &mut Call) -> Result<Reply> {
    let inspect = call.engine().inspect_exec(call.name())?;
    let config = &inspect.config;
    let (program, arguments) = config.command.split_first().map_or(("", &[][..]), |(p, a)| (p.as_str(), a));
    let exit_code: Value = inspect.state.and_then(|s| s.exit_code).into();
    Reply::json(&json!({
        "ID": config.id,
        "Running": inspect.running,
        "ExitCode": exit_code,
        "ProcessConfig": {
            "tty": config.tty,
            "entrypoint": program,
            "arguments": arguments,
            "privileged": config.privileged,
            "user": config.user.clone().unwrap_or_default(),
        },
        "OpenStdin": config.stdin,
        "OpenStderr": config.stderr,
        "OpenStdout": config.stdout,
        "CanRemove": exit_code_known(inspect.state),
        "ContainerID": config.container.as_str(),
        "DetachKeys": config.detach_keys.clone().unwrap_or_default(),
        "Pid": inspect.state.map_or(0, |s| s.pid),
    }))
}

fn exit_code_known(state: Option<crate::engine::containers::ExecState>) -> bool {
    state.is_some_and(|s| s.exit_code.is_some())
}
