//! Waiting for monitors that have ended. They are children of who starts them: most commands end long before, but a server of the API would
//! keep what is left of each of them (a zombie) until its own end.

use std::collections::HashMap;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::{Mutex, OnceLock, PoisonError};

use nix::errno::Errno;
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use nix::sys::wait::{Id, WaitPidFlag, waitid};

use crate::error::{Context, Result};
use crate::sys::clone::Cloned;

/// What the thread needs, which has only to wait.
const STACK: usize = 64 << 10;

#[derive(Debug)]
struct Children {
    epoll: Epoll,
    /// By their pids.
    running: Mutex<HashMap<u64, OwnedFd>>,
}

static CHILDREN: OnceLock<Children> = OnceLock::new();

/// From now on the monitors that this process starts are waited for, by a thread of their own.
pub fn wait_for_all() -> Result<()> {
    let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC).context("making an epoll descriptor")?;
    if CHILDREN.set(Children { epoll, running: Mutex::default() }).is_err() {
        return Ok(());
    }
    let thread = std::thread::Builder::new().name("children".into()).stack_size(STACK);
    thread.spawn(|| CHILDREN.get().into_iter().for_each(Children::wait)).context("starting a thread")?;
    Ok(())
}

/// A monitor was started.
pub(super) fn add(child: Cloned) {
    let Some(children) = CHILDREN.get() else { return };
    let key = child.pid as u64;
    let mut running = children.running.lock().unwrap_or_else(PoisonError::into_inner);
    // Without room for it in the kernel it is waited for at this process's end.
    if children.epoll.add(child.pidfd.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, key)).is_ok() {
        running.insert(key, child.pidfd);
    }
}

impl Children {
    fn wait(&self) {
        let mut events = [EpollEvent::empty(); 16];
        loop {
            let count = match self.epoll.wait(&mut events, EpollTimeout::NONE) {
                Ok(count) => count,
                Err(Errno::EINTR) => continue,
                Err(_) => return,
            };
            for event in &events[..count] {
                let ended = self.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&event.data());
                if let Some(fd) = ended {
                    let _ = waitid(Id::PIDFd(fd.as_fd()), WaitPidFlag::WEXITED | WaitPidFlag::__WALL);
                }
            }
        }
    }
}
