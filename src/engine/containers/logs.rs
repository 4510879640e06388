//! Reading a container's log, also while it is being written and rotated. New entries are awaited by inotify.

use std::fs::File;
use std::io::{BufRead, BufReader, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use jiff::Timestamp;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use crate::container::ContainerDir;
use crate::container::config::{ContainerConfig, LogDriver};
use crate::container::log::{Entry, path_of};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};

#[derive(Debug, Clone, Default)]
pub struct LogsRequest {
    pub follow: bool,
    /// Only the last so many lines.
    pub tail: Option<usize>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
}

/// Where to go on reading.
struct Position {
    /// Inode of the file being written when we read it.
    inode: u64,
    offset: u64,
}

impl Engine {
    /// Gives the entries to `each`, in order. With `follow` it returns when the container has ended, or when `each` says stop (`false`).
    pub fn logs(
        &self,
        dir: &ContainerDir,
        config: &ContainerConfig,
        request: &LogsRequest,
        each: &mut dyn FnMut(&Entry) -> Result<bool>,
    ) -> Result<()> {
        if config.log.driver == LogDriver::None {
            return Kind::Unsupported.err("configured logging driver does not support reading: this container was started with --log-driver none");
        }
        let log = dir.log_path();
        // Watched before the first read: what comes in between makes the next wait return at once.
        let notify = request.follow.then(|| watch(&dir.path)).transpose()?;
        let Some(mut position) = past(&log, config, request, each)? else { return Ok(()) };
        let Some(notify) = notify else { return Ok(()) };
        let mut reader = Follower { log: &log, config, request, each };
        loop {
            let running = self.status(dir).is_ok_and(|s| s.status.is_active());
            if !reader.read_on(&mut position)? || !running {
                return Ok(());
            }
            wait(&notify, dir)?;
        }
    }
}

fn watch(dir: &Path) -> Result<Inotify> {
    let notify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)
        .context("making an inotify descriptor")?;
    // The directory: a rotated log is another file, and the container's end is a new state file.
    let flags = AddWatchFlags::IN_MODIFY
        | AddWatchFlags::IN_CREATE
        | AddWatchFlags::IN_MOVE
        | AddWatchFlags::IN_DELETE_SELF
        | AddWatchFlags::IN_MOVE_SELF;
    notify.add_watch(dir, flags).with_context(|| format!("watching {}", dir.display()))?;
    Ok(notify)
}

/// Waits for a change in the container's directory, or for the death of its monitor.
fn wait(notify: &Inotify, dir: &ContainerDir) -> Result<()> {
    let monitor = dir.recorded_state()?.monitor.and_then(|m| m.open().ok().flatten());
    let mut fds = vec![PollFd::new(notify.as_fd(), PollFlags::POLLIN)];
    fds.extend(monitor.as_ref().map(|m| PollFd::new(m.as_fd(), PollFlags::POLLIN)));
    match poll(&mut fds, PollTimeout::NONE) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => {}
        Err(e) => return Err(e).context("waiting for the log"),
    }
    // What they were doesn't matter: the files are looked at anew.
    let _ = notify.read_events();
    Ok(())
}

/// The entries that are there, oldest file first. `None` if the reader has had enough.
fn past(
    log: &Path,
    config: &ContainerConfig,
    request: &LogsRequest,
    each: &mut dyn FnMut(&Entry) -> Result<bool>,
) -> Result<Option<Position>> {
    // Newest first when opened, so that a rotation meanwhile can't hide a file.
    let mut files = Vec::new();
    for age in 0..config.log.max_file.max(1) {
        match File::open(path_of(log, age)) {
            Ok(file) => {
                let inode = file.metadata().context("looking at the log")?.ino();
                if !files.iter().any(|(i, _)| *i == inode) {
                    files.push((inode, file));
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(e).with_context(|| format!("opening {}", path_of(log, age).display())),
        }
    }
    let mut skip = skipped(&mut files, request.tail)?;
    let mut position = Position { inode: 0, offset: 0 };
    for (inode, file) in files.into_iter().rev() {
        let mut reader = BufReader::with_capacity(64 * 1024, file);
        let mut offset = 0;
        let mut line = Vec::new();
        while next_line(&mut reader, &mut line)? {
            offset += line.len() as u64;
            if skip > 0 {
                skip -= 1;
            } else if !deliver(&line, request, each)? {
                return Ok(None);
            }
        }
        position = Position { inode, offset };
    }
    Ok(Some(position))
}

/// How many of all lines come before the last `tail`.
fn skipped(files: &mut [(u64, File)], tail: Option<usize>) -> Result<usize> {
    let Some(tail) = tail else { return Ok(0) };
    let mut lines = 0;
    for (_, file) in files {
        let mut reader = BufReader::with_capacity(64 * 1024, &*file);
        loop {
            let buffer = reader.fill_buf().context("reading the log")?;
            if buffer.is_empty() {
                break;
            }
            lines += memchr::memchr_iter(b'\n', buffer).count();
            let n = buffer.len();
            reader.consume(n);
        }
        file.seek(SeekFrom::Start(0)).context("reading the log")?;
    }
    Ok(lines.saturating_sub(tail))
}

/// The next whole line. A line without its end is still being written.
fn next_line(reader: &mut impl BufRead, line: &mut Vec<u8>) -> Result<bool> {
    line.clear();
    reader.read_until(b'\n', line).context("reading the log")?;
    Ok(line.ends_with(b"\n"))
}

/// Whether to go on.
fn deliver(line: &[u8], request: &LogsRequest, each: &mut dyn FnMut(&Entry) -> Result<bool>) -> Result<bool> {
    // After a power loss a line may be damaged: the others are still worth showing.
    let Ok(entry) = serde_json::from_slice::<Entry>(line) else { return Ok(true) };
    if request.since.is_some_and(|t| entry.time < t) {
        return Ok(true);
    }
    if request.until.is_some_and(|t| entry.time > t) {
        return Ok(false);
    }
    each(&entry)
}

struct Follower<'a> {
    log: &'a Path,
    config: &'a ContainerConfig,
    request: &'a LogsRequest,
    each: &'a mut dyn FnMut(&Entry) -> Result<bool>,
}

impl Follower<'_> {
    /// Reads what has come since, across rotations. Whether to go on.
    fn read_on(&mut self, position: &mut Position) -> Result<bool> {
        // The file that we were in, under whatever name it has now, then all newer ones.
        let mut newer = Vec::new();
        for age in 0..self.config.log.max_file.max(1) {
            let Ok(file) = File::open(path_of(self.log, age)) else { continue };
            let inode = file.metadata().context("looking at the log")?.ino();
            if newer.iter().any(|(seen, _)| *seen == inode) {
                // Rotated between two looks: the same file under its next name.
                continue;
            }
            let ours = inode == position.inode;
            newer.push((inode, file));
            if ours {
                break;
            }
        }
        for (inode, mut file) in newer.into_iter().rev() {
            let length = file.metadata().context("looking at the log")?.len();
            // A file shorter than what was read of it was emptied (rotation with a single file).
            let start =
                if inode == position.inode && length >= position.offset { position.offset } else { 0 };
            file.seek(SeekFrom::Start(start)).context("reading the log")?;
            *position = Position { inode, offset: start };
            let mut reader = BufReader::with_capacity(64 * 1024, file);
            let mut line = Vec::new();
            while next_line(&mut reader, &mut line)? {
                position.offset += line.len() as u64;
                if !deliver(&line, self.request, self.each)? {
                    return Ok(false);
                }
            }
        }
        Ok(true)
    }
}
