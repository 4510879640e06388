//! The options that `run` and `create` share.

use std::path::PathBuf;

use clap::{ArgAction, Args};

use super::health::HealthArgs;
use super::limits::ResourceOptions;
use super::mounts::MountArgs;
use super::network::NetworkArgs;
use super::parse;
use super::tuning::TuningArgs;
use crate::engine::Engine;
use crate::engine::configuration::Settings;
use crate::engine::containers::{
    Attach, CgroupManager, CreateRequest, FilesRequest, IdRange, LogDriver, NamespaceMode, NamespaceModes,
    RestartPolicy, SecurityConfig, Ulimit, UserMode, capability_name, ipc_mode, namespace_mode, parse_signal,
    quantity, security_options, user_mode,
};
use crate::engine::images::{Platform, PullPolicy};
use crate::error::{Context, Kind, Result};

/// As typed.
#[derive(Debug, Args)]
pub struct ContainerOptions {
    /// Print help
    #[arg(long, action = ArgAction::Help)]
    help: Option<bool>,
    /// Attach to stdin, stdout or stderr
    #[arg(short = 'a', long, value_name = "STREAM")]
    attach: Vec<String>,
    /// Keep standard input open even if not attached
    #[arg(short = 'i', long)]
    interactive: bool,
    /// Give the container a terminal
    #[arg(short = 't', long)]
    tty: bool,
    /// Name of the container
    #[arg(long)]
    name: Option<String>,
    /// Remove the container when it ends
    #[arg(long)]
    pub rm: bool,
    /// Set an environment variable (NAME=VALUE, or NAME to take it from this environment)
    #[arg(short = 'e', long, value_name = "NAME[=VALUE]")]
    env: Vec<String>,
    /// Read environment variables from a file
    #[arg(long, value_name = "FILE")]
    env_file: Vec<PathBuf>,
    /// Working directory in the container
    #[arg(short = 'w', long, value_name = "DIR")]
    workdir: Option<String>,
    /// User (and group) to run as, by name or number
    #[arg(short = 'u', long, value_name = "USER[:GROUP]")]
    user: Option<String>,
    /// Further groups of the process
    #[arg(long, value_name = "GROUP")]
    group_add: Vec<String>,
    /// Replace the image's entry point
    #[arg(long, value_name = "COMMAND")]
    entrypoint: Option<String>,
    /// Host name of the container
    #[arg(short = 'h', long, value_name = "NAME")]
    hostname: Option<String>,
    #[command(flatten)]
    mounts: MountArgs,
    /// Set a label
    #[arg(short = 'l', long, value_name = "KEY[=VALUE]")]
    label: Vec<String>,
    /// Read labels from a file
    #[arg(long, value_name = "FILE")]
    label_file: Vec<PathBuf>,
    /// Write the container's id to a file
    #[arg(long, value_name = "FILE")]
    pub cidfile: Option<PathBuf>,
    /// When to pull the image [default: missing]
    #[arg(long, value_enum)]
    pull: Option<PullPolicy>,
    /// Print nothing while pulling
    #[arg(short = 'q', long)]
    pub quiet: bool,
    /// Platform of the image
    #[arg(long, value_name = "OS/ARCH[/VARIANT]")]
    platform: Option<Platform>,
    #[command(flatten)]
    network: NetworkArgs,
    /// Add a capability
    #[arg(long, value_name = "CAP")]
    cap_add: Vec<String>,
    /// Drop a capability
    #[arg(long, value_name = "CAP")]
    cap_drop: Vec<String>,
    /// Give the container all capabilities and devices
    #[arg(long)]
    privileged: bool,
    /// no-new-privileges, seccomp=FILE|unconfined, apparmor=PROFILE|unconfined, label=LABEL|disable, mask=PATH[:PATH], unmask=ALL|PATH[:PATH], systempaths=unconfined
    #[arg(long, value_name = "OPTION")]
    security_opt: Vec<String>,
    /// Signal that asks the container to stop
    #[arg(long, value_name = "SIGNAL")]
    stop_signal: Option<String>,
    /// Seconds to wait for the container to stop before it is killed, -1 to wait for ever [default: 10]
    #[arg(long, value_name = "SECONDS", allow_hyphen_values = true)]
    stop_timeout: Option<i32>,
    /// When to start it again after it has ended: no, on-failure[:N], always or unless-stopped
    #[arg(long, value_name = "POLICY", default_value = "no")]
    restart: RestartPolicy,
    /// Containers that are started before this one
    #[arg(long, value_name = "CONTAINER", value_delimiter = ',')]
    requires: Vec<String>,
    #[command(flatten)]
    health: HealthArgs,
    #[command(flatten)]
    tuning: TuningArgs,
    /// Run an init as process 1, which passes signals on and reaps processes
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    init: Option<bool>,
    /// OCI runtime that runs the container instead of the built-in, by its name in config.toml, its program's name or its path
    #[arg(long, value_name = "NAME|PATH")]
    runtime: Option<String>,
    /// PID namespace: private, host or container:NAME
    #[arg(long, value_name = "MODE", default_value = "private")]
    pid: String,
    /// IPC namespace and /dev/shm: private, shareable (others may join), none (no /dev/shm), host or container:NAME [default: private]
    #[arg(long, value_name = "MODE")]
    ipc: Option<String>,
    /// UTS namespace: private or host
    #[arg(long, value_name = "MODE", default_value = "private")]
    uts: String,
    /// User namespace: host, private, auto[:size=N,uidmapping=C:H:N,gidmapping=C:H:N]; for an ordinary user keep-id[:uid=N,gid=N] (its ids are the same inside) or nomap (they don't occur)
    #[arg(long, value_name = "MODE")]
    userns: Option<String>,
    /// Map a user id of the container to one of the host (an ordinary user's: 0 is its own, its subordinate ids follow)
    #[arg(long, value_name = "CONTAINER:HOST[:SIZE]")]
    uidmap: Vec<IdRange>,
    /// Map a group id of the container to one of the host, as --uidmap
    #[arg(long, value_name = "CONTAINER:HOST[:SIZE]")]
    gidmap: Vec<IdRange>,
    /// Cgroup namespace: private or host [default: private]
    #[arg(long, value_name = "MODE")]
    cgroupns: Option<String>,
    #[command(flatten)]
    resources: ResourceOptions,
    /// Size of /dev/shm [default: 64m]
    #[arg(long, value_name = "SIZE", value_parser = quantity::size)]
    shm_size: Option<u64>,
    /// Set a resource limit
    #[arg(long, value_name = "NAME=SOFT[:HARD]")]
    ulimit: Vec<Ulimit>,
    /// Set a kernel parameter of the container's namespaces
    #[arg(long, value_name = "KEY=VALUE")]
    sysctl: Vec<String>,
    /// Keys that detach from the container [default: ctrl-p,ctrl-q]
    #[arg(long, value_name = "KEYS")]
    pub detach_keys: Option<String>,
    /// Where output is logged: json-file, local, journald, passthrough or none [default: json-file]
    #[arg(long, value_name = "DRIVER")]
    log_driver: Option<LogDriver>,
    /// Option of the log driver: max-size, max-file, compress, labels, env, tag, mode, max-buffer-size
    #[arg(long, value_name = "KEY=VALUE")]
    log_opt: Vec<String>,
    /// Run from a directory of the host instead of an image, with O leaving it as it is; what follows is the command
    #[arg(long, value_name = "DIR[:O]")]
    rootfs: Option<PathBuf>,
    /// Image, command and arguments
    #[arg(value_name = "IMAGE [COMMAND] [ARG...]", trailing_var_arg = true, allow_hyphen_values = true)]
    args: Vec<String>,
}

impl ContainerOptions {
    /// Which streams the client is to be attached to.
    pub fn attached(&self, detach: bool) -> Result<Attach> {
        if detach {
            return Ok(Attach::default());
        }
        if self.attach.is_empty() {
            return Ok(Attach { stdin: self.interactive, stdout: true, stderr: true });
        }
        let mut attach = Attach::default();
        for stream in &self.attach {
            match stream.to_lowercase().as_str() {
                "stdin" => attach.stdin = true,
                "stdout" => attach.stdout = true,
                "stderr" => attach.stderr = true,
                _ => {
                    return Kind::Invalid.err(format!(
                        "invalid argument {stream:?} for -a: valid streams are STDIN, STDOUT and STDERR"
                    ));
                }
            }
        }
        Ok(attach)
    }

    pub fn tty(&self) -> bool {
        self.tty
    }

    /// What was typed, as a request. `detach`: nobody will be attached at the start.
    pub fn request(
        mut self,
        detach: bool,
        engine: &Engine,
        cgroup_manager: Option<CgroupManager>,
    ) -> Result<CreateRequest> {
        self.take_defaults(engine.settings()?);
        let attach = self.attached(detach)?;
        let keep_groups = self.check(detach)?;
        let user_namespace = self.user_namespace(engine.is_rootless())?;
        let security = self.security(engine.settings()?.security()?)?;
        let namespaces = self.namespaces()?;
        let (devices, cdi) = self.resources.devices()?;
        let (image, command) = self.image_and_command()?;
        let (mounts, rootfs) = (self.mounts, self.rootfs);
        let mut request = CreateRequest {
            // As docker has it, an empty value is none.
            name: self.name.filter(|n| !n.is_empty()),
            image,
            pull: self.pull,
            platform: self.platform,
            command,
            entrypoint: self.entrypoint.map(|e| if e.is_empty() { Vec::new() } else { vec![e] }),
            env: parse::environment(self.tuning.env_host, &self.env_file, &self.env)?,
            cwd: self.workdir.filter(|d| !d.is_empty()).map(PathBuf::from),
            user: self.user.filter(|u| !u.is_empty()),
            groups: if keep_groups { Vec::new() } else { self.group_add },
            tty: self.tty,
            open_stdin: self.interactive,
            // With nobody attached now, a later client's end of input must not be the container's.
            console_size: None,
            stdin_once: self.interactive && attach.stdin,
            attach,
            labels: parse::labels(&self.label_file, &self.label)?,
            hostname: self.hostname.filter(|n| !n.is_empty()),
            network: self.network.request()?,
            files: FilesRequest::default(),
            shm_size: self.shm_size,
            namespaces,
            userns_mode: self.userns.unwrap_or_default(),
            user_namespace,
            security,
            ulimits: self.ulimit,
            sysctls: parse::pairs("sysctl", &self.sysctl)?,
            init: self.init,
            runtime: self.runtime,
            tuning: self.tuning.tuning(keep_groups)?,
            pid_of: self.pid.strip_prefix("container:").map(String::from),
            ipc_of: ipc_mode(self.ipc.as_deref().unwrap_or_default())?.1,
            resources: self.resources.resources()?,
            cgroup_parent: self.resources.parent(cgroup_manager)?,
            cgroup_manager,
            devices,
            cdi,
            device_cgroup_rules: self.resources.device_rules(),
            stop_signal: self.stop_signal.as_deref().map(parse_signal).transpose()?,
            stop_timeout: self.stop_timeout,
            log_driver: self.log_driver,
            log_options: parse::pairs("log opt", &self.log_opt)?,
            restart: self.restart,
            requires: self.requires,
            health: self.health.options(),
            auto_remove: self.rm,
            rootfs: None,
        };
        mounts.apply(rootfs, &mut request)?;
        Ok(request)
    }

    /// What wasn't typed and a configuration file says.
    fn take_defaults(&mut self, settings: &Settings) {
        self.ipc.get_or_insert_with(|| settings.ipc.clone().unwrap_or_else(|| "private".into()));
        self.cgroupns.get_or_insert_with(|| settings.cgroupns.clone().unwrap_or_else(|| "private".into()));
        if self.uidmap.is_empty() && self.gidmap.is_empty() && self.userns.is_none() {
            self.userns.clone_from(&settings.userns);
        }
    }

    /// Refuses options that contradict each other. Whether the caller's groups are to be kept.
    fn check(&self, detach: bool) -> Result<bool> {
        if detach && !self.attach.is_empty() {
            return Kind::Invalid.err("Conflicting options: -a and -d");
        }
        if self.rm && self.restart != RestartPolicy::No {
            return Kind::Invalid.err("Conflicting options: --restart and --rm");
        }
        let keep_groups = self.group_add.iter().any(|g| g == "keep-groups");
        if keep_groups && self.group_add.len() > 1 {
            return Kind::Invalid.err("--group-add keep-groups goes with no other group");
        }
        Ok(keep_groups)
    }

    fn image_and_command(&self) -> Result<(String, Vec<String>)> {
        match (&self.rootfs, self.args.split_first()) {
            (Some(_), _) => Ok((String::new(), self.args.clone())),
            // What clap doesn't know it leaves among the arguments.
            (None, Some((flag, _))) if flag.starts_with('-') => {
                Kind::Invalid.err(format!("unknown flag: {flag}"))
            }
            (None, Some((image, command))) => Ok((image.clone(), command.to_vec())),
            (None, None) => Kind::Invalid.err("requires at least 1 argument: the image"),
        }
    }

    fn security(&self, usual: SecurityConfig) -> Result<SecurityConfig> {
        let names = |list: &[String]| {
            list.iter().flat_map(|l| l.split(',')).map(capability_name).collect::<Result<Vec<_>>>()
        };
        let mut security = SecurityConfig {
            privileged: self.privileged,
            cap_add: names(&self.cap_add)?,
            cap_drop: names(&self.cap_drop)?,
            ..usual
        };
        let given = security_options(&self.security_opt, &mut security, |file| {
            std::fs::read_to_string(file).with_context(|| format!("opening seccomp profile ({file}) failed"))
        });
        given.context("--security-opt")?;
        Ok(security)
    }

    fn namespaces(&self) -> Result<NamespaceModes> {
        let modes = NamespaceModes {
            pid: if self.pid.starts_with("container:") {
                NamespaceMode::Private
            } else {
                namespace_mode("pid", &self.pid).context("--pid")?
            },
            // Another container's is found later.
            ipc: ipc_mode(self.ipc.as_deref().unwrap_or_default())?.0,
            uts: namespace_mode("uts", &self.uts).context("--uts")?,
            cgroup: namespace_mode("cgroupns", self.cgroupns.as_deref().unwrap_or_default())
                .context("--cgroupns")?,
        };
        if modes.uts == NamespaceMode::Host && self.hostname.is_some() {
            return Kind::Invalid.err("conflicting options: hostname and the UTS mode");
        }
        Ok(modes)
    }

    fn user_namespace(&self, rootless: bool) -> Result<UserMode> {
        let mode: UserMode = self.userns.as_deref().unwrap_or_default().parse().context("--userns")?;
        let mapped = !self.uidmap.is_empty() || !self.gidmap.is_empty();
        match mode {
            UserMode::Host if rootless => Kind::Unsupported.err(
                "--userns host: an ordinary user's container needs a user namespace of its own; leave the option out or use private",
            ),
            UserMode::Usual | UserMode::Private if mapped => {
                user_mode::mapped(&self.uidmap, &self.gidmap).map(UserMode::Mapped)
            }
            _ if mapped => Kind::Invalid.err("--userns: only private goes with --uidmap and --gidmap"),
            mode => Ok(mode),
        }
    }
}
