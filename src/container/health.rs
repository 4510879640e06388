//! Health checks: what was asked for, what became of it, and when which state follows (pure; docker's rules).

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Kind, Result};

/// How the health of a container is checked (Docker's `HealthConfig`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthConfig {
    /// `CMD` and arguments, or `CMD-SHELL` and a line for the shell.
    pub test: Vec<String>,
    /// The program that runs the line, with its arguments (`SHELL` of the image); none: /bin/sh.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shell: Vec<String>,
    pub interval: Duration,
    pub timeout: Duration,
    /// Failures in a row that make it unhealthy.
    pub retries: u32,
    /// How long failures don't count while it has not been healthy yet.
    pub start_period: Duration,
    /// The interval during that time.
    pub start_interval: Duration,
    pub on_failure: OnFailure,
}

/// What is done with a container that has become unhealthy.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    #[default]
    None,
    Kill,
    Restart,
    Stop,
}

/// As typed: what isn't given is the image's, or the default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HealthOptions {
    /// A line for the shell, or a JSON list of arguments.
    pub command: Option<String>,
    /// What runs that line; empty: the image's.
    pub shell: Vec<String>,
    pub interval: Option<Duration>,
    pub timeout: Option<Duration>,
    pub retries: Option<u32>,
    pub start_period: Option<Duration>,
    pub start_interval: Option<Duration>,
    pub on_failure: OnFailure,
    pub disabled: bool,
}

impl HealthConfig {
    /// From the options and the image's configuration, with its own check (`Healthcheck`) and shell; `None` if there is no check.
    pub fn new(options: &HealthOptions, image: Option<&Value>) -> Result<Option<Self>> {
        let shell = shell(options, image);
        let image = image.and_then(|i| i.get("Healthcheck"));
        let own = options.command.is_some()
            || [options.interval, options.timeout, options.start_period, options.start_interval]
                .iter()
                .any(Option::is_some)
            || options.retries.is_some();
        if options.disabled {
            if own {
                return Kind::Invalid.err("--no-healthcheck conflicts with --health-* options");
            }
            return Ok(None);
        }
        let test = match options.command.as_deref() {
            Some("none" | "") => return Ok(None),
            Some(text) => parse_command(text),
            None => image.and_then(|i| strings(i.get("Test")?)).unwrap_or_default(),
        };
        match test.first().map(String::as_str) {
            None | Some("NONE") => return Ok(None),
            Some("CMD" | "CMD-SHELL") if test.len() > 1 => {}
            _ => {
                return Kind::Invalid.err(format!(
                    "the health check {test:?} is not understood: want CMD or CMD-SHELL and a command"
                ));
            }
        }
        for (given, name) in [
            (options.interval, "Interval"),
            (options.timeout, "Timeout"),
            (options.start_period, "StartPeriod"),
            (options.start_interval, "StartInterval"),
        ] {
            // Nothing is the default.
            if given.is_some_and(|time| !time.is_zero() && time < Duration::from_millis(1)) {
                return Kind::Invalid.err(format!("{name} in Healthcheck cannot be less than 1ms"));
            }
        }
        let of_image = |key: &str| image.and_then(|i| i.get(key)?.as_u64()).filter(|n| *n > 0);
        let time = |given: Option<Duration>, key: &str, default: u64| {
            given
                .filter(|d| !d.is_zero())
                .or_else(|| of_image(key).map(Duration::from_nanos))
                .unwrap_or(Duration::from_secs(default))
        };
        Ok(Some(Self {
            test,
            shell,
            interval: time(options.interval, "Interval", 30),
            timeout: time(options.timeout, "Timeout", 30),
            retries: options
                .retries
                .filter(|n| *n > 0)
                .or_else(|| of_image("Retries").map(|n| n as u32))
                .unwrap_or(3),
            start_period: time(options.start_period, "StartPeriod", 0),
            start_interval: time(options.start_interval, "StartInterval", 5),
            on_failure: options.on_failure,
        }))
    }

    /// The program to run, with its arguments.
    pub fn command(&self) -> Vec<String> {
        match self.test[0].as_str() {
            "CMD-SHELL" if self.shell.is_empty() => {
                [&["/bin/sh".into(), "-c".into()], &self.test[1..]].concat()
            }
            "CMD-SHELL" => [&self.shell[..], &self.test[1..]].concat(),
            _ => self.test[1..].to_vec(),
        }
    }
}

/// What runs a line, if it isn't /bin/sh.
fn shell(options: &HealthOptions, image: Option<&Value>) -> Vec<String> {
    match &options.shell[..] {
        [] => image.and_then(|i| strings(i.get("Shell")?)).unwrap_or_default(),
        given => given.to_vec(),
    }
}

fn parse_command(text: &str) -> Vec<String> {
    match serde_json::from_str::<Vec<String>>(text) {
        Ok(list) if matches!(list.first().map(String::as_str), Some("CMD" | "CMD-SHELL" | "NONE")) => list,
        Ok(list) if !list.is_empty() => std::iter::once("CMD".to_string()).chain(list).collect(),
        _ => vec!["CMD-SHELL".into(), text.into()],
    }
}

fn strings(value: &Value) -> Option<Vec<String>> {
    value.as_array()?.iter().map(|v| v.as_str().map(String::from)).collect()
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    #[default]
    Starting,
    Healthy,
    Unhealthy,
}

impl HealthStatus {
    /// As docker names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

/// What became of the checks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HealthState {
    pub status: HealthStatus,
    /// Failures in a row.
    pub failing_streak: u32,
    /// The last five.
    pub log: VecDeque<ProbeResult>,
}

/// One check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProbeResult {
    pub start: Timestamp,
    pub end: Timestamp,
    /// 0 healthy, anything else not; -1: it could not be run or took too long.
    pub exit_code: i32,
    pub output: String,
}

/// How many results are kept.
const KEPT: usize = 5;

impl HealthState {
    /// Takes a result in. `starting`: it was begun within the start period. Whether the status has changed.
    pub fn record(&mut self, result: ProbeResult, retries: u32, starting: bool) -> bool {
        let before = self.status;
        if result.exit_code == 0 {
            self.failing_streak = 0;
            self.status = HealthStatus::Healthy;
        } else if !(starting && self.status == HealthStatus::Starting) {
            self.failing_streak += 1;
            if self.failing_streak >= retries {
                self.status = HealthStatus::Unhealthy;
            }
        }
        if self.log.len() == KEPT {
            self.log.pop_front();
        }
        self.log.push_back(result);
        self.status != before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn result(exit_code: i32) -> ProbeResult {
        ProbeResult {
            start: Timestamp::UNIX_EPOCH,
            end: Timestamp::UNIX_EPOCH,
            exit_code,
            output: String::new(),
        }
    }

    #[test]
    fn failures_in_a_row_make_it_unhealthy_and_one_success_heals() {
        let mut state = HealthState::default();
        assert!(!state.record(result(1), 2, true), "does not count while it starts");
        assert_eq!((state.status, state.failing_streak), (HealthStatus::Starting, 0));
        assert!(!state.record(result(1), 2, false));
        assert!(state.record(result(-1), 2, false));
        assert_eq!(state.status, HealthStatus::Unhealthy);
        assert!(!state.record(result(2), 2, false));
        assert!(state.record(result(0), 2, false));
        assert_eq!((state.status, state.failing_streak), (HealthStatus::Healthy, 0));
        // Once healthy, the start period is over.
        assert!(!state.record(result(1), 2, true));
        assert_eq!(state.failing_streak, 1);
        for _ in 0..10 {
            state.record(result(7), 100, false);
        }
        assert_eq!(state.log.len(), 5);
    }

    #[test]
    fn options_go_over_the_images_check() {
        let image = json!({"Healthcheck": {"Test": ["CMD", "check", "-v"], "Interval": 2_000_000_000u64, "Retries": 7}});
        let read =
            |options: &HealthOptions, image: Option<&Value>| HealthConfig::new(options, image).unwrap();
        let plain = read(&HealthOptions::default(), Some(&image)).unwrap();
        assert_eq!(
            (plain.command(), plain.interval, plain.retries),
            (vec!["check".into(), "-v".into()], Duration::from_secs(2), 7)
        );
        assert_eq!((plain.timeout, plain.start_period), (Duration::from_secs(30), Duration::ZERO));
        let too_short =
            HealthOptions { start_interval: Some(Duration::from_micros(999)), ..HealthOptions::default() };
        let refused = HealthConfig::new(&too_short, Some(&image)).unwrap_err().to_string();
        assert_eq!(refused, "StartInterval in Healthcheck cannot be less than 1ms");
        let command = |text: &str| {
            let options =
                HealthOptions { command: Some(text.into()), retries: Some(1), ..HealthOptions::default() };
            read(&options, Some(&image)).map(|c| c.command().join(" "))
        };
        assert_eq!(command("true || false").unwrap(), "/bin/sh -c true || false");
        assert_eq!(command(r#"["CMD", "true"]"#).unwrap(), "true");
        assert_eq!(command("none"), None);
        // A line is for the image's shell, unless the container has one of its own.
        let image = json!({"Shell": ["/bin/bash", "-ec"], "Healthcheck": {"Test": ["CMD-SHELL", "look"]}});
        let own = HealthOptions { shell: vec!["/bin/ash".into()], ..HealthOptions::default() };
        for (options, words) in [(HealthOptions::default(), "/bin/bash -ec look"), (own, "/bin/ash look")] {
            assert_eq!(read(&options, Some(&image)).unwrap().command().join(" "), words);
        }
        assert_eq!(read(&HealthOptions::default(), None), None);
        assert_eq!(read(&HealthOptions::default(), Some(&json!({"Healthcheck": {"Test": ["NONE"]}}))), None);
        assert_eq!(read(&HealthOptions { disabled: true, ..HealthOptions::default() }, Some(&image)), None);
        let both = HealthOptions { disabled: true, command: Some("x".into()), ..HealthOptions::default() };
        assert!(HealthConfig::new(&both, None).is_err());
    }
}
