//! Signals, stopping and renaming.

use std::os::fd::{AsFd, OwnedFd};
use std::str::FromStr;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sys::signal::Signal;

use crate::container::events::event;
use crate::container::{ContainerConfig, ContainerDir, ContainerState};
use crate::engine::Engine;
use crate::error::{Context, Kind, Result};
use crate::monitor;
use crate::monitor::external::Operation;
use crate::monitor::protocol::{self, Request};
use crate::state::process::ProcessIdentity;
use crate::sys::pidfd;

use super::attach::{AttachStreams, Attached, Pending};
use super::limits::thaw;
use crate::container::config::Attach;

/// What becomes of a container that is asked to end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Afterwards {
    /// It isn't started again at the machine's next start either.
    pub(super) lasting: bool,
    /// One that is removed when it ends isn't removed this time.
    pub(super) keep: bool,
}

impl Afterwards {
    /// As who stops, kills or removes one means it.
    pub(super) const FOR_GOOD: Self = Self { lasting: true, keep: false };
}

/// A signal as users write it: `9`, `KILL`, `SIGKILL`, `SIGRTMIN+3`.
pub fn parse_signal(text: &str) -> Result<i32> {
    let invalid = || Kind::Invalid.error(format!("Invalid signal: {text}"));
    let max = libc::SIGRTMAX();
    if let Ok(number) = text.parse::<i32>() {
        return if (1..=max).contains(&number) { Ok(number) } else { Err(invalid()) };
    }
    let upper = text.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    let offset = |rest: &str| if rest.is_empty() { Some(0) } else { rest[1..].parse::<i32>().ok() };
    if let Some(rest) = name.strip_prefix("RTMIN").filter(|r| r.is_empty() || r.starts_with('+')) {
        // 34 is what signal 34 is called outside of libc, which keeps 32 and 33 for itself.
        return offset(rest).map(|n| libc::SIGRTMIN() + n).filter(|n| *n <= max).ok_or_else(invalid);
    }
    if let Some(rest) = name.strip_prefix("RTMAX").filter(|r| r.is_empty() || r.starts_with('-')) {
        return offset(rest).map(|n| max - n).filter(|n| *n >= libc::SIGRTMIN()).ok_or_else(invalid);
    }
    Signal::from_str(&format!("SIG{name}")).map(|s| s as i32).map_err(|_| invalid())
}

/// The name of a signal, `SIGTERM`; a number for those without one.
pub(crate) fn signal_name(signal: i32) -> String {
    match Signal::try_from(signal) {
        Ok(signal) => signal.as_str().to_string(),
        Err(_) if signal >= libc::SIGRTMIN() => format!("SIGRTMIN+{}", signal - libc::SIGRTMIN()),
        Err(_) => signal.to_string(),
    }
}

/// Sends a signal to a container's first process; `false` if that is gone.
fn send(dir: &ContainerDir, config: &ContainerConfig, process: &OwnedFd, signal: i32) -> Result<bool> {
    if config.runtime.is_none() {
        return pidfd::send_signal(process.as_fd(), signal).context("sending the signal");
    }
    let sent = monitor::connect(dir).and_then(|m| protocol::operate(&m, Operation::Signal(signal)));
    match (sent, wait_for_end(process.as_fd(), Some(Duration::ZERO))?) {
        (Ok(_), _) => Ok(true),
        // It has ended meanwhile.
        (Err(_), true) => Ok(false),
        (Err(error), false) => Err(error),
    }
}

/// Connects to the monitor to be told of the container's end.
pub(super) fn listen_for_end(dir: &ContainerDir) -> Result<Attached> {
    AttachStreams::new(Attach::default(), false)?.request(monitor::connect(dir)?, None)?.wait()
}

/// How long a process may take to end that was killed: one that the kernel can't let go of yet isn't waited for.
const KILLED: Duration = Duration::from_secs(10);

impl Engine {
    /// Sends a signal to a container's first process. One that kills is followed until the container has ended and is cleaned up, as docker
    /// does: what comes next may be its removal.
    pub fn kill(&self, wanted: &str, signal: i32) -> Result<()> {
        let (dir, state) = self.require_running(wanted)?;
        let config = dir.config()?;
        let ends = signal == libc::SIGKILL || signal == config.stop_signal;
        let ending = if ends { Self::let_end(&dir, Afterwards::FOR_GOOD) } else { None };
        let process = state.init.context("the container's state has no process")?.open()?;
        let sent = match &process {
            Some(process) => send(&dir, &config, process, signal)?,
            None => false,
        };
        if ends {
            thaw(&state);
        }
        let Some(process) = process.filter(|_| sent) else {
            return Kind::Conflict.err(format!("container {} is not running", dir.id));
        };
        self.tell_signal(&config, signal);
        if signal != libc::SIGKILL {
            return Ok(());
        }
        if !wait_for_end(process.as_fd(), Some(KILLED))? {
            anyhow::bail!(
                "tried to kill container, but did not receive an exit event: the kernel can't end its process {}",
                state.init.map_or(0, |init| init.pid)
            );
        }
        if let Some(ending) = ending {
            // A monitor that was killed can't tell; the container has ended all the same.
            let _ = ending.wait();
        }
        Ok(())
    }

    /// Asks a container to end, and kills it if it hasn't after the time given (seconds; negative: waits for ever). One that isn't
    /// running is left as it is. Returns when it has ended and is cleaned up.
    pub fn stop(&self, wanted: &str, timeout: Option<i64>, signal: Option<i32>) -> Result<()> {
        self.end(wanted, timeout, signal, Afterwards::FOR_GOOD)
    }

    /// Stops a container as it asks to be, and leaves it to run again after the machine's next start.
    pub(crate) fn stop_for_now(&self, wanted: &str) -> Result<()> {
        self.end(wanted, None, None, Afterwards { lasting: false, keep: false })
    }

    /// [`Engine::stop`] of a container that is to be started again at once: one that is removed when it ends stays.
    pub fn stop_to_restart(&self, wanted: &str, timeout: Option<i64>, signal: Option<i32>) -> Result<()> {
        self.end(wanted, timeout, signal, Afterwards { lasting: true, keep: true })
    }

    fn end(&self, wanted: &str, timeout: Option<i64>, signal: Option<i32>, how: Afterwards) -> Result<()> {
        let (dir, state) = self.find(wanted)?;
        if !state.status.is_active() {
            return Ok(());
        }
        let config = dir.config()?;
        // Connected before the signal: its end is told to whoever is connected.
        let ending = Self::let_end(&dir, how);
        let process = match ending.as_ref().map(|e| &e.process) {
            Some(process) => process.as_ref().map(OwnedFd::try_clone).transpose()?,
            None => state.init.map(ProcessIdentity::open).transpose()?.flatten(),
        };
        if let Some(process) = process {
            self.end_process(&process, (&dir, &config), &state, timeout, signal)?;
        }
        if let Some(ending) = ending {
            // A monitor that was killed can't tell; the container has ended all the same.
            let _ = ending.wait();
        }
        self.tell(&config, "stop");
        Ok(())
    }

    /// Tells the monitor that the container is to end, so that it doesn't start it again. `None` if there is none to tell.
    pub(super) fn let_end(dir: &ContainerDir, how: Afterwards) -> Option<Attached> {
        let socket = monitor::connect(dir).ok()?;
        let Afterwards { lasting, keep } = how;
        protocol::send(socket.as_fd(), &Request::Stop { lasting, keep }, &[]).ok()?;
        Pending::without_streams(socket).wait().ok()
    }

    fn end_process(
        &self,
        process: &OwnedFd,
        (dir, config): (&ContainerDir, &ContainerConfig),
        state: &ContainerState,
        timeout: Option<i64>,
        signal: Option<i32>,
    ) -> Result<()> {
        let signal = signal.unwrap_or(config.stop_signal);
        // Before it is sent: what comes of it is told by somebody else, who may be faster.
        self.tell_signal(config, signal);
        send(dir, config, process, signal)?;
        thaw(state);
        let seconds = timeout.unwrap_or(i64::from(config.stop_timeout));
        let limit = u64::try_from(seconds).ok().map(Duration::from_secs);
        if !wait_for_end(process.as_fd(), limit)? {
            self.tell_signal(config, libc::SIGKILL);
            send(dir, config, process, libc::SIGKILL)?;
            wait_for_end(process.as_fd(), None)?;
        }
        Ok(())
    }

    /// Tells that a signal was sent, by whatever command.
    pub(super) fn tell_signal(&self, config: &ContainerConfig, signal: i32) {
        self.events_log().tell(&event(config, "kill").with("signal", signal));
    }

    /// Tells that a container was stopped and started again.
    pub fn tell_restart(&self, dir: &ContainerDir) -> Result<()> {
        self.tell(&dir.config()?, "restart");
        Ok(())
    }

    /// Gives a container another name.
    pub fn rename(&self, wanted: &str, name: &str) -> Result<()> {
        let (dir, state) = self.find(wanted)?;
        let before = dir.config()?;
        self.containers().rename(&dir, name)?;
        if state.status.is_active() {
            // One that ends meanwhile tells of no more under the old name.
            let told = monitor::connect(&dir)
                .and_then(|socket| protocol::change(&socket, &Request::Rename { name: name.into() }));
            told.unwrap_or_else(|error| log::debug!("{}", crate::error::one_line(&error)));
        }
        let renamed =
            event(&before, "rename").with("name", name).with("oldName", format!("/{}", before.name));
        self.events_log().tell(&renamed);
        Ok(())
    }
}

/// Whether the process has ended within the time.
fn wait_for_end(process: std::os::fd::BorrowedFd<'_>, limit: Option<Duration>) -> Result<bool> {
    let deadline = limit.map(|l| Instant::now() + l);
    loop {
        let timeout = match deadline {
            None => PollTimeout::NONE,
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                // Rounded up, so that no millisecond is spent spinning.
                PollTimeout::try_from(
                    left.as_millis().min(i32::MAX as u128 - 1) as i32 + i32::from(!left.is_zero()),
                )
                .unwrap_or(PollTimeout::MAX)
            }
        };
        let mut fds = [PollFd::new(process, PollFlags::POLLIN)];
        match poll(&mut fds, timeout) {
            Ok(0) if deadline.is_some_and(|d| Instant::now() < d) => {}
            Ok(n) => return Ok(n > 0),
            Err(nix::errno::Errno::EINTR) => {}
            Err(e) => return Err(e).context("waiting for the container"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signals_by_name_and_number() {
        for (text, number) in [
            ("9", 9),
            ("KILL", 9),
            ("sigterm", 15),
            ("SIGRTMIN+3", libc::SIGRTMIN() + 3),
            ("RTMAX", libc::SIGRTMAX()),
        ] {
            assert_eq!(parse_signal(text).unwrap(), number, "{text}");
        }
        for bad in ["", "0", "65", "-1", "NOPE", "RTMIN+99", "RTMINX", "SIG"] {
            assert!(parse_signal(bad).is_err(), "{bad}");
        }
    }
}
