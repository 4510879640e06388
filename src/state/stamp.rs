//! Whether a state file, or all files of a directory, are still those that were read: what a process keeps of files between two looks is checked by this.

use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::error::{Context, Result};

/// What stood at a path.
///
/// - Of a file: which one it was. A state file is never written to, only replaced by another ([`super::file`]), so the same file has the
///   same content.
/// - Of a directory: also that no entry has come, gone or been replaced since, each of which changes its times. What is in directories
///   below it is another matter.
///
/// At the moment of a replacement both files are there, so their inode numbers differ. A third may get the number of the first, but it is
/// made, as every change of a directory is, after the first was looked at, and its times say so. But file systems count time in ticks, and
/// two changes may come within one: see [`Self::is_settled`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
    modified: (i64, i64),
}

/// Longer than a tick of any kernel, and than its clock for files lags behind the one that we ask.
const TICK: Duration = Duration::from_millis(50);

impl Stamp {
    /// Of the file at a path, `None` if there is none.
    pub fn of(path: &Path) -> Result<Option<Self>> {
        match path.symlink_metadata() {
            Ok(meta) => Ok(Some(Self::new(&meta))),
            Err(e) if matches!(e.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(e) => Err(e).with_context(|| format!("looking at {}", path.display())),
        }
    }

    fn new(meta: &Metadata) -> Self {
        Self {
            device: meta.dev(),
            inode: meta.ino(),
            size: meta.size(),
            changed: (meta.ctime(), meta.ctime_nsec()),
            modified: (meta.mtime(), meta.mtime_nsec()),
        }
    }

    /// Whether nothing later can have the same stamp: it was looked at when it was `now` or later, and has been as it is for longer than a
    /// tick. What is younger is to be read again the next time.
    pub fn is_settled(&self, now: SystemTime) -> bool {
        let (seconds, nanoseconds) = self.changed;
        let (Ok(seconds), Ok(nanoseconds)) = (u64::try_from(seconds), u32::try_from(nanoseconds)) else {
            return false;
        };
        let changed = UNIX_EPOCH + Duration::new(seconds, nanoseconds);
        now.duration_since(changed).is_ok_and(|age| age > TICK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::file::{self, Durability};

    #[test]
    fn a_file_that_replaces_another_has_another_stamp() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        assert_eq!(Stamp::of(&path).unwrap(), None);
        let mut last = None;
        // Of one length, as fast as can be: the times may be the same.
        for content in [b"1", b"2"].into_iter().cycle().take(1000) {
            file::write(&path, content, Durability::Ephemeral).unwrap();
            let stamp = Stamp::of(&path).unwrap();
            assert!(stamp.is_some() && stamp != last);
            last = stamp;
        }
    }

    #[test]
    fn what_is_settled_is_never_taken_for_a_later_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        for _ in 0..3 {
            file::write(&path, b"1", Durability::Ephemeral).unwrap();
            let first = Stamp::of(&path).unwrap().unwrap();
            while !first.is_settled(SystemTime::now()) {
                std::thread::yield_now();
            }
            // So often that its inode number is given to others, none of which is looked at in between.
            for round in 0..300 {
                for _ in 0..=round % 3 {
                    file::write(&path, b"2", Durability::Ephemeral).unwrap();
                }
                assert_ne!(Stamp::of(&path).unwrap(), Some(first));
            }
        }
    }

    #[test]
    fn a_young_file_is_not_settled() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        file::write(&path, b"1", Durability::Ephemeral).unwrap();
        let stamp = Stamp::of(&path).unwrap().unwrap();
        let (seconds, nanoseconds) = stamp.changed;
        let changed = UNIX_EPOCH + Duration::new(seconds as u64, nanoseconds as u32);
        assert!(!stamp.is_settled(changed));
        assert!(!stamp.is_settled(changed + TICK));
        assert!(stamp.is_settled(changed + TICK + Duration::from_millis(1)));
        // The clock was set back.
        assert!(!stamp.is_settled(changed - Duration::from_secs(10)));
    }
}
