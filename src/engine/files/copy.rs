//! `cp`: files between the host and a container, with docker's rules for what a path at either end means (docker's cli/command/container/cp.go
//! and pkg/archive/copy.go).
//!
//! What comes out of a container is unpacked below one descriptor, like a layer: no name in it leads elsewhere. The host's files are read with
//! this user's own rights.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{BufReader, ErrorKind, Read, Write};
use std::os::fd::AsFd;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::FileTypeExt;
use std::path::Path;
use std::sync::Arc;

use super::archive::PutOptions;
use super::names;
use super::streams::GetStream;
use crate::engine::Engine;
use crate::error::{self, Context, Kind, Result, is};
use crate::layers::apply::Ownership;
use crate::layers::aside::Aside;
use crate::layers::pack::{PackOptions, Packer};
use crate::layers::unpack::{Files, Options, unpack};

const BUFFER: usize = 256 << 10;
/// Links that are followed before a path counts as a circle.
const MAX_LINKS: usize = 10;

#[derive(Debug, Clone, Copy, Default)]
pub struct CopyOptions {
    /// Follow a link that the source is.
    pub follow_link: bool,
    /// Owners: in a container those of its user, on the host those in the container.
    pub archive: bool,
}

/// A path in a container.
#[derive(Debug, Clone, Copy)]
pub struct InContainer<'a> {
    pub container: &'a str,
    pub path: &'a [u8],
}

/// One end of a copy, as far as the rules need it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct End {
    path: Vec<u8>,
    exists: bool,
    is_dir: bool,
    /// What a source is to be called instead of its last component.
    rebase: Option<Vec<u8>>,
}

/// Where an archive of `source` is to be unpacked for it to arrive at `target`, and what its first component is to be called.
fn prepare(source: &End, target: &End) -> Result<(Vec<u8>, Vec<u8>)> {
    let (target_dir, target_base) = names::split_entry(&target.path);
    let source_base = source.rebase.clone().unwrap_or_else(|| names::split_entry(&source.path).1);
    match (target.exists, target.is_dir, source.is_dir) {
        (true, true, _) => Ok((target.path.clone(), source_base)),
        (true, false, true) => Kind::Invalid.err("cannot copy directory"),
        (false, _, false) if names::asserts_directory(&target.path) => {
            Kind::NotFound.err("no such directory")
        }
        _ => Ok((target_dir, target_base)),
    }
}

impl Engine {
    /// Copies out of a container to a path of the host; bytes of the archive that went between.
    pub fn copy_out(&self, from: InContainer<'_>, to: &[u8], options: CopyOptions) -> Result<u64> {
        let to = absolute_here(to)?;
        check_output(&to)?;
        let (path_in, rebase) = self.source_path(from, options);
        let (stat, stream, aside) = self.get_with_aside(from.container, &path_in)?;
        let source = End { path: path_in, exists: true, is_dir: stat.is_dir(), rebase };
        let target = host_target(&to)?;
        let given = names::base(&names::absolute(&source.path)).to_vec();
        let (dir, name) = prepare(&source, &target)?;
        let place = path(&dir);
        let opened = File::open(place).with_context(|| format!("opening {}", place.display()))?;
        let root = nix::unistd::geteuid().is_root();
        let files =
            Files { keep_kinds: true, owner: None, rename: rename(&given, name), shown: names::clean(&dir) };
        let kept = options.archive && root;
        let unpack_options = Options {
            ownership: if kept { Ownership::Kept } else { Ownership::Mine },
            user_namespace: !root,
            owners: None,
            files: Some(files),
            aside: Some(Arc::new(aside)),
        };
        let mut counted = Counted { inner: stream, bytes: 0 };
        let reader = BufReader::with_capacity(BUFFER, &mut counted);
        let summary = unpack(reader, opened.as_fd(), unpack_options)?;
        if summary.skipped_devices {
            log::warn!("device nodes were left out: an ordinary user can't make them");
        }
        Ok(counted.bytes + summary.aside)
    }

    /// What is at a path of a container as a tar stream.
    pub fn copy_stream(&self, from: InContainer<'_>, options: CopyOptions) -> Result<GetStream> {
        self.open_source(from, options).map(|(stream, _)| stream)
    }

    /// Copies a path of the host into a container.
    pub fn copy_in(&self, from: &[u8], to: InContainer<'_>, options: CopyOptions) -> Result<u64> {
        // The container first: an error about it says more than one about the file.
        let target = self.container_target(to)?;
        let source = host_source(&absolute_here(from)?, options.follow_link)?;
        let (dir, name) = prepare(&source, &target)?;
        let (mut putting, aside) = self.put_with_aside(to.container, &dir, put_options(options, None))?;
        let mut counted = Counted { inner: &mut putting.stream, bytes: 0 };
        let packed = pack(&source.path, &name, self.roots.rootless, &mut counted, &aside);
        let bytes = counted.bytes;
        let saved = *packed.as_ref().unwrap_or(&0);
        putting.finish(packed.map(drop))?;
        Ok(bytes + saved)
    }

    /// Unpacks a tar stream in a directory of a container.
    pub fn copy_archive_in(
        &self,
        tar: impl Read + Send,
        to: InContainer<'_>,
        options: CopyOptions,
    ) -> Result<()> {
        let target = self.container_target(to)?;
        if !target.is_dir {
            return Kind::Invalid.err(format!(
                "destination \"{}:{}\" must be a directory",
                to.container,
                String::from_utf8_lossy(to.path)
            ));
        }
        self.archive_put(to.container, &target.path, put_options(options, None))?.copy(tar)
    }

    /// Copies from one container into another.
    pub fn copy_across(
        &self,
        from: InContainer<'_>,
        to: InContainer<'_>,
        options: CopyOptions,
    ) -> Result<u64> {
        let target = self.container_target(to)?;
        let (stream, source) = self.open_source(from, options)?;
        let given = names::base(&names::absolute(&source.path)).to_vec();
        let (dir, name) = prepare(&source, &target)?;
        let putting = self.archive_put(to.container, &dir, put_options(options, rename(&given, name)))?;
        let mut counted = Counted { inner: stream, bytes: 0 };
        putting.copy(&mut counted)?;
        Ok(counted.bytes)
    }

    fn open_source(&self, from: InContainer<'_>, options: CopyOptions) -> Result<(GetStream, End)> {
        let (source, rebase) = self.source_path(from, options);
        let (stat, stream) = self.archive_get(from.container, &source)?;
        Ok((stream, End { path: source, exists: true, is_dir: stat.is_dir(), rebase }))
    }

    /// Where the source is, and its name if that is another.
    fn source_path(&self, from: InContainer<'_>, options: CopyOptions) -> (Vec<u8>, Option<Vec<u8>>) {
        let (mut source, mut rebase) = (from.path.to_vec(), None);
        if options.follow_link
            && let Ok(stat) = self.archive_stat(from.container, &source)
            && stat.is_symlink()
        {
            (source, rebase) = rebased(&source, stat.link_target.as_bytes());
        }
        (source, rebase)
    }

    /// A link at its end is followed once.
    fn container_target(&self, to: InContainer<'_>) -> Result<End> {
        let mut path = to.path.to_vec();
        let mut stat = self.archive_stat(to.container, &path);
        if let Ok(found) = &stat
            && found.is_symlink()
        {
            path = found.link_target.clone().into_bytes();
            stat = self.archive_stat(to.container, &path);
        }
        match stat {
            Ok(stat) if !stat.is_plain() => Kind::Invalid.err(format!(
                "destination \"{}:{}\" must be a directory or a regular file: got {}",
                to.container,
                String::from_utf8_lossy(to.path),
                if stat.is_device() { "a device" } else { "an irregular file" }
            )),
            Ok(stat) => Ok(End { path, exists: true, is_dir: stat.is_dir(), rebase: None }),
            // Its parent may be there: unpacking will tell.
            Err(e) if is(&e, Kind::Invalid) => Ok(End { path, exists: false, is_dir: false, rebase: None }),
            Err(e) if is(&e, Kind::NotFound) && self.find(to.container).is_ok() => {
                Ok(End { path, exists: false, is_dir: false, rebase: None })
            }
            Err(e) => Err(e),
        }
    }
}

fn put_options(options: CopyOptions, rename: Option<(Vec<u8>, Vec<u8>)>) -> PutOptions {
    PutOptions { no_overwrite_dir_non_dir: true, copy_uid_gid: options.archive, rename }
}

/// From what the archive calls its first component to what it is to be called.
fn rename(given: &[u8], wanted: Vec<u8>) -> Option<(Vec<u8>, Vec<u8>)> {
    let plain = |name: &[u8]| if matches!(name, b"." | b"/") { Vec::new() } else { name.to_vec() };
    let (from, to) = (plain(given), plain(&wanted));
    (from != to).then_some((from, to))
}

/// The path that a link leads to with the dot or slash of the one that was given, and its name if that has become another.
fn rebased(given: &[u8], target: &[u8]) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut target = target.to_vec();
    if names::is_current(given) && !names::is_current(&target) {
        target.extend_from_slice(b"/.");
    }
    if names::ends_in_slash(given) && !names::ends_in_slash(&target) {
        target.push(b'/');
    }
    let name = names::base(given);
    let rebase = (name != names::base(&target)).then(|| name.to_vec());
    (target, rebase)
}

/// Answers how many bytes went beside the archive.
fn pack(source: &[u8], name: &[u8], rootless: bool, out: impl Write, aside: &Aside) -> Result<u64> {
    // An ordinary user's own files are the container's root's; the numbers of others mean nothing in its user namespace.
    let options = PackOptions { root_owned: rootless, ..PackOptions::default() };
    let mut packer = Packer::new(out, &options).with_aside(Some(aside));
    let (dir, base) = names::split_entry(source);
    let place = path(&dir);
    let opened = File::open(place).with_context(|| format!("opening {}", place.display()))?;
    match base.as_slice() {
        b"." | b"/" => packer.add_directory(opened.as_fd(), name)?,
        base => packer.add(opened.as_fd(), OsStr::from_bytes(base), name)?,
    }
    let saved = packer.saved();
    packer.finish().map(|()| saved)
}

fn path(bytes: &[u8]) -> &Path {
    Path::new(OsStr::from_bytes(bytes))
}

/// The path from the root, with the dot or slash at its end.
fn absolute_here(given: &[u8]) -> Result<Vec<u8>> {
    if given.starts_with(b"/") {
        return Ok(names::absolute(given));
    }
    let here = std::env::current_dir().context("finding the working directory")?.into_os_string().into_vec();
    Ok(names::absolute(&[here.as_slice(), b"/", given].concat()))
}

/// Refuses what nothing can be written to.
fn check_output(to: &[u8]) -> Result<()> {
    let (parent, _) = names::split(to);
    let cleaned = names::clean(to);
    let dir = names::clean(names::split(&cleaned).0);
    let shown = String::from_utf8_lossy(&dir);
    if matches!(std::fs::metadata(path(&dir)), Err(e) if e.kind() == ErrorKind::NotFound) {
        return Kind::NotFound.err(format!("invalid output path: directory {shown:?} does not exist"));
    }
    match std::fs::metadata(path(to)) {
        Ok(meta) if meta.is_dir() || meta.is_file() => Ok(()),
        Ok(meta) => Kind::Invalid.err(format!(
            "invalid output path: {:?} must be a directory or a regular file: got {}",
            String::from_utf8_lossy(to),
            if is_device(&meta) { "a device" } else { "an irregular file" }
        )),
        Err(e) if e.kind() == ErrorKind::NotADirectory && !parent.is_empty() => {
            Kind::Invalid.err(format!("stat {}: not a directory", String::from_utf8_lossy(to)))
        }
        Err(_) => Ok(()),
    }
}

fn is_device(meta: &Metadata) -> bool {
    let kind = meta.file_type();
    kind.is_char_device() || kind.is_block_device()
}

/// Where the destination leads: links are followed, also to what isn't there yet.
fn host_target(to: &[u8]) -> Result<End> {
    let mut place = to.to_vec();
    for _ in 0..=MAX_LINKS {
        let shown = || String::from_utf8_lossy(&place).into_owned();
        match std::fs::symlink_metadata(path(&place)) {
            Ok(meta) if meta.is_symlink() => {
                let target =
                    std::fs::read_link(path(&place)).with_context(shown)?.into_os_string().into_vec();
                let parent = names::split_entry(&place).0;
                place = if target.starts_with(b"/") { target } else { names::join(&parent, &target) };
            }
            Ok(meta) => return Ok(End { path: place, exists: true, is_dir: meta.is_dir(), rebase: None }),
            Err(e) if e.kind() == ErrorKind::NotFound => {
                let parent = names::split_entry(&place).0;
                let meta = std::fs::metadata(path(&parent))
                    .with_context(|| format!("stat {}", String::from_utf8_lossy(&parent)))?;
                if !meta.is_dir() {
                    return Kind::Invalid.err("not a directory");
                }
                return Ok(End { path: place, exists: false, is_dir: false, rebase: None });
            }
            Err(e) => return Err(e).with_context(|| format!("lstat {}", shown())),
        }
    }
    Kind::Invalid.err(format!("too many symlinks in {:?}", String::from_utf8_lossy(to)))
}

/// What is to be copied from the host: links before the last component are followed, that itself only if asked or behind a slash.
fn host_source(from: &[u8], follow: bool) -> Result<End> {
    let resolve = |place: &[u8]| {
        std::fs::canonicalize(path(place))
            .map(|p| p.into_os_string().into_vec())
            .map_err(|e| missing_source(place, &e))
    };
    let (resolved, rebase) = if follow {
        rebased(from, &resolve(from)?)
    } else {
        let (dir, base) = names::split(from);
        let resolved = [resolve(dir)?.as_slice(), b"/", base].concat();
        let renamed = names::ends_in_slash(from) && names::base(from) != names::base(&resolved);
        let rebase = renamed.then(|| names::base(from).to_vec());
        (resolved, rebase)
    };
    let meta = std::fs::symlink_metadata(path(&resolved)).map_err(|e| missing_source(&resolved, &e))?;
    Ok(End { path: resolved, exists: true, is_dir: meta.is_dir(), rebase })
}

fn missing_source(place: &[u8], error: &std::io::Error) -> error::Error {
    let shown = String::from_utf8_lossy(place);
    match error.kind() {
        ErrorKind::NotFound => Kind::NotFound.error(format!("lstat {shown}: no such file or directory")),
        ErrorKind::NotADirectory => Kind::Invalid.error(format!("lstat {shown}: not a directory")),
        _ => anyhow::anyhow!("lstat {shown}: {error}"),
    }
}

/// Counts what goes through.
struct Counted<T> {
    inner: T,
    bytes: u64,
}

impl<T: Read> Read for Counted<T> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.bytes += n as u64;
        Ok(n)
    }
}

impl<T: Write> Write for Counted<T> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_things_go() {
        let end = |path: &str, exists, is_dir| End { path: path.into(), exists, is_dir, rebase: None };
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        for (source, target, wanted) in [
            (end("/s/f", true, false), end("/t", true, true), Ok(("/t", "f"))),
            (end("/s/f", true, false), end("/t/x", true, false), Ok(("/t", "x"))),
            (end("/s/f", true, false), end("/t/new", false, false), Ok(("/t", "new"))),
            (end("/s/f", true, false), end("/t/new/", false, false), Err("no such directory")),
            (end("/s/d", true, true), end("/t", true, true), Ok(("/t", "d"))),
            (end("/s/d/.", true, true), end("/t", true, true), Ok(("/t", "."))),
            (end("/s/d/.", true, true), end("/t/new", false, false), Ok(("/t", "new"))),
            (end("/s/d", true, true), end("/t/new/", false, false), Ok(("/t", "new"))),
            (end("/s/d", true, true), end("/t/f", true, false), Err("cannot copy directory")),
        ] {
            let got = prepare(&source, &target).map(|(dir, name)| (text(dir), text(name)));
            match wanted {
                Ok((dir, name)) => assert_eq!(got.unwrap(), (dir.to_string(), name.to_string())),
                Err(why) => assert_eq!(got.unwrap_err().to_string(), why),
            }
        }
    }

    #[test]
    fn links_keep_the_names_by_which_they_were_given() {
        let text = |s: &str| s.as_bytes().to_vec();
        assert_eq!(rebased(b"/a/l", b"/b/d"), (text("/b/d"), Some(text("l"))));
        assert_eq!(rebased(b"/a/l/", b"/b/d"), (text("/b/d/"), Some(text("l"))));
        assert_eq!(rebased(b"/a/l/.", b"/b/d"), (text("/b/d/."), None));
        assert_eq!(rename(b".", text("new")), Some((Vec::new(), text("new"))));
        assert_eq!(rename(b"d", text("d")), None);
        assert_eq!(rename(b"/", text(".")), None);
    }
}
