//! What processes that were killed have left of networks: rules, interfaces, leases and names of containers that are dead, what is in force of
//! networks that are gone, interfaces that were not complete. Every command about networks looks for it, and a start that meets it.

use std::io::ErrorKind;

use super::endpoint::{Record, detach};
use super::private::Step;
use super::store::NetworkStore;
use super::{bridge, nft, parent};
use crate::error::{Context, Kind, Result, is};
use crate::state::Lock;
use crate::sys::netlink::{Connection, Family};

/// Removes all of it.
pub fn sweep(store: &NetworkStore) -> Result<()> {
    Step::Sweep.perform(store)
}

pub(super) fn sweep_here(store: &NetworkStore) -> Result<()> {
    of_dead_containers(store)?;
    let _lock = store.lock()?;
    let networks = store.list()?;
    for entry in std::fs::read_dir(store.run_dirs()).into_iter().flatten().flatten() {
        let is_of = |id: &str| entry.file_name().to_str() == Some(id);
        if !networks.iter().any(|n| is_of(&n.id)) {
            remove_dir(&entry.path())?;
        }
    }
    networks.iter().try_for_each(|n| store.leases(&n.id).collect())?;
    if !networks.iter().any(|n| super::link::index(&n.unfinished()).is_some()) && store.keeping().is_none() {
        return Ok(());
    }
    store.inside(|| {
        let kernel = Connection::open(Family::Route).context("asking the kernel for interfaces")?;
        let removed = networks.iter().try_for_each(|network| parent::remove_unfinished(&kernel, network));
        removed.context("removing an interface that was not completed")
    })
}

fn remove_dir(path: &std::path::Path) -> Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(e) if e.kind() != ErrorKind::NotFound => {
            Err(e).with_context(|| format!("removing {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// Takes away what dead containers have written down that they had. What else is left of them is not of networks.
fn of_dead_containers(store: &NetworkStore) -> Result<()> {
    for run in std::fs::read_dir(store.containers()).into_iter().flatten().flatten() {
        let (path, id) = (run.path(), run.file_name());
        // Whoever holds the lock lives, or does this.
        let Some(_lock) = Lock::try_existing(&path.join("lock"))? else { continue };
        if let (Some(record), Some(id)) = (Record::read(&path)?, id.to_str()) {
            detach(store, &record, id)?;
            Record::remove(&path)?;
        }
    }
    Ok(())
}

/// Puts what a container needs into the rules, where a dead one may be in the way.
pub fn add_elements(store: &NetworkStore, elements: &[nft::Element]) -> Result<()> {
    match bridge::add(store, elements) {
        Err(e) if is(&e, Kind::Conflict) && store.keeping().is_none() => {
            of_dead_containers(store)?;
            bridge::add(store, elements)
        }
        done => done,
    }
}
