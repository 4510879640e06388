//! How a state file changes: written under a temporary name, flushed where it must survive a crash, renamed into place. A reader
//! sees the old content or the new, never half.
//!
//! # What survives a power loss
//! Whatever a command has acknowledged is on the disk before it says so, and whatever others will take for whole is whole there before
//! it gets its name. What costs more than it is worth is not flushed, and recognised afterwards:
//!
//! | what | flushed |
//! | --- | --- |
//! | a layer | its file system, once, before the layer gets its name: one flush instead of one for each file (`layers::store`), which finds little left, as the disk has begun with large files while others were unpacked (`layers::write_back`) |
//! | blobs, and the names of blobs and layers | the file system, once, before the image is listed; a blob that was cut off has another length than its descriptor says (`image::store`) |
//! | `index.json`: an image, a tag, a removal | file and directory, before the command ends |
//! | a container: config.json, name | file and directories, before `create` or `run -d` ends; its removal, too (`container::store`) |
//! | a container that removes itself | never: nothing of it is worth more than the run that is over with the machine |
//! | state.json, logs, the container's own files | never: what ran has ended with the machine. With a restart policy: that it was started or stopped, as that decides what runs after the next boot |
//! | a volume that has a name, and its removal; a network | file and directory, whoever makes it |
//! | RUN: sockets, locks, leases, events | never, it is gone at reboot |
//!
//! After a removal the disk may still hold what nothing refers to; the next collection removes it.

use std::fs::{File, FileTimes, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::id;
use crate::error::{Context, Kind, Result};

/// What must hold after a power loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The file may be lost with the machine: run-time state, containers that remove themselves.
    Ephemeral,
    /// Once the call returns, the new content survives a power loss.
    Durable,
}

impl Durability {
    /// What must last if it is true.
    pub fn durable_if(durable: bool) -> Self {
        if durable { Self::Durable } else { Self::Ephemeral }
    }
}

/// Names that start with this are unfinished work of a process; whoever finds one whose lock is free may remove it.
pub const TEMPORARY: &str = ".tmp-";

/// The names of what is in a directory, in no order; of one that isn't there, none. Those that are no text are nobody's.
pub fn names_in(dir: &Path) -> Result<Vec<String>> {
    let entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(e).with_context(|| format!("listing {}", dir.display())),
    };
    Ok(entries.flatten().filter_map(|e| e.file_name().into_string().ok()).collect())
}

/// A fresh temporary path next to `target`'s siblings, in the directory `dir`.
pub fn temporary_in(dir: &Path) -> Result<PathBuf> {
    Ok(dir.join(format!("{TEMPORARY}{}", id::random_hex(8)?)))
}

/// Replaces `path` by `content`, mode `0600` less the umask unless the mode is given.
pub fn write(path: &Path, content: &[u8], durability: Durability) -> Result<()> {
    write_mode(path, content, 0o600, durability)
}

/// Replaces `path` by `content` with permission bits `mode`.
pub fn write_mode(path: &Path, content: &[u8], mode: u32, durability: Durability) -> Result<()> {
    let dir = path.parent().unwrap_or(Path::new("."));
    let temporary = temporary_in(dir)?;
    let written = (|| -> std::io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&temporary)?;
        file.write_all(content)?;
        if durability == Durability::Durable {
            file.sync_data()?;
        }
        Ok(())
    })();
    if let Err(error) = written {
        let _ = std::fs::remove_file(&temporary);
        return Err(error).with_context(|| format!("writing {}", path.display()));
    }
    let renamed = rename(&temporary, path, durability);
    if renamed.is_err() {
        // After a rename that worked but could not be flushed there is nothing to remove.
        let _ = std::fs::remove_file(&temporary);
    }
    renamed
}

/// Replaces `path` by the JSON text of `value`.
pub fn write_json<T: Serialize>(path: &Path, value: &T, durability: Durability) -> Result<()> {
    let text = serde_json::to_vec(value).with_context(|| format!("encoding {}", path.display()))?;
    write(path, &text, durability)
}

/// The value in a JSON file. A missing file is [`Kind::NotFound`], a damaged one [`Kind::Corrupt`], both naming it.
pub fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T> {
    match read_json_opt(path)? {
        Some(value) => Ok(value),
        None => Kind::NotFound.err(format!("{} does not exist", path.display())),
    }
}

/// The value in a JSON file, `None` if there is no such file.
pub fn read_json_opt<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let Some(bytes) = read_opt(path)? else { return Ok(None) };
    match serde_json::from_slice(&bytes) {
        Ok(value) => Ok(Some(value)),
        Err(error) => Kind::Corrupt.err(format!("{} is damaged: {error}", path.display())),
    }
}

/// Mode of a directory whose files were not flushed, as it is to be forgotten with the machine: with the sticky bit, which means nothing in
/// a directory that only its owner may write to and costs nothing to set.
pub const EPHEMERAL_DIR: u32 = 0o1711;

/// Whether it is a directory with [`EPHEMERAL_DIR`].
pub fn is_ephemeral(dir: &Path) -> bool {
    dir.symlink_metadata().is_ok_and(|meta| meta.is_dir() && meta.mode() & libc::S_ISVTX != 0)
}

/// The value in a JSON file of a directory, `None` if there is no such file, or if it is damaged and the directory is ephemeral: then
/// it is what a power loss left of something that nobody misses.
pub fn read_json_in<T: DeserializeOwned>(dir: &Path, name: &str) -> Result<Option<T>> {
    match read_json_opt(&dir.join(name)) {
        Err(e) if crate::error::is(&e, Kind::Corrupt) && is_ephemeral(dir) => Ok(None),
        other => other,
    }
}

/// The bytes of a regular file, `None` if there is no such file.
pub fn read_opt(path: &Path) -> Result<Option<Vec<u8>>> {
    match File::open(path).and_then(read_whole) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(e) => Err(e).with_context(|| format!("reading {}", path.display())),
    }
}

/// Most files are small: one system call, where asking for the length and for the end would take three more.
fn read_whole(mut file: File) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; 4096];
    let mut length = 0;
    loop {
        match file.read(&mut bytes[length..]) {
            Ok(n) => length += n,
            Err(e) if e.kind() == ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        }
        if length < bytes.len() {
            // A regular file gives less only at its end.
            bytes.truncate(length);
            return Ok(bytes);
        }
        bytes.resize(length * 2, 0);
    }
}

/// Renames `from` to `to`, replacing it, and makes the change durable when asked.
#[allow(clippy::disallowed_methods)] // the one place that may
pub fn rename(from: &Path, to: &Path, durability: Durability) -> Result<()> {
    std::fs::rename(from, to).with_context(|| format!("renaming {} to {}", from.display(), to.display()))?;
    if durability == Durability::Durable {
        sync_dir(to.parent().unwrap_or(Path::new(".")))?;
    }
    Ok(())
}

/// Exchanges two names of one file system, so that nobody ever finds neither.
pub fn exchange(one: &Path, other: &Path) -> Result<()> {
    let flags = nix::fcntl::RenameFlags::RENAME_EXCHANGE;
    nix::fcntl::renameat2(nix::fcntl::AT_FDCWD, one, nix::fcntl::AT_FDCWD, other, flags)
        .with_context(|| format!("exchanging {} and {}", one.display(), other.display()))
}

/// Flushes a directory, so that the names in it survive a power loss.
pub fn sync_dir(dir: &Path) -> Result<()> {
    File::open(dir).and_then(|d| d.sync_all()).with_context(|| format!("flushing {}", dir.display()))
}

/// Changes a directory's times and nothing else: to whoever watches it something has happened. (Of one time alone inotify(7) says nothing.)
pub fn touch_dir(dir: &Path) -> Result<()> {
    let now = SystemTime::now();
    let touched =
        File::open(dir).and_then(|dir| dir.set_times(FileTimes::new().set_accessed(now).set_modified(now)));
    touched.with_context(|| format!("touching {}", dir.display()))
}

/// Flushes everything of the file system that a directory is on, other programs' files, too: with many files far cheaper than a flush of
/// each.
pub fn sync_file_system(dir: &Path) -> Result<()> {
    let context = || format!("flushing the file system of {}", dir.display());
    nix::unistd::syncfs(File::open(dir).with_context(context)?).with_context(context)
}

/// Makes a directory and its missing parents, each with permission bits `mode` less the umask. One that exists is left as it is.
pub fn make_dirs(dir: &Path, mode: u32) -> Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(dir)
        .with_context(|| format!("making the directory {}", dir.display()))
}

/// Removes a file; one that is gone already is no error.
pub fn remove_file(path: &Path) -> Result<()> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => {
            Err(e).with_context(|| format!("removing {}", path.display()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn replaces_whole_and_leaves_no_temporary() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        write_json(&path, &vec![1, 2, 3], Durability::Durable).unwrap();
        write_json(&path, &vec![4], Durability::Ephemeral).unwrap();
        assert_eq!(read_json::<Vec<u8>>(&path).unwrap(), [4]);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }

    #[test]
    fn damaged_and_missing_files_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.json");
        let missing = read_json::<u8>(&path).unwrap_err();
        assert!(crate::error::is(&missing, Kind::NotFound) && missing.to_string().contains("a.json"));
        write(&path, b"{", Durability::Ephemeral).unwrap();
        let damaged = read_json::<u8>(&path).unwrap_err();
        assert!(crate::error::is(&damaged, Kind::Corrupt) && damaged.to_string().contains("a.json"));
    }

    #[test]
    fn a_failed_write_leaves_the_old_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub");
        std::fs::create_dir_all(path.join("x")).unwrap();
        assert!(write(&path, b"x", Durability::Ephemeral).is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
