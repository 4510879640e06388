//! The health of a running container, as its monitor knows it.

use std::os::fd::AsFd;

use nix::sys::socket::MsgFlags;

use crate::container::ContainerDir;
use crate::container::health::{HealthState, ProbeResult};
use crate::engine::Engine;
use crate::error::{Kind, Result};
use crate::monitor;
use crate::monitor::protocol::{self, Event, Request};

/// What the monitor of a running container knows; a container that has ended has recorded it.
pub(super) fn health(dir: &ContainerDir) -> Option<HealthState> {
    ask(dir, &Request::Health).ok().flatten()
}

impl Engine {
    /// Checks the health of a container now; the result.
    pub fn check_health(&self, wanted: &str) -> Result<ProbeResult> {
        let (dir, _) = self.require_running(wanted)?;
        match ask(&dir, &Request::Probe)?.and_then(|mut state| state.log.pop_back()) {
            Some(result) => Ok(result),
            None => Kind::Conflict.err(format!("container {wanted} has no health check")),
        }
    }
}

fn ask(dir: &ContainerDir, request: &Request) -> Result<Option<HealthState>> {
    let socket = monitor::connect(dir)?;
    protocol::send(socket.as_fd(), request, &[])?;
    match protocol::receive::<Event>(socket.as_fd(), MsgFlags::empty())? {
        Some((Event::Health { state }, _)) => Ok(state),
        _ => Kind::Conflict.err("the container has ended meanwhile"),
    }
}
