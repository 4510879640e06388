//! `dhow healthcheck run`.

use clap::Args;

use crate::cmd::{App, Verb};
use crate::error::Result;

/// Check the health of a container now
#[derive(Debug, Args)]
pub(crate) struct HealthcheckRun {
    container: String,
}

impl Verb for HealthcheckRun {
    const NAME: &'static str = "run";
    const ABOUT: &'static str =
        "Check the health of a container now; the exit code is 1 if it is not healthy";

    fn run(self, app: &App) -> Result<u8> {
        let result = app.engine()?.check_health(&self.container)?;
        if result.exit_code == 0 {
            return Ok(0);
        }
        println!("unhealthy");
        if !result.output.is_empty() {
            eprintln!("{}", result.output.trim_end());
        }
        Ok(1)
    }
}
