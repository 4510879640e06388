//! `create` and `run`: from a bundle to a container that waits, or to its program's exit code.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use oci_spec::runtime::Spec;

use super::foreground;
use super::store::{Instance, Record, Store, parse_spec};
use super::{Id, console, lifecycle, process_file};
use crate::cgroups::resctrl::{Group, Wanted};
use crate::cgroups::{self, Cgroup};
use crate::error::{Context, Kind, Result};
use crate::monitor::relay;
use crate::runtime::{
    self, Configure, ContainerInfo, Created, Extras, Given, Meanwhile, Plan, Running, Stdio,
};
use crate::state::id::random_hex;
use crate::state::process::ProcessIdentity;
use crate::state::{Lock, file};
use crate::sys::fd;

/// What `create` and `run` are asked for.
#[derive(Debug, Clone, Default)]
pub struct CreateRequest {
    pub id: String,
    /// The current directory if none is given.
    pub bundle: Option<PathBuf>,
    pub console_socket: Option<PathBuf>,
    pub pid_file: Option<PathBuf>,
    pub no_pivot: bool,
    pub no_new_keyring: bool,
    /// Descriptors from 3 on for the program, beside those of `$LISTEN_FDS`.
    pub preserve_fds: u32,
    pub cgroup: CgroupChoice,
    /// `run` only: return as soon as the program runs.
    pub detach: bool,
    /// `run` only: keep the container when it has ended.
    pub keep: bool,
}

/// How the container gets its cgroup.
#[derive(Debug, Clone, Copy, Default)]
pub struct CgroupChoice {
    pub driver: CgroupDriver,
    /// Fail where none can be made, also when no limits are asked for.
    pub required: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CgroupDriver {
    #[default]
    Cgroupfs,
    Systemd,
    /// There is to be none.
    Nobody,
}

/// A container that is ready and whose program doesn't run yet.
struct Prepared {
    instance: Instance,
    lock: Lock,
    record: Record,
    plan: Plan,
    created: Created,
    console: Option<OwnedFd>,
}

/// Makes a container that waits for `start`.
pub fn create(store: &Store, request: &CreateRequest) -> Result<()> {
    let prepared = prepare(store, request, true)?;
    let Prepared { instance, lock, record, plan, created, console } = prepared;
    match publish(&instance, &record, &created, console.as_ref(), request) {
        Ok(()) => {
            created.warnings.iter().for_each(|w| log::warn!("{w}"));
            created.leave();
            drop(lock);
            Ok(())
        }
        Err(error) => {
            drop(created);
            undo(&instance, &record, &plan);
            Err(error)
        }
    }
}

/// Makes a container and starts its program. The exit code is the program's, or 0 when detached.
pub fn run(store: &Store, request: &CreateRequest) -> Result<u8> {
    if !request.detach {
        relay::hold_signals(&foreground::options(false))?;
    }
    let Prepared { instance, lock, record, plan, mut created, console } = prepare(store, request, false)?;
    let published = publish(&instance, &record, &created, console.as_ref(), request);
    created.warnings.iter().for_each(|w| log::warn!("{w}"));
    let terminal = created.terminal.take();
    let started = published.and_then(|()| created.start()).and_then(|running| {
        lifecycle::poststart(&plan.hooks, &record)?;
        Ok(running)
    });
    let running = match started {
        Ok(running) => running,
        Err(error) => {
            undo(&instance, &record, &plan);
            return Err(error);
        }
    };
    drop(lock);
    if request.detach {
        return Ok(0);
    }
    let code = wait(running, terminal.filter(|_| console.is_none()));
    if !request.keep {
        lifecycle::destroy(&instance, &record)?;
    }
    code
}

fn wait(running: Running, terminal: Option<OwnedFd>) -> Result<u8> {
    foreground::relay(running.pidfd, terminal)
}

/// Everything up to the program's start. Nothing is left of it when it fails.
fn prepare(store: &Store, request: &CreateRequest, detached: bool) -> Result<Prepared> {
    let id = Id::parse(&request.id)?;
    let (bundle, config) = process_file::read_bundle(request.bundle.as_deref())?;
    let mut spec = parse_spec(&config)?;
    let preserve_fds = preserved(&mut spec, request.preserve_fds)?;
    let info = info(&spec, &id, &bundle);
    let binds = spec.mounts().iter().flatten().filter_map(|mount| mount.source().as_deref());
    let host_nodes = request.cgroup.driver != CgroupDriver::Nobody
        && runtime::host_nodes_come_with(binds.filter(|source| source.is_absolute()));
    let extras = Extras {
        info: info.clone(),
        host_nodes,
        no_pivot: request.no_pivot,
        keep_keyring: request.no_new_keyring,
        preserve_fds,
        outlives_creator: true,
        ..Extras::default()
    };
    let plan = Plan::new(&spec, &bundle, extras)?;
    let detach = detached || request.detach;
    let console = console::connect(request.console_socket.as_deref(), plan.process.terminal, detach)?;
    // A relative path is the caller's; from here on nothing may depend on where we are.
    nix::unistd::chdir(&bundle).with_context(|| format!("chdir {}", bundle.display()))?;
    let (instance, lock) = store.claim(id, &config)?;
    let resctrl = resctrl(&spec).and_then(|wanted| wanted.map(|w| w.make(instance.id.as_str())).transpose());
    let made = resctrl.and_then(|resctrl| {
        let cgroup = make_cgroup(&spec, &instance, request.cgroup, host_nodes);
        if let (Err(_), Some(group)) = (&cgroup, &resctrl) {
            let _ = group.remove();
        }
        Ok((resctrl, cgroup?))
    });
    let (resctrl, cgroup) = match made {
        Ok(made) => made,
        Err(error) => {
            instance.remove()?;
            return Err(error);
        }
    };
    let mut record = Record {
        info,
        rootfs: plan.rootfs.path.clone(),
        created: jiff::Timestamp::now().to_string(),
        owner: nix::unistd::geteuid().as_raw(),
        init: ProcessIdentity { pid: 0, start_time: 0 },
        cgroup: cgroup.as_ref().map(|c| c.saved().clone()),
        resctrl,
        own_pids: plan.makes(nix::sched::CloneFlags::CLONE_NEWPID),
    };
    match clone(&instance, &spec, &plan, (cgroup.as_ref(), record.resctrl.as_ref()), detached) {
        Ok((created, init)) => {
            record.init = init;
            Ok(Prepared { instance, lock, record, plan, created, console })
        }
        Err(error) => {
            undo(&instance, &record, &plan);
            Err(explain(error))
        }
    }
}

/// What the Spec asks for of caches and memory bandwidth.
fn resctrl(spec: &Spec) -> Result<Option<Wanted>> {
    let asked = spec.linux().as_ref().and_then(|l| l.intel_rdt().clone());
    asked.as_ref().map(Wanted::plan).transpose()
}

/// The cgroup that the Spec names, with its limits.
fn make_cgroup(
    spec: &Spec,
    instance: &Instance,
    choice: CgroupChoice,
    host_nodes: bool,
) -> Result<Option<Cgroup>> {
    let socket = cgroups::systemd::socket();
    let linux = spec.linux().clone().unwrap_or_default();
    let resources = linux.resources().clone().unwrap_or_default();
    let driver = match choice.driver {
        CgroupDriver::Cgroupfs => cgroups::Driver::Cgroupfs,
        CgroupDriver::Systemd => cgroups::Driver::Systemd(&socket),
        CgroupDriver::Nobody if cgroups::asks(&resources, linux.devices().as_deref())? => {
            return Kind::Invalid
                .err("linux.resources: there can be no limits without a cgroup (--cgroup-manager disabled)");
        }
        CgroupDriver::Nobody => return Ok(None),
    };
    let cgroup = Cgroup::create(&cgroups::Request {
        path: linux.cgroups_path().as_deref(),
        // Another state directory may have a container of the same name.
        name: &format!("oci-{}-{}", instance.id, random_hex(4)?),
        driver,
        resources: &resources,
        devices: linux.devices().as_deref(),
        host_nodes,
        // The engine that names a path knows it.
        counted: linux.cgroups_path().is_some(),
    })?;
    if cgroup.is_none() && choice.required {
        return Kind::Unsupported
            .err("--rootless false: no cgroup can be made for the container on this host");
    }
    Ok(cgroup)
}

fn clone(
    instance: &Instance,
    spec: &Spec,
    plan: &Plan,
    (cgroup, resctrl): (Option<&Cgroup>, Option<&Group>),
    detached: bool,
) -> Result<(Created, ProcessIdentity)> {
    if let Some(filter) = &plan.process.seccomp {
        instance.keep_seccomp(filter)?;
    }
    let listener = if detached { Some(instance.listen()?) } else { None };
    let stdio = match spec.process().as_ref().filter(|p| p.terminal() == Some(true)) {
        Some(process) => Stdio::Terminal(console::size(process).or_else(relay::terminal_size)),
        None => own_streams()?,
    };
    let allot = |pid| resctrl.map_or(Ok(()), |group| group.add(pid));
    let configure = resctrl.is_some().then_some(Configure::Process(&allot));
    let meanwhile = Meanwhile(&|| Ok(()));
    let given = Given { cgroup, stdio, listener, configure, meanwhile, within: None };
    let created = runtime::create(plan, given)?;
    let init = ProcessIdentity::of(created.pid())?;
    Ok((created, init))
}

/// Tells everybody who is to know, before the program may start.
fn publish(
    instance: &Instance,
    record: &Record,
    created: &Created,
    console: Option<&OwnedFd>,
    request: &CreateRequest,
) -> Result<()> {
    if let (Some(console), Some(master)) = (console, &created.terminal) {
        console::send(console.as_fd(), master)?;
    }
    instance.write_record(record)?;
    match &request.pid_file {
        Some(path) => process_file::write_pid(path, created.pid()),
        None => Ok(()),
    }
}

/// Puts things back after a failure; the failure is what matters then.
fn undo(instance: &Instance, record: &Record, plan: &Plan) {
    plan.hooks.run_all(&plan.hooks.poststop, "stopped", 0);
    if let Err(error) = lifecycle::release(instance, record) {
        log::warn!("{}", crate::error::one_line(&error));
    }
}

/// As runc says it, which callers read.
fn explain(error: crate::error::Error) -> crate::error::Error {
    match crate::error::kind_of(&error) {
        Some(Kind::CannotStart(_)) => error.context("unable to start container process"),
        _ => error,
    }
}

fn info(spec: &Spec, id: &Id, bundle: &Path) -> ContainerInfo {
    ContainerInfo {
        version: spec.version().clone(),
        id: id.as_str().to_string(),
        bundle: bundle.to_path_buf(),
        annotations: spec.annotations().clone().unwrap_or_default().into_iter().collect(),
    }
}

/// This process's own streams.
pub fn own_streams() -> Result<Stdio> {
    let own = |fd: BorrowedFd<'_>| fd.try_clone_to_owned().context("duplicating a standard stream");
    Ok(Stdio::Streams([
        own(std::io::stdin().as_fd())?,
        own(std::io::stdout().as_fd())?,
        own(std::io::stderr().as_fd())?,
    ]))
}

/// How many descriptors from 3 on the program gets: sockets that systemd gave us (sd_listen_fds(3)) and as many more as asked. All must
/// be open, or one of our own would take a place among them.
fn preserved(spec: &mut Spec, asked: u32) -> Result<u32> {
    let number = |name| std::env::var(name).ok().and_then(|v| v.parse::<u32>().ok());
    let for_us = number("LISTEN_PID").is_some_and(|pid| pid == std::process::id());
    let sockets = if for_us { number("LISTEN_FDS").unwrap_or(0) } else { 0 };
    check_preserved(sockets.saturating_add(asked))?;
    if sockets > 0
        && let Some(process) = spec.process_mut()
    {
        let mut env = process.env().clone().unwrap_or_default();
        env.push(format!("LISTEN_FDS={sockets}"));
        env.push("LISTEN_PID=1".into());
        process.set_env(Some(env));
    }
    Ok(sockets + asked)
}

/// Fails unless the descriptors from 3 on are open, this many.
pub fn check_preserved(count: u32) -> Result<()> {
    for number in 3..3 + i32::try_from(count).unwrap_or(i32::MAX - 3) {
        if !fd::is_open(number) {
            return Kind::Invalid.err(format!("--preserve-fds: descriptor {number} is not open"));
        }
    }
    Ok(())
}

/// Whether a file of this name could be a bundle's Spec, for `spec`.
pub fn config_path(bundle: Option<&Path>) -> PathBuf {
    bundle.unwrap_or(Path::new(".")).join("config.json")
}

/// Writes a new Spec into a bundle.
pub fn write_template(bundle: Option<&Path>, spec: &serde_json::Value) -> Result<()> {
    let path = config_path(bundle);
    if path.exists() {
        return Kind::Conflict.err("File config.json exists. Remove it first");
    }
    let text = serde_json::to_vec_pretty(spec).context("encoding the Spec")?;
    file::write_mode(&path, &text, 0o666, file::Durability::Ephemeral)
}
