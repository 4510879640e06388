//! What clients of older versions of the API ask for when they make a container: fields that came later mean nothing to them, or are refused
//! where ignoring them would do harm, and defaults are those of their time (Engine API version history).

use super::create::CreateBody;
use crate::api::version::ApiVersion;
use crate::error::{Kind, Result};

/// Has the body mean to everybody what it means to a client of this version; answers what that client is to be warned of.
pub fn settle(body: &mut CreateBody, version: ApiVersion) -> Result<Vec<String>> {
    let host = &mut body.host_config;
    // The client removes it itself.
    host.auto_remove &= version >= ApiVersion(25);
    if version < ApiVersion(40) && host.ipc_mode.is_empty() {
        host.ipc_mode = "shareable".into();
    }
    if version < ApiVersion(42) {
        host.console_size = None;
    }
    if version < ApiVersion(43) {
        host.annotations.clear();
    }
    if version < ApiVersion(44)
        && let Some(health) = &mut body.healthcheck
    {
        health.start_interval = 0;
    }
    host.mounts.iter_mut().try_for_each(|mount| mount.settle(version))?;
    if version < ApiVersion(44) && body.networking_config.endpoints_config.len() > 1 {
        let names: Vec<&str> = body.networking_config.endpoints_config.keys().map(String::as_str).collect();
        return Kind::Invalid.err(format!(
            "Container cannot be created with multiple network endpoints: {}",
            names.join(", ")
        ));
    }
    for endpoint in body.networking_config.endpoints_config.values_mut().flatten() {
        if version < ApiVersion(44) {
            endpoint.mac_address.clear();
        }
        if version < ApiVersion(48) {
            endpoint.gw_priority = 0;
        }
    }
    let mut warnings = Vec::new();
    if version >= ApiVersion(48)
        && !body.host_config.volume_driver.is_empty()
        && body.host_config.mounts.iter().any(super::create_mounts::MountBody::has_no_driver)
    {
        warnings.push(
            "WARNING: the container-wide volume-driver configuration is ignored for volumes specified via 'mount'. Use '--mount type=volume,volume-driver=...' instead".into(),
        );
    }
    warnings.extend(hardware_address(body, version)?);
    Ok(warnings)
}

/// The address in the container's own part is the one on its main network.
fn hardware_address(body: &CreateBody, version: ApiVersion) -> Result<Option<String>> {
    let (own, mode) = (&body.mac_address, body.host_config.network_mode.as_str());
    if own.is_empty() {
        return Ok(None);
    }
    let is_network = !matches!(mode, "none" | "host") && !mode.starts_with("container:");
    if version < ApiVersion(44) {
        return if is_network {
            Ok(None)
        } else {
            Kind::Invalid.err("conflicting options: mac-address and the network mode")
        };
    }
    let default = |name: &str| matches!(name, "" | "default" | "bridge");
    let main = body.networking_config.endpoints_config.iter().find(|(name, _)| {
        let name = name.as_str();
        name == mode || (default(mode) && default(name))
    });
    let on_main = main.and_then(|(_, endpoint)| endpoint.as_ref()).map_or("", |e| e.mac_address.as_str());
    if is_network && !on_main.is_empty() && on_main != own {
        return Kind::Invalid.err(
            "the container-wide MAC address must match the endpoint-specific MAC address for the main network, or be left empty",
        );
    }
    Ok(Some(
        "The container-wide MacAddress field is now deprecated. It should be specified in EndpointsConfig instead.".into(),
    ))
}
