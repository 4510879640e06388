//! Where the files of a container are that its monitor owns.

use std::path::PathBuf;

use super::ContainerDir;

impl ContainerDir {
    /// Held by the container's monitor for as long as it lives.
    pub fn lock_path(&self) -> PathBuf {
        self.run.join("lock")
    }

    pub fn socket_path(&self) -> PathBuf {
        self.run.join("monitor.sock")
    }

    /// There while the container is paused; whether it is says its cgroup, which takes ten times as long to ask.
    pub fn paused_path(&self) -> PathBuf {
        self.run.join("paused")
    }

    /// The compiled seccomp filter of a running container.
    pub fn seccomp_path(&self) -> PathBuf {
        self.run.join("bundle/seccomp.bpf")
    }

    pub fn log_path(&self) -> PathBuf {
        self.path.join("log")
    }
}
