//! Reads a tar stream (ustar, PAX, GNU, v7) entry by entry, in bounded memory and without copying file contents.
//!
//! The `tar` crate knows the layout of header blocks. What stands between the blocks is read here, because it must be limited (a header
//! may claim gigabytes), extended attributes hold any byte, and PAX sparse files must not become garbage. Semantics where the standards
//! leave room are those of Go's archive/tar, with which nearly every image is made.

use std::ffi::{OsStr, OsString};
use std::io::{self, BufRead, Seek, SeekFrom};
use std::os::unix::ffi::{OsStrExt, OsStringExt};

use tar::{GnuExtSparseHeader, Header};

use super::header::ASIDE;
use super::pax;
use super::sparse::SparseMap;

const BLOCK: usize = 512;
/// Limit on the records of one entry; Go's archive/tar has the same.
const MAX_RECORDS: u64 = 1 << 20;
/// Longer names can't exist on Linux (`PATH_MAX`).
const MAX_NAME: usize = 4096;

/// What an entry makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    Regular,
    HardLink,
    Symlink,
    Character,
    Block,
    Directory,
    Fifo,
}

/// One entry of the archive, checked for form but not for where its name leads.
#[derive(Debug)]
pub struct Entry {
    pub name: OsString,
    pub kind: EntryKind,
    /// Permission bits, with setuid, setgid and sticky.
    pub mode: u32,
    pub uid: u32,
    pub gid: u32,
    /// Seconds and nanoseconds since the epoch.
    pub mtime: (i64, i64),
    /// Target of a symbolic link, or the name of the entry that a hard link repeats.
    pub link: OsString,
    /// Major and minor number of a device.
    pub device: (u32, u32),
    /// Attribute names without a prefix, and their values.
    pub xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    /// Bytes of content in the archive.
    pub stored: u64,
    /// Bytes of content that comes beside the archive.
    pub aside: Option<u64>,
    /// Where the content belongs, if the file is sparse.
    pub sparse: Option<SparseMap>,
}

/// The archive is damaged, or could not be read.
#[derive(Debug)]
pub enum EntryError {
    Malformed(&'static str),
    Io(io::Error),
}

impl From<io::Error> for EntryError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<&'static str> for EntryError {
    fn from(what: &'static str) -> Self {
        Self::Malformed(what)
    }
}

impl std::fmt::Display for EntryError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Malformed(what) => write!(f, "damaged tar archive: {what}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for EntryError {}

type Result<T> = std::result::Result<T, EntryError>;

const TRUNCATED: EntryError = EntryError::Malformed("it ends in the middle of an entry");

/// The entries of a tar stream.
#[derive(Debug)]
pub struct Entries<R> {
    reader: R,
    /// Content of the current entry that nobody has read yet.
    left: u64,
    /// What fills the last block of the current entry.
    padding: u64,
}

/// What headers before the entry's own say about it.
#[derive(Debug, Default)]
struct Extension {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
    mtime: Option<(i64, i64)>,
    xattrs: Vec<(Vec<u8>, Vec<u8>)>,
    aside: Option<u64>,
    sparse: Sparse,
}

#[derive(Debug, Default)]
struct Sparse {
    major: Option<u64>,
    size: Option<u64>,
    list: Option<Vec<u8>>,
    unknown: bool,
}

impl<R: BufRead> Entries<R> {
    pub fn new(reader: R) -> Self {
        Self { reader, left: 0, padding: 0 }
    }

    /// The next entry; its content is to be read with [`Self::copy`] before the next call, or is skipped.
    pub fn next_entry(&mut self) -> Result<Option<Entry>> {
        let mut extension = Extension::default();
        let mut extended = false;
        loop {
            self.skip_content()?;
            let Some(header) = self.header()? else {
                return if extended { Err(TRUNCATED) } else { Ok(None) };
            };
            match header.as_bytes()[156] {
                b'x' => {
                    // A second extended header replaces the first: else a row of them would grow without limit.
                    extension = Extension::default();
                    self.pax(&header, &mut extension)?;
                }
                b'L' => extension.name = Some(self.long_name(&header)?),
                b'K' => extension.link = Some(self.long_name(&header)?),
                // A global header: docker and containerd ignore it, git archive writes one.
                b'g' => self.content_of(&header, None)?,
                _ => return self.entry(&header, extension).map(Some),
            }
            extended = header.as_bytes()[156] != b'g';
        }
    }

    /// Hands the content of the current entry to `sink`, piece by piece, straight from the reader's buffer.
    pub fn copy<E>(
        &mut self,
        length: u64,
        mut sink: impl FnMut(&[u8]) -> std::result::Result<(), E>,
    ) -> Result<std::result::Result<(), E>> {
        let mut wanted = length.min(self.left);
        while wanted > 0 {
            let piece = self.reader.fill_buf()?;
            if piece.is_empty() {
                return Err(TRUNCATED);
            }
            let n = wanted.min(piece.len() as u64) as usize;
            if let Err(error) = sink(&piece[..n]) {
                return Ok(Err(error));
            }
            self.reader.consume(n);
            self.left -= n as u64;
            wanted -= n as u64;
        }
        Ok(Ok(()))
    }

    /// Passes over the content of the current entry without reading it; answers where it begins. Whether all of it is there isn't looked at.
    pub fn pass(&mut self) -> Result<u64>
    where
        R: Seek,
    {
        let at = self.reader.stream_position()?;
        // No larger than a file can be (`content_of`).
        self.reader.seek(SeekFrom::Current(std::mem::take(&mut self.left) as i64))?;
        Ok(at)
    }

    /// Reads to the end of the stream: what follows the archive's end counts for the digest.
    pub fn finish(mut self) -> io::Result<R> {
        loop {
            let n = self.reader.fill_buf()?.len();
            if n == 0 {
                return Ok(self.reader);
            }
            self.reader.consume(n);
        }
    }

    fn skip_content(&mut self) -> Result<()> {
        self.left += std::mem::take(&mut self.padding);
        let _ = self.copy(self.left, |_| Ok::<_, std::convert::Infallible>(()))?;
        Ok(())
    }

    /// The next header block, `None` at the end of the archive.
    fn header(&mut self) -> Result<Option<Header>> {
        let Some(header) = self.block()? else { return Ok(None) };
        if header.as_bytes().iter().all(|&b| b == 0) {
            return match self.block()? {
                // One block of zeros and then nothing is how some writers end.
                None => Ok(None),
                Some(second) if second.as_bytes().iter().all(|&b| b == 0) => Ok(None),
                Some(_) => Err("an empty block between the entries".into()),
            };
        }
        let sum = |signed: bool| {
            header.as_bytes().iter().enumerate().fold(0i64, |sum, (i, &b)| {
                let b = if (148..156).contains(&i) { b' ' } else { b };
                sum + if signed { i64::from(b as i8) } else { i64::from(b) }
            })
        };
        let stated = octal(&header.as_old().cksum).ok_or("a header whose checksum is not a number")? as i64;
        // Old writers summed signed bytes.
        if stated != sum(false) && stated != sum(true) {
            return Err("a header with a wrong checksum".into());
        }
        Ok(Some(header))
    }

    fn block(&mut self) -> Result<Option<Header>> {
        let mut header = Header::new_old();
        let bytes = header.as_mut_bytes();
        let mut filled = 0;
        while filled < BLOCK {
            match self.reader.read(&mut bytes[filled..]) {
                Ok(0) if filled == 0 => return Ok(None),
                Ok(0) => return Err(TRUNCATED),
                Ok(n) => filled += n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e.into()),
            }
        }
        Ok(Some(header))
    }

    /// Takes note of the size of the entry that `header` describes.
    fn content_of(&mut self, header: &Header, size: Option<u64>) -> Result<()> {
        let size = match size {
            Some(size) => size,
            None => number(&header.as_old().size).ok_or("a size that is not a number")?,
        };
        if size > i64::MAX as u64 {
            return Err("an entry that is larger than a file can be".into());
        }
        self.left = size;
        self.padding = size.wrapping_neg() % BLOCK as u64;
        Ok(())
    }

    /// The content of a header entry, which must fit into `limit` bytes.
    fn limited(&mut self, header: &Header, limit: u64) -> Result<Vec<u8>> {
        self.content_of(header, None)?;
        if self.left > limit {
            return Err("an extended header of more than 1 MiB".into());
        }
        let mut bytes = Vec::with_capacity(self.left as usize);
        let _ = self.copy(self.left, |piece| {
            bytes.extend_from_slice(piece);
            Ok::<_, std::convert::Infallible>(())
        })?;
        Ok(bytes)
    }

    fn long_name(&mut self, header: &Header) -> Result<Vec<u8>> {
        let mut name = self.limited(header, MAX_RECORDS)?;
        if let Some(end) = name.iter().position(|&b| b == 0) {
            name.truncate(end);
        }
        Ok(name)
    }

    fn pax(&mut self, header: &Header, extension: &mut Extension) -> Result<()> {
        let block = self.limited(header, MAX_RECORDS)?;
        for pax::Record { key, value } in pax::records(&block)? {
            // An empty value takes the record back: the header's own field counts.
            let text = (!value.is_empty()).then(|| value.to_vec());
            let number = || match value {
                [] => Ok(None),
                digits => pax::decimal(digits).map(Some).ok_or("a PAX number that is none"),
            };
            match key {
                b"path" | b"GNU.sparse.name" => extension.name = text,
                b"linkpath" => extension.link = text,
                b"size" => extension.size = number()?,
                b"uid" => extension.uid = number()?,
                b"gid" => extension.gid = number()?,
                b"mtime" if value.is_empty() => extension.mtime = None,
                b"mtime" => extension.mtime = Some(pax::time(value).ok_or("a PAX time that is none")?),
                ASIDE => extension.aside = number()?,
                b"GNU.sparse.major" => extension.sparse.major = number()?,
                b"GNU.sparse.minor" => {}
                b"GNU.sparse.realsize" | b"GNU.sparse.size" => extension.sparse.size = number()?,
                b"GNU.sparse.map" => extension.sparse.list = text,
                b"GNU.sparse.offset" | b"GNU.sparse.numbytes" => extension.sparse.unknown = true,
                _ => {
                    if let Some(name) = key.strip_prefix(b"SCHILY.xattr.") {
                        extension.xattrs.push((name.to_vec(), value.to_vec()));
                    }
                }
            }
        }
        Ok(())
    }

    fn entry(&mut self, header: &Header, extension: Extension) -> Result<Entry> {
        let old = header.as_old();
        let name = extension.name.unwrap_or_else(|| header.path_bytes().into_owned());
        let link = match extension.link {
            Some(link) => link,
            None => header.link_name_bytes().map(std::borrow::Cow::into_owned).unwrap_or_default(),
        };
        if name.is_empty() || name.contains(&0) || name.len() > MAX_NAME {
            return Err("an entry whose name is empty, too long or has a NUL in it".into());
        }
        if link.contains(&0) || link.len() > MAX_NAME {
            return Err("a link whose target is too long or has a NUL in it".into());
        }
        let letter = header.as_bytes()[156];
        let kind = kind_of(letter, name.ends_with(b"/"))?;
        if kind == EntryKind::Regular {
            self.content_of(header, extension.size)?;
        } else {
            // Such entries have no content, whatever their size says; some writers repeat the size of the file.
            (self.left, self.padding) = (0, 0);
        }
        let sparse = self.sparse_map(header, &extension.sparse)?;
        let id = |extended: Option<u64>, field: &[u8]| -> Result<u32> {
            let id = extended.or_else(|| number(field)).ok_or("an owner that is not a number")?;
            u32::try_from(id)
                .ok()
                .filter(|&id| id != u32::MAX)
                .ok_or(EntryError::Malformed("an owner that is no user id"))
        };
        let mtime = match extension.mtime {
            Some(time) => time,
            None => (number(&old.mtime).ok_or("a time that is not a number")? as i64, 0),
        };
        let bytes = header.as_bytes();
        let device = |field: &[u8]| number(field).and_then(|n| u32::try_from(n).ok());
        let device = match kind {
            EntryKind::Character | EntryKind::Block => {
                device(&bytes[329..337]).zip(device(&bytes[337..345])).ok_or("a device without a number")?
            }
            _ => (0, 0),
        };
        Ok(Entry {
            kind,
            mode: (number(&old.mode).ok_or("a mode that is not a number")? & 0o7777) as u32,
            uid: id(extension.uid, &old.uid)?,
            gid: id(extension.gid, &old.gid)?,
            mtime,
            link: OsString::from_vec(link),
            device,
            xattrs: extension.xattrs,
            stored: self.left,
            aside: extension.aside,
            sparse,
            name: OsString::from_vec(name),
        })
    }

    /// The map of a sparse file, which may stand in headers or before the content.
    fn sparse_map(&mut self, header: &Header, pax: &Sparse) -> Result<Option<SparseMap>> {
        if header.as_bytes()[156] == b'S' {
            return self.gnu_sparse_map(header).map(Some);
        }
        if pax.unknown && pax.list.is_none() {
            return Err("a sparse file of the format 0.0, which only GNU tar 1.14 wrote".into());
        }
        let map = match (pax.major, pax.size, &pax.list) {
            (_, Some(size), Some(list)) => SparseMap::parse_list(size, list)?,
            (Some(1), Some(size), None) => self.sparse_lines(size)?,
            (None, _, None) => return Ok(None),
            _ => return Err("a sparse file of an unknown format".into()),
        };
        if map.stored() > self.left {
            return Err("a sparse file whose map is longer than its content".into());
        }
        Ok(Some(map))
    }

    fn gnu_sparse_map(&mut self, header: &Header) -> Result<SparseMap> {
        let gnu = header.as_gnu().ok_or("a sparse file in an archive that is not GNU's")?;
        let size = gnu.real_size().map_err(|_| "a sparse file without a size")?;
        let mut map = SparseMap { size, ..SparseMap::default() };
        map.push_gnu(&gnu.sparse)?;
        let mut more = gnu.is_extended();
        while more {
            let block = self.block()?.ok_or(TRUNCATED)?;
            let mut extended = GnuExtSparseHeader::new();
            extended.as_mut_bytes().copy_from_slice(block.as_bytes());
            map.push_gnu(extended.sparse())?;
            more = extended.is_extended();
        }
        if map.stored() > self.left {
            return Err("a sparse file whose map is longer than its content".into());
        }
        Ok(map)
    }

    /// Format 1.0: the map stands before the data, in whole blocks.
    fn sparse_lines(&mut self, size: u64) -> Result<SparseMap> {
        let before = self.left;
        let map = SparseMap::parse_lines(size, || {
            let mut digits = Vec::new();
            while digits.last() != Some(&b'\n') {
                if digits.len() > 20 || self.left == 0 {
                    return Err(EntryError::Malformed("a sparse map that is not made of numbers"));
                }
                let _ = self.copy(1, |piece| {
                    digits.extend_from_slice(piece);
                    Ok::<_, std::convert::Infallible>(())
                })?;
            }
            digits.pop();
            pax::decimal(&digits).ok_or(EntryError::Malformed("a sparse map that is not made of numbers"))
        })?;
        let rest = (before - self.left).wrapping_neg() % BLOCK as u64;
        let _ = self.copy(rest, |_| Ok::<_, std::convert::Infallible>(()))?;
        Ok(map)
    }
}

fn kind_of(letter: u8, slash: bool) -> Result<EntryKind> {
    Ok(match letter {
        // Before POSIX a directory was a file whose name ends in a slash.
        letter if letter == b'5' || letter == 0 && slash => EntryKind::Directory,
        0 | b'0' | b'7' | b'S' => EntryKind::Regular,
        b'1' => EntryKind::HardLink,
        b'2' => EntryKind::Symlink,
        b'3' => EntryKind::Character,
        b'4' => EntryKind::Block,
        b'6' => EntryKind::Fifo,
        _ => return Err("an entry of an unknown type".into()),
    })
}

/// A numeric field: octal text, or big-endian binary if the first bit is set (GNU). An empty field is zero, as Go reads it.
fn number(field: &[u8]) -> Option<u64> {
    let Some(first) = field.first().filter(|first| *first & 0x80 != 0) else { return octal(field) };
    // A negative number has the second bit set too; only times may be, and they wrap as they should.
    let negative = first & 0x40 != 0;
    let start = if negative { u64::MAX } else { u64::from(first & 0x3f) };
    field[1..].iter().try_fold(start, |n, &b| (negative || n >> 56 == 0).then_some(n << 8 | u64::from(b)))
}

fn octal(field: &[u8]) -> Option<u64> {
    let end = field.iter().position(|&b| b == 0).unwrap_or(field.len());
    let text = field[..end].trim_ascii();
    text.iter().try_fold(0u64, |n, b| match b {
        b'0'..=b'7' => n.checked_mul(8).map(|n| n + u64::from(b - b'0')),
        _ => None,
    })
}

/// The name for messages: lossy, with control characters made visible.
pub fn printable(name: &OsStr) -> String {
    format!("{:?}", String::from_utf8_lossy(name.as_bytes()))
}
