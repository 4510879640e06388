//! Unpacks a layer into a directory, as overlayfs wants it: whiteouts become 0:0 character devices, opaque directories get an attribute.
//!
//! Owns nothing but the directory it is given. Every name is resolved by the kernel with that directory as the root (openat2
//! `RESOLVE_IN_ROOT`), parents are held open, and the last component is never followed: whatever a layer contains, nothing outside is
//! touched. Links inside the layer that stand before an entry's name are followed inside it, as docker does in its chroot.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::File;
use std::io::BufRead;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::FileExt;
use std::rc::Rc;
use std::sync::Arc;

use nix::errno::Errno;
use nix::fcntl::{AtFlags, OFlag, OpenHow, ResolveFlag, openat, openat2};
use nix::sys::stat::{FileStat, Mode, SFlag, fstatat, makedev, mkdirat, mknodat};
use nix::unistd::{UnlinkatFlags, linkat, mkfifoat, symlinkat, unlinkat};
use serde::{Deserialize, Serialize};

use super::apply::{Applier, Attributes, Ownership, make_opaque};
use super::aside::{self, Aside};
use super::entries::{Entries, Entry, EntryError, EntryKind, printable};
use super::owners::OwnerMap;
use super::write_back::WriteBack;
use super::{holes, remove};
use crate::error::{Context, Error, Kind, Result};
use crate::sys::mount::is_mount_point;

mod files;

pub use files::Files;

/// Name of the entry that makes its directory opaque, and what the names of whiteouts start with (OCI image specification, layer.md).
const OPAQUE: &[u8] = b".wh..wh..opq";
const WHITEOUT: &[u8] = b".wh.";
const WHITEOUT_META: &[u8] = b".wh..wh.";

/// How to unpack.
#[derive(Debug, Clone)]
pub struct Options {
    pub ownership: Ownership,
    /// Whether this process is in a user namespace: no devices, and overlayfs attributes under `user.`.
    pub user_namespace: bool,
    /// Other owners than the layer's. The process has those of its id 0 as its file system ids (new files belong to them).
    pub owners: Option<OwnerMap>,
    /// None: the archive is a layer.
    pub files: Option<Files>,
    /// Where large files come from, if not with the archive.
    pub aside: Option<Arc<Aside>>,
}

impl Options {
    /// For a layer, with its own owners.
    pub fn layer(ownership: Ownership, user_namespace: bool) -> Self {
        Self { ownership, user_namespace, owners: None, files: None, aside: None }
    }
}

/// What was unpacked, and what could not be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Bytes of all files.
    pub size: u64,
    pub entries: u64,
    /// Owners were not kept.
    pub flattened: bool,
    /// Device nodes were left out.
    pub skipped_devices: bool,
    /// Extended attributes were left out.
    pub lost_xattrs: bool,
    /// Bytes by which the archive was shorter for what came beside it.
    #[serde(default, skip)]
    pub aside: u64,
}

/// Unpacks the tar stream `reader` into `root`, an empty directory, and reads it to its end. On an error the directory is left half-made.
pub fn unpack<R: BufRead>(reader: R, root: BorrowedFd<'_>, options: Options) -> Result<Summary> {
    let mut entries = Entries::new(reader);
    let mut unpacker = Unpacker {
        root,
        applier: Applier::new(options.ownership, options.owners.clone()),
        write_back: options.files.is_none().then(WriteBack::new),
        options,
        parent: None,
        directories: BTreeMap::new(),
        summary: Summary::default(),
    };
    let mut last = String::from("the start");
    loop {
        let entry = entries.next_entry().map_err(read_error).with_context(|| format!("after {last}"))?;
        let Some(mut entry) = entry else { break };
        let added = unpacker.add(&mut entry, &mut entries);
        last = format!("entry {}", printable(&entry.name));
        added.with_context(|| last.clone())?;
    }
    entries.finish().context("after the last entry")?;
    unpacker.finish()
}

/// A damaged archive is the image's fault; a failing reader has its own reasons.
fn read_error(error: EntryError) -> Error {
    match error {
        EntryError::Malformed(_) => Kind::Corrupt.error(error),
        EntryError::Io(error) => error.into(),
    }
}

struct Unpacker<'a> {
    root: BorrowedFd<'a>,
    options: Options,
    applier: Applier,
    /// Layers are flushed at their end, other files aren't.
    write_back: Option<WriteBack>,
    /// The directory of the last entry: most entries stand beside the one before.
    parent: Option<(Vec<u8>, Rc<OwnedFd>)>,
    /// Attributes of directories, set at the end: what is put into them would change their times, and their modes could keep us out.
    directories: BTreeMap<Vec<u8>, Attributes>,
    summary: Summary,
}

/// Where an entry goes.
struct Place<'a> {
    path: &'a [u8],
    dir: Rc<OwnedFd>,
    base: &'a OsStr,
}

impl Unpacker<'_> {
    fn add<R: BufRead>(&mut self, entry: &mut Entry, entries: &mut Entries<R>) -> Result<()> {
        self.summary.entries += 1;
        let path = self.placed(normalise(&entry.name)?);
        let (parent, base) = split(&path);
        if path.is_empty() {
            // What files are put into keeps its own attributes.
            return if self.options.files.is_some() { Ok(()) } else { self.directory_itself(path, entry) };
        }
        if self.options.files.is_none()
            && let Some(done) = self.mark(&path)?
        {
            return Ok(done);
        }
        let dir = self.directory(parent)?;
        let place = Place { path: &path, dir, base: OsStr::from_bytes(base) };
        self.make(&place, entry, entries)
    }

    /// Does what a name of bookkeeping means; `None` for the name of a file.
    fn mark(&mut self, path: &[u8]) -> Result<Option<()>> {
        let (parent, base) = split(path);
        if path.split(|&b| b == b'/').any(|part| part.starts_with(WHITEOUT_META) && part != OPAQUE) {
            // Bookkeeping of aufs, which old images carry.
            return Ok(Some(()));
        }
        if base == OPAQUE {
            let dir = self.directory(parent)?;
            return make_opaque(&dir, self.options.user_namespace).map(Some);
        }
        let Some(hidden) = base.strip_prefix(WHITEOUT) else { return Ok(None) };
        let dir = self.directory(parent)?;
        self.whiteout(&dir, hidden).map(Some)
    }

    fn make<R: BufRead>(
        &mut self,
        place: &Place<'_>,
        entry: &mut Entry,
        entries: &mut Entries<R>,
    ) -> Result<()> {
        match entry.kind {
            EntryKind::Regular => self.file(place, entry, entries),
            EntryKind::HardLink => self.hard_link(place, &entry.link),
            EntryKind::Directory => {
                self.make_directory(place)?;
                self.directory_itself(place.path.to_vec(), entry)
            }
            EntryKind::Symlink => {
                if entry.link.is_empty() {
                    return Kind::Corrupt.err("a symbolic link without a target");
                }
                self.put(place, || symlinkat(&*entry.link, &place.dir, place.base))?;
                let attributes = self.attributes(entry);
                self.applier.named(place.dir.as_fd(), place.base, &attributes, true)
            }
            EntryKind::Fifo => {
                self.put(place, || mkfifoat(&place.dir, place.base, Mode::from_bits_truncate(0o600)))?;
                let attributes = self.attributes(entry);
                self.applier.named(place.dir.as_fd(), place.base, &attributes, false)
            }
            EntryKind::Character | EntryKind::Block => self.device(place, entry),
        }
    }

    fn attributes(&self, entry: &mut Entry) -> Attributes {
        let mut attributes = Attributes::of(entry);
        if let Some((uid, gid)) = self.options.files.as_ref().and_then(|files| files.owner) {
            (attributes.uid, attributes.gid) = (uid, gid);
        }
        attributes
    }

    fn directory_itself(&mut self, path: Vec<u8>, entry: &mut Entry) -> Result<()> {
        if entry.kind != EntryKind::Directory {
            return Kind::Corrupt.err("the root of a layer must be a directory");
        }
        let attributes = self.attributes(entry);
        self.directories.insert(path, attributes);
        Ok(())
    }

    fn file<R: BufRead>(
        &mut self,
        place: &Place<'_>,
        entry: &mut Entry,
        entries: &mut Entries<R>,
    ) -> Result<()> {
        let made_with = entry.mode & 0o777;
        let flags = OFlag::O_WRONLY | OFlag::O_CREAT | OFlag::O_EXCL | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let mode = Mode::from_bits_truncate(made_with);
        let file = File::from(self.put(place, || openat(&place.dir, place.base, flags, mode))?);
        match (entry.sparse.take(), entry.aside) {
            (_, Some(size)) => {
                let Some(from) = &self.options.aside else {
                    return Kind::Corrupt.err("a file whose content is not in the archive");
                };
                aside::copy(&from.receive()?, &file, size)?;
                self.summary.size += size;
                self.summary.aside += size.next_multiple_of(512);
            }
            (None, None) => {
                let mut at = 0;
                let copied = entries.copy(entry.stored, |piece| {
                    let written = holes::write(&file, piece, at, entry.stored);
                    at += piece.len() as u64;
                    written
                });
                copied.map_err(read_error)?.context("writing")?;
                self.summary.size += entry.stored;
            }
            (Some(map), None) => {
                for (offset, length) in &map.segments {
                    let mut at = *offset;
                    let written = entries.copy(*length, |piece| {
                        file.write_all_at(piece, at)?;
                        at += piece.len() as u64;
                        Ok::<_, std::io::Error>(())
                    });
                    written.map_err(read_error)?.context("writing")?;
                }
                file.set_len(map.size).context("writing")?;
                self.summary.size += map.size;
            }
        }
        let attributes = self.attributes(entry);
        self.applier.open_file(file.as_fd(), &attributes, made_with)?;
        if let Some(write_back) = &self.write_back {
            write_back.finished(file, entry.stored);
        }
        Ok(())
    }

    fn hard_link(&mut self, place: &Place<'_>, target: &OsStr) -> Result<()> {
        let target = self.placed(normalise(target).context("hard link")?);
        let (target_parent, target_base) = split(&target);
        let target_base = OsStr::from_bytes(target_base);
        let described = || format!("hard link to {}", printable(OsStr::from_bytes(&target)));
        let target_dir = self.open_directory(target_parent).with_context(described)?;
        let link = || linkat(&target_dir, target_base, &place.dir, place.base, AtFlags::empty());
        match link() {
            Err(Errno::EEXIST) => {
                let (old, new) = (lstat(&target_dir, target_base)?, lstat(&*place.dir, place.base)?);
                // The link is there already: to clear its place would remove what it is to be linked to.
                if (old.st_dev, old.st_ino) != (new.st_dev, new.st_ino) {
                    self.clear(place, &new, EntryKind::HardLink)?;
                    link().with_context(described)?;
                }
                Ok(())
            }
            other => other.with_context(described),
        }
    }

    fn device(&mut self, place: &Place<'_>, entry: &mut Entry) -> Result<()> {
        if self.options.user_namespace {
            // The kernel lets nobody make devices in a user namespace.
            self.summary.skipped_devices = true;
            return Ok(());
        }
        let kind = if entry.kind == EntryKind::Block { SFlag::S_IFBLK } else { SFlag::S_IFCHR };
        let number = makedev(entry.device.0.into(), entry.device.1.into());
        self.put(place, || mknodat(&place.dir, place.base, kind, Mode::from_bits_truncate(0o600), number))?;
        let attributes = self.attributes(entry);
        self.applier.named(place.dir.as_fd(), place.base, &attributes, false)
    }

    /// Hides `name` of the lower layers. What this layer itself has under the name stays (layer.md: whiteouts apply to lower layers only).
    fn whiteout(&mut self, dir: &Rc<OwnedFd>, name: &[u8]) -> Result<()> {
        if name.is_empty() || name == b"." || name == b".." {
            return Kind::Corrupt.err("a whiteout of nothing that can be hidden");
        }
        let name = OsStr::from_bytes(name);
        match make_whiteout(dir, name) {
            Err(Errno::EEXIST) => {
                if is_directory(&lstat(&**dir, name)?) {
                    let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
                    let own = openat(dir, name, flags, Mode::empty()).context("opening the directory")?;
                    make_opaque(&own, self.options.user_namespace)?;
                }
                Ok(())
            }
            other => other.context("making the whiteout"),
        }
    }

    /// Makes a directory, or takes the one that is there.
    fn make_directory(&mut self, place: &Place<'_>) -> Result<()> {
        let mkdir = || mkdirat(&place.dir, place.base, Mode::from_bits_truncate(0o755));
        match mkdir() {
            Err(Errno::EEXIST) => {}
            other => return other.context("making the directory"),
        }
        let there = lstat(&*place.dir, place.base)?;
        if is_directory(&there) {
            return Ok(());
        }
        self.clear(place, &there, EntryKind::Directory)?;
        mkdir().context("making the directory")?;
        if is_whiteout(&there) {
            // Hidden first and then made anew: nothing of the lower directory may show through.
            let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
            let own =
                openat(&place.dir, place.base, flags, Mode::empty()).context("opening the directory")?;
            make_opaque(&own, self.options.user_namespace)?;
        }
        Ok(())
    }

    /// Makes something with `make`, which must fail with `EEXIST` if the name is taken: the later entry of a name wins.
    fn put<T>(&mut self, place: &Place<'_>, make: impl Fn() -> nix::Result<T>) -> Result<T> {
        match make() {
            Err(Errno::EEXIST) => {
                self.clear(place, &lstat(&*place.dir, place.base)?, EntryKind::Regular)?;
                make().context("making it")
            }
            other => other.context("making it"),
        }
    }

    /// Removes what stands at a place, for something of another kind to be made there.
    fn clear(&mut self, place: &Place<'_>, there: &FileStat, kind: EntryKind) -> Result<()> {
        if self.options.files.is_some() {
            self.check_kind(place.path, is_directory(there), kind == EntryKind::Directory)?;
            let name = std::ffi::CString::new(place.base.as_bytes()).context("the name")?;
            if is_mount_point(place.dir.as_fd(), &name).context("looking at it")? {
                return Err(Errno::EBUSY).context("replacing a mount point");
            }
        }
        if is_directory(there) {
            remove::tree_at(place.dir.as_fd(), place.base)?;
            let below =
                |path: &[u8]| path.strip_prefix(place.path).is_some_and(|r| r.is_empty() || r[0] == b'/');
            self.directories.retain(|path, _| !below(path));
        } else {
            unlinkat(&place.dir, place.base, UnlinkatFlags::NoRemoveDir)
                .context("replacing an earlier entry")?;
        }
        // The directory we hold open may have been below, or been reached through, what is gone now.
        self.parent = None;
        Ok(())
    }

    /// The directory `path`, opened; missing ones on the way are made.
    fn directory(&mut self, path: &[u8]) -> Result<Rc<OwnedFd>> {
        if let Some((last, fd)) = &self.parent
            && last == path
        {
            return Ok(Rc::clone(fd));
        }
        let fd = match self.open_directory(path) {
            Err(error)
                if matches!(error.downcast_ref(), Some(Errno::ENOENT | Errno::ENOTDIR))
                    && !path.is_empty() =>
            {
                let (parent, base) = split(path);
                let dir = self.directory(parent)?;
                let place = Place { path, dir, base: OsStr::from_bytes(base) };
                self.make_missing(&place)?;
                self.open_directory(path)?
            }
            other => other?,
        };
        let fd = Rc::new(fd);
        self.parent = Some((path.to_vec(), Rc::clone(&fd)));
        Ok(fd)
    }

    /// A directory without an entry of its own.
    fn make_missing(&mut self, place: &Place<'_>) -> Result<()> {
        match lstat(&*place.dir, place.base) {
            Ok(there) if !is_whiteout(&there) => {
                Kind::Corrupt.err(format!("{} is not a directory", printable(OsStr::from_bytes(place.path))))
            }
            _ => self.make_directory(place),
        }
    }

    fn open_directory(&self, path: &[u8]) -> Result<OwnedFd> {
        let path = if path.is_empty() { OsStr::new(".") } else { OsStr::from_bytes(path) };
        let how = OpenHow::new()
            .flags(OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_CLOEXEC)
            .resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
        openat2(self.root, path, how).with_context(|| format!("opening the directory {}", printable(path)))
    }

    /// Sets the attributes of the directories, the deepest first.
    fn finish(mut self) -> Result<Summary> {
        while let Some((path, attributes)) = self.directories.pop_last() {
            let name = if path.is_empty() { OsStr::new(".") } else { OsStr::from_bytes(&path) };
            let how = OpenHow::new()
                .flags(OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC)
                .resolve(ResolveFlag::RESOLVE_IN_ROOT | ResolveFlag::RESOLVE_NO_MAGICLINKS);
            let dir = match openat2(self.root, name, how) {
                Ok(dir) => dir,
                // Replaced by a later entry that reached it through a link.
                Err(Errno::ENOENT | Errno::ENOTDIR | Errno::ELOOP) => continue,
                Err(e) => {
                    return Err(e).with_context(|| format!("opening the directory {}", printable(name)));
                }
            };
            // Its present mode is whatever the parent's setgid bit made of 0755: no bit is taken for granted.
            self.applier
                .open_file(dir.as_fd(), &attributes, u32::MAX)
                .with_context(|| format!("directory {}", printable(name)))?;
        }
        self.summary.flattened = self.applier.flattened;
        self.summary.lost_xattrs = self.applier.lost_xattrs;
        Ok(self.summary)
    }
}

/// The name relative to the root of the layer, without `.`, `..` and repeated slashes. Absolute names count from that root.
fn normalise(name: &OsStr) -> Result<Vec<u8>> {
    let mut parts: Vec<&[u8]> = Vec::new();
    for part in name.as_bytes().split(|&b| b == b'/') {
        match part {
            b"" | b"." => {}
            b".." => {
                if parts.pop().is_none() {
                    return Kind::Corrupt.err(format!("the name {} leads out of the layer", printable(name)));
                }
            }
            part => parts.push(part),
        }
    }
    Ok(parts.join(&b'/'))
}

/// Parent and last component.
fn split(path: &[u8]) -> (&[u8], &[u8]) {
    match path.iter().rposition(|&b| b == b'/') {
        Some(slash) => (&path[..slash], &path[slash + 1..]),
        None => (b"", path),
    }
}

fn lstat(dir: impl AsFd, name: &OsStr) -> Result<FileStat> {
    fstatat(dir, name, AtFlags::AT_SYMLINK_NOFOLLOW)
        .with_context(|| format!("looking at {}", printable(name)))
}

fn is_directory(stat: &FileStat) -> bool {
    stat.st_mode & libc::S_IFMT == libc::S_IFDIR
}

fn is_whiteout(stat: &FileStat) -> bool {
    stat.st_mode & libc::S_IFMT == libc::S_IFCHR && stat.st_rdev == 0
}

/// A whiteout of overlayfs. Since Linux 5.8 this device, and no other, may be made in a user namespace.
fn make_whiteout(dir: impl AsFd, name: &OsStr) -> nix::Result<()> {
    mknodat(dir, name, SFlag::S_IFCHR, Mode::empty(), 0)
}

#[cfg(test)]
mod tests;
