//! `dhow port`, and ports as `ps` shows them.

use clap::Args;

use crate::cmd::{App, Verb};
use crate::engine::containers::{Binding, ContainerSummary, published_port};
use crate::error::{Kind, Result};

/// List published ports
#[derive(Debug, Args)]
pub(crate) struct Port {
    container: String,
    /// A port in the container, with /tcp or /udp
    port: Option<String>,
}

impl Verb for Port {
    const NAME: &'static str = "port";
    const ABOUT: &'static str = "List published ports";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let (dir, _) = engine.find(&self.container)?;
        let bindings = engine.published(&dir)?;
        let Some(text) = &self.port else {
            for binding in &bindings {
                for host in hosts(binding) {
                    println!("{} -> {host}", binding.container());
                }
            }
            return Ok(0);
        };
        let (port, protocol) = published_port(text)?;
        let mut fits =
            bindings.iter().filter(|b| b.container_port == port && b.protocol == protocol).peekable();
        if fits.peek().is_none() {
            return Kind::NotFound
                .err(format!("No public port '{text}' published for {}", dir.config()?.name));
        }
        for host in fits.flat_map(hosts) {
            println!("{host}");
        }
        Ok(0)
    }
}

/// The addresses of the host at which it is.
fn hosts(binding: &Binding) -> Vec<String> {
    match binding.host_ip {
        Some(_) => vec![binding.host()],
        None => vec![binding.host(), format!("[::]:{}", binding.host_port)],
    }
}

/// As docker's column has them: `0.0.0.0:8080->80/tcp, 443/tcp`.
pub(super) fn column(container: &ContainerSummary) -> String {
    let published = container.bindings.iter().flat_map(|binding| {
        hosts(binding).into_iter().map(move |host| format!("{host}->{}", binding.container()))
    });
    let is_published = |port: &&String| container.bindings.iter().any(|b| b.container() == **port);
    let runs = container.state.status.is_active();
    let exposed = container.config.exposed_ports.iter().filter(|port| runs && !is_published(port)).cloned();
    let mut all: Vec<String> = exposed.chain(published).collect();
    all.dedup();
    all.join(", ")
}
