//! Where another runtime sends the master side of a terminal (`--console-socket`).

use std::os::fd::{AsFd, OwnedFd};
use std::path::{Path, PathBuf};

use crate::error::{Context, Kind, Result};
use crate::sys::socket;

/// What fits into a Unix socket's address, with the NUL byte at its end.
const LONGEST: usize = 107;

#[derive(Debug)]
pub struct Console {
    listener: OwnedFd,
    path: PathBuf,
    /// Made for the socket, where the container's own path is too long.
    directory: Option<PathBuf>,
}

impl Console {
    /// Listens under `name` in the container's run-time directory.
    pub fn listen(run: &Path, name: &str) -> Result<Self> {
        let (mut path, mut directory) = (run.join(name), None);
        if path.as_os_str().len() > LONGEST {
            let made = nix::unistd::mkdtemp("/tmp/dhow-XXXXXX").context("making a directory in /tmp")?;
            path = made.join("tty");
            directory = Some(made);
        }
        // Left by a monitor that was killed.
        let _ = std::fs::remove_file(&path);
        let listener = socket::listen_stream(&path).with_context(|| format!("binding {}", path.display()))?;
        Ok(Self { listener, path, directory })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The terminal. The runtime has ended, so that it is there if it was sent.
    pub fn receive(&self) -> Result<OwnedFd> {
        let received = socket::accept(self.listener.as_fd())
            .and_then(|connection| socket::receive_stream(connection.as_fd()))
            .map(|mut fds| fds.pop());
        match received {
            Ok(Some(master)) => Ok(master),
            Ok(None) | Err(nix::errno::Errno::EAGAIN) => {
                Kind::Unavailable.err("the runtime has sent no terminal to its console socket")
            }
            Err(e) => Err(e).context("receiving the terminal"),
        }
    }
}

impl Drop for Console {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
        if let Some(directory) = &self.directory {
            let _ = std::fs::remove_dir(directory);
        }
    }
}
