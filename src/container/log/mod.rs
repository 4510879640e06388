//! What containers print, kept: in files as docker's drivers `json-file` and `local` write them, or in the journal of systemd.
//!
//! The newest file is `log`, older ones are `log.1`, `log.2`, … beside it, or `log.1.gz`, ….

mod compress;
mod files;
mod journal;
mod json;
mod local;
mod options;
mod read;

use std::collections::BTreeMap;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

pub use compress::{ROLE as COMPRESS_ROLE, role as compress_role};
pub use options::{LogConfig, LogDriver, Subject};
pub use read::{LogFile, Records};

use super::{ContainerConfig, ContainerDir};
use crate::error::Result;
use files::Files;
use journal::Journal;

/// Lines longer than this are split, as docker splits them: an entry without a line end goes on in the next.
pub const MAX_LINE: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// One entry as it is read back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// With its line end, unless it goes on in the next entry.
    pub log: Vec<u8>,
    pub stream: Stream,
    pub time: jiff::Timestamp,
    /// The labels, variables and the tag that were asked for.
    pub attributes: BTreeMap<String, String>,
}

/// The file of age `age`: 0 is being written.
pub fn path_of(log: &Path, age: u32) -> PathBuf {
    match age {
        0 => log.to_path_buf(),
        age => with_suffix(log, &format!(".{age}")),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Takes a container's output.
#[derive(Debug)]
pub enum Writer {
    Files(Files),
    Journal(Journal),
}

impl Writer {
    /// The log that a container is to have; none for some drivers.
    pub fn open(dir: &ContainerDir, config: &ContainerConfig) -> Result<Option<Self>> {
        Ok(match config.log.driver {
            LogDriver::JsonFile | LogDriver::Local => {
                Some(Self::Files(Files::open(&dir.log_path(), &config.log)?))
            }
            LogDriver::Journald => Some(Self::Journal(Journal::open(config)?)),
            LogDriver::Passthrough | LogDriver::None => None,
        })
    }

    /// Adds an entry, a line with its end or a part of a long one.
    pub fn add(&mut self, line: &[u8], stream: Stream, time: &Clock) -> io::Result<()> {
        match self {
            Self::Files(files) => files.add(line, stream, time),
            Self::Journal(journal) => journal.add(line, stream),
        }
    }

    /// Writes out what was added. What can't be written (a full disk) is dropped: the container goes on.
    pub fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Files(files) => files.flush(),
            Self::Journal(_) => Ok(()),
        }
    }

    /// A process that compresses an older file, to be reaped when it has ended.
    pub fn helper(&self) -> Option<BorrowedFd<'_>> {
        match self {
            Self::Files(files) => files.helper(),
            Self::Journal(_) => None,
        }
    }

    /// Reaps it.
    pub fn reap(&mut self) {
        if let Self::Files(files) = self {
            files.reap();
        }
    }
}

/// The time of a batch of entries, formatted once.
#[derive(Debug)]
pub struct Clock {
    text: Vec<u8>,
    nanoseconds: u64,
}

impl Clock {
    pub fn now() -> Self {
        let now = jiff::Timestamp::now();
        Self { text: format!("{now:.9}").into_bytes(), nanoseconds: now.as_nanosecond() as u64 }
    }
}
