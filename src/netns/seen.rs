//! What was read last of a file or directory that other processes change, and is read again only after that. An inotify instance would be simpler,
//! but a user has no more than 128 of them.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Older kernels' time stamps stand still for up to 10 ms: what has just been changed they don't tell from a further change.
const RECENT: Duration = Duration::from_millis(50);

#[derive(Debug)]
pub struct Seen<T> {
    path: PathBuf,
    /// The inode, as files are replaced, and the time stamp.
    modified: Option<(u64, SystemTime)>,
    content: T,
}

impl<T: Default> Seen<T> {
    pub fn new(path: PathBuf) -> Self {
        Self { path, modified: None, content: T::default() }
    }

    /// The content as it is now.
    pub fn refresh(&mut self, read: impl FnOnce(&Path) -> T) -> &T {
        let found = std::fs::metadata(&self.path).and_then(|m| Ok((m.ino(), m.modified()?))).ok();
        if found.is_none() || found != self.modified {
            self.content = read(&self.path);
            let is_old =
                |at: &SystemTime| SystemTime::now().duration_since(*at).is_ok_and(|age| age > RECENT);
            self.modified = found.filter(|(_, at)| is_old(at));
        }
        &self.content
    }
}
