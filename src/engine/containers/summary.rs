//! What a list says of a container beside its config and state.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{ContainerSummary, inspect_network};
use crate::container::Status;
use crate::container::health::HealthStatus;
use crate::engine::Engine;
use crate::engine::time::duration;
use crate::netns::Record;
use crate::state::ContainerId;

/// The parts of `inspect` that lists have, too.
#[derive(Debug)]
pub struct SummaryParts {
    pub network_mode: String,
    /// By network, EndpointSettings.
    pub networks: Value,
    pub mounts: Value,
}

/// By container the names that others have for it.
pub(super) fn linked_names(names: Vec<(ContainerId, String)>) -> BTreeMap<ContainerId, Vec<String>> {
    let mut by_container: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for (id, name) in names {
        by_container.entry(id).or_default().push(name);
    }
    for names in by_container.values_mut() {
        names.sort_unstable();
    }
    by_container
}

impl ContainerSummary {
    /// What it calls others on the default network (`--link`), as `web/app`.
    pub(super) fn names_of_others(&self) -> impl Iterator<Item = (ContainerId, String)> + '_ {
        let links = self.config.networking.links.iter();
        links.map(|link| (link.container.clone(), format!("{}/{}", self.config.name, link.alias)))
    }

    /// As docker words it: `Up 5 minutes`, `Exited (0) 2 hours ago`, `Created`.
    pub fn status_text(&self) -> String {
        let now = jiff::Timestamp::now().as_second();
        let since = |t: Option<jiff::Timestamp>| duration(t.map_or(0, |t| now - t.as_second()));
        let state = &self.state;
        match state.status {
            Status::Created => "Created".into(),
            Status::Restarting => {
                format!("Restarting ({}) {} ago", state.exit_code.unwrap_or(0), since(state.finished))
            }
            Status::Running => {
                let health = match state.health.as_ref().map(|h| h.status) {
                    None => "",
                    Some(HealthStatus::Starting) => " (health: starting)",
                    Some(HealthStatus::Healthy) => " (healthy)",
                    Some(HealthStatus::Unhealthy) => " (unhealthy)",
                };
                let note = if state.paused { " (Paused)" } else { health };
                format!("Up {}{note}", since(state.started))
            }
            Status::Exited => {
                format!("Exited ({}) {} ago", state.exit_code.unwrap_or(0), since(state.finished))
            }
        }
    }
}

impl Engine {
    pub fn summary_parts(&self, container: &ContainerSummary) -> SummaryParts {
        let config = &container.config;
        let dir = self.containers().dir(&config.id);
        let is_active = container.state.status.is_active();
        let read = || Record::read(&dir.run).ok().flatten().filter(|_| is_active);
        let record = container.known.record.clone().or_else(read);
        SummaryParts {
            network_mode: inspect_network::mode(config),
            networks:
                inspect_network::settings(config, record.as_ref(), &container.state.networks)["Networks"]
                    .take(),
            mounts: super::inspect_mounts::mounts(&dir, config).into(),
        }
    }
}
