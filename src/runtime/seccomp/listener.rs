//! Notifications of a seccomp filter: their descriptor goes to whoever listens at `listenerPath` (OCI runtime specification,
//! config-linux.md "The Container Process State").

use std::os::fd::BorrowedFd;
use std::path::PathBuf;

use oci_spec::runtime::{LinuxSeccomp, LinuxSeccompAction};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::{Context, Kind, Result};
use crate::runtime::hooks::ContainerInfo;
use crate::sys::socket;

/// Who gets the notifications, and what he is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    path: PathBuf,
    metadata: Option<String>,
    info: ContainerInfo,
}

impl Listener {
    /// The listener of a profile that notifies.
    pub fn plan(seccomp: &LinuxSeccomp, info: ContainerInfo) -> Result<Option<Self>> {
        let notifies = seccomp.default_action() == LinuxSeccompAction::ScmpActNotify
            || seccomp.syscalls().iter().flatten().any(|s| s.action() == LinuxSeccompAction::ScmpActNotify);
        match (notifies, seccomp.listener_path()) {
            (false, _) => Ok(None),
            (true, None) => Kind::Invalid.err("seccomp: SCMP_ACT_NOTIFY needs linux.seccomp.listenerPath"),
            (true, Some(path)) => {
                Ok(Some(Self { path: path.clone(), metadata: seccomp.listener_metadata().clone(), info }))
            }
        }
    }

    /// Sends the descriptor with the container process state. `first` is the container's first process.
    pub fn send(&self, notifications: BorrowedFd<'_>, pid: i32, first: i32, status: &str) -> Result<()> {
        let mut state = json!({
            "ociVersion": self.info.version,
            "fds": ["seccompFd"],
            "pid": pid,
            "state": self.info.state(status, first),
        });
        if let Some(metadata) = &self.metadata {
            state["metadata"] = metadata.as_str().into();
        }
        let listener = socket::connect_stream(&self.path)
            .with_context(|| format!("connecting to the seccomp listener {}", self.path.display()))?;
        let text = serde_json::to_vec(&state).context("encoding the state")?;
        use std::os::fd::AsFd;
        socket::send(listener.as_fd(), &text, &[notifications]).context("sending to the seccomp listener")
    }
}
