//! What is on its way from one socket to another stays in the kernel: splice(2) by way of a pipe. A connection has a pipe only while there is
//! something in it.

use std::os::fd::{BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, SpliceFFlags, fcntl, splice};
use nix::unistd::pipe2;

/// In bytes. What the kernel gives an ordinary user is less when he has many.
const SIZE: usize = 256 * 1024;
/// Empty pipes that are kept for the next.
const SPARE: usize = 4;

#[derive(Debug)]
struct Pipe {
    read: OwnedFd,
    write: OwnedFd,
}

#[derive(Debug, Default)]
pub struct Pipes {
    spare: Vec<Pipe>,
}

impl Pipes {
    fn take(&mut self) -> nix::Result<Pipe> {
        if let Some(pipe) = self.spare.pop() {
            return Ok(pipe);
        }
        let (read, write) = pipe2(OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)?;
        // A smaller one does.
        let _ = fcntl(&write, FcntlArg::F_SETPIPE_SZ(SIZE as i32));
        Ok(Pipe { read, write })
    }

    fn put(&mut self, pipe: Pipe) {
        if self.spare.len() < SPARE {
            self.spare.push(pipe);
        }
    }
}

/// What is known of two sockets, from one of which something goes to the other.
#[derive(Debug, Default)]
pub struct Gauge {
    /// As far as is known.
    pub readable: bool,
    pub writable: bool,
    /// Nothing more comes.
    pub ended: bool,
}

/// What goes from one socket to another, and how far that has come.
#[derive(Debug, Default)]
pub struct Direction {
    /// With so many bytes in it.
    pipe: Option<(Pipe, u32)>,
    pub gauge: Gauge,
    /// That it has ended has been passed on.
    pub shut: bool,
}

/// What moving has come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// Until an event.
    AsFarAsItGoes,
    /// There is more, but others have their turn.
    More,
}

impl Direction {
    /// Moves what there is. A direction that has ended and has nothing left is to be shut.
    pub fn advance(
        &mut self,
        from: BorrowedFd<'_>,
        to: BorrowedFd<'_>,
        pipes: &mut Pipes,
    ) -> nix::Result<Moved> {
        for _ in 0..8 {
            if !self.empty(to, pipes)? || !self.gauge.readable || self.gauge.ended {
                return Ok(Moved::AsFarAsItGoes);
            }
            let pipe = pipes.take()?;
            match splice(from, None, &pipe.write, None, SIZE, FLAGS) {
                Ok(0) => {
                    self.gauge.ended = true;
                    pipes.put(pipe);
                }
                Ok(count) => self.pipe = Some((pipe, count as u32)),
                Err(Errno::EAGAIN) => {
                    self.gauge.readable = false;
                    pipes.put(pipe);
                }
                Err(errno) => return Err(errno),
            }
        }
        Ok(Moved::More)
    }

    /// Whether everything in the pipe has been taken.
    fn empty(&mut self, to: BorrowedFd<'_>, pipes: &mut Pipes) -> nix::Result<bool> {
        while let Some((pipe, left)) = &mut self.pipe {
            if !self.gauge.writable {
                return Ok(false);
            }
            match splice(&pipe.read, None, to, None, *left as usize, FLAGS) {
                Ok(count) => *left -= count as u32,
                Err(Errno::EAGAIN) => self.gauge.writable = false,
                Err(errno) => return Err(errno),
            }
            if *left == 0
                && let Some((pipe, _)) = self.pipe.take()
            {
                pipes.put(pipe);
            }
        }
        Ok(true)
    }

    pub fn is_drained(&self) -> bool {
        self.gauge.ended && self.pipe.is_none()
    }
}

const FLAGS: SpliceFFlags = SpliceFFlags::SPLICE_F_NONBLOCK.union(SpliceFFlags::SPLICE_F_MOVE);
