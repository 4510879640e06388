//! `dhow oci`: the command line of an OCI runtime, as runc's callers know it. The same when the binary is called `dhow-oci`, `runc` or `crun`.
//!
//! Parsed apart from the rest of the command line: its global options are runc's, and building all of dhow's commands would cost a good
//! part of a container's start.

mod arguments;
mod log;
mod report;
mod verbs;

use std::ffi::OsString;
use std::path::Path;

use clap::error::{ContextKind, ContextValue};
use clap::{Command, FromArgMatches, Subcommand};

use crate::error::{self, Kind, Result};
use crate::oci::Store;
use arguments::{Globals, Verb};
use log::Log;

/// Names under which the binary is an OCI runtime.
const NAMES: [&str; 3] = ["dhow-oci", "runc", "crun"];

/// Runs this process's command line if it is that of the OCI runtime.
pub(super) fn run() -> Option<u8> {
    let mut args: Vec<OsString> = std::env::args_os().collect();
    let called = Path::new(args.first()?).file_name().is_some_and(|n| NAMES.iter().any(|name| n == *name));
    if !called {
        if args.get(1).is_none_or(|a| a != NAME) {
            return None;
        }
        args.remove(1);
    }
    Some(main(args))
}

fn main(args: Vec<OsString>) -> u8 {
    crate::logging::init(::log::LevelFilter::Warn);
    if let Err(error) = seal(&args) {
        // Before anybody knows of `--log`; whoever is root without the right to mount is told at once.
        Log { file: None, format: log::Format::Text }.error(&error::one_line(&error));
        return 1;
    }
    // Before the first descriptor of our own: `--preserve-fds` is about those that are open now.
    let matches = match command().name("dhow-oci").bin_name("dhow oci").try_get_matches_from(args) {
        Ok(matches) => matches,
        Err(error) => {
            match unsupported_verb(&error) {
                Some(verb) => {
                    let message =
                        format!("{verb} is not supported: this runtime keeps no images of running processes");
                    Log { file: None, format: log::Format::Text }.error(&message);
                }
                None => drop(error.print()),
            }
            return u8::from(error.use_stderr());
        }
    };
    let globals = match Globals::from_arg_matches(&matches) {
        Ok(globals) => globals,
        Err(error) => error.exit(),
    };
    if globals.debug {
        crate::logging::init(::log::LevelFilter::Debug);
    }
    let verb = match Verb::from_arg_matches(&matches) {
        Ok(verb) => verb,
        Err(error) => error.exit(),
    };
    let log = Log { file: globals.log.clone(), format: globals.log_format };
    let (prefix, failure) = verb.failure();
    match dispatch(&globals, verb) {
        Ok(code) => code,
        Err(error) => {
            if let Some(Kind::Exit(code)) = error::kind_of(&error) {
                return code;
            }
            log.error(&format!("{prefix}{}", error::one_line(&error)));
            failure
        }
    }
}

/// Which of those that runc has CRIU for was asked for: engines show the user what is said of it.
fn unsupported_verb(error: &clap::Error) -> Option<&str> {
    match error.get(ContextKind::InvalidSubcommand)? {
        ContextValue::String(verb) if ["checkpoint", "restore"].contains(&verb.as_str()) => Some(verb),
        _ => None,
    }
}

/// Verbs that bring a process of this binary into a container.
const ENTERING: [&str; 3] = ["create", "run", "exec"];

/// Executes the binary again where no container can reach it to write to it (CVE-2019-5736). Before the command line is parsed, so as to
/// parse it once; that a word is no verb but somebody's name costs nothing but the time.
fn seal(args: &[OsString]) -> Result<()> {
    let enters = args.iter().skip(1).any(|arg| ENTERING.iter().any(|verb| arg == *verb));
    if enters && nix::unistd::geteuid().is_root() { crate::runtime::seal::seal_process(None) } else { Ok(()) }
}

fn dispatch(globals: &Globals, verb: Verb) -> Result<u8> {
    let store = Store::locate(globals.root.as_deref())?;
    verb.run(&store, globals.cgroup())
}

pub(super) const NAME: &str = "oci";

/// The command as clap sees it.
pub(super) fn command() -> Command {
    let command = Command::new(NAME)
        .about("Run containers from OCI bundles, as runc does")
        .disable_version_flag(true)
        .arg(clap::arg!(version: -v --version "Print the version").action(clap::ArgAction::Version))
        .version(VERSION)
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true);
    Verb::augment_subcommands(<Globals as clap::Args>::augment_args(command))
}

/// In runc's form, which docker and podman read.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), "\nspec: 1.3.0");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_is_well_formed() {
        command().debug_assert();
        assert!(VERSION.ends_with(crate::oci::SPEC_VERSION));
    }
}
