//! Cgroups that systemd makes: a transient scope for each container (org.freedesktop.systemd1(5), systemd.resource-control(5)). systemd wants
//! to know of every cgroup outside of subtrees that it has delegated; the scope is such a subtree, so its files are written directly, and
//! systemd is told the values that it knows by names of its own, or it would set them back one day.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::dbus::{Argument, Connection, Property, Value, is_refused};
use super::layout;
use super::plan::Write;
use crate::error::{Context, Kind, Result};

const MANAGER: (&str, &str) = ("/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager");

/// A container's scope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// As `dhow-0123.scope`.
    pub unit: String,
    /// As `system.slice`.
    pub slice: String,
    /// Where the systemd answers that has it.
    pub socket: PathBuf,
}

/// Where this user's systemd answers, whether there is one or not.
pub fn socket() -> PathBuf {
    let uid = nix::unistd::geteuid();
    if uid.is_root() {
        return "/run/systemd/private".into();
    }
    let dir = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|d| d.is_absolute());
    dir.unwrap_or_else(|| format!("/run/user/{uid}").into()).join("systemd/private")
}

/// Whether it makes cgroups without being asked: for an ordinary user who has one, as nobody else may.
pub fn is_usual() -> bool {
    let user = !nix::unistd::geteuid().is_root() && layout::unified_mount().is_some();
    // The socket of one that has ended may still be there.
    user && UnixStream::connect(socket()).is_ok()
}

impl Scope {
    /// From `SLICE:PREFIX:NAME` in a Spec; without one `name` in the usual slice.
    pub fn parse(path: Option<&Path>, name: &str, socket: &Path, root: bool) -> Result<Self> {
        let usual = if root { "system.slice" } else { "user.slice" };
        let text = path.map_or("", |p| p.to_str().unwrap_or("?"));
        let (slice, prefix, name) = match text.split(':').collect::<Vec<_>>()[..] {
            [""] => (usual, "dhow", name),
            ["", prefix, name] => (usual, prefix, name),
            [slice, prefix, name] => (slice, prefix, name),
            _ => {
                return Kind::Invalid.err(format!(
                    "linux.cgroupsPath {text:?}: with systemd it is SLICE:PREFIX:NAME, as system.slice:dhow:0123"
                ));
            }
        };
        check_slice(slice)?;
        let unit = if prefix.is_empty() { format!("{name}.scope") } else { format!("{prefix}-{name}.scope") };
        let plain = |c: char| c.is_ascii_alphanumeric() || ":-_.\\".contains(c);
        if name.is_empty() || unit.len() > 255 || !unit.chars().all(plain) {
            return Kind::Invalid.err(format!("linux.cgroupsPath {text:?}: {unit:?} is no name of a unit"));
        }
        Ok(Self { unit, slice: slice.into(), socket: socket.into() })
    }

    /// Its cgroup, from the mount of version 2.
    pub fn cgroup(&self) -> Result<PathBuf> {
        let mut connection = Connection::open(&self.socket)?;
        let answer = connection.call(
            MANAGER.0,
            "org.freedesktop.DBus.Properties",
            "Get",
            &[Argument::Text(MANAGER.1), Argument::Text("ControlGroup")],
        )?;
        let own = answer.body.first().cloned().unwrap_or_default();
        Ok(Path::new(own.trim_matches('/')).join(slice_path(&self.slice)).join(&self.unit))
    }

    /// Makes it, with this process in it. Returns when it is there.
    pub fn start(&self, pid: i32, limits: &[Property]) -> Result<()> {
        let mut properties = vec![
            ("Description".to_string(), Value::Text(format!("dhow container {}", self.unit))),
            ("Slice".into(), Value::Text(self.slice.clone())),
            ("Delegate".into(), Value::Bool(true)),
            ("PIDs".into(), Value::Numbers(vec![pid as u32])),
            // Or it would have to wait for the end of the boot, and be stopped before others at the shutdown.
            ("DefaultDependencies".into(), Value::Bool(false)),
        ];
        for controller in ["CPU", "IO", "Memory", "Tasks"] {
            properties.push((format!("{controller}Accounting"), Value::Bool(true)));
        }
        properties.extend(limits.iter().cloned());
        let mut connection = self.connect()?;
        let mut start = || {
            let arguments = [
                Argument::Text(&self.unit),
                Argument::Text("replace"),
                Argument::Properties(&properties),
                Argument::NoUnits,
            ];
            connection.call(MANAGER.0, MANAGER.1, "StartTransientUnit", &arguments)
        };
        let job = match start() {
            // One that failed, of a container of the same name that is gone.
            Err(e) if is_refused(&e, "UnitExists") => {
                self.stop()?;
                start()
            }
            other => other,
        };
        let job = job.with_context(|| {
            format!("having systemd make {} (--cgroup-manager cgroupfs does without it)", self.unit)
        })?;
        match self.wait(&mut connection, &job.body)?.as_str() {
            "done" => Ok(()),
            result => Kind::Unavailable.err(format!("systemd could not make {}: {result}", self.unit)),
        }
    }

    fn connect(&self) -> Result<Connection> {
        let mut connection = Connection::open(&self.socket)?;
        match connection.call(MANAGER.0, MANAGER.1, "Subscribe", &[]) {
            Err(e) if !is_refused(&e, "AlreadySubscribed") => Err(e),
            _ => Ok(connection),
        }
    }

    /// Waits for the end of a job; how it ended.
    fn wait(&self, connection: &mut Connection, job: &[String]) -> Result<String> {
        let job = job.first().context("systemd names no job")?;
        loop {
            let signal = connection
                .signal()
                .with_context(|| format!("waiting for systemd's job for {}", self.unit))?;
            if signal.member == "JobRemoved" && signal.body.get(1) == Some(job) {
                return Ok(signal.body.get(3).cloned().unwrap_or_default());
            }
        }
    }

    /// Ends it, if it is there, and has systemd forget it.
    pub fn stop(&self) -> Result<()> {
        let mut connection = self.connect()?;
        let arguments = [Argument::Text(&self.unit), Argument::Text("replace")];
        match connection.call(MANAGER.0, MANAGER.1, "StopUnit", &arguments) {
            Ok(job) => drop(self.wait(&mut connection, &job.body)?),
            Err(e) if is_refused(&e, "NoSuchUnit") => return Ok(()),
            Err(e) => return Err(e).with_context(|| format!("having systemd stop {}", self.unit)),
        }
        match connection.call(MANAGER.0, MANAGER.1, "ResetFailedUnit", &[Argument::Text(&self.unit)]) {
            Err(e) if !is_refused(&e, "NoSuchUnit") => Err(e),
            _ => Ok(()),
        }
    }

    /// Tells systemd of changed limits.
    pub fn set(&self, limits: &[Property]) -> Result<()> {
        if limits.is_empty() {
            return Ok(());
        }
        let arguments = [Argument::Text(&self.unit), Argument::Bool(true), Argument::Properties(limits)];
        Connection::open(&self.socket)?
            .call(MANAGER.0, MANAGER.1, "SetUnitProperties", &arguments)
            .map(drop)
            .with_context(|| format!("having systemd change {}", self.unit))
    }
}

/// `a-b.slice` lies below `a.slice` (systemd.slice(5)).
fn slice_path(slice: &str) -> PathBuf {
    let stem = slice.strip_suffix(".slice").unwrap_or(slice);
    let mut path = PathBuf::new();
    if stem == "-" {
        return path;
    }
    for (at, _) in stem.match_indices('-').chain([(stem.len(), "")]) {
        path.push(format!("{}.slice", &stem[..at]));
    }
    path
}

/// `-.slice` is the root. Others have no empty part.
pub fn check_slice(slice: &str) -> Result<()> {
    let stem = slice.strip_suffix(".slice").unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || ":-_.\\".contains(c);
    if stem == "-"
        || (!stem.is_empty() && stem.split('-').all(|part| !part.is_empty()) && stem.chars().all(plain))
    {
        return Ok(());
    }
    Kind::Invalid.err(format!(
        "cgroup-parent for systemd cgroup should be a valid slice named as \"xxx.slice\", not {slice:?}"
    ))
}

/// Limits under systemd's names, as far as it has any.
pub fn properties(writes: &[Write]) -> Vec<Property> {
    let number = |value: &str| match value {
        "max" | "-1" => Some(u64::MAX),
        text => text.parse().ok(),
    };
    let mut properties = Vec::new();
    for write in writes {
        let name = match write.file.as_str() {
            "memory.max" => "MemoryMax",
            "memory.high" => "MemoryHigh",
            "memory.low" => "MemoryLow",
            "memory.min" => "MemoryMin",
            "memory.swap.max" => "MemorySwapMax",
            "memory.limit_in_bytes" => "MemoryLimit",
            "cpu.weight" => "CPUWeight",
            "cpu.shares" => "CPUShares",
            "pids.max" => "TasksMax",
            "cpuset.cpus" => "AllowedCPUs",
            "cpuset.mems" => "AllowedMemoryNodes",
            "cpu.max" => {
                properties.extend(quota(&write.value));
                continue;
            }
            _ => continue,
        };
        let value = if write.controller == "cpuset" {
            mask(&write.value).map(Value::Bytes)
        } else {
            number(&write.value).map(Value::Number)
        };
        properties.extend(value.map(|value| (name.to_string(), value)));
    }
    properties
}

/// `QUOTA PERIOD` of cpu.max, in microseconds.
fn quota(text: &str) -> Vec<Property> {
    let mut words = text.split(' ');
    let quota = words.next().unwrap_or("max");
    let period: u64 = words.next().and_then(|p| p.parse().ok()).unwrap_or(100_000);
    // Of each second, in steps of 10 ms, rounded up, as systemd wants it.
    let each = quota.parse::<u64>().ok().map(|q| (q * 1_000_000 / period.max(1)).next_multiple_of(10_000));
    vec![
        ("CPUQuotaPerSecUSec".into(), Value::Number(each.unwrap_or(u64::MAX))),
        ("CPUQuotaPeriodUSec".into(), Value::Number(period)),
    ]
}

/// A list as `0-3,8` as a bit mask, the lowest byte first.
fn mask(list: &str) -> Option<Vec<u8>> {
    let mut mask = Vec::new();
    for part in list.split(',').filter(|p| !p.trim().is_empty()) {
        let (first, last) = part.trim().split_once('-').unwrap_or((part.trim(), part.trim()));
        let (first, last) = (first.parse::<usize>().ok()?, last.parse::<usize>().ok()?);
        // More than any machine has would only fill memory.
        if last > 65_535 {
            return None;
        }
        for number in first..=last {
            if mask.len() <= number / 8 {
                mask.resize(number / 8 + 1, 0);
            }
            mask[number / 8] |= 1 << (number % 8);
        }
    }
    Some(mask)
}

#[cfg(test)]
mod tests {
    use super::super::dbus::tests::{answer, fake, job_removed, refusal};
    use super::super::plan::Version;
    use super::*;

    fn scope(path: Option<&str>) -> Result<Scope> {
        Scope::parse(path.map(Path::new), "0123", Path::new("/s"), true)
    }

    #[test]
    fn scopes_are_named_as_runc_names_them() {
        let named = |path| scope(path).map(|s| format!("{} {}", s.slice, s.unit)).unwrap();
        assert_eq!(named(None), "system.slice dhow-0123.scope");
        assert_eq!(named(Some(":cri:abc")), "system.slice cri-abc.scope");
        assert_eq!(named(Some("a-b.slice::abc")), "a-b.slice abc.scope");
        for bad in [
            "/a/b",
            "a:b",
            "a:b:c",
            ".slice:b:c",
            "a--b.slice:b:c",
            "a.slice:b:",
            "a.slice:b/c:d",
            "-a.slice:b:c",
        ] {
            assert!(scope(Some(bad)).is_err(), "{bad}");
        }
        assert_eq!(slice_path("a-b-c.slice"), Path::new("a.slice/a-b.slice/a-b-c.slice"));
        assert_eq!(slice_path("-.slice"), Path::new(""));
    }

    #[test]
    fn limits_have_names_of_systemds() {
        let write = |c: &str, file: &str, value: &str| Write::new(Version::V2, c, file, value);
        let found = properties(&[
            write("memory", "memory.max", "1000"),
            write("memory", "memory.swap.max", "max"),
            write("cpu", "cpu.max", "150000 100000"),
            write("cpu", "cpu.max", "max 100000"),
            write("cpuset", "cpuset.cpus", "0-1,9"),
            write("pids", "pids.max", "7"),
            write("hugetlb", "hugetlb.2MB.max", "1"),
        ]);
        let number = |name: &str, n| (name.to_string(), Value::Number(n));
        assert_eq!(
            found,
            [
                number("MemoryMax", 1000),
                number("MemorySwapMax", u64::MAX),
                number("CPUQuotaPerSecUSec", 1_500_000),
                number("CPUQuotaPeriodUSec", 100_000),
                number("CPUQuotaPerSecUSec", u64::MAX),
                number("CPUQuotaPeriodUSec", 100_000),
                ("AllowedCPUs".into(), Value::Bytes(vec![3, 2])),
                number("TasksMax", 7),
            ]
        );
        assert_eq!((mask("x"), mask("0-99999999")), (None, None));
    }

    /// What a fake systemd is asked, and what comes of it.
    fn started(answers: Vec<Vec<Vec<u8>>>) -> (Result<()>, Vec<String>) {
        let (dir, thread) = fake(answers);
        let scope = Scope { socket: dir.path().join("s"), ..scope(None).unwrap() };
        let result = scope.start(1, &[]);
        (result, thread.join().unwrap())
    }

    #[test]
    fn the_job_is_waited_for_and_its_failure_told() {
        let (done, calls) = started(vec![
            vec![answer(1, "", &[])],
            vec![
                answer(2, "o", &["/job/9"]),
                job_removed("/job/8", "other.scope", "failed"),
                job_removed("/job/9", "dhow-0123.scope", "done"),
            ],
        ]);
        done.unwrap();
        assert_eq!(calls, ["Subscribe()", "StartTransientUnit(dhow-0123.scope,replace)"]);
        let (failed, _) = started(vec![
            vec![refusal(1, "AlreadySubscribed")],
            vec![answer(2, "o", &["/job/9"]), job_removed("/job/9", "dhow-0123.scope", "failed")],
        ]);
        assert!(failed.unwrap_err().to_string().contains("failed"));
        let (refused, _) = started(vec![vec![answer(1, "", &[])], vec![refusal(2, "AccessDenied")]]);
        assert!(crate::error::one_line(&refused.unwrap_err()).contains("AccessDenied"));
        // It dies over it.
        let (gone, _) = started(vec![vec![answer(1, "", &[])], vec![answer(2, "o", &["/job/9"])]]);
        assert!(crate::error::one_line(&gone.unwrap_err()).contains("does not answer"));
    }
}
