//! The one epoll set of a monitor, and whom an event in it is for.

use std::os::fd::BorrowedFd;
use std::time::Instant;

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags};

use crate::error::{Context, Result};
use crate::sys::epoll;

/// Whom an event is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// The container's first process has ended.
    Init,
    Listener,
    /// Output (0) or errors (1) of the container.
    Output(usize),
    /// The container's input takes more.
    Input,
    /// A process that works for the log has ended.
    Log,
    /// The process of this user's networks has ended.
    Network,
    /// One of a client's descriptors.
    Client(u64, ClientPart),
    /// One of the descriptors of a program that joined.
    Session(u64, SessionPart),
    /// One of the descriptors of the name server.
    Names(u64),
    /// There is something to do for its published ports.
    Ports,
    /// Rules may have been lost, or whoever looked after them has ended.
    Rules,
    /// A child has ended.
    Children,
    /// An execution of another runtime has ended.
    Call(u64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientPart {
    Socket,
    Input,
    /// Output (0) or errors (1).
    Output(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionPart {
    /// What it says while it is being started.
    Sync,
    Process,
    /// Its terminal, or the pipe that its output is collected from.
    Output,
}

impl Token {
    fn encode(self) -> u64 {
        match self {
            Self::Init => 0,
            Self::Listener => 1,
            Self::Output(index) => 2 + index as u64,
            Self::Input => 4,
            Self::Log => 5,
            Self::Network => 6,
            Self::Children => 7,
            Self::Client(id, part) => {
                let part = match part {
                    ClientPart::Socket => 0,
                    ClientPart::Input => 1,
                    ClientPart::Output(index) => 2 + index as u64,
                };
                8 + (id << 4 | part)
            }
            Self::Session(id, part) => {
                let part = match part {
                    SessionPart::Sync => 0,
                    SessionPart::Process => 1,
                    SessionPart::Output => 2,
                };
                8 + (id << 4 | 8 | part)
            }
            Self::Names(id) => 8 + (id << 4 | 8 | 3),
            Self::Call(id) => 8 + (id << 4 | 8 | 4),
            Self::Ports => 8 + (8 | 5),
            Self::Rules => 8 + (8 | 6),
        }
    }

    fn decode(data: u64) -> Self {
        if data < 8 {
            return match data {
                0 => Self::Init,
                1 => Self::Listener,
                4 => Self::Input,
                5 => Self::Log,
                6 => Self::Network,
                7 => Self::Children,
                output => Self::Output(output as usize & 1),
            };
        }
        let (id, session, part) = ((data - 8) >> 4, (data - 8) & 8 != 0, (data - 8) & 7);
        match (session, part) {
            (false, 0) => Self::Client(id, ClientPart::Socket),
            (false, 1) => Self::Client(id, ClientPart::Input),
            (false, index) => Self::Client(id, ClientPart::Output(index as usize & 1)),
            (true, 0) => Self::Session(id, SessionPart::Sync),
            (true, 1) => Self::Session(id, SessionPart::Process),
            (true, 3) => Self::Names(id),
            (true, 4) => Self::Call(id),
            (true, 5) => Self::Ports,
            (true, 6) => Self::Rules,
            (true, _) => Self::Session(id, SessionPart::Output),
        }
    }
}

#[derive(Debug)]
pub struct Poller {
    epoll: Epoll,
}

impl Poller {
    pub fn new() -> Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).context("making an epoll descriptor")?;
        Ok(Self { epoll })
    }

    /// Watches for data to read.
    pub fn watch(&self, fd: BorrowedFd<'_>, token: Token) -> Result<()> {
        self.add(fd, token, EpollFlags::EPOLLIN)
    }

    /// Watches for room to write.
    pub fn watch_room(&self, fd: BorrowedFd<'_>, token: Token) -> Result<()> {
        self.add(fd, token, EpollFlags::EPOLLOUT)
    }

    fn add(&self, fd: BorrowedFd<'_>, token: Token, flags: EpollFlags) -> Result<()> {
        match self.epoll.add(fd, EpollEvent::new(flags, token.encode())) {
            Ok(()) | Err(Errno::EEXIST) => Ok(()),
            Err(e) => Err(e).context("watching a descriptor"),
        }
    }

    pub fn unwatch(&self, fd: BorrowedFd<'_>) {
        // Not watched at the moment is what is wanted.
        let _ = self.epoll.delete(fd);
    }

    /// What has happened; nothing if the deadline came first.
    pub fn wait(&self, deadline: Option<Instant>) -> Result<impl Iterator<Item = Token> + use<>> {
        let mut events = [EpollEvent::empty(); 16];
        let n = match self.epoll.wait(&mut events, epoll::timeout(deadline)) {
            Ok(n) => n,
            Err(Errno::EINTR) => 0,
            Err(e) => return Err(e).context("waiting for events"),
        };
        Ok(events.into_iter().take(n).map(|e| Token::decode(e.data())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_the_kernel() {
        let ids = [0, 1, 7, 1 << 40];
        let mut tokens = vec![
            Token::Init,
            Token::Listener,
            Token::Input,
            Token::Log,
            Token::Network,
            Token::Children,
            Token::Ports,
            Token::Rules,
            Token::Output(0),
            Token::Output(1),
        ];
        for id in ids {
            let parts = [ClientPart::Socket, ClientPart::Input, ClientPart::Output(0), ClientPart::Output(1)];
            tokens.extend(parts.map(|p| Token::Client(id, p)));
            let parts = [SessionPart::Sync, SessionPart::Process, SessionPart::Output];
            tokens.extend(parts.map(|p| Token::Session(id, p)));
            tokens.extend([Token::Names(id), Token::Call(id)]);
        }
        for token in tokens {
            assert_eq!(Token::decode(token.encode()), token);
        }
    }
}
