//! Writes trees as tar streams: the mirror image of [`super::unpack`], which reads back exactly what stands here.
//!
//! The same tree gives the same bytes, wherever it stands and whoever packs it: names are sorted, times are whole seconds (as docker
//! has them), names of users are left out. Holes of sparse files are written as the zeros that they read as: docker and podman take
//! layers apart and put them together again, which their tar-split can't do for tar's sparse formats; unpacking makes holes of zeros.
//! Memory is bounded by the names of one branch of the tree and by the hard links that are still to be met.

use std::collections::HashMap;
use std::ffi::{CStr, CString, OsStr};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, openat};
use nix::sys::stat::{FileStat, Mode, fstat, fstatat, major, minor};
use nix::unistd::{Whence, lseek};
use serde::{Deserialize, Serialize};

use super::apply::is_allowed;
use super::aside::{Aside, LARGE};
use super::changes::{Below, Verdict};
use super::entries::{EntryKind, printable};
use super::header::{Member, encode};
use super::owners::OwnerMap;
use super::shown::Shown;
use super::walk::{Name, Step, Walk};
use crate::error::{Context, Kind, Result};
use crate::sys::xattr;

const BUFFER: usize = 256 << 10;
static ZEROS: [u8; 64 << 10] = [0; 64 << 10];

/// How to pack.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct PackOptions {
    /// Seconds since the epoch: what is newer gets this time.
    pub newest: Option<i64>,
    /// From the owners on disk to those in the archive.
    pub owners: Option<OwnerMap>,
    /// Everything belongs to root, whoever it belongs to on disk.
    #[serde(default)]
    pub root_owned: bool,
}

/// A tar stream in the making.
pub struct Packer<'a, W: Write> {
    out: BufWriter<W>,
    options: &'a PackOptions,
    /// Files with several names: the first of them, and how many are still to come.
    links: HashMap<(u64, u64), (Vec<u8>, u64)>,
    /// Directories that are packed only if something in them is, outermost first.
    pending: Vec<(Vec<u8>, FileStat, Xattrs)>,
    buffer: Vec<u8>,
    /// Where large files go, and how many bytes of the archive that has saved.
    aside: Option<&'a Aside>,
    saved: u64,
    /// What is not packed.
    left_out: Option<Shown>,
}

type Xattrs = Vec<(Vec<u8>, Vec<u8>)>;

impl<'a, W: Write> Packer<'a, W> {
    pub fn new(out: W, options: &'a PackOptions) -> Self {
        Self {
            out: BufWriter::with_capacity(BUFFER, out),
            options,
            links: HashMap::new(),
            pending: Vec::new(),
            buffer: vec![0; BUFFER],
            aside: None,
            saved: 0,
            left_out: None,
        }
    }

    /// Leaves out what is shown among the files and is none of them.
    #[must_use]
    pub fn without(self, shown: Shown) -> Self {
        Self { left_out: Some(shown), ..self }
    }

    /// Has large files go beside the archive.
    #[must_use]
    pub fn with_aside(self, aside: Option<&'a Aside>) -> Self {
        Self { aside, ..self }
    }

    /// Bytes by which the archive is shorter for what went beside it.
    pub fn saved(&self) -> u64 {
        self.saved
    }

    /// Adds what has the name `name` in `dir`, with all that is below, as `given`.
    pub fn add(&mut self, dir: BorrowedFd<'_>, name: &OsStr, given: &[u8]) -> Result<()> {
        let context = || format!("packing {}", printable(name));
        let stat = fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW).with_context(context)?;
        if kind_of(&stat) == Some(EntryKind::Directory) {
            let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            let opened = openat(dir, name, flags, Mode::empty()).with_context(context)?;
            return self.add_directory(opened.as_fd(), given);
        }
        self.object(dir, name, given, &stat).with_context(context)
    }

    /// Adds an open directory as `given`, with all that is in it.
    pub fn add_directory(&mut self, dir: BorrowedFd<'_>, given: &[u8]) -> Result<()> {
        let stat = fstat(dir).context("looking at the directory")?;
        let xattrs = xattrs_of(dir, OsStr::new(".")).context("reading extended attributes")?;
        self.member(given, &stat, &xattrs, b"")?;
        if self.left_out.is_some_and(|shown| shown.fills(dir, &stat)) {
            return Ok(());
        }
        self.tree(dir, given)
    }

    /// Adds what is in a directory, below the name `given`.
    pub fn tree(&mut self, root: BorrowedFd<'_>, given: &[u8]) -> Result<()> {
        let mut walk = Walk::new(root)?;
        while let Some(next) = walk.next_name()? {
            let name = joined(given, walk.path());
            let context = || format!("packing {}", printable(OsStr::from_bytes(&name)));
            // A file is looked at when it has been opened.
            if next == Name::File && self.file(walk.dir(), walk.name(), &name).with_context(context)? {
                continue;
            }
            let found = if next == Name::Left { None } else { walk.look()? };
            let Some(stat) = found else { continue };
            if self.left_out.is_some_and(|shown| shown.is_passing(walk.dir(), &stat)) {
                continue;
            }
            self.object(walk.dir(), walk.name(), &name, &stat).with_context(context)?;
            if kind_of(&stat) == Some(EntryKind::Directory) {
                walk.enter()?;
                if self.left_out.is_some_and(|shown| shown.fills(walk.dir(), &stat)) {
                    walk.skip();
                }
            }
        }
        Ok(())
    }

    /// Adds what an overlay's upper directory has changed, in the form of a layer (OCI image specification, layer.md).
    pub fn changes(&mut self, upper: BorrowedFd<'_>, below: &mut Below<'_>) -> Result<()> {
        let own = fstat(upper).context("looking at the directory")?;
        let member = self.describe(b".", &own, &[]);
        // What it was made with; a layer says nothing of its root usually.
        if (member.mode, member.uid, member.gid) != (0o755, 0, 0) {
            let xattrs = xattrs_of(upper, OsStr::new(".")).context("reading extended attributes")?;
            self.member(b".", &own, &xattrs, b"")?;
        }
        let mut walk = Walk::new(upper)?;
        while let Some(step) = walk.step()? {
            let Step::Found(stat) = step else {
                let path = walk.path();
                self.pending.retain(|(pending, ..)| path.starts_with(pending) && path != pending.as_slice());
                continue;
            };
            let path = walk.path().to_vec();
            self.change(&mut walk, &path, &stat, below)
                .with_context(|| format!("packing {}", printable(OsStr::from_bytes(&path))))?;
        }
        Ok(())
    }

    fn change(&mut self, walk: &mut Walk, path: &[u8], stat: &FileStat, below: &mut Below<'_>) -> Result<()> {
        let verdict = below.judge(walk, stat)?;
        if kind_of(stat) == Some(EntryKind::Directory) {
            let (dir, name) = (walk.dir(), walk.name());
            self.pending.push((path.to_vec(), *stat, xattrs_of(dir, name)?));
            if !matches!(verdict, Verdict::Same | Verdict::MountPoint) {
                self.flush_pending()?;
            }
            if below.is_opaque(walk)? && below.hides_something(path)? {
                self.flush_pending()?;
                self.empty_file(&joined(path, b".wh..wh..opq"))?;
            }
            return walk.enter();
        }
        match verdict {
            Verdict::Nothing | Verdict::MountPoint => Ok(()),
            Verdict::Deleted => {
                self.flush_pending()?;
                let (parent, name) = match path.iter().rposition(|&b| b == b'/') {
                    Some(slash) => (&path[..slash], &path[slash + 1..]),
                    None => (b"".as_slice(), path),
                };
                self.empty_file(&joined(parent, &[b".wh.", name].concat()))
            }
            // A file that only looks the same may have been written with its old time set again.
            Verdict::Same | Verdict::Added | Verdict::Changed => {
                if walk.name().as_bytes().starts_with(b".wh.") {
                    return Kind::Unsupported.err(
                        "a layer can't hold names that begin with .wh., which mean deleted files there",
                    );
                }
                self.flush_pending()?;
                self.object(walk.dir(), walk.name(), path, stat)
            }
        }
    }

    fn flush_pending(&mut self) -> Result<()> {
        for (path, stat, xattrs) in std::mem::take(&mut self.pending) {
            self.member(&path, &stat, &xattrs, b"")?;
        }
        Ok(())
    }

    /// Ends the archive. What it was written to has everything when this returns.
    pub fn finish(mut self) -> Result<()> {
        self.out.write_all(&ZEROS[..1024]).and_then(|()| self.out.flush()).context("writing the archive")
    }

    /// One file, link, directory or device, a directory without what is in it. Sockets are left out, as docker does.
    fn object(&mut self, dir: BorrowedFd<'_>, name: &OsStr, given: &[u8], stat: &FileStat) -> Result<()> {
        let kind = kind_of(stat);
        if kind == Some(EntryKind::Regular) {
            return self.file(dir, name, given).map(drop);
        }
        let Some(kind) = kind else {
            log::debug!("{} is a socket, and left out", printable(name));
            return Ok(());
        };
        let target = match kind {
            EntryKind::Symlink => match nix::fcntl::readlinkat(dir, name) {
                Ok(target) => target,
                // Replaced meanwhile.
                Err(Errno::ENOENT | Errno::EINVAL) => return Ok(()),
                Err(e) => return Err(e).context("reading the link"),
            },
            _ => std::ffi::OsString::new(),
        };
        if self.is_linked(given, stat, kind)? {
            return Ok(());
        }
        let xattrs = xattrs_of(dir, name)?;
        self.member(given, stat, &xattrs, target.as_bytes())
    }

    /// Whether it was packed under another name already, and this one now as a link to that.
    fn is_linked(&mut self, given: &[u8], stat: &FileStat, kind: EntryKind) -> Result<bool> {
        if stat.st_nlink < 2 || kind == EntryKind::Directory {
            return Ok(false);
        }
        let key = (stat.st_dev, stat.st_ino);
        let Some((first, left)) = self.links.get_mut(&key) else {
            self.links.insert(key, (given.to_vec(), stat.st_nlink - 1));
            return Ok(false);
        };
        *left -= 1;
        let (first, is_last) = (first.clone(), *left == 0);
        if is_last {
            self.links.remove(&key);
        }
        let member =
            Member { kind: EntryKind::HardLink, size: 0, link: &first, ..self.describe(given, stat, &[]) };
        self.out.write_all(&encode(&member)).context("writing the archive")?;
        Ok(true)
    }

    /// A plain file. `false`: it has become something else meanwhile.
    fn file(&mut self, dir: BorrowedFd<'_>, name: &OsStr, given: &[u8]) -> Result<bool> {
        // Not opened before it is known to be a file: to open a device can have effects, and a FIFO waits for its other end.
        let flags = OFlag::O_PATH | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let place = match openat(dir, name, flags, Mode::empty()) {
            Err(Errno::ENOENT) => return Ok(true),
            other => other.context("opening it")?,
        };
        let stat = fstat(&place).context("looking at it")?;
        if kind_of(&stat) != Some(EntryKind::Regular) {
            return Ok(false);
        }
        if self.is_linked(given, &stat, EntryKind::Regular)? {
            return Ok(true);
        }
        let file = reopen(&place).context("opening it")?;
        let xattrs = xattr::list(file.as_fd())
            .context("reading extended attributes")
            .and_then(|names| carried(names, |name| xattr::get(file.as_fd(), name)))?;
        let size = stat.st_size as u64;
        if let Some(aside) = self.aside.filter(|_| size >= LARGE) {
            let member = Member { size: 0, aside: Some(size), ..self.describe(given, &stat, &xattrs) };
            let blocks = encode(&member);
            self.out.write_all(&blocks).and_then(|()| self.out.flush()).context("writing the archive")?;
            self.saved += size.next_multiple_of(512);
            aside.send(file.as_fd())?;
            return Ok(true);
        }
        self.member(given, &stat, &xattrs, b"")?;
        self.content(&file, &stat).map(|()| true)
    }

    /// Exactly as many bytes as the header says, whatever becomes of the file meanwhile.
    fn content(&mut self, file: &File, stat: &FileStat) -> Result<()> {
        let size = stat.st_size as u64;
        let sparse = (stat.st_blocks as u64) * 512 < size;
        let mut at = 0;
        while at < size {
            if sparse {
                let data = next_data(file, at, size);
                self.zeros(data - at)?;
                at = data;
            }
            let end = if sparse { next_hole(file, at, size) } else { size };
            while at < end {
                let wanted = (end - at).min(BUFFER as u64) as usize;
                let n = file.read_at(&mut self.buffer[..wanted], at).context("reading it")?;
                if n == 0 {
                    self.zeros(size - at)?;
                    at = size;
                    break;
                }
                self.out.write_all(&self.buffer[..n]).context("writing the archive")?;
                at += n as u64;
            }
        }
        self.zeros(size.wrapping_neg() % 512)
    }

    fn zeros(&mut self, mut count: u64) -> Result<()> {
        while count > 0 {
            let n = count.min(ZEROS.len() as u64);
            self.out.write_all(&ZEROS[..n as usize]).context("writing the archive")?;
            count -= n;
        }
        Ok(())
    }

    /// A whiteout: an empty file that belongs to root and has no time of its own.
    fn empty_file(&mut self, name: &[u8]) -> Result<()> {
        let member = Member {
            name,
            kind: EntryKind::Regular,
            mode: 0o600,
            uid: 0,
            gid: 0,
            mtime: 0,
            link: b"",
            device: (0, 0),
            xattrs: &[],
            size: 0,
            aside: None,
        };
        self.out.write_all(&encode(&member)).context("writing the archive")
    }

    fn member(&mut self, given: &[u8], stat: &FileStat, xattrs: &Xattrs, link: &[u8]) -> Result<()> {
        let member = Member { link, ..self.describe(given, stat, xattrs) };
        let blocks = encode(&member);
        self.out.write_all(&blocks).context("writing the archive")
    }

    fn describe<'m>(&self, given: &'m [u8], stat: &FileStat, xattrs: &'m [(Vec<u8>, Vec<u8>)]) -> Member<'m> {
        let kind = kind_of(stat).unwrap_or(EntryKind::Regular);
        let (owners, root) = (self.options.owners.as_ref(), self.options.root_owned);
        let device = match kind {
            EntryKind::Character | EntryKind::Block => {
                (major(stat.st_rdev) as u32, minor(stat.st_rdev) as u32)
            }
            _ => (0, 0),
        };
        Member {
            name: given,
            kind,
            mode: stat.st_mode & 0o7777,
            uid: if root { 0 } else { owners.map_or(stat.st_uid, |o| o.uid(stat.st_uid)) },
            gid: if root { 0 } else { owners.map_or(stat.st_gid, |o| o.gid(stat.st_gid)) },
            mtime: self.options.newest.map_or(stat.st_mtime, |newest| stat.st_mtime.min(newest)),
            link: b"",
            device,
            xattrs,
            size: if kind == EntryKind::Regular { stat.st_size as u64 } else { 0 },
            aside: None,
        }
    }
}

/// `None` for a socket.
pub fn kind_of(stat: &FileStat) -> Option<EntryKind> {
    match stat.st_mode & libc::S_IFMT {
        libc::S_IFREG => Some(EntryKind::Regular),
        libc::S_IFDIR => Some(EntryKind::Directory),
        libc::S_IFLNK => Some(EntryKind::Symlink),
        libc::S_IFCHR => Some(EntryKind::Character),
        libc::S_IFBLK => Some(EntryKind::Block),
        libc::S_IFIFO => Some(EntryKind::Fifo),
        _ => None,
    }
}

fn joined(parent: &[u8], rest: &[u8]) -> Vec<u8> {
    match parent {
        b"" => rest.to_vec(),
        _ => [parent, b"/", rest].concat(),
    }
}

/// Opens for reading what an `O_PATH` descriptor stands for.
pub fn reopen(place: &OwnedFd) -> nix::Result<File> {
    let path = format!("/proc/self/fd/{}", place.as_raw_fd());
    nix::fcntl::open(path.as_str(), OFlag::O_RDONLY | OFlag::O_CLOEXEC, Mode::empty()).map(File::from)
}

/// Where data begins at or after `at`. A file system that can't tell has nothing but data.
fn next_data(file: &File, at: u64, size: u64) -> u64 {
    match lseek(file, at as i64, Whence::SeekData) {
        Ok(data) => (data as u64).clamp(at, size),
        Err(Errno::ENXIO) => size,
        Err(_) => at,
    }
}

fn next_hole(file: &File, at: u64, size: u64) -> u64 {
    lseek(file, at as i64, Whence::SeekHole).map_or(size, |hole| (hole as u64).clamp(at, size))
}

/// The extended attributes that layers carry, sorted; those of overlayfs that change what a directory means are refused.
pub fn xattrs_of(dir: BorrowedFd<'_>, name: &OsStr) -> Result<Xattrs> {
    let path = PathBuf::from(format!("/proc/self/fd/{}", dir.as_fd().as_raw_fd())).join(name);
    let names = match xattr::list_no_follow(&path) {
        Ok(names) => names,
        Err(Errno::ENOENT) => return Ok(Vec::new()),
        Err(e) => return Err(e).context("reading extended attributes"),
    };
    carried(names, |name| xattr::get_no_follow(&path, name))
}

/// Those of the attributes `names` that layers carry, with the values that `get` has for them.
fn carried(names: Vec<CString>, get: impl Fn(&CStr) -> nix::Result<Option<Vec<u8>>>) -> Result<Xattrs> {
    let mut found = Vec::new();
    for name in names {
        let bytes = name.to_bytes();
        if bytes.ends_with(b".overlay.redirect") || bytes.ends_with(b".overlay.metacopy") {
            return Kind::Unsupported.err(format!(
                "the kernel has used the overlay feature {:?}, which a layer can't express; switch it off (modprobe overlay redirect_dir=off metacopy=off) and make the container anew",
                name.to_string_lossy()
            ));
        }
        // A PAX record ends its key at the first of them.
        if !is_allowed(bytes) || bytes.contains(&b'=') {
            continue;
        }
        match get(&name) {
            Ok(Some(value)) if bytes == b"security.capability" => {
                found.push((bytes.to_vec(), plain_capability(value)));
            }
            Ok(Some(value)) => found.push((bytes.to_vec(), value)),
            Ok(None) | Err(Errno::ENOENT | Errno::EACCES | Errno::EPERM) => {}
            Err(e) => return Err(e).with_context(|| format!("reading {}", name.to_string_lossy())),
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// File capabilities of a user namespace whose root is id 0 are those of none (capabilities(7), "File capability extended attribute
/// versioning"): version 2, which every reader of layers knows.
fn plain_capability(value: Vec<u8>) -> Vec<u8> {
    const REVISION_2: u8 = 2;
    const REVISION_3: u8 = 3;
    if value.len() == 24 && value[3] == REVISION_3 && value[20..] == [0; 4] {
        let mut plain = value[..20].to_vec();
        plain[3] = REVISION_2;
        return plain;
    }
    value
}

#[cfg(test)]
mod tests;
