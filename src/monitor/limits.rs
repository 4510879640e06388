//! New limits for a container that runs (`update`). The monitor sets them: it knows the container's cgroups, and is the only one to write
//! down what becomes of them.

use oci_spec::runtime::LinuxResources;

use super::protocol::{self, Event};
use crate::cgroups::Cgroup;
use crate::container::config::RestartPolicy;
use crate::container::{ContainerDir, ContainerState};
use crate::error::{Kind, Result};

/// Sets the limits, and writes down where the container's cgroups are now; the answer for the client.
pub fn update(
    cgroup: Option<&mut Cgroup>,
    resources: &LinuxResources,
    dir: &ContainerDir,
    state: &mut ContainerState,
) -> Event {
    match apply(cgroup, resources, dir, state) {
        Ok(()) => Event::Updated,
        Err(error) => protocol::failed(&error),
    }
}

fn apply(
    cgroup: Option<&mut Cgroup>,
    resources: &LinuxResources,
    dir: &ContainerDir,
    state: &mut ContainerState,
) -> Result<()> {
    let Some(cgroup) = cgroup else {
        return Kind::Unsupported
            .err("the container has no cgroup: this user can't have one here, see `dhow doctor`");
    };
    let applied = cgroup.apply(resources);
    // Also after a failure: what was joined until then has to be left again.
    if state.cgroup.as_ref() != Some(cgroup.saved()) {
        state.cgroup = Some(cgroup.saved().clone());
        // Where it is means nothing after a reboot.
        dir.write_state(state, RestartPolicy::No)?;
    }
    applied
}
