//! A dhow of one user on roots of its own, and what its commands printed. Dropping it proves that nothing was left behind.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::{Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use dhow::state::Lock;

use crate::leftovers;
use crate::users;

/// How long a command may take before it counts as hung.
pub const TIMEOUT: Duration = Duration::from_secs(60);

/// Generates the root and the user variant of each test: `both! { fn name(dhow) { … } }`, with `dhow: &Dhow`.
macro_rules! both {
    ($($(#[$meta:meta])* fn $name:ident($dhow:ident) $body:block)*) => { $(
        mod $name {
            #[allow(unused_imports)]
            use super::*;
            fn body($dhow: &$crate::harness::Dhow) $body

            $(#[$meta])*
            #[test]
            fn root() {
                body(&$crate::harness::Dhow::root());
            }

            $(#[$meta])*
            #[test]
            fn user() {
                body(&$crate::harness::Dhow::user());
            }
        }
    )* };
}

/// A dhow of one user on throw-away roots.
pub struct Dhow {
    /// Everything of this instance is below it: `r` root, `s` runroot, `h` home, `x` XDG_RUNTIME_DIR, `w` for the test's own files.
    pub base: PathBuf,
    pub uid: u32,
    pub gid: u32,
    user: &'static str,
    env: Vec<(OsString, OsString)>,
    /// Container ids that commands printed, to look for their cgroups.
    ids: Mutex<BTreeSet<String>>,
}

impl Dhow {
    pub fn root() -> Self {
        assert!(nix::unistd::geteuid().is_root(), "the end-to-end tests need to run as root (use tests/run)");
        Self::new("root", 0, 0)
    }

    /// An ordinary user with subordinate ids.
    pub fn user() -> Self {
        let user = users::with_subids();
        Self::new(user.name, user.uid, user.gid)
    }

    /// An ordinary user without subordinate ids.
    pub fn bare() -> Self {
        let user = users::without_subids();
        Self::new(user.name, user.uid, user.gid)
    }

    fn new(user: &'static str, uid: u32, gid: u32) -> Self {
        // Short: a Unix socket's path below it must fit into 108 bytes.
        let base =
            tempfile::Builder::new().prefix(&BASES[5..]).rand_bytes(8).tempdir_in("/tmp").unwrap().keep();
        let dhow = Self { base, uid, gid, user, env: Vec::new(), ids: Mutex::default() };
        for dir in ["", "h", "x", "w"] {
            let path = dhow.base.join(dir);
            if !path.exists() {
                std::fs::create_dir(&path).unwrap();
            }
            let mode = if dir == "x" { 0o700 } else { 0o755 };
            std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
            std::os::unix::fs::chown(&path, Some(uid), Some(gid)).unwrap();
        }
        // Tests run side by side on one machine: those of networks make machines of their own.
        dhow.file("h/.config/dhow/config.toml", "network = \"none\"\n");
        dhow
    }

    pub fn is_rootless(&self) -> bool {
        self.uid != 0
    }

    pub fn root_dir(&self) -> PathBuf {
        self.base.join("r")
    }

    pub fn runroot_dir(&self) -> PathBuf {
        self.base.join("s")
    }

    pub fn home(&self) -> PathBuf {
        self.base.join("h")
    }

    /// Another instance of dhow's environment for later commands.
    pub fn set_env(&mut self, name: &str, value: impl AsRef<OsStr>) {
        self.env.push((name.into(), value.as_ref().into()));
    }

    /// Writes a file of the user below `base`, making its directories; answers its path.
    pub fn file(&self, path: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.base.join(path);
        let mut missing = Vec::new();
        let mut dir = path.parent().unwrap();
        while !dir.exists() {
            missing.push(dir.to_path_buf());
            dir = dir.parent().unwrap();
        }
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        #[allow(clippy::disallowed_methods)] // a test's own file is no state
        std::fs::write(&path, content).unwrap();
        for made in missing.iter().chain([&path]) {
            std::os::unix::fs::chown(made, Some(self.uid), Some(self.gid)).unwrap();
        }
        path
    }

    /// Runs a command to its end without input.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        self.run_with(args, Stdin::Empty)
    }

    /// Runs a command to its end with `input` on its standard input.
    pub fn run_input<A: AsRef<OsStr>>(
        &self,
        args: impl IntoIterator<Item = A>,
        input: impl Into<Vec<u8>>,
    ) -> Output {
        self.run_with(args, Stdin::Bytes(input.into()))
    }

    pub fn run_with<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>, stdin: Stdin) -> Output {
        let command = self.command(args);
        let what = format!("{}$ {command:?}", self.user);
        let output = finish(command, what, stdin, TIMEOUT);
        let words = output.stdout();
        let ids = words.split_whitespace().filter(|w| is_id(w)).map(str::to_string);
        self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner).extend(ids);
        output
    }

    /// Runs dhow where a script, as root in a mount namespace of its own, has changed the host before.
    #[track_caller]
    pub fn run_after<A: AsRef<OsStr>>(&self, script: &str, args: impl IntoIterator<Item = A>) -> Output {
        let inner = self.command(args);
        let mut command = self.environment("unshare");
        let ids = format!("--reuid={} --regid={} --clear-groups", self.uid, self.gid);
        let become_user = if self.is_rootless() { format!("setpriv {ids} ") } else { String::new() };
        command.args(["-m", "sh", "-ec", &format!("{script}\nexec {become_user}\"$@\""), "sh"]);
        command.arg(inner.get_program()).args(inner.get_args());
        let what = format!("{command:?}");
        finish(command, what, Stdin::Empty, TIMEOUT)
    }

    /// The command, ready to be spawned by a test that needs more than `run`.
    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.bare_command(binary());
        command.arg("--root").arg(self.root_dir()).arg("--runroot").arg(self.runroot_dir()).args(args);
        command
    }

    /// Any program as this user, in the same hermetic environment.
    pub fn bare_command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = self.environment(program);
        if self.is_rootless() {
            // The standard library clears the supplementary groups with it.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// A program as root in the environment of this user, which it is to become.
    pub fn environment(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", self.home())
            .env("USER", self.user)
            .env("XDG_RUNTIME_DIR", self.base.join("x"))
            .env("TZ", "UTC")
            .env("LANG", "C.UTF-8")
            .env("NO_COLOR", "1")
            .env("RUST_BACKTRACE", "0")
            .envs(self.env.iter().map(|(k, v)| (k, v)))
            .current_dir(self.base.join("w"));
        command
    }

    /// Loads the busybox fixture.
    pub fn load_busybox(&self) {
        self.run([OsStr::new("load"), OsStr::new("-i"), crate::fixtures::busybox_archive().as_os_str()]).ok();
    }

    fn known_ids(&self) -> BTreeSet<String> {
        let mut ids = self.ids.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
        for dir in [self.root_dir(), self.runroot_dir()] {
            if let Ok(entries) = std::fs::read_dir(dir.join("containers")) {
                let names = entries.flatten().filter_map(|e| e.file_name().into_string().ok());
                ids.extend(names.filter(|n| is_id(n)));
            }
        }
        ids
    }
}

/// How the directories of all tests begin.
pub const BASES: &str = "/tmp/dh-";

impl Drop for Dhow {
    fn drop(&mut self) {
        let ids = self.known_ids();
        let left: Vec<String> = std::fs::read_dir(self.root_dir().join("containers"))
            .map(|dir| dir.flatten().filter_map(|e| e.file_name().into_string().ok()).collect())
            .unwrap_or_default();
        let left: Vec<String> = left.into_iter().filter(|n| is_id(n)).collect();
        let mut complaints = Vec::new();
        if !left.is_empty() && !std::thread::panicking() {
            let args = ["rm", "-f", "-v"].map(String::from).into_iter().chain(left);
            let out = self.run(args);
            if out.code != 0 {
                complaints.push(format!("removing what the test left: {out:?}"));
            }
        }
        complaints.extend(leftovers::find_and_clean(&self.base, &ids));
        if let Err(error) = std::fs::remove_dir_all(&self.base) {
            complaints.push(format!("removing {}: {error}", self.base.display()));
        }
        let quiet = complaints.is_empty() || std::thread::panicking();
        assert!(quiet, "left behind:\n{}", complaints.join("\n"));
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// What a command finds on its standard input.
pub enum Stdin {
    Empty,
    /// These bytes, then the end.
    Bytes(Vec<u8>),
    /// A pipe that stays open and silent.
    Open,
}

/// What a command that ended printed.
pub struct Output {
    /// Exit code, or 128 and the signal's number.
    pub code: i32,
    pub out: Vec<u8>,
    pub err: Vec<u8>,
    what: String,
}

impl Output {
    pub fn new(status: std::process::ExitStatus, out: Vec<u8>, err: Vec<u8>, what: String) -> Self {
        let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        Self { code, out, err, what }
    }

    /// It succeeded.
    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// It failed with this code, with one clear line at the end of standard error that is no panic.
    #[track_caller]
    pub fn fails(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(!self.stderr().is_empty(), "silent failure: {self:?}");
        assert!(!self.stderr().contains("panicked at"), "{self:?}");
        self
    }

    /// Standard error has this text.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr().contains(text), "no {text:?} in {self:?}");
        self
    }

    pub fn stdout(&self) -> String {
        String::from_utf8_lossy(&self.out).into_owned()
    }

    pub fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.err).into_owned()
    }

    /// Standard output without blanks and line ends around it.
    pub fn trimmed(&self) -> String {
        self.stdout().trim().to_string()
    }

    pub fn lines(&self) -> Vec<String> {
        self.stdout().lines().map(str::to_string).collect()
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}\nexit code {}\n--- stdout ---\n{}\n--- stderr ---\n{}",
            self.what,
            self.code,
            self.stdout(),
            self.stderr()
        )
    }
}

/// Held by tests with thousands of pipes and by those that need pipes of full size: a user's further ones are smaller (pipe(7),
/// pipe-user-pages-soft).
pub fn pipes() -> Lock {
    Lock::exclusive(Path::new("/tmp/dhow-e2e-pipes.lock")).unwrap()
}

/// Waits for a child: its status, and the most memory that it or a descendant it has waited for had resident, in KiB.
#[allow(unsafe_code)]
pub fn peak_memory(child: &Child) -> (i32, i64) {
    let mut status = 0;
    // SAFETY: all zeros is a valid rusage; both pointers are to variables of the right types, which outlive the call.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        assert!(libc::wait4(child.id() as i32, &raw mut status, 0, &raw mut usage) > 0);
        usage
    };
    (status, usage.ru_maxrss)
}

/// Runs a command to its end; one that does not end in time is killed and fails the test.
#[track_caller]
pub fn finish(mut command: Command, what: String, stdin: Stdin, timeout: Duration) -> Output {
    command.stdin(if matches!(stdin, Stdin::Empty) { Stdio::null() } else { Stdio::piped() });
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("{what}: {e}"));
    let input = child.stdin.take();
    let out = drain(child.stdout.take().unwrap());
    let err = drain(child.stderr.take().unwrap());
    let open = match (stdin, input) {
        (Stdin::Bytes(bytes), Some(mut pipe)) => {
            // The command may close its input early; that is no failure of the test.
            std::thread::spawn(move || pipe.write_all(&bytes).ok());
            None
        }
        (_, pipe) => pipe,
    };
    let ended = wait(&child, timeout);
    if !ended {
        child.kill().unwrap();
    }
    let status = child.wait().unwrap();
    drop(open);
    assert!(ended, "{what}: still running after {timeout:?}; killed");
    let collect = |from: Receiver<Vec<u8>>| {
        from.recv_timeout(Duration::from_secs(10)).unwrap_or_else(|_| {
            panic!("{what}: ended ({status}), but something that it started still holds its output open")
        })
    };
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    Output { code, out: collect(out), err: collect(err), what }
}

/// Whether the process ends in time.
pub fn wait(child: &Child, timeout: Duration) -> bool {
    leftovers::wait_pid(child.id() as i32, timeout)
}

fn drain(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = from.read_to_end(&mut bytes);
        let _ = send.send(bytes);
    });
    receive
}

/// The binary under test, under a path that every user can reach.
pub fn binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| {
        let built = Path::new(env!("CARGO_BIN_EXE_dhow"));
        let meta = built.metadata().expect("cargo built the binary");
        let dir = PathBuf::from(format!("/tmp/dhow-e2e-bin-{:x}-{:x}", meta.ino(), meta.mtime_nsec()));
        let path = dir.join("dhow");
        let _lock = Lock::exclusive(Path::new("/tmp/dhow-e2e-bin.lock")).unwrap();
        if !path.exists() {
            std::fs::create_dir_all(&dir).unwrap();
            let temporary = dir.join("new");
            let _ = std::fs::remove_file(&temporary);
            // A link is free; across file systems it takes a copy.
            if std::fs::hard_link(built, &temporary).is_err() {
                std::fs::copy(built, &temporary).unwrap();
            }
            dhow::state::file::rename(&temporary, &path, dhow::state::file::Durability::Ephemeral).unwrap();
        }
        path
    })
}
