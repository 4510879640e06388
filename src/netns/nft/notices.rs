//! What the kernel tells of changes of tables, as far as rules of ours may be gone by them. A socket filter drops the rest: a host on which
//! others change their rules all the time wakes nobody.

use std::os::fd::OwnedFd;

use super::expression::{NFPROTO_IPV4, NFPROTO_IPV6};
use super::{NEWRULE, NEWSET, NEWSETELEM, OWN};
use crate::error::{Context, Result};
use crate::sys::netlink::{Connection, Family};
use crate::sys::socket::Instruction;

/// `NFNLGRP_NFTABLES` as a bit.
const GROUP: u32 = 1 << (7 - 1);
const DELSETELEM: u16 = super::DELSETELEM;
/// So many messages of a datagram are looked at; what has more is let through. (The kernel limits the memory of filters.)
const LOOKED_AT: usize = 14;
const PASS: u32 = u32::MAX;

// linux/bpf_common.h, linux/filter.h: operations of classic BPF.
const LOAD_BYTE: u16 = 0x50;
const LOAD_HALF: u16 = 0x48;
const LOAD_WORD: u16 = 0x40;
const LOAD_INDEX_SCRATCH: u16 = 0x61;
const STORE: u16 = 0x02;
const STORE_INDEX: u16 = 0x03;
const ADD: u16 = 0x04;
const ADD_INDEX: u16 = 0x0c;
const AND: u16 = 0x54;
const OR_INDEX: u16 = 0x4c;
const SHIFT_LEFT: u16 = 0x64;
const TO_INDEX: u16 = 0x07;
const JUMP: u16 = 0x05;
const JUMP_IF_EQUAL: u16 = 0x15;
const RETURN: u16 = 0x06;

// Offsets in a message: its header, the family's, then the first attribute, which is the table's name.
const LENGTH: u32 = 0;
const KIND: u32 = 4;
const SENDER: u32 = 12;
const FAMILY: u32 = 16;
const NAME: u32 = 24;

/// A socket that can be read when rules may be gone.
pub fn notices() -> Result<OwnedFd> {
    let socket = Connection::subscribe(Family::Netfilter, GROUP, Some(&filter()));
    socket.map(Into::into).context("following changes of nftables")
}

/// A program that is being written; jumps are to marks, which are set later.
#[derive(Default)]
struct Program {
    instructions: Vec<Instruction>,
}

impl Program {
    fn put(&mut self, code: u16, k: u32) -> &mut Self {
        self.instructions.push(Instruction { code, jt: 0, jf: 0, k });
        self
    }

    /// Passes over the next `skip` instructions if the register has the value.
    fn skip_if(&mut self, value: u32, skip: u8) -> &mut Self {
        self.instructions.push(Instruction { code: JUMP_IF_EQUAL, jt: skip, jf: 0, k: value });
        self
    }

    /// Passes over them if it hasn't.
    fn skip_unless(&mut self, value: u32, skip: u8) -> &mut Self {
        self.instructions.push(Instruction { code: JUMP_IF_EQUAL, jt: 0, jf: skip, k: value });
        self
    }
}

/// The bytes of a number in the machine's order, in a message: the lower, the higher.
fn bytes_of(offset: u32) -> (u32, u32) {
    if cfg!(target_endian = "little") { (offset, offset + 1) } else { (offset + 3, offset + 2) }
}

/// Reading behind the end of a datagram drops it.
fn filter() -> Vec<Instruction> {
    let mut program = Program::default();
    program.put(STORE_INDEX, 0);
    for _ in 0..LOOKED_AT {
        look_at_one(&mut program);
    }
    program.put(RETURN, PASS);
    program.instructions
}

/// Lets the datagram through if the message at the index may be about rules of ours, else goes to the next message.
fn look_at_one(program: &mut Program) {
    let (low, high) = bytes_of(LENGTH);
    let kind = if cfg!(target_endian = "little") { KIND } else { KIND + 1 };
    let sender = if cfg!(target_endian = "little") { SENDER + 2 } else { SENDER };
    let word = |text: &[u8; 4]| u32::from_be_bytes(*text);
    let mut ours = Program::default();
    // In a table of ours everything but the coming and going of elements, which is what containers do; what others take out counts.
    ours.put(LOAD_BYTE, kind)
        .skip_if(NEWSETELEM.into(), 4)
        .skip_unless(DELSETELEM.into(), 2)
        .put(LOAD_HALF, sender)
        .skip_if(OWN.into(), 1)
        .put(RETURN, PASS);
    let mut filter_table = Program::default();
    // In the filter tables of iptables what may take rules away, or make them needed.
    filter_table
        .put(LOAD_HALF, NAME + 4)
        .skip_unless(u16::from_be_bytes(*b"er").into(), 11)
        .put(LOAD_BYTE, NAME + 6)
        .skip_unless(0, 9)
        .put(LOAD_BYTE, FAMILY)
        .skip_if(NFPROTO_IPV4.into(), 1)
        .skip_unless(NFPROTO_IPV6.into(), 6)
        .put(LOAD_BYTE, kind)
        .skip_if(NEWRULE.into(), 4)
        .skip_if(NEWSET.into(), 3)
        .skip_if(NEWSETELEM.into(), 2)
        .skip_if(DELSETELEM.into(), 1)
        .put(RETURN, PASS);
    program.put(LOAD_WORD, NAME).skip_unless(word(b"dhow"), ours.instructions.len() as u8 + 1);
    program.instructions.extend(ours.instructions);
    program.put(JUMP, filter_table.instructions.len() as u32 + 1);
    program.skip_unless(word(b"filt"), filter_table.instructions.len() as u8);
    program.instructions.extend(filter_table.instructions);
    // To the next: the length, padded to four bytes.
    program
        .put(LOAD_BYTE, high)
        .put(SHIFT_LEFT, 8)
        .put(STORE, 1)
        .put(LOAD_BYTE, low)
        .put(LOAD_INDEX_SCRATCH, 1)
        .put(OR_INDEX, 0)
        .put(ADD, 3)
        .put(AND, !3)
        .put(LOAD_INDEX_SCRATCH, 0)
        .put(ADD_INDEX, 0)
        .put(TO_INDEX, 0)
        .put(STORE_INDEX, 0);
}

#[cfg(test)]
mod tests {
    use super::super::{DELCHAIN, DELRULE, DELTABLE, INET, NEWCHAIN, message_of};
    use super::*;

    /// Runs the filter over a datagram, as socket(7) has it.
    fn passes(datagram: &[u8]) -> bool {
        let (program, mut scratch) = (filter(), [0u32; 16]);
        let (mut a, mut x, mut at) = (0u32, 0u32, 0usize);
        loop {
            let Instruction { code, jt, jf, k } = program[at];
            let load = |width: usize| {
                let from = (x + k) as usize;
                let bytes = datagram.get(from..from + width)?;
                Some(bytes.iter().fold(0, |all, b| all << 8 | u32::from(*b)))
            };
            at += 1;
            match code {
                LOAD_BYTE | LOAD_HALF | LOAD_WORD => {
                    let width = match code {
                        LOAD_BYTE => 1,
                        LOAD_HALF => 2,
                        _ => 4,
                    };
                    let Some(loaded) = load(width) else { return false };
                    a = loaded;
                }
                LOAD_INDEX_SCRATCH => x = scratch[k as usize],
                STORE => scratch[k as usize] = a,
                STORE_INDEX => scratch[k as usize] = x,
                ADD => a += k,
                ADD_INDEX => a += x,
                AND => a &= k,
                OR_INDEX => a |= x,
                SHIFT_LEFT => a <<= k,
                TO_INDEX => x = a,
                JUMP => at += k as usize,
                JUMP_IF_EQUAL => at += usize::from(if a == k { jt } else { jf }),
                RETURN => return k != 0,
                other => panic!("{other:#x}"),
            }
        }
    }

    fn told(family: u8, kind: u16, table: &str) -> Vec<u8> {
        let mut message = message_of(family, kind, 0);
        message.put_str(1, table).put_str(2, "something else");
        message.finish(1)
    }

    #[test]
    fn only_what_may_take_rules_of_ours_away_is_let_through() {
        for kind in [DELTABLE, DELCHAIN, DELRULE, NEWCHAIN] {
            assert!(
                passes(&told(INET, kind, "dhow")) && passes(&told(NFPROTO_IPV4, kind, "filter")),
                "{kind}"
            );
            assert!(
                !passes(&told(INET, kind, "firewalld")) && !passes(&told(INET, kind, "filter")),
                "{kind}"
            );
            assert!(
                !passes(&told(NFPROTO_IPV4, kind, "filters")) && !passes(&told(NFPROTO_IPV6, kind, "nat"))
            );
        }
        for kind in [NEWSETELEM, DELSETELEM] {
            assert_eq!(passes(&told(INET, kind, "dhow")), kind == DELSETELEM, "by somebody else");
            let mut by_us = told(INET, kind, "dhow");
            by_us[12..16].copy_from_slice(&(u32::from(OWN) << 16 | 0x1234).to_ne_bytes());
            assert!(!passes(&by_us) && !passes(&told(NFPROTO_IPV6, kind, "filter")));
        }
        assert!(passes(&told(INET, NEWRULE, "dhow")) && !passes(&told(NFPROTO_IPV4, NEWRULE, "filter")));
        assert!(!passes(&[]) && !passes(&[20, 0, 0, 0, 2, 10]));
    }

    #[test]
    fn every_message_of_a_datagram_counts() {
        let others = |n: usize| told(INET, DELRULE, "firewalld").repeat(n);
        assert!(!passes(&others(3)) && !passes(&others(LOOKED_AT - 1)));
        assert!(passes(&[others(5), told(INET, DELTABLE, "dhow")].concat()));
        assert!(passes(&others(LOOKED_AT)), "what is too long is let through");
    }
}
