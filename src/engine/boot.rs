//! After the machine was started: the containers that must run. Before it goes down: their end, in order.

use std::path::{Path, PathBuf};

use super::Engine;
use super::containers::ContainerFilter;
use crate::container::config::RestartPolicy;
use crate::container::{ContainerState, Status};
use crate::error::{Context, Error, Kind, Result};
use crate::monitor;
use crate::state::file::{self, Durability};
use crate::state::roots;

/// What became of each container that was due: its name, and the error if there was one.
pub type Outcome = (String, Option<Error>);

/// A unit of systemd that was written.
#[derive(Debug)]
pub struct Installed {
    pub unit: PathBuf,
    /// What makes systemd start it.
    pub link: PathBuf,
}

const UNIT: &str = "dhow-boot.service";

/// Whether a container is to run after the machine was started: as docker decides when its daemon starts.
fn is_due(policy: RestartPolicy, state: &ContainerState) -> bool {
    let stopped = state.stopped && policy != RestartPolicy::Always;
    state.started.is_some()
        && !state.status.is_active()
        && monitor::restart_is_due(policy, state.exit_code.unwrap_or(0), stopped, state.restart_count)
}

impl Engine {
    /// Starts every container whose restart policy wants it to run.
    pub fn boot(&self) -> Result<Vec<Outcome>> {
        let mut outcomes = Vec::new();
        for container in self.list_containers(&ContainerFilter::new(true))?.into_iter().rev() {
            if is_due(container.config.restart, &container.state) {
                let dir = self.containers().dir(&container.config.id);
                outcomes.push((container.config.name.clone(), self.start_detached(&dir).err()));
            }
        }
        Ok(outcomes)
    }

    /// Stops every container; those with a restart policy run again after the next start of the machine.
    pub fn shutdown(&self) -> Result<Vec<Outcome>> {
        let running = self.list_containers(&ContainerFilter::new(false))?;
        // Side by side: each may take its stop time-out.
        std::thread::scope(|scope| {
            let stops: Vec<_> = running
                .iter()
                .filter(|c| c.state.status != Status::Exited)
                .map(|c| (&c.config.name, scope.spawn(|| self.stop_for_now(c.config.id.as_str()))))
                .collect();
            let ended = stops.into_iter().map(|(name, stop)| {
                let outcome = stop.join().unwrap_or_else(|_| Kind::Unavailable.err("stopping it failed"));
                (name.clone(), outcome.err())
            });
            Ok(ended.collect())
        })
    }

    /// Writes a unit that calls [`Self::boot`] and [`Self::shutdown`], for the system or for this user, and has it started.
    pub fn install_boot(&self) -> Result<Installed> {
        let (dir, target) = if self.is_rootless() {
            (roots::config_home()?.join("systemd/user"), "default.target")
        } else {
            (PathBuf::from("/etc/systemd/system"), "multi-user.target")
        };
        self.install_boot_in(&dir, target)
    }

    fn install_boot_in(&self, dir: &Path, target: &str) -> Result<Installed> {
        let exe = std::env::current_exe().context("finding the dhow binary")?;
        let wants = dir.join(format!("{target}.wants"));
        file::make_dirs(&wants, 0o755)?;
        let (unit, link) = (dir.join(UNIT), wants.join(UNIT));
        let command = format!(
            "{} --root {} --runroot {}",
            quoted(&exe),
            quoted(&self.roots.root),
            quoted(&self.roots.runroot)
        );
        let text = unit_text(&command, target);
        file::write_mode(&unit, text.as_bytes(), 0o644, Durability::Durable)?;
        file::remove_file(&link)?;
        std::os::unix::fs::symlink(Path::new("..").join(UNIT), &link)
            .with_context(|| format!("making {}", link.display()))?;
        Ok(Installed { unit, link })
    }
}

/// As systemd reads it in ExecStart (systemd.service(5), "Command lines").
pub(super) fn quoted(path: &Path) -> String {
    let text = path.display().to_string().replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace('%', "%%").replace('$', "$$"))
}

fn unit_text(command: &str, target: &str) -> String {
    // Monitors are left alone by systemd (KillMode) and end with their containers, which the stop command ends in order.
    format!(
        "[Unit]\nDescription=Containers of dhow that run from boot on\nDocumentation=man:dhow-boot(1)\nWants=network-online.target\nAfter=network-online.target\n\n\
         [Service]\nType=oneshot\nRemainAfterExit=yes\nExecStart={command} boot\nExecStop={command} boot --shutdown\nKillMode=none\nTimeoutStartSec=0\nDelegate=yes\n\n\
         [Install]\nWantedBy={target}\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_running_runs_again_and_what_was_stopped_only_with_always() {
        let state = |stopped, exit_code| ContainerState {
            status: Status::Exited,
            started: Some(jiff::Timestamp::UNIX_EPOCH),
            exit_code: Some(exit_code),
            stopped,
            ..ContainerState::default()
        };
        assert!(is_due(RestartPolicy::Always, &state(true, 0)));
        assert!(is_due(RestartPolicy::UnlessStopped, &state(false, 0)));
        assert!(!is_due(RestartPolicy::UnlessStopped, &state(true, 0)));
        assert!(is_due(RestartPolicy::OnFailure { max: None }, &state(false, 255)));
        assert!(!is_due(RestartPolicy::OnFailure { max: None }, &state(false, 0)));
        assert!(!is_due(RestartPolicy::No, &state(false, 255)));
        assert!(!is_due(RestartPolicy::Always, &ContainerState::default()), "never started");
        let running = ContainerState { status: Status::Running, ..state(false, 0) };
        assert!(!is_due(RestartPolicy::Always, &running));
    }

    #[test]
    fn the_unit_calls_this_binary_with_these_roots() {
        let base = tempfile::tempdir().unwrap();
        let (root, runroot) = (base.path().join("my root"), base.path().join("run"));
        let engine = Engine::open(Some(&root), Some(&runroot), None).unwrap();
        let dir = base.path().join("units");
        for _ in 0..2 {
            let installed = engine.install_boot_in(&dir, "some.target").unwrap();
            assert_eq!(installed.link.canonicalize().unwrap(), installed.unit.canonicalize().unwrap());
            let text = std::fs::read_to_string(installed.unit).unwrap();
            assert!(
                text.contains(&format!(
                    "--root \"{}\" --runroot \"{}\" boot\n",
                    root.display(),
                    runroot.display()
                )),
                "{text}"
            );
            assert!(text.contains("WantedBy=some.target"));
        }
    }

    #[test]
    fn odd_paths_are_quoted_for_systemd() {
        assert_eq!(quoted(Path::new("/a b/%c\"$d")), r#""/a b/%%c\"$$d""#);
    }
}
