//! The private network namespace of an ordinary user, who may not touch the host's: his bridges and rules are in a namespace of his own, in
//! a user namespace of his own, and the user namespaces of his containers are within that one, which gives it rights over theirs.
//!
//! A process of the role `network` keeps it and leads in and out of it (`usermode`). Each container's monitor has a connection to that process
//! as long as the container runs; when the last one is gone the process ends. It is found by the socket `private/socket` below
//! the run-time root.

mod keeper;
mod steps;
mod survivors;

use std::fs::File;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::PathBuf;

use nix::errno::Errno;
use nix::sched::{CloneFlags, setns};
use nix::sys::socket::MsgFlags;
use nix::sys::wait::waitpid;
use nix::unistd::Pid;

use super::ports::Protocol;
use super::usermode::forward::Publisher;
use super::usermode::{Settings, tun};
use crate::error::{self, Context, Error, Kind, Result};
use crate::state::{Lock, Roots, file};
use crate::sys::clone::{self, Parent};
use crate::sys::credentials::become_root;
use crate::sys::{fd, socket};
pub use keeper::role;
pub use steps::{STEPS, role as steps_role};
pub(super) use steps::{Step, has_threads};

const SOCKET: &str = "socket";

/// The address by which a container of an ordinary user reaches the host, if it may.
pub fn host_address() -> IpAddr {
    Settings::default().ipv4.host.into()
}

/// Where a container of an ordinary user finds a name server, whatever the host's is.
pub fn names_address() -> IpAddr {
    Settings::default().ipv4.names.into()
}

/// Why this host can't have networks of ordinary users.
pub fn lack() -> Option<Error> {
    tun::check().err()
}

/// Where the private namespace is found.
#[derive(Debug, Clone)]
pub struct Keeping {
    dir: PathBuf,
    /// The run-time directories of containers.
    containers: PathBuf,
    roots: Roots,
}

/// The private namespace, kept while this lives.
#[derive(Debug)]
pub struct Private {
    publisher: Publisher,
    pub namespaces: Namespaces,
}

#[derive(Debug)]
pub struct Namespaces {
    pub user: OwnedFd,
    pub network: OwnedFd,
}

impl Keeping {
    pub fn at(roots: &Roots) -> Self {
        Self { dir: roots.runroot.join("private"), containers: roots.run_containers(), roots: roots.clone() }
    }

    /// The namespace, if there is one.
    pub fn find(&self) -> Result<Option<Private>> {
        let Ok(dir) = File::open(&self.dir) else { return Ok(None) };
        let socket = match socket::connect(dir.as_fd(), SOCKET) {
            Ok(socket) => socket,
            Err(Errno::ENOENT | Errno::ECONNREFUSED) => return Ok(None),
            Err(errno) => return Err(errno).context("connecting to the process of this user's networks"),
        };
        let publisher = Publisher::new(socket);
        // One that is about to end doesn't answer.
        let Some((user, network)) = publisher.namespaces()? else { return Ok(None) };
        Ok(Some(Private { publisher, namespaces: Namespaces { user, network } }))
    }

    /// The namespace, made if there is none. `kept`: those of a process that was killed; `user`: makes a user namespace.
    pub fn enter(
        &self,
        kept: Option<&Namespaces>,
        user: impl FnOnce() -> Result<OwnedFd>,
    ) -> Result<Private> {
        if let Some(private) = self.find()? {
            return Ok(private);
        }
        file::make_dirs(&self.dir, 0o700)?;
        let _lock = Lock::exclusive(&self.dir.join("lock"))?;
        if let Some(private) = self.find()? {
            return Ok(private);
        }
        let found = if kept.is_none() { survivors::namespaces(&self.containers) } else { None };
        match kept.or(found.as_ref()) {
            Some(kept) => keeper::start(&self.dir, kept.user.as_fd(), Some(kept.network.as_fd()))?,
            None => keeper::start(&self.dir, user()?.as_fd(), None)?,
        }
        self.find()?.context("the process of this user's networks ended as soon as it had started")
    }
}

impl Private {
    /// Leads who connects to a listener of the host to one of the targets in the network namespace `there`, as long as this lives; the
    /// number to withdraw it by.
    pub fn publish(
        &self,
        (there, listener): (BorrowedFd<'_>, BorrowedFd<'_>),
        protocol: Protocol,
        targets: &[SocketAddr],
    ) -> Result<u64> {
        self.publisher.publish((there, listener), protocol, targets)
    }

    /// Nobody accepts from the listener any more when this returns.
    pub fn withdraw(&self, number: u64) -> Result<()> {
        self.publisher.withdraw(number)
    }

    /// Can be read when the process that keeps the namespace has ended.
    pub fn end(&self) -> BorrowedFd<'_> {
        self.publisher.as_fd()
    }

    /// Runs the steps in a process inside; the descriptors that they answer. The caller has one thread.
    pub fn run(&self, steps: impl FnOnce() -> Result<Vec<OwnedFd>>) -> Result<Vec<OwnedFd>> {
        let (ours, theirs) = socket::pair().context("making a socket pair")?;
        let child = clone::fork_into(CloneFlags::empty(), None, Parent::This, || {
            fd::close_in_child(ours.as_fd());
            let done = self.namespaces.join().and_then(|()| steps());
            // Nobody is left to be told if this fails.
            let _ = tell(theirs.as_fd(), &done);
            0
        })
        .context("starting a process in this user's network namespace")?;
        drop(theirs);
        let told = hear(ours.as_fd());
        waitpid(Pid::from_raw(child.pid), None).context("waiting for a process")?;
        told
    }
}

impl Namespaces {
    /// As root of the user namespace, whom the user is there.
    fn join(&self) -> Result<()> {
        let joining = "entering this user's network namespace";
        setns(&self.user, CloneFlags::CLONE_NEWUSER).context(joining)?;
        become_root().context(joining)?;
        setns(&self.network, CloneFlags::CLONE_NEWNET).context(joining)
    }
}

/// The kinds of failure that are told to another process.
const KINDS: &[(u8, Kind)] = &[
    (b'n', Kind::NotFound),
    (b'c', Kind::Conflict),
    (b'i', Kind::Invalid),
    (b'f', Kind::Forbidden),
    (b'u', Kind::Unsupported),
    (b'a', Kind::Unavailable),
];
const DONE: u8 = b'D';
const OTHER: u8 = b'o';

fn tell(socket: BorrowedFd<'_>, done: &Result<Vec<OwnedFd>>) -> nix::Result<()> {
    match done {
        Ok(fds) => {
            let fds: Vec<_> = fds.iter().map(AsFd::as_fd).collect();
            socket::send(socket, &[DONE], &fds)
        }
        Err(error) => {
            let kind = KINDS.iter().find(|(_, kind)| error::is(error, *kind)).map_or(OTHER, |(tag, _)| *tag);
            let mut text = error::one_line(error);
            text.truncate(text.floor_char_boundary(socket::MAX_MESSAGE - 1));
            socket::send(socket, &[&[kind], text.as_bytes()].concat(), &[])
        }
    }
}

fn hear(socket: BorrowedFd<'_>) -> Result<Vec<OwnedFd>> {
    let (message, fds) = socket::receive(socket, MsgFlags::empty()).context("hearing a process")?;
    match message.split_first() {
        None => Kind::Unavailable.err("a process in this user's network namespace died"),
        Some((&DONE, _)) => Ok(fds),
        Some((tag, text)) => {
            let text = String::from_utf8_lossy(text).into_owned();
            let kind = KINDS.iter().find(|(t, _)| t == tag);
            Err(kind.map_or_else(|| Error::msg(text.clone()), |(_, kind)| kind.error(&text)))
        }
    }
}
