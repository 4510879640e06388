//! `dhow events`.

use std::io::Write;

use clap::Args;
use serde_json::{Value, json};

use super::format::Line;
use super::{App, Verb};
use crate::engine::events::{EventFilter, EventsRequest, HostEvent};
use crate::engine::time;
use crate::error::{Context, Result};

/// Show what happens to containers and images, as it happens
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// Only those that fit: container=, event=, image=, label=, type=
    #[arg(short = 'f', long, value_name = "FILTER")]
    filter: Vec<String>,
    /// json, or a Go template
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,
    /// Begin with those of the past, from this time on
    #[arg(long, value_name = "TIME")]
    since: Option<String>,
    /// End at this time
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// End after those of the past
    #[arg(long, default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1, default_missing_value = "true", value_name = "BOOL")]
    stream: bool,
}

impl Verb for Events {
    const NAME: &'static str = "events";
    const ABOUT: &'static str = "Show what happens to containers and images, as it happens";

    fn run(self, app: &App) -> Result<u8> {
        let engine = app.engine()?;
        let mut filter = EventFilter::default();
        self.filter.iter().try_for_each(|f| filter.add(f))?;
        let at = |text: &Option<String>| text.as_deref().map(time::parse).transpose();
        let (since, until) = (at(&self.since)?, at(&self.until)?);
        // As docker: without bounds only what happens from now on.
        let since = since.or_else(|| (self.stream && until.is_none()).then(jiff::Timestamp::now));
        let past = until.is_some_and(|t| t <= jiff::Timestamp::now());
        let request = EventsRequest { since, until, filter, follow: self.stream && !past, hangup: None };
        let line = self.format.as_deref().map(Line::new).transpose()?;
        let mut out = std::io::stdout().lock();
        engine.events(&request, &mut |event| {
            let text = match &line {
                Some(line) => line.render(&described(event))?,
                None => plain(event),
            };
            match writeln!(out, "{text}").and_then(|()| out.flush()) {
                Ok(()) => Ok(true),
                Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
                Err(e) => Err(e).context("writing an event"),
            }
        })?;
        Ok(0)
    }
}

/// The event with the fields that docker keeps for old clients.
fn described(event: &HostEvent) -> Value {
    let mut value = json!({"status": event.action, "id": event.actor.id});
    if let Some(image) = event.actor.attributes.get("image") {
        value["from"] = image.clone().into();
    }
    let all = serde_json::to_value(event).unwrap_or_default();
    if let (Some(into), Value::Object(all)) = (value.as_object_mut(), all) {
        into.extend(all);
        // What templates call them.
        for (name, field) in [
            ("Status", "status"),
            ("ID", "id"),
            ("From", "from"),
            ("Scope", "scope"),
            ("Time", "time"),
            ("TimeNano", "timeNano"),
        ] {
            if let Some(field) = into.get(field).cloned() {
                into.insert(name.into(), field);
            }
        }
    }
    value
}

fn plain(event: &HostEvent) -> String {
    let zoned = event.at().to_zoned(jiff::tz::TimeZone::system());
    let attributes: Vec<String> = event.actor.attributes.iter().map(|(k, v)| format!("{k}={v}")).collect();
    let attributes =
        if attributes.is_empty() { String::new() } else { format!(" ({})", attributes.join(", ")) };
    let time = zoned.strftime("%Y-%m-%dT%H:%M:%S.%9f");
    // As Go writes RFC 3339.
    let zone = if zoned.offset().is_zero() { "Z".into() } else { zoned.strftime("%:z").to_string() };
    format!("{time}{zone} {} {} {}{attributes}", event.kind, event.action, event.actor.id)
}
