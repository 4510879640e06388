//! The options of `run` and `create` for health checks.

use std::time::Duration;

use clap::Args;

use crate::engine::containers::{HealthOptions, OnFailure, quantity};

#[derive(Debug, Args)]
pub struct HealthArgs {
    /// Command that checks the container's health: a line for the shell, or a JSON list
    #[arg(long, value_name = "COMMAND")]
    health_cmd: Option<String>,
    /// Time between two checks
    #[arg(long, value_name = "TIME", value_parser = quantity::duration)]
    health_interval: Option<Duration>,
    /// Time that a check may take
    #[arg(long, value_name = "TIME", value_parser = quantity::duration)]
    health_timeout: Option<Duration>,
    /// Failures in a row that make the container unhealthy
    #[arg(long, value_name = "N")]
    health_retries: Option<u32>,
    /// Time after the start in which failures do not count
    #[arg(long, value_name = "TIME", value_parser = quantity::duration)]
    health_start_period: Option<Duration>,
    /// Time between two checks in the start period
    #[arg(long, value_name = "TIME", value_parser = quantity::duration)]
    health_start_interval: Option<Duration>,
    /// What to do when the container becomes unhealthy
    #[arg(long, value_enum, value_name = "ACTION", default_value_t = OnFailure::None)]
    health_on_failure: OnFailure,
    /// Do not check the health, even if the image says how
    #[arg(long)]
    no_healthcheck: bool,
}

impl HealthArgs {
    pub fn options(self) -> HealthOptions {
        HealthOptions {
            command: self.health_cmd,
            shell: Vec::new(),
            interval: self.health_interval,
            timeout: self.health_timeout,
            retries: self.health_retries,
            start_period: self.health_start_period,
            start_interval: self.health_start_interval,
            on_failure: self.health_on_failure,
            disabled: self.no_healthcheck,
        }
    }
}
