//! A container's network that another program makes, while the container is made.

use std::cell::OnceCell;
use std::path::Path;

use crate::container::{ContainerConfig, ContainerDir};
use crate::error::Result;
use crate::netns::{Binding, NetworkMode, ProgramNetwork, Working};

pub struct Outside<'a> {
    network: &'a ProgramNetwork,
    bindings: Vec<Binding>,
    run: &'a Path,
    /// Whether the container has a user namespace.
    user: bool,
    working: OnceCell<Working>,
}

impl<'a> Outside<'a> {
    /// With the ports found, and written down.
    pub fn plan(dir: &'a ContainerDir, config: &'a ContainerConfig) -> Result<Option<Self>> {
        let NetworkMode::Program(network) = &config.network else { return Ok(None) };
        let bindings = network.reserve(&config.networking.published, &dir.run)?;
        let user = config.id_mapping.is_some() || !nix::unistd::geteuid().is_root();
        Ok(Some(Self { network, bindings, run: &dir.run, user, working: OnceCell::new() }))
    }

    /// Makes it for the container whose first process is `pid`.
    pub fn start(&self, pid: i32) -> Result<()> {
        let working = self.network.start(pid, self.user, &self.bindings, self.run)?;
        let _ = self.working.set(working);
        Ok(())
    }

    /// The program, if it was started.
    pub fn into_working(self) -> Option<Working> {
        self.working.into_inner()
    }
}
