//! From rules to BPF: one section an architecture, in each a binary search over the system call numbers.

use std::collections::BTreeMap;

use oci_spec::runtime::{
    LinuxSeccomp, LinuxSeccompAction, LinuxSeccompArg, LinuxSeccompOperator, LinuxSyscall,
};

use super::architecture::{Architecture, SystemCall, X32_BIT};
use super::assembler::{Assembler, JMP_JEQ_K, JMP_JGE_K, JMP_JGT_K, Label, RET_K};
use crate::error::{Kind, Result};
use crate::sys::prctl::BpfInstruction;

/// `code, jt, jf, k`.
pub type Instruction = (u16, u8, u8, u32);

/// A filter ready for the kernel.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Program {
    instructions: Vec<Instruction>,
    /// Flags for seccomp(2).
    pub flags: u64,
}

impl Program {
    /// As bytes, 8 for the flags and 8 an instruction, in this machine's order: for a file that is read back on the same machine.
    pub fn to_bytes(&self) -> Vec<u8> {
        let one = |&(code, jt, jf, k): &Instruction| {
            u64::from(code) << 48 | u64::from(jt) << 40 | u64::from(jf) << 32 | u64::from(k)
        };
        std::iter::once(self.flags)
            .chain(self.instructions.iter().map(one))
            .flat_map(u64::to_ne_bytes)
            .collect()
    }

    /// What [`Program::to_bytes`] gave.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<8>();
        let (flags, instructions) = words.split_first()?;
        let one = |word: &[u8; 8]| {
            let word = u64::from_ne_bytes(*word);
            ((word >> 48) as u16, (word >> 40) as u8, (word >> 32) as u8, word as u32)
        };
        let program =
            Self { instructions: instructions.iter().map(one).collect(), flags: u64::from_ne_bytes(*flags) };
        (rest.is_empty() && !program.instructions.is_empty()).then_some(program)
    }

    /// Whether installing it gives a descriptor for notifications.
    pub fn notifies(&self) -> bool {
        self.flags & NEW_LISTENER != 0
    }

    pub fn instructions(&self) -> Vec<BpfInstruction> {
        self.instructions.iter().map(|&(code, jt, jf, k)| BpfInstruction { code, jt, jf, k }).collect()
    }
}

// Offsets in struct seccomp_data of linux/seccomp.h.
const OFFSET_NUMBER: u32 = 0;
const OFFSET_ARCH: u32 = 4;
const OFFSET_ARGS: u32 = 16;
/// The kernel takes no longer program (BPF_MAXINSNS).
const MAX_INSTRUCTIONS: usize = 4096;
const KILL_PROCESS: u32 = 0x8000_0000;
const NOTIFY: u32 = 0x7fc0_0000;
// Flags of seccomp(2).
const NEW_LISTENER: u64 = 8;
const WAIT_KILLABLE_RECV: u64 = 32;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    conditions: Vec<Condition>,
    action: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Condition {
    index: u32,
    operator: LinuxSeccompOperator,
    value: u64,
    second: u64,
}

/// What happens to the system calls from `first` up to the next entry.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    first: u32,
    rules: Vec<Rule>,
}

/// Compiles the filter for processes of this machine.
///
/// The first rule whose conditions all hold decides; a rule without conditions decides for its system call whatever the others
/// say (as libseccomp has it); calls without a rule get the default action. Calls of an architecture that isn't listed kill the process.
pub fn compile(seccomp: &LinuxSeccomp) -> Result<Program> {
    if seccomp.default_action() == LinuxSeccompAction::ScmpActNotify {
        // The listener would wait for calls that the program makes before anybody listens.
        return Kind::Invalid.err("seccomp: SCMP_ACT_NOTIFY cannot be used as default action");
    }
    let default = action(seccomp.default_action(), seccomp.default_errno_ret())?;
    let entries = entries(seccomp)?;
    let architectures = architectures(seccomp)?;
    let mut assembler = Assembler::default();
    let mut next = assembler.ret(KILL_PROCESS);
    // From the end to the start. x32 is numbered like x86_64 but for one bit, and shares its section.
    for &architecture in architectures.iter().rev().filter(|a| **a != Architecture::X32) {
        let spans = spans(&entries, architecture, default);
        let x32 = architectures.contains(&Architecture::X32);
        let section = section(&mut assembler, &spans, architecture, x32);
        next = assembler.jump(JMP_JEQ_K, architecture.audit(), section, next);
    }
    let instructions = assembler.finish(next, OFFSET_ARCH);
    if instructions.len() > MAX_INSTRUCTIONS {
        return Kind::Invalid.err(format!(
            "the seccomp profile needs {} instructions, the kernel takes {MAX_INSTRUCTIONS}: use fewer rules with arguments",
            instructions.len()
        ));
    }
    let notifies = instructions.iter().any(|(code, _, _, k)| *code == RET_K && *k == NOTIFY);
    let flags = flags(seccomp, notifies);
    Ok(Program { instructions, flags })
}

fn flags(seccomp: &LinuxSeccomp, notifies: bool) -> u64 {
    use oci_spec::runtime::LinuxSeccompFilterFlag as Flag;
    let mut bits = 0;
    for flag in seccomp.flags().iter().flatten() {
        bits |= match flag {
            Flag::SeccompFilterFlagLog => 2,
            Flag::SeccompFilterFlagSpecAllow => 4,
            // One thread at this point, so synchronising threads is without effect.
            Flag::SeccompFilterFlagTsync => 0,
            Flag::SeccompFilterFlagWaitKillableRecv => WAIT_KILLABLE_RECV,
        };
    }
    // It means something only together with a listener, and the kernel refuses it without.
    if !notifies {
        bits &= !WAIT_KILLABLE_RECV;
    }
    if notifies { bits | NEW_LISTENER } else { bits }
}

fn architectures(seccomp: &LinuxSeccomp) -> Result<Vec<Architecture>> {
    let mut found = vec![Architecture::NATIVE];
    for &arch in seccomp.architectures().iter().flatten() {
        if let Some(architecture) = Architecture::from_spec(arch)?
            && !found.contains(&architecture)
        {
            found.push(architecture);
        }
    }
    Ok(found)
}

fn action(action: LinuxSeccompAction, errno: Option<u32>) -> Result<u32> {
    match action {
        LinuxSeccompAction::ScmpActNotify => Ok(NOTIFY),
        other => match errno {
            // linux/seccomp.h SECCOMP_RET_DATA, and errors end at 4095.
            Some(n) if n > 4095 => Kind::Invalid.err(format!("seccomp: errnoRet {n} is over 4095")),
            errno => Ok(other.as_u32(errno)),
        },
    }
}

/// What the profile says about some system calls.
struct Entry {
    calls: Vec<SystemCall>,
    rule: Rule,
}

fn entries(seccomp: &LinuxSeccomp) -> Result<Vec<Entry>> {
    let entry = |entry: &LinuxSyscall| {
        let conditions = entry.args().iter().flatten().map(condition).collect::<Result<Vec<_>>>()?;
        let rule = Rule { conditions, action: action(entry.action(), entry.errno_ret())? };
        Ok(Entry { calls: entry.names().iter().filter_map(|name| SystemCall::named(name)).collect(), rule })
    };
    seccomp.syscalls().iter().flatten().map(entry).collect()
}

/// The rules of each system call of the architecture, with runs of equal treatment merged. Starts at number 0.
fn spans(entries: &[Entry], architecture: Architecture, default: u32) -> Vec<Span> {
    let mut calls: BTreeMap<u32, Vec<Rule>> = BTreeMap::new();
    for Entry { calls: named, rule } in entries {
        for number in named.iter().filter_map(|call| architecture.number(*call)) {
            let rules = calls.entry(number).or_default();
            if rules.first().is_some_and(|r| r.conditions.is_empty()) {
                continue;
            }
            if rule.conditions.is_empty() {
                rules.clear();
            }
            rules.push(rule.clone());
        }
    }
    let otherwise = vec![Rule { conditions: Vec::new(), action: default }];
    let mut spans = vec![Span { first: 0, rules: otherwise.clone() }];
    let mut next = 0;
    for (number, mut rules) in calls {
        if number != next {
            push(&mut spans, next, otherwise.clone());
        }
        if !rules.last().is_some_and(|r| r.conditions.is_empty()) {
            rules.extend_from_slice(&otherwise);
        }
        push(&mut spans, number, rules);
        next = number + 1;
    }
    push(&mut spans, next, otherwise);
    spans
}

fn push(spans: &mut Vec<Span>, first: u32, rules: Vec<Rule>) {
    match spans.last_mut() {
        Some(last) if last.rules == rules => {}
        Some(last) if last.first == first => last.rules = rules,
        _ => spans.push(Span { first, rules }),
    }
}

fn condition(arg: &LinuxSeccompArg) -> Result<Condition> {
    if arg.index() > 5 {
        return Kind::Invalid.err(format!("seccomp: system calls have no argument {}", arg.index()));
    }
    let second = arg.value_two().unwrap_or(0);
    Ok(Condition { index: arg.index() as u32, operator: arg.op(), value: arg.value(), second })
}

/// The code for the system calls of one architecture, from loading their number on.
fn section(assembler: &mut Assembler, spans: &[Span], architecture: Architecture, x32: bool) -> Label {
    let mut entry = search(assembler, spans);
    if architecture == Architecture::X86_64 {
        let is_x32 = if x32 {
            assembler.and(!X32_BIT, entry)
        } else {
            // As on a kernel without x32.
            assembler.ret(0x0005_0000 | libc::ENOSYS as u32)
        };
        entry = assembler.jump(JMP_JGE_K, X32_BIT, is_x32, entry);
    }
    assembler.load(OFFSET_NUMBER, entry)
}

/// The binary search over the spans, the system call's number being in the accumulator.
fn search(assembler: &mut Assembler, spans: &[Span]) -> Label {
    if let [span] = spans {
        // Each rule is left for the next one; the last has no conditions.
        return span
            .rules
            .iter()
            .rev()
            .fold(None, |otherwise, rule| Some(decide(assembler, rule, otherwise)))
            .expect("a span has rules");
    }
    let (low, high) = spans.split_at(spans.len() / 2);
    let pivot = high[0].first;
    let high = search(assembler, high);
    let low = search(assembler, low);
    assembler.jump(JMP_JGE_K, pivot, high, low)
}

fn decide(assembler: &mut Assembler, rule: &Rule, otherwise: Option<Label>) -> Label {
    let action = assembler.ret(rule.action);
    let Some(otherwise) = otherwise else { return action };
    rule.conditions.iter().rev().fold(action, |pass, c| test(assembler, c, pass, otherwise))
}

/// Goes to `pass` if the condition holds, else to `fail`.
fn test(assembler: &mut Assembler, c: &Condition, pass: Label, fail: Label) -> Label {
    use LinuxSeccompOperator as Op;
    let halves = |v: u64| ((v >> 32) as u32, v as u32);
    let (high, low) = halves(c.value);
    // Little-endian machines only (x86, arm): the low half comes first.
    let low_at = OFFSET_ARGS + c.index * 8;
    let high_at = low_at + 4;
    // The high halves differ one way or the other, or the low ones decide.
    let (low_code, yes, no, above, below) = match c.operator {
        Op::ScmpCmpEq => (JMP_JEQ_K, pass, fail, fail, fail),
        Op::ScmpCmpNe => (JMP_JEQ_K, fail, pass, pass, pass),
        Op::ScmpCmpGt => (JMP_JGT_K, pass, fail, pass, fail),
        Op::ScmpCmpGe => (JMP_JGE_K, pass, fail, pass, fail),
        Op::ScmpCmpLt => (JMP_JGE_K, fail, pass, fail, pass),
        Op::ScmpCmpLe => (JMP_JGT_K, fail, pass, fail, pass),
        Op::ScmpCmpMaskedEq => {
            // `value` is the mask, `valueTwo` what must remain.
            let (want_high, want_low) = halves(c.second & c.value);
            let equal = assembler.jump(JMP_JEQ_K, want_low, pass, fail);
            let masked = assembler.and(low, equal);
            let loaded = assembler.load(low_at, masked);
            let equal = assembler.jump(JMP_JEQ_K, want_high, loaded, fail);
            let masked = assembler.and(high, equal);
            return assembler.load(high_at, masked);
        }
    };
    let decided = assembler.jump(low_code, low, yes, no);
    let loaded = assembler.load(low_at, decided);
    let mut compared = assembler.jump(JMP_JEQ_K, high, loaded, below);
    if above != below {
        compared = assembler.jump(JMP_JGT_K, high, above, compared);
    }
    assembler.load(high_at, compared)
}

#[cfg(test)]
#[path = "compile_tests.rs"]
mod tests;
