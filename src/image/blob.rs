//! Blobs: content under its digest, ROOT/images/blobs/sha256/HEX. Written once, never changed.
//!
//! A blob in the making has no name where the file system allows it (`O_TMPFILE`), so that a killed process leaves nothing; elsewhere it
//! is a locked `.tmp-` file that the next collection removes.
//!
//! A blob is not flushed by itself but with the image that needs it, see `ImageStore::add`. Before that a power loss can cut it off: whoever
//! counts on a blob compares its length, and stores it anew if that is another.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags};
use nix::unistd::linkat;

use super::document::Descriptor;
use crate::error::{Context, Kind, Result};
use crate::state::digest::{Algorithm, Hasher};
use crate::state::file::{self, TEMPORARY};
use crate::state::{Digest, Lock};
use crate::sys::fd;

/// Bytes that are written before the disk is asked to take them.
const WRITE_BACK: u64 = 8 << 20;

/// The directory `blobs` of an image layout.
#[derive(Debug, Clone)]
pub struct Blobs {
    dir: PathBuf,
}

impl Blobs {
    pub fn new(dir: PathBuf) -> Self {
        Self { dir }
    }

    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.dir.join(digest.algorithm().name()).join(digest.hex())
    }

    /// Whether the blob is there in full. Its content was checked when it was written.
    pub fn contains(&self, descriptor: &Descriptor) -> bool {
        self.path(&descriptor.digest).metadata().is_ok_and(|m| m.is_file() && m.len() == descriptor.size)
    }

    pub fn open(&self, digest: &Digest) -> Result<File> {
        let path = self.path(digest);
        match File::open(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                Kind::NotFound.err(format!("the blob {digest} is not in the image store"))
            }
            other => other.with_context(|| format!("opening {}", path.display())),
        }
    }

    /// The content of a small blob, checked against its digest.
    pub fn read(&self, digest: &Digest, limit: u64) -> Result<Vec<u8>> {
        let file = self.open(digest)?;
        let mut bytes = Vec::new();
        file.take(limit + 1).read_to_end(&mut bytes).with_context(|| format!("reading the blob {digest}"))?;
        let mut hasher = Hasher::new(digest.algorithm());
        hasher.update(&bytes);
        if hasher.finish() != *digest {
            return Kind::Corrupt
                .err(format!("the blob {digest} in the image store is damaged; pull the image again"));
        }
        Ok(bytes)
    }

    /// Starts a blob whose digest, if it is known, is of this algorithm.
    pub fn create(&self, algorithm: Algorithm) -> Result<BlobWriter> {
        let dir = self.dir.join(algorithm.name());
        file::make_dirs(&dir, 0o755)?;
        let (file, name) = temporary(&self.dir)?;
        Ok(BlobWriter {
            file,
            hasher: Hasher::new(algorithm),
            size: 0,
            written_back: 0,
            name,
            blobs: self.clone(),
        })
    }

    /// Stores some bytes.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest> {
        let digest = Digest::of(bytes);
        if self.path(&digest).metadata().is_ok_and(|m| m.len() == bytes.len() as u64) {
            return Ok(digest);
        }
        let mut blob = self.create(Algorithm::Sha256)?;
        blob.write_all(bytes).context("writing to the image store")?;
        Ok(blob.finish(None)?.0)
    }

    /// The digests of all blobs.
    pub fn list(&self) -> Result<Vec<Digest>> {
        let mut found = Vec::new();
        for algorithm in [Algorithm::Sha256, Algorithm::Sha512] {
            for name in names(&self.dir.join(algorithm.name()))? {
                found.extend(format!("{}:{name}", algorithm.name()).parse::<Digest>().ok());
            }
        }
        Ok(found)
    }

    pub fn remove(&self, digest: &Digest) -> Result<()> {
        file::remove_file(&self.path(digest))
    }

    /// The temporary files of processes that died.
    pub fn leftovers(&self) -> Result<Vec<PathBuf>> {
        let mut left = Vec::new();
        for name in names(&self.dir)?.into_iter().filter(|name| name.starts_with(TEMPORARY)) {
            let path = self.dir.join(name);
            if path.exists() && !Lock::is_held(&path)? {
                left.push(path);
            }
        }
        Ok(left)
    }

    /// Removes the temporary files of processes that died.
    pub fn sweep(&self) -> Result<()> {
        for name in names(&self.dir)? {
            let path = self.dir.join(&name);
            if name.starts_with(TEMPORARY) && Lock::try_exclusive(&path)?.is_some() {
                file::remove_file(&path)?;
            }
        }
        Ok(())
    }
}

fn names(dir: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).with_context(|| format!("listing {}", dir.display())),
    };
    entries
        .map(|e| e.map(|e| e.file_name().to_string_lossy().into_owned()))
        .collect::<io::Result<_>>()
        .with_context(|| format!("listing {}", dir.display()))
}

/// A file without a name in `dir`, or with a temporary name and a lock where the file system knows no such files.
fn temporary(dir: &Path) -> Result<(File, Option<(PathBuf, Lock)>)> {
    let nameless =
        OpenOptions::new().read(true).write(true).mode(0o644).custom_flags(libc::O_TMPFILE).open(dir);
    match nameless {
        Ok(file) => Ok((file, None)),
        Err(e) if matches!(e.raw_os_error(), Some(libc::EOPNOTSUPP | libc::EISDIR | libc::ENOENT)) => {
            let path = file::temporary_in(dir)?;
            let lock = Lock::exclusive(&path)?;
            let file = OpenOptions::new().read(true).write(true).open(&path);
            Ok((file.with_context(|| format!("opening {}", path.display()))?, Some((path, lock))))
        }
        Err(e) => Err(e).with_context(|| format!("making a temporary file in {}", dir.display())),
    }
}

/// A blob in the making; dropping it leaves nothing.
#[derive(Debug)]
pub struct BlobWriter {
    file: File,
    hasher: Hasher,
    size: u64,
    /// How much of it the disk has been asked to take: the flush at the end is to find little left.
    written_back: u64,
    name: Option<(PathBuf, Lock)>,
    blobs: Blobs,
}

impl BlobWriter {
    /// Bytes written so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The digest of what was written so far.
    pub fn digest(&self) -> Digest {
        self.hasher.clone().finish()
    }

    /// The first bytes of what was written, at most `n`.
    pub fn start(&self, n: usize) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; n];
        let got = self.file.read_at(&mut bytes, 0)?;
        bytes.truncate(got);
        Ok(bytes)
    }

    /// Puts the blob under its digest, which must be the expected one; answers digest and size.
    pub fn finish(self, expected: Option<&Digest>) -> Result<(Digest, u64)> {
        let digest = self.digest();
        if let Some(expected) = expected
            && *expected != digest
        {
            return Kind::Corrupt.err(format!(
                "the content of the blob {expected} has the digest {digest}: it was changed or damaged"
            ));
        }
        let target = self.blobs.path(&digest);
        let source = match &self.name {
            Some((path, _)) => path.clone(),
            None => PathBuf::from(format!("/proc/self/fd/{}", self.file.as_raw_fd())),
        };
        match linkat(AT_FDCWD, &source, AT_FDCWD, &target, AtFlags::AT_SYMLINK_FOLLOW) {
            Ok(()) => {}
            // The same content, unless a crash has cut it off.
            Err(Errno::EEXIST) if target.metadata().is_ok_and(|m| m.len() == self.size) => {}
            Err(Errno::EEXIST) => {
                file::remove_file(&target)?;
                linkat(AT_FDCWD, &source, AT_FDCWD, &target, AtFlags::AT_SYMLINK_FOLLOW)
                    .with_context(|| format!("storing the blob {digest}"))?;
            }
            Err(e) => return Err(e).with_context(|| format!("storing the blob {digest}")),
        }
        Ok((digest, self.size))
    }
}

impl Write for BlobWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.file.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        self.size += n as u64;
        if self.size - self.written_back >= WRITE_BACK {
            let (from, length) = (self.written_back, self.size - self.written_back);
            fd::start_write_back(self.file.as_fd(), from as i64, length as i64);
            self.written_back = self.size;
        }
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for BlobWriter {
    fn drop(&mut self) {
        if let Some((path, _)) = &self.name {
            // Its content, if it was finished, lives on under the digest.
            let _ = file::remove_file(path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blobs_are_stored_under_their_digest_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(dir.path().join("blobs"));
        let digest = blobs.put(b"hello").unwrap();
        assert_eq!(blobs.put(b"hello").unwrap(), digest);
        assert_eq!(blobs.read(&digest, 100).unwrap(), b"hello");
        let mut wrong = blobs.create(Algorithm::Sha256).unwrap();
        wrong.write_all(b"other").unwrap();
        assert!(wrong.finish(Some(&digest)).is_err());
        drop(blobs.create(Algorithm::Sha512).unwrap());
        assert_eq!(blobs.list().unwrap(), std::slice::from_ref(&digest));
        assert_eq!(names(&dir.path().join("blobs")).unwrap().len(), 2, "only sha256 and sha512");
        assert!(blobs.read(&digest, 3).is_err(), "longer than allowed");
        blobs.remove(&digest).unwrap();
        assert!(blobs.open(&digest).is_err());
    }

    #[test]
    fn a_blob_that_a_crash_cut_off_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(dir.path().join("blobs"));
        let digest = blobs.put(b"hello").unwrap();
        File::create(blobs.path(&digest)).unwrap();
        assert!(blobs.read(&digest, 100).is_err());
        blobs.put(b"hello").unwrap();
        assert_eq!(blobs.read(&digest, 100).unwrap(), b"hello");
    }

    #[test]
    fn temporaries_of_the_dead_are_swept() {
        let dir = tempfile::tempdir().unwrap();
        let blobs = Blobs::new(dir.path().to_path_buf());
        let (dead, alive) = (dir.path().join(".tmp-dead"), dir.path().join(".tmp-alive"));
        File::create(&dead).unwrap();
        let lock = Lock::exclusive(&alive).unwrap();
        assert_eq!(blobs.leftovers().unwrap(), std::slice::from_ref(&dead));
        blobs.sweep().unwrap();
        assert!(!dead.exists() && alive.exists());
        drop(lock);
    }
}
