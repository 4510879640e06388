//! The name servers that the networks of a container name, as their files have them now.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use super::super::network::Network;
use super::super::seen::Seen;
use crate::state::file;

#[derive(Debug, Default)]
pub struct Servers {
    networks: Vec<Seen<Vec<IpAddr>>>,
}

impl Servers {
    /// Those of the networks that these files tell of.
    pub fn of(files: impl Iterator<Item = PathBuf>) -> Self {
        Self { networks: files.map(Seen::new).collect() }
    }

    /// In the order of the networks.
    pub fn now(&mut self) -> Vec<IpAddr> {
        let mut all: Vec<IpAddr> = Vec::new();
        for network in &mut self.networks {
            for server in network.refresh(read) {
                if !all.contains(server) {
                    all.push(*server);
                }
            }
        }
        all
    }
}

fn read(path: &Path) -> Vec<IpAddr> {
    // One that is gone by now has none.
    file::read_json_opt::<Network>(path).ok().flatten().map(|n| n.dns_servers).unwrap_or_default()
}
