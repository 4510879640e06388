//! Plans on their way from one execution of the binary to the next: JSON in a memory file, named by its descriptor's number.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, BorrowedFd};

use nix::sys::memfd::{MFdFlags, memfd_create};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Context, Result};
use crate::sys::fd;

/// A memory file, close-on-exec, with the value in it.
pub fn pack<T: Serialize>(value: &T) -> Result<File> {
    // Encoded first: the encoder writes every number and comma by itself.
    let text = serde_json::to_vec(value).context("encoding a plan")?;
    let mut file =
        File::from(memfd_create(c"dhow-plan", MFdFlags::MFD_CLOEXEC).context("making a memory file")?);
    file.write_all(&text).context("writing a plan")?;
    file.seek(SeekFrom::Start(0)).context("writing a plan")?;
    Ok(file)
}

/// The value in a memory file that somebody else may read too.
pub fn read<T: DeserializeOwned>(file: BorrowedFd<'_>) -> Result<T> {
    let mut file = File::from(file.try_clone_to_owned().context("reading the plan")?);
    file.seek(SeekFrom::Start(0)).context("reading the plan")?;
    let mut text = Vec::new();
    file.read_to_end(&mut text).context("reading the plan")?;
    serde_json::from_slice(&text).context("reading the plan")
}

/// The value that the parent left in the descriptor whose number is `argument`.
pub fn unpack<T: DeserializeOwned>(argument: &OsStr) -> Result<T> {
    let number = argument.to_str().and_then(|n| n.parse().ok()).context("the plan's descriptor")?;
    read(fd::adopt(number).context("the plan's descriptor")?.as_fd())
}
