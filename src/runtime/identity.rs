//! Who a container's process runs as, looked up in the container's own /etc/passwd and /etc/group (passwd(5), group(5)).
//!
//! The files belong to the container: they are read inside its root, up to a size, and nothing in them is trusted beyond numbers.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use nix::fcntl::OFlag;
use nix::sys::stat::Mode;
use serde::{Deserialize, Serialize};

use super::root::Root;
use crate::error::{Context, Kind, Result};

/// `USER[:GROUP]` as typed after `--user` or in an image, and names or numbers of further groups.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserSpec {
    pub user: String,
    pub groups: Vec<String>,
}

/// What the container's files say about a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub uid: u32,
    pub gid: u32,
    pub additional_gids: Vec<u32>,
    pub home: String,
}

/// Where it stands.
pub const FILES: [&str; 2] = ["/etc/passwd", "/etc/group"];

/// No user database is larger, in bytes; more is not read.
const MAX_FILE: u64 = 16 * 1024 * 1024;

impl UserSpec {
    /// Looks the user up inside the root.
    pub fn resolve(&self, root: &Root) -> Result<Identity> {
        let [passwd, group] = FILES;
        resolve(self, &read(root, passwd)?, &read(root, group)?)
    }
}

/// Where the user with this number is at home.
pub fn home_of(uid: u32, root: &Root) -> Result<String> {
    let passwd = read(root, "/etc/passwd")?;
    let found = users(&passwd).find(|u| u.uid == uid).map(|u| u.home).filter(|home| !home.is_empty());
    Ok(found.unwrap_or("/").to_string())
}

fn read(root: &Root, path: &str) -> Result<String> {
    let mut bytes = Vec::new();
    // O_NONBLOCK: a FIFO in its place must not make us wait.
    if let Ok(fd) = root.open(Path::new(path), OFlag::O_RDONLY | OFlag::O_NONBLOCK) {
        File::from(fd)
            .take(MAX_FILE)
            .read_to_end(&mut bytes)
            .with_context(|| format!("reading the container's {path}"))?;
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Adds lines to the container's /etc/passwd, of users that it doesn't know yet.
pub fn add_users(root: &Root, lines: &[String]) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let passwd = read(root, "/etc/passwd")?;
    let known = |line: &&String| users(&passwd).any(|u| Some(u.name) == line.split(':').next());
    let mut text = String::new();
    if !passwd.is_empty() && !passwd.ends_with('\n') {
        text.push('\n');
    }
    for line in lines.iter().filter(|l| !known(l)) {
        text.push_str(line);
        text.push('\n');
    }
    root.make_dirs(Path::new("/etc"), 0o755)?;
    let flags = OFlag::O_WRONLY | OFlag::O_APPEND | OFlag::O_CREAT | OFlag::O_NONBLOCK;
    let file = root
        .open_mode(Path::new("/etc/passwd"), flags, Mode::from_bits_truncate(0o644))
        .context("opening the container's /etc/passwd")?;
    File::from(file).write_all(text.as_bytes()).context("writing the container's /etc/passwd")
}

struct User<'a> {
    name: &'a str,
    uid: u32,
    gid: u32,
    home: &'a str,
}

fn users(passwd: &str) -> impl Iterator<Item = User<'_>> {
    passwd.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, ..] = fields.as_slice() else { return None };
        let home = fields.get(5).copied().unwrap_or("/");
        Some(User { name, uid: uid.parse().ok()?, gid: gid.parse().ok()?, home })
    })
}

struct Group<'a> {
    name: &'a str,
    gid: u32,
    members: &'a str,
}

fn groups(group: &str) -> impl Iterator<Item = Group<'_>> {
    group.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, gid, ..] = fields.as_slice() else { return None };
        Some(Group { name, gid: gid.parse().ok()?, members: fields.get(3).copied().unwrap_or("") })
    })
}

fn resolve(spec: &UserSpec, passwd: &str, group: &str) -> Result<Identity> {
    let (user, explicit_group) = match spec.user.split_once(':') {
        Some((user, group)) => (user, Some(group).filter(|g| !g.is_empty())),
        None => (spec.user.as_str(), None),
    };
    let number = if user.is_empty() { Some(0) } else { id(user)? };
    let found = users(passwd).find(|u| u.name == user || Some(u.uid) == number);
    let (uid, mut gid) = match (&found, number) {
        (Some(u), _) => (u.uid, u.gid),
        (None, Some(uid)) => (uid, 0),
        (None, None) => {
            return Kind::Invalid
                .err(format!("unable to find user {user}: no matching entries in passwd file"));
        }
    };
    let mut additional_gids = Vec::new();
    if let Some(name) = explicit_group {
        gid = group_id(name, group)?;
    } else if let Some(u) = &found {
        additional_gids
            .extend(groups(group).filter(|g| g.members.split(',').any(|m| m == u.name)).map(|g| g.gid));
    }
    for name in &spec.groups {
        additional_gids.push(group_id(name, group)?);
    }
    // The first group is one of all: a program that changes it must not get by that at what the group is kept from (CVE-2022-36109).
    additional_gids.retain(|other| *other != gid);
    additional_gids.insert(0, gid);
    let home = found.map_or("/", |u| u.home).to_string();
    Ok(Identity { uid, gid, additional_gids, home: if home.is_empty() { "/".into() } else { home } })
}

fn group_id(name: &str, group: &str) -> Result<u32> {
    let number = id(name)?;
    match (groups(group).find(|g| g.name == name).map(|g| g.gid), number) {
        (Some(gid), _) | (None, Some(gid)) => Ok(gid),
        (None, None) => {
            Kind::Invalid.err(format!("unable to find group {name}: no matching entries in group file"))
        }
    }
}

/// A number, `None` for a name. Ids over 2^31-1 are refused, as docker does.
fn id(text: &str) -> Result<Option<u32>> {
    match text.parse::<i64>() {
        Ok(n) if (0..=i64::from(i32::MAX)).contains(&n) => Ok(Some(n as u32)),
        Ok(_) => Kind::Invalid.err(format!("uids and gids must be in range 0-{}: {text}", i32::MAX)),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str =
        "root:x:0:0:root:/root:/bin/sh\nbroken\napp:x:1000:1001::/home/app:/bin/sh\n7:x:8:9::/seven:\n";
    const GROUP: &str = "root:x:0:\nadm:x:4:root,app\nstaff:x:50:app\n";

    fn look(user: &str, groups: &[&str]) -> Result<Identity> {
        resolve(
            &UserSpec { user: user.into(), groups: groups.iter().map(|g| (*g).into()).collect() },
            PASSWD,
            GROUP,
        )
    }

    #[test]
    fn users_come_by_name_and_by_number() {
        let app =
            Identity { uid: 1000, gid: 1001, additional_gids: vec![1001, 4, 50], home: "/home/app".into() };
        assert_eq!(look("app", &[]).unwrap(), app);
        assert_eq!(look("1000", &[]).unwrap(), app);
        assert_eq!(look("", &[]).unwrap().additional_gids, [0, 4]);
        assert_eq!(
            look("4242", &[]).unwrap(),
            Identity { uid: 4242, gid: 0, additional_gids: vec![0], home: "/".into() }
        );
    }

    #[test]
    fn a_group_given_replaces_the_users_own_and_more_can_be_added() {
        assert_eq!(
            look("app:staff", &[]).unwrap(),
            Identity { uid: 1000, gid: 50, additional_gids: vec![50], home: "/home/app".into() }
        );
        assert_eq!(look("app:77", &["adm", "77", "12"]).unwrap().additional_gids, [77, 4, 12]);
    }

    #[test]
    fn unknown_names_and_silly_numbers_are_refused() {
        assert!(
            look("nobody-here", &[]).unwrap_err().to_string().contains("unable to find user nobody-here")
        );
        assert!(look("app:nogroup", &[]).unwrap_err().to_string().contains("unable to find group nogroup"));
        assert!(look("-1", &[]).is_err() && look("4294967295", &[]).is_err());
    }
}
