//! Operations on all that a root holds.

mod sizes;
mod usage;

pub(crate) use sizes::{SIZES, sizes_role};
pub use usage::{ContainerUsage, DiskUsage, ImageUsage, ImagesUsage, UsageParts, VolumeUsage};
