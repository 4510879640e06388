//! A session of `dhow unshare`: processes of an ordinary user in a user namespace with his mapped ids, where he is root, and in a mount
//! namespace of their own. The commands of dhow that are given there work on the same roots as outside.

use std::path::Path;

use super::process::ProcessIdentity;
use crate::error::Result;

/// The variable that names the session's first process.
pub const LEADER: &str = "DHOW_UNSHARE_PID";

/// Whether this process is in a session.
pub fn is_inside() -> bool {
    std::env::var_os(LEADER).is_some() && !has_all_ids(Path::new("/proc/self/uid_map"))
}

/// The initial user namespace has no other ids than the machine (user_namespaces(7), "uid_map"); a variable can be set by anybody there.
fn has_all_ids(map: &Path) -> bool {
    let map = std::fs::read_to_string(map).unwrap_or_default();
    map.split_whitespace().eq(["0", "0", "4294967295"])
}

/// The first process of this process's session.
pub fn leader() -> Result<Option<ProcessIdentity>> {
    if !is_inside() {
        return Ok(None);
    }
    let pid = std::env::var(LEADER).ok().and_then(|text| text.parse().ok());
    pid.map(ProcessIdentity::of).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_of_everything_is_no_session() {
        let dir = tempfile::tempdir().unwrap();
        for (text, all) in
            [("         0          0 4294967295\n", true), ("0 1000 1\n1 100000 65536\n", false)]
        {
            let path = dir.path().join("map");
            super::super::file::write(&path, text.as_bytes(), super::super::file::Durability::Ephemeral)
                .unwrap();
            assert_eq!(has_all_ids(&path), all);
        }
        assert!(!is_inside() && leader().unwrap().is_none(), "nobody has set the variable");
    }
}
