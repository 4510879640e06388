//! The events of containers, with docker's names and attributes.

use super::ContainerConfig;
use crate::netns::{Endpoint, NetworkMode, mode_id};
use crate::state::events::Event;
use crate::volumes::MountPoint;

/// Something that happens to a container now: its attributes are its labels, its image and its name.
pub fn event(config: &ContainerConfig, action: &str) -> Event {
    let mut event = Event::new("container", action, config.id.as_str());
    event.actor.attributes = config.labels.clone();
    event.with("image", &config.image).with("name", &config.name)
}

/// The container comes to its networks, and then has its volumes mounted: what is told before its start.
pub fn arrival(config: &ContainerConfig, endpoints: &[Endpoint]) -> Vec<Event> {
    let volumes = config.mounts.iter().filter_map(|point| {
        let event = of_volume(config, point, "mount")?;
        let event = event.with("destination", point.destination.display());
        Some(event.with("propagation", &point.propagation).with("read/write", !point.readonly.is_set()))
    });
    of_networks(config, endpoints, "connect").into_iter().chain(volumes).collect()
}

/// It leaves them, and its volumes are unmounted: what is told after its end.
pub fn departure(config: &ContainerConfig, endpoints: &[Endpoint]) -> Vec<Event> {
    let volumes = config.mounts.iter().filter_map(|point| of_volume(config, point, "unmount"));
    of_networks(config, endpoints, "disconnect").into_iter().chain(volumes).collect()
}

fn of_volume(config: &ContainerConfig, point: &MountPoint, action: &str) -> Option<Event> {
    let event = Event::new("volume", action, point.volume()?);
    Some(event.with("container", config.id.as_str()).with("driver", "local"))
}

/// The host's network and none are networks, too, which have the name of their driver.
fn of_networks(config: &ContainerConfig, endpoints: &[Endpoint], action: &str) -> Vec<Event> {
    let event = |id: &str, name: &str, driver: &str| {
        let event = Event::new("network", action, id).with("container", config.id.as_str());
        event.with("name", name).with("type", driver)
    };
    let mode = |name: &str, driver: &str| vec![event(&mode_id(name), name, driver)];
    match &config.network {
        NetworkMode::Host => mode("host", "host"),
        NetworkMode::None => mode("none", "null"),
        _ => endpoints.iter().map(|e| event(&e.network_id, &e.network, e.driver.name())).collect(),
    }
}
