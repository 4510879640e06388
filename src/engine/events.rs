//! Telling of events, and reading them (`events`).

use std::collections::BTreeMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;

use jiff::Timestamp;

use super::Engine;
use crate::container::{ContainerConfig, events};
use crate::error::{Kind, Result};
pub use crate::state::events::Event as HostEvent;
use crate::state::events::EventLog;

#[derive(Debug, Clone, Default)]
pub struct EventsRequest {
    pub since: Option<Timestamp>,
    pub until: Option<Timestamp>,
    pub filter: EventFilter,
    /// Wait for those to come.
    pub follow: bool,
    /// Readable when nobody wants to know any more.
    pub hangup: Option<Arc<OwnedFd>>,
}

/// Which events are wanted: for each key one of its values must fit.
#[derive(Debug, Clone, Default)]
pub struct EventFilter {
    wanted: BTreeMap<String, Vec<String>>,
}

const KEYS: [&str; 9] =
    ["container", "daemon", "event", "image", "label", "network", "scope", "type", "volume"];

impl EventFilter {
    /// Adds `KEY=VALUE`.
    pub fn add(&mut self, text: &str) -> Result<()> {
        match text.split_once('=') {
            Some((key, value)) if KEYS.contains(&key) => {
                self.wanted.entry(key.into()).or_default().push(value.into());
                Ok(())
            }
            _ => Kind::Invalid
                .err(format!("invalid filter {text:?}: use KEY=VALUE with one of {}", KEYS.join(", "))),
        }
    }

    fn fits(&self, event: &HostEvent) -> bool {
        let attribute = |key: &str| event.actor.attributes.get(key).map_or("", String::as_str);
        self.wanted.iter().all(|(key, values)| {
            values.iter().any(|wanted| match key.as_str() {
                "type" => event.kind == *wanted,
                "scope" => event.scope == *wanted,
                // `exec_start: sh` is found by `exec_start`, as docker has it.
                "event" => event.action == *wanted || event.action.split(':').next() == Some(wanted),
                "label" => match wanted.split_once('=') {
                    Some((key, value)) => attribute(key) == value && event.actor.attributes.contains_key(key),
                    None => event.actor.attributes.contains_key(wanted),
                },
                "image" if event.kind == "container" => tagged(attribute("image")) == tagged(wanted),
                "image" => event.actor.id == *wanted || tagged(attribute("name")) == tagged(wanted),
                kind => {
                    event.kind == kind
                        && (attribute("name") == wanted.trim_start_matches('/')
                            || !wanted.is_empty() && event.actor.id.starts_with(wanted.as_str()))
                }
            })
        })
    }
}

fn tagged(image: &str) -> String {
    if image.rsplit('/').next().is_some_and(|n| n.contains(':')) {
        image.into()
    } else {
        format!("{image}:latest")
    }
}

impl Engine {
    pub(crate) fn events_log(&self) -> EventLog {
        EventLog::new(&self.roots)
    }

    /// Tells that something happened to a container.
    pub(crate) fn tell(&self, config: &ContainerConfig, action: &str) {
        self.events_log().tell(&events::event(config, action));
    }

    /// Tells that something happened to an image, which is known by its id or by a name.
    pub(crate) fn tell_image(&self, action: &str, id: &str, name: &str) {
        self.events_log().tell(&HostEvent::new("image", action, id).with("name", name));
    }

    /// Tells that what nobody needs of a kind was removed, and how many bytes that has made free.
    pub(crate) fn tell_prune(&self, kind: &str, reclaimed: u64) {
        self.events_log().tell(&HostEvent::new(kind, "prune", "").with("reclaimed", reclaimed));
    }

    /// Gives the events that are wanted to `each`, in order, until it says stop (`false`).
    pub fn events(
        &self,
        request: &EventsRequest,
        each: &mut dyn FnMut(&HostEvent) -> Result<bool>,
    ) -> Result<()> {
        let filter = &request.filter;
        let hangups: Vec<_> = request.hangup.as_deref().map(AsFd::as_fd).into_iter().collect();
        let hangups = request.follow.then_some(hangups.as_slice());
        self.events_log()
            .read_until((request.since, request.until), hangups, &mut |event| {
                if filter.fits(&event) { each(&event) } else { Ok(true) }
            })
            .map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_of_different_keys_must_all_fit() {
        let event = HostEvent::new("container", "exec_start: sh", "abc123")
            .with("name", "web")
            .with("image", "busybox")
            .with("tier", "front");
        let fits = |filters: &[&str]| {
            let mut filter = EventFilter::default();
            for f in filters {
                filter.add(f).unwrap();
            }
            filter.fits(&event)
        };
        assert!(fits(&[]) && fits(&["container=web", "event=exec_start"]) && fits(&["container=abc"]));
        assert!(fits(&["label=tier"]) && fits(&["label=tier=front"]) && fits(&["image=busybox:latest"]));
        assert!(fits(&["event=die", "event=exec_start"]), "one of several values");
        assert!(
            !fits(&["event=die"])
                && !fits(&["type=image"])
                && !fits(&["label=tier=back"])
                && !fits(&["container=x"])
        );
        assert!(EventFilter::default().add("nonsense=1").is_err());
    }
}
