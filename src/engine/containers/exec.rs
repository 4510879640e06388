//! A further program in a running container: the role `exec` takes this process's place, or is spawned for one in the background.

use std::convert::Infallible;
use std::fs::File;
use std::os::fd::{AsFd, AsRawFd};
use std::path::PathBuf;

use crate::container::config::{ContainerConfig, SeccompProfile};
use crate::container::{ContainerDir, ContainerState, spec};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};
use crate::monitor::exec::ExecPlan;
use crate::runtime::{Extras, PlannedProcess, SeccompProgram, UserSpec, seal};
use crate::state::file;
use crate::sys::clone::{self, ExecStrings};
use crate::sys::fd;
use oci_spec::runtime::Linux;

/// What to run. `None` means as the container's own program has it.
#[derive(Debug, Clone, Default)]
pub struct ExecRequest {
    pub command: Vec<String>,
    pub env: Vec<String>,
    pub cwd: Option<PathBuf>,
    pub user: Option<String>,
    pub tty: bool,
    pub stdin: bool,
    pub privileged: bool,
    pub detach: bool,
    pub detach_keys: Vec<u8>,
}

impl Engine {
    /// Becomes the program in the container: returns only if that can't be tried. The exit code is the program's.
    pub fn exec(&self, wanted: &str, request: ExecRequest) -> Result<Infallible> {
        let (plan, binary) = self.exec_plan(wanted, request)?;
        fd::place(plan.as_fd(), plan.as_raw_fd()).context("keeping a descriptor")?;
        let args = arguments(plan.as_raw_fd());
        let env = ExecStrings::new(
            std::env::vars_os()
                .filter(|(k, _)| k == "TERM")
                .map(|(k, v)| [k.as_encoded_bytes(), b"=", v.as_encoded_bytes()].concat()),
        );
        clone::exec_fd(binary.as_fd(), &args, &env.context("the environment has a NUL byte in it")?)
            .context("executing the sealed binary")
    }

    /// Starts the program in the background.
    pub fn exec_detached(&self, wanted: &str, request: ExecRequest) -> Result<()> {
        let (plan, binary) = self.exec_plan(wanted, ExecRequest { detach: true, ..request })?;
        const PLAN_FD: i32 = 3;
        let args = arguments(PLAN_FD);
        let env = ExecStrings::new::<&str>([]).expect("empty");
        let null = File::options().read(true).write(true).open("/dev/null").context("opening /dev/null")?;
        let (null, stderr) = (null.as_fd(), std::io::stderr());
        let fds = [(null, 0), (null, 1), (stderr.as_fd(), 2), (plan.as_fd(), PLAN_FD)];
        let child = clone::spawn_fd(binary.as_fd(), &args, &env, &fds).context("starting the role exec")?;
        match nix::sys::wait::waitpid(nix::unistd::Pid::from_raw(child.pid), None)
            .context("waiting for the role exec")?
        {
            nix::sys::wait::WaitStatus::Exited(_, 0) => Ok(()),
            // It has said what was wrong.
            nix::sys::wait::WaitStatus::Exited(_, code) => Err(Kind::Exit(code as u8).error("")),
            status => anyhow::bail!("the role exec ended with {status:?}"),
        }
    }

    fn exec_plan(&self, wanted: &str, request: ExecRequest) -> Result<(File, std::os::fd::OwnedFd)> {
        let (dir, state) = self.require_running(wanted)?;
        if state.paused {
            return Kind::Conflict
                .err(format!("Container {} is paused, unpause the container before exec", dir.id));
        }
        let plan = plan(&dir, &state, request)?;
        let file = crate::runtime::handover::pack(&plan)?;
        // Root runs the role from the sealed binary, or the container's root could write to ours (CVE-2019-5736).
        let binary = if self.roots.rootless { seal::running_binary()? } else { seal::sealed_binary()? };
        Ok((file, binary))
    }
}

fn arguments(plan: i32) -> ExecStrings {
    ExecStrings::new([seal::ROLE, "exec", "-", &plan.to_string()]).expect("no NUL bytes")
}

/// The filter that the container runs under; none for a privileged program, as docker has it.
fn filter(dir: &ContainerDir, config: &ContainerConfig) -> Result<Option<SeccompProgram>> {
    let security = &config.security;
    if matches!(
        (&security.seccomp, security.privileged),
        (SeccompProfile::Unconfined, _) | (SeccompProfile::Default, true)
    ) {
        return Ok(None);
    }
    let path = dir.seccomp_path();
    match file::read_opt(&path)?.as_deref().and_then(SeccompProgram::from_bytes) {
        Some(program) => Ok(Some(program)),
        // Never without: whoever removed it must not get an unfiltered process by that.
        None => Kind::Corrupt.err(format!(
            "the container's seccomp filter {} is missing or damaged; restart the container",
            path.display()
        )),
    }
}

fn plan(dir: &ContainerDir, state: &ContainerState, request: ExecRequest) -> Result<ExecPlan> {
    let mut config = dir.config()?;
    let user = request.user.unwrap_or_else(|| config.process.user.clone());
    config.process.env = super::create::merge_env(std::mem::take(&mut config.process.env), &request.env);
    config.process.tty = request.tty;
    config.process.entrypoint = Vec::new();
    config.process.command = request.command;
    if let Some(cwd) = request.cwd {
        config.process.cwd = cwd;
    }
    if request.privileged {
        config.security.privileged = true;
    }
    config.ulimits.clear(); // inherited from the container's first process by nobody: docker sets none for exec either
    let process = spec::joining(&config)?;
    let groups = config.process.groups.clone();
    let extras = Extras { lookup: Some(UserSpec { user, groups }), ..Extras::default() };
    let mut process = PlannedProcess::new(&process, &Linux::default(), extras)?;
    process.seccomp = filter(dir, &config)?;
    // It outlives the command that started it, as docker has it.
    process.dies_with_parent = false;
    Ok(ExecPlan {
        init: state.init.context("the container's state has no process")?,
        namespaces: state.namespaces,
        cgroup: state.cgroup.clone(),
        process,
        stdin: request.stdin,
        detach_keys: request.detach_keys,
        detach: request.detach,
        in_user_namespace: false,
    })
}
