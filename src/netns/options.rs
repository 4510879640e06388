//! The options of a network (`--opt KEY=VALUE`) by docker's names and podman's, and what they mean.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::mode::check_interface;
use super::network::Driver;
use crate::error::{Context, Kind, Result};

/// How interfaces of type macvlan get on with one another. The numbers are the kernel's (linux/if_link.h).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MacvlanMode {
    Private = 1,
    Vepa = 2,
    #[default]
    Bridge = 4,
    Passthru = 8,
}

/// Of which layer the parent is for interfaces of type ipvlan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IpvlanMode {
    #[default]
    L2 = 0,
    L3 = 1,
    L3s = 2,
}

/// How they get on with one another.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IpvlanFlag {
    #[default]
    Bridge = 0,
    Private = 1,
    Vepa = 2,
}

/// What the options say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// 0: the kernel's default.
    pub mtu: u32,
    /// Containers reach one another.
    pub icc: bool,
    pub masquerade: bool,
    /// Where ports are published that name no address.
    #[serde(default)]
    pub publish_address: Option<IpAddr>,
    /// Networks that say so reach one another; all others are kept apart.
    #[serde(default)]
    pub open: bool,
    /// The VLAN of the containers' ports of a bridge; with the other drivers, of the parent.
    #[serde(default)]
    pub vlan: Option<u16>,
    /// The containers get no default route here.
    #[serde(default)]
    pub no_default_route: bool,
    /// Of the default route.
    #[serde(default)]
    pub metric: Option<u32>,
    /// What the names of the interfaces in containers begin with.
    #[serde(default)]
    pub interface_prefix: Option<String>,
    #[serde(default)]
    pub macvlan_mode: MacvlanMode,
    #[serde(default)]
    pub ipvlan_mode: IpvlanMode,
    #[serde(default)]
    pub ipvlan_flag: IpvlanFlag,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            mtu: 0,
            icc: true,
            masquerade: true,
            publish_address: None,
            open: false,
            vlan: None,
            no_default_route: false,
            metric: None,
            interface_prefix: None,
            macvlan_mode: MacvlanMode::default(),
            ipvlan_mode: IpvlanMode::default(),
            ipvlan_flag: IpvlanFlag::default(),
        }
    }
}

impl Settings {
    /// The default route goes out of the interface as it is: behind it is no network of links with a gateway on it.
    pub fn routes_by_interface(&self, driver: Driver) -> bool {
        driver == Driver::Ipvlan && self.ipvlan_mode != IpvlanMode::L2
    }
}

/// The option that names the interface: the bridge, or what the containers' interfaces are on top of.
pub fn interface(driver: Driver, options: &BTreeMap<String, String>) -> Option<&String> {
    let names: &[&str] = match driver {
        Driver::Bridge => &["com.docker.network.bridge.name", "name"],
        Driver::Macvlan | Driver::Ipvlan => &["parent"],
    };
    names.iter().find_map(|name| options.get(*name))
}

/// docker's option for networks that are to have IPv6, too, as older versions of compose's files have it.
const ENABLE_IPV6: &str = "com.docker.network.enable_ipv6";

/// Whether an option asks for IPv6.
pub fn enables_ipv6(options: &BTreeMap<String, String>) -> Result<bool> {
    options.get(ENABLE_IPV6).map_or(Ok(false), |value| Given { key: ENABLE_IPV6, value }.boolean())
}

/// One option while it is looked at.
struct Given<'a> {
    key: &'a str,
    value: &'a str,
}

impl Given<'_> {
    fn invalid(&self) -> crate::error::Error {
        Kind::Invalid.error(format!("network option {}: invalid value {:?}", self.key, self.value))
    }

    fn boolean(&self) -> Result<bool> {
        match self.value {
            "true" | "1" | "" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(self.invalid()),
        }
    }

    fn parse<T: std::str::FromStr>(&self) -> Result<T> {
        self.value.parse().ok().with_context(|| self.invalid())
    }

    /// One of the words of an enumeration.
    fn word<T: serde::de::DeserializeOwned>(&self, words: &str) -> Result<T> {
        serde_json::from_value(self.value.into()).ok().with_context(|| {
            Kind::Invalid
                .error(format!("network option {}: invalid value {:?}: use {words}", self.key, self.value))
        })
    }
}

/// The settings of a network with these options.
pub fn settings(driver: Driver, options: &BTreeMap<String, String>) -> Result<Settings> {
    let mut settings = Settings::default();
    for (key, value) in options {
        let given = Given { key, value };
        let short = key.strip_prefix("com.docker.network.").unwrap_or(key);
        let known = common(&mut settings, short, &given)?
            || match driver {
                Driver::Bridge => bridge(&mut settings, short, &given)?,
                Driver::Macvlan => macvlan(&mut settings, short, &given)?,
                Driver::Ipvlan => ipvlan(&mut settings, short, &given)?,
            };
        if !known {
            return Kind::Unsupported.err(format!(
                "network option {key:?} is not supported by networks of type {}",
                driver.name()
            ));
        }
    }
    Ok(settings)
}

/// Options of all drivers; whether this is one.
fn common(settings: &mut Settings, key: &str, given: &Given<'_>) -> Result<bool> {
    match key {
        "mtu" | "driver.mtu" => {
            settings.mtu = given.parse()?;
            if !(68..=65535).contains(&settings.mtu) {
                return Err(given.invalid());
            }
        }
        "vlan" => {
            settings.vlan = Some(given.parse()?);
            if !settings.vlan.is_some_and(is_vlan) {
                return Kind::Invalid
                    .err(format!("vlan id must be between 1-4094, received: {}", given.value));
            }
        }
        "no_default_route" => settings.no_default_route = given.boolean()?,
        "metric" => settings.metric = Some(given.parse()?),
        "container_iface_prefix" => {
            // With a number of up to three digits after it.
            check_interface(&format!("{}000", given.value))?;
            settings.interface_prefix = Some(given.value.into());
        }
        // See `enables_ipv6`.
        "enable_ipv6" => {}
        _ => return Ok(false),
    }
    Ok(true)
}

fn bridge(settings: &mut Settings, key: &str, given: &Given<'_>) -> Result<bool> {
    match key {
        "icc" | "bridge.enable_icc" => settings.icc = given.boolean()?,
        "bridge.enable_ip_masquerade" => settings.masquerade = given.boolean()?,
        "bridge.host_binding_ipv4" => settings.publish_address = Some(given.parse()?),
        "isolate" => settings.open = given.value != "strict" && !given.boolean()?,
        // See `interface`.
        "bridge.name" | "name" => {}
        _ => return Ok(false),
    }
    Ok(true)
}

fn macvlan(settings: &mut Settings, key: &str, given: &Given<'_>) -> Result<bool> {
    match key {
        "mode" | "macvlan_mode" => settings.macvlan_mode = given.word("bridge, private, vepa or passthru")?,
        "parent" => {}
        _ => return Ok(false),
    }
    Ok(true)
}

fn ipvlan(settings: &mut Settings, key: &str, given: &Given<'_>) -> Result<bool> {
    match key {
        "mode" | "ipvlan_mode" => settings.ipvlan_mode = given.word("l2, l3 or l3s")?,
        "ipvlan_flag" => settings.ipvlan_flag = given.word("bridge, private or vepa")?,
        "parent" => {}
        _ => return Ok(false),
    }
    Ok(true)
}

pub fn is_vlan(id: u16) -> bool {
    (1..=4094).contains(&id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_known_or_refused() {
        let with =
            |driver, key: &str, value: &str| settings(driver, &BTreeMap::from([(key.into(), value.into())]));
        let bridge = |key: &str, value: &str| with(Driver::Bridge, key, value);
        assert_eq!(bridge("mtu", "9000").unwrap().mtu, 9000);
        assert_eq!(bridge("com.docker.network.driver.mtu", "1400").unwrap().mtu, 1400);
        assert!(!bridge("com.docker.network.bridge.enable_icc", "false").unwrap().icc);
        assert!(bridge("isolate", "false").unwrap().open && !bridge("isolate", "strict").unwrap().open);
        assert_eq!(bridge("vlan", "10").unwrap().vlan, Some(10));
        assert!(bridge(ENABLE_IPV6, "true").is_ok());
        assert_eq!(with(Driver::Macvlan, "mode", "vepa").unwrap().macvlan_mode, MacvlanMode::Vepa);
        assert_eq!(with(Driver::Ipvlan, "ipvlan_mode", "l3s").unwrap().ipvlan_mode, IpvlanMode::L3s);
        assert!(with(Driver::Ipvlan, "mode", "l3").unwrap().routes_by_interface(Driver::Ipvlan));
        for (key, value) in [
            ("mtu", "9"),
            ("icc", "maybe"),
            ("colour", "red"),
            ("vlan", "4095"),
            ("vlan", "0"),
            ("parent", "eth0"),
            ("com.docker.network.container_iface_prefix", "a/b"),
        ] {
            assert!(bridge(key, value).is_err(), "{key}");
        }
        for (driver, key, value) in [
            (Driver::Macvlan, "macvlan_mode", "l2"),
            (Driver::Macvlan, "icc", "false"),
            (Driver::Macvlan, "ipvlan_mode", "l2"),
            (Driver::Ipvlan, "ipvlan_flag", "passthru"),
            (Driver::Ipvlan, "macvlan_mode", "bridge"),
        ] {
            assert!(with(driver, key, value).is_err(), "{key}");
        }
    }
}
