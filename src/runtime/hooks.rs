//! Hooks: programs that a Spec wants run at certain moments of a container's life (OCI runtime specification, config.md "POSIX-platform
//! Hooks", runtime.md "Lifecycle"). Each gets the state of the container on its standard input.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::memfd::{MFdFlags, memfd_create};
use oci_spec::runtime::Spec;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::error::{Context, Kind, Result, one_line};
use crate::sys::pidfd;

/// What the container's state says of it beside its status and pid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerInfo {
    pub version: String,
    pub id: String,
    pub bundle: PathBuf,
    pub annotations: BTreeMap<String, String>,
}

impl ContainerInfo {
    /// The state of the container (OCI runtime specification, runtime.md "State").
    pub fn state(&self, status: &str, pid: i32) -> serde_json::Value {
        let mut state = json!({
            "ociVersion": self.version,
            "id": self.id,
            "status": status,
        });
        if pid != 0 {
            state["pid"] = pid.into();
        }
        state["bundle"] = self.bundle.to_string_lossy().into();
        if !self.annotations.is_empty() {
            state["annotations"] = json!(self.annotations);
        }
        state
    }
}

/// All hooks of a Spec, in the order of their moments.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hooks {
    pub info: ContainerInfo,
    /// `prestart` and `createRuntime`: run by the creator, before the root is changed.
    pub create_runtime: Vec<Hook>,
    /// Run in the container's namespaces, before the root is changed.
    pub create_container: Vec<Hook>,
    /// Run in the container, just before the program.
    pub start_container: Vec<Hook>,
    /// Run by whoever starts the program.
    pub poststart: Vec<Hook>,
    /// Run by whoever removes the container.
    pub poststop: Vec<Hook>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hook {
    /// `createRuntime hook #0`
    name: String,
    path: PathBuf,
    args: Vec<String>,
    env: Vec<String>,
    timeout_seconds: Option<u32>,
}

impl Hooks {
    /// Checks and sorts the hooks of a Spec.
    pub fn plan(spec: &Spec, info: ContainerInfo) -> Result<Self> {
        let mut planned = Self { info, ..Self::default() };
        let Some(hooks) = spec.hooks() else { return Ok(planned) };
        #[allow(deprecated)] // by the specification, and used by every engine
        let prestart = hooks.prestart();
        planned.create_runtime = plan("prestart", prestart.as_ref())?;
        planned.create_runtime.extend(plan("createRuntime", hooks.create_runtime().as_ref())?);
        planned.create_container = plan("createContainer", hooks.create_container().as_ref())?;
        planned.start_container = plan("startContainer", hooks.start_container().as_ref())?;
        planned.poststart = plan("poststart", hooks.poststart().as_ref())?;
        planned.poststop = plan("poststop", hooks.poststop().as_ref())?;
        Ok(planned)
    }

    /// Whether there are hooks between the making of the namespaces and the change of the root.
    pub fn before_pivot(&self) -> bool {
        !self.create_runtime.is_empty() || !self.create_container.is_empty()
    }

    /// Runs the hooks one after the other; the first failure ends it.
    pub fn run(&self, hooks: &[Hook], status: &str, pid: i32) -> Result<()> {
        if hooks.is_empty() {
            return Ok(());
        }
        let state = serde_json::to_vec(&self.info.state(status, pid)).context("encoding the state")?;
        hooks.iter().try_for_each(|hook| hook.run(&state, &self.info.bundle))
    }

    /// Runs all hooks, whatever becomes of each; failures are only told.
    pub fn run_all(&self, hooks: &[Hook], status: &str, pid: i32) {
        for hook in hooks {
            if let Err(error) = self.run(std::slice::from_ref(hook), status, pid) {
                log::warn!("{}", one_line(&error));
            }
        }
    }
}

fn plan(kind: &str, hooks: Option<&Vec<oci_spec::runtime::Hook>>) -> Result<Vec<Hook>> {
    let one = |(index, hook): (usize, &oci_spec::runtime::Hook)| {
        let name = format!("{kind} hook #{index}");
        if !hook.path().is_absolute() {
            return Kind::Invalid.err(format!("{name}: the path {} must be absolute", hook.path().display()));
        }
        let timeout_seconds = match hook.timeout() {
            None => None,
            Some(seconds) => match u32::try_from(seconds) {
                Ok(seconds) if seconds > 0 => Some(seconds),
                _ => return Kind::Invalid.err(format!("{name}: the timeout {seconds} is not above zero")),
            },
        };
        Ok(Hook {
            name,
            path: hook.path().clone(),
            args: hook.args().clone().unwrap_or_default(),
            env: hook.env().clone().unwrap_or_default(),
            timeout_seconds,
        })
    };
    hooks.into_iter().flatten().enumerate().map(one).collect()
}

impl Hook {
    fn run(&self, state: &[u8], bundle: &Path) -> Result<()> {
        let failed = || format!("error running {}", self.name);
        // Memory files in place of pipes: nobody can block on a full one, or hold one open.
        let stdin = memory_file(c"state", state).with_context(failed)?;
        let output = memory_file(c"output", &[]).with_context(failed)?;
        let mut command = Command::new(&self.path);
        if let Some((name, rest)) = self.args.split_first() {
            command.arg0(name).args(rest);
        }
        let variables = self.env.iter().filter_map(|e| e.split_once('='));
        command.env_clear().envs(variables).stdin(stdin);
        command.stdout(output.try_clone()?).stderr(output.try_clone()?);
        if bundle.is_dir() {
            command.current_dir(bundle);
        }
        crate::sys::signal::unblock_in_child(&mut command);
        let mut child = command.spawn().with_context(failed)?;
        let ended = self.wait(child.id() as i32).with_context(failed)?;
        if !ended {
            // It is our child and not waited for yet: the pid can't mean another.
            child.kill().with_context(failed)?;
        }
        let status = child.wait().with_context(failed)?;
        match (ended, status.success()) {
            (true, true) => Ok(()),
            (true, false) => Err(anyhow::anyhow!("{}{}", describe(status), said(output)).context(failed())),
            (false, _) => Err(anyhow::anyhow!(
                "hook ran past specified timeout of {} s and was killed{}",
                self.timeout_seconds.unwrap_or(0),
                said(output)
            )
            .context(failed())),
        }
    }

    /// Whether it ended in time.
    fn wait(&self, pid: i32) -> Result<bool> {
        let Some(process) = pidfd::open(pid)? else { return Ok(true) };
        let deadline = self
            .timeout_seconds
            .map(|s| std::time::Instant::now() + std::time::Duration::from_secs(u64::from(s)));
        loop {
            let left = match deadline {
                None => PollTimeout::NONE,
                Some(deadline) => {
                    let left = deadline.saturating_duration_since(std::time::Instant::now());
                    // Rounded up, so as not to spin through the last millisecond.
                    PollTimeout::try_from(left.as_millis() + 1).unwrap_or(PollTimeout::MAX)
                }
            };
            match poll(&mut [PollFd::new(process.as_fd(), PollFlags::POLLIN)], left) {
                Ok(0) if deadline.is_some_and(|d| std::time::Instant::now() >= d) => return Ok(false),
                Ok(0) | Err(Errno::EINTR) => {}
                Ok(_) => return Ok(true),
                Err(e) => return Err(e).context("waiting for it"),
            }
        }
    }
}

/// A file that is in memory only, with the content, to be read from its beginning.
pub fn memory_file(name: &std::ffi::CStr, content: &[u8]) -> Result<OwnedFd> {
    let mut file = File::from(memfd_create(name, MFdFlags::MFD_CLOEXEC).context("making a memory file")?);
    file.write_all(content).context("writing a memory file")?;
    file.seek(SeekFrom::Start(0)).context("writing a memory file")?;
    Ok(file.into())
}

fn describe(status: ExitStatus) -> String {
    match status.signal() {
        Some(signal) => format!("killed by signal {signal}"),
        None => format!("exit status {}", status.code().unwrap_or(-1)),
    }
}

/// The end of what it printed, as part of an error message.
fn said(output: OwnedFd) -> String {
    const SHOWN: u64 = 4096;
    let mut file = File::from(output);
    let length = file.metadata().map_or(0, |m| m.len());
    let mut text = Vec::new();
    let read =
        file.seek(SeekFrom::Start(length.saturating_sub(SHOWN))).and_then(|_| file.read_to_end(&mut text));
    if read.is_err() || text.is_empty() {
        return String::new();
    }
    format!(", output: {}", String::from_utf8_lossy(&text).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hook(script: &str, timeout_seconds: Option<u32>) -> Hook {
        Hook {
            name: "prestart hook #0".into(),
            path: "/bin/sh".into(),
            args: vec!["sh".into(), "-c".into(), script.into()],
            env: vec!["A=b".into()],
            timeout_seconds,
        }
    }

    #[test]
    fn a_hook_gets_the_state_and_its_environment_only() {
        let script = r#"read -r s; [ "$s" = '{"x":1}' ] && [ "$A" = b ] && [ -z "$HOME" ]"#;
        hook(script, None).run(b"{\"x\":1}\n", Path::new("/")).unwrap();
    }

    #[test]
    fn failures_say_what_the_hook_said() {
        let error = hook("echo no luck >&2; exit 3", Some(60)).run(b"", Path::new("/")).unwrap_err();
        assert_eq!(one_line(&error), "error running prestart hook #0: exit status 3, output: no luck");
    }

    #[test]
    fn a_hook_that_takes_too_long_is_killed() {
        let error = hook("exec sleep 1000", Some(1)).run(b"", Path::new("/")).unwrap_err();
        assert!(one_line(&error).contains("past specified timeout of 1 s"), "{error:#}");
    }

    #[test]
    fn the_state_is_the_specifications() {
        let info = ContainerInfo {
            version: "1.2.1".into(),
            id: "a".into(),
            bundle: "/b".into(),
            ..ContainerInfo::default()
        };
        let state = info.state("created", 7).to_string();
        assert_eq!(state, r#"{"ociVersion":"1.2.1","id":"a","status":"created","pid":7,"bundle":"/b"}"#);
    }
}
