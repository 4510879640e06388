//! A file inside an archive that is itself a file: where it lies.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use super::{BZIP2, XZ};
use crate::error::{Context, Kind, Result};
use crate::image::media::Compression;
use crate::state::Digest;
use crate::state::digest::{Algorithm, Hasher};

/// The archive from where it is read to, if it is a file and not compressed.
pub fn plain(archive: &File) -> Result<Option<impl BufRead + Seek>> {
    if !archive.metadata().context("looking at the archive")?.is_file() {
        return Ok(None);
    }
    let mut reader = BufReader::with_capacity(64 << 10, archive);
    let start = reader.fill_buf().context("reading the archive")?;
    let length = start.len() as i64;
    let compressed = Compression::detect(&start[..start.len().min(Compression::MAGIC)]) != Compression::Plain
        || start.starts_with(BZIP2)
        || start.starts_with(XZ);
    if compressed {
        // Whoever undoes that begins where we did.
        (&*archive).seek_relative(-length).context("reading the archive")?;
        return Ok(None);
    }
    Ok(Some(reader))
}

/// Some of the bytes of an archive.
#[derive(Debug, Clone)]
pub struct Extent {
    archive: Arc<File>,
    offset: u64,
    size: u64,
}

impl Extent {
    /// `size` bytes from `offset` on, which must be there.
    pub fn new(archive: &Arc<File>, offset: u64, size: u64) -> Result<Self> {
        let end = archive.metadata().context("looking at the archive")?.len();
        if offset.checked_add(size).is_none_or(|wanted| wanted > end) {
            return Kind::Corrupt
                .err("the image archive: damaged tar archive: it ends in the middle of an entry");
        }
        Ok(Self { archive: Arc::clone(archive), offset, size })
    }

    /// In bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The first bytes, at most `n`.
    pub fn start(&self, n: usize) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader().take(n as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Reads all of it.
    pub fn digest(&self) -> io::Result<Digest> {
        let mut hasher = Hasher::new(Algorithm::Sha256);
        let mut reader = BufReader::with_capacity(256 << 10, self.reader());
        loop {
            let piece = reader.fill_buf()?;
            let n = piece.len();
            if n == 0 {
                return Ok(hasher.finish());
            }
            hasher.update(piece);
            reader.consume(n);
        }
    }

    /// Reads it from its beginning on, whoever else reads the archive.
    pub fn reader(&self) -> impl Read + Send + use<> {
        Reader { extent: self.clone(), at: 0 }
    }
}

struct Reader {
    extent: Extent,
    at: u64,
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = (self.extent.size - self.at).min(buffer.len() as u64) as usize;
        let n = self.extent.archive.read_at(&mut buffer[..wanted], self.extent.offset + self.at)?;
        self.at += n as u64;
        Ok(n)
    }
}
