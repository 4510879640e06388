//! Facts about this dhow and its host, in the shape of Docker's `info` and `version`.

use serde_json::{Value, json};

use super::Engine;
use super::containers::ContainerFilter;
use super::images::ListRequest;
use crate::cgroups;
use crate::container::Status;
use crate::error::{Context, Result};

impl Engine {
    /// What is there and what it runs on.
    pub fn info(&self) -> Result<Value> {
        let all = ContainerFilter::new(true);
        let containers = self.list_containers_as(&all, |c| Ok((c.state.status, c.state.paused)))?.found;
        let running = containers.iter().filter(|(status, _)| *status == Status::Running).count();
        let settings = self.settings()?;
        let uname = nix::sys::utsname::uname().context("asking for the kernel's version")?;
        let text = |s: &std::ffi::OsStr| s.to_string_lossy().into_owned();
        Ok(json!({
            "Containers": containers.len(),
            "ContainersRunning": running,
            "ContainersPaused": containers.iter().filter(|(_, paused)| *paused).count(),
            "ContainersStopped": containers.len() - running,
            "Images": self.list_images(&ListRequest::default())?.len(),
            "Driver": "overlay2",
            "LoggingDriver": settings.log_config(None, &[])?.driver.name(),
            "CgroupDriver": if cgroups::systemd::is_usual() { "systemd" } else { "cgroupfs" },
            "CgroupVersion": if cgroups::is_unified() { "2" } else { "1" },
            "KernelVersion": text(uname.release()),
            "OperatingSystem": os_name(),
            "OSType": "linux",
            "Architecture": text(uname.machine()),
            "NCPU": std::thread::available_parallelism().map_or(1, usize::from),
            "MemTotal": super::containers::memory_total(),
            "DhowRootDir": self.roots.root.display().to_string(),
            "DhowRunRootDir": self.roots.runroot.display().to_string(),
            "Name": text(uname.nodename()),
            "ServerVersion": env!("CARGO_PKG_VERSION"),
            "Runtimes": settings.runtimes(),
            "DefaultRuntime": settings.default_runtime(),
            "CDISpecDirs": crate::container::cdi::DIRECTORIES,
            "SecurityOptions": security(self.roots.rootless),
            "Configuration": settings.shown(),
        }))
    }
}

/// The kernel's version.
pub fn kernel() -> Result<String> {
    let uname = nix::sys::utsname::uname().context("asking for the kernel's version")?;
    Ok(uname.release().to_string_lossy().into_owned())
}

fn security(rootless: bool) -> Vec<&'static str> {
    let mut options = vec!["name=seccomp,profile=builtin", "name=cgroupns"];
    if rootless {
        options.push("name=rootless");
    }
    options
}

fn os_name() -> String {
    of_release("PRETTY_NAME").unwrap_or_else(|| "Linux".into())
}

/// The version of the host's distribution; empty if it has none.
pub fn os_version() -> String {
    of_release("VERSION_ID").unwrap_or_default()
}

/// A field of os-release(5).
fn of_release(field: &str) -> Option<String> {
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    let value = release.lines().find_map(|l| l.strip_prefix(field)?.strip_prefix('='))?;
    Some(value.trim_matches('"').to_string())
}

/// What `version` tells.
pub fn version() -> Value {
    json!({
        "Client": {
            "Version": env!("CARGO_PKG_VERSION"),
            "Os": std::env::consts::OS,
            "Arch": if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        },
        // The same program: scripts ask for what serves them.
        "Server": {
            "Version": env!("CARGO_PKG_VERSION"),
            "Os": std::env::consts::OS,
            "Arch": if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" },
        },
    })
}
