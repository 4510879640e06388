//! Operations on containers.

mod attach;
mod create;
mod exec;
mod inspect;
mod kill;
mod list;
mod logs;
mod remove;
mod start;
mod status;
mod top;

pub use attach::{AttachStreams, Attached};
pub use create::CreateRequest;
pub use exec::ExecRequest;
pub use inspect::inspect_json;
pub use kill::parse_signal;
pub use list::{ContainerFilter, ContainerSummary};
pub use logs::LogsRequest;
pub use remove::RemoveRequest;
pub use top::ProcessTable;

use super::Engine;
use crate::container::ContainerStore;

impl Engine {
    pub(crate) fn containers(&self) -> ContainerStore {
        ContainerStore::new(&self.roots)
    }
}
