//! `dhow port`, and ports as `ps` shows them.

use std::net::IpAddr;

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

/// A port of a container that is exposed, or published at an address of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Shown {
    port: u16,
    host: Option<(String, u16)>,
    protocol: &'static str,
}

impl Shown {
    fn of(binding: &Binding) -> Vec<Self> {
        let (port, protocol) = (binding.container_port, binding.protocol.name());
        let at = |ip: String| Self { port, host: Some((ip, binding.host_port)), protocol };
        match binding.host_ip {
            None => vec![at("0.0.0.0".into()), at("[::]".into())],
            Some(IpAddr::V4(four)) => vec![at(four.to_string())],
            Some(IpAddr::V6(six)) => vec![at(format!("[{six}]"))],
        }
    }
}

/// As docker's column has them: `443/tcp, 0.0.0.0:8080->80/tcp`. Of those that have the same number on both sides a range is one:
/// `0.0.0.0:5000-5009->5000-5009/tcp`.
pub(super) fn column(container: &ContainerSummary) -> String {
    let mut all: Vec<Shown> = container.bindings.iter().flat_map(Shown::of).collect();
    if container.state.status.is_active() {
        let exposed = container.config.exposed_ports.iter();
        let others = exposed.filter(|port| !container.bindings.iter().any(|b| b.container() == **port));
        let known = others.filter_map(|text| published_port(text).ok());
        all.extend(known.map(|(port, protocol)| Shown { port, host: None, protocol: protocol.name() }));
    }
    ranges(all)
}

fn ranges(mut all: Vec<Shown>) -> String {
    all.sort_by(|a, b| (a.port, &a.host, a.protocol).cmp(&(b.port, &b.host, b.protocol)));
    let text = |first: &Shown, last: u16| {
        let range = |a: u16, b: u16| if a == b { a.to_string() } else { format!("{a}-{b}") };
        let (inside, protocol) = (range(first.port, last), first.protocol);
        match &first.host {
            None => format!("{inside}/{protocol}"),
            Some((ip, host)) => {
                format!("{ip}:{}->{inside}/{protocol}", range(*host, host + (last - first.port)))
            }
        }
    };
    let (mut done, mut open, mut apart) = (Vec::new(), Vec::<(Shown, u16)>::new(), Vec::new());
    for one in all {
        if one.host.as_ref().is_some_and(|(_, host)| *host != one.port) {
            apart.push(text(&one, one.port));
            continue;
        }
        let kind = |shown: &Shown| (shown.host.as_ref().map(|(ip, _)| ip.clone()), shown.protocol);
        let port = one.port;
        match open.iter_mut().find(|(first, _)| kind(first) == kind(&one)) {
            Some((_, last)) if *last + 1 == port => *last = port,
            Some(range) => {
                let (first, last) = std::mem::replace(range, (one, port));
                done.push(text(&first, last));
            }
            None => open.push((one, port)),
        }
    }
    done.extend(open.iter().map(|(first, last)| text(first, *last)));
    done.extend(apart);
    done.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As docker's command line shows what dockerd says.
    #[test]
    fn neighbours_are_a_range() {
        let of = |ports: &[(u16, &str, u16, &'static str)]| {
            let one = |(port, ip, at, protocol)| {
                let host = Some((String::from(ip), at)).filter(|(ip, _)| !ip.is_empty());
                Shown { port, host, protocol }
            };
            ranges(ports.iter().copied().map(one).collect())
        };
        for (ports, expected) in [
            (&[][..], ""),
            (&[(80, "0.0.0.0", 8080, "tcp"), (443, "", 0, "tcp")], "443/tcp, 0.0.0.0:8080->80/tcp"),
            (
                &[(7, "", 0, "udp"), (6, "", 0, "udp"), (9, "", 0, "udp"), (8, "", 0, "tcp")],
                "6-7/udp, 9/udp, 8/tcp",
            ),
            (
                &[
                    (5, "0.0.0.0", 5, "tcp"),
                    (5, "[::]", 5, "tcp"),
                    (6, "[::]", 6, "tcp"),
                    (6, "0.0.0.0", 6, "tcp"),
                ],
                "0.0.0.0:5-6->5-6/tcp, [::]:5-6->5-6/tcp",
            ),
            (&[(5, "[::1]", 6, "tcp"), (6, "[::1]", 7, "tcp")], "[::1]:6->5/tcp, [::1]:7->6/tcp"),
            (
                &[(65534, "1.2.3.4", 65534, "sctp"), (65535, "1.2.3.4", 65535, "sctp")],
                "1.2.3.4:65534-65535->65534-65535/sctp",
            ),
        ] {
            assert_eq!(of(ports), expected, "{ports:?}");
        }
    }
}
