//! Has files written to the disk while others are still being unpacked, so that the flush at a layer's end finds little left to do.
//!
//! It is a hint and no promise: nothing waits for the disk, no error is told. What makes a layer durable is the flush of its file system
//! before it gets its name (`layers::store`).

use std::fs::File;
use std::os::fd::AsFd;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use crate::sys::fd;

/// Files that wait, open, for the thread: where it doesn't follow, the files are left to the flush.
const DEPTH: usize = 64;
/// Bytes of a file that is worth it. In a Debian system, the 7 % of the files that are larger have 87 % of the bytes. A pull of it takes 5 %
/// longer with all files, and 8 % longer with none.
const WORTH: u64 = 64 << 10;

/// A thread of its own, as beginning to write makes the caller wait where the disk has enough to do.
pub struct WriteBack {
    files: Option<SyncSender<File>>,
    thread: Option<JoinHandle<()>>,
}

impl WriteBack {
    pub fn new() -> Self {
        let (files, finished) = sync_channel::<File>(DEPTH);
        let thread = std::thread::Builder::new().name("write-back".to_string()).spawn(move || {
            for file in finished {
                fd::start_write_back(file.as_fd(), 0, 0);
            }
        });
        // No thread, no hints.
        thread.map_or(Self { files: None, thread: None }, |thread| Self {
            files: Some(files),
            thread: Some(thread),
        })
    }

    /// Takes a file of `size` bytes to which nothing more will be written.
    pub fn finished(&self, file: File, size: u64) {
        if let Some(files) = self.files.as_ref().filter(|_| size >= WORTH) {
            let _ = files.try_send(file);
        }
    }
}

impl Drop for WriteBack {
    fn drop(&mut self) {
        self.files = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
