//! Which network a container has, as it was asked for.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::driver_options;
use super::program::{Program, ProgramNetwork};
use super::request::check_name;
use super::store::DEFAULT;
use crate::error::{Context, Error, Kind, Result};
use crate::state::ContainerId;

/// Where a container's network namespace comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkMode {
    /// One of its own with a loopback interface only.
    None,
    /// The host's.
    Host,
    /// Another container's.
    Container(ContainerId),
    /// A namespace that somebody else has made.
    Path(PathBuf),
    /// One of its own that another program connects.
    Program(ProgramNetwork),
    /// One of its own on these networks; the first has the default route.
    Networks(Vec<Attachment>),
}

impl NetworkMode {
    /// Whether the container gets a namespace of its own.
    pub fn is_own(&self) -> bool {
        matches!(self, Self::None | Self::Program(_) | Self::Networks(_))
    }

    pub fn attachments(&self) -> &[Attachment] {
        match self {
            Self::Networks(attachments) => attachments,
            _ => &[],
        }
    }
}

/// A wish to be on a network.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    pub network: String,
    #[serde(default)]
    pub ipv4: Option<Ipv4Addr>,
    #[serde(default)]
    pub ipv6: Option<Ipv6Addr>,
    #[serde(default)]
    pub mac: Option<Mac>,
    /// Further names of the container there.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Name of the interface in the container.
    #[serde(default)]
    pub interface: Option<String>,
    /// Names that this container alone has for others there.
    #[serde(default)]
    pub links: Vec<Link>,
    /// Services of the host that listen on its loopback addresses only can be reached, too.
    #[serde(default)]
    pub host_loopback: bool,
    /// Of the container's networks the one with the highest leads out; of equal ones the first.
    #[serde(default)]
    pub gw_priority: i64,
    /// Further addresses that are good on the link alone.
    #[serde(default)]
    pub link_local: Vec<IpAddr>,
    /// docker's options of an endpoint, but for the interface's name. What says nothing here is kept, and shown, as it is there.
    #[serde(default)]
    pub driver_options: BTreeMap<String, String>,
}

impl Attachment {
    /// Adds one of docker's options of an endpoint.
    pub fn add_driver_option(&mut self, key: &str, value: &str) -> Result<()> {
        if key == driver_options::INTERFACE {
            check_interface(value)?;
            self.interface = Some(value.into());
            return Ok(());
        }
        driver_options::check(key, value)?;
        self.driver_options.insert(key.into(), value.into());
        Ok(())
    }

    /// All of docker's options.
    pub fn all_driver_options(&self) -> BTreeMap<&str, &str> {
        let given = self.driver_options.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        given.chain(self.interface.as_deref().map(|name| (driver_options::INTERFACE, name))).collect()
    }

    /// Adds an address that is good on the link alone.
    pub fn add_link_local(&mut self, text: &str) -> Result<()> {
        let invalid = || Kind::Invalid.error(format!("invalid link-local IP address: {text:?}"));
        let address: IpAddr = text.parse().ok().with_context(invalid)?;
        if !driver_options::is_link_local(address) {
            return Err(invalid());
        }
        if !self.link_local.contains(&address) {
            self.link_local.push(address);
        }
        Ok(())
    }
}

/// `NAME[:ALIAS]` of `--link`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The name or id of the other container.
    pub target: String,
    pub alias: String,
}

impl FromStr for Link {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (target, alias) = text.split_once(':').unwrap_or((text, ""));
        // As `inspect` shows them, for whoever makes a container like another: `/TARGET:/CONTAINER/ALIAS`. Others write `TARGET:/ALIAS`.
        let (target, alias) = match target.strip_prefix('/') {
            Some(target) if alias.starts_with('/') => (target, alias.rsplit('/').next().unwrap_or(alias)),
            _ => (target, alias.strip_prefix('/').unwrap_or(alias)),
        };
        if target.is_empty() || alias.contains([':', '/']) || alias.contains(char::is_whitespace) {
            return Kind::Invalid.err(format!("bad format for links: {text}"));
        }
        let alias = if alias.is_empty() { target } else { alias };
        Ok(Self { target: target.into(), alias: alias.into() })
    }
}

impl std::fmt::Display for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.target, self.alias)
    }
}

/// What `--network` was given: a mode, or a network with its options.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkOption {
    None,
    Host,
    /// The name or id of a container.
    Container(String),
    Path(PathBuf),
    Program(ProgramNetwork),
    Network(Attachment),
}

impl FromStr for NetworkOption {
    type Err = Error;

    /// `none`, `host`, `container:NAME`, `ns:PATH`, `NAME[:OPTION,...]`, or docker's long form `name=NAME,OPTION,...`.
    fn from_str(text: &str) -> Result<Self> {
        let (head, rest) = text.split_once(':').map_or((text, None), |(head, rest)| (head, Some(rest)));
        Ok(match (head, rest) {
            ("none", None) => Self::None,
            ("host", None) => Self::Host,
            ("container", Some(name)) if !name.is_empty() => Self::Container(name.into()),
            ("ns", Some(path)) if path.starts_with('/') => Self::Path(path.into()),
            ("container", _) => {
                return Kind::Invalid
                    .err("invalid network mode: invalid container format container:<name|id>");
            }
            ("ns", _) => {
                return Kind::Invalid.err(format!("invalid network mode {text:?}: expected ns:/PATH"));
            }
            ("pasta", options) => Self::Program(ProgramNetwork::parse(Program::Pasta, options)?),
            ("slirp4netns", options) => Self::Program(ProgramNetwork::parse(Program::Slirp4netns, options)?),
            ("none" | "host", Some(_)) => {
                return Kind::Invalid.err(format!("invalid network {text:?}: {head} takes no options"));
            }
            ("" | "default" | "bridge" | "dhow", rest) => Self::Network(attachment(DEFAULT, &options(rest))?),
            _ if head.contains('=') => {
                let (names, options): (Vec<_>, Vec<_>) =
                    fields(text).into_iter().partition(|field| field.starts_with("name="));
                let name = names.last().and_then(|field| field.strip_prefix("name=")).with_context(|| {
                    Kind::Invalid.error(format!("invalid network {text:?}: no name= in it"))
                })?;
                Self::Network(attachment(name, &options)?)
            }
            (name, rest) => Self::Network(attachment(name, &options(rest))?),
        })
    }
}

impl std::fmt::Display for NetworkOption {
    /// Without the options of a network.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Host => f.write_str("host"),
            Self::Container(name) => write!(f, "container:{name}"),
            Self::Path(path) => write!(f, "ns:{}", path.display()),
            Self::Program(network) => network.fmt(f),
            Self::Network(attachment) => f.write_str(&attachment.network),
        }
    }
}

/// What stands between commas. As in docker's lists a field in double quotes may have some of its own.
fn fields(text: &str) -> Vec<String> {
    let (mut fields, mut is_quoted) = (vec![String::new()], false);
    for c in text.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            c => fields.last_mut().expect("there is always one").push(c),
        }
    }
    fields
}

fn options(rest: Option<&str>) -> Vec<String> {
    rest.map(fields).unwrap_or_default()
}

fn attachment(name: &str, options: &[String]) -> Result<Attachment> {
    check_name(name)?;
    let mut attachment = Attachment { network: name.into(), ..Attachment::default() };
    for option in options.iter().map(String::as_str) {
        let option = if option == "host_loopback" { "host_loopback=true" } else { option };
        let Some((key, value)) = option.split_once('=') else {
            return Kind::Invalid.err(format!("network {name}: option {option:?} is not KEY=VALUE"));
        };
        let invalid = |what: &str| Kind::Invalid.error(format!("network {name}: invalid {what}: {value:?}"));
        match key {
            "ip" if value.contains(':') => {
                attachment.ipv6 = Some(value.parse().map_err(|_| invalid("IP address"))?);
            }
            "ip" => attachment.ipv4 = Some(value.parse().map_err(|_| invalid("IP address"))?),
            "ip6" => attachment.ipv6 = Some(value.parse().map_err(|_| invalid("IP address"))?),
            "host_loopback" => {
                attachment.host_loopback = value.parse().map_err(|_| invalid("host_loopback"))?;
            }
            "gw-priority" => {
                attachment.gw_priority = value.parse().map_err(|_| invalid("gw-priority"))?;
            }
            "mac" | "mac-address" => attachment.mac = Some(value.parse()?),
            "alias" => attachment.aliases.push(value.into()),
            "interface_name" | "interface-name" => {
                check_interface(value)?;
                attachment.interface = Some(value.into());
            }
            "link-local-ip" => attachment.add_link_local(value)?,
            "driver-opt" => {
                let (key, value) = value.split_once('=').with_context(|| invalid("driver-opt"))?;
                attachment.add_driver_option(key, value)?;
            }
            _ => {
                return Kind::Invalid.err(format!(
                    "network {name}: unknown option {key:?}: use ip, ip6, mac, alias, interface_name, gw-priority, link-local-ip, driver-opt or host_loopback"
                ));
            }
        }
    }
    Ok(attachment)
}

/// What the kernel takes as the name of an interface.
pub fn check_interface(name: &str) -> Result<()> {
    let allowed = |c: char| !c.is_whitespace() && c != '/' && c != ':' && c != '\0';
    if name.is_empty() || name.len() > 15 || name == "." || name == ".." || !name.chars().all(allowed) {
        return Kind::Invalid.err(format!(
            "{name:?} can't be the name of an interface: 1 to 15 bytes without '/', ':' and white space"
        ));
    }
    Ok(())
}

/// A hardware address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// The address that goes with an IP address, so that a container keeps it as long as that: docker's `02:42` and the IPv4 address; for
    /// IPv6 the last four bytes.
    pub fn of(address: std::net::IpAddr) -> Self {
        let last = match address {
            std::net::IpAddr::V4(four) => four.octets(),
            std::net::IpAddr::V6(six) => *six.octets().last_chunk().expect("16 bytes end in 4"),
        };
        let [a, b, c, d] = last;
        Self([0x02, 0x42, a, b, c, d])
    }
}

impl Mac {
    /// An address for what has none of IP: always the same for these names.
    pub fn of_names(names: &[&str]) -> Self {
        use sha2::Digest;
        let [a, b, c, d, ..] = <[u8; 32]>::from(sha2::Sha256::digest(names.join(" ").as_bytes()));
        Self([0x02, 0x42, a, b, c, d])
    }
}

impl FromStr for Mac {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let invalid = || Kind::Invalid.error(format!("invalid MAC address {text:?}"));
        let parts: Vec<&str> = text.split([':', '-']).collect();
        let byte =
            |part: &&str| u8::from_str_radix(part, 16).ok().filter(|_| part.len() == 2).with_context(invalid);
        let bytes: Vec<u8> = parts.iter().map(byte).collect::<Result<_>>()?;
        let mac: [u8; 6] = bytes.try_into().map_err(|_| invalid())?;
        if mac[0] & 1 != 0 {
            return Kind::Invalid.err(format!("invalid MAC address {text:?}: it is a group's"));
        }
        Ok(Self(mac))
    }
}

impl std::fmt::Display for Mac {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes: Vec<String> = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        f.write_str(&bytes.join(":"))
    }
}

impl TryFrom<String> for Mac {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<Mac> for String {
    fn from(mac: Mac) -> Self {
        mac.to_string()
    }
}

/// The id of the host's network, or of none: as long as those of networks that have been made.
pub fn mode_id(name: &str) -> String {
    use sha2::Digest;
    crate::state::id::hex(&sha2::Sha256::digest(format!("dhow network {name}").as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_as_they_are_typed() {
        let parse = |text: &str| text.parse::<NetworkOption>().unwrap();
        assert_eq!(parse("none"), NetworkOption::None);
        assert_eq!(parse("host"), NetworkOption::Host);
        assert_eq!(parse("container:web"), NetworkOption::Container("web".into()));
        assert_eq!(parse("ns:/run/netns/x"), NetworkOption::Path("/run/netns/x".into()));
        let plain =
            |name: &str| NetworkOption::Network(Attachment { network: name.into(), ..Attachment::default() });
        assert_eq!(parse("bridge"), plain("bridge"));
        assert_eq!(parse("dhow"), plain("bridge"));
        assert_eq!(parse("front"), plain("front"));
        assert_eq!(parse("a b"), plain("a b"));
        let sysctls = "net.ipv4.conf.IFNAME.forwarding=0,net.ipv4.conf.IFNAME.mc_forwarding=1";
        let full = Attachment {
            network: "front".into(),
            ipv4: Some("10.0.0.9".parse().unwrap()),
            ipv6: Some("fd00::9".parse().unwrap()),
            mac: Some(Mac([2, 0, 0, 0, 0, 9])),
            aliases: vec!["db".into(), "store".into()],
            interface: Some("lan0".into()),
            links: Vec::new(),
            host_loopback: false,
            gw_priority: -7,
            link_local: vec!["169.254.7.8".parse().unwrap(), "fe80::7".parse().unwrap()],
            driver_options: BTreeMap::from([
                ("a".into(), "b=c".into()),
                (driver_options::SYSCTLS.into(), sysctls.into()),
            ]),
        };
        for text in ["front:host_loopback", "front:host_loopback=true"] {
            let NetworkOption::Network(attachment) = parse(text) else { panic!("{text}") };
            assert!(attachment.host_loopback, "{text}");
        }
        let options = "ip=10.0.0.9,ip=fd00::9,mac=02:00:00:00:00:09,alias=db,alias=store,interface_name=lan0,gw-priority=-7";
        let further = format!(
            "link-local-ip=169.254.7.8,link-local-ip=fe80::7,driver-opt=a=b=c,\"driver-opt={}={sysctls}\"",
            driver_options::SYSCTLS
        );
        assert_eq!(parse(&format!("front:{options},{further}")), NetworkOption::Network(full.clone()));
        let docker = "name=front,ip=10.0.0.9,ip6=fd00::9,mac-address=02:00:00:00:00:09,alias=db,alias=store,interface-name=lan0,gw-priority=-7";
        assert_eq!(parse(&format!("{docker},{further}")), NetworkOption::Network(full));
        for bad in [
            "host:x",
            "container:",
            "ns:relative",
            "front:ip",
            "front:host_loopback=perhaps",
            "front:ip=1.2.3",
            "front:mac=1:2",
            "front:colour=red",
            "front:gw-priority=high",
            "a/b",
            "front:link-local-ip=10.0.0.1",
            "front:driver-opt=x",
            "front:driver-opt=com.docker.network.endpoint.sysctls=net.ipv4.ip_forward=1",
            "front:interface_name=sixteen-letters-",
            "front:mac=01:00:00:00:00:00",
            "ip=1.2.3.4",
        ] {
            assert!(bad.parse::<NetworkOption>().is_err(), "{bad}");
        }
    }

    #[test]
    fn links_as_they_are_typed() {
        let parse = |text: &str| text.parse::<Link>().map(|l| l.to_string()).ok();
        assert_eq!(parse("db").as_deref(), Some("db:db"));
        assert_eq!(parse("db:store").as_deref(), Some("db:store"));
        assert_eq!(parse("db:").as_deref(), Some("db:db"));
        for bad in ["", ":x", "a:b:c", "a:b c", "a:b/c"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_hardware_address_goes_with_its_address() {
        assert_eq!(Mac::of("172.17.0.5".parse().unwrap()).to_string(), "02:42:ac:11:00:05");
        assert_eq!(Mac::of("fd00::1:5".parse().unwrap()).to_string(), "02:42:00:01:00:05");
    }
}
