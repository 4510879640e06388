//! Associations of SCTP on their way through a published port: a message is passed on whole, in its stream and with its payload protocol
//! identifier. (RFC 6458 has a way to send one in parts, which Linux hasn't.)

use std::os::fd::{AsRawFd, BorrowedFd};

use nix::errno::Errno;
use nix::sys::socket::{Shutdown, shutdown};

use super::pipes::{Gauge, Moved};
use crate::sys::sctp::{self, Info, Received};

/// Messages of one direction before others have their turn.
const TURN: usize = 64;
/// What is read at once, in bytes. Longer messages come in parts.
const PART: usize = 64 * 1024;
/// In bytes, of all messages that wait together: who would have more waiting loses his association.
const MOST: usize = 64 << 20;

/// Where messages are while they are passed on.
#[derive(Debug, Default)]
pub struct Room {
    /// For one that is being read.
    buffer: Vec<u8>,
    /// Bytes of all that wait.
    waiting: usize,
}

#[derive(Debug)]
struct Message {
    data: Vec<u8>,
    info: Info,
    whole: bool,
}

#[derive(Debug, Default)]
struct Direction {
    gauge: Gauge,
    /// Waits for its rest, or until it is taken.
    waiting: Option<Message>,
}

/// What goes to a container and back, and how far that has come.
///
/// An association ends as a whole: when one side has ended it, what had come from there is passed on, and nothing back any more.
#[derive(Debug, Default)]
pub struct Exchange {
    inward: Direction,
    outward: Direction,
    over: bool,
}

impl Room {
    /// What waited there is given up.
    pub fn leave(&mut self, exchange: &Exchange) {
        let waiting = [&exchange.inward, &exchange.outward].map(Direction::waiting);
        self.waiting -= waiting.iter().sum::<usize>();
    }
}

impl Exchange {
    /// To the container, and back from it.
    pub fn gauges(&mut self) -> [&mut Gauge; 2] {
        [&mut self.inward.gauge, &mut self.outward.gauge]
    }

    /// Both sockets may be closed: what is left to be sent is the kernel's to send.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// Passes on what there is.
    pub fn advance(
        &mut self,
        client: BorrowedFd<'_>,
        container: BorrowedFd<'_>,
        room: &mut Room,
    ) -> nix::Result<Moved> {
        let moved =
            [self.inward.advance(client, container, room)?, self.outward.advance(container, client, room)?];
        for (direction, to) in [(&self.inward, container), (&self.outward, client)] {
            if direction.gauge.ended && direction.waiting.is_none() {
                end(to, room);
                self.over = true;
                return Ok(Moved::AsFarAsItGoes);
            }
        }
        Ok(if moved.contains(&Moved::More) { Moved::More } else { Moved::AsFarAsItGoes })
    }
}

/// Begins to end an association in order. What has been sent still arrives.
fn end(association: BorrowedFd<'_>, room: &mut Room) {
    // It may be over already. In both directions: nothing is to come in any more, for an association is aborted instead if its socket is
    // closed with something in it.
    let _ = shutdown(association.as_raw_fd(), Shutdown::Both);
    while let Ok(Some(_)) = sctp::receive(association, &mut room.buffer) {}
}

impl Direction {
    fn advance(&mut self, from: BorrowedFd<'_>, to: BorrowedFd<'_>, room: &mut Room) -> nix::Result<Moved> {
        room.buffer.resize(PART, 0);
        for _ in 0..TURN {
            if let Some(message) = self.waiting.as_ref().filter(|m| m.whole) {
                if !pass(&mut self.gauge, &message.data, message.info, to)? {
                    return Ok(Moved::AsFarAsItGoes);
                }
                self.give_up(room);
            }
            if !self.gauge.readable || self.gauge.ended {
                return Ok(Moved::AsFarAsItGoes);
            }
            match sctp::receive(from, &mut room.buffer) {
                Ok(Some(received)) => self.take(received, to, room)?,
                Ok(None) => {
                    self.gauge.ended = true;
                    // The rest of one that is not whole does not come any more.
                    self.give_up(room);
                }
                Err(Errno::EAGAIN) => self.gauge.readable = false,
                Err(errno) => return Err(errno),
            }
        }
        Ok(Moved::More)
    }

    /// Takes what is at the beginning of the room's buffer.
    fn take(&mut self, received: Received, to: BorrowedFd<'_>, room: &mut Room) -> nix::Result<()> {
        let Received { length, info, ends } = received;
        let is_whole = ends && self.waiting.is_none();
        if is_whole && pass(&mut self.gauge, &room.buffer[..length], info, to)? {
            return Ok(());
        }
        room.enter(length)?;
        let message = self.waiting.get_or_insert_with(|| Message { data: Vec::new(), info, whole: false });
        message.data.extend_from_slice(&room.buffer[..length]);
        message.whole = ends;
        Ok(())
    }

    fn give_up(&mut self, room: &mut Room) {
        room.waiting -= self.waiting();
        self.waiting = None;
    }

    fn waiting(&self) -> usize {
        self.waiting.as_ref().map_or(0, |m| m.data.len())
    }
}

impl Room {
    fn enter(&mut self, length: usize) -> nix::Result<()> {
        if self.waiting + length > MOST {
            log::warn!("published ports: more messages of SCTP wait than there is room for");
            return Err(Errno::ENOBUFS);
        }
        self.waiting += length;
        Ok(())
    }
}

/// Passes a whole message on. `false`: it has to wait.
fn pass(gauge: &mut Gauge, data: &[u8], info: Info, to: BorrowedFd<'_>) -> nix::Result<bool> {
    if !gauge.writable {
        return Ok(false);
    }
    match sctp::send(to, data, info) {
        // Or the other side has ended the association: nobody is left to take it.
        Ok(()) | Err(Errno::EPIPE | Errno::ESHUTDOWN | Errno::ENOTCONN) => Ok(true),
        Err(Errno::EAGAIN) => {
            gauge.writable = false;
            Ok(false)
        }
        Err(errno) => {
            let (length, stream) = (data.len(), info.stream);
            log::warn!(
                "published ports: a message of SCTP of {length} bytes in stream {stream} can't be passed on: {}",
                errno.desc()
            );
            Err(errno)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_waits_has_its_bounds_and_is_given_back() {
        let mut room = Room::default();
        let mut exchange = Exchange::default();
        for direction in [&mut exchange.inward, &mut exchange.outward] {
            let data = vec![0; MOST / 2];
            room.enter(data.len()).unwrap();
            direction.waiting = Some(Message { data, info: Info::default(), whole: true });
        }
        assert_eq!(room.enter(1), Err(Errno::ENOBUFS));
        exchange.inward.give_up(&mut room);
        assert_eq!(room.waiting, MOST / 2);
        room.leave(&exchange);
        assert_eq!(room.waiting, 0);
    }
}
