//! What goes to the guest: as much as it has room for, what it has missed once more, and acknowledgements.

use std::time::Instant;

use super::super::super::wire::segment::{ACK, Blocks, FIN, Options, Outgoing, PSH, RST, SYN, Segment};
use super::super::before;
use super::super::queue::Pool;
use super::{Guest, Phase, own_maximum};

/// What is sent before the guest has acknowledged it, at most.
const FLIGHT: usize = 1 << 20;
/// Acknowledgements that make the sender repeat what is missing.
const DUPLICATES: u8 = 3;

impl Guest {
    /// How many bytes of the host's socket can be sent to the guest now.
    pub fn room(&self) -> usize {
        if self.phase != Phase::Open || self.closing {
            return 0;
        }
        let room = (self.window as usize).min(FLIGHT).saturating_sub(self.queue.len());
        // Little is not sent while an acknowledgement is about to make it more (RFC 9293 § 3.8.6.2.1).
        let worth_it = room >= usize::from(self.maximum) || self.queue.len() == 0;
        if worth_it { room.min(self.unit) } else { 0 }
    }

    /// Takes the first `length` bytes of a block, as many as there was room for.
    pub fn push(&mut self, block: Vec<u8>, length: usize, pool: &mut Pool) {
        self.queue.push(block, length, pool);
    }

    /// The host's socket has more, if there were room.
    pub fn wait_for_room(&mut self, waiting: bool) {
        self.waiting = waiting;
    }

    /// Nothing more comes from the host's socket.
    pub fn end(&mut self) {
        self.closing = true;
    }

    /// After all that will be sent.
    pub(super) fn end_of_sending(&self) -> u32 {
        let fin = u32::from(self.closing && !self.closed);
        self.first.wrapping_add(self.queue.len() as u32).wrapping_add(fin)
    }

    /// Whether the segment is worth going on with.
    pub(super) fn acknowledge(&mut self, segment: &Segment<'_>, pool: &mut Pool, now: Instant) -> bool {
        let acknowledged = segment.acknowledged;
        if before(self.highest, acknowledged) {
            self.acks = self.acks.max(1);
            return false;
        }
        if before(acknowledged, self.first) {
            return true;
        }
        let window = u32::from(segment.window) << self.scale;
        let new = acknowledged.wrapping_sub(self.first) as usize;
        if new > 0 {
            self.closed |= self.closing && new > self.queue.len();
            self.queue.advance(new, pool);
            self.first = acknowledged;
            if before(self.sent, self.first) {
                self.sent = self.first;
            }
            self.duplicates = 0;
            (self.attempts, self.since) = (0, now);
            // More than one was lost: the next that is missing (RFC 6582).
            self.repeat = before(self.first, self.recover);
        } else if segment.length() == 0 && window == self.window && self.sent != self.first {
            self.duplicates = self.duplicates.saturating_add(1);
            if self.duplicates == DUPLICATES && !before(self.first, self.recover) {
                (self.repeat, self.recover) = (true, self.highest);
            }
        }
        if window > self.window {
            self.attempts = 0;
        }
        self.window = window;
        if self.sent == self.first {
            self.since = now;
            if !self.waiting {
                self.attempts = 0;
            }
        }
        true
    }

    /// The next segment to be sent, with its data.
    pub fn poll(&mut self, mtu: u16, ipv4: bool, now: Instant) -> Option<(Outgoing, &[u8])> {
        if self.ended && self.closed && self.phase == Phase::Open {
            // The guest may miss the answer to its end; it has heard everything else.
            (self.phase, self.since) = (Phase::Lingering, now);
        }
        match self.phase {
            Phase::Closed if self.reset => {
                self.reset = false;
                return Some((self.outgoing(self.sent, RST | ACK, 0), &[]));
            }
            Phase::Accepting if self.greet => {
                self.greet = false;
                let options = Options {
                    maximum: Some(own_maximum(mtu, ipv4)),
                    scale: (self.own_scale > 0).then_some(self.own_scale),
                    selective: self.selective,
                };
                self.edge = self.next.wrapping_add(u32::from(u16::MAX));
                let sequence = self.first.wrapping_sub(1);
                let plain = self.outgoing(sequence, SYN | ACK, 0);
                return Some((Outgoing { options, window: u16::MAX, ..plain }, &[]));
            }
            Phase::Open | Phase::Lingering => {}
            Phase::Opening | Phase::Accepting | Phase::Closed => return None,
        }
        if self.acks <= 1
            && let Some((offset, length)) = self.next_data(now)
        {
            return Some(self.with_data(offset, length));
        }
        if self.acks > 0 || self.probe {
            self.acks = self.acks.saturating_sub(1);
            // A number that was acknowledged long ago has to be answered.
            let sequence = if self.probe { self.first.wrapping_sub(1) } else { self.sent };
            self.probe = false;
            return Some((self.outgoing(sequence, ACK, 0), &[]));
        }
        None
    }

    /// What is to be sent now: from where in the queue, at most how much. All of the queue: its end.
    fn next_data(&mut self, now: Instant) -> Option<(usize, usize)> {
        if self.repeat {
            self.repeat = false;
            if self.sent != self.first {
                self.since = now;
                return Some((0, self.unit));
            }
        }
        let flight = self.sent.wrapping_sub(self.first) as usize;
        let usable = (self.window as usize).saturating_sub(flight);
        let unsent = self.queue.len().saturating_sub(flight);
        let length = unsent.min(usable).min(self.unit);
        let little = length < unsent.min(usize::from(self.maximum));
        let due = if unsent > 0 {
            length > 0 && !(little && flight > 0)
        } else {
            before(self.sent, self.end_of_sending())
        };
        if due && flight == 0 {
            self.since = now;
        }
        due.then_some((flight, length))
    }

    fn with_data(&mut self, offset: usize, length: usize) -> (Outgoing, &[u8]) {
        let count = self.queue.slice(offset, length).len();
        let mut flags = ACK;
        let last = offset + count >= self.queue.len();
        if last && count > 0 {
            flags |= PSH;
        }
        let fin = last && self.closing && !self.closed;
        if fin {
            flags |= FIN;
        }
        let sequence = self.first.wrapping_add(offset as u32);
        let after = sequence.wrapping_add(count as u32).wrapping_add(u32::from(fin));
        if before(self.sent, after) {
            self.sent = after;
        }
        if before(self.highest, self.sent) {
            self.highest = self.sent;
        }
        self.acks = 0;
        (self.outgoing(sequence, flags, count), self.queue.slice(offset, length))
    }

    fn outgoing(&mut self, sequence: u32, flags: u8, length: usize) -> Outgoing {
        let window = self.own_window().saturating_sub(self.stored) >> self.own_scale;
        let edge = self.next.wrapping_add(window << self.own_scale);
        if before(self.edge, edge) {
            self.edge = edge;
        }
        Outgoing {
            sequence,
            acknowledged: self.next,
            flags,
            window: window.min(u32::from(u16::MAX)) as u16,
            options: Options::default(),
            blocks: if self.selective && self.early.len() > 0 {
                self.early.blocks()
            } else {
                Blocks::default()
            },
            length,
            maximum: self.maximum,
        }
    }
}
