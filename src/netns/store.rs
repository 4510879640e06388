//! Where networks are kept: `networks/<name>.json` for what they are, `networks/<id>/` below the run-time root for what is in force.

use std::io::ErrorKind;
use std::net::IpAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use ipnet::IpNet;

use super::ipam::Leases;
use super::members::Members;
use super::network::{Driver, Network};
use super::pool::AddressPool;
use super::private::{Keeping, has_threads};
use super::request::{NetworkRequest, check_name};
use super::{link, parent};
use crate::error::{Context, Kind, Result};
use crate::state::file::{self, Durability};
use crate::state::{Lock, Roots, id};

/// The network that exists without being made. Its other name is `dhow`.
pub const DEFAULT: &str = "bridge";
/// Names that are taken by modes.
const MODES: [&str; 6] = ["none", "host", "default", "container", "ns", "dhow"];

#[derive(Debug, Clone)]
pub struct NetworkStore {
    networks: PathBuf,
    run: PathBuf,
    containers: PathBuf,
    default_interface: Option<&'static str>,
    pools: Vec<AddressPool>,
    keeping: Option<Keeping>,
}

impl NetworkStore {
    pub fn new(roots: &Roots) -> Self {
        Self {
            networks: roots.root.join("networks"),
            run: roots.runroot.join("networks"),
            containers: roots.run_containers(),
            // Only one of several roots on a host can have the bridge of this name.
            default_interface: roots.is_default().then_some("dhow0"),
            pools: Vec::new(),
            keeping: roots.rootless.then(|| Keeping::at(roots)),
        }
    }

    /// Where an ordinary user's networks are in force; root's are in the host's network namespace.
    pub fn keeping(&self) -> Option<&Keeping> {
        self.keeping.as_ref()
    }

    /// Runs the steps in the network namespace in which networks are in force, if there is one.
    pub fn inside(&self, steps: impl FnOnce() -> Result<()>) -> Result<()> {
        self.inside_for(|| steps().map(|()| Vec::new())).map(drop)
    }

    /// The same for the descriptors that the steps answer; none where there is no such namespace.
    pub fn inside_for(&self, steps: impl FnOnce() -> Result<Vec<OwnedFd>>) -> Result<Vec<OwnedFd>> {
        let Some(keeping) = &self.keeping else { return steps() };
        match keeping.find()? {
            // A fork of a process with threads has the locks of those that it has not: see `Step`.
            Some(_) if has_threads() => Kind::Unsupported
                .err("a process with several threads can't enter this user's network namespace"),
            Some(private) => private.run(steps),
            None => Ok(Vec::new()),
        }
    }

    /// With ranges to take subnets from instead of the usual ones.
    #[must_use]
    pub fn with_pools(self, pools: &[AddressPool]) -> Self {
        Self { pools: pools.to_vec(), ..self }
    }

    /// The network of this name, or whose id begins like this.
    pub fn find(&self, wanted: &str) -> Result<Network> {
        let wanted = if wanted == "dhow" { DEFAULT } else { wanted };
        // Before a network that somebody has named like another's id.
        if wanted.len() == 64
            && wanted.bytes().all(|b| b.is_ascii_hexdigit())
            && let Some(network) = self.list()?.into_iter().find(|n| n.id == wanted)
        {
            return Ok(network);
        }
        if check_name(wanted).is_ok()
            && let Some(network) = file::read_json_opt(&self.path(wanted))?
        {
            return Ok(network);
        }
        if wanted == DEFAULT {
            return self.make_default();
        }
        let mut found = self.list()?;
        found.retain(|n| wanted.len() >= 3 && n.id.starts_with(wanted));
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Kind::NotFound.err(format!("network {wanted} not found")),
            _ => Kind::Invalid
                .err(format!("network {wanted} is ambiguous: {} networks have such an id", found.len())),
        }
    }

    /// All that have been made, by name.
    pub fn list(&self) -> Result<Vec<Network>> {
        let entries = match std::fs::read_dir(&self.networks) {
            Ok(entries) => entries,
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(e).with_context(|| format!("listing {}", self.networks.display())),
        };
        let mut found = Vec::new();
        for entry in entries.flatten() {
            let path = entry.path();
            // One that is being removed by somebody else is none.
            if path.extension().is_some_and(|e| e == "json")
                && let Some(network) = file::read_json_opt::<Network>(&path)?
            {
                found.push(network);
            }
        }
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    /// Makes a network.
    pub fn create(&self, request: NetworkRequest) -> Result<Network> {
        check_name(&request.name)?;
        if MODES.contains(&request.name.as_str()) || request.name == DEFAULT {
            return Kind::Forbidden
                .err(format!("operation is not permitted on predefined {} network", request.name));
        }
        let _lock = self.lock()?;
        if self.path(&request.name).exists() {
            return Kind::Conflict.err(format!("network with name {} already exists", request.name));
        }
        self.resolve(request)
    }

    fn resolve(&self, request: NetworkRequest) -> Result<Network> {
        let others = self.list()?;
        let mut taken: Vec<IpNet> = others.iter().flat_map(|n| n.subnets.iter().map(|s| s.subnet)).collect();
        // On the parent's network the host has an address, too.
        if request.driver == Driver::Bridge || request.subnets.is_empty() {
            taken.extend(link::routes()?);
        }
        let network = request.resolve(id::random_hex(32)?, &self.pools, &taken)?;
        others.iter().try_for_each(|other| parent::check_beside(&network, other))?;
        parent::check(&network, self.keeping.is_some())?;
        self.write(&network)?;
        Ok(network)
    }

    fn make_default(&self) -> Result<Network> {
        let _lock = self.lock()?;
        if let Some(network) = file::read_json_opt(&self.path(DEFAULT))? {
            return Ok(network);
        }
        // Containers on it don't resolve one another's names, as with docker.
        let request = NetworkRequest {
            name: DEFAULT.into(),
            interface: self.default_interface.map(Into::into),
            disable_dns: true,
            ..NetworkRequest::default()
        };
        self.resolve(request)
    }

    /// Changes whom containers on a network ask for names that nobody there has; those that run notice.
    pub fn change_servers(&self, wanted: &str, add: &[IpAddr], drop: &[IpAddr]) -> Result<Network> {
        // The default network may have to be made, which takes the lock.
        let wanted = self.find(wanted)?.name;
        let _lock = self.lock()?;
        let mut network = self.find(&wanted)?;
        if !network.dns {
            return Kind::Invalid.err(format!(
                "network {}: its containers don't resolve names by it: it has no name servers",
                network.name
            ));
        }
        if let Some(unknown) = drop.iter().find(|d| !network.dns_servers.contains(d)) {
            return Kind::NotFound.err(format!("network {} has no name server {unknown}", network.name));
        }
        network.dns_servers.retain(|server| !drop.contains(server));
        for server in add {
            if !network.dns_servers.contains(server) {
                network.dns_servers.push(*server);
            }
        }
        self.write(&network)?;
        Ok(network)
    }

    /// Writes down what a network is. The caller holds the lock.
    pub fn write(&self, network: &Network) -> Result<()> {
        file::write_json(&self.path(&network.name), network, Durability::Durable)
    }

    /// Somebody may have removed it since it was found. The caller holds the lock.
    pub fn check_exists(&self, network: &Network) -> Result<()> {
        match file::read_json_opt::<Network>(&self.path(&network.name))? {
            Some(found) if found.id == network.id => Ok(()),
            _ => Kind::NotFound.err(format!("network {} not found", network.name)),
        }
    }

    /// Forgets a network that nobody uses.
    pub fn remove(&self, network: &Network) -> Result<()> {
        file::remove_file(&self.path(&network.name))?;
        file::sync_dir(&self.networks)?;
        match std::fs::remove_dir_all(self.run_dir(network)) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                Err(e).with_context(|| format!("removing {}", self.run_dir(network).display()))
            }
            _ => Ok(()),
        }
    }

    /// Held while networks are made and removed, and while what they need on the host is.
    pub fn lock(&self) -> Result<Lock> {
        file::make_dirs(&self.networks, 0o700)?;
        Lock::exclusive(&self.networks.join(".lock"))
    }

    /// Held while the rules are made from all containers' records: nobody's record changes meanwhile. Taken after [`Self::lock`].
    pub fn lock_records(&self) -> Result<Lock> {
        Lock::exclusive(&self.records()?)
    }

    /// Held while elements go and the record that has them is changed. Many may hold it.
    pub fn lock_record(&self) -> Result<Lock> {
        Lock::shared(&self.records()?)
    }

    fn records(&self) -> Result<PathBuf> {
        Ok(self.rules()?.join("records"))
    }

    /// The file that whoever keeps the rules in force has claimed.
    pub fn upkeep(&self) -> Result<PathBuf> {
        Ok(self.rules()?.join("upkeep"))
    }

    fn rules(&self) -> Result<PathBuf> {
        let dir = self.run.with_file_name("rules");
        file::make_dirs(&dir, 0o700)?;
        Ok(dir)
    }

    pub fn leases(&self, network: &str) -> Leases {
        Leases::at(self.run.join(network).join("leases"), self.containers.clone())
    }

    pub fn members(&self, network: &str) -> Members {
        Members::at(self.run.join(network).join("members"))
    }

    /// The run-time directories of containers, with their records.
    pub fn containers(&self) -> &Path {
        &self.containers
    }

    /// What is in force of networks, a directory each, by their ids.
    pub fn run_dirs(&self) -> &Path {
        &self.run
    }

    /// What is in force of a network.
    pub fn run_dir(&self, network: &Network) -> PathBuf {
        self.run.join(&network.id)
    }

    /// What the network of this name is.
    pub fn path(&self, name: &str) -> PathBuf {
        self.networks.join(format!("{name}.json"))
    }
}

/// Whether a name stands for a mode or a network that can't be removed.
pub fn is_predefined(name: &str) -> bool {
    name == DEFAULT || MODES.contains(&name)
}
