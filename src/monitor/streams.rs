//! The standard streams of a container's program, and the monitor's ends of them.

use std::fs::File;
use std::os::fd::OwnedFd;

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use crate::container::config::ContainerConfig;
use crate::error::{Context, Result};
use crate::runtime::Stdio;
use crate::sys::pty::Size;

pub struct Streams {
    pub inside: Stdio,
    pub stdin: Option<OwnedFd>,
    pub stdout: Option<OwnedFd>,
    pub stderr: Option<OwnedFd>,
}

impl Streams {
    pub fn new(config: &ContainerConfig, size: Option<Size>, passed: &[OwnedFd]) -> Result<Self> {
        if let [stdin, stdout, stderr] = passed {
            let copy = |fd: &OwnedFd| fd.try_clone().context("duplicating a standard stream");
            let inside = Stdio::Streams([copy(stdin)?, copy(stdout)?, copy(stderr)?]);
            return Ok(Self { inside, stdin: None, stdout: None, stderr: None });
        }
        if config.process.tty {
            return Ok(Self { inside: Stdio::Terminal(size), stdin: None, stdout: None, stderr: None });
        }
        let pipe = || nix::unistd::pipe2(OFlag::O_CLOEXEC).context("making a pipe");
        let (theirs_in, stdin) = if config.process.open_stdin {
            let (read, write) = pipe()?;
            (read, Some(write))
        } else {
            (File::open("/dev/null").context("opening /dev/null")?.into(), None)
        };
        let (stdout, theirs_out) = pipe()?;
        let (stderr, theirs_err) = pipe()?;
        for fd in [Some(&stdout), Some(&stderr), stdin.as_ref()].into_iter().flatten() {
            non_blocking(fd)?;
        }
        let inside = Stdio::Streams([theirs_in, theirs_out, theirs_err]);
        Ok(Self { inside, stdin, stdout: Some(stdout), stderr: Some(stderr) })
    }
}

pub fn non_blocking(fd: &OwnedFd) -> Result<()> {
    fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).context("making a descriptor non-blocking")?;
    Ok(())
}
