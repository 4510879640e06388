//! Architectures as a filter sees them: the audit number, and how system calls are numbered.

use std::collections::HashMap;

use oci_spec::runtime::Arch;

use crate::error::{Kind, Result};

/// System calls of x32 carry this bit (asm/unistd.h `__X32_SYSCALL_BIT`).
pub const X32_BIT: u32 = 0x4000_0000;

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

    /// The numbers of all system calls by name, x32's without their bit. (The crate's own look-up compares with one name after the other.)
    pub fn numbers(self) -> HashMap<&'static str, u32> {
        // Above the generic calls 32-bit arm has some of its own (asm/unistd.h `__ARM_NR_BASE`).
        let candidates = (0..1024).chain(0x000f_0000..0x000f_0010);
        let name = |number: usize| match self {
            Self::X86_64 | Self::X32 => syscalls::x86_64::Sysno::new(number).map(|n| n.name()),
            Self::X86 => syscalls::x86::Sysno::new(number).map(|n| n.name()),
            Self::Aarch64 => syscalls::aarch64::Sysno::new(number).map(|n| n.name()),
            Self::Arm => syscalls::arm::Sysno::new(number).map(|n| n.name()),
        };
        candidates.filter_map(|n| Some((name(n)?, n as u32))).collect()
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
