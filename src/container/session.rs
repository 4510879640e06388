//! Which session of `dhow unshare` has a container's files mounted: from outside that can't be seen, and one upper directory can't be in two
//! overlays. The session's first process stands in the file `mounted` of the container's directory; with it the mount is gone.

use super::ContainerDir;
use crate::error::{Kind, Result};
use crate::state::file::{self, Durability};
use crate::state::process::ProcessIdentity;
use crate::state::session;

impl ContainerDir {
    fn session_file(&self) -> std::path::PathBuf {
        self.path.join("mounted")
    }

    /// Notes that this process's session is about to mount the container.
    pub fn note_session(&self) -> Result<()> {
        self.check_sessions()?;
        match session::leader()? {
            Some(leader) => file::write_json(&self.session_file(), &leader, Durability::Ephemeral),
            None => Ok(()),
        }
    }

    /// Notes that it has it no longer.
    pub fn forget_session(&self) -> Result<()> {
        if session::leader()?.is_some() { file::remove_file(&self.session_file()) } else { Ok(()) }
    }

    /// Refuses if another session than this process's has the container mounted.
    pub fn check_sessions(&self) -> Result<()> {
        let noted = match file::read_json_opt::<ProcessIdentity>(&self.session_file()) {
            // Not flushed: what a power loss has damaged is over.
            Err(e) if crate::error::is(&e, Kind::Corrupt) => None,
            other => other?,
        };
        match noted.filter(|leader| leader.is_alive()) {
            Some(leader) if session::leader()? != Some(leader) => Kind::Conflict.err(format!(
                "the files of container {} are mounted in a session of `dhow unshare` (process {}): unmount them there, or end it",
                self.id.short(),
                leader.pid
            )),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::container::ContainerStore;
    use crate::state::Roots;

    #[test]
    fn a_session_that_lives_keeps_others_away() {
        let base = tempfile::tempdir().unwrap();
        let roots = Roots { root: base.path().join("r"), runroot: base.path().join("s"), rootless: true };
        let dir = ContainerStore::new(&roots).begin(Durability::Ephemeral).unwrap().publish(&()).unwrap();
        dir.check_sessions().unwrap();
        let own = ProcessIdentity::of(std::process::id() as i32).unwrap();
        file::write_json(&dir.session_file(), &own, Durability::Ephemeral).unwrap();
        let refused = dir.check_sessions().unwrap_err();
        assert!(refused.to_string().contains(&format!("(process {})", own.pid)), "{refused}");
        let ended = ProcessIdentity { start_time: own.start_time + 1, ..own };
        file::write_json(&dir.session_file(), &ended, Durability::Ephemeral).unwrap();
        dir.check_sessions().unwrap();
    }
}
