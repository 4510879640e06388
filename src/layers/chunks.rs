//! A bounded channel of reused buffers between two threads: what one reads, the other unpacks, in constant memory.

use std::io::{self, BufRead, Read};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};

use crate::state::Digest;
use crate::state::digest::Hasher;

/// Bytes in a chunk. Large enough that handing one over costs nothing, small enough to stay in the processor's cache.
const CHUNK: usize = 256 << 10;
/// Chunks under way.
const DEPTH: usize = 6;

/// The sending end. Dropping it without [`Self::finish`] makes the reader fail, so that a dead sender is never taken for the end.
pub struct ChunkWriter {
    full: SyncSender<Option<Vec<u8>>>,
    empty: Receiver<Vec<u8>>,
}

/// The receiving end; dropping it stops the sender.
pub struct ChunkReader {
    full: Receiver<Option<Vec<u8>>>,
    empty: Sender<Vec<u8>>,
    current: Vec<u8>,
    at: usize,
    ended: bool,
    hasher: Option<Hasher>,
}

/// A channel; `hasher`, if given, gets all that comes out of it.
pub fn chunks(hasher: Option<Hasher>) -> (ChunkWriter, ChunkReader) {
    let (full, received) = sync_channel(DEPTH);
    let (returned, empty) = channel();
    let reader =
        ChunkReader { full: received, empty: returned, current: Vec::new(), at: 0, ended: false, hasher };
    (ChunkWriter { full, empty }, reader)
}

impl ChunkWriter {
    /// Sends all that `source` has, showing each chunk to `see` first. `false`: the other end has gone away, and has its own reasons.
    pub fn pump(
        &self,
        mut source: impl Read,
        mut see: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<bool> {
        loop {
            let mut buffer = self.empty.try_recv().unwrap_or_else(|_| vec![0; CHUNK]);
            buffer.resize(CHUNK, 0);
            let mut filled = 0;
            while filled < CHUNK {
                match source.read(&mut buffer[filled..]) {
                    Ok(0) => break,
                    Ok(n) => filled += n,
                    Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                    Err(e) => return Err(e),
                }
            }
            see(&buffer[..filled])?;
            let last = filled < CHUNK;
            buffer.truncate(filled);
            if filled > 0 && self.full.send(Some(buffer)).is_err() {
                return Ok(false);
            }
            if last {
                return Ok(true);
            }
        }
    }

    /// Tells the reader that this was all.
    pub fn finish(self) {
        // A reader that has gone away doesn't need to know.
        let _ = self.full.send(None);
    }
}

impl ChunkReader {
    /// The same, with a hasher that gets all that was not read yet.
    #[must_use]
    pub fn hashed(mut self, mut hasher: Hasher) -> Self {
        hasher.update(&self.current[self.at..]);
        self.hasher = Some(hasher);
        self
    }

    /// The digest of all that was read, if it was asked for.
    pub fn digest(self) -> Option<Digest> {
        self.hasher.map(Hasher::finish)
    }
}

impl BufRead for ChunkReader {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at == self.current.len() && !self.ended {
            let used = std::mem::take(&mut self.current);
            self.at = 0;
            if used.capacity() > 0 {
                // A sender that is done needs no more buffers.
                let _ = self.empty.send(used);
            }
            match self.full.recv() {
                Ok(Some(chunk)) => self.current = chunk,
                Ok(None) => self.ended = true,
                Err(_) => return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the source failed")),
            }
            if let Some(hasher) = &mut self.hasher {
                hasher.update(&self.current);
            }
        }
        Ok(&self.current[self.at..])
    }

    fn consume(&mut self, n: usize) {
        self.at += n;
    }
}

impl Read for ChunkReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let n = available.len().min(buffer.len());
        buffer[..n].copy_from_slice(&available[..n]);
        self.consume(n);
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::digest::Algorithm;

    #[test]
    fn everything_arrives_and_is_hashed() {
        let data: Vec<u8> = (0..5_000_000u32).map(|i| ((i * 7) >> 3) as u8).collect();
        let (writer, mut reader) = chunks(Some(Hasher::new(Algorithm::Sha256)));
        std::thread::scope(|scope| {
            let data = &data;
            scope.spawn(move || {
                assert!(writer.pump(data.as_slice(), |_| Ok(())).unwrap());
                writer.finish();
            });
            let mut got = Vec::new();
            reader.read_to_end(&mut got).unwrap();
            assert!(got == *data);
        });
        assert_eq!(reader.digest().unwrap(), Digest::of(&data));
    }

    #[test]
    fn a_sender_that_died_is_not_the_end_and_a_reader_that_left_stops_the_sender() {
        let (writer, mut reader) = chunks(None);
        writer.pump(b"abc".as_slice(), |_| Ok(())).unwrap();
        drop(writer);
        assert!(reader.read_to_end(&mut Vec::new()).is_err());
        let (writer, reader) = chunks(None);
        drop(reader);
        assert!(!writer.pump(io::repeat(0), |_| Ok(())).unwrap());
    }
}
