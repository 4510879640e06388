//! Subordinate ids: /etc/subuid and /etc/subgid (subuid(5)), and the user database as far as they need it.

use std::path::Path;

use crate::error::Result;
use crate::state::file;

/// A range of subordinate ids on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubRange {
    pub start: u32,
    pub count: u32,
}

/// The ranges of this user in a subuid(5) file, in the file's order. A missing file means none.
pub fn ranges(path: &Path, uid: u32, name: Option<&str>) -> Result<Vec<SubRange>> {
    let text = file::read_opt(path)?.unwrap_or_default();
    Ok(parse(&String::from_utf8_lossy(&text), uid, name))
}

fn parse(text: &str, uid: u32, name: Option<&str>) -> Vec<SubRange> {
    let mine = |owner: &str| Some(owner) == name || owner.parse() == Ok(uid);
    let range = |line: &str| {
        let mut fields = line.trim().split(':');
        let owner = fields.next()?;
        let start: u32 = fields.next()?.parse().ok()?;
        let count: u32 = fields.next()?.parse().ok()?;
        let fits = count > 0 && start.checked_add(count).is_some();
        (mine(owner) && fits).then_some(SubRange { start, count })
    };
    text.lines().filter_map(range).collect()
}

/// The name of a user in /etc/passwd. Read here: getpwuid(3) of a static glibc loads shared libraries.
pub fn user_name(uid: u32) -> Option<String> {
    let passwd = std::fs::read("/etc/passwd").ok()?;
    let passwd = String::from_utf8_lossy(&passwd);
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then(|| name.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_lines_of_the_name_and_of_the_uid_and_drops_nonsense() {
        let text = "alice:100000:65536\nbob:200000:65536\n1000:300000:10\nalice:x:1\nalice:4294967295:2\nalice:1:0\n";
        let found = parse(text, 1000, Some("alice"));
        assert_eq!(
            found,
            [SubRange { start: 100_000, count: 65_536 }, SubRange { start: 300_000, count: 10 }]
        );
        assert!(parse(text, 7, None).is_empty());
    }
}
