//! A container's network as far as files go: /etc/hosts, /etc/hostname and /etc/resolv.conf. (Interfaces come with networks.)
//!
//! The contents are pure functions of what was asked and of the host's files.

mod pool;

use std::fmt::Write as _;
use std::net::IpAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Kind, Result};
pub use pool::{AddressPool, PublishMode};

/// Which network a container has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NetworkMode {
    /// A namespace with a loopback interface only.
    None,
    /// The host's.
    Host,
}

impl FromStr for NetworkMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "none" => Ok(Self::None),
            "host" => Ok(Self::Host),
            other => {
                Kind::Unsupported.err(format!("network {other:?} is not supported yet: use none or host"))
            }
        }
    }
}

/// `NAME:ADDRESS` of `--add-host` (docker also takes `NAME=ADDRESS`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraHost {
    pub name: String,
    pub address: IpAddr,
}

impl FromStr for ExtraHost {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let at = text.find(['=', ':']);
        let Some((name, address)) =
            at.map(|at| (&text[..at], &text[at + 1..])).filter(|(n, _)| !n.is_empty())
        else {
            return Kind::Invalid.err(format!("bad format for add-host: {text:?} (NAME:ADDRESS)"));
        };
        if address == "host-gateway" {
            return Kind::Unsupported
                .err("add-host: host-gateway needs a network, which is not supported yet");
        }
        let address = address.trim_start_matches('[').trim_end_matches(']');
        match address.parse() {
            Ok(address) if !name.contains(char::is_whitespace) => Ok(Self { name: name.into(), address }),
            _ => Kind::Invalid.err(format!("invalid IP address in add-host: {address:?}")),
        }
    }
}

/// /etc/hosts of a container with a namespace of its own.
pub fn hosts(extra: &[ExtraHost], hostname: &str) -> String {
    let mut text = String::from(
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n\
         ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n",
    );
    // Without an interface the host name is this machine's loopback.
    let _ = writeln!(text, "127.0.1.1\t{hostname}");
    append(&mut text, extra);
    text
}

/// /etc/hosts of a container on the host's network: the host's own with the additions.
pub fn hosts_of_host(host: &str, extra: &[ExtraHost]) -> String {
    let mut text = host.to_string();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    append(&mut text, extra);
    text
}

fn append(text: &mut String, extra: &[ExtraHost]) {
    for host in extra {
        let _ = writeln!(text, "{}\t{}", host.address, host.name);
    }
}

/// /etc/resolv.conf: the host's, with its name servers replaced by those given.
pub fn resolv_conf(host: &str, dns: &[IpAddr]) -> String {
    if dns.is_empty() {
        return host.to_string();
    }
    let mut text: String = host
        .lines()
        .filter(|l| !l.trim_start().starts_with("nameserver"))
        .fold(String::new(), |t, l| t + l + "\n");
    for server in dns {
        let _ = writeln!(text, "nameserver {server}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_servers() {
        let extra: ExtraHost = "db:10.0.0.7".parse().unwrap();
        let six: ExtraHost = "v6=[::5]".parse().unwrap();
        let text = hosts(&[extra, six], "abc");
        assert!(text.contains("10.0.0.7\tdb\n") && text.contains("::5\tv6\n") && text.contains("\tabc\n"));
        for bad in ["db", "db:", ":1.2.3.4", "a b:1.2.3.4", "db:host-gateway", "db:1.2.3"] {
            assert!(bad.parse::<ExtraHost>().is_err(), "{bad}");
        }
        let text = resolv_conf("search a.b\nnameserver 1.1.1.1\n", &["9.9.9.9".parse().unwrap()]);
        assert_eq!(text, "search a.b\nnameserver 9.9.9.9\n");
    }
}
