//! Published ports are reserved by sockets of the monitor that listen on them: nobody else on the host can have them, and who has one
//! already is named.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockProtocol, SockType, SockaddrStorage, bind, listen, setsockopt,
    socket, sockopt,
};

use super::endpoint::Record;
use super::ports::{Binding, Protocol, Published};
use crate::error::{Context, Kind, Result};
use crate::sys::inet;
use crate::sys::sctp::{self, Streams};

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

/// Reserves one port. `default` is the address where none was asked for; `containers` has the records of the others. `listens`: it is a
/// listener that leads to the container; else rules do, which may lead SCTP on though the kernel has no sockets of that kind.
pub fn port(
    wanted: &Published,
    default: Option<IpAddr>,
    containers: &Path,
    listens: bool,
) -> Result<Reserved> {
    let host_ip = wanted.host_ip.or(default);
    let (first, last) = wanted.host_ports.unwrap_or((0, 0));
    let (container_port, protocol) = (wanted.container_port, wanted.protocol);
    let at = |host_port| Binding { host_ip, host_port, container_port, protocol };
    let mut busy = None;
    for port in first..=last {
        match take(wanted.protocol, host_ip, port) {
            Ok((port, host_ip, sockets)) => {
                return Ok(Reserved { binding: Binding { host_ip, ..at(port) }, sockets });
            }
            Err(Errno::EPROTONOSUPPORT | Errno::ESOCKTNOSUPPORT) if !listens && port > 0 => {
                // That the rules can't have the port twice must do.
                return Ok(Reserved { binding: at(port), sockets: Vec::new() });
            }
            Err(Errno::EPROTONOSUPPORT | Errno::ESOCKTNOSUPPORT) => return no_sockets(wanted, listens),
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
    let port = busy.unwrap_or(last);
    let owner = owner(&at(port), containers);
    // Of no kind: docker's clients know it by its words.
    if first == last {
        anyhow::bail!("Bind for {} failed: port is already allocated{owner}", at(port).host());
    }
    anyhow::bail!("Bind for {}-{last} failed: all ports are already allocated", at(first).host())
}

/// The kernel has no sockets of SCTP.
fn no_sockets(wanted: &Published, listens: bool) -> Result<Reserved> {
    let port = wanted.container_port;
    Kind::Unsupported.err(if listens {
        format!(
            "publishing {port}/sctp: this host's kernel has no SCTP sockets, which a listener takes: load its module sctp (modprobe sctp)"
        )
    } else {
        format!(
            "publishing {port}/sctp: this host's kernel has no SCTP sockets to find a port with (modprobe sctp): say which port of the host it is to have, as 5000:{port}/sctp"
        )
    })
}

/// The sockets that reserve a port, which it is (0 takes any), and at which address (`None`: all).
type Taken = (u16, Option<IpAddr>, Vec<OwnedFd>);

fn take(protocol: Protocol, ip: Option<IpAddr>, port: u16) -> nix::Result<Taken> {
    let any = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
    let (number, socket) = one(protocol, ip.unwrap_or(any), port)?;
    if ip.is_some() {
        return Ok((number, ip, vec![socket]));
    }
    match one(protocol, IpAddr::V6(Ipv6Addr::UNSPECIFIED), number) {
        Ok((_, six)) => Ok((number, None, vec![socket, six])),
        // A host without IPv6 has no such addresses to publish at.
        Err(Errno::EAFNOSUPPORT | Errno::EADDRNOTAVAIL) => Ok((number, Some(any), vec![socket])),
        Err(errno) => Err(errno),
    }
}

fn one(protocol: Protocol, ip: IpAddr, port: u16) -> nix::Result<(u16, OwnedFd)> {
    let fd = match protocol {
        Protocol::Tcp => unbound(ip, SockType::Stream, SockProtocol::Tcp)?,
        Protocol::Udp => unbound(ip, SockType::Datagram, SockProtocol::Udp)?,
        Protocol::Sctp => sctp::stream(ip.is_ipv4())?,
    };
    if protocol == Protocol::Sctp {
        sctp::offer(fd.as_fd(), Streams::OFFERED)?;
    }
    if protocol != Protocol::Udp {
        // Connections that are over don't hold the port; a socket that listens does.
        setsockopt(&fd, sockopt::ReuseAddr, &true)?;
    }
    bind(fd.as_raw_fd(), &SockaddrStorage::from(SocketAddr::new(ip, port)))?;
    if protocol != Protocol::Udp {
        listen(&fd, Backlog::new(128)?)?;
    }
    inet::own_address(fd.as_fd()).map(|own| (own.port(), fd))
}

fn unbound(ip: IpAddr, kind: SockType, protocol: SockProtocol) -> nix::Result<OwnedFd> {
    let family = if ip.is_ipv4() { AddressFamily::Inet } else { AddressFamily::Inet6 };
    let fd = socket(family, kind, SockFlag::SOCK_CLOEXEC | SockFlag::SOCK_NONBLOCK, protocol)?;
    if ip.is_ipv6() {
        setsockopt(&fd, sockopt::Ipv6V6Only, &true)?;
    }
    Ok(fd)
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
    let (tables, inode): (&[&str], Column) = match binding.protocol {
        Protocol::Tcp => (&["/proc/net/tcp", "/proc/net/tcp6"], listening),
        Protocol::Udp => (&["/proc/net/udp", "/proc/net/udp6"], listening),
        Protocol::Sctp => (&["/proc/net/sctp/eps"], endpoint),
    };
    let text = tables.iter().map(|t| std::fs::read_to_string(t).unwrap_or_default()).collect::<String>();
    let inodes = text.lines().filter_map(|line| inode(line, binding.host_port));
    let sockets: Vec<String> = inodes.map(|inode| format!("socket:[{inode}]")).collect();
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

/// The inode of a socket at this port, in a line of a table of the kernel's.
type Column = fn(&str, u16) -> Option<&str>;

/// /proc/net/tcp and udp (proc_net_tcp(5)): sockets that listen or have no peer.
fn listening(line: &str, port: u16) -> Option<&str> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let own = fields.get(1)?.rsplit_once(':')?.1;
    let waits = matches!(*fields.get(3)?, "0A" | "07");
    let same = u16::from_str_radix(own, 16).ok()? == port;
    if same && waits { fields.get(9).copied() } else { None }
}

/// /proc/net/sctp/eps: `ENDPT SOCK STY SST HBKT LPORT UID INODE LADDRS`
fn endpoint(line: &str, port: u16) -> Option<&str> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let same = fields.get(5)?.parse::<u16>().ok()? == port;
    if same { fields.get(7).copied() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sockets_in_the_tables_of_the_kernel() {
        let tcp = "   1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100";
        assert_eq!(listening(tcp, 8080), Some("4711"));
        assert_eq!(listening(tcp, 80), None);
        assert_eq!(listening(&tcp.replace(" 0A ", " 01 "), 8080), None, "connected");
        // As Linux 6.1 has it.
        let sctp = "55ec994f 268c89ff 2   10  25   99        0 11102 127.0.0.1 ";
        assert_eq!(endpoint(sctp, 99), Some("11102"));
        assert_eq!(endpoint(sctp, 11102), None);
        assert_eq!(endpoint(" ENDPT     SOCK   STY SST HBKT LPORT   UID INODE LADDRS", 99), None);
    }
}
