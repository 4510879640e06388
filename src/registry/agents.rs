//! HTTP agents: one per scheme, host and port, with that host's certificates and proxy.

use std::collections::HashMap;
use std::env;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use ureq::config::Config;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Proxy};

use super::dns::SystemResolver;
use crate::error::{Context, Kind, Result};

/// Until a connection stands, names and TLS included.
const CONNECT: Duration = Duration::from_secs(30);
/// Until the header of a response is there. Registries may compute for a while.
const RESPONSE: Duration = Duration::from_mins(1);
/// How long a body may stay silent.
const SILENCE: Duration = Duration::from_mins(1);

/// Makes agents and keeps them, with their connections.
pub struct Agents {
    /// Where `HOST[:PORT]/` directories with certificates are, best first.
    certs_dirs: Vec<PathBuf>,
    made: Mutex<HashMap<String, Agent>>,
    roots: OnceLock<Vec<Certificate<'static>>>,
}

impl Agents {
    pub fn new(certs_dirs: Vec<PathBuf>) -> Self {
        Self { certs_dirs, made: Mutex::default(), roots: OnceLock::new() }
    }

    /// The agent for `scheme://authority`. An `insecure` one takes any certificate.
    pub fn get(&self, scheme: &str, authority: &str, insecure: bool) -> Result<Agent> {
        let key = format!("{scheme}://{authority} {insecure}");
        if let Some(agent) = self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(agent.clone());
        }
        let agent = self.make(scheme, authority, insecure)?;
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(key, agent.clone());
        Ok(agent)
    }

    fn make(&self, scheme: &str, authority: &str, insecure: bool) -> Result<Agent> {
        let mut config = Config::builder()
            .http_status_as_error(false)
            // Followed by hand: credentials and certificates of one host are not for another.
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("dhow/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(CONNECT))
            .timeout_recv_response(Some(RESPONSE))
            .timeout_per_read(Some(SILENCE))
            .timeout_per_write(Some(SILENCE))
            .max_idle_connections_per_host(8)
            .proxy(proxy_for(scheme, authority, &|name| env::var(name).ok())?);
        if scheme == "https" {
            config = config.tls_config(self.tls(authority, insecure)?);
        }
        Ok(Agent::with_parts(config.build(), DefaultConnector::default(), SystemResolver))
    }

    fn tls(&self, authority: &str, insecure: bool) -> Result<TlsConfig> {
        let own = self.host_certificates(authority)?;
        let system = self.roots.get_or_init(system_roots);
        let mut config = TlsConfig::builder().disable_verification(insecure).client_cert(own.client);
        let roots: Vec<_> = system.iter().cloned().chain(own.roots).collect();
        // A machine without certificates (an initramfs, a scratch container) still reaches public registries.
        config = config.root_certs(if roots.is_empty() {
            RootCerts::WebPki
        } else {
            RootCerts::Specific(Arc::new(roots))
        });
        Ok(config.build())
    }

    /// certs.d(5): `*.crt` are authorities, `NAME.cert` with `NAME.key` is how we identify ourselves.
    fn host_certificates(&self, authority: &str) -> Result<HostCertificates> {
        let mut found = HostCertificates::default();
        // An authority comes from a parsed URL; yet nothing with a slash may become a path.
        let Some(dir) = self
            .certs_dirs
            .iter()
            // Docker Hub's certificates are kept under the name that users know it by.
            .flat_map(|d| [d.join(authority), d.join(authority.replace("registry-1.docker.io", "docker.io"))])
            .find(|d| !authority.contains('/') && d.is_dir())
        else {
            return Ok(found);
        };
        let entries = std::fs::read_dir(&dir).with_context(|| format!("reading {}", dir.display()))?;
        let mut paths: Vec<PathBuf> = entries.flatten().map(|e| e.path()).collect();
        paths.sort();
        for path in paths {
            match path.extension().and_then(|e| e.to_str()) {
                Some("crt") => found.roots.extend(certificates(&path)?),
                Some("cert") => {
                    let chain = certificates(&path)?;
                    let key = private_key(&path.with_extension("key"))?;
                    found.client = Some(ClientCert::new_with_certs(&chain, key));
                }
                _ => {}
            }
        }
        Ok(found)
    }
}

#[derive(Default)]
struct HostCertificates {
    roots: Vec<Certificate<'static>>,
    client: Option<ClientCert>,
}

/// The machine's authorities (`SSL_CERT_FILE` and `SSL_CERT_DIR` override them). One that can't be read is left out.
fn system_roots() -> Vec<Certificate<'static>> {
    let loaded = rustls_native_certs::load_native_certs();
    for error in &loaded.errors {
        log::debug!("system certificates: {error}");
    }
    loaded.certs.iter().map(|der| Certificate::from_der(der).to_owned()).collect()
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>> {
    let pem = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    let mut found = Vec::new();
    for item in parse_pem(&pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(error) => return Kind::Invalid.err(format!("{}: {error}", path.display())),
        }
    }
    if found.is_empty() {
        return Kind::Invalid.err(format!("{} has no certificate in PEM form", path.display()));
    }
    Ok(found)
}

fn private_key(path: &Path) -> Result<PrivateKey<'static>> {
    let pem = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    match PrivateKey::from_pem(&pem) {
        Ok(key) => Ok(key),
        Err(_) => Kind::Invalid.err(format!("{} has no private key in PEM form", path.display())),
    }
}

/// The proxy for a host, by HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY (either case) as Go's programs read them.
fn proxy_for(scheme: &str, authority: &str, var: &dyn Fn(&str) -> Option<String>) -> Result<Option<Proxy>> {
    let get = |name: &str| {
        var(name)
            .or_else(|| var(&name.to_ascii_lowercase()))
            .map(|v| v.trim().to_string())
            .filter(|v| !v.is_empty())
    };
    let name = if scheme == "https" { "HTTPS_PROXY" } else { "HTTP_PROXY" };
    let Some(url) = get(name).or_else(|| get("ALL_PROXY")) else { return Ok(None) };
    if bypasses_proxy(authority, &get("NO_PROXY").unwrap_or_default()) {
        return Ok(None);
    }
    match Proxy::new(&url) {
        Ok(proxy) => Ok(Some(proxy)),
        // The URL may hold a password: it is not repeated.
        Err(error) => Kind::Invalid.err(format!("the proxy in {name} or ALL_PROXY cannot be used: {error}")),
    }
}

/// Whether NO_PROXY (or being this machine) exempts a host: `*`, names with all below them, `.suffix`, addresses, CIDR blocks, each
/// with an optional port.
fn bypasses_proxy(authority: &str, no_proxy: &str) -> bool {
    let (host, port) = split_port(authority);
    let host = host.to_ascii_lowercase();
    let address = host.parse::<IpAddr>().ok();
    if is_this_machine(&host) {
        return true;
    }
    no_proxy.split([',', ' ']).map(|e| e.trim().to_ascii_lowercase()).filter(|e| !e.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let (Some((network, bits)), Some(address)) = (entry.split_once('/'), address) {
            return in_network(address, network, bits);
        }
        let (name, entry_port) = split_port(&entry);
        if entry_port.is_some() && entry_port != port {
            return false;
        }
        if let (Some(address), Ok(listed)) = (address, name.parse::<IpAddr>()) {
            return address == listed;
        }
        let suffix = name.trim_start_matches('*').trim_start_matches('.');
        let exact = !name.starts_with('.') && !name.starts_with('*') && host == suffix;
        exact || host.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'))
    })
}

/// Whether a host (without port) means this machine.
pub fn is_this_machine(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host.parse::<IpAddr>().is_ok_and(|a| a.is_loopback())
}

fn in_network(address: IpAddr, network: &str, bits: &str) -> bool {
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    let (a, n, width) = match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(n)) => (u128::from(a.to_bits()), u128::from(n.to_bits()), 32),
        (IpAddr::V6(a), IpAddr::V6(n)) => (a.to_bits(), n.to_bits(), 128),
        _ => return false,
    };
    bits <= width && (bits == 0 || (a ^ n) >> (width - bits) == 0)
}

/// `host`, `host:port`, `[v6]`, `[v6]:port`, bare v6: the host without brackets, and the port.
pub fn split_port(authority: &str) -> (&str, Option<&str>) {
    if let Some((host, rest)) = authority.strip_prefix('[').and_then(|a| a.split_once(']')) {
        return (host, rest.strip_prefix(':'));
    }
    match authority.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') => (host, Some(port)),
        _ => (authority, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_entries() {
        let list = "corp.example, .only-below.org,*.star.org 10.0.0.0/8,192.168.1.1,host:8443,fd00::/8";
        for (authority, expected) in [
            ("corp.example", true),
            ("reg.corp.example:5000", true),
            ("notcorp.example", false),
            ("only-below.org", false),
            ("a.only-below.org", true),
            ("a.star.org", true),
            ("10.1.2.3:80", true),
            ("11.1.2.3", false),
            ("192.168.1.1:5000", true),
            ("192.168.1.2", false),
            ("host:8443", true),
            ("host:443", false),
            ("[fd12::1]:5000", true),
            ("localhost:5000", true),
            ("127.0.0.2", true),
            ("[::1]:5000", true),
            ("docker.io", false),
        ] {
            assert_eq!(bypasses_proxy(authority, list), expected, "{authority}");
        }
        assert!(bypasses_proxy("docker.io", "*"));
    }

    #[test]
    fn proxies_by_scheme() {
        let env = |name: &str| match name {
            "https_proxy" => Some("http://proxy.lan:3128".to_string()),
            "NO_PROXY" => Some("quay.io".to_string()),
            _ => None,
        };
        assert_eq!(proxy_for("https", "docker.io", &env).unwrap().unwrap().host(), "proxy.lan");
        assert!(proxy_for("http", "docker.io", &env).unwrap().is_none());
        assert!(proxy_for("https", "quay.io", &env).unwrap().is_none());
        let bad = |name: &str| (name == "ALL_PROXY").then(|| "gopher://ann:secret@x".to_string());
        let error = proxy_for("https", "docker.io", &bad).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
    }

    #[test]
    fn damaged_certificates_are_named() {
        let dir = tempfile::tempdir().unwrap();
        let host = dir.path().join("reg.lan:5000");
        std::fs::create_dir(&host).unwrap();
        crate::state::file::write(&host.join("ca.crt"), b"no pem", crate::state::file::Durability::Ephemeral)
            .unwrap();
        let agents = Agents::new(vec![dir.path().to_path_buf()]);
        let error = agents.get("https", "reg.lan:5000", false).unwrap_err();
        assert!(error.to_string().contains("reg.lan:5000/ca.crt"), "{error}");
        assert!(agents.get("https", "other.lan:5000", false).is_ok());
        assert!(agents.get("https", "../reg.lan:5000", false).is_ok(), "not a path");
    }
}
