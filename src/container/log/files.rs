//! A log in files: buffered, rotated, older files compressed by a process of its own.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::compress::{self, Compression};
use super::options::{LogConfig, LogDriver};
use super::{Clock, Stream, json, local, path_of, with_suffix};
use crate::error::{Context, Result};
use crate::state::file::{self, Durability};

/// Writes entries and rotates the files.
#[derive(Debug)]
pub struct Files {
    path: PathBuf,
    config: LogConfig,
    /// As they stand in each entry.
    attributes: Vec<u8>,
    file: File,
    size: u64,
    /// Encoded entries that are not written yet.
    buffer: Vec<u8>,
    compression: Option<Compression>,
}

/// Encoded bytes after which the buffer is written out.
const BUFFER: usize = 128 * 1024;

impl Files {
    /// Opens the log at its end.
    pub fn open(path: &Path, config: &LogConfig) -> Result<Self> {
        let file = append(path).with_context(|| format!("opening the log {}", path.display()))?;
        let size = file.metadata().with_context(|| format!("looking at the log {}", path.display()))?.len();
        Ok(Self {
            path: path.to_path_buf(),
            attributes: json::attributes(&config.attributes),
            config: config.clone(),
            file,
            size,
            buffer: Vec::new(),
            compression: None,
        })
    }

    pub fn add(&mut self, line: &[u8], stream: Stream, time: &Clock) -> io::Result<()> {
        if self.config.driver == LogDriver::Local {
            local::encode(line, stream, time, &mut self.buffer);
        } else {
            json::encode(line, stream, &self.attributes, time, &mut self.buffer);
        }
        let full = self.size + self.buffer.len() as u64 >= self.config.max_size;
        if full || self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    pub fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        if self.size > 0 && self.size + self.buffer.len() as u64 > self.config.max_size {
            self.rotate()?;
        }
        let written = self.file.write_all(&self.buffer);
        if written.is_ok() {
            self.size += self.buffer.len() as u64;
        } else if self.file.set_len(self.size).is_err() {
            // A part of an entry must not stand before the next; what can't be cut off is skipped by readers.
            self.size = self.file.metadata().map_or(self.size, |m| m.len());
        }
        self.buffer.clear();
        written
    }

    fn rotate(&mut self) -> io::Result<()> {
        if self.config.max_file <= 1 {
            self.file.set_len(0)?;
            self.size = 0;
            return Ok(());
        }
        // The file that is being compressed must keep its name until that is done.
        self.reap();
        let last = path_of(&self.path, self.config.max_file - 1);
        for old in [compress::name(&last), last] {
            // One that isn't there yet is no error.
            let _ = file::remove_file(&old);
        }
        for age in (1..self.config.max_file).rev() {
            let (from, to) = (path_of(&self.path, age - 1), path_of(&self.path, age));
            let _ = file::rename(&from, &to, Durability::Ephemeral);
            let _ = file::rename(&compress::name(&from), &compress::name(&to), Durability::Ephemeral);
        }
        self.file = append(&self.path)?;
        self.size = 0;
        if self.config.compress {
            // Without it the file stays as it is, and is read as it is.
            self.compression = Compression::start(&path_of(&self.path, 1)).ok();
        }
        Ok(())
    }

    pub fn helper(&self) -> Option<BorrowedFd<'_>> {
        self.compression.as_ref().map(|c| c.process.pidfd.as_fd())
    }

    pub fn reap(&mut self) {
        self.compression = None;
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o640).open(path)
}

/// Where a file is made that is to get the name `path`.
pub fn draft(path: &Path) -> PathBuf {
    with_suffix(path, ".new")
}

#[cfg(test)]
mod tests {
    use super::super::Records;
    use super::*;

    fn write(files: &mut Files, text: &[u8]) {
        files.add(text, Stream::Stdout, &Clock::now()).unwrap();
        files.flush().unwrap();
    }

    #[test]
    fn every_byte_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let text: String = (0u32..0x300).filter_map(char::from_u32).collect();
        let mut config = LogConfig::default();
        config.attributes.insert("a\"".into(), "b\n".into());
        let mut files = Files::open(&path, &config).unwrap();
        write(&mut files, text.as_bytes());
        write(&mut files, b"a\xff\xfeb\n");
        let mut records = Records::open(&path, &config, 0).unwrap().unwrap();
        let first = records.next_entry().unwrap().unwrap();
        assert_eq!(String::from_utf8(first.log).unwrap(), text);
        assert_eq!(first.attributes, config.attributes);
        assert_eq!(records.next_entry().unwrap().unwrap().log, "a\u{fffd}\u{fffd}b\n".as_bytes());
        assert!(records.next_entry().unwrap().is_none());
    }

    #[test]
    fn rotates_and_keeps_so_many_files() {
        for driver in [LogDriver::JsonFile, LogDriver::Local] {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("log");
            let config = LogConfig { driver, max_size: 300, max_file: 3, ..LogConfig::default() };
            let mut files = Files::open(&path, &config).unwrap();
            for n in 0..40 {
                write(&mut files, format!("line {n}\n").as_bytes());
            }
            assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 3);
            assert!(std::fs::metadata(&path).unwrap().len() <= 300);
            let mut records = Records::open(&path, &config, 0).unwrap().unwrap();
            let mut last = None;
            while let Some(entry) = records.next_entry().unwrap() {
                last = Some(entry.log);
            }
            assert_eq!(last.unwrap(), b"line 39\n");
        }
    }

    #[test]
    fn a_compressed_file_keeps_its_identity() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let config = LogConfig::default();
        let mut files = Files::open(&path, &config).unwrap();
        write(&mut files, b"one\n");
        let plain = Records::open(&path, &config, 0).unwrap().unwrap();
        file::rename(&path, &path_of(&path, 1), Durability::Ephemeral).unwrap();
        compress::compress(&path_of(&path, 1)).unwrap();
        assert!(!path_of(&path, 1).exists());
        let mut packed = Records::open(&path, &config, 1).unwrap().unwrap();
        assert_eq!(packed.identity, plain.identity);
        assert_eq!(packed.count().unwrap(), 1);
        assert_eq!(packed.next_entry().unwrap().unwrap().log, b"one\n");
    }
}
