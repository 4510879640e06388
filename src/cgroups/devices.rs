//! Which devices a container may use: the Spec's list of rules, what it comes to, and the BPF program that version 2 wants for it (pure).
//!
//! Most containers need no rules of the kernel's: mounts without devices (`nodev`) keep them to the nodes that were made for them. Rules
//! are for what that can't say.

use std::fmt;

use oci_spec::runtime::{LinuxDevice, LinuxDeviceCgroup, LinuxDeviceType};

use crate::error::{Kind, Result};

/// As the kernel numbers them (linux/bpf.h, `BPF_DEVCG_…`).
pub const MKNOD: u8 = 1;
pub const READ: u8 = 2;
pub const WRITE: u8 = 4;
const ALL: u8 = MKNOD | READ | WRITE;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DeviceKind {
    All,
    Block,
    Char,
}

/// One rule. No number means any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rule {
    pub allow: bool,
    pub kind: DeviceKind,
    pub major: Option<u32>,
    pub minor: Option<u32>,
    /// [`MKNOD`], [`READ`], [`WRITE`].
    pub access: u8,
}

/// What a list of rules comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Policy {
    /// The container's own nodes only: no rules of the kernel's are needed.
    Closed,
    /// Every device.
    Open,
    /// These, the first of which is for everything.
    Rules(Vec<Rule>),
}

/// The devices that every container has (config-linux.md "Default Devices"), and its terminals.
const DEFAULT: [(u32, Option<u32>); 9] = [
    (1, Some(3)),
    (1, Some(5)),
    (1, Some(7)),
    (1, Some(8)),
    (1, Some(9)),
    (5, Some(0)),
    (5, Some(1)),
    (5, Some(2)),
    (136, None),
];

fn default_rules() -> impl Iterator<Item = Rule> {
    let any = |kind| Rule { allow: true, kind, major: None, minor: None, access: MKNOD };
    let own = DEFAULT.into_iter().map(|(major, minor)| Rule {
        allow: true,
        kind: DeviceKind::Char,
        major: Some(major),
        minor,
        access: ALL,
    });
    // A node that is made opens nothing by itself.
    [any(DeviceKind::Char), any(DeviceKind::Block)].into_iter().chain(own)
}

/// Works the policy out. `nodes` are the ones made in the container; `host_nodes`: the host's are there as well.
pub fn policy(
    rules: Option<&[LinuxDeviceCgroup]>,
    nodes: Option<&[LinuxDevice]>,
    host_nodes: bool,
) -> Result<Policy> {
    let mut list: Vec<Rule> = vec![Rule::everything(false)];
    for rule in rules.unwrap_or_default() {
        let rule = Rule::new(rule)?;
        if rule.is_for_everything() {
            // As the kernel has it: whatever was said before is void.
            list = vec![rule];
        } else {
            list.push(rule);
        }
    }
    if list[0].allow {
        return Ok(if list.len() == 1 { Policy::Open } else { Policy::Rules(list) });
    }
    // Every container has the default devices, also one whose rules forget them; what the rules say of them comes later and wins.
    list.splice(1..1, default_rules());
    let nodes: Vec<Rule> = nodes.unwrap_or_default().iter().filter_map(Rule::of_node).collect();
    Ok(if !host_nodes && is_closed(&list, &nodes) { Policy::Closed } else { Policy::Rules(list) })
}

/// Whether the rules allow exactly the container's own nodes, each for reading and writing.
fn is_closed(rules: &[Rule], nodes: &[Rule]) -> bool {
    let own = |r: &Rule| nodes.iter().chain(&default_rules().collect::<Vec<_>>()).any(|n| n.covers(r));
    let nothing_else = rules[1..].iter().filter(|r| r.allow && r.access & (READ | WRITE) != 0).all(own);
    let opened = |n: &Rule| n.access == MKNOD || decide(rules, n.kind, n.major, n.minor, READ | WRITE);
    nothing_else && nodes.iter().chain(&default_rules().collect::<Vec<_>>()).all(opened)
}

/// What the rules say of one access: the last that speaks of it decides.
pub fn decide(rules: &[Rule], kind: DeviceKind, major: Option<u32>, minor: Option<u32>, access: u8) -> bool {
    let speaks = |r: &&Rule| {
        let asked = if r.allow { access & !r.access == 0 } else { access & r.access != 0 };
        asked
            && (r.kind == DeviceKind::All || r.kind == kind)
            && (r.major.is_none() || r.major == major)
            && (r.minor.is_none() || r.minor == minor)
    };
    rules.iter().rev().find(speaks).is_some_and(|r| r.allow)
}

impl Rule {
    pub fn everything(allow: bool) -> Self {
        Self { allow, kind: DeviceKind::All, major: None, minor: None, access: ALL }
    }

    fn new(rule: &LinuxDeviceCgroup) -> Result<Self> {
        let number = |n: Option<i64>| match n {
            None | Some(-1) => Ok(None),
            Some(n) => u32::try_from(n).map(Some).map_err(|_| {
                Kind::Invalid.error(format!("linux.resources.devices: {n} is no number of a device"))
            }),
        };
        let mut access = 0;
        for letter in rule.access().as_deref().unwrap_or_default().chars() {
            access |= match letter {
                'r' => READ,
                'w' => WRITE,
                'm' => MKNOD,
                _ => {
                    return Kind::Invalid.err(format!(
                        "linux.resources.devices: the access {:?} is not made of r, w and m",
                        rule.access().as_deref().unwrap_or_default()
                    ));
                }
            };
        }
        let kind = match rule.typ() {
            None | Some(LinuxDeviceType::A) => DeviceKind::All,
            Some(LinuxDeviceType::B) => DeviceKind::Block,
            Some(LinuxDeviceType::C | LinuxDeviceType::U) => DeviceKind::Char,
            Some(LinuxDeviceType::P) => {
                return Kind::Invalid.err("linux.resources.devices: a FIFO is no device");
            }
        };
        if access == 0 {
            access = ALL;
        }
        Ok(Self {
            allow: rule.allow(),
            kind,
            major: number(rule.major())?,
            minor: number(rule.minor())?,
            access,
        })
    }

    fn of_node(node: &LinuxDevice) -> Option<Self> {
        let kind = match node.typ() {
            LinuxDeviceType::B => DeviceKind::Block,
            LinuxDeviceType::C | LinuxDeviceType::U => DeviceKind::Char,
            _ => return None,
        };
        let (major, minor) = (u32::try_from(node.major()).ok(), u32::try_from(node.minor()).ok());
        Some(Self { allow: true, kind, major, minor, access: ALL })
    }

    fn is_for_everything(&self) -> bool {
        *self == Self::everything(self.allow)
    }

    fn covers(&self, other: &Self) -> bool {
        (self.kind == DeviceKind::All || self.kind == other.kind)
            && (self.major.is_none() || self.major == other.major)
            && (self.minor.is_none() || self.minor == other.minor)
            && other.access & !self.access == 0
    }
}

/// As version 1's files take it: `c 1:3 rwm`, or `a` for everything.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_for_everything() {
            return f.write_str("a");
        }
        let number = |n: Option<u32>| n.map_or_else(|| "*".to_string(), |n| n.to_string());
        let kind = match self.kind {
            DeviceKind::All => 'a',
            DeviceKind::Block => 'b',
            DeviceKind::Char => 'c',
        };
        write!(f, "{kind} {}:{} ", number(self.major), number(self.minor))?;
        let letters = [(READ, "r"), (WRITE, "w"), (MKNOD, "m")];
        letters.iter().filter(|(bit, _)| self.access & bit != 0).try_for_each(|(_, l)| f.write_str(l))
    }
}

/// One BPF instruction (linux/bpf.h).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Instruction {
    pub code: u8,
    /// Source register above, destination register below.
    pub registers: u8,
    pub offset: i16,
    pub immediate: i32,
}

impl Instruction {
    /// As the kernel reads it.
    pub fn bytes(&self) -> [u8; 8] {
        let (o, i) = (self.offset.to_ne_bytes(), self.immediate.to_ne_bytes());
        // The registers' order within the byte follows the machine's.
        let registers =
            if cfg!(target_endian = "big") { self.registers.rotate_left(4) } else { self.registers };
        [self.code, registers, o[0], o[1], i[0], i[1], i[2], i[3]]
    }
}

// Operation codes: class, size or operation, source.
pub const LOAD_WORD: u8 = 0x61;
pub const AND: u8 = 0x57;
pub const SHIFT_RIGHT: u8 = 0x77;
pub const MOVE: u8 = 0xb7;
pub const MOVE_REGISTER: u8 = 0xbf;
pub const JUMP_IF_NOT: u8 = 0x55;
pub const JUMP_IF: u8 = 0x15;
pub const EXIT: u8 = 0x95;

/// The program for `BPF_CGROUP_DEVICE`: is given `struct bpf_cgroup_dev_ctx`, answers 1 to allow.
pub fn program(rules: &[Rule]) -> Vec<Instruction> {
    let op = |code, dst: u8, immediate| Instruction { code, registers: dst, offset: 0, immediate };
    let load = |dst: u8, offset| Instruction { code: LOAD_WORD, registers: 0x10 | dst, offset, immediate: 0 };
    // r2: kind, r3: access, r4: major, r5: minor
    let mut code = vec![load(2, 0), op(MOVE_REGISTER, 0x23, 0), op(AND, 2, 0xffff), op(SHIFT_RIGHT, 3, 16)];
    code.extend([load(4, 4), load(5, 8)]);
    // The last rule that speaks of an access decides.
    for rule in rules.iter().rev() {
        let mut block = Vec::new();
        match rule.kind {
            DeviceKind::All => {}
            DeviceKind::Block => block.push(op(JUMP_IF_NOT, 2, 1)),
            DeviceKind::Char => block.push(op(JUMP_IF_NOT, 2, 2)),
        }
        if rule.access != ALL {
            block.push(op(MOVE_REGISTER, 0x30, 0));
            // An allowance must hold all that is asked, a refusal any of it.
            let (mask, jump) =
                if rule.allow { (!rule.access & ALL, JUMP_IF_NOT) } else { (rule.access, JUMP_IF) };
            block.extend([op(AND, 0, i32::from(mask)), op(jump, 0, 0)]);
        }
        for (register, number) in [(4, rule.major), (5, rule.minor)] {
            block.extend(number.map(|n| op(JUMP_IF_NOT, register, n as i32)));
        }
        block.extend([op(MOVE, 0, i32::from(rule.allow)), op(EXIT, 0, 0)]);
        let length = block.len();
        for (at, instruction) in block.iter_mut().enumerate() {
            if matches!(instruction.code, JUMP_IF | JUMP_IF_NOT) {
                instruction.offset = (length - at - 1) as i16;
            }
        }
        code.extend(block);
        if rule.is_for_everything() {
            // What can't be reached the kernel doesn't take.
            return code;
        }
    }
    code.extend([op(MOVE, 0, 0), op(EXIT, 0, 0)]);
    code
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(list: serde_json::Value) -> Vec<LinuxDeviceCgroup> {
        serde_json::from_value(list).unwrap()
    }

    fn node(path: &str, typ: &str, major: i64, minor: i64) -> LinuxDevice {
        let node = serde_json::json!({"path": path, "type": typ, "major": major, "minor": minor});
        serde_json::from_value(node).unwrap()
    }

    fn policy_of(list: serde_json::Value, nodes: &[LinuxDevice]) -> Policy {
        policy(Some(&rules(list)), Some(nodes), false).unwrap()
    }

    #[test]
    fn the_kernels_rules_are_for_what_mounts_cannot_say() {
        use serde_json::json;
        let deny = json!({"allow": false, "access": "rwm"});
        let tun = [node("/dev/net/tun", "c", 10, 200)];
        let all_of_tun = json!({"allow": true, "type": "c", "major": 10, "minor": 200, "access": "rwm"});
        assert_eq!(policy(None, None, false).unwrap(), Policy::Closed);
        assert_eq!(policy_of(json!([deny]), &[]), Policy::Closed);
        assert_eq!(policy_of(json!([{"allow": true, "access": "rwm"}]), &[]), Policy::Open);
        assert_eq!(policy_of(json!([deny, all_of_tun]), &tun), Policy::Closed);
        assert_eq!(policy_of(json!([all_of_tun, deny]), &[]), Policy::Closed, "what comes before is void");
        // A node that may only be read, one that may not be used, a device without a node, everything but one.
        let mut some = vec![
            policy_of(
                json!([deny, {"allow": true, "type": "c", "major": 10, "minor": 200, "access": "r"}]),
                &tun,
            ),
            policy_of(json!([deny]), &tun),
            policy_of(json!([deny, all_of_tun]), &[]),
        ];
        some.push(policy_of(
            json!([{"allow": true, "access": "rwm"}, {"allow": false, "type": "b", "access": "rwm"}]),
            &[],
        ));
        // The host's own nodes.
        some.push(policy(Some(&rules(json!([deny]))), None, true).unwrap());
        assert!(some.iter().all(|p| matches!(p, Policy::Rules(_))), "{some:?}");
    }

    #[test]
    fn rules_read_as_version_1_wants_them() {
        let Policy::Rules(list) = policy_of(
            serde_json::json!([{"allow": false, "access": "rwm"}, {"allow": true, "type": "b", "major": 8, "access": "r"}]),
            &[],
        ) else {
            panic!("needs rules")
        };
        let text: Vec<String> = list.iter().map(ToString::to_string).collect();
        assert_eq!((text[0].as_str(), text[3].as_str()), ("a", "c 1:3 rwm"));
        assert_eq!(text.last().unwrap(), "b 8:* r");
        let bad = rules(serde_json::json!([{"allow": true, "access": "rx"}]));
        assert!(policy(Some(&bad), None, false).is_err());
    }

    /// The kernel's part: runs a program on one request.
    fn interpret(program: &[Instruction], kind: u32, access: u32, major: u32, minor: u32) -> u64 {
        let context = [kind | access << 16, major, minor];
        let mut registers = [0u64; 11];
        let mut at = 0usize;
        loop {
            let i = program[at];
            let (dst, src) = ((i.registers & 15) as usize, (i.registers >> 4) as usize);
            let jump = match i.code {
                LOAD_WORD => {
                    assert_eq!(src, 1, "loads are from the context");
                    registers[dst] = context[i.offset as usize / 4].into();
                    false
                }
                MOVE_REGISTER => {
                    registers[dst] = registers[src];
                    false
                }
                MOVE => {
                    registers[dst] = i.immediate as i64 as u64;
                    false
                }
                AND => {
                    registers[dst] &= i.immediate as i64 as u64;
                    false
                }
                SHIFT_RIGHT => {
                    registers[dst] >>= i.immediate;
                    false
                }
                JUMP_IF => registers[dst] == i.immediate as i64 as u64,
                JUMP_IF_NOT => registers[dst] != i.immediate as i64 as u64,
                EXIT => return registers[0],
                other => panic!("unknown instruction {other:#x}"),
            };
            at += 1 + if jump { i.offset as usize } else { 0 };
        }
    }

    #[test]
    fn the_program_decides_as_the_rules_do() {
        let rule = |allow, kind, major, minor, access| Rule { allow, kind, major, minor, access };
        let list = [
            Rule::everything(false),
            rule(true, DeviceKind::Char, None, None, MKNOD),
            rule(true, DeviceKind::Char, Some(1), Some(3), ALL),
            rule(true, DeviceKind::Block, Some(8), None, READ),
            rule(true, DeviceKind::All, Some(10), Some(200), READ | WRITE),
            rule(false, DeviceKind::Block, Some(8), Some(16), READ | WRITE),
        ];
        let program = program(&list);
        let mut allowed = 0;
        for (number, kind) in [(1, DeviceKind::Block), (2, DeviceKind::Char)] {
            for (major, minor) in [(1, 3), (1, 5), (8, 0), (8, 16), (10, 200), (11, 200)] {
                for access in 1..8u8 {
                    let expected = decide(&list, kind, Some(major), Some(minor), access);
                    let got = interpret(&program, number, access.into(), major, minor) == 1;
                    assert_eq!(got, expected, "{kind:?} {major}:{minor} {access}");
                    allowed += u32::from(got);
                }
            }
        }
        assert_eq!(allowed, 6 + 6 + 1 + 3 + 3, "mknod, null, reading 8:0, tun's three as either kind");
    }
}
