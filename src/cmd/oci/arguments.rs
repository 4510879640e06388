//! What can be typed: runc's options under runc's names.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use clap::{ArgAction, Args, Subcommand, ValueEnum};
use oci_spec::runtime::{LinuxIntelRdt, LinuxResources};
use serde_json::{Value, json};

use super::log::Format;
use crate::error::{Context, Kind, Result};
use crate::oci::create::{CgroupChoice, CgroupDriver};
use crate::oci::{CreateRequest, ExecRequest, quantity};

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
    /// Whether a container may go without a cgroup where none can be made: auto and true mean that it may unless limits are asked for
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = rootless)]
    pub rootless: Rootless,
    /// Who makes the cgroups, as crun is told
    #[arg(long, value_name = "MANAGER", value_enum, conflicts_with = "systemd_cgroup")]
    pub cgroup_manager: Option<Manager>,
}

impl Globals {
    pub fn cgroup(&self) -> CgroupChoice {
        let driver = match self.cgroup_manager {
            Some(Manager::Disabled) => CgroupDriver::Nobody,
            Some(Manager::Systemd) => CgroupDriver::Systemd,
            _ if self.systemd_cgroup => CgroupDriver::Systemd,
            _ => CgroupDriver::Cgroupfs,
        };
        CgroupChoice { driver, required: self.rootless == Rootless::False }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rootless {
    Allowed,
    False,
}

/// As runc reads it: auto, or what Go takes for true or false.
fn rootless(text: &str) -> std::result::Result<Rootless, String> {
    match text.to_lowercase().as_str() {
        "auto" | "true" | "t" | "1" => Ok(Rootless::Allowed),
        "false" | "f" | "0" => Ok(Rootless::False),
        _ => Err("must be auto, true or false".into()),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Manager {
    Cgroupfs,
    Systemd,
    /// No cgroup is made
    Disabled,
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
    Update(Box<Update>),
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
    pub fn request(self, cgroup: CgroupChoice) -> CreateRequest {
        CreateRequest {
            id: self.id,
            bundle: self.bundle,
            console_socket: self.console_socket,
            pid_file: self.pid_file,
            no_pivot: self.no_pivot,
            no_new_keyring: self.no_new_keyring,
            preserve_fds: self.preserve_fds,
            cgroup,
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
            cgroups: self.cgroup,
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
    /// A file with the limits as in a Spec's linux.resources, - for standard input; all other options are ignored then
    #[arg(short, long, value_name = "FILE")]
    pub resources: Option<PathBuf>,
    /// Weight of block I/O, 10 to 1000
    #[arg(long, value_name = "WEIGHT")]
    pub blkio_weight: Option<u16>,
    /// CFS period in microseconds
    #[arg(long, value_name = "MICROSECONDS")]
    pub cpu_period: Option<u64>,
    /// CFS quota in microseconds, -1 for none
    #[arg(long, value_name = "MICROSECONDS", allow_hyphen_values = true)]
    pub cpu_quota: Option<i64>,
    /// CFS burst in microseconds
    #[arg(long, value_name = "MICROSECONDS")]
    pub cpu_burst: Option<u64>,
    /// CPU shares
    #[arg(long, value_name = "SHARES")]
    pub cpu_share: Option<u64>,
    /// Real-time period in microseconds
    #[arg(long, value_name = "MICROSECONDS")]
    pub cpu_rt_period: Option<u64>,
    /// Real-time run time in microseconds
    #[arg(long, value_name = "MICROSECONDS", allow_hyphen_values = true)]
    pub cpu_rt_runtime: Option<i64>,
    /// Idle scheduling: 1 or 0
    #[arg(long, value_name = "N")]
    pub cpu_idle: Option<i64>,
    /// Processors to use: 0-2,5
    #[arg(long, value_name = "LIST")]
    pub cpuset_cpus: Option<String>,
    /// Memory nodes to use
    #[arg(long, value_name = "LIST")]
    pub cpuset_mems: Option<String>,
    /// Memory limit: 64m, -1 for none
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub memory: Option<String>,
    /// Soft memory limit
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub memory_reservation: Option<String>,
    /// Memory and swap, -1 for no limit
    #[arg(long, value_name = "SIZE", allow_hyphen_values = true)]
    pub memory_swap: Option<String>,
    /// Number of processes
    #[arg(long, value_name = "N", allow_hyphen_values = true)]
    pub pids_limit: Option<i64>,
    /// Level 3 cache, a line of resctrl's schemata: L3:0=ff
    #[arg(long, value_name = "SCHEMA")]
    pub l3_cache_schema: Option<String>,
    /// Memory bandwidth, a line of resctrl's schemata: MB:0=50
    #[arg(long, value_name = "SCHEMA")]
    pub mem_bw_schema: Option<String>,
    /// The container's name
    pub id: String,
}

/// A number of bytes with or without a unit; -1 for no limit. `name` is the option's.
fn bytes(name: &str, text: Option<&String>) -> Result<Option<i64>> {
    let Some(text) = text.filter(|t| !t.is_empty()) else { return Ok(None) };
    if text == "-1" {
        return Ok(Some(-1));
    }
    match quantity::size(text) {
        Ok(size) => Ok(Some(size as i64)),
        Err(error) => Kind::Invalid.err(format!("invalid value for {name}: {error}")),
    }
}

impl Update {
    /// What is to change of caches and memory bandwidth.
    pub fn bandwidth(&self) -> Option<LinuxIntelRdt> {
        if self.l3_cache_schema.is_none() && self.mem_bw_schema.is_none() {
            return None;
        }
        let mut asked = LinuxIntelRdt::default();
        asked.set_l3_cache_schema(self.l3_cache_schema.clone()).set_mem_bw_schema(self.mem_bw_schema.clone());
        Some(asked)
    }

    /// The limits as a Spec has them.
    pub fn limits(&self) -> Result<LinuxResources> {
        let value = match &self.resources {
            Some(path) => {
                let mut text = String::new();
                let read = if path.as_os_str() == "-" {
                    std::io::stdin().read_to_string(&mut text)
                } else {
                    File::open(path).and_then(|mut file| file.read_to_string(&mut text))
                };
                read.with_context(|| format!("reading {}", path.display()))?;
                serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?
            }
            None => self.typed()?,
        };
        serde_json::from_value(value).or_else(|e| Kind::Invalid.err(format!("invalid limits: {e}")))
    }

    fn typed(&self) -> Result<Value> {
        let mut resources = json!({
            "memory": {
                "limit": bytes("memory", self.memory.as_ref())?,
                "reservation": bytes("memory-reservation", self.memory_reservation.as_ref())?,
                "swap": bytes("memory-swap", self.memory_swap.as_ref())?,
            },
            "cpu": {
                "shares": self.cpu_share, "quota": self.cpu_quota, "period": self.cpu_period, "burst": self.cpu_burst,
                "realtimeRuntime": self.cpu_rt_runtime, "realtimePeriod": self.cpu_rt_period, "idle": self.cpu_idle,
                "cpus": self.cpuset_cpus, "mems": self.cpuset_mems,
            },
            "blockIO": {"weight": self.blkio_weight},
        });
        if let Some(limit) = self.pids_limit {
            resources["pids"] = json!({"limit": limit});
        }
        Ok(resources)
    }
}
