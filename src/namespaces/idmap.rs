//! Which ids of the host stand for which ids inside a user namespace (user_namespaces(7), "uid_map").

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde::{Deserialize, Serialize};

use super::subid;
use crate::error::{Context, Kind, Result, one_line};
use crate::logging;
use crate::state::session;

/// Whether root here is not the host's.
pub fn is_nested() -> bool {
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    map.split_whitespace().ne(["0", "0", "4294967295"])
}

/// `size` ids from `inside` on stand for as many from `outside` on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdRange {
    pub inside: u32,
    pub outside: u32,
    pub size: u32,
}

/// The groups that have a number in the user namespace that this process is in.
pub fn groups_here() -> Result<Vec<IdRange>> {
    ids_here("gid_map")
}

fn ids_here(file: &str) -> Result<Vec<IdRange>> {
    let path = format!("/proc/self/{file}");
    let text = std::fs::read_to_string(&path).with_context(|| format!("reading {path}"))?;
    ranges_of(&text).with_context(|| format!("{path} has another form than expected"))
}

fn has_tools() -> bool {
    ["newuidmap", "newgidmap"].iter().all(|tool| find_tool(tool).is_some())
}

/// Says once what a single mapped id means for the files of images.
pub fn warn_of_single_id() {
    let lack = if has_tools() {
        "no subordinate ids in /etc/subuid and /etc/subgid"
    } else {
        "newuidmap and newgidmap are not installed"
    };
    logging::warn_once(&format!(
        "{lack}: files in containers all belong to root there; `dhow doctor` says how to get the full id range"
    ));
}

/// The mappings of one user namespace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mapping {
    pub uids: Vec<IdRange>,
    pub gids: Vec<IdRange>,
}

impl Mapping {
    /// Root inside is this user outside, and the user's subordinate ids follow from 1 on; without newuidmap or subordinate ids
    /// only the one id is mapped.
    pub fn of_this_user() -> Result<Self> {
        if session::is_inside() {
            return Self::of_session();
        }
        let (uid, gid) = (nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
        let name = subid::user_name(uid);
        let uids = subid::ranges(Path::new("/etc/subuid"), uid, name.as_deref())?;
        let gids = subid::ranges(Path::new("/etc/subgid"), uid, name.as_deref())?;
        if uids.is_empty() || gids.is_empty() || !has_tools() {
            return Ok(Self { uids: vec![single(uid)], gids: vec![single(gid)] });
        }
        Ok(Self { uids: with_root(uid, &uids), gids: with_root(gid, &gids) })
    }

    /// In a session of `dhow unshare` the ids are mapped already: a namespace within it has the same.
    fn of_session() -> Result<Self> {
        Ok(Self { uids: ids_here("uid_map")?, gids: groups_here()? }.within_itself())
    }

    /// What a user namespace within one of this mapping has to map to have the same ids.
    #[must_use]
    pub fn within_itself(&self) -> Self {
        // Range by range: the kernel takes none that is mapped by two of the namespace around.
        let same = |ranges: &[IdRange]| ranges.iter().map(|r| IdRange { outside: r.inside, ..*r }).collect();
        Self { uids: same(&self.uids), gids: same(&self.gids) }
    }

    /// Whether just one id is mapped: every file has the same owner then.
    pub fn is_single(&self) -> bool {
        self.uids.iter().map(|r| u64::from(r.size)).sum::<u64>() <= 1
    }

    /// Gives the mapping to the user namespace that the process `pid`, a child of ours, has just made.
    pub fn apply(&self, pid: i32) -> Result<()> {
        if nix::unistd::geteuid().is_root() {
            write_map(pid, "uid_map", &self.uids)?;
            return write_map(pid, "gid_map", &self.gids);
        }
        if self.is_single() {
            // user_namespaces(7): without privilege a gid_map can be written only after setgroups was given up.
            write_proc(pid, "setgroups", "deny")?;
            write_map(pid, "uid_map", &self.uids)?;
            return write_map(pid, "gid_map", &self.gids);
        }
        // Side by side: each is a set-uid program that takes about a millisecond.
        let uids = spawn_tool("newuidmap", pid, &self.uids)?;
        let gids = spawn_tool("newgidmap", pid, &self.gids);
        let first = finish_tool("newuidmap", uids);
        finish_tool("newgidmap", gids?)?;
        first
    }

    /// The id outside for an id inside.
    pub fn to_outside(ranges: &[IdRange], inside: u32) -> Option<u32> {
        ranges
            .iter()
            .find(|r| inside >= r.inside && inside - r.inside < r.size)
            .map(|r| r.outside + (inside - r.inside))
    }
}

/// From the text of a map (user_namespaces(7), "uid_map").
fn ranges_of(text: &str) -> Option<Vec<IdRange>> {
    let range = |line: &str| {
        let mut numbers = line.split_whitespace().map(str::parse);
        let mut next = || numbers.next()?.ok();
        Some(IdRange { inside: next()?, outside: next()?, size: next()? })
    };
    text.lines().map(range).collect()
}

fn single(id: u32) -> IdRange {
    IdRange { inside: 0, outside: id, size: 1 }
}

fn with_root(id: u32, ranges: &[subid::SubRange]) -> Vec<IdRange> {
    let mut mapped = vec![single(id)];
    let mut inside = 1u32;
    for range in ranges {
        // Id 2^32-1 means "no id" to the kernel, and a namespace holds at most 340 lines of map.
        let Some(next) = inside.checked_add(range.count) else { break };
        if mapped.len() == 340 {
            break;
        }
        mapped.push(IdRange { inside, outside: range.start, size: range.count });
        inside = next;
    }
    mapped
}

/// A mapping program in the system's directories. `$PATH` is not asked: a set-uid program is taken only from where root puts them.
pub fn find_tool(name: &str) -> Option<std::path::PathBuf> {
    [
        "/usr/bin",
        "/bin",
        "/usr/sbin",
        "/sbin",
        "/usr/local/bin",
        "/run/wrappers/bin",
        "/run/current-system/sw/bin",
    ]
    .iter()
    .map(|dir| Path::new(dir).join(name))
    .find(|path| path.exists())
}

fn spawn_tool(tool: &str, pid: i32, ranges: &[IdRange]) -> Result<Child> {
    let path =
        find_tool(tool).with_context(|| format!("{tool} is not installed (Debian: apt install uidmap)"))?;
    let numbers = ranges.iter().flat_map(|r| [r.inside, r.outside, r.size]).map(|n| n.to_string());
    Command::new(&path)
        .arg(pid.to_string())
        .args(numbers)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("starting {}", path.display()))
}

fn finish_tool(tool: &str, child: Child) -> Result<()> {
    let output = child.wait_with_output().with_context(|| format!("waiting for {tool}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = one_line(&anyhow::anyhow!("{}", String::from_utf8_lossy(&output.stderr)));
    Kind::Forbidden.err(format!(
        "{tool} refused the id mapping ({said}); check this user's lines in /etc/subuid and /etc/subgid, and that {tool} is set-uid root"
    ))
}

fn write_map(pid: i32, file: &str, ranges: &[IdRange]) -> Result<()> {
    let mut text = String::new();
    for range in ranges {
        writeln!(text, "{} {} {}", range.inside, range.outside, range.size)?;
    }
    write_proc(pid, file, &text)
}

fn write_proc(pid: i32, file: &str, text: &str) -> Result<()> {
    use std::io::Write;
    let path = format!("/proc/{pid}/{file}");
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .and_then(|mut f| f.write_all(text.as_bytes()))
        .with_context(|| format!("writing {:?} to {path}", text.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_read_as_the_kernel_shows_it() {
        let ranges =
            ranges_of("         0       1000          1\n         1     100000      65536\n").unwrap();
        assert_eq!(ranges[1], IdRange { inside: 1, outside: 100_000, size: 65_536 });
        let within = Mapping { uids: ranges.clone(), gids: ranges }.within_itself();
        assert_eq!(within.gids[1], IdRange { inside: 1, outside: 1, size: 65_536 });
        assert_eq!(ranges_of("0 x 1"), None);
    }

    #[test]
    fn root_is_the_user_and_the_rest_follows() {
        let ranges =
            [subid::SubRange { start: 100_000, count: 65_536 }, subid::SubRange { start: 900_000, count: 5 }];
        let map = with_root(1000, &ranges);
        assert_eq!(map[0], IdRange { inside: 0, outside: 1000, size: 1 });
        assert_eq!(map[2], IdRange { inside: 65_537, outside: 900_000, size: 5 });
        assert_eq!(Mapping::to_outside(&map, 33), Some(100_032));
        assert_eq!(Mapping::to_outside(&map, 65_541), Some(900_004));
        assert_eq!(Mapping::to_outside(&map, 65_542), None);
    }
}
