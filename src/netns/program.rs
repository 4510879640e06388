//! Networks that another program makes for one container (`--network pasta`, `--network slirp4netns`), with podman's options.
//!
//! What is run follows from the request alone. The program is the child of a process that does nothing but wait: for its end, and for
//! that of the monitor, after which it is killed. It can't be tied to the monitor directly, as the kernel unties whoever changes its rights.

use std::fs::File;
use std::io::{Read, Write};
use std::net::IpAddr;
use std::os::fd::{AsFd, AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use ipnet::Ipv4Net;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::mount::{MsFlags, mount};
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::{Pid, mkfifo, pipe2};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::endpoint::Record;
use super::ports::{Binding, Protocol, Published};
use super::reserve;
use crate::error::{Context, Kind, Result};
use crate::state::file;
use crate::sys::clone::{self, Cloned, Parent};
use crate::sys::{fd, pidfd};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Program {
    Pasta,
    Slirp4netns,
}

/// A program and the options that it was asked with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramNetwork {
    pub program: Program,
    pub options: Vec<String>,
}

impl Program {
    pub fn name(self) -> &'static str {
        match self {
            Self::Pasta => "pasta",
            Self::Slirp4netns => "slirp4netns",
        }
    }

    fn package(self) -> &'static str {
        match self {
            Self::Pasta => "passt",
            Self::Slirp4netns => "slirp4netns",
        }
    }
}

impl std::fmt::Display for ProgramNetwork {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.program.name())?;
        if self.options.is_empty() { Ok(()) } else { write!(f, ":{}", self.options.join(",")) }
    }
}

/// What slirp4netns was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Slirp {
    cidr: Ipv4Net,
    arguments: Vec<String>,
}

impl Slirp {
    fn new(options: &[String]) -> Result<Self> {
        let (mut cidr, mut mtu, mut ipv6, mut loopback) =
            ("10.0.2.0/24".parse::<Ipv4Net>().expect("a subnet"), 65520u32, true, false);
        let mut arguments = Vec::new();
        for option in options {
            let (key, value) = option.split_once('=').unwrap_or((option, ""));
            let invalid = || Kind::Invalid.error(format!("slirp4netns: invalid value in option {option:?}"));
            let truth = || value.parse::<bool>().map_err(|_| invalid());
            match key {
                "cidr" => cidr = value.parse().map_err(|_| invalid())?,
                "mtu" => mtu = value.parse().map_err(|_| invalid())?,
                "enable_ipv6" => ipv6 = truth()?,
                "allow_host_loopback" => loopback = truth()?,
                "outbound_addr" | "outbound_addr6" if !value.is_empty() => {
                    arguments.push(format!("--{}={value}", key.replace('_', "-")));
                }
                "port_handler" if value == "slirp4netns" => {}
                "port_handler" => {
                    return Kind::Unsupported.err(format!(
                        "slirp4netns: port_handler={value} is not supported: use port_handler=slirp4netns"
                    ));
                }
                _ => {
                    return Kind::Invalid.err(format!(
                        "slirp4netns: unknown option {key:?} (known: allow_host_loopback, cidr, enable_ipv6, mtu, outbound_addr, outbound_addr6, port_handler)"
                    ));
                }
            }
        }
        if cidr.prefix_len() > 25 {
            // Its own addresses are the second to the fourth, the container's is the hundredth.
            return Kind::Invalid
                .err(format!("slirp4netns: cidr={cidr} is too small: want a prefix of 25 or less"));
        }
        arguments.extend([format!("--mtu={mtu}"), format!("--cidr={cidr}")]);
        arguments.push("--enable-seccomp".into());
        arguments.extend(ipv6.then(|| "--enable-ipv6".into()));
        arguments.extend((!loopback).then(|| "--disable-host-loopback".into()));
        Ok(Self { cidr, arguments })
    }

    fn address(&self, number: u32) -> IpAddr {
        std::net::Ipv4Addr::from_bits(self.cidr.network().to_bits() + number).into()
    }
}

/// The arguments of pasta: its own, which are passed on as they are, and for what they leave open podman's.
fn pasta(options: &[String], bindings: &[Binding]) -> Result<Vec<String>> {
    let mut arguments: Vec<String> =
        options.iter().filter(|o| *o != "--map-gw").cloned().chain(["--config-net".into()]).collect();
    for binding in bindings {
        let flag = match binding.protocol {
            Protocol::Tcp => "-t",
            Protocol::Udp => "-u",
            Protocol::Sctp => return Kind::Unsupported.err("pasta can't publish ports of SCTP"),
        };
        let at = binding.host_ip.map(|ip| format!("{ip}/")).unwrap_or_default();
        arguments.extend([flag.into(), format!("{at}{}:{}", binding.host_port, binding.container_port)]);
    }
    let has = |names: [&str; 2], list: &[String]| list.iter().any(|a| names.contains(&a.as_str()));
    for names in [["-t", "--tcp-ports"], ["-u", "--udp-ports"], ["-T", "--tcp-ns"], ["-U", "--udp-ns"]] {
        if !has(names, &arguments) {
            arguments.extend([names[0].into(), "none".into()]);
        }
    }
    if !options.iter().any(|o| o == "--map-gw" || o == "--no-map-gw") {
        arguments.push("--no-map-gw".into());
    }
    Ok(arguments)
}

impl ProgramNetwork {
    /// `text` is what follows the program's name and a colon.
    pub fn parse(program: Program, text: Option<&str>) -> Result<Self> {
        let options: Vec<String> =
            text.into_iter().flat_map(|t| t.split(',')).filter(|o| !o.is_empty()).map(Into::into).collect();
        if program == Program::Slirp4netns {
            Slirp::new(&options)?;
        }
        Ok(Self { program, options })
    }

    /// A name server that the program makes.
    pub fn names_address(&self) -> Option<IpAddr> {
        match self.program {
            Program::Pasta => None,
            Program::Slirp4netns => Slirp::new(&self.options).ok().map(|slirp| slirp.address(3)),
        }
    }

    /// Finds the ports, and writes them down in the container's run-time directory. They are taken by the program a moment later.
    pub fn reserve(&self, published: &[Published], run: &Path) -> Result<Vec<Binding>> {
        let containers = run.parent().context("the directory of containers")?;
        let mut bindings: Vec<Binding> = Vec::new();
        // Kept until all are found: no port is to be had twice.
        let mut sockets = Vec::new();
        for port in published {
            let reserved = reserve::port(port, None, containers, false)?;
            bindings.push(reserved.binding);
            sockets.extend(reserved.sockets);
        }
        let record = Record { bindings, proxied: true, ..Record::default() };
        record.write(run)?;
        Ok(record.bindings)
    }

    /// Starts the program for the container whose first process is `pid`, and waits until the network is there. `user`: the container has a
    /// user namespace. The caller has one thread.
    pub fn start(&self, pid: i32, user: bool, bindings: &[Binding], run: &Path) -> Result<Working> {
        if self.program == Program::Pasta && nix::unistd::geteuid().is_root() {
            return Kind::Unsupported
                .err("pasta networking is for ordinary users: root has --network bridge, host and none");
        }
        let network = format!("/proc/{pid}/ns/net");
        let user = user.then(|| format!("/proc/{pid}/ns/user"));
        let mut command = Command::new(self.program.name());
        let ready = match self.program {
            Program::Pasta => {
                // It has no other way to tell that it is ready than to write its number into a file.
                let fifo = run.join("pasta.fifo");
                file::remove_file(&fifo)?;
                mkfifo(&fifo, Mode::S_IRUSR | Mode::S_IWUSR).context("making a named pipe for pasta")?;
                let flags = OFlag::O_RDONLY | OFlag::O_NONBLOCK | OFlag::O_CLOEXEC;
                let ready = nix::fcntl::open(&fifo, flags, Mode::empty()).context("opening a named pipe")?;
                command.args(pasta(&self.options, bindings)?).args(["--foreground", "--pid"]).arg(&fifo);
                match &user {
                    Some(user) => command.args(["--userns", user]),
                    None => command.arg("--netns-only"),
                };
                command.args(["--netns", &network]);
                (ready, None)
            }
            Program::Slirp4netns => {
                let slirp = Slirp::new(&self.options)?;
                let (read, write) = pipe2(OFlag::O_CLOEXEC).context("making a pipe")?;
                command.arg("--configure").args(&slirp.arguments).args(["--netns-type", "path"]);
                if user.is_none() {
                    // In a container's user namespace its sandbox can't set the group.
                    command.arg("--enable-sandbox");
                }
                command.arg(format!("--ready-fd={}", write.as_raw_fd()));
                command.arg("--api-socket").arg(api_socket(run));
                command
                    .args(user.iter().map(|user| format!("--userns-path={user}")))
                    .args([&network, "tap0"]);
                file::remove_file(&api_socket(run))?;
                (read, Some(write))
            }
        };
        let working = self.supervise(command, ready, run)?;
        if self.program == Program::Slirp4netns {
            let address = Slirp::new(&self.options)?.address(100);
            bindings.iter().try_for_each(|binding| forward(&api_socket(run), binding, address))?;
        }
        Ok(working)
    }

    /// `ready`: can be read when the program is ready, and what the program has to inherit for that.
    fn supervise(
        &self,
        mut command: Command,
        ready: (OwnedFd, Option<OwnedFd>),
        run: &Path,
    ) -> Result<Working> {
        let (ready, inherited) = ready;
        let (stopped, stop) = pipe2(OFlag::O_CLOEXEC).context("making a pipe")?;
        let log = run.join("network.log");
        let output = File::create(&log).with_context(|| format!("making {}", log.display()))?;
        let copy = || output.try_clone().context("duplicating a descriptor");
        let errors = copy()?;
        command.stdin(Stdio::null()).stdout(copy()?).stderr(copy()?);
        let mut kept_log = errors;
        let process = clone::fork_into(CloneFlags::empty(), None, Parent::This, move || {
            watch_over(command, &stopped, inherited, &mut kept_log)
        })
        .with_context(|| format!("starting {}", self.program.name()))?;
        let working = Working { stop: Some(stop), process };
        let mut fds = [
            PollFd::new(ready.as_fd(), PollFlags::POLLIN),
            PollFd::new(working.process.pidfd.as_fd(), PollFlags::POLLIN),
        ];
        while let Err(Errno::EINTR) = poll(&mut fds, PollTimeout::NONE) {}
        if fds[0].revents().is_some_and(|events| events.contains(PollFlags::POLLIN)) {
            return Ok(working);
        }
        drop(working);
        Err(self.failure(&std::fs::read_to_string(&log).unwrap_or_default()))
    }

    /// What the program complained of.
    fn failure(&self, log: &str) -> crate::error::Error {
        let name = self.program.name();
        if log.trim() == NOT_FOUND {
            return Kind::Unsupported.error(format!(
                "{name} is not installed: --network {name} needs it (Debian package {})",
                self.program.package()
            ));
        }
        let told = |line: &&str| !line.trim().is_empty() && !line.starts_with("Failed to send ");
        let last = log.lines().rev().find(told).unwrap_or("it ended without a word");
        Kind::Unavailable.error(format!("{name} could not make the network: {}", last.trim()))
    }
}

const NOT_FOUND: &str = "no such program";

/// The life of the process between: its exit code. It has no other descriptors of the monitor's than those that it needs: what is held
/// open there, locks among it, has to end with the monitor.
fn watch_over(mut command: Command, stopped: &OwnedFd, inherited: Option<OwnedFd>, log: &mut File) -> i32 {
    if let Some(inherited) = inherited {
        fd::inherit(&mut command, inherited);
    }
    // slirp4netns leaves the root file system for its sandbox by unmounting it. Done by root, that would reach the host's own mounts
    // wherever they are shared, those of network namespaces in /run/netns first of all.
    if nix::unistd::geteuid().is_root()
        && let Err(errno) = private_mounts()
    {
        let _ = log.write_all(format!("a mount namespace of its own: {}", errno.desc()).as_bytes());
        return 1;
    }
    let spawned = command.spawn();
    // What it owns is closed with all else.
    std::mem::forget(command);
    let kept = [stopped.as_fd(), log.as_fd()];
    if fd::close_all_in_child(3, &kept).is_err() {
        return 1;
    }
    let child = match spawned {
        Ok(child) => child,
        Err(error) => {
            let missing = error.kind() == std::io::ErrorKind::NotFound;
            let text = if missing { NOT_FOUND.into() } else { error.to_string() };
            // Where the program itself would have complained.
            let _ = log.write_all(text.as_bytes());
            return 1;
        }
    };
    let pid = Pid::from_raw(child.id() as i32);
    let Ok(Some(process)) = pidfd::open(pid.as_raw()) else { return 1 };
    let mut fds =
        [PollFd::new(stopped.as_fd(), PollFlags::POLLIN), PollFd::new(process.as_fd(), PollFlags::POLLIN)];
    while let Err(Errno::EINTR) = poll(&mut fds, PollTimeout::NONE) {}
    let _ = pidfd::send_signal(process.as_fd(), libc::SIGKILL);
    let _ = waitpid(pid, None);
    0
}

fn private_mounts() -> nix::Result<()> {
    unshare(CloneFlags::CLONE_NEWNS)?;
    let none = None::<&str>;
    mount(none, "/", none, MsFlags::MS_REC | MsFlags::MS_PRIVATE, none)
}

/// A program at work; it ends with this, or with this process.
#[derive(Debug)]
pub struct Working {
    stop: Option<OwnedFd>,
    process: Cloned,
}

impl Drop for Working {
    fn drop(&mut self) {
        self.stop = None;
        // At once: its ports may be wanted again.
        let _ = waitpid(Pid::from_raw(self.process.pid), None);
    }
}

fn api_socket(run: &Path) -> PathBuf {
    run.join("slirp.sock")
}

/// Has slirp4netns publish a port.
fn forward(socket: &Path, binding: &Binding, guest: IpAddr) -> Result<()> {
    let name = binding.host();
    let telling = || format!("publishing {name} by slirp4netns");
    let proto = match binding.protocol {
        Protocol::Sctp => return Kind::Unsupported.err("slirp4netns can't publish ports of SCTP"),
        other => other.name(),
    };
    let host = binding.host_ip.map_or_else(|| "0.0.0.0".into(), |ip| ip.to_string());
    let request = json!({"execute": "add_hostfwd", "arguments": {
        "proto": proto, "host_addr": host, "host_port": binding.host_port,
        "guest_addr": guest.to_string(), "guest_port": binding.container_port,
    }});
    let stream = crate::sys::socket::connect_stream(socket).with_context(telling)?;
    let mut stream = UnixStream::from(stream);
    stream.write_all(request.to_string().as_bytes()).with_context(telling)?;
    stream.shutdown(std::net::Shutdown::Write).with_context(telling)?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).with_context(telling)?;
    let answer: Value = serde_json::from_str(&answer).with_context(telling)?;
    match answer.get("error") {
        None => Ok(()),
        Some(error) => Kind::Conflict.err(format!(
            "{}: {}",
            telling(),
            error.get("desc").and_then(Value::as_str).unwrap_or("it refused")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split_whitespace().map(Into::into).collect()
    }

    #[test]
    fn pasta_gets_what_was_asked_and_podmans_defaults() {
        let binding = Binding {
            host_ip: Some("127.0.0.1".parse().unwrap()),
            host_port: 8080,
            container_port: 80,
            protocol: Protocol::Tcp,
        };
        let all = pasta(&words("--mtu 1500"), std::slice::from_ref(&binding)).unwrap();
        assert_eq!(
            all.join(" "),
            "--mtu 1500 --config-net -t 127.0.0.1/8080:80 -u none -T none -U none --no-map-gw"
        );
        let all = pasta(&words("--map-gw -t auto -U auto"), &[]).unwrap();
        assert_eq!(all.join(" "), "-t auto -U auto --config-net -u none -T none");
        assert!(pasta(&[], &[Binding { protocol: Protocol::Sctp, ..binding }]).is_err());
    }

    #[test]
    fn options_of_slirp4netns_are_known_or_refused() {
        let network =
            ProgramNetwork::parse(Program::Slirp4netns, Some("cidr=10.7.0.0/24,mtu=1400,enable_ipv6=false"));
        let network = network.unwrap();
        assert_eq!(network.names_address(), Some("10.7.0.3".parse().unwrap()));
        let slirp = Slirp::new(&network.options).unwrap();
        assert_eq!(slirp.address(100).to_string(), "10.7.0.100");
        assert!(!slirp.arguments.contains(&"--enable-ipv6".to_string()));
        assert!(slirp.arguments.contains(&"--disable-host-loopback".to_string()));
        for bad in [
            "cidr=x",
            "mtu=many",
            "enable_ipv6=1",
            "colour=red",
            "port_handler=rootlesskit",
            "cidr=10.0.0.0/30",
            "outbound_addr=",
        ] {
            assert!(ProgramNetwork::parse(Program::Slirp4netns, Some(bad)).is_err(), "{bad}");
        }
        assert_eq!(network.to_string(), "slirp4netns:cidr=10.7.0.0/24,mtu=1400,enable_ipv6=false");
    }

    #[test]
    fn a_program_that_fails_is_quoted() {
        let network = ProgramNetwork::parse(Program::Pasta, None).unwrap();
        let told = |log: &str| crate::error::one_line(&network.failure(log));
        assert!(told(NOT_FOUND).contains("Debian package passt"));
        let log = "Couldn't open network namespace\nFailed to send 3 bytes to syslog\n\n";
        assert!(told(log).ends_with("Couldn't open network namespace"), "{}", told(log));
        assert!(told("").ends_with("it ended without a word"));
    }
}
