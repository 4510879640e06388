//! The processes of a container.

use crate::cgroups::Cgroup;
use crate::container::ContainerState;
use crate::engine::Engine;
use crate::error::{Context, Result};
pub use crate::state::process_table::ProcessTable;

impl Engine {
    /// The table for `columns` (names of `ps -o`), or docker's usual one.
    pub fn top(&self, wanted: &str, columns: &[String]) -> Result<ProcessTable> {
        let (_, state) = self.require_running(wanted)?;
        ProcessTable::read(&pids(&state)?, columns)
    }
}

/// By cgroup where there is one, else by pid namespace.
fn pids(state: &ContainerState) -> Result<Vec<i32>> {
    let init = state.init.context("the container's state has no process")?;
    let mut pids = if let Some(saved) = &state.cgroup {
        Cgroup::reopen(saved)?.pids()?
    } else {
        let namespace = |pid: i32| std::fs::read_link(format!("/proc/{pid}/ns/pid")).ok();
        let wanted = namespace(init.pid);
        let all = std::fs::read_dir("/proc").context("reading /proc")?.flatten();
        let all = all.filter_map(|e| e.file_name().to_str()?.parse::<i32>().ok());
        all.filter(|pid| *pid == init.pid || (wanted.is_some() && namespace(*pid) == wanted)).collect()
    };
    pids.sort_unstable();
    Ok(pids)
}
