//! Volumes that servers have: their names become addresses, each time the volume is mounted.

use std::borrow::Cow;
use std::net::IpAddr;

use super::config::ContainerConfig;
use crate::error::{Context, Kind, Result};
use crate::registry::dns;
use crate::volumes::MountSource;

/// The same container with the addresses of its volumes' servers.
pub fn resolved(config: &ContainerConfig) -> Result<Cow<'_, ContainerConfig>> {
    let mut resolved = Cow::Borrowed(config);
    for (number, point) in config.mounts.iter().enumerate() {
        let MountSource::Volume { name, driver, .. } = &point.source else { continue };
        let Some(device) = driver.device() else { continue };
        let known = device.clone().with_address(address).with_context(|| format!("the volume {name}"))?;
        if known != device
            && let MountSource::Volume { driver, .. } = &mut resolved.to_mut().mounts[number].source
        {
            driver.set_device(&known);
        }
    }
    Ok(resolved)
}

/// The first address of a host.
pub fn address(host: &str) -> Result<IpAddr> {
    let found = dns::resolve(host).map_err(|reason| Kind::NotFound.error(reason))?;
    found.into_iter().next().with_context(|| format!("{host} has no address"))
}
