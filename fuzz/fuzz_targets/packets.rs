//! The user-mode network stack: whatever a container sends, and whatever the host's sockets do at the same time, it goes on.
#![no_main]

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use dhow::netns::usermode::Settings;
use dhow::netns::usermode::stack::Stack;
use dhow::netns::usermode::world::{Destination, Kind, Readiness, Received, Token, World};
use libfuzzer_sys::fuzz_target;
use nix::errno::Errno;

/// Numbers of the last TCP segment that the guest got: by them, segments are made that are to the point.
#[derive(Default)]
struct Heard {
    sequence: u32,
    acknowledged: u32,
    length: u32,
}

/// A world whose calls come to what the input says.
#[derive(Default)]
struct Odd {
    moods: Vec<u8>,
    calls: usize,
    tokens: Vec<Token>,
    heard: Heard,
}

impl Odd {
    fn mood(&mut self) -> u8 {
        self.calls += 1;
        if self.moods.is_empty() { 0 } else { self.moods[self.calls % self.moods.len()] }
    }

    fn count(&mut self, most: usize) -> Result<usize, Errno> {
        match self.mood() {
            0..=9 => Err(Errno::EAGAIN),
            10..=12 => Err(Errno::ECONNRESET),
            13 => Err(Errno::EPIPE),
            mood @ 14..=100 => Ok(usize::from(mood).min(most)),
            mood => Ok((usize::from(mood) * 300).min(most)),
        }
    }

    fn make(&mut self, token: Token) -> Result<usize, Errno> {
        match self.mood() {
            0..=9 => Err(Errno::ECONNREFUSED),
            10..=19 => Err(Errno::EMFILE),
            20..=29 => Err(Errno::ENETUNREACH),
            30..=39 => Err(Errno::EACCES),
            _ => {
                self.tokens.push(token);
                Ok(self.tokens.len())
            }
        }
    }
}

impl World for Odd {
    type Socket = usize;

    fn transmit(&mut self, head: &[u8], data: &[u8]) {
        let packet = &head[10..];
        assert!(head.len() + data.len() <= 10 + 65_575, "longer than any packet");
        let tcp = match packet[0] >> 4 {
            4 if packet[9] == 6 => &packet[20..],
            6 if packet[6] == 6 => &packet[40..],
            _ => return,
        };
        let number = |at: usize| u32::from_be_bytes(tcp[at..at + 4].try_into().unwrap());
        let flags = u32::from(tcp[13] & 1) + u32::from(tcp[13] >> 1 & 1);
        self.heard = Heard { sequence: number(4), acknowledged: number(8), length: data.len() as u32 + flags };
    }

    fn destination(&mut self, _: IpAddr) -> Destination {
        match self.mood() {
            0..=3 => Destination::Local,
            4..=6 => Destination::Nobody,
            7..=9 => Destination::Unreachable,
            _ => Destination::Elsewhere,
        }
    }

    fn name_servers(&mut self) -> Vec<SocketAddr> {
        let all: [IpAddr; 4] = [[9, 9, 9, 9].into(), [0; 16].into(), [1; 4].into(), [2; 4].into()];
        all[..usize::from(self.mood() % 5)].iter().map(|server| SocketAddr::new(*server, 53)).collect()
    }

    fn connect(&mut self, _: SocketAddr, token: Token) -> Result<usize, Errno> {
        self.make(token)
    }

    fn connected(&mut self, _: &usize) -> Result<(), Errno> {
        if self.mood() < 20 { Err(Errno::ECONNREFUSED) } else { Ok(()) }
    }

    fn send(&mut self, _: &usize, data: &[u8]) -> Result<usize, Errno> {
        self.count(data.len())
    }

    fn receive(&mut self, _: &usize, buffer: &mut [u8]) -> Result<usize, Errno> {
        if self.mood() < 5 { Ok(0) } else { self.count(buffer.len()) }
    }

    fn shut_down(&mut self, _: &usize) {}

    fn reset(&mut self, _: usize) {}

    fn bind(&mut self, _: Kind, _: bool, token: Token) -> Result<usize, Errno> {
        self.make(token)
    }

    fn send_to(&mut self, _: &usize, _: &[u8], _: SocketAddr) -> Result<(), Errno> {
        self.count(1).map(drop)
    }

    fn receive_from(&mut self, _: &usize, buffer: &mut [u8]) -> Result<Received, Errno> {
        // Ports and addresses as those of name servers, too.
        let from = SocketAddr::new([9, 9, 9, 9].into(), 53);
        if (20..60).contains(&self.mood()) {
            return Ok(Received::Failed { length: 0, to: from, why: Errno::ECONNREFUSED });
        }
        self.count(buffer.len().min(65_507)).map(|length| Received::Datagram { length, from })
    }
}

/// A segment of the guest that vouches for its checksum, with numbers near those that are expected.
fn segment(script: &[u8; 8], heard: &Heard) -> Vec<u8> {
    let [port, flags, sequence, acknowledged, length, window, wide, to] = *script;
    let data = usize::from(length) * if wide & 1 == 0 { 1 } else { 250 };
    let near = |number: u32, by: u8| match by {
        0..=127 => number,
        _ => number.wrapping_add(u32::from(by)).wrapping_sub(160),
    };
    let total = (20 + 24 + data) as u16;
    let mut packet = vec![1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x45, 0];
    packet.extend(total.to_be_bytes());
    packet.extend([0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 2, 100, 10, 0, 2, 3 + to % 4]);
    packet.extend([0x90, port % 4, 0, if to & 8 == 0 { 53 } else { 80 }]);
    packet.extend(near(heard.acknowledged, sequence).to_be_bytes());
    packet.extend(near(heard.sequence.wrapping_add(heard.length), acknowledged).to_be_bytes());
    packet.extend([0x60, flags, window, wide, 0, 0, 0, 0]);
    packet.extend(if wide & 2 == 0 { [3, 3, wide % 16, 1] } else { [4, 2, 1, 1] });
    packet.resize(10 + usize::from(total), 7);
    packet
}

fuzz_target!(|input: (Vec<u8>, Vec<u8>)| {
    let (moods, mut script) = (input.0, input.1.as_slice());
    let mut world = Odd { moods, ..Odd::default() };
    let mut stack = Stack::new(&Settings::default());
    let mut now = Instant::now();
    while let [what, rest @ ..] = script {
        script = rest;
        match what % 8 {
            // Anything.
            0 => {
                let length = usize::from(*what).min(script.len());
                stack.packet(&mut world, &script[..length], now);
                script = &script[length..];
            }
            1..=4 => {
                let Some((fields, rest)) = script.split_first_chunk::<8>() else { break };
                script = rest;
                let packet = segment(fields, &world.heard);
                stack.packet(&mut world, &packet, now);
            }
            5 | 6 => {
                let all = world.tokens.len();
                if let Some(token) = world.tokens.get(usize::from(what / 8) % all.max(1)).copied() {
                    let readiness =
                        Readiness { readable: what & 64 != 0, writable: what & 16 != 0, failed: what & 32 != 0 };
                    stack.event(&mut world, token, readiness, now);
                }
            }
            _ => match stack.deadline() {
                Some(deadline) if what & 8 != 0 => now = now.max(deadline),
                _ => now += Duration::from_millis(u64::from(*what)),
            },
        }
        for _ in 0..3 {
            stack.advance(&mut world, now);
        }
    }
    // Whatever was begun ends when nobody does anything any more.
    world.moods = vec![5];
    for _ in 0..100_000 {
        let Some(deadline) = stack.deadline() else { break };
        now = now.max(deadline);
        while stack.advance(&mut world, now) {}
    }
    assert!(stack.deadline().is_none(), "it never ends");
});
