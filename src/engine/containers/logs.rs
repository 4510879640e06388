//! Reading a container's log, as far as it goes or on and on: by inotify, never by polling.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify};

use crate::container::log::{Entry, LogConfig, LogDriver, Records};
use crate::container::{ContainerConfig, ContainerDir};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};

#[derive(Debug, Clone, Default)]
pub struct LogsRequest {
    pub follow: bool,
    /// Only the last so many lines.
    pub tail: Option<usize>,
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    /// Readable when nobody wants to know any more.
    pub hangup: Option<Arc<OwnedFd>>,
}

impl Engine {
    /// Gives the entries to `each`, in order. With `follow` it returns when the container has ended, when the time `until` has come, or
    /// when `each` says stop (`false`).
    pub fn logs(
        &self,
        dir: &ContainerDir,
        config: &ContainerConfig,
        request: &LogsRequest,
        each: &mut dyn FnMut(&Entry) -> Result<bool>,
    ) -> Result<()> {
        refuse_unreadable(config)?;
        // Watched before the first read: what comes in between makes the next wait return at once.
        let notify = request.follow.then(|| watch(&dir.path)).transpose()?;
        let mut reader = Reader { log: dir.log_path(), config: &config.log, request, each, current: None };
        let more = reader.past()?;
        let Some(notify) = notify.filter(|_| more) else { return Ok(()) };
        loop {
            let running = self.status(dir).is_ok_and(|s| s.status.is_active());
            let hangup = request.hangup.as_deref().map(AsFd::as_fd);
            if !reader.read_on()? || !running || !wait(&notify, dir, request.until, hangup)? {
                return Ok(());
            }
        }
    }

    /// Refuses for a container whose log can't be read.
    pub fn check_log(&self, config: &ContainerConfig) -> Result<()> {
        refuse_unreadable(config)
    }
}

fn refuse_unreadable(config: &ContainerConfig) -> Result<()> {
    let how = match config.log.driver {
        LogDriver::JsonFile | LogDriver::Local => return Ok(()),
        LogDriver::Journald => {
            format!("its log is in the journal: read it with journalctl CONTAINER_NAME={}", config.name)
        }
        driver => format!("this container was started with the log driver {}", driver.name()),
    };
    Kind::Unsupported.err(format!("configured logging driver does not support reading: {how}"))
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

/// Waits for a change in the container's directory, for the death of its monitor or for the time `until`. Whether to go on.
fn wait(
    notify: &Inotify,
    dir: &ContainerDir,
    until: Option<Timestamp>,
    hangup: Option<BorrowedFd<'_>>,
) -> Result<bool> {
    let monitor = dir.recorded_state()?.monitor.and_then(|m| m.open().ok().flatten());
    let mut fds = vec![PollFd::new(notify.as_fd(), PollFlags::POLLIN)];
    fds.extend(hangup.map(|fd| PollFd::new(fd, PollFlags::POLLIN)));
    fds.extend(monitor.as_ref().map(|m| PollFd::new(m.as_fd(), PollFlags::POLLIN)));
    let timeout = match until.map(|until| until.duration_since(Timestamp::now()).as_millis()) {
        None => PollTimeout::NONE,
        Some(..=-1) => return Ok(false),
        // Rounded up; a wait that is cut short is begun again.
        Some(left) => {
            PollTimeout::try_from(left.min(i128::from(i32::MAX) - 1) as i32 + 1).unwrap_or(PollTimeout::MAX)
        }
    };
    match poll(&mut fds, timeout) {
        Ok(_) | Err(nix::errno::Errno::EINTR) => {}
        Err(e) => return Err(e).context("waiting for the log"),
    }
    if hangup.is_some() && fds[1].any() == Some(true) {
        return Ok(false);
    }
    // What they were doesn't matter: the files are looked at anew.
    let _ = notify.read_events();
    Ok(true)
}

struct Reader<'a> {
    log: PathBuf,
    config: &'a LogConfig,
    request: &'a LogsRequest,
    each: &'a mut dyn FnMut(&Entry) -> Result<bool>,
    /// The newest file that we know. Being open, it stays what it is however it is renamed.
    current: Option<Records>,
}

impl Reader<'_> {
    /// The entries that are there, oldest file first. Whether to go on.
    fn past(&mut self) -> Result<bool> {
        let mut files = self.newer()?;
        let mut skip = match self.request.tail {
            None => 0,
            Some(tail) => {
                let lines: usize = files.iter_mut().map(Records::count).sum::<Result<_>>()?;
                lines.saturating_sub(tail)
            }
        };
        for mut file in files.into_iter().rev() {
            while skip > 0 && file.skip()? {
                skip -= 1;
            }
            let more = self.deliver(&mut file)?;
            self.current = Some(file);
            if !more {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// What has come since, across rotations. Whether to go on.
    fn read_on(&mut self) -> Result<bool> {
        let newer = self.newer()?;
        if let Some(mut current) = self.current.take() {
            if current.was_emptied()? {
                current.rewind()?;
            }
            // After the look for newer ones: a file that was rotated away by then gets no more.
            let more = self.deliver(&mut current)?;
            self.current = Some(current);
            if !more {
                return Ok(false);
            }
        }
        for mut file in newer.into_iter().rev() {
            let more = self.deliver(&mut file)?;
            self.current = Some(file);
            if !more {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The files that are newer than ours, the newest first.
    fn newer(&self) -> Result<Vec<Records>> {
        Records::newer(&self.log, self.config, self.current.as_ref().map(|ours| ours.identity))
    }

    /// Hands over what there is of a file. Whether to go on.
    fn deliver(&mut self, file: &mut Records) -> Result<bool> {
        while let Some(entry) = file.next_entry()? {
            if self.request.since.is_some_and(|t| entry.time < t) {
                continue;
            }
            if self.request.until.is_some_and(|t| entry.time > t) || !(self.each)(&entry)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
