//! Calls about containers.

mod attach;
mod create;
mod create_host;
mod create_mounts;
mod create_versions;
mod files;
mod lifecycle;
mod list;
mod logs;
mod stats;

pub use attach::{Waiting, attach, attach_web_socket, resize, size as terminal_size};
pub use create::EndpointBody;
pub use create::create;
pub use files::{archive_get, archive_put, archive_stat, changes, commit, export};
pub use lifecycle::{kill, pause, prune, remove, rename, restart, start, stop, top, unpause, update, wait};
pub(super) use list::summary;
pub use list::{inspect, list, recall_inspect};
pub use logs::{logs, time as log_time};
pub use stats::stats;
