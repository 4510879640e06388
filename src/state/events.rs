//! What happened: `RUN/events`, an append-only file of JSON lines in docker's shape (Engine API, EventMessage), rotated once.
//!
//! Whoever changes something appends a line, engine and monitors alike. Telling is never a reason for the change to fail.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::AddWatchFlags;
use serde::{Deserialize, Serialize};

use super::file::{self, Durability};
use super::watch::{self, Signal};
use super::{Lock, Roots};
use crate::error::{Context, Result};

/// Bytes after which the file is rotated: some ten thousand events.
const MAX_SIZE: u64 = 4 << 20;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// `container`, `image`, …
    #[serde(rename = "Type")]
    pub kind: String,
    #[serde(rename = "Action")]
    pub action: String,
    #[serde(rename = "Actor")]
    pub actor: Actor,
    pub scope: String,
    /// Seconds and nanoseconds since 1970.
    pub time: i64,
    #[serde(rename = "timeNano")]
    pub time_nano: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    #[serde(rename = "ID")]
    pub id: String,
    #[serde(rename = "Attributes")]
    pub attributes: BTreeMap<String, String>,
}

impl Event {
    /// Happens now.
    pub fn new(kind: &str, action: &str, id: &str) -> Self {
        let now = Timestamp::now();
        Self {
            kind: kind.into(),
            action: action.into(),
            actor: Actor { id: id.into(), attributes: BTreeMap::new() },
            scope: "local".into(),
            time: now.as_second(),
            time_nano: now.as_nanosecond() as i64,
        }
    }

    #[must_use]
    pub fn with(mut self, key: &str, value: impl ToString) -> Self {
        self.actor.attributes.insert(key.into(), value.to_string());
        self
    }

    pub fn at(&self) -> Timestamp {
        Timestamp::from_nanosecond(i128::from(self.time_nano)).unwrap_or_default()
    }
}

/// The events of a pair of roots.
#[derive(Debug, Clone)]
pub struct EventLog {
    path: PathBuf,
}

/// The file that is written to.
struct Current {
    file: File,
    /// Bytes in it.
    length: u64,
    _lock: Lock,
}

impl EventLog {
    pub fn new(roots: &Roots) -> Self {
        Self { path: roots.runroot.join("events") }
    }

    /// Tells of an event, as far as that can be done.
    pub fn tell(&self, event: &Event) {
        self.tell_all(std::slice::from_ref(event));
    }

    /// Tells of events that happen together.
    pub fn tell_all(&self, events: &[Event]) {
        if let Err(error) = self.append(events) {
            log::debug!("{}: {}", self.path.display(), crate::error::one_line(&error));
        }
    }

    fn append(&self, events: &[Event]) -> Result<()> {
        let mut lines = Vec::new();
        for event in events {
            serde_json::to_writer(&mut lines, event).context("encoding an event")?;
            lines.push(b'\n');
        }
        let current = self.open()?;
        // In one piece: a reader sees whole lines only, but for the last one while it is being written.
        (&current.file).write_all(&lines)?;
        if current.length + lines.len() as u64 > MAX_SIZE {
            file::rename(&self.path, &self.old(), Durability::Ephemeral)?;
        }
        Ok(())
    }

    fn old(&self) -> PathBuf {
        self.path.with_extension("1")
    }

    /// The file that is written to now, locked: nobody writes to one that was rotated.
    fn open(&self) -> Result<Current> {
        loop {
            let file = File::options().append(true).create(true).open(&self.path)?;
            let inode = file.metadata()?.ino();
            let lock = Lock::exclusive_on(file.try_clone()?)?;
            if let Ok(now) = self.path.metadata()
                && now.ino() == inode
            {
                return Ok(Current { file, length: now.len(), _lock: lock });
            }
        }
    }

    /// Gives the events of the past to `each`, and those to come until `until` if `follow` is set; until `each` says stop (`false`).
    pub fn read(
        &self,
        since: Option<Timestamp>,
        until: Option<Timestamp>,
        follow: bool,
        each: &mut dyn FnMut(Event) -> Result<bool>,
    ) -> Result<()> {
        self.read_until((since, until), follow.then_some(&[]), each).map(drop)
    }

    /// The same; with `hangups`, those to come are waited for until one of the descriptors is readable.
    pub fn read_until(
        &self,
        (since, until): (Option<Timestamp>, Option<Timestamp>),
        hangups: Option<&[BorrowedFd<'_>]>,
        each: &mut dyn FnMut(Event) -> Result<bool>,
    ) -> Result<End> {
        // Watched before the first look: what happens in between makes the first wait return at once.
        let mut follower = Follower { log: self, notify: self.watch()?, current: open_opt(&self.path)? };
        let wanted =
            |event: &Event| since.is_none_or(|t| event.at() >= t) && until.is_none_or(|t| event.at() <= t);
        let mut each = |event: Event| if wanted(&event) { each(event) } else { Ok(true) };
        // Rotated between the two: then both are the same file's contents, and the newer one is empty.
        if let Some(mut old) = open_opt(&self.old())?
            && !old.is(follower.current.as_ref())
        {
            if !old.lines(&mut each)? {
                return Ok(End::Told);
            }
            follower.current.get_or_insert(old);
        }
        follower.run(until, hangups, &mut each)
    }

    /// Those that happen from now on.
    pub fn tail(&self) -> Result<Follower<'_>> {
        let notify = self.watch()?;
        let mut current = match open_opt(&self.path)? {
            None => open_opt(&self.old())?,
            current => current,
        };
        if let Some(current) = &mut current {
            current.file.seek(SeekFrom::End(0)).context("going to the last event")?;
        }
        Ok(Follower { log: self, notify, current })
    }

    fn watch(&self) -> Result<Signal> {
        let dir = self.path.parent().unwrap_or(Path::new("/"));
        let flags = AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVE;
        watch::signal(dir, flags)
    }
}

/// Why the reading of events has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Whoever was told has said so.
    Told,
    /// There are no more, or the time is over.
    Over,
    /// This one of the descriptors is readable.
    Hangup(usize),
}

/// Somewhere in the log.
pub struct Follower<'a> {
    log: &'a EventLog,
    notify: Signal,
    current: Option<Reader>,
}

impl Follower<'_> {
    /// Gives the events from here on to `each`; with `hangups` also those to come.
    pub fn run(
        &mut self,
        until: Option<Timestamp>,
        hangups: Option<&[BorrowedFd<'_>]>,
        each: &mut dyn FnMut(Event) -> Result<bool>,
    ) -> Result<End> {
        loop {
            if let Some(current) = &mut self.current
                && !current.lines(each)?
            {
                return Ok(End::Told);
            }
            let newer = open_opt(&self.log.path)?;
            if newer.as_ref().is_some_and(|n| !n.is(self.current.as_ref())) {
                // Nobody writes to the old one any more, but there may be more in it than was seen. Another may have come and gone meanwhile.
                let missed = open_opt(&self.log.old())?
                    .filter(|old| !old.is(self.current.as_ref()) && !old.is(newer.as_ref()));
                for old in [self.current.take(), missed].iter_mut().flatten() {
                    if !old.lines(each)? {
                        return Ok(End::Told);
                    }
                }
                self.current = newer;
                continue;
            }
            let Some(hangups) = hangups else { return Ok(End::Over) };
            if let Some(end) = wait(&self.notify, until, hangups)? {
                return Ok(end);
            }
        }
    }
}

/// A file being read.
struct Reader {
    file: BufReader<File>,
    inode: u64,
    /// A line that is not whole yet.
    partial: Vec<u8>,
}

fn open_opt(path: &Path) -> Result<Option<Reader>> {
    match File::open(path) {
        Ok(file) => {
            let inode = file.metadata().with_context(|| format!("looking at {}", path.display()))?.ino();
            Ok(Some(Reader { file: BufReader::new(file), inode, partial: Vec::new() }))
        }
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("opening {}", path.display())),
    }
}

impl Reader {
    fn is(&self, other: Option<&Self>) -> bool {
        other.is_some_and(|o| o.inode == self.inode)
    }

    /// The lines that are there. Whether the caller wants more.
    fn lines(&mut self, each: &mut dyn FnMut(Event) -> Result<bool>) -> Result<bool> {
        loop {
            self.file.read_until(b'\n', &mut self.partial).context("reading the events")?;
            if self.partial.last() != Some(&b'\n') {
                return Ok(true);
            }
            // A line that isn't one was cut off by a full disk.
            let event = serde_json::from_slice(&self.partial);
            self.partial.clear();
            if let Ok(event) = event
                && !each(event)?
            {
                return Ok(false);
            }
        }
    }
}

/// Waits for something to happen, unless it is the end.
fn wait(notify: &Signal, until: Option<Timestamp>, hangups: &[BorrowedFd<'_>]) -> Result<Option<End>> {
    let left = until.map(|t| t.duration_since(Timestamp::now()).as_millis() + 1);
    if left.is_some_and(|ms| ms <= 0) {
        return Ok(Some(End::Over));
    }
    let timeout = match left {
        None => PollTimeout::NONE,
        Some(ms) => PollTimeout::try_from(ms.min(i128::from(i32::MAX)) as i32).unwrap_or(PollTimeout::MAX),
    };
    let mut fds = vec![PollFd::new(notify.as_fd(), PollFlags::POLLIN)];
    fds.extend(hangups.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN)));
    match poll(&mut fds, timeout) {
        Ok(0) | Err(nix::errno::Errno::EINTR) => return Ok(None),
        Ok(_) => {}
        Err(e) => return Err(e).context("waiting for events"),
    }
    if let Some(which) = fds[1..].iter().position(|fd| fd.any() == Some(true)) {
        return Ok(Some(End::Hangup(which)));
    }
    notify.clear()?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(base: &Path) -> EventLog {
        EventLog::new(&Roots { root: base.into(), runroot: base.into(), rootless: false })
    }

    fn all(log: &EventLog) -> Vec<Event> {
        let mut found = Vec::new();
        log.read(None, None, false, &mut |e| {
            found.push(e);
            Ok(true)
        })
        .unwrap();
        found
    }

    #[test]
    fn a_follower_misses_nothing_over_rotations_by_many_writers() {
        let base = tempfile::tempdir().unwrap();
        let log = log(base.path());
        let padding = "x".repeat(20_000);
        let mut seen = std::thread::scope(|scope| {
            let follower = scope.spawn(|| {
                let mut seen = Vec::new();
                log.read(None, None, true, &mut |e| {
                    seen.push(e.actor.id);
                    Ok(seen.len() < 400)
                })
                .unwrap();
                seen
            });
            for writer in 0..4 {
                let (log, padding) = (&log, &padding);
                scope.spawn(move || {
                    for i in 0..100 {
                        log.tell(
                            &Event::new("container", "start", &format!("{writer}-{i}")).with("p", padding),
                        );
                    }
                });
            }
            follower.join().unwrap()
        });
        seen.sort();
        seen.dedup();
        assert_eq!(seen.len(), 400);
        assert!(log.old().exists(), "8 MB were written");
    }

    #[test]
    fn a_file_that_came_and_went_before_the_first_look_is_read() {
        let base = tempfile::tempdir().unwrap();
        let log = log(base.path());
        let mut follower = Follower { log: &log, notify: log.watch().unwrap(), current: None };
        log.tell(&Event::new("container", "start", "first"));
        file::rename(&log.path, &log.old(), Durability::Ephemeral).unwrap();
        log.tell(&Event::new("container", "start", "second"));
        let mut seen = Vec::new();
        let mut each = |e: Event| {
            seen.push(e.actor.id);
            Ok(true)
        };
        follower.run(None, None, &mut each).unwrap();
        follower.run(None, None, &mut each).unwrap();
        assert_eq!(seen, ["first", "second"]);
    }

    #[test]
    fn damaged_lines_are_left_out_and_times_bound() {
        let base = tempfile::tempdir().unwrap();
        let log = log(base.path());
        let event = Event::new("image", "pull", "busybox").with("name", "busybox");
        log.tell(&event);
        File::options().append(true).open(&log.path).unwrap().write_all(b"{\"Type\":\n").unwrap();
        log.tell(&Event::new("image", "tag", "x"));
        let found = all(&log);
        assert_eq!((found.len(), &found[0]), (2, &event));
        let mut count = 0;
        let after = event.at() + jiff::SignedDuration::from_hours(1);
        log.read(Some(after), None, false, &mut |_| {
            count += 1;
            Ok(true)
        })
        .unwrap();
        assert_eq!(count, 0);
    }
}
