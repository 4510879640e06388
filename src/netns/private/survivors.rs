//! A private namespace whose process was killed lives on in the monitors of its containers, which hold it open.

use std::fs::File;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;

use super::Namespaces;
use crate::sys::socket;

/// The namespaces that some container's monitor holds.
pub fn namespaces(containers: &Path) -> Option<Namespaces> {
    let mut entries = std::fs::read_dir(containers).ok()?.flatten();
    entries.find_map(|entry| held_by(monitor(&entry.path())?))
}

/// The process that answers for the container with this run-time directory.
fn monitor(run: &Path) -> Option<i32> {
    let dir = File::open(run).ok()?;
    let connection = socket::connect(dir.as_fd(), "monitor.sock").ok()?;
    socket::peer(connection.as_fd()).ok()
}

fn held_by(pid: i32) -> Option<Namespaces> {
    let entries: Vec<_> = std::fs::read_dir(format!("/proc/{pid}/fd")).ok()?.flatten().collect();
    let open = |kind: &str| -> Option<OwnedFd> {
        let is = |path: &Path| {
            std::fs::read_link(path).is_ok_and(|target| target.to_str().is_some_and(|t| t.starts_with(kind)))
        };
        let path = entries.iter().map(std::fs::DirEntry::path).find(|path| is(path))?;
        Some(File::open(path).ok()?.into())
    };
    Some(Namespaces { user: open("user:[")?, network: open("net:[")? })
}
