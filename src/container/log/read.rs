//! Reading the files of a log back, whatever their format, compressed or not.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use flate2::bufread::GzDecoder;

use super::compress::{self, Identity};
use super::options::{LogConfig, LogDriver};
use super::{Entry, json, local, path_of};
use crate::error::{Context, Result};

/// One of a log's files.
pub enum LogFile {
    Plain(File),
    Compressed(Box<GzDecoder<BufReader<File>>>),
}

impl Read for LogFile {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(file) => file.read(buffer),
            Self::Compressed(file) => file.read(buffer),
        }
    }
}

/// The entries of a file, in order.
pub struct Records {
    pub identity: Identity,
    driver: LogDriver,
    reader: BufReader<LogFile>,
    /// Bytes of whole entries that were read.
    offset: u64,
    /// What was read of an entry that isn't whole yet.
    record: Vec<u8>,
}

const BUFFER: usize = 64 * 1024;

impl Records {
    /// The file of this age; `None` if there is none.
    pub fn open(log: &Path, config: &LogConfig, age: u32) -> Result<Option<Self>> {
        let path = path_of(log, age);
        let mut found = open(&path)?;
        if found.is_none() && age > 0 {
            found = open_compressed(&compress::name(&path))?;
            if found.is_none() {
                // Compressed right now, or moved on by one: whoever looks for the next finds it.
                found = open(&path)?;
            }
        }
        Ok(found.map(|(identity, file)| Self {
            identity,
            driver: config.driver,
            reader: BufReader::with_capacity(BUFFER, file),
            offset: 0,
            record: Vec::new(),
        }))
    }

    /// The files that are newer than `ours`, the newest first: all of them if there is none. Files may be rotated meanwhile, and often.
    pub fn newer(log: &Path, config: &LogConfig, ours: Option<Identity>) -> Result<Vec<Self>> {
        newest_first(config.max_file.max(1), ours, |age| Self::open(log, config, age))
    }

    /// The next whole entry. One without its end is still being written: it comes when it is whole.
    pub fn next_entry(&mut self) -> Result<Option<Entry>> {
        loop {
            if !self.take()? {
                return Ok(None);
            }
            let entry = match self.driver {
                LogDriver::Local => {
                    local::decode(&self.record[local::FRAME..self.record.len() - local::FRAME])
                }
                _ => json::decode(&self.record),
            };
            self.record.clear();
            // After a power loss an entry may be damaged: the others are still worth showing.
            if entry.is_some() {
                return Ok(entry);
            }
        }
    }

    /// Skips an entry, if there is one.
    pub fn skip(&mut self) -> Result<bool> {
        let taken = self.take()?;
        if taken {
            self.record.clear();
        }
        Ok(taken)
    }

    /// Reads the next whole entry into `record`.
    fn take(&mut self) -> Result<bool> {
        let whole = match self.driver {
            LogDriver::Local => self.take_frame(),
            _ => self.take_line(),
        };
        let whole = whole.context("reading the log")?;
        if whole {
            self.offset += self.record.len() as u64;
        }
        Ok(whole)
    }

    fn take_line(&mut self) -> io::Result<bool> {
        self.reader.read_until(b'\n', &mut self.record)?;
        Ok(self.record.ends_with(b"\n"))
    }

    fn take_frame(&mut self) -> io::Result<bool> {
        if !self.fill(local::FRAME)? {
            return Ok(false);
        }
        let length = u32::from_be_bytes(self.record[..local::FRAME].try_into().unwrap_or_default()) as usize;
        if length > local::MAX_MESSAGE {
            // Nothing after it can be found, as lengths are all that leads on.
            return Err(io::Error::other("it is damaged: an entry claims to be impossibly long"));
        }
        self.fill(length + 2 * local::FRAME)
    }

    /// Reads until so many bytes are there.
    fn fill(&mut self, wanted: usize) -> io::Result<bool> {
        let missing = wanted.saturating_sub(self.record.len()) as u64;
        (&mut self.reader).take(missing).read_to_end(&mut self.record)?;
        Ok(self.record.len() >= wanted)
    }

    /// How many entries follow; then the first is next again.
    pub fn count(&mut self) -> Result<usize> {
        let mut count = 0;
        match self.driver {
            LogDriver::Local => {
                while self.skip()? {
                    count += 1;
                }
            }
            _ => loop {
                let buffer = self.reader.fill_buf().context("reading the log")?;
                if buffer.is_empty() {
                    break;
                }
                count += memchr::memchr_iter(b'\n', buffer).count();
                let n = buffer.len();
                self.reader.consume(n);
            },
        }
        self.rewind()?;
        Ok(count)
    }

    /// Whether the file is shorter than what was read of it: emptied by a rotation with a single file.
    pub fn was_emptied(&self) -> Result<bool> {
        match self.reader.get_ref() {
            LogFile::Plain(file) => {
                Ok(file.metadata().context("looking at the log")?.len()
                    < self.offset + self.record.len() as u64)
            }
            LogFile::Compressed(_) => Ok(false),
        }
    }

    pub fn rewind(&mut self) -> Result<()> {
        self.record.clear();
        self.offset = 0;
        // What was buffered goes with the seek.
        let file = match self.reader.get_mut() {
            LogFile::Plain(file) => {
                file.seek(SeekFrom::Start(0)).context("reading the log")?;
                LogFile::Plain(file.try_clone().context("reading the log")?)
            }
            LogFile::Compressed(decoder) => {
                let mut file = decoder.get_ref().get_ref().try_clone().context("reading the log")?;
                file.seek(SeekFrom::Start(0)).context("reading the log")?;
                LogFile::Compressed(Box::new(GzDecoder::new(BufReader::new(file))))
            }
        };
        self.reader = BufReader::with_capacity(BUFFER, file);
        Ok(())
    }
}

/// `open` gives the file of an age.
fn newest_first(
    ages: u32,
    ours: Option<Identity>,
    mut open: impl FnMut(u32) -> Result<Option<Records>>,
) -> Result<Vec<Records>> {
    loop {
        let mut files: Vec<Records> = Vec::new();
        // From the newest on, so that a rotation meanwhile can't hide a file.
        for age in 0..ages {
            let Some(file) = open(age)? else { continue };
            if ours == Some(file.identity) {
                break;
            }
            // Rotated between two looks: the same file under its next name.
            if files.iter().all(|seen| seen.identity != file.identity) {
                files.push(file);
            }
        }
        let Some(first) = files.first() else { return Ok(files) };
        // In the middle of a rotation the newest is for a moment of age 1.
        let newest = open(0)?.or(open(1)?);
        // After two rotations a file that is newer than the first may stand behind it, or be missing.
        if newest.is_some_and(|newest| newest.identity == first.identity) {
            return Ok(files);
        }
    }
}

fn open(path: &Path) -> Result<Option<(Identity, LogFile)>> {
    let Some(file) = open_opt(path)? else { return Ok(None) };
    let identity = Identity::of(&file).context("looking at the log")?;
    Ok(Some((identity, LogFile::Plain(file))))
}

fn open_compressed(path: &Path) -> Result<Option<(Identity, LogFile)>> {
    let Some(file) = open_opt(path)? else { return Ok(None) };
    let itself = Identity::of(&file).context("looking at the log")?;
    let decoder = GzDecoder::new(BufReader::new(file));
    let before = decoder.header().and_then(|h| Identity::from_extra(h.extra()?));
    Ok(Some((before.unwrap_or(itself), LogFile::Compressed(Box::new(decoder)))))
}

fn open_opt(path: &Path) -> Result<Option<File>> {
    match File::open(path) {
        Ok(file) => Ok(Some(file)),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(e).with_context(|| format!("opening {}", path.display())),
    }
}

#[cfg(test)]
mod tests {
    use super::super::files::Files;
    use super::super::{Clock, Stream};
    use super::*;

    #[test]
    fn rotations_between_two_looks_change_no_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        // A line a file.
        let config = LogConfig { max_size: 1, max_file: 10, ..LogConfig::default() };
        let mut files = Files::open(&path, &config).unwrap();
        let mut write = |n: u32| files.add(n.to_string().as_bytes(), Stream::Stdout, &Clock::now()).unwrap();
        let text = |mut file: Records| String::from_utf8(file.next_entry().unwrap().unwrap().log).unwrap();
        (0..3).for_each(&mut write);
        for after in [0, 1, 2] {
            let mut rotations = (3..6).map(|n| n + 3 * after);
            let found = newest_first(10, None, |age| {
                let found = Records::open(&path, &config, age);
                // The first time only.
                if age == after {
                    rotations.by_ref().for_each(&mut write);
                }
                found
            });
            let expected: Vec<String> = (0..6 + 3 * after).rev().take(10).map(|n| n.to_string()).collect();
            assert_eq!(found.unwrap().into_iter().map(text).collect::<Vec<_>>(), expected);
        }
    }
}
