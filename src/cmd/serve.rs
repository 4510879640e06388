//! `dhow serve`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;

use super::{App, Verb};
use crate::api::{self, Address, ServeRequest, Tls};
use crate::engine::Engine;
use crate::engine::serving_units::UnitsRequest;
use crate::error::{Context, Kind, Result};

/// Offer the Docker Engine API
///
/// Containers go on when the server ends, and another one finds them. It serves the user who has started it.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// Where to listen: unix://PATH, tcp://IP:PORT, or fd:// for sockets of a service manager [default: unix:///run/dhow/dhow.sock, for an ordinary user below $XDG_RUNTIME_DIR]
    #[arg(value_name = "ADDRESS")]
    addresses: Vec<Address>,
    /// Also listen at /var/run/docker.sock, where docker's clients look
    #[arg(long)]
    docker_sock: bool,
    /// Group that may use the Unix sockets, by name or number
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// End when nobody was connected for so long
    #[arg(long, value_name = "SECONDS")]
    idle_exit: Option<u64>,
    /// Refuse every call that changes something
    #[arg(long)]
    read_only: bool,
    /// TCP with TLS: let in only who has a certificate of --tlscacert
    #[arg(long, requires_all = ["tlscacert", "tlscert", "tlskey"])]
    tlsverify: bool,
    /// Certificate of the authority whose clients are let in
    #[arg(long, value_name = "FILE", requires = "tlsverify")]
    tlscacert: Option<PathBuf>,
    /// The server's certificate
    #[arg(long, value_name = "FILE", requires = "tlsverify")]
    tlscert: Option<PathBuf>,
    /// Its key
    #[arg(long, value_name = "FILE", requires = "tlsverify")]
    tlskey: Option<PathBuf>,
    /// TCP without TLS, at addresses of the loopback interface only: every user of this machine who can connect is let in
    #[arg(long, conflicts_with = "tlsverify")]
    insecure_tcp: bool,
    /// Write units of systemd that listen from the start of the machine on and start the server when somebody comes (as an ordinary user: of the user's own systemd)
    #[arg(long, conflicts_with_all = ["addresses", "idle_exit", "tlsverify", "insecure_tcp"])]
    install: bool,
}

const DOCKER_SOCKET: &str = "/var/run/docker.sock";

impl Verb for Serve {
    const NAME: &'static str = "serve";
    const ABOUT: &'static str = "Offer the Docker Engine API";

    fn run(self, app: &App) -> Result<u8> {
        let inherited = Engine::activated_sockets()?;
        let engine = app.engine()?;
        if self.install {
            return self.install(&engine);
        }
        let mut addresses = self.addresses;
        if addresses.is_empty() {
            addresses.push(Address::Unix(engine.default_socket()));
        }
        if self.docker_sock {
            addresses.push(Address::Unix(DOCKER_SOCKET.into()));
        }
        let tls = match (self.tlscacert, self.tlscert, self.tlskey) {
            (Some(ca), Some(cert), Some(key)) => Some(Tls { ca, cert, key }),
            _ => None,
        };
        let request = ServeRequest {
            addresses,
            group: self.group.as_deref().map(group_id).transpose()?,
            tls,
            insecure_tcp: self.insecure_tcp,
            read_only: self.read_only,
            idle_exit: self.idle_exit.map(Duration::from_secs),
            inherited,
        };
        api::serve(engine, request, |addresses| {
            if let Some(first) = addresses.first() {
                // Nobody may be there to read it.
                let _ = writeln!(std::io::stdout(), "export DOCKER_HOST={first}");
            }
        })?;
        Ok(0)
    }
}

impl Serve {
    fn install(self, engine: &Engine) -> Result<u8> {
        if let Some(group) = &self.group {
            group_id(group)?;
        }
        let installed = engine.install_serve(&UnitsRequest {
            docker_sock: self.docker_sock.then(|| DOCKER_SOCKET.into()),
            group: self.group,
            read_only: self.read_only,
        })?;
        println!("{}\n{}", installed.unit.display(), installed.link.display());
        let user = if engine.is_rootless() { " --user" } else { "" };
        eprintln!("To have it now: systemctl{user} daemon-reload && systemctl{user} start dhow.socket");
        println!("export DOCKER_HOST=unix://{}", engine.default_socket().display());
        Ok(0)
    }
}

/// A group of this host's /etc/group.
fn group_id(text: &str) -> Result<u32> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let groups = std::fs::read_to_string(Path::new("/etc/group")).context("reading /etc/group")?;
    let of = |line: &str| -> Option<u32> {
        let mut fields = line.split(':');
        (fields.next()? == text).then(|| fields.nth(1)?.parse().ok())?
    };
    groups
        .lines()
        .find_map(of)
        .with_context(|| Kind::NotFound.error(format!("--group {text}: no such group in /etc/group")))
}
