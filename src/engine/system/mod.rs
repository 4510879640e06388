//! Operations on all that a root holds.

mod check;
mod migrate;
mod reset;
mod sizes;
mod usage;

pub(crate) use check::{COMPARE, compare_role};
pub use check::{CheckReport, CheckRequest, Finding};
pub(in crate::engine) use migrate::check_version;
pub(crate) use sizes::{SIZES, sizes_role};
pub use usage::{ContainerUsage, DiskUsage, ImageUsage, ImagesUsage, UsageParts, VolumeUsage};
