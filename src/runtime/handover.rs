//! From one execution of the binary to the next: a plan as JSON in a memory file, and descriptors that stay open under their numbers.

use std::convert::Infallible;
use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use nix::sys::memfd::{MFdFlags, memfd_create};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::seal;
use super::sync::Stdio;
use crate::error::{Context, Result};
use crate::sys::clone::{self, ExecStrings};
use crate::sys::fd;
use crate::sys::pty::Size;

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

/// Executes the binary again from a read-only mount, as a role that is given the value and the descriptors; `passed` are the numbers
/// of those that are meant for the program. The container's root may be the
/// user who owns the binary, and could write to it otherwise. The mount is made in this process's mount namespace, where it must be allowed
/// to make one.
pub fn reexec<T: Serialize>(
    role: &str,
    value: &T,
    kept: &[BorrowedFd<'_>],
    passed: &[i32],
) -> Result<Infallible> {
    let sealed = seal::sealed_binary()?;
    let file = pack(value)?;
    for fd in kept.iter().copied().chain([file.as_fd()]) {
        fd::place(fd, fd.as_raw_fd()).context("keeping a descriptor")?;
    }
    fd::keep_in_child(passed).context("keeping a descriptor")?;
    let args = [seal::ROLE, role, "-", &file.as_raw_fd().to_string()];
    let args = ExecStrings::new(args).expect("no NUL bytes");
    let env = ExecStrings::new::<&str>([]).expect("empty");
    clone::exec_fd(sealed.as_fd(), &args, &env).context("executing the sealed binary")
}

/// A descriptor that was handed over.
pub fn adopt(number: i32) -> Result<OwnedFd> {
    fd::adopt(number).context("a descriptor that was handed over is missing")
}

/// Standard streams as a plan names them: by their descriptors' numbers.
#[derive(Debug, Serialize, Deserialize)]
pub enum Streams {
    Given([i32; 3]),
    Terminal(Option<Size>),
}

impl Streams {
    pub fn of(stdio: &Stdio) -> Self {
        match stdio {
            Stdio::Streams(fds) => Self::Given(fds.each_ref().map(AsRawFd::as_raw_fd)),
            Stdio::Terminal(size) => Self::Terminal(*size),
        }
    }

    pub fn adopt(&self) -> Result<Stdio> {
        Ok(match self {
            Self::Given([a, b, c]) => Stdio::Streams([adopt(*a)?, adopt(*b)?, adopt(*c)?]),
            Self::Terminal(size) => Stdio::Terminal(*size),
        })
    }
}
