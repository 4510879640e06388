//! `linux.netDevices`: interfaces of the creator's network namespace that are moved into the container's (OCI runtime specification,
//! config-linux.md "Network Devices"). They keep their permanent addresses, and are up.

use std::fs::File;
use std::os::fd::AsFd;

use nix::errno::Errno;
use nix::sched::{CloneFlags, setns};
use oci_spec::runtime::Linux;
use serde::{Deserialize, Serialize};

use crate::error::{Context, Kind, Result};
use crate::sys::rtnetlink::{Address, Connection};

/// An interface and its name in the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NetDevice {
    name: String,
    inside: String,
}

/// Checks the names. `own` is whether the container has a network namespace that isn't its creator's.
pub fn plan(linux: &Linux, own: bool) -> Result<Vec<NetDevice>> {
    let valid = |name: &str| {
        !name.is_empty()
            && name.len() < 16
            && name != "."
            && name != ".."
            && !name.contains(['/', ':', ' ', '\0'])
    };
    let mut planned = Vec::new();
    for (name, device) in linux.net_devices().iter().flatten() {
        let inside = device.name().clone().filter(|n| !n.is_empty()).unwrap_or_else(|| name.clone());
        if !own {
            return Kind::Invalid.err("linux.netDevices needs a network namespace of the container's own");
        }
        if let Some(bad) = [name, &inside].into_iter().find(|n| !valid(n)) {
            return Kind::Invalid.err(format!("linux.netDevices: {bad:?} can't be the name of an interface"));
        }
        planned.push(NetDevice { name: name.clone(), inside });
    }
    planned.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(pair) = planned.windows(2).find(|p| p[0].inside == p[1].inside) {
        return Kind::Invalid.err(format!("linux.netDevices: two interfaces are to be {:?}", pair[0].inside));
    }
    Ok(planned)
}

/// Moves them into the network namespace of the process `pid`. The caller has one thread, and is back in its own namespace afterwards.
pub fn move_all(devices: &[NetDevice], pid: i32) -> Result<()> {
    if devices.is_empty() {
        return Ok(());
    }
    let open = |path: String| File::open(&path).with_context(|| format!("opening {path}"));
    let (home, target) = (open("/proc/self/ns/net".into())?, open(format!("/proc/{pid}/ns/net"))?);
    let here = Connection::open().context("asking the kernel for interfaces")?;
    let mut moved = Vec::new();
    for device in devices {
        let failed = || format!("linux.netDevices: moving {}", device.name);
        let Ok(index) = nix::net::if_::if_nametoindex(device.name.as_str()) else {
            return Kind::NotFound.err(format!("linux.netDevices: there is no interface {:?}", device.name));
        };
        let addresses = here.addresses(index).with_context(failed)?;
        here.move_link(index, target.as_fd(), &device.inside).with_context(failed)?;
        moved.push((device, addresses));
    }
    setns(&target, CloneFlags::CLONE_NEWNET).context("entering the container's network namespace")?;
    let configured = configure(&moved);
    setns(&home, CloneFlags::CLONE_NEWNET).context("returning to this process's network namespace")?;
    configured
}

/// The move took addresses and state away.
fn configure(moved: &[(&NetDevice, Vec<Address>)]) -> Result<()> {
    let there = Connection::open().context("asking the kernel for interfaces")?;
    for (device, addresses) in moved {
        let failed = || format!("linux.netDevices: setting {} up", device.inside);
        let index = nix::net::if_::if_nametoindex(device.inside.as_str()).with_context(failed)?;
        for address in addresses {
            match there.add_address(index, address) {
                Ok(()) | Err(Errno::EEXIST) => {}
                Err(e) => return Err(e).with_context(failed),
            }
        }
        there.set_up(index).with_context(failed)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn names_are_checked() {
        let linux = |devices| serde_json::from_value::<Linux>(json!({"netDevices": devices})).unwrap();
        let planned = plan(&linux(json!({"eth1": {"name": "in"}, "eth0": {}})), true).unwrap();
        let names: Vec<_> = planned.iter().map(|d| (d.name.as_str(), d.inside.as_str())).collect();
        assert_eq!(names, [("eth0", "eth0"), ("eth1", "in")]);
        for bad in [
            json!({"a/b": {}}),
            json!({"a": {"name": "sixteen-letters-"}}),
            json!({"a": {"name": "b"}, "b": {}}),
        ] {
            assert!(plan(&linux(bad.clone()), true).is_err(), "{bad}");
        }
        assert!(plan(&linux(json!({"a": {}})), false).is_err());
    }
}
