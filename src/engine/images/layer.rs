//! One layer: from its source through digest check, decompression and diff-ID check into the blob store and the layer store, in one pass.
//!
//! Three threads at most, joined by bounded channels: one reads, hashes and stores the blob, one decompresses, one unpacks.

use std::fs::File;
use std::io::{BufRead, Read, Write};
use std::path::Path;
use std::process::Stdio;

use flate2::bufread::MultiGzDecoder;

use super::unpack_role::{self, Answer};
use crate::engine::Engine;
use crate::engine::progress::{Event, LayerState, Progress};
use crate::error::{self, Context, Error, Kind, Result};
use crate::image::document::Descriptor;
use crate::image::media::Compression;
use crate::layers::chunks::{ChunkReader, ChunkWriter, chunks};
use crate::layers::store::{Claim, LayerStore, Staged};
use crate::layers::unpack::Summary;
use crate::logging;
use crate::namespaces::{idmap, mapped};
use crate::state::digest::Hasher;
use crate::state::{Digest, Lock, file};

/// Where blobs come from that the store doesn't have.
pub(crate) trait Source: Sync {
    fn open(&self, blob: &Descriptor) -> Result<Box<dyn Read + Send>>;

    /// What a layer is called of which so many of its bytes have come.
    fn under_way(&self, come: u64, size: u64) -> LayerState {
        LayerState::Downloading(come, size)
    }
}

/// Nothing more can be had: everything must be in the store.
pub(crate) struct Nowhere;

impl Source for Nowhere {
    fn open(&self, blob: &Descriptor) -> Result<Box<dyn Read + Send>> {
        Kind::NotFound.err(format!("the blob {} is missing from the image", blob.digest))
    }
}

/// How the diff ID of what is unpacked is made out.
#[derive(Debug, Clone, Copy)]
pub(super) enum Telling<'a> {
    /// By hashing what comes out of the decompression.
    Unpacked,
    /// The caller checks the blob to have this digest: where nothing is compressed, that is the diff ID.
    Blob(&'a Digest),
    /// By the caller, who hashes the blob. It isn't compressed, whatever it begins with.
    Caller,
}

/// What one stage of the pipeline came to: `Stopped` has its reason further down.
enum Stage {
    Done,
    Stopped,
    Failed(Error),
}

impl Engine {
    /// Sees to it that the blob is stored and the layer unpacked, whoever does it.
    pub(crate) fn ensure_layer(
        &self,
        blob: &Descriptor,
        diff_id: &Digest,
        layers: &LayerStore,
        source: &dyn Source,
        progress: &dyn Progress,
    ) -> Result<()> {
        let tell = |state| progress.event(Event::Layer(&blob.digest, state));
        let images = self.images();
        if images.blobs.contains(blob) && layers.contains(diff_id) {
            tell(LayerState::Exists);
            return Ok(());
        }
        let _lock = BlobLock::take(images.dir(), &blob.digest, || tell(LayerState::Waiting))?;
        let have_blob = images.blobs.contains(blob);
        let remover = self.remover();
        let staged = match layers.claim(diff_id, &remover, || tell(LayerState::Waiting))? {
            Claim::Present => None,
            Claim::Mine(staged) => Some(staged),
        };
        match (have_blob, staged) {
            (true, None) => tell(LayerState::Exists),
            (true, Some(staged)) => {
                tell(LayerState::Extracting);
                let file = File::open(images.blobs.path(&blob.digest))?;
                // Checked when it was stored; the diff ID will tell whether it still is what it was.
                self.stream_layer(file, |_| Ok(()), staged)?;
                tell(LayerState::Done);
            }
            (false, staged) => {
                self.fetch_layer(blob, source, staged, progress)?;
                tell(LayerState::Done);
            }
        }
        Ok(())
    }

    /// Unpacks a blob that is stored into a layer that isn't put into place; its diff ID is told, not judged.
    pub(in crate::engine) fn unpack_beside(&self, blob: File, staged: &Staged) -> Result<(Summary, Digest)> {
        let (summary, diff_id) = self.stream(blob, &mut |_| Ok(()), staged, Telling::Unpacked)?;
        Ok((summary, diff_id.unwrap_or_else(|| staged.diff_id().clone())))
    }

    fn fetch_layer(
        &self,
        blob: &Descriptor,
        source: &dyn Source,
        staged: Option<Staged>,
        progress: &dyn Progress,
    ) -> Result<()> {
        let reader = source.open(blob)?;
        let mut writer = self.images().blobs.create(blob.digest.algorithm())?;
        let mut see = |piece: &[u8]| {
            writer.write_all(piece)?;
            progress.event(Event::Layer(&blob.digest, source.under_way(writer.size(), blob.size)));
            Ok(())
        };
        // One more byte than there should be is enough to know.
        let mut reader = reader.take(blob.size.saturating_add(1));
        let Some(staged) = staged else {
            std::io::copy(&mut reader, &mut Seen(&mut see)).map_err(error::from_io)?;
            return writer.finish(Some(&blob.digest)).map(drop);
        };
        let done =
            self.stream(&mut reader, &mut see, &staged, Telling::Blob(&blob.digest)).and_then(|unpacked| {
                writer.finish(Some(&blob.digest))?;
                Ok(unpacked)
            });
        self.conclude(staged, done)
    }

    fn stream_layer(
        &self,
        reader: impl Read + Send,
        mut see: impl FnMut(&[u8]) -> std::io::Result<()> + Send,
        staged: Staged,
    ) -> Result<()> {
        let done = self.stream(reader, &mut see, &staged, Telling::Unpacked);
        self.conclude(staged, done)
    }

    /// Puts the layer into place if it was unpacked and is what it should be, else removes it.
    fn conclude(&self, staged: Staged, done: Result<(Summary, Option<Digest>)>) -> Result<()> {
        let checked = done.and_then(|(summary, diff_id)| match diff_id {
            Some(diff_id) if diff_id != *staged.diff_id() => Kind::Corrupt.err(format!(
                "{staged}: its content has the diff ID {diff_id}: the image's configuration and its layers don't belong together",
            )),
            _ => Ok(summary),
        });
        match checked {
            Ok(summary) => {
                say(&summary);
                staged.publish(summary)
            }
            Err(error) => {
                self.give_up(staged);
                Err(error)
            }
        }
    }

    /// Runs the pipeline; answers what was unpacked, and its diff ID unless the blob's digest is that.
    pub(super) fn stream(
        &self,
        reader: impl Read + Send,
        see: &mut (dyn FnMut(&[u8]) -> std::io::Result<()> + Send),
        staged: &Staged,
        telling: Telling<'_>,
    ) -> Result<(Summary, Option<Digest>)> {
        let hasher = || Hasher::new(staged.diff_id().algorithm());
        std::thread::scope(|scope| {
            let (writer, mut compressed) = chunks(None);
            let fetch = scope.spawn(move || pump(writer, reader, see));
            let start =
                compressed.fill_buf().map(|b| Compression::detect(&b[..b.len().min(Compression::MAGIC)]));
            let Ok(compression) = start else {
                return Err(join(fetch).into_error("reading the layer"));
            };
            let mut stages = vec![fetch];
            let mut through = |decode: Decode, compressed| {
                let (writer, plain) = chunks(Some(hasher()));
                stages.push(scope.spawn(move || decompress(writer, compressed, decode)));
                plain
            };
            let plain = match (compression, telling) {
                (_, Telling::Caller) => compressed,
                (Compression::Plain, Telling::Blob(digest)) if digest == staged.diff_id() => compressed,
                (Compression::Plain, _) => compressed.hashed(hasher()),
                (Compression::Gzip, _) => through(gunzip, compressed),
                (Compression::Zstd, _) => through(unzstd, compressed),
            };
            let unpacked = self.unpack(plain, staged);
            // The first stage that failed has the reason; later ones only noticed.
            for stage in stages.into_iter().map(join) {
                if let Stage::Failed(error) = stage {
                    return Err(error.context(staged.to_string()));
                }
            }
            unpacked
        })
    }

    /// In this process as root; as an ordinary user in one that has the mapped ids.
    /// Also answers the digest of what came out of the stream, if the stream was asked for it.
    fn unpack(&self, mut plain: ChunkReader, staged: &Staged) -> Result<(Summary, Option<Digest>)> {
        if !self.roots.rootless {
            let summary = staged.unpack(&mut plain, unpack_role::options())?;
            return Ok((summary, plain.digest()));
        }
        let mut args = vec![staged.fs_dir().into_os_string()];
        if let Some(owners) = staged.owners() {
            args.push(serde_json::to_string(owners)?.into());
        }
        let mut role = mapped::spawn(unpack_role::UNPACK, &args, |command| {
            command.stdin(Stdio::piped()).stdout(Stdio::piped());
        })?;
        if role.single_id {
            idmap::warn_of_single_id();
        }
        let mut stdin = role.child.stdin.take().expect("piped");
        let copied = loop {
            let n = match plain.fill_buf() {
                Ok([]) => break Ok(()),
                Ok(bytes) => match stdin.write_all(bytes) {
                    Ok(()) => bytes.len(),
                    // It has ended, and says why.
                    Err(_) => break Ok(()),
                },
                Err(e) => break Err(e),
            };
            plain.consume(n);
        };
        if copied.is_err() {
            // What follows is no end of the archive: the role must not take it for one.
            let _ = role.child.kill();
        }
        drop(stdin);
        let output = role.child.wait_with_output().context("waiting for the unpacking process")?;
        copied.context("reading the layer")?;
        let context = || staged.to_string();
        match serde_json::from_slice(&output.stdout) {
            Ok(Answer::Done(summary)) => Ok((summary, plain.digest())),
            Ok(Answer::Corrupt(message)) => Kind::Corrupt.err(message).with_context(context),
            Ok(Answer::Failed(message)) => Err(anyhow::anyhow!(message)).with_context(context),
            Err(_) => Err(anyhow::anyhow!("the unpacking process ended early ({})", output.status))
                .with_context(context),
        }
    }
}

fn pump(
    writer: ChunkWriter,
    reader: impl Read,
    see: &mut (dyn FnMut(&[u8]) -> std::io::Result<()> + Send),
) -> Stage {
    match writer.pump(reader, see) {
        Ok(true) => {
            writer.finish();
            Stage::Done
        }
        Ok(false) => Stage::Stopped,
        Err(error) => Stage::Failed(error::from_io(error)),
    }
}

/// Passes on what a stream is without its compression; whether all of it was wanted.
type Decode = fn(&ChunkWriter, &mut ChunkReader) -> std::io::Result<bool>;

fn gunzip(writer: &ChunkWriter, compressed: &mut ChunkReader) -> std::io::Result<bool> {
    writer.pump(MultiGzDecoder::new(compressed), |_| Ok(()))
}

fn unzstd(writer: &ChunkWriter, compressed: &mut ChunkReader) -> std::io::Result<bool> {
    writer.pump(zstd::Decoder::with_buffer(compressed)?, |_| Ok(()))
}

fn decompress(writer: ChunkWriter, mut compressed: ChunkReader, decode: Decode) -> Stage {
    match decode(&writer, &mut compressed) {
        Ok(true) => {
            // What stands behind the compressed data counts for the blob's digest.
            let rest = std::io::copy(&mut compressed, &mut std::io::sink());
            writer.finish();
            rest.map_or_else(|e| Stage::Failed(e.into()), |_| Stage::Done)
        }
        Ok(false) => Stage::Stopped,
        Err(error) => Stage::Failed(Kind::Corrupt.error(format!("decompressing it: {error}"))),
    }
}

impl Stage {
    fn into_error(self, doing: &str) -> Error {
        match self {
            Self::Failed(error) => error,
            Self::Done | Self::Stopped => anyhow::anyhow!("{doing} failed"),
        }
    }
}

fn join(handle: std::thread::ScopedJoinHandle<'_, Stage>) -> Stage {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Shows what is copied.
struct Seen<'a>(&'a mut (dyn FnMut(&[u8]) -> std::io::Result<()> + Send));

impl Write for Seen<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        (self.0)(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a layer lost on its way, once. (That owners are flattened is said where the ids are mapped.)
pub(super) fn say(summary: &Summary) {
    if summary.skipped_devices {
        logging::warn_once("device nodes of the image were left out: an ordinary user can't make them");
    }
    if summary.lost_xattrs {
        logging::warn_once("some extended attributes of the image could not be set");
    }
}

/// One process at a time fetches a blob; a killed one blocks nobody.
struct BlobLock {
    _lock: Lock,
    path: std::path::PathBuf,
}

impl BlobLock {
    fn take(images: &Path, digest: &Digest, waiting: impl FnOnce()) -> Result<Self> {
        let dir = images.join("blobs");
        file::make_dirs(&dir, 0o755)?;
        let path = dir.join(format!("{}lock-{}", file::TEMPORARY, digest.hex()));
        let lock = if let Some(lock) = Lock::try_exclusive(&path)? {
            lock
        } else {
            waiting();
            Lock::exclusive(&path)?
        };
        Ok(Self { _lock: lock, path })
    }
}

impl Drop for BlobLock {
    fn drop(&mut self) {
        // While it is held: whoever waits for it notices.
        let _ = file::remove_file(&self.path);
    }
}
