//! The containers whose namespaces another one joins (`--pid container:NAME`, `--ipc container:NAME`, `--network container:NAME`). They are looked up at every start:
//! what is joined is what runs then.

use std::path::PathBuf;

use oci_spec::runtime::LinuxNamespaceType;

use crate::container::config::{ContainerConfig, IpcMode, NamespaceMode};
use crate::container::{ContainerStore, Status};
use crate::error::{Context, Kind, Result};
use crate::netns::NetworkMode;
use crate::state::process::ProcessIdentity;
use crate::state::{ContainerId, Roots};

/// First processes of other containers.
#[derive(Debug, Default)]
pub struct Joined {
    pid: Option<Target>,
    ipc: Option<Target>,
    network: Option<Target>,
    /// A network namespace that somebody else has made.
    network_path: Option<PathBuf>,
    /// Both are of a user namespace, which this container joins, too.
    user: Option<i32>,
}

#[derive(Debug)]
struct Target {
    id: ContainerId,
    process: ProcessIdentity,
    /// `CLONE_NEW…` flags of the namespaces that it does not share with the host.
    namespaces: i32,
}

impl Joined {
    pub fn find(roots: &Roots, config: &ContainerConfig) -> Result<Self> {
        let mut joined = Self::default();
        if let NamespaceMode::Container(id) = &config.namespaces.pid {
            joined.pid = Some(target(roots, id, "join the PID namespace")?);
        }
        if let IpcMode::Container(id) = &config.namespaces.ipc {
            joined.ipc = Some(target(roots, id, "join IPC")?);
            check_shareable(roots, id)?;
        }
        match &config.network {
            NetworkMode::Container(id) => joined.network = Some(target(roots, id, "join network")?),
            NetworkMode::Path(path) => joined.network_path = Some(path.clone()),
            NetworkMode::None | NetworkMode::Host | NetworkMode::Program(_) | NetworkMode::Networks(_) => {}
        }
        joined.user = joined.user_namespace(roots, config)?;
        Ok(joined)
    }

    /// The user namespace that the others belong to, where it is not the host's.
    fn user_namespace(&self, roots: &Roots, config: &ContainerConfig) -> Result<Option<i32>> {
        let mut found: Option<&Target> = None;
        for target in self.targets().filter(|t| t.namespaces & libc::CLONE_NEWUSER != 0) {
            if !roots.rootless || config.id_mapping.is_some() {
                // They belong to its user namespace; a process is in one only, and this container's is to have its own mapping.
                return Kind::Unsupported.err(format!(
                    "container {} has a user namespace of its own: its namespaces can't be shared with this one, whose ids are mapped in another",
                    target.id
                ));
            }
            if let Some(other) = found.filter(|other| other.id != target.id) {
                return Kind::Unsupported.err(format!(
                    "containers {} and {} have a user namespace each: one container can't join namespaces of both",
                    other.id, target.id
                ));
            }
            found = Some(target);
        }
        Ok(found.map(|t| t.process.pid))
    }

    fn targets(&self) -> impl Iterator<Item = &Target> {
        self.pid.iter().chain(&self.ipc).chain(&self.network)
    }

    /// As the Spec names them.
    pub fn namespaces(&self) -> Vec<(LinuxNamespaceType, PathBuf)> {
        let path = |pid: i32, name: &str| PathBuf::from(format!("/proc/{pid}/ns/{name}"));
        let mut all = Vec::new();
        all.extend(self.pid.iter().map(|t| (LinuxNamespaceType::Pid, path(t.process.pid, "pid"))));
        all.extend(self.ipc.iter().map(|t| (LinuxNamespaceType::Ipc, path(t.process.pid, "ipc"))));
        let network = self.network.as_ref().map(|t| path(t.process.pid, "net"));
        all.extend(network.or_else(|| self.network_path.clone()).map(|p| (LinuxNamespaceType::Network, p)));
        all.extend(self.user.map(|pid| (LinuxNamespaceType::User, path(pid, "user"))));
        all
    }

    /// The root of the container whose IPC namespace is joined.
    pub fn ipc_root(&self) -> Option<PathBuf> {
        self.ipc.as_ref().map(|t| PathBuf::from(format!("/proc/{}/root", t.process.pid)))
    }

    /// To be called when all are joined: one that still lives was the one that its pid meant all the time.
    pub fn check(&self) -> Result<()> {
        match self.targets().find(|t| !t.process.is_alive()) {
            Some(target) => Kind::Conflict
                .err(format!("container {} has ended while its namespaces were to be joined", target.id)),
            None => Ok(()),
        }
    }
}

fn target(roots: &Roots, id: &ContainerId, what: &str) -> Result<Target> {
    let failed = || format!("can't {what} of container {id}");
    let state = ContainerStore::new(roots).dir(id).recorded_state().with_context(failed)?;
    match state.init.filter(|p| state.status == Status::Running && p.is_alive()) {
        Some(process) => Ok(Target { id: id.clone(), process, namespaces: state.namespaces }),
        None => Kind::Conflict.err(format!("{}: container {id} is not running", failed())),
    }
}

/// In docker's words.
fn check_shareable(roots: &Roots, id: &ContainerId) -> Result<()> {
    let failed = || format!("can't join IPC of container {id}");
    match ContainerStore::new(roots).dir(id).config().with_context(failed)?.namespaces.ipc {
        IpcMode::Shareable | IpcMode::Host => Ok(()),
        _ => Kind::Conflict.err(format!(
            "{}: non-shareable IPC (hint: use IpcMode:shareable for the donor container)",
            failed()
        )),
    }
}
