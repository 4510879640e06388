//! Which mounts of the host are shared, in the text of proc_pid_mountinfo(5) (pure).

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use crate::error::{Kind, Result};

/// Refuses, in docker's words, to share a path with a container (`shared`, `slave` and their r-forms) that the host doesn't share itself:
/// nothing that is mounted later would show on the other side. Links in the path are resolved.
pub fn check(mountinfo: &[u8], path: &Path, propagation: &str) -> Result<()> {
    let wanted = propagation.trim_start_matches('r');
    if !matches!(wanted, "shared" | "slave") {
        return Ok(());
    }
    let lines = mountinfo.split(|&b| b == b'\n');
    let on = lines.filter_map(|line| Some((mount_point(line)?, line))).filter(|(at, _)| path.starts_with(at));
    // The deepest, and of several on one place the last.
    let Some((at, line)) = on.max_by_key(|(at, _)| at.components().count()) else { return Ok(()) };
    let is = |tag: &[u8]| optional_fields(line).any(|field| field.starts_with(tag));
    let (shown, at) = (path.display(), at.display());
    let missing = match wanted {
        "shared" if !is(b"shared:") => "shared",
        "slave" if !is(b"shared:") && !is(b"master:") => "shared or slave",
        _ => return Ok(()),
    };
    Kind::Invalid.err(format!(
        "path {shown} is mounted on {at} but it is not a {missing} mount: let root make it one (mount --make-shared {at})"
    ))
}

/// What stands between the options and the lone hyphen.
fn optional_fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&b| b == b' ').skip(6).take_while(|field| *field != b"-")
}

/// The fifth field of a line, in which blanks, tabs, line ends and backslashes are octal numbers.
pub fn mount_point(line: &[u8]) -> Option<PathBuf> {
    let field = line.split(|&b| b == b' ').nth(4)?;
    let mut path = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, tail @ ..] = rest {
        let octal = match tail {
            [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] if *first == b'\\' => {
                Some((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'))
            }
            _ => None,
        };
        path.push(octal.unwrap_or(*first));
        rest = if octal.is_some() { &tail[3..] } else { tail };
    }
    Some(OsString::from_vec(path).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOUNTS: &[u8] = b"20 1 8:1 / / rw - ext4 /dev/a rw
21 20 0:5 / /srv/a\\040b rw shared:4 - tmpfs x rw
22 20 0:6 / /mnt rw master:4 - tmpfs y rw
23 22 0:7 / /mnt rw shared:9 master:4 - tmpfs z rw
";

    #[test]
    fn mount_points_are_read_as_the_kernel_writes_them() {
        let line = b"36 35 98:0 / /var/my\\040root/a\\134b rw,noatime shared:1 - overlay overlay rw";
        assert_eq!(mount_point(line).unwrap(), Path::new("/var/my root/a\\b"));
        assert_eq!(mount_point(b""), None);
    }

    #[test]
    fn only_what_the_host_shares_is_shared() {
        for (path, propagation, refused) in [
            ("/home", "rprivate", None),
            ("/home", "", None),
            ("/home/x", "rshared", Some("path /home/x is mounted on / but it is not a shared mount")),
            ("/home", "slave", Some("path /home is mounted on / but it is not a shared or slave mount")),
            ("/srv/a b/c", "rshared", None),
            ("/srv/a", "shared", Some("path /srv/a is mounted on / but it is not a shared mount")),
            ("/mnt/x", "shared", None),
            ("/mnt/x", "rslave", None),
        ] {
            let said = check(MOUNTS, Path::new(path), propagation).err().map(|e| e.to_string());
            let dockers = said.as_deref().and_then(|said| said.split(": ").next());
            assert_eq!(dockers, refused, "{path} {propagation}");
            let advice = said.is_none_or(|said| said.contains("(mount --make-shared /"));
            assert!(advice, "{path} {propagation}");
        }
    }
}
