//! One connection, as it is with the guest who opened it.

mod sending;

use std::time::{Duration, Instant};

use super::super::wire::segment::{ACK, FIN, RST, SYN, Segment};
use super::super::wire::{IPV4_HEADER, IPV6_HEADER, MAX_PACKET};
use super::before;
use super::early::Early;
use super::queue::{Pool, Queue};

/// What the guest may send before the host's socket has taken it, in bytes.
pub const WINDOW: u32 = 1 << 20;
/// Of our windows.
const SCALE: u8 = 7;
const HEADER: usize = 20;
/// Without the option (RFC 9293 § 3.7.1).
const DEFAULT_MAXIMUM: u16 = 536;
/// Below it, headers would be most of what is sent; Linux takes no less either.
const LEAST_MAXIMUM: u16 = 48;
/// How long the guest may take to acknowledge, first.
const PATIENCE: Duration = Duration::from_millis(200);
const MOST_PATIENCE: Duration = Duration::from_secs(10);
/// Time-outs in a row after which the guest is gone: a good minute.
const MAX_SILENCE: u8 = 12;
/// After so long without a segment the guest is asked whether it is still there. A container that is gone doesn't say so.
const IDLE: Duration = Duration::from_mins(10);
/// How long the last acknowledgement is repeated to whoever asks for it.
const LINGER: Duration = Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// The host's socket is not connected yet.
    Opening,
    /// Told the guest that it is.
    Accepting,
    Open,
    /// Over, but for the guest's missing the last acknowledgement.
    Lingering,
    Closed,
}

/// What a segment brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival<'a> {
    Nothing,
    /// In order, for the host's socket.
    Data(&'a [u8]),
    /// The guest has given the connection up.
    Reset,
}

#[derive(Debug)]
pub struct Guest {
    phase: Phase,
    /// The sequence number that comes next, and the one from which on nothing may come yet.
    next: u32,
    edge: u32,
    /// Bytes that came and the host's socket hasn't taken.
    stored: u32,
    /// Nothing comes any more.
    ended: bool,
    own_scale: u8,
    early: Early,
    selective: bool,
    /// Acknowledgements that are due.
    acks: u8,

    queue: Queue,
    /// The sequence number of the first byte in the queue, of the one to be sent next, and the highest that was ever next.
    first: u32,
    sent: u32,
    highest: u32,
    /// Up to here, losses are being repaired.
    recover: u32,
    window: u32,
    scale: u8,
    maximum: u16,
    /// A whole number of segments that fits into one packet.
    unit: usize,
    /// Nothing comes into the queue any more; the guest has acknowledged that.
    closing: bool,
    closed: bool,
    duplicates: u8,

    /// To be sent: the answer to SYN, the first of the queue once more, a question for a sign of life, the end of it all.
    greet: bool,
    repeat: bool,
    probe: bool,
    reset: bool,
    /// The host's socket has more than the guest has room for.
    waiting: bool,
    /// Since when the next time-out is counted; time-outs since it was any use, and since anything was heard.
    since: Instant,
    attempts: u8,
    silence: u8,
}

impl Guest {
    /// A connection that this SYN asks for. `initial`: a sequence number that nobody guesses; `mtu`: of the device.
    pub fn new(syn: &Segment<'_>, initial: u32, mtu: u16, ipv4: bool, now: Instant) -> Self {
        let maximum = syn.options.maximum.unwrap_or(DEFAULT_MAXIMUM);
        let own = own_maximum(mtu, ipv4);
        let maximum = maximum.clamp(LEAST_MAXIMUM, own.max(LEAST_MAXIMUM));
        let first = initial.wrapping_add(1);
        let next = syn.sequence.wrapping_add(1);
        Self {
            phase: Phase::Opening,
            next,
            edge: next,
            stored: 0,
            ended: false,
            own_scale: if syn.options.scale.is_some() { SCALE } else { 0 },
            early: Early::default(),
            selective: syn.options.selective,
            acks: 0,
            queue: Queue::default(),
            first,
            sent: first,
            highest: first,
            recover: first,
            // Not scaled in a SYN (RFC 7323 § 2.2).
            window: u32::from(syn.window),
            scale: syn.options.scale.unwrap_or(0).min(14),
            maximum,
            unit: unit(usize::from(maximum), ipv4),
            closing: false,
            closed: false,
            duplicates: 0,
            greet: false,
            repeat: false,
            probe: false,
            reset: false,
            waiting: false,
            since: now,
            attempts: 0,
            silence: 0,
        }
    }

    /// The host's socket is connected.
    pub fn accept(&mut self, now: Instant) {
        if self.phase == Phase::Opening {
            (self.phase, self.greet, self.since) = (Phase::Accepting, true, now);
        }
    }

    /// Gives it up, and tells the guest.
    pub fn abort(&mut self) {
        if self.phase != Phase::Closed {
            (self.phase, self.reset) = (Phase::Closed, true);
        }
    }

    /// The sequence number of the guest's SYN.
    pub fn initial_sequence(&self) -> u32 {
        self.next.wrapping_sub(1)
    }

    /// Over for good, once [`Self::poll`] has nothing more.
    pub fn is_closed(&self) -> bool {
        self.phase == Phase::Closed
    }

    /// Both directions have ended; only the guest might not know.
    pub fn is_over(&self) -> bool {
        matches!(self.phase, Phase::Lingering | Phase::Closed)
    }

    /// The guest sends nothing more.
    pub fn has_ended(&self) -> bool {
        self.ended
    }

    /// The host's socket didn't take this much of what came.
    pub fn store(&mut self, count: usize) {
        self.stored += count as u32;
    }

    /// It has taken this much of it now.
    pub fn release(&mut self, count: usize) {
        self.stored = self.stored.saturating_sub(count as u32);
        let opened = self.own_edge().wrapping_sub(self.edge) as i32;
        if opened >= (self.own_window() / 4) as i32 {
            self.acks = self.acks.max(1);
        }
    }

    fn own_window(&self) -> u32 {
        WINDOW.min(u32::from(u16::MAX) << self.own_scale)
    }

    fn own_edge(&self) -> u32 {
        self.next.wrapping_add(self.own_window().saturating_sub(self.stored))
    }

    /// A segment of the guest. `refuse`: its data can't be kept now.
    pub fn segment<'a>(
        &mut self,
        segment: &Segment<'a>,
        refuse: bool,
        pool: &mut Pool,
        now: Instant,
    ) -> Arrival<'a> {
        if segment.has(RST) {
            return self.be_reset(segment);
        }
        match self.phase {
            Phase::Opening | Phase::Closed => return Arrival::Nothing,
            Phase::Accepting if segment.has(SYN) => {
                self.greet |= segment.sequence.wrapping_add(1) == self.next;
                return Arrival::Nothing;
            }
            Phase::Accepting => {
                if !segment.has(ACK) || segment.acknowledged != self.first {
                    return Arrival::Nothing;
                }
                (self.phase, self.attempts, self.since) = (Phase::Open, 0, now);
            }
            Phase::Open | Phase::Lingering => {}
        }
        self.silence = 0;
        if segment.has(SYN) || !self.is_acceptable(segment) {
            // Also what a peer gets who asks whether we are still there.
            self.acks = self.acks.max(1);
            return Arrival::Nothing;
        }
        if !segment.has(ACK) || !self.acknowledge(segment, pool, now) {
            return Arrival::Nothing;
        }
        if self.ended && self.closed && self.phase == Phase::Open {
            // It was the last that the guest had to say.
            self.phase = Phase::Closed;
        }
        self.receive(segment, refuse)
    }

    fn be_reset(&mut self, segment: &Segment<'_>) -> Arrival<'static> {
        let offset = segment.sequence.wrapping_sub(self.next);
        if self.phase == Phase::Closed {
            return Arrival::Nothing;
        }
        if offset == 0 {
            self.phase = Phase::Closed;
            return Arrival::Reset;
        }
        if offset < self.edge.wrapping_sub(self.next) {
            // Not sure (RFC 5961 § 3.2): the guest says it again with the number that it is answered with.
            self.acks = self.acks.max(1);
        }
        Arrival::Nothing
    }

    /// Some of it is what is waited for (RFC 9293 § 3.4).
    fn is_acceptable(&self, segment: &Segment<'_>) -> bool {
        let length = segment.length();
        let last = segment.sequence.wrapping_add(length.saturating_sub(1));
        let late = before(last, self.next);
        let early = before(self.edge, segment.sequence);
        !late && !early
    }

    fn receive<'a>(&mut self, segment: &Segment<'a>, refuse: bool) -> Arrival<'a> {
        if segment.length() == 0 {
            return Arrival::Nothing;
        }
        let skip = self.next.wrapping_sub(segment.sequence);
        if self.ended || (refuse && !segment.data.is_empty()) {
            return Arrival::Nothing;
        }
        if (skip as i32) < 0 {
            self.keep(segment);
            return Arrival::Nothing;
        }
        self.acks = self.acks.max(1);
        let Some(data) = segment.data.get(skip as usize..) else { return Arrival::Nothing };
        let room = self.edge.wrapping_sub(self.next) as usize;
        let taken = &data[..data.len().min(room)];
        if segment.has(FIN) && taken.len() == data.len() {
            self.early.set_end(self.next.wrapping_add(taken.len() as u32));
        }
        self.move_on(taken.len());
        if taken.is_empty() { Arrival::Nothing } else { Arrival::Data(taken) }
    }

    /// Something is missing before it: each such segment is told of.
    fn keep(&mut self, segment: &Segment<'_>) {
        self.acks = self.acks.saturating_add(1);
        let room = self.edge.wrapping_sub(segment.sequence) as usize;
        let data = &segment.data[..segment.data.len().min(room)];
        self.early.keep(segment.sequence, data);
        if segment.has(FIN) && data.len() == segment.data.len() {
            self.early.set_end(segment.sequence.wrapping_add(data.len() as u32));
        }
    }

    /// So many bytes have been taken in order.
    fn move_on(&mut self, count: usize) {
        self.next = self.next.wrapping_add(count as u32);
        if self.early.ends_at(self.next) && !self.ended {
            self.next = self.next.wrapping_add(1);
            self.ended = true;
        }
    }

    /// What came before and is in order now. To be called until there is nothing more, after data has arrived.
    pub fn take_early(&mut self) -> Option<Vec<u8>> {
        let data = self.early.take(self.next).filter(|_| !self.ended)?;
        self.move_on(data.len());
        Some(data)
    }

    /// Bytes that came out of order.
    pub fn held(&self) -> usize {
        self.early.len()
    }

    /// When [`Self::time_out`] is to be called, if nothing happens before.
    pub fn deadline(&self) -> Option<Instant> {
        let patience = PATIENCE.saturating_mul(1 << self.attempts.min(6)).min(MOST_PATIENCE);
        let wait = match self.phase {
            Phase::Opening | Phase::Closed => return None,
            Phase::Lingering => LINGER,
            Phase::Accepting => patience.max(Duration::from_secs(1)),
            Phase::Open if self.sent != self.end_of_sending() || self.sent != self.first => patience,
            Phase::Open if self.waiting && self.room() == 0 => patience,
            Phase::Open if self.silence > 0 => patience.max(Duration::from_secs(1)),
            Phase::Open => IDLE,
        };
        Some(self.since + wait)
    }

    /// Nothing happened. `false`: the guest is gone.
    pub fn time_out(&mut self, now: Instant) -> bool {
        if self.phase == Phase::Lingering {
            self.phase = Phase::Closed;
            return true;
        }
        self.silence += 1;
        self.attempts = (self.attempts + 1).min(6);
        self.since = now;
        if self.silence > MAX_SILENCE {
            self.abort();
            return false;
        }
        match self.phase {
            Phase::Accepting => self.greet = true,
            _ if self.sent != self.first && self.window > 0 => {
                // Everything again from there.
                (self.sent, self.duplicates, self.recover) = (self.first, 0, self.highest);
            }
            _ => self.probe = true,
        }
        true
    }
}

/// The longest segment that we ask for.
fn own_maximum(mtu: u16, ipv4: bool) -> u16 {
    mtu.saturating_sub((HEADER + if ipv4 { IPV4_HEADER } else { IPV6_HEADER }) as u16)
}

/// As many whole segments as fit into one packet.
fn unit(maximum: usize, ipv4: bool) -> usize {
    let room = MAX_PACKET - HEADER - if ipv4 { IPV4_HEADER } else { IPV6_HEADER };
    (room / maximum * maximum).max(maximum)
}
