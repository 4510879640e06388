//! What was asked about a container's network becomes what its config says.

use std::net::IpAddr;

use crate::container::ContainerConfig;
use crate::container::config::Networking;
use crate::container::links::ContainerLink;
use crate::engine::Engine;
use crate::engine::progress::Progress;
use crate::error::{Context, Kind, Result, is};
use crate::netns::{self, ExtraHost, Link, NetworkMode, NetworkOption, PublishMode, Published};

const HOST_NAME: &str = "host.containers.internal";

/// The part of a request that is about networks.
#[derive(Debug, Clone, Default)]
pub struct ContainerNetwork {
    /// None: the default for this user.
    pub networks: Vec<NetworkOption>,
    pub links: Vec<Link>,
    pub published: Vec<Published>,
    pub publish_all: bool,
    pub publish_mode: Option<PublishMode>,
    /// Ports and ranges of ports, as `80` or `80-82/udp`.
    pub expose: Vec<String>,
    pub extra_hosts: Vec<ExtraHost>,
    pub dns: Vec<IpAddr>,
    pub dns_search: Vec<String>,
    pub dns_options: Vec<String>,
    pub no_hosts: bool,
    pub no_hostname: bool,
}

/// Refuses networks where they can't be had.
pub(super) fn reachable(mode: &NetworkMode) -> Result<()> {
    if matches!(mode, NetworkMode::Networks(_)) { netns::refuse_in_session() } else { Ok(()) }
}

impl Engine {
    /// Puts it into the config of a container that is being made. `config` has the image's exposed ports.
    pub(super) fn networking(
        &self,
        request: ContainerNetwork,
        config: &mut ContainerConfig,
        progress: &dyn Progress,
    ) -> Result<()> {
        let publishes = request.publish_all || !request.published.is_empty();
        config.network = self.mode(request.networks, publishes, progress)?;
        reachable(&config.network)?;
        let links = self.links(request.links, &mut config.network)?;
        expose(&request.expose, &mut config.exposed_ports)?;
        let mut published = request.published;
        if request.publish_all {
            publish_exposed(&config.exposed_ports, &mut published)?;
        }
        for port in &published {
            let text = format!("{}/{}", port.container_port, port.protocol.name());
            if !config.exposed_ports.contains(&text) {
                config.exposed_ports.push(text);
            }
        }
        match &config.network {
            NetworkMode::Networks(_) | NetworkMode::Program(_) if published.is_empty() => {}
            NetworkMode::Program(_) => {}
            NetworkMode::Networks(attachments) => {
                if let Some(driver) = self.only_beside_the_host(attachments)? {
                    progress.warn(&format!(
                        "published ports are discarded: the host is not on networks of type {driver}"
                    ));
                    published.clear();
                }
            }
            _ if published.is_empty() => {}
            NetworkMode::Host => {
                progress.warn("published ports are discarded when using host network mode");
            }
            // They are still what was asked for, and nobody publishes them.
            NetworkMode::None => {}
            NetworkMode::Container(_) | NetworkMode::Path(_) => {
                return Kind::Invalid
                    .err("conflicting options: port publishing and the container type network mode");
            }
        }
        let mut extra_hosts = request.extra_hosts;
        if config.network.attachments().iter().any(|a| a.host_loopback) {
            self.name_host(&mut extra_hosts)?;
        }
        let reaches_host = self.is_rootless() && extra_hosts.iter().any(|h| h.address.is_none());
        config.extra_hosts = self.hosts(extra_hosts, &config.network)?;
        config.dns = request.dns;
        config.networking = Networking {
            published,
            publish_all: request.publish_all,
            publish_mode: request.publish_mode.or(self.settings()?.publish_mode).unwrap_or_default(),
            dns_search: request.dns_search,
            dns_options: request.dns_options,
            no_hosts: request.no_hosts,
            no_hostname: request.no_hostname,
            links,
            reaches_host,
        };
        Ok(())
    }

    /// On a network with names a link is a further name of a member; on the default network, whose links are the answer, it is more.
    fn links(&self, links: Vec<Link>, mode: &mut NetworkMode) -> Result<Vec<ContainerLink>> {
        if links.is_empty() {
            return Ok(Vec::new());
        }
        let kind = match mode {
            NetworkMode::Networks(attachments) => {
                let Some(first) = attachments.first_mut() else { return Ok(Vec::new()) };
                if first.network != netns::DEFAULT {
                    first.links = links.into_iter().map(|link| self.named(link)).collect::<Result<_>>()?;
                    return Ok(Vec::new());
                }
                let find = |link: Link| {
                    let found = self.find(&link.target);
                    let (dir, _) =
                        found.with_context(|| format!("could not get container for {}", link.target))?;
                    Ok(ContainerLink { container: dir.id, alias: link.alias })
                };
                return links.into_iter().map(find).collect();
            }
            NetworkMode::None => "none",
            NetworkMode::Host => "host",
            NetworkMode::Program(network) => network.program.name(),
            NetworkMode::Container(_) | NetworkMode::Path(_) => "container",
        };
        Kind::Invalid.err(format!(
            "conflicting options: {kind} type networking can't be used with links. This would result in undefined behavior"
        ))
    }

    /// By a name that the members of a network have: an id is one as its first digits. Who isn't there yet may come.
    pub(super) fn named(&self, link: Link) -> Result<Link> {
        match self.find(&link.target) {
            Ok((dir, _))
                if dir.id.as_str().starts_with(&link.target) && dir.config()?.name != link.target =>
            {
                Ok(Link { target: dir.id.short().into(), ..link })
            }
            Err(e) if !is(&e, Kind::NotFound) => Err(e),
            _ => Ok(link),
        }
    }

    /// The driver of the container's networks if the host is on none of them.
    fn only_beside_the_host(&self, attachments: &[netns::Attachment]) -> Result<Option<&'static str>> {
        let store = self.network_store()?;
        let mut found = None;
        for attachment in attachments {
            match store.find(&attachment.network) {
                Ok(network) if network.driver != netns::Driver::Bridge => found = Some(network.driver.name()),
                // One that isn't there yet may become one that the host is on.
                Ok(_) => return Ok(None),
                Err(e) if is(&e, Kind::NotFound) => return Ok(None),
                Err(e) => return Err(e),
            }
        }
        Ok(found)
    }

    fn mode(
        &self,
        wanted: Vec<NetworkOption>,
        publishes: bool,
        progress: &dyn Progress,
    ) -> Result<NetworkMode> {
        let alone = wanted.len() == 1;
        let store = self.network_store()?;
        let mut attachments = Vec::new();
        for option in wanted {
            let mode = match option {
                NetworkOption::Network(attachment) => {
                    let network = match store.find(&attachment.network) {
                        Ok(network) => network.name,
                        // As docker: it must be there at the container's start.
                        Err(e) if is(&e, Kind::NotFound) => attachment.network.clone(),
                        Err(e) => return Err(e),
                    };
                    attachments.push(netns::Attachment { network, ..attachment });
                    continue;
                }
                NetworkOption::None => NetworkMode::None,
                NetworkOption::Host => NetworkMode::Host,
                NetworkOption::Container(name) => NetworkMode::Container(self.find(&name)?.0.id),
                NetworkOption::Path(path) => NetworkMode::Path(path),
                NetworkOption::Program(network) => NetworkMode::Program(network),
            };
            if !alone {
                return Kind::Invalid.err(
                    "conflicting options: none, host, container:, ns:, pasta and slirp4netns can't be combined with other networks",
                );
            }
            return Ok(mode);
        }
        if !attachments.is_empty() {
            return Ok(NetworkMode::Networks(attachments));
        }
        // Most containers that nobody gave a network don't need one; who asks for it, or for ports, is told by the failure.
        if !publishes && let Some(lack) = netns::lack(self.is_rootless()) {
            progress.warn(&format!("the container has no network: {}", crate::error::one_line(&lack)));
            return Ok(NetworkMode::None);
        }
        Ok(NetworkMode::Networks(vec![netns::Attachment {
            network: netns::DEFAULT.into(),
            ..netns::Attachment::default()
        }]))
    }

    /// Who may reach the host's loopback has a name for it, podman's.
    fn name_host(&self, hosts: &mut Vec<ExtraHost>) -> Result<()> {
        if !self.is_rootless() {
            return Kind::Unsupported.err(
                "host_loopback: root's containers reach the host at the gateway of their network (--add-host NAME:host-gateway), where its \
                 loopback addresses are out of reach: have the service listen there, or use --network host",
            );
        }
        if !hosts.iter().any(|host| host.name == HOST_NAME) {
            hosts.push(ExtraHost { name: HOST_NAME.into(), address: None });
        }
        Ok(())
    }

    /// `host-gateway` becomes the host's address on the container's first network, for an ordinary user the one that leads to the host.
    fn hosts(&self, hosts: Vec<ExtraHost>, mode: &NetworkMode) -> Result<Vec<ExtraHost>> {
        let gateway = || -> Result<Option<IpAddr>> {
            if self.is_rootless() && !mode.attachments().is_empty() {
                return Ok(Some(netns::private::host_address()));
            }
            let store = self.network_store()?;
            for attachment in mode.attachments() {
                let network = store.find(&attachment.network)?;
                if network.driver == netns::Driver::Bridge && !network.subnets.is_empty() {
                    return Ok(network.subnets.first().map(|s| s.gateway));
                }
            }
            Ok(None)
        };
        let resolve = |host: ExtraHost| -> Result<ExtraHost> {
            if host.address.is_some() {
                return Ok(host);
            }
            match gateway()? {
                Some(address) => Ok(ExtraHost { address: Some(address), ..host }),
                None => Kind::Invalid
                    .err("add-host: host-gateway needs a network that the host is on, of type bridge"),
            }
        };
        hosts.into_iter().map(resolve).collect()
    }
}

/// Adds ports and ranges to those that the image exposes.
fn expose(wanted: &[String], exposed: &mut Vec<String>) -> Result<()> {
    for text in wanted {
        // A range is a published port without the host's.
        if text.contains(':') {
            return Kind::Invalid.err(format!("invalid port format for --expose: {text}"));
        }
        let spec: netns::PortSpec = text
            .parse()
            .map_err(|_| Kind::Invalid.error(format!("invalid range format for --expose: {text}")))?;
        for port in spec.0 {
            let text = format!("{}/{}", port.container_port, port.protocol.name());
            if !exposed.contains(&text) {
                exposed.push(text);
            }
        }
    }
    Ok(())
}

fn publish_exposed(exposed: &[String], published: &mut Vec<Published>) -> Result<()> {
    for text in exposed {
        let (container_port, protocol) = netns::exposed(text)?;
        let already = |p: &Published| p.container_port == container_port && p.protocol == protocol;
        if !published.iter().any(already) {
            published.push(Published { host_ip: None, host_ports: None, container_port, protocol });
        }
    }
    Ok(())
}
