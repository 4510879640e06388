//! Carries a plan out: the files of a container's cgroups are written, and its device program is put on it.

use std::collections::VecDeque;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

use super::Saved;
use super::devices::{self, Rule};
use super::place;
use super::plan::{Missing, Version, Write};
use crate::error::{Context, Error, Kind, Result};
use crate::sys::bpf;

/// Writes all, in order. A value that the kernel calls invalid is tried again after the others, as long as any of them gets through.
pub fn writes(saved: &Saved, writes: &[Write]) -> Result<()> {
    let mut pending: VecDeque<&Write> = VecDeque::new();
    let mut covered = false;
    for write in writes {
        let file = directory(saved, write)?.join(&write.file);
        let exists = file.exists();
        let may_miss = write.missing == Missing::Fine || covered;
        covered = write.missing == Missing::NextDoes && exists;
        if exists {
            pending.push_back(write);
        } else if !may_miss && write.missing != Missing::NextDoes {
            return Kind::Unsupported.err(format!(
                "{}: this kernel does not have it, so {} can't be set",
                file.display(),
                write.controller
            ));
        }
    }
    // How many refusals in a row end it.
    let mut refused = 0;
    while let Some(write) = pending.pop_front() {
        let file = directory(saved, write)?.join(&write.file);
        match place::write(&file, &write.value) {
            Ok(()) => refused = 0,
            Err(e) if e.raw_os_error() == Some(libc::EINVAL) && refused < pending.len() => {
                refused += 1;
                pending.push_back(write);
            }
            Err(e) => return Err(explain(&file, write, e)),
        }
    }
    Ok(())
}

fn directory(saved: &Saved, write: &Write) -> Result<PathBuf> {
    let dir = match write.version {
        Version::V2 => saved.v2.as_ref(),
        Version::V1 => saved.v1.get(&write.controller),
    };
    dir.cloned().with_context(|| format!("the container has no cgroup for {}", write.file))
}

fn explain(file: &Path, write: &Write, error: std::io::Error) -> Error {
    let at = format!("setting {} to {:?}", file.display(), write.value.trim());
    let memory = write.controller == "memory";
    match error.raw_os_error() {
        Some(libc::EBUSY) if memory => {
            let usage = ["memory.usage_in_bytes", "memory.current"]
                .iter()
                .find_map(|name| std::fs::read_to_string(file.with_file_name(name)).ok())
                .unwrap_or_default();
            Kind::Conflict.error(format!(
                "unable to set memory limit to {} (current usage: {})",
                write.value,
                usage.trim()
            ))
        }
        Some(libc::EINVAL | libc::ERANGE) => {
            Kind::Invalid.error(format!("{at}: the kernel does not take the value"))
        }
        Some(libc::EOPNOTSUPP | libc::ENODEV) => {
            Kind::Unsupported.error(format!("{at}: this kernel can't do it ({error})"))
        }
        _ => Error::new(error).context(at),
    }
}

/// Puts the program for these rules on the cgroup.
pub fn device_rules(cgroup: BorrowedFd<'_>, rules: &[Rule]) -> Result<()> {
    let program: Vec<[u8; 8]> = devices::program(rules).iter().map(devices::Instruction::bytes).collect();
    let program = bpf::load_device_program(&program).map_err(cannot_limit_devices)?;
    bpf::attach_device_program(cgroup, &program).map_err(cannot_limit_devices)
}

fn cannot_limit_devices(errno: nix::errno::Errno) -> Error {
    use nix::errno::Errno;
    match errno {
        Errno::EPERM | Errno::EACCES => Kind::Unsupported.error(
            "linux.resources.devices: only root of the host can set rules for devices (a BPF program)",
        ),
        Errno::EINVAL | Errno::ENOSYS => Kind::Unsupported.error(
            "linux.resources.devices: this kernel has no BPF programs for devices (CONFIG_CGROUP_BPF)",
        ),
        other => Error::new(other).context("setting the rules for devices"),
    }
}
