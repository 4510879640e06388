//! What can be typed: runc's options under runc's names.

use std::path::PathBuf;

use clap::{ArgAction, Args, Subcommand};

use super::log::Format;
use crate::error::{Kind, Result};
use crate::oci::{CreateRequest, ExecRequest};

#[derive(Debug, Args)]
pub(super) struct Globals {
    /// Say more on standard error
    #[arg(long)]
    pub debug: bool,
    /// Write errors to this file too
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
    /// How errors are written
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "text")]
    pub log_format: Format,
    /// Where the state of containers is kept
    #[arg(long, value_name = "DIR", env = "DHOW_OCI_ROOT")]
    pub root: Option<PathBuf>,
    /// Have systemd make the cgroups
    #[arg(long)]
    pub systemd_cgroup: bool,
    /// Whether errors for want of rights to cgroups are ignored: true, false or auto
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub rootless: String,
}

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Make a container from a bundle; its program waits for `start`
    Create(Create),
    /// Remove a container that has ended
    Delete(Delete),
    /// Print events or statistics of a container
    Events(Events),
    /// Run a further program in a container
    Exec(Box<Exec>),
    /// Print what this runtime can do, as JSON
    Features,
    /// Send a signal to a container's first process
    Kill(Kill),
    /// List containers
    List(List),
    /// Stop all processes of a container for a while
    Pause(Container),
    /// List the processes of a container
    Ps(Ps),
    /// Let the processes of a paused container go on
    Resume(Container),
    /// Make a container from a bundle and run its program
    Run(Run),
    /// Write a Spec to start a bundle with
    Spec(SpecFile),
    /// Let the program of a created container run
    Start(Container),
    /// Print the state of a container, as JSON
    State(Container),
    /// Change the limits of a container
    Update(Update),
}

#[derive(Debug, Args)]
pub(super) struct Container {
    /// The container's name
    pub id: String,
}

#[derive(Debug, Args)]
pub(super) struct Create {
    /// The bundle's directory
    #[arg(short, long, value_name = "DIR")]
    pub bundle: Option<PathBuf>,
    /// A Unix socket that gets the master side of the program's terminal
    #[arg(long, value_name = "SOCKET")]
    pub console_socket: Option<PathBuf>,
    /// Where the first process's pid is written
    #[arg(long, value_name = "FILE")]
    pub pid_file: Option<PathBuf>,
    /// Change the root without pivot_root(2), for root file systems on the initial RAM disk
    #[arg(long)]
    pub no_pivot: bool,
    /// Leave the caller's session keyring to the program
    #[arg(long)]
    pub no_new_keyring: bool,
    /// Give the program this many descriptors beyond the standard streams
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub preserve_fds: u32,
    /// The container's name
    pub id: String,
}

impl Create {
    pub fn request(self) -> CreateRequest {
        CreateRequest {
            id: self.id,
            bundle: self.bundle,
            console_socket: self.console_socket,
            pid_file: self.pid_file,
            no_pivot: self.no_pivot,
            no_new_keyring: self.no_new_keyring,
            preserve_fds: self.preserve_fds,
            ..CreateRequest::default()
        }
    }
}

#[derive(Debug, Args)]
pub(super) struct Run {
    #[command(flatten)]
    pub create: Create,
    /// Return as soon as the program runs
    #[arg(short, long)]
    pub detach: bool,
    /// Keep the container when its program has ended
    #[arg(long)]
    pub keep: bool,
    /// Accepted for runc's callers: orphans are never ours to reap
    #[arg(long)]
    pub no_subreaper: bool,
}

#[derive(Debug, Args)]
pub(super) struct Exec {
    /// A Unix socket that gets the master side of the program's terminal
    #[arg(long, value_name = "SOCKET")]
    pub console_socket: Option<PathBuf>,
    /// The working directory
    #[arg(long, value_name = "DIR")]
    pub cwd: Option<PathBuf>,
    /// Set an environment variable
    #[arg(short, long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Give the program a terminal
    #[arg(short, long)]
    pub tty: bool,
    /// Run as this user: UID[:GID]
    #[arg(short, long, value_name = "USER")]
    pub user: Option<String>,
    /// Add a group
    #[arg(short = 'g', long, value_name = "GID")]
    pub additional_gids: Vec<u32>,
    /// A process document with all of it
    #[arg(short, long, value_name = "FILE")]
    pub process: Option<PathBuf>,
    /// Return as soon as the program runs
    #[arg(short, long)]
    pub detach: bool,
    /// Where the program's pid is written
    #[arg(long, value_name = "FILE")]
    pub pid_file: Option<PathBuf>,
    /// The SELinux label of the program
    #[arg(long, value_name = "LABEL")]
    pub process_label: Option<String>,
    /// The AppArmor profile of the program
    #[arg(long, value_name = "PROFILE")]
    pub apparmor: Option<String>,
    /// Let the program gain no privileges
    #[arg(long)]
    pub no_new_privs: bool,
    /// Add a capability
    #[arg(short, long, value_name = "CAPABILITY")]
    pub cap: Vec<String>,
    /// Give the program this many descriptors beyond the standard streams
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub preserve_fds: u32,
    /// Run in this cgroup below the container's: [CONTROLLER:]PATH
    #[arg(long, value_name = "CGROUP")]
    pub cgroup: Vec<String>,
    /// Run in a paused container too
    #[arg(long)]
    pub ignore_paused: bool,
    /// The container's name
    pub id: String,
    /// The program and its arguments
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    pub command: Vec<String>,
}

impl Exec {
    pub fn request(self) -> Result<ExecRequest> {
        if self.process.is_none() && self.command.is_empty() {
            return Kind::Invalid.err("process args cannot be empty");
        }
        Ok(ExecRequest {
            id: self.id,
            process: self.process,
            args: self.command,
            env: self.env,
            cwd: self.cwd,
            user: self.user,
            additional_gids: self.additional_gids,
            capabilities: self.cap,
            apparmor: self.apparmor,
            process_label: self.process_label,
            no_new_privileges: self.no_new_privs,
            tty: self.tty,
            detach: self.detach,
            console_socket: self.console_socket,
            pid_file: self.pid_file,
            preserve_fds: self.preserve_fds,
            ignore_paused: self.ignore_paused,
        })
    }
}

#[derive(Debug, Args)]
pub(super) struct Kill {
    /// Send it to all processes of the container
    #[arg(short, long)]
    pub all: bool,
    /// The container's name
    pub id: String,
    /// By number or name
    #[arg(default_value = "SIGTERM")]
    pub signal: String,
}

#[derive(Debug, Args)]
pub(super) struct Delete {
    /// Kill it first if it runs; one that doesn't exist is no error
    #[arg(short, long)]
    pub force: bool,
    /// The container's name
    pub id: String,
}

#[derive(Debug, Args)]
pub(super) struct List {
    /// table or json
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub format: String,
    /// Print names only
    #[arg(short, long)]
    pub quiet: bool,
}

#[derive(Debug, Args)]
pub(super) struct Ps {
    /// table or json
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub format: String,
    /// The container's name
    pub id: String,
    /// Options for ps(1)
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, value_name = "OPTION")]
    pub options: Vec<String>,
}

#[derive(Debug, Args)]
pub(super) struct Events {
    /// How often statistics are printed
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    pub interval: String,
    /// Print statistics once and return
    #[arg(long, action = ArgAction::SetTrue)]
    pub stats: bool,
    /// The container's name
    pub id: String,
}

#[derive(Debug, Args)]
pub(super) struct SpecFile {
    /// The bundle's directory
    #[arg(short, long, value_name = "DIR")]
    pub bundle: Option<PathBuf>,
    /// For a container of an ordinary user
    #[arg(long)]
    pub rootless: bool,
}

#[derive(Debug, Args)]
pub(super) struct Update {
    /// A file with the limits as in a Spec's linux.resources, - for standard input
    #[arg(short, long, value_name = "FILE")]
    pub resources: Option<PathBuf>,
    /// The container's name
    pub id: String,
}
