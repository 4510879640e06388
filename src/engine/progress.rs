//! What an operation tells while it runs. The command line draws it, the API sends it, tests ignore it.

use crate::state::Digest;

/// Something that happened.
#[derive(Debug)]
pub enum Event<'a> {
    /// A line for the user.
    Notice(&'a str),
    /// How far a layer is; the digest is that of its blob.
    Layer(&'a Digest, LayerState),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LayerState {
    /// It will be fetched.
    Pending,
    /// Nothing is to be done.
    Exists,
    /// Another process works on it.
    Waiting,
    /// Bytes of the compressed layer so far, and in all.
    Downloading(u64, u64),
    /// The same of one that is read from an archive.
    Loading(u64, u64),
    /// From the store's own blob.
    Extracting,
    Done,
    /// It will be sent.
    Preparing,
    /// Bytes of the compressed layer that are sent, and in all.
    Uploading(u64, u64),
    /// The registry has it already.
    Remote,
    Uploaded,
}

/// Who is told. Called from several threads.
pub trait Progress: Sync {
    fn event(&self, event: Event<'_>);

    /// Something that is no failure, and may not be what was meant.
    fn warn(&self, text: &str) {
        log::warn!("{text}");
    }
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn event(&self, _event: Event<'_>) {}
}
