//! Classic BPF from its end to its start: jumps go forward only, so a jump's target is always there before the jump, and every path that
//! ends alike can end in the same place.

use super::compile::Instruction;

// linux/bpf_common.h
pub const LD_W_ABS: u16 = 0x20;
pub const ALU_AND_K: u16 = 0x54;
pub const JMP_JA: u16 = 0x05;
pub const JMP_JEQ_K: u16 = 0x15;
pub const JMP_JGT_K: u16 = 0x25;
pub const JMP_JGE_K: u16 = 0x35;
pub const RET_K: u16 = 0x06;

/// A conditional jump passes at most 255 instructions; the rest is for the unconditional ones that lengthen it.
const NEAR: usize = 250;

/// A place in the program, counted from its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Label(usize);

/// Each method puts an instruction before those that are there.
#[derive(Debug, Default)]
pub struct Assembler {
    reversed: Vec<Instruction>,
    /// What is returned where.
    returns: Vec<(u32, Label)>,
}

impl Assembler {
    fn push(&mut self, instruction: Instruction) -> Label {
        self.reversed.push(instruction);
        Label(self.reversed.len() - 1)
    }

    /// How many instructions the next one would have to pass to come to the label.
    fn distance(&self, to: Label) -> usize {
        self.reversed.len() - to.0 - 1
    }

    fn near(&mut self, label: Label) -> Label {
        match self.distance(label) {
            distance if distance > NEAR => self.push((JMP_JA, 0, 0, distance as u32)),
            _ => label,
        }
    }

    /// Makes the next instruction go on at the label.
    fn fall(&mut self, to: Label) {
        match self.distance(to) {
            0 => {}
            distance => {
                self.push((JMP_JA, 0, 0, distance as u32));
            }
        }
    }

    pub fn ret(&mut self, action: u32) -> Label {
        let known =
            self.returns.iter().rev().find(|(a, label)| *a == action && self.distance(*label) <= NEAR);
        if let Some((_, label)) = known {
            return *label;
        }
        let label = self.push((RET_K, 0, 0, action));
        self.returns.push((action, label));
        label
    }

    pub fn jump(&mut self, code: u16, k: u32, yes: Label, no: Label) -> Label {
        if yes == no {
            return yes;
        }
        let (yes, no) = (self.near(yes), self.near(no));
        self.push((code, self.distance(yes) as u8, self.distance(no) as u8, k))
    }

    pub fn load(&mut self, offset: u32, then: Label) -> Label {
        self.fall(then);
        self.push((LD_W_ABS, 0, 0, offset))
    }

    pub fn and(&mut self, mask: u32, then: Label) -> Label {
        self.fall(then);
        self.push((ALU_AND_K, 0, 0, mask))
    }

    /// The program, which starts by loading what is at the offset.
    pub fn finish(mut self, then: Label, offset: u32) -> Vec<Instruction> {
        self.load(offset, then);
        self.reversed.reverse();
        self.reversed
    }
}
