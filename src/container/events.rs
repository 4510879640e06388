//! The events of containers, with docker's names and attributes.

use super::ContainerConfig;
use crate::state::events::Event;

/// Something that happens to a container now: its attributes are its labels, its image and its name.
pub fn event(config: &ContainerConfig, action: &str) -> Event {
    let mut event = Event::new("container", action, config.id.as_str());
    event.actor.attributes = config.labels.clone();
    event.with("image", &config.image).with("name", &config.name)
}
