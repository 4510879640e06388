//! The processes of a container.

use crate::cgroups::Cgroup;
use crate::container::{ContainerDir, ContainerState};
use crate::engine::Engine;
use crate::error::{Context, Result};
use crate::monitor::external::Operation;
use crate::monitor::{self, protocol};
pub use crate::state::process_table::{self, ProcessTable};

impl Engine {
    /// The table for `columns` (names of `ps -o`), or docker's usual one.
    pub fn top(&self, wanted: &str, columns: &[String]) -> Result<ProcessTable> {
        let (dir, state) = self.require_running(wanted)?;
        let config = dir.config()?;
        let pids = match (&config.runtime, &state.cgroup) {
            (Some(_), Some(_)) => pids_by_runtime(&dir)?,
            // Without a cgroup no runtime knows them.
            _ => pids(&state)?,
        };
        let table = ProcessTable::read(&pids, columns)?;
        self.tell(&config, "top");
        Ok(table)
    }
}

fn pids_by_runtime(dir: &ContainerDir) -> Result<Vec<i32>> {
    let answer = protocol::operate(&monitor::connect(dir)?, Operation::Processes)?;
    serde_json::from_str(&answer).context("the runtime's list of processes")
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
