//! Noticing, on a thread that waits for something else, that the client has gone.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use nix::fcntl::OFlag;

use crate::error::{Context, Result};

/// Becomes readable (as a pipe whose other end was closed) when the client's connection has ended. Waits of the engine take it along.
pub type Gone = Arc<OwnedFd>;

/// Kept by whoever knows that the client is still there: nobody writes to this end of the pipe, it is closed when it is dropped.
#[derive(Debug)]
pub struct Here {
    _end: OwnedFd,
}

pub fn pair() -> Result<(Here, Gone)> {
    let (read, write) = nix::unistd::pipe2(OFlag::O_CLOEXEC).context("making a pipe")?;
    Ok((Here { _end: write }, Arc::new(read)))
}
