//! One output stream of a container on its way to the log and to any number of clients.
//!
//! A client that doesn't read holds the container up, as a full pipe would; one that goes away doesn't. Without a log and with one
//! client, data is moved from pipe to pipe without being copied.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{SpliceFFlags, splice};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};

use crate::container::log::{Clock, MAX_LINE, Stream, Writer};

/// A client's end of a pipe for this stream.
#[derive(Debug)]
pub struct Outlet {
    pub client: u64,
    fd: OwnedFd,
    /// Read from the container, not yet taken by this client.
    pending: Vec<u8>,
}

/// What became of an attempt to move data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moved {
    /// There may be more.
    Some,
    /// Nothing to be read at the moment.
    Empty,
    /// A client is full: wait until it is writable.
    Blocked,
    /// The container has closed the stream.
    End,
}

#[derive(Debug)]
pub struct Fanout {
    source: Option<OwnedFd>,
    stream: Stream,
    /// The source is a pipe: data can be spliced.
    pipe: bool,
    outlets: Vec<Outlet>,
    /// A line without its end so far.
    line: Vec<u8>,
    /// The last attempt to splice found the client full.
    held_up: bool,
}

/// Moved at a time.
const CHUNK: usize = 64 * 1024;

impl Fanout {
    pub fn new(source: OwnedFd, stream: Stream, pipe: bool) -> Self {
        Self { source: Some(source), stream, pipe, outlets: Vec::new(), line: Vec::new(), held_up: false }
    }

    pub fn source(&self) -> Option<BorrowedFd<'_>> {
        self.source.as_ref().map(AsFd::as_fd)
    }

    /// Connects a client; `fd` is non-blocking.
    pub fn add(&mut self, client: u64, fd: OwnedFd) {
        self.outlets.push(Outlet { client, fd, pending: Vec::new() });
    }

    /// Whether this client is connected to the stream.
    pub fn serves(&self, client: u64) -> bool {
        self.outlets.iter().any(|o| o.client == client)
    }

    pub fn remove(&mut self, client: u64) {
        self.outlets.retain(|o| o.client != client);
    }

    /// Whether a client has yet to take data, or the stream is held up by one.
    pub fn is_blocked(&self) -> bool {
        self.outlets.iter().any(|o| !o.pending.is_empty()) || (self.held_up && !self.outlets.is_empty())
    }

    /// The clients whose pipes must become writable for the stream to go on.
    pub fn waiting(&self) -> impl Iterator<Item = (u64, BorrowedFd<'_>)> {
        let pending = self.outlets.iter().any(|o| !o.pending.is_empty());
        self.outlets
            .iter()
            .filter(move |o| !pending || !o.pending.is_empty())
            .map(|o| (o.client, o.fd.as_fd()))
    }

    /// Ends the stream, with the last unfinished line going to the log.
    pub fn close(&mut self, log: Option<&mut Writer>) {
        self.end(log);
    }

    /// Moves what is there. `buffer` is scratch space of [`Fanout::BUFFER`] bytes.
    pub fn pump(&mut self, log: Option<&mut Writer>, buffer: &mut [u8]) -> Moved {
        if !self.deliver() {
            return Moved::Blocked;
        }
        if self.source.is_none() {
            return Moved::End;
        }
        if log.is_none() && self.pipe && self.outlets.len() == 1 {
            match self.splice() {
                Some(moved) => {
                    self.held_up = moved == Moved::Blocked;
                    return moved;
                }
                // The client is gone: read on, for whoever comes next.
                None => self.outlets.clear(),
            }
        }
        self.copy(log, buffer)
    }

    pub const BUFFER: usize = CHUNK;

    /// Hands over what clients did not take before. Whether all of it went.
    fn deliver(&mut self) -> bool {
        self.outlets.retain_mut(|outlet| {
            if outlet.pending.is_empty() {
                return true;
            }
            match write_some(outlet.fd.as_fd(), &outlet.pending) {
                Ok(n) => {
                    outlet.pending.drain(..n);
                    true
                }
                Err(_) => false,
            }
        });
        self.outlets.iter().all(|o| o.pending.is_empty())
    }

    /// `None` if the client is gone.
    fn splice(&mut self) -> Option<Moved> {
        let source = self.source.as_ref()?;
        let outlet = self.outlets.first()?;
        let flags = SpliceFFlags::SPLICE_F_NONBLOCK | SpliceFFlags::SPLICE_F_MOVE;
        match splice(source, None, &outlet.fd, None, 16 * CHUNK, flags) {
            Ok(0) => {
                self.source = None;
                Some(Moved::End)
            }
            Ok(_) | Err(Errno::EINTR) => Some(Moved::Some),
            Err(Errno::EAGAIN) => {
                Some(if writable(outlet.fd.as_fd()) { Moved::Empty } else { Moved::Blocked })
            }
            Err(_) => None,
        }
    }

    fn copy(&mut self, log: Option<&mut Writer>, buffer: &mut [u8]) -> Moved {
        let Some(source) = &self.source else { return Moved::End };
        let n = match nix::unistd::read(source, buffer) {
            Ok(0) => return self.end(log),
            Ok(n) => n,
            Err(Errno::EAGAIN) => return Moved::Empty,
            Err(Errno::EINTR) => return Moved::Some,
            // A terminal's master side says so when the last process has closed the other.
            Err(_) => return self.end(log),
        };
        let data = &buffer[..n];
        if let Some(log) = log {
            self.log_lines(log, data);
        }
        self.outlets.retain_mut(|outlet| match write_some(outlet.fd.as_fd(), data) {
            Ok(written) => {
                outlet.pending.extend_from_slice(&data[written..]);
                true
            }
            Err(_) => false,
        });
        if self.outlets.iter().any(|o| !o.pending.is_empty()) { Moved::Blocked } else { Moved::Some }
    }

    fn end(&mut self, log: Option<&mut Writer>) -> Moved {
        self.source = None;
        if let Some(log) = log
            && !self.line.is_empty()
        {
            let line = std::mem::take(&mut self.line);
            // Logged or lost: a full disk must not keep the container from ending.
            let _ = log.add(&line, self.stream, &Clock::now()).and_then(|()| log.flush());
        }
        Moved::End
    }

    /// Whole lines go to the log at once, a rest waits for its end.
    fn log_lines(&mut self, log: &mut Writer, data: &[u8]) {
        let clock = Clock::now();
        let mut rest = data;
        while let Some(at) = memchr::memchr(b'\n', rest) {
            let (line, after) = rest.split_at(at + 1);
            rest = after;
            self.log_line(log, line, &clock);
        }
        if self.line.len() + rest.len() >= MAX_LINE {
            self.log_line(log, rest, &clock);
        } else {
            self.line.extend_from_slice(rest);
        }
        let _ = log.flush();
    }

    fn log_line(&mut self, log: &mut Writer, tail: &[u8], clock: &Clock) {
        let joined;
        let mut line = if self.line.is_empty() {
            tail
        } else {
            self.line.extend_from_slice(tail);
            joined = std::mem::take(&mut self.line);
            &joined
        };
        while line.len() > MAX_LINE {
            let (part, after) = line.split_at(MAX_LINE);
            let _ = log.add(part, self.stream, clock);
            line = after;
        }
        if line.ends_with(b"\n") {
            let _ = log.add(line, self.stream, clock);
        } else {
            self.line.extend_from_slice(line);
        }
    }
}

/// Writes as much as the pipe takes now. `Err` if nobody reads it any more.
fn write_some(fd: BorrowedFd<'_>, data: &[u8]) -> nix::Result<usize> {
    let mut written = 0;
    while written < data.len() {
        match nix::unistd::write(fd, &data[written..]) {
            Ok(n) => written += n,
            Err(Errno::EAGAIN) => break,
            Err(Errno::EINTR) => {}
            Err(e) => return Err(e),
        }
    }
    Ok(written)
}

fn writable(fd: BorrowedFd<'_>) -> bool {
    let mut fds = [PollFd::new(fd, PollFlags::POLLOUT)];
    // POLLERR (nobody reads) comes along with POLLOUT: the next splice finds out.
    matches!(poll(&mut fds, PollTimeout::ZERO), Ok(n) if n > 0)
}
