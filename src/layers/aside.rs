//! Large files go beside a tar stream between two of our own processes: the stream tells of them, their descriptors come by a socket, and
//! the kernel copies them from file to file, with their holes, sharing blocks where the file system can.

use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::MetadataExt;

use nix::errno::Errno;
use nix::sys::socket::MsgFlags;
use nix::unistd::{Whence, lseek};

use crate::error::{Context, Result};
use crate::sys::socket;

/// Bytes of a file that is worth a message.
pub const LARGE: u64 = 1 << 20;

/// An end of the socket.
#[derive(Debug)]
pub struct Aside(OwnedFd);

impl Aside {
    pub fn new(end: OwnedFd) -> Self {
        Self(end)
    }

    /// Hands a file over. What the stream says of it must have been written by then, all of it: the other end reads that first.
    pub fn send(&self, file: BorrowedFd<'_>) -> Result<()> {
        let sent = socket::send(self.0.as_fd(), b"file", &[file]).map_err(std::io::Error::from);
        sent.context("handing a file over")
    }

    /// The next file.
    pub fn receive(&self) -> Result<File> {
        let (_, files) = socket::receive(self.0.as_fd(), MsgFlags::empty()).context("waiting for a file")?;
        files.into_iter().next().map(File::from).context("the process that reads the files has ended early")
    }
}

/// Copies the first `size` bytes; what isn't there is a hole.
pub fn copy(from: &File, to: &File, size: u64) -> Result<()> {
    let sparse = from.metadata().context("reading it")?.blocks() * 512 < size;
    let mut at = 0;
    while at < size {
        let (begin, end) = if sparse { next_data(from, at, size) } else { (at, size) };
        if begin == end {
            break;
        }
        for file in [from, to] {
            lseek(file, begin as i64, Whence::SeekSet).context("copying it")?;
        }
        let mut to = to;
        let copied = std::io::copy(&mut from.take(end - begin), &mut to).context("copying it")?;
        if copied == 0 {
            break;
        }
        at = begin + copied;
    }
    to.set_len(size).context("writing")
}

/// Where the next data begins and ends, both `size` if there is none. A file system that can't tell has nothing but data.
fn next_data(file: &File, at: u64, size: u64) -> (u64, u64) {
    let begin = match lseek(file, at as i64, Whence::SeekData) {
        Ok(data) => (data as u64).clamp(at, size),
        Err(Errno::ENXIO) => return (size, size),
        Err(_) => at,
    };
    let end =
        lseek(file, begin as i64, Whence::SeekHole).map_or(size, |hole| (hole as u64).clamp(begin, size));
    (begin, end)
}
