//! docker's options of a container's place on a network (`DriverOpts`): what they mean here. dockerd lets others pass, for drivers that it doesn't
//! know; clients rely on seeing them again.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::error::{Context, Kind, Result};
use crate::sys::net;

/// The interface's name in the container.
pub const INTERFACE: &str = "com.docker.network.endpoint.ifname";
/// Kernel parameters of that interface, as `net.ipv4.conf.IFNAME.log_martians=1`, with commas between.
pub const SYSCTLS: &str = "com.docker.network.endpoint.sysctls";

/// Refuses what is wrong with an option that means something.
pub fn check(key: &str, value: &str) -> Result<()> {
    match key {
        "" => Kind::Invalid.err("an option of the endpoint has no name"),
        SYSCTLS => parameters(value).map(drop),
        _ => Ok(()),
    }
}

/// A kernel parameter of an interface.
#[derive(Debug, PartialEq, Eq)]
struct Parameter<'a> {
    /// `ipv4/conf`
    place: String,
    name: &'a str,
    value: &'a str,
}

fn parameters(text: &str) -> Result<Vec<Parameter<'_>>> {
    text.split(',').map(parameter).collect()
}

fn parameter(text: &str) -> Result<Parameter<'_>> {
    let parsed = || {
        let (key, value) = text.split_once('=')?;
        let [net, family, kind, interface, name] =
            <[&str; 5]>::try_from(key.split('.').collect::<Vec<_>>()).ok()?;
        // It becomes the name of a file.
        let is_plain = !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        let is_known = net == "net"
            && matches!((family, kind), ("ipv4" | "ipv6", "conf" | "neigh") | ("mpls", "conf"))
            && interface == "IFNAME";
        (is_known && is_plain).then(|| Parameter { place: format!("{family}/{kind}"), name, value })
    };
    parsed().with_context(|| {
        Kind::Invalid.error(format!(
            "unrecognised network interface sysctl '{text}'; represent 'net.X.Y.ethN.Z=V' as 'net.X.Y.IFNAME.Z=V', 'X' must be 'ipv4', 'ipv6' or 'mpls', and 'Y' 'conf' or 'neigh'"
        ))
    })
}

/// Sets the kernel parameters of the container's interface, in whose network namespace the caller is.
pub fn apply(options: &BTreeMap<String, String>, interface: &str) -> Result<()> {
    let Some(text) = options.get(SYSCTLS) else { return Ok(()) };
    for Parameter { place, name, value } in parameters(text)? {
        net::set_parameter(&format!("{place}/{interface}/{name}"), value).with_context(|| {
            format!("setting net.{}.{interface}.{name} to {value:?}", place.replace('/', "."))
        })?;
    }
    Ok(())
}

/// Whether an address is good on one link alone.
pub fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(four) => four.is_link_local(),
        IpAddr::V6(six) => six.is_unicast_link_local(),
    }
}

/// How long the prefix of such an address is (RFC 3927, RFC 4291).
pub fn link_local_prefix(address: IpAddr) -> u8 {
    if address.is_ipv4() { 16 } else { 64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_of_the_interface() {
        let found =
            parameters("net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.neigh.IFNAME.mcast_solicit=2").unwrap();
        assert_eq!(found[0], Parameter { place: "ipv4/conf".into(), name: "log_martians", value: "1" });
        assert_eq!(found[1], Parameter { place: "ipv6/neigh".into(), name: "mcast_solicit", value: "2" });
        for bad in [
            "",
            "net.ipv4.conf.IFNAME.log_martians",
            "net.ipv4.ip_forward=1",
            "net.ipv4.conf.eth0.log_martians=1",
            "net.ipv4.conf.IFNAME.../../ip_forward=1",
            "net.core.conf.IFNAME.x=1",
            "kernel.ipv4.conf.IFNAME.x=1",
        ] {
            assert!(check(SYSCTLS, bad).is_err(), "{bad}");
        }
        assert!(check("anything", "else").is_ok() && check("", "x").is_err());
    }
}
