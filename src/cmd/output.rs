//! Results on standard output.

use std::io::{ErrorKind, Write};

use crate::error::{Context, Kind, Result};

/// Writes the result of a command. A reader that has gone away (`head`) ends the command quietly.
pub(crate) fn write(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() == ErrorKind::BrokenPipe => Kind::Exit(0).err("nobody reads it"),
        written => written.context("writing the result"),
    }
}
