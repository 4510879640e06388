//! File systems that a server has (nfs(5), mount.cifs(8)): which server that is, and how the kernel, which resolves no names, is told of it.
//!
//! Pure: names are looked up by who calls.

use std::net::{IpAddr, SocketAddr};

use super::driver::DeviceMount;
use crate::error::{Context, Kind, Result};

const NFS: [&str; 2] = ["nfs", "nfs4"];
const CIFS: [&str; 2] = ["cifs", "smb3"];
/// Ports of the services: of NFS 4, of the one that knows the ports of its older versions, and of CIFS.
const NFS_PORT: u16 = 2049;
const RPCBIND_PORT: u16 = 111;
const CIFS_PORT: u16 = 445;

impl DeviceMount {
    /// Whether a server has it.
    pub fn is_remote(&self) -> bool {
        NFS.contains(&self.kind.as_str()) || CIFS.contains(&self.kind.as_str())
    }

    /// The same with the server's address among the options: the one of `addr=`, or of the server that the device names.
    pub fn with_address(self, look_up: impl Fn(&str) -> Result<IpAddr>) -> Result<Self> {
        if !self.is_remote() {
            return Ok(self);
        }
        let given = self.value("addr").or_else(|| self.value("ip").filter(|_| self.kind != "nfs"));
        let named = given.or_else(|| self.host()).filter(|host| !host.is_empty());
        let Some(host) = named.map(str::to_string) else {
            return Kind::Invalid.err(format!(
                "which server has {} is not known: give its address in the option o as addr=SERVER",
                self.device
            ));
        };
        let address = match host.parse() {
            Ok(address) => address,
            Err(_) => look_up(&host).context("error resolving passed in network volume address")?,
        };
        let mut options = self.options;
        options.retain(|option| !option.starts_with("addr="));
        options.push(format!("addr={address}"));
        // What mount(2) knows by the type is an option where a file system is told of its options one by one.
        let has_version =
            |o: &String| o.starts_with("vers=") || o.starts_with("nfsvers=") || o.starts_with("v4");
        if self.kind == "nfs4" && !options.iter().any(has_version) {
            options.push("vers=4".into());
        }
        Ok(Self { options, ..self })
    }

    /// Where the server has to answer for it to be mounted; `None` if only the kernel can tell.
    pub fn service(&self) -> Option<SocketAddr> {
        let address: IpAddr = self.value("addr")?.parse().ok()?;
        let given = self.value("port").and_then(|port| port.parse().ok()).filter(|port| *port != 0);
        if CIFS.contains(&self.kind.as_str()) {
            return Some(SocketAddr::new(address, given.unwrap_or(CIFS_PORT)));
        }
        let transport = self.value("proto").unwrap_or("tcp");
        let over_tcp = matches!(transport, "tcp" | "tcp6") && !self.has("udp") && !self.has("rdma");
        if !self.is_remote() || !over_tcp {
            return None;
        }
        let version = self.value("vers").or_else(|| self.value("nfsvers")).unwrap_or_default();
        let is_4 = self.kind == "nfs4" || version.starts_with('4') || self.has("v4");
        let usual = if is_4 { NFS_PORT } else { RPCBIND_PORT };
        Some(SocketAddr::new(address, given.unwrap_or(usual)))
    }

    /// The server that the device names: `HOST:/path`, `[ADDRESS]:/path`, `//HOST/share`.
    fn host(&self) -> Option<&str> {
        if CIFS.contains(&self.kind.as_str()) {
            let rest = self.device.strip_prefix("//").or_else(|| self.device.strip_prefix(r"\\"))?;
            return rest.split(['/', '\\']).next();
        }
        match self.device.strip_prefix('[') {
            Some(rest) => rest.split_once("]:").map(|(host, _)| host),
            None => self.device.split_once(':').map(|(host, _)| host),
        }
    }

    fn value(&self, key: &str) -> Option<&str> {
        self.options.iter().rev().find_map(|o| o.strip_prefix(key)?.strip_prefix('='))
    }

    fn has(&self, option: &str) -> bool {
        self.options.iter().any(|o| o == option)
    }
}

/// Options as they may be shown, without a password.
pub fn shown(options: &[String]) -> String {
    let hidden = |option: &String| match option.split_once('=') {
        Some((key @ ("password" | "pass"), _)) => format!("{key}=********"),
        _ => option.clone(),
    };
    options.iter().map(hidden).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn device(kind: &str, device: &str, options: &str) -> DeviceMount {
        let options = options.split(',').filter(|o| !o.is_empty()).map(String::from).collect();
        DeviceMount { kind: kind.into(), device: device.into(), options }
    }

    fn look_up(host: &str) -> Result<IpAddr> {
        match host {
            "server" => Ok([10, 0, 0, 1].into()),
            other => Kind::NotFound.err(format!("there is no host named {other}")),
        }
    }

    #[test]
    fn the_kernel_is_told_the_servers_address() {
        for (kind, source, options, told) in [
            ("nfs", ":/x", "addr=server,vers=4", "vers=4,addr=10.0.0.1"),
            ("nfs", ":/x", "addr=192.0.2.1,ro", "ro,addr=192.0.2.1"),
            ("nfs4", "server:/x", "", "addr=10.0.0.1,vers=4"),
            ("nfs4", "server:/x", "v4.2", "v4.2,addr=10.0.0.1"),
            ("nfs", "[fd00::1]:/x", "soft", "soft,addr=fd00::1"),
            ("nfs", "other:/x", "addr=server", "addr=10.0.0.1"),
            ("cifs", "//server/share", "username=u", "username=u,addr=10.0.0.1"),
            ("cifs", "//server/share", "ip=192.0.2.7", "ip=192.0.2.7,addr=192.0.2.7"),
            ("ext4", "/dev/x", "noatime", "noatime"),
        ] {
            let found = device(kind, source, options).with_address(look_up).unwrap();
            assert_eq!(found.options.join(","), told, "{kind} {source} {options}");
            assert_eq!(found.device, source);
        }
        for (source, options, says) in [
            (":/x", "vers=4", "which server has :/x is not known"),
            ("nowhere:/x", "", "there is no host named nowhere"),
        ] {
            let error = device("nfs", source, options).with_address(look_up).unwrap_err();
            assert!(format!("{error:#}").contains(says), "{error:#}");
        }
    }

    #[test]
    fn where_a_server_answers() {
        for (kind, options, port) in [
            ("nfs4", "addr=192.0.2.1", Some(2049)),
            ("nfs", "addr=192.0.2.1,vers=4.2", Some(2049)),
            ("nfs", "addr=192.0.2.1,nfsvers=4,port=3049", Some(3049)),
            ("nfs", "addr=192.0.2.1,vers=3", Some(111)),
            ("nfs", "addr=192.0.2.1,vers=3,proto=udp", None),
            ("nfs", "vers=4", None),
            ("cifs", "addr=192.0.2.1", Some(445)),
            ("ext4", "addr=192.0.2.1", None),
        ] {
            let found = device(kind, "x:/x", options).service().map(|service| service.port());
            assert_eq!(found, port, "{kind} {options}");
        }
    }

    #[test]
    fn passwords_are_not_shown() {
        let options = device("cifs", "//s/x", "username=u,password=secret,ro").options;
        assert_eq!(shown(&options), "username=u,password=********,ro");
    }
}
