//! Published ports, as they are typed and as they are.

use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Context, Error, Kind, Result};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Protocol {
    #[default]
    Tcp,
    Udp,
    Sctp,
}

impl Protocol {
    pub fn name(self) -> &'static str {
        match self {
            Self::Tcp => "tcp",
            Self::Udp => "udp",
            Self::Sctp => "sctp",
        }
    }
}

impl FromStr for Protocol {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.to_ascii_lowercase().as_str() {
            "tcp" => Ok(Self::Tcp),
            "udp" => Ok(Self::Udp),
            "sctp" => Ok(Self::Sctp),
            _ => Kind::Invalid.err(format!("invalid proto: {text}")),
        }
    }
}

/// A port of the container that is to be published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Published {
    /// `None`: at the default address.
    pub host_ip: Option<IpAddr>,
    /// The ports of the host of which it gets one; `None`: any that is free.
    pub host_ports: Option<(u16, u16)>,
    pub container_port: u16,
    pub protocol: Protocol,
}

/// A port of the host that leads to one of the container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// `None`: all addresses, of both families.
    pub host_ip: Option<IpAddr>,
    pub host_port: u16,
    pub container_port: u16,
    pub protocol: Protocol,
}

impl Binding {
    /// As docker prints it: `0.0.0.0:8080`.
    pub fn host(&self) -> String {
        match self.host_ip {
            None => format!("0.0.0.0:{}", self.host_port),
            Some(IpAddr::V4(four)) => format!("{four}:{}", self.host_port),
            Some(IpAddr::V6(six)) => format!("[{six}]:{}", self.host_port),
        }
    }

    /// `80/tcp`.
    pub fn container(&self) -> String {
        format!("{}/{}", self.container_port, self.protocol.name())
    }
}

/// What `-p` was given: one port or a range of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortSpec(pub Vec<Published>);

impl FromStr for PortSpec {
    type Err = Error;

    /// `[[IP:][PORT[-PORT]]:]PORT[-PORT][/PROTOCOL]`
    fn from_str(text: &str) -> Result<Self> {
        let (ports, protocol) = text.split_once('/').map_or((text, "tcp"), |(p, proto)| (p, proto));
        let protocol = protocol.parse()?;
        let (host, container) = ports.rsplit_once(':').map_or((None, ports), |(h, c)| (Some(h), c));
        let (ip, host_ports) = match host {
            None => (None, None),
            Some(host) => split_host(host, text)?,
        };
        let (first, last) = range(container)
            .with_context(|| Kind::Invalid.error(format!("invalid containerPort: {container}")))?;
        let host_ports = host_ports
            .filter(|p| !p.is_empty())
            .map(|p| range(p).with_context(|| Kind::Invalid.error(format!("invalid hostPort: {p}"))))
            .transpose()?;
        let count = u32::from(last - first) + 1;
        let hosts = host_ports.map(|(a, b)| u32::from(b - a) + 1);
        if hosts.is_some_and(|hosts| hosts != count && count != 1) {
            return Kind::Invalid.err(format!(
                "invalid ranges specified for container and host Ports: {container} and {}",
                host.unwrap_or_default()
            ));
        }
        let published = (first..=last).zip(0u16..).map(|(container_port, n)| Published {
            host_ip: ip,
            // One port of the container may have any of a range of the host's.
            host_ports: host_ports.map(|(a, b)| if count == 1 { (a, b) } else { (a + n, a + n) }),
            container_port,
            protocol,
        });
        Ok(Self(published.collect()))
    }
}

/// The part before the container's port: `IP`, `IP:PORT`, `[IP]:PORT` or `PORT`.
fn split_host<'a>(host: &'a str, whole: &str) -> Result<(Option<IpAddr>, Option<&'a str>)> {
    let invalid = |ip: &str| Kind::Invalid.error(format!("invalid IP address in {whole:?}: {ip}"));
    if let Some(rest) = host.strip_prefix('[') {
        let (ip, port) = rest.split_once(']').with_context(|| invalid(host))?;
        let ip: Ipv6Addr = ip.parse().map_err(|_| invalid(ip))?;
        return Ok((Some(ip.into()), port.strip_prefix(':')));
    }
    match host.rsplit_once(':') {
        Some((ip, port)) => Ok((Some(ip.parse().map_err(|_| invalid(ip))?), Some(port))),
        // `127.0.0.1::80` leaves the port open; a lone word is a port.
        None if host.contains('.') => Ok((Some(host.parse().map_err(|_| invalid(host))?), None)),
        None => Ok((None, Some(host))),
    }
}

/// `PORT` or `PORT-PORT`, in order, without 0.
fn range(text: &str) -> Option<(u16, u16)> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let (first, last) = (first.parse().ok()?, last.parse().ok()?);
    (first > 0 && first <= last).then_some((first, last))
}

/// An exposed port as images have it, `80/tcp` or `80`.
pub fn exposed(text: &str) -> Result<(u16, Protocol)> {
    let (port, protocol) = text.split_once('/').unwrap_or((text, "tcp"));
    let port = port.parse().ok().filter(|p| *p > 0);
    let port = port.with_context(|| Kind::Invalid.error(format!("invalid port: {text:?}")))?;
    Ok((port, protocol.parse()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    type Parsed = (Option<String>, Option<(u16, u16)>, u16, &'static str);

    fn parse(text: &str) -> Vec<Parsed> {
        let spec: PortSpec = text.parse().unwrap_or_else(|e| panic!("{text}: {e}"));
        let one = |p: Published| {
            (p.host_ip.map(|i| i.to_string()), p.host_ports, p.container_port, p.protocol.name())
        };
        spec.0.into_iter().map(one).collect()
    }

    #[test]
    fn ports_as_they_are_typed() {
        let at = |ip: &str| Some(ip.to_string());
        for (text, expected) in [
            ("80", (None, None, 80, "tcp")),
            ("80/udp", (None, None, 80, "udp")),
            ("8080:80", (None, Some((8080, 8080)), 80, "tcp")),
            ("8080-8090:80/SCTP", (None, Some((8080, 8090)), 80, "sctp")),
            ("127.0.0.1:8080:80", (at("127.0.0.1"), Some((8080, 8080)), 80, "tcp")),
            ("127.0.0.1::80", (at("127.0.0.1"), None, 80, "tcp")),
            ("[::1]:8080:80", (at("::1"), Some((8080, 8080)), 80, "tcp")),
            ("[::1]::80", (at("::1"), None, 80, "tcp")),
            (":80", (None, None, 80, "tcp")),
        ] {
            assert_eq!(parse(text), [expected], "{text}");
        }
        let range = parse("8000-8002:80-82");
        assert_eq!(
            range.iter().map(|p| (p.1.unwrap().0, p.2)).collect::<Vec<_>>(),
            [(8000, 80), (8001, 81), (8002, 82)]
        );
        assert_eq!(parse("80-82").len(), 3);
        for bad in [
            "",
            "0",
            "65536",
            "80/icmp",
            "x:80",
            "8080-8081:80-82",
            "82-80",
            "300.1.1.1:80:80",
            "[::1:80:80",
            "1.2.3.4:0:80",
        ] {
            assert!(bad.parse::<PortSpec>().is_err(), "{bad}");
        }
    }
}
