//! Steps in an ordinary user's network namespace, for a process with several threads (`dhow serve`): it may not fork and go there itself, as
//! another thread may hold a lock of the allocator at that moment. A process of the role `network-steps` does.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::MetadataExt;
use std::process::Stdio;

use serde::{Deserialize, Serialize};

use super::super::endpoint::{self, Record};
use super::super::network::Network;
use super::super::store::NetworkStore;
use super::super::{bridge, sweep};
use super::{Keeping, hear, tell};
use crate::error::{Context, Kind, Result};
use crate::state::Roots;
use crate::sys::{fd, socket, start};

/// `network-steps ROOT RUNROOT SOCKET`: the step, as JSON, on standard input.
pub const STEPS: &str = "network-steps";

/// What is to be done. Locks that it needs are its caller's.
#[derive(Debug, Serialize, Deserialize)]
pub enum Step {
    Sweep,
    Reload,
    TakeDown(Box<Network>),
    /// Of a container.
    Detach {
        id: String,
        record: Box<Record>,
    },
}

impl Step {
    /// Does it, here if this process may.
    pub fn perform(&self, store: &NetworkStore) -> Result<()> {
        match store.keeping() {
            Some(keeping) if has_threads() => self.elsewhere(keeping),
            _ => self.here(store),
        }
    }

    fn here(&self, store: &NetworkStore) -> Result<()> {
        match self {
            Self::Sweep => sweep::sweep_here(store),
            Self::Reload => bridge::reload_here(store),
            Self::TakeDown(network) => bridge::take_down_here(store, network),
            Self::Detach { id, record } => endpoint::detach_here(store, record, id),
        }
    }

    fn elsewhere(&self, keeping: &Keeping) -> Result<()> {
        let doing = "starting a process for this user's networks";
        let (ours, theirs) = socket::pair().context("making a socket pair")?;
        let mut command = start::role(STEPS);
        command.arg("-").arg(&keeping.roots.root).arg(&keeping.roots.runroot);
        command.arg(theirs.as_raw_fd().to_string()).stdin(Stdio::piped()).stdout(Stdio::null());
        fd::inherit(&mut command, theirs);
        let mut child = command.spawn().context(doing)?;
        // And with it our copy of the other end: the death of the process is to be heard.
        drop(command);
        let request = serde_json::to_vec(self).context("encoding a request")?;
        let sent = child.stdin.take().map_or(Ok(()), |mut stdin| stdin.write_all(&request));
        let told = hear(ours.as_fd());
        child.wait().context("waiting for a process")?;
        told?;
        sent.context(doing)
    }
}

/// Whether this process has more than one thread: they are links of the directory, beside its own two.
pub fn has_threads() -> bool {
    std::fs::metadata("/proc/self/task").is_ok_and(|task| task.nlink() > 3)
}

/// The role `network-steps`.
pub fn role(args: &[OsString]) -> Result<u8> {
    let [root, runroot, socket] = args else { return Kind::Invalid.err("network-steps ROOT RUNROOT SOCKET") };
    let number = socket.to_str().and_then(|n| n.parse().ok()).context("the starter's socket")?;
    let socket = fd::adopt(number).context("the starter's socket")?;
    let roots = Roots { root: root.into(), runroot: runroot.into(), rootless: true };
    let mut request = Vec::new();
    let done = std::io::stdin()
        .read_to_end(&mut request)
        .context("reading the request")
        .and_then(|_| serde_json::from_slice::<Step>(&request).context("reading the request"))
        .and_then(|step| step.here(&NetworkStore::new(&roots)));
    let failed = done.is_err();
    tell(socket.as_fd(), &done.map(|()| Vec::new())).context("answering")?;
    Ok(u8::from(failed))
}
