//! The command line: what was typed becomes a typed request to the engine, its answer becomes text. Nothing else happens here.

mod boot;
mod completion;
mod confirm;
mod container;
mod events;
mod format;
mod hello;
mod image;
mod internal;
mod login;
mod mounting;
mod network;
mod oci;
mod output;
mod pruned;
mod serve;
mod system;
pub mod template;
mod tree;
mod units;
mod unshare;
mod usage;
mod verb;
mod version;
mod volume;

use std::mem::ManuallyDrop;
use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, FromArgMatches};
use log::LevelFilter;

use crate::engine::Engine;
use crate::engine::containers::CgroupManager;
use crate::engine::progress::Progress;
use crate::error::{self, Kind, Result};
use crate::logging;
pub(crate) use confirm::{agreed, confirmed};
pub(crate) use verb::{Entry, Verb};

/// Exit code for a command line that can't be understood, as docker and podman have it.
const USAGE: u8 = 125;

/// Options that every command takes.
#[derive(Debug, Clone, Args)]
pub(crate) struct Globals {
    /// Where images, layers, containers and volumes are kept
    #[arg(long, global = true, value_name = "DIR", env = "DHOW_ROOT", help_heading = "Global options")]
    pub root: Option<PathBuf>,
    /// Where run-time state is kept that need not survive a reboot
    #[arg(long, global = true, value_name = "DIR", env = "DHOW_RUNROOT", help_heading = "Global options")]
    pub runroot: Option<PathBuf>,
    /// Read this configuration instead of /etc/dhow/config.toml and ~/.config/dhow/config.toml
    #[arg(long, global = true, value_name = "FILE", env = "DHOW_CONFIG", help_heading = "Global options")]
    pub config_file: Option<PathBuf>,
    /// Who makes the cgroups of new containers: cgroupfs (dhow itself), or systemd, which is usual for an ordinary user who has one
    #[arg(
        long,
        global = true,
        value_name = "MANAGER",
        value_enum,
        hide_possible_values = true,
        help_heading = "Global options"
    )]
    pub cgroup_manager: Option<CgroupManager>,
    /// How much to say on standard error: error, warn, info, debug, trace
    #[arg(
        long,
        global = true,
        value_name = "LEVEL",
        default_value = "warn",
        help_heading = "Global options"
    )]
    pub log_level: LevelFilter,
}

/// What a command needs to do its work.
pub(crate) struct App {
    globals: Globals,
}

impl App {
    /// The engine on this user's roots. Made on demand: `--help` and completions must not touch the disk.
    pub fn engine(&self) -> Result<Engine> {
        Engine::open(
            self.globals.root.as_deref(),
            self.globals.runroot.as_deref(),
            self.globals.config_file.clone(),
        )
    }

    /// The same also if an older dhow wrote what is there.
    pub fn engine_of_any_version(&self) -> Result<Engine> {
        Engine::open_any_version(
            self.globals.root.as_deref(),
            self.globals.runroot.as_deref(),
            self.globals.config_file.clone(),
        )
    }

    pub fn cgroup_manager(&self) -> Option<CgroupManager> {
        self.globals.cgroup_manager
    }

    /// Who shows how a pull goes that another command needs.
    pub fn progress(quiet: bool) -> Box<dyn Progress> {
        Box::new(image::LineOrBar::for_loading(quiet))
    }
}

/// The whole command line as clap sees it, for parsing, man pages and completions.
pub fn command() -> Command {
    // Not a command of the tree: it has global options of its own, and is parsed before (see `oci`).
    verb::add_to(root(), tree::COMMANDS).subcommand(oci::command())
}

/// `dhow` without its sub-commands.
fn root() -> Command {
    let command = Command::new("dhow")
        .about("Containers without a daemon: one binary runs, pulls and manages them")
        .version(env!("CARGO_PKG_VERSION"))
        // Of an option with one value that is given twice the last counts, as with docker: scripts add theirs to defaults.
        .args_override_self(true)
        .disable_version_flag(true)
        .arg(clap::arg!(version: -v --version "Print the version").action(clap::ArgAction::Version))
        .subcommand_required(true)
        .arg_required_else_help(true)
        .disable_help_subcommand(true);
    Globals::augment_args(command)
}

/// Parses the arguments of this process. Sub-commands take an array of names, help and options each to build, so at first there is only the
/// one that seems to be meant; any doubt (a wrong guess, a mistake, a wish for help) is for the whole command line.
fn parse() -> clap::error::Result<ArgMatches> {
    let meant = std::env::args_os().skip(1).find_map(|arg| verb::find(tree::COMMANDS, arg.to_str()?));
    // Freeing what the parser needs would take as long as a few system calls, and the process has not long to live.
    let parse = |command: Command| ManuallyDrop::new(command).try_get_matches_from_mut(std::env::args_os());
    match meant {
        Some(entry) => parse(root().subcommand(entry.command())).or_else(|_| parse(command())),
        None => parse(command()),
    }
}

/// Runs the command line of this process.
pub fn main() -> u8 {
    if let Some(code) = internal::run() {
        return code;
    }
    if let Some(code) = oci::run() {
        return code;
    }
    let matches = match parse() {
        Ok(matches) => matches,
        Err(error) => {
            usage::print(&error);
            return if error.use_stderr() { USAGE } else { 0 };
        }
    };
    let (failure, result) = dispatch(&matches);
    result.unwrap_or_else(|error| report(&error, failure))
}

fn dispatch(matches: &ArgMatches) -> (u8, Result<u8>) {
    let globals = match Globals::from_arg_matches(matches) {
        Ok(globals) => globals,
        Err(error) => return (USAGE, Err(error.into())),
    };
    logging::init(globals.log_level);
    if matches.subcommand_name() == Some(oci::NAME) {
        return (USAGE, Kind::Invalid.err("the options of `dhow oci` stand behind `oci`: it has its own"));
    }
    verb::dispatch(tree::COMMANDS, matches, &App { globals })
}

/// Prints the error and gives the exit code for it.
fn report(error: &error::Error, failure: u8) -> u8 {
    let code = match error::kind_of(error) {
        Some(Kind::Exit(code)) => return code,
        Some(Kind::CannotStart(code)) => code,
        _ => failure,
    };
    use std::io::Write;
    // A closed standard error is no reason to change the exit code.
    let _ = writeln!(std::io::stderr(), "dhow: {}", error::one_line(error));
    code
}
