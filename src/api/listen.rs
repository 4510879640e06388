//! Where the API is offered: Unix sockets, TCP, sockets that a service manager has opened.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::engine::serving::StreamSocket;
use crate::error::{Context, Error, Kind, Result};

/// `unix://PATH`, `tcp://HOST:PORT` or `fd://`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Address {
    Unix(PathBuf),
    Tcp(SocketAddr),
    /// Given by a service manager (sd_listen_fds(3)).
    Inherited,
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if let Some(path) = text.strip_prefix("unix://") {
            if !Path::new(path).is_absolute() {
                return Kind::Invalid
                    .err(format!("invalid address {text:?}: a socket's path must be absolute"));
            }
            return Ok(Self::Unix(path.into()));
        }
        if let Some(address) = text.strip_prefix("tcp://") {
            let address = address.trim_end_matches('/');
            let named = address.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
            let parsed = named.as_deref().unwrap_or(address).parse();
            return parsed.map(Self::Tcp).map_err(|_| {
                Kind::Invalid
                    .error(format!("invalid address {text:?}: use tcp://IP:PORT, as tcp://127.0.0.1:2375"))
            });
        }
        if text == "fd://" || text == "fd://*" {
            return Ok(Self::Inherited);
        }
        Kind::Invalid.err(format!("invalid address {text:?}: use unix://PATH, tcp://IP:PORT or fd://"))
    }
}

/// Mutual TLS: who has no certificate of this authority is refused.
#[derive(Debug, Clone)]
pub struct Tls {
    pub ca: PathBuf,
    pub cert: PathBuf,
    pub key: PathBuf,
}

impl Tls {
    pub fn load(&self) -> Result<Arc<ServerConfig>> {
        let certificates = |path: &Path| -> Result<Vec<CertificateDer<'static>>> {
            let found = CertificateDer::pem_file_iter(path)
                .and_then(Iterator::collect::<std::result::Result<Vec<_>, _>>)
                .map_err(|e| Kind::Invalid.error(format!("certificates of {}: {e}", path.display())))?;
            if found.is_empty() {
                return Kind::Invalid.err(format!("{}: no certificate in it", path.display()));
            }
            Ok(found)
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.ca)? {
            roots.add(certificate).with_context(|| format!("certificate of {}", self.ca.display()))?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
            .build()
            .with_context(|| format!("the authority of {}", self.ca.display()))?;
        let key = PrivateKeyDer::from_pem_file(&self.key)
            .map_err(|e| Kind::Invalid.error(format!("key of {}: {e}", self.key.display())))?;
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .context("versions of TLS")?
            .with_client_cert_verifier(verifier)
            .with_single_cert(certificates(&self.cert)?, key)
            .with_context(|| {
                format!("certificate {} with key {}", self.cert.display(), self.key.display())
            })?;
        Ok(Arc::new(config))
    }
}

/// A socket that is listened at.
#[derive(Debug)]
pub enum Listener {
    /// Its path is removed at the end if it was made here.
    Unix(UnixListener, Option<PathBuf>),
    Tcp(TcpListener),
}

/// A connection.
#[derive(Debug)]
pub enum Stream {
    Unix(StreamSocket),
    Tcp(TcpStream),
}

impl Listener {
    pub async fn accept(&self) -> io::Result<Stream> {
        Ok(match self {
            Self::Unix(listener, _) => {
                let stream = listener.accept().await?.0.into_std()?;
                Stream::Unix(StreamSocket::new(stream.into())?)
            }
            Self::Tcp(listener) => {
                let stream = listener.accept().await?.0;
                // Answers are small and are waited for.
                stream.set_nodelay(true)?;
                keep_alive(&stream)?;
                Stream::Tcp(stream)
            }
        })
    }

    /// Where clients reach it.
    pub fn address(&self) -> Option<String> {
        match self {
            Self::Unix(listener, _) => {
                let address = listener.local_addr().ok()?;
                Some(format!("unix://{}", address.as_pathname()?.display()))
            }
            Self::Tcp(listener) => Some(format!("tcp://{}", listener.local_addr().ok()?)),
        }
    }

    pub fn is_tcp(&self) -> bool {
        matches!(self, Self::Tcp(_))
    }

    /// The address, of a TCP socket.
    pub fn tcp(&self) -> Option<SocketAddr> {
        match self {
            Self::Tcp(listener) => listener.local_addr().ok(),
            Self::Unix(..) => None,
        }
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        if let Self::Unix(_, Some(path)) = self {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Who may use a Unix socket.
#[derive(Debug, Clone, Copy, Default)]
pub struct Access {
    /// The group that may; none: the owner's.
    pub group: Option<u32>,
}

/// Opens a socket for each address. Called in the event loop.
pub fn open(addresses: &[Address], access: Access, inherited: Vec<OwnedFd>) -> Result<Vec<Listener>> {
    let mut inherited = Some(inherited);
    let mut listeners = Vec::new();
    for address in addresses {
        match address {
            Address::Unix(path) => listeners.push(unix(path, access)?),
            Address::Tcp(address) => {
                let socket = std::net::TcpListener::bind(address)
                    .with_context(|| format!("listening at tcp://{address}"))?;
                socket.set_nonblocking(true)?;
                listeners.push(Listener::Tcp(TcpListener::from_std(socket)?));
            }
            Address::Inherited => {
                let fds = inherited.take().unwrap_or_default();
                if fds.is_empty() {
                    return Kind::Invalid.err(
                        "fd://: no socket was handed over: that is for a service manager, see dhow serve --install",
                    );
                }
                for fd in fds {
                    listeners.push(adopt(fd)?);
                }
            }
        }
    }
    Ok(listeners)
}

fn unix(path: &Path, access: Access) -> Result<Listener> {
    let listening = || format!("listening at unix://{}", path.display());
    if let Some(dir) = path.parent() {
        std::fs::DirBuilder::new().recursive(true).create(dir).with_context(listening)?;
    }
    match std::fs::symlink_metadata(path) {
        Ok(meta) if !meta.file_type().is_socket() => {
            return Kind::Conflict.err(format!(
                "{}: {} is there and is no socket",
                listening(),
                path.display()
            ));
        }
        Ok(_) => {
            if answers(path) {
                return Kind::Conflict.err(format!("{}: another server answers there", listening()));
            }
            // Of a server that was killed.
            std::fs::remove_file(path).with_context(listening)?;
        }
        Err(_) => {}
    }
    // Nobody else may connect before its mode is set.
    let before = nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o177));
    let socket = std::os::unix::net::UnixListener::bind(path);
    nix::sys::stat::umask(before);
    let socket = socket.with_context(listening)?;
    let made = Listener::Unix(
        {
            socket.set_nonblocking(true)?;
            UnixListener::from_std(socket)?
        },
        Some(path.into()),
    );
    if let Some(group) = access.group {
        std::os::unix::fs::chown(path, None, Some(group))
            .with_context(|| format!("{}: giving it to the group {group}", listening()))?;
    }
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660)).with_context(listening)?;
    Ok(made)
}

/// Whether a server is there. One that was killed may yet leave its socket to a process that it was about to start: that accepts nothing.
fn answers(path: &Path) -> bool {
    use std::io::{Read, Write};
    let Ok(mut stream) = std::os::unix::net::UnixStream::connect(path) else { return false };
    let limit = Some(std::time::Duration::from_secs(1));
    let mut answer = [0];
    stream.set_read_timeout(limit).is_ok()
        && stream.write_all(b"GET /_ping HTTP/1.0\r\n\r\n").is_ok()
        && stream.read(&mut answer).is_ok_and(|n| n > 0)
}

/// A client whose machine has gone without a word leaves its place in the end: after as long as with dockerd (Go's default).
fn keep_alive(stream: &TcpStream) -> nix::Result<()> {
    use nix::sys::socket::{setsockopt, sockopt};
    setsockopt(stream, sockopt::TcpKeepIdle, &15)?;
    setsockopt(stream, sockopt::TcpKeepInterval, &15)?;
    setsockopt(stream, sockopt::TcpKeepCount, &9)?;
    setsockopt(stream, sockopt::KeepAlive, &true)
}

fn adopt(fd: OwnedFd) -> Result<Listener> {
    use nix::sys::socket::{AddressFamily, SockaddrLike, SockaddrStorage, getsockname};
    use std::os::fd::AsRawFd;
    let name =
        getsockname::<SockaddrStorage>(fd.as_raw_fd()).context("fd://: what was handed over is no socket")?;
    if name.family() == Some(AddressFamily::Unix) {
        let socket = std::os::unix::net::UnixListener::from(fd);
        socket.set_nonblocking(true)?;
        return Ok(Listener::Unix(UnixListener::from_std(socket)?, None));
    }
    let socket = std::net::TcpListener::from(fd);
    socket.set_nonblocking(true)?;
    Ok(Listener::Tcp(TcpListener::from_std(socket)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        assert_eq!("unix:///run/x.sock".parse::<Address>().unwrap(), Address::Unix("/run/x.sock".into()));
        assert_eq!(
            "tcp://localhost:1/".parse::<Address>().unwrap(),
            Address::Tcp(([127, 0, 0, 1], 1).into())
        );
        assert_eq!("fd://".parse::<Address>().unwrap(), Address::Inherited);
        for bad in ["unix://x", "tcp://host", "tcp://example:1", "http://x", ""] {
            assert!(bad.parse::<Address>().is_err(), "{bad}");
        }
    }
}
