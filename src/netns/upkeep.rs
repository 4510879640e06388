//! Keeping the rules in force while containers run: of all monitors of this root one leads, which listens to the kernel's notices, puts back
//! what was lost, and holds connections meanwhile. The others wait for its end, and one of them takes over; nobody but the leader is woken
//! by what happens to rules.

use std::fs::File;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::Path;

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};

use super::store::NetworkStore;
use super::{bridge, nft};
use crate::error::{Context, Result};
use crate::sys::netlink::drain;
use crate::sys::pidfd;

#[derive(Debug)]
pub struct Upkeep {
    store: NetworkStore,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Leads {
        _claim: File,
        notices: OwnedFd,
        _held: Option<OwnedFd>,
    },
    /// For the end of the leader.
    Waits(OwnedFd),
}

impl Upkeep {
    /// Leads if nobody does; what was lost before is put back then.
    pub fn begin(store: &NetworkStore) -> Result<Self> {
        let place = loop {
            match claim(&store.upkeep()?)? {
                Claim::Mine(claim) => break lead(store, claim)?,
                Claim::Of(leader) => break Place::Waits(leader),
                Claim::Changing => {}
            }
        };
        Ok(Self { store: store.clone(), place })
    }

    pub fn leads(&self) -> bool {
        matches!(self.place, Place::Leads { .. })
    }

    /// Can be read when there is something to do.
    pub fn events(&self) -> BorrowedFd<'_> {
        match &self.place {
            Place::Leads { notices, .. } => notices.as_fd(),
            Place::Waits(leader) => leader.as_fd(),
        }
    }

    /// Does it. Afterwards [`Self::events`] may be another descriptor.
    pub fn turn(&mut self) -> Result<()> {
        match &self.place {
            Place::Leads { notices, .. } => {
                drain(notices.as_fd());
                let store = &self.store;
                store.inside(|| bridge::keep_up(store))
            }
            Place::Waits(_) => {
                *self = Self::begin(&self.store)?;
                Ok(())
            }
        }
    }
}

fn lead(store: &NetworkStore, claim: File) -> Result<Place> {
    let steps = || {
        // In this order nothing is missed.
        let held = nft::hold()?;
        let notices = nft::notices()?;
        bridge::catch_up(store)?;
        Ok([Some(notices), held].into_iter().flatten().collect())
    };
    let mut fds = store.inside_for(steps)?.into_iter();
    let notices = fds.next().context("the networks' namespace is gone")?;
    Ok(Place::Leads { _claim: claim, notices, _held: fds.next() })
}

enum Claim {
    Mine(File),
    /// Its process.
    Of(OwnedFd),
    /// Who has it is ending.
    Changing,
}

/// By a lock of POSIX's kind, not flock(2): that tells who has it. It is lost when this process closes the file anywhere.
fn claim(path: &Path) -> Result<Claim> {
    let file = File::options().create(true).truncate(false).write(true).open(path);
    let file = file.with_context(|| format!("opening {}", path.display()))?;
    let mut lock = libc::flock {
        l_type: libc::F_WRLCK as i16,
        l_whence: libc::SEEK_SET as i16,
        l_start: 0,
        l_len: 0,
        l_pid: 0,
    };
    match fcntl(&file, FcntlArg::F_SETLK(&lock)) {
        Ok(_) => return Ok(Claim::Mine(file)),
        Err(Errno::EAGAIN | Errno::EACCES) => {}
        Err(errno) => return Err(errno).with_context(|| format!("locking {}", path.display())),
    }
    let mut holder = || {
        lock.l_type = libc::F_WRLCK as i16;
        fcntl(&file, FcntlArg::F_GETLK(&mut lock)).context("asking who keeps the rules")?;
        Ok((lock.l_type != libc::F_UNLCK as i16).then_some(lock.l_pid)) as Result<_>
    };
    let Some(pid) = holder()? else { return Ok(Claim::Changing) };
    let process = pidfd::open(pid).context("following the process that keeps the rules")?;
    // If it still has the lock, the descriptor isn't of another process that got its number.
    let same = holder()? == Some(pid);
    Ok(process.filter(|_| same).map_or(Claim::Changing, Claim::Of))
}
