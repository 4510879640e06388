//! `dhow exec`.

use std::io::IsTerminal;
use std::path::PathBuf;

use clap::Args;

use super::parse;
use crate::cmd::{App, Verb};
use crate::engine::Engine;
use crate::engine::containers::ExecRequest;
use crate::error::{Kind, Result};

/// Run a command in a running container
#[derive(Debug, Args)]
pub(crate) struct Exec {
    /// Run in the background
    #[arg(short = 'd', long)]
    detach: bool,
    /// Keys that detach from the command [default: ctrl-p,ctrl-q]
    #[arg(long, value_name = "KEYS")]
    detach_keys: Option<String>,
    /// Set an environment variable
    #[arg(short = 'e', long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// Read environment variables from a file
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// Pass standard input on
    #[arg(short = 'i', long)]
    interactive: bool,
    /// Let the command have so many descriptors, from 3 on, that are open here
    #[arg(long, value_name = "N", default_value_t = 0)]
    preserve_fds: u32,
    /// Give the command all capabilities
    #[arg(long)]
    privileged: bool,
    /// Give the command a terminal
    #[arg(short = 't', long)]
    tty: bool,
    /// User (and group) to run as
    #[arg(short = 'u', long, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// Working directory
    #[arg(short = 'w', long, value_name = "DIR")]
    workdir: Option<PathBuf>,
    /// Container, command and arguments
    #[arg(value_name = "CONTAINER COMMAND [ARG...]", required = true, num_args = 1.., trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl Verb for Exec {
    const NAME: &'static str = "exec";
    const ABOUT: &'static str = "Run a command in a running container";

    fn run(self, app: &App) -> Result<u8> {
        let extra = Engine::inherited_fds(self.preserve_fds)?;
        let Some((container, command)) = self.args.split_first().filter(|(_, command)| !command.is_empty())
        else {
            return Kind::Invalid.err("exec requires at least 2 arguments: the container and the command");
        };
        if self.tty && self.interactive && !self.detach && !std::io::stdin().is_terminal() {
            return Kind::Invalid
                .err("cannot attach stdin to a TTY-enabled container because stdin is not a terminal");
        }
        let engine = app.engine()?;
        let request = ExecRequest {
            command: command.to_vec(),
            env: parse::environment(false, &self.env_file, &self.env)?,
            cwd: self.workdir,
            user: self.user,
            tty: self.tty,
            stdin: self.interactive,
            privileged: self.privileged,
            detach_keys: engine.detach_keys(self.detach_keys.as_deref())?,
        };
        if self.detach {
            engine.exec_detached(container, request, &extra)?;
            return Ok(0);
        }
        engine.exec(container, request, &extra)
    }
}
