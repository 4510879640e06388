//! Containers come to networks and leave them after they were made.

use crate::container::{ContainerConfig, ContainerDir};
use crate::engine::Engine;
use crate::error::{Context, Error, Kind, Result, is};
use crate::monitor::{
    self,
    protocol::{self, Request},
};
use crate::netns::{self, Attachment, Network, NetworkMode};
use crate::state::file::Durability;

impl Engine {
    /// Connects a container to a network; at once, if it runs. `attachment` names the network.
    pub fn connect_network(&self, attachment: Attachment, container: &str) -> Result<()> {
        let network = self.swept_networks()?.find(&attachment.network)?;
        if network.name == netns::DEFAULT && !attachment.links.is_empty() {
            return Kind::Invalid
                .err("links to containers on the default network are made by run or create (--link)");
        }
        let links = attachment.links.into_iter().map(|link| self.named(link)).collect::<Result<_>>()?;
        let attachment = Attachment { network: network.name.clone(), links, ..attachment };
        self.rewire(
            container,
            &network,
            "connect",
            &Request::Join(Box::new(attachment.clone())),
            |name, attachments| {
                if attachments.iter().any(|a| a.network == network.name) {
                    return Kind::Forbidden.err(format!(
                        "endpoint with name {name} already exists in network {}",
                        network.name
                    ));
                }
                attachments.push(attachment.clone());
                Ok(())
            },
        )
    }

    /// Disconnects a container from a network; at once, if it runs.
    pub fn disconnect_network(&self, network: &str, container: &str) -> Result<()> {
        let network = match self.swept_networks()?.find(network) {
            Err(error) if is(&error, Kind::NotFound) => {
                return self.forget_network(network, container, error);
            }
            found => found?,
        };
        let request = Request::Leave { network: network.name.clone() };
        self.rewire(container, &network, "disconnect", &request, |_, attachments| {
            let before = attachments.len();
            attachments.retain(|a| a.network != network.name);
            if attachments.len() == before {
                return Kind::NotFound
                    .err(format!("container {container} is not connected to network {}", network.name));
            }
            Ok(())
        })
    }

    /// Takes a link on the default network away: `CONTAINER/ALIAS`. A container that runs loses the names of the other at once; its
    /// variables it keeps.
    pub fn remove_link(&self, path: &str) -> Result<()> {
        let path = path.trim_start_matches('/');
        let Some((container, alias)) = path.split_once('/') else {
            self.find(path)?;
            return Kind::Conflict.err("Conflict, cannot remove the default link name of the container");
        };
        let unknown = || Kind::NotFound.error(format!("No such container: {path}"));
        let (dir, state) = self.find(container).with_context(unknown)?;
        let mut config = dir.config()?;
        let links = &mut config.networking.links;
        let gone = links.iter().position(|link| link.alias == alias).map(|at| links.remove(at));
        let gone = gone.with_context(unknown)?;
        if state.status.is_active() {
            let socket = monitor::connect(&dir)?;
            protocol::change(&socket, &Request::Unlink(gone))
                .with_context(|| format!("cannot take the link {alias} from container {container}"))?;
        }
        dir.write_config(&config, Durability::Durable)
    }

    /// Takes a network that doesn't exist from a container that would be on it at its next start; `error` if there is none to take.
    fn forget_network(&self, network: &str, container: &str, error: Error) -> Result<()> {
        let (dir, state) = self.find(container)?;
        let mut config = dir.config()?;
        let NetworkMode::Networks(attachments) = &mut config.network else { return Err(error) };
        let before = attachments.len();
        attachments.retain(|a| a.network != network);
        if state.status.is_active() || attachments.len() == before {
            return Err(error);
        }
        dir.write_config(&config, Durability::Durable)
    }

    fn rewire(
        &self,
        container: &str,
        network: &Network,
        action: &str,
        request: &Request,
        change: impl FnOnce(&str, &mut Vec<Attachment>) -> Result<()>,
    ) -> Result<()> {
        let (dir, state) = self.find(container)?;
        let mut config = dir.config()?;
        let NetworkMode::Networks(attachments) = &mut config.network else {
            return Kind::Forbidden.err(format!(
                "container {container} has its network by the mode {}: it can be connected to no other",
                super::inspect_network::mode(&config)
            ));
        };
        change(&config.name, attachments)?;
        if state.status.is_active() {
            let socket = monitor::connect(&dir)?;
            protocol::change(&socket, request)
                .with_context(|| format!("cannot {action} container {container}"))?;
        }
        self.rewired(&dir, &config, network, action)
    }

    fn rewired(
        &self,
        dir: &ContainerDir,
        config: &ContainerConfig,
        network: &Network,
        action: &str,
    ) -> Result<()> {
        dir.write_config(config, Durability::Durable)?;
        self.tell_network_of(network, action, config.id.as_str());
        Ok(())
    }
}
