//! `exec`: a further process in a running container.

use std::os::fd::{AsFd, OwnedFd};
use std::path::PathBuf;

use oci_spec::runtime::Process;

use super::create::{check_preserved, own_streams};
use super::store::{Instance, Record, Status, Store};
use super::{console, foreground, process_file};
use crate::error::{Context, Kind, Result};
use crate::monitor::relay;
use crate::runtime::{Created, Extras, PlannedProcess, SeccompListener, Stdio, join, seal};

/// What to run. What is not given is as the container's own program has it.
#[derive(Debug, Clone, Default)]
pub struct ExecRequest {
    pub id: String,
    /// A process document, in place of all below up to `detach`.
    pub process: Option<PathBuf>,
    pub args: Vec<String>,
    pub env: Vec<String>,
    pub cwd: Option<PathBuf>,
    /// `UID[:GID]`
    pub user: Option<String>,
    pub additional_gids: Vec<u32>,
    pub capabilities: Vec<String>,
    pub apparmor: Option<String>,
    pub process_label: Option<String>,
    pub no_new_privileges: bool,
    pub tty: bool,
    pub detach: bool,
    pub console_socket: Option<PathBuf>,
    pub pid_file: Option<PathBuf>,
    pub preserve_fds: u32,
    pub ignore_paused: bool,
    /// Cgroups below the container's, `[CONTROLLER,…:]PATH`.
    pub cgroups: Vec<String>,
}

/// Runs the program. The exit code is the program's, or 0 when detached.
pub fn exec(store: &Store, request: &ExecRequest) -> Result<u8> {
    let instance = store.find(&request.id)?;
    let record = instance.record()?;
    match instance.status(&record) {
        Status::Stopped | Status::Creating => {
            return Kind::Conflict.err("cannot exec in a stopped container");
        }
        Status::Paused if !request.ignore_paused => {
            return Kind::Conflict.err("cannot exec in a paused container (use --ignore-paused to override)");
        }
        _ => {}
    }
    check_preserved(request.preserve_fds)?;
    let Some(init) = record.init.open()? else {
        return Kind::Conflict.err("cannot exec in a stopped container");
    };
    let namespaces = join::foreign_namespaces(record.init.pid)?;
    if !nix::unistd::geteuid().is_root() && seal::is_writable() {
        // An ordinary user's own binary, in whose containers he is root. As root it was sealed at once.
        join::seal_inside(init.as_fd(), namespaces, ("DHOW_OCI_ROOT", store.root()))?;
    }
    let (process, document) = plan(&instance, &record, request)?;
    let console = console::connect(request.console_socket.as_deref(), process.terminal, request.detach)?;
    if !request.detach {
        relay::hold_signals(&foreground::options(false))?;
    }
    let stdio = if process.terminal {
        Stdio::Terminal(console::size(&document).or_else(relay::terminal_size))
    } else {
        own_streams()?
    };
    let cgroup = Instance::cgroup(&record)?;
    let cgroup = match (cgroup, request.cgroups.is_empty()) {
        (Some(cgroup), false) => Some(cgroup.below(&request.cgroups)?),
        (None, false) => return Kind::Unsupported.err("--cgroup: the container has no cgroup"),
        (cgroup, true) => cgroup,
    };
    let created = join::create(init.as_fd(), namespaces, &process, cgroup.as_ref(), stdio, record.init.pid)
        .map_err(explain)?;
    if let Some(group) = &record.resctrl {
        group.add(created.pid())?;
    }
    run(created, console, request)
}

fn run(mut created: Created, console: Option<OwnedFd>, request: &ExecRequest) -> Result<u8> {
    created.warnings.iter().for_each(|w| log::warn!("{w}"));
    let terminal = created.terminal.take();
    if let (Some(console), Some(master)) = (&console, &terminal) {
        console::send(console.as_fd(), master)?;
    }
    if let Some(path) = &request.pid_file {
        process_file::write_pid(path, created.pid())?;
    }
    let running = created.start().map_err(explain)?;
    if request.detach {
        return Ok(0);
    }
    foreground::relay(running.pidfd, terminal)
}

fn explain(error: crate::error::Error) -> crate::error::Error {
    error.context("unable to start container process")
}

fn plan(instance: &Instance, record: &Record, request: &ExecRequest) -> Result<(PlannedProcess, Process)> {
    let spec = instance.spec()?;
    let own = spec.process().as_ref().context("the container's Spec has no process")?;
    let document = match &request.process {
        Some(path) => process_file::read_process(path)?,
        None => merged(own, request)?,
    };
    // The filter is the container's own, compiled when it was created.
    let extras = Extras {
        preserve_fds: request.preserve_fds,
        outlives_creator: true,
        info: record.info.clone(),
        ..Extras::default()
    };
    let mut linux = spec.linux().clone().unwrap_or_default();
    let seccomp = linux.seccomp().clone();
    linux.set_seccomp(None);
    let mut planned = PlannedProcess::new(&document, &linux, extras)?;
    if let Some(seccomp) = seccomp {
        planned.listener = SeccompListener::plan(&seccomp, record.info.clone())?;
        planned.seccomp = Some(instance.seccomp()?);
    }
    Ok((planned, document))
}

/// The container's own process with what was asked in place of its own.
fn merged(own: &Process, request: &ExecRequest) -> Result<Process> {
    let mut process = own.clone();
    process.set_args(Some(request.args.clone())).set_terminal(Some(request.tty));
    if let Some(cwd) = &request.cwd {
        process.set_cwd(cwd.clone());
    }
    if let Some(label) = &request.apparmor {
        process.set_apparmor_profile(Some(label.clone()));
    }
    if let Some(label) = &request.process_label {
        process.set_selinux_label(Some(label.clone()));
    }
    if request.no_new_privileges {
        process.set_no_new_privileges(Some(true));
    }
    let mut env = process.env().clone().unwrap_or_default();
    env.extend(request.env.iter().cloned());
    process.set_env(Some(env));
    add_capabilities(&mut process, &request.capabilities)?;
    if let Some(user) = &request.user {
        let number = |text: &str| {
            text.parse::<u32>()
                .map_err(|_| Kind::Invalid.error(format!("--user takes numbers, UID[:GID]: {user:?}")))
        };
        let (uid, gid) = match user.split_once(':') {
            Some((uid, gid)) => (number(uid)?, Some(number(gid)?)),
            None => (number(user)?, None),
        };
        process.user_mut().set_uid(uid);
        if let Some(gid) = gid {
            process.user_mut().set_gid(gid);
        }
    }
    if !request.additional_gids.is_empty() {
        process.user_mut().set_additional_gids(Some(request.additional_gids.clone()));
    }
    Ok(process)
}

/// As runc has it: into all sets but the ambient, and there too if the others can inherit.
fn add_capabilities(process: &mut Process, names: &[String]) -> Result<()> {
    if names.is_empty() {
        return Ok(());
    }
    let mut sets = process.capabilities().clone().unwrap_or_default();
    for name in names {
        let parsed = serde_json::from_value(serde_json::Value::from(name.to_uppercase()));
        let Ok(capability) = parsed else {
            return Kind::Invalid.err(format!("unknown capability {name:?}"));
        };
        let with = |set: &Option<oci_spec::runtime::Capabilities>| {
            let mut set = set.clone().unwrap_or_default();
            set.insert(capability);
            Some(set)
        };
        let (bounding, effective, permitted) =
            (with(sets.bounding()), with(sets.effective()), with(sets.permitted()));
        sets.set_bounding(bounding).set_effective(effective).set_permitted(permitted);
    }
    process.set_capabilities(Some(sets));
    Ok(())
}
