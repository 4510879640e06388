//! A container's interfaces on networks of type macvlan and ipvlan: they are made in its network namespace, on top of the parent, and nothing of
//! them is on the host.

use std::fs::File;
use std::os::fd::AsFd;
use std::os::fd::BorrowedFd;

use super::endpoint::{Endpoint, within};
use super::link;
use super::network::{Driver, Network};
use super::options::MacvlanMode;
use crate::error::{Context, Error, Kind, Result};
use crate::sys::netlink::{Connection, Family};
use nix::errno::Errno;

/// Makes the endpoint's interface in the namespace.
pub fn make(
    kernel: &Connection,
    endpoint: &Endpoint,
    network: &Network,
    parent: u32,
    there: BorrowedFd<'_>,
) -> Result<()> {
    let made = link::make_child(kernel, endpoint, &network.settings, parent, there);
    made.map_err(|errno| explain(errno, endpoint, network))
}

fn explain(errno: Errno, endpoint: &Endpoint, network: &Network) -> Error {
    let name = &network.name;
    match errno {
        Errno::EEXIST => Kind::Conflict
            .error(format!("network {name}: the container has an interface {} already", endpoint.interface)),
        Errno::EOPNOTSUPP => {
            let option = format!("CONFIG_{}", network.driver.name().to_uppercase());
            link::explain(errno, &format!("interfaces of type {} ({option})", network.driver.name()))
        }
        // A port of a bridge, of the other type, or taken as a whole.
        Errno::EBUSY | Errno::EINVAL => {
            let mut why = format!(
                "network {name}: no interface of type {} can be made on top of {}, which is used in another way",
                network.driver.name(),
                network.interface
            );
            if network.driver == Driver::Macvlan && network.settings.macvlan_mode == MacvlanMode::Passthru {
                why += ": in mode passthru it serves one container at a time";
            }
            Kind::Conflict.error(why)
        }
        other => Error::new(other).context(format!("making an interface on network {name}")),
    }
}

/// Removes the interfaces of these endpoints in the namespace. The kernel does that, too, but only some time after the namespace's last
/// process, and the next container with the hardware address or the address would be refused until then.
pub fn remove(there: &File, endpoints: &[Endpoint]) -> Result<()> {
    within(there.as_fd(), || {
        let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
        let ours = endpoints.iter().filter(|e| e.driver != Driver::Bridge);
        for index in ours.filter_map(|e| link::index(&e.interface)) {
            link::remove(&kernel, index).context("removing the container's interface")?;
        }
        Ok(())
    })
}
