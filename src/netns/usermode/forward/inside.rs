//! The network namespace of a container, in which connections under clients' addresses are made: over its own loopback interface, which is the
//! shortest way there is. These addresses are not there, either; what is sent to them comes back because it has the mark of what it answers.
//! (The gateway's address may have routes of its own there, which come before that. Under it, connections come from the gateway.)

use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::rc::Rc;

use nix::sched::{CloneFlags, setns};

use super::super::super::link;
use super::{MARK, TABLE};
use crate::error::{Context, Result};
use crate::sys::netlink::{Connection, Family};
use crate::sys::{inet, net};

/// What has the kernel give sockets and refusals the mark of what they answer, and what lets a client use a port again soon.
const PARAMETERS: [(&str, bool); 4] = [
    ("ipv4/tcp_fwmark_accept", true),
    ("ipv4/fwmark_reflect", false),
    ("ipv6/fwmark_reflect", false),
    ("ipv4/tcp_tw_reuse", false),
];

/// In bytes, of what a container has sent and its client has not taken. The way is short: more would not be faster (the kernel's own limit, which
/// grows up to 32 MiB, costs a tenth of what goes through, for all of it has left the processor's caches when it is passed on).
const RECEIVED: usize = 104 * 1024;

#[derive(Debug)]
pub struct Inside {
    there: OwnedFd,
    home: Rc<OwnedFd>,
}

impl Inside {
    /// Prepares the namespace `there` for it. `home` is the one that this thread is in.
    pub fn prepare(there: OwnedFd, home: Rc<OwnedFd>) -> Result<Self> {
        let inside = Self { there, home };
        inside.run(lead_back).context("entering the container's network namespace")??;
        Ok(inside)
    }

    /// A connection, or one that is going to be, from an address that is not there.
    pub fn connect(&self, from: SocketAddr, target: SocketAddr) -> nix::Result<OwnedFd> {
        self.run(|| {
            let socket = inet::stream(target.is_ipv4())?;
            inet::mark(socket.as_fd(), MARK)?;
            inet::receive_at_most(socket.as_fd(), RECEIVED)?;
            inet::assume(socket.as_fd(), from)?;
            inet::connect(socket.as_fd(), target).map(|()| socket)
        })?
    }

    fn run<T>(&self, steps: impl FnOnce() -> T) -> nix::Result<T> {
        setns(&self.there, CloneFlags::CLONE_NEWNET)?;
        let done = steps();
        // There is no going on elsewhere: what is made here next would be the container's.
        setns(&*self.home, CloneFlags::CLONE_NEWNET).expect("this process's own network namespace");
        Ok(done)
    }
}

fn lead_back() -> Result<()> {
    // The container's first process may not have come to it yet, and there is no way over an interface that is down.
    net::socket()
        .and_then(|socket| net::loopback_up(&socket))
        .context("bringing the loopback interface up")?;
    for (name, needed) in PARAMETERS {
        match net::set_parameter(name, "1") {
            Err(error) if needed => {
                return Err(error).context(format!("setting net.{}", name.replace('/', ".")));
            }
            Err(error) => log::debug!("setting net.{}: {error}", name.replace('/', ".")),
            Ok(()) => {}
        }
    }
    let kernel = Connection::open(Family::Route).context("asking the kernel for routes")?;
    link::deliver_marked(&kernel, MARK, TABLE).context("leading answers to clients back")
}
