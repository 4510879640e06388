//! Docker's seccomp profiles: a file format in which rules depend on capabilities, architecture and kernel. Resolved for one container
//! they become the OCI form.

use oci_spec::runtime::{
    Arch, LinuxSeccomp, LinuxSeccompAction, LinuxSeccompArg, LinuxSeccompFilterFlag, LinuxSyscall,
};
use serde::Deserialize;

use crate::error::{Context, Kind, Result};

/// Docker's default profile (moby/profiles, seccomp/default.json).
pub const DEFAULT: &str = include_str!("seccomp-default.json");

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Profile {
    default_action: LinuxSeccompAction,
    default_errno_ret: Option<u32>,
    #[serde(default)]
    architectures: Option<Vec<Arch>>,
    #[serde(default)]
    arch_map: Option<Vec<ArchMap>>,
    #[serde(default)]
    flags: Option<Vec<LinuxSeccompFilterFlag>>,
    #[serde(default)]
    syscalls: Option<Vec<Rule>>,
    listener_path: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ArchMap {
    architecture: Arch,
    sub_architectures: Option<Vec<Arch>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    name: Option<String>,
    #[serde(default)]
    names: Option<Vec<String>>,
    action: LinuxSeccompAction,
    errno_ret: Option<u32>,
    #[serde(default)]
    args: Option<Vec<LinuxSeccompArg>>,
    #[serde(default)]
    includes: Option<Filter>,
    #[serde(default)]
    excludes: Option<Filter>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    #[serde(default)]
    caps: Option<Vec<String>>,
    #[serde(default)]
    arches: Option<Vec<String>>,
    min_kernel: Option<String>,
}

/// What a profile's conditions are about.
#[derive(Debug, Clone)]
pub struct Host<'a> {
    /// Capabilities of the container, as `CAP_…`.
    pub capabilities: &'a [String],
    /// Kernel version.
    pub kernel: (u32, u32),
}

/// The name of this architecture in profiles, as Go has it.
const GO_ARCH: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
const NATIVE: Arch = if cfg!(target_arch = "aarch64") { Arch::ScmpArchAarch64 } else { Arch::ScmpArchX86_64 };

/// Resolves a profile's text for a container.
pub fn resolve(text: &str, host: &Host<'_>) -> Result<LinuxSeccomp> {
    let profile: Profile = serde_json::from_str(text).context("reading the seccomp profile")?;
    if profile.listener_path.is_some() {
        return Kind::Unsupported.err("seccomp profile: listenerPath is not supported yet");
    }
    if profile.architectures.is_some() && profile.arch_map.is_some() {
        return Kind::Invalid.err("seccomp profile: use either 'architectures' or 'archMap'");
    }
    let mut seccomp = LinuxSeccomp::default();
    seccomp.set_default_action(profile.default_action).set_default_errno_ret(profile.default_errno_ret);
    seccomp.set_flags(profile.flags.filter(|f| !f.is_empty()));
    seccomp.set_architectures(profile.architectures.or_else(|| sub_architectures(profile.arch_map)));
    let mut syscalls = Vec::new();
    for rule in profile.syscalls.into_iter().flatten() {
        if !rule.applies(host)? {
            continue;
        }
        let names: Vec<String> = rule.names.into_iter().flatten().chain(rule.name).collect();
        if names.is_empty() {
            return Kind::Invalid.err("seccomp profile: a rule without a name");
        }
        let mut syscall = LinuxSyscall::default();
        syscall.set_names(names).set_action(rule.action).set_errno_ret(rule.errno_ret);
        syscall.set_args(rule.args.filter(|a| !a.is_empty()));
        syscalls.push(syscall);
    }
    seccomp.set_syscalls(Some(syscalls));
    Ok(seccomp)
}

fn sub_architectures(map: Option<Vec<ArchMap>>) -> Option<Vec<Arch>> {
    let found = map?.into_iter().find(|m| m.architecture == NATIVE)?;
    Some(std::iter::once(found.architecture).chain(found.sub_architectures.into_iter().flatten()).collect())
}

impl Rule {
    fn applies(&self, host: &Host<'_>) -> Result<bool> {
        let has = |c: &String| host.capabilities.contains(c);
        if let Some(excludes) = &self.excludes {
            let cap = excludes.caps.iter().flatten().any(has);
            let arch = excludes.arches.iter().flatten().any(|a| a == GO_ARCH);
            if cap || arch || (excludes.min_kernel.is_some() && excludes.kernel_matches(host)?) {
                return Ok(false);
            }
        }
        let Some(includes) = &self.includes else { return Ok(true) };
        let caps = includes.caps.iter().flatten().all(has);
        let arch = includes.arches.as_ref().is_none_or(|l| l.is_empty() || l.iter().any(|a| a == GO_ARCH));
        Ok(caps && arch && includes.kernel_matches(host)?)
    }
}

impl Filter {
    fn kernel_matches(&self, host: &Host<'_>) -> Result<bool> {
        let Some(wanted) = &self.min_kernel else { return Ok(true) };
        let parsed = wanted.split_once('.').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)));
        match parsed {
            Some(version) => Ok(host.kernel >= version),
            None => Kind::Invalid.err(format!("seccomp profile: {wanted:?} is not a kernel version")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(capabilities: &[&str], kernel: (u32, u32)) -> Vec<String> {
        let capabilities: Vec<String> = capabilities.iter().map(|c| (*c).to_string()).collect();
        let host = Host { capabilities: &capabilities, kernel };
        let resolved = resolve(DEFAULT, &host).unwrap();
        let allowed =
            resolved.syscalls().iter().flatten().filter(|s| s.action() == LinuxSeccompAction::ScmpActAllow);
        allowed.flat_map(|s| s.names().clone()).collect()
    }

    #[test]
    fn capabilities_and_kernel_open_system_calls() {
        let has = |list: &[String], name: &str| list.iter().any(|n| n == name);
        let plain = names(&[], (6, 1));
        assert!(
            has(&plain, "read")
                && has(&plain, "ptrace")
                && !has(&plain, "mount")
                && !has(&plain, "clock_settime")
        );
        assert!(!has(&names(&[], (4, 7)), "ptrace"));
        let admin = names(&["CAP_SYS_ADMIN", "CAP_SYS_TIME"], (6, 1));
        assert!(has(&admin, "mount") && has(&admin, "clock_settime"));
        assert!(!has(&plain, "swapcontext"), "rules of other architectures stay out");
    }

    #[test]
    fn broken_profiles_are_refused() {
        let capabilities = [];
        let host = Host { capabilities: &capabilities, kernel: (6, 1) };
        for bad in [
            "{",
            "{}",
            r#"{"defaultAction":"SCMP_ACT_NOPE"}"#,
            r#"{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"action":"SCMP_ACT_ERRNO"}]}"#,
        ] {
            assert!(resolve(bad, &host).is_err(), "{bad}");
        }
    }
}
