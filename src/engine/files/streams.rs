//! The role's ends of the pipes: what comes out of a container, and what goes in.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use std::os::fd::{AsFd, AsRawFd, OwnedFd};

use nix::fcntl::{FcntlArg, OFlag, fcntl};

use super::place::Ground;
use super::role::{self, Answer, Work};
use crate::error::{self, Context, Error, Kind, Result};
use crate::layers::aside::Aside;
use crate::namespaces::mapped;
use crate::runtime::handover;
use crate::sys::{self, socket};
use crate::volumes::VolumeLock;

/// What the kernel lets everybody have in a pipe.
const PIPE: i32 = 1 << 20;

/// The role at work.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    answers: BufReader<std::fs::File>,
    ended: bool,
}

/// Which of its standard streams are ours.
#[derive(Debug)]
pub(super) enum Streams {
    None,
    Out,
    In,
    /// Its output goes there, and not through our hands.
    Into(OwnedFd),
}

impl Running {
    /// Starts the role for a container's files. The ground's lock is the role's, too: it lasts as long as its work.
    pub fn start(ground: &Ground, work: &Work, streams: Streams) -> Result<Self> {
        Self::spawn((ground.outside, ground.lock_fd()?), work, streams, None)
    }

    /// The same, with a way beside the stream for large files.
    pub fn with_aside(ground: &Ground, work: &Work, streams: Streams) -> Result<(Self, Aside)> {
        let (ours, theirs) = socket::pair().context("making a pair of sockets")?;
        let role = Self::spawn((ground.outside, ground.lock_fd()?), work, streams, Some(theirs))?;
        Ok((role, Aside::new(ours)))
    }

    /// Starts the role for the files of a volume, which is locked as long as it works. `outside`: they are where a container runs.
    pub fn on_volume(lock: &VolumeLock, outside: bool, work: &Work, streams: Streams) -> Result<Self> {
        let lock = lock.as_fd().try_clone_to_owned().context("duplicating a lock")?;
        Self::spawn((outside, Some(lock)), work, streams, None)
    }

    /// Starts the role for layers, with this user's mapped ids.
    pub fn on_layers(work: &Work, streams: Streams) -> Result<Self> {
        Self::spawn((false, None), work, streams, None)
    }

    fn spawn(
        (outside, lock): (bool, Option<OwnedFd>),
        work: &Work,
        streams: Streams,
        aside: Option<OwnedFd>,
    ) -> Result<Self> {
        let plan = handover::pack(work)?;
        let (answers, theirs) = nix::unistd::pipe2(OFlag::O_CLOEXEC).context("making a pipe")?;
        let mut args = vec![plan.as_raw_fd().to_string(), theirs.as_raw_fd().to_string()];
        args.extend(aside.as_ref().map(|aside| aside.as_raw_fd().to_string()));
        let configure = |command: &mut Command| {
            match streams {
                Streams::None => command.stdin(Stdio::null()).stdout(Stdio::null()),
                Streams::Out => command.stdin(Stdio::null()).stdout(Stdio::piped()),
                Streams::In => command.stdin(Stdio::piped()).stdout(Stdio::null()),
                Streams::Into(out) => command.stdin(Stdio::null()).stdout(out),
            };
            sys::fd::inherit(command, OwnedFd::from(plan));
            sys::fd::inherit(command, theirs);
            for fd in [lock, aside].into_iter().flatten() {
                sys::fd::inherit(command, fd);
            }
        };
        let child = if outside {
            mapped::spawn_outside(role::FILES, &args, configure)?
        } else {
            mapped::spawn(role::FILES, &args, configure)?.child
        };
        Ok(Self { child, answers: BufReader::new(answers.into()), ended: false })
    }

    /// The next answer; a failure is an error.
    pub fn answer(&mut self) -> Result<Answer> {
        let mut line = Vec::new();
        self.answers.read_until(b'\n', &mut line).context("reading an answer")?;
        if line.is_empty() {
            self.ended = true;
            let status = self.child.wait().context("waiting for a process")?;
            return Err(anyhow::anyhow!("the process that works on the files ended early ({status})"));
        }
        match serde_json::from_slice(&line).context("reading an answer")? {
            Answer::Failed { kind, message } => Err(Answer::error(kind, message)),
            answer => Ok(answer),
        }
    }

    /// Waits for its end: the error that it met, if it met one.
    pub fn finish(&mut self) -> Result<()> {
        if self.ended {
            return Ok(());
        }
        self.ended = true;
        let answer = self.answer();
        self.child.wait().context("waiting for a process")?;
        match answer? {
            Answer::Done => Ok(()),
            other => Kind::Corrupt.err(format!("an answer that was not asked for: {other:?}")),
        }
    }

    fn stop(&mut self) {
        if !self.ended {
            self.ended = true;
            // Our child: its pid is its own until it is waited for.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

fn widen(pipe: &impl AsFd) {
    // Fewer switches between the two processes; a limit on this user's pipes is no reason to fail.
    let _ = fcntl(pipe, FcntlArg::F_SETPIPE_SZ(PIPE));
}

/// A tar stream out of a container. Its end is told only when all of it was right.
#[derive(Debug)]
pub struct GetStream {
    role: Running,
    out: ChildStdout,
}

impl GetStream {
    pub(super) fn new(mut role: Running) -> Result<Self> {
        let out = role.child.stdout.take().context("a role without output")?;
        widen(&out);
        Ok(Self { role, out })
    }
}

impl Read for GetStream {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self.out.read(buffer)? {
            0 if !buffer.is_empty() => self.role.finish().map(|()| 0).map_err(error::into_io),
            n => Ok(n),
        }
    }
}

/// A tar stream into a container. Nothing counts before [`Self::finish`].
#[derive(Debug)]
pub struct PutStream {
    role: Running,
    input: Option<ChildStdin>,
}

impl PutStream {
    pub(super) fn new(mut role: Running) -> Result<Self> {
        let input = role.child.stdin.take().context("a role without input")?;
        widen(&input);
        Ok(Self { role, input: Some(input) })
    }

    /// Waits until everything is in the container. `written` tells whether the whole archive was written: if not, the end of the stream is
    /// not to be taken for the archive's.
    pub fn finish(mut self, written: Result<()>) -> Result<()> {
        match written {
            Ok(()) => {
                self.input = None;
                self.role.finish()
            }
            Err(error) if is_broken_pipe(&error) => {
                self.input = None;
                // The role has stopped reading, and says why.
                self.role.finish().and(Err(error))
            }
            Err(error) => {
                self.role.stop();
                Err(error)
            }
        }
    }
}

fn is_broken_pipe(error: &Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<std::io::Error>().is_some_and(|e| e.kind() == ErrorKind::BrokenPipe)
    })
}

impl Write for PutStream {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.input.as_mut().ok_or(ErrorKind::BrokenPipe)?.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
