//! A container's standard input: what any attached client sends, until it is closed.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use nix::errno::Errno;
use nix::fcntl::{SpliceFFlags, splice};

use super::fanout::Moved;

/// A client's end of a pipe.
#[derive(Debug)]
pub struct Inlet {
    pub client: u64,
    fd: OwnedFd,
}

#[derive(Debug)]
pub struct Input {
    /// The write end of the container's standard input, or its terminal.
    sink: Option<OwnedFd>,
    /// The sink is a pipe.
    pipe: bool,
    inlets: Vec<Inlet>,
    /// Read from a client, not yet taken by the container.
    pending: Vec<u8>,
}

impl Input {
    pub fn new(sink: Option<OwnedFd>, pipe: bool) -> Self {
        Self { sink, pipe, inlets: Vec::new(), pending: Vec::new() }
    }

    pub fn is_open(&self) -> bool {
        self.sink.is_some()
    }

    pub fn sink(&self) -> Option<BorrowedFd<'_>> {
        self.sink.as_ref().map(AsFd::as_fd)
    }

    pub fn inlets(&self) -> impl Iterator<Item = (u64, BorrowedFd<'_>)> {
        self.inlets.iter().map(|i| (i.client, i.fd.as_fd()))
    }

    pub fn add(&mut self, client: u64, fd: OwnedFd) {
        self.inlets.push(Inlet { client, fd });
    }

    pub fn remove(&mut self, client: u64) {
        self.inlets.retain(|i| i.client != client);
    }

    /// Ends the container's input.
    pub fn close(&mut self) {
        self.sink = None;
        self.inlets.clear();
    }

    /// Moves what a client has sent. `Blocked`: the container doesn't read at the moment. `End`: the client's pipe is at its end.
    pub fn pump(&mut self, client: u64, buffer: &mut [u8]) -> Moved {
        if !self.deliver() {
            return Moved::Blocked;
        }
        let Some(inlet) = self.inlets.iter().find(|i| i.client == client) else { return Moved::End };
        let Some(sink) = &self.sink else { return Moved::End };
        if self.pipe {
            let flags = SpliceFFlags::SPLICE_F_NONBLOCK | SpliceFFlags::SPLICE_F_MOVE;
            return match splice(&inlet.fd, None, sink, None, buffer.len(), flags) {
                Ok(0) => Moved::End,
                Ok(_) | Err(Errno::EINTR) => Moved::Some,
                // The client's end is readable, or we would not be here: it is the container that doesn't take it.
                Err(Errno::EAGAIN) => Moved::Blocked,
                Err(_) => {
                    self.close();
                    Moved::End
                }
            };
        }
        match nix::unistd::read(&inlet.fd, buffer) {
            Ok(0) => Moved::End,
            Ok(n) => {
                self.pending.extend_from_slice(&buffer[..n]);
                if self.deliver() { Moved::Some } else { Moved::Blocked }
            }
            Err(Errno::EAGAIN) => Moved::Empty,
            Err(Errno::EINTR) => Moved::Some,
            Err(_) => Moved::End,
        }
    }

    /// Hands over what the container did not take before. Whether all of it went.
    pub fn deliver(&mut self) -> bool {
        let Some(sink) = &self.sink else { return true };
        while !self.pending.is_empty() {
            match nix::unistd::write(sink, &self.pending) {
                Ok(n) => drop(self.pending.drain(..n)),
                Err(Errno::EAGAIN) => return false,
                Err(Errno::EINTR) => {}
                Err(_) => {
                    self.pending.clear();
                    self.close();
                    break;
                }
            }
        }
        true
    }
}
