//! `GET /metrics`: what the server has done, and how many containers there are, as Prometheus reads it (OpenMetrics 1.0).

use std::borrow::Cow;
use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use hyper::header::{CONTENT_TYPE, HeaderValue};
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::call::Call;
use super::reply::{Head, Reply};
use crate::engine::containers::ContainerFilter;
use crate::error::{Context, Result};

type Label = (&'static str, Cow<'static, str>);

/// Upper bounds of latencies in seconds, from a look into files to a pull.
const BOUNDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0];
/// States that are told of even when no container is in them.
const STATES: [&str; 5] = ["created", "running", "paused", "restarting", "exited"];

/// What is counted from the server's start on. A client can't add to the number of series: the labels are patterns of paths.
pub struct Metrics {
    requests: Family<[Label; 3], Histogram, fn() -> Histogram>,
    pulled: Counter<u64, AtomicU64>,
    registry: Mutex<Registry>,
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

fn histogram() -> Histogram {
    Histogram::new(BOUNDS)
}

impl Default for Metrics {
    fn default() -> Self {
        let requests = Family::new_with_constructor(histogram as fn() -> Histogram);
        let pulled = Counter::default();
        let mut registry = Registry::with_prefix("dhow");
        registry.register(
            "api_request_duration_seconds",
            "Time until the head of an answer was there",
            requests.clone(),
        );
        registry.register("pulled_bytes", "Bytes of layers that were pulled", pulled.clone());
        Self { requests, pulled, registry: Mutex::new(registry) }
    }
}

impl Metrics {
    /// A request was answered.
    pub fn answered(&self, method: &'static str, route: &'static str, status: u16, after: Duration) {
        let labels =
            [("method", method.into()), ("route", route.into()), ("status", status.to_string().into())];
        self.requests.get_or_create(&labels).observe(after.as_secs_f64());
    }

    /// So many bytes more have come from a registry.
    pub fn pulled(&self, bytes: u64) {
        self.pulled.inc_by(bytes);
    }

    fn text(&self, containers: &[&'static str]) -> Result<String> {
        let mut text = String::new();
        if let Ok(registry) = self.registry.lock() {
            encode(&mut text, &registry).context("encoding the metrics")?;
        }
        let by_state = Family::<[Label; 1], Gauge>::default();
        for state in STATES {
            drop(by_state.get_or_create(&[("state", state.into())]));
        }
        for state in containers {
            by_state.get_or_create(&[("state", (*state).into())]).inc();
        }
        let mut now = Registry::with_prefix("dhow");
        now.register("containers", "Containers by their state", by_state);
        let mut rest = String::new();
        encode(&mut rest, &now).context("encoding the metrics")?;
        // One document has one end.
        Ok(text.trim_end_matches("# EOF\n").to_string() + &rest)
    }
}

/// `GET /metrics`
pub fn show(call: &mut Call) -> Result<Reply> {
    let all = ContainerFilter::new(true);
    let states = call.engine().list_containers_as(&all, |container| Ok(container.state.status_name()))?.found;
    let mut head = Head::default();
    head.headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8"),
    );
    Ok(Reply::Whole(head, call.server.metrics.text(&states)?.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_document() {
        let metrics = Metrics::default();
        metrics.answered("GET", "/info", 200, Duration::from_millis(3));
        metrics.pulled(7);
        let text = metrics.text(&["running", "running"]).unwrap();
        for line in [
            "dhow_pulled_bytes_total 7",
            "dhow_containers{state=\"running\"} 2",
            "dhow_containers{state=\"exited\"} 0",
            "dhow_api_request_duration_seconds_bucket{le=\"0.0025\",method=\"GET\",route=\"/info\",status=\"200\"} 0",
            "dhow_api_request_duration_seconds_bucket{le=\"0.005\",method=\"GET\",route=\"/info\",status=\"200\"} 1",
        ] {
            assert!(text.lines().any(|l| l == line), "no {line} in {text}");
        }
        assert_eq!(text.matches("# EOF").count(), 1);
        assert!(text.ends_with("# EOF\n"));
    }
}
