//! A bundle for the OCI runtime: busybox as its root file system, and a Spec that a test changes.

use std::ffi::OsStr;
use std::fs::File;
use std::io::{IoSliceMut, Read, Seek, SeekFrom};
use std::os::fd::{AsRawFd, FromRawFd, RawFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::sys::socket::{ControlMessageOwned, MsgFlags, recvmsg};
use nix::sys::wait::{Id, WaitPidFlag, waitid, waitpid};
use serde_json::{Value, json};

use crate::harness::{Dhow, Output, binary};
use crate::leftovers;

pub struct Bundle<'a> {
    pub dhow: &'a Dhow,
    path: PathBuf,
}

impl<'a> Bundle<'a> {
    pub fn new(dhow: &'a Dhow) -> Self {
        // Containers outlive the command that creates them: here they become our children, which we reap.
        nix::sys::prctl::set_child_subreaper(true).unwrap();
        let busybox = dhow.file("w/b/rootfs/bin/busybox", std::fs::read("/bin/busybox").unwrap());
        std::fs::set_permissions(&busybox, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let path = dhow.base.join("w/b");
        for applet in [
            "sh", "cat", "chmod", "date", "echo", "env", "grep", "cut", "head", "hostname", "id", "ip",
            "kill", "ls", "mkdir", "mount", "pwd", "readlink", "sleep", "stat", "stty", "touch", "true",
            "tty", "tr", "uname", "ulimit", "wc", "chrt", "ionice", "sed", "umount", "nproc", "dd",
        ] {
            let _ = std::os::unix::fs::symlink("busybox", path.join("rootfs/bin").join(applet));
        }
        for dir in ["proc", "sys", "dev", "tmp", "etc", "mnt"] {
            let dir = path.join("rootfs").join(dir);
            std::fs::create_dir_all(&dir).unwrap();
            std::os::unix::fs::chown(&dir, Some(dhow.uid), Some(dhow.gid)).unwrap();
        }
        let bundle = Self { dhow, path };
        let _ = std::fs::remove_file(bundle.path.join("config.json"));
        let rootless = if dhow.is_rootless() { &["--rootless"][..] } else { &[] };
        bundle.run([&["spec", "-b", bundle.path()], rootless].concat()).ok();
        bundle.configure(|spec| {
            spec["process"]["terminal"] = json!(false);
            spec["process"]["noNewPrivileges"] = json!(false);
            spec["root"]["readonly"] = json!(false);
        });
        bundle
    }

    pub fn path(&self) -> &str {
        self.path.to_str().unwrap()
    }

    pub fn rootfs(&self) -> PathBuf {
        self.path.join("rootfs")
    }

    /// Changes the bundle's Spec.
    pub fn configure(&self, change: impl FnOnce(&mut Value)) {
        let mut spec: Value =
            serde_json::from_slice(&std::fs::read(self.path.join("config.json")).unwrap()).unwrap();
        change(&mut spec);
        self.dhow.file("w/b/config.json", spec.to_string());
    }

    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.dhow.bare_command(binary());
        command.arg("oci").arg("--root").arg(self.dhow.base.join("o")).args(args);
        command
    }

    /// Runs a command to its end. Its output goes to files: a container that goes on may keep them open.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        let mut command = self.command(args);
        let what = format!("{command:?}");
        let mut files = [tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap()];
        command.stdin(Stdio::null());
        command.stdout(files[0].try_clone().unwrap()).stderr(files[1].try_clone().unwrap());
        let mut child = command.spawn().unwrap();
        // A container ends when all its processes are reaped, and those that joined it may be ours.
        while let Ok(status) = waitid(Id::All, WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT) {
            match status.pid() {
                Some(pid) if pid.as_raw() != child.id() as i32 => drop(waitpid(pid, None)),
                _ => break,
            }
        }
        let status = child.wait().unwrap();
        reap();
        let [out, err] = files.each_mut().map(|file| {
            let mut bytes = Vec::new();
            file.seek(SeekFrom::Start(0)).unwrap();
            file.read_to_end(&mut bytes).unwrap();
            bytes
        });
        Output::new(status, out, err, what)
    }

    /// Sets a shell script as the program and runs it in the foreground.
    pub fn script(&self, script: &str) -> Output {
        self.configure(|spec| spec["process"]["args"] = json!(["sh", "-c", script]));
        self.run(["run", "-b", self.path(), "c"])
    }

    pub fn state(&self, id: &str) -> Value {
        reap();
        self.run(["state", id]).ok().json()
    }

    /// Waits until the first process of this state is gone.
    #[allow(clippy::unused_self)] // it is about a container of this bundle
    pub fn wait_gone(&self, state: &Value) {
        let pid = state["pid"].as_i64().unwrap() as i32;
        assert!(leftovers::wait_pid(pid, Duration::from_secs(10)), "process {pid} goes on");
        reap();
    }
}

impl Drop for Bundle<'_> {
    /// What a test that failed has left.
    fn drop(&mut self) {
        let entries = std::fs::read_dir(self.dhow.base.join("o")).into_iter().flatten().flatten();
        for name in entries.map(|e| e.file_name()) {
            self.run([OsStr::new("delete"), OsStr::new("-f"), &name]);
        }
    }
}

/// Reaps the containers' processes that have ended. To be called while no command of the test runs.
fn reap() {
    while let Ok(status) = waitpid(None, Some(WaitPidFlag::WNOHANG)) {
        if status == nix::sys::wait::WaitStatus::StillAlive {
            break;
        }
    }
}

/// One message and the descriptor that came with it.
#[allow(unsafe_code)]
pub fn receive_file(socket: &UnixStream) -> (Vec<u8>, File) {
    let mut buffer = vec![0u8; 65536];
    let mut control = nix::cmsg_space!([RawFd; 1]);
    let (length, fd) = {
        let mut slices = [IoSliceMut::new(&mut buffer)];
        let message =
            recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut control), MsgFlags::MSG_CMSG_CLOEXEC)
                .unwrap();
        let fd = message.cmsgs().unwrap().find_map(|c| match c {
            ControlMessageOwned::ScmRights(fds) => fds.first().copied(),
            _ => None,
        });
        (message.bytes, fd.expect("a descriptor came with it"))
    };
    buffer.truncate(length);
    // SAFETY: the kernel has just made it.
    (buffer, unsafe { File::from_raw_fd(fd) })
}

/// Gives the command's process this descriptor as its number 3.
#[allow(unsafe_code)]
pub fn inherit_as_3(command: &mut Command, fd: RawFd) {
    // SAFETY: dup2 and fcntl are async-signal-safe.
    unsafe {
        command.pre_exec(move || {
            if fd == 3 {
                libc::fcntl(3, libc::F_SETFD, 0);
            } else {
                libc::dup2(fd, 3);
            }
            Ok(())
        });
    }
}
