//! The process that keeps a private namespace: one half of it inside, which accepts for published ports, one outside, which has the other end
//! of the device that leads out. If one ends so does the other.

use std::ffi::OsString;
use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::time::Duration;

use nix::fcntl::OFlag;
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::stat::Mode;
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use super::super::usermode::{Settings, forward, stack, tun};
use super::{SOCKET, hear, tell};
use crate::error::{Context, Kind, Result};
use crate::sys::clone::{self, ExecStrings, Parent};
use crate::sys::credentials::become_root;
use crate::sys::{fd, net, prctl, socket, start};

/// How long the namespace stays when the last container has gone: the next one often comes at once.
const LINGER: Duration = Duration::from_secs(5);
// Where the role finds its descriptors.
const LISTENER_FD: i32 = 3;
const REPORT_FD: i32 = 4;
const USER_FD: i32 = 5;
const NETWORK_FD: i32 = 6;

/// Starts the process, and waits until it answers at the socket in `dir`. The caller holds the lock there.
pub fn start(dir: &Path, user: BorrowedFd<'_>, network: Option<BorrowedFd<'_>>) -> Result<()> {
    let opened = File::open(dir).with_context(|| format!("opening {}", dir.display()))?;
    crate::state::file::remove_file(&dir.join(SOCKET))?;
    let listener = socket::listen(opened.as_fd(), SOCKET)
        .with_context(|| format!("listening at {}", dir.join(SOCKET).display()))?;
    let (ours, theirs) = socket::pair().context("making a socket pair")?;
    let binary = nix::fcntl::open("/proc/self/exe", OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty())
        .context("opening /proc/self/exe")?;
    let null = File::options().read(true).write(true).open("/dev/null").context("opening /dev/null")?;
    let null = null.as_fd();
    let mut fds = vec![
        (null, 0),
        (null, 1),
        (null, 2),
        (listener.as_fd(), LISTENER_FD),
        (theirs.as_fd(), REPORT_FD),
        (user, USER_FD),
    ];
    fds.extend(network.map(|network| (network, NETWORK_FD)));
    // The directory is for people who look at a list of processes.
    let which: &[u8] = if network.is_some() { b"kept" } else { b"new" };
    let args =
        ExecStrings::new([start::ROLE.as_bytes(), b"network", b"-", dir.as_os_str().as_bytes(), which])
            .context("the run-time directory has a NUL byte in its name")?;
    let env = ExecStrings::new::<&str>([]).expect("empty");
    // By a process between that ends at once: it is to be nobody's child who may have others to wait for.
    let between = clone::fork_into(CloneFlags::empty(), None, Parent::This, || {
        match clone::spawn_fd(binary.as_fd(), &args, &env, &fds) {
            Ok(_) => 0,
            Err(errno) => {
                let _ =
                    tell(theirs.as_fd(), &Err(errno).context("starting the process of this user's networks"));
                1
            }
        }
    })
    .context("starting the process of this user's networks")?;
    drop(theirs);
    let told = hear(ours.as_fd());
    waitpid(Pid::from_raw(between.pid), None).context("waiting for a process")?;
    told.map(drop).context("making this user's network namespace")
}

/// The role `network`.
pub fn role(args: &[OsString]) -> Result<u8> {
    let [_, which] = args else { return Kind::Invalid.err("the role network takes a directory and a word") };
    let report = fd::adopt(REPORT_FD).context("the starter's socket")?;
    let failed = keep(which == "kept", &report).err();
    if let Some(error) = failed {
        let _ = tell(report.as_fd(), &Err(error));
        return Ok(1);
    }
    Ok(0)
}

fn keep(kept: bool, report: &OwnedFd) -> Result<()> {
    prctl::set_name(c"dhow-network").context("naming the process")?;
    let listener = fd::adopt(LISTENER_FD).context("the listener")?;
    let user = fd::adopt(USER_FD).context("the user namespace")?;
    let network = if kept { Some(fd::adopt(NETWORK_FD).context("the network namespace")?) } else { None };
    let settings = Settings::default();
    let (ours, theirs) = socket::pair().context("making a socket pair")?;
    let half = clone::fork_into(CloneFlags::empty(), None, Parent::This, || {
        fd::close_in_child(ours.as_fd());
        match inside(&user, network.as_ref(), &settings) {
            Ok(tun) => {
                let told = tell(theirs.as_fd(), &Ok(vec![tun]));
                fd::close_in_child(report.as_fd());
                i32::from(told.is_err() || accept(listener, user, theirs.as_fd()).is_err())
            }
            Err(error) => {
                let _ = tell(theirs.as_fd(), &Err(error));
                1
            }
        }
    })
    .context("starting the other half")?;
    drop((theirs, network));
    let tun = hear(ours.as_fd())?.pop().context("the device was not handed over")?;
    let _ = tell(report.as_fd(), &Ok(Vec::new()));
    stack::serve(tun, &settings, half.pidfd.as_fd())
}

/// Accepts for published ports until the other half ends.
fn accept(listener: OwnedFd, user: OwnedFd, stop: BorrowedFd<'_>) -> Result<()> {
    let network = File::open("/proc/self/ns/net").context("opening this process's network namespace")?;
    forward::serve(listener, (user, network.into()), LINGER, stop)
}

/// Becomes the half inside; the device's other end.
fn inside(user: &OwnedFd, network: Option<&OwnedFd>, settings: &Settings) -> Result<OwnedFd> {
    setns(user, CloneFlags::CLONE_NEWUSER).context("entering this user's user namespace")?;
    become_root().context("entering this user's user namespace")?;
    // After the change of ids, which clears it.
    prctl::die_with_parent().context("tying one half to the other")?;
    match network {
        Some(network) => {
            setns(network, CloneFlags::CLONE_NEWNET).context("entering this user's network namespace")?;
        }
        None => unshare(CloneFlags::CLONE_NEWNET).context("making this user's network namespace")?,
    }
    if network.is_none() {
        // Nobody else is on the bridges: for two seconds their own addresses would be doubted, and what comes first be lost. Without IPv6
        // there is nothing to set.
        let _ = net::set_parameter("ipv6/conf/default/accept_dad", "0");
    }
    let tun = tun::open(settings)?;
    if network.is_none() {
        forward::prepare()?;
    } else {
        forward::take_over()?;
    }
    Ok(tun)
}
