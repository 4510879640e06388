//! The cgroup that holds a container's processes, on the version 2 hierarchy (cgroups(7)), which hybrid hosts have too.
//!
//! It is what makes a container's processes findable and killable as one. Where this user can't make one (an ordinary user without a
//! delegated subtree, a host with version 1 only) there is none, and the pid namespace does that job. Never touches a cgroup that
//! dhow didn't make.

use std::fs::File;
use std::io::{Read, Seek};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::stat::Mode;
use nix::sys::statfs::{CGROUP2_SUPER_MAGIC, statfs};

use crate::error::{Context, Kind, Result};

/// Where cgroup 2 is mounted: alone, or beside version 1.
const MOUNTS: [&str; 2] = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"];

/// A cgroup of ours.
#[derive(Debug)]
pub struct Cgroup {
    path: PathBuf,
    dir: OwnedFd,
}

/// The mount of the version 2 hierarchy, if there is one.
pub fn unified_mount() -> Option<&'static Path> {
    let is_v2 = |path: &&str| statfs(*path).is_ok_and(|s| s.filesystem_type() == CGROUP2_SUPER_MAGIC);
    MOUNTS.iter().find(|p| is_v2(p)).map(Path::new)
}

/// Whether the host has version 2 only.
pub fn is_unified() -> bool {
    unified_mount() == Some(Path::new(MOUNTS[0]))
}

/// The directory under which this user's containers have their cgroups, if it can write there.
pub fn parent() -> Option<PathBuf> {
    let mount = unified_mount()?;
    if nix::unistd::geteuid().is_root() {
        return Some(mount.join("dhow"));
    }
    let own = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let own = own.lines().find_map(|l| l.strip_prefix("0::/"))?;
    let dir = mount.join(own);
    nix::unistd::access(&dir, nix::unistd::AccessFlags::W_OK).is_ok().then_some(dir)
}

impl Cgroup {
    /// Makes a cgroup of this name under [`parent`]; `None` where this user can't.
    pub fn create(name: &str) -> Result<Option<Self>> {
        let Some(parent) = parent() else { return Ok(None) };
        let path = parent.join(name);
        let made = match make(&path) {
            Err(Errno::ENOENT) => make(&parent).and_then(|()| make(&path)),
            other => other,
        };
        match made {
            Ok(()) => Self::open(&path).map(Some),
            Err(Errno::EACCES | Errno::EROFS | Errno::EPERM) => Ok(None),
            Err(e) => Err(e).with_context(|| format!("making the cgroup {}", path.display())),
        }
    }

    /// An existing cgroup.
    pub fn open(path: &Path) -> Result<Self> {
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC;
        match nix::fcntl::open(path, flags, Mode::empty()) {
            Ok(dir) => Ok(Self { path: path.to_path_buf(), dir }),
            Err(Errno::ENOENT) => Kind::NotFound.err(format!("the cgroup {} is gone", path.display())),
            Err(e) => Err(e).with_context(|| format!("opening the cgroup {}", path.display())),
        }
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// All processes in it and below, as this process sees their pids.
    pub fn pids(&self) -> Result<Vec<i32>> {
        let mut pids = Vec::new();
        collect(&self.path, &mut pids)?;
        Ok(pids)
    }

    /// Kills whoever is in it or below (cgroup.kill, Linux 5.14; before that one by one until none is left).
    pub fn kill(&self) -> Result<()> {
        use std::io::Write;
        match File::options()
            .write(true)
            .open(self.path.join("cgroup.kill"))
            .and_then(|mut f| f.write_all(b"1"))
        {
            Ok(()) => Ok(()),
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => self.kill_each(),
            Err(e) => Err(e).with_context(|| format!("killing the processes in {}", self.path.display())),
        }
    }

    fn kill_each(&self) -> Result<()> {
        // A process that forks while we read leaves children for the next round; a killed one forks no more.
        for _ in 0..100 {
            let pids = self.pids()?;
            if pids.is_empty() {
                break;
            }
            for pid in pids {
                // Gone already is what we want.
                let _ = nix::sys::signal::kill(
                    nix::unistd::Pid::from_raw(pid),
                    nix::sys::signal::Signal::SIGKILL,
                );
            }
        }
        Ok(())
    }

    /// Removes it with whatever cgroups the container made below. One that is gone already is no error.
    pub fn remove(self) -> Result<()> {
        let removed = match remove(&self.path) {
            Err(e) if e.raw_os_error() == Some(libc::EBUSY) => {
                self.wait_empty();
                remove(&self.path)
            }
            other => other,
        };
        removed.with_context(|| format!("removing the cgroup {}", self.path.display()))
    }

    /// Killed processes need a moment to go, those that a pid namespace does not take along. One that hangs in the kernel is waited for
    /// a second.
    fn wait_empty(&self) {
        let Ok(mut events) = File::open(self.path.join("cgroup.events")) else { return };
        let mut text = String::new();
        while events.rewind().is_ok()
            && events.read_to_string(&mut text).is_ok()
            && text.contains("populated 1")
        {
            let mut fds = [PollFd::new(events.as_fd(), PollFlags::POLLPRI)];
            if !poll(&mut fds, PollTimeout::from(1000u16)).is_ok_and(|n| n > 0) {
                return;
            }
            text.clear();
        }
    }
}

impl AsFd for Cgroup {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.dir.as_fd()
    }
}

fn make(path: &Path) -> nix::Result<()> {
    match nix::unistd::mkdir(path, Mode::from_bits_truncate(0o755)) {
        Err(Errno::EEXIST) => Ok(()),
        other => other,
    }
}

fn collect(path: &Path, pids: &mut Vec<i32>) -> Result<()> {
    let text = match std::fs::read_to_string(path.join("cgroup.procs")) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound || e.raw_os_error() == Some(libc::ENODEV) => {
            return Ok(());
        }
        Err(e) => return Err(e).with_context(|| format!("reading {}/cgroup.procs", path.display())),
    };
    pids.extend(text.lines().filter_map(|l| l.parse::<i32>().ok()));
    for child in children(path) {
        collect(&child, pids)?;
    }
    Ok(())
}

fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir(path) {
        Err(e) if e.raw_os_error() == Some(libc::EBUSY) => {}
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        other => return other,
    }
    for child in children(path) {
        remove(&child)?;
    }
    std::fs::remove_dir(path)
}

fn children(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    entries.filter(|e| e.file_type().is_ok_and(|t| t.is_dir())).map(|e| e.path()).collect()
}
