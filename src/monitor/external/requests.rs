//! What clients want of a container that can be had of its runtime only: signals, a pause, a list of processes, new limits.

use std::os::fd::AsFd;

use oci_spec::runtime::LinuxResources;
use serde::{Deserialize, Serialize};

use super::{Call, External};
use crate::container::config::RestartPolicy;
use crate::container::resources::Resources;
use crate::error::{Kind, Result, one_line};
use crate::monitor::event_loop::Monitor;
use crate::monitor::poller::Token;
use crate::monitor::protocol::{self, Event};
use crate::monitor::sessions::Session;

/// To be done by the runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Operation {
    Signal(i32),
    Pause,
    Resume,
    /// The pids as the host sees them, as a JSON list.
    Processes,
}

/// A call that goes on.
#[derive(Debug)]
pub struct ClientCall {
    id: u64,
    /// Whoever asked for it, and waits.
    client: Option<u64>,
    then: Then,
    call: Call,
}

/// What its success means.
#[derive(Debug)]
enum Then {
    Operated(Operation),
    Updated(Box<Resources>, RestartPolicy),
}

impl Monitor {
    pub(in crate::monitor) fn operate(&mut self, client: Option<u64>, operation: Operation) {
        let call = self.with_runtime(|external| external.operation(operation));
        self.begin_call(client, call, Then::Operated(operation));
    }

    pub(in crate::monitor) fn update_by_runtime(
        &mut self,
        client: u64,
        (resources, restart): (Box<Resources>, RestartPolicy),
        spec: &LinuxResources,
    ) {
        let call = self.with_runtime(|external| external.update(spec));
        self.begin_call(Some(client), call, Then::Updated(resources, restart));
    }

    fn with_runtime(&self, start: impl FnOnce(&External) -> Result<Call>) -> Result<Call> {
        match (self.run.external(), self.run.pidfd()) {
            (Some(external), Some(_)) => start(external),
            _ => Kind::Conflict.err(format!("container {} is not running", self.dir.id)),
        }
    }

    fn begin_call(&mut self, client: Option<u64>, call: Result<Call>, then: Then) {
        let id = self.next_id();
        let watched = call.and_then(|call| {
            self.poller.watch(call.process.pidfd.as_fd(), Token::Call(id))?;
            Ok(call)
        });
        match (watched, client) {
            (Ok(call), client) => self.calls.push(ClientCall { id, client, then, call }),
            (Err(error), Some(client)) => self.tell(client, &protocol::failed(&error), &[]),
            (Err(error), None) => log::warn!("{}", one_line(&error)),
        }
    }

    pub(in crate::monitor) fn call_event(&mut self, id: u64) {
        let Some(at) = self.calls.iter().position(|c| c.id == id) else { return };
        let ClientCall { client, then, call, .. } = self.calls.swap_remove(at);
        let process = call.process.pidfd.as_fd().try_clone_to_owned();
        let ended = match call.finish() {
            Ok(ended) => ended,
            Err(call) => return self.calls.push(ClientCall { id, client, then, call: *call }),
        };
        if let Ok(process) = process {
            self.poller.unwatch(process.as_fd());
        }
        let event = match ended {
            Ok(output) => self.called(then, output),
            Err(error) => protocol::failed(&error),
        };
        if let Some(client) = client {
            self.tell(client, &event, &[]);
        }
    }

    fn called(&mut self, then: Then, output: String) -> Event {
        match then {
            Then::Updated(resources, restart) => {
                self.config.resources = *resources;
                self.config.restart = restart;
                return Event::Updated;
            }
            Then::Operated(Operation::Pause | Operation::Resume) => {
                self.state.frozen = matches!(then, Then::Operated(Operation::Pause));
                self.record();
            }
            Then::Operated(_) => {}
        }
        Event::Done { output }
    }

    /// Reaps what became ours of the container's processes, but not those that are waited for elsewhere.
    pub(in crate::monitor) fn reap_orphans(&self) {
        let Some(external) = self.run.external() else { return };
        // A program that is being started ends as our child before we have heard of it.
        let compressing = self.log.as_ref().is_some_and(|log| log.helper().is_some());
        if compressing || self.sessions.iter().any(Session::is_starting) {
            return;
        }
        let mut known: Vec<i32> = self.sessions.iter().map(Session::pid).collect();
        known.extend(self.calls.iter().map(|c| c.call.process.pid));
        known.extend(self.run.pid());
        external.reap_orphans(&known);
    }
}
