//! What docker tells of a path in a container (`X-Docker-Container-Path-Stat`).

use nix::sys::stat::FileStat;
use serde::{Deserialize, Serialize};

/// Field names and meanings are the Engine API's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathStat {
    /// The last component of the path as it was asked for.
    pub name: String,
    pub size: i64,
    /// As Go's `os.FileMode` has it.
    pub mode: u32,
    /// RFC 3339.
    pub mtime: String,
    /// Where a symbolic link leads in the end, from the container's root; empty for everything else.
    #[serde(rename = "linkTarget")]
    pub link_target: String,
}

const DIR: u32 = 1 << 31;
const SYMLINK: u32 = 1 << 27;
const DEVICE: u32 = 1 << 26;
const NAMED_PIPE: u32 = 1 << 25;
const SOCKET: u32 = 1 << 24;
const SETUID: u32 = 1 << 23;
const SETGID: u32 = 1 << 22;
const CHAR_DEVICE: u32 = 1 << 21;
const STICKY: u32 = 1 << 20;

impl PathStat {
    pub fn new(name: &[u8], stat: &FileStat, link_target: &[u8]) -> Self {
        let mtime = jiff::Timestamp::new(stat.st_mtime, stat.st_mtime_nsec as i32).unwrap_or_default();
        let lossy = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            name: lossy(name),
            size: stat.st_size,
            mode: go_mode(stat.st_mode),
            mtime: mtime.to_string(),
            link_target: lossy(link_target),
        }
    }

    pub fn is_dir(&self) -> bool {
        self.mode & DIR != 0
    }

    pub fn is_symlink(&self) -> bool {
        self.mode & SYMLINK != 0
    }

    /// Whether files can be put to its place: it is a file or a directory.
    pub fn is_plain(&self) -> bool {
        self.mode & (SYMLINK | DEVICE | NAMED_PIPE | SOCKET) == 0
    }

    /// Whether it is a device.
    pub fn is_device(&self) -> bool {
        self.mode & DEVICE != 0
    }
}

/// The bits of a mode as Go orders them.
pub fn go_mode(mode: u32) -> u32 {
    let kind = match mode & libc::S_IFMT {
        libc::S_IFDIR => DIR,
        libc::S_IFLNK => SYMLINK,
        libc::S_IFBLK => DEVICE,
        libc::S_IFCHR => DEVICE | CHAR_DEVICE,
        libc::S_IFIFO => NAMED_PIPE,
        libc::S_IFSOCK => SOCKET,
        _ => 0,
    };
    let special = [(libc::S_ISUID, SETUID), (libc::S_ISGID, SETGID), (libc::S_ISVTX, STICKY)];
    let special = special.iter().filter(|(bit, _)| mode & bit != 0).fold(0, |all, (_, go)| all | go);
    mode & 0o777 | kind | special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_are_those_of_go() {
        assert_eq!(go_mode(libc::S_IFREG | 0o4640), 0o640 | 1 << 23);
        assert_eq!(go_mode(libc::S_IFDIR | 0o1777), 2_147_483_648 + (1 << 20) + 0o777);
        assert_eq!(go_mode(libc::S_IFLNK | 0o777), 134_218_239);
        assert_eq!(go_mode(libc::S_IFCHR | 0o666), 69_206_454);
    }
}
