//! Who has which address: one file an address, named by it, with the id of its container inside. That two processes can't create the same
//! file is what keeps an address from being given twice.

use std::io::{ErrorKind, Write};
use std::net::IpAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use ipnet::IpNet;

use super::network::Subnet;
use crate::error::{Context, Kind, Result};
use crate::state::{ContainerId, Lock, file};

/// The address that lies `n` after this one.
pub fn offset(address: IpAddr, n: u128) -> IpAddr {
    match address {
        IpAddr::V4(four) => IpAddr::V4(u32::from(four).wrapping_add(n as u32).into()),
        IpAddr::V6(six) => IpAddr::V6(u128::from(six).wrapping_add(n).into()),
    }
}

fn distance(from: IpAddr, to: IpAddr) -> u128 {
    match (from, to) {
        (IpAddr::V4(a), IpAddr::V4(b)) => u32::from(b).wrapping_sub(u32::from(a)).into(),
        (IpAddr::V6(a), IpAddr::V6(b)) => u128::from(b).wrapping_sub(u128::from(a)),
        _ => 0,
    }
}

/// How many addresses a prefix has; the largest number for more than that.
fn size(net: &IpNet) -> u128 {
    1u128.checked_shl(u32::from(net.max_prefix_len() - net.prefix_len())).unwrap_or(u128::MAX)
}

/// Whether containers may have this address of the subnet at all.
fn is_usable(subnet: &Subnet, address: IpAddr) -> bool {
    let net = &subnet.subnet;
    net.contains(&address)
        && address != net.network()
        && !(address.is_ipv4() && address == net.broadcast())
        && address != subnet.gateway
        && !subnet.reserved.values().any(|r| *r == address)
}

/// The leases of one network.
#[derive(Debug, Clone)]
pub struct Leases {
    dir: PathBuf,
    /// The run-time directories of containers, with their locks.
    containers: PathBuf,
}

impl Leases {
    /// `dir` is `networks/<id>/leases` below the run-time root.
    pub fn at(dir: PathBuf, containers: PathBuf) -> Self {
        Self { dir, containers }
    }

    /// Takes this address for the container.
    pub fn take(&self, subnet: &Subnet, address: IpAddr, container: &str) -> Result<()> {
        if !is_usable(subnet, address) {
            return Kind::Invalid.err(format!(
                "no container can have the address {address}: it is not a free address of the subnet {}",
                subnet.subnet
            ));
        }
        if self.claim(address, container)? {
            return Ok(());
        }
        let owner = self.owner(address)?.unwrap_or_default();
        Kind::Conflict.err(format!(
            "Address already in use: {address} belongs to container {}",
            owner.get(..12).unwrap_or(&owner)
        ))
    }

    /// Takes an address that is free: the next after the one that was given last, so that one that has just been given back is not given
    /// to somebody else at once.
    pub fn take_any(&self, subnet: &Subnet, container: &str) -> Result<IpAddr> {
        let pool = subnet.range.unwrap_or(subnet.subnet);
        if let Some(address) = self.next_free(&pool, subnet, container)? {
            return Ok(address);
        }
        self.collect()?;
        if let Some(address) = self.next_free(&pool, subnet, container)? {
            return Ok(address);
        }
        Kind::Unavailable.err(format!(
            "no available IPv{} addresses on this network's address pools: {pool} is used up; remove containers, or make a network with a larger subnet",
            if pool.addr().is_ipv4() { 4 } else { 6 }
        ))
    }

    /// Frees what belongs to containers that are dead: of a start that was killed before it could write down what it had taken.
    pub fn collect(&self) -> Result<()> {
        let lives = |container: &str| Lock::is_held(&self.containers.join(container).join("lock"));
        for (address, container) in self.list() {
            if !lives(&container)? {
                self.release(address, &container)?;
            }
        }
        // Killed in the middle of `claim`.
        for entry in std::fs::read_dir(&self.dir).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let claim = name.to_str().and_then(|name| ContainerId::parse(name.strip_prefix('.')?).ok());
            if let Some(container) = claim
                && !lives(container.as_str())?
            {
                file::remove_file(&entry.path())?;
            }
        }
        Ok(())
    }

    fn next_free(&self, pool: &IpNet, subnet: &Subnet, container: &str) -> Result<Option<IpAddr>> {
        let (first, count) = (pool.network(), size(pool));
        let cursor = self.dir.join(if first.is_ipv4() { ".last4" } else { ".last6" });
        let last =
            file::read_opt(&cursor)?.and_then(|b| String::from_utf8(b).ok()?.trim().parse::<IpAddr>().ok());
        let start = last.filter(|l| pool.contains(l)).map_or(0, |last| distance(first, last) + 1);
        // Nobody has more leases than this, and an IPv6 subnet has more addresses than can be tried.
        for step in 0..count.min(1 << 20) {
            let address = offset(first, (start + step) % count);
            if is_usable(subnet, address) && self.claim(address, container)? {
                // A hint only: two at once may write either's.
                let _ = Self::write(&cursor, &address.to_string());
                return Ok(Some(address));
            }
        }
        Ok(None)
    }

    /// Whether the address is the container's now. The lease comes into being with its content: one without could belong to anybody.
    fn claim(&self, address: IpAddr, container: &str) -> Result<bool> {
        let own = self.dir.join(format!(".{container}"));
        let made = match Self::write(&own, container) {
            Err(e) if e.kind() == ErrorKind::NotFound => {
                file::make_dirs(&self.dir, 0o700)?;
                Self::write(&own, container)
            }
            other => other,
        };
        let taken = made.and_then(|()| std::fs::hard_link(&own, self.path(address)));
        let removed = file::remove_file(&own);
        match taken {
            Ok(()) => removed.map(|()| true),
            Err(e) if e.kind() == ErrorKind::AlreadyExists => Ok(false),
            Err(e) => Err(e).with_context(|| format!("leasing {address} in {}", self.dir.display())),
        }
    }

    fn write(path: &Path, content: &str) -> std::io::Result<()> {
        let file = std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
        file?.write_all(content.as_bytes())
    }

    fn path(&self, address: IpAddr) -> PathBuf {
        self.dir.join(address.to_string())
    }

    fn owner(&self, address: IpAddr) -> Result<Option<String>> {
        Ok(file::read_opt(&self.path(address))?.map(|b| String::from_utf8_lossy(&b).into_owned()))
    }

    /// Gives an address back if it is this container's.
    pub fn release(&self, address: IpAddr, container: &str) -> Result<()> {
        match self.owner(address)? {
            Some(owner) if owner == container => file::remove_file(&self.path(address)),
            _ => Ok(()),
        }
    }

    /// All leases: address and container.
    pub fn list(&self) -> Vec<(IpAddr, String)> {
        let entries = std::fs::read_dir(&self.dir).into_iter().flatten().flatten();
        let addresses = entries.filter_map(|e| e.file_name().to_str()?.parse::<IpAddr>().ok());
        addresses.filter_map(|a| Some((a, self.owner(a).ok()??))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, HashSet};

    fn subnet(net: &str) -> Subnet {
        let subnet: IpNet = net.parse().unwrap();
        Subnet { subnet, gateway: offset(subnet.network(), 1), range: None, reserved: BTreeMap::new() }
    }

    /// What a container that lives holds.
    fn alive(base: &Path, container: &str) -> Lock {
        let run = base.join("containers").join(container);
        std::fs::create_dir_all(&run).unwrap();
        Lock::exclusive(&run.join("lock")).unwrap()
    }

    #[test]
    fn of_many_at_once_each_gets_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let leases = Leases::at(dir.path().join("leases"), dir.path().join("containers"));
        let subnet = subnet("10.0.0.0/25");
        let mut alive: Vec<Lock> = (0..100).map(|n| alive(dir.path(), &n.to_string())).collect();
        let given: Vec<IpAddr> = std::thread::scope(|scope| {
            let takers: Vec<_> = (0..100)
                .map(|n| {
                    scope.spawn({
                        let (l, s) = (&leases, &subnet);
                        move || l.take_any(s, &n.to_string()).unwrap()
                    })
                })
                .collect();
            takers.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(given.iter().collect::<HashSet<_>>().len(), 100);
        assert_eq!(leases.list().len(), 100);
        // 128 less the network, the broadcast and the gateway.
        alive.push(self::alive(dir.path(), "x"));
        for _ in 0..25 {
            leases.take_any(&subnet, "x").unwrap();
        }
        assert!(leases.take_any(&subnet, "y").unwrap_err().to_string().contains("used up"));
        // Of a start that was killed: found when addresses are short.
        drop(alive.swap_remove(7));
        assert_eq!(leases.take_any(&subnet, "y").unwrap(), given[7]);
    }

    #[test]
    fn the_next_is_given_and_not_the_last() {
        let dir = tempfile::tempdir().unwrap();
        let leases = Leases::at(dir.path().join("leases"), dir.path().join("containers"));
        let subnet = subnet("10.0.0.0/29");
        let take = || leases.take_any(&subnet, "c").unwrap();
        let first = take();
        assert_eq!(first.to_string(), "10.0.0.2");
        leases.release(first, "somebody else").unwrap();
        assert_eq!(leases.list().len(), 1);
        leases.release(first, "c").unwrap();
        let rest: Vec<String> = (0..5).map(|_| take().to_string()).collect();
        assert_eq!(rest, ["10.0.0.3", "10.0.0.4", "10.0.0.5", "10.0.0.6", "10.0.0.2"]);
    }

    #[test]
    fn a_wish_is_checked() {
        let dir = tempfile::tempdir().unwrap();
        let leases = Leases::at(dir.path().join("leases"), dir.path().join("containers"));
        let mut subnet = subnet("10.0.0.0/24");
        subnet.reserved.insert("router".into(), "10.0.0.7".parse().unwrap());
        for bad in ["10.0.0.0", "10.0.0.1", "10.0.0.7", "10.0.0.255", "10.0.1.2"] {
            assert!(leases.take(&subnet, bad.parse().unwrap(), "c").is_err(), "{bad}");
        }
        leases.take(&subnet, "10.0.0.9".parse().unwrap(), "c").unwrap();
        let again = leases.take(&subnet, "10.0.0.9".parse().unwrap(), "d").unwrap_err();
        assert!(again.to_string().contains("belongs to container c"), "{again}");
    }

    #[test]
    fn a_large_subnet_is_no_large_work() {
        let dir = tempfile::tempdir().unwrap();
        let leases = Leases::at(dir.path().join("leases"), dir.path().join("containers"));
        assert_eq!(leases.take_any(&subnet("fd00::/64"), "c").unwrap().to_string(), "fd00::2");
        assert_eq!(leases.take_any(&subnet("10.0.0.0/8"), "c").unwrap().to_string(), "10.0.0.2");
    }
}
