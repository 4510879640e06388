//! One execution of another runtime, on behalf of a container: in the container's world, with what it complains about kept for an error.

use std::ffi::{CString, OsString};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use nix::sched::CloneFlags;
use nix::sys::wait::{Id, WaitPidFlag, waitid};

use super::super::run;
use crate::container::external::ExternalRuntime;
use crate::error::{Context, Kind, Result, one_line};
use crate::runtime::{World, memory_file};
use crate::sys::clone::{self, Cloned, ExecStrings, Parent};
use crate::sys::{fd, signal};

const PATH: &str = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// What is to be executed.
#[derive(Debug)]
pub struct Request<'a> {
    pub runtime: &'a ExternalRuntime,
    pub world: &'a World,
    /// Everything after the program's name.
    pub args: Vec<OsString>,
    /// Where the runtime writes its log (`--log`), which is deleted afterwards.
    pub log: PathBuf,
    /// Its standard streams; without any its output is kept.
    pub streams: Option<[BorrowedFd<'a>; 3]>,
    /// Its descriptors from 3 on.
    pub passed: &'a [OwnedFd],
    /// A directory that is its alone, `XDG_RUNTIME_DIR`.
    pub private: PathBuf,
}

/// An execution that goes on. Dropping it leaves it alone.
#[derive(Debug)]
pub struct Call {
    pub process: Cloned,
    name: String,
    verb: String,
    output: File,
    log: PathBuf,
}

impl Call {
    /// Starts it. This process has one thread.
    pub fn start(request: Request<'_>) -> Result<Self> {
        let Request { runtime, world, args, log, streams, passed, private } = request;
        let output = File::from(memory_file(c"output", &[])?);
        let null = File::open("/dev/null").context("opening /dev/null")?;
        let path = CString::new(runtime.path.as_os_str().as_bytes()).context("the runtime's path")?;
        let name = runtime.path.file_name().unwrap_or_default().as_bytes().to_vec();
        let strings = [name].into_iter().chain(args.iter().map(|a| a.as_bytes().to_vec()));
        let argv = ExecStrings::new(strings).context("an argument has a NUL byte in it")?;
        // A name other than root's is how runc knows that it can't have cgroups as root of a user namespace.
        let user = if nix::unistd::geteuid().is_root() { "USER=root" } else { "USER=dhow" };
        let private = [b"XDG_RUNTIME_DIR=", private.as_os_str().as_bytes()].concat();
        let env = ExecStrings::new([PATH.as_bytes(), b"HOME=/", user.as_bytes(), &private])
            .context("a directory has a NUL byte in its name")?;
        let [stdin, stdout, stderr] = streams.unwrap_or([null.as_fd(), output.as_fd(), output.as_fd()]);
        let mut numbers = vec![stdin.as_raw_fd(), stdout.as_raw_fd(), stderr.as_raw_fd()];
        numbers.extend(passed.iter().map(AsRawFd::as_raw_fd));
        let become_runtime = || -> Result<std::convert::Infallible> {
            world.enter()?;
            nix::unistd::setsid().context("starting a session")?;
            fd::place_in_child(&numbers, 0).context("placing descriptors")?;
            // What else is open is none of the runtime's, nor of the container's (CVE-2024-21626).
            fd::close_on_exec_from(numbers.len() as i32).context("closing descriptors")?;
            signal::reset_all().context("resetting signals")?;
            clone::exec(&path, &argv, &env).context("executing it")
        };
        // Of its own number, so that it is there when the streams are in their places.
        let complaint =
            fd::above(output.as_fd(), 3 + numbers.len() as i32).context("duplicating a descriptor")?;
        let process = clone::fork_into(CloneFlags::empty(), None, Parent::This, || {
            let Err(error) = become_runtime();
            let _ = nix::unistd::write(&complaint, one_line(&error).as_bytes());
            127
        })
        .with_context(|| format!("starting the runtime {}", runtime.name))?;
        let verb = args.iter().find(|a| VERBS.iter().any(|v| a == v));
        let verb = verb.map(|v| v.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Self { process, name: runtime.name.clone(), verb, output, log })
    }

    /// Waits for its end; what it printed.
    pub fn wait(self) -> Result<String> {
        let flags = WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT | WaitPidFlag::__WALL;
        while matches!(waitid(Id::PIDFd(self.process.pidfd.as_fd()), flags), Err(nix::errno::Errno::EINTR)) {}
        self.finish().unwrap_or_else(|call| Kind::Conflict.err(format!("{} is gone", call.name)))
    }

    /// What it printed if it has ended well, or what it complained about; the call itself while it goes on.
    pub fn finish(self) -> std::result::Result<Result<String>, Box<Self>> {
        let Some(code) = run::exit_code(self.process.pidfd.as_fd()) else {
            return Err(Box::new(self));
        };
        let logged = std::fs::read_to_string(&self.log);
        let _ = std::fs::remove_file(&self.log);
        let mut text = String::new();
        let mut output = &self.output;
        let read = output.seek(SeekFrom::Start(0)).and_then(|_| output.read_to_string(&mut text));
        Ok(match (code, read) {
            (0, Ok(_)) => Ok(text),
            (0, Err(e)) => Err(e).with_context(|| format!("reading the output of {}", self.name)),
            (code, _) => {
                let said = match &logged {
                    Ok(log) => last_error(log),
                    Err(e) if e.kind() == ErrorKind::NotFound => None,
                    Err(_) => None,
                };
                let said = said.or_else(|| text.lines().rfind(|l| !l.trim().is_empty()).map(str::to_string));
                let said = said.unwrap_or_else(|| format!("exit status {code}"));
                Err(failure(&said).context(format!("{} {}", self.name, self.verb)))
            }
        })
    }
}

const VERBS: [&str; 9] = ["create", "start", "kill", "delete", "exec", "pause", "resume", "update", "ps"];

/// The last error in a log of JSON lines.
fn last_error(log: &str) -> Option<String> {
    let entries = log.lines().filter_map(|l| serde_json::from_str::<serde_json::Value>(l).ok());
    let errors = entries.filter(|e| matches!(e["level"].as_str(), Some("error" | "fatal" | "panic")));
    errors.filter_map(|e| Some(e["msg"].as_str()?.to_string())).next_back()
}

/// With the exit code that docker makes of it.
fn failure(said: &str) -> crate::error::Error {
    let lower = said.to_lowercase();
    let code = if lower.contains("executable file not found") || lower.contains("no such file or directory") {
        127
    } else if lower.contains("permission denied") {
        126
    } else {
        return crate::error::Error::msg(said.to_string());
    };
    Kind::CannotStart(code).error(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_error_of_a_log_counts() {
        let log = "{\"level\":\"error\",\"msg\":\"a\"}\nnonsense\n{\"level\":\"warning\",\"msg\":\"w\"}\n{\"level\":\"error\",\"msg\":\"b\"}\n";
        assert_eq!(last_error(log).as_deref(), Some("b"));
        assert_eq!(last_error("{\"level\":\"info\",\"msg\":\"x\"}"), None);
    }

    #[test]
    fn exit_codes_are_dockers() {
        let code = |said: &str| crate::error::kind_of(&failure(said));
        assert_eq!(code("exec: \"x\": executable file not found in $PATH"), Some(Kind::CannotStart(127)));
        assert_eq!(code("exec /x: Permission denied"), Some(Kind::CannotStart(126)));
        assert_eq!(code("something else"), None);
    }
}
