//! Volumes, and what containers mount: the store of volumes, and what `--volume`, `--mount` and `--tmpfs` mean.
//!
//! Owns ROOT/volumes. Knows nothing of containers: who uses a volume is for [`crate::container::volumes`] to find out. Nothing here mounts.

pub mod driver;
mod flag;
mod mount_flag;
pub mod point;
pub mod propagation;
pub mod server;
mod store;
mod tmpfs;

pub use driver::DriverOptions;
pub use mount_flag::parse as parse_mount;
pub use point::{Given, MountPoint, MountSource, Readonly, Recursion, Relabel};
pub use store::{Claimed, Volume, VolumeLock, VolumeStore, check_name};
pub use tmpfs::TmpfsMount;
