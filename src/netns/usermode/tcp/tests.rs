//! A guest that is played by hand.

use std::time::{Duration, Instant};

use super::super::wire::segment::{ACK, FIN, Options, Outgoing, PSH, RST, SYN, Segment};
use super::guest::{Arrival, Guest, WINDOW};
use super::queue::Pool;

const MTU: u16 = 65520;
/// The numbers that the two begin with: both wrap around soon.
const GUEST: u32 = u32::MAX - 10;
const OWN: u32 = u32::MAX - 5;

struct Peer {
    guest: Guest,
    pool: Pool,
    now: Instant,
    /// What the host was given.
    data: Vec<u8>,
    was_reset: bool,
}

fn segment(sequence: u32, acknowledged: u32, flags: u8, data: &[u8]) -> Segment<'_> {
    Segment {
        source_port: 40000,
        destination_port: 80,
        sequence: GUEST.wrapping_add(sequence),
        acknowledged: OWN.wrapping_add(acknowledged),
        flags,
        window: 1000,
        options: Options::default(),
        data,
    }
}

/// A segment by its numbers after the first ones, its flags, and its length.
type Short = (u32, u32, u8, usize);

fn short(outgoing: &Outgoing) -> Short {
    let acknowledged = outgoing.acknowledged.wrapping_sub(GUEST);
    (outgoing.sequence.wrapping_sub(OWN), acknowledged, outgoing.flags, outgoing.length)
}

impl Peer {
    /// Has sent its SYN.
    fn new() -> Self {
        let options = Options { maximum: Some(1000), scale: Some(4), selective: true };
        let syn = Segment { options, ..segment(0, 0, SYN, b"") };
        let now = Instant::now();
        let guest = Guest::new(&syn, OWN, MTU, true, now);
        Self { guest, pool: Pool::default(), now, data: Vec::new(), was_reset: false }
    }

    /// Has a connection.
    fn connected() -> Self {
        let mut peer = Self::new();
        peer.guest.accept(peer.now);
        assert_eq!(peer.hear(), [(0, 1, SYN | ACK, 0)]);
        peer.say(1, 1, ACK, b"");
        peer
    }

    fn say(&mut self, sequence: u32, acknowledged: u32, flags: u8, data: &[u8]) {
        self.send(&segment(sequence, acknowledged, flags, data), false);
    }

    fn send(&mut self, segment: &Segment<'_>, refuse: bool) {
        match self.guest.segment(segment, refuse, &mut self.pool, self.now) {
            Arrival::Nothing => {}
            Arrival::Reset => self.was_reset = true,
            Arrival::Data(data) => self.data.extend(data),
        }
        while let Some(data) = self.guest.take_early() {
            self.data.extend(data);
        }
    }

    fn hear(&mut self) -> Vec<Short> {
        self.hear_all().iter().map(short).collect()
    }

    fn hear_all(&mut self) -> Vec<Outgoing> {
        let mut all = Vec::new();
        while let Some((outgoing, data)) = self.guest.poll(MTU, true, self.now) {
            assert_eq!(outgoing.length, data.len());
            all.push(outgoing);
            assert!(all.len() < 1000, "it never stops");
        }
        all
    }

    /// The host's socket has so much.
    fn push(&mut self, length: usize) {
        let block = self.pool.take();
        self.guest.push(block, length, &mut self.pool);
    }

    /// Lets the deadline come.
    fn wait(&mut self) -> bool {
        self.now = self.guest.deadline().expect("something to wait for");
        self.guest.time_out(self.now)
    }
}

#[test]
fn a_connection_is_accepted_when_the_host_has_one() {
    let mut peer = Peer::new();
    assert_eq!((peer.hear(), peer.guest.deadline()), (vec![], None));
    peer.say(0, 0, SYN, b"");
    assert_eq!(peer.hear(), [], "it takes its time");
    peer.guest.accept(peer.now);
    let answer = peer.hear_all();
    assert_eq!(answer.iter().map(short).collect::<Vec<_>>(), [(0, 1, SYN | ACK, 0)]);
    assert_eq!(answer[0].options, Options { maximum: Some(65480), scale: Some(7), selective: true });
    // The answer was lost, for the one and for the other.
    peer.say(0, 0, SYN, b"");
    assert_eq!(peer.hear(), [(0, 1, SYN | ACK, 0)]);
    assert!(peer.wait());
    assert_eq!(peer.hear(), [(0, 1, SYN | ACK, 0)]);
    // With the first data at once.
    peer.say(1, 1, ACK, b"hello");
    assert_eq!(peer.hear(), [(1, 6, ACK, 0)]);
    assert_eq!(peer.data, b"hello");
    assert!(peer.guest.deadline().unwrap() > peer.now + Duration::from_secs(60), "nothing is missing");
}

#[test]
fn a_connection_that_the_host_cant_have_is_reset() {
    let mut peer = Peer::new();
    peer.guest.abort();
    assert_eq!(peer.hear(), [(1, 1, RST | ACK, 0)]);
    assert!(peer.guest.is_closed());
    // Given up by the guest meanwhile.
    let mut peer = Peer::new();
    peer.say(1, 0, RST, b"");
    assert!(peer.was_reset && peer.guest.is_closed());
    assert_eq!(peer.hear(), []);
}

#[test]
fn data_goes_to_the_host_once_and_in_order() {
    let mut peer = Peer::connected();
    peer.say(1, 1, ACK, b"abc");
    peer.say(4, 1, ACK, b"def");
    assert_eq!(peer.hear(), [(1, 7, ACK, 0)], "acknowledged together");
    // Again, with more.
    peer.say(1, 1, ACK, b"abcdefghi");
    assert_eq!(peer.hear(), [(1, 10, ACK, 0)]);
    peer.say(4, 1, ACK, b"def");
    assert_eq!(peer.hear(), [(1, 10, ACK, 0)], "all of it was here");
    // One is missing: each that comes after it is told of, with what there is.
    peer.say(13, 1, ACK, b"mno");
    peer.say(16, 1, ACK | FIN, b"pq");
    let acks = peer.hear_all();
    assert_eq!(acks.iter().map(short).collect::<Vec<_>>(), [(1, 10, ACK, 0); 2]);
    let number = |n: u32| GUEST.wrapping_add(n);
    assert_eq!(acks[1].blocks, [Some((number(13), number(18))), None, None]);
    assert!(!peer.guest.has_ended());
    peer.say(10, 1, ACK, b"jkl");
    assert_eq!(peer.data, b"abcdefghijklmnopq");
    assert!(peer.guest.has_ended());
    assert_eq!(peer.hear(), [(1, 19, ACK, 0)]);
}

#[test]
fn the_guest_sends_no_more_than_the_host_takes() {
    let mut peer = Peer::connected();
    let data = vec![7; 60_000];
    let mut sent: u32 = 0;
    while sent + 60_000 <= WINDOW {
        peer.say(1 + sent, 1, ACK, &data);
        peer.guest.store(60_000);
        sent += 60_000;
    }
    let window = peer.hear_all()[0].window;
    let left = u32::from(window) << 7;
    assert!(left <= WINDOW - sent && left > WINDOW - sent - 128, "{left}");
    peer.say(1 + sent, 1, ACK, &data);
    let taken = peer.data.len() - sent as usize;
    assert!((left as usize..=(WINDOW - sent) as usize).contains(&taken), "what doesn't fit is left out");
    peer.guest.store(taken);
    assert_eq!(peer.hear_all()[0].window, 0);
    // Once there is room again, the guest is told; not of every little.
    peer.guest.release(1000);
    assert_eq!(peer.hear(), []);
    peer.guest.release(WINDOW as usize / 4);
    assert_eq!(u32::from(peer.hear_all()[0].window) << 7, (WINDOW / 4 + 1000) / 128 * 128);
    // What can't be kept is as if it had not come.
    let before = peer.data.len();
    peer.send(&segment(1 + before as u32, 1, ACK, b"more"), true);
    assert_eq!((peer.data.len(), peer.hear()), (before, vec![]));
}

#[test]
fn data_goes_to_the_guest_as_it_has_room() {
    let mut peer = Peer::connected();
    assert_eq!(peer.guest.room(), 16_000, "the window, scaled");
    peer.push(16_000);
    assert_eq!(peer.hear(), [(1, 1, ACK | PSH, 16_000)]);
    assert_eq!(peer.guest.room(), 0);
    peer.say(1, 10_001, ACK, b"");
    assert_eq!(peer.guest.room(), 10_000);
    peer.push(10_000);
    assert_eq!(peer.hear(), [(16_001, 1, ACK | PSH, 10_000)]);
    // All of it is acknowledged, and the window closes.
    peer.send(&Segment { window: 0, ..segment(1, 26_001, ACK, b"") }, false);
    assert_eq!(peer.guest.room(), 0);
    peer.guest.wait_for_room(true);
    for _ in 0..30 {
        assert!(peer.wait());
        assert_eq!(peer.hear(), [(26_000, 1, ACK, 0)], "a number that has to be answered");
        peer.send(&Segment { window: 0, ..segment(1, 26_001, ACK, b"") }, false);
    }
    assert!(peer.guest.deadline().unwrap() > peer.now + Duration::from_secs(5), "less and less often");
    peer.say(1, 26_001, ACK, b"");
    assert_eq!(peer.guest.room(), 16_000);
}

#[test]
fn little_is_not_sent_while_much_is_under_way() {
    let mut peer = Peer::connected();
    peer.push(15_500);
    peer.hear();
    assert_eq!(peer.guest.room(), 0, "less than a segment");
    peer.say(1, 15_501, ACK, b"");
    peer.send(&Segment { window: 5, ..segment(1, 15_501, ACK, b"") }, false);
    assert_eq!(peer.guest.room(), 80, "all that there is");
}

#[test]
fn what_is_lost_is_sent_again() {
    let mut peer = Peer::connected();
    let ack = |n| Segment { window: 4000, ..segment(1, n, ACK, b"") };
    peer.send(&ack(1), false);
    for _ in 0..4 {
        peer.push(9000);
    }
    assert_eq!(peer.hear().len(), 4, "each block by itself");
    // The first of these is no duplicate.
    for n in 0..3 {
        peer.send(&ack(9001), false);
        assert_eq!(peer.hear(), [], "after {n}");
    }
    peer.send(&ack(9001), false);
    assert_eq!(peer.hear(), [(9001, 1, ACK, 9000)]);
    peer.send(&ack(9001), false);
    assert_eq!(peer.hear(), [], "once");
    // That was not all that was lost.
    peer.send(&ack(18_001), false);
    assert_eq!(peer.hear(), [(18_001, 1, ACK, 9000)]);
    peer.send(&ack(27_001), false);
    assert_eq!(peer.hear(), [(27_001, 1, ACK | PSH, 9000)]);
    // Nothing is heard any more.
    assert!(peer.wait());
    assert_eq!(peer.hear(), [(27_001, 1, ACK | PSH, 9000)]);
    peer.send(&ack(36_001), false);
    assert!(peer.guest.deadline().unwrap() > peer.now + Duration::from_secs(60));
}

#[test]
fn a_guest_that_is_gone_is_given_up() {
    let mut peer = Peer::connected();
    peer.push(10);
    let begun = peer.now;
    let mut attempts = 0;
    while peer.wait() {
        attempts += peer.hear().len();
    }
    assert!(attempts > 10 && peer.guest.is_closed());
    let took = peer.now - begun;
    assert!(took > Duration::from_secs(30) && took < Duration::from_secs(180), "{took:?}");
    // One that is only silent is asked, and is not given up when it answers.
    let mut peer = Peer::connected();
    for _ in 0..50 {
        assert!(peer.wait());
        assert_eq!(peer.hear(), [(0, 1, ACK, 0)]);
        peer.say(1, 1, ACK, b"");
    }
}

#[test]
fn each_direction_ends_by_itself() {
    let mut peer = Peer::connected();
    peer.say(1, 1, ACK | FIN, b"last");
    assert_eq!((peer.data.as_slice(), peer.guest.has_ended()), (&b"last"[..], true));
    assert_eq!(peer.hear(), [(1, 6, ACK, 0)]);
    peer.push(5);
    peer.guest.end();
    assert_eq!(peer.hear(), [(1, 6, ACK | PSH | FIN, 5)], "the other still had something to say");
    assert!(!peer.guest.is_over());
    peer.say(6, 7, ACK, b"");
    assert!(peer.guest.is_closed(), "nothing is left that could get lost");

    // The host's end comes first, and is lost.
    let mut peer = Peer::connected();
    peer.guest.end();
    assert_eq!(peer.hear(), [(1, 1, ACK | FIN, 0)]);
    assert!(peer.wait());
    assert_eq!(peer.hear(), [(1, 1, ACK | FIN, 0)]);
    peer.say(1, 2, ACK, b"more");
    assert_eq!(peer.hear(), [(2, 5, ACK, 0)]);
    peer.say(5, 2, ACK | FIN, b"");
    assert_eq!(peer.hear(), [(2, 6, ACK, 0)]);
    assert!(peer.guest.is_over() && !peer.guest.is_closed());
    peer.say(5, 2, ACK | FIN, b"");
    assert_eq!(peer.hear(), [(2, 6, ACK, 0)], "the guest had missed it");
    assert!(peer.wait() && peer.guest.is_closed());

    // Both at once.
    let mut peer = Peer::connected();
    peer.guest.end();
    assert_eq!(peer.hear(), [(1, 1, ACK | FIN, 0)]);
    peer.say(1, 1, ACK | FIN, b"");
    assert_eq!(peer.hear(), [(2, 2, ACK, 0)]);
    peer.say(2, 2, ACK, b"");
    assert!(peer.guest.is_over());
}

#[test]
fn a_reset_has_to_be_meant() {
    let mut peer = Peer::connected();
    peer.say(500, 1, RST, b"");
    assert!(!peer.was_reset);
    assert_eq!(peer.hear(), [(1, 1, ACK, 0)], "in the window: the guest is asked");
    peer.say(2_000_000_000, 1, RST, b"");
    assert_eq!((peer.was_reset, peer.hear()), (false, vec![]));
    peer.say(500, 1, SYN, b"");
    assert_eq!(peer.hear(), [(1, 1, ACK, 0)]);
    peer.say(1, 1, RST, b"");
    assert!(peer.was_reset && peer.guest.is_closed());
    // The host's socket has failed.
    let mut peer = Peer::connected();
    peer.push(9);
    peer.guest.abort();
    assert_eq!(peer.hear(), [(1, 1, RST | ACK, 0)]);
}

#[test]
fn what_nobody_would_send_changes_nothing() {
    let mut peer = Peer::connected();
    peer.say(1, 77, ACK, b"abc");
    assert_eq!((peer.hear(), peer.data.len()), (vec![(1, 1, ACK, 0)], 0), "acknowledges what was not sent");
    peer.say(1, 1, 0, b"abc");
    assert_eq!((peer.hear(), peer.data.len()), (vec![], 0), "acknowledges nothing");
    peer.say(3_000_000, 1, ACK, b"abc");
    assert_eq!((peer.hear(), peer.data.len()), (vec![(1, 1, ACK, 0)], 0), "far beyond the window");
    // Whoever asks whether we are there is answered.
    peer.say(0, 1, ACK, b"");
    assert_eq!(peer.hear(), [(1, 1, ACK, 0)]);
}

#[test]
fn a_guest_without_options_is_served_in_small_pieces() {
    let syn = segment(0, 0, SYN, b"");
    let now = Instant::now();
    let mut peer = Peer { guest: Guest::new(&syn, OWN, MTU, true, now), ..Peer::new() };
    peer.guest.accept(now);
    let answer = peer.hear_all();
    assert_eq!((answer[0].options.scale, answer[0].options.selective), (None, false));
    peer.say(1, 1, ACK, b"");
    assert_eq!(peer.guest.room(), 1000, "not scaled");
    peer.push(1000);
    let sent = peer.hear_all();
    assert_eq!((sent[0].length, sent[0].maximum), (1000, 536));
    peer.say(1, 1001, ACK, b"abc");
    peer.say(9, 1001, ACK, b"ijk");
    assert!(peer.hear_all().iter().all(|s| s.blocks == [None; 3] && s.window > 60_000));
}
