//! `dhow unshare`.

use std::ffi::OsString;

use clap::Args;

use super::{App, Verb};
use crate::error::Result;

/// Run a command in a user namespace with this user's mapped ids, where it is root
///
/// That is where an ordinary user can change files that belong to other ids of his containers, and mount containers and images. What is
/// mounted there is gone with the last process.
#[derive(Debug, Args)]
pub(crate) struct Unshare {
    /// The command and its arguments [default: the shell that $SHELL names, else /bin/sh]
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

impl Verb for Unshare {
    const NAME: &'static str = "unshare";
    const ABOUT: &'static str =
        "Run a command in a user namespace with this user's mapped ids, where it is root";
    const FAILURE: u8 = 125;

    fn run(self, app: &App) -> Result<u8> {
        let mut command = self.command;
        if command.is_empty() {
            let shell = std::env::var_os("SHELL").filter(|shell| !shell.is_empty());
            command.push(shell.unwrap_or_else(|| "/bin/sh".into()));
        }
        app.engine()?.unshare(&command)
    }
}
