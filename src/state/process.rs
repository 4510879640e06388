//! Which process is meant: a pid alone may have been given to another since.

use std::os::fd::OwnedFd;

use serde::{Deserialize, Serialize};

use crate::error::{Context, Result};
use crate::sys::pidfd;

/// A process by pid and start time (clock ticks since boot, field 22 of proc(5)'s stat).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessIdentity {
    pub pid: i32,
    pub start_time: u64,
}

impl ProcessIdentity {
    /// The identity of a process that exists now.
    pub fn of(pid: i32) -> Result<Self> {
        let start_time = start_time(pid)?.with_context(|| format!("no process has the pid {pid}"))?;
        Ok(Self { pid, start_time })
    }

    /// A descriptor of the process, or `None` if it is gone.
    pub fn open(self) -> Result<Option<OwnedFd>> {
        // Opened first, then compared: from here on the descriptor can't come to mean another process.
        let Some(fd) = pidfd::open(self.pid)? else { return Ok(None) };
        Ok((start_time(self.pid)? == Some(self.start_time)).then_some(fd))
    }

    /// Whether the process is there and not a zombie.
    pub fn is_alive(self) -> bool {
        matches!(read_stat(self.pid), Ok(Some((state, start))) if start == self.start_time && !matches!(state, 'Z' | 'X'))
    }
}

fn start_time(pid: i32) -> Result<Option<u64>> {
    Ok(read_stat(pid)?.map(|(_, start)| start))
}

/// State letter and start time, `None` if there is no such process.
fn read_stat(pid: i32) -> Result<Option<(char, u64)>> {
    let stat = match std::fs::read(format!("/proc/{pid}/stat")) {
        Ok(stat) => stat,
        // ESRCH: the process went away between open and read.
        Err(e) if e.kind() == std::io::ErrorKind::NotFound || e.raw_os_error() == Some(libc::ESRCH) => {
            return Ok(None);
        }
        Err(e) => return Err(e).with_context(|| format!("reading /proc/{pid}/stat")),
    };
    Ok(parse_stat(&stat))
}

fn parse_stat(stat: &[u8]) -> Option<(char, u64)> {
    // The second field is the program's name in brackets and may hold anything, brackets and blanks included.
    let rest = &stat[stat.iter().rposition(|&b| b == b')')? + 1..];
    let mut fields = rest.split(|&b| b == b' ').filter(|f| !f.is_empty());
    let state = char::from(*fields.next()?.first()?);
    let start = std::str::from_utf8(fields.nth(18)?).ok()?.trim().parse().ok()?;
    Some((state, start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_brackets_do_not_mislead() {
        let stat = b"7 (a) Z (b) S 1 7 7 0 -1 4194560 1 0 0 0 0 0 0 0 20 0 1 0 4242 1 2 3";
        assert_eq!(parse_stat(stat), Some(('S', 4242)));
    }

    #[test]
    fn our_own_process_is_alive_under_its_identity_only() {
        let me = ProcessIdentity::of(std::process::id() as i32).unwrap();
        assert!(me.is_alive() && me.open().unwrap().is_some());
        let other = ProcessIdentity { start_time: me.start_time + 1, ..me };
        assert!(!other.is_alive() && other.open().unwrap().is_none());
    }
}
