//! A container's network as far as files go: /etc/hosts, /etc/hostname and /etc/resolv.conf.
//!
//! The contents are pure functions of what was asked and of the host's files.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::dns;
use super::endpoint::Record;
use crate::error::{Error, Kind, Result};

/// `NAME:ADDRESS` of `--add-host` (docker also takes `NAME=ADDRESS`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraHost {
    pub name: String,
    /// `None` was `host-gateway`, the host's address on the container's network, which is not known yet.
    pub address: Option<IpAddr>,
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
            return Ok(Self { name: name.into(), address: None });
        }
        let address = address.trim_start_matches('[').trim_end_matches(']');
        match address.parse() {
            Ok(address) if !name.contains(char::is_whitespace) => {
                Ok(Self { name: name.into(), address: Some(address) })
            }
            _ => Kind::Invalid.err(format!("invalid IP address in add-host: {address:?}")),
        }
    }
}

/// /etc/hosts of a container with a namespace of its own.
pub fn hosts(extra: &[ExtraHost], hostname: &str, record: Option<&Record>) -> String {
    let mut text = String::from(
        "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\n\
         ff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n",
    );
    append(&mut text, extra);
    let addresses = record.iter().flat_map(|r| &r.endpoints).flat_map(|e| &e.addresses);
    for address in addresses {
        let _ = writeln!(text, "{}\t{hostname}", address.addr());
    }
    if record.and_then(Record::address).is_none() {
        // Without an interface the host name is this machine's loopback.
        let _ = writeln!(text, "127.0.1.1\t{hostname}");
    }
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
    for (address, host) in extra.iter().filter_map(|h| Some((h.address?, h))) {
        let _ = writeln!(text, "{address}\t{}", host.name);
    }
}

/// What was asked about name servers.
#[derive(Debug, Clone, Copy)]
pub struct Resolver<'a> {
    pub servers: &'a [IpAddr],
    pub search: &'a [String],
    pub options: &'a [String],
    /// The host's loopback and link-local addresses lead nowhere.
    pub isolated: bool,
    /// The container's own name server is asked, which passes on what it doesn't know.
    pub embedded: bool,
}

/// Servers for a container that can't reach those of its host, as docker has them.
const PUBLIC_SERVERS: [&str; 2] = ["8.8.8.8", "8.8.4.4"];

/// Where name servers listen.
pub const NAMES_PORT: u16 = 53;

/// The name servers of a resolv.conf(5). One with a scope (`fe80::1%eth0`) is reached by an interface of the caller's network namespace.
pub fn name_servers(text: &str) -> Vec<SocketAddr> {
    let mut found = Vec::new();
    for line in text.lines() {
        let mut words = line.split(['#', ';']).next().unwrap_or_default().split_whitespace();
        if words.next() == Some("nameserver") {
            found.extend(words.next().and_then(name_server));
        }
    }
    found
}

fn name_server(word: &str) -> Option<SocketAddr> {
    let Some((address, scope)) = word.split_once('%') else {
        return word.parse().ok().map(|address| SocketAddr::new(address, NAMES_PORT));
    };
    let index = scope.parse().ok().or_else(|| nix::net::if_::if_nametoindex(scope).ok())?;
    Some(SocketAddrV6::new(address.parse().ok()?, NAMES_PORT, 0, index).into())
}

/// /etc/resolv.conf of a container with a name server of its own.
fn embedded(host: &str, wanted: &Resolver<'_>) -> String {
    let own = [IpAddr::V4(dns::ADDRESS)];
    let resolver = Resolver { servers: &own, isolated: false, embedded: false, ..*wanted };
    let text = resolv_conf(host, &resolver);
    let options = |line: &&str| line.split_whitespace().next() == Some("options");
    let mut options: Vec<&str> =
        text.lines().filter(options).flat_map(|line| line.split_whitespace().skip(1)).collect();
    if options.iter().any(|o| o.starts_with("ndots:")) {
        return text;
    }
    // Else the search list comes before the containers' names, which mostly have no dot.
    options.push("ndots:0");
    resolv_conf(
        host,
        &Resolver { options: &options.iter().map(ToString::to_string).collect::<Vec<_>>(), ..resolver },
    )
}

/// /etc/resolv.conf: the host's, each part replaced by what was asked.
pub fn resolv_conf(host: &str, wanted: &Resolver<'_>) -> String {
    if wanted.embedded {
        return embedded(host, wanted);
    }
    let keyword = |line: &str| line.split_whitespace().next().unwrap_or_default().to_string();
    let out_of_reach = |line: &str| {
        let word = line.split_whitespace().nth(1).unwrap_or_default();
        word.contains('%') || word.parse::<IpAddr>().is_ok_and(|a| a.is_loopback())
    };
    let mut text = String::new();
    let mut servers = wanted.servers.len();
    for line in host.lines() {
        let keep = match keyword(line).as_str() {
            "nameserver" => wanted.servers.is_empty() && !(wanted.isolated && out_of_reach(line)),
            "search" | "domain" => wanted.search.is_empty(),
            "options" => wanted.options.is_empty(),
            _ => true,
        };
        if keep {
            servers += usize::from(keyword(line) == "nameserver");
            text += line;
            text.push('\n');
        }
    }
    // `.` stands for no search at all.
    if !wanted.search.is_empty() && wanted.search != ["."] {
        let _ = writeln!(text, "search {}", wanted.search.join(" "));
    }
    if !wanted.options.is_empty() {
        let _ = writeln!(text, "options {}", wanted.options.join(" "));
    }
    for server in wanted.servers {
        let _ = writeln!(text, "nameserver {server}");
    }
    if wanted.isolated && servers == 0 {
        for server in PUBLIC_SERVERS {
            let _ = writeln!(text, "nameserver {server}");
        }
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
        let text = hosts(&[extra, six], "abc", None);
        assert!(text.contains("10.0.0.7\tdb\n") && text.contains("::5\tv6\n") && text.contains("\tabc\n"));
        for bad in ["db", "db:", ":1.2.3.4", "a b:1.2.3.4", "db:1.2.3"] {
            assert!(bad.parse::<ExtraHost>().is_err(), "{bad}");
        }
        let host = "search a.b\nnameserver 127.0.0.53\noptions edns0\nnameserver 1.1.1.1\n";
        let resolver = Resolver { servers: &[], search: &[], options: &[], isolated: false, embedded: false };
        assert_eq!(resolv_conf(host, &resolver), host);
        let isolated = Resolver { isolated: true, ..resolver };
        assert_eq!(resolv_conf(host, &isolated), "search a.b\noptions edns0\nnameserver 1.1.1.1\n");
        assert_eq!(
            resolv_conf("nameserver ::1\nnameserver fe80::1%eth0\n", &isolated),
            "nameserver 8.8.8.8\nnameserver 8.8.4.4\n"
        );
        let asked = Resolver {
            servers: &["9.9.9.9".parse().unwrap()],
            search: &["x.y".into()],
            options: &["ndots:2".into()],
            isolated: true,
            embedded: false,
        };
        assert_eq!(resolv_conf(host, &asked), "search x.y\noptions ndots:2\nnameserver 9.9.9.9\n");
        assert_eq!(
            resolv_conf(host, &Resolver { search: &[".".into()], ..asked }),
            "options ndots:2\nnameserver 9.9.9.9\n"
        );
        assert_eq!(
            resolv_conf(host, &Resolver { embedded: true, ..isolated }),
            "search a.b\noptions edns0 ndots:0\nnameserver 127.0.0.11\n"
        );
        assert_eq!(
            resolv_conf(host, &Resolver { embedded: true, ..asked }),
            "search x.y\noptions ndots:2\nnameserver 127.0.0.11\n"
        );
        let servers = name_servers(
            "nameserver 1.1.1.1 # a\n;nameserver 2.2.2.2\nnameserver fe80::1%lo\nnameserver fe80::2%7\nnameserver fe80::3%nosuch\nnameserver ::1",
        );
        let lo = nix::net::if_::if_nametoindex("lo").unwrap();
        let scoped = |address: &str, index| SocketAddrV6::new(address.parse().unwrap(), 53, 0, index).into();
        let plain = |text: &str| text.parse::<SocketAddr>().unwrap();
        let wanted = [plain("1.1.1.1:53"), scoped("fe80::1", lo), scoped("fe80::2", 7), plain("[::1]:53")];
        assert_eq!(servers, wanted);
    }
}
