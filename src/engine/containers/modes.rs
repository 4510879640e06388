//! Modes and security options, from their words to what they mean.

use oci_spec::runtime::{get_default_maskedpaths, get_default_readonly_paths};

use crate::container::config::{IpcMode, NamespaceMode, SeccompProfile, SecurityConfig, Unmasked};
use crate::error::{Kind, Result};

/// `private` or `host`; `option` is the command line's name for it.
pub fn namespace_mode(option: &str, text: &str) -> Result<NamespaceMode> {
    match text {
        "" | "private" => Ok(NamespaceMode::Private),
        "host" => Ok(NamespaceMode::Host),
        other => {
            let (name, more) = match option {
                "pid" => ("PID", " or container:NAME"),
                "cgroupns" => ("cgroup namespace", ""),
                _ => ("UTS", ""),
            };
            Kind::Invalid.err(format!("invalid {name} mode: {other} (use private, host{more})"))
        }
    }
}

/// `--ipc MODE`, and the container that is named in it.
pub fn ipc_mode(text: &str) -> Result<(IpcMode, Option<String>)> {
    let mode = match text {
        "" | "private" => IpcMode::Private,
        "shareable" => IpcMode::Shareable,
        "none" => IpcMode::None,
        "host" => IpcMode::Host,
        other => {
            return match other.strip_prefix("container:") {
                Some(name) if !name.is_empty() => Ok((IpcMode::Private, Some(name.into()))),
                _ => Kind::Invalid.err(format!(
                    "Invalid IPC mode: {other} (use private, shareable, none, host or container:NAME)"
                )),
            };
        }
    };
    Ok((mode, None))
}

/// `--security-opt` values. `profile` gives the text of a seccomp profile for what stands there.
pub fn security_options(
    given: &[String],
    security: &mut SecurityConfig,
    profile: impl Fn(&str) -> Result<String>,
) -> Result<()> {
    for text in given {
        let (key, value) = match text.split_once(['=', ':']) {
            Some((key, value)) => (key, Some(value)),
            None => (text.as_str(), None),
        };
        match (key, value) {
            ("no-new-privileges", None | Some("true")) => security.no_new_privileges = true,
            ("no-new-privileges", Some("false")) => security.no_new_privileges = false,
            ("seccomp", Some("unconfined")) => security.seccomp = SeccompProfile::Unconfined,
            ("seccomp", Some("builtin" | "default")) => security.seccomp = SeccompProfile::Default,
            ("seccomp", Some(file)) => security.seccomp = SeccompProfile::Custom(profile(file)?),
            ("apparmor", Some("unconfined" | "")) => security.apparmor = None,
            ("apparmor", Some(profile)) => security.apparmor = Some(profile.into()),
            ("label", Some("disable" | "nested")) => security.selinux = None,
            ("label", Some(label)) => {
                security.selinux = Some(selinux_label(security.selinux.as_deref(), label)?);
            }
            ("mask", Some(paths)) => security.masked.extend(paths.split(':').map(String::from)),
            ("unmask", Some(paths)) if paths.eq_ignore_ascii_case("all") => security.unmasked = Unmasked::All,
            ("unmask", Some(paths)) => unmask(&mut security.unmasked, paths),
            ("systempaths", Some("unconfined")) => security.unmasked = Unmasked::All,
            _ => {
                return Kind::Invalid.err(format!(
                    "invalid security option: {text:?} is unknown (no-new-privileges, seccomp, apparmor, label, mask, unmask, systempaths)"
                ));
            }
        }
    }
    Ok(())
}

fn unmask(unmasked: &mut Unmasked, paths: &str) {
    let paths = paths.split(':').map(String::from);
    match unmasked {
        Unmasked::All => {}
        Unmasked::Paths(known) => known.extend(paths),
        Unmasked::None => *unmasked = Unmasked::Paths(paths.collect()),
    }
}

/// A whole label, or a part of it, `type:spc_t` or `level:s0:c1,c2`, the others being those given before, or container-selinux's usual ones.
fn selinux_label(before: Option<&str>, text: &str) -> Result<String> {
    let usual = "system_u:system_r:container_t:s0";
    let mut label: Vec<String> = before.unwrap_or(usual).splitn(4, ':').map(String::from).collect();
    let part = ["user", "role", "type", "level"].iter().position(|p| text.split(':').next() == Some(p));
    match (part, text.split_once(':')) {
        (Some(part), Some((_, value))) if !value.is_empty() => label[part] = value.into(),
        _ if text.split(':').count() >= 4 => return Ok(text.into()),
        _ => {
            return Kind::Invalid.err(format!(
                "invalid security option: \"label={text}\": want disable, user:USER, role:ROLE, type:TYPE, level:LEVEL or a whole label"
            ));
        }
    }
    Ok(label.join(":"))
}

/// Paths that are hidden usually.
pub fn masked_paths() -> Vec<String> {
    get_default_maskedpaths()
}

/// Paths that are read-only usually.
pub fn readonly_paths() -> Vec<String> {
    get_default_readonly_paths()
}
