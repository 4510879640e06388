//! From rules to BPF: one section an architecture, in each a binary search over the system call numbers.

use std::collections::BTreeMap;

use oci_spec::runtime::{LinuxSeccomp, LinuxSeccompAction, LinuxSeccompArg, LinuxSeccompOperator};

use super::architecture::{Architecture, X32_BIT};
use crate::error::{Kind, Result};
use crate::sys::prctl::BpfInstruction;

/// A filter ready for the kernel.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Program {
    /// `code, jt, jf, k` of each instruction.
    instructions: Vec<(u16, u8, u8, u32)>,
    /// Flags for seccomp(2).
    pub flags: u64,
}

impl Program {
    /// As bytes, 8 for the flags and 8 an instruction, in this machine's order: for a file that is read back on the same machine.
    pub fn to_bytes(&self) -> Vec<u8> {
        let one = |&(code, jt, jf, k): &(u16, u8, u8, u32)| {
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

// linux/bpf_common.h
const LD_W_ABS: u16 = 0x20;
const ALU_AND_K: u16 = 0x54;
const JMP_JA: u16 = 0x05;
const JMP_JEQ_K: u16 = 0x15;
const JMP_JGT_K: u16 = 0x25;
const JMP_JGE_K: u16 = 0x35;
const RET_K: u16 = 0x06;
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
    let mut sections = Vec::new();
    for architecture in architectures(seccomp)? {
        if architecture == Architecture::X32 {
            // Numbered like x86_64's but for one bit: `link` lets it share that section.
            sections.push((architecture, Code::new()));
            continue;
        }
        sections.push((architecture, section(&spans(seccomp, architecture, default)?, default)));
    }
    let instructions = link(sections);
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

/// The rules of each system call of the architecture, with runs of equal treatment merged. Starts at number 0.
fn spans(seccomp: &LinuxSeccomp, architecture: Architecture, default: u32) -> Result<Vec<Span>> {
    let numbers = architecture.numbers();
    let mut calls: BTreeMap<u32, Vec<Rule>> = BTreeMap::new();
    for entry in seccomp.syscalls().iter().flatten() {
        let action = action(entry.action(), entry.errno_ret())?;
        let conditions = entry.args().iter().flatten().map(condition).collect::<Result<Vec<_>>>()?;
        for number in entry.names().iter().filter_map(|name| numbers.get(name.as_str()).copied()) {
            let rules = calls.entry(number).or_default();
            if rules.first().is_some_and(|r| r.conditions.is_empty()) {
                continue;
            }
            if conditions.is_empty() {
                rules.clear();
            }
            rules.push(Rule { conditions: conditions.clone(), action });
        }
    }
    let otherwise = vec![Rule { conditions: Vec::new(), action: default }];
    let mut spans = vec![Span { first: 0, rules: otherwise.clone() }];
    let mut next = 0;
    for (number, rules) in calls {
        if number != next {
            push(&mut spans, next, otherwise.clone());
        }
        push(&mut spans, number, rules);
        next = number + 1;
    }
    push(&mut spans, next, otherwise);
    Ok(spans)
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

type Code = Vec<(u16, u8, u8, u32)>;

/// The binary search over the spans, the system call's number being in the accumulator.
fn section(spans: &[Span], default: u32) -> Code {
    if let [span] = spans {
        return span_code(span, default);
    }
    let (low, high) = spans.split_at(spans.len() / 2);
    let (low, pivot, high) = (section(low, default), high[0].first, section(high, default));
    let mut code = Vec::with_capacity(low.len() + high.len() + 2);
    if let Ok(over) = u8::try_from(low.len()) {
        code.push((JMP_JGE_K, over, 0, pivot));
    } else {
        // Conditional jumps reach 255 instructions, this one any number.
        code.push((JMP_JGE_K, 0, 1, pivot));
        code.push((JMP_JA, 0, 0, low.len() as u32));
    }
    code.extend(low);
    code.extend(high);
    code
}

fn span_code(span: &Span, default: u32) -> Code {
    let mut code = Code::new();
    for rule in &span.rules {
        let conditions: Vec<Code> = rule.conditions.iter().map(condition_code).collect();
        // Conditions are laid out one after the other; a failed one jumps past the return.
        let total: usize = conditions.iter().map(Vec::len).sum();
        let mut before = 0;
        for condition in conditions {
            before += condition.len();
            let past_return = total - before + 1;
            code.extend(condition.into_iter().map(|i| resolve(i, past_return)));
        }
        code.push((RET_K, 0, 0, rule.action));
        if rule.conditions.is_empty() {
            return code;
        }
    }
    code.push((RET_K, 0, 0, default));
    code
}

/// Jump targets inside a condition are relative to its end: `FAIL` leaves the rule, `PASS` goes to what follows the condition.
const FAIL: u8 = 255;
const PASS: u8 = 254;

/// Code that goes on at its end if the condition holds. A jump to `PASS` is resolved here; one to `FAIL` keeps its distance to the end with
/// the high bit as a mark, until [`resolve`] knows what follows.
fn condition_code(c: &Condition) -> Code {
    use LinuxSeccompOperator as Op;
    let offset = OFFSET_ARGS + c.index * 8;
    // Little-endian machines only (x86, arm): the low half comes first.
    let (low, high) = ((LD_W_ABS, 0, 0, offset), (LD_W_ABS, 0, 0, offset + 4));
    let halves = |v: u64| ((v >> 32) as u32, v as u32);
    let (vh, vl) = halves(c.value);
    let code = match c.operator {
        Op::ScmpCmpEq => vec![high, (JMP_JEQ_K, 0, FAIL, vh), low, (JMP_JEQ_K, 0, FAIL, vl)],
        Op::ScmpCmpNe => vec![high, (JMP_JEQ_K, 0, PASS, vh), low, (JMP_JEQ_K, FAIL, 0, vl)],
        Op::ScmpCmpGt => {
            vec![high, (JMP_JGT_K, PASS, 0, vh), (JMP_JEQ_K, 0, FAIL, vh), low, (JMP_JGT_K, 0, FAIL, vl)]
        }
        Op::ScmpCmpGe => {
            vec![high, (JMP_JGT_K, PASS, 0, vh), (JMP_JEQ_K, 0, FAIL, vh), low, (JMP_JGE_K, 0, FAIL, vl)]
        }
        Op::ScmpCmpLt => {
            vec![high, (JMP_JGT_K, FAIL, 0, vh), (JMP_JEQ_K, 0, PASS, vh), low, (JMP_JGE_K, FAIL, 0, vl)]
        }
        Op::ScmpCmpLe => {
            vec![high, (JMP_JGT_K, FAIL, 0, vh), (JMP_JEQ_K, 0, PASS, vh), low, (JMP_JGT_K, FAIL, 0, vl)]
        }
        Op::ScmpCmpMaskedEq => {
            // `value` is the mask, `valueTwo` what must remain.
            let (wh, wl) = halves(c.second & c.value);
            vec![
                high,
                (ALU_AND_K, 0, 0, vh),
                (JMP_JEQ_K, 0, FAIL, wh),
                low,
                (ALU_AND_K, 0, 0, vl),
                (JMP_JEQ_K, 0, FAIL, wl),
            ]
        }
    };
    let length = code.len();
    code.into_iter()
        .enumerate()
        .map(|(at, (op, jt, jf, k))| {
            let to_end = (length - 1 - at) as u8;
            let place = |jump: u8| match jump {
                PASS => to_end,
                FAIL => to_end | 0x80,
                other => other,
            };
            (op, place(jt), place(jf), k)
        })
        .collect()
}

/// Turns a marked jump (high bit: leave the rule) into its distance; `past_return` instructions follow the end of the condition.
fn resolve((op, jt, jf, k): (u16, u8, u8, u32), past_return: usize) -> (u16, u8, u8, u32) {
    let place = |jump: u8| if jump & 0x80 == 0 { jump } else { (jump & 0x7f) + past_return as u8 };
    (op, place(jt), place(jf), k)
}

/// Puts the sections behind a choice of architecture. x86_64 and x32 share an audit number and are told apart by the x32 bit.
fn link(sections: Vec<(Architecture, Code)>) -> Code {
    let mut code = vec![(LD_W_ABS, 0, 0, OFFSET_ARCH)];
    let x32 = sections.iter().any(|(a, _)| *a == Architecture::X32);
    for (architecture, section) in sections.into_iter().filter(|(a, _)| *a != Architecture::X32) {
        let mut body = vec![(LD_W_ABS, 0, 0, OFFSET_NUMBER)];
        if architecture == Architecture::X86_64 {
            body.push((JMP_JGE_K, 0, 1, X32_BIT));
            body.push(if x32 {
                (ALU_AND_K, 0, 0, !X32_BIT)
            } else {
                // As on a kernel without x32.
                (RET_K, 0, 0, 0x0005_0000 | libc::ENOSYS as u32)
            });
        }
        body.extend(section);
        code.push((JMP_JEQ_K, 1, 0, architecture.audit()));
        code.push((JMP_JA, 0, 0, body.len() as u32));
        code.extend(body);
    }
    code.push((RET_K, 0, 0, KILL_PROCESS));
    code
}

#[cfg(test)]
#[path = "compile_tests.rs"]
mod tests;
