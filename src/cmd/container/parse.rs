//! Values of options, from what was typed to what is meant.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use crate::engine::containers::{
    IpcMode, LogConfig, LogDriver, NamespaceMode, SeccompProfile, SecurityConfig, Ulimit, Unmasked,
};
use crate::error::{Context, Kind, Result};

/// Bytes: a number with an optional unit b, k, m, g, t (powers of 1024; a following `b` or `ib` is allowed).
pub fn size(text: &str) -> Result<u64> {
    let invalid = || Kind::Invalid.error(format!("invalid size: {text:?} (a number with b, k, m, g or t)"));
    let lower = text.trim().to_lowercase();
    let digits = lower.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match lower[digits.len()..].trim_end_matches('b').trim_end_matches('i') {
        "" => 0,
        "k" => 10,
        "m" => 20,
        "g" => 30,
        "t" => 40,
        _ => return Err(invalid()),
    };
    let number: f64 = digits.trim().parse().map_err(|_| invalid())?;
    if !(0.0..1e15).contains(&number) {
        return Err(invalid());
    }
    Ok((number * (1u64 << shift) as f64) as u64)
}

/// A span of time as docker writes it: `1m30s`, `500ms`, `0`.
pub fn duration(text: &str) -> Result<Duration> {
    let invalid = || Kind::Invalid.error(format!("invalid duration {text:?} (such as 1m30s or 500ms)"));
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    let parsed: jiff::SignedDuration = text.parse().map_err(|_| invalid())?;
    Duration::try_from(parsed).map_err(|_| invalid())
}

/// A stop time-out, a size or whatever else must not be negative.
pub fn label(text: &str) -> Result<(String, String)> {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    if key.is_empty() {
        return Kind::Invalid.err(format!("invalid label {text:?}: the key is empty"));
    }
    Ok((key.into(), value.into()))
}

/// Labels of files and of the command line, the latter last.
pub fn labels(files: &[std::path::PathBuf], given: &[String]) -> Result<BTreeMap<String, String>> {
    let mut labels = BTreeMap::new();
    for file in files {
        for line in lines(file)? {
            let (key, value) = label(&line)?;
            labels.insert(key, value);
        }
    }
    for text in given {
        let (key, value) = label(text)?;
        labels.insert(key, value);
    }
    Ok(labels)
}

/// Variables of this process, of files and of the command line; a name without a value takes this process's, and is left out where that has none.
pub fn environment(of_host: bool, files: &[std::path::PathBuf], given: &[String]) -> Result<Vec<String>> {
    let mut env: Vec<String> = Vec::new();
    if of_host {
        env.extend(
            std::env::vars_os()
                .filter_map(|(name, value)| Some(format!("{}={}", name.to_str()?, value.to_str()?))),
        );
    }
    for file in files {
        for line in lines(file)? {
            variable(&line, &mut env).with_context(|| format!("{}", file.display()))?;
        }
    }
    for text in given {
        variable(text, &mut env)?;
    }
    Ok(env)
}

fn variable(text: &str, env: &mut Vec<String>) -> Result<()> {
    let (name, value) = match text.split_once('=') {
        Some((name, value)) => (name, Some(value.to_string())),
        None => (text, std::env::var(text).ok()),
    };
    if name.is_empty() || name.contains(char::is_whitespace) {
        return Kind::Invalid.err(format!("invalid environment variable: {text}"));
    }
    match value {
        Some(value) => env.push(format!("{name}={value}")),
        // Also takes away the image's variable of that name.
        None => env.push(name.to_string()),
    }
    Ok(())
}

/// Lines of a file of variables or labels: comments and empty ones left out, blanks before the text, too.
fn lines(file: &Path) -> Result<Vec<String>> {
    let text = std::fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let Ok(text) = String::from_utf8(text) else {
        return Kind::Invalid.err(format!("{} is not UTF-8 text", file.display()));
    };
    let text = text.trim_start_matches('\u{feff}');
    Ok(text
        .lines()
        .map(str::trim_start)
        .filter(|l| !l.is_empty() && !l.starts_with('#'))
        .map(String::from)
        .collect())
}

/// `NAME=SOFT[:HARD]`
pub fn ulimit(text: &str) -> Result<Ulimit> {
    const NAMES: [&str; 15] = [
        "core",
        "cpu",
        "data",
        "fsize",
        "locks",
        "memlock",
        "msgqueue",
        "nice",
        "nofile",
        "nproc",
        "rss",
        "rtprio",
        "rttime",
        "sigpending",
        "stack",
    ];
    let invalid = |why: &str| Kind::Invalid.error(format!("invalid ulimit argument: {text:?}: {why}"));
    let Some((name, values)) = text.split_once('=') else { return Err(invalid("use NAME=SOFT[:HARD]")) };
    if !NAMES.contains(&name) {
        return Err(invalid(&format!("unknown limit (known: {})", NAMES.join(", "))));
    }
    let number = |v: &str| match v {
        "-1" | "unlimited" => Ok(u64::MAX),
        v => v.parse::<u64>().map_err(|_| invalid("not a number")),
    };
    let (soft, hard) = values.split_once(':').unwrap_or((values, values));
    let (soft, hard) = (number(soft)?, number(hard)?);
    if soft > hard {
        return Err(invalid("ulimit soft limit must be less than or equal to hard limit"));
    }
    Ok(Ulimit { name: name.into(), soft, hard })
}

/// `KEY=VALUE`
pub fn sysctls(given: &[String]) -> Result<BTreeMap<String, String>> {
    let pair = |text: &String| match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.to_string(), value.to_string())),
        _ => Kind::Invalid.err(format!("invalid sysctl {text:?}: use KEY=VALUE")),
    };
    given.iter().map(pair).collect()
}

/// `private` or `host`
pub fn namespace(option: &str, text: &str) -> Result<NamespaceMode> {
    match text {
        "" | "private" => Ok(NamespaceMode::Private),
        "host" => Ok(NamespaceMode::Host),
        other => {
            Kind::Unsupported.err(format!("--{option} {other}: only private and host are supported yet"))
        }
    }
}

/// `--ipc MODE`, and the container that is named in it.
pub fn ipc(text: &str) -> Result<(IpcMode, Option<String>)> {
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

/// `--security-opt` values.
pub fn security_options(given: &[String], security: &mut SecurityConfig) -> Result<()> {
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
            ("seccomp", Some(file)) => {
                let profile = std::fs::read_to_string(file)
                    .with_context(|| format!("opening seccomp profile ({file}) failed"))?;
                security.seccomp = SeccompProfile::Custom(profile);
            }
            ("apparmor", Some("unconfined" | "")) => security.apparmor = None,
            ("apparmor", Some(profile)) => security.apparmor = Some(profile.into()),
            ("label", Some("disable" | "nested")) => security.selinux = None,
            ("label", Some(label)) => security.selinux = Some(selinux_label(label)?),
            ("mask", Some(paths)) => security.masked.extend(paths.split(':').map(String::from)),
            ("unmask", Some(paths)) if paths.eq_ignore_ascii_case("all") => security.unmasked = Unmasked::All,
            ("unmask", Some(paths)) => unmask(&mut security.unmasked, paths),
            ("systempaths", Some("unconfined")) => security.unmasked = Unmasked::All,
            _ => {
                return Kind::Unsupported.err(format!(
                    "--security-opt {text}: unknown (no-new-privileges, seccomp, apparmor, label, mask, unmask, systempaths)"
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

/// A whole label, or parts of container-selinux's usual one: `type:spc_t`, `level:s0:c1,c2`.
fn selinux_label(text: &str) -> Result<String> {
    let mut label = ["system_u", "system_r", "container_t", "s0"].map(String::from);
    let part = ["user", "role", "type", "level"].iter().position(|p| text.split(':').next() == Some(p));
    match (part, text.split_once(':')) {
        (Some(part), Some((_, value))) if !value.is_empty() => label[part] = value.into(),
        _ if text.split(':').count() >= 4 => return Ok(text.into()),
        _ => {
            return Kind::Invalid.err(format!(
                "--security-opt label={text}: want disable, user:USER, role:ROLE, type:TYPE, level:LEVEL or a whole label"
            ));
        }
    }
    Ok(label.join(":"))
}

/// `--log-driver` and `--log-opt`.
pub fn log(driver: &str, options: &[String]) -> Result<LogConfig> {
    let driver = match driver {
        "json-file" => LogDriver::JsonFile,
        "none" => LogDriver::None,
        other => {
            return Kind::Unsupported
                .err(format!("--log-driver {other}: not supported yet (json-file, none)"));
        }
    };
    let mut config = LogConfig { driver, ..LogConfig::default() };
    for text in options {
        match text.split_once('=') {
            Some(("max-size", value)) => {
                config.max_size = size(value)?;
                if config.max_size == 0 {
                    return Kind::Invalid.err("--log-opt max-size must be more than 0");
                }
            }
            Some(("max-file", value)) => match value.parse() {
                Ok(n) if (1..=1000).contains(&n) => config.max_file = n,
                _ => {
                    return Kind::Invalid
                        .err(format!("--log-opt max-file={value}: not a number from 1 to 1000"));
                }
            },
            _ => {
                return Kind::Invalid
                    .err(format!("unknown log opt {text:?} for json-file log driver (max-size, max-file)"));
            }
        }
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in
            [("64", 64), ("64b", 64), ("1k", 1024), ("2KB", 2048), ("1.5m", 1_572_864), ("1GiB", 1 << 30)]
        {
            assert_eq!(size(text).unwrap(), bytes, "{text}");
        }
        for bad in ["", "m", "-1", "1x", "1e99", "nan"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn ulimits() {
        assert_eq!(ulimit("nofile=10:20").unwrap(), Ulimit { name: "nofile".into(), soft: 10, hard: 20 });
        assert_eq!(ulimit("core=-1").unwrap().hard, u64::MAX);
        for bad in ["nofile", "nope=1", "nofile=2:1", "nofile=x"] {
            assert!(ulimit(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn files_of_variables() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("env");
        crate::state::file::write(
            &path,
            b"# x\n\nA=1\n  B= two \nDHOW_TEST_UNSET_VARIABLE\n",
            crate::state::file::Durability::Ephemeral,
        )
        .unwrap();
        let env = environment(false, &[path], &["A=2".into()]).unwrap();
        assert_eq!(env, ["A=1", "B= two ", "DHOW_TEST_UNSET_VARIABLE", "A=2"]);
        assert!(
            environment(false, &[], &["=x".into()]).is_err()
                && environment(false, &[], &["a b=x".into()]).is_err()
        );
    }
}
