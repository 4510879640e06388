//! Files in and out of containers: archives of them, what was changed, and whole root file systems.
//!
//! The work is done by a role of the binary ([`role`]) that has the container's ids and opens its root by descriptor; this side finds the
//! container, keeps it from being started meanwhile, and passes streams on.

mod archive;
mod changes;
mod copy;
mod mount;
pub mod names;
mod place;
pub(crate) mod role;
mod stat;
mod streams;
mod volume;

pub use crate::layers::changes::{Change, ChangeKind};
pub use archive::{PutOptions, Putting};
pub use copy::{CopyOptions, InContainer};
pub use mount::Mounted;
pub(crate) use place::wait_for_files;
pub(crate) use role::Work;
pub use stat::PathStat;
pub use streams::{GetStream, PutStream};
pub(in crate::engine) use volume::VolumeFiles;

use crate::engine::Engine;
use crate::error::Result;

impl Engine {
    /// Starts the role for work on layers that answers with a stream.
    pub(crate) fn layer_stream(work: &Work) -> Result<GetStream> {
        GetStream::new(streams::Running::on_layers(work, streams::Streams::Out)?)
    }
}
