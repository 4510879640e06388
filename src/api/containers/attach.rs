//! Attaching: to containers that run, and to those that are about to be started.

use std::collections::HashMap;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::{Mutex, MutexGuard, PoisonError};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use tokio::sync::oneshot;

use super::logs;
use crate::api::call::Call;
use crate::api::gone::{self, Gone, Here};
use crate::api::relay::{self, Relay};
use crate::api::reply::Reply;
use crate::api::version::ApiVersion;
use crate::engine::Engine;
use crate::engine::containers::{Attach, ContainerDir, ContainerState, RawStreams, Status};
use crate::error::{Kind, Result};

/// Clients that are attached to containers that don't run. Whoever starts one through this server gives them its streams from the first
/// byte on; if somebody else starts it they are attached when it runs.
#[derive(Debug, Default)]
pub struct Waiting {
    clients: Mutex<HashMap<String, Vec<Client>>>,
}

#[derive(Debug)]
struct Client {
    number: u64,
    wanted: Attach,
    streams: oneshot::Sender<RawStreams>,
    /// Dropped when it was served: ends the watch for somebody else's start.
    _served: Here,
}

impl Waiting {
    fn clients(&self) -> MutexGuard<'_, HashMap<String, Vec<Client>>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, id: &str, client: Client) {
        self.clients().entry(id.into()).or_default().push(client);
    }

    fn take(&self, id: &str) -> Vec<Client> {
        self.clients().remove(id).unwrap_or_default()
    }

    fn take_one(&self, id: &str, number: u64) -> Option<Client> {
        let mut clients = self.clients();
        let list = clients.get_mut(id)?;
        let at = list.iter().position(|c| c.number == number)?;
        let client = list.remove(at);
        if list.is_empty() {
            clients.remove(id);
        }
        Some(client)
    }

    /// Starts a container, with the clients that wait for it. `false` if it runs already.
    pub fn start(&self, engine: &Engine, dir: &ContainerDir) -> Result<bool> {
        let mut clients = self.take(dir.id.as_str());
        clients.retain(|c| !c.streams.is_closed());
        let wanted: Vec<Attach> = clients.iter().map(|c| c.wanted).collect();
        let Some(started) = engine.start_for(dir, &wanted)? else {
            // Somebody else was faster.
            let tty = !clients.is_empty() && dir.config()?.process.tty;
            for client in clients {
                if let Ok(attached) = engine.attach_with(dir, client.wanted, tty, None) {
                    let _ = client.streams.send(attached.into_raw(client.wanted.stdin)?);
                }
            }
            return Ok(false);
        };
        for warning in &started.warnings {
            log::warn!("container {}: {warning}", dir.id.short());
        }
        for (client, attached) in clients.into_iter().zip(started.attached) {
            if let Some(attached) = attached {
                let _ = client.streams.send(attached.into_raw(client.wanted.stdin)?);
            }
        }
        Ok(true)
    }
}

/// `POST /containers/{id}/attach`
pub fn attach(call: &mut Call) -> Result<Reply> {
    let query = &call.query;
    let wanted =
        Attach { stdin: query.flag("stdin"), stdout: query.flag("stdout"), stderr: query.flag("stderr") };
    Ok(Reply::Streams(Box::new(relay(call, wanted, true)?)))
}

/// `GET /containers/{id}/attach/ws`
pub fn attach_web_socket(call: &mut Call) -> Result<Reply> {
    // Clients of older versions get all of them. None has frames: messages are enough.
    let query = &call.query;
    let wants = |name| call.version < ApiVersion(42) || query.flag(name);
    let wanted = Attach { stdin: wants("stdin"), stdout: wants("stdout"), stderr: wants("stderr") };
    let as_text = call.version < ApiVersion(28);
    Ok(Reply::WebSocket(Box::new(Relay { as_text, ..relay(call, wanted, false)? })))
}

fn relay(call: &mut Call, wanted: Attach, frames: bool) -> Result<Relay> {
    let query = &call.query;
    let (stream, log) = (query.flag("stream"), query.flag("logs"));
    let engine = call.engine();
    let (dir, state) = engine.find(call.name())?;
    let config = dir.config()?;
    if state.paused {
        return Kind::Conflict
            .err(format!("Container {} is paused. Unpause the container before attach", call.name()));
    }
    if state.status == Status::Restarting {
        return Kind::Conflict.err(format!(
            "Container {} is restarting. Wait for the container to restart before attach",
            call.name()
        ));
    }
    let detach_keys = engine.detach_keys(query.text("detachKeys"))?;
    let tty = config.process.tty;
    let frames = frames && !tty;
    let wanted = Attach { stdin: wanted.stdin && config.process.open_stdin, ..wanted };
    let past = if log {
        logs::past(engine, &dir, &config, (wanted.stdout, wanted.stderr), frames)?
    } else {
        Vec::new()
    };
    let streams = if !stream {
        relay::none()
    } else if state.status == Status::Running {
        relay::ready(engine.attach_with(&dir, wanted, tty, None)?.into_raw(wanted.stdin)?)
    } else {
        engine.tell_attached(&config);
        wait(call, dir, state, wanted, tty)?
    };
    Ok(Relay { tty, frames, as_text: false, past, streams, start: None, detach_keys })
}

/// Puts the client among those that wait.
fn wait(
    call: &Call,
    dir: ContainerDir,
    state: ContainerState,
    wanted: Attach,
    tty: bool,
) -> Result<oneshot::Receiver<RawStreams>> {
    let (streams, receiver) = oneshot::channel();
    let (here, served) = gone::pair()?;
    let server = call.server.clone();
    let number = server.request_id();
    server.waiting.add(dir.id.as_str(), Client { number, wanted, streams, _served: here });
    // Until then hyper tells whether the client is still there.
    tokio::task::spawn_blocking(move || watch(&server, (&dir, &state), number, tty, &served));
    Ok(receiver)
}

/// Attaches a client that waits when somebody else has started the container.
fn watch(
    server: &crate::api::server::Server,
    (dir, before): (&ContainerDir, &ContainerState),
    number: u64,
    tty: bool,
    served: &Gone,
) {
    let runs = server.engine.wait_for_start(dir, before, served.as_fd());
    let Some(client) = server.waiting.take_one(dir.id.as_str(), number) else { return };
    if let Ok(true) = runs
        && let Ok(attached) = server.engine.attach_with(dir, client.wanted, tty, None)
        && let Ok(raw) = attached.into_raw(client.wanted.stdin)
    {
        let _ = client.streams.send(raw);
    }
}

/// Both sizes of a terminal.
pub fn size(call: &Call) -> Result<(u16, u16)> {
    match (call.query.number("h")?, call.query.number("w")?) {
        (Some(rows), Some(columns)) => Ok((rows, columns)),
        _ => Kind::Invalid.err("invalid resize: h and w must be given"),
    }
}

/// `POST /containers/{id}/resize`
pub fn resize(call: &mut Call) -> Result<Reply> {
    let (rows, columns) = size(call)?;
    call.engine().resize(call.name(), rows, columns)?;
    Ok(Reply::Empty(hyper::StatusCode::OK))
}

/// Whether the client has gone.
pub fn has_gone(gone: BorrowedFd<'_>, milliseconds: u16) -> bool {
    let mut fds = [PollFd::new(gone, PollFlags::POLLIN)];
    poll(&mut fds, PollTimeout::from(milliseconds)).is_ok_and(|n| n > 0)
}
