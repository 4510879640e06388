//! The json-file log, as docker's tools read it: a JSON object a line, `{"log":"…\n","stream":"stdout","time":"…"}`, in `log`, with older
//! files `log.1`, `log.2`, … beside it.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::config::LogConfig;
use crate::error::{Context, Result};
use crate::state::file::{self, Durability};

/// Lines longer than this are split, as docker splits them: an entry without a line end goes on in the next.
pub const MAX_LINE: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// One entry as it is read back.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Entry {
    pub log: String,
    pub stream: Stream,
    pub time: jiff::Timestamp,
}

/// The file of age `age`: 0 is being written.
pub fn path_of(log: &Path, age: u32) -> PathBuf {
    match age {
        0 => log.to_path_buf(),
        age => {
            let mut name = log.as_os_str().to_owned();
            name.push(format!(".{age}"));
            PathBuf::from(name)
        }
    }
}

/// Writes entries and rotates the files.
#[derive(Debug)]
pub struct Writer {
    path: PathBuf,
    config: LogConfig,
    file: File,
    size: u64,
    /// Encoded entries that are not written yet.
    buffer: Vec<u8>,
}

/// Encoded bytes after which the buffer is written out.
const BUFFER: usize = 128 * 1024;

impl Writer {
    /// Opens the log at its end.
    pub fn open(path: &Path, config: &LogConfig) -> Result<Self> {
        let file = append(path).with_context(|| format!("opening the log {}", path.display()))?;
        let size = file.metadata().with_context(|| format!("looking at the log {}", path.display()))?.len();
        Ok(Self { path: path.to_path_buf(), config: config.clone(), file, size, buffer: Vec::new() })
    }

    /// Adds an entry, a line with its end or a part of a long one.
    pub fn add(&mut self, line: &[u8], stream: Stream, time: &Clock) -> io::Result<()> {
        self.buffer.extend_from_slice(b"{\"log\":\"");
        escape(line, &mut self.buffer);
        self.buffer.extend_from_slice(match stream {
            Stream::Stdout => b"\",\"stream\":\"stdout\",\"time\":\"",
            Stream::Stderr => b"\",\"stream\":\"stderr\",\"time\":\"",
        });
        self.buffer.extend_from_slice(&time.text);
        self.buffer.extend_from_slice(b"\"}\n");
        let full = self.size + self.buffer.len() as u64 >= self.config.max_size;
        if full || self.buffer.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    /// Writes out what was added. What can't be written (a full disk) is dropped: the container goes on.
    pub fn flush(&mut self) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        if self.size > 0 && self.size + self.buffer.len() as u64 > self.config.max_size {
            self.rotate()?;
        }
        let written = self.file.write_all(&self.buffer);
        self.size += self.buffer.len() as u64;
        self.buffer.clear();
        written
    }

    fn rotate(&mut self) -> io::Result<()> {
        let rename = |from: u32, to: u32| {
            file::rename(&path_of(&self.path, from), &path_of(&self.path, to), Durability::Ephemeral)
        };
        for age in (1..self.config.max_file).rev() {
            // A file that isn't there yet is no error, and with one file there is nothing to keep.
            let _ = rename(age - 1, age);
        }
        if self.config.max_file <= 1 {
            self.file.set_len(0)?;
        } else {
            self.file = append(&self.path)?;
        }
        self.size = 0;
        Ok(())
    }
}

fn append(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o640).open(path)
}

/// The time of a batch of entries, formatted once.
#[derive(Debug)]
pub struct Clock {
    text: Vec<u8>,
}

impl Clock {
    pub fn now() -> Self {
        let now = jiff::Timestamp::now();
        Self { text: format!("{now:.9}").into_bytes() }
    }
}

/// Bytes that a JSON string can't hold as they are, and those that docker escapes too.
const ESCAPED: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte < 0x20 || byte == b'"' as usize || byte == b'\\' as usize;
        byte += 1;
    }
    table
};

/// Appends the bytes as the inside of a JSON string. What is not UTF-8 becomes U+FFFD, as in docker's logs.
fn escape(bytes: &[u8], out: &mut Vec<u8>) {
    for chunk in bytes.utf8_chunks() {
        escape_text(chunk.valid().as_bytes(), out);
        if !chunk.invalid().is_empty() {
            out.extend_from_slice("\u{fffd}".as_bytes());
        }
    }
}

fn escape_text(mut text: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    while let Some(at) = text.iter().position(|b| ESCAPED[*b as usize]) {
        out.extend_from_slice(&text[..at]);
        match text[at] {
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b @ (b'"' | b'\\') => out.extend_from_slice(&[b'\\', b]),
            b => out.extend_from_slice(&[
                b'\\',
                b'u',
                b'0',
                b'0',
                HEX[(b >> 4) as usize],
                HEX[(b & 15) as usize],
            ]),
        }
        text = &text[at + 1..];
    }
    out.extend_from_slice(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(writer: &mut Writer, text: &[u8]) {
        writer.add(text, Stream::Stdout, &Clock::now()).unwrap();
        writer.flush().unwrap();
    }

    #[test]
    fn every_byte_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut writer = Writer::open(&path, &LogConfig::default()).unwrap();
        let text: String = (0u32..0x300).filter_map(char::from_u32).collect();
        write(&mut writer, text.as_bytes());
        write(&mut writer, b"a\xff\xfeb\n");
        let lines = std::fs::read_to_string(&path).unwrap();
        let entries: Vec<Entry> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(entries[0].log, text);
        assert_eq!(entries[1].log, "a\u{fffd}\u{fffd}b\n");
    }

    #[test]
    fn rotates_and_keeps_so_many_files() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let config = LogConfig { max_size: 300, max_file: 3, ..LogConfig::default() };
        let mut writer = Writer::open(&path, &config).unwrap();
        for n in 0..40 {
            write(&mut writer, format!("line {n}\n").as_bytes());
        }
        let files = std::fs::read_dir(dir.path()).unwrap().count();
        assert_eq!(files, 3);
        assert!(std::fs::metadata(&path).unwrap().len() <= 300);
        assert!(std::fs::read_to_string(&path).unwrap().contains("line 39"));
    }
}
