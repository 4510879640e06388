//! Architectures as a filter sees them: the audit number, and how system calls are numbered.

use std::str::FromStr;

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

    /// The number of a system call, `None` if this architecture has no such call.
    pub fn number(self, name: &str) -> Option<u32> {
        match self {
            Self::X86_64 => syscalls::x86_64::Sysno::from_str(name).ok().map(|n| n.id() as u32),
            Self::X32 => syscalls::x86_64::Sysno::from_str(name).ok().map(|n| n.id() as u32 | X32_BIT),
            Self::X86 => syscalls::x86::Sysno::from_str(name).ok().map(|n| n.id() as u32),
            Self::Aarch64 => syscalls::aarch64::Sysno::from_str(name).ok().map(|n| n.id() as u32),
            Self::Arm => syscalls::arm::Sysno::from_str(name).ok().map(|n| n.id() as u32),
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
