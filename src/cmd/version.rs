//! `dhow version`.

use clap::Args;
use serde_json::json;

use super::{App, Verb, format};
use crate::error::Result;

/// Print the version
#[derive(Debug, Args)]
pub(crate) struct Version {
    /// Print it by a Go template, or as JSON: json
    #[arg(short, long, value_name = "TEMPLATE")]
    format: Option<String>,
}

impl Verb for Version {
    const NAME: &'static str = "version";
    const ABOUT: &'static str = "Print the version";

    fn run(self, _app: &App) -> Result<u8> {
        let version = env!("CARGO_PKG_VERSION");
        match self.format.as_deref() {
            None | Some("") => println!("dhow version {version}"),
            Some(template) => {
                let arch = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
                let program = json!({"Version": version, "Os": "linux", "Arch": arch});
                // There is no daemon: both ends are this binary. Scripts ask for the server's version as often as for the client's.
                format::print_one(template, &json!({"Client": program, "Server": program}))?;
            }
        }
        Ok(0)
    }
}
