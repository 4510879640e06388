//! Published ports are reserved by sockets of the monitor that listen on them: nobody else on the host can have them, and who has one
//! already is named.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsRawFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockProtocol, SockType, SockaddrStorage, bind, getsockname, listen,
    setsockopt, socket, sockopt,
};

use super::endpoint::Record;
use super::ports::{Binding, Protocol, Published};
use crate::error::{Context, Kind, Result};

/// A socket that keeps a published port, and which port of the container that is.
#[derive(Debug)]
pub struct ReservedPort {
    pub protocol: Protocol,
    pub container_port: u16,
    pub socket: OwnedFd,
}

#[derive(Debug)]
pub struct Reserved {
    pub binding: Binding,
    pub sockets: Vec<OwnedFd>,
}

/// Reserves one port. `default` is the address where none was asked for; `containers` has the records of the others.
pub fn port(wanted: &Published, default: Option<IpAddr>, containers: &Path) -> Result<Reserved> {
    let host_ip = wanted.host_ip.or(default);
    if wanted.protocol == Protocol::Sctp && wanted.host_ports.is_none() {
        return Kind::Unsupported.err(format!(
            "publishing {}/sctp: say which port of the host it is to have, as 5000:{}/sctp",
            wanted.container_port, wanted.container_port
        ));
    }
    let (first, last) = wanted.host_ports.unwrap_or((0, 0));
    let mut busy = None;
    for port in first..=last {
        match take(wanted.protocol, host_ip, port) {
            Ok((host_port, sockets)) => {
                let (container_port, protocol) = (wanted.container_port, wanted.protocol);
                let binding = Binding { host_ip, host_port, container_port, protocol };
                return Ok(Reserved { binding, sockets });
            }
            Err(Errno::EADDRINUSE) => busy = Some(port),
            Err(Errno::EADDRNOTAVAIL) => {
                return Kind::Invalid.err(format!(
                    "cannot publish at {}: it is not an address of this host",
                    host_ip.map(|i| i.to_string()).unwrap_or_default()
                ));
            }
            Err(Errno::EACCES) => {
                return Kind::Forbidden.err(format!(
                    "cannot publish port {port}: ordinary users may have ports from {} on; the sysctl net.ipv4.ip_unprivileged_port_start={port} would allow it",
                    std::fs::read_to_string("/proc/sys/net/ipv4/ip_unprivileged_port_start").map_or_else(|_| "1024".into(), |s| s.trim().to_string())
                ));
            }
            Err(errno) => return Err(errno).with_context(|| format!("reserving port {port}")),
        }
    }
    let at = |port| {
        let (container_port, protocol) = (wanted.container_port, wanted.protocol);
        Binding { host_ip, host_port: port, container_port, protocol }
    };
    let port = busy.unwrap_or(last);
    let owner = owner(&at(port), containers);
    Kind::Conflict.err(if first == last {
        format!("Bind for {} failed: port is already allocated{owner}", at(port).host())
    } else {
        format!("Bind for {}-{last} failed: all ports are already allocated", at(first).host())
    })
}

/// The sockets that reserve a port, and which it is; 0 takes any.
fn take(protocol: Protocol, ip: Option<IpAddr>, port: u16) -> nix::Result<(u16, Vec<OwnedFd>)> {
    if protocol == Protocol::Sctp {
        // The kernel may forward SCTP though it has no sockets of that kind: that the rules can't have the port twice must do.
        return Ok((port, Vec::new()));
    }
    let Some(ip) = ip else {
        let four = one(protocol, IpAddr::V4(Ipv4Addr::UNSPECIFIED), port)?;
        // A host without IPv6 has no such addresses to publish at.
        return match one(protocol, IpAddr::V6(Ipv6Addr::UNSPECIFIED), four.0) {
            Ok(six) => Ok((four.0, vec![four.1, six.1])),
            Err(Errno::EAFNOSUPPORT | Errno::EADDRNOTAVAIL) => Ok((four.0, vec![four.1])),
            Err(errno) => Err(errno),
        };
    };
    one(protocol, ip, port).map(|(port, socket)| (port, vec![socket]))
}

fn one(protocol: Protocol, ip: IpAddr, port: u16) -> nix::Result<(u16, OwnedFd)> {
    let family = if ip.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let (kind, number) = match protocol {
        Protocol::Tcp => (SockType::Stream, SockProtocol::Tcp),
        Protocol::Udp => (SockType::Datagram, SockProtocol::Udp),
        Protocol::Sctp => return Err(Errno::EPROTONOSUPPORT),
    };
    let fd = socket(family, kind, SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK, number)?;
    if ip.is_ipv6() {
        setsockopt(&fd, sockopt::Ipv6V6Only, &true)?;
    }
    if protocol == Protocol::Tcp {
        // Connections that are over don't hold the port; a socket that listens does.
        setsockopt(&fd, sockopt::ReuseAddr, &true)?;
    }
    bind(fd.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(ip, port)))?;
    if protocol == Protocol::Tcp {
        listen(&fd, Backlog::new(128)?)?;
    }
    let bound: SockaddrStorage = getsockname(fd.as_raw_fd())?;
    let bound = bound
        .as_sockaddr_in()
        .map(nix::sys::socket::SockaddrIn::port)
        .or_else(|| bound.as_sockaddr_in6().map(nix::sys::socket::SockaddrIn6::port));
    Ok((bound.unwrap_or(port), fd))
}

/// Who has the port, as the end of a sentence.
fn owner(binding: &Binding, containers: &Path) -> String {
    for run in std::fs::read_dir(containers).into_iter().flatten().flatten() {
        let Ok(Some(record)) = Record::read(&run.path()) else { continue };
        let same = |b: &Binding| {
            b.host_port == binding.host_port
                && b.protocol == binding.protocol
                && (b.host_ip.is_none() || binding.host_ip.is_none() || b.host_ip == binding.host_ip)
        };
        if record.bindings.iter().any(same) {
            let id = run.file_name().to_string_lossy().chars().take(12).collect::<String>();
            return format!(", by container {id}");
        }
    }
    process(binding).map(|(pid, name)| format!(", by process {pid} ({name})")).unwrap_or_default()
}

/// The process that has a socket on the port, as far as /proc shows it.
fn process(binding: &Binding) -> Option<(i32, String)> {
    let tables = match binding.protocol {
        Protocol::Tcp | Protocol::Sctp => ["/proc/net/tcp", "/proc/net/tcp6"],
        Protocol::Udp => ["/proc/net/udp", "/proc/net/udp6"],
    };
    let listening = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let port = fields.get(1)?.rsplit_once(':')?.1;
        let waits = matches!(*fields.get(3)?, "0A" | "07");
        let same = u16::from_str_radix(port, 16).ok()? == binding.host_port;
        (same && waits).then(|| format!("socket:[{}]", fields.get(9).unwrap_or(&"")))
    };
    let text = tables.iter().map(|t| std::fs::read_to_string(t).unwrap_or_default()).collect::<String>();
    let sockets: Vec<String> = text.lines().filter_map(listening).collect();
    let pids = std::fs::read_dir("/proc").ok()?.flatten();
    for pid in pids.filter_map(|e| e.file_name().to_str()?.parse::<i32>().ok()) {
        let fds = std::fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
        let has = |e: std::fs::DirEntry| {
            std::fs::read_link(e.path()).is_ok_and(|l| sockets.iter().any(|s| l.as_os_str() == s.as_str()))
        };
        if fds.into_iter().any(has) {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
            return Some((pid, name.trim().to_string()));
        }
    }
    None
}
