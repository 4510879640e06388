//! The ordinary users that tests run as: `dhowtest` with subordinate ids, `dhowbare` without.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use dhow::state::Lock;

pub struct User {
    pub name: &'static str,
    pub uid: u32,
    pub gid: u32,
}

pub fn with_subids() -> &'static User {
    static USER: OnceLock<User> = OnceLock::new();
    USER.get_or_init(|| ensure("dhowtest", true))
}

pub fn without_subids() -> &'static User {
    static USER: OnceLock<User> = OnceLock::new();
    USER.get_or_init(|| ensure("dhowbare", false))
}

/// The user, made if missing; several test processes may ask at once.
fn ensure(name: &'static str, subids: bool) -> User {
    assert!(nix::unistd::geteuid().is_root(), "the end-to-end tests need to run as root (use tests/run)");
    let _lock = Lock::exclusive(Path::new("/tmp/dhow-e2e-users.lock")).unwrap();
    if look_up(name).is_none() {
        command("useradd", &["--create-home", "--shell", "/bin/bash", name]);
    }
    for (file, add, delete) in
        [("/etc/subuid", "--add-subuids", "--del-subuids"), ("/etc/subgid", "--add-subgids", "--del-subgids")]
    {
        let text = std::fs::read_to_string(file).unwrap_or_default();
        let ranges: Vec<&str> = text.lines().filter(|l| l.starts_with(&format!("{name}:"))).collect();
        match (subids, ranges.is_empty()) {
            (true, true) => command("usermod", &[add, &free_range(&text), name]),
            (false, false) => {
                for range in ranges {
                    let fields: Vec<u64> =
                        range.split(':').skip(1).map(|f| f.parse().expect("a number")).collect();
                    command(
                        "usermod",
                        &[delete, &format!("{}-{}", fields[0], fields[0] + fields[1] - 1), name],
                    );
                }
            }
            _ => {}
        }
    }
    let (uid, gid) = look_up(name).expect("useradd made the user");
    User { name, uid, gid }
}

/// 65536 ids above all ranges that are taken.
fn free_range(text: &str) -> String {
    let end = text
        .lines()
        .filter_map(|l| {
            let mut fields = l.split(':').skip(1).map(|f| f.parse::<u64>().ok());
            Some(fields.next()?? + fields.next()??)
        })
        .max()
        .unwrap_or(0)
        .max(100_000);
    format!("{end}-{}", end + 65535)
}

fn look_up(name: &str) -> Option<(u32, u32)> {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap();
    let line = passwd.lines().find(|l| l.split(':').next() == Some(name))?;
    let fields: Vec<&str> = line.split(':').collect();
    Some((fields[2].parse().unwrap(), fields[3].parse().unwrap()))
}

fn command(program: &str, args: &[&str]) {
    let status = Command::new(program).args(args).status().unwrap_or_else(|e| panic!("{program}: {e}"));
    assert!(status.success(), "{program} {args:?}: {status}");
}
