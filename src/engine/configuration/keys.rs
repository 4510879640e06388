//! The keys of config.toml, in one table: the parser, the man page and `info` are made of it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::item::{Item, Read};
use super::{Settings, runtimes};
use crate::container::capability;
use crate::container::log::LogDriver;
use crate::container::{quantity, tuning};
use crate::engine::images::PullPolicy;
use crate::error::{Kind, Result};
use crate::monitor::detach;
use crate::namespaces::UserMode;
use crate::netns::{AddressPool, NetworkOption, PublishMode};

type ReadKey = fn(&mut Settings, Item<'_>) -> Read<()>;
type ShowKey = fn(&Settings) -> Value;

/// One key.
pub struct Key {
    pub name: &'static str,
    /// What stands after the `=`.
    pub form: &'static str,
    /// For the man page.
    pub about: &'static str,
    pub(super) read: ReadKey,
    /// What is in force, as JSON.
    pub(super) show: ShowKey,
}

/// An absolute path.
pub(super) fn path(text: &str) -> Result<PathBuf> {
    match Path::new(text) {
        path if path.is_absolute() => Ok(path.into()),
        _ => Kind::Invalid.err(format!("{text:?} is not an absolute path")),
    }
}

fn pull_policy(text: &str) -> Result<PullPolicy> {
    clap::ValueEnum::from_str(text, false).map_err(|_| {
        Kind::Invalid.error(format!("pull policy {text:?}: want always, missing, never or newer"))
    })
}

/// A key that is a string with a meaning.
macro_rules! text {
    ($field:ident, $parse:expr, $show:expr) => {
        (
            |settings, item| {
                settings.$field = Some(item.parsed($parse)?);
                Ok(())
            },
            |settings| settings.$field.as_ref().map_or(Value::Null, $show),
        )
    };
}

const fn key(
    name: &'static str,
    form: &'static str,
    (read, show): (ReadKey, ShowKey),
    about: &'static str,
) -> Key {
    Key { name, form, about, read, show }
}

fn shown_path(path: &Path) -> Value {
    path.display().to_string().into()
}

fn one_of(text: &str, known: &[&str]) -> Result<String> {
    if known.contains(&text) {
        return Ok(text.into());
    }
    let (last, others) = known.split_last().expect("some are known");
    Kind::Invalid.err(format!("{text:?}: want {} or {last}", others.join(", ")))
}

fn number(item: Item<'_>, range: std::ops::RangeInclusive<i64>) -> Read<i64> {
    match item.integer()? {
        n if range.contains(&n) => Ok(n),
        n => Err(item.fault(format!("{n} is not from {} to {}", range.start(), range.end()))),
    }
}

fn read_log_driver(settings: &mut Settings, item: Item<'_>) -> Read<()> {
    let driver = item.parsed(str::parse::<LogDriver>)?;
    if settings.log_driver != Some(driver) {
        // They belong to the driver of the file below.
        settings.log_opts.clear();
    }
    settings.log_driver = Some(driver);
    Ok(())
}

fn read_pools(settings: &mut Settings, item: Item<'_>) -> Read<()> {
    let pool = |item: Item<'_>| {
        let (mut base, mut size) = (None, None);
        for (name, value) in item.table()? {
            match name {
                "base" => base = Some(value.text()?),
                "size" => size = Some(value.integer()?),
                other => return Err(value.fault(format!("unknown key {other:?}: want base and size"))),
            }
        }
        let (Some(base), Some(size)) = (base, size) else { return Err(item.fault("want base and size")) };
        AddressPool::new(base, size).map_err(|e| item.fault(e.to_string()))
    };
    settings.address_pools = item.list()?.into_iter().map(pool).collect::<Read<_>>()?;
    Ok(())
}

fn read_runtimes(settings: &mut Settings, item: Item<'_>) -> Read<()> {
    for (name, value) in item.table()? {
        let program = value.parsed(|path| runtimes::program(name, path))?;
        settings.runtimes.insert(name.to_string(), program);
    }
    Ok(())
}

fn show_pools(settings: &Settings) -> Value {
    let show = |p: &AddressPool| json!({"Base": format!("{}/{}", p.base, p.prefix), "Size": p.size});
    settings.address_pools.iter().map(show).collect()
}

/// All of them. `log-driver` comes before `log-opts`, which are its own.
pub const KEYS: &[Key] = &[
    key(
        "root",
        "PATH",
        text!(root, path, |p| shown_path(p)),
        "Where images, layers, containers and volumes are kept (--root).",
    ),
    key(
        "runroot",
        "PATH",
        text!(runroot, path, |p| shown_path(p)),
        "Where run-time state is kept that need not survive a reboot (--runroot).",
    ),
    key(
        "log-driver",
        "STRING",
        (read_log_driver, |s| s.log_driver.map_or(Value::Null, |d| d.name().into())),
        "Where output is logged: json-file, local, journald, passthrough or none (--log-driver). Usually json-file.",
    ),
    key(
        "log-opts",
        "TABLE",
        (
            |s, item| {
                s.log_opts.extend(item.strings()?);
                let checked = s.log_config(None, &[]);
                checked.map(drop).map_err(|e| item.fault(e.to_string()))
            },
            |s| json!(s.log_opts),
        ),
        "Options of the log driver (--log-opt), as max-size = \"10m\". They are left out where another driver is asked for.",
    ),
    key(
        "pull-policy",
        "STRING",
        text!(pull_policy, pull_policy, |p| format!("{p:?}").to_lowercase().into()),
        "When run and create pull the image: always, missing, never or newer (--pull). Usually missing.",
    ),
    key(
        "registries-file",
        "PATH",
        text!(registries_file, path, |p| shown_path(p)),
        "Read instead of the registries.conf files of containers-registries.conf(5). The variable CONTAINERS_REGISTRIES_CONF wins over it.",
    ),
    key(
        "stop-timeout",
        "SECONDS",
        (
            |s, item| {
                s.stop_timeout = Some(number(item, -1..=i64::from(i32::MAX))? as i32);
                Ok(())
            },
            |s| json!(s.stop_timeout),
        ),
        "How long a container may take to stop before it is killed, -1 for ever (--stop-timeout). Usually 10.",
    ),
    key(
        "init",
        "BOOLEAN",
        (
            |s, item| {
                s.init = item.boolean()?;
                Ok(())
            },
            |s| s.init.into(),
        ),
        "Run an init as process 1 of each container (--init).",
    ),
    key(
        "detach-keys",
        "STRING",
        (
            |s, item| {
                item.parsed(detach::parse)?;
                s.detach_keys = Some(item.text()?.into());
                Ok(())
            },
            |s| json!(s.detach_keys),
        ),
        "Keys that detach from a container (--detach-keys). Usually ctrl-p,ctrl-q.",
    ),
    key(
        "tz",
        "STRING",
        text!(tz, tuning::timezone, |p| shown_path(p)),
        "Time zone of containers, as Europe/Berlin, or local (--tz).",
    ),
    key(
        "umask",
        "STRING",
        text!(umask, tuning::umask, |m| format!("{m:04o}").into()),
        "File mode creation mask in octal, as \"0027\" (--umask).",
    ),
    key(
        "shm-size",
        "SIZE",
        text!(shm_size, quantity::size, |s| json!(s)),
        "Size of /dev/shm (--shm-size). Usually \"64m\".",
    ),
    key(
        "pids-limit",
        "NUMBER",
        (
            |s, item| {
                s.pids_limit = Some(number(item, -1..=i64::from(u32::MAX))?);
                Ok(())
            },
            |s| json!(s.pids_limit),
        ),
        "How many processes and threads a container may have, -1 for any number (--pids-limit).",
    ),
    key(
        "cgroup-parent",
        "PATH",
        text!(cgroup_parent, path, |p| shown_path(p)),
        "Cgroup that those of containers are made in (--cgroup-parent).",
    ),
    key(
        "ulimits",
        "LIST",
        (
            |s, item| {
                s.ulimits = item.parsed_list(str::parse)?;
                Ok(())
            },
            |s| json!(s.ulimits),
        ),
        "Resource limits, as [\"nofile=1024:4096\"] (--ulimit replaces the one of the same name).",
    ),
    key(
        "capabilities",
        "LIST",
        (
            |s, item| {
                s.capabilities = Some(item.parsed_list(capability::normalize)?);
                Ok(())
            },
            |s| json!(s.capabilities),
        ),
        "What a container may do before --cap-add and --cap-drop, instead of docker's fourteen, as [\"CHOWN\", \"SETUID\"].",
    ),
    key(
        "no-new-privileges",
        "BOOLEAN",
        (
            |s, item| {
                s.no_new_privileges = item.boolean()?;
                Ok(())
            },
            |s| s.no_new_privileges.into(),
        ),
        "Forbid processes to gain privileges by executing a program (--security-opt no-new-privileges).",
    ),
    key(
        "seccomp-profile",
        "PATH",
        text!(seccomp_profile, path, |p| shown_path(p)),
        "Seccomp profile in docker's format instead of the built-in one (--security-opt seccomp=FILE).",
    ),
    key(
        "sysctls",
        "TABLE",
        (
            |s, item| {
                s.sysctls.extend(item.strings()?);
                Ok(())
            },
            |s| json!(s.sysctls),
        ),
        "Kernel parameters of the container's namespaces (--sysctl), as \"net.ipv4.ip_unprivileged_port_start\" = 80.",
    ),
    key(
        "ipc",
        "STRING",
        text!(ipc, |t| one_of(t, &["private", "shareable", "none", "host"]), |m| json!(m)),
        "IPC namespace and /dev/shm of containers (--ipc): private, which is usual, shareable, none or host.",
    ),
    key(
        "cgroupns",
        "STRING",
        text!(cgroupns, |t| one_of(t, &["private", "host"]), |m| json!(m)),
        "Cgroup namespace of containers (--cgroupns): private, which is usual, or host.",
    ),
    key(
        "userns",
        "STRING",
        text!(userns, |t| t.parse::<UserMode>().map(|_| t.to_string()), |m| json!(m)),
        "User namespace of containers (--userns), as auto or keep-id.",
    ),
    key(
        "runtime",
        "STRING",
        text!(runtime, |t| Ok(t.to_string()), |r| json!(r)),
        "OCI runtime of containers (--runtime): dhow for the built-in, which is usual, a name from runtimes, or a program.",
    ),
    key(
        "runtimes",
        "TABLE",
        (read_runtimes, |s| {
            json!(
                s.runtimes
                    .iter()
                    .map(|(n, p)| (n, p.display().to_string()))
                    .collect::<std::collections::BTreeMap<_, _>>()
            )
        }),
        "Programs of further OCI runtimes by name, as { crun = \"/usr/bin/crun\" }.",
    ),
    key(
        "env",
        "LIST",
        (
            |s, item| {
                let entry = |text: &str| match text.split_once('=') {
                    Some((name, _)) if !name.is_empty() => Ok(text.to_string()),
                    _ => Kind::Invalid.err(format!("{text:?}: want NAME=VALUE")),
                };
                s.env = item.parsed_list(entry)?;
                Ok(())
            },
            |s| json!(s.env),
        ),
        "Environment variables of containers, as [\"LANG=C.UTF-8\"]; those of the image and of --env win.",
    ),
    key(
        "annotations",
        "TABLE",
        (
            |s, item| {
                s.annotations.extend(item.strings()?);
                Ok(())
            },
            |s| json!(s.annotations),
        ),
        "Annotations of containers (--annotation).",
    ),
    key(
        "dns",
        "LIST",
        (
            |s, item| {
                let address = |text: &str| {
                    text.parse().map_err(|_| Kind::Invalid.error(format!("{text:?} is not an IP address")))
                };
                s.dns = item.parsed_list(address)?;
                Ok(())
            },
            |s| json!(s.dns),
        ),
        "Name servers of containers (--dns).",
    ),
    key(
        "network",
        "STRING",
        text!(
            network,
            |t| t.parse().map_err(|e: crate::error::Error| Kind::Invalid.error(e)),
            |n: &NetworkOption| n.to_string().into()
        ),
        "Network of containers (--network). Usually bridge, and none for an ordinary user.",
    ),
    key(
        "default-address-pools",
        "LIST",
        (read_pools, show_pools),
        "Ranges that networks get their subnets from, as [{ base = \"172.30.0.0/16\", size = 24 }].",
    ),
    key(
        "default-publish-address",
        "STRING",
        text!(
            publish_address,
            |t| t.parse().map_err(|_| Kind::Invalid.error(format!("{t:?} is not an IP address"))),
            |a: &std::net::IpAddr| a.to_string().into()
        ),
        "Address of this host that ports are published on where none is given. Usually all.",
    ),
    key(
        "publish-mode",
        "STRING",
        text!(publish_mode, str::parse::<PublishMode>, |m| json!(m)),
        "How published ports reach a container: dnat, or proxy, through a listener that firewalls filter as any local service. Usually dnat.",
    ),
];
