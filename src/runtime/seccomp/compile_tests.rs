use serde_json::json;

use super::super::assembler::{ALU_AND_K, JMP_JA, LD_W_ABS};
use super::*;

/// Runs the program as the kernel would.
fn evaluate(program: &Program, arch: u32, number: u32, args: [u64; 6]) -> u32 {
    let mut data = Vec::new();
    data.extend(number.to_le_bytes());
    data.extend(arch.to_le_bytes());
    data.extend(0u64.to_le_bytes());
    for arg in args {
        data.extend(arg.to_le_bytes());
    }
    let (mut at, mut a) = (0usize, 0u32);
    loop {
        let (code, jt, jf, k) = program.instructions[at];
        at += 1;
        let branch = |yes: bool| usize::from(if yes { jt } else { jf });
        match code {
            LD_W_ABS => a = u32::from_le_bytes(data[k as usize..][..4].try_into().unwrap()),
            ALU_AND_K => a &= k,
            JMP_JA => at += k as usize,
            JMP_JEQ_K => at += branch(a == k),
            JMP_JGT_K => at += branch(a > k),
            JMP_JGE_K => at += branch(a >= k),
            RET_K => return k,
            other => panic!("instruction {other:#x}"),
        }
    }
}

fn filter(value: serde_json::Value) -> Program {
    compile(&serde_json::from_value(value).unwrap()).unwrap()
}

const ALLOW: u32 = 0x7fff_0000;
const X86_64: u32 = 0xc000_003e;

#[test]
#[cfg(target_arch = "x86_64")]
fn every_operator_decides_as_the_specification_says() {
    let two: u64 = (7 << 32) | 2;
    type Case<'a> = (&'a str, u64, u64, &'a [u64], &'a [u64]);
    let cases: &[Case<'_>] = &[
        ("SCMP_CMP_EQ", two, 0, &[two], &[2, 7 << 32, two + 1]),
        ("SCMP_CMP_NE", two, 0, &[2, 7 << 32, two + 1], &[two]),
        ("SCMP_CMP_LT", two, 0, &[0, two - 1, (6 << 32) | 9], &[two, two + 1, 8 << 32]),
        ("SCMP_CMP_LE", two, 0, &[0, two], &[two + 1, 8 << 32]),
        ("SCMP_CMP_GT", two, 0, &[two + 1, 8 << 32], &[two, 0, (6 << 32) | 9]),
        ("SCMP_CMP_GE", two, 0, &[two, 8 << 32], &[two - 1, 0]),
        (
            "SCMP_CMP_MASKED_EQ",
            0xff00_0000_00f0,
            0x1200_0000_0030,
            &[0x1234_0000_0035],
            &[0x1300_0000_0030, 0x1200_0000_0040],
        ),
    ];
    for (op, value, second, yes, no) in cases {
        let program = filter(json!({
            "defaultAction": "SCMP_ACT_ERRNO", "defaultErrnoRet": 1, "architectures": ["SCMP_ARCH_X86_64"],
            "syscalls": [{"names": ["personality"], "action": "SCMP_ACT_ALLOW",
                          "args": [{"index": 0, "value": 5, "op": "SCMP_CMP_EQ"}, {"index": 3, "value": value, "valueTwo": second, "op": op}]}]
        }));
        for x in *yes {
            assert_eq!(evaluate(&program, X86_64, 135, [5, 0, 0, *x, 0, 0]), ALLOW, "{op} {x:#x}");
            assert_eq!(evaluate(&program, X86_64, 135, [6, 0, 0, *x, 0, 0]), 0x50001, "{op}: both must hold");
        }
        for x in *no {
            assert_eq!(evaluate(&program, X86_64, 135, [5, 0, 0, *x, 0, 0]), 0x50001, "{op} {x:#x}");
        }
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn architectures_do_not_leak_into_one_another() {
    let program = filter(json!({
        "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86"],
        "syscalls": [{"names": ["read", "no_such_call"], "action": "SCMP_ACT_ALLOW"},
                     {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38},
                     {"names": ["reboot"], "action": "SCMP_ACT_KILL_PROCESS"}]
    }));
    let x86 = Architecture::X86.audit();
    assert_eq!(evaluate(&program, X86_64, 0, [0; 6]), ALLOW);
    assert_eq!(evaluate(&program, X86_64, 3, [0; 6]), 0x50001);
    assert_eq!(evaluate(&program, x86, 3, [0; 6]), ALLOW, "read is 3 on x86");
    assert_eq!(evaluate(&program, x86, 0, [0; 6]), 0x50001);
    assert_eq!(evaluate(&program, X86_64, 165, [0; 6]), 0x50026);
    assert_eq!(evaluate(&program, X86_64, 169, [0; 6]), KILL_PROCESS);
    assert_eq!(evaluate(&program, X86_64, X32_BIT, [0; 6]), 0x50026, "x32 isn't listed");
    assert_eq!(evaluate(&program, 0xdead, 0, [0; 6]), KILL_PROCESS);
}

#[test]
#[cfg(target_arch = "x86_64")]
fn long_lists_with_arguments_keep_their_jumps_right() {
    let number = |name: &str| SystemCall::named(name).and_then(|call| Architecture::X86_64.number(call));
    let names: Vec<&str> = SystemCall::names().filter(|name| number(name).is_some()).collect();
    assert!(names.len() > 350, "{}", names.len());
    let syscalls: Vec<_> = names
        .iter()
        .enumerate()
        .map(|(n, name)| json!({"names": [name], "action": "SCMP_ACT_ERRNO", "errnoRet": n, "args": [{"index": 1, "value": n, "op": "SCMP_CMP_EQ"}]}))
        .collect();
    let program = filter(json!({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": syscalls}));
    for (n, name) in names.iter().enumerate() {
        let number = number(name).unwrap();
        assert_eq!(
            evaluate(&program, X86_64, number, [0, n as u64, 0, 0, 0, 0]),
            0x50000 | n as u32,
            "{name}"
        );
        assert_eq!(evaluate(&program, X86_64, number, [0, n as u64 + 1, 0, 0, 0, 0]), ALLOW, "{name}");
    }
}

#[test]
fn nonsense_is_refused() {
    let bad = [
        json!({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 6, "value": 0, "op": "SCMP_CMP_EQ"}]}]}),
        json!({"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ERRNO", "errnoRet": 5000}]}),
        json!({"defaultAction": "SCMP_ACT_NOTIFY"}),
    ];
    for value in bad {
        assert!(compile(&serde_json::from_value(value.clone()).unwrap()).is_err(), "{value}");
    }
}

#[test]
#[cfg(target_arch = "x86_64")]
fn x32_shares_the_rules_of_x86_64_where_it_is_listed() {
    let program = filter(json!({
        "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86_64", "SCMP_ARCH_X32"],
        "syscalls": [{"names": ["read"], "action": "SCMP_ACT_ALLOW"}]
    }));
    assert_eq!(evaluate(&program, X86_64, X32_BIT, [0; 6]), ALLOW);
    assert_eq!(evaluate(&program, X86_64, X32_BIT + 1, [0; 6]), 0x50001);
    assert_eq!(evaluate(&program, X86_64, 0, [0; 6]), ALLOW);
    assert_eq!(Program::from_bytes(&program.to_bytes()), Some(program));
    assert_eq!(Program::from_bytes(&[0; 9]), None);
}
