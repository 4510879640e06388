//! Changes of the ids that a process has: all of them, or towards file systems alone (setfsuid(2)).

use nix::unistd::{Gid, Uid, getegid, geteuid, setfsgid, setfsuid, setresgid, setresuid};

use super::prctl;

/// Takes the ids of the root of this user namespace: a process that has joined it has those of an outsider.
pub fn become_root() -> nix::Result<()> {
    let (uid, gid) = (Uid::from_raw(0), Gid::from_raw(0));
    setresgid(gid, gid, gid)?;
    setresuid(uid, uid, uid)
}

/// Other ids for this process's file system calls, with all its rights, until dropped. The caller has one thread.
#[derive(Debug)]
pub struct FileIds(());

impl FileIds {
    pub fn take(uid: u32, gid: u32) -> nix::Result<Self> {
        let permitted = prctl::permitted_capabilities()?;
        let ids = Self(());
        setfsgid(Gid::from_raw(gid));
        setfsuid(Uid::from_raw(uid));
        // The change took those that concern files away.
        prctl::Capabilities::new(permitted, permitted, 0).set()?;
        Ok(ids)
    }
}

impl Drop for FileIds {
    fn drop(&mut self) {
        setfsuid(geteuid());
        setfsgid(getegid());
    }
}
