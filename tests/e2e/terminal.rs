//! A pseudo-terminal for commands that talk to people.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::AsFd;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::pty::{Winsize, openpty};

use crate::harness::{self, Dhow};

/// How long a terminal may stay silent when something is expected of it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A command whose controlling terminal is the slave of a pair.
pub struct Terminal {
    child: Child,
    master: File,
    /// Everything that was shown.
    pub shown: String,
    /// Up to where `expect` has matched.
    seen: usize,
}

impl Terminal {
    /// Starts `dhow ARGS…` as its user on a terminal of 80 by 24.
    pub fn spawn<A: AsRef<OsStr>>(dhow: &Dhow, args: impl IntoIterator<Item = A>) -> Self {
        Self::of(dhow, &dhow.command(args))
    }

    /// The same with any command of this user.
    pub fn of(dhow: &Dhow, command: &Command) -> Self {
        let size = Winsize { ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0 };
        let pair = openpty(Some(&size), None).unwrap();
        // setsid makes the terminal the controlling one, which only code between fork and exec could do otherwise.
        let mut wrapped = Command::new("setsid");
        wrapped.args(["--ctty", "--wait", "setpriv", "--clear-groups"]);
        wrapped.arg(format!("--reuid={}", dhow.uid)).arg(format!("--regid={}", dhow.gid));
        wrapped.arg(command.get_program()).args(command.get_args());
        wrapped.env_clear().envs(command.get_envs().filter_map(|(k, v)| Some((k, v?))));
        if let Some(dir) = command.get_current_dir() {
            wrapped.current_dir(dir);
        }
        // As a login gives it to its user.
        nix::unistd::fchown(&pair.slave, Some(dhow.uid.into()), None).unwrap();
        let slave = File::from(pair.slave);
        wrapped.stdin(Stdio::from(slave.try_clone().unwrap()));
        wrapped.stdout(Stdio::from(slave.try_clone().unwrap())).stderr(Stdio::from(slave));
        let child = wrapped.spawn().expect("setsid (util-linux) is installed");
        Self { child, master: File::from(pair.master), shown: String::new(), seen: 0 }
    }

    /// Types.
    pub fn send(&mut self, text: &str) {
        self.master.write_all(text.as_bytes()).unwrap();
    }

    /// Waits until `text` is shown, after all that was expected before.
    #[track_caller]
    pub fn expect(&mut self, text: &str) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Some(at) = self.shown[self.seen..].find(text) {
                self.seen += at + text.len();
                return;
            }
            assert!(self.read_some(deadline), "no {text:?}; shown so far: {:?}", self.shown);
        }
    }

    /// Waits for the end; answers the exit code.
    #[track_caller]
    pub fn wait(mut self) -> (i32, String) {
        let deadline = Instant::now() + PATIENCE;
        while self.read_some(deadline) {}
        let ended = harness::wait(&self.child, PATIENCE);
        assert!(ended, "still running; shown so far: {:?}", self.shown);
        let code = self.child.wait().unwrap().code().unwrap_or(-1);
        (code, std::mem::take(&mut self.shown))
    }

    /// Reads what there is; `false` at the end, or when the time is over.
    fn read_some(&mut self, deadline: Instant) -> bool {
        let left = deadline.saturating_duration_since(Instant::now());
        let mut fds = [PollFd::new(self.master.as_fd(), PollFlags::POLLIN)];
        if poll(&mut fds, PollTimeout::try_from(left).unwrap()).unwrap_or(0) == 0 {
            return false;
        }
        let mut buffer = [0u8; 4096];
        // EIO: the last slave was closed.
        match self.master.read(&mut buffer) {
            Ok(n @ 1..) => {
                self.shown.push_str(&String::from_utf8_lossy(&buffer[..n]));
                true
            }
            _ => false,
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
