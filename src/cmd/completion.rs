//! `dhow completion`.

use std::io::Write;

use clap::{Args, ValueEnum};
use clap_complete::Shell;

use super::{App, Verb};
use crate::error::{Context, Kind, Result};

/// Print the completion script of a shell
#[derive(Debug, Args)]
pub(crate) struct Completion {
    shell: ShellName,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ShellName {
    Bash,
    Zsh,
    Fish,
}

impl Verb for Completion {
    const NAME: &'static str = "completion";
    const ABOUT: &'static str = "Print the completion script of a shell";

    fn run(self, _app: &App) -> Result<u8> {
        let shell = match self.shell {
            ShellName::Bash => Shell::Bash,
            ShellName::Zsh => Shell::Zsh,
            ShellName::Fish => Shell::Fish,
        };
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut super::command(), "dhow", &mut script);
        match std::io::stdout().write_all(&script) {
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Kind::Exit(0).err("nobody reads it"),
            written => written.context("writing the script").map(|()| 0),
        }
    }
}
