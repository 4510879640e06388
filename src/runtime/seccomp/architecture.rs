//! Architectures as a filter sees them: the audit number, and how system calls are numbered.

use std::cmp::Ordering;

use oci_spec::runtime::Arch;

use crate::error::{Kind, Result};

/// System calls of x32 carry this bit (asm/unistd.h `__X32_SYSCALL_BIT`).
pub const X32_BIT: u32 = 0x4000_0000;

include!(concat!(env!("OUT_DIR"), "/system_calls.rs"));

/// A system call that some architecture has: its number in each.
#[derive(Debug, Clone, Copy)]
pub struct SystemCall(&'static [i32; 4]);

impl SystemCall {
    pub fn named(name: &str) -> Option<Self> {
        let at = |n: usize| &NAMES[usize::from(STARTS[n])..usize::from(STARTS[n + 1])];
        let (mut low, mut high) = (0, NUMBERS.len());
        while low < high {
            let middle = usize::midpoint(low, high);
            match at(middle).cmp(name) {
                Ordering::Less => low = middle + 1,
                Ordering::Greater => high = middle,
                Ordering::Equal => return Some(Self(&NUMBERS[middle])),
            }
        }
        None
    }

    #[cfg(test)]
    pub fn names() -> impl Iterator<Item = &'static str> {
        STARTS.windows(2).map(|pair| &NAMES[usize::from(pair[0])..usize::from(pair[1])])
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    X86_64,
    X32,
    X86,
    Aarch64,
    Arm,
}

impl Architecture {
    /// The one this binary was built for.
    pub const NATIVE: Self = if cfg!(target_arch = "aarch64") { Self::Aarch64 } else { Self::X86_64 };

    /// `AUDIT_ARCH_…` of linux/audit.h, which x86_64 and x32 share.
    pub fn audit(self) -> u32 {
        match self {
            Self::X86_64 | Self::X32 => 0xc000_003e,
            Self::X86 => 0x4000_0003,
            Self::Aarch64 => 0xc000_00b7,
            Self::Arm => 0x4000_0028,
        }
    }

    /// The number of the system call in this architecture, x32's without their bit.
    pub fn number(self, call: SystemCall) -> Option<u32> {
        u32::try_from(call.0[self.column()]).ok()
    }

    /// Its place in a row of the table, see build.rs.
    fn column(self) -> usize {
        match self {
            Self::X86_64 | Self::X32 => 0,
            Self::X86 => 1,
            Self::Aarch64 => 2,
            Self::Arm => 3,
        }
    }

    /// The architecture that a Spec names, `None` for those that processes on this machine can't have.
    pub fn from_spec(arch: Arch) -> Result<Option<Self>> {
        let native_x86 = Self::NATIVE == Self::X86_64;
        Ok(match arch {
            Arch::ScmpArchNative => Some(Self::NATIVE),
            Arch::ScmpArchX86_64 => native_x86.then_some(Self::X86_64),
            Arch::ScmpArchX32 => native_x86.then_some(Self::X32),
            Arch::ScmpArchX86 => native_x86.then_some(Self::X86),
            Arch::ScmpArchAarch64 => (!native_x86).then_some(Self::Aarch64),
            Arch::ScmpArchArm => (!native_x86).then_some(Self::Arm),
            other if other as u32 == 0 => return Kind::Invalid.err("seccomp: unknown architecture"),
            _ => None,
        })
    }
}
